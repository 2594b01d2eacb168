/* decide: events in, verdicts out: the only place where a ban is decided.
 *
 * A jail is a rule: count the events of its filter per address in a sliding window of
 * findtime; at maxretry the verdict is a ban of bantime, dated from the line that reached
 * it. Addresses in ignoreip are not counted; a banned address is not counted again until
 * its ban is over. Who was banned before is banned for longer where bantime.increment is
 * on, and each of its failures counts for more.
 *
 * A jail of fail2ban's (is_rate) decides as fail2ban does: its estimate in place of the
 * window (count/rate.h), every line for itself, none too many for who is known, belongs
 * there or is patient, and no login takes anything back. Failures go on to count while a
 * ban holds, and at maxretry it lasts as if it were made then. What is older than
 * findtime counts for nothing, nor does what would lead to a ban that is over. Only the
 * brake, who is protected or allowed, and a proxy of private addresses go before that. An
 * ignorecommand is asked at maxretry and not for each failure: the bans are the same.
 *
 * Memory is bounded: DECIDE_KEYS_MAX addresses a jail (the one hit longest ago leaves,
 * counted), and as many bans as the configuration allows. No clock, no I/O: the judge
 * process and `komainu replay` run the same code, one with the time of day, one with the
 * time of the log.
 */
#pragma once

#include "base/heap.h"
#include "base/table.h"
#include "conf/config.h"
#include "count/counters.h"
#include "decide/ahead.h"
#include "decide/attempts.h"
#include "decide/brake.h"
#include "decide/campaigns.h"
#include "decide/curbs.h"
#include "decide/decide_bans.h"
#include "decide/decide_names.h"
#include "decide/decide_reason.h"
#include "decide/holes.h"
#include "decide/pace.h"
#include "decide/pairs.h"
#include "decide/peers.h"
#include "decide/providers.h"
#include "decide/records.h"
#include "decide/regulars.h"
#include "decide/senders.h"
#include "decide/smtp_session.h"
#include "decide/trust.h"
#include "event/event.h"

enum { DECIDE_KEYS_MAX = 200000, DECIDE_ACCOUNTS_MAX = 65536, DECIDE_CROWD_BITS = 16 };

struct kept_key;

/* Jails, by number. */
struct jail_list {
    uint16_t jails[CONFIG_JAILS_MAX];
    uint32_t count;
};

struct decide {
    const struct config *config;                       /* borrowed */
    bool (*allows)(void *ctx, const struct addr *who); /* nobody counts it; may be NULL */
    void *allows_ctx;
    /* Those of each filter, and of which a login takes back; of IPv4 and of IPv6 those of
     * rules that ban prefixes, and that count a kind of event: all of them, and those
     * that count by more than the address. No event looks at the others. */
    struct jail_list of_filters[CONFIG_FILTERS_MAX + 1], of_forgiving, of_prefixes[2],
        of_kinds[2][EVENT_KINDS], wide_of_kinds[2][EVENT_KINDS];
    struct counters *counters; /* one a jail */
    struct table bans;         /* struct ban_key -> struct ban */
    struct holes holes;    /* in bans of prefixes; the owner closes those of a ban that
                              ends */
    uint32_t *held;        /* bans of each jail; of JAIL_MANUAL the last one */
    uint16_t *crowds;      /* bans of some addresses together: mostly there are none */
    struct heap ends;      /* struct ban_key by until_us */
    uint32_t wide_held;    /* bans of more than an address ... */
    uint64_t wide_made;    /* ... and how many were ever entered, and 1 */
    bool is_unsorted;      /* they have not all come in order */
    struct ban_key loaded; /* by decide_load_ban(), last */
    struct records records;
    const struct addr *own; /* borrowed: addresses and networks of this machine */
    size_t own_count;
    uint64_t random;    /* what bantime.rndtime draws from */
    decide_may_fn *may; /* NULL: whoever reaches maxretry is banned */
    void *may_ctx;
    const struct decide_named *named; /* borrowed */
    size_t named_count;
    struct peers peers;
    struct attempts attempts;
    struct trust trust;
    struct brake brake;
    struct pace pace;
    struct regulars regulars;
    struct senders senders;
    struct smtp_sessions sessions;
    int64_t first_login_us; /* that is known; INT64_MAX / 2: there was none */
    struct providers providers;
    int64_t auth_error_us;    /* when our own server last could not judge a login */
    struct counters entered;  /* logins of each address, by account */
    struct counters tried;    /* failures of each account, wherever they come from */
    struct counters mistakes; /* wrong passwords where the account is known */
    struct counters stale;    /* the same in a day, until it is told ... */
    struct counters told;     /* ... and that it was */
    struct counters roams;    /* hours in which an account was at a new place */
    struct counters places;   /* new places of it within the hour */
    struct counters alerted;  /* keys of rules that were alerts */
    struct pairs pairs;       /* that have failed */
    struct counters asked;    /* recipients that do not exist, of addresses, lately */
    struct campaigns campaigns;
    struct curbs curbs;
    uint32_t wanted;  /* bits of the kinds of events that rules count */
    uint32_t watched; /* and of those that say something of them */
    struct hash_key tags;
    void (*keep)(void *ctx, const struct kept_key *key); /* kept_watch() */
    void *keep_ctx;
    uint64_t ignored, old, evicted, full, known, spared;
    uint64_t
        unaddressed; /* failures of an id that is no address, where nothing bans it */
};

