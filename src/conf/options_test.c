#include "unit.h"

#include "conf/logpath.h"
#include "conf/options.h"

static const struct option *
find(const char *name)
{
    const struct option *o = option_find(options_jail, options_jail_count, span_of(name));

    return o ? o : option_find(options_komainu, options_komainu_count, span_of(name));
}

static void
test_every_default_is_good(void **state UNUSED)
{
    const struct option *tables[] = {options_komainu, options_jail};
    const size_t counts[] = {options_komainu_count, options_jail_count};

    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (size_t i = 0; i < counts[t]; i++) {
            const struct option *o = &tables[t][i];
            struct option_value v;
            struct buf why = {0};

            if (o->type == OPTION_REFUSED)
                continue;
            assert_non_null(o->help);
            if (!option_read(o, span_of(o->fallback), &v, &why))
                fail_msg("%s", why.ptr);
            option_value_fini(&v);
        }
}

static void
test_good(void **state UNUSED)
{
    static const struct {
        const char *name, *text;
        int word;
        int64_t number;
    } rows[] = {
        {"enabled", "yes", -1, 1},
        {"enabled", " TRUE ", -1, 1},
        {"enabled", "off", -1, 0},
        {"enabled", "auto", 0, 0},
        {"maxretry", "1000", -1, 1000},
        {"findtime", "600", -1, 600},
        {"findtime", "10m", -1, 600},
        {"findtime", "1h30m", -1, 5400},
        {"findtime", "1d 2h", -1, 93600},
        {"findtime", "2 weeks 1 Day", -1, 1296000},
        {"findtime", "1mo", -1, 2629800},
        {"findtime", "1y", -1, 31557600},
        {"bantime", "-1", -1, -1},
        {"bantime", "5sec", -1, 5},
        {"observe", "yes", -1, 1},
        {"assume-kernel", "6.1", 1, 0},
        {"max-bans", "16777216", -1, 16777216},
        {"logpath", "/var/log/a\n/var/log/b", -1, 0},
        {"logpath", "/var/log/*.log\n/l tail", -1, 0},
        {"syslog-socket", "/run/s", -1, 0},
        {"syslog-socket", "no", 1, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct option_value v;
        struct buf why = {0};

        if (!option_read(find(rows[i].name), span_of(rows[i].text), &v, &why))
            fail_msg("%s", why.ptr);
        assert_int_equal(v.word, rows[i].word);
        assert_int_equal(v.number, rows[i].number);
        option_value_fini(&v);
    }
}

#define TIMES "write a time such as 45s, 10m, 1h30m or 7d, from 1s to "

static const struct {
    const char *name, *text, *why;
} bad_values[] = {
    {"enabled", "maybe", "`enabled` is `maybe`; write yes or no or `auto`"},
    {"maxretry", "0", "`maxretry` is `0`; write a whole number from 1 to 1000"},
    {"maxretry", "5x", "`maxretry` is `5x`; write a whole number from 1 to 1000"},
    {"maxretry", "", "`maxretry` is empty; write a whole number from 1 to 1000"},
    {"min-prefix-ipv4", "19",
     "`min-prefix-ipv4` is `19`; write a whole number from 20 to 32"},
    {"findtime", "0", "`findtime` is `0`; " TIMES "521w5d12h"},
    {"findtime", "-1", "`findtime` is `-1`; " TIMES "521w5d12h"},
    {"findtime", "10 m 5", "`findtime` is `10 m 5`; " TIMES "521w5d12h"},
    {"findtime", "1h*2", "`findtime` is `1h*2`; " TIMES "521w5d12h"},
    {"findtime", "99999999999999999999y",
     "`findtime` is `99999999999999999999y`; " TIMES "521w5d12h"},
    {"bantime", "10q", "`bantime` is `10q`; " TIMES "5217w6d, or -1 for ever"},
    {"observe", "ban", "`observe` is `ban`; write yes or no"},
    {"table", "my table",
     "`table` is `my table`; write a letter, then letters, digits, "
     "- and _, less than 32 in all"},
    {"logpath", "mail.log",
     "`logpath` is `mail.log`; write a path that begins with / "
     "and is shorter than 4096 bytes, or `auto`"},
    {"logpath", "",
     "`logpath` is empty; write a path that begins with / and is shorter "
     "than 4096 bytes, or `auto`"},
    {"logpath", "syslog-udp://514",
     "`logpath` is `syslog-udp://514`; write syslog-udp://ADDRESS:PORT or "
     "syslog-tcp://ADDRESS:PORT with an address of this machine, IPv6 in [ ], or "
     "`auto`"},
    {"syslog-socket", "run/s",
     "`syslog-socket` is `run/s`; write a path that begins with / and is shorter than "
     "4096 bytes, or `auto` or `no`"},
    {"port", "smpt",
     "`port` is `smpt`; write ports (1 to 65535), ranges FIRST:LAST or "
     "names such as smtp, submission, imaps, ssh, or only `all` or `0:65535`"},
    {"port", "20:10",
     "`port` is `20:10`; write ports (1 to 65535), ranges FIRST:LAST or "
     "names such as smtp, submission, imaps, ssh, or only `all` or `0:65535`"},
    {"ignoreip", "192.0.2.1 mail.example.com -mail.example.com",
     "`ignoreip` is `-mail.example.com`; write an address, ADDRESS/LENGTH, a name or "
     "file:PATH"},
    {"allow", "mail.example.com",
     "`allow` is `mail.example.com`; host names are not taken here, write addresses"},
    {"ignoreip", "192.0.2.300",
     "`ignoreip` is `192.0.2.300`; write an address, ADDRESS/LENGTH, a name or "
     "file:PATH"},
    {"allow", "2001:db8::/129",
     "`allow` is `2001:db8::/129`; write an address or "
     "ADDRESS/LENGTH"},
    {"skip_if_nologs", "x", "`skip_if_nologs` is not supported yet; remove the line"},
};

static void
test_bad(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_values); i++) {
        struct option_value v;
        struct buf why = {0};

        assert_false(
            option_read(find(bad_values[i].name), span_of(bad_values[i].text), &v, &why));
        assert_string_equal(why.ptr, bad_values[i].why);
        buf_fini(&why);
    }
}

