/* addr_parse_prefix(): what it takes is written back to a text that it takes as the same
 * thing. */
#include "base/addr.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[ADDR_TEXT_MAX];
    struct addr a, b;

    if (!addr_parse_prefix((struct span){(const char *)data, size}, &a))
        return 0;
    must(addr_parse_prefix(span_of(addr_text(&a, text)), &b));
    must(addr_eq(&a, &b));
    return 0;
}
