/* literal_set: texts of which one must be there, and how such sets combine.
 *
 * A set describes how the matches of a part of an expression begin (or end): each match
 * begins with one of its texts, and is that text where the text `is_whole`. So the empty
 * text that is not whole says nothing at all, and a set that holds it says nothing. A set
 * without texts is used for "not known" where a set is searched anywhere.
 *
 * Bounded: what would not fit becomes less certain, never wrong.
 */
#pragma once

#include "base/span.h"

enum {
    LITERAL_TEXTS_MAX = 16, /* texts of a set */
    LITERAL_BYTES = 32,     /* of a text: longer ones are not rarer */
    LITERAL_MIN = 4,        /* shorter texts are in nearly every line */
    LITERAL_RARE = 192,     /* a score that no longer text exceeds by much */
};

struct literal_text {
    uint8_t len;
    bool is_whole;
    bool is_nocase; /* ASCII letters may have either case */
    char bytes[LITERAL_BYTES];
};

struct literal_set {
    uint8_t count;
    struct literal_text texts[LITERAL_TEXTS_MAX];
};

/* Which end of a match a set is about, and so which end of a long text is kept. */
enum literal_side { LITERAL_BEGIN, LITERAL_END };

/* The text of one member; lives as long as the member. */
struct span literal_text_span(const struct literal_text *t);

/* Makes `*s` the set of one text of at most LITERAL_BYTES. */
void literal_set_one(struct literal_set *s, struct span text, bool is_whole);

/* Copies only the members in use. */
void literal_set_copy(struct literal_set *to, const struct literal_set *from);

/* No text is whole any more. */
void literal_set_open(struct literal_set *s);

/* Adds the members of `other`; false, with `*s` in an unspecified but valid state, when
 * there are too many. */
NODISCARD bool literal_set_unite(struct literal_set *s, const struct literal_set *other);

/* How the matches of two parts, one behind the other, begin (`side` LITERAL_BEGIN, a and
 * b being how the parts begin) or end (LITERAL_END, being how they end). `out` is neither
 * of the two. */
void literal_set_chain(const struct literal_set *a, const struct literal_set *b,
                       enum literal_side side, struct literal_set *out);

/* What stands around the border of two parts, of which the first ends with `end` and the
 * second begins with `begin`; no texts when they are too many. */
void literal_set_meet(const struct literal_set *end, const struct literal_set *begin,
                      struct literal_set *out);

/* How good the set is to be looked for anywhere in a line: 0 when it is of no use,
 * greater when its texts are longer, rarer and fewer. */
unsigned literal_set_score(const struct literal_set *s);

/* Removes what need not be looked for, because another text of the set is in it
 * (`is_anchored`: begins it), and folds texts in any case to lower case. */
void literal_set_reduce(struct literal_set *s, bool is_anchored);

/* Whether both have the same texts in the same order. */
bool literal_set_is_same(const struct literal_set *a, const struct literal_set *b);
