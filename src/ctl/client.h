/* client: one question to the running guard, over its control socket.
 *
 * Everything that can go wrong is said in words to `error`, with what to do next, and
 * comes back as the exit code of the command.
 */
#pragma once

#include "ctl/answer.h"
#include "wire/chan.h"

enum { CLIENT_TIMEOUT_MS = 10000 };

enum ctl_exit {
    CTL_DONE = 0,
    CTL_NO_MATCH = 1,    /* nothing matched, nothing changed */
    CTL_USAGE = 2,       /* wrong use, or a bad address */
    CTL_NOT_RUNNING = 3, /* no guard there */
    CTL_REFUSED = 4,     /* no permission, or a protected address */
    CTL_INTERNAL = 5
};

struct client {
    struct chan chan;
    int timeout_ms; /* most to wait for a packet; negative waits for ever */
};

/* Connects to the control socket at `path`. CTL_DONE: the caller ends with client_fini().
 * Otherwise nothing is open. */
NODISCARD enum ctl_exit client_init(struct client *c, const char *path, int timeout_ms,
                                    struct buf *error);

/* Closes the connection. */
void client_fini(struct client *c);

/* Sends HELLO and `frame`, one ASK_* frame. */
NODISCARD enum ctl_exit client_ask(struct client *c, struct span frame,
                                   struct buf *error);

/* Sends one more packet of frames. */
NODISCARD enum ctl_exit client_send(struct client *c, struct span packet,
                                    struct buf *error);

/* Waits for one packet and takes it into `a`; CTL_DONE when it came, the answer's
 * is_ended says whether it was the last. */
NODISCARD enum ctl_exit client_receive(struct client *c, struct answer *a,
                                       struct buf *error);

/* The exit code of a complete answer; other than CTL_DONE, `error` gets judge's text. */
NODISCARD enum ctl_exit client_outcome(const struct answer *a, struct buf *error);
