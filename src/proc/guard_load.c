#include "guard_parts.h"

#include "base/clock.h"
#include "guard_children.h"

enum { EXIT_FAILED = 1, EXIT_PANIC = 4 };

static void
finish(struct guard *g, int status)
{
    g->status = status;
    loop_stop(&g->loop);
}

static void
on_too_long(void *ctx)
{
    struct guard *g = ctx;

    log_line(&g->log, LOG_LEVEL_ERROR, "load-bans-failed",
             "reason=\"the bans were not all in the kernel after %d s\"",
             GUARD_LOAD_WAIT_S);
    finish(g, EXIT_FAILED);
}

/* Without bans judge is content before the enforcer has made the table. */
static bool
is_done(const struct guard *g)
{
    for (size_t i = 0; i < GUARD_CHILDREN; i++)
        if (g->children[i].is_wanted && !g->children[i].is_ready)
            return false;
    return g->is_in_step;
}

void
guard_look_at_load(struct guard *g)
{
    const struct wire_in_step *m = &g->in_step;

    if (!is_done(g))
        return;
    if (m->is_open) {
        log_line(&g->log, LOG_LEVEL_ERROR, "load-bans-failed",
                 "reason=\"panic is on: everything is open; end it with: komainu panic "
                 "--off\"");
        finish(g, EXIT_PANIC);
        return;
    }
    log_line(&g->log, LOG_LEVEL_INFO, "bans-loaded", "bans=%llu not-in-kernel=%llu",
             (unsigned long long)m->bans, (unsigned long long)m->others);
    if (!m->is_whole)
        log_line(&g->log, LOG_LEVEL_ERROR, "load-bans-failed",
                 "reason=\"the database is damaged or cannot be written; see above\"");
    finish(g, m->is_whole ? 0 : EXIT_FAILED);
}

int
guard_load_bans(struct guard *g)
{
    int e;

    g->status = EXIT_FAILED; /* a signal comes before the end */
    g->too_long = (struct loop_timer){.fn = on_too_long, .ctx = g};
    loop_timer_set(&g->loop, &g->too_long, (int64_t)GUARD_LOAD_WAIT_S * SECOND_US);
    guard_start_children(g);
    e = loop_run(&g->loop);
    guard_stop_children(g); /* judge first; the table stays */
    if (e || g->status)
        log_line(&g->log, LOG_LEVEL_ERROR, "stopped",
                 "what=\"it is not sure that every ban is in the kernel\"");
    return e ? EXIT_FAILED : g->status;
}
