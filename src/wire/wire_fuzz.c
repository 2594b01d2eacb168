/* A packet from a role that may be broken: every frame is read, and what is read is
 * written back to the same bytes. The first byte picks the channel. */
#include "base/mem.h"
#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void /* NOLINTNEXTLINE(readability-function-size): the table makes it long */
check(const struct wire_frame *f)
{
    struct buf again = {0};

    switch (f->type) {
#define MESSAGE(NAME, name, CHANNEL)                                                     \
    case WIRE_##NAME: {                                                                  \
        struct wire_##name m;                                                            \
        if (!wire_get_##name(f->fields, &m))                                             \
            return;                                                                      \
        wire_put_##name(&again, &m);                                                     \
        break;                                                                           \
    }
        WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
    case WIRE_NONE:
    case WIRE_TYPES:
        bug("a frame of no type");
    }
    must(span_eq(span_from(buf_span(&again), WIRE_HEAD_BYTES), f->fields));
    buf_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span packet = {(const char *)data, size};
    struct wire_frame f;

    if (size == 0)
        return 0;
    packet = span_from(packet, 1);
    while (wire_next(&packet, (enum wire_channel)(data[0] % (WIRE_TELL + 1)), &f) ==
           WIRE_FRAME)
        check(&f);
    return 0;
}
