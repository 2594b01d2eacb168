/* replay_ledger: what two configurations did to the same past: who was banned when, which
 * attempts that let through, and which logins it hit.
 *
 * Fed in the order of time, each line before the bans it leads to. An attempt is a failed
 * login, however many lines tell of it (decide/attempts), or a line of SMTP abuse. Of
 * each side every attempt is one of: before the first ban that covers its address,
 * stopped by a ban, after one that was over, or of an address that no ban ever covers.
 * Known-good is whoever logs in anywhere in the logs; a ban that covers him is a hit,
 * whenever he logs in.
 *
 * Memory is bounded; what found no room is counted.
 */
#pragma once

#include "decide/decide.h"

enum {
    LEDGER_SIDES = 2,
    LEDGER_BANS_MAX = 1 << 20, /* of each side */
    LEDGER_PEERS_MAX = 1 << 20,
    LEDGER_LOGINS_MAX = 1 << 18,
    LEDGER_NONE = 0, /* no ban: they are numbered from 1 */
};

struct ledger_ban {
    struct addr who;
    int64_t since_us, until_us; /* negative: for ever */
    uint16_t jail;
    uint32_t before;                 /* the one before of the same `who` */
    uint32_t first_hole, hole_count; /* in ledger_side.holes */
};

/* Of everybody banned, the bans of just him. */
struct ledger_who {
    uint32_t first, last;
    int64_t until_us; /* the latest end; INT64_MAX: never */
};

struct ledger_jail {
    uint64_t bans;   /* entered here */
    uint64_t only;   /* addresses and prefixes first banned by it, and not by the other */
    uint64_t before; /* attempts before the first ban, which was its */
    uint64_t stopped;    /* attempts during its bans */
    uint64_t known_good; /* addresses hit by it */
};

struct ledger_sums {
    uint64_t bans;
    uint64_t before, stopped, after, never; /* attempts */
    uint64_t refused;                       /* logins during a ban */
    uint64_t known_good;                    /* addresses hit */
    uint64_t only, both,
        earlier; /* addresses and prefixes; of both, first by this side */
};

struct ledger_side {
    struct table banned;  /* struct addr -> struct ledger_who */
    bool lengths[2][129]; /* of IPv4 and IPv6: some ban has it */
    struct ledger_ban *bans;
    uint32_t ban_count, ban_room;
    struct addr *holes;
    uint32_t hole_count, hole_room;
    struct ledger_jail jails[CONFIG_JAILS_MAX];
    struct ledger_sums sums;
};

struct ledger_login {
    int64_t first_us, last_us;
    uint32_t logins;
    uint32_t refused[LEDGER_SIDES];
};

struct ledger {
    struct ledger_side sides[LEDGER_SIDES];
    struct table
        peers; /* struct addr -> uint32_t[LEDGER_SIDES]: attempts not banned yet */
    struct table logins; /* struct addr -> struct ledger_login */
    struct attempts attempts;
    uint64_t attempt_count, dropped;
};

/* Nothing happened. */
void ledger_init(struct ledger *l);

/* Frees all; a zeroed struct is legal. */
void ledger_fini(struct ledger *l);

/* Takes one event, of whatever kind; of two filters that find the same in one line, only
 * one. */
void ledger_event(struct ledger *l, const struct event *e);

/* Whether an event is a failed login or SMTP abuse. */
bool ledger_is_attempt(const struct event *e);

/* Whether an event is a login. */
bool ledger_is_login(const struct event *e);

/* Enters a ban of `side` with the holes it begins with. */
void ledger_add_ban(struct ledger *l, unsigned side, const struct verdict *v,
                    const struct hole *holes, uint32_t hole_count);

/* The first ban of `side` that covers all of `who`, or NULL. O(lengths that are banned
 * and bans of each). */
const struct ledger_ban *ledger_first(const struct ledger *l, unsigned side,
                                      const struct addr *who);

/* Somebody whom a side or both have banned; `first` of each side, NULL: never. */
struct ledger_row {
    struct addr who;
    const struct ledger_ban *first[LEDGER_SIDES];
};

/* A known-good address and a ban of `side` that covers it. */
struct ledger_hit {
    unsigned side;
    struct addr who;
    const struct ledger_ban *ban;
    const struct ledger_login *login;
};

/* The results; they borrow from the ledger. Freed by ledger_end_fini(). */
struct ledger_end {
    struct ledger_row *rows; /* by the time of the first ban */
    size_t row_count;
    struct ledger_hit *hits; /* by side, then by time */
    size_t hit_count;
};

/* After the last event: makes the lists, and fills the sums and those of jails. Once. */
void ledger_finish(struct ledger *l, struct ledger_end *end);

/* Frees the lists; a zeroed struct is legal. */
void ledger_end_fini(struct ledger_end *end);
