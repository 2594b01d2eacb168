/* facts: all that the lines of a failure say, by the names of their groups, as fail2ban
 * keeps it: what `fail2ban-regex -o row` shows and actions call <F-NAME>.
 *
 * The groups of the prefregex come first, those of the failregex replace them. Lines of
 * one session (<F-MLFID>) are merged as src/match/session.h says, but with all their
 * groups, and with their lines. For people and tests: it allocates, and the path of a log
 * line does not use it.
 *
 *     facts_line(book, raw);
 *     matcher_line(...);                      // calls facts_take() from its look
 */
#pragma once

#include "match/look.h"

enum {
    FACTS_MAX = 64,           /* names of one failure; more are left out */
    FACTS_SESSIONS_MAX = 100, /* the oldest leave; fail2ban's figure */
    FACTS_LINES_MAX = 1000,   /* lines kept of one failure */
    FACTS_PARTS_MAX = 64,     /* of a tuple that may be none */
};

struct fact {
    char *name;
    struct buf value; /* parts of <F-TUPLE_X> have a NUL between them */
    bool is_none;     /* the group took no part */
    bool is_tuple;
    /* Of a tuple, in front of whose parts stands what there was before: how many it has,
     * and which are none, the first as bit 0. */
    unsigned part_count;
    uint64_t none_parts;
};

/* Some texts: users that were tried, lines. */
struct facts_list {
    struct buf *texts;
    size_t count;
};

struct facts {
    struct fact list[FACTS_MAX]; /* in the order in which they became known */
    size_t count;
    struct facts_list users; /* of a session */
    struct facts_list lines;
    struct facts_list held; /* lines that were no failure yet */
    bool is_nofail;         /* told, and no failure */
    bool is_pending;        /* a failure that names nobody yet */
    bool has_pending;       /* the session has such a one */
};

struct facts_book;

/* An empty book for a filter that sees `maxlines` lines together (1 for most), to be
 * freed with facts_book_free(). */
NODISCARD struct facts_book *facts_book_new(unsigned maxlines);

/* NULL is legal. */
void facts_book_free(struct facts_book *b);

/* The fact of this name stands for facts.users. */
#define FACTS_USERS "users"

/* A new line begins, which is kept as `text`: what the prefregex of the last one caught
 * is forgotten. */
void facts_line(struct facts_book *b, struct span text);

/* Takes a match. Returns what is known of the failure now, until the next call; NULL for
 * a prefregex and an ignoreregex. */
const struct facts *facts_take(struct facts_book *b, const struct look_seen *seen);

/* The fact of that name, or NULL; also NULL when its group took no part. */
const struct fact *facts_find(const struct facts *f, const char *name);

/* Who it is: <F-ID>, else an address, else a name of a host; empty for nobody. */
struct span facts_id(const struct facts *f);

/* The address or name of a host beside an <F-ID>; empty for none. */
struct span facts_host(const struct facts *f);
