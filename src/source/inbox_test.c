#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "source/inbox.h"
#include "source/remote.h"

/* A prepared socket for the inbox, and the sender's end. */
static void
open_pair(struct inbox *in, int *sender)
{
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(inbox_prepare(fds[0]), 0);
    inbox_init(in, fds[0]);
    *sender = fds[1];
}

static void
send_text(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_DONTWAIT), strlen(text));
}

static int
open_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int n = 0;

    assert_non_null(folder);
    while (readdir(folder))
        n++;
    (void)closedir(folder);
    return n;
}

/* What stands behind a newline is not hidden from `.`; a line end stays one. */
static void
test_newlines(void **state UNUSED)
{
    static const struct {
        const char *sent, *seen;
    } rows[] = {
        {"<38>a: one\ntwo", "<38>a: one two"},
        {"<38>a: one\n\n\ntwo\n", "<38>a: one   two\n"},
        {"\n<38>a: one\r\ntwo\r\n\n", " <38>a: one\r two\r\n\n"},
        {"\n", "\n"},
        {"", ""},
    };
    struct inbox in;
    struct span got;
    int64_t stamp_ns;
    int sender;

    open_pair(&in, &sender);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        send_text(sender, rows[i].sent);
        assert_int_equal(inbox_peek(&in, &got, &stamp_ns), INBOX_DATAGRAM);
        assert_span(got, rows[i].seen);
        assert_int_equal(inbox_take(&in), 0);
    }
    assert_int_equal(send(sender, "a\nb\0\n\0", 6, MSG_DONTWAIT), 6);
    assert_int_equal(inbox_peek(&in, &got, &stamp_ns), INBOX_DATAGRAM);
    assert_true(span_eq(got, (struct span){"a b\0\n\0", 6}));
    (void)close(sender);
    inbox_fini(&in);
}

static void
test_peek_and_take(void **state UNUSED)
{
    struct inbox in;
    struct span got;
    int64_t first_ns, again_ns, second_ns;
    int sender;

    open_pair(&in, &sender);
    assert_int_equal(inbox_peek(&in, &got, &first_ns), INBOX_EMPTY);
    assert_int_equal(inbox_take(&in), -EAGAIN);
    send_text(sender, "<38>one");
    send_text(sender, "<38>two");
    assert_int_equal(send(sender, "", 0, MSG_DONTWAIT), 0);

    /* The stamp is that of the queueing: a second look shows it again. */
    assert_int_equal(inbox_peek(&in, &got, &first_ns), INBOX_DATAGRAM);
    assert_span(got, "<38>one");
    assert_true(first_ns > 0);
    assert_int_equal(inbox_peek(&in, &got, &again_ns), INBOX_DATAGRAM);
    assert_span(got, "<38>one");
    assert_true(first_ns == again_ns);

    assert_int_equal(inbox_take(&in), 0);
    assert_int_equal(inbox_peek(&in, &got, &second_ns), INBOX_DATAGRAM);
    assert_span(got, "<38>two");
    assert_true(second_ns != first_ns);
    assert_int_equal(inbox_take(&in), 0);
    assert_int_equal(inbox_peek(&in, &got, &second_ns), INBOX_DATAGRAM);
    assert_int_equal(got.len, 0);
    assert_int_equal(inbox_take(&in), 0);
    assert_int_equal(inbox_peek(&in, &got, &second_ns), INBOX_EMPTY);
    assert_int_equal(in.counts.datagrams, 3);
    (void)close(sender);
    inbox_fini(&in);
    inbox_fini(&in);
}

static void
test_stamp_is_not_that_of_the_look(void **state UNUSED)
{
    struct inbox in;
    struct span got;
    struct timespec sent;
    int64_t stamp_ns;
    int sender;

    open_pair(&in, &sender);
    send_text(sender, "x");
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &sent), 0);
    assert_int_equal(inbox_peek(&in, &got, &stamp_ns), INBOX_DATAGRAM);
    assert_true(stamp_ns <= (int64_t)sent.tv_sec * 1000000000 + sent.tv_nsec);
    (void)close(sender);
    inbox_fini(&in);
}

