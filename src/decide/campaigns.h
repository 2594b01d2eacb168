/* campaigns: attacks of several addresses, as rules that count by a prefix, an account or
 * the whole host see them.
 *
 * A campaign is of one rule and one key. Whoever counts begins it when the key has come
 * half as far as the rule lets it; it is told of (`is_told`) from when it has two
 * addresses or more on. Further events of the same rule and key belong to it until none
 * came for the rule's findtime: then it is over, and another one may begin.
 *
 * Memory is bounded: CAMPAIGNS_MAX of a fixed size each; the one heard of longest ago
 * leaves. How many addresses, networks and accounts one has is exact up to
 * CAMPAIGN_EXACT, then an estimate from 256 bits (linear counting), then a lower bound.
 */
#pragma once

#include "base/buf.h"
#include "base/table.h"
#include "decide/records.h"

enum {
    CAMPAIGNS_MAX = 1024,
    CAMPAIGN_HOURS = 24,
    CAMPAIGN_EXACT = 8,
    CAMPAIGN_TOP = 5,
    CAMPAIGN_NAME_MAX = 64,
    CAMPAIGN_BITS = 256,
    CAMPAIGN_JAILS = 256,
};

/* Different values, by their tags. */
struct campaign_set {
    uint32_t count; /* of `exact`; CAMPAIGN_EXACT + 1: there are more */
    uint32_t exact[CAMPAIGN_EXACT];
    uint32_t bits[CAMPAIGN_BITS / 32];
};

enum campaign_how { CAMPAIGN_IS, CAMPAIGN_ABOUT, CAMPAIGN_MORE, CAMPAIGN_HOWS };

/* How many different values: so many, about so many, or more than so many. */
struct campaign_size {
    uint32_t count;
    enum campaign_how how;
};

struct campaign_name {
    uint8_t len;
    char text[CAMPAIGN_NAME_MAX]; /* foreign */
};

/* One that is there often: an address or an account. It took the place of one that was
 * there `before` times: so of `count` at least the difference is its own. */
struct campaign_top {
    uint32_t count, before;
    struct addr who; /* of the list of addresses */
    struct campaign_name name;
};

struct campaign {
    int64_t first_us, last_us;
    int64_t gap_us;   /* without an event for so long it is over */
    int64_t saved_us; /* for the owner: when it was stored; 0: never */
    uint64_t attempts;
    uint32_t bans, alerts;          /* made by its rule */
    uint32_t hours[CAMPAIGN_HOURS]; /* attempts; the last is the hour of last_us */
    struct campaign_set addresses, networks, accounts;
    struct campaign_top top_addresses[CAMPAIGN_TOP], top_accounts[CAMPAIGN_TOP];
    struct campaign_name account; /* that it is of, where the key is one */
    uint8_t is_told, is_over;     /* 0 or 1 */
    uint8_t is_dirty;             /* 1: changed since it was stored */
    uint8_t pad[5];
};

/* Of a rule; `nth` is 0 while it runs. */
struct campaign_key {
    struct ban_key of;
    uint32_t nth;
};

enum campaign_news {
    CAMPAIGN_BEGINS,
    CAMPAIGN_ENDS,
    CAMPAIGN_LEAVES /* there is no room for it any more */
};

/* Called for campaigns that are told of; `c` is valid during the call. */
typedef void campaign_fn(void *ctx, enum campaign_news news, const struct ban_key *key,
                         const struct campaign *c);

struct campaigns {
    struct table table; /* struct campaign_key -> struct campaign */
    uint64_t spots[64]; /* a bit for each key that may run: most that do not have none */
    uint16_t
        of_jails[CAMPAIGN_JAILS]; /* that run, of the jails with a number like this */
    uint32_t running;             /* told of and not over */
    uint32_t last_nth;
    int64_t due_us; /* none is over before; INT64_MAX: none runs */
    uint64_t begun, dropped;
    bool is_dirty;   /* one of them is */
    campaign_fn *fn; /* NULL: nobody is told */
    void *ctx;
};

/* One event of a campaign. Tags of 0: it has none. */
struct campaign_act {
    int64_t time_us;
    struct addr who;
    uint32_t address, network, account; /* tags */
    struct span name;                   /* of the account; foreign, borrowed */
};

/* No campaigns. */
void campaigns_init(struct campaigns *c);

/* Frees all; a zeroed struct is legal. */
void campaigns_fini(struct campaigns *c);

/* False: none of `key` runs. O(1), and cheap. */
bool campaigns_may_run(const struct campaigns *c, const struct ban_key *key);

/* False: none of the jail runs. O(1), and cheaper. */
static inline bool
campaigns_may_run_in(const struct campaigns *c, uint16_t jail)
{
    return c->of_jails[jail % CAMPAIGN_JAILS] > 0;
}

/* The campaign of `key` that runs at `time_us`, or NULL; one whose time is over ends. The
 * pointer is valid until the next call that begins or ends one. O(1). */
struct campaign *campaigns_find(struct campaigns *c, const struct ban_key *key,
                                int64_t time_us);

/* Begins one, not told of yet, where none runs. */
struct campaign *campaigns_begin(struct campaigns *c, const struct ban_key *key,
                                 int64_t time_us, int64_t gap_us);

/* What was counted of it before it began; zero tags are not known. O(1). */
void campaign_seed(struct campaign *c, const struct campaign_act *act);

/* Takes one event. O(1). */
void campaigns_take(struct campaigns *c, struct campaign *one,
                    const struct campaign_act *act);

/* It is one of several addresses: from now on it is told of. */
void campaigns_tell(struct campaigns *c, struct campaign *one);

/* Ends those whose time is over at `now_us`. O(campaigns) when one may be, else O(1). */
void campaigns_expire(struct campaigns *c, int64_t now_us);

/* Moves every time by `delta_us`. */
void campaigns_shift(struct campaigns *c, int64_t delta_us);

/* Adds one value, by its tag; 0 is none. O(1). */
void campaign_set_add(struct campaign_set *set, uint32_t tag);

/* How many different values. */
struct campaign_size campaign_size(const struct campaign_set *set);

/* Appends it as bytes to store. */
void campaign_save(const struct campaign *one, struct buf *bytes);

/* Enters what campaign_save() wrote. False, and nothing entered, when `bytes` is
 * malformed or there is one of `key` already. */
NODISCARD bool campaigns_load(struct campaigns *c, const struct ban_key *key,
                              struct span bytes);
