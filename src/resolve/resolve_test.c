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
    unsigned asked, asked_by_tcp;
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
    NXDOMAIN = 3,
    SERVFAIL = 2
};

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
    buf_add(b, span_from(query, 12));
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

/* What is answered to a query; nothing for silence. */
static void
answer_query(struct server *s, struct span query, bool is_tcp, struct buf *out)
{
    struct span label;
    unsigned type;

    assert_true(query.len > 17);
    label = span_head(span_from(query, 13), (unsigned char)query.ptr[12]);
    type = (unsigned char)query.ptr[query.len - 3];
    s->asked++;
    s->asked_by_tcp += is_tcp;
    if (span_eq(label, SPAN("silent")))
        return;
    if (span_eq(label, SPAN("garbage")))
        buf_add(out, SPAN("\0\1nothing of sense, and more of it"));
    else if (span_eq(label, SPAN("none")))
        put_head(out, query, NXDOMAIN, 0);
    else if (span_eq(label, SPAN("broken")))
        put_head(out, query, SERVFAIL, 0);
    else if (span_eq(label, SPAN("empty")) ||
             (span_eq(label, SPAN("four")) && type == TYPE_AAAA))
        put_head(out, query, 0, 0);
    else if (span_eq(label, SPAN("alias")))
        put_alias(out, query, type);
    else if (type == TYPE_TXT)
        put_texts(out, query);
    else if (span_eq(label, SPAN("large")) && !is_tcp)
        put_head(out, query, 0x0200, 0); /* TC */
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

static void
test_answers(void **state UNUSED)
{
    static const struct {
        const char *name;
        enum resolve_outcome outcome;
        size_t count;
        uint32_t ttl_s;
    } rows[] = {
        {"both.example.org", RESOLVE_FOUND, 2, 600},
        {"BOTH.example.org.", RESOLVE_FOUND, 2, 600},
        {"four.example.org", RESOLVE_FOUND, 1, 600},
        {"short.example.org", RESOLVE_FOUND, 2, RESOLVE_TTL_MIN_S},
        {"many.example.org", RESOLVE_FOUND, RESOLVE_ADDRESSES_MAX, 600},
        {"alias.example.org", RESOLVE_FOUND, 1, 120},
        {"large.example.org", RESOLVE_FOUND, 2, 600},
        {"none.example.org", RESOLVE_NONE, 0, RESOLVE_TTL_NONE_S},
        {"empty.example.org", RESOLVE_NONE, 0, RESOLVE_TTL_NONE_S},
        {"broken.example.org", RESOLVE_FAILED, 0, 0},
        {"not/a/name", RESOLVE_BAD_NAME, 0, 0},
    };
    struct world w;

    begin(&w);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        ask(&w, rows[i].name);
        loop_count_wait(&w.answered, i + 1);
        assert_int_equal(w.last_id, 5);
        if (w.last.outcome != rows[i].outcome || w.last.count != rows[i].count ||
            w.last.ttl_s != rows[i].ttl_s)
            fail_msg("%s: outcome %u, %zu addresses, %u s", rows[i].name, w.last.outcome,
                     w.last.count, w.last.ttl_s);
    }
    assert_true(w.server.asked_by_tcp > 0);
    end(&w);
}

/* The deadline holds whatever the server does. */
static void
test_deadline(void **state UNUSED)
{
    static const char *const names[] = {"silent.example.org", "garbage.example.org"};
    struct world w;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        int64_t start_us = clock_boot_us();

        begin(&w);
        ask(&w, names[i]);
        loop_count_wait(&w.answered, 1);
        assert_int_equal(w.last.outcome, RESOLVE_FAILED);
        assert_true(clock_boot_us() - start_us < 3 * (int64_t)RESOLVE_DEADLINE_US);
        end(&w);
    }
}

