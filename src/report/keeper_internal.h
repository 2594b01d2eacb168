/* keeper_internal: what the parts of keeper share. */
#pragma once

#include "report/keeper.h"
#include "report/keeper_file.h"

#define KEEPER_TOTALS "totals"

/* The name of the file of a day: "2026-11-22". */
const char *keeper_name(int64_t day, char dst[KEEPER_NAME_MAX]);

/* When a local day begins. */
int64_t keeper_midnight_us(int64_t day);

/* Writes, or reads into an empty keeper, all that "totals" has. */
void keeper_pack(struct pack *p, struct keeper *k);

/* Reads the file of a day. 0 with the day; or a negative errno as keeper_read_day(). */
NODISCARD int keeper_read_file(const struct keeper *k, int64_t day,
                               struct report_day **out);

/* Frees an open day. */
void keeper_open_free(struct keeper_open *open);

/* A day begins. */
void keeper_judge_begin(const struct keeper *k, struct report_day *d);

/* Judges a line that the day has counted. */
void keeper_judge_line(struct keeper *k, struct keeper_open *open, int64_t wall_us,
                       const struct report_line *said);

/* Has the day what was judged by now, and the disk what it needs to go on. 0, or a
 * negative errno. */
NODISCARD int keeper_judge_save(const struct keeper *k, struct keeper_open *open);

/* Nobody judges it any more. */
void keeper_judge_end(struct keeper_open *open);

/* Puts a day that has a file of so many bytes now into k->kept. */
void keeper_note_kept(struct keeper *k, int64_t day, uint64_t bytes);

/* The oldest days leave, if there are too many. */
void keeper_drop_days(struct keeper *k);

/* The number of a day in k->kept, or k->kept_count. */
size_t keeper_find_kept(const struct keeper *k, int64_t day);
