#include "gate/grey_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "unit.h"

enum { NOW_S = 1800000000, MAX = 100000, DAY_S = 86400 };

static const struct grey_ages ages = {35 * DAY_S, 2 * DAY_S};

struct world {
    char folder[64];
    struct grey_store s;
    struct grey_log_found found;
};

static void
open_store(struct world *w, uint32_t max)
{
    assert_int_equal(grey_store_open(&w->s, w->folder, max, ages, &w->found), 0);
}

static int
begin(void **state)
{
    struct world *w = mem_zalloc(1, sizeof(*w));

    /* In memory where that is to be had: many a log is made and synced here. */
    (void)snprintf(w->folder, sizeof(w->folder), "%s/komainu-grey-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(w->folder))
        return -1;
    *state = w;
    return 0;
}

static const char *
path_of(const struct world *w, const char *name, char dst[128])
{
    (void)snprintf(dst, 128, "%s/%s", w->folder, name);
    return dst;
}

static int
end(void **state)
{
    static const char *const names[] = {"greylist.key", "greylist.log", "greylist.new",
                                        "greylist.log.bad"};
    struct world *w = *state;
    char path[128];

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        (void)unlink(path_of(w, names[i], path)); /* not all are there */
    if (rmdir(w->folder) < 0)
        return -1;
    mem_free(w);
    return 0;
}

static struct grey_key
key_of(const struct world *w, uint64_t n)
{
    return grey_key_of(&w->s.log.secret, 't', (struct span){(const char *)&n, sizeof(n)});
}

static void
put(struct world *w, uint64_t n, uint32_t first_s, uint8_t flags)
{
    struct grey_key k = key_of(w, n);

    grey_store_put(&w->s, &k,
                   &(struct grey_entry){first_s, first_s + 1, 0, GREY_TRIPLET, flags});
}

static const struct grey_entry *
find(struct world *w, uint64_t n, int64_t now_s)
{
    struct grey_key k = key_of(w, n);

    return grey_store_find(&w->s, &k, now_s);
}

/* Ticks until the background has nothing to do; as the clock goes. */
static int64_t
tick_out(struct world *w, int64_t boot_us)
{
    for (int i = 0; i < 100000; i++) {
        unsigned ms = grey_store_tick(&w->s, NOW_S + boot_us / SECOND_US, boot_us);

        if (ms > 10)
            return boot_us;
        boot_us += ms * INT64_C(1000);
    }
    fail_msg("the background does not end");
    return 0;
}

static void
test_keeps(void **state)
{
    struct world *w = *state;
    struct grey_key k;
    const struct grey_entry *e;

    open_store(w, MAX);
    assert_true(w->found.is_new_key);
    put(w, 1, NOW_S, 0);
    put(w, 1, NOW_S - 5, GREY_PASSED);
    put(w, 2, NOW_S, GREY_SHA1);
    k = key_of(w, 3);
    grey_store_put(&w->s, &k, &(struct grey_entry){0, NOW_S, 70000, GREY_CLIENT, 0});
    put(w, 4, NOW_S, 0);
    k = key_of(w, 4);
    assert_true(grey_store_remove(&w->s, &k));
    assert_false(grey_store_remove(&w->s, &k));
    assert_int_equal(w->s.counts[GREY_TRIPLET], 2);
    grey_store_close(&w->s);

    open_store(w, MAX);
    assert_false(w->found.is_new_key);
    assert_int_equal(w->found.records, 6);
    assert_int_equal(w->found.damaged, 0);
    assert_int_equal(w->s.counts[GREY_TRIPLET], 2);
    assert_int_equal(w->s.counts[GREY_CLIENT], 1);
    assert_int_equal(w->s.sha1_count, 1);
    e = find(w, 1, NOW_S);
    assert_non_null(e);
    assert_int_equal(e->first_s, NOW_S - 5);
    assert_int_equal(e->flags, GREY_PASSED);
    e = find(w, 3, NOW_S);
    assert_non_null(e);
    assert_int_equal(e->count, UINT16_MAX);
    assert_null(find(w, 4, NOW_S));
    grey_store_close(&w->s);
}

static void
test_over(void **state)
{
    struct world *w = *state;
    struct grey_key k;

    open_store(w, MAX);
    put(w, 1, NOW_S, 0);
    put(w, 2, NOW_S, GREY_PASSED);
    k = key_of(w, 3);
    grey_store_put(&w->s, &k, &(struct grey_entry){0, NOW_S, 1, GREY_CLIENT, 0});
    assert_non_null(find(w, 1, NOW_S + 2 * DAY_S));
    assert_null(find(w, 1, NOW_S + 2 * DAY_S + 1));
    assert_non_null(find(w, 2, NOW_S + 1 + 35 * DAY_S));
    assert_null(find(w, 2, NOW_S + 2 + 35 * DAY_S));
    assert_non_null(find(w, 3, NOW_S + 35 * DAY_S));
    assert_null(find(w, 3, NOW_S + 35 * DAY_S + 1));
    assert_non_null(find(w, 1, NOW_S - 100 * DAY_S)); /* a clock that went back */
    grey_store_close(&w->s);
}

/* A process that is killed: what was committed is there. */
static void
test_kill(void **state)
{
    struct world *w = *state;
    struct grey_store dead;

    open_store(w, MAX);
    for (uint64_t i = 0; i < 1000; i++)
        put(w, i, NOW_S, 0);
    grey_store_commit(&w->s);
    put(w, 1000, NOW_S, 0);
    dead = w->s;
    assert_int_equal(close(dead.log.out.fd), 0);
    assert_int_equal(close(dead.log.folder_fd), 0);
    dead.log.out.fd = dead.log.folder_fd = 0;
    open_store(w, MAX);
    assert_int_equal(w->s.counts[GREY_TRIPLET], 1000);
    grey_store_close(&w->s);
    grey_store_close(&dead);
}

static void
test_lock(void **state)
{
    struct world *w = *state;
    struct grey_store other;
    struct grey_log_found found;

    open_store(w, MAX);
    put(w, 1, NOW_S, 0);
    grey_store_commit(&w->s);
    assert_int_equal(grey_store_open(&other, w->folder, MAX, ages, &found), -EWOULDBLOCK);
    assert_int_equal(grey_store_read(&other, w->folder, ages, &found), 0);
    assert_int_equal(other.counts[GREY_TRIPLET], 1);
    grey_store_close(&other);
    grey_store_close(&w->s);
}

static void
read_log(struct world *w, struct buf *out)
{
    char path[128], block[4096];
    int fd = open(path_of(w, "greylist.log", path), O_RDONLY);
    ssize_t n;

    assert_true(fd >= 0);
    while ((n = read(fd, block, sizeof(block))) > 0)
        buf_add(out, (struct span){block, (size_t)n});
    (void)close(fd);
}

static void
write_log(struct world *w, struct span bytes)
{
    char path[128];
    int fd = open(path_of(w, "greylist.log", path), O_WRONLY | O_TRUNC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    (void)close(fd);
}

/* Cut at bytes of each field, and with them wrong: the records that are whole are there,
 * the rest is told, and it goes on. */
static void
test_damage(void **state)
{
    enum { N = 2 };
    struct world *w = *state;
    struct buf whole = {0};

    open_store(w, MAX);
    for (uint64_t i = 0; i < N; i++)
        put(w, i, NOW_S, 0);
    grey_store_close(&w->s);
    read_log(w, &whole);
    assert_int_equal(whole.len, 32 * (N + 1));
    for (size_t at = 0; at < whole.len; at += 5) {
        write_log(w, span_head(buf_span(&whole), at));
        open_store(w, MAX);
        assert_int_equal(w->s.counts[GREY_TRIPLET], at < 32 ? 0 : at / 32 - 1);
        assert_int_equal(w->found.is_aside, at < 32);
        assert_int_equal(w->found.damaged, at >= 32 && at % 32 != 0);
        put(w, 99, NOW_S, 0);
        grey_store_close(&w->s);
        open_store(w, MAX);
        assert_non_null(find(w, 99, NOW_S));
        assert_int_equal(w->found.damaged, 0);
        grey_store_close(&w->s);
    }
    for (size_t at = 0; at < whole.len; at += 5) {
        whole.ptr[at] ^= 0x10;
        write_log(w, buf_span(&whole));
        open_store(w, MAX);
        assert_int_equal(w->s.counts[GREY_TRIPLET], at < 32 ? 0 : N - 1);
        assert_int_equal(w->found.is_aside, at < 32);
        assert_int_equal(w->found.damaged, at >= 32);
        (void)tick_out(w, SECOND_US);
        grey_store_close(&w->s);
        if (at >= 32) { /* it was written anew without the damage */
            open_store(w, MAX);
            assert_int_equal(w->found.records, N - 1);
            assert_int_equal(w->found.damaged, 0);
            grey_store_close(&w->s);
        }
        whole.ptr[at] ^= 0x10;
    }
    buf_fini(&whole);
}

static void
test_lost_key(void **state)
{
    struct world *w = *state;
    char path[128];

    open_store(w, MAX);
    put(w, 1, NOW_S, 0);
    grey_store_close(&w->s);
    assert_int_equal(truncate(path_of(w, "greylist.key", path), 7), 0);
    open_store(w, MAX);
    assert_true(w->found.is_new_key);
    assert_true(w->found.is_aside);
    assert_int_equal(w->s.counts[GREY_TRIPLET], 0);
    grey_store_close(&w->s);
}

static size_t
open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    size_t n = 0;

    assert_non_null(d);
    while (readdir(d))
        n++;
    assert_int_equal(closedir(d), 0);
    return n;
}

/* The file that is replaced is left to the kernel, and not to be open for ever. */
static void
test_replaced_closed(void **state)
{
    enum { KEYS = 10000, TIMES = 12 };
    struct world *w = *state;
    size_t before;

    open_store(w, MAX);
    before = open_files();
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < TIMES * KEYS; i++)
            put(w, i % KEYS, NOW_S + i / KEYS, 0);
        (void)tick_out(w, (1 + round) * SECOND_US);
        assert_int_equal(w->s.log.records, KEYS);
        assert_int_equal(open_files(), before);
    }
    grey_store_close(&w->s);
}

