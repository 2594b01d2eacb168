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

    counters_init(
        &c,
        &(struct counters_form){
            .limit = 5, .window_s = 600, .is_distinct = size & 1, .is_rate = size & 2},
        4);
    if (counters_load(&c, &who, (struct span){(const char *)data, size})) {
        counters_save(&c, &who, &saved);
        must(saved.len > 1 && saved.len <= 1 + 5 * sizeof(struct mark));
        if (counters_level(&c, &who, 1000, &l))
            must((c.form.is_rate || l.count <= 5) && l.first_s <= l.last_s);
    }
    buf_fini(&saved);
    counters_fini(&c);
    return 0;
}
