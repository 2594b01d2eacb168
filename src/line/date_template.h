/* date_template: one compiled template of dates: search a line, read what was found. Part
 * of dates. */
#pragma once

#include "base/pcre.h"
#include "line/date_pattern.h"
#include "line/stamp.h"

/* The fields a template reads, by the names of their groups. */
enum date_field {
    DATE_YEAR,
    DATE_YEAR2,
    DATE_MONTH,
    DATE_MON,
    DATE_MONTHNAME,
    DATE_DAY,
    DATE_HOUR,
    DATE_HOUR12,
    DATE_AMPM,
    DATE_MINUTE,
    DATE_SECOND,
    DATE_FRACTION,
    DATE_WEEKDAY,
    DATE_DAYNAME,
    DATE_DAYNUMBER,
    DATE_YEARDAY,
    DATE_WEEK_SUN,
    DATE_WEEK_MON,
    DATE_OFFSET,
    DATE_ZONE,
    DATE_EPOCH,
    DATE_LEPOCH,
    DATE_TAI64N,
    DATE_FIELDS
};

struct date_group {
    enum date_field field;
    uint16_t number;
};

struct date_template {
    char *name;                /* the pattern, as it was written */
    void *code;                /* pcre2_code; NULL for {NONE} */
    struct date_group *groups; /* those that are fields */
    size_t group_count;
    uint32_t pair_count;
    unsigned needs; /* DATE_NEEDS_... */
    bool is_at_start, is_at_end;
    size_t last_distance; /* of what it found last, where that counted; else SIZE_MAX */
    uint64_t hits;
    uint64_t limit_hits;
};

/* What one search found. */
struct date_match {
    size_t from, to;         /* of the match */
    size_t cut_from, cut_to; /* of group 1 */
    struct span fields[DATE_FIELDS];
};

/* Compiles; `years` is what date_pattern_years() wrote. False with the reason and the
 * place appended to `*error`; to be released with date_template_fini() in both cases. */
NODISCARD bool date_template_init(struct date_template *t, struct span pattern,
                                  const char *years, struct buf *error);

/* Frees what the template owns; a zeroed one is legal. */
void date_template_fini(struct date_template *t);

/* An engine with the limits of templates, for those of up to `pair_count` pairs. */
void date_engine_init(struct pcre_engine *e, uint32_t pair_count);

/* Whether the template, which is not {NONE}, fits somewhere in the first `window` bytes
 * of `raw`, or in all of it when the template looks at the end of the line. Counts no
 * hit. */
NODISCARD bool date_template_search(struct date_template *t, const struct pcre_engine *e,
                                    struct span raw, size_t window,
                                    struct date_match *out);

/* The time that was found; `*stamp` tells what was given. False, and nothing written to
 * `*wall_us`, for dates that do not exist. */
NODISCARD bool date_match_time(const struct date_match *m, struct dates_zone zone,
                               int64_t now_us, struct stamp *stamp, int64_t *wall_us);