static void
test_logs(void **state UNUSED)
{
    static const struct {
        const char *line;
        enum source_kind kind;
        const char *path; /* of a listener: its one spelling; NULL: refused */
        bool is_glob, is_tail;
    } rows[] = {
        {"/var/log/mail.log", SOURCE_FILE, "/var/log/mail.log", false, false},
        {"/var/log/mail.log tail", SOURCE_FILE, "/var/log/mail.log", false, true},
        {"/var/log/mail.log head", SOURCE_FILE, "/var/log/mail.log", false, false},
        {"/var/log/my tail", SOURCE_FILE, "/var/log/my", false, true},
        {"/var/*/mail.[a-c]og tail", SOURCE_FILE, "/var/*/mail.[a-c]og", true, true},
        {"syslog-udp://0.0.0.0:514", SOURCE_UDP, "syslog-udp://0.0.0.0:514", 0, 0},
        {"syslog-tcp://[2001:DB8:0::1]:1514", SOURCE_TCP,
         "syslog-tcp://[2001:db8::1]:1514", 0, 0},
        {"syslog-tcp://2001:db8::1:514", SOURCE_TCP, NULL, 0, 0},
        {"syslog-tcp://[192.0.2.1]:514", SOURCE_TCP, NULL, 0, 0},
        {"syslog-tcp://192.0.2.1:0", SOURCE_TCP, NULL, 0, 0},
        {"syslog-tcp://192.0.2.1:65536", SOURCE_TCP, NULL, 0, 0},
        {"syslog-tcp://192.0.2.1", SOURCE_TCP, NULL, 0, 0},
        {"syslog-tcp://:514", SOURCE_TCP, NULL, 0, 0},
        {"syslog-tcp://[2001:db8::1:514", SOURCE_TCP, NULL, 0, 0},
        {"syslog-tls://192.0.2.1:6514", SOURCE_TCP, NULL, 0, 0},
        {" tail", SOURCE_FILE, NULL, 0, 0},
        {"mail.log", SOURCE_FILE, NULL, 0, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct logpath l;
        struct buf why = {0};
        char text[LOGPATH_TEXT_MAX];

        assert_int_equal(logpath_read(span_of(rows[i].line), &l, &why),
                         rows[i].path != NULL);
        assert_int_equal(why.len > 0, rows[i].path == NULL);
        buf_fini(&why);
        if (!rows[i].path)
            continue;
        assert_int_equal(l.kind, rows[i].kind);
        assert_int_equal(l.is_glob, rows[i].is_glob);
        assert_int_equal(l.is_tail, rows[i].is_tail);
        logpath_listener_text(&l, text);
        if (l.kind == SOURCE_FILE)
            assert_span(l.path, rows[i].path);
        else
            assert_string_equal(text, rows[i].path);
    }
}

static void
test_ports(void **state UNUSED)
{
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"25", "25"},
        {"smtp,submission,smtps", "25,465,587"},
        {"100:200 150:250, 251, 80", "80,100:251"},
        {"imap pop3 SIEVE 22:ssh", "22,110,143,4190"},
        {"65535 65534", "65534:65535"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out = {0}, why = {0};
        struct option_value v;

        assert_true(option_read(find("port"), span_of(rows[i].text), &v, &why));
        value_ports_text(&out, v.ports.ports, v.ports.count);
        assert_string_equal(out.ptr, rows[i].shown);
        option_value_fini(&v);
        buf_fini(&out);
    }
}

