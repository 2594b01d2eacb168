/* gate_memory: what the gate and judge tell each other: how clients stand, and what they
 * have done.
 *
 * Of a client that is not known judge is asked, and the decision waits for the answer,
 * GATE_WAIT_US at most; then, and without a judge, everybody is neutral. What is known is
 * kept for GATE_STANDINGS_MAX clients, whoever was asked about longest ago leaves; judge
 * tells each change. All is forgotten when judge goes away.
 *
 * Told are findings that leave no line in a log that the sensor reads; the rule is in
 * doc/DESIGN.md. What the socket does not take at once is dropped, and counted.
 */
#pragma once

#include "gate.h"
#include "gate/check.h"
#include "gate/greylist.h"
#include "to_judge.h"

enum {
    GATE_STANDINGS_MAX = 32768, /* half of what judge remembers: judge_gate.h */
    GATE_WAIT_US = 200000,
    GATE_RCPT_STORM = 100,   /* recipients asked for within a minute */
    GATE_PUT_OFF_STORM = 20, /* new triplets within an hour, and none that came back */
};

/* There may be a judge; `fn` is given its frames, for gate_memory_hear(). Without this
 * all others do nothing. */
void gate_memory_begin(struct gate *g, struct role *role, from_judge_fn *fn);

/* Takes over the socket to judge that a NEIGHBOUR frame brings. */
void gate_memory_take_judge(struct gate *g, const struct wire_frame *f, int passed);

/* Takes a frame of judge. */
void gate_memory_hear(struct gate *g, const struct wire_frame *f);

/* How the client of a turn stands. False: it has to wait, and gate_decide_standing() is
 * called for it. O(1). */
NODISCARD bool gate_memory_look(struct gate *g, struct gate_turn *t, enum standing *out);

/* The same without asking. */
enum standing gate_memory_known(const struct gate *g, const struct addr *who);

/* A restriction has fired. O(1). */
void gate_memory_found(struct gate *g, const struct gate_request *r,
                       const struct check_trace *t);

/* What the greylist has said. O(1). */
void gate_memory_greylisted(struct gate *g, const struct gate_request *r,
                            enum greylist_outcome outcome);

/* At the end of each round: sends what is to be sent. */
void gate_memory_turn(struct gate *g);

/* Gives what is counted here; part of gate_each_number(). */
void gate_memory_numbers(const struct gate *g, gate_number_fn *fn, void *ctx);

/* Nobody waits any more; before the server ends. */
void gate_memory_stop(struct gate *g);

/* Frees all; there may be none. */
void gate_memory_end(struct gate *g);
