/* day: all that is counted of one day in the running totals (report/keeper.h), and of a
 * period in a report of a log with --totals: by the same function, and so the same.
 *
 *     struct report_day *d = report_day_new(day, 0);
 *     report_day_line(d, wall_us, &read);
 *     report_day_free(d);
 */
#pragma once

#include "report/checks.h"
#include "report/deeds.h"
#include "report/judged.h"
#include "report/pack.h"
#include "report/tally.h"
#include "report/visits.h"

enum { REPORT_MACHINE_MAX = 255 };

/* By what the judging of a day can be done again. */
struct report_judging {
    uint64_t rules;        /* whose it was, attack_rules_print() */
    uint64_t events_bytes; /* of the file of its events, report/keeper_events.h */
    bool is_cut;           /* which has not all */
    struct judged base;    /* what was told of the first base_bytes, in another way */
    uint64_t base_bytes;
};

struct report_day {
    int64_t day; /* local days since 1970-01-01; 0 where it is no day */
    struct tally *tally;
    struct deeds *deeds;
    struct visits *visits; /* NULL both: not counted */
    struct checks *checks;
    struct judged *judged; /* NULL both: attacks are those of a simple rule */
    struct report_judging *judging;
    char machine[REPORT_MACHINE_MAX]; /* the host of the first line of mail */
    uint8_t machine_len;
    uint64_t gaps; /* times that lines were lost before they could be counted */
};

/* A line as it was read. */
struct report_line {
    struct line line;
    struct mail_line mail;
    uint32_t times;
};

/* Empty; budget_bytes is the tally's. The caller frees it with report_day_free(). */
NODISCARD struct report_day *report_day_new(int64_t day, size_t budget_bytes);

/* The same without visits and checks, of a day that another is compared with. */
NODISCARD struct report_day *report_day_figures(size_t budget_bytes);

/* Somebody judges its attacks (deeds_attack()), which begins with none. */
void report_day_judge(struct report_day *d);

/* Frees it; NULL is legal. */
void report_day_free(struct report_day *d);

/* Reads what a line says; `out` borrows from the same bytes. `instances`: as
 * mail_line_read() has them. */
void report_line_read(const struct line *line, const char *const *instances,
                      struct report_line *out);

/* The same of the line that is there, l->line. */
void report_line_read_here(struct report_line *l, const char *const *instances);

/* Counts it. Amortised O(length). */
void report_day_line(struct report_day *d, int64_t wall_us, const struct report_line *l);

/* The part of it that is not of deeds: the machine and the tally. */
void report_day_mail(struct report_day *d, int64_t wall_us, const struct report_line *l);

/* Writes a day, or reads one into an empty one, which goes on counting as if it had not
 * been away. What could not be read is p->is_bad; it is good for report_day_free() only
 * then. */
void report_day_pack(struct pack *p, struct report_day *d);