/* The log stays short, while new records come in the middle of rewriting. */
static void
test_rewrite(void **state)
{
    enum { KEYS = 20000, TIMES = 12 };
    struct world *w = *state;
    int64_t boot_us = SECOND_US;
    uint64_t rewrites = 0, before = 0;

    open_store(w, MAX);
    for (uint32_t i = 0; i < TIMES * KEYS; i++) {
        put(w, i % KEYS, NOW_S + i / KEYS, 0);
        if (i % 1000 == 0) {
            (void)grey_store_tick(&w->s, NOW_S + 1, boot_us);
            boot_us += 10000;
        }
        rewrites += w->s.log.records < before;
        before = w->s.log.records;
    }
    assert_true(rewrites >= 1);
    (void)tick_out(w, boot_us);
    assert_true(w->s.log.records <= 2 * KEYS + 65536 + 1000);
    assert_int_equal(w->s.log.rewrite, GREY_REWRITE_NONE);
    grey_store_close(&w->s);
    open_store(w, MAX);
    assert_int_equal(w->s.counts[GREY_TRIPLET], KEYS);
    for (uint64_t i = 0; i < KEYS; i++)
        assert_int_equal(find(w, i, NOW_S)->first_s, NOW_S + TIMES - 1);
    grey_store_close(&w->s);
}

