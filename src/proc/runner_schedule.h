/* runner_schedule: has the report sent when it is due (`report-mail-to`).
 *
 * What is due is decided again by the command that sends it, `komainu report
 * --scheduled`, which remembers on disk what it has sent: it is run when the runner
 * starts and whenever another report is due, and does nothing when that has gone out. The
 * clock is looked at every half minute, so that it may step, and the machine sleep.
 */
#pragma once

#include "act/run.h"
#include "role.h"

struct runner_schedule {
    struct role *role;
    struct runs runs;
    struct loop_timer look;
    int64_t asked_day, done_day; /* as in conf/schedule.h; 0: none */
    int64_t again_us;            /* since boot: not before, after a failure */
};

/* Begins, when the configuration has reports sent. */
void runner_schedule_begin(struct runner_schedule *s, struct role *role);

/* Waits a little for a report that is being sent. */
void runner_schedule_end(struct runner_schedule *s);
