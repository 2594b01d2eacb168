/* nl: netlink by hand: messages built into a batch, sent, answered.
 *
 * A batch numbers its messages from 0; nl_transact() shifts the numbers to the socket's
 * own sequence, so a batch is the same bytes whenever it is built (nft_table hashes it).
 * What the kernel sends is cut by nl_next() and nl_attr_next(), which check every length.
 *
 *     struct nl_batch b = {0};
 *     nl_start(&b);
 *     nl_nft(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
 *     nl_attr_text(&b, NFTA_TABLE_NAME, "komainu");
 *     rc = nl_transact(&socket, &b, NULL, NULL);
 *     buf_fini(&b.bytes);
 */
#pragma once

#include "base/buf.h"

enum {
    NL_RECEIVE_BYTES =
        65536, /* most bytes of one datagram; the kernel's dumps use 32 KiB */
    NL_BATCH_BYTES = 4 << 20,
    NL_TEXT_MAX = 128,
    NL_TIMEOUT_MS = 2000, /* a request without an answer */
};

struct nl_socket {
    int fd; /* -1 when closed */
    uint32_t port;
    uint32_t seq;           /* of the next message */
    char text[NL_TEXT_MAX]; /* the kernel's words on the last error, printable, or "" */
    char *received;         /* NL_RECEIVE_BYTES */
};

struct nl_batch {
    struct buf bytes;
    uint32_t count; /* messages so far; the next one's number */
    size_t at;      /* where the last message begins */
};

struct nl_msg {
    uint16_t type, flags;
    uint32_t seq, port;
    struct span payload;
};

struct nl_attr {
    uint16_t type; /* without the flags of nested attributes */
    struct span value;
};

/* Called for each failed message of a batch: its number and a negative errno. */
typedef void nl_error_fn(void *ctx, uint32_t number, int error);

/* Called for each message of an answer. */
typedef void nl_answer_fn(void *ctx, const struct nl_msg *m);

/* Opens and binds a socket of `protocol` whose receives end after NL_TIMEOUT_MS. 0, or a
 * negative errno; then *s is closed. */
NODISCARD int nl_open(struct nl_socket *s, int protocol);

/* Closes; a zeroed or closed socket is legal. */
void nl_close(struct nl_socket *s);

/* Subscribes to a multicast group. 0, or a negative errno. */
NODISCARD int nl_join(struct nl_socket *s, int group);

/* Waits for one datagram of the kernel (is_waiting) or takes one that is there. `*bytes`
 * borrows until the next call. 0; -EAGAIN: none there; -ETIMEDOUT; -ENOBUFS: some were
 * lost; other negative errno. Datagrams of other senders are skipped. */
NODISCARD int nl_receive(struct nl_socket *s, bool is_waiting, struct span *bytes);

/* Sends a batch begun with nl_start() as one transaction and reads the answers. `fn` (may
 * be NULL) is told every message that failed. 0, or the first negative errno: then
 * nothing was changed. */
NODISCARD int nl_transact(struct nl_socket *s, struct nl_batch *b, nl_error_fn *fn,
                          void *ctx);

/* Sends the one message of `b` (made without nl_start()) and hands every message of the
 * answer to `fn` (may be NULL). 0, or a negative errno; -EINTR: a dump was disturbed. */
NODISCARD int nl_ask(struct nl_socket *s, struct nl_batch *b, nl_answer_fn *fn,
                     void *ctx);

/* Empties `b` and begins an nftables transaction. */
void nl_start(struct nl_batch *b);

/* Empties `b`, for a single message. */
void nl_clear(struct nl_batch *b);

/* Begins a message with a fixed header of `len` bytes. NLM_F_REQUEST is added. */
void nl_message(struct nl_batch *b, unsigned type, unsigned flags, const void *header,
                size_t len);

/* Begins an nf_tables message (NFT_MSG_...) of family inet. */
void nl_nft(struct nl_batch *b, unsigned message, unsigned flags);

/* Adds an attribute of `len` bytes to the last message. */
void nl_attr(struct nl_batch *b, unsigned type, const void *data, size_t len);

/* Adds an attribute that holds a text with its NUL. */
void nl_attr_text(struct nl_batch *b, unsigned type, const char *text);

/* Adds an attribute that holds a number of 32 bits, in network order. */
void nl_attr_be32(struct nl_batch *b, unsigned type, uint32_t value);

/* Adds an attribute that holds a number of 64 bits, in network order. */
void nl_attr_be64(struct nl_batch *b, unsigned type, uint64_t value);

/* Opens a nested attribute: the next ones go into it. Gives what nl_nest_end() wants. */
NODISCARD size_t nl_nest(struct nl_batch *b, unsigned type);

/* Closes the nested attribute that nl_nest() opened at `at`. */
void nl_nest_end(struct nl_batch *b, size_t at);

/* Takes the next message off a datagram; false at its end or at a broken length. */
NODISCARD bool nl_next(struct span *rest, struct nl_msg *m);

/* Takes the next attribute off a payload; false at its end or at a broken length. */
NODISCARD bool nl_attr_next(struct span *rest, struct nl_attr *a);

/* The attribute of `type` behind the first `skip` bytes; an empty span without one. */
struct span nl_attr_find(struct span payload, size_t skip, unsigned type);
