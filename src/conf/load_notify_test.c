#include "unit.h"

#include "conf/config_print.h"
#include "conf/config_wire.h"
#include "conf/load.h"
#include "conf/value.h"

static int
load(const char *komainu, struct config *out, struct buf *errors)
{
    struct buf text = {0};
    struct conf_builtin builtins[] = {
        {"komainu.conf", NULL, 0}, {"jail.conf", "", 0}, {0}};
    const struct config_request r = {.builtins = builtins};
    int e;

    buf_printf(&text, "[komainu]\n%s\n", komainu);
    builtins[0].text = text.ptr;
    builtins[0].len = text.len;
    e = config_load(&r, out, errors);
    buf_fini(&text);
    return e;
}

static void
test_good(void **state UNUSED)
{
    static const struct {
        const char *komainu, *want;
    } rows[] = {
        {"", "silent-after = 1d\nnotify = no\n"},
        {"silent-after = no", "silent-after = no\nnotify = no\n"},
        {"notify = mail\nmail-to = a@example.org, b@example.com",
         "silent-after = 1d\nnotify-on = trouble alert\nnotify-rate = 12\nnotify-digest "
         "= 1d\n"
         "notify-timeout = 1m\nmail-to = a@example.org, b@example.com\nmail-from = root\n"
         "mail-command = /usr/sbin/sendmail -t -oi\n"},
        {"notify = command mail\nnotify-command = x 'y z'\n  w\nnotify-on = ban, digest\n"
         "notify-rate = 3\nnotify-timeout = 5",
         "silent-after = 1d\nnotify-on = ban digest\nnotify-rate = 3\n"
         "notify-digest = 1d\nnotify-timeout = 5s\nmail-to = root\nmail-from = root\n"
         "mail-command = /usr/sbin/sendmail -t -oi\nnotify-command = x 'y z'\n"
         "notify-command = w\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf errors = {0}, out = {0};
        struct config c = {0};

        if (load(rows[i].komainu, &c, &errors) != 0)
            fail_msg("%s", errors.ptr);
        config_notify_print(&c.notify, &out);
        assert_string_equal(out.ptr, rows[i].want);
        buf_fini(&out);
        config_fini(&c);
    }
}

static void
test_bad(void **state UNUSED)
{
    static const struct {
        const char *komainu, *want;
    } rows[] = {
        {"notify = pigeon", "`notify` has `pigeon`; write one or more of: mail command"},
        {"notify-on = bans",
         "`notify-on` has `bans`; write one or more of: trouble ban digest alert"},
        {"notify = command",
         "`notify` has `command` and `notify-command` is empty; write "
         "what is to be run"},
        {"notify-command = x", "`notify-command` is set and `notify` has no `command`; "
                               "write `notify = command`, or remove the line"},
        {"notify = mail\nmail-to = <a@example.org>",
         "`mail-to` is no mail address or list of them; write NAME or NAME@HOST"},
        {"notify = mail\nmail-to = -oQ/x", "`mail-to` is no mail address"},
        {"notify = mail\nmail-from = a b", "`mail-from` is no mail address; write NAME"},
        {"notify = mail\nmail-command =", "`mail-command` is empty"},
        {"notify-rate = 0", "`notify-rate` is `0`; write a whole number from 1 to 1000"},
        {"notify-digest = 1s", "`notify-digest` is `1s`; write a time"},
        {"silent-after = 0", "`silent-after` is `0`; write a time"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf errors = {0};
        struct config c = {0};

        assert_int_not_equal(load(rows[i].komainu, &c, &errors), 0);
        if (span_find(buf_span(&errors), span_of(rows[i].want)) < 0)
            fail_msg("%s", errors.ptr);
        buf_fini(&errors);
    }
}

static void
test_mail_addresses(void **state UNUSED)
{
    static const char *const good[] = {"root", "a.b+c@example.org", "o'neil@example.com"};
    static const char *const bad[] = {"",
                                      "@example.org",
                                      "a@",
                                      "a b@example.org",
                                      "x@[192.0.2.1]",
                                      "-oQ/x",
                                      "\"a\"",
                                      "a\n@example.org",
                                      "a,b",
                                      "<a@example.org>",
                                      "a;b",
                                      "\xC3\xA9"};
    char longest[VALUE_MAIL_MAX + 1];

    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(value_mail_address(span_of(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(value_mail_address(span_of(bad[i])));
    memset(longest, 'a', sizeof(longest));
    assert_true(value_mail_address((struct span){longest, VALUE_MAIL_MAX}));
    assert_false(value_mail_address((struct span){longest, VALUE_MAIL_MAX + 1}));
}

static int
take(void *ctx, struct span packet)
{
    struct wire_frame f;

    while (packet.len) {
        assert_int_equal(wire_next(&packet, WIRE_TO_ROLE, &f), WIRE_FRAME);
        if (config_take(ctx, &f) == CONFIG_REFUSED)
            return -1;
    }
    return 0;
}

/* The runner gets the commands; the others only hear that there are some. */
static void
test_wire(void **state UNUSED)
{
    struct config c = {0}, runner = {0}, judge = {0};
    struct buf errors = {0}, sent = {0}, taken = {0};

    assert_int_equal(load("notify = mail command\nnotify-command = x\n  y z\n"
                          "notify-timeout = 7",
                          &c, &errors),
                     0);
    assert_int_equal(config_send_commands(&c, take, &runner), 0);
    assert_int_equal(config_send(&c, take, &runner), 0);
    assert_int_equal(config_send(&c, take, &judge), 0);
    config_notify_print(&c.notify, &sent);
    config_notify_print(&runner.notify, &taken);
    assert_string_equal(sent.ptr, taken.ptr);
    assert_int_equal(judge.notify.ways, 3);
    assert_int_equal(judge.notify.command_count, 0);
    assert_null(judge.notify.mail_to);
    assert_int_equal(config_send_commands(&c, take, &judge), -1); /* out of order */
    buf_fini(&sent);
    buf_fini(&taken);
    config_fini(&c);
    config_fini(&runner);
    config_fini(&judge);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_good), TEST(test_bad),
                                       TEST(test_mail_addresses), TEST(test_wire)};

    return RUN(tests);
}
