/* The file of who is never banned: whatever is in it, what is written from it is read
 * back as the same, and no line is lost. */
#include "base/mem.h"
#include "store/allow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct allow a, b;
    struct buf once = {0}, twice = {0};

    allow_init(&a);
    allow_init(&b);
    allow_parse(&a, (struct span){(const char *)data, size});
    must(a.entries.count <= ALLOW_MAX && a.broken <= size);
    allow_print(&a, &once);
    allow_parse(&b, buf_span(&once));
    must(b.names.count == a.names.count && b.named.count == a.named.count);
    must(b.entries.count == a.entries.count && b.broken == a.broken);
    allow_print(&b, &twice);
    must(span_eq(buf_span(&once), buf_span(&twice)));
    for (const void *e = table_oldest(&a.entries); e; e = table_next(&a.entries, e))
        must(allow_has(&b, table_key(&a.entries, e)));
    for (const void *e = table_oldest(&a.named); e; e = table_next(&a.named, e))
        must(allow_tells(&b, table_key(&a.named, e)));
    allow_fini(&a);
    allow_fini(&b);
    buf_fini(&once);
    buf_fini(&twice);
    return 0;
}
