/* regex: one compiled expression, searched within limits.
 *
 * PCRE2 in byte mode, compiled by its JIT compiler. A search that exceeds the limits
 * gives up: that is no match, and counted in `limit_hits`. A search allocates nothing.
 */
#pragma once

#include "base/buf.h"
#include "conf/config.h"

/* What a group of an expression stands for, by its name. Of addresses the first that took
 * part counts, in this order. */
enum regex_role {
    ROLE_IP4,
    ROLE_IP6,
    ROLE_DNS,
    ROLE_CIDR,
    ROLE_FID,
    ROLE_PORT,
    ROLE_USER,
    ROLE_RCPT,
    ROLE_DETAIL,
    ROLE_CONTENT,
    ROLES
};

struct regex_group {
    enum regex_role role;
    uint16_t number;
};

struct regex {
    enum regex_kind kind;
    enum event_kind event;
    bool is_on_message; /* looks at the message, else at the line without its date */
    char *literal;      /* every match holds it; NULL when none is known */
    size_t literal_len;
    void *code;                 /* pcre2_code */
    struct regex_group *groups; /* those with a role */
    size_t group_count;
    unsigned roles;      /* bit 1 << ROLE_...: the expression has such a group */
    uint32_t pair_count; /* groups altogether, and the whole match */
    uint64_t limit_hits;
};

/* What all searches share. */
struct regex_engine {
    void *context; /* pcre2_match_context */
    void *stack;   /* pcre2_jit_stack */
    void *data;    /* pcre2_match_data */
};

/* Groups that took part in a match: those not are {NULL, 0}. */
struct regex_capture {
    struct span roles[ROLES];
};

/* Compiles. False with a message appended that names c->where, the reason and the place;
 * to be released with regex_fini() in both cases. May map executable memory. */
NODISCARD bool regex_init(struct regex *r, const struct config_regex *c,
                          struct buf *error);

/* Frees what the expression owns; a zeroed one is legal. */
void regex_fini(struct regex *r);

/* Allocates limits, stack and room for expressions of up to `pair_count` pairs. */
void regex_engine_init(struct regex_engine *e, uint32_t pair_count);

/* Frees what regex_engine_init() allocated; a zeroed engine is legal. */
void regex_engine_fini(struct regex_engine *e);

/* Whether `r` occurs in `subject`; then the groups that took part replace those in
 * `*out`, as parts of `subject`. */
NODISCARD bool regex_search(struct regex *r, const struct regex_engine *e,
                            struct span subject, struct regex_capture *out);
