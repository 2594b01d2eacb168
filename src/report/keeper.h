/* keeper: running totals of every day, out of logs as they are written.
 *
 * Each local day is counted by itself (report/day.h), as a report of the log of that day
 * counts it and judges it: the rules know of nobody when it begins. Days that are written
 * to are open, in memory; the others are files of a folder. How far each log is done and
 * all that is open is one file, "totals": nothing is counted twice or left out, whenever
 * the process ends. A day that is over for an hour gets a file of its own ("2026-11-22");
 * a late line opens it again.
 *
 *     k = keeper_new(folder, days_max, &rules);
 *     e = keeper_load(k, now_us);
 *     source = keeper_source(k, "/var/log/mail.log");
 *     tail_begin(tail, buffer, &source->place, &seek);
 *     ... keeper_line(k, source, raw, &read); tail_place_done(tail, &source->place);
 *     or, of a journal, keeper_entry(k, source, &line, wall_us, &read); source->cursor
 *     e = keeper_save(k, now_us, is_caught_up);
 *
 * Invariants: at most KEEPER_OPEN_MAX days are open, and each has the bounds of its
 * tables; at most days_max files of days, of at most KEEPER_BYTES_MAX together: the
 * oldest leave, and begin_us moves behind them. What is before begin_us is not counted.
 */
#pragma once

#include "report/attacks.h"
#include "report/day.h"
#include "report/keeper_events.h"
#include "source/journal_line.h"
#include "source/tail_file.h"

enum {
    KEEPER_DAYS_MAX = 4000,
    KEEPER_OPEN_MAX = 16,
    KEEPER_SOURCES_MAX = 256,
    KEEPER_AGAIN_MAX = 4, /* days opened again between two saves */
    KEEPER_NAME_MAX = 24,
};

#define KEEPER_JOURNAL "journal"
#define KEEPER_BYTES_MAX (UINT64_C(1) << 30)

/* A log. */
struct keeper_source {
    char *path; /* of the journal KEEPER_JOURNAL, and behind a colon where it lies */
    struct tail_place place;             /* how far it is done; inode 0: not begun */
    char cursor[JOURNAL_CURSOR_MAX + 1]; /* the same of a journal; "": not begun */
    int64_t time_us;                     /* of the line before; 0: none yet */
    int64_t wanted_us; /* 0, or its first line should be so old, if all is there */
    bool is_first;     /* and is counted since these totals are */
    struct line_minute minute;
    bool is_wanted; /* still read; what is not is forgotten with the next save */
};

struct keeper_open {
    struct report_day *day;
    int64_t from_us, until_us;
    bool has_changed;
    bool is_again;           /* out of its file, and "totals" does not have it open yet */
    struct attacks *attacks; /* who judges; NULL: nobody now */
    uint64_t used;           /* the turn of the last line it was given */
    bool is_told;            /* day->judged has all of it */
    struct keeper_events events;
};

/* A day with a file. */
struct keeper_kept {
    int64_t day;
    uint64_t bytes;  /* 0: there is no file, for its lines found no room */
    uint64_t missed; /* lines that came when it could not be opened */
};

struct keeper {
    int folder;
    uint32_t days_max;
    const struct attack_rules *rules; /* borrowed; NULL: nobody judges */
    uint64_t rules_print, turns;
    unsigned wakes;     /* of those who judge, since the last save */
    int64_t begin_us;   /* local midnight; grows when the oldest day leaves */
    int64_t started_us; /* when these totals were begun */
    int64_t began_us; /* a log that was counted from the start begins so late; 0: none */
    struct keeper_open open[KEEPER_OPEN_MAX];
    size_t open_count, last;       /* the one of the last line */
    struct keeper_source *sources; /* KEEPER_SOURCES_MAX of them */
    size_t source_count;
    struct keeper_kept kept[KEEPER_DAYS_MAX + 1]; /* by day; the last: until it leaves */
    size_t kept_count;
    unsigned opened_again; /* since the last save */
    uint64_t misdated;     /* lines that were not counted: of a day to come, or missing */
    uint64_t before;       /* lines from before begin_us */
    uint64_t saved_bytes;  /* of the last save */
    int64_t checked_us;    /* when every log was read to its end and that was saved */
    int64_t due_us;        /* the midnight behind that */
    bool has_changed;
    bool is_read_only; /* days are looked at, and no line comes: without an index */
    size_t rows;       /* then: as many of a table are of use (struct pack) */
};

