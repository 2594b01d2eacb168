/* visits: which account comes from where, what it sends, and where it fails.
 *
 * A place is a /24 or a /64, as the guard has it. Lines from before the report (from_us)
 * make accounts and places known, and are not counted; so a place is new to an account
 * that has logged in from another one, and not from there, in any line that was read.
 *
 *     struct visits v;
 *     visits_init(&v, from_us);
 *     visits_line(&v, wall_us, &mail, 1);
 *     visits_fini(&v);
 *
 * A wrong password counts here where the account has logged in, or does within a day: it
 * is a person's, or a machine's. The service and auth may both tell of it.
 *
 * Invariants: tables have a most of entries and share a budget; what finds no room is
 * counted in budget.dropped. Failures that no login has followed yet are kept for the
 * last VISITS_PENDING_MAX places.
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "base/table.h"
#include "report/mail_line.h"
#include "report/texts.h"

enum {
    VISITS_BUDGET_BYTES = 16 << 20,
    VISITS_MAX = 1 << 17,
    VISITS_PENDING_MAX = 8192,
    VISITS_QUEUE_MAX = 8192,
    VISITS_ADDRESS_MAX = 46,
    VISITS_ACCOUNT_MAX = TEXTS_LEN_MAX / 2, /* bytes kept of one */
};

/* Who told of a failure. */
enum visits_teller { VISITS_SERVICE, VISITS_AUTH, VISITS_TELLERS };

/* An account at a place. */
struct visit {
    int64_t first_us, last_us; /* logins, ever */
    int64_t failed_us;         /* the last failure */
    uint32_t logins;
    uint32_t failures[VISITS_TELLERS];
    uint32_t before; /* failures there before the first login */
    bool is_new;     /* the account was known elsewhere */
    uint8_t address_len;
    char address[VISITS_ADDRESS_MAX]; /* of the first login */
};

struct visits_account {
    bool is_known;
    uint64_t messages, recipients, bytes; /* sent after a login */
};

/* Failures of an account at a place where it has not logged in. */
struct visits_pending {
    int64_t last_us;
    uint32_t failures[VISITS_TELLERS];
};

struct visits {
    struct texts_budget budget;
    struct texts pairs;    /* account NUL place (struct addr) -> struct visit */
    struct texts accounts; /* struct visits_account */
    struct table pending;  /* hash of a pair without a login -> visits_pending */
    struct table queue;    /* hash of a queue id -> number of an account */
    struct hash_key key;   /* of these hashes */
    int64_t from_us;
    struct buf text;
};

/* Nobody has come. The caller frees it with visits_fini(). */
void visits_init(struct visits *v, int64_t from_us);

/* Frees all; a zeroed struct is legal. */
void visits_fini(struct visits *v);

/* Whether visits_line() has any use for lines of this kind. */
bool visits_has(enum mail_kind kind);

/* Takes a line `times` times. Amortised O(length). */
void visits_line(struct visits *v, int64_t wall_us, const struct mail_line *m,
                 uint32_t times);

/* What is known of a line before it is taken, and hashes of what tables will be asked
 * for. */
struct visits_ahead {
    bool is_visit; /* it says an account and a place */
    struct addr place;
    uint32_t pair, account;
    struct texts_ahead texts; /* for texts_fetch() */
};

/* visits_line() in three steps, for who has several lines at hand: what they will be
 * looked up by, which the processor is told and not waited for (texts_expect()); the same
 * for what is found there (texts_fetch()); and then a line is taken. */
void visits_expect(struct visits *v, const struct mail_line *m, struct visits_ahead *a);
void visits_expected(struct visits *v, int64_t wall_us, const struct mail_line *m,
                     uint32_t times, const struct visits_ahead *a);

/* Makes the key of an account and a place. */
void visits_key(struct buf *key, struct span account, const struct addr *place);

/* The account of a key of `pairs`; `place` is where it came from. */
struct span visits_account_of(struct span key, struct addr *place);

/* Whether an account came to a place that is new to it, in the time of the report. */
bool visits_is_new(const struct visit *visit);

/* What an account (struct visits_account) is worth, where those that sent most are shown.
 */
double visits_account_worth(const void *value);

/* How many failures of a visit: the same may be told by both. */
uint32_t visits_failures(const struct visit *visit);
