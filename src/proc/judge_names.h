/* judge_names: what judge has the resolver look up: the names in `ignoreip`, those of
 * failures whose filter has `usedns = yes` or `warn`, those that `komainu allow` is given
 * (judge_allow_names.c), and the records of providers (judge_providers.c).
 *
 * A question that the resolver has not answered is asked again of the next one.
 */
#pragma once

#include "judge.h"

enum {
    NAMES_ASKED_MAX = 1024, /* questions without an answer, as the resolver takes them */
    NAMES_ALLOWED_MAX = 2 * ALLOW_NAMES_MAX, /* of who is to be allowed */
    NAMES_HOSTS_MAX = 128,                   /* of addresses that are banned */
    NAMES_FAILURES_MAX = NAMES_ASKED_MAX - CONFIG_NAMES_MAX - NAMES_ALLOWED_MAX -
                         NAMES_HOSTS_MAX - CONFIG_PROVIDERS_MAX, /* of failures */
    NAMES_ADDRESSES_MAX = 16,                                    /* of an answer */
};

/* A name in `ignoreip` of a jail. Times are since boot. */
struct names_ignored {
    uint16_t jail;
    struct addr addresses[NAMES_ADDRESSES_MAX];
    size_t count;
    int64_t due_us;   /* when to ask again */
    int64_t found_us; /* when the addresses came; 0: never */
    const char *name; /* of the configuration */
    bool is_asked;    /* there is a question */
    bool is_told;     /* that it cannot be looked up */
};

struct judge_provider; /* judge_providers.h */

struct names_question {
    uint64_t id;
    struct names_ignored *ignored;   /* who wants to know, or */
    struct host_key *allowed;        /* a name that is, or is to be, allowed, or */
    struct judge_provider *provider; /* or */
    struct addr host;                /* whose name is wanted, or */
    struct buf failure;              /* an EVENT frame */
    int64_t shift_us;                /* by which the clock was set since */
    bool is_sent;                    /* to the present resolver */
};

struct judge_names {
    struct judge *judge;
    struct chan resolver;
    struct loop_fd resolver_watch;
    struct names_question asked[NAMES_ASKED_MAX];
    size_t count, failures, allowed, hosts; /* of them, those of failures, allowed names,
                                               names of addresses */
    uint64_t next_id;
    struct addr got[NAMES_ADDRESSES_MAX]; /* of the answer that is coming in */
    size_t got_count;
    struct buf got_records; /* of it: RESOLVED_RECORD frames */
    struct loop_timer due;
    struct names_ignored *ignored;
    size_t ignored_count;
    struct decide_named *named; /* what decide is told */
    uint64_t unresolved;        /* failures that were not counted for it */
    bool has_told_komainud;     /* that a resolver is needed */
};

/* What the resolver says of a name. */
struct names_answer {
    enum resolved outcome;
    const struct addr *addresses;
    size_t count;
    struct span records; /* of kinds other than addresses: RESOLVED_RECORD frames */
    int64_t good_us;     /* from now on, in the bounds of all names */
};

/* Makes j->names when the configuration needs names, and asks for those in `ignoreip`. */
void judge_prepare_names(struct judge *j);

/* Makes j->names in any case, and has komainud run a resolver. */
void judge_begin_names(struct judge *j);

/* Why a name has no address, for people. */
const char *judge_outcome_text(enum resolved outcome);

/* Asks for a name that is, or is to be, allowed, after judge_begin_names(); the answer
 * goes to judge_take_allowed(). False when too many are asked for. */
NODISCARD bool judge_ask_allowed(struct judge *j, const struct host_key *name);

/* Asks for the name of an address; the answer goes to judge_take_host(). False when too
 * many are asked for. */
NODISCARD bool judge_ask_host(struct judge *j, const struct addr *who);

/* Asks what a provider's walk asks now; the answer goes to judge_take_provider(). */
void judge_ask_provider(struct judge *j, struct judge_provider *p);

/* Has the name of who failed looked up; the failure is counted for each address that is
 * found, at the time that it has. */
void judge_look_up(struct judge *j, const struct event *e);

/* Failures that were not counted because their name could not be looked up, or because
 * their id is no address. */
uint64_t judge_unresolved(const struct judge *j);

/* The clock was set: failures that wait are moved by as much. */
void judge_shift_names(struct judge *j, int64_t delta_us);

/* Takes the socket to a new resolver, and asks it what the old one did not answer. */
void judge_take_resolver(struct judge *j, int fd);

/* Whether there is a resolver, or none is wanted. */
bool judge_has_resolver(const struct judge *j);
