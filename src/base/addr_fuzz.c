/* addr_parse_prefix(): what it takes is written back to a text that it takes as the same
 * thing. addr_parse() takes what inet_pton() takes. */
#include <arpa/inet.h>

#include "base/addr.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
compare(struct span text)
{
    char cstr[ADDR_TEXT_MAX];
    struct addr ours, theirs = {0};
    uint8_t bytes[16];

    if (!span_cstr(text, cstr, sizeof(cstr))) {
        must(!addr_parse(text, &ours));
        return;
    }
    if (inet_pton(AF_INET, cstr, bytes) == 1)
        theirs = addr_from_bytes(4, bytes);
    else if (inet_pton(AF_INET6, cstr, bytes) == 1)
        theirs = addr_from_bytes(6, bytes);
    must(addr_parse(text, &ours) == (theirs.family != 0));
    must(!theirs.family || addr_eq(&ours, &theirs));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[ADDR_TEXT_MAX];
    struct addr a, b;

    compare((struct span){(const char *)data, size});
    if (!addr_parse_prefix((struct span){(const char *)data, size}, &a))
        return 0;
    must(addr_parse_prefix(span_of(addr_text(&a, text)), &b));
    must(addr_eq(&a, &b));
    return 0;
}
