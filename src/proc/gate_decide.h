/* gate_decide: what decisions of the gate are made of, for the files that share it. */
#pragma once

#include "base/clock.h"
#include "gate.h"
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
    struct resolver *resolver;
    struct loop_timer due, tick; /* of the checks, of the greylist */
    struct decider_profile profiles[GATE_PROFILES_MAX];
    size_t profile_count;
    struct gate_try *trying;
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
