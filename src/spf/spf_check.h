/* spf_check: whether a host may send for a name, by RFC 7208: one check of one identity.
 *
 * Nothing is asked here: the caller asks what spf_check_query() hands out, some of it at
 * once, gives back what it was told in any order, and gives up with spf_check_give_up()
 * when its time is over. Every byte is foreign, and everything has a bound: a check takes
 * some 10 KiB, and SPF_RECORD_MAX for each record that is open. No recursion.
 *
 *     struct spf_check c = {0};
 *     spf_check_begin(&c, &(struct spf_ask){.client = a, .sender = s, .helo = h});
 *     while (!spf_check_is_over(&c)) {
 *         while ((q = spf_check_query(&c))) ... ask for q->record of q->name, with q->id
 *         ... spf_check_text(), spf_check_host() or spf_check_address() for each of it,
 *         spf_check_answered(&c, id, SPF_ANSWER_FOUND);
 *     }
 *     ... c.result, c.reason ...
 *     spf_check_fini(&c);
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "base/host.h"
#include "spf/spf_record.h"
#include "spf/spf_result.h"

enum {
    SPF_CHECK_TERMS_MAX =
        10,                  /* that look up (RFC 7208, 4.6.4); what a limit of 0 means */
    SPF_CHECK_VOIDS_MAX = 2, /* the same */
    SPF_CHECK_HOSTS_MAX = 10, /* of one mx, and names of an address */
    SPF_CHECK_FRAMES = SPF_CHECK_TERMS_MAX + 1,
    SPF_RECORD_MAX = 4096,   /* bytes; a longer one is an error */
    SPF_LOCAL_MAX = 320,     /* of a local part; macros cannot have a longer one */
    SPF_TERM_TEXT_MAX = 128, /* of the mechanism that matched, for people */
    SPF_EXPLANATION_MAX = 500,
    SPF_TRACE_MAX = 16384,
};

/* What is to be checked; all of it is copied. */
struct spf_ask {
    struct addr client; /* one address; an IPv4-mapped one is IPv4 */
    struct span sender; /* of MAIL FROM, with or without its brackets; may be empty */
    struct span helo, receiver;
    enum spf_identity identity;    /* an empty sender has that of HELO in any case */
    unsigned terms_max, voids_max; /* 0: as above; terms_max is not more than that */
    bool is_void_free;             /* voids are not counted */
    bool is_traced;                /* c->trace is wanted */
    int64_t now_s;                 /* since 1970, for %{t} */
};

/* A name as it was written. */
struct spf_name {
    uint8_t len;
    char text[HOST_TEXT_MAX];
};

struct spf_query {
    uint32_t id;
    enum host_record record; /* HOST_TXT, HOST_MX, HOST_PTR, HOST_A, HOST_AAAA */
    struct host_key name;
};

enum spf_answer {
    SPF_ANSWER_FOUND,
    SPF_ANSWER_NONE, /* there is no such name, or it has nothing of the kind */
    SPF_ANSWER_FAILED,
};

struct spf_check {
    enum spf_result result;
    enum spf_reason reason;
    enum spf_identity identity;            /* that was checked */
    struct spf_name domain;                /* the name of it */
    struct spf_name where;                 /* whose record matched or was wrong */
    char mechanism[SPF_TERM_TEXT_MAX + 1]; /* of the domain's record; "": none */
    struct buf explanation;                /* of a fail: printable ASCII; empty: none */
    struct buf trace;                      /* the terms that were looked at, one a line */
    unsigned terms, voids;                 /* look-ups spent */
    bool is_no_mail; /* the record is "v=spf1 -all", no more and no less */
    /* From here on nobody else's. */
    struct addr client;
    char local[SPF_LOCAL_MAX];
    size_t local_len;
    bool is_local_usable, is_void_free, is_traced;
    struct spf_name sender, helo, receiver;
    unsigned terms_max, voids_max;
    int64_t now_s;
    unsigned doing, fetching; /* spf_check_parts.h */
    struct spf_query queries[SPF_CHECK_HOSTS_MAX];
    bool is_answered[SPF_CHECK_HOSTS_MAX];
    uint32_t base;                      /* the id of queries[0] */
    unsigned count, handed, answered;   /* of them */
    bool is_match, is_found, is_failed; /* by their answers */
    unsigned texts, hosts;              /* of the answer that comes in */
    struct buf text;
    struct spf_name names[SPF_CHECK_HOSTS_MAX]; /* of the client, by PTR */
    bool is_valid_name[SPF_CHECK_HOSTS_MAX];
    unsigned name_count;
    bool has_names;   /* they were asked for */
    bool is_nameless; /* and there are none */
    unsigned depth;
    struct spf_frame {
        struct spf_name domain;
        struct buf record;
        struct span rest, redirect, exp; /* of it */
        struct spf_term term;
    } frames[SPF_CHECK_FRAMES];
};

/* Begins a check; of one that is zeroed or over. Never asks nothing of nobody: it may be
 * over at once. */
void spf_check_begin(struct spf_check *c, const struct spf_ask *ask);

/* Frees all; a zeroed struct is legal. */
void spf_check_fini(struct spf_check *c);

/* Whether there is a result. Queries that are still out are then of no use. */
bool spf_check_is_over(const struct spf_check *c);

/* What to ask now, each once; NULL: wait for answers, or it is over. Valid until the next
 * answer. */
const struct spf_query *spf_check_query(struct spf_check *c);

/* Something of the answer to query `id`; what is not of its kind, or of a query that is
 * of no use any more, is passed over. O(1). */
void spf_check_text(struct spf_check *c, uint32_t id, struct span text);
void spf_check_host(struct spf_check *c, uint32_t id, struct span name);
void spf_check_address(struct spf_check *c, uint32_t id, const struct addr *a);

/* That was it. A name may be found and have nothing of use. O(terms up to the next
 * query). */
void spf_check_answered(struct spf_check *c, uint32_t id, enum spf_answer answer);

/* Ends it for want of time: a temporary error, if it is not over. */
void spf_check_give_up(struct spf_check *c);

/* A name as a span, valid as long as it. */
static inline struct span
spf_name_span(const struct spf_name *n)
{
    return (struct span){n->text, n->len};
}
