#include "unit.h"

#include <errno.h>
#include <unistd.h>

#include "base/mem.h"
#include "wire/chan.h"
#include "wire/outbox.h"

static void
add(struct outbox *o, size_t len)
{
    static char bytes[WIRE_PACKET_MAX];

    bytes[0] = (char)outbox_next_seq(o);
    outbox_add(o, (struct span){bytes, len});
}

/* The first bytes of everything that can be received, as a number for each. */
static void
drain(struct chan *c, const char *expected)
{
    struct span got;

    for (; *expected; expected++) {
        assert_int_equal(chan_recv(c, &got, NULL), CHAN_PACKET);
        assert_int_equal(got.ptr[0], *expected - '0');
    }
    assert_int_equal(chan_recv(c, &got, NULL), CHAN_EMPTY);
}

static void
test_resend_to_a_new_receiver(void **state UNUSED)
{
    struct chan *c = mem_zalloc(1, sizeof(*c));
    struct outbox o;
    int one[2], two[2];

    assert_int_equal(chan_pair(one), 0);
    assert_int_equal(chan_pair(two), 0);
    outbox_start(&o, 2, 100);
    for (int i = 0; i < 4; i++)
        add(&o, 40); /* 3, 4, 5, 6 */
    assert_true(outbox_is_full(&o));
    assert_int_equal(outbox_flush(&o, one[0]), 0);
    c->fd = one[1];
    drain(c, "3456");
    outbox_acknowledge(&o, 4);
    assert_false(outbox_is_full(&o));
    assert_int_equal(outbox_flush(&o, one[0]), 0);
    drain(c, "");

    /* The receiver committed 5, but its acknowledgement was lost with it. */
    outbox_rewind(&o, 5);
    add(&o, 40);
    assert_int_equal(outbox_flush(&o, two[0]), 0);
    c->fd = two[1];
    drain(c, "67");
    (void)close(two[1]);
    add(&o, 40);
    assert_int_equal(outbox_flush(&o, two[0]), -EPIPE);
    outbox_fini(&o);
    (void)close(one[0]);
    (void)close(one[1]);
    (void)close(two[0]);
    mem_free(c);
}

static void
test_full_socket_goes_on(void **state UNUSED)
{
    struct chan *c = mem_zalloc(1, sizeof(*c));
    struct outbox o;
    struct span got;
    uint64_t received = 0;
    int fds[2], e;

    assert_int_equal(chan_pair(fds), 0);
    c->fd = fds[1];
    outbox_start(&o, 0, 1);
    for (int i = 0; i < 100; i++)
        add(&o, 20000);
    do {
        e = outbox_flush(&o, fds[0]);
        assert_true(e == 0 || e == -EAGAIN);
        while (chan_recv(c, &got, NULL) == CHAN_PACKET)
            assert_int_equal((unsigned char)got.ptr[0], ++received);
    } while (e);
    assert_int_equal(received, 100);
    outbox_fini(&o);
    (void)close(fds[0]);
    (void)close(fds[1]);
    mem_free(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_resend_to_a_new_receiver),
                                       TEST(test_full_socket_goes_on)};

    return RUN(tests);
}
