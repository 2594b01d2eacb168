/* access_text: the lines of a table of access(5), and what may stand behind a key. */
#pragma once

#include "base/buf.h"
#include "gate/answer.h"

/* Where a table's text is read. */
struct access_text {
    struct span rest;
    struct buf logical;  /* a line with those that continue it */
    unsigned line, next; /* of its first line, from 1; of the one that comes next */
};

enum access_line { ACCESS_LINE, ACCESS_LINE_TOO_LONG, ACCESS_LINE_NONE };

/* Takes the next line, without blanks at its end; empty ones and comments are passed
 * over. Valid until the next call. */
NODISCARD enum access_line access_text_next(struct access_text *t, struct span *line);

/* Cuts a line at its first blank. False when nothing stands behind it; both parts are
 * written all the same. */
bool access_text_cut(struct span line, struct span *key, struct span *value);

/* What else a value may say, beside actions. Zeroed: nothing. */
struct access_names {
    bool (*knows)(void *ctx, struct span word); /* a restriction or a class; NULL: none */
    void *ctx;
    bool is_ok_refused; /* what is looked for is for the client to choose */
};

/* Whether all words of a value are known. */
bool access_names_know(const struct access_names *names, struct span value);

/* Checks an action. False with what is wrong, and what would be right, in `why`. */
NODISCARD bool access_value_check(struct span value, const struct access_names *names,
                                  struct buf *why);

/* Appends the rules of `{ {A}, {B} }` or `{ A = B, {C = D} }` as lines. False when braces
 * do not fit. */
NODISCARD bool access_text_unbrace(struct span braces, bool has_pairs, struct buf *out);
