/* buf_json() and buf_escaped(): no control byte gets through, whatever goes in. */
#include "base/buf.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_printable(const struct buf *b)
{
    for (size_t i = 0; i < b->len; i++) {
        must((unsigned char)b->ptr[i] >= 0x20);
        must((unsigned char)b->ptr[i] != 0x7F);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span s = {(const char *)data, size};
    struct buf b = {0};

    buf_json(&b, s);
    check_printable(&b);
    buf_clear(&b);
    buf_escaped(&b, s);
    if (b.len)
        check_printable(&b);
    buf_fini(&b);
    return 0;
}
