/* jail.conf through the whole loader, on a machine that is always the same. What loads
 * survives the way over the wire. */
#include <errno.h>

#include "base/mem.h"
#include "conf/config_print.h"
#include "conf/config_wire.h"
#include "conf/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
take_packet(void *ctx, struct span packet)
{
    struct config *c = ctx;
    struct wire_frame f;
    enum wire_next next;

    must(packet.len <= WIRE_PACKET_MAX);
    while ((next = wire_next(&packet, WIRE_TO_ROLE, &f)) == WIRE_FRAME)
        must(config_take(c, &f) != CONFIG_REFUSED);
    must(next == WIRE_END);
    return 0;
}

static void
check(const struct config *c)
{
    struct config taken = {0};
    struct buf sent = {0}, got = {0};

    must(config_send(c, take_packet, &taken) == 0);
    config_print_json(c, &sent);
    config_print_json(&taken, &got);
    must(span_eq(buf_span(&sent), buf_span(&got)));
    buf_fini(&sent);
    buf_fini(&got);
    config_fini(&taken);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char filter[] =
        "[Definition]\nfailregex = <a> <HOST> <b>\nb = <a>%(c)s\n"
        "c = x\n[Init]\na = y\n";
    const struct conf_builtin builtins[] = {
        {"jail.conf", (const char *)data, size},
        {"filter.d/f.conf", filter, sizeof(filter) - 1},
        {0},
    };
    struct machine m = {0};
    struct config_request r = {.builtins = builtins, .machine = &m};
    struct buf errors = {0};
    struct config c;
    int error;

    m.services[MACHINE_POSTFIX] = (struct machine_service){
        .is_present = true, .logs = {{.path = "/var/log/mail.log"}}, .log_count = 1};
    error = config_load(&r, &c, &errors);
    must(error == 0 || (error == -EINVAL && errors.len));
    if (error == 0) {
        check(&c);
        config_fini(&c);
    }
    buf_fini(&errors);
    return 0;
}
