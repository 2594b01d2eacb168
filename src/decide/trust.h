/* trust: who has logged in, and from where.
 *
 * A place is a network as one household or office has it: a /24, a /64. Of each account
 * it is known from which places it has logged in. What fails there for that account is a
 * mistyped or old password, not a guess: whoever got in once knows more than he could
 * learn. A place is good when an account has logged in there first TRUST_AFTER_S ago or
 * longer, and nobody was told of an attack meanwhile.
 *
 * A home is an address that somebody has logged in from, and an IPv6 place. It is clean
 * unless strangers (accounts that are not known there) have failed at it more than three
 * times since the day of the last login for each account that is, or a login there
 * looked guessed; with the first login a day after the last
 * such thing it begins anew.
 *
 * A login that looks guessed makes its place doubtful: the account is not known there,
 * and the place is not good, before a person says so (trust_clear()) or the account logs
 * in there again TRUST_DOUBT_S later; then trust begins anew. A place that was good
 * before stays good: it is that of others, too.
 *
 * What was not used for TRUST_KEEP_S is forgotten. Memory is bounded: TRUST_MAX entries;
 * the one used longest ago leaves.
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "base/table.h"
#include "decide/ahead.h"

enum {
    TRUST_MAX = 262144,
    TRUST_AFTER_S = 86400,
    TRUST_KEEP_S = 90 * 86400,
    TRUST_DOUBT_S = 7 * 86400,
    TRUST_STRANGE = 3,      /* so many failures of strangers for each account */
    TRUST_PLACES_MAX = 256, /* looked for one by one */
};

/* An account at a place; account 0 is the place itself, of whatever account; a single
 * address with account 0 is that of a login; family 0 is the account wherever it is. */
struct trust_key {
    struct addr place;
    uint8_t pad[6]; /* zero */
    uint64_t account;
};

struct trust_entry {
    int64_t first_us, last_us; /* logins, to the hour; doubtful: the last reason */
    uint32_t logins;
    uint16_t strange;   /* of homes: failures of accounts that are not known there */
    uint8_t accounts;   /* of places: that have logged in there, 255 at most */
    uint8_t doubt_days; /* not 0: it is no trust before a login so many days later */
};

struct trust {
    struct table table;  /* struct trust_key -> struct trust_entry */
    int64_t day;         /* UTC, the last one of a login */
    uint32_t clients[2]; /* addresses whose last login was on that day, the day before */
    /* Told of an entry before it is made, its last login moves by an hour or more, or it
     * changes otherwise but for the number of logins; may be NULL. */
    void (*fn)(void *ctx, const struct trust_key *key);
    void *ctx;
};

/* Takes a home. */
typedef void trust_home_fn(void *ctx, const struct addr *who);

/* What a login says that was not known before. */
struct trust_news {
    bool is_new_place;   /* this account was never seen there ... */
    bool is_new_account; /* ... nor anywhere */
    bool is_new_home;    /* nobody was ever seen at this address */
    int64_t steady_us;   /* before then another one changes but the number of logins */
};

/* The place that an address is in. */
struct addr trust_place(const struct addr *who);

/* Nobody has logged in. */
void trust_init(struct trust *t);

/* Frees all; a zeroed struct is legal. */
void trust_fini(struct trust *t);

/* `account` (a tag) has logged in from `who`. O(1). */
struct trust_news trust_login(struct trust *t, const struct addr *who, uint64_t account,
                              int64_t now_us);

/* It has logged in from there `times` times more, all of which changed nothing. O(1). */
void trust_repeat(struct trust *t, const struct addr *who, uint64_t account,
                  uint32_t times);

/* Whether the account has logged in before at the place of `who`. O(1). */
NODISCARD bool trust_knows(const struct trust *t, const struct addr *who,
                           uint64_t account, int64_t now_us);

/* Whether a place with such an entry, or NULL, is good. */
NODISCARD bool trust_entry_is_good(const struct trust_entry *e, int64_t now_us);

/* Whether an entry, or NULL, is trusted: not doubtful, and not of too long ago. */
NODISCARD bool trust_entry_is_clean(const struct trust_entry *e, int64_t now_us);

/* Whether the place of `who` is good. O(1). */
NODISCARD bool trust_is_good(const struct trust *t, const struct addr *who,
                             int64_t now_us);

/* Somebody failed at `who` whose account is not known there. O(1). */
void trust_strange(struct trust *t, const struct addr *who, int64_t now_us);

/* The address that somebody logged in from just now, the first time, may be a guesser's.
 * O(1). */
void trust_doubt_home(struct trust *t, const struct addr *who, int64_t now_us);

/* The login of `account` from `who` just now was maybe not its owner's. O(1). */
void trust_doubt(struct trust *t, const struct addr *who, uint64_t account,
                 int64_t now_us);

/* A person says that the account's logins were its owner's, those within `within` (family
 * 0: anywhere); account 0: those of all. Returns how many places were doubtful.
 * O(entries). */
uint32_t trust_clear(struct trust *t, const struct addr *within, uint64_t account);

/* Nobody is known to have logged in from any place or address that shares an address with
 * `within` (a prefix, not of family 0); an account that was seen elsewhere is still known
 * there. Returns how many places and addresses that were. O(entries). */
uint32_t trust_forget(struct trust *t, const struct addr *within);

/* Whether somebody has logged in from just this address, and it is clean. O(1). */
NODISCARD bool trust_is_home(const struct trust *t, const struct addr *who,
                             int64_t now_us);

/* How many good places in `prefix` so many accounts have logged in from; 0 of a prefix of
 * more than TRUST_PLACES_MAX places. O(places). */
uint32_t trust_good_places(const struct trust *t, const struct addr *prefix,
                           unsigned accounts, int64_t now_us);

/* Calls `fn` for the clean homes in a prefix: addresses, but of IPv6 prefixes that are
 * wider than a place the places. O(addresses of known IPv4 places); for IPv6 O(places),
 * and O(entries) where there are more than TRUST_PLACES_MAX of them or one that is known.
 */
void trust_each_home(const struct trust *t, const struct addr *prefix, int64_t now_us,
                     trust_home_fn *fn, void *ctx);

/* How many addresses somebody has logged in from today or yesterday (UTC). O(1). */
uint32_t trust_clients(const struct trust *t, int64_t now_us);

/* Whether `who` is one of them. O(1). */
NODISCARD bool trust_is_client(const struct trust *t, const struct addr *who,
                               int64_t now_us);

/* Tells that trust_find() will ask for it. */
void trust_expect(const struct trust *t, const struct addr *place, uint64_t account,
                  struct ahead *a);

/* The entry of a key, or NULL. O(1). */
const struct trust_entry *trust_find(const struct trust *t, const struct addr *place,
                                     uint64_t account);

/* Moves every time by `delta_us`. O(entries). */
void trust_shift(struct trust *t, int64_t delta_us);

/* Appends an entry as bytes to store; nothing when there is none. */
void trust_save(const struct trust *t, const struct trust_key *key, struct buf *bytes);

/* Gives a key the entry that trust_save() wrote. False, and nothing taken, when `bytes`
 * is malformed. */
NODISCARD bool trust_load(struct trust *t, const struct trust_key *key,
                          struct span bytes);
