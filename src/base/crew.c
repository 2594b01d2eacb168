#include "base/crew.h"

#include <sched.h>
#include <signal.h>

#include "base/mem.h"

static void
add_row(struct crew *c, struct crew_row *row)
{
    row->next = NULL;
    if (c->last)
        c->last->next = row;
    else
        c->first = row;
    c->last = row;
    (void)pthread_cond_signal(&c->work); /* these calls cannot fail */
    (void)pthread_cond_signal(&c->changed);
}

static struct crew_row *
take_row(struct crew *c)
{
    struct crew_row *row = c->first;

    c->first = row->next;
    if (!c->first)
        c->last = NULL;
    return row;
}

/* Does the next job of the row that has waited longest; the lock is held, but not while
 * the job runs. */
static void
do_one(struct crew *c)
{
    struct crew_row *row = take_row(c);
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
    (void)pthread_cond_signal(&c->changed);
}

static void *
help(void *ctx)
{
    struct crew *c = ctx;

    (void)pthread_mutex_lock(&c->lock);
    while (c->first || !c->is_over) {
        if (c->first)
            do_one(c);
        else
            (void)pthread_cond_wait(&c->work, &c->lock);
    }
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
    }
    (void)pthread_mutex_unlock(&c->lock);
}

void
crew_wait(struct crew *c, const struct crew_job *job)
{
    if (c->helper_count == 0)
        return;
    (void)pthread_mutex_lock(&c->lock);
    while (job->is_open) {
        if (c->first)
            do_one(c);
        else
            (void)pthread_cond_wait(&c->changed, &c->lock);
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
