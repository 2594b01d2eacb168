/* frames_out: whole frames that wait for a neighbour that does not read yet.
 *
 *     frames_out_flush(&o, chan.fd, WIRE_GATE_TO_SHARE)    // at the end of a round
 */
#pragma once

#include "wire/chan.h"

struct frames_out {
    struct buf waiting; /* the caller appends with wire_put_...() */
    size_t sent;        /* bytes of it that are */
};

/* How many bytes wait. */
size_t frames_out_len(const struct frames_out *o);

/* Sends what the socket takes, in packets of whole frames of `channel`. 0: all was sent;
 * -EAGAIN: the rest waits; another negative errno: the neighbour is gone, and what waited
 * is dropped. */
NODISCARD int frames_out_flush(struct frames_out *o, int fd, enum wire_channel channel);

/* Drops what waits. */
void frames_out_clear(struct frames_out *o);

/* Frees all; a zeroed one is legal. */
void frames_out_fini(struct frames_out *o);
