/* komainu-judge: counts, decides, remembers; the only process that knows. See judge.h. */
#include "judge_act.h"
#include "judge_allow.h"
#include "judge_ask.h"
#include "judge_campaigns.h"
#include "judge_gate.h"
#include "judge_log.h"
#include "judge_names.h"
#include "judge_notify.h"
#include "judge_parts.h"
#include "judge_providers.h"
#include "judge_share.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"

enum { STEP_US = 2000000 }; /* a wall clock that is off by more than this was set */

/* --- the clock --- */

/* The wall clock was set: what remained of bans and windows remains. */
static void
follow_clock(struct judge *j)
{
    int64_t delta_us = clock_wall_us() - clock_boot_us() - j->wall_minus_boot_us;

    j->now_us = clock_wall_us();
    if (delta_us > -STEP_US && delta_us < STEP_US)
        return;
    log_line(&j->role.log, LOG_LEVEL_WARNING, "clock-set", "by_s=%lld",
             (long long)(delta_us / SECOND_US));
    j->wall_minus_boot_us += delta_us;
    decide_shift(&j->decide, delta_us);
    judge_shift_asks(j, delta_us);
    judge_shift_names(j, delta_us);
    j->is_all_dirty = j->is_dirty = true;
    judge_touch_all(j);
}

/* The machine was suspended. Bans and windows end by the wall clock, which went on; the
 * kernel's timeouts did not, and nobody wrote to logs. */
static void
follow_sleep(struct judge *j)
{
    int64_t slept_us = clock_slept_us() - j->slept_us;

    if (slept_us < STEP_US)
        return;
    j->slept_us += slept_us;
    log_line(&j->role.log, LOG_LEVEL_INFO, "machine-slept", "for_s=%lld",
             (long long)((slept_us + SECOND_US / 2) / SECOND_US));
    judge_pardon_silence(j, slept_us);
    judge_send_slept(j);
}

static void
arm_clock_watch(struct judge *j)
{
    struct itimerspec far_away = {.it_value = {.tv_sec = INT64_C(1) << 40}};

    /* Never fires; reading it fails with ECANCELED when the clock is set. */
    if (timerfd_settime(j->clock_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
                        &far_away, NULL) != 0)
        role_fail(&j->role, "cannot watch the clock", strerror(errno));
}

static void
on_clock(void *ctx, unsigned ready UNUSED)
{
    struct judge *j = ctx;
    uint64_t fired;

    /* ECANCELED, once for each step and each end of a suspend; the timer goes on
     * watching. */
    if (read(j->clock_fd, &fired, sizeof(fired)) < 0 && errno == ECANCELED)
        follow_clock(j);
    judge_expire(j);
    judge_expire_allow(j);
}

/* --- the loop --- */

/* Before each round: the time of everything that it brings. */
static void
on_wake(void *ctx)
{
    follow_clock(ctx);
    follow_sleep(ctx);
}

/* After it: what it brought goes to the kernel, then to the disk. */
static void
on_turn(void *ctx)
{
    struct judge *j = ctx;

    judge_tell_enforcer(j);
    judge_tell_gate(j);
    if (!judge_gathers(j)) {
        judge_commit(j);
        judge_tell_actions(j); /* which have the lines that are stored */
    }
    judge_flush_log(j);
    judge_end_look(j);
    j->role.bans = j->decide.bans.count;
}

/* Who may be joined with judge, and who takes the socket. */
static const struct {
    enum wire_role role;
    void (*take)(struct judge *j, int fd);
} neighbours[] = {
    {ROLE_SENSOR, judge_take_sensor}, {ROLE_ENFORCER, judge_take_enforcer},
    {ROLE_RUNNER, judge_take_runner}, {ROLE_RESOLVER, judge_take_resolver},
    {ROLE_COMPAT, judge_take_compat}, {ROLE_GATE, judge_take_gate},
    {ROLE_SHARE, judge_take_share},
};

