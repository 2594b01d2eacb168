/* protect: whom nobody may ban, how fast and how long bans may be, and what a hole in the
 * ban of a prefix may be.
 *
 * Every ban of every origin passes may_ban(). What it refuses comes from three places:
 * the classes of addresses in the code, the configuration's protected prefixes, and the
 * addresses and gateways that this machine has now (route.h fills those). A prefix that
 * only has protected addresses among others may be banned: the rules in the kernel except
 * them (nft_table.h). The total is not counted here but by the kernel: its sets are made
 * for limits.max_bans elements.
 */
#pragma once

#include "conf/config.h"
#include "enforce/outcome.h"
#include "wire/wire.h"

enum {
    PROTECT_HOSTS_MAX = 4096, /* own addresses, as many gateways, and allowed ones */
    /* Longer bans are cut to this: beyond it the kernel's milliseconds end. */
    PROTECT_YEARS_MAX = 100,
};

/* A bounded list of addresses and prefixes without repetition. */
struct hosts {
    struct addr *list;
    uint32_t count, room;
    uint32_t dropped; /* did not fit */
};

struct protect {
    const struct config *config; /* borrowed */
    struct hosts own, gateways;
    struct hosts allowed; /* by order of a person, told by judge */
    bool has_new_allowed; /* that list changed; the owner makes it false */
    uint32_t unmetered; /* bans that the rate does not count: those that judge repeats */
    int64_t credit_us;  /* of the token bucket: SECOND_US buys bans_per_s bans */
    int64_t last_us;
};

/* Begins with the prefixes of `c`, which must outlive *p, and a full bucket. */
void protect_init(struct protect *p, const struct config *c);

/* Frees; a zeroed protect is legal. */
void protect_fini(struct protect *p);

/* Adds to a list; true when it is new there, false when known or when the list is full
 * (counted). O(count). */
bool hosts_add(struct hosts *h, const struct addr *a);

/* Whether the list has exactly this entry. O(count). */
bool hosts_has(const struct hosts *h, const struct addr *a);

/* Empties and frees; zeroed is legal. */
void hosts_fini(struct hosts *h);

/* Nobody in `who` is to be banned, or no longer; family 0: forgets all such entries.
 * False when it is no address, or one more than are remembered. O(entries). */
NODISCARD bool protect_allow(struct protect *p, const struct addr *who, bool is_gone);

/* DONE, or why `who` is nobody's to ban: all of it is protected, or it touches loopback,
 * multicast and the like. O(protected entries). */
NODISCARD enum outcome protect_look(const struct protect *p, const struct addr *who);

/* Whether prefix bans may leave `who` alone for *remaining_s seconds, which is cut to
 * the longest time there is (-1: for ever): DONE, NO_RUNG or BAD. */
NODISCARD enum outcome may_hole(const struct addr *who, int64_t *remaining_s);

/* Whether `b` may go to the kernel at `now_us` (any clock that does not step): DONE, else
 * why not. Only DONE takes from the bans per second, and writes *remaining_s, cut to the
 * longest time permitted (-1: for ever). O(protected entries). */
NODISCARD enum outcome may_ban(struct protect *p, const struct wire_ban *b,
                               int64_t now_us, int64_t *remaining_s);
