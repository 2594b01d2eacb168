/* policy_load ADDRESS PORT CONNECTIONS SECONDS: asks a policy service as Postfix does,
 * one request at a time on each connection; half of them are of triplets that came
 * before. Prints "requests/s, p99 in microseconds, the longest in microseconds". */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 1000,
    SLOTS = 1 << 20 /* one a microsecond; the last for all above */
};

struct connection {
    int fd;
    int64_t since_us;
};

static uint32_t slots[SLOTS];
static uint64_t asked, answered;
static int64_t longest_us;

static int64_t
now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
fail(const char *what)
{
    perror(what);
    exit(1);
}

static void
ask(struct connection *c)
{
    uint64_t n = asked++;
    uint64_t id =
        n % 2 ? (n * 2654435761U) % (n / 2 + 1) : n / 2; /* every other is known */
    char text[1024];
    int len = snprintf(
        text, sizeof(text),
        "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\n"
        "helo_name=mx%u.example.org\nqueue_id=\nsender=s%llu@example.org\n"
        "recipient=r%u@example.net\nrecipient_count=0\nclient_address=198.%u.%u.%u\n"
        "client_name=mx%u.example.org\nreverse_client_name=mx%u.example.org\n"
        "instance=%llx.0\nsasl_method=\nsasl_username=\nsasl_sender=\nsize=1234\n"
        "ccert_subject=\nccert_issuer=\nccert_fingerprint=\nencryption_protocol=\n"
        "encryption_cipher=\nencryption_keysize=0\netrn_domain=\nstress=\n\n",
        (unsigned)(id % 5000), (unsigned long long)id, (unsigned)(id % 97),
        18U + (unsigned)(id >> 16 & 1), (unsigned)(id >> 8 & 255), (unsigned)(id & 255),
        (unsigned)(id % 5000), (unsigned)(id % 5000), (unsigned long long)n);

    c->since_us = now_us();
    if (send(c->fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        fail("send");
}

static void
hear(struct connection *c)
{
    char text[1024];
    ssize_t n = recv(c->fd, text, sizeof(text), 0);
    int64_t took_us = now_us() - c->since_us;

    if (n < 9 || memcmp(text, "action=", 7) != 0 ||
        memcmp(text + n - 2, "\n\n", 2) != 0) {
        (void)fprintf(stderr, "policy_load: no answer\n");
        exit(1);
    }
    answered++;
    slots[took_us < SLOTS ? took_us : SLOTS - 1]++;
    longest_us = took_us > longest_us ? took_us : longest_us;
}

static int64_t
p99_us(void)
{
    uint64_t seen = 0;
    int64_t us = 0;

    while (us < SLOTS - 1 && (seen += slots[us]) < answered - answered / 100)
        us++;
    return us;
}

static void
dial(struct connection *c, int epoll, const struct sockaddr_in *a)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    int one = 1;

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)a, sizeof(*a)) != 0 ||
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e) != 0)
        fail("connect");
}

int
main(int argc, char **argv)
{
    static struct connection all[CONNECTIONS_MAX];
    struct sockaddr_in a = {.sin_family = AF_INET};
    struct epoll_event ready[256];
    int count = argc == 5 ? atoi(argv[3]) : 0, epoll = epoll_create1(EPOLL_CLOEXEC);
    int64_t begin_us = now_us(), end_us;

    if (count < 1 || count > CONNECTIONS_MAX ||
        inet_pton(AF_INET, argv[1], &a.sin_addr) != 1) {
        (void)fprintf(stderr, "usage: policy_load ADDRESS PORT CONNECTIONS SECONDS\n");
        return 2;
    }
    a.sin_port = htons((uint16_t)atoi(argv[2]));
    end_us = begin_us + atoi(argv[4]) * INT64_C(1000000);
    for (int i = 0; i < count; i++) {
        dial(&all[i], epoll, &a);
        ask(&all[i]);
    }
    while (now_us() < end_us) {
        int n = epoll_wait(epoll, ready, 256, 1000);

        for (int i = 0; i < n; i++) {
            hear(ready[i].data.ptr);
            ask(ready[i].data.ptr);
        }
    }
    (void)printf("%.0f %lld %lld\n",
                 (double)answered * 1e6 / (double)(now_us() - begin_us),
                 (long long)p99_us(), (long long)longest_us);
    return 0;
}