static void
test_too_many(void **state UNUSED)
{
    struct buf ports = {0}, paths = {0}, addresses = {0}, why = {0};
    struct option_value v;

    for (int i = 0; i <= CONFIG_PORTS_MAX; i++)
        buf_printf(&ports, "%d ", 2 * i + 1);
    for (int i = 0; i <= VALUE_PATHS_MAX; i++)
        buf_printf(&paths, "/log/%d\n\n", i);
    for (int i = 0; i <= CONFIG_PREFIXES_MAX; i++)
        buf_printf(&addresses, "10.0.%d.%d ", i / 256, i % 256);
    assert_false(option_read(find("port"), buf_span(&ports), &v, &why));
    assert_string_equal(why.ptr,
                        "`port` has more than 64 ports; write ranges FIRST:LAST");
    buf_clear(&why);
    assert_false(option_read(find("logpath"), buf_span(&paths), &v, &why));
    assert_string_equal(why.ptr, "`logpath` has 33 lines; 32 are the most");
    buf_clear(&why);
    assert_false(option_read(find("allow"), buf_span(&addresses), &v, &why));
    assert_string_equal(why.ptr,
                        "`allow` has more than 1024 addresses; join them to prefixes");
    buf_fini(&ports);
    buf_fini(&paths);
    buf_fini(&addresses);
    buf_fini(&why);
}

static void
test_names(void **state UNUSED)
{
    assert_string_equal(find("bantime.increment")->name, "bantime.increment");
    assert_null(find("bantime.incremen"));
    assert_string_equal(find("action_mwl")->name, "action_*");
    assert_string_equal(find("bantime")->name, "bantime");
    assert_null(find("bantim"));
    assert_string_equal(option_nearest(options_jail, options_jail_count, SPAN("bantim")),
                        "bantime");
    assert_string_equal(
        option_nearest(options_jail, options_jail_count, SPAN("max_retry")), "maxretry");
    assert_null(option_nearest(options_jail, options_jail_count, SPAN("frobnicate")));
}

static void
test_print(void **state UNUSED)
{
    struct buf out = {0};

    options_print(options_jail, options_jail_count, &out);
    assert_non_null(strstr(out.ptr,
                           "maxretry (default: 5, 1 to 1000 failures)\n    Failures "
                           "that earn a ban.\n"));
    assert_non_null(strstr(out.ptr, "enabled (default: no, takes `auto`)\n"));
    assert_null(strstr(out.ptr, "skip_if_nologs"));
    buf_fini(&out);
}

/* What value_time_text() writes is read as the same. */
static void
test_time_round_trip(void **state UNUSED)
{
    static const int64_t rows[] = {-1,   0,    1,     59,     60,
                                   3600, 5400, 86399, 604800, 3155760000};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out = {0};
        int64_t s;

        value_time_text(&out, rows[i]);
        assert_true(value_time(buf_span(&out), &s));
        assert_int_equal(s, rows[i]);
        buf_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_every_default_is_good),
                                       TEST(test_good),
                                       TEST(test_bad),
                                       TEST(test_logs),
                                       TEST(test_ports),
                                       TEST(test_names),
                                       TEST(test_print),
                                       TEST(test_time_round_trip),
                                       TEST(test_too_many)};

    return RUN(tests);
}
