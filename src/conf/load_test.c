#include "unit.h"

#include <errno.h>

#include "conf/config_print.h"
#include "conf/load.h"
#include "conf/value.h"

#define FILTER "[Definition]\nfailregex = ^bad <HOST>$\n"
#define ON "[j]\nenabled = yes\nfilter = f\nlogpath = /l\n"
#define JAIL "built-in/jail.conf"

/* A mail server with a mail log, and sshd without any log. */
static struct machine
made_up_machine(void)
{
    struct machine m = {0};
    struct machine_service *postfix = &m.services[MACHINE_POSTFIX];
    struct machine_service *sshd = &m.services[MACHINE_SSHD];
    struct span wrong;

    postfix->is_present = sshd->is_present = true;
    (void)snprintf(postfix->logs[0].path, MACHINE_PATH_MAX, "/var/log/mail.log");
    postfix->logs[0].is_present = true;
    (void)snprintf(postfix->logs[1].path, MACHINE_PATH_MAX, "/var/log/maillog");
    postfix->log_count = 2;
    (void)snprintf(sshd->logs[0].path, MACHINE_PATH_MAX, "/var/log/auth.log");
    sshd->log_count = 1;
    assert_true(value_ports(SPAN("25,465,587"), &postfix->ports, &wrong));
    assert_true(value_ports(SPAN("22"), &sshd->ports, &wrong));
    assert_true(addr_parse_prefix(SPAN("10.0.0.0/8"), &m.mynetworks.prefixes[0]));
    assert_true(addr_parse_prefix(SPAN("192.0.2.1"), &m.relayhosts.prefixes[0]));
    assert_true(addr_parse_prefix(SPAN("192.0.2.53"), &m.resolvers.prefixes[0]));
    m.mynetworks.count = m.relayhosts.count = m.resolvers.count = 1;
    return m;
}

/* Loads the texts of komainu.conf and jail.conf, beside filters "f" and "g". */
static int
load(const char *komainu, const char *jail, const struct machine *m, struct config *out,
     struct buf *errors)
{
    static const char g[] =
        "[Definition]\n_daemon = g/<kind>\nevent = auth_ok\n"
        "prefregex = ^<PREFIX>p: <F-CONTENT>.+</F-CONTENT>$\n"
        "failregex = ^one <HOST>\n\n  ^two-<kind> %(more)s\nignoreregex = ^not\n"
        "more = [a-z] 100%%\n[Init]\nkind = init\n";
#define FILE_OF(name, text)                                                              \
    {                                                                                    \
        (name), (text), sizeof(text) - 1                                                 \
    }
    const struct conf_builtin builtins[] = {
        {"komainu.conf", komainu, strlen(komainu)},
        {"jail.conf", jail, strlen(jail)},
        FILE_OF("filter.d/f.conf", FILTER),
        FILE_OF("filter.d/g.conf", g),
        FILE_OF("filter.d/empty.conf", "[Definition]\nx = 1\n"),
        FILE_OF("filter.d/later.conf",
                "[Definition]\nfailregex = <HOST>\nmaxlines = many\n"
                "event = nonsense\nusedns = warn\n"),
        FILE_OF("filter.d/loop.conf", "[Definition]\nfailregex = <a>\na = <b>\nb = <a>\n"
                                      "ignoreregex = %(none)s\n"),
        FILE_OF("filter.d/kinds.conf",
                "[Definition]\n_daemon = unused\nfailregex = ^plain "
                "<HOST>\neventregex.auth_ok = ^in "
                "<HOST>\nfailregex.flood = <flood-<mode>>\n ^much "
                "<HOST>\nflood-normal =\nflood-all = ^many <HOST>\nmode = normal\n"),
        FILE_OF("filter.d/dots.conf",
                "[Definition]\nfailregex = <HOST>\neventregex.login = <HOST>\n"),
        FILE_OF("filter.d/modes.conf",
                "[Definition]\nfailregex = <re-<mode>>\n <also-<mode>>\n <HOST>\n"
                "mode = odd\nignoreregex = <other-<mode>>\nre-a = <HOST>\nre-b =\n"
                "also-b = x<HOST>\nre-c =\n"),
        FILE_OF("filter.d/two.conf",
                "[Definition]\nfailregex = <HOST>\nprefregex = x\n y\n"),
        {0},
    };
    const struct config_request r = {.machine = m, .builtins = builtins};

