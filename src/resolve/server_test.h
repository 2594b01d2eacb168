/* server_test: a resolver beside a name server on the same loop, for resolve_test.c. */
#pragma once

#include "loop_wait.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolve/resolve.h"

struct world;

/* A DNS server on the same loop: what it says follows from the first label of the name.
 */
struct server {
    struct loop_fd udp, tcp;
    struct peer {
        struct world *world;
        struct loop_fd watch;
    } peers[8];
    uint16_t port;
    unsigned asked, asked_by_tcp, asked_with_edns;
};

struct world {
    struct loop_count answered;
    struct server server;
    struct resolver *resolver;
    struct resolve_answer last;
    struct buf records; /* of it */
    uint64_t last_id;
    unsigned outcomes[RESOLVE_BUSY + 1];
};

enum {
    TYPE_A = 1,
    TYPE_CNAME = 5,
    TYPE_TXT = 16,
    TYPE_AAAA = 28,
    FORMERR = 1,
    SERVFAIL = 2,
    NXDOMAIN = 3
};

/* Where the question ends. */
static size_t
question_end(struct span query)
{
    size_t at = 12;

    while (query.ptr[at])
        at += (size_t)(unsigned char)query.ptr[at] + 1;
    return at + 5;
}

static void
put_16(struct buf *b, unsigned n)
{
    buf_add_byte(b, (char)(n >> 8));
    buf_add_byte(b, (char)n);
}

/* One record; `owner` is a pointer into the message. */
static void
put_record(struct buf *b, unsigned owner, unsigned type, unsigned ttl, struct span data)
{
    put_16(b, 0xC000U | owner);
    put_16(b, type);
    put_16(b, 1);
    put_16(b, 0);
    put_16(b, ttl);
    put_16(b, (unsigned)data.len);
    buf_add(b, data);
}

static void
put_head(struct buf *b, struct span query, unsigned flags, unsigned answers)
{
    buf_add(b, span_head(query, 2));
    put_16(b, 0x8180U | flags);
    put_16(b, 1);
    put_16(b, answers);
    put_16(b, 0);
    put_16(b, 0);
    buf_add(b, span_head(span_from(query, 12), question_end(query) - 12));
}

/* Many addresses for `many`, one else. */
static void
put_addresses(struct buf *b, struct span query, struct span label, unsigned type)
{
    unsigned count = span_eq(label, SPAN("many")) ? 20 : 1;
    char v4[4] = {(char)192, 0, 2, 1}, v6[16] = {0x20, 0x01, 0x0d, (char)0xb8};

    put_head(b, query, 0, count);
    for (unsigned i = 1; i <= count; i++) {
        v4[3] = v6[15] = (char)i;
        if (type == TYPE_A)
            put_record(b, 12, TYPE_A, span_eq(label, SPAN("short")) ? 1 : 600,
                       (struct span){v4, 4});
        else
            put_record(b, 12, TYPE_AAAA, 900, (struct span){v6, 16});
    }
}

/* alias.example.org -> real.example.org -> 192.0.2.9 */
static void
put_alias(struct buf *b, struct span query, unsigned type)
{
    static const char target[] = "\4real\xC0\x12"; /* example.org of the question */
    unsigned at;

    put_head(b, query, 0, type == TYPE_A ? 2 : 1);
    at = (unsigned)b->len + 12;
    put_record(b, 12, TYPE_CNAME, 120, (struct span){target, 7});
    if (type == TYPE_A)
        put_record(b, at, TYPE_A, 600, SPAN("\xC0\x00\x02\x09"));
}

/* Two, the second of two strings. */
static void
put_texts(struct buf *b, struct span query)
{
    put_head(b, query, 0, 2);
    put_record(b, 12, TYPE_TXT, 700, SPAN("\5first"));
    put_record(b, 12, TYPE_TXT, 300, SPAN("\7v=spf1 \4-all"));
}

/* A failure of a server that knows EDNS. */
static void
put_failure(struct buf *b, struct span query)
{
    put_head(b, query, SERVFAIL, 0);
    b->ptr[b->len - (question_end(query) - 12) - 1] = 1; /* additional records */
    buf_add(b, (struct span){"\0\0\51\4\320\0\0\0\0\0\0", 11});
}

/* A text of 1,000 bytes in strings of 250: more than fits without EDNS. */
static void
put_long_text(struct buf *b, struct span query)
{
    struct buf text = {0};

    for (int i = 0; i < 1000; i++) {
        if (i % 250 == 0)
            buf_add_byte(&text, (char)250);
        buf_add_byte(&text, 'x');
    }
    put_head(b, query, 0, 1);
    put_record(b, 12, TYPE_TXT, 300, buf_span(&text));
    buf_fini(&text);
}

/* "none", "broken", "old": what fails. False: another name. */
static bool
answer_badly(struct span label, struct span query, struct buf *out)
{
    if (span_eq(label, SPAN("garbage")))
        buf_add(out, SPAN("\0\1nothing of sense, and more of it"));
    else if (span_eq(label, SPAN("none")))
        put_head(out, query, NXDOMAIN, 0);
    else if (span_eq(label, SPAN("broken")))
        put_head(out, query, SERVFAIL, 0);
    else if (span_eq(label, SPAN("fails")))
        put_failure(out, query);
    else if (span_eq(label, SPAN("old")) && query.len > question_end(query))
        put_head(out, query, FORMERR, 0);
    else
        return false;
    return true;
}

/* Whether the answer has no room where it was asked for. */
static bool
is_too_long(struct span label, struct span query, unsigned type, bool is_tcp)
{
    if (span_eq(label, SPAN("long")))
        return !is_tcp && query.len <= question_end(query);
    return span_eq(label, SPAN("large")) && type != TYPE_TXT && !is_tcp;
}

