/* run: commands of the administrator, a few at a time, on somebody's loop.
 *
 * What is run is shell text that the configuration wrote. What is not ours (a line of a
 * log) reaches it in environment variables and on stdin and nowhere else, so no byte of
 * it is ever read by a shell. A command gets: /bin/sh, a new session, the folder /, stdin
 * from a file in memory, stdout and stderr in one pipe whose first RUN_OUTPUT_MAX bytes
 * are kept, and no other descriptor. After its time its whole process group is killed,
 * where the order says so after a chance to end by itself. It dies when we die.
 *
 *     runs_init(&runs, &loop, on_end, ctx);
 *     if (!runs_add(&runs, &(struct run_order){.id = 1, .shell = "mail root", ...}))
 *         dropped++;
 */
#pragma once

#include <sys/types.h>

#include "base/buf.h"
#include "base/loop.h"

enum {
    RUN_AT_ONCE = 4, /* unless runs_widen() says more */
    RUN_WAITING_MAX = 64,
    RUN_PLACES_MAX = 64,
    RUN_OUTPUT_MAX = 4096,
    RUN_VARIABLES_MAX = 16,
    RUN_ARGUMENTS_MAX = 16,
    RUN_ARGUMENT_BYTES = 65536, /* execve() takes 128 KiB */
};

enum run_outcome {
    RUN_DONE,        /* ended with status 0 */
    RUN_FAILED,      /* with another; `status` has it */
    RUN_SIGNALLED,   /* ended by a signal; `status` has it */
    RUN_TIMED_OUT,   /* killed by us */
    RUN_NOT_STARTED, /* `status` is a negative errno */
    RUN_OUTCOMES,
};

/* `name` is our own; control bytes of `value` are left out. */
struct run_variable {
    const char *name;
    struct span value;
};

/* All of it is borrowed for the call. */
struct run_order {
    uint64_t id;
    const char *shell;
    int64_t timeout_us;
    struct run_variable variables[RUN_VARIABLES_MAX];
    size_t variable_count;
    struct span input; /* stdin */
    /* $0, $1 ... of the shell: any bytes but NUL, cut to RUN_ARGUMENT_BYTES. */
    struct span arguments[RUN_ARGUMENTS_MAX];
    size_t argument_count;
    int64_t grace_us; /* from SIGTERM to SIGKILL; 0: killed at once */
};

struct run_end {
    uint64_t id;
    enum run_outcome outcome;
    int status;
    struct span output; /* foreign; borrowed for the call */
    bool is_cut;        /* there was more */
};

typedef void run_end_fn(void *ctx, const struct run_end *end);

struct runs;

/* A command that waits for its turn; private. */
struct run_waiting;

/* A command that runs; private. */
struct run {
    struct runs *runs;
    uint64_t id;
    pid_t pid; /* 0: this place is free */
    struct loop_fd end, output;
    struct loop_timer timeout;
    int64_t grace_us;
    char *kept; /* RUN_OUTPUT_MAX bytes */
    size_t kept_len;
    bool is_cut, is_timed_out;
};

struct runs {
    struct loop *loop;
    run_end_fn *on_end;
    void *ctx;
    struct run places[RUN_PLACES_MAX];
    size_t at_once, waiting_max;
    struct run_waiting *first, *last;
    size_t waiting;
};

/* Prepares `*r`; `on_end` is called once for each order that was taken. */
void runs_init(struct runs *r, struct loop *loop, run_end_fn *on_end, void *ctx);

/* From now on `at_once` (RUN_PLACES_MAX at most) commands run at a time, and `waiting`
 * may wait. */
void runs_widen(struct runs *r, size_t at_once, size_t waiting);

/* Starts a command, or lets it wait for a free place. False: as many as may wait do
 * already, and it is dropped. May call on_end at once. */
NODISCARD bool runs_add(struct runs *r, const struct run_order *order);

/* How many commands run. */
size_t runs_running(const struct runs *r);

/* Waits up to `wait_ms` for those that run, kills what is left, and forgets the waiting.
 * Calls nothing back. */
void runs_fini(struct runs *r, int wait_ms);

/* "done", "failed" ... */
const char *run_outcome_name(enum run_outcome outcome);
