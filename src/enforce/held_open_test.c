/* Connections that are held open, with real sockets: two namespaces with a wire between
 * them, and time as an argument. Needs root. */
#include "traffic_world.h"

#include <linux/netlink.h>
#include <linux/tcp.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "enforce/slots_diag.h"

/* A sample sees by the kernel's clock how long what it first meets has been idle: that is
 * next to nothing of EVERY_S, however slow the machine. */
enum { EVERY_S = 1000, FLOOR = 20, BATCH = 50, MANY = 10000 };

/* Moved between two samples: at work. */
enum { DATA = SLOTS_BYTES_PER_S * EVERY_S + 1 };

/* How much later than every second samples come: with few connections, and of the time
 * that one took. */
enum { SPARSE_TIMES = 6, TIME_PARTS = 50 };

static const char other4[] = "198.51.100.3";

/* What looks, and the ends of all connections. */
struct look {
    struct wire_pair pair;
    struct config_slots config;
    struct nl_socket netlink;
    struct nl_batch batch;
    struct slots slots;
    int64_t now_us;
    struct slots_group *groups;
    size_t count;
    int *ends;
    size_t end_count;
};

/* With an enforcer that has this rule and protects other4, or has none. */
static struct look
look_new(struct config_jail *rule)
{
    struct look l = {.pair = pair_new(false),
                     .config = {.ports = {{6, 25, 25}, {6, 465, 465}, {6, 587, 588}},
                                .count = 3,
                                .every_s = EVERY_S,
                                .floor = FLOOR},
                     .now_us = clock_boot_us()};
    struct world *w = l.pair.w;

    w->config.slots = l.config;
    if (rule) {
        w->protect[0] = (struct config_protect){PROTECT_MYNETWORKS, address(other4)};
        w->config.protect_count = 1;
        w->config.slots.every_s = 1;
        w->config.jails = rule;
        w->config.jail_count = 1;
    }
    world_start(w);
    assert_int_equal(nl_open(&l.netlink, NETLINK_SOCK_DIAG), 0);
    slots_init(&l.slots);
    l.ends = mem_zalloc((size_t)2 * (MANY + 100), sizeof(int));
    return l;
}

static void
look_free(struct look *l)
{
    close_all(l->ends, l->end_count);
    mem_free(l->ends);
    mem_free(l->groups);
    slots_fini(&l->slots);
    buf_fini(&l->batch.bytes);
    nl_close(&l->netlink);
    pair_free(&l->pair);
}

/* The next sample, EVERY_S later. */
static void
sample(struct look *l)
{
    mem_free(l->groups);
    l->now_us += EVERY_S * SECOND_US;
    slots_begin(&l->slots, l->now_us);
    assert_int_equal(slots_diag_dump(&l->netlink, &l->batch, &l->config, &l->slots), 0);
    l->count = slots_end(&l->slots, &l->config, &l->groups);
}

/* Connections from the attacker's side: the far ends, then those that were taken. */
static void
open_many(struct look *l, int listener, const char *from, const char *to, uint16_t port,
          size_t count)
{
    while (count) {
        size_t n = count < BATCH ? count : BATCH, first = l->end_count;

        enter(l->pair.away);
        for (size_t i = 0; i < n; i++)
            l->ends[l->end_count++] = start_connect(from, to, port);
        enter(l->pair.home);
        for (size_t i = 0; i < n; i++) {
            assert_true(is_ready(listener, POLLIN, WAIT_MS));
            l->ends[l->end_count] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            assert_true(l->ends[l->end_count++] >= 0);
        }
        for (size_t i = 0; i < n; i++)
            assert_true(is_ready(l->ends[first + i], POLLOUT, WAIT_MS));
        count -= n;
    }
}

/* One whose far end has gone without a word; the server's end stays. Each has a port of
 * its own: the kernel would give one out again. */
static void
open_half(struct look *l, int listener, const char *from, uint16_t from_port)
{
    struct sockaddr_storage a;
    socklen_t len = make(from, from_port, &a);
    int fd, on = 1;

    enter(l->pair.away);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    len = make(server4, 25, &a);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, len), 0);
    enter(l->pair.home);
    l->ends[l->end_count] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(l->ends[l->end_count++] >= 0);
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)), 0);
    assert_int_equal(close(fd), 0);
}

/* Port 0: any. */
static void
check_group(const struct slots_group *g, const char *who, uint32_t count, uint16_t port)
{
    struct addr a = address(who);

    assert_true(addr_eq(&g->who, &a));
    assert_int_equal(g->addresses, 1);
    assert_int_equal(g->count, count);
    assert_true(g->port == port || port == 0);
}

/* IPv4, IPv4-mapped and IPv6; on the ports that are looked at and no others. */
static void
test_families(void **state UNUSED)
{
    struct look l = look_new(NULL);
    int mapped = bound(SOCK_STREAM, "", 25), plain = bound(SOCK_STREAM, "0.0.0.0", 588);
    int other = bound(SOCK_STREAM, "0.0.0.0", 589);

    open_many(&l, mapped, attacker4, server4, 25, FLOOR);
    open_many(&l, plain, attacker4, server4, 588, 5);
    open_many(&l, mapped, attacker6, server6, 25, FLOOR);
    open_many(&l, plain, other4, server4, 588, 5);
    open_many(&l, other, other4, server4, 589, 2 * FLOOR);
    assert_int_equal(l.pair.w->enforcer.slots_timer.due_us, 0); /* no rule wants it */
    sample(&l);
    assert_int_equal(l.slots.sampled, 2 * FLOOR + 10);
    assert_int_equal(l.count, 0);
    sample(&l);
    assert_int_equal(l.count, 0);
    sample(&l);
    assert_int_equal(l.count, 2);
    check_group(&l.groups[0], attacker4, FLOOR + 5, 0);
    check_group(&l.groups[1], attacker6, FLOOR, 25);
    close_all((int[]){mapped, plain, other}, 3);
    look_free(&l);
}

