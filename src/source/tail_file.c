#include "source/tail_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

/* NULs in a row that are rather left out than read. */
enum { HOLE_BYTES = 4096 };

/* Constant: fingerprints are kept over restarts, and compared only with each other. */
static const struct hash_key print_key = {0x6b6f6d61696e7531, 0x66696e6765727072};

int
tail_file_take(int fd, struct tail_file *out)
{
    struct stat st;
    int e = 0;

    if (fstat(fd, &st) < 0)
        e = -errno;
    else if (!S_ISREG(st.st_mode))
        e = -EINVAL;
    if (e < 0) {
        (void)close(fd); /* nothing was written through it */
        return e;
    }
    *out = (struct tail_file){
        .fd = fd, .place = {.device = (uint64_t)st.st_dev, .inode = (uint64_t)st.st_ino}};
    tail_file_rewind(out);
    return 0;
}

void
tail_file_close(struct tail_file *f)
{
    (void)close(f->fd); /* nothing was written through it */
    f->fd = -1;
}

void
tail_file_rewind(struct tail_file *f)
{
    f->scanned = f->place.offset = 0;
    f->place.fingerprint_len = 0;
    f->place.fingerprint = hash_bytes(print_key, "", 0);
}

void
tail_file_seek(struct tail_file *f, const struct tail_place *place)
{
    f->scanned = f->place.offset = place->offset;
    f->place.fingerprint = place->fingerprint;
    f->place.fingerprint_len = place->fingerprint_len;
}

bool
tail_file_is(const struct tail_file *f, const struct tail_place *place)
{
    return f->place.inode == place->inode && f->place.device == place->device;
}

int
tail_file_stat(const struct tail_file *f, uint64_t *size, int64_t *mtime_ns)
{
    struct stat st;

    if (fstat(f->fd, &st) < 0)
        return -errno;
    *size = (uint64_t)st.st_size;
    *mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    return 0;
}

/* Up to `len` bytes at `offset`; fewer only at the end of the file. Bytes read, or a
 * negative errno. */
