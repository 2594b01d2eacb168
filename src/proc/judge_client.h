/* judge_client: one command on the control socket, and what it is told. */
#pragma once

#include "judge_parts.h"

struct judge_client;

/* Takes one ban of a walk through all; `packet` is empty, and is left so. */
typedef void client_walk_fn(struct judge_client *c, const struct ban_key *key,
                            const struct ban *ban, struct buf *packet);

/* One command on the control socket. */
struct judge_client {
    struct judge *judge;
    struct chan chan;
    struct loop_fd watch;
    struct buf out;       /* whole packets wait in it, each with its length in front */
    bool is_watching;     /* wants news */
    bool is_waiting;      /* for the kernel's answer to a ban of `within` by hand */
    client_walk_fn *walk; /* a walk through the bans goes on at next_slot; NULL: none */
    struct addr within;   /* of the walk; family 0: all */
    struct buf beginning; /* of the names that are asked for */
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

/* All that is known of an address. */
void client_answer_why(struct judge_client *c, const struct addr *who);

/* --- judge_lists.c --- */

/* Appends the TELL_BAN of a ban. */
void client_put_ban(struct judge *j, struct buf *b, const struct ban_key *key,
                    const struct ban *ban);

/* Begins a walk through the bans that lie within `within` (family 0: all). */
void client_answer_bans(struct judge_client *c, const struct addr *within);

/* Begins to tell names that have this beginning; NAMES_MAX of them at most. */
void client_answer_names(struct judge_client *c, enum names what, struct span beginning);

/* Goes on with a walk: as much as the queue takes without growing large. */
void client_walk_on(struct judge_client *c);

/* --- judge_requests.c --- */

/* Takes one frame of a command and answers it, or begins to. False when it is none. */
NODISCARD bool client_take(struct judge_client *c, const struct wire_frame *f);
