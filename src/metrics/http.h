/* http: as much of HTTP/1.x as a scraper needs: GET or HEAD of /metrics, one request a
 * connection, no body. Whatever else comes is refused; nothing is guessed.
 *
 *     got = http_read(buf_span(&in));
 *     if (got != HTTP_MORE)
 *         http_answer(got, got == HTTP_GET || got == HTTP_HEAD ? text : none, &out);
 */
#pragma once

#include "base/buf.h"

enum { HTTP_HEAD_MAX = 4096 };

enum http_got {
    HTTP_MORE, /* right so far, and not at its end */
    HTTP_GET,
    HTTP_HEAD,
    HTTP_BAD,         /* no request, one with a body, or longer than HTTP_HEAD_MAX */
    HTTP_NOT_FOUND,   /* of something else */
    HTTP_NOT_ALLOWED, /* another method */
};

/* Reads the beginning of a connection (RFC 9112): a request line and fields, each with CR
 * LF behind it. What is behind the empty line is not looked at. Foreign bytes. O(bytes).
 */
NODISCARD enum http_got http_read(struct span text);

/* Appends the answer to what was read, but HTTP_MORE: `body` is that of GET; of HEAD its
 * length is told. */
void http_answer(enum http_got got, struct span body, struct buf *out);
