#include "gate/grey_dump.h"

#include <errno.h>
#include <unistd.h>

#include "base/ascii.h"

enum { BLOCK_BYTES = 65536 };

static bool
add_hex(struct buf *out, char high, char low)
{
    int a = ascii_hex(high), b = ascii_hex(low);

    if (a < 0 || b < 0)
        return false;
    buf_add_byte(out, (char)(a << 4 | b));
    return true;
}

static bool
read_hex(struct span text, struct buf *out)
{
    if (text.len % 2)
        return false;
    for (size_t i = 0; i < text.len; i += 2)
        if (!add_hex(out, text.ptr[i], text.ptr[i + 1]))
            return false;
    return true;
}

static bool
read_print(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\\') {
            buf_add_byte(out, text.ptr[i]);
        } else if (i + 1 < text.len && text.ptr[i + 1] == '\\') {
            buf_add_byte(out, '\\');
            i++;
        } else {
            if (i + 2 >= text.len || !add_hex(out, text.ptr[i + 1], text.ptr[i + 2]))
                return false;
            i += 2;
        }
    }
    return true;
}

/* The text behind the blank of a line. */
static bool
read_text(const struct grey_dump *d, struct span line, struct buf *out)
{
    buf_clear(out);
    if (line.len > GREY_DUMP_LINE_MAX || !span_take(&line, SPAN(" ")))
        return false;
    return d->is_print ? read_print(line, out) : read_hex(line, out);
}

static void
take_data(struct grey_dump *d, struct span line)
{
    if (!d->has_key) {
        d->is_key_broken = !read_text(d, line, &d->key);
        d->has_key = true;
        return;
    }
    d->has_key = false;
    if (d->is_key_broken || !read_text(d, line, &d->value))
        d->broken++;
    else
        d->fn(d->ctx, buf_span(&d->key), buf_span(&d->value));
}

/* What the head says beside the format (type, page size) does not matter here. */
static bool
take_head(struct grey_dump *d, struct span line)
{
    struct span name, value;

    if (line.len > GREY_DUMP_LINE_MAX || !span_cut(line, SPAN("="), &name, &value))
        return false;
    if (span_eq(name, SPAN("format"))) {
        d->is_print = span_eq(value, SPAN("print"));
        d->has_format = d->is_print || span_eq(value, SPAN("bytevalue"));
        return d->has_format;
    }
    if (!span_eq(name, SPAN("HEADER")))
        return true;
    d->is_in_data = d->has_format;
    return d->has_format;
}

bool
grey_dump_line(struct grey_dump *d, struct span line)
{
    if (d->has_ended)
        return true; /* a further database of the same file is none of postgrey's */
    if (!d->is_in_data)
        return take_head(d, line);
    if (span_eq(line, SPAN("DATA=END"))) {
        d->has_ended = true;
        d->broken += d->has_key;
        d->has_key = false;
        return true;
    }
    take_data(d, line);
    return true;
}

bool
grey_dump_is_whole(const struct grey_dump *d)
{
    return d->has_ended;
}

void
grey_dump_fini(struct grey_dump *d)
{
    buf_fini(&d->key);
    buf_fini(&d->value);
}

/* Takes the whole lines of `in`, and keeps the rest. False: it is no dump. */
static bool
take_lines(struct grey_dump *d, struct buf *in)
{
    ptrdiff_t end = span_find_last(buf_span(in), '\n');
    struct span lines = span_head(buf_span(in), (size_t)(end + 1)), line;

    while (span_line(&lines, &line))
        if (!grey_dump_line(d, line))
            return false;
    if (end >= 0) {
        memmove(in->ptr, in->ptr + end + 1, in->len - (size_t)end - 1);
        buf_truncate(in, in->len - (size_t)end - 1);
    }
    return !in->is_cut;
}

int
grey_dump_read(struct grey_dump *d, int fd)
{
    struct buf in = buf_bounded((size_t)4 * BLOCK_BYTES);
    char block[BLOCK_BYTES];
    ssize_t n;
    int err = 0;

    while (!err && (n = read(fd, block, sizeof(block))) != 0) {
        if (n < 0)
            err = -errno;
        else
            buf_add(&in, (struct span){block, (size_t)n});
        if (!err && !take_lines(d, &in))
            err = -EBADMSG;
    }
    buf_fini(&in);
    return err || grey_dump_is_whole(d) ? err : -EBADMSG;
}
