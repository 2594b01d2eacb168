/* protocol: fail2ban's messages on a stream: a pickle, then an end mark. Any number in a
 * connection; a message that is a close mark ends it.
 */
#pragma once

#include "compat/pickle.h"

#define PROTOCOL_END "<F2B_END_COMMAND>"
#define PROTOCOL_CLOSE "<F2B_CLOSE_COMMAND>"

/* What came on a stream and is no whole message yet. A zeroed one is empty. */
struct protocol_in {
    struct buf bytes;
    size_t taken;    /* of the message that was given out last */
    size_t searched; /* no end mark begins before */
};

enum protocol_got {
    PROTOCOL_MORE,     /* no whole message yet */
    PROTOCOL_MESSAGE,  /* one */
    PROTOCOL_ENDED,    /* the close mark: answers are not read any more */
    PROTOCOL_TOO_LONG, /* a message of more than PICKLE_BYTES_MAX: to be given up */
};

/* Frees all. */
void protocol_fini(struct protocol_in *p);

/* Takes bytes of the stream. */
void protocol_feed(struct protocol_in *p, struct span bytes);

/* The next message; it lives until the next call of any of these. Linear in what is
 * new. */
enum protocol_got protocol_next(struct protocol_in *p, struct span *message);

/* Appends a value as a message. */
void protocol_put(struct buf *out, const struct pickle_value *v);
