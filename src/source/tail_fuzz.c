/* tail_read(): whatever is written, in whatever pieces, comes out as its lines, once and
 * in order: without leading NULs, the long ones cut.
 *
 * Input: 0xff: read what is there; 0xfe: write 20,000 bytes; 0xfd: leave a hole of 5,000
 * bytes; else the byte itself is written. */
#include "source/tail.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

enum { TEXT_MAX = 1 << 20, RUN_BYTES = 20000, HOLE_BYTES = 5000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
    int fd;
    char *text;          /* all that was written */
    size_t len, flushed; /* of it: written to the file */
    size_t done;         /* of it: delivered */
    struct tail tail;
    struct tail_buffer buffer;
};

/* The next line of the text, as it should come. False when none is finished. */
static bool
expected_line(struct fuzz *f, struct span *line, size_t *end)
{
    const char *at = f->text + f->done, *stop = f->text + f->flushed, *newline;

    while (at < stop && *at == '\0')
        at++;
    newline = memchr(at, '\n', (size_t)(stop - at));
    if (!newline)
        return false;
    *line = span_head(span_between(at, newline), TAIL_LINE_MAX);
    *end = (size_t)(newline - f->text) + 1;
    return true;
}

static void
check_chunk(struct fuzz *f, const struct tail_chunk *chunk)
{
    struct span lines = chunk->lines, line, expected;
    size_t end = 0;

    /* What was skipped before the chunk. */
    while (f->done < chunk->offset)
        must(f->text[f->done++] == '\0');
    must(chunk->is_cut || (lines.len > 0 && lines.ptr[lines.len - 1] == '\n'));
    while (span_line(&lines, &line)) {
        if (line.len == 0 && f->done < f->flushed && f->text[f->done] == '\0') {
            f->done++; /* a NUL in front of a line may come as an empty one */
            continue;
        }
        must(expected_line(f, &expected, &end));
        must(span_eq(line, expected));
        f->done = end;
    }
    must(f->done == chunk->end);
}

static void
read_all(struct fuzz *f)
{
    enum tail_outcome outcome;
    struct tail_chunk chunk;
    struct span line;
    size_t end;

    if (f->len > f->flushed)
        must(pwrite(f->fd, f->text + f->flushed, f->len - f->flushed,
                    (off_t)f->flushed) == (ssize_t)(f->len - f->flushed));
    f->flushed = f->len;
    do {
        outcome = tail_read(&f->tail, &f->buffer, &chunk);
        must(outcome == TAIL_LINES || outcome == TAIL_AGAIN || outcome == TAIL_IDLE);
        if (outcome == TAIL_LINES)
            check_chunk(f, &chunk);
    } while (outcome != TAIL_IDLE);
    must(!expected_line(f, &line, &end));
}

/* Bytes that are not written to the file: a hole. */
static void
leave_hole(struct fuzz *f)
{
    read_all(f);
    f->len += HOLE_BYTES;
    f->flushed = f->len;
    must(ftruncate(f->fd, (off_t)f->len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz *f = mem_zalloc(1, sizeof(*f));
    int kind;

    f->fd = memfd_create("tail", MFD_CLOEXEC);
    f->text = mem_zalloc(1, TEXT_MAX);
    must(f->fd >= 0 && tail_offer(&f->tail, dup(f->fd), false) == 0);
    (void)tail_begin(&f->tail, &f->buffer, NULL, &(struct seek){0});
    for (size_t i = 0; i < size && f->len + RUN_BYTES < TEXT_MAX; i++) {
        kind = data[i];
        if (kind == 0xff) {
            read_all(f);
        } else if (kind == 0xfe) {
            memset(f->text + f->len, 'x', RUN_BYTES);
            f->len += RUN_BYTES;
        } else if (kind == 0xfd) {
            leave_hole(f);
        } else {
            f->text[f->len++] = (char)kind;
        }
    }
    read_all(f);
    tail_fini(&f->tail);
    (void)close(f->fd);
    mem_free(f->text);
    mem_free(f);
    return 0;
}
