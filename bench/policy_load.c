/* policy_load: asks a policy service as Postfix does, one request at a time on each
 * connection.
 *
 *     policy_load PLACE CONNECTIONS mix SECONDS      half of the triplets came before
 *     policy_load PLACE CONNECTIONS each COUNT FILE  each once; FILE: those answered
 *     policy_load PLACE CONNECTIONS again FILE       those of FILE
 *
 * PLACE is unix:PATH or inet:ADDRESS:PORT. Ends when the service does. Prints requests a
 * second, the median, the 99th percentile and the longest in microseconds, how many were
 * answered, and how many of them put off. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 1000,
    SLOTS = 1 << 20 /* one a microsecond; the last for all above */
};

struct connection {
    int fd;
    uint64_t id;
    int64_t since_us;
};

/* Where the next triplet comes from. */
static struct {
    enum { MIX, EACH, AGAIN } mode;
    uint64_t asked, count;
    int64_t end_us;
    FILE *file;
} work;

static uint32_t slots[SLOTS];
static uint64_t answered, put_off;
static int64_t longest_us;
static size_t open_count;

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

/* False: there is none left. */
static bool
next_triplet(uint64_t *id)
{
    uint64_t n = work.asked++;

    switch (work.mode) {
    case MIX:
        *id = n % 2 ? (n * 2654435761U) % (n / 2 + 1) : n / 2; /* every other is known */
        return now_us() < work.end_us;
    case EACH:
        *id = n;
        return n < work.count;
    case AGAIN:
        return fread(id, sizeof(*id), 1, work.file) == 1;
    }
    return false;
}

static void
hang_up(struct connection *c)
{
    (void)close(c->fd);
    c->fd = -1;
    open_count--;
}

static void
ask(struct connection *c)
{
    char text[1024];
    uint64_t id;
    int len;

    if (!next_triplet(&id)) {
        hang_up(c);
        return;
    }
    len = snprintf(
        text, sizeof(text),
        "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\n"
        "client_address=198.%u.%u.%u\nclient_name=mx%u.example.org\nclient_port=25000\n"
        "reverse_client_name=mx%u.example.org\nserver_address=192.0.2.25\n"
        "server_port=25\nhelo_name=mx%u.example.org\nsender=s%llu@example.org\n"
        "recipient=r%u@example.net\nrecipient_count=0\nqueue_id=\ninstance=%llx.0\n"
        "size=1234\netrn_domain=\nstress=\nsasl_method=\nsasl_username=\n"
        "sasl_sender=\nccert_subject=\nccert_issuer=\nccert_fingerprint=\n"
        "ccert_pubkey_fingerprint=\nencryption_protocol=\nencryption_cipher=\n"
        "encryption_keysize=0\npolicy_context=\n\n",
        18U + (unsigned)(id >> 16 & 1), (unsigned)(id >> 8 & 255), (unsigned)(id & 255),
        (unsigned)(id % 5000), (unsigned)(id % 5000), (unsigned)(id % 5000),
        (unsigned long long)id, (unsigned)(id % 97), (unsigned long long)work.asked);
    c->id = id;
    c->since_us = now_us();
    if (send(c->fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        hang_up(c);
}

static void
hear(struct connection *c)
{
    char text[1024];
    ssize_t n = recv(c->fd, text, sizeof(text), 0);
    int64_t took_us = now_us() - c->since_us;

    if (n <= 0) {
        hang_up(c);
        return;
    }
    if (n < 9 || memcmp(text, "action=", 7) != 0 ||
        memcmp(text + n - 2, "\n\n", 2) != 0) {
        (void)fprintf(stderr, "policy_load: no answer\n");
        exit(1);
    }
    answered++;
    put_off += n > 12 && memcmp(text + 7, "DEFER", 5) == 0;
    slots[took_us < SLOTS ? took_us : SLOTS - 1]++;
    longest_us = took_us > longest_us ? took_us : longest_us;
    if (work.mode == EACH && fwrite(&c->id, sizeof(c->id), 1, work.file) != 1)
        fail("write");
    ask(c);
}

static int64_t
quantile_us(double part)
{
    uint64_t seen = 0, wanted = (uint64_t)((double)answered * part);
    int64_t us = 0;

    while (us < SLOTS - 1 && (seen += slots[us]) < wanted)
        us++;
    return us;
}

static int
dial_unix(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof(a)) != 0)
        fail("connect");
    return fd;
}

static int
dial_inet(const char *place)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    const char *colon = strrchr(place, ':');
    char host[64];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    if (colon)
        a.sin_port = htons((uint16_t)atoi(colon + 1));
    (void)snprintf(host, sizeof(host), "%.*s", colon ? (int)(colon - place) : 0, place);
    if (inet_pton(AF_INET, host, &a.sin_addr) != 1 || fd < 0 ||
        connect(fd, (const struct sockaddr *)&a, sizeof(a)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0)
        fail("connect");
    return fd;
}

static void
dial(struct connection *c, int epoll, const char *place)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};

    c->fd = strncmp(place, "unix:", 5) == 0 ? dial_unix(place + 5) : dial_inet(place + 5);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e) != 0)
        fail("epoll_ctl");
    open_count++;
}

static bool
read_work(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[3], "mix") == 0) {
        work.end_us = now_us() + atoi(argv[4]) * INT64_C(1000000);
        return true;
    }
    if (argc == 6 && strcmp(argv[3], "each") == 0) {
        work.mode = EACH;
        work.count = strtoull(argv[4], NULL, 10);
        work.file = fopen(argv[5], "we");
    } else if (argc == 5 && strcmp(argv[3], "again") == 0) {
        work.mode = AGAIN;
        work.file = fopen(argv[4], "re");
    }
    return work.file;
}

int
main(int argc, char **argv)
{
    static struct connection all[CONNECTIONS_MAX];
    struct epoll_event ready[256];
    int count = argc > 2 ? atoi(argv[2]) : 0, epoll = epoll_create1(EPOLL_CLOEXEC);
    int64_t begin_us;

    if (count < 1 || count > CONNECTIONS_MAX || !read_work(argc, argv)) {
        (void)fprintf(stderr, "usage: policy_load PLACE CONNECTIONS mix SECONDS | each "
                              "COUNT FILE | again FILE\n");
        return 2;
    }
    for (int i = 0; i < count; i++)
        dial(&all[i], epoll, argv[1]);
    begin_us = now_us();
    for (int i = 0; i < count; i++)
        ask(&all[i]);
    while (open_count) {
        int n = epoll_wait(epoll, ready, 256, -1);

        for (int i = 0; i < n; i++)
            if (((struct connection *)ready[i].data.ptr)->fd >= 0)
                hear(ready[i].data.ptr);
    }
    if (work.file && fclose(work.file) != 0)
        fail("write");
    (void)printf("%.0f %lld %lld %lld %llu %llu\n",
                 (double)answered * 1e6 / (double)(now_us() - begin_us),
                 (long long)quantile_us(0.5), (long long)quantile_us(0.99),
                 (long long)longest_us, (unsigned long long)answered,
                 (unsigned long long)put_off);
    return 0;
}
