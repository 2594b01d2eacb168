#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "wire/chan.h"

static void
test_packets_and_descriptor(void **state UNUSED)
{
    struct chan *c = mem_zalloc(1, sizeof(*c));
    struct span got;
    int fds[2], pipes[2], passed;
    char byte;

    assert_int_equal(chan_pair(fds), 0);
    assert_int_equal(pipe(pipes), 0);
    c->fd = fds[0];
    assert_int_equal(chan_recv(c, &got, NULL), CHAN_EMPTY);
    assert_int_equal(chan_send(fds[1], SPAN("one"), -1), 0);
    assert_int_equal(chan_send(fds[1], SPAN("two"), pipes[0]), 0);
    assert_int_equal(chan_recv(c, &got, &passed), CHAN_PACKET);
    assert_span(got, "one");
    assert_int_equal(passed, -1);
    assert_int_equal(chan_recv(c, &got, &passed), CHAN_PACKET);
    assert_span(got, "two");
    assert_true(passed >= 0);
    assert_int_equal(write(pipes[1], "x", 1), 1);
    assert_int_equal(read(passed, &byte, 1), 1);
    (void)close(passed);

    /* A descriptor nobody asked for is refused, and closed. */
    assert_int_equal(chan_send(fds[1], SPAN("three"), pipes[0]), 0);
    assert_int_equal(chan_recv(c, &got, NULL), CHAN_BAD);

    /* What was sent before the end is still read. */
    assert_int_equal(chan_send(fds[1], SPAN("last"), -1), 0);
    (void)close(fds[1]);
    assert_int_equal(chan_recv(c, &got, NULL), CHAN_PACKET);
    assert_int_equal(chan_recv(c, &got, NULL), CHAN_CLOSED);
    assert_true(chan_send(fds[0], SPAN("x"), -1) < 0);
    (void)close(fds[0]);
    (void)close(pipes[0]);
    (void)close(pipes[1]);
    mem_free(c);
}

/* Who is killed before he has read ours loses nothing of his. */
static void
test_end_with_unread(void **state UNUSED)
{
    struct chan *c = mem_zalloc(1, sizeof(*c));
    struct span got;
    int fds[2];

    assert_int_equal(chan_pair(fds), 0);
    c->fd = fds[0];
    assert_int_equal(chan_send(fds[1], SPAN("one"), -1), 0);
    assert_int_equal(chan_send(fds[1], SPAN("two"), -1), 0);
    assert_int_equal(chan_send(fds[0], SPAN("never read"), -1), 0);
    (void)close(fds[1]);
    assert_int_equal(chan_recv(c, &got, NULL), CHAN_PACKET);
    assert_span(got, "one");
    assert_int_equal(chan_recv(c, &got, NULL), CHAN_PACKET);
    assert_span(got, "two");
    assert_int_equal(chan_recv(c, &got, NULL), CHAN_CLOSED);
    (void)close(fds[0]);
    mem_free(c);
}

static void
test_full_socket(void **state UNUSED)
{
    static char big[WIRE_PACKET_MAX];
    int fds[2], e = 0;

    assert_int_equal(chan_pair(fds), 0);
    for (int i = 0; i < 1000 && e == 0; i++)
        e = chan_send(fds[0], (struct span){big, sizeof(big)}, -1);
    assert_int_equal(e, -EAGAIN);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_packets_and_descriptor),
                                       TEST(test_end_with_unread),
                                       TEST(test_full_socket)};

    return RUN(tests);
}
