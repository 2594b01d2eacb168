/* A directory of fail2ban's in memory: what is read of it, what is refused, and where. */
#include "unit.h"

#include "conf/fail2ban_native.h"
#include "conf/fail2ban_repr.h"
#include "conf/fail2ban_time.h"

enum { FILES_MAX = 8 };

/* Reads files, given as names and texts, ended by NULL. */
static void
read_files(struct fail2ban *f, struct buf *told, const char *const *files)
{
    struct conf_builtin list[FILES_MAX + 1] = {0};
    struct fail2ban_request r = {.directory = "/f//", .files = list, .is_blind = true};
    struct conf_errors e = {.text = told};

    for (size_t i = 0; files[2 * i]; i++) {
        assert_true(i < FILES_MAX);
        list[i] = (struct conf_builtin){files[2 * i], files[2 * i + 1],
                                        strlen(files[2 * i + 1])};
    }
    fail2ban_read(&r, f, &e);
}

#define FILTER "[Definition]\nfailregex = ^<kind> <HOST>\n"
#define SERVER "[Definition]\nloglevel = NOTICE\n"

static void
test_layers(void **state UNUSED)
{
    static const char *const files[] = {
        "fail2ban.conf",
        SERVER,
        "jail.conf",
        "[INCLUDES]\nbefore = paths.conf\n[DEFAULT]\nbantime = 10m\n"
        "[a]\nenabled = true\nfilter = f[kind=x]\nmaxretry = 5\naction =\n"
        "[b]\nenabled = false\n",
        "paths.conf",
        "[DEFAULT]\nlogpath = /var/log/%(__name__)s.log\nbantime = 1m\n",
        "paths.local",
        "[DEFAULT]\nfindtime = 7\n",
        "jail.d/1.conf",
        "[a]\nmaxretry = 6\n",
        "jail.local",
        "[a]\nbantime = %(known/maxretry)s; x ; gone\n",
        "filter.d/f.conf",
        FILTER,
        NULL};
    const struct fail2ban_jail *j;
    struct buf told = {0};
    struct fail2ban f;

    read_files(&f, &told, files);
    assert_int_equal(told.len, 0);
    assert_null(f.failure);
    assert_string_equal(f.directory, "/f");
    assert_string_equal(fail2ban_text(&f.server, "loglevel", ""), "NOTICE");
    assert_int_equal(f.jail_count, 1);
    j = &f.jails[0];
    assert_string_equal(j->name, "a");
    assert_string_equal(j->filter, "f");
    assert_string_equal(fail2ban_text(&j->options, "logpath", ""), "/var/log/a.log");
    assert_string_equal(fail2ban_text(&j->options, "bantime", ""), "5; x");
    assert_string_equal(fail2ban_text(&j->options, "findtime", ""), "7");
    assert_int_equal(fail2ban_option(&j->options, "maxretry")->number, 6);
    assert_string_equal(fail2ban_option(&j->options, "maxretry")->file,
                        "/f/jail.d/1.conf");
    assert_int_equal(fail2ban_option(&j->options, "maxretry")->line, 2);
    assert_string_equal(fail2ban_text(&j->filtered, "failregex", ""), "^x <HOST>");
    assert_string_equal(fail2ban_text(&j->filtered, "logtype", ""), "file");
    assert_null(fail2ban_option(&j->options, "nothing"));
    fail2ban_fini(&f);
    buf_fini(&told);
}

