/* The head of a request: what is read of the whole is read however it comes in, and what
 * is refused once stays refused. */
#include "base/mem.h"
#include "metrics/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    enum http_got whole = http_read(text), got = HTTP_MORE;
    struct buf out = {0};
    size_t step = size > 512 ? size / 64 : 1, n = 0;

    must(whole != HTTP_MORE || size < HTTP_HEAD_MAX);
    while (got == HTTP_MORE && n < size) {
        n = n + step < size ? n + step : size;
        got = http_read(span_head(text, n));
    }
    must(size == 0 || got == whole);
    if (whole != HTTP_MORE) {
        http_answer(whole, SPAN("komainu_panic 0\n"), &out);
        must(span_starts(buf_span(&out), SPAN("HTTP/1.1 ")));
    }
    buf_fini(&out);
    return 0;
}