    return config_load(&r, out, errors);
}

/* What is built in, on that machine. */
static void
test_defaults(void **state UNUSED)
{
    struct machine m = made_up_machine();
    struct config_request r = {.machine = &m};
    struct buf errors = {0}, text = {0};
    struct config c;

    m.can_bind_syslog = true;
    if (config_load(&r, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    for (size_t i = 0; i < c.jail_count; i++) {
        buf_printf(&text, "%s%s ", c.jails[i].name,
                   c.jails[i].mode == JAIL_OBSERVE ? "?" : "");
        assert_true(c.filters[c.jails[i].filter].regex_count > 0);
    }
    assert_string_equal(text.ptr,
                        "postfix-sasl sshd postfix? postfix-flood? postscreen? ");
    assert_int_equal(c.filter_count, 5);
    buf_clear(&text);
    config_print(&c, &text);
    assert_non_null(strstr(text.ptr, "[komainu]\ntable = komainu\n"
                                     "guarded-ports = 22,25,465,587\n"
                                     "cut-connections = yes\nassume-kernel = auto\n"
                                     "max-bans = 1048576\nmax-bans-per-second = 100000\n"
                                     "max-bantime = -1\nmin-prefix-ipv4 = 32\n"
                                     "min-prefix-ipv6 = 128\n"
                                     "never banned = 10.0.0.0/8 (mynetworks)\n"
                                     "never banned = 192.0.2.1 (relayhost)\n"
                                     "never banned = 192.0.2.53 (resolver)\n"));
    assert_non_null(strstr(text.ptr, "\nlogpath = /var/log/mail.log\nport = all\n"));
    assert_null(strstr(text.ptr, "maillog"));
    assert_non_null(strstr(text.ptr,
                           "\nsyslog socket = /run/systemd/journal/syslog\nport = "
                           "all\nmaxretry = 5\nfindtime = 1h\nbantime = 1h\n"));
    config_fini(&c);
    buf_fini(&text);
}

/* Nothing found: no jail is on, which is no error; a replay turns them on. */
static void
test_defaults_on_an_empty_machine(void **state UNUSED)
{
    static const char *const logs[] = {"/tmp/one", "/tmp/two", "/tmp/one"};
    struct machine m = {0};
    struct config_request r = {.machine = &m};
    struct buf errors = {0}, text = {0};
    struct config c;

    assert_int_equal(config_load(&r, &c, &errors), 0);
    assert_int_equal(c.jail_count, 0);
    config_print(&c, &text);
    assert_non_null(strstr(text.ptr, "# No jail is enabled: nobody will be banned.\n"));
    assert_non_null(strstr(text.ptr, "guarded-ports = none\n"));
    config_fini(&c);

    r = (struct config_request){.is_replay = true, .logs = logs, .log_count = 3};
    assert_int_equal(config_load(&r, &c, &errors), 0);
    assert_int_equal(c.jail_count, 16);
    assert_int_equal(c.source_count, 2);
    assert_int_equal(c.jails[1].source_count, 2);
    config_fini(&c);
    buf_fini(&text);
}

static void
test_directory(void **state UNUSED)
{
    struct config_request r = {.directory = "/nonexistent/komainu"};
    struct buf errors = {0};
    struct config c;

    assert_int_equal(config_load(&r, &c, &errors), 0);
    config_fini(&c);
    r.is_directory_required = true;
    assert_int_equal(config_load(&r, &c, &errors), -EINVAL);
    assert_string_equal(
        errors.ptr, "/nonexistent/komainu: cannot be read: No such file or directory\n");
    buf_clear(&errors);
    r.directory = "/dev/null";
    assert_int_equal(config_load(&r, &c, &errors), -EINVAL);
    assert_string_equal(errors.ptr, "/dev/null: this is no directory\n");
    buf_fini(&errors);
}

static void
test_jails(void **state UNUSED)
{
    static const char jails[] =
        "[DEFAULT]\nlogpath = %(logs)s/x\nlogs = /l\nbantime = 1d\nport = smtp\n"
        "backend = auto\n"
        "[one]\nenabled = yes\nfilter = f\nignoreip = 10.0.0.0/8, ::1\n"
        "[two]\nenabled = yes\nfilter = f\nport = 25\nbantime = -1\nobserve = yes\n"
        "logpath = /l/x\n  /l/y\n"
        "[g]\nenabled = yes\nport = all\nfailregex = %(known/failregex)s\n  ^own <kind>\n"
        "[h]\nenabled = yes\nfilter = g[kind=\"a, b\", x=1][y='z']\nport = 587 25\n"
        "[off]\nenabled = no\nport = nonsense\naction = x\n";
    struct buf errors = {0};
    struct config c;

    if (load("", jails, NULL, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    assert_int_equal(c.jail_count, 4);
    assert_int_equal(c.filter_count, 3);
    assert_int_equal(c.source_count, 2);
    assert_int_equal(c.scope_count, 3);
    assert_int_equal(c.jails[0].filter, c.jails[1].filter);
    assert_int_equal(c.jails[0].scope, 1);
    assert_int_equal(c.jails[1].scope, 1);
    assert_int_equal(c.jails[2].scope, 0);
    assert_int_equal(c.jails[3].scope, 2);
    assert_int_equal(c.jails[0].ignore_count, 2);
    assert_int_equal(c.jails[0].bantime_s, 86400);
    assert_int_equal(c.jails[0].mode, JAIL_ENFORCE);
    assert_int_equal(c.jails[1].bantime_s, CONFIG_FOREVER_S);
    assert_int_equal(c.jails[1].mode, JAIL_OBSERVE);
    assert_int_equal(c.jails[1].source_count, 2);
    assert_int_equal(c.filters[1].regex_count, 5);
    assert_string_equal(c.filters[1].daemon, "g/init");
    assert_int_equal(c.filters[1].event, EVENT_AUTH_OK);
    assert_int_equal(c.filters[1].regexes[0].kind, REGEX_PREFIX);
    assert_string_equal(c.filters[1].regexes[0].pattern,
                        "^<PREFIX>p: <F-CONTENT>.+</F-CONTENT>$");
    assert_string_equal(c.filters[1].regexes[1].pattern, "^one <HOST>");
    assert_string_equal(c.filters[1].regexes[2].pattern, "^two-init [a-z] 100%");
    assert_string_equal(c.filters[1].regexes[3].pattern, "^own init");
    assert_string_equal(c.filters[1].regexes[3].where,
                        "built-in/jail.conf:23: failregex");
    assert_int_equal(c.filters[1].regexes[4].kind, REGEX_IGNORE);
    assert_string_equal(c.filters[2].regexes[2].pattern, "^two-a, b [a-z] 100%");
    assert_string_equal(c.filters[2].regexes[2].where,
                        "built-in/filter.d/g.conf:7: failregex");
    config_fini(&c);
}

/* An argument replaces expressions too, as it does in fail2ban. */
static void
test_expressions_in_arguments(void **state UNUSED)
{
    static const char jails[] =
        "[j]\nenabled = yes\nlogpath = /l\n"
        "filter = g[failregex=\"^arg-<kind> <HOST>\", ignoreregex=^x]\n";
    struct buf errors = {0};
    struct config c;

    if (load("", jails, NULL, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    assert_int_equal(c.filters[0].regex_count, 3);
    assert_string_equal(c.filters[0].regexes[1].pattern, "^arg-init <HOST>");
    assert_int_equal(c.filters[0].regexes[1].kind, REGEX_FAIL);
    assert_string_equal(c.filters[0].regexes[2].pattern, "^x");
    assert_int_equal(c.filters[0].regexes[2].kind, REGEX_IGNORE);
    config_fini(&c);
}

/* With `usedns = no` names are not for <HOST>; <DNS> stays what it is, as in fail2ban. */
static void
test_usedns(void **state UNUSED)
{
    static const char jails[] =
        "[j]\nenabled = yes\nfilter = f\nlogpath = /l\nusedns = no\n"
        "failregex = ^a <HOST> <HOST>$\n ^b <DNS>$\n";
    struct buf errors = {0};
    struct config c;

    if (load("", jails, NULL, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    assert_string_equal(c.filters[0].regexes[0].pattern, "^a <ADDR> <ADDR>$");
    assert_string_equal(c.filters[0].regexes[1].pattern, "^b <DNS>$");
    config_fini(&c);
}

/* Where the zone of dates stands, for the match layer's message. */
static void
test_where_the_zone_stands(void **state UNUSED)
{
    static const struct {
        const char *jail, *where;
    } rows[] = {
        {ON "logtimezone = CET\n", JAIL ":5: logtimezone"},
        {"[j]\nenabled = yes\nlogpath = /l\nfilter = f[logtimezone=CET]\n",
         JAIL ":4: logtimezone"},
        {"[DEFAULT]\nlogtimezone = CET\n" ON, JAIL ":2: logtimezone"},
        {ON, "built-in/filter.d/f.conf: logtimezone"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf errors = {0};
        struct config c;

        if (load("", rows[i].jail, NULL, &c, &errors) < 0)
            fail_msg("%s", errors.ptr);
        assert_string_equal(c.filters[0].timezone_where, rows[i].where);
        config_fini(&c);
    }
}

static void
test_kinds_of_events(void **state UNUSED)
{
    static const char jails[] = "[DEFAULT]\nenabled = yes\nlogpath = /l\nmode = normal\n"
                                "filter = %(__name__)s[mode=%(mode)s]\n[kinds]\n"
                                "[all]\nfilter = kinds[mode=all]\n";
    static const struct {
        enum regex_kind kind;
        enum event_kind event;
        const char *pattern;
    } expected[] = {
        {REGEX_FAIL, EVENT_AUTH_FAIL, "^plain <HOST>"},
        {REGEX_FAIL, EVENT_FLOOD, "^many <HOST>"},
        {REGEX_FAIL, EVENT_FLOOD, "^much <HOST>"},
        {REGEX_TELL, EVENT_AUTH_OK, "^in <HOST>"},
    };
    struct buf errors = {0};
    struct config c;

    if (load("", jails, NULL, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    assert_int_equal(c.filters[0].regex_count, 3);
    assert_int_equal(c.filters[1].regex_count, ARRAY_LEN(expected));
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        const struct config_regex *r = &c.filters[1].regexes[i];

        assert_int_equal(r->kind, expected[i].kind);
        assert_int_equal(r->event, expected[i].event);
        assert_string_equal(r->pattern, expected[i].pattern);
    }
    assert_string_equal(c.filters[0].daemon, ""); /* no expression has <PREFIX> */
    config_fini(&c);
}

static void
test_komainu(void **state UNUSED)
{
    static const char komainu[] =
        "[komainu]\nallow = 192.0.2.0/24\nobserve = yes\nmax-bans = 5\n"
        "max-bans-per-second = 7\nmax-bantime = 2h\ncut-connections = no\n"
        "guarded-ports = 25,80:90\ntable = guard\nassume-kernel = 6.1\n"
        "syslog-socket = /run/s\n";
    static const char jails[] = "[one]\nenabled = yes\nfilter = f\nservice = postfix\n";
    struct machine m = made_up_machine();
    struct buf errors = {0};
    struct config c;

    if (load(komainu, jails, &m, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    assert_int_equal(c.protect_count, 4);
    assert_int_equal(c.protect[0].why, PROTECT_ALLOW);
    assert_int_equal(c.jails[0].mode, JAIL_OBSERVE);
    assert_int_equal(c.limits.max_bans, 5);
    assert_int_equal(c.limits.bans_per_s, 7);
    assert_int_equal(c.limits.max_bantime_s, 7200);
    assert_false(c.limits.is_destroying);
    assert_true(c.limits.is_kernel_6_1);
    assert_string_equal(c.table, "guard");
    assert_int_equal(c.guarded_count, 2);
    assert_int_equal(c.guarded[1].last, 90);
    assert_int_equal(c.source_count, 1);
    assert_int_equal(c.sources[0].kind, SOURCE_SOCKET);
    assert_string_equal(c.sources[0].path, "/run/s");
    config_fini(&c);
}

static const struct {
    const char *komainu, *jail, *errors;
} wrong_files[] = {
    {"[komainu]\nmax-ban = 3\n", "",
     "built-in/komainu.conf:2: there is no option `max-ban`; did you mean "
     "`max-bans`?\n"},
    {"[komainu]\nfrobnicate = 3\n[komainou]\n", "",
     "built-in/komainu.conf:2: there is no option `frobnicate`; remove the line\n"
     "built-in/komainu.conf:3: there is no section [komainou] here; write "
     "[komainu]\n"},
    {"[komainu]\nobserve = x\nmax-bans = 0\ntable =\n", "",
     "built-in/komainu.conf:3: `max-bans` is `0`; write a whole number from 1 to "
     "16777216\n"
     "built-in/komainu.conf:2: `observe` is `x`; write yes or no\n"
     "built-in/komainu.conf:4: `table` is empty; write a letter, then letters, "
     "digits, - "
     "and _, less than 32 in all\n"},
    {"[komainu]\nsyslog-socket = /run/"
     "0123456789012345678901234567890123456789012345678901234567890123456789"
     "01234567890123456789012345678901234567890\n",
     "",
     "built-in/komainu.conf:2: `syslog-socket` is longer than 107 bytes, the most "
     "that a "
     "socket can have\n"},
    {"", ON "maxretry = 0\n",
     JAIL ":5: `maxretry` is `0`; write a whole number from 1 to 1000\n"},
    {"", "[kinds]\nenabled = yes\nlogpath = /l\nfilter = kinds[mode=odd]\n",
     JAIL ":4: `mode` is `odd`; write normal or all\n"},
    {"",
     "[kinds]\nenabled = yes\nlogpath = /l\nmode = odd\nfilter = kinds[mode=%(mode)s]\n",
     JAIL ":4: `mode` is `odd`; write normal or all\n"},
    {"", "[modes]\nenabled = yes\nlogpath = /l\n",
     "built-in/filter.d/modes.conf:5: `mode` is `odd`; write a, b or c\n"},
    {"", "[modes]\nenabled = yes\nlogpath = /l\nfilter = modes[mode=b]\n",
     "built-in/filter.d/modes.conf:6: `ignoreregex` asks for <other-b>, which the filter "
     "does not have; is its `mode` right?\n"},
    {"", "[dots]\nenabled = yes\nlogpath = /l\n",
     "built-in/filter.d/dots.conf:3: `eventregex.login`: there is no event `login`; "
     "write "
     "for example `eventregex.auth_fail`\n"},
    {"", ON "failregex = ^net <SUBNET>\n  ^id <F-ID>x</F-ID> <HOST>\n  ^good <HOST>\n",
     JAIL ":5: `failregex` has <SUBNET>; bans of networks are not supported yet, name "
          "a <HOST> or <ADDR>\n" JAIL
          ":6: `failregex` has <F-ID>; failures without an address are not supported "
          "yet, name a <HOST> or <ADDR>\n"},
    {"", ON "bantime.increment = true\n",
     JAIL ":5: `bantime.increment` is not supported yet; remove the line\n"},
    {"", "[DEFAULT]\nbanaction = %(nix)s\nmaxmatches = 3\nbantim = 3\n",
     JAIL ":2: `banaction` is not supported yet; remove the line\n" JAIL
          ":3: `maxmatches` is not supported yet; remove the line\n" JAIL
          ":4: there is no option `bantim`; did you mean `bantime`?\n"},
    {"",
     "[DEFAULT]\nmaxretry = %(x)s\n" ON "[k]\nenabled = yes\nfilter = f\nlogpath=/l\n",
     JAIL ":2: `maxretry`: there is no option x\n"},
    {"", "[j]\nenabled = auto\n",
     JAIL ":2: [j] `enabled` is `auto`, which needs a `service`; write yes or no\n"},
    {"", "[j]\nenabled = yes\nfilter = f\nlogpath = syslog-udp://192.0.2.1:514\n",
     JAIL ":1: [j] `syslog-udp://192.0.2.1:514` takes what anybody sends; write in "
          "`senders` the addresses of the hosts that may\n"},
    {"",
     "[DEFAULT]\nenabled = yes\nfilter = f\nlogpath = syslog-tcp://192.0.2.1:514\n"
     "[j]\nsenders = 192.0.2.7\n[k]\nsenders = 192.0.2.8\n",
     JAIL ":8: [k] another jail has other `senders` for `syslog-tcp://192.0.2.1:514`; "
          "write the same list in both, or once in [DEFAULT]\n"},
    {"", "[j]\nenabled = yes\nfilter = nix\nlogpath = /l\n",
     JAIL ":3: [j] there is no filter `nix` (filter.d/nix.conf)\n"},
    {"", "[j]\nenabled = yes\nfilter = ../x\nlogpath = /l\n",
     JAIL ":3: [j] `filter`: write the name of a filter: letters, digits, - and _, less "
          "than 64\n"},
    {"", "[j]\nenabled = yes\nfilter = f[a=\"x]\nlogpath = /l\n",
     JAIL ":3: [j] `filter`: a quoted value does not end\n"},
    {"", "[j]\nenabled = yes\nfilter = f[a]\nlogpath = /l\n",
     JAIL ":3: [j] `filter`: write NAME[OPTION=VALUE, OPTION=\"VALUE\"]\n"},
    {"", "[j]\nenabled = yes\nfilter = f[a?family=inet6=1]\nlogpath = /l\n",
     JAIL ":3: [j] `filter`: conditions (`?family=`) are not supported yet\n"},
    {"", "[j]\nenabled = yes\nfilter = f[a=\"1\" b=2]\nlogpath = /l\n",
     JAIL ":3: [j] `filter`: write a comma between arguments and ] behind the last\n"},
    {"", "[j]\nenabled = yes\nfilter = f g\nlogpath = /l\n",
     JAIL ":3: [j] `filter`: write one filter, NAME or NAME[OPTION=VALUE]\n"},
    {"", "[j]\nenabled = yes\nfilter = empty\nlogpath = /l\n",
     "built-in/filter.d/empty.conf: the filter has no `failregex`; write one in "
     "[Definition]\n"},
    {"", "[j]\nenabled = yes\nfilter = later\nlogpath = /l\n",
     "built-in/filter.d/later.conf:4: `event` is `nonsense`; that is no event; write "
     "for example `auth_fail`\n"
     "built-in/filter.d/later.conf:3: `maxlines` is `many`; write how many lines an "
     "expression sees, from 1 to 1000\n"
     "built-in/filter.d/later.conf:5: `usedns` is `warn`; names are not looked up yet; "
     "remove the line, or write `no`\n"},
    {"", "[j]\nenabled = yes\nfilter = loop\nlogpath = /l\n",
     "built-in/filter.d/loop.conf:2: `failregex`: its <tags> are nested deeper than "
     "25 "
     "rounds can replace\n"
     "built-in/filter.d/loop.conf:5: `ignoreregex`: there is no option none\n"},
    {"", "[j]\nenabled = yes\nfilter = two\nlogpath = /l\n",
     "built-in/filter.d/two.conf: `prefregex` has 2 lines; it is a single "
     "expression\n"},
    {"", "[j k]\nenabled = yes\nfilter = f\nlogpath = /l\n",
     JAIL ":1: [j k] a jail's name has letters, digits, -, _ and ., less than 64\n"},
    {"", "[j]\nenabled = yes\nfilter = f\n",
     JAIL ":1: [j] `logpath` is `auto`, which needs a `service`; write the paths of the "
          "log files\n"},
    {"", "[j]\nenabled = yes\nfilter = f\nservice = dovecot\n",
     JAIL ":1: [j] no log of the service was found; write the path of its log file in "
          "`logpath`\n"},
    {"", "[j]\nenabled = perhaps\n",
     JAIL ":2: `enabled` is `perhaps`; write yes or no or `auto`\n"},
    {"", "[j]\nenabled = auto\nservice = postfix\nmaxretry = -3\n",
     JAIL ":4: `maxretry` is `-3`; write a whole number from 1 to 1000\n"},
};

static void
test_errors(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(wrong_files); i++) {
        struct buf errors = {0};
        struct config c;

        if (load(wrong_files[i].komainu, wrong_files[i].jail, NULL, &c, &errors) == 0)
            fail_msg("row %zu is taken", i);
        assert_string_equal(errors.ptr, wrong_files[i].errors);
        buf_fini(&errors);
    }
}

/* One more of everything than there may be. */
static void
test_limits(void **state UNUSED)
{
    struct buf jails = {0}, errors = {0};
    struct config c;

    for (int i = 0; i <= CONFIG_JAILS_MAX; i++)
        buf_printf(&jails,
                   "[j%d]\nenabled = yes\nfilter = f[a=%d]\nport = %d\nlogpath = /%d/a\n"
                   " /%d/b\n /%d/c\n /%d/d\n",
                   i, i, i % 33 + 1, i, i, i, i);
    assert_int_equal(load("", jails.ptr, NULL, &c, &errors), -EINVAL);
    assert_non_null(strstr(errors.ptr, "[j31] more than 31 different port lists\n"));
    assert_non_null(strstr(errors.ptr, "[j64] more than 64 jails are enabled\n"));
    buf_clear(&errors);
    buf_clear(&jails);
    buf_add_text(&jails, "[DEFAULT]\nenabled = yes\nfilter = f\n");
    for (int i = 0; i < CONFIG_JAILS_MAX; i++) {
        buf_printf(&jails, "[j%d]\nlogpath = /x\n", i);
        for (int k = 0; k < 5; k++)
            buf_printf(&jails, " /%d/%d\n", i, k);
    }
    assert_int_equal(load("", jails.ptr, NULL, &c, &errors), -EINVAL);
    assert_non_null(
        strstr(errors.ptr, "[j51] all jails together read more than 256 logs\n"));
    buf_clear(&errors);
    buf_clear(&jails);
    buf_add_text(&jails, "[j]\nenabled = yes\nfilter = f\nlogpath = /l\nfailregex = ");
    for (int i = 0; i <= CONFIG_REGEXES_MAX; i++)
        buf_printf(&jails, "  x%d\n", i);
    buf_add_text(&jails, "  ");
    for (int i = 0; i <= CONFIG_REGEX_MAX; i++)
        buf_add_byte(&jails, 'x');
    assert_int_equal(load("", jails.ptr, NULL, &c, &errors), -EINVAL);
    assert_non_null(strstr(errors.ptr, "more than 128 expressions in one filter\n"));
    assert_non_null(strstr(errors.ptr,
                           "an expression of `failregex` is longer than 8192 bytes "
                           "when it is expanded\n"));
    buf_fini(&errors);
    buf_fini(&jails);
}

static void
test_protect_limit(void **state UNUSED)
{
    struct machine m = made_up_machine();
    struct buf komainu = {0}, errors = {0};
    struct config c;

    buf_add_text(&komainu, "[komainu]\nallow = ");
    for (int i = 0; i < CONFIG_PREFIXES_MAX; i++)
        buf_printf(&komainu, "10.1.%d.%d ", i / 256, i % 256);
    assert_int_equal(load(komainu.ptr, "", NULL, &c, &errors), 0);
    config_fini(&c);
    assert_int_equal(load(komainu.ptr, "", &m, &c, &errors), -EINVAL);
    assert_non_null(strstr(errors.ptr, "more than 1024 prefixes are never to be banned"));
    buf_fini(&komainu);
    buf_fini(&errors);
}

static void
test_guarded_limit(void **state UNUSED)
{
    struct machine m = {0};
    struct buf errors = {0};
    struct config c;

    for (unsigned s = 0; s < MACHINE_SERVICES; s++) {
        m.services[s].is_present = true;
        m.services[s].ports.count = CONFIG_PORTS_MAX;
        for (unsigned i = 0; i < CONFIG_PORTS_MAX; i++) {
            uint16_t port = (uint16_t)(2 * i + 1 + 1000 * s);

            m.services[s].ports.ports[i] =
                (struct config_ports){.protocol = 6, .first = port, .last = port};
        }
    }
    assert_int_equal(load("", "", &m, &c, &errors), -EINVAL);
    assert_string_equal(errors.ptr,
                        "the services found listen on more than 64 ports; name "
                        "those to guard in `guarded-ports`\n");
    buf_fini(&errors);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_defaults),
        TEST(test_defaults_on_an_empty_machine),
        TEST(test_directory),
        TEST(test_jails),
        TEST(test_expressions_in_arguments),
        TEST(test_usedns),
        TEST(test_where_the_zone_stands),
        TEST(test_kinds_of_events),
        TEST(test_komainu),
        TEST(test_errors),
        TEST(test_limits),
        TEST(test_protect_limit),
        TEST(test_guarded_limit),
    };

    return RUN(tests);
}
