/* chan: one end of a SOCK_SEQPACKET socket that carries packets of frames, and
 * descriptors.
 *
 * A packet arrives whole or not at all. Sending never blocks; receiving never blocks.
 */
#pragma once

#include "wire/wire.h"

enum { CHAN_FDS_MAX = 1 }; /* descriptors one packet may carry */

enum chan_got {
    CHAN_PACKET, /* a packet is there */
    CHAN_EMPTY,  /* none now */
    CHAN_CLOSED, /* the other end is gone and everything it sent was read */
    CHAN_BAD,    /* too long, too many descriptors, or a failing socket */
};

struct chan {
    int fd;                       /* -1 when closed */
    char packet[WIRE_PACKET_MAX]; /* what chan_recv() read last */
};

/* Makes a connected pair, close-on-exec and non-blocking. 0, or a negative errno. */
NODISCARD int chan_pair(int fds[2]);

/* Sends one packet, with descriptor `passed` unless it is -1 (it stays open here). 0;
 * -EAGAIN when the socket is full: nothing was sent; another negative errno when the
 * other end is gone. */
NODISCARD int chan_send(int fd, struct span packet, int passed);

/* Receives one packet into c->packet; `*packet` borrows from it until the next call.
 * `*passed` is a received descriptor that the caller owns, or -1; pass NULL to refuse
 * descriptors. */
NODISCARD enum chan_got chan_recv(struct chan *c, struct span *packet, int *passed);
