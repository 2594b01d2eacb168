/* to_judge: the socket to judge of a role that does nothing but what judge asks for.
 *
 * komainud hands it over, and a new one when judge was started anew. What is read from it
 * in one turn is bounded. The process ends, with a message, when a frame cannot be from
 * judge.
 */
#pragma once

#include "role.h"

/* One well-formed frame of the channel. It may lose judge. */
typedef void from_judge_fn(struct role *r, const struct wire_frame *frame);

struct to_judge {
    struct role *role; /* borrowed */
    enum wire_channel channel;
    from_judge_fn *on_frame;
    struct chan chan; /* fd -1: no judge */
    struct loop_fd watch;
    uint64_t judges; /* that came so far */
};

/* No judge yet; `fn` is called for each frame of `channel`. */
void to_judge_init(struct to_judge *t, struct role *role, enum wire_channel channel,
                   from_judge_fn *fn);

/* Takes over the socket that komainud's frame brings, in place of the one before. Ends
 * the process when the frame brings none. */
void to_judge_take(struct to_judge *t, const struct wire_frame *f, int passed);

/* Sends one packet, and waits 5 s at most for a judge that does not read. One that is
 * gone or stuck is lost; without a judge nothing happens. */
void to_judge_send(struct to_judge *t, struct span packet);
