/* date_pattern: one line of a `datepattern`, as the expression that finds it. Part of
 * dates; what the language is stands in dates.h. */
#pragma once

#include "base/buf.h"

/* What a line must hold so that a template can be in it: tested before any search. */
enum {
    DATE_NEEDS_DIGIT = 1 << 0,
    DATE_NEEDS_CLOCK = 1 << 1,   /* a colon between two digits */
    DATE_NEEDS_SECONDS = 1 << 2, /* two of them: "1:02:03" */
    DATE_NEEDS_SIX = 1 << 3,     /* six digits in a row */
    DATE_NEEDS_TEN = 1 << 4,     /* ten */
    DATE_NEEDS_AT = 1 << 5,      /* a digit behind "@" */
};

struct date_pattern {
    struct buf text;      /* for PCRE2; group 1 is what is cut */
    struct buf positions; /* for each byte of `text` the byte of the pattern, as u16 */
    unsigned needs;       /* DATE_NEEDS_... */
    bool is_at_start;     /* fits at the beginning of a line only */
    bool is_at_end;       /* looks at the end of the line */
    bool is_caseless;
};

enum { DATE_YEARS_MAX = 24 };

/* An expression for the years that %ExY fits where it is `year` now: from 2000 to the end
 * of the decade in which it will be in three years, as in fail2ban. By a clock that is
 * not set yet (before 2025), and in the far future, all years of this century. */
void date_pattern_years(int year, char out[DATE_YEARS_MAX]);

/* Translates `pattern` (1,000 bytes at most); `years` is what date_pattern_years() wrote.
 * False with the reason appended to `*reason` and the byte of the pattern in `*at`. To be
 * released with date_pattern_fini() in both cases. */
NODISCARD bool date_pattern_make(struct span pattern, const char *years,
                                 struct date_pattern *out, struct buf *reason,
                                 size_t *at);

/* The byte of the pattern from which byte `at` of `text` came. */
size_t date_pattern_origin(const struct date_pattern *p, size_t at);

/* Frees what date_pattern_make() built; a zeroed one is legal. */
void date_pattern_fini(struct date_pattern *p);
