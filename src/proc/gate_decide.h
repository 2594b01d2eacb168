/* gate_decide: what decisions of the gate are made of, for the files that share it. */
#pragma once

#include "base/clock.h"
#include "base/hash.h"
#include "gate.h"
#include "gate/as_db.h"
#include "gate/check.h"
#include "gate/greylist.h"
#include "resolve/resolve.h"

enum { GATE_LOGGED_MAX = 256 }; /* bytes of a foreign value in the log */

struct decider;

struct decider_profile {
    struct decider *decider;
    struct check *check;
    size_t index;
};

/* A request that somebody only tries. The caller's: `request`, `step`, `done` and `ctx`
 * stay until done() is called. */
struct gate_try {
    struct gate_request request;
    void (*step)(void *ctx, const struct check_trace *t);
    void (*done)(void *ctx, struct span answer); /* as it would be sent */
    void *ctx;
    struct gate_try *next;
};

struct decider {
    struct gate *gate;
    struct greylist *greylist;
    struct as_db *asns;         /* NULL: none is set */
    struct gate_answer put_off; /* how the greylist puts off, but for the text */
    struct resolver *resolver;
    struct loop_timer due, tick; /* of the checks, of the greylist */
    struct decider_profile profiles[GATE_PROFILES_MAX];
    size_t profile_count;
    struct gate_try *trying;
    struct loop_timer look; /* at the files of white lists and of ASes */
    uint64_t lists_stamp;   /* of them, as they were read */
};

/* Begins to decide a turn whose client stands so. */
void gate_decide_standing(struct gate *g, struct gate_turn *t, enum standing standing);

/* Begins a try; its `done` may be called inside. */
void gate_try_begin(struct gate *g, struct gate_try *t);

/* Has it be done at once. */
void gate_try_cancel(struct gate *g, struct gate_try *t);

/* It is decided. */
void gate_try_end(struct decider *d, struct gate_try *t,
                  const struct check_decision *said);

/* --- gate_lists.c --- */

/* Notes how the files of white lists are; before they are read. */
void gate_lists_stamp(struct decider *d);

/* Reads the file of ASes, if one is set; what is wrong with it is logged. */
void gate_lists_open_asns(struct decider *d);

/* Reads them all anew whenever they are otherwise. */
void gate_lists_watch(struct decider *d);

/* --- gate_log.c --- */

/* Appends ` NAME="VALUE"`, escaped and cut. */
void gate_log_value(struct buf *line, const char *name, struct span value);

/* Logs who was refused, and why; with `log = decisions` every decision. */
void gate_log_decision(struct gate *g, const struct gate_request *r,
                       const struct check_decision *d);

/* Logs what a restriction behind `warn` would have answered. */
void gate_log_warning(struct gate *g, const struct gate_request *r,
                      const struct check_trace *t);
