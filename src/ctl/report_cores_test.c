/* `komainu report` says the same, byte for byte, on one core and on several. */
#include "replay_world.h"

enum { LINES = 4000, ATTACKERS = 300, LONG = 60000 };

static void
add_mail(struct buf *log, const char *stamp, unsigned i)
{
    unsigned who = i % 40;

    buf_printf(log, "%s mx postfix/smtpd[7]: %06X: client=c%u.example[192.0.2.%u]\n",
               stamp, 0x400000 + i, who, who);
    buf_printf(log,
               "%s mx postfix/qmgr[8]: %06X: from=<s%u@example.net>, size=%u, nrcpt=1 "
               "(queue active)\n",
               stamp, 0x400000 + i, who, 7 * i);
    buf_printf(log,
               "%s mx postfix/smtp[9]: %06X: to=<r%u@d%u.example>, relay=mx.example"
               "[198.51.100.1]:25, delay=%u, delays=0.1/0/0.4/%u, dsn=%s\n",
               stamp, 0x400000 + i, who, who % 7, who, who,
               i % 3 ? "2.0.0, status=sent (250 ok)"
                     : "4.4.1, status=deferred (connect to mx.example[198.51.100.1]:25: "
                       "Connection refused)");
}

static void
add_attempt(struct buf *log, const char *stamp, unsigned i)
{
    unsigned who = i * 7 % ATTACKERS;

    buf_printf(
        log,
        "%s mx dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 "
        "attempts in 2 secs): user=<user%u@example.com>, method=PLAIN, "
        "rip=198.51.%u.%u, lip=192.0.2.1, TLS, session=<%u>\n",
        stamp, i * 11 % 50, who / 200, who % 200, i);
    buf_printf(
        log,
        "%s mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[203.0.113.%u]: "
        "554 5.7.1 <z@example.com>: Relay access denied; from=<q@example.net> "
        "to=<z@example.com> proto=SMTP helo=<h>\n",
        stamp, who % 90);
    if (i % 5 == 0)
        buf_printf(log,
                   "%s mx dovecot: imap-login: Login: user=<user%u@example.com>, "
                   "method=PLAIN, rip=2001:db8:%x::1, lip=192.0.2.1, mpid=7, TLS\n",
                   stamp, i % 50, i % 30);
}

/* Of two days; with lines that are as long as a line may be, and some of no mail server.
 */
static void
add_log(struct buf *log)
{
    char stamp[64];

    for (unsigned i = 0; i < LINES; i++) {
        unsigned at_s = i * 40;

        (void)snprintf(stamp, sizeof(stamp), "2026-11-%02uT%02u:%02u:%02u+00:00",
                       20 + at_s / 86400, at_s / 3600 % 24, at_s / 60 % 60, at_s % 60);
        if (i % 2)
            add_mail(log, stamp, i);
        add_attempt(log, stamp, i);
        if (i % 100)
            continue;
        buf_printf(log, "%s mx postfix/smtpd[7]: what is this %u ", stamp, i);
        for (unsigned k = 0; i % 1000 == 0 && k < LONG; k++)
            buf_add_byte(log, 'x');
        buf_printf(log, "\n\n%s mx sshd[1]: Connection closed\n", stamp);
    }
}

static void
assert_same(const char *in_out, const char *const *words)
{
    static struct run one, other;

    run_words_on(1, &one, words);
    assert_int_equal(one.code, CTL_DONE);
    assert_non_null(strstr(one.out, in_out));
    for (unsigned cores = 2; cores <= 5; cores++) {
        run_words_on(cores, &other, words);
        assert_int_equal(other.code, one.code);
        assert_string_equal(other.err, one.err);
        assert_string_equal(other.out, one.out);
    }
}

#define ASSERT_SAME(in_out, ...)                                                         \
    assert_same((in_out), (const char *const[]){__VA_ARGS__, NULL})

static void
test_same(void **state UNUSED)
{
    struct buf log = {0};
    struct place p;

    place_init(&p);
    add_log(&log);
    write_log(p.a, &log);
    ASSERT_SAME("At a glance", "report", p.a);
    ASSERT_SAME("{\"schema\":", "report", "--json", p.a);
    ASSERT_SAME("{\"schema\":", "report", "--json", "--no-attacks", p.a);
    ASSERT_SAME("{\"schema\":", "report", "--json", "--compare", "-d", "2026-11-21", p.a);
    place_fini(&p);
}

/* What was not understood is written in the order of the log, too. */
static void
test_unprocessed(void **state UNUSED)
{
    static char one[1 << 20], other[1 << 20];
    struct buf log = {0};
    static struct run r;
    struct place p;
    FILE *file;

    place_init(&p);
    add_log(&log);
    write_log(p.a, &log);
    for (unsigned cores = 1; cores <= 3; cores++) {
        char *text = cores == 1 ? one : other;

        run_words_on(cores, &r,
                     (const char *const[]){"report", "--unprocessed", p.b, p.a, NULL});
        assert_int_equal(r.code, CTL_DONE);
        file = fopen(p.b, "r");
        assert_non_null(file);
        text[fread(text, 1, sizeof(one) - 1, file)] = '\0';
        (void)fclose(file); /* only read from */
        assert_non_null(strstr(text, "what is this 3900 "));
        assert_string_equal(text, one);
    }
    place_fini(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_same), TEST(test_unprocessed)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
