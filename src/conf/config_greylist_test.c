#include "conf/config_greylist.h"

#include <syslog.h>

#include "unit.h"

static const struct row {
    const char *option, *text;
    bool is_taken;
} rows[] = {
    {"delay", "60", true},
    {"delay", "0", false},
    {"max-age", "35", true},
    {"max-age", "5s", false},
    {"retry-window", "6h", true},
    {"retry-window", "two", false},
    {"greylist-action", "defer_if_permit", true},
    {"greylist-action", "451", true},
    {"greylist-action", "REJECT", false},
    {"greylist-action", "550", false},
    {"greylist-text", "Come\nagain", false},
    {"ipv4cidr", "33", false},
    {"lookup-by-host", "on", true},
    {"lookup-by-host", "net", false},
    {"whitelist-clients", "/a /b", true},
    {"whitelist-clients", "a", false},
    {"skip", "spf fcrdns", true},
    {"skip", "all", false},
    {"skip", "", true},
    {"privacy", "yes", true},
    {"privacy", "no", false},
    {"early-delay", "30", true},
    {"early-delay", "no", true},
    {"syslog-facility", "local7", true},
    {"syslog-facility", "local8", false},
    {"dealy", "5m", false},
};

static void
test_rows(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct config_greylist g = {0};
        struct buf why = {0};

        config_greylist_init(&g);
        if (config_greylist_set(&g, span_of(rows[i].option), span_of(rows[i].text),
                                &why) != rows[i].is_taken)
            fail_msg("%s = %s", rows[i].option, rows[i].text);
        assert_int_equal(why.len == 0, rows[i].is_taken);
        config_greylist_fini(&g);
        buf_fini(&why);
    }
}

/* What postgrey does by rule is refused with what to do in its place. */
static void
test_privacy(void **state UNUSED)
{
    struct config_greylist g = {0};
    struct buf why = {0};

    config_greylist_init(&g);
    assert_false(config_greylist_set(&g, SPAN("privacy"), SPAN("no"), &why));
    assert_non_null(strstr(why.ptr, "`privacy = no` is not built: "));
    assert_non_null(strstr(why.ptr, "`komainu greylist search` finds"));
    config_greylist_fini(&g);
    buf_fini(&why);
}

static void
set(struct config_greylist *g, const char *option, const char *text)
{
    struct buf why = {0};

    assert_true(config_greylist_set(g, span_of(option), span_of(text), &why));
    buf_fini(&why);
}

static const char *const settings[][2] = {
    {"delay", "1m"},
    {"max-age", "10"},
    {"retry-window", "6h"},
    {"greylist-action", "450"},
    {"greylist-text", "Wait %s"},
    {"x-greylist-header", ""},
    {"hostname", "mx.example.org"},
    {"lookup-by-host", "yes"},
    {"ipv4cidr", "20"},
    {"ipv6cidr", "48"},
    {"auto-whitelist-clients", "0"},
    {"auto-whitelist-by", "network"},
    {"whitelist-clients", "/a"},
    {"whitelist-recipients", "/b, /c"},
    {"greylist-recipients", "/d"},
    {"log-lines", "postgrey"},
    {"syslog-facility", "local3"},
    {"sender-tokens", "no"},
    {"sender-pools", "no"},
    {"skip", "spf"},
    {"only-doubtful", "yes"},
    {"early-delay", "30"},
    {"early-senders", "Code OTP"},
    {"per-message", "yes"},
    {"null-sender", "pass"},
    {"max-triplets", "5000"},
};

/* Each option changes what it is for. */
static void
test_values(void **state UNUSED)
{
    struct config_greylist g = {0};

    config_greylist_init(&g);
    assert_int_equal(g.delay_s, 300);
    assert_int_equal(g.max_age_s, 35 * 86400);
    assert_int_equal(g.retry_window_s, 2 * 86400);
    assert_int_equal(g.auto_whitelist, 5);
    assert_int_equal(g.clients.count, 2);
    assert_true(g.clients.is_default);
    assert_int_equal(g.syslog_facility, LOG_MAIL);
    assert_int_equal(g.skip, CONFIG_GREYLIST_TRUSTED | CONFIG_GREYLIST_DNSWL);
    for (size_t i = 0; i < ARRAY_LEN(settings); i++)
        set(&g, settings[i][0], settings[i][1]);
    assert_int_equal(g.delay_s, 60);
    assert_int_equal(g.max_age_s, 10 * 86400);
    assert_int_equal(g.retry_window_s, 6 * 3600);
    assert_string_equal(g.action, "450");
    assert_string_equal(g.text, "Wait %s");
    assert_string_equal(g.header, "");
    assert_string_equal(g.hostname, "mx.example.org");
    assert_true(g.is_by_host && g.is_auto_by_network && g.has_log_lines);
    assert_int_equal(g.ipv4_bits, 20);
    assert_int_equal(g.ipv6_bits, 48);
    assert_int_equal(g.auto_whitelist, 0);
    assert_int_equal(g.clients.count, 1);
    assert_false(g.clients.is_default);
    assert_string_equal(g.recipients.paths[1], "/c");
    assert_int_equal(g.only_recipients.count, 1);
    assert_int_equal(g.syslog_facility, LOG_LOCAL3);
    assert_false(g.has_sender_tokens || g.has_pools);
    assert_int_equal(g.skip, CONFIG_GREYLIST_SPF);
    assert_true(g.is_only_doubtful && g.is_per_message && g.skips_null_sender);
    assert_int_equal(g.early_delay_s, 30);
    assert_string_equal(g.early_senders, "code otp");
    assert_int_equal(g.max_triplets, 5000);
    config_greylist_fini(&g);
}

static void
test_check(void **state UNUSED)
{
    struct config_greylist g = {0};
    struct buf why = {0};

    config_greylist_init(&g);
    assert_true(config_greylist_check(&g, &why));
    set(&g, "early-delay", "5m");
    assert_false(config_greylist_check(&g, &why));
    set(&g, "early-delay", "no");
    set(&g, "max-age", "1");
    assert_false(config_greylist_check(&g, &why));
    set(&g, "max-age", "35");
    set(&g, "retry-window", "5m");
    assert_false(config_greylist_check(&g, &why));
    config_greylist_fini(&g);
    buf_fini(&why);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows), TEST(test_privacy),
                                       TEST(test_values), TEST(test_check)};

    return RUN(tests);
}
