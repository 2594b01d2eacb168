/* check: what is answered to a request, by the lists of restrictions of its state.
 *
 * At RCPT the lists of client, helo, sender and recipient are gone through one after the
 * other, at CONNECT, HELO and MAIL as many of them as can be known, at DATA and at the
 * end of the message theirs. `permit` ends a list, a rejection ends all. What a list lets
 * through is answered DUNNO and never OK: nothing here makes a relay of a server.
 *
 * A restriction that would reject does so in its form: it is told of only (warn), told to
 * who reads the mail (tag: a header), put off, discarded, or adds to a score. What only
 * adds something (headers, HOLD ...) goes out when nothing rejects, the weightiest first,
 * one a reply: what is left over waits for the next reply of the same message.
 *
 * DNS is asked by the caller; all that a request may need is asked for at once. What is
 * not answered in time counts as no answer, and means what Postfix makes of it: a list
 * lists nobody, a domain that cannot be looked up puts off.
 *
 *     check_new(&c, &config, &world, why);
 *     check_begin(c, &asked);              world.decided() is called, now or later
 *     check_answered(c, id, &answer);
 *     check_tick(c, now_s, now_us);        as check_next_due() says
 *
 * A request is borrowed until it is decided. Nothing is allocated for one when there was
 * one like it before.
 */
#pragma once

#include "conf/config_restrictions.h"
#include "conf/config_spf.h"
#include "event/standing.h"
#include "gate/accounts.h"
#include "gate/answer.h"
#include "gate/dns_list.h"
#include "gate/request.h"
#include "resolve/resolve.h"

enum {
    CHECK_RUNS_MAX = 16384,    /* requests that wait at a time; one more is let through */
    CHECK_MESSAGES_MAX = 4096, /* that are remembered, by their `instance` */
    CHECK_HEADERS_MAX = 4,     /* that one message may get by one request */
    CHECK_QUESTIONS_MAX = 256, /* of one request */
};

/* What a restriction came to. */
enum check_step {
    CHECK_DUNNO,   /* it does not fit */
    CHECK_SKIPPED, /* what it is about is not known, or not at this state */
    CHECK_FAILED,  /* DNS gave no answer, or its table none, and it goes on without */
    CHECK_PERMIT,  /* it ended its list */
    CHECK_NOTED,   /* something goes out when nothing rejects */
    CHECK_FIRED,   /* it would reject: its form says what becomes of that */
    CHECK_HELD,    /* it made the client wait */
    CHECK_CLASS,   /* a class comes next, or what a table names */
    CHECK_STEPS,
};

struct check_trace {
    enum gate_list list;
    const struct restriction *restriction;
    const char *name;           /* as it was written, with what is shown of its list */
    enum restriction_form form; /* its own, or that of what led to its class */
    enum check_step step;
    bool is_for_now;  /* fired because DNS gave no answer */
    struct span text; /* what it says, or found; borrowed for the call, foreign bytes */
    struct gate_answer answer; /* of CHECK_FIRED: what it would have answered by itself */
};

struct check_decision {
    struct gate_answer answer; /* borrowed for the call */
    const struct restriction
        *by;          /* NULL: nothing rejected; the score did if it is over */
    const char *name; /* of `by`, as it may be shown; "score"; "banned"; "limit";
                             "hold"; "" of nothing */
    enum gate_list list;
    int score;
    bool is_rejected; /* refused, put off or discarded */
    bool is_late;     /* DNS did not answer in time */
    bool is_held;     /* its account's mail is, and this says so first of this message */
};

/* How a client looks when it is asked about at the greylist: bits. */
enum check_looks {
    CHECK_SPF_PASS = 1,
    CHECK_DNSWL = 2,
    CHECK_DOUBTFUL = 4,
    CHECK_TRUSTED = 8,
    CHECK_GENERIC = 16, /* its name is one of a range of addresses */
};

struct check_greylist {
    const struct gate_request *request;
    unsigned looks;
    struct span spf_domain;
    int64_t now_s;
    bool is_try;
};

/* What happens beside the requests. */
enum check_news {
    CHECK_TABLE_READ,  /* a table has changed, and was read */
    CHECK_TABLE_BAD,   /* it is wrong, or gone: it stays what it was */
    CHECK_LIST_USED,   /* a list of DNS is what it says it is */
    CHECK_LIST_UNUSED, /* it is not, and is left out */
    CHECK_LIST_ERROR,  /* it answered a request with an error */
};

