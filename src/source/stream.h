/* stream: the messages in the bytes of a syslog connection (RFC 6587).
 *
 * Each message is framed on its own: by a count of its bytes in front, when it begins
 * with a number and a blank (3.4.1), else by the newline behind it (3.4.2). Line ends
 * between counted messages are passed over.
 *
 *     size_t room;
 *     char *dst = stream_room(&s, &room);
 *     stream_fed(&s, (size_t)recv(fd, dst, room, 0));
 *     while ((outcome = stream_next(&s, &message)) == STREAM_MESSAGE)
 *         ...
 *
 * Memory: STREAM_BYTES_MAX from the first byte on. A message costs no more than its
 * bytes, however small the pieces are in which they come.
 */
#pragma once

#include "base/span.h"

enum {
    STREAM_MESSAGE_MAX = 16 << 10,               /* bytes kept of a message */
    STREAM_BYTES_MAX = STREAM_MESSAGE_MAX + 512, /* with its frame */
    STREAM_COUNT_MAX = 1 << 24,                  /* the largest count */
};

enum stream_outcome {
    STREAM_MORE,    /* no whole message yet */
    STREAM_MESSAGE, /* *message is one */
    STREAM_BROKEN,  /* a count that is none: where the next message begins is unknown */
};

/* Zeroed: a connection without bytes. */
struct stream {
    char *bytes;       /* STREAM_BYTES_MAX of them, or NULL */
    size_t start, len; /* what is not done: [start, len) */
    size_t scanned;    /* no newline in [start, scanned) */
    uint64_t skip;     /* bytes of a counted message that are not kept */
    bool is_skipping;  /* passing over the rest of a line that is too long */
    uint64_t cut;      /* messages longer than STREAM_MESSAGE_MAX */
};

/* Frees the memory and zeroes. */
void stream_fini(struct stream *s);

/* Where to put what is received; `*room` is at least 1 after stream_next() has said
 * STREAM_MORE. */
char *stream_room(struct stream *s, size_t *room);

/* So many bytes were put there. */
void stream_fed(struct stream *s, size_t n);

/* The next message, without its frame and line end; borrowed until the next call of any
 * of these. May be empty; newlines inside it are blanks (source/one_line.h). */
NODISCARD enum stream_outcome stream_next(struct stream *s, struct span *message);

/* The other end is closed: what is left is a last line without newline. False when
 * nothing is. */
NODISCARD bool stream_last(struct stream *s, struct span *message);
