#include "guard_parts.h"

#include <unistd.h>

#include "base/clock.h"
#include "guard_children.h"

enum {
    PULSE_US = 15000000,      /* how often roles are asked while one has not answered */
    PULSE_IDLE_US = 60000000, /* and while all have, without a manager that asks us */
    PULSE_MIN_US = 50000,
    SILENT_MAX = 2, /* questions in a row without an answer */
};

static const char *
absent_role(const struct guard *g)
{
    for (size_t i = 0; i < GUARD_CHILDREN; i++)
        if (g->children[i].is_wanted && !g->children[i].is_ready &&
            !g->children[i].is_leaving)
            return wire_role_name(g->children[i].role);
    return NULL;
}

void
guard_tell_status(struct guard *g)
{
    struct buf text = buf_bounded(sizeof(g->told_status) - 1);
    const char *absent = absent_role(g);

    if (absent)
        buf_printf(&text, "%s is being started", absent);
    else
        buf_printf(&text, "guarding: %zu jails read %zu sources; %llu bans",
                   g->config.jail_count, g->config.source_count,
                   (unsigned long long)g->bans);
    if (g->has_shown_screen && strcmp(text.ptr, g->told_status) != 0) {
        (void)snprintf(g->told_status, sizeof(g->told_status), "%s", text.ptr);
        notify_say(&g->manager, "STATUS=%s", text.ptr);
    }
    buf_fini(&text);
}

void
guard_ask_judge(struct guard *g)
{
    struct guard_child *judge = guard_child_of(g, ROLE_JUDGE);
    struct buf packet = {0};

    wire_put_ping(&packet, &(struct wire_ping){0});
    if (judge)
        guard_send(judge, buf_span(&packet), -1);
    buf_fini(&packet);
}

/* A file that others may move is looked at as often as a role that does not answer. */
static void
arm(struct guard *g, bool is_well)
{
    bool is_idle = is_well && !g->watchdog_us && !g->config.logtarget;

    loop_timer_set(&g->loop, &g->pulse, is_idle ? PULSE_IDLE_US : g->pulse_us);
}

static bool
have_all_answered(const struct guard *g)
{
    for (size_t i = 0; i < GUARD_CHILDREN; i++)
        if (g->children[i].is_wanted && g->children[i].silent)
            return false;
    return true;
}

void
guard_take_pong(struct guard_child *c, uint64_t bans)
{
    bool was_silent = c->silent > 0;

    c->silent = 0;
    if (was_silent && !c->guard->watchdog_us && have_all_answered(c->guard))
        arm(c->guard, true);
    if (c->role != ROLE_JUDGE)
        return;
    c->guard->bans = bans;
    guard_tell_status(c->guard);
}

/* Asks a role whether it is alive. False: it did not answer before, or is not there. */
static bool
ask(struct guard_child *c)
{
    struct buf packet = {0};
    bool has_answered = c->silent == 0;

    if (!c->pid || !c->is_ready)
        return false;
    if (c->silent++ >= SILENT_MAX) {
        log_line(&c->guard->log, LOG_LEVEL_ERROR, "role-silent",
                 "role=%s what=\"it does not answer; it is killed and started again\"",
                 wire_role_name(c->role));
        guard_kill(c);
        return false;
    }
    wire_put_ping(&packet, &(struct wire_ping){0});
    guard_send(c, buf_span(&packet), -1);
    buf_fini(&packet);
    return has_answered;
}

static void
on_pulse(void *ctx)
{
    struct guard *g = ctx;
    bool is_well = true;

    for (size_t i = 0; i < GUARD_CHILDREN; i++)
        is_well &= !g->children[i].is_wanted || ask(&g->children[i]);
    if (is_well && g->watchdog_us)
        notify_say(&g->manager, "WATCHDOG=1");
    guard_check_log(g);
    arm(g, false); /* until all have answered */
}

void
guard_begin_pulse(struct guard *g)
{
    int e = notify_open(&g->manager, getenv("NOTIFY_SOCKET"));

    if (e)
        log_line(&g->log, LOG_LEVEL_WARNING, "notify-socket", "error=\"%s\"",
                 strerror(-e));
    g->watchdog_us =
        notify_watchdog_us(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"), getpid());
    /* A role that is stuck has been started again before the manager loses patience. */
    g->pulse_us = g->watchdog_us ? g->watchdog_us / 4 : PULSE_US;
    if (g->pulse_us < PULSE_MIN_US)
        g->pulse_us = PULSE_MIN_US;
    g->pulse = (struct loop_timer){.fn = on_pulse, .ctx = g};
    loop_timer_set(&g->loop, &g->pulse, g->pulse_us);
}
