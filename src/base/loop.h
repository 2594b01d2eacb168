/* loop: one epoll set and a few timers, for one thread.
 *
 * Descriptors are level-triggered. The loop calls `wake` (when set) before each round of
 * callbacks: the place to look at the clock; and `turn` after it: the place to commit
 * what the round brought.
 */
#pragma once

#include "base/attr.h"

enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_HANGUP = 4 };

/* `ready` holds LOOP_... bits. */
typedef void loop_fd_fn(void *ctx, unsigned ready);
typedef void loop_timer_fn(void *ctx);

/* Both are owned by the caller and must stay where they are while registered. */
struct loop_fd {
    int fd;
    loop_fd_fn *fn;
    void *ctx;
    bool is_added;
};

struct loop_timer {
    loop_timer_fn *fn;
    void *ctx;
    int64_t due_us; /* since boot; 0 when not armed */
    struct loop_timer *next;
};

enum { LOOP_EVENTS = 64 };

struct loop {
    int epoll;
    bool is_stopped;
    struct loop_timer *timers; /* armed ones, soonest first */
    loop_timer_fn *wake, *turn;
    void *round_ctx; /* for both */
    int64_t spin_ns; /* how long it looks for events before it sleeps; 0: not at all */
    bool is_busy;    /* the last events came within spin_ns */
    int pending;     /* events of this round not called yet */
    struct loop_fd *ready[LOOP_EVENTS];
    unsigned bits[LOOP_EVENTS];
};

/* 0, or a negative errno. */
NODISCARD int loop_init(struct loop *l);

/* While events follow each other within `spin_us`, looks for the next one for so long
 * before it sleeps: to be woken costs more than that. Where they come further apart it
 * sleeps at once. No change on a machine, or for a process, with one CPU. Call it before
 * a sandbox forbids sched_getaffinity(). */
void loop_spin(struct loop *l, int spin_us);

/* Closes the epoll set; a zeroed loop is legal. Registered descriptors stay open. */
void loop_fini(struct loop *l);

/* Waits for `bits` (LOOP_READ, LOOP_WRITE) on f->fd from now on. 0, or a negative errno.
 */
NODISCARD int loop_add(struct loop *l, struct loop_fd *f, unsigned bits);

/* Changes what is waited for; the descriptor must have been added. */
void loop_want(struct loop *l, struct loop_fd *f, unsigned bits);

/* Stops waiting; a descriptor that was not added is legal. Safe inside callbacks. */
void loop_remove(struct loop *l, struct loop_fd *f);

/* Calls t->fn once, `delay_us` from now; arms anew when armed already. O(timers). */
void loop_timer_set(struct loop *l, struct loop_timer *t, int64_t delay_us);

/* Disarms; legal when not armed. */
void loop_timer_clear(struct loop *l, struct loop_timer *t);

/* Runs until loop_stop(). 0, or a negative errno of epoll_wait(). */
NODISCARD int loop_run(struct loop *l);

/* Ends loop_run() after the present round. */
void loop_stop(struct loop *l);
