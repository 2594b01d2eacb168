/* counters_load(): any bytes from the store leave the counter consistent. */
#include "base/mem.h"
#include "count/counters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct addr who = addr_from_bytes(4, "\xC0\x00\x02\x01");
    struct counters c;
    struct level l;
    struct buf saved = {0};

    counters_init(&c, 5, 600, 4);
    if (counters_load(&c, &who, (struct span){(const char *)data, size})) {
        counters_save(&c, &who, &saved);
        must(saved.len && saved.len <= 5 * sizeof(uint32_t) && saved.len <= size);
        if (counters_level(&c, &who, 1000, &l))
            must(l.count <= 5 && l.first_s <= l.last_s);
    }
    buf_fini(&saved);
    counters_fini(&c);
    return 0;
}
