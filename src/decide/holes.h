/* holes: who is let out of a ban of a prefix around him.
 *
 * A hole belongs to one ban and ends with it; it is one address, or an IPv6 /64. Whoever
 * lies in several banned prefixes is out when each of these bans has a hole for him. A
 * ban of just himself wins over every hole. Bounded: HOLES_OF_BAN_MAX of a ban, HOLES_MAX
 * in all; what finds no room is counted.
 *
 *     if (holes_open(&d->holes, &ban, &hole) == HOLE_OPENED)
 *         tell_kernel(&hole.who, holes_remaining(d, &hole.who, now_us));
 */
#pragma once

#include "decide/records.h"

enum { HOLES_OF_BAN_MAX = 256, HOLES_MAX = 1 << 16 };

/* By whom it was opened. Stored: add at the end. */
enum hole_by {
    HOLE_BY_HAND,
    HOLE_BY_ACCOUNT, /* by hand, because an account was tried from there */
    HOLE_BY_LOGIN,   /* somebody has logged in from there */
    HOLE_BYS,
};

struct hole {
    struct addr who;
    uint8_t by; /* enum hole_by */
    int64_t since_us;
};

/* A hole, by the ban it is in and whom it lets out. */
struct hole_key {
    struct ban_key ban;
    struct addr who;
};

struct holes {
    struct table bans;  /* struct ban_key -> the list of its holes */
    struct table known; /* struct addr -> uint32_t: how many bans have a hole for it */
    uint32_t count;
    uint64_t full; /* not opened: no room */
};

enum hole_opened { HOLE_OPENED, HOLE_THERE, HOLE_FULL };

struct ban;    /* decide.h */
struct decide; /* decide.h */

/* No holes. */
void holes_init(struct holes *h);

/* Frees all; a zeroed struct is legal. */
void holes_fini(struct holes *h);

/* Opens a hole in a ban. HOLE_THERE: it has one for just him. HOLE_FULL is counted.
 * O(holes of the ban). */
NODISCARD enum hole_opened holes_open(struct holes *h, const struct ban_key *ban,
                                      const struct hole *hole);

/* Closes it; false when there is none. O(holes of the ban). */
bool holes_close(struct holes *h, const struct hole_key *key);

/* The holes of a ban, `*count` of them, until the next one is opened or closed; NULL:
 * none. */
const struct hole *holes_of(const struct holes *h, const struct ban_key *ban,
                            uint32_t *count);

/* The hole through which `who` gets out of the ban: his own, or that of his /64. NULL:
 * none. O(holes of the ban). */
const struct hole *holes_find(const struct holes *h, const struct ban_key *ban,
                              const struct addr *who);

/* Whether any ban has a hole for just `who`. O(1). */
bool holes_know(const struct holes *h, const struct addr *who);

/* Moves every time by `delta_us`. O(holes). */
void holes_shift(struct holes *h, int64_t delta_us);

/* How long the kernel is to leave `who` alone, from `now_us`: until the last ban around
 * him ends; 0 when it is not to, negative: for ever. O(bits times jails with bans) where
 * somebody has a hole, else O(1). */
int64_t holes_remaining(const struct decide *d, const struct addr *who, int64_t now_us);

/* Takes a ban of a prefix around somebody. */
typedef void holes_around_fn(void *ctx, const struct ban_key *key, const struct ban *ban);

/* Calls `fn` for every ban, of jails that enforce, of a prefix that `who` lies in and
 * that is shorter than it, the longest first. It must not make or end bans. O(bits times
 * jails with bans). */
void holes_each_around(const struct decide *d, const struct addr *who,
                       holes_around_fn *fn, void *ctx);

/* "by hand" ...; "by somebody" for a number that we do not know. */
const char *holes_by_text(unsigned by);