/* `config` must outlive `d`. */
void decide_init(struct decide *d, const struct config *config);

/* Sets what the random part of ban times (bantime.rndtime) is drawn from; 0 at first. */
void decide_seed(struct decide *d, uint64_t seed);

/* Sets the key of the tags that accounts and values are counted by; {0} at first. What
 * was counted with another key is not found again. */
void decide_set_tags(struct decide *d, struct hash_key key);

/* Sets this machine's own addresses, for jails with `ignoreself`; they must stay. */
void decide_set_own(struct decide *d, const struct addr *own, size_t count);

/* Sets who is asked before a ban. */
void decide_set_may(struct decide *d, decide_may_fn *fn, void *ctx);

/* What was to be said of a VERDICT_ASKED: makes it IGNORED, and forgets the failures, or
 * BAN, OVER, FULL, BRAKE or BRAKED. */
void decide_settle(struct decide *d, struct verdict *v, bool is_ignored, int64_t now_us);

/* By what somebody is in ignoreip and its kin, the first of them. */
enum decide_ignored {
    DECIDE_NOT_IGNORED,
    DECIDE_BY_SELF,    /* ignoreself */
    DECIDE_BY_ADDRESS, /* in ignoreip */
    DECIDE_BY_NAME,    /* there, as an address of a name */
};

/* Why nothing of `who` counts in a jail. Linear in what the jail ignores. */
enum decide_ignored decide_ignored_by(const struct decide *d, uint16_t jail,
                                      const struct addr *who);

/* Forgets the logins in and around `within`. Returns how many entries. O(entries). */
uint32_t decide_forget_trust(struct decide *d, const struct addr *within);

/* A person says that logins which looked guessed were their owners': of the account, or
 * with an empty one of all, in the places around or in `within` (family 0: all). Returns
 * how many places are trusted again. O(places). */
uint32_t decide_clear_doubt(struct decide *d, struct span account,
                            const struct addr *within);

/* Whether `who` is a private address that many people log in from: a proxy's, a
 * webmail's, whose ban would shut all of them out. It is never banned for what a log
 * says. O(1). */
NODISCARD bool decide_is_proxy(const struct decide *d, const struct addr *who,
                               int64_t now_us);

/* Sets what the names in `ignoreip` stand for now; it must stay. */
void decide_set_named(struct decide *d, const struct decide_named *named, size_t count);

/* Frees all; a zeroed struct is legal. */
void decide_fini(struct decide *d);

/* Takes one event. Of a failure `fn` is called once for every jail that reads its filter
 * from its source (a source of DECIDE_ANY_SOURCE: for every jail of the filter), unless
 * it is one more line of an attempt that the jail has counted. Of any event it is called
 * for every rule that counts it (NOTED, or what follows at maxretry), for every ban that
 * ends later by it (PROLONGED), and of a login for every count that it changes
 * (FORGIVEN). `now_us` is the present of the caller: lines
 * that were read late count at the time they were written, as long as they, or a ban they
 * lead to, can matter now. Bans are entered before `fn` is called. */
void decide_event(struct decide *d, const struct event *e, int64_t now_us, verdict_fn *fn,
                  void *ctx);

/* What is known of an event before it is taken. */
struct decide_ahead {
    uint64_t account; /* its tag; 0: none */
    uint64_t pair;    /* of the account at its place */
    struct ahead tables;
};

/* decide_event() in steps, for who has several events at hand: whose they are, and what
 * each of them will be looked up by, which the processor is told and not waited for; the
 * same for what is found there; and then the event. Of the same `e` the last three; other
 * events may be taken in between. */
void decide_expect_peer(struct decide *d, const struct addr *who);
void decide_expect(struct decide *d, const struct event *e, struct decide_ahead *a);
void decide_fetch(const struct decide_ahead *a);
void decide_expected(struct decide *d, const struct event *e,
                     const struct decide_ahead *a, int64_t now_us, verdict_fn *fn,
                     void *ctx);

/* Takes one failure that a person or a program tells of, for one jail with a filter, and
 * for nothing else. `fn` is called once. */
void decide_attempt(struct decide *d, uint16_t jail, const struct event *e,
                    verdict_fn *fn, void *ctx);

enum { DECIDE_ANY_SOURCE = 0xFFFF };

/* The clock was set: moves bans and windows by `delta_us`, so that what remained remains.
 */
void decide_shift(struct decide *d, int64_t delta_us);