static ssize_t
read_at(const struct tail_file *f, char *dst, size_t len, uint64_t offset)
{
    size_t got = 0;
    ssize_t n;

    while (got < len) {
        n = pread(f->fd, dst + got, len - got, (off_t)(offset + got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

ssize_t
tail_file_peek(const struct tail_file *f, struct tail_buffer *b, size_t want,
               uint64_t offset)
{
    return read_at(f, b->bytes, want < sizeof(b->bytes) ? want : sizeof(b->bytes),
                   offset);
}

void
tail_file_begin_at(struct tail_file *f, uint64_t offset)
{
    f->place.offset = f->scanned = offset;
}

bool
tail_file_begins(const struct tail_file *f, const struct tail_place *place)
{
    char first[TAIL_PRINT_MAX];
    size_t len = place->fingerprint_len;

    return len <= sizeof(first) && read_at(f, first, len, 0) == (ssize_t)len &&
           hash_bytes(print_key, first, len) == place->fingerprint;
}

bool
tail_file_holds(const struct tail_file *f, const struct tail_place *place)
{
    uint64_t size = 0;
    int64_t mtime_ns;

    return tail_file_stat(f, &size, &mtime_ns) == 0 && size >= place->offset &&
           tail_file_begins(f, place);
}

/* The offset behind the first newline at or behind `from`, or `from` when there is none.
 */
static uint64_t
line_after(const struct tail_file *f, struct tail_buffer *b, uint64_t from)
{
    uint64_t at = from;
    const char *newline;
    ssize_t n;

    while ((n = read_at(f, b->bytes, sizeof(b->bytes), at)) > 0) {
        newline = memchr(b->bytes, '\n', (size_t)n);
        if (newline)
            return at + (uint64_t)(newline - b->bytes) + 1;
        at += (uint64_t)n;
    }
    return from;
}

void
tail_file_seek_back(struct tail_file *f, struct tail_buffer *b, uint64_t back_bytes)
{
    uint64_t size = 0, from, low;
    int64_t mtime_ns;
    const char *newline;
    ssize_t n;

    tail_file_rewind(f);
    if (tail_file_stat(f, &size, &mtime_ns) < 0 || size <= back_bytes)
        return; /* what fails here fails again, and is told, when it is read */
    from = size - back_bytes;
    low = from > TAIL_LINE_MAX ? from - TAIL_LINE_MAX : 0;
    n = read_at(f, b->bytes, (size_t)(from - low), low);
    newline = n > 0 ? memrchr(b->bytes, '\n', (size_t)n) : NULL;
    if (newline)
        f->place.offset = low + (uint64_t)(newline - b->bytes) + 1;
    else if (low > 0)
        f->place.offset = line_after(f, b, from);
    f->scanned = f->place.offset;
}

/* Whether the file is still the one that was read, and its size; takes more of its first
 * bytes into the fingerprint as they come. TAIL_AGAIN when it is. */
static enum tail_outcome
check_beginning(struct tail_file *f, uint64_t *size)
{
    char first[TAIL_PRINT_MAX];
    struct tail_place *place = &f->place;
    int64_t mtime_ns;
    ssize_t n;

    f->error = tail_file_stat(f, size, &mtime_ns);
    if (f->error < 0)
        return TAIL_FAILED;
    if (*size < f->scanned || *size < place->fingerprint_len)
        return TAIL_TRUNCATED;
    n = read_at(f, first, *size < sizeof(first) ? (size_t)*size : sizeof(first), 0);
    if (n < 0) {
        f->error = (int)n;
        return TAIL_FAILED;
    }
    if (n < place->fingerprint_len ||
        hash_bytes(print_key, first, place->fingerprint_len) != place->fingerprint)
        return TAIL_TRUNCATED;
    if (n > place->fingerprint_len) {
        place->fingerprint = hash_bytes(print_key, first, (size_t)n);
        place->fingerprint_len = (uint16_t)n;
    }
    return TAIL_AGAIN;
}

/* Skips the NULs that begin the `len` bytes just read. When they are all there is, the
 * hole they belong to may be large: the file system knows where it ends. */
static enum tail_outcome
skip_nuls(struct tail_file *f, const char *bytes, size_t len, uint64_t size)
{
    size_t nuls = 0;
    uint64_t at;
    off_t data;

    while (nuls < len && bytes[nuls] == '\0')
        nuls++;
    at = f->place.offset + nuls;
    if (nuls == len) {
        data = lseek(f->fd, (off_t)at, SEEK_DATA);
        if (data >= 0 && (uint64_t)data > at)
            at = (uint64_t)data;
        else if (data < 0 && errno == ENXIO && size > at)
            at = size; /* a hole up to the end; other failures: no knowledge of holes */
    }
    f->place.offset = f->scanned = at;
    return TAIL_AGAIN;
}

/* Where the first line that is too long begins in these whole lines, or `len`. */
static size_t
find_long(const char *bytes, size_t len)
{
    size_t at = 0;
    const char *newline;

    while (len - at > TAIL_LINE_MAX) {
        newline = memrchr(bytes + at, '\n', TAIL_LINE_MAX + 1);
        if (!newline)
            return at;
        at = (size_t)(newline - bytes) + 1;
    }
    return len;
}

/* Makes the NULs in front of lines empty lines, so that a log full of them costs no more
 * than any other: the first `len` bytes are whole lines, and the first one begins
 * otherwise. Where a hole is that is worth to be skipped, or `len`. */
static size_t
fill_holes(struct tail_buffer *b, size_t len)
{
    char *bytes = b->bytes;
    const char *nul = memchr(bytes, '\0', len);
    size_t at, end;

    while (nul) {
        at = end = (size_t)(nul - bytes);
        while (bytes[end] == '\0') /* a newline stands behind them */
            end++;
        if (bytes[at - 1] == '\n' && end - at >= HOLE_BYTES)
            return at;
        if (bytes[at - 1] == '\n')
            memset(bytes + at, '\n', end - at);
        nul = memchr(bytes + end, '\0', len - end);
    }
    return len;
}

/* Fills *chunk with `len` bytes of the buffer and moves on to `end`. */
static enum tail_outcome
deliver(struct tail_file *f, struct tail_buffer *b, size_t len, uint64_t end,
        struct tail_chunk *chunk)
{
    *chunk = (struct tail_chunk){.lines = {b->bytes, len},
                                 .offset = f->place.offset,
                                 .end = end,
                                 .is_cut = end - f->place.offset > len};
    f->place.offset = f->scanned = end;
    return TAIL_LINES;
}

/* No newline up to here: the next look begins there. */
static enum tail_outcome
searched(struct tail_file *f, uint64_t from, size_t len)
{
    f->scanned = from + len;
    return len == TAIL_READ_MAX ? TAIL_AGAIN : TAIL_IDLE;
}

/* Looks for the end of a line whose beginning has been searched before. TAIL_LINES: it is
 * there, at *end; the line has still to be read. */
static enum tail_outcome
find_end(struct tail_file *f, struct tail_buffer *b, uint64_t *end)
{
    ssize_t n = read_at(f, b->bytes, sizeof(b->bytes), f->scanned);
    const char *newline;

    if (n < 0) {
        f->error = (int)n;
        return TAIL_FAILED;
    }
    newline = memchr(b->bytes, '\n', (size_t)n);
    if (!newline)
        return searched(f, f->scanned, (size_t)n);
    *end = f->scanned + (uint64_t)(newline - b->bytes) + 1;
    return TAIL_LINES;
}

/* The whole lines among the `len` bytes just read at f->place.offset. */
static enum tail_outcome
whole_lines(struct tail_file *f, struct tail_buffer *b, size_t len,
            struct tail_chunk *chunk)
{
    uint64_t start = f->place.offset;
    ptrdiff_t newline = span_find_last((struct span){b->bytes, len}, '\n');
    size_t whole;

    if (newline < 0)
        return searched(f, start, len);
    whole = fill_holes(b, (size_t)newline + 1);
    whole = find_long(b->bytes, whole);
    if (whole > 0)
        return deliver(f, b, whole, start + whole, chunk);
    newline = span_find_byte((struct span){b->bytes, len}, '\n');
    return deliver(f, b, TAIL_LINE_MAX, start + (uint64_t)newline + 1, chunk);
}

enum tail_outcome
tail_file_read(struct tail_file *f, struct tail_buffer *b, struct tail_chunk *chunk)
{
    enum tail_outcome outcome;
    uint64_t size = 0, end = 0;
    size_t want = TAIL_READ_MAX;
    ssize_t n;

    outcome = check_beginning(f, &size);
    if (outcome != TAIL_AGAIN)
        return outcome;
    if (size == f->scanned)
        return TAIL_IDLE;

    if (f->scanned > f->place.offset) {
        outcome = find_end(f, b, &end);
        if (outcome != TAIL_LINES)
            return outcome;
        if (end - f->place.offset > TAIL_LINE_MAX + 1)
            want = TAIL_LINE_MAX;
    }
    n = read_at(f, b->bytes, want, f->place.offset);
    if (n < 0) {
        f->error = (int)n;
        return TAIL_FAILED;
    }
    if (n == 0)
        return TAIL_IDLE;
    if (want == TAIL_LINE_MAX) {
        if (n < TAIL_LINE_MAX)
            return TAIL_AGAIN; /* shrunk since: the next call sees it */
        return deliver(f, b, TAIL_LINE_MAX, end, chunk);
    }
    if (b->bytes[0] == '\0')
        return skip_nuls(f, b->bytes, (size_t)n, size);
    return whole_lines(f, b, (size_t)n, chunk);
}