/* Killed in the middle of rewriting, at each step of it. */
static void
test_kill_rewrite(void **state)
{
    enum { KEYS = 9000 };
    struct world *w = *state;

    for (int stop = 0; stop < 12; stop++) {
        struct grey_store dead;
        int64_t boot_us = SECOND_US;

        open_store(w, MAX);
        for (uint64_t i = 0; i < KEYS; i++)
            put(w, i, NOW_S + (uint32_t)stop, 0);
        w->s.log.is_behind = true; /* asks for it */
        for (int i = 0; i < stop; i++) {
            put(w, KEYS + (uint64_t)i, NOW_S + (uint32_t)stop, 0);
            (void)grey_store_tick(&w->s, NOW_S, boot_us += 10000);
        }
        w->s.log.is_behind = false;
        grey_store_commit(&w->s);
        dead = w->s;
        (void)close(dead.log.out.fd);
        (void)close(dead.log.folder_fd);
        if (dead.log.next.fd)
            (void)close(dead.log.next.fd);
        dead.log.out.fd = dead.log.folder_fd = dead.log.next.fd = 0;
        sync_fini(&dead.log.sync); /* a sync under way holds the folder's lock */
        sync_fini(&dead.log.next_sync);
        open_store(w, MAX);
        assert_int_equal(w->found.damaged, 0);
        for (uint64_t i = 0; i < KEYS + (uint64_t)stop; i++)
            assert_int_equal(find(w, i, NOW_S)->first_s, NOW_S + stop);
        grey_store_close(&w->s);
        grey_store_close(&dead);
    }
}