static bool
take_neighbour(struct judge *j, struct span fields, int passed)
{
    struct wire_neighbour neighbour;

    if (!wire_get_neighbour(fields, &neighbour) || passed < 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(neighbours); i++)
        if (neighbours[i].role == neighbour.role) {
            neighbours[i].take(j, passed);
            return true;
        }
    return false;
}

static void
on_frame(struct role *r, const struct wire_frame *f, int passed)
{
    struct judge *j = r->ctx;
    struct wire_metrics_fd metrics;
    struct wire_log_fd log;

    judge_stir(j);
    if (f->type == WIRE_LOG_FD && wire_get_log_fd(f->fields, &log) && passed >= 0)
        judge_take_log(j, passed, &log);
    else if (f->type == WIRE_METRICS_FD && wire_get_metrics_fd(f->fields, &metrics) &&
             (passed >= 0) == (metrics.is_open == 1))
        judge_take_metrics(j, passed);
    else if (f->type == WIRE_CONTROL_FD && passed >= 0)
        judge_take_control(j, passed);
    else if (!(f->type == WIRE_NEIGHBOUR && take_neighbour(j, f->fields, passed)) &&
             !(f->type == WIRE_ROLE_ENDED && judge_take_role_end(j, f->fields)))
        role_fail(r, "bad frame from komainud", wire_type_name(f->type));
}

/* komainud is gone, or wants another judge: what the sensor has sent is still taken and
 * saved. What it would send now it says again to the next one, which must not wait. */
static void
on_orphan(struct role *r)
{
    struct judge *j = r->ctx;

    if (j->sensor.fd >= 0)
        (void)shutdown(j->sensor.fd, SHUT_RD); /* fails only when the sensor is gone */
    judge_drain_sensor(j);
    judge_hurry_campaigns(j);
    judge_commit(j);
    judge_flush_log(j);
    store_close(j->store); /* syncs: SQLite closes its log */
    j->store = NULL;
    judge_leave_enforcer(j);
    exit(0);
}

int
main(int argc, char **argv)
{
    static struct judge j;
    int e;

    role_begin(&j.role, ROLE_JUDGE, false, argc, argv);
    j.role.on_frame = on_frame;
    j.role.on_orphan = on_orphan;
    j.role.ctx = &j;
    j.sensor.fd = j.enforcer.fd = j.f2b.fd = j.compat.fd = -1;
    j.f2b.pid = getppid();
    j.now_us = j.started_us = clock_wall_us();
    j.wall_minus_boot_us = clock_wall_us() - clock_boot_us();
    j.slept_us = clock_slept_us();
    judge_prepare_state(&j);
    judge_prepare_share(&j);
    judge_prepare_gate(&j);
    judge_prepare_campaigns(&j);
    judge_load(&j);
    judge_prepare_notify(&j);
    judge_prepare_acts(&j);
    judge_resend_acts(&j);
    judge_prepare_asks(&j);
    judge_prepare_names(&j);
    judge_prepare_providers(&j);
    judge_begin_allowed_names(&j);
    judge_prepare_trouble(&j);
    j.clock_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (j.clock_fd < 0)
        role_fail(&j.role, "cannot watch the clock", strerror(errno));
    arm_clock_watch(&j);
    j.clock_watch = (struct loop_fd){.fd = j.clock_fd, .fn = on_clock, .ctx = &j};
    e = loop_add(&j.role.loop, &j.clock_watch, LOOP_READ);
    if (e)
        role_fail(&j.role, "cannot watch the clock", strerror(-e));
    j.role.loop.wake = on_wake;
    j.role.loop.turn = on_turn;
    j.role.loop.round_ctx = &j;
    judge_expire(&j);
    role_enter(&j.role,
               SANDBOX_LOOP | SANDBOX_MESSAGES | SANDBOX_DATABASE | SANDBOX_ACCEPT);
    return role_run(&j.role);
}
