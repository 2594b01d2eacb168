/* trust: who has logged in, and from where.
 *
 * A place is a network as one household or office has it: a /24, a /64. Of each account
 * it is known from which places it has logged in. What fails there for that account is a
 * mistyped or old password, not a guess: whoever got in once knows more than he could
 * learn. A place is good when an account has logged in there first TRUST_AFTER_S ago or
 * longer, and nobody was told of an attack meanwhile.
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

enum {
    TRUST_MAX = 262144,
    TRUST_AFTER_S = 86400,
    TRUST_KEEP_S = 90 * 86400,
    TRUST_DOUBT_S = 7 * 86400,
};

/* An account at a place; account 0 is the place itself, of whatever account; a single
 * address with account 0 is that of a login; family 0 is the account wherever it is. */
struct trust_key {
    struct addr place;
    uint8_t pad[6]; /* zero */
    uint64_t account;
};

struct trust_entry {
    int64_t first_us, last_us; /* the last one to the hour */
    uint32_t logins;
    bool is_doubtful; /* since first_us: it is no trust before it begins anew */
};

struct trust {
    struct table table; /* struct trust_key -> struct trust_entry */
    /* Told of an entry before it is made, or its last login moves by an hour or more;
     * may be NULL. */
    void (*fn)(void *ctx, const struct trust_key *key);
    void *ctx;
};

/* What a login says that was not known before. */
struct trust_news {
    bool is_new_place;   /* this account was never seen there ... */
    bool is_new_account; /* ... nor anywhere */
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

/* The login of `account` from `who` just now was maybe not its owner's. O(1). */
void trust_doubt(struct trust *t, const struct addr *who, uint64_t account,
                 int64_t now_us);

/* A person says that the account's logins were its owner's, those within `within` (family
 * 0: anywhere); account 0: those of all. Returns how many places were doubtful.
 * O(entries). */
uint32_t trust_clear(struct trust *t, const struct addr *within, uint64_t account);

/* Whether the account has logged in before at the place of `who`. O(1). */
NODISCARD bool trust_knows(const struct trust *t, const struct addr *who,
                           uint64_t account, int64_t now_us);

/* Whether the place of `who` is good. O(1). */
NODISCARD bool trust_is_good(const struct trust *t, const struct addr *who,
                             int64_t now_us);

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