/* How a line was read. */
struct keeper_read {
    int64_t now_us;
    bool is_live;  /* was written just now, not while nobody read */
    bool may_wait; /* for a save, and comes again then */
};

/* Totals in a folder that is open as `folder` (borrowed), of the last `days_max` days
 * (1 .. KEEPER_DAYS_MAX). `rules` judge attacks, and must stay; NULL: nobody does. The
 * caller frees it with keeper_free(). */
NODISCARD struct keeper *keeper_new(int folder, uint32_t days_max,
                                    const struct attack_rules *rules);

/* Frees it, without saving; NULL is legal. */
void keeper_free(struct keeper *k);

/* Reads what was saved, or begins with yesterday as of `now_us` when nothing was. 0;
 * -EBADMSG: what was saved is damaged, and is begun anew; or another negative errno. */
NODISCARD int keeper_load(struct keeper *k, int64_t now_us);

/* Whether a log is a journal. */
bool keeper_is_journal(const struct keeper_source *s);

/* The log of this name, as it was saved, or new; valid as long as `k`. NULL: there are
 * too many. */
struct keeper_source *keeper_source(struct keeper *k, const char *path);

/* The log is counted from now on, from `since_us` on, if it has what is so old: its first
 * line tells. */
void keeper_want(const struct keeper *k, struct keeper_source *s, int64_t since_us);

/* Counts a line, unless it is of another time than the totals have. Where so many days
 * are open, or were opened again, that its day must wait for keeper_save(): false when it
 * may, and nothing was counted; else it is missing, and the report of its day says so. */
bool keeper_line(struct keeper *k, struct keeper_source *s, struct span raw,
                 const struct keeper_read *read);

/* The same of an entry of a journal, as the line it makes. */
bool keeper_entry(struct keeper *k, struct keeper_source *s, const struct line *line,
                  int64_t wall_us, const struct keeper_read *read);

/* Lines of the log were lost behind the last one, as it seems, up to `until_us`: the
 * report of every day between says so. Of days for which there is no room none is kept.
 */
void keeper_gap(struct keeper *k, const struct keeper_source *s, int64_t until_us);

/* Saves all. is_caught_up: every log is read to its end, so that a day that was over an
 * hour ago is closed. 0, or a negative errno, and then the next one tries again. */
NODISCARD int keeper_save(struct keeper *k, int64_t now_us, bool is_caught_up);

/* Whether there is something to save though nothing came: a day has begun since the last
 * time, or one is open that keeper_save() would close. */
bool keeper_is_over(const struct keeper *k, int64_t now_us);

/* --- who reads the folder --- */

struct keeper_told {
    int64_t begin_us;   /* what is before was not counted */
    int64_t checked_us; /* what was written until then is counted */
    int64_t began_us;   /* 0, or of some log nothing before is in this day */
    bool is_behind;     /* a log has more now */
    bool is_journal;    /* the journal is counted, and may have more */
};

/* Reads the totals of a day out of the folder, for a report with at most `rows` rows in a
 * table, at most BEST_MAX; 0: with all. 0 with the day, which the caller frees, or
 * NULL when nothing was counted on it, and what is told about it; -ENOENT: there are no
 * totals; -ENODATA: those of this day are gone; -EBADMSG: they are damaged or of another
 * version; or another negative errno. */
NODISCARD int keeper_read_day(int folder, int64_t day, size_t rows,
                              struct report_day **out, struct keeper_told *told);

/* How far the totals are: `logs` gets the names of what is counted, foreign, with blanks
 * between, `*saved_us` when they were saved last. 0, or a negative errno as
 * keeper_read_day(). */
NODISCARD int keeper_read_state(int folder, struct keeper_told *told, int64_t *saved_us,
                                struct buf *logs);

/* The local day of a time, and the midnights it lies between. */
int64_t keeper_day_of(int64_t wall_us, int64_t *from_us, int64_t *until_us);
