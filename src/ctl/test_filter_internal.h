/* test_filter_internal: what the parts of test-filter share. */
#pragma once

#include "ctl/command.h"
#include "match/facts.h"

enum {
    TESTED_LAST = 5,          /* hits whose fields are shown at the end */
    TESTED_LIST = 20,         /* lines of one result that are listed without --all */
    TESTED_FIELD_MAX = 64,    /* bytes kept of a field that is shown at the end */
    TESTED_FORMS = 16,        /* at least as many as line.h knows */
    TESTED_WARNINGS_MAX = 64, /* at most this many are told */
};

enum tested {
    TESTED_MATCHED, /* a failure, which a jail counts */
    TESTED_TOLD,    /* an event that is told and not counted */
    TESTED_IGNORED, /* an expression matched, and no event came of it (`why`) */
    TESTED_MISSED,
    TESTED_RESULTS
};

/* A hit, kept beyond its line. */
struct tested_hit {
    uint64_t line;
    size_t expression;
    enum event_kind kind;
    struct addr peer;
    int64_t time_us;
    bool has_time;
    char account[TESTED_FIELD_MAX], recipient[TESTED_FIELD_MAX], detail[TESTED_FIELD_MAX];
};

/* One line and what became of it. */
struct tested_line {
    uint64_t number;
    const char *log; /* NULL when there is one log alone */
    struct span raw;
    enum tested result;
    size_t expression; /* the one that decided; SIZE_MAX: none */
    const char *why;   /* of what is ignored, ours; NULL: not ignored */
    bool has_time;
    int64_t time_us;
    const struct match_hit *hit; /* NULL: none, or ignored */
    struct span unresolved;      /* what is ignored because it is no address */
    const struct facts *facts;   /* what is known of the failure; NULL: nothing */
};

struct tester {
    const struct ctl_env *env;
    const struct ctl_args *args;
    struct ctl_output *o;
    struct config config;
    const struct config_filter *filter; /* in `config` */
    struct matcher *matcher;
    struct look look;
    struct facts_book *book;   /* only for --jsonl */
    const struct facts *facts; /* of the line at hand, or NULL */
    uint64_t lines, results[TESTED_RESULTS];
    uint64_t forms[TESTED_FORMS]; /* lines whose date was read, by form */
    uint64_t undated;
    int64_t last_us; /* the last date of the log ... */
    bool has_last;   /* ... if it had one yet */
    struct tested_hit last[TESTED_LAST];
    uint64_t hits;
    int64_t start_us, shown_us; /* since boot */
    bool is_shown;              /* a line of progress stands on the terminal */
    int write_error;            /* negative errno */
};

/* One warning about an expression; SIZE_MAX for the filter as a whole. */
struct tested_warning {
    size_t expression;
    const char *text; /* ours */
};

/* "matched", "told", "ignored", "missed". */
const char *tested_name(enum tested result);

/* What makes the expressions slow or dangerous; how many were written to `out`. */
size_t tested_warnings(const struct tester *t,
                       struct tested_warning out[TESTED_WARNINGS_MAX]);

/* Prints one line as --jsonl or one of the lists asks for. */
void tested_print_line(struct tester *t, const struct tested_line *line);

/* Prints what all lines came to. */
void tested_print_summary(struct tester *t);
