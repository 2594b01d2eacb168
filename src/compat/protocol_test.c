#include "unit.h"

#include "compat/protocol.h"

/* Whatever the pieces, the messages are the same. */
static void
pieces(void **state UNUSED)
{
    static const char stream[] = "ab<F2B_END_COMMAND><F2B<F2B_END_COMMAND>"
                                 "<F2B_END_COMMAND><F2B_CLOSE_COMMAND><F2B_END_COMMAND>x";

    for (size_t size = 1; size < sizeof(stream); size++) {
        struct protocol_in p = {0};
        struct buf got = {0};
        struct span message;
        enum protocol_got what;

        for (size_t at = 0; at < sizeof(stream) - 1; at += size) {
            protocol_feed(&p, span_head(span_from(span_of(stream), at), size));
            while ((what = protocol_next(&p, &message)) != PROTOCOL_MORE) {
                buf_printf(&got, "%d[", what);
                buf_add(&got, message);
                buf_add_byte(&got, ']');
            }
        }
        assert_string_equal(got.ptr, "1[ab]1[<F2B]1[]2[<F2B_CLOSE_COMMAND>]");
        buf_fini(&got);
        protocol_fini(&p);
    }
}

static void
too_long(void **state UNUSED)
{
    char block[1 << 16] = {0};
    struct protocol_in p = {0};
    enum protocol_got got = PROTOCOL_MORE;
    struct span message;
    size_t fed = 0;

    while (got == PROTOCOL_MORE && fed <= PICKLE_BYTES_MAX * 2) {
        protocol_feed(&p, (struct span){block, sizeof(block)});
        fed += sizeof(block);
        got = protocol_next(&p, &message);
    }
    assert_int_equal(got, PROTOCOL_TOO_LONG);
    assert_true(fed <= PICKLE_BYTES_MAX + sizeof(block));
    protocol_fini(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(pieces), TEST(too_long)};

    return RUN(tests);
}
