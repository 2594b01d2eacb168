/* outbox: batches on their way to a receiver that acknowledges what it has committed.
 *
 * Every batch is one packet with a sequence number, one more than the batch before. It
 * stays here until it is acknowledged, and is sent again to a new receiver; so neither
 * the death of the receiver nor a full socket loses one. The receiver drops numbers that
 * it has committed already.
 *
 *     outbox_add(&o, packet);                       // takes the bytes
 *     e = outbox_flush(&o, fd);                     // sends what can be sent now
 *     ... ACK{seq} arrives: outbox_acknowledge(&o, seq);
 *     ... a new receiver says RESUME{seq}: outbox_rewind(&o, seq); outbox_flush(&o,
 * new_fd);
 */
#pragma once

#include "wire/wire.h"

struct outbox_packet {
    struct outbox_packet *next;
    uint64_t seq;
    size_t len;
    char bytes[];
};

struct outbox {
    struct outbox_packet *first, *last; /* not acknowledged yet, in order */
    struct outbox_packet *unsent; /* first of those not sent to the present receiver */
    uint64_t next_seq;            /* of the next batch; 0 until outbox_start() */
    size_t bytes, limit;
};

/* An empty outbox that is full at `limit` bytes; its first batch will be `last_seq` + 1.
 */
void outbox_start(struct outbox *o, uint64_t last_seq, size_t limit);

/* Frees all; a zeroed outbox is legal. */
void outbox_fini(struct outbox *o);

/* Whether the producer should stop: more than `limit` bytes wait. outbox_add() still
 * works. */
bool outbox_is_full(const struct outbox *o);

/* The number that the next outbox_add() will give: the packet carries it in its BATCH
 * frame. */
uint64_t outbox_next_seq(const struct outbox *o);

/* Appends a copy of `packet`. */
void outbox_add(struct outbox *o, struct span packet);

/* Sends what was not sent yet. 0 when all is sent, -EAGAIN when the socket is full,
 * another negative errno when the receiver is gone. */
NODISCARD int outbox_flush(struct outbox *o, int fd);

/* The receiver has committed everything up to `seq`. */
void outbox_acknowledge(struct outbox *o, uint64_t seq);

/* A new receiver has committed up to `seq`: forgets those, and sends all others again. */
void outbox_rewind(struct outbox *o, uint64_t seq);
