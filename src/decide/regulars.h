/* regulars: those whose next login changes nothing.
 *
 * Most logins are of somebody who logs in every few minutes, from where he always is:
 * nothing is new, nothing is to be forgiven, and every time that is kept (to the hour) is
 * young enough. They are known here until one of that changes, so that such a login costs
 * one look. This is a cache: what it forgets is looked at in full, and the verdicts are
 * the same.
 */
#pragma once

#include "base/addr.h"

struct regulars {
    struct regular *slots; /* one for many logins; the last one has it */
};

/* Nobody is known. */
void regulars_init(struct regulars *r);

/* Frees all; a zeroed struct is legal. */
void regulars_fini(struct regulars *r);

struct regulars_news {
    uint32_t times; /* 0: it changes nothing; else it and those since the last that did */
    bool is_settled; /* nothing of its account failed there since */
};

/* A login from `who`, of the account and place with the tag `pair`. O(1). */
struct regulars_news regulars_take(struct regulars *r, uint64_t pair,
                                   const struct addr *who, int64_t now_us);

/* Whether such a login, now, would change nothing: without taking it. O(1). */
bool regulars_know(const struct regulars *r, uint64_t pair, const struct addr *who,
                   int64_t now_us);

/* Before `until_us` such a login changes nothing. O(1). */
void regulars_enter(struct regulars *r, uint64_t pair, const struct addr *who,
                    int64_t until_us);

/* The account failed at that place: the next login is looked at. O(1). */
void regulars_forget(struct regulars *r, uint64_t pair);

/* Forgets all of them. */
void regulars_clear(struct regulars *r);
