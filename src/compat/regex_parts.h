/* regex_parts: what the parts of fail2ban-regex share. */
#pragma once

#include "compat/regex.h"
#include "conf/fail2ban_repr.h"
#include "line/dates.h"
#include "match/facts.h"

enum { TOOL_LIST = 20, TOOL_FOUND_MAX = 64 };

enum tool_kind { TOOL_MATCHED, TOOL_IGNORED, TOOL_MISSED, TOOL_KINDS };

struct tool_options {
    const char *config, *datepattern, *timezone, *usedns, *out, *journalmatch;
    const char *words[3];
    size_t word_count;
    unsigned maxlines; /* 0: the filter's */
    int verbose;
    bool is_raw, has_debuggex, checks_one, prints_no[TOOL_KINDS], prints_all[TOOL_KINDS];
};

/* One that an expression found. */
struct tool_who {
    char *id; /* "None" for nobody yet */
    int64_t time_us;
    bool has_time, is_several;
    bool is_whole, is_counted; /* Python has whole seconds; a fraction */
};

struct tool_regex {
    uint64_t hits;
    struct tool_who *found; /* kept with -v */
    size_t found_count;
};

struct tool_lines {
    uint64_t count;
    char **kept;
    size_t kept_count;
};

struct tool {
    const struct ctl_env *env;
    struct tool_options o;
    struct buf out, err;
    struct config config; /* a filter alone */
    struct config_filter *filter;
    struct matcher *matcher;
    struct look look;
    struct facts_book *book;
    struct dates *dates;  /* for what is shown of them */
    struct buf date_text; /* the last date ... */
    int64_t date_us;      /* ... and what it said */
    uint16_t
        templates[DATES_TEMPLATES_MAX]; /* in the order in which they were used first */
    size_t template_count;
    bool is_zoned, is_counted; /* what is known of the date (line/dates.h) */
    bool has_date;
    struct tool_regex *regexes; /* as many as the filter has */
    uint64_t prefix_hits;
    struct buf prefix_groups; /* with -v: what it caught, a line each */
    size_t prefix_shown;
    struct tool_lines lines[TOOL_KINDS];
    uint64_t tested;
    /* the line at hand */
    size_t found, failures;
    bool is_ignored, is_nofail, has_prefix, is_entry;
    int64_t start_us;
};

/* --- regex.c --- */

/* Takes one entry of a journal, and when it was logged. */
void tool_test_entry(struct tool *t, const struct line *entry, int64_t time_us);

/* Writes what there is to be said, when it is much; false when that fails. */
NODISCARD bool tool_flush(struct tool *t);

/* --- regex_journal.c --- */

/* Whether the first word names the journal. */
bool tool_is_journal(const struct tool *t);

/* Takes each entry of the journal that the first word names; false: it cannot be read,
 * which was told. */
NODISCARD bool tool_test_journal(struct tool *t);

/* --- regex_options.c --- */

/* Reads the command line. A negative number: go on; else the exit status, with what is to
 * be said in t->out or t->err. */
NODISCARD int tool_options(struct tool *t, int argc, char **argv);

/* --- regex_filter.c --- */

/* Reads what the second and third word name, and compiles it; says what is used. False
 * with what is wrong in t->out. */
NODISCARD bool tool_filter(struct tool *t);

/* Appends the name that fail2ban gives to a template. */
void tool_date_name(struct buf *out, struct span pattern);

/* --- regex_print.c --- */

/* Keeps a line for the lists at the end. */
void tool_keep(struct tool *t, enum tool_kind kind, struct span line);

/* Takes a line out of those that were missed: a later one has matched with it. */
void tool_unmiss(struct tool *t, struct span line);

/* What all lines came to. */
void tool_print(struct tool *t);

/* --- regex_out.c --- */

/* Prints one failure as -o says. */
void tool_out(struct tool *t, const struct facts *f, struct span id,
              const struct tool_who *who);

/* --- regex_repr.c --- */

/* Appends a text for people and scripts: as it is, but for what is no text. */
void tool_text(struct buf *out, struct span text);

/* Appends a time as Python writes a float of seconds; "None" without one. */
void tool_time(struct buf *out, const struct tool_who *who);

/* Appends the parts of a <F-TUPLE_X> as Python writes a tuple. */
void tool_tuple(struct buf *out, const struct fact *one);

/* Appends what a failure says as Python writes a dictionary. */
void tool_dict(struct buf *out, const struct facts *f);
