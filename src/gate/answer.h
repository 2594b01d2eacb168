/* answer: what an MTA is told: one action of access(5), as one line that nothing a client
 * said can break.
 *
 *     struct gate_answer a = {.action = GATE_DEFER_IF_PERMIT, .text = SPAN("4.2.0
 * Later")}; n = gate_answer_write(&a, line);      // "action=DEFER_IF_PERMIT 4.2.0
 * Later\n\n"
 */
#pragma once

#include "base/span.h"

enum {
    GATE_TEXT_MAX = 512, /* bytes of a text that are sent; the rest is cut */
    GATE_ANSWER_MAX = GATE_TEXT_MAX + 64, /* of a whole answer */
};

enum gate_action {
    GATE_DUNNO,   /* nothing to say: the MTA goes on with its own restrictions */
    GATE_OK,      /* skips those that follow: dangerous, see doc/DESIGN.md */
    GATE_PREPEND, /* text: a header, "Name: value" */
    GATE_WARN,
    GATE_INFO,
    GATE_DEFER_IF_PERMIT,
    GATE_DEFER_IF_REJECT,
    GATE_DEFER,
    GATE_REJECT,
    GATE_CODE, /* `code`, 400 to 599, in place of a name */
    GATE_DISCARD,
    GATE_HOLD,
    GATE_FILTER,      /* text: transport:destination */
    GATE_REDIRECT,    /* text: an address */
    GATE_BCC,         /* text: an address */
    GATE_RESTRICTION, /* text: names that mean something to the MTA alone */
    GATE_ACTIONS,
};

/* Zeroed it is DUNNO. */
struct gate_answer {
    enum gate_action action;
    uint16_t code;    /* of GATE_CODE */
    struct span text; /* borrowed; may be foreign bytes; empty: none */
};

/* Reads a right-hand side of access(5): an action with its text; "OK", "PERMIT" and a
 * number that is no code are OK; a word that is no action is GATE_RESTRICTION with all of
 * it as text. Names in any case. False, and nothing written, when it is empty or an
 * action lacks the text it needs (PREPEND, FILTER, REDIRECT, BCC). Borrows from `text`.
 */
NODISCARD bool gate_answer_read(struct span text, struct gate_answer *out);

/* Writes the answer: one line `action=...` and an empty one; how many bytes. Of the text
 * at most GATE_TEXT_MAX bytes, each that is not printable ASCII as `?`. What needs a text
 * and has none is written as DUNNO. */
size_t gate_answer_write(const struct gate_answer *a, char out[GATE_ANSWER_MAX]);

/* "DEFER_IF_PERMIT" and the like; of GATE_CODE "CODE", of GATE_RESTRICTION "RESTRICTION".
 */
const char *gate_action_name(enum gate_action action);
