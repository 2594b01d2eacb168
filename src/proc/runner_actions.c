#include "runner_actions.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/ident.h"

enum {
    END_US = 18000000, /* komainud gives us a little more */
    SAID_MAX = 300,    /* bytes of a command's output that the log shows */
};

static void
on_failed(void *ctx, const struct actions_failure *f)
{
    struct runner_actions *r = ctx;
    struct buf said = {0};

    if (!f->end) {
        log_line(&r->role->log, LOG_LEVEL_ERROR, "action-failed",
                 "jail=%s action=%s command=%s what=\"more than %d values\"", f->jail,
                 f->action, f->command, TICKET_VALUES_MAX);
        return;
    }
    buf_escaped(&said, span_head(f->end->output, SAID_MAX));
    log_line(&r->role->log, LOG_LEVEL_ERROR, "action-failed",
             "jail=%s action=%s command=%s outcome=%s status=%d said=\"%s\"", f->jail,
             f->action, f->command, run_outcome_name(f->end->outcome), f->end->status,
             said.ptr ? said.ptr : "");
    buf_fini(&said);
}

static void
answer(struct runner_actions *r, uint16_t jail, enum ran outcome)
{
    struct buf packet = {0};

    wire_put_acted(&packet,
                   &(struct wire_acted){.jail = jail, .outcome = (uint8_t)outcome});
    to_judge_send(r->judge, buf_span(&packet));
    buf_fini(&packet);
}

static void
on_done(void *ctx, uint16_t jail, bool is_good)
{
    answer(ctx, jail, is_good ? RAN_DONE : RAN_FAILED);
}

static void
on_rebanned(void *ctx, uint16_t jail, const struct addr *who, const char *action)
{
    struct runner_actions *r = ctx;
    struct buf packet = {0};

    wire_put_rebanned(&packet, &(struct wire_rebanned){
                                   .jail = jail, .who = *who, .action = span_of(action)});
    to_judge_send(r->judge, buf_span(&packet));
    buf_fini(&packet);
}

static void
on_idle(void *ctx)
{
    struct runner_actions *r = ctx;

    if (r->is_ending)
        loop_stop(&r->role->loop);
}

void
runner_actions_begin(struct runner_actions *r, struct role *role, struct to_judge *judge,
                     struct span host)
{
    r->role = role;
    r->judge = judge;
    if (role->config.action_count == 0)
        return;
    r->secret = hash_random_key();
    actions_init(&r->actions, &(struct actions_setup){
                                  .loop = &role->loop,
                                  .config = &role->config,
                                  .host = host,
                                  .has_inet6 = access("/proc/net/if_inet6", F_OK) == 0,
                                  .failed = on_failed,
                                  .done = on_done,
                                  .rebanned = on_rebanned,
                                  .idle = on_idle,
                                  .ctx = r});
    actions_start(&r->actions);
}

static void
add(struct runner_actions *r, const struct wire_act *m)
{
    struct ticket t = {.who = m->who,
                       .time_us = m->time_us,
                       .bantime_s = m->bantime_s,
                       .failures = m->failures,
                       .bancount = m->bancount,
                       .is_restored = m->is_restored == 1,
                       .id = m->id,
                       .groups = m->groups,
                       .name = m->host,
                       .matches = m->matches,
                       .jail_matches = m->jail_matches,
                       .all_matches = m->all_matches,
                       .jail_failures = m->jail_failures,
                       .all_failures = m->all_failures,
                       .banned = m->banned,
                       .banned_total = m->banned_total,
                       .found = m->found,
                       .found_total = m->found_total};
    struct buf who = {0};

    if (t.id.len)
        t.who = ident_key(r->secret, t.id);
    if (actions_add(&r->actions, &(struct actions_order){(enum act)m->what, m->jail,
                                                         &t}) == ACTIONS_TAKEN)
        return;
    ticket_add_id(&t, &who);
    log_line(&r->role->log, LOG_LEVEL_ERROR, "action-dropped",
             "jail=%s address=\"%s\" what=\"too much waits before it\"",
             r->role->config.jails[m->jail].name, who.ptr ? who.ptr : "");
    buf_fini(&who);
    answer(r, m->jail, RAN_DROPPED);
}

bool
runner_actions_take(struct runner_actions *r, struct span fields)
{
    struct wire_act m;

    if (!wire_get_act(fields, &m) || m.what >= ACTS || !r->actions.jails)
        return false;
    if (m.what == ACT_ALL) {
        actions_begin_all(&r->actions);
        return true;
    }
    if (m.what == ACT_NO_MORE) {
        actions_end_all(&r->actions);
        return true;
    }
    if (m.jail >= r->role->config.jail_count || (m.who.family == 0) != (m.id.len != 0) ||
        m.is_restored > 1 || r->role->config.jails[m.jail].actions == 0 || m.time_us < 0)
        return false;
    add(r, &m);
    return true;
}

bool
runner_actions_reload(struct runner_actions *r, struct span fields)
{
    const struct config *c = &r->role->config;
    struct wire_reloaded m;

    if (!wire_get_reloaded(fields, &m))
        return false;
    for (size_t i = 0; r->actions.jails && i < c->jail_count; i++)
        if (!m.jail.len || span_eq(m.jail, span_of(c->jails[i].name)))
            actions_reload(&r->actions, (uint16_t)i);
    return true;
}

static void
on_too_long(void *ctx)
{
    struct runner_actions *r = ctx;

    log_line(&r->role->log, LOG_LEVEL_ERROR, "actions-not-stopped",
             "what=\"they take too long; what is left is not undone\"");
    loop_stop(&r->role->loop);
}

void
runner_actions_end(struct runner_actions *r)
{
    struct loop_timer limit = {.fn = on_too_long, .ctx = r};
    struct loop *loop = &r->role->loop;

    if (!r->actions.jails)
        return;
    r->is_ending = true;
    loop->is_stopped = false;
    loop_remove(loop, &r->role->up_watch); /* which would say again that it is closed */
    loop_timer_set(loop, &limit, END_US);
    actions_stop(&r->actions);
    if (!actions_are_idle(&r->actions) && loop_run(loop) != 0)
        log_line(&r->role->log, LOG_LEVEL_ERROR, "actions-not-stopped",
                 "what=\"the loop failed\"");
    loop_timer_clear(loop, &limit);
    actions_fini(&r->actions);
}
