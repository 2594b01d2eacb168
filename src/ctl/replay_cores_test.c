/* `komainu replay` says the same, byte for byte, on one core and on several. */
#include <sys/stat.h>
#include <zlib.h>

#include "replay_world.h"

enum {
    MINUTES = 6,
    ATTACKERS = 40,
    HONEST = 30,
    BANNED = 500, /* of which the output is more than is kept before it is written */
};

static void
add_stamp(char stamp[64], unsigned at_s)
{
    (void)snprintf(stamp, 64, "2026-11-20T01:%02u:%02u.250000+00:00", at_s / 60,
                   at_s % 60);
}

/* Failures of many, lines that nobody wants, and logins of accounts that are tried, too;
 * `odd` makes two logs whose lines alternate. */
static void
add_log(struct buf *log, unsigned odd)
{
    char stamp[64], who[40], account[24];

    for (unsigned i = odd; i < MINUTES * 60 * 8; i += 2) {
        add_stamp(stamp, i / 8);
        (void)snprintf(who, sizeof(who), "198.51.100.%u", i * 7 % ATTACKERS);
        (void)snprintf(account, sizeof(account), "user%u", i * 11 % HONEST);
        if (i % 5 == 0)
            add_sasl(log, stamp, who);
        else
            add_miss(log, stamp, who, account);
        if (i % 3 == 0) {
            (void)snprintf(who, sizeof(who), "2001:db8:%x::1", i % HONEST);
            add_login(log, stamp, who, account);
        }
        buf_printf(log, "%s mx postfix/qmgr[811]: 4F%u: removed\n", stamp, i);
    }
}

static void
write_gzip_cut(const char *path, struct buf *text)
{
    gzFile file = gzopen(path, "wb");
    int fd;
    off_t len;

    assert_non_null(file);
    assert_int_equal(gzwrite(file, text->ptr, (unsigned)text->len), text->len);
    assert_int_equal(gzclose(file), Z_OK);
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    len = lseek(fd, 0, SEEK_END);
    assert_int_equal(ftruncate(fd, len - 20), 0);
    (void)close(fd); /* read again at once */
    buf_fini(text);
}

static void
assert_same(const char *const *words, int code, const char *in_out)
{
    static struct run one, other;

    run_words_on(1, &one, words);
    assert_int_equal(one.code, code);
    assert_non_null(strstr(one.out, in_out));
    for (unsigned cores = 2; cores <= 3; cores++) {
        run_words_on(cores, &other, words);
        assert_int_equal(other.code, one.code);
        assert_string_equal(other.err, one.err);
        assert_string_equal(other.out, one.out);
    }
}

#define ASSERT_SAME(code, in_out, ...)                                                   \
    assert_same((const char *const[]){__VA_ARGS__, NULL}, (code), (in_out))

/* Two logs whose lines alternate, of which one is damaged before its end. */
static void
test_same(void **state UNUSED)
{
    struct place p;
    struct buf log = {0};

    place_init(&p);
    add_log(&log, 0);
    write_log(p.a, &log);
    add_log(&log, 1);
    write_gzip_cut(p.b, &log);
    ASSERT_SAME(CTL_INTERNAL, "Read in this order", "replay", p.a, p.b);
    ASSERT_SAME(CTL_INTERNAL, "\"reason\":", "replay", "--jsonl", p.b, p.a);
    place_fini(&p);
}

/* Filters of both sides that differ: each line has events of two matchers. */
static void
test_two_matchers(void **state UNUSED)
{
    char folder[] = "/tmp/komainu-replay-conf-XXXXXX", jail[64], filters[64], filter[80];
    struct place p;
    struct buf log = {0}, conf = {0};

    place_init(&p);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(jail, sizeof(jail), "%s/jail.local", folder);
    (void)snprintf(filters, sizeof(filters), "%s/filter.d", folder);
    (void)snprintf(filter, sizeof(filter), "%s/own.conf", filters);
    assert_int_equal(mkdir(filters, 0700), 0);
    buf_add_text(&conf, "[own]\nenabled = yes\nfilter = own\nmaxretry = 3\n");
    write_log(jail, &conf);
    buf_add_text(&conf,
                 "[Definition]\nfailregex = warning: unknown\\[<HOST>\\]: SASL \n");
    write_log(filter, &conf);
    add_log(&log, 0);
    write_log(p.a, &log);
    ASSERT_SAME(CTL_DONE, "\"own\"", "replay", "--json", "--compare", "default", folder,
                p.a);
    assert_int_equal(unlink(filter), 0);
    assert_int_equal(unlink(jail), 0);
    assert_int_equal(rmdir(filters), 0);
    assert_int_equal(rmdir(folder), 0);
    place_fini(&p);
}

/* An output that takes nothing: reading ends early, and it is said. */
static void
test_full_output(void **state UNUSED)
{
    struct place p;
    struct buf log = {0};
    char who[32];

    place_init(&p);
    for (unsigned i = 0; i < BANNED; i++) {
        (void)snprintf(who, sizeof(who), "2001:db8:%x::1", i);
        add_attack(&log, i / 10, who);
    }
    write_log(p.a, &log);
    for (unsigned cores = 1; cores <= 2; cores++) {
        char *argv[] = {(char *)(uintptr_t) "komainu", (char *)(uintptr_t) "replay",
                        (char *)(uintptr_t) "--json", p.a, NULL};
        struct ctl_env env = {.in = -1,
                              .out = open("/dev/full", O_WRONLY | O_CLOEXEC),
                              .err = memfd_create("err", MFD_CLOEXEC),
                              .screen = {.now_us = INT64_C(1795312405) * SECOND_US},
                              .boot_us = run_boot_us,
                              .cores = cores};
        char err[1024];

        assert_true(env.out >= 0 && env.err >= 0);
        assert_int_equal(ctl_main(4, argv, &env), CTL_INTERNAL);
        run_read(env.err, err, sizeof(err));
        assert_non_null(strstr(err, "replay: cannot write the output: No space left"));
        (void)close(env.out); /* nothing was written */
    }
    place_fini(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_same), TEST(test_two_matchers),
                                       TEST(test_full_output)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
