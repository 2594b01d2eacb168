/* facts: what happened beside the flow of mail, counted line by line: who attacked and
 * what stopped it, who logged in, why mail was refused, deferred or bounced, and how long
 * it took. With a tally of the same lines it is what a report tells (report/digest.h).
 *
 *     struct facts *f = facts_new();
 *     facts_line(f, wall_us, &mail, 1);
 *     facts_free(f);
 *
 * An attempt to log in is what the service says to whom it talks (smtpd, imap-login); the
 * lines of auth about the same attempt only tell which accounts there are.
 *
 * Invariants: tables have a most of entries and share a budget; what finds no room is
 * counted in budget.dropped.
 */
#pragma once

#include "report/cause.h"
#include "report/delays.h"
#include "report/texts.h"

enum {
    FACTS_BUDGET_BYTES = 24 << 20,
    FACTS_ADDRESSES_MAX = 1 << 17,
    FACTS_DESTINATIONS_MAX = 4096,
    FACTS_PLACE_MAX = 46, /* bytes of an address in text */
    FACTS_SAID_MAX = 200,
};

/* What an hour of the day counts. */
enum facts_flow {
    FACTS_REJECTED, /* 5xx */
    FACTS_PUT_OFF,  /* 4xx */
    FACTS_LOGINS,
    FACTS_FAILURES,
    FACTS_FLOWS
};

/* Kinds of attack from WORD_KIND_GUESSING on. */
enum { FACTS_KINDS = WORD_KIND_TAKEOVER - WORD_KIND_GUESSING + 1 };

struct facts_address {
    uint32_t kinds[FACTS_KINDS]; /* attempts */
    uint32_t logins;
    int64_t first_us, last_us; /* of the attempts */
};

struct facts_account {
    uint64_t logins, messages;    /* messages: sent after a login by SMTP */
    uint64_t failures;            /* as the service tells */
    uint64_t misses, unknown;     /* as auth tells: wrong passwords, no such account */
    int64_t login_us, failure_us; /* the last ones */
    uint8_t place_len;
    char place[FACTS_PLACE_MAX]; /* of the last login */
};

struct facts_destination {
    uint64_t delivered, deferred, bounced;
    struct delays delays;
};

/* Of a destination and a cause: key is DESTINATION NUL, and the cause's number. */
struct facts_trouble {
    uint64_t count;
    uint8_t said_len;
    char said[FACTS_SAID_MAX]; /* the first text */
};

struct facts {
    struct texts_budget budget;
    struct texts addresses, accounts, destinations, deferrals, bounces;
    uint64_t refused[2][WORDS];   /* by cause: for now, for good */
    struct facts_trouble trouble; /* refused by trouble of our own */
    struct delays stages[MAIL_DELAYS], all;
    uint64_t hours[24][FACTS_FLOWS];
    uint64_t logins, failures, expired;
    uint64_t lines, unknown, foreign;
    int64_t first_us, last_us;             /* of all lines; 0: none */
    int64_t quarter_from_us, quarter_hour; /* the last hour that was looked up */
    struct buf key;
};

/* Empty. The caller frees it with facts_free(). */
NODISCARD struct facts *facts_new(void);

/* Frees it; NULL is legal. */
void facts_free(struct facts *f);

/* Counts a line `times` times. Amortised O(length). */
void facts_line(struct facts *f, int64_t wall_us, const struct mail_line *m,
                uint32_t times);

/* The destination and the cause of a key of `deferrals` and `bounces`. */
enum word facts_cause(struct span key, struct span *destination);
