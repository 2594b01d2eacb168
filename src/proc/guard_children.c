#include "guard_children.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "guard_diff.h"
#include "guard_parts.h"
#include "guard_sources.h"

enum {
    SEND_WAIT_MS = 5000,     /* longest wait for a child that does not read */
    STOP_WAIT_MS = 5000,     /* longest wait for a child to end by itself */
    ACTIONS_WAIT_MS = 24000, /* and for one that undoes what its actions did */
    PACKETS_A_TURN = 64,     /* of one child, before the others have a turn */
};

/* Who talks to whom. */
static const struct {
    enum wire_role a, b;
} neighbours[] = {{ROLE_JOURNAL, ROLE_SENSOR}, {ROLE_SENSOR, ROLE_JUDGE},
                  {ROLE_JUDGE, ROLE_ENFORCER}, {ROLE_JUDGE, ROLE_RUNNER},
                  {ROLE_JUDGE, ROLE_RESOLVER}, {ROLE_JUDGE, ROLE_COMPAT},
                  {ROLE_JUDGE, ROLE_GATE},     {ROLE_GATE, ROLE_SHARE},
                  {ROLE_JUDGE, ROLE_SHARE},    {ROLE_JOURNAL, ROLE_REPORTER}};

struct guard_child *
guard_child_of(struct guard *g, enum wire_role role)
{
    for (size_t i = 0; i < GUARD_CHILDREN; i++)
        if (g->children[i].role == role && g->children[i].pid &&
            !g->children[i].is_leaving)
            return &g->children[i];
    return NULL;
}

void
guard_kill(struct guard_child *c)
{
    if (c->pid && kill(c->pid, SIGKILL) != 0 && errno != ESRCH)
        log_line(&c->guard->log, LOG_LEVEL_ERROR, "kill-failed", "role=%s error=%d",
                 wire_role_name(c->role), errno);
}

void
guard_send(struct guard_child *c, struct span packet, int passed)
{
    struct pollfd p = {.fd = c->up.fd, .events = POLLOUT};

    if (!c->pid)
        return;
    while (chan_send(c->up.fd, packet, passed) == -EAGAIN)
        if (poll(&p, 1, SEND_WAIT_MS) == 0) {
            log_line(&c->guard->log, LOG_LEVEL_ERROR, "role-stuck", "role=%s",
                     wire_role_name(c->role));
            guard_kill(c);
            return;
        }
    /* Any other error: the child is gone, and SIGCHLD says so. */
}

static void
send_neighbour(struct guard_child *to, enum wire_role who, int fd)
{
    struct buf packet = {0};

    wire_put_neighbour(&packet, &(struct wire_neighbour){.role = (uint8_t)who});
    guard_send(to, buf_span(&packet), fd);
    buf_fini(&packet);
}

/* Joins a child that has just started with its neighbours that run. */
static void
join_neighbours(struct guard_child *c)
{
    for (size_t i = 0; i < ARRAY_LEN(neighbours); i++) {
        struct guard_child *a = guard_child_of(c->guard, neighbours[i].a);
        struct guard_child *b = guard_child_of(c->guard, neighbours[i].b);
        int fds[2], e;

        if (!a || !b || (a != c && b != c))
            continue;
        if (b->role == ROLE_REPORTER && !config_counts_journal(&c->guard->config))
            continue; /* it reads files */
        e = chan_pair(fds);
        if (e) {
            log_line(&c->guard->log, LOG_LEVEL_ERROR, "socketpair-failed", "error=%d",
                     -e);
            guard_kill(c);
            return;
        }
        send_neighbour(a, b->role, fds[0]);
        send_neighbour(b, a->role, fds[1]);
        (void)close(fds[0]); /* the children have them now */
        (void)close(fds[1]);
    }
}

static void
send_descriptors(struct guard_child *c)
{
    struct guard *g = c->guard;
    struct buf packet = {0};

    if (c->role == ROLE_JUDGE && !g->is_loading) {
        wire_put_control_fd(&packet, &(struct wire_control_fd){0});
        guard_send(c, buf_span(&packet), g->control);
        guard_send_log(g);
        guard_send_metrics(g);
        guard_tell_ends(c);
    }
    if (c->role == ROLE_COMPAT)
        guard_send_compat(g);
    if (c->role == ROLE_GATE)
        guard_send_gate(g);
    if (c->role == ROLE_REPORTER)
        guard_send_sources(g);
    if (c->role == ROLE_SENSOR) {
        wire_put_notify_fd(&packet, &(struct wire_notify_fd){0});
        guard_send(c, buf_span(&packet), g->notify);
        guard_send_sources(g);
    }
    buf_fini(&packet);
}