/* A file that may not grow: what is asked goes on, is told, and is there when it can. */
static void
test_full(void **state)
{
    struct world *w = *state;
    struct rlimit was, little;
    int64_t boot_us = 100 * SECOND_US;

    open_store(w, MAX);
    put(w, 0, NOW_S, 0);
    grey_store_commit(&w->s);
    assert_int_equal(w->s.log.error, 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    little = was;
    little.rlim_cur = 100; /* in the middle of a record */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    for (uint64_t i = 1; i < 10; i++)
        put(w, i, NOW_S, 0);
    grey_store_commit(&w->s);
    grey_store_commit(&w->s);
    assert_int_equal(w->s.log.error, EFBIG);
    assert_non_null(find(w, 9, NOW_S));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    (void)grey_store_tick(&w->s, NOW_S, boot_us);
    assert_int_equal(w->s.log.error, 0);

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    for (uint64_t i = 10; i < 50000; i++) { /* more than may wait */
        put(w, i, NOW_S, 0);
        if (i % 1000 == 0)
            (void)grey_store_tick(&w->s, NOW_S, boot_us += 10000);
    }
    assert_true(w->s.log.is_behind);
    assert_int_equal(w->s.log.error, EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    boot_us += 20 * SECOND_US;
    (void)grey_store_tick(&w->s, NOW_S, boot_us);
    (void)tick_out(w, boot_us);
    assert_false(w->s.log.is_behind);
    assert_int_equal(w->s.log.error, 0);
    grey_store_close(&w->s);
    open_store(w, MAX);
    assert_int_equal(w->s.counts[GREY_TRIPLET], 50000);
    assert_int_equal(w->found.damaged, 0);
    grey_store_close(&w->s);
}

static void
test_bound(void **state)
{
    struct world *w = *state;

    open_store(w, 6400);
    for (uint64_t i = 0; i < 20000; i++) {
        put(w, i, NOW_S, 0);
        assert_non_null(find(w, 0, NOW_S)); /* in use: it stays */
    }
    assert_true(w->s.counts[GREY_TRIPLET] <= 6464);
    assert_int_equal(w->s.counts[GREY_TRIPLET] + w->s.evicted, 20000);
    grey_store_close(&w->s);
}

static void
test_walk(void **state)
{
    enum { N = 30000 };
    struct world *w = *state;
    uint64_t before, after;
    int64_t boot_us = SECOND_US;

    open_store(w, MAX);
    for (uint64_t i = 0; i < N; i++)
        put(w, i, NOW_S - 3 * DAY_S, i % 3 ? 0 : GREY_PASSED);
    assert_false(grey_store_round(&w->s, &before, &after));
    boot_us = tick_out(w, boot_us);
    assert_true(grey_store_round(&w->s, &before, &after));
    assert_int_equal(before, N);
    assert_int_equal(after, N / 3);
    assert_int_equal(w->s.expired, N - N / 3);
    assert_int_equal(w->s.counts[GREY_TRIPLET], N / 3);
    assert_false(grey_store_round(&w->s, &before, &after));

    /* The clock leaps by 40 days, and back: nothing is forgotten. */
    boot_us += 2 * HOUR_US;
    (void)grey_store_tick(&w->s, NOW_S + 40 * DAY_S, boot_us);
    boot_us += 30 * MINUTE_US;
    (void)grey_store_tick(&w->s, NOW_S + 40 * DAY_S + 1800, boot_us);
    boot_us += MINUTE_US;
    (void)grey_store_tick(&w->s, NOW_S + 7300 + 1860, boot_us);
    assert_int_equal(w->s.counts[GREY_TRIPLET], N / 3);
    grey_store_close(&w->s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keeps, begin, end),
        cmocka_unit_test_setup_teardown(test_over, begin, end),
        cmocka_unit_test_setup_teardown(test_kill, begin, end),
        cmocka_unit_test_setup_teardown(test_lock, begin, end),
        cmocka_unit_test_setup_teardown(test_damage, begin, end),
        cmocka_unit_test_setup_teardown(test_lost_key, begin, end),
        cmocka_unit_test_setup_teardown(test_rewrite, begin, end),
        cmocka_unit_test_setup_teardown(test_replaced_closed, begin, end),
        cmocka_unit_test_setup_teardown(test_kill_rewrite, begin, end),
        cmocka_unit_test_setup_teardown(test_full, begin, end),
        cmocka_unit_test_setup_teardown(test_bound, begin, end),
        cmocka_unit_test_setup_teardown(test_walk, begin, end),
    };

    return RUN(tests);
}
