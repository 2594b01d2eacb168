#include "base/loop.h"

#include <errno.h>
#include <sched.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

int
loop_init(struct loop *l)
{
    *l = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
    return l->epoll < 0 ? -errno : 0;
}

void
loop_spin(struct loop *l, int spin_us)
{
    cpu_set_t cpus;

    if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) > 1)
        l->spin_ns = (int64_t)spin_us * 1000;
}

void
loop_fini(struct loop *l)
{
    if (l->epoll > 0)
        (void)close(l->epoll); /* nothing buffered that could be lost */
    *l = (struct loop){0};
}

static struct epoll_event
event_for(struct loop_fd *f, unsigned bits)
{
    struct epoll_event e = {.data.ptr = f};

    if (bits & LOOP_READ)
        e.events |= EPOLLIN;
    if (bits & LOOP_WRITE)
        e.events |= EPOLLOUT;
    return e;
}

int
loop_add(struct loop *l, struct loop_fd *f, unsigned bits)
{
    struct epoll_event e = event_for(f, bits);

    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, f->fd, &e) != 0)
        return -errno;
    f->is_added = true;
    return 0;
}

void
loop_want(struct loop *l, struct loop_fd *f, unsigned bits)
{
    struct epoll_event e = event_for(f, bits);

    must(f->is_added);
    must(epoll_ctl(l->epoll, EPOLL_CTL_MOD, f->fd, &e) == 0);
}

void
loop_remove(struct loop *l, struct loop_fd *f)
{
    if (!f->is_added)
        return;
    f->is_added = false;
    must(epoll_ctl(l->epoll, EPOLL_CTL_DEL, f->fd, NULL) == 0);
    for (int i = 0; i < l->pending; i++)
        if (l->ready[i] == f)
            l->ready[i] = NULL;
}

void
loop_timer_clear(struct loop *l, struct loop_timer *t)
{
    struct loop_timer **link = &l->timers;

    while (*link && *link != t)
        link = &(*link)->next;
    if (*link)
        *link = t->next;
    t->due_us = 0;
    t->next = NULL;
}

void
loop_timer_set(struct loop *l, struct loop_timer *t, int64_t delay_us)
{
    struct loop_timer **link = &l->timers;

    loop_timer_clear(l, t);
    t->due_us = clock_boot_us() + (delay_us > 0 ? delay_us : 0);
    while (*link && (*link)->due_us <= t->due_us)
        link = &(*link)->next;
    t->next = *link;
    *link = t;
}

/* Milliseconds until the next timer, rounded up; -1 without one. */
static int
wait_ms(const struct loop *l)
{
    int64_t left_us;

    if (!l->timers)
        return -1;
    left_us = l->timers->due_us - clock_boot_us();
    if (left_us <= 0)
        return 0;
    if (left_us > HOUR_US)
        left_us = HOUR_US;
    return (int)((left_us + 999) / 1000);
}

static void
run_timers(struct loop *l)
{
    int64_t now_us = l->timers ? clock_boot_us() : 0;
    struct loop_timer *t;

    while ((t = l->timers) && t->due_us <= now_us) {
        loop_timer_clear(l, t);
        t->fn(t->ctx);
    }
}

static void
run_ready(struct loop *l, const struct epoll_event *events, int n)
{
    l->pending = n;
    for (int i = 0; i < n; i++) {
        l->ready[i] = events[i].data.ptr;
        l->bits[i] =
            (events[i].events & EPOLLIN ? (unsigned)LOOP_READ : 0) |
            (events[i].events & EPOLLOUT ? (unsigned)LOOP_WRITE : 0) |
            (events[i].events & (EPOLLHUP | EPOLLERR) ? (unsigned)LOOP_HANGUP : 0);
    }
    for (int i = 0; i < n; i++)
        if (l->ready[i])
            l->ready[i]->fn(l->ready[i]->ctx, l->bits[i]);
    l->pending = 0;
}

/* Looks until something is there, for as long as it is worth it, or a timer is due in
 * `ms`. */
static int
spin(struct loop *l, struct epoll_event *events, int ms)
{
    int64_t from_ns = clock_boot_ns(), left_ns = l->spin_ns;
    int n;

    if (ms > 0 && left_ns > ms * INT64_C(1000000))
        left_ns = ms * INT64_C(1000000);
    do {
        n = epoll_wait(l->epoll, events, LOOP_EVENTS, 0);
    } while (n == 0 && clock_boot_ns() - from_ns < left_ns);
    return n;
}

/* How many events there are, 0 when a timer is due; -1 with errno. */
static int
wait_for(struct loop *l, struct epoll_event *events)
{
    int ms = wait_ms(l), n = 0;
    int64_t from_ns;

    if (!l->spin_ns || ms == 0)
        return epoll_wait(l->epoll, events, LOOP_EVENTS, ms);
    from_ns = clock_boot_ns();
    if (l->is_busy)
        n = spin(l, events, ms);
    if (n == 0)
        n = epoll_wait(l->epoll, events, LOOP_EVENTS, wait_ms(l));
    l->is_busy = n > 0 && clock_boot_ns() - from_ns < l->spin_ns;
    return n;
}

int
loop_run(struct loop *l)
{
    struct epoll_event events[LOOP_EVENTS];
    int n;

    while (!l->is_stopped) {
        n = wait_for(l, events);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (l->wake)
            l->wake(l->round_ctx);
        if (n > 0)
            run_ready(l, events, n);
        run_timers(l);
        if (l->turn)
            l->turn(l->round_ctx);
    }
    return 0;
}

void
loop_stop(struct loop *l)
{
    l->is_stopped = true;
}
