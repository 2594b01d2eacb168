/* tail_file: one open log file: which one it is, how far it is done, its whole lines.
 *
 * A file is known by device, inode and fingerprint: a hash of its first bytes, of as many
 * as it had when it was last read, at most TAIL_PRINT_MAX. Offsets are those of the bytes
 * in the file; nothing that is skipped changes how they count.
 *
 * What is read goes into a buffer that all tails share, one after another: a tail itself
 * holds no text. A line that is not finished yet is read again when it is; how far it was
 * searched for its end is remembered, so that it costs no more than its new bytes.
 */
#pragma once

#include <sys/types.h>

#include "base/span.h"

enum {
    TAIL_PRINT_MAX = 256,      /* bytes that a fingerprint covers at most */
    TAIL_LINE_MAX = 64 << 10,  /* bytes kept of a line, without its newline */
    TAIL_READ_MAX = 256 << 10, /* bytes read at once */
};

/* Which file, and how far it is done. Inode 0: no file. */
struct tail_place {
    uint64_t device, inode, fingerprint;
    uint16_t fingerprint_len;
    uint64_t offset; /* where the next line begins */
};

struct tail_buffer {
    char bytes[TAIL_READ_MAX];
};

/* Whole lines. `lines` is borrowed from the buffer, until the next read into it. */
struct tail_chunk {
    struct span lines; /* ends in a newline, unless is_cut */
    uint64_t offset;   /* of its first byte */
    uint64_t end;      /* where the next line begins */
    bool is_cut;       /* the first TAIL_LINE_MAX bytes of one longer line */
};

enum tail_outcome {
    TAIL_IDLE,      /* no whole line now */
    TAIL_LINES,     /* *chunk holds some */
    TAIL_AGAIN,     /* none yet, but there is more to look at: call again */
    TAIL_TRUNCATED, /* the file was emptied or begins otherwise */
    TAIL_FAILED,    /* system failure, in `error` */
    TAIL_NO_FILE,   /* (tail_read() only) no file has been offered */
};

struct tail_file {
    int fd;
    int error;               /* of the last TAIL_FAILED: negative errno */
    uint64_t scanned;        /* no newline in [place.offset, scanned) */
    struct tail_place place; /* offset: of the next line to deliver */
};

/* The file behind `fd`, at its beginning. Takes `fd`, and closes it on failure: negative
 * errno, -EINVAL when it is no regular file. */
NODISCARD int tail_file_take(int fd, struct tail_file *out);

/* Closes the descriptor; the place stays as it is. */
void tail_file_close(struct tail_file *f);

/* To the beginning, its first bytes unknown. */
void tail_file_rewind(struct tail_file *f);

/* To `place` (which the file holds), with its fingerprint. */
void tail_file_seek(struct tail_file *f, const struct tail_place *place);

/* To the line in which the last `back_bytes` begin; to the line behind it when it is
 * longer than TAIL_LINE_MAX. */
void tail_file_seek_back(struct tail_file *f, struct tail_buffer *b, uint64_t back_bytes);

/* To the line at `offset`. */
void tail_file_begin_at(struct tail_file *f, uint64_t offset);

/* Reads up to `want` bytes at `offset` into the buffer; fewer only at the end of the
 * file. Bytes read, or a negative errno. */
NODISCARD ssize_t tail_file_peek(const struct tail_file *f, struct tail_buffer *b,
                                 size_t want, uint64_t offset);

/* Whether both are the same inode. */
bool tail_file_is(const struct tail_file *f, const struct tail_place *place);

/* Whether the file begins as `place` says (false when it cannot be read). */
bool tail_file_begins(const struct tail_file *f, const struct tail_place *place);

/* The same, and it is as long as place->offset or longer. */
bool tail_file_holds(const struct tail_file *f, const struct tail_place *place);

/* Bytes in the file, and time of its last change. 0, or a negative errno. */
NODISCARD int tail_file_stat(const struct tail_file *f, uint64_t *size,
                             int64_t *mtime_ns);

/* The next whole lines: at most TAIL_READ_MAX bytes. A line longer than TAIL_LINE_MAX
 * comes alone, cut, and only when its newline has been written. NULs in front of a line
 * (what a writer that does not append leaves behind when its file is truncated) are
 * skipped, or come as empty lines, one each; those inside a line stay. After
 * TAIL_TRUNCATED the place is unchanged. */
NODISCARD enum tail_outcome tail_file_read(struct tail_file *f, struct tail_buffer *b,
                                           struct tail_chunk *chunk);
