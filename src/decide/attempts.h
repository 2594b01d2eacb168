/* attempts: which lines of a log tell of one and the same login.
 *
 * A wrong password may leave several lines: of the checker (told, not counted), of the
 * login process or the mail server, and sshd writes two of its own when the name does not
 * exist. A line belongs to an attempt of the same address within ATTEMPTS_JOIN_S when
 * that has no line of this kind yet and the accounts, where both are known, are the same;
 * but lines that two different filters count are two attempts.
 *
 * Memory is bounded: ATTEMPTS_MAX addresses, the one seen longest ago leaves, and
 * the last ATTEMPTS_EACH attempts of each. What leaves may be counted twice.
 */
#pragma once

#include "base/buf.h"
#include "base/table.h"
#include "event/event.h"

enum {
    ATTEMPTS_MAX = 32768,
    ATTEMPTS_EACH = 8,
    ATTEMPTS_JOIN_S = 30,
    ATTEMPTS_TOLD_MAX = 10,
};

struct attempts {
    struct table table; /* struct addr -> its attempts, while they are few */
    struct table many;  /* the last ones of those that have more; each is in `table` */
};

/* What a line says that was not known of its attempt before. */
struct attempt_news {
    bool is_new;     /* the attempt itself */
    bool is_counted; /* that its filter counts it */
    bool is_named;   /* its account */
    bool is_kind;    /* the kind of the line: a wrong password, or no such account */
    uint16_t
        *is_mistake; /* 0 or 1, of the attempt, for the caller; until the next call */
};

/* What an address has tried lately, of the attempts that are kept. */
struct attempts_lately {
    uint32_t same, other; /* of an account, and of others or of nobody knows which */
    uint32_t accounts;    /* how many different ones, as far as is known */
};

/* Nothing tried yet. */
void attempts_init(struct attempts *a);

/* Frees all; a zeroed struct is legal. */
void attempts_fini(struct attempts *a);

/* Takes one line of a failed login; `account` is the tag of its account, 0 when it names
 * none. O(1). */
struct attempt_news attempts_join(struct attempts *a, const struct event *e,
                                  uint32_t account);

/* A login: what `who` has tried of the account is forgotten. O(1). */
void attempts_forgive(struct attempts *a, const struct addr *who, uint32_t account);

/* How many attempts a line tells of, in words of its server such as "3 attempts": 1 when
 * it does not say, ATTEMPTS_TOLD_MAX at most. */
uint32_t attempts_told(struct span detail);

/* What `who` has tried since `since_s`, `account` being the tag of the same. O(1). */
struct attempts_lately attempts_lately(const struct attempts *a, const struct addr *who,
                                       uint32_t account, int64_t since_s);

/* Moves every time by `delta_s`. O(addresses). */
void attempts_shift(struct attempts *a, int64_t delta_s);

/* Appends the attempts of an address as bytes to store; nothing when there are none. */
void attempts_save(const struct attempts *a, const struct addr *who, struct buf *bytes);

/* Gives an address the attempts that attempts_save() wrote. False, and nothing taken,
 * when `bytes` is malformed. */
NODISCARD bool attempts_load(struct attempts *a, const struct addr *who,
                             struct span bytes);
