/* regex: one compiled expression, searched within limits.
 *
 * PCRE2, compiled by its JIT compiler, once for bytes, which do for all texts of ASCII,
 * and once for characters. A search that exceeds the limits
 * gives up: that is no match, and counted in `limit_hits`. A search allocates nothing.
 */
#pragma once

#include "base/pcre.h"
#include "conf/config.h"
#include "match/field.h"
#include "match/literal.h"

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
    ROLE_MLFID,
    ROLE_NOFAIL,
    ROLE_OVER,   /* <F-MLFFORGET> */
    ROLE_GAINED, /* <F-MLFGAINED> */
    ROLES
};

/* How a group gives its role a value. */
enum regex_part {
    PART_WHOLE, /* the value */
    PART_OTHER, /* the value when there is no other: <F-ALT_X> */
    PART_TUPLE, /* one of several that are joined: <F-TUPLE_X> */
    PART_SKIP,  /* no value: lines that <SKIPLINES> passes over */
};

struct regex_group {
    enum regex_role role;
    enum regex_part part;
    uint16_t number;
};

struct regex {
    enum regex_kind kind;
    enum event_kind event;
    bool is_on_message; /* looks at the message, else at the line without its date */
    bool is_of_header;  /* <F-MLFID/>: its session is that of the line's host and pid */
    bool has_jit;
    struct literal *required; /* texts of which every match holds one; NULL: none known */
    void *code;               /* pcre2_code, for bytes */
    void *wide;               /* the same for characters; NULL: bytes are searched */
    void *head;               /* the same of what stands in front of content that is the
                                 rest of the line (prefix.h); NULL: something else */
    uint16_t content;         /* with a head, the number of that group */
    struct regex_group *groups; /* those with a role, of whole values first */
    size_t group_count;
    unsigned roles;      /* bit 1 << ROLE_...: the expression has such a group */
    uint32_t pair_count; /* groups altogether, and the whole match */
    uint64_t limit_hits;
    uint64_t searches, matches;
    int64_t spent_ns; /* in searches, when the engine has a clock */
};

enum {
    REGEX_SKIPS_MAX = 16,   /* <SKIPLINES> of one expression that are remembered */
    REGEX_KEPT_MAX = 20480, /* bytes of texts of one line that are no parts of it */
};

/* What all searches share. */
struct regex_engine {
    struct pcre_engine pcre;
    int64_t (*clock_ns)(void); /* NULL: searches are not timed */
    char kept[REGEX_KEPT_MAX]; /* texts of a line's hits that are no parts of it */
    size_t kept_len;
    bool is_wide;        /* what is searched next is characters, not all of them ASCII:
                            good UTF-8. Who has the text says so */
    struct span subject; /* of the last match */
    struct span
        skips[REGEX_SKIPS_MAX]; /* what <SKIPLINES> of the last match passed over */
    size_t skip_count;
};

/* Groups that took part in a match: those not are {NULL, 0}. */
struct regex_capture {
    struct span roles[ROLES];
    struct span whole; /* all that matched */
};

/* What texts an expression is for. */
struct regex_use {
    enum filter_dialect dialect;
    bool is_multiline;  /* of several lines */
    bool has_line_ends; /* ^ and $ fit at each of them; else at both ends of the text */
    bool is_tag;        /* tags of programs alone, which are bytes */
};

/* Compiles. False with a message appended that names c->where, the reason and the place;
 * to be released with regex_fini() in both cases. May map executable memory. */
NODISCARD bool regex_init(struct regex *r, const struct config_regex *c,
                          struct regex_use use, struct buf *error);

/* Whether the expression puts the value of a role together from several groups: it need
 * be no part of the subject then. */
bool regex_has_tuple(const struct regex *r, enum regex_role role);

/* Frees what the expression owns; a zeroed one is legal. */
void regex_fini(struct regex *r);

/* Allocates limits, stack and room for expressions of up to `pair_count` pairs. */
void regex_engine_init(struct regex_engine *e, uint32_t pair_count);

/* A copy of `text` that lives until engine->kept_len is set back; cut when there is no
 * more room. */
struct span regex_keep(struct regex_engine *e, struct span text);

/* Frees what regex_engine_init() allocated; a zeroed engine is legal. */
void regex_engine_fini(struct regex_engine *e);

/* Whether `r` occurs in `subject`; then the groups that took part replace those in
 * `*out`, as parts of `subject`. */
NODISCARD bool regex_search(struct regex *r, struct regex_engine *e, struct span subject,
                            struct regex_capture *out);

/* The named groups of the match that regex_search() has just found with `r`, in the order
 * in which they stand in the expression, at most `max` of them; returns how many. Of a
 * name that stands there several times the one that took part. */
size_t regex_fields(const struct regex *r, const struct regex_engine *e, size_t max,
                    struct regex_field *out);
