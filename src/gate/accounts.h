/* accounts: whose mail is held or limited, as judge says, and how much of it was taken.
 *
 * Judge tells all of them whenever one changes. What it told before holds until the whole
 * is there, so that nobody gets out while judge is started anew:
 *
 *     accounts_begin(&a);                         another judge
 *     accounts_put(&a, &told);  ...  accounts_settle(&a);
 *     accounts_ask(&a, request, now_us);
 *
 * A message is counted once, when its first recipient or its DATA is asked about, by its
 * `instance`; what is put off is not counted. An hour is the last 60 minutes, the present
 * one included. Names are compared in lower case.
 */
#pragma once

#include "base/buf.h"
#include "base/table.h"
#include "event/curb.h"
#include "gate/request.h"

enum {
    ACCOUNT_NAME_MAX = 256,   /* bytes; of longer ones the beginning counts */
    ACCOUNT_MESSAGES_MAX = 8, /* that are known to be counted, of an account */
    ACCOUNT_MINUTES = 60,
};

enum accounts_word {
    ACCOUNTS_FREE,
    ACCOUNTS_HELD, /* the mail is to wait in the hold queue */
    ACCOUNTS_OVER, /* no more of it is taken now */
    ACCOUNTS_WORDS,
};

struct account_curb {
    enum curb_kind kind;
    struct span account;
    int64_t until_us;              /* boot; negative: until judge says something else */
    uint32_t messages, recipients; /* of CURB_LIMIT */
};

struct accounts {
    struct table table; /* struct account_key -> struct account */
    struct hash_key hash;
    uint64_t held, limited; /* answers */
    uint64_t counted;       /* how often something was */
};

/* None. */
void accounts_init(struct accounts *a);

/* Frees all; a zeroed struct is legal. */
void accounts_fini(struct accounts *a);

/* What was told of a whole that did not come to its end is not of the next one. */
void accounts_begin(struct accounts *a);

/* One that is told. O(1). */
void accounts_put(struct accounts *a, const struct account_curb *told);

/* That were all: what was not among them is over. O(accounts). */
void accounts_settle(struct accounts *a);

/* What becomes of a request, of somebody who has logged in; it is counted. Only at RCPT,
 * DATA and the end of a message anything does. O(1). */
NODISCARD enum accounts_word accounts_ask(struct accounts *a,
                                          const struct gate_request *r, int64_t now_us);

/* The same, and nothing is counted. */
NODISCARD enum accounts_word accounts_try(struct accounts *a,
                                          const struct gate_request *r, int64_t now_us);

/* Appends what was counted within the hour: a line for each account, its minutes since
 * boot with messages and recipients, a tab, and its name. O(accounts). */
void accounts_print_used(const struct accounts *a, int64_t now_us, struct buf *out);

/* Takes such a line of a process before, without its line feed, until judge has told that
 * the account is under no curb any more. False: it is none. */
NODISCARD bool accounts_read_used(struct accounts *a, struct span line);

/* How many are under a curb of the kind. O(accounts). */
uint32_t accounts_count(const struct accounts *a, enum curb_kind kind, int64_t now_us);
