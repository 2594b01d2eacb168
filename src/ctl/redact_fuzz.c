/* Any text: what is left of it, is left of that again. */
#include "base/mem.h"
#include "ctl/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf once = {0}, twice = {0};
    struct redact r;

    redact_init(&r, SPAN("mx1"));
    redact_add(&r, (struct span){(const char *)data, size}, &once);
    redact_add(&r, buf_span(&once), &twice);
    must(span_eq(buf_span(&once), buf_span(&twice)));
    redact_fini(&r);
    buf_fini(&once);
    buf_fini(&twice);
    return 0;
}
