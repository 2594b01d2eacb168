#include "base/crew.h"

#include <sched.h>
#include <signal.h>

#include "base/mem.h"

/* --- rows; the lock is held --- */

static void
add_row(struct crew *c, struct crew_row *row)
{
    row->next = NULL;
    if (c->last)
        c->last->next = row;
    else
        c->first = row;
    c->last = row;
}

static bool
can_go_on(const struct crew_row *row)
{
    const struct crew_job *after = row->first->after;

    return !after || !after->is_open;
}

/* Where the row hangs whose job comes next: of the lowest rank, or the highest, the one
 * that has waited longest. NULL: none can go on. */
static struct crew_row **
next_row(struct crew *c, bool is_owner)
{
    struct crew_row **best = NULL;

    for (struct crew_row **at = &c->first; *at; at = &(*at)->next) {
        if (!can_go_on(*at))
            continue;
        if (!best ||
            (is_owner ? (*at)->rank > (*best)->rank : (*at)->rank < (*best)->rank))
            best = at;
    }
    return best;
}

static struct crew_row *
take_row(struct crew *c, struct crew_row **at)
{
    struct crew_row *row = *at;

    *at = row->next;
    if (c->last == row) {
        c->last = NULL;
        for (struct crew_row *r = c->first; r; r = r->next)
            c->last = r;
    }
    return row;
}

/* How many rows can go on, counted up to `most`. */
static size_t
count_work(const struct crew *c, size_t most)
{
    size_t count = 0;

    for (const struct crew_row *r = c->first; r && count < most; r = r->next)
        count += can_go_on(r);
    return count;
}

/* --- work --- */

/* Wakes who sleeps and has a reason not to: waking costs more than a small job. The
 * caller does one of the rows itself, where it `goes_on`. These calls cannot fail. */
static void
wake(struct crew *c, bool goes_on)
{
    bool is_awaited_done = c->awaited && !c->awaited->is_open;
    bool has_work;

    if (c->idle_count == 0 && !c->awaited)
        return;
    has_work = count_work(c, 1U + goes_on) > goes_on;
    if (has_work && c->idle_count > 0) {
        c->idle_count--;
        (void)pthread_cond_signal(&c->work);
    }
    if (c->awaited && (is_awaited_done || has_work)) {
        c->awaited = NULL;
        (void)pthread_cond_signal(&c->changed);
    }
}

/* Does the next job of the row that hangs there; the lock is held, but not while the job
 * runs. */
static void
do_one(struct crew *c, struct crew_row **at)
{
    struct crew_row *row = take_row(c, at);
    struct crew_job *job = row->first;

    row->first = job->next;
    row->is_busy = true;
    (void)pthread_mutex_unlock(&c->lock);
    job->run(job->ctx);
    (void)pthread_mutex_lock(&c->lock);
    row->is_busy = false;
    job->is_open = false;
    if (row->first)
        add_row(c, row);
}

static void *
help(void *ctx)
{
    struct crew *c = ctx;
    struct crew_row **at;

    (void)pthread_mutex_lock(&c->lock);
    while (c->first || !c->is_over) {
        at = next_row(c, false);
        if (at) {
            do_one(c, at);
            wake(c, true);
        } else {
            c->idle_count++;
            (void)pthread_cond_wait(&c->work, &c->lock);
        }
    }
    (void)pthread_cond_broadcast(&c->work); /* who waited for the last job ends, too */
    (void)pthread_mutex_unlock(&c->lock);
    return NULL;
}

void
crew_init(struct crew *c, unsigned helpers)
{
    sigset_t all, before;

    *c = (struct crew){0};
    must(pthread_mutex_init(&c->lock, NULL) == 0);
    must(pthread_cond_init(&c->work, NULL) == 0);
    must(pthread_cond_init(&c->changed, NULL) == 0);
    (void)sigfillset(&all);
    must(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    if (helpers > CREW_HELPERS_MAX)
        helpers = CREW_HELPERS_MAX;
    while (c->helper_count < helpers &&
           pthread_create(&c->helpers[c->helper_count], NULL, help, c) == 0)
        c->helper_count++;
    must(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

void
crew_fini(struct crew *c)
{
    (void)pthread_mutex_lock(&c->lock);
    c->is_over = true;
    (void)pthread_cond_broadcast(&c->work);
    (void)pthread_mutex_unlock(&c->lock);
    for (unsigned i = 0; i < c->helper_count; i++)
        (void)pthread_join(c->helpers[i], NULL);
    c->helper_count = 0;
    (void)pthread_cond_destroy(&c->changed);
    (void)pthread_cond_destroy(&c->work);
    (void)pthread_mutex_destroy(&c->lock);
}

void
crew_post(struct crew *c, struct crew_row *row, struct crew_job *job)
{
    if (c->helper_count == 0) {
        job->run(job->ctx);
        return;
    }
    (void)pthread_mutex_lock(&c->lock);
    must(!job->is_open);
    job->is_open = true;
    job->next = NULL;
    if (row->first) {
        row->last->next = job;
        row->last = job;
    } else {
        row->first = row->last = job;
        if (!row->is_busy)
            add_row(c, row);
        wake(c, false);
    }
    (void)pthread_mutex_unlock(&c->lock);
}

void
crew_wait(struct crew *c, const struct crew_job *job)
{
    struct crew_row **at;

    if (c->helper_count == 0)
        return;
    (void)pthread_mutex_lock(&c->lock);
    while (job->is_open) {
        at = next_row(c, true);
        if (at) {
            do_one(c, at);
            wake(c, job->is_open);
        } else {
            c->awaited = job;
            (void)pthread_cond_wait(&c->changed, &c->lock);
            c->awaited = NULL;
        }
    }
    (void)pthread_mutex_unlock(&c->lock);
}

unsigned
crew_cores(void)
{
    cpu_set_t cores;
    int count;

    CPU_ZERO(&cores);
    if (sched_getaffinity(0, sizeof(cores), &cores) != 0)
        return 1; /* more than a thousand: who has them may wait */
    count = CPU_COUNT(&cores);
    return count > 1 ? (unsigned)count : 1;
}
