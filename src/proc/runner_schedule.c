#include "runner_schedule.h"

#include "base/clock.h"
#include "base/mem.h"

#define LOOK_US (30 * SECOND_US)
#define AGAIN_US (10 * MINUTE_US)
#define TIMEOUT_US (30 * MINUTE_US) /* a week of logs on a slow disk */

enum { END_WAIT_MS = 3000, SAID_MAX = 300 };

static void
on_end(void *ctx, const struct run_end *end)
{
    struct runner_schedule *s = ctx;
    struct buf said = {0};

    if (end->outcome == RUN_DONE) {
        s->done_day = s->asked_day;
        return;
    }
    s->again_us = clock_boot_us() + AGAIN_US;
    buf_escaped(&said, span_head(end->output, SAID_MAX));
    log_line(&s->role->log, LOG_LEVEL_ERROR, "report-not-sent",
             "outcome=%s status=%d said=\"%s\"", run_outcome_name(end->outcome),
             end->status, said.ptr ? said.ptr : "");
    buf_fini(&said);
}

static void
on_look(void *ctx)
{
    struct runner_schedule *s = ctx;
    const struct config_report *c = &s->role->config.report;
    struct run_order order = {.id = 1, .shell = c->command, .timeout_us = TIMEOUT_US};
    struct schedule_due due;

    loop_timer_set(&s->role->loop, &s->look, LOOK_US);
    schedule_last(&c->schedule, clock_wall_us(), &due);
    if (due.day == s->done_day || runs_running(&s->runs) || clock_boot_us() < s->again_us)
        return;
    s->asked_day = due.day;
    must(runs_add(&s->runs, &order)); /* none waits */
}

void
runner_schedule_begin(struct runner_schedule *s, struct role *role)
{
    *s = (struct runner_schedule){.role = role, .look = {.fn = on_look, .ctx = s}};
    runs_init(&s->runs, &role->loop, on_end, s);
    if (role->config.report.command)
        on_look(s);
}

void
runner_schedule_end(struct runner_schedule *s)
{
    runs_fini(&s->runs, END_WAIT_MS);
}