/* A jail that is wrong is refused, with the place; the others are not. */
static void
test_refused(void **state UNUSED)
{
    static const struct {
        const char *jail, *told;
        bool is_fatal; /* fail2ban would not start */
    } rows[] = {
        {"filter = none\n",
         "/f/jail.conf:5: [bad] `filter`: Unable to read the filter "
         "'none'\n",
         false},
        {"filter = f[a=\n",
         "/f/jail.conf:5: [bad] `filter`: Invalid filter definition "
         "'f[a=': unexpected option syntax\n",
         false},
        {"action = act[a=\"1\" b=2]\n",
         "/f/jail.conf:5: [bad] `action`: Invalid action definition 'act[a=\"1\" b=2]': "
         "unexpected syntax at 5 after option 'a':  b=2\n",
         false},
        {"action = act[?]\n",
         "/f/jail.conf:5: [bad] `action`: Invalid action definition 'act[?]': expected "
         "option, wrong syntax at 0: ?\n",
         false},
        {"action = missing\n",
         "/f/jail.conf:5: [bad] `action`: Unable to read action 'missing'\n", false},
        {"bantime = %(nothing)s\n",
         "/f/jail.conf:5: `bantime`: there is no option nothing\n"
         "/f/jail.conf:5: [bad] `bantime` cannot be expanded\n",
         true},
        {"filter = self\n",
         "/f/filter.d/self.conf:2: [bad] `failregex`: a <tag> in it refers to itself\n",
         true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf jails = {0}, told = {0};
        const char *files[] = {"jail.conf",
                               NULL,
                               "filter.d/f.conf",
                               FILTER,
                               "filter.d/self.conf",
                               "[Definition]\nfailregex = a<failregex>\n",
                               "action.d/act.conf",
                               "[Definition]\nactionban = x\n",
                               NULL};
        struct fail2ban f;

        buf_printf(&jails, "[DEFAULT]\nenabled = true\n%s\n[bad]\n%s[good]\nfilter = f\n",
                   strstr(rows[i].jail, "filter") ? "action =" : "filter = f",
                   rows[i].jail);
        files[1] = jails.ptr;
        read_files(&f, &told, files);
        assert_string_equal(told.ptr, rows[i].told);
        assert_int_equal(f.failure != NULL, rows[i].is_fatal);
        assert_int_equal(f.jail_count, 2);
        assert_non_null(f.jails[0].refused);
        assert_null(f.jails[1].refused);
        fail2ban_fini(&f);
        buf_fini(&jails);
        buf_fini(&told);
    }
}

static void
test_broken_file(void **state UNUSED)
{
    static const char *const files[] = {"fail2ban.conf", SERVER, "jail.conf",
                                        "[a]\nenabled = true\nenabled = false\n", NULL};
    struct buf told = {0};
    struct fail2ban f;

    read_files(&f, &told, files);
    assert_non_null(strstr(told.ptr, "/f/jail.conf:3: option `enabled` stands twice"));
    assert_non_null(f.failure);
    assert_int_equal(f.jail_count, 0);
    fail2ban_fini(&f);
    buf_fini(&told);
}

static void
test_commands(void **state UNUSED)
{
    static const char *const files[] = {
        "jail.conf",
        "[a]\nenabled = true\nfilter = f\naction = fw[port=25, name=two]\n"
        " mail[actname=tell]\n",
        "filter.d/f.conf",
        FILTER,
        "action.d/fw.conf",
        "[Definition]\nactionban = <cmd> <ip> <port> <known/cmd>\n"
        "actionstart_on_demand = yes\n[Init]\ncmd = v4\nport = 1\n"
        "[Init?family=inet6]\ncmd = v6\n",
        "action.d/mail.conf",
        "[Definition]\nactionban = mail <name> <matches>\n",
        NULL};
    const struct fail2ban_action *fw, *mail;
    struct buf told = {0}, text = {0};
    struct fail2ban f;

    read_files(&f, &told, files);
    assert_int_equal(told.len, 0);
    assert_int_equal(f.jails[0].action_count, 2);
    fw = &f.jails[0].actions[0];
    mail = &f.jails[0].actions[1];
    assert_string_equal(fw->name, "fw-two");
    assert_string_equal(mail->name, "tell");
    assert_true(fail2ban_has_families(fw));
    assert_false(fail2ban_has_families(mail));
    assert_true(fail2ban_command(fw, "actionban", FAIL2BAN_INET4, &text));
    assert_span(buf_span(&text), "v4 <ip> 25 v4");
    buf_clear(&text);
    assert_true(fail2ban_command(fw, "actionban", FAIL2BAN_INET6, &text));
    assert_span(buf_span(&text), "v6 <ip> 25 v4");
    buf_clear(&text);
    assert_true(fail2ban_command(mail, "actionban", FAIL2BAN_ANY, &text));
    assert_span(buf_span(&text), "mail a <matches>");
    buf_clear(&text);
    assert_true(fail2ban_command(mail, "actionunban", FAIL2BAN_ANY, &text));
    assert_int_equal(text.len, 0);
    buf_fini(&text);
    buf_fini(&told);
    fail2ban_fini(&f);
}

static void
test_native(void **state UNUSED)
{
    static const struct {
        const char *action, *body, *ports;
        bool is_native, is_all, is_rejecting;
    } rows[] = {
        {"iptables-multiport[port=\"25,465\"]", "blocktype = REJECT --with x\n", "25,465",
         true, false, true},
        {"iptables-multiport[port=25, blocktype=DROP]", "blocktype = REJECT\n", "25",
         true, false, false},
        {"nftables[type=allports]", "type = multiport\nport = 1\n", "", true, true,
         false},
        {"nftables[port=1000-2000]", "type = multiport\nport = 1\n", "1000:2000", true,
         false, false},
        {"ufw[port=25]", "blocktype = reject\n", "", true, true, true},
        {"firewallcmd-ipset", "actiontype = <allports>\nport = 1\n", "", true, true,
         false},
        {"own", "port = 5\n", "", false, false, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct span word = span_of(rows[i].action), rest;
        struct buf jail = {0}, body = {0}, name = {0}, told = {0};
        const char *files[] = {"jail.conf", NULL, "filter.d/f.conf", FILTER, NULL,
                               NULL,        NULL};
        struct fail2ban_native n = {0};
        struct fail2ban f;

        if (span_find_byte(word, '[') >= 0)
            assert_true(span_cut(word, SPAN("["), &word, &rest));
        buf_printf(&jail, "[a]\nenabled = true\nfilter = f\naction = %s\n",
                   rows[i].action);
        buf_printf(&name, "action.d/%.*s.conf", SPAN_FMT(word));
        buf_printf(&body, "[Definition]\nactionban = x\n[Init]\n%s", rows[i].body);
        files[1] = jail.ptr;
        files[4] = name.ptr;
        files[5] = body.ptr;
        read_files(&f, &told, files);
        assert_int_equal(fail2ban_native(&f.jails[0].actions[0], &n), rows[i].is_native);
        assert_int_equal(n.is_all, rows[i].is_all);
        assert_int_equal(n.is_rejecting, rows[i].is_rejecting);
        if (!n.is_all)
            assert_span(buf_span(&n.ports), rows[i].ports);
        fail2ban_native_fini(&n);
        fail2ban_fini(&f);
        buf_fini(&jail);
        buf_fini(&body);
        buf_fini(&name);
        buf_fini(&told);
    }
}

static void
test_times(void **state UNUSED)
{
    static const struct {
        const char *text, *shown; /* NULL: it is refused */
    } rows[] = {
        {"600", "600"},
        {"1h30m", "5400"},
        {"1d 2h", "93600"},
        {"2*7d", "1209600"},
        {"1hour+30min", "5400"},
        {"-1", "-1"},
        {"1year-6mo", "15778800.0"},
        {"1.5h", "5400.0"},
        {"0.1", "0.1"},
        {"10/4", "2.5"},
        {"1h 2", "3602"},
        {"3 DD", "259200"},
        {"", NULL},
        {"soon", NULL},
        {"1/0", NULL},
        {"1 parsec", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf shown = {0}, why = {0};
        struct fail2ban_seconds s;
        bool is_good = fail2ban_time(span_of(rows[i].text), &s, &why);

        assert_int_equal(is_good, rows[i].shown != NULL);
        assert_int_equal(why.len == 0, is_good);
        if (is_good) {
            fail2ban_time_print(&s, &shown);
            assert_string_equal(shown.ptr, rows[i].shown);
        }
        buf_fini(&shown);
        buf_fini(&why);
    }
}

static void
test_repr(void **state UNUSED)
{
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"", "''"},
        {"a b", "'a b'"},
        {"it's", "\"it's\""},
        {"'\"", "'\\'\"'"},
        {"\\\n\t\r\x01\x7f", "'\\\\\\n\\t\\r\\x01\\x7f'"},
        {"\xc3\xa4\xe2\x82\xac", "'\xc3\xa4\xe2\x82\xac'"},
        {"\xc2\xa0\xe2\x80\x8b", "'\\xa0\\u200b'"},
        {"\xff\xc3", "'\\udcff\\udcc3'"},
        {"\xc3(\xf0\x9f\x98\x80", "'\\udcc3(\xf0\x9f\x98\x80'"},
        /* A surrogate, an overlong one, and what is beyond Unicode, are no UTF-8. */
        {"\xed\xa0\x80", "'\\udced\\udca0\\udc80'"},
        {"\xe0\x80\x80", "'\\udce0\\udc80\\udc80'"},
        {"\xf4\x90\x80\x80", "'\\udcf4\\udc90\\udc80\\udc80'"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out = {0};

        fail2ban_repr(span_of(rows[i].text), &out);
        assert_string_equal(out.ptr, rows[i].shown);
        buf_fini(&out);
    }
}

/* As fail2ban's log says them. */
static void
test_time_text(void **state UNUSED)
{
    static const struct {
        int64_t seconds;
        const char *expected;
    } rows[] = {{0, "0"},
                {1, "1s"},
                {60, "1m"},
                {3590, "59m 50s"},
                {3595, "1h"},
                {3600 + 125, "1h 2m"},
                {3600 + 35, "1h"}, /* half of ten seconds: to the even one */
                {86400 * 2 + 3599, "2d 1h"},
                {86400 * 2 + 3600 * 7 + 60 * 15, "2d 7h 15m"},
                {86400 * 7, "1w"},
                {86400 * 13 + 3600 * 5, "1w 6d 5h"},
                {86400 * 368, "1y 3d"},
                {86400 * 390, "1y 3w 4d"}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf text = {0};

        fail2ban_time_text(rows[i].seconds, &text);
        assert_string_equal(text.ptr, rows[i].expected);
        buf_fini(&text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_time_text),   TEST(test_layers),   TEST(test_refused),
        TEST(test_broken_file), TEST(test_commands), TEST(test_native),
        TEST(test_times),       TEST(test_repr),
    };

    return RUN(tests);
}
