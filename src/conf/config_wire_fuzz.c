/* Packets of CONF_* messages from a komainud that may be broken: what a role takes is
 * within all bounds, and is sent on as what it is. */
#include "base/mem.h"
#include "conf/config_print.h"
#include "conf/config_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
count_packet(void *ctx, struct span packet)
{
    size_t *packets = ctx;

    must(packet.len <= WIRE_PACKET_MAX);
    (*packets)++;
    return 0;
}

static void
check(const struct config *c)
{
    struct buf text = {0};
    size_t packets = 0;

    for (size_t i = 0; i < c->jail_count; i++) {
        must(c->jails[i].filter < c->filter_count);
        must(c->jails[i].scope < c->scope_count);
        for (size_t k = 0; k < c->jails[i].source_count; k++)
            must(c->jails[i].sources[k] < c->source_count);
    }
    config_print(c, &text);
    config_print_json(c, &text);
    must(config_send(c, count_packet, &packets) == 0 && packets > 0);
    buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span packet = {(const char *)data, size};
    enum config_taken taken = CONFIG_TAKEN;
    struct config c = {0};
    struct wire_frame f;

    while (taken == CONFIG_TAKEN && wire_next(&packet, WIRE_TO_ROLE, &f) == WIRE_FRAME)
        taken = config_take(&c, &f);
    if (taken == CONFIG_DONE)
        check(&c);
    config_fini(&c);
    return 0;
}
