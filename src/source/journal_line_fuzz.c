/* Any fields make a line within its bounds, without a newline, whose parts are found
 * again; and any text with any shape is taken apart within itself. The input: two bytes
 * for each of host, tag and pid (their lengths), one for the kernel, and their bytes. */
#include "base/mem.h"
#include "source/journal_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span
cut(struct span *s, size_t n)
{
    struct span part = span_head(*s, n);

    *s = span_from(*s, part.len);
    return part;
}

static void
check_parts(struct span text, const struct journal_shape *shape)
{
    struct journal_parts p;

    if (!journal_parts(text, shape, &p))
        return;
    must(p.message.len == 0 || p.message.ptr + p.message.len == text.ptr + text.len);
    must(p.host.len + p.tag.len + p.pid.len + p.message.len <= text.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {(const char *)data, size};
    struct buf text = buf_bounded(JOURNAL_TEXT_MAX);
    struct journal_fields f = {0};
    struct journal_shape shape, lie;
    struct journal_parts p;

    if (size < 7)
        return 0;
    rest = span_from(rest, 7);
    lie = (struct journal_shape){.host = data[0] | (size_t)data[1] << 8,
                                 .tag = data[2] | (size_t)data[3] << 8,
                                 .pid = data[4] | (size_t)data[5] << 8,
                                 .message = data[6]};
    check_parts(rest, &lie);
    f.host = cut(&rest, lie.host);
    f.tag = data[6] & 1 ? SPAN("kernel") : cut(&rest, lie.tag);
    f.pid = cut(&rest, lie.pid);
    f.since_boot_us = (int64_t)(lie.tag << 40);
    f.message = rest;
    journal_line(&f, &text, &shape);
    must(text.len <= JOURNAL_TEXT_MAX);
    must(span_find_byte(buf_span(&text), '\n') < 0);
    must(journal_parts(buf_span(&text), &shape, &p));
    must(p.host.len == shape.host && p.tag.len == shape.tag && p.pid.len == shape.pid);
    buf_fini(&text);
    return 0;
}
