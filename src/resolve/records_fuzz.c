/* Fuzz target: an answer of a name server, read for each kind of record. */
#include "base/mem.h"
#include "resolve/records.h"
#include "resolve/sockets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_record(enum host_record kind, struct span data)
{
    if (kind == HOST_MX)
        must(host_is_dns_name(data) || span_eq(data, SPAN(".")));
    else if (kind == HOST_PTR || kind == HOST_NS)
        must(host_is_name(data));
    else if (kind != HOST_TXT)
        must(data.len == (kind == HOST_A ? 4 : 16));
}

/* At most the code of a failure changes. */
static void
check_edns(const uint8_t *data, size_t size)
{
    unsigned char packet[RESOLVE_UDP_BYTES];
    size_t len = size < sizeof(packet) ? size : sizeof(packet), changed = 0;

    memcpy(packet, data, len);
    resolve_keep_edns(packet, len);
    for (size_t i = 0; i < len; i++)
        changed += packet[i] != data[i];
    must(changed == 0 || (changed == 1 && (data[3] & 15) == 2 && (packet[3] & 15) == 5));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size)
        check_edns(data, size);
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
            check_record((enum host_record)i, record.data);
        must(!is_good || rest.len == 0);
        buf_fini(&out);
    }
    return 0;
}