static void
test_cache(void **state UNUSED)
{
    int64_t now_us = clock_boot_us();
    struct world w;
    unsigned asked;

    begin(&w);
    ask(&w, "both.example.org");
    loop_count_wait(&w.answered, 1);
    asked = w.server.asked;
    resolver_ask(w.resolver,
                 &(struct resolve_question){6, HOST_ADDRESSES, SPAN("Both.Example.org")},
                 now_us + 100 * SECOND_US);
    assert_int_equal(w.answered.counted, 2); /* at once */
    assert_int_equal(w.last_id, 6);
    assert_in_range(w.last.ttl_s, 490, 501);
    assert_int_equal(w.server.asked, asked);
    resolver_ask(w.resolver,
                 &(struct resolve_question){7, HOST_ADDRESSES, SPAN("both.example.org")},
                 now_us + 700 * SECOND_US);
    loop_count_wait(&w.answered, 3);
    assert_true(w.server.asked > asked);
    /* A failure is not kept: the next one asks again. */
    ask(&w, "broken.example.org");
    loop_count_wait(&w.answered, 4);
    asked = w.server.asked;
    ask(&w, "broken.example.org");
    loop_count_wait(&w.answered, 5);
    assert_true(w.server.asked > asked);
    end(&w);
}

static struct span
nth(struct span records, size_t n)
{
    struct resolve_record record = {0};

    for (size_t i = 0; i <= n; i++)
        assert_true(resolve_next_record(&records, &record));
    return record.data;
}

static void
test_texts(void **state UNUSED)
{
    static const struct {
        const char *name;
        enum resolve_outcome outcome;
        uint32_t ttl_s;
    } rows[] = {
        {"text.example.org", RESOLVE_FOUND, 300},
        {"_text.example.org", RESOLVE_FOUND, 300},
        {"none.example.org", RESOLVE_NONE, RESOLVE_TTL_NONE_S},
        {"empty.example.org", RESOLVE_NONE, RESOLVE_TTL_NONE_S},
        {"broken.example.org", RESOLVE_FAILED, 0},
    };
    struct resolve_question q = {5, HOST_TXT, {0}};
    struct world w;

    begin(&w);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        q.name = span_of(rows[i].name);
        resolver_ask(w.resolver, &q, clock_boot_us());
        loop_count_wait(&w.answered, i + 1);
        assert_int_equal(w.last.outcome, rows[i].outcome);
        assert_int_equal(w.last.ttl_s, rows[i].ttl_s);
        assert_true((w.records.len > 0) == (rows[i].outcome == RESOLVE_FOUND));
        if (w.records.len) {
            assert_true(span_eq(nth(buf_span(&w.records), 0), SPAN("first")));
            assert_true(span_eq(nth(buf_span(&w.records), 1), SPAN("v=spf1 -all")));
        }
    }
    /* The same name's addresses are another question, its texts are known. */
    q.name = SPAN("TEXT.example.org");
    resolver_ask(w.resolver, &q, clock_boot_us());
    assert_int_equal(w.answered.counted, ARRAY_LEN(rows) + 1);
    assert_true(span_eq(nth(buf_span(&w.records), 1), SPAN("v=spf1 -all")));
    ask(&w, "text.example.org");
    loop_count_wait(&w.answered, ARRAY_LEN(rows) + 2);
    assert_int_equal(w.last.count, 2);
    end(&w);
}

/* Many at once: bounded, each answered once, the same name asked for once. */
static void
test_bounds(void **state UNUSED)
{
    struct world w;
    char name[64];

    begin(&w);
    for (int i = 0; i < RESOLVE_WAITING_MAX; i++) {
        (void)snprintf(name, sizeof(name), "n%d.example.org", i / 2);
        ask(&w, name);
    }
    assert_int_equal(w.answered.counted, 0);
    ask(&w, "more.example.org");
    assert_int_equal(w.outcomes[RESOLVE_BUSY], 1);
    loop_count_wait(&w.answered, RESOLVE_WAITING_MAX + 1);
    assert_int_equal(w.outcomes[RESOLVE_FOUND], RESOLVE_WAITING_MAX);
    assert_int_equal(w.server.asked,
                     RESOLVE_WAITING_MAX); /* A and AAAA of half of them */
    end(&w);
}

/* Freed while names wait: nobody is called. */
static void
test_end_while_waiting(void **state UNUSED)
{
    struct world w;
    char name[64];

    begin(&w);
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "n%d.example.org", i);
        ask(&w, name);
    }
    end(&w);
    assert_int_equal(w.answered.counted, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answers), TEST(test_deadline), TEST(test_cache),
        TEST(test_texts),   TEST(test_bounds),   TEST(test_end_while_waiting),
    };

    return RUN(tests);
}
