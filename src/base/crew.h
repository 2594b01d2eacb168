/* crew: work that may be done on other cores (adr/0013): jobs in rows.
 *
 * The jobs of one row run one after the other, in the order in which they were posted and
 * each after the one before has ended; jobs of different rows run at the same time. So
 * what only the jobs of one row touch needs no lock: what a job wrote is seen by the next
 * of its row, by jobs that come after it, and by the owner once crew_wait() has returned
 * for it.
 *
 * The owner is the thread that made the crew: it alone posts and waits. While it waits it
 * does what else there is to do. Without helpers a job is done when it is posted, by the
 * owner, and nothing is locked: so the same code serves one core.
 *
 * Rows have ranks: helpers do what is of the lowest, the owner what is of the highest. So
 * a row stays with the same thread as long as all have enough to do, and what its jobs
 * touch in the cache of the same core: to fetch it from another one may take longer than
 * the job.
 *
 *     crew_init(&crew, cores - 1);
 *     crew_post(&crew, &row, &job);
 *     ...
 *     crew_wait(&crew, &job);
 *     crew_fini(&crew);
 *
 * A job must not post, nor wait. Helpers take no signals: those are the owner's.
 */
#pragma once

#include "base/attr.h"

#include <pthread.h>

enum { CREW_HELPERS_MAX = 3 };

/* Embedded in what the work is about, which stays where it is until the job is done. A
 * zeroed one is done. */
struct crew_job {
    void (*run)(void *ctx);
    void *ctx;
    const struct crew_job *after; /* of another row: not before it is done; or NULL */
    struct crew_job *next;
    bool is_open; /* posted, and not done */
};

/* A zeroed one is empty. It must stay until its jobs are done. */
struct crew_row {
    struct crew_job *first, *last; /* not begun */
    bool is_busy;                  /* one is running */
    uint8_t rank;
    struct crew_row *next; /* of those that have waiting jobs */
};

struct crew {
    pthread_mutex_t lock;              /* of all below, of rows and of is_open */
    pthread_cond_t work;               /* a row can go on, or it is over */
    pthread_cond_t changed;            /* the same for the owner, or `awaited` is done */
    struct crew_row *first, *last;     /* with waiting jobs, and not busy */
    const struct crew_job *awaited;    /* by the owner, who sleeps; or NULL */
    unsigned helper_count, idle_count; /* idle: they sleep, and nobody has woken them */
    bool is_over;
    pthread_t helpers[CREW_HELPERS_MAX];
};

/* Starts up to `helpers` threads, at most CREW_HELPERS_MAX; fewer or none where the
 * system gives no more. `*c` must not move until crew_fini(). */
void crew_init(struct crew *c, unsigned helpers);

/* Whether there are any. */
static inline bool
crew_has_helpers(const struct crew *c)
{
    return c->helper_count > 0;
}

/* Waits for all that was posted, and ends the threads. What may be called later is
 * crew_wait(), for jobs that were done then. */
void crew_fini(struct crew *c);

/* Has `job->run(job->ctx)` done, after what was posted to the row before and after
 * `job->after`, which was posted before; the job is not open. Without helpers it is done
 * on return. O(rows with jobs). */
void crew_post(struct crew *c, struct crew_row *row, struct crew_job *job);

/* Returns when the job is done. The owner does other jobs, if there are any, while it
 * waits. */
void crew_wait(struct crew *c, const struct crew_job *job);

/* How many cores this process may use, at least 1. */
unsigned crew_cores(void);