static void
show_screen(struct guard *g)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    struct buf screen = {0};

    g->has_shown_screen = true;
    guard_screen(g, &screen);
    /* A stdout that is closed or not read must not stop the guard; `status` tells it too.
     */
    if (poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) &&
        write(out.fd, screen.ptr, screen.len) < 0)
        log_line(&g->log, LOG_LEVEL_WARNING, "screen-not-shown", "error=%d", errno);
    buf_fini(&screen);
}

void
guard_all_ready(struct guard *g)
{
    bool is_first = !g->has_shown_screen;

    if (g->is_loading) {
        guard_look_at_load(g);
        return;
    }
    guard_tell_status(g);
    for (size_t i = 0; i < GUARD_CHILDREN; i++)
        if (guard_awaits(&g->children[i]))
            return;
    if (is_first)
        show_screen(g);
    if (is_first || g->is_reloading)
        notify_say(&g->manager, "READY=1");
    g->is_reloading = false;
    guard_tell_status(g);
    guard_ask_judge(g);
    guard_answer_askers(g);
    guard_answer_compat(g);
}

static void
on_child(void *ctx, unsigned ready UNUSED)
{
    struct guard_child *c = ctx;
    struct wire_frame f;
    struct span packet;
    enum chan_got got = CHAN_EMPTY;

    for (int i = 0; i < PACKETS_A_TURN; i++) {
        got = chan_recv(&c->up, &packet, NULL);
        if (got != CHAN_PACKET)
            break;
        while (packet.len) {
            if (wire_next(&packet, WIRE_TO_KOMAINUD, &f) != WIRE_FRAME ||
                !guard_take_frame(c, &f)) {
                got = CHAN_BAD;
                break;
            }
        }
        if (got == CHAN_BAD)
            break;
    }
    if (got == CHAN_BAD) {
        log_line(&c->guard->log, LOG_LEVEL_ERROR, "role-misbehaves", "role=%s",
                 wire_role_name(c->role));
        guard_kill(c);
    }
    if (got == CHAN_BAD || got == CHAN_CLOSED)
        loop_remove(&c->guard->loop, &c->watch); /* SIGCHLD does the rest */
}

static void
restart_later(struct guard_child *c, bool was_ready)
{
    c->restart = (struct loop_timer){.fn = guard_start_child, .ctx = c};
    loop_timer_set(&c->guard->loop, &c->restart, guard_restart_delay(c, was_ready));
}

void
guard_start_child(void *ctx)
{
    struct guard_child *c = ctx;
    int e;

    c->is_ready = false;
    c->silent = 0;
    if (c->role == ROLE_JOURNAL) {
        /* Looked at anew for each life: the journal may be made after the guard began. */
        mem_free(c->groups);
        c->groups = guard_journal_groups(c->guard);
    }
    if (c->role == ROLE_SHARE) {
        mem_free(c->groups); /* the socket may be another since */
        c->groups = guard_share_groups(&c->guard->config);
    }
    e = guard_spawn(c, -1);
    if (e) {
        c->short_lives++;
        if (!guard_gives_up(c))
            restart_later(c, false);
        return;
    }
    c->watch = (struct loop_fd){.fd = c->up.fd, .fn = on_child, .ctx = c};
    if (loop_add(&c->guard->loop, &c->watch, LOOP_READ) != 0 ||
        guard_greet(c, &c->guard->config) != 0)
        guard_kill(c);
    send_descriptors(c);
    join_neighbours(c);
}

static bool
is_needed(const struct guard *g, enum wire_role role, const struct config *config)
{
    if (g->is_loading)
        return role == ROLE_JUDGE || role == ROLE_ENFORCER;
    switch (role) {
    case ROLE_JOURNAL:
        return guard_reads_journal(config);
    case ROLE_RUNNER:
        return config_has_commands(config);
    case ROLE_RESOLVER:
        return g->needs_resolver || config_needs_names(config);
    case ROLE_COMPAT:
        return config->fail2ban_socket != NULL;
    case ROLE_GATE:
        return config_has_gate(config);
    case ROLE_SHARE:
        return config_has_share(config);
    case ROLE_REPORTER:
        return config_has_store(config);
    case ROLE_SENSOR:
    case ROLE_JUDGE:
    case ROLE_ENFORCER:
    case ROLE_KOMAINUD:
    case ROLE_COMMAND:
    case ROLES:
        break;
    }
    return true;
}

void
guard_choose_children(struct guard *g)
{
    for (size_t i = 0; i < GUARD_CHILDREN; i++)
        g->children[i].is_wanted = is_needed(g, g->children[i].role, &g->config);
}

