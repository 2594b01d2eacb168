/* report_store: what the guard has counted of a day (report/keeper.h), for a report. */
#pragma once

#include "ctl/command.h"
#include "report/day.h"

#define STATE_DEFAULT "/var/lib/komainu"

/* Whether the options go together with --from-store: one whole day, from_us to until_us,
 * and no log. False: with what is wrong in `error`. */
NODISCARD bool report_store_may(const struct ctl_args *args, int64_t from_us,
                                int64_t until_us, struct buf *error);

/* Opens the folder of the totals, whose path is put into `path`. A descriptor, or a
 * negative errno. */
enum { REPORT_STORE_PATH_MAX = 4096 };
NODISCARD int report_store_open(const struct ctl_args *args,
                                char path[REPORT_STORE_PATH_MAX]);

/* The totals of the day that begins at `from_us`, for the caller to free; empty when
 * nothing was written on it. NULL: it was not counted, or cannot be read. `error` has the
 * reason then; else what is missing of the day as of `now_us`, a line each. *began_us is
 * when counting began, if that is not before the day; else 0. */
NODISCARD struct report_day *report_store_read(const struct ctl_args *args,
                                               int64_t from_us, int64_t now_us,
                                               int64_t *began_us, struct buf *error);