/* Over UDP the sender is known, and what nobody wants leaves no trace. */
static void
test_senders(void **state UNUSED)
{
    static const struct {
        int family;
        const char *sender;
    } rows[] = {{AF_INET, "127.0.0.1"}, {AF_INET6, "::1"}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sockaddr_storage name = {.ss_family = (sa_family_t)rows[i].family};
        struct addr any = {.family = rows[i].family == AF_INET ? 4 : 6}, other = any;
        socklen_t len = sizeof(name);
        struct inbox in;
        struct span got;
        int64_t stamp_ns;
        char text[ADDR_TEXT_MAX];
        int fd = socket(rows[i].family, SOCK_DGRAM | SOCK_CLOEXEC, 0), sender;

        assert_true(fd >= 0);
        sender = socket(rows[i].family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(inbox_prepare(fd), 0);
        if (bind(fd, (struct sockaddr *)&name, sizeof(name)) != 0) {
            (void)close(fd);
            (void)close(sender);
            continue; /* a machine without IPv6 */
        }
        assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
        assert_int_equal(connect(sender, (struct sockaddr *)&name, len), 0);
        inbox_init(&in, fd);
        send_text(sender, "<38>one");
        send_text(sender, "<38>two");
        assert_int_equal(inbox_peek(&in, &got, &stamp_ns), INBOX_DATAGRAM);
        assert_span(got, "<38>one");
        assert_true(stamp_ns > 0);
        assert_string_equal(addr_text(&in.sender, text), rows[i].sender);
        assert_true(remote_is_listed(&any, 1, &in.sender));
        other = in.sender;
        other.bytes[3] ^= 9;
        assert_false(remote_is_listed(&other, 1, &in.sender));
        assert_false(remote_is_listed(&any, 0, &in.sender));
        assert_int_equal(inbox_refuse(&in), 0);
        assert_int_equal(inbox_peek(&in, &got, &stamp_ns), INBOX_DATAGRAM);
        assert_span(got, "<38>two");
        assert_int_equal(inbox_take(&in), 0);
        assert_int_equal(in.counts.datagrams, 1);
        assert_int_equal(in.counts.refused, 1);
        assert_int_equal(inbox_refuse(&in), -EAGAIN);
        (void)close(sender);
        inbox_fini(&in);
    }
}

/* A reader that dies after handing over, before taking; then one that dies before. */
static void
test_resume(void **state UNUSED)
{
    struct inbox in, next;
    struct span got;
    int64_t handed_ns, stamp_ns;
    int sender;

    open_pair(&in, &sender);
    send_text(sender, "one");
    send_text(sender, "two");
    assert_int_equal(inbox_peek(&in, &got, &handed_ns), INBOX_DATAGRAM);
    inbox_init(&next, dup(in.fd));
    inbox_fini(&in);

    assert_int_equal(inbox_resume(&next, handed_ns), 0);
    assert_int_equal(next.counts.duplicates, 1);
    assert_int_equal(inbox_peek(&next, &got, &stamp_ns), INBOX_DATAGRAM);
    assert_span(got, "two");

    inbox_init(&in, dup(next.fd));
    inbox_fini(&next);
    assert_int_equal(inbox_resume(&in, handed_ns), 0);
    assert_int_equal(inbox_resume(&in, 0), 0);
    assert_int_equal(inbox_resume(&in, stamp_ns + 1), 0);
    assert_int_equal(in.counts.duplicates, 0);
    assert_int_equal(inbox_peek(&in, &got, &stamp_ns), INBOX_DATAGRAM);
    assert_span(got, "two");
    assert_int_equal(inbox_take(&in), 0);
    assert_int_equal(inbox_resume(&in, stamp_ns), 0);
    assert_int_equal(in.counts.duplicates, 0);
    (void)close(sender);
    inbox_fini(&in);
}

static void
test_long_datagram_is_cut(void **state UNUSED)
{
    static char big[INBOX_BYTES_MAX + 10];
    struct inbox in;
    struct span got;
    int64_t stamp_ns;
    int sender;

    open_pair(&in, &sender);
    memset(big, 'x', sizeof(big));
    assert_int_equal(send(sender, big, sizeof(big), MSG_DONTWAIT), sizeof(big));
    assert_int_equal(send(sender, big, INBOX_BYTES_MAX, MSG_DONTWAIT), INBOX_BYTES_MAX);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(inbox_peek(&in, &got, &stamp_ns), INBOX_DATAGRAM);
        assert_int_equal(got.len, INBOX_BYTES_MAX);
        assert_memory_equal(got.ptr, big, got.len);
    }
    assert_int_equal(inbox_take(&in), 0);
    assert_int_equal(in.counts.cut, 1);
    assert_int_equal(inbox_peek(&in, &got, &stamp_ns), INBOX_DATAGRAM);
    assert_int_equal(inbox_take(&in), 0);
    assert_int_equal(in.counts.cut, 1);
    assert_int_equal(inbox_peek(&in, &got, &stamp_ns), INBOX_EMPTY);
    (void)close(sender);
    inbox_fini(&in);
}

/* Nobody fills our descriptor table through a socket that all may write to. */
static void
test_passed_descriptors_are_closed(void **state UNUSED)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))] = {0};
    struct iovec part = {(char[]){'x'}, 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    int off = 0, sender, before;
    struct inbox in;
    struct span got;
    int64_t stamp_ns;

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(4 * sizeof(int));
    memcpy(CMSG_DATA(c), (int[]){0, 0, 1, 2}, 4 * sizeof(int));
    open_pair(&in, &sender);
    for (int has_stamp = 1; has_stamp >= 0; has_stamp--) {
        /* Without a stamp there is room for descriptors in the control bytes. */
        if (!has_stamp)
            assert_int_equal(
                setsockopt(in.fd, SOL_SOCKET, SO_TIMESTAMPNS, &off, sizeof(off)), 0);
        assert_int_equal(sendmsg(sender, &message, MSG_DONTWAIT), 1);
        before = open_fds();
        assert_int_equal(inbox_peek(&in, &got, &stamp_ns), INBOX_DATAGRAM);
        assert_int_equal(stamp_ns != 0, has_stamp);
        assert_int_equal(open_fds(), before);
        assert_int_equal(inbox_take(&in), 0);
        assert_int_equal(open_fds(), before);
    }
    (void)close(sender);
    inbox_fini(&in);
}

static void
test_failure(void **state UNUSED)
{
    struct inbox in;
    struct span got;
    int64_t stamp_ns;
    int pipes[2];

    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(inbox_prepare(pipes[0]), -ENOTSOCK);
    inbox_init(&in, pipes[0]);
    assert_int_equal(inbox_peek(&in, &got, &stamp_ns), INBOX_FAILED);
    assert_int_equal(in.error, -ENOTSOCK);
    assert_int_equal(inbox_resume(&in, 1), -ENOTSOCK);
    inbox_fini(&in);
    (void)close(pipes[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_peek_and_take),
        TEST(test_newlines),
        TEST(test_stamp_is_not_that_of_the_look),
        TEST(test_senders),
        TEST(test_resume),
        TEST(test_long_datagram_is_cut),
        TEST(test_passed_descriptors_are_closed),
        TEST(test_failure),
    };

    return RUN(tests);
}
