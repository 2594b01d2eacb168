#include "run_test.h"

#include <stdlib.h>
#include <time.h>

#include "base/buf.h"

static const char mail_log[] =
    "Nov 22 10:00:00 mx postfix/smtpd[1]: connect from a[192.0.2.1]\n"
    "Nov 22 10:00:01 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]: 550 "
    "5.1.1 "
    "<x@example.com>: no such \033[31muser; from=<s@example.net> to=<x@example.com> "
    "proto=ESMTP helo=<h>\n"
    "Nov 22 10:00:03 mx dovecot: auth: sql(joe,198.51.100.9): unknown user\n"
    "Nov 22 10:00:05 mx postfix/smtpd[1]: lost connection after RCPT from a[192.0.2.1]\n";
static const char guard_log[] =
    "Nov 22 10:00:02 mx komainu-judge[1]: ban address=192.0.2.1 jail=postfix until=x\n"
    "Nov 22 10:00:04 mx komainu-judge[1]: unban address=192.0.2.1 jail=postfix\n";

/* The logs, written to files, whose names these are. */
static char mail_name[] = "/tmp/komainu-audit-XXXXXX";
static char guard_name[] = "/tmp/komainu-audit-XXXXXX";

static void
write_log(char *name, const char *text, size_t len)
{
    int fd = mkstemp(name);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    (void)close(fd);
}

static int
set_up(void **state UNUSED)
{
    (void)setenv("TZ", "UTC", 1);
    tzset();
    write_log(mail_name, mail_log, sizeof(mail_log) - 1);
    write_log(guard_name, guard_log, sizeof(guard_log) - 1);
    return 0;
}

static int
tear_down(void **state UNUSED)
{
    (void)unlink(mail_name);
    (void)unlink(guard_name);
    return 0;
}

/* The categories and times of the lines, as "reject 01". */
static void
heads(const struct run *r, struct buf *out)
{
    struct span rest = span_of(r->out), line, word, tail;

    while (span_line(&rest, &line)) {
        assert_true(span_starts(line, SPAN("2026-11-22 10:00:0")));
        tail = span_from(line, 21);
        assert_true(span_word(&tail, &word));
        buf_printf(out, "%.*s@%c ", SPAN_FMT(word), line.ptr[18]);
    }
}

#define ASSERT_HEADS(expected, ...)                                                      \
    do {                                                                                 \
        struct run r_;                                                                   \
        struct buf b_ = {0};                                                             \
        RUN_WORDS(&r_, "audit", mail_name, guard_name, ##__VA_ARGS__);                   \
        heads(&r_, &b_);                                                                 \
        assert_string_equal(b_.len ? b_.ptr : "", expected);                             \
        assert_int_equal(r_.code, b_.len ? CTL_DONE : CTL_NO_MATCH);                     \
        buf_fini(&b_);                                                                   \
    } while (0)

static void
test_order_and_filters(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "audit", mail_name, guard_name);
    assert_non_null(strstr(r.out, "no such \\x1B[31muser"));
    assert_null(strchr(r.out, '\033'));
    assert_non_null(strstr(r.out, "192.0.2.1  RCPT  to x@example.com"));
}

static void
test_json(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "audit", "--json", "--category", "login", mail_name);
    assert_int_equal(r.code, CTL_DONE);
    assert_string_equal(r.out,
                        "{\"time\":\"2026-11-22T10:00:03+00:00\",\"category\":"
                        "\"login\",\"address\":\"198.51.100.9\",\"account\":\"joe\","
                        "\"recipient\":\"\",\"queue_id\":\"\",\"what\":\"auth\","
                        "\"text\":\"unknown user\"}\n");
}

static void
test_filters(void **state UNUSED)
{
    ASSERT_HEADS("reject@1 ban@2 login@3 unban@4 ");
    ASSERT_HEADS("reject@1 ban@2 login@3 unban@4 noise@5 ", "--noise");
    ASSERT_HEADS("ban@2 login@3 ", "--category", "ban,login");
    ASSERT_HEADS("reject@1 ban@2 unban@4 ", "--address", "192.0.2.0/24");
    ASSERT_HEADS("login@3 ", "--account", "JOE");
    ASSERT_HEADS("reject@1 ", "--account", "x@example.com");
    ASSERT_HEADS("login@3 unban@4 ", "--since", "2026-11-22 10:00:03");
    ASSERT_HEADS("reject@1 ", "--until", "2026-11-22 10:00:02");
    ASSERT_HEADS("", "--category", "trouble");
}

static void
test_wrong(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "audit", "--category", "rejects", mail_name);
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, "--category: rejects: is none of them: reject list"));
    RUN_WORDS(&r, "audit", "--address", "192.0.2.300", mail_name);
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, "--address: 192.0.2.300: is no address"));
    RUN_WORDS(&r, "audit", "/nonexistent/log");
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, "/nonexistent/log"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_order_and_filters), TEST(test_json),
                                       TEST(test_filters), TEST(test_wrong)};

    return cmocka_run_group_tests_name(NULL, tests, set_up, tear_down);
}
