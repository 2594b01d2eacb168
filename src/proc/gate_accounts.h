/* gate_accounts: accounts whose mail judge wants held or limited: gate/accounts.h.
 *
 * What judge has told holds until another judge has told all: the gate does not let go
 * because judge is started anew. A gate that has not heard from any judge yet lets mail
 * of who has logged in wait for that, GATE_FIRST_WAIT_US from its start at most.
 */
#pragma once

#include "gate.h"
#include "gate/accounts.h"
#include "role.h"

enum { GATE_FIRST_WAIT_US = 3000000 };

/* There may be a judge. Without this all others do nothing. */
void gate_accounts_begin(struct gate *g);

/* Another judge has come. */
void gate_accounts_new_judge(struct gate *g);

/* Takes a frame of judge; false: it is none of these, or wrong. */
NODISCARD bool gate_accounts_hear(struct gate *g, const struct wire_frame *f);

/* Whether it is known what becomes of the turn. False: it has to wait, and
 * gate_decide_standing() is called for it. O(1). */
NODISCARD bool gate_accounts_look(struct gate *g, struct gate_turn *t);

/* What becomes of a request, which is counted if this is no try. O(1). */
NODISCARD enum accounts_word gate_accounts_ask(struct gate *g,
                                               const struct gate_request *r, bool is_try);

/* Gives what is counted here; part of gate_each_number(). */
void gate_accounts_numbers(const struct gate *g, gate_number_fn *fn, void *ctx);

/* Nobody waits any more; before the server ends. */
void gate_accounts_stop(struct gate *g);

/* Frees all; there may be none. */
void gate_accounts_end(struct gate *g);
