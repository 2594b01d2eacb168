/* deeds: what happened beside the flow of mail, counted line by line: who attacked and
 * what stopped it, who logged in, why mail was refused, deferred or bounced, and how long
 * it took. With a tally of the same lines it is what a report tells (report/digest.h).
 *
 *     struct deeds *f = deeds_new();
 *     deeds_line(f, wall_us, &mail, 1);
 *     deeds_free(f);
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
#include "report/stops.h"
#include "report/texts.h"

enum {
    DEEDS_BUDGET_BYTES = 24 << 20,
    DEEDS_ADDRESSES_MAX = 1 << 17,
    DEEDS_DESTINATIONS_MAX = 4096,
    DEEDS_PLACE_MAX = 46, /* bytes of an address in text */
    DEEDS_SAID_MAX = 200,
};

/* What an hour of the day counts. */
enum deeds_flow {
    DEEDS_REJECTED, /* 5xx */
    DEEDS_PUT_OFF,  /* 4xx */
    DEEDS_LOGINS,
    DEEDS_FAILURES,
    DEEDS_FLOWS
};

/* Kinds of attack from WORD_KIND_GUESSING on. */
enum { DEEDS_KINDS = WORD_KIND_TAKEOVER - WORD_KIND_GUESSING + 1 };

/* An address that attacked, or that something has stopped. */
struct deeds_address {
    uint32_t kinds[DEEDS_KINDS]; /* attempts */
    uint32_t found;              /* bits: kinds that its guesses turned out to be */
    uint32_t logins;             /* since its first attempt */
    int64_t first_us, last_us;   /* of the attempts; 0: none */
    struct stop stop;
};

struct deeds_account {
    uint64_t logins, messages;    /* messages: sent after a login by SMTP */
    uint64_t failures;            /* as the service tells */
    uint64_t misses, unknown;     /* as auth tells: wrong passwords, no such account */
    int64_t login_us, failure_us; /* the last ones */
    uint8_t place_len;
    char place[DEEDS_PLACE_MAX]; /* of the last login */
};

struct deeds_destination {
    uint64_t delivered, deferred, bounced;
    struct delays delays;
};

/* Of a destination and a cause: key is DESTINATION NUL, and the cause's number. */
struct deeds_trouble {
    uint64_t count;
    uint8_t said_len;
    char said[DEEDS_SAID_MAX]; /* the first text */
};

struct deeds {
    struct texts_budget budget;
    bool is_judged; /* attacks come by deeds_attack(), but those that nobody judges */
    struct texts addresses, accounts, destinations, deferrals, bounces;
    uint64_t refused[2][WORDS];   /* by cause: for now, for good */
    struct deeds_trouble trouble; /* refused by trouble of our own */
    struct delays stages[MAIL_DELAYS], all;
    uint64_t hours[24][DEEDS_FLOWS];
    uint64_t logins, failures, expired;
    uint64_t lines, unknown, foreign;
    int64_t first_us, last_us;             /* of all lines of mail; 0: none */
    int64_t quarter_from_us, quarter_hour; /* the last hour that was looked up */
    struct buf key;
};

/* Empty. The caller frees it with deeds_free(). */
NODISCARD struct deeds *deeds_new(void);

/* Frees it; NULL is legal. */
void deeds_free(struct deeds *f);

/* Counts a line `times` times. Amortised O(length). */
void deeds_line(struct deeds *f, int64_t wall_us, const struct mail_line *m,
                uint32_t times);

/* The same in two parts, which touch nothing in common, so that two threads may do them:
 * that there was a line, and what somebody did in it. */

/* Lines by what they are of, and when. */
struct deeds_seen {
    uint64_t lines, unknown, foreign;
    int64_t first_us, last_us; /* 0: none */
};

/* Notes that there was a line. */
void deeds_see(struct deeds_seen *s, int64_t wall_us, const struct mail_line *m,
               uint32_t times);

/* Adds the lines that were seen. */
void deeds_add_seen(struct deeds *f, const struct deeds_seen *s);

/* What tables will be asked for because of a line, or of an attack in it. */
struct deeds_ahead {
    uint32_t address, account, destination; /* hashes; of what the line has */
    struct texts_ahead texts;               /* for texts_fetch() */
};

/* deeds_do() in three steps, for who has several lines at hand: what they will be looked
 * up by, which the processor is told and not waited for (texts_expect()); the same for
 * what is found there (texts_fetch()); and then what was done in a line is counted. */
void deeds_expect(const struct deeds *f, const struct mail_line *m,
                  struct deeds_ahead *a);
void deeds_do(struct deeds *f, int64_t wall_us, const struct mail_line *m, uint32_t times,
              const struct deeds_ahead *a);

/* Whether deeds_do() has any use for lines of this kind. */
bool deeds_has(enum mail_kind kind);

/* Counts `times` attempts of an address, WORD_KIND_.... */
void deeds_attack(struct deeds *f, int64_t wall_us, struct span address, enum word kind,
                  uint32_t times);

/* What an address guesses is of this kind: slow, of a gang. An address that has tried
 * nothing is passed over. */
void deeds_found(struct deeds *f, struct span address, enum word kind);

/* The same of one that is at hand. */
void deeds_mark(struct deeds_address *a, enum word kind);

/* Sums up whom what has stopped. O(addresses). */
void deeds_stops(const struct deeds *f, struct stops_sum sums[STOPPERS]);

/* Of what kind the passwords are that an address has guessed. */
enum word deeds_guesses(const struct deeds_address *a);

/* How often a login to an account, or to a name that is none, failed: the same attempt
 * may be told by the service and by auth. */
static inline uint64_t
deeds_failures(const struct deeds_account *a)
{
    uint64_t of_auth = a->misses + a->unknown;

    return a->failures > of_auth ? a->failures : of_auth;
}

/* Whether there is such an account, or only somebody who tried the name. */
static inline bool
deeds_is_account(const struct deeds_account *a)
{
    return a->logins || a->messages || a->misses;
}

/* The destination and the cause of a key of `deferrals` and `bounces`. */
enum word deeds_cause(struct span key, struct span *destination);

/* Makes `key` the one that says both. */
void deeds_key(struct buf *key, struct span destination, enum word cause);
