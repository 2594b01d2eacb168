/* decide_internal: what the files of decide do for each other. */
#pragma once

#include "decide/ahead.h"
#include "decide/decide.h"
#include "decide/kept.h"

enum {
    /* Where people log in every day, or several do, it takes so many times maxretry. */
    DECIDE_GOOD_TIMES = 4,
    DECIDE_LATELY_S = 86400, /* of what is asked of attempts */
    /* So many wrong passwords of an account within so long, at a place that it has logged
     * in from, are mistakes; what is more is counted. */
    DECIDE_MISTAKES_MAX = 20,
    DECIDE_MISTAKES_WITHIN_S = 600,
};

/* Whether mail or logins come from an address, or from its place only, which is asked for
 * when that is needed. */
enum esteem {
    ESTEEM_UNKNOWN,
    ESTEEM_NOT_ADDRESS, /* the place was not asked for */
    ESTEEM_NONE,
    ESTEEM_PLACE,
    ESTEEM_ADDRESS
};

/* One event on its way through jails and rules. */
struct taking {
    struct decide *d;
    const struct event *e;
    int64_t now_us;
    verdict_fn *fn;
    void *ctx;
    struct peers_entry *peer; /* what follows from whose event it is */
    uint64_t account;         /* tag; 0: none */
    uint64_t pair;            /* of the account at its place, where there is one */
    uint64_t recipient;       /* tag; 0: not asked for yet, decide_recipient() */
    /* Logins at the place, or NULL; of what is no login, from when jails count it. */
    const struct trust_entry *at_place;
    uint32_t weight;          /* how many times it counts, 1.. */
    struct attempt_news news; /* of what tells of a login that failed */
    bool is_login_failure;
    bool is_belonging;  /* the account has logged in from there before */
    bool is_known;      /* so, and has not failed too often for a mistake */
    bool is_good;       /* the place is good, trust_is_good() */
    bool is_shared;     /* several people log in from there, logins_share() */
    bool is_provider;   /* the address is one of d->providers */
    bool is_held;       /* a ban of a prefix around it is in force */
    enum esteem esteem; /* noise_passes() has asked */
    uint32_t also;      /* bits of the kinds of events that this one is, too */
    uint32_t tries;     /* failures before a login that looks guessed */
    struct addr banned; /* itself, for this event, in a jail that enforces; or none */
};

/* Whether a ban, or NULL, is in force at `time_us`. */
static inline bool
ban_is_on(const struct ban *ban, int64_t time_us)
{
    return ban && (ban->until_us < 0 || ban->until_us > time_us);
}

/* The jails of a filter; the last list is of those without. */
static inline struct jail_list *
decide_jails_of(struct decide *d, uint16_t filter)
{
    return &d->of_filters[filter < CONFIG_FILTERS_MAX ? filter : CONFIG_FILTERS_MAX];
}

/* The next of a row of random numbers. */
uint64_t decide_random(struct decide *d);

/* How long a ban lasts that is made at `now_us`; negative: for ever. */
int64_t decide_length(const struct decide *d, const struct ban_key *key, int64_t now_us,
                      uint64_t random);

/* What a failure of somebody counts who was banned so often before in the jail: 1, then
 * 2, 3, 5, 9 ..., as in fail2ban. */
uint32_t decide_weight(const struct config_jail *j, uint32_t bans);

/* Whether nothing of `who` counts in a jail. */
bool decide_ignores(const struct decide *d, uint16_t jail, const struct addr *who);

/* The same, or whoever is allowed everywhere. */
bool decide_passes(const struct decide *d, const struct verdict *v);

/* Counts a failure in a jail of fail2ban's; sets `*v`. */
void estimated_judge(struct taking *t, struct verdict *v);

/* Whether what happened at `time_us` is out of every window, and a ban for it would be
 * over. */
bool decide_is_old(const struct decide *d, const struct ban_key *key, int64_t time_us,
                   int64_t now_us);

/* maxretry is reached: makes the ban, if it may be made. */
void decide_reach(struct taking *t, struct verdict *v);

/* Whether people of several accounts belong to a place in `prefix`, or a provider sends
 * from it: it is not banned. */
