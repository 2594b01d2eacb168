/* buf: text that we build.
 *
 * A buf grows up to its limit; what would exceed it is cut off and `is_cut` stays true (a
 * sticky flag to test once, at the end). It is always NUL-terminated when it holds
 * memory. A zeroed buf is valid: empty, with the default limit. buf_fini() of a zeroed
 * buf is legal.
 *
 *     struct buf b = {0};
 *     buf_printf(&b, "ban address=%s", text);
 *     buf_json(&b, log_text);          // foreign bytes, quoted and escaped
 *     write(fd, b.ptr, b.len);
 *     buf_fini(&b);
 */
#pragma once

#include "base/span.h"

#define BUF_LIMIT_DEFAULT ((size_t)16 << 20)

struct buf {
    char *ptr;    /* NULL or NUL-terminated */
    size_t len;   /* bytes without the NUL */
    size_t room;  /* bytes allocated */
    size_t limit; /* most bytes it may hold; 0 means BUF_LIMIT_DEFAULT */
    bool is_cut;  /* something did not fit */
};

/* An empty buf that will hold at most `limit` bytes. */
struct buf buf_bounded(size_t limit);

/* Frees the memory and zeroes the buf. */
void buf_fini(struct buf *b);

/* Empties the buf and clears `is_cut`; keeps the memory. */
void buf_clear(struct buf *b);

/* What the buf holds now; valid until the next call that changes it. */
struct span buf_span(const struct buf *b);

/* Appends `n` in decimal. */
void buf_add_u64(struct buf *b, uint64_t n);

/* Appends bytes. */
void buf_add(struct buf *b, struct span s);

/* Appends one byte. */
void buf_add_byte(struct buf *b, char c);

/* Appends a C string. */
void buf_add_text(struct buf *b, const char *text);

/* Appends formatted text of our own. */
void buf_printf(struct buf *b, const char *format, ...) PRINTF(2, 3);

/* Appends foreign bytes as a JSON string with its quotes (RFC 8259): control bytes as
 * \u00XX, and bytes that are no valid UTF-8 (RFC 3629) as U+FFFD. */
void buf_json(struct buf *b, struct span s);

/* Appends foreign bytes for a terminal or a log line: printable UTF-8 as it is, control
 * bytes (C0, DEL, C1) and invalid UTF-8 as \xXX, the backslash doubled. */
void buf_escaped(struct buf *b, struct span s);

/* How many bytes of well-formed UTF-8 (RFC 3629) begin `s`, which is not empty; 0: none.
 */
size_t buf_utf8_len(struct span s);

/* Removes the bytes from `len` on; `len` is at most b->len. */
void buf_truncate(struct buf *b, size_t len);

/* Hands the memory over to the caller, who frees it with mem_free(); the buf is zeroed.
 * Never NULL: an empty buf gives "". */
NODISCARD char *buf_detach(struct buf *b);
