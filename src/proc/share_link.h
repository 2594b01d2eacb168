/* share_link: one connection to Redis: bytes out, whole replies in. What they mean is the
 * owner's (share_stream.h).
 *
 * The socket is made and connected by the role itself, again and again, behind its
 * sandbox. What waits to be sent is bounded by who sends; a reply that is none, or too
 * long, ends the connection.
 */
#pragma once

#include "base/loop.h"
#include "conf/config_gate.h"
#include "share/resp.h"

struct share_link;

/* A whole reply. It may close the link. */
typedef void share_reply_fn(void *ctx, struct share_link *l, struct span reply);

/* The connection is gone, and closed; `why` is ours or the system's word. */
typedef void share_lost_fn(void *ctx, struct share_link *l, const char *why);

struct share_link {
    struct loop *loop; /* these are set by the owner and stay */
    const struct config_gate_listen *where;
    share_reply_fn *on_reply;
    share_lost_fn *on_lost;
    void *ctx;
    bool is_open; /* or being connected */
    bool is_bad;  /* what came last was no reply, or too long a one */
    struct loop_fd watch;
    struct buf in, out;
    size_t sent; /* bytes of `out` that are */
    struct resp_scan scan;
};

/* Begins to connect. 0, or a negative errno: nothing is open. */
NODISCARD int share_link_open(struct share_link *l);

/* Closes it, without a word to the owner; one that is closed is legal. */
void share_link_close(struct share_link *l);

/* Appends a command; share_link_flush() sends it. */
void share_link_add(struct share_link *l, const struct span *words, size_t count);

/* Sends what the socket takes. The link may be lost. */
void share_link_flush(struct share_link *l);

/* How many bytes wait to be sent. */
size_t share_link_waiting(const struct share_link *l);
