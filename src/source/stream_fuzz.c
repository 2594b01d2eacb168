/* stream_next(): what comes out does not depend on the pieces in which the bytes come,
 * and is never longer than a message may be.
 *
 * Input: the first byte is the size of the pieces, the rest is what is received. */
#include "source/stream.h"

#include "base/buf.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* They stand at its end, if anywhere. */
static void
check_newlines(struct span message)
{
    ptrdiff_t at = span_find_byte(message, '\n');

    for (size_t i = at < 0 ? message.len : (size_t)at; i < message.len; i++)
        must(strchr("\r\n", message.ptr[i])); /* strchr() finds NUL too */
}

/* The messages, each behind a NUL and its length, and how it ended. */
static enum stream_outcome
play(struct span text, size_t piece, struct buf *out)
{
    enum stream_outcome outcome = STREAM_MORE;
    struct stream s = {0};
    struct span message;
    size_t room, n;
    char *dst;

    while (text.len && outcome != STREAM_BROKEN) {
        dst = stream_room(&s, &room);
        must(room > 0);
        n = piece < room ? piece : room;
        n = n < text.len ? n : text.len;
        memcpy(dst, text.ptr, n);
        stream_fed(&s, n);
        text = span_from(text, n);
        while ((outcome = stream_next(&s, &message)) == STREAM_MESSAGE) {
            must(message.len <= STREAM_MESSAGE_MAX);
            check_newlines(message);
            buf_printf(out, "%zu:", message.len);
            buf_add(out, message);
        }
    }
    if (outcome == STREAM_MORE && stream_last(&s, &message)) {
        buf_printf(out, "last %zu:", message.len);
        buf_add(out, message);
    }
    stream_fini(&s);
    return outcome;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct buf one = {0}, other = {0};

    if (size == 0)
        return 0;
    text = span_from(text, 1);
    must(play(text, 1 + data[0], &one) == play(text, SIZE_MAX, &other));
    must(span_eq(buf_span(&one), buf_span(&other)));
    buf_fini(&one);
    buf_fini(&other);
    return 0;
}
