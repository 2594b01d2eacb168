/* decide: events in, verdicts out: the only place where a ban is decided.
 *
 * A jail is a rule: count the events of its filter per address in a sliding window of
 * findtime; at maxretry the verdict is a ban of bantime, dated from the line that reached
 * it. Addresses in ignoreip are not counted; a banned address is not counted again until
 * its ban is over. Who was banned before is banned for longer where bantime.increment is
 * on, and each of its failures counts for more.
 *
 * Memory is bounded: DECIDE_KEYS_MAX addresses a jail (the one hit longest ago leaves,
 * counted), and as many bans as the configuration allows. No clock, no I/O: the judge
 * process and `komainu replay` run the same code, one with the time of day, one with the
 * time of the log.
 */
#pragma once

#include "base/buf.h"
#include "base/heap.h"
#include "base/table.h"
#include "conf/config.h"
#include "count/counters.h"
#include "decide/attempts.h"
#include "decide/brake.h"
#include "decide/campaigns.h"
#include "decide/holes.h"
#include "decide/pace.h"
#include "decide/records.h"
#include "decide/senders.h"
#include "decide/trust.h"
#include "event/event.h"

enum { DECIDE_KEYS_MAX = 200000, DECIDE_ACCOUNTS_MAX = 65536 };

/* An address that a name in `ignoreip` of a jail stands for. */
struct decide_named {
    uint16_t jail;
    struct addr who;
};

enum { JAIL_MANUAL = 0xFFFF }; /* the jail number of bans made by hand */

enum verdict_kind {
    VERDICT_COUNTED, /* below maxretry */
    VERDICT_BAN,     /* maxretry reached */
    VERDICT_STILL,   /* the address is banned already: not counted */
    VERDICT_IGNORED, /* in ignoreip, or our own */
    VERDICT_OLD,     /* too long ago to matter, for the count or for a ban */
    VERDICT_OVER,    /* maxretry reached, but the ban would be over by now */
    VERDICT_FULL,    /* no more bans can be held: counted, not banned */
    VERDICT_KNOWN,   /* a mistake of somebody who has logged in from there: not counted */
    VERDICT_NOTED,   /* below maxretry of a rule */
    VERDICT_ALERT,   /* maxretry reached of a rule that alerts */
    VERDICT_SPARED,  /* the same of one that bans, but people of that place are known, or
                        of one in the prefix, and this one has done nothing: not banned;
                        of any jail: decide_is_proxy() */
    VERDICT_FORGIVEN, /* a login took back some of what `key` had failed */
    VERDICT_BRAKE,    /* maxretry reached, but that ban would shut out too many who belong
                         there: decide.brake is pulled, and the ban not made */
    VERDICT_BRAKED,   /* the same while it is pulled: whoever it is, not banned */
    VERDICT_ASKED, /* maxretry reached; whether to ban is to be said, decide_settle() */
    VERDICT_PROLONGED, /* a ban that was there ends later; `jail` is its own */
};

struct verdict {
    enum verdict_kind kind;
    uint16_t jail;
    enum jail_mode mode;
    struct addr who;       /* to be banned: whose event it is, or a prefix around it */
    struct addr key;       /* by which it was counted */
    uint32_t count;        /* failures in the window, this one included */
    uint32_t distinct;     /* at maxretry of a rule with `distinct`: different values */
    int64_t first_us;      /* the oldest of them */
    int64_t time_us;       /* of the deciding event */
    int64_t until_us;      /* end of the ban; negative: never */
    uint32_t earlier;      /* VERDICT_BAN: bans that it was known for */
    struct addr evicted;   /* had to leave for `who` to be counted; family 0: nobody */
    bool is_renewed;       /* VERDICT_BAN: in place of one that was over, not ended yet */
    enum event_kind event; /* of a rule: what was counted, maybe made of the event */
    uint32_t tries;        /* EVENT_LOGIN_GUESSED: failures before it */
};

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

struct kept_key;

/* Whether somebody who has reached maxretry is banned. */
enum decide_may { DECIDE_MAY, DECIDE_MAY_NOT, DECIDE_WAIT };

/* Asked before a ban of a jail; `v` says of whom. */
typedef enum decide_may decide_may_fn(void *ctx, const struct verdict *v);

/* Jails, by number. */
struct jail_list {
    uint16_t jails[CONFIG_JAILS_MAX];
    uint32_t count;
};