/* What is answered to a query; nothing for silence. */
static void
answer_query(struct server *s, struct span query, bool is_tcp, struct buf *out)
{
    struct span label;
    unsigned type;

    assert_true(query.len > 17);
    label = span_head(span_from(query, 13), (unsigned char)query.ptr[12]);
    type = (unsigned char)query.ptr[question_end(query) - 3];
    s->asked++;
    s->asked_with_edns += query.len > question_end(query);
    s->asked_by_tcp += is_tcp;
    if (span_eq(label, SPAN("silent")) || answer_badly(label, query, out))
        return;
    if (is_too_long(label, query, type, is_tcp))
        put_head(out, query, 0x0200, 0); /* TC */
    else if (span_eq(label, SPAN("long")))
        put_long_text(out, query);
    else if (span_eq(label, SPAN("empty")) ||
             (span_eq(label, SPAN("four")) && type == TYPE_AAAA))
        put_head(out, query, 0, 0);
    else if (span_eq(label, SPAN("alias")))
        put_alias(out, query, type);
    else if (type == TYPE_TXT)
        put_texts(out, query);
    else
        put_addresses(out, query, label, type);
}

static void
on_udp(void *ctx, unsigned ready UNUSED)
{
    struct world *w = ctx;
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    char bytes[512];
    ssize_t n = recvfrom(w->server.udp.fd, bytes, sizeof(bytes), MSG_DONTWAIT,
                         (struct sockaddr *)&from, &len);
    struct buf out = {0};

    if (n <= 0)
        return;
    answer_query(&w->server, (struct span){bytes, (size_t)n}, false, &out);
    if (out.len)
        assert_int_equal(
            sendto(w->server.udp.fd, out.ptr, out.len, 0, (struct sockaddr *)&from, len),
            out.len);
    buf_fini(&out);
}

static void
on_peer(void *ctx, unsigned ready UNUSED)
{
    struct peer *peer = ctx;
    struct world *w = peer->world;
    char bytes[2048];
    ssize_t n = recv(peer->watch.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    struct span rest = {bytes, n > 0 ? (size_t)n : 0};

    if (n <= 0) {
        loop_remove(&w->answered.loop, &peer->watch);
        assert_int_equal(close(peer->watch.fd), 0);
        return;
    }
    while (rest.len > 2) {
        size_t size =
            (size_t)(unsigned char)rest.ptr[0] << 8 | (unsigned char)rest.ptr[1];
        struct buf out = {0}, sized = {0};

        answer_query(&w->server, span_head(span_from(rest, 2), size), true, &out);
        put_16(&sized, (unsigned)out.len);
        buf_add(&sized, buf_span(&out));
        assert_int_equal(send(peer->watch.fd, sized.ptr, sized.len, 0), sized.len);
        rest = span_from(rest, size + 2);
        buf_fini(&out);
        buf_fini(&sized);
    }
}

static void
on_tcp(void *ctx, unsigned ready UNUSED)
{
    struct world *w = ctx;
    int fd = accept4(w->server.tcp.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    struct peer *peer = w->server.peers;

    assert_true(fd >= 0);
    while (peer->watch.is_added)
        assert_true(++peer < w->server.peers + ARRAY_LEN(w->server.peers));
    peer->world = w;
    peer->watch = (struct loop_fd){.fd = fd, .fn = on_peer, .ctx = peer};
    assert_int_equal(loop_add(&w->answered.loop, &peer->watch, LOOP_READ), 0);
}

static int
bound(int type, uint16_t *port)
{
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_port = htons(*port),
                               .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(name);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
    *port = ntohs(name.sin_port);
    return fd;
}

static void
on_answer(void *ctx, uint64_t id, const struct resolve_answer *answer)
{
    struct world *w = ctx;

    w->last = *answer;
    buf_clear(&w->records);
    buf_add(&w->records, answer->records);
    w->last_id = id;
    w->outcomes[answer->outcome]++;
    loop_count_one(&w->answered);
}

static void
begin_as(struct world *w, struct resolve_setup setup)
{
    char servers[64];

    *w = (struct world){0};
    loop_count_init(&w->answered);
    w->server.udp = (struct loop_fd){
        .fd = bound(SOCK_DGRAM, &w->server.port), .fn = on_udp, .ctx = w};
    w->server.tcp = (struct loop_fd){
        .fd = bound(SOCK_STREAM, &w->server.port), .fn = on_tcp, .ctx = w};
    assert_int_equal(listen(w->server.tcp.fd, 4), 0);
    assert_int_equal(loop_add(&w->answered.loop, &w->server.udp, LOOP_READ), 0);
    assert_int_equal(loop_add(&w->answered.loop, &w->server.tcp, LOOP_READ), 0);
    (void)snprintf(servers, sizeof(servers), "127.0.0.1:%u", w->server.port);
    setup.servers = servers;
    assert_int_equal(resolver_new(&w->resolver, &w->answered.loop, &setup, on_answer, w),
                     0);
}

static void
begin(struct world *w)
{
    begin_as(w, (struct resolve_setup){0});
}

static void
end(struct world *w)
{
    resolver_free(w->resolver);
    buf_fini(&w->records);
    for (size_t i = 0; i < ARRAY_LEN(w->server.peers); i++)
        if (w->server.peers[i].watch.is_added)
            assert_int_equal(close(w->server.peers[i].watch.fd), 0);
    assert_int_equal(close(w->server.udp.fd), 0);
    assert_int_equal(close(w->server.tcp.fd), 0);
    loop_fini(&w->answered.loop);
}

static void
ask(struct world *w, const char *name)
{
    resolver_ask(w->resolver,
                 &(struct resolve_question){5, HOST_ADDRESSES, span_of(name)},
                 clock_boot_us());
}
