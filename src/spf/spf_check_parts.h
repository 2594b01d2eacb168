/* The parts of spf_check, for its own files: spf_check.c has the record, its frames and
 * the result, spf_check_terms.c what its mechanisms match, spf_check_ask.c queries,
 * answers and names.
 */
#pragma once

#include "spf/spf_check.h"

/* Where the check is: what is done when no query is out, or what the answers are for. */
enum spf_doing {
    SPF_AT_END,
    SPF_AT_RECORD,      /* its text comes */
    SPF_AT_NEXT,        /* a term is to be taken */
    SPF_AT_TERM,        /* it is to be looked at */
    SPF_AT_ADDRESSES,   /* those of `a`, or of the hosts of `mx`, come */
    SPF_AT_HOSTS,       /* the hosts of `mx` come */
    SPF_AT_EXISTS,      /* whether it does, comes */
    SPF_AT_REDIRECT,    /* nothing matched */
    SPF_AT_EXPLAIN,     /* it failed, and exp= says where the explanation is */
    SPF_AT_EXPLANATION, /* it comes */
    SPF_AT_EXPLAINED,   /* it is to be expanded */
};

/* What is asked about the client before that. */
enum spf_fetching { SPF_FETCHES_NOTHING, SPF_FETCHES_NAMES, SPF_FETCHES_THEIR_ADDRESSES };

enum spf_target {
    SPF_TARGET_GOOD,
    SPF_TARGET_BAD,    /* no name comes of it */
    SPF_TARGET_NOBODY, /* it has the local part, which is not to be used */
    SPF_TARGET_WAITS,  /* the names of the client were asked for: again, later */
};

/* --- spf_check.c --- */

static inline struct spf_frame *
spf_frame(struct spf_check *c)
{
    return &c->frames[c->depth];
}

/* Ends the check by an error in the record of the frame. */
void spf_fail(struct spf_check *c, enum spf_result result, enum spf_reason reason);

/* The term of the frame matches, or does not. */
void spf_take_match(struct spf_check *c, bool is_match);

/* Asks for the record of a name, which is that of the frame now. */
void spf_begin_record(struct spf_check *c, const struct spf_name *name);

/* Goes on after answers. */
void spf_run(struct spf_check *c);

/* What the answers to all queries, taken together, mean where the check is. */
void spf_take_record(struct spf_check *c, enum spf_answer answer);
void spf_take_explanation(struct spf_check *c, enum spf_answer answer);

/* --- spf_check_terms.c --- */

/* Does the term of the present frame, as far as it goes without answers. The others take
 * the answers for one. */
void spf_do_term(struct spf_check *c);
void spf_take_addresses(struct spf_check *c, enum spf_answer answer);
void spf_take_hosts(struct spf_check *c, enum spf_answer answer);
void spf_take_exists(struct spf_check *c, enum spf_answer answer);

/* --- spf_check_ask.c --- */

/* Adds a query; SPF_CHECK_HOSTS_MAX at most are out at once. */
void spf_add_query(struct spf_check *c, struct span name, enum host_record record);

/* Forgets all queries: their answers are of no use. */
void spf_drop_queries(struct spf_check *c);

/* Whether answers have to come first. */
bool spf_is_waiting(const struct spf_check *c);

/* What %{p} and `ptr` need; true: it is being asked for. */
bool spf_fetch_names(struct spf_check *c);

/* The name that a domain-spec means. */
enum spf_target spf_target_of(struct spf_check *c, struct span text,
                              struct spf_name *out);

/* Expands into c->text; false as spf_macro_expand() says. */
bool spf_expand(struct spf_check *c, struct span text, size_t limit);

/* A name of at most HOST_TEXT_MAX bytes, without the dot at its end. */
struct spf_name spf_name_of(struct span text);
