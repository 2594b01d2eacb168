/* resp: what Redis and Valkey speak (RESP, version 2): commands as we send them, and
 * replies as they may come, from a server that may be anything.
 *
 * A reply is looked at in place, in the bytes that were received: resp_scan() says when
 * one is whole, resp_next() then takes it value by value. Nothing is allocated; a reply
 * of more than RESP_REPLY_MAX bytes, or deeper than RESP_DEPTH_MAX, is refused.
 *
 *     while (resp_scan(&s, received, &len) == RESP_GOT) {
 *         reply = span_head(received, len);
 *         (void)resp_next(&reply, &value);          // whole: cannot fail
 *         ...
 *     }
 */
#pragma once

#include "base/buf.h"

enum {
    RESP_REPLY_MAX = 4 << 20,
    RESP_DEPTH_MAX = 8,
    RESP_LINE_MAX = 4096, /* of a line of text, such as an error */
};

enum resp_type { RESP_TEXT, RESP_ERROR, RESP_NUMBER, RESP_BULK, RESP_ARRAY, RESP_NIL };

struct resp_value {
    enum resp_type type;
    struct span text; /* RESP_TEXT, RESP_ERROR, RESP_BULK; borrowed, any bytes */
    int64_t number;   /* RESP_NUMBER; of RESP_ARRAY, how many values follow */
};

enum resp_got {
    RESP_GOT,
    RESP_MORE, /* it is not all there */
    RESP_BAD,  /* not this protocol, or beyond a bound: give up the connection */
};

/* How far one reply was looked at; zeroed at the beginning of each. */
struct resp_scan {
    size_t at;
    unsigned depth;
    int64_t left[RESP_DEPTH_MAX]; /* values that an array still lacks */
};

/* Appends a command of so many words, of any bytes. */
void resp_command(struct buf *out, const struct span *words, size_t count);

/* Whether `bytes` begin with a whole reply, of `*len` bytes then; the next look may go on
 * with more bytes behind the same ones. O(new bytes). */
NODISCARD enum resp_got resp_scan(struct resp_scan *s, struct span bytes, size_t *len);

/* Takes one value off the front of `*rest`; of an array its head alone, the values that
 * are in it come next. */
NODISCARD enum resp_got resp_next(struct span *rest, struct resp_value *out);

/* Takes one value of a whole reply, an array with all that is in it. */
void resp_skip(struct span *rest);

/* The same for a value that must be a text or bulk; false: it is another one, and was
 * skipped. */
NODISCARD bool resp_text(struct span *rest, struct span *out);
