/* curbs: accounts whose mail is held or limited, since when and until when.
 *
 * A rule with `verdict = hold` or `limit` makes one; time or a person ends it. Names are
 * kept in lower case: that is how accounts are the same everywhere. Bounded: CURBS_MAX;
 * one more is not made, and counted.
 *
 *     if (curbs_make(&c, &key, &curb, now_us) == CURB_MADE)
 *         tell();
 *     curbs_expire(&c, now_us, on_end, ctx);
 */
#pragma once

#include "base/addr.h"
#include "base/span.h"
#include "base/table.h"
#include "event/curb.h"
#include "event/event.h"

/* By which it is known. Padded with zeros, so that equal ones have equal bytes. */
struct curb_key {
    uint16_t kind; /* enum curb_kind */
    uint16_t len;
    char account[EVENT_TEXT_MAX]; /* foreign bytes, in lower case */
};

struct curb {
    uint16_t jail;
    struct addr who;               /* whose event it was; family 0: not known */
    int64_t since_us, until_us;    /* wall; until negative: for ever */
    uint32_t messages, recipients; /* of CURB_LIMIT: the most within an hour */
};

struct curbs {
    struct table table; /* struct curb_key -> struct curb */
    uint64_t full;      /* not made: no room */
};

enum curb_outcome {
    CURB_NONE, /* none was wanted */
    CURB_MADE,
    CURB_THERE, /* the account is under such a one already */
    CURB_FULL,  /* no room */
    CURB_OVER,  /* it would have ended by now */
};

/* None. */
void curbs_init(struct curbs *c);

/* Frees all; a zeroed struct is legal. */
void curbs_fini(struct curbs *c);

/* The key of an account: in small letters, cut to what a key holds. */
struct curb_key curb_key_of(enum curb_kind kind, struct span account);

/* The account of a key; borrowed. */
struct span curb_account(const struct curb_key *key);

/* Puts an account under a curb. CURB_FULL is counted. O(1). */
NODISCARD enum curb_outcome curbs_make(struct curbs *c, const struct curb_key *key,
                                       const struct curb *curb, int64_t now_us);

/* The curb, or NULL: there is none now. O(1). */
const struct curb *curbs_find(const struct curbs *c, const struct curb_key *key,
                              int64_t now_us);

/* Ends it; false when there is none. O(1). */
bool curbs_lift(struct curbs *c, const struct curb_key *key);

/* Takes one that is over; it goes behind the call. */
typedef void curbs_fn(void *ctx, const struct curb_key *key, const struct curb *curb);

/* Ends what is over. O(curbs). */
void curbs_expire(struct curbs *c, int64_t now_us, curbs_fn *fn, void *ctx);

/* When the next one ends; INT64_MAX: none does. O(curbs). */
int64_t curbs_next_end(const struct curbs *c);

/* How many there are of a kind. O(curbs). */
uint32_t curbs_count(const struct curbs *c, enum curb_kind kind);

/* Moves every time by `delta_us`. O(curbs). */
void curbs_shift(struct curbs *c, int64_t delta_us);