/* Those that no server has taken wait like everybody; those that move data are at work.
 */
static void
test_spared(void **state UNUSED)
{
    struct look l = look_new(NULL);
    int smtp = bound(SOCK_STREAM, "0.0.0.0", 25);
    char data[DATA] = {0};

    open_many(&l, smtp, attacker4, server4, 25, FLOOR);
    enter(l.pair.away);
    for (size_t i = 0; i < FLOOR; i++)
        l.ends[l.end_count++] = start_connect(other4, server4, 25);
    enter(l.pair.home);
    for (size_t i = 1; i <= FLOOR; i++)
        assert_true(is_ready(l.ends[l.end_count - i], POLLOUT, WAIT_MS));
    for (unsigned i = 0; i < 5; i++) {
        for (size_t k = 0; k < FLOOR; k++)
            assert_int_equal(send(l.ends[k], data, sizeof(data), 0), sizeof(data));
        for (size_t k = FLOOR; k < (size_t)2 * FLOOR; k++)
            assert_int_equal(recv(l.ends[k], data, sizeof(data), MSG_WAITALL),
                             sizeof(data));
        sample(&l);
        assert_int_equal(l.count, 0);
        assert_int_equal(l.slots.known.count, FLOOR);
    }
    sample(&l);
    assert_int_equal(l.count, 0);
    sample(&l);
    assert_int_equal(l.count, 1);
    check_group(&l.groups[0], attacker4, FLOOR, 25);
    close_all(&smtp, 1);
    look_free(&l);
}

/* Ten thousand; what a sample of them costs is printed. */
static void
test_cost(void **state UNUSED)
{
    struct rlimit limit;
    struct look l = look_new(NULL);
    int smtp = bound(SOCK_STREAM, "0.0.0.0", 25);
    clock_t began, most = 0;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (unsigned i = 0; i < MANY; i++)
        open_half(&l, smtp, i % 2 ? attacker4 : other4, (uint16_t)(10000 + i));
    for (unsigned i = 0; i < 5; i++) {
        began = clock();
        sample(&l);
        began = clock() - began;
        most = began > most ? began : most;
    }
    assert_int_equal(l.count, 2);
    check_group(&l.groups[0], attacker4, MANY / 2, 25);
    printf("# a sample of %d connections: at most %ld us of processor\n", MANY,
           (long)(most * 1000000 / CLOCKS_PER_SEC));
    close_all(&smtp, 1);
    look_free(&l);
}

static bool
has_slots(const struct world *w)
{
    return w->slots_count >= w->wanted;
}

/* Has the enforcer take a sample, of many connections: the next one follows in a second,
 * or in fifty times as long as this one took. */
static void
sample_now(struct world *w)
{
    struct loop_timer *timer = &w->enforcer.slots_timer;
    int64_t before_us = clock_boot_us(), after_us, wait_us;

    timer->fn(timer->ctx);
    after_us = clock_boot_us();
    wait_us = (after_us - before_us) * TIME_PARTS;
    if (wait_us < SECOND_US)
        wait_us = SECOND_US;
    assert_true(w->enforcer.slots.is_dense);
    assert_true(timer->due_us >= before_us + SECOND_US);
    assert_true(timer->due_us <= after_us + wait_us);
}

/* The enforcer as a whole: judge is told, but not of
 * whom no ban may be. */
static void
test_enforcer(void **state UNUSED)
{
    struct config_jail rule = {
        .rule = {.key = RULE_ADDRESS, .kinds = UINT32_C(1) << EVENT_HELD_OPEN}};
    int64_t began_us = clock_boot_us();
    struct look l = look_new(&rule);
    int smtp = bound(SOCK_STREAM, "0.0.0.0", 25);
    struct world *w = l.pair.w;
    struct addr attacker = address(attacker4);

    open_many(&l, smtp, attacker4, server4, 25, FLOOR);
    open_many(&l, smtp, other4, server4, 25, 2 * FLOOR);
    assert_true(w->enforcer.slots_timer.due_us >= began_us + SPARSE_TIMES * SECOND_US);
    sample_now(w);
    w->wanted = 1;
    world_until(w, has_slots);
    /* Where this has taken seconds there were more samples. */
    for (uint32_t i = 0; i < w->slots_count && i < ARRAY_LEN(w->slots); i++) {
        assert_int_equal(w->slots[i].count, FLOOR);
        assert_int_equal(w->slots[i].addresses, 1);
        assert_true(w->slots[i].oldest_s >= 2);
        assert_true(addr_eq(&w->slots[i].who, &attacker));
    }
    w->wanted = w->states + 1;
    world_until(w, has_state);
    assert_true(w->state.slots_sampled >= 3 * FLOOR);
    assert_int_equal(w->state.slots_dropped, 0);
    close_all(&smtp, 1);
    look_free(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_families),
        TEST(test_spared),
        TEST(test_enforcer),
        TEST(test_cost),
    };

    if (!world_unshare()) {
        printf("1..0 # SKIP needs root\n");
        return 0;
    }
    return RUN(tests);
}
