/* decide_bans: the bans of decide (decide.h): entered, found, ended.
 *
 * They lie in `bans` of struct decide, by jail and address or prefix. Bans of a jail that
 * only observes are entered like others.
 */
#pragma once

#include "decide/holes.h"

struct decide;

struct ban {
    int64_t since_us, until_us; /* until_us < 0: never */
    int64_t first_us;           /* the first failure that led to it; without failures, and
                                   before since_us: nobody knows, the kernel held it */
    uint32_t failures;
    uint32_t nth;     /* of its jail, as was known: 1 is the first */
    uint32_t earlier; /* bans it was known for that count here: of its jail, or of all */
    uint8_t mode;     /* enum jail_mode */
    uint8_t state;    /* for the owner: what the kernel is known to hold */
    uint8_t outcome;  /* for the owner: what the enforcer answered */
};

/* Called for a ban that ended; it is removed after the call. */
typedef void ban_end_fn(void *ctx, const struct ban_key *key, const struct ban *ban);

/* Enters a ban that was made before; one that is there already keeps the later end. NULL
 * when no more can be held. The pointer is valid until the next call that adds or ends
 * bans. */
NODISCARD struct ban *decide_put_ban(struct decide *d, const struct ban_key *key,
                                     const struct ban *ban);

/* Before bans of the past are entered by decide_load_ban(): there are so many. */
void decide_expect_bans(struct decide *d, uint32_t count);

/* As decide_put_ban(), for a start, when nothing else has entered any. Costs least when
 * they come jail by jail, each jail's in the order of memcmp(): then none is looked for.
 */
NODISCARD struct ban *decide_load_ban(struct decide *d, const struct ban_key *key,
                                      const struct ban *ban);

/* The same for a ban that is made now, which gets its number and is remembered. One that
 * is there already and ends later is left alone. */
NODISCARD struct ban *decide_enter_ban(struct decide *d, const struct ban_key *key,
                                       const struct ban *ban, int64_t now_us);

/* Has the processor fetch what tells whether `who` has any ban. O(1). */
void decide_expect_ban_of(const struct decide *d, const struct addr *who);

/* The ban of `key`, or NULL. */
struct ban *decide_find_ban(const struct decide *d, const struct ban_key *key);

/* The ban of the longest prefix that `who` lies in and that is shorter than it, in a jail
 * that enforces; false when there is none. O(bits of `who` times jails with bans). */
NODISCARD bool decide_find_around(const struct decide *d, const struct addr *who,
                                  struct ban_key *found);

/* Whether the jail holds any ban. O(1). */
bool decide_has_bans(const struct decide *d, uint16_t jail);

/* Ends the ban of `key` before its time, without a call; counting starts anew. False when
 * there is none. */
bool decide_drop_ban(struct decide *d, const struct ban_key *key);

/* Ends all bans that are over at `now_us`, and campaigns. */
void decide_expire(struct decide *d, int64_t now_us, ban_end_fn *fn, void *ctx);

/* When the next ban or campaign ends; false when none does. May be early: decide_expire()
 * then does nothing. */
NODISCARD bool decide_next_end(const struct decide *d, int64_t *due_us);

/* The longest time that a ban of `who` has left in any jail of `scope` that enforces, in
 * microseconds from `now_us`; 0 when there is none, negative when it is permanent: what
 * the kernel should hold. */
int64_t decide_remaining(const struct decide *d, const struct addr *who, uint16_t scope,
                         int64_t now_us);

/* The same of the address and scope of `ban`, which is the one of `key`: without looking
 * for it. */
int64_t decide_remaining_with(const struct decide *d, const struct ban_key *key,
                              const struct ban *ban, int64_t now_us);
