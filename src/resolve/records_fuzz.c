/* Fuzz target: an answer of a name server, read for each kind of record. */
#include "base/mem.h"
#include "resolve/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int i = HOST_TXT; i < HOST_RECORDS; i++) {
        struct resolve_record record;
        struct buf out = {0};
        struct span rest;
        uint32_t ttl_s;
        bool is_good = records_read((struct span){(const char *)data, size},
                                    (enum host_record)i, &out, &ttl_s);

        must(out.len <= RESOLVE_RECORDS_BYTES);
        rest = buf_span(&out);
        while (is_good && resolve_next_record(&rest, &record))
            must(i == HOST_TXT || i >= HOST_A || host_is_dns_name(record.data) ||
                 (i == HOST_MX && span_eq(record.data, SPAN("."))));
        must(!is_good || rest.len == 0);
        buf_fini(&out);
    }
    return 0;
}
