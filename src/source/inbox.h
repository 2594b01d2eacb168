/* inbox: a socket for syslog datagrams (AF_UNIX or UDP), bound by somebody who outlives
 * the reader.
 *
 * A datagram stays in the socket until it is taken, and carries the time at which the
 * kernel queued it: its name. So a reader killed at any moment loses and doubles nothing:
 *
 *     inbox_resume(in, committed);             // once: the last stamp that was committed
 *     while (inbox_peek(in, &datagram, &stamp_ns) == INBOX_DATAGRAM) {
 *         ...                                  // process; hand over what it made, with
 *                                              // stamp_ns, to whoever commits both
 *         inbox_take(in);                      // only then
 *     }
 *
 * Killed before the handing over, it sees the datagram again and nobody has; killed after
 * it, inbox_resume() knows the stamp. A stamp must be committed only for datagrams that
 * made something. Only one process may read the socket.
 */
#pragma once

#include "base/addr.h"

enum { INBOX_BYTES_MAX = 64 << 10 };

enum inbox_outcome {
    INBOX_EMPTY,
    INBOX_DATAGRAM,
    INBOX_FAILED, /* system failure, in `error` */
};

struct inbox_counts {
    uint64_t datagrams;  /* taken, duplicates not counted */
    uint64_t cut;        /* of them, longer than INBOX_BYTES_MAX */
    uint64_t duplicates; /* taken by inbox_resume() */
    uint64_t refused;    /* taken by inbox_refuse() */
};

struct inbox {
    int fd;
    int error;          /* of the last INBOX_FAILED: negative errno */
    bool is_cut;        /* the datagram seen last was longer */
    struct addr sender; /* of the datagram seen last; family 0: of this machine */
    char *bytes;        /* INBOX_BYTES_MAX of them */
    struct inbox_counts counts;
};

/* Makes the kernel stamp what comes in from now on. For whoever binds the socket, before
 * bind(): what is queued without a stamp gets that of the first look at it. 0, or a
 * negative errno. */
NODISCARD int inbox_prepare(int fd);

/* Takes a bound, prepared socket. */
void inbox_init(struct inbox *in, int fd);

/* Closes the descriptor (the socket lives on with its other owner) and frees the memory;
 * a zeroed inbox is legal. */
void inbox_fini(struct inbox *in);

/* The first datagram in the socket, at most INBOX_BYTES_MAX bytes of it, borrowed until
 * the next call, and its stamp: wall-clock nanoseconds, 0 when there is none. It may be
 * empty; newlines inside it are blanks (source/one_line.h). Descriptors that a sender
 * attached are closed. Does not wait. */
NODISCARD enum inbox_outcome inbox_peek(struct inbox *in, struct span *datagram,
                                        int64_t *stamp_ns);

/* Removes the datagram seen by inbox_peek(). 0, or a negative errno (-EAGAIN: somebody
 * else has taken it). */
NODISCARD int inbox_take(struct inbox *in);

/* The same for one that nobody wants: it is not counted as taken. */
NODISCARD int inbox_refuse(struct inbox *in);

/* After a restart: removes the first datagram if its stamp is the one committed last (0:
 * none was). 0, or a negative errno. */
NODISCARD int inbox_resume(struct inbox *in, int64_t stamp_ns);