struct decide {
    const struct config *config;                       /* borrowed */
    bool (*allows)(void *ctx, const struct addr *who); /* nobody counts it; may be NULL */
    void *allows_ctx;
    /* Those with a filter, of rules that ban prefixes, and that count a kind of event: no
     * event looks at the others. */
    struct jail_list of_filters, of_prefixes, of_kinds[EVENT_KINDS];
    struct counters *counters; /* one a jail */
    struct table bans;         /* struct ban_key -> struct ban */
    struct holes holes;    /* in bans of prefixes; the owner closes those of a ban that
                              ends */
    uint32_t *held;        /* bans of each jail; of JAIL_MANUAL the last one */
    struct heap ends;      /* struct ban_key by until_us */
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
    struct attempts attempts;
    struct trust trust;
    struct brake brake;
    struct pace pace;
    struct senders senders;
    int64_t auth_error_us;    /* when our own server last could not judge a login */
    struct counters entered;  /* logins of each address, by account */
    struct counters tried;    /* failures of each account, wherever they come from */
    struct counters mistakes; /* wrong passwords where the account is known */
    struct counters stale;    /* the same in a day, until it is told ... */
    struct counters told;     /* ... and that it was */
    struct counters roams;    /* hours in which an account was at a new place */
    struct counters places;   /* new places of it within the hour */
    struct counters alerted;  /* keys of rules that were alerts */
    uint64_t
        *failing; /* a bit for each place something failed at; none: ask everywhere */
    struct campaigns campaigns;
    uint32_t wanted;  /* bits of the kinds of events that rules count */
    uint32_t watched; /* and of those that say something of them */
    struct hash_key tags;
    void (*keep)(void *ctx, const struct kept_key *key); /* kept_watch() */
    void *keep_ctx;
    uint64_t ignored, old, evicted, full, known, spared;
};

/* Called for every verdict of one event; `e` is the event. */
typedef void verdict_fn(void *ctx, const struct verdict *v, const struct event *e);

/* Called for a ban that ended; it is removed after the call. */
typedef void ban_end_fn(void *ctx, const struct ban_key *key, const struct ban *ban);

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

/* Counters were filled from outside: what failed where is not known any more. */
void decide_forget_places(struct decide *d);

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

/* Takes one failure that a person or a program tells of, for one jail with a filter, and
 * for nothing else. `fn` is called once. */
void decide_attempt(struct decide *d, uint16_t jail, const struct event *e,
                    verdict_fn *fn, void *ctx);

enum { DECIDE_ANY_SOURCE = 0xFFFF };

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

/* The ban of `key`, or NULL. */
struct ban *decide_find_ban(const struct decide *d, const struct ban_key *key);

/* The ban of the longest prefix that `who` lies in and that is shorter than it, in a jail
 * that enforces; false when there is none. O(bits of `who` times jails with bans). */
NODISCARD bool decide_find_around(const struct decide *d, const struct addr *who,
                                  struct ban_key *found);

/* By what a jail counts `who`: itself or a prefix around it; family 0: by neither. */
struct addr decide_count_key(const struct decide *d, uint16_t jail,
                             const struct addr *who);

/* By what a rule counts an account; family 0: not by accounts. */
struct addr decide_account_key(const struct decide *d, uint16_t jail,
                               struct span account);

/* The tag of an account, as trust and marks have it; never 0. */
uint64_t decide_account(const struct decide *d, struct span account);

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

/* The clock was set: moves bans and windows by `delta_us`, so that what remained remains.
 */
void decide_shift(struct decide *d, int64_t delta_us);

/* The longest time that a ban of `who` has left in any jail of `scope` that enforces, in
 * microseconds from `now_us`; 0 when there is none, negative when it is permanent: what
 * the kernel should hold. */
int64_t decide_remaining(const struct decide *d, const struct addr *who, uint16_t scope,
                         int64_t now_us);

/* The same of the address and scope of `ban`, which is the one of `key`: without looking
 * for it. */
int64_t decide_remaining_with(const struct decide *d, const struct ban_key *key,
                              const struct ban *ban, int64_t now_us);

/* The jail in slot `i` of 0 .. jail_count, the last of which is JAIL_MANUAL: to go
 * through all of them. */
uint16_t decide_jail_at(const struct decide *d, size_t i);

/* The scope of a jail number; 0 for JAIL_MANUAL. */
uint16_t decide_scope(const struct decide *d, uint16_t jail);

/* The name of a jail number; "manual" for JAIL_MANUAL. */
const char *decide_jail_name(const struct decide *d, uint16_t jail);

/* Appends why a ban without failures was made: by hand, or found in the kernel. */
void decide_add_origin(struct buf *b, int64_t first_us, int64_t since_us);

/* Appends the reason of a ban in words and numbers: "5 failures in 2m 10s (limit 5 in
 * 10m), 3rd ban". */
void decide_add_reason(const struct decide *d, struct buf *b, const struct ban_key *key,
                       const struct ban *ban);

/* Appends what an alert is about, of an account that is named elsewhere: "logged in from
 * 192.0.2.7, where it was never seen, after 12 failures". */
void decide_add_alert(const struct decide *d, struct buf *b, const struct verdict *v);

/* Appends ", 3rd ban" for one with two earlier ones, nothing for a first. */
void decide_add_number(struct buf *b, uint32_t earlier);
