/* Files for `import`: whatever is in them, what is made of them are whole frames of the
 * control socket, with addresses. */
#include "base/mem.h"
#include "ctl/transfer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf frames = {0}, error = {0};
    struct wire_ask_put_allow allow;
    struct wire_ask_put_ban ban;
    struct wire_frame f;
    struct span rest;
    bool is_good = transfer_read((struct span){(const char *)data, size}, 60,
                                 INT64_C(1795312405) * SECOND_US, &frames, &error);

    must(is_good == (error.len == 0));
    for (rest = buf_span(&frames); rest.len;) {
        must(wire_next(&rest, WIRE_ASK, &f) == WIRE_FRAME);
        if (f.type == WIRE_ASK_PUT_BAN)
            must(wire_get_ask_put_ban(f.fields, &ban) &&
                 (ban.who.family != 0) != (ban.id.len != 0));
        else
            must(wire_get_ask_put_allow(f.fields, &allow) &&
                 (allow.who.family || allow.name.len));
    }
    buf_fini(&frames);
    buf_fini(&error);
    return 0;
}