struct check_world {
    void *ctx;
    const struct config_spf *spf; /* borrowed; NULL: by rule */
    const struct as_db *asns;     /* the same; NULL: no client has an AS */
    /* What is told to a client (DEFER_IF_PERMIT) about whom a table would have to be
     * asked that could never be read; borrowed. NULL: nothing, it is as if the table had
     * no keys. */
    const char *fail_text;
    /* Asks DNS; check_answered() gives the answer, maybe inside of it. */
    void (*ask)(void *ctx, const struct resolve_question *q, int64_t now_us);
    /* Asks the greylist; `*out` is DUNNO, PREPEND or what puts off. NULL: there is none,
     * and `greylist` in a list is refused. */
    void (*greylist)(void *ctx, const struct check_greylist *ask,
                     struct gate_answer *out);
    void (*decided)(void *ctx, void *turn, const struct check_decision *d);
    /* Each restriction of each request; may be NULL. */
    void (*trace)(void *ctx, void *turn, const struct check_trace *t);
    void (*tell)(void *ctx, enum check_news what, struct span name, struct span text);
};

struct check;

/* Makes what `config` says, which is borrowed. Tables are read; what is wrong with one is
 * told (CHECK_TABLE_BAD, maybe inside of this), and it is tried again once a second, as
 * all are. False with what else is wrong in `why`, one line each. check_free() ends it.
 */
NODISCARD bool check_new(struct check **out, const struct config_restrictions *config,
                         const struct check_world *world, struct buf *why);

/* Decides nothing any more; NULL is legal. */
void check_free(struct check *c);

struct check_asked {
    const struct gate_request *request;
    void *turn;          /* the caller's */
    int64_t now_s;       /* wall clock */
    int64_t now_us;      /* since boot */
    int64_t deadline_us; /* since boot: when it must be decided */
    int64_t dns_us;      /* how long DNS may take */
    bool is_try;         /* nothing is counted, remembered or held: `gate test` */
    /* Of the client. Banned: it is refused before all lists, but a login and mynetworks;
     * suspect: doubtful to the greylist, and held by `tarpit`; known: trusted by the
     * greylist, and never held by `sleep`. */
    enum standing standing;
    bool is_ban_put_off; /* who is banned is to come back: deferred, not rejected */
    /* Of who has logged in. Over: it is put off before all lists; held: what nothing
     * rejects or puts off is answered HOLD, headers and the like with the next reply. */
    enum accounts_word account;
};

/* Begins to decide a request. */
void check_begin(struct check *c, const struct check_asked *asked);

/* Decides a request at once with what is known: nobody waits for it any more. */
void check_cancel(struct check *c, const void *turn);

/* The answer to a question that was asked by `id`. */
void check_answered(struct check *c, uint64_t id, const struct resolve_answer *answer);

/* When check_tick() is wanted, since boot. */
NODISCARD int64_t check_next_due(const struct check *c);

/* Lets go who has waited long enough; tries lists of DNS; reads tables that have
 * changed. */
void check_tick(struct check *c, int64_t now_s, int64_t now_us);

struct check_counts {
    uint64_t decided, rejected, late;
    uint64_t overloaded; /* let through without being asked about */
    uint64_t unheld;     /* would have been held, but too many were */
    uint64_t list_errors;
    uint64_t evicted; /* keys of rates and messages that had to leave */
    uint64_t fired[RESTRICTION_KINDS];
    size_t runs, held; /* now */
};

/* All that was counted, and what is going on now. */
struct check_counts check_counts(const struct check *c);

/* The lists of DNS, for `gate status`; `*count` of them. */
const struct dns_list *check_lists(const struct check *c, size_t *count);

/* What one of them may be called where somebody reads it. */
const char *check_list_name(const struct check *c, const struct dns_list *list);

typedef void check_refuser_fn(void *ctx, const char *name, uint64_t count);

/* Gives who refused or put off, as it may be shown ("score" and "banned" are no
 * restrictions), and how many requests. O(restrictions). */
void check_each_refuser(const struct check *c, check_refuser_fn *fn, void *ctx);

/* A table whose file cannot be used now. */
struct check_table {
    const char *name;    /* TYPE:FILE */
    const char *trouble; /* what is wrong with it */
    bool is_read;        /* it goes by what it said before; else nobody can ask it */
};

/* The next one of them: `*place` begins as 0. False: that was all. Borrowed until
 * check_tick(). */
NODISCARD bool check_bad_table(const struct check *c, size_t *place,
                               struct check_table *out);

/* "dunno", "fired" and the like. */
const char *check_step_name(enum check_step step);
