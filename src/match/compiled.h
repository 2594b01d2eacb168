/* compiled: one filter, its expressions compiled and checked. */
#pragma once

#include "line/dates.h"
#include "match/regex.h"
#include "match/window.h"

struct compiled {
    struct regex daemon; /* matches whole tags */
    bool has_daemon;
    bool is_left_out;      /* it cannot be compiled, and may be missing */
    bool is_of_bytes;      /* its log is not UTF-8 */
    bool keeps_groups;     /* what was captured is to be told */
    bool has_ids;          /* a name in the place of an address is an id: usedns = raw in
                              fail2ban */
    bool looks_up;         /* what it finds of names of hosts is to be looked up */
    struct regex *regexes; /* in the order in which they are tried */
    size_t regex_count;
    size_t ignore_count;   /* of them, those that except lines */
    struct regex *prefix;  /* one of `regexes`, or NULL */
    bool has_content;      /* the prefregex names what the failregexes see */
    bool is_ignored_first; /* ignoreregexes see the whole line, before all others, too */
    struct window window;  /* of a filter over several lines; max 0: none */
    struct dates *dates;   /* its own templates; NULL: those of all */
    bool has_usual_dates;  /* they take the date in front of a syslog line, as all do */
    bool is_cut_in_front;  /* what they cut has at most two bytes before it, no letters */
    struct dates *zoned; /* those of all, in its own zone; NULL: has templates or none */
    struct dates_zone zone; /* of its dates without one */
    int64_t last_us;        /* the date that was read last ... */
    bool has_last;          /* ... if there was one yet */
};

/* Compiles the filter into the zeroed `*f`; may map executable memory. False with a
 * message appended that names file, line and option. compiled_fini() in both cases. */
NODISCARD bool compiled_init(struct compiled *f, const struct config_filter *c,
                             struct buf *error);

/* Frees what the filter owns; a zeroed one is legal. */
void compiled_fini(struct compiled *f);

/* Whether what the expression matches is something to tell. */
static inline bool
compiled_is_event(const struct regex *r)
{
    return r->kind == REGEX_FAIL || r->kind == REGEX_TELL;
}