unsigned
guard_changed_children(const struct guard *g, const struct config *config)
{
    unsigned roles = 0;

    for (size_t i = 0; i < GUARD_CHILDREN; i++)
        if (g->children[i].is_wanted != is_needed(g, g->children[i].role, config))
            roles |= ROLE_BIT(g->children[i].role);
    return roles;
}

void
guard_start_children(struct guard *g)
{
    for (size_t i = 0; i < GUARD_CHILDREN; i++)
        if (g->children[i].is_wanted)
            guard_start_child(&g->children[i]);
}

static void
child_ended(struct guard_child *c, int status)
{
    struct guard *g = c->guard;
    int64_t age_us = clock_boot_us() - c->started_us;
    bool was_leaving = c->is_leaving;

    loop_timer_clear(&g->loop, &c->restart);
    c->is_leaving = false;
    c->pid = 0;
    loop_remove(&g->loop, &c->watch);
    (void)close(c->up.fd); /* everything in it was for the dead */
    c->up.fd = -1;
    if (g->is_stopping || g->is_changing) {
        c->is_ready = false;
        return;
    }
    if (was_leaving) {
        if (c->is_wanted)
            guard_start_child(c);
        return;
    }
    c->short_lives = age_us < SECOND_US || !c->is_ready ? c->short_lives + 1 : 1;
    guard_note_end(c);
    log_line(&g->log, LOG_LEVEL_WARNING, "role-ended", "role=%s %s=%d after_ms=%lld",
             wire_role_name(c->role), WIFSIGNALED(status) ? "signal" : "status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
             (long long)(age_us / 1000));
    if (guard_gives_up(c))
        return;
    restart_later(c, c->is_ready);
    c->is_ready = false;
    guard_tell_status(g);
    if (guard_goes_on_without(c))
        guard_all_ready(g);
}

void
guard_reap(struct guard *g)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < GUARD_CHILDREN; i++)
            if (g->children[i].pid == pid)
                child_ended(&g->children[i], status);
}

static int
stop_wait_ms(const struct guard_child *c)
{
    return c->role == ROLE_RUNNER && c->guard->config.action_count ? ACTIONS_WAIT_MS
                                                                   : STOP_WAIT_MS;
}

/* Closing a role's socket tells it to end; one that does not is killed. */
static void
stop_child(struct guard_child *c)
{
    int64_t give_up_us = clock_boot_us() + (int64_t)stop_wait_ms(c) * 1000;
    int status;

    loop_timer_clear(&c->guard->loop, &c->restart);
    if (!c->pid)
        return;
    (void)shutdown(c->up.fd, SHUT_RDWR); /* fails only when the role is gone */
    while (waitpid(c->pid, &status, WNOHANG) == 0) {
        if (clock_boot_us() > give_up_us) {
            guard_kill(c);
            give_up_us = INT64_MAX;
        }
        (void)poll(NULL, 0, 2);
    }
    child_ended(c, status);
}

/* In which roles end: who tells before who is told. They start the other way round. */
static const enum wire_role order[] = {
    ROLE_REPORTER, ROLE_GATE,  ROLE_SHARE,  ROLE_COMPAT,   ROLE_JOURNAL,
    ROLE_SENSOR,   ROLE_JUDGE, ROLE_RUNNER, ROLE_RESOLVER, ROLE_ENFORCER};

/* The child of a role, whether it runs or not; NULL: it is not to run, nor leaving. */
static struct guard_child *
child_of(struct guard *g, enum wire_role role)
{
    for (size_t i = 0; i < GUARD_CHILDREN; i++)
        if (g->children[i].role == role &&
            (g->children[i].is_wanted || g->children[i].is_leaving))
            return &g->children[i];
    return NULL;
}

static void
stop_roles(struct guard *g, unsigned roles)
{
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        struct guard_child *c = child_of(g, order[i]);

        if (c && (roles & ROLE_BIT(order[i])) && g->is_changing && guard_may_leave(c))
            guard_leave(c);
        else if (c && (roles & ROLE_BIT(order[i])))
            stop_child(c);
    }
}

void
guard_stop_roles(struct guard *g, unsigned roles)
{
    g->is_changing = true;
    stop_roles(g, roles);
    g->is_changing = false;
}

void
guard_start_roles(struct guard *g, unsigned roles)
{
    for (size_t i = ARRAY_LEN(order); i-- > 0;) {
        struct guard_child *c = child_of(g, order[i]);

        if (c && (roles & ROLE_BIT(order[i])) && !c->is_leaving) {
            c->short_lives = 0; /* with another configuration */
            guard_start_child(c);
        }
    }
}

void
guard_stop_children(struct guard *g)
{
    g->is_stopping = true;
    stop_roles(g, UINT_MAX);
}