bool decide_is_shared(const struct decide *d, const struct addr *prefix, int64_t now_us);

/* Whether the brake forbids the ban of `v`, which then is a VERDICT_BRAKE or _BRAKED. */
bool decide_brake(struct decide *d, struct verdict *v);

/* The tag of a text: equal for equal ones, whatever their case; never 0. */
uint64_t decide_tag(const struct decide *d, struct span text);

/* The tag of the recipient of an event that has one. */
static inline uint64_t
decide_recipient(struct taking *t)
{
    if (t->recipient == 0)
        t->recipient = decide_tag(t->d, t->e->recipient);
    return t->recipient;
}

/* The bits of a tag that a mark has room for; 0 stays 0. */
static inline uint32_t
decide_short_tag(uint64_t tag)
{
    uint32_t low = (uint32_t)tag;

    return tag && !low ? 1 : low;
}

/* Makes what is known of logins, all empty. */
void logins_init(struct decide *d);

/* Frees it. */
void logins_fini(struct decide *d);

/* Moves its times by `delta_us`. */
void logins_shift(struct decide *d, int64_t delta_us);

/* A login that failed; t->news and t->is_known are set. */
void logins_fail(struct taking *t);

/* Whether several accounts have logged in from the address of the event: an office. */
bool logins_share(const struct taking *t);

/* The same of one that is a mistake: sets t->also. */
void logins_mistake(struct taking *t);

/* Whether a login of the account (none: of anybody) from the place of the event looked
 * guessed, nobody has said otherwise, and no others belong there. O(1). */
bool logins_look_guessed(const struct taking *t);

/* Tells what a login will be looked up by. */
void logins_expect(const struct taking *t, struct ahead *a);

/* A login: sets t->also, and takes back what was tried of its account. */
void logins_take(struct taking *t);

/* Whether a failure, counted in a jail with `forgive`, is of somebody who tries one
 * account alone, which is not known to be none, and thinks about it. O(1). */
bool patience_shows(const struct taking *t, uint16_t jail);

/* Makes what is known of noise, empty. */
void noise_init(struct decide *d);

/* The kinds of events that are needed so that rules can count those of `wanted`. */
uint32_t noise_wanted(uint32_t wanted);

/* Tells what any event will be looked up by because of what it says of mail. */
void noise_expect(const struct taking *t, struct ahead *a);

/* Any event: who delivers mail, who is refused; sets t->also. */
void noise_take(struct taking *t);

/* Whether an event of this kind counts for nothing, because a provider of mail did it: it
 * is what a server does that others use. */
bool noise_is_passed(const struct taking *t, enum event_kind kind);

/* Whether an event of this kind counts for no rule with this key: it is told and no
 * failure, or of somebody who logs in or delivers mail here. */
bool noise_passes(struct taking *t, enum rule_key key, enum event_kind kind);

/* Whether `who` has a ban that a rule can prolong. */
bool prolong_may(const struct decide *d, const struct addr *who, int64_t time_us);

/* maxretry is reached of a rule that prolongs: moves the end of every ban of the address
 * by its bantime, and tells of each (PROLONGED). */
void prolong_all(struct taking *t, const struct verdict *v);

/* Tells what rules will look up for it. */
void rules_expect(const struct taking *t, struct ahead *a);

/* Hands the event to every rule that counts its kind. */
void rules_take(struct taking *t);

/* A login: takes back what was tried of its account. */
void rules_forgive(struct taking *t);

/* Whether a ban of a prefix in a jail that enforces covers the address of `peer` at
 * `time_us`. That no ban does is kept with it, until one of a prefix is made. */
bool rules_hold(const struct decide *d, struct peers_entry *peer, int64_t time_us);

/* Tells what rules_hold() will ask for. */
void rules_expect_hold(const struct taking *t, struct ahead *a);

/* For kept_touch(), where somebody listens. */
void kept_tell(struct decide *d, enum kept_part part, const void *key);

/* What is kept under `key` of the part's table is about to change. */
static inline void
kept_touch(struct decide *d, enum kept_part part, const void *key)
{
    if (d->keep)
        kept_tell(d, part, key);
}
