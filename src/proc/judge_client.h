/* judge_client: one command on the control socket, and what it is told. */
#pragma once

#include "judge_parts.h"

/* One command on the control socket. */
struct judge_client {
    struct judge *judge;
    struct chan chan;
    struct loop_fd watch;
    struct buf out;     /* whole packets wait in it, each with its length in front */
    bool is_watching;   /* wants news */
    bool is_waiting;    /* for the kernel's answer to a ban of `within` by hand */
    bool is_listing;    /* a walk through the bans goes on at next_slot */
    struct addr within; /* of the walk; family 0: all */
    uint32_t next_slot, matched;
    uint64_t dropped; /* news that did not fit */
};

enum { CLIENT_OUT_MAX = 4 << 20 }; /* bytes that may wait for one command */

/* Puts the frames of `packet` on the client's queue. False when it would hold more than
 * `max`. */
bool client_queue(struct judge_client *c, struct span packet, size_t max);

/* Ends the answer. */
void client_end(struct judge_client *c, enum answer_outcome outcome, uint32_t matched,
                struct span text);

/* --- judge_answers.c --- */

/* What is guarded, and how it goes. */
void client_answer_status(struct judge_client *c);

/* Begins a walk through the bans that lie within `within` (family 0: all). */
void client_start_list(struct judge_client *c, const struct addr *within);

/* Goes on with it: as much as the queue takes without growing large. */
void client_list_some(struct judge_client *c);

/* All that is known of an address. */
void client_answer_why(struct judge_client *c, const struct addr *who);
