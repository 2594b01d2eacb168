/* matcher_parts: the state of a matcher, and its parts.
 *
 * matcher.c says which filters get a line; subject.c what their expressions look at;
 * search.c which of them matches; hit.c what that means.
 */
#pragma once

#include "match/lanes.h"
#include "match/look.h"
#include "match/matcher.h"
#include "match/tag_cache.h"

/* The line at hand. */
struct current {
    const struct line *line;
    int64_t now_us;
    bool is_ready; /* what follows, and the copies, are of this line */
    bool is_too_long;
    bool is_plain_known, is_plain; /* as view_is_plain() says of the whole */
    bool is_cut_known;             /* the part that is its date was looked for */
    size_t cut_at, cut_len;
    bool is_time_known, has_time; /* the time was looked for; it has one */
    int64_t time_us;
};

/* The copies of a line: as it stands behind its date, and without a date inside it. The
 * second is of `cut_for`: a filter with templates of its own, or NULL for all others. */
enum { VIEW_LINE, VIEW_CUT, VIEWS };

/* Who looks on, and what is kept for it of the match at hand. */
struct looker {
    const struct look *look;
    struct regex_field fields[LOOK_FIELDS_MAX];
    size_t field_count;
    struct buf texts;  /* their values: what was searched may change */
    struct buf before; /* the last lines, before a match takes some */
    uint16_t taken[WINDOW_LINES_MAX];
    size_t taken_count;
};

struct matcher {
    struct compiled *filters;
    size_t filter_count;
    struct regex_engine engine;
    struct tag_cache tags;
    struct sessions sessions;
    struct lanes lanes;
    /* What every line needs stands together. */
    filter_set usual;            /* whose templates take the usual dates as all do */
    filter_set tagged, untagged; /* with a _daemon, and without */
    struct lane *lane;           /* of the line at hand; NULL: everything is open */
    struct match_counts counts;
    bool is_gated, is_explaining, gives_names;
    struct looker *looker; /* NULL: nobody looks on */
    struct current now;
    struct dates *dates; /* fail2ban's default templates, for lines of no known shape */
    struct buf left_out; /* why filters were */
    struct line_minute minute;
    const struct compiled *cut_for;
    struct match_hit spare; /* for what has no room */
    struct view views[VIEWS];
    char groups[EVENT_GROUPS_MAX]; /* of the line's hit, where the filter keeps them */
    size_t groups_len;
};

/* --- groups.c --- */

/* The filter begins with a line: nothing was captured. */
static inline void
groups_begin(struct matcher *m)
{
    m->groups_len = 0;
}

/* Keeps what the last search, which found `r`, has captured: the last of a name counts.
 */
void groups_keep(struct matcher *m, const struct regex *r);

/* The same of one value. What has no room is cut, or left out. */
void groups_add(struct matcher *m, struct span name, struct span value);

/* --- subject.c --- */

/* Whether the line begins with a date that all usual templates take alike: filters that
 * have those are as ones without templates then. */
bool subject_is_usual(const struct line *l);

/* When the line was written, as the filter reads it; for a line without a date that of
 * the line before, unless that is old; false when it does not say (`*time_us` stays).
 * Read once, and only for lines that match, or that a filter of several lines sees. */
bool subject_time(struct matcher *m, struct compiled *f, int64_t *time_us);

/* What a line says of when it was written. */
enum subject_when {
    WHEN_UNKNOWN, /* nothing, or a date that does not exist */
    WHEN_READ,    /* that it need not say: when it is read */
    WHEN_OWN,     /* its own date */
};

/* The same by a date of its own alone; `*time_us` is written with WHEN_OWN. */
enum subject_when subject_own_time(struct matcher *m, const struct compiled *f,
                                   int64_t *time_us);

/* What an expression of a filter looks at: the line, or the last lines together, with a
 * newline at the end; valid until the next line. False: it is too long. */
NODISCARD bool subject_of(struct matcher *m, const struct compiled *f,
                          const struct regex *r, struct span *out);

/* The line without its date, for the gate: a required text may stand on both sides of a
 * date that is cut out. */
struct span subject_body(struct matcher *m);

/* Adds the line, without its date, to the last lines that the filter sees together. */
void subject_add(struct matcher *m, struct compiled *f);

/* --- search.c --- */

enum find {
    FIND_NOTHING,
    FIND_EVENT,
    FIND_IGNORED, /* the match is one of the exceptions */
    FIND_SPARED,  /* the line is, before any match */
};

/* Looks for the filter's first expression from `*regex` on that matches; `*regex` is its
 * number and
 * `*out`, zeroed before, what it caught. In fail2ban's order: the ignoreregexes, where
 * there are few of them, prefregex, failregexes, the ignoreregexes. */
NODISCARD enum find search_line(struct matcher *m, struct compiled *f,
                                struct regex_capture *out, size_t *regex);

/* --- hit.c --- */

/* What a match means, merged with its session. */
void hit_make(struct matcher *m, size_t filter, size_t regex,
              const struct regex_capture *c, struct match_hit *hit);

/* --- look.c --- */

/* Keeps the groups of the match that was just found with `r`. */
void look_keep(struct matcher *m, const struct regex *r);

/* Remembers the last lines before a match takes some of them, and finds out which. */
void look_before(struct looker *k, const struct window *w);
void look_behind(struct looker *k, const struct window *w);

/* Tells of the match that was kept. */
void look_tell(struct matcher *m, const struct compiled *f, const struct regex *r,
               const struct match_hit *hit);

/* Frees what it keeps. */
void looker_fini(struct looker *k);

/* Tells of the hit, and with tries_all of what else matches. */
void look_on(struct matcher *m, size_t filter, enum find found,
             const struct match_hit *hit);

/* --- matcher.c --- */

/* Searches as search_line() does, and makes a hit of what was found. */
NODISCARD enum find matcher_search(struct matcher *m, size_t filter, size_t *regex,
                                   struct match_hit *hit);
