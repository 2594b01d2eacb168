/* checks: what else looked at mail, and what came of it: greylists, DNS lists, SPF, DKIM,
 * DMARC, TLS, postscreen; and what the guard did itself, by its log.
 *
 *     struct checks c;
 *     checks_init(&c);
 *     checks_line(&c, &mail, 1);
 *     checks_fini(&c);
 *
 * Invariants: tables have a most of entries and share a budget; what finds no room is
 * counted in budget.dropped. Of mails that a greylist put off the last CHECKS_WAITING_MAX
 * are known.
 */
#pragma once

#include "base/buf.h"
#include "base/table.h"
#include "report/delays.h"
#include "report/mail_line.h"
#include "report/texts.h"

enum {
    CHECKS_BUDGET_BYTES = 4 << 20,
    CHECKS_TEXTS_MAX = 4096,
    CHECKS_WAITING_MAX = 1 << 16,
};

struct checks_list {
    uint64_t hits;    /* as postscreen was told */
    uint64_t refused; /* mails, for that */
};

struct checks_jail {
    uint64_t bans, observed, unbans;
};

struct checks {
    struct texts_budget budget;
    uint64_t put_off, passed, known; /* by greylists */
    uint64_t forgotten;              /* of those that wait */
    struct delays waited;
    struct table waiting; /* hash of a triplet -> nothing: put off, and not seen again */
    struct hash_key key;
    struct texts lists;   /* zone -> struct checks_list */
    struct texts results; /* "SPF" NUL result -> uint64_t */
    struct texts failing; /* "SPF" NUL domain -> uint64_t: those that failed */
    struct texts tls;     /* "in" NUL protocol NUL cipher -> uint64_t */
    uint64_t tls_failed_in, tls_failed_out;
    uint64_t sessions, plain_sessions; /* in which mail was handed to smtpd */
    uint64_t logins, plain_logins;     /* at Dovecot */
    struct texts tests;                /* of postscreen -> uint64_t */
    struct texts jails;                /* struct checks_jail */
    struct texts gate;                 /* restriction -> uint64_t */
    struct buf text;
};

/* Nothing was checked. The caller frees it with checks_fini(). */
void checks_init(struct checks *c);

/* Frees all; a zeroed struct is legal. */
void checks_fini(struct checks *c);

/* Whether checks_line() has any use for lines of this kind. */
bool checks_has(enum mail_kind kind);

/* Takes a line `times` times. Amortised O(length). */
void checks_line(struct checks *c, const struct mail_line *m, uint32_t times);
