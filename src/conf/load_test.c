#include "unit.h"

#include <errno.h>
#include <netinet/in.h>

#include "conf/config_print.h"
#include "conf/load_world.h"

/* What is built in, on that machine. */
static void
test_defaults(void **state UNUSED)
{
    struct machine m = made_up_machine();
    struct config_request r = {.machine = &m};
    struct buf errors = {0}, text = {0};
    struct config c;
    size_t rules = 0;

    m.can_bind_syslog = true;
    if (config_load(&r, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    for (size_t i = 0; i < c.jail_count; i++) {
        if (c.jails[i].rule.key != RULE_NONE) {
            assert_int_equal(c.jails[i].source_count, 0);
            rules++;
            continue;
        }
        buf_printf(&text, "%s%s ", c.jails[i].name,
                   c.jails[i].mode == JAIL_OBSERVE ? "?" : "");
        assert_true(c.filters[c.jails[i].filter].regex_count > 0);
    }
    assert_string_equal(text.ptr,
                        "postfix-sasl sshd postfix? postfix-flood? postscreen? ");
    assert_int_equal(c.filter_count, 5);
    assert_true(rules >= 8); /* there is something for them to count */
    buf_clear(&text);
    config_print(&c, &text);
    assert_non_null(strstr(text.ptr,
                           "[komainu]\ntable = komainu\n"
                           "guarded-ports = 22,25,465,587\n"
                           "cut-connections = yes\nassume-kernel = auto\n"
                           "max-bans = 1048576\nmax-bans-per-second = 100000\n"
                           "max-bantime = -1\ndbpurgeage = 1d\ndbmaxmatches = 200\n"
                           "min-prefix-ipv4 = 24\n"
                           "min-prefix-ipv6 = 56\n"
                           "slots-every = 10s\nslots-ports = 25,465,587\n"
                           "slots-floor = 20\n"
                           "brake = yes\nbrake-places = 5\nbrake-clients = 5\n"
                           "loglevel = INFO\nlogtarget = none\n"
                           "metrics-socket = none\n"
                           "fail2ban-socket = none\n"
                           "never banned = 10.0.0.0/8 (mynetworks)\n"
                           "never banned = 192.0.2.1 (relayhost)\n"
                           "never banned = 192.0.2.53 (resolver)\n"
                           "providers = _spf.google.com "));
    assert_non_null(strstr(
        text.ptr,
        "\nlogpath = /var/log/mail.log\nport = all\nprotocol = all\nblocktype = drop\n"));
    assert_null(strstr(text.ptr, "maillog"));
    assert_non_null(strstr(text.ptr,
                           "\nsyslog socket = /run/systemd/journal/syslog\nport = "
                           "all\nprotocol = all\nblocktype = drop\nmaxretry = "
                           "5\nmaxmatches = 5\nfindtime = 1h\nbantime = 1h\n"));
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
    size_t filters = 0;

    assert_int_equal(config_load(&r, &c, &errors), 0);
    assert_int_equal(c.jail_count, 0);
    config_print(&c, &text);
    assert_non_null(strstr(text.ptr, "# No jail is enabled: nobody will be banned.\n"));
    assert_non_null(strstr(text.ptr, "guarded-ports = none\n"));
    config_fini(&c);

    r = (struct config_request){.is_replay = true, .logs = logs, .log_count = 3};
    assert_int_equal(config_load(&r, &c, &errors), 0);
    for (size_t i = 0; i < c.jail_count; i++)
        filters += c.jails[i].rule.key == RULE_NONE;
    assert_int_equal(filters, 16);
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
        "[s]\nenabled = yes\nfilter = f\nblocktype = reject\n"
        "[t]\nenabled = yes\nfilter = f\nport = all\nblocktype = reject\n"
        "[off]\nenabled = no\nport = nonsense\naction = x\n";
    struct buf errors = {0};
    struct config c;

    if (load("", jails, NULL, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    assert_int_equal(c.jail_count, 6);
    assert_int_equal(c.filter_count, 3);
    assert_int_equal(c.source_count, 2);
    assert_int_equal(c.scope_count, 5);
    assert_int_equal(c.jails[0].filter, c.jails[1].filter);
    assert_int_equal(c.jails[0].scope, 1);
    assert_int_equal(c.jails[1].scope, 1);
    assert_int_equal(c.jails[2].scope, 0);
    assert_int_equal(c.jails[3].scope, 2);
    assert_int_equal(c.jails[4].scope, 3);
    assert_int_equal(c.scopes[3].block, BLOCK_REJECT);
    assert_int_equal(c.scopes[3].count, 1);
    assert_int_equal(c.jails[5].scope, 4);
    assert_int_equal(c.scopes[4].block, BLOCK_REJECT);
    assert_int_equal(c.scopes[4].count, 0);
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

static void
test_usedns_words(void **state UNUSED)
{
    static const struct {
        const char *jail;
        enum usedns usedns;
        bool needs_names;
    } rows[] = {
        {ON, USEDNS_RAW, false},
        {ON "usedns = raw\n", USEDNS_RAW, false},
        {ON "usedns = no\n", USEDNS_NO, false},
        {ON "usedns = Yes\n", USEDNS_YES, true},
        {ON "usedns = warn\n", USEDNS_WARN, true},
        {"[DEFAULT]\nusedns = warn\n" ON, USEDNS_WARN, true},
        {"[j]\nenabled = yes\nlogpath = /l\nfilter = f[usedns=yes]\n", USEDNS_YES, true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf errors = {0};
        struct config c;

        if (load("", rows[i].jail, NULL, &c, &errors) < 0)
            fail_msg("%s", errors.ptr);
        assert_int_equal(c.filters[0].usedns, rows[i].usedns);
        assert_int_equal(config_needs_names(&c), rows[i].needs_names);
        config_fini(&c);
    }
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
        "syslog-socket = /run/s\nslots-every = 1m\nslots-ports = 25,143\n"
        "slots-floor = 50\n";
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
    assert_int_equal(c.slots.every_s, 60);
    assert_int_equal(c.slots.floor, 50);
    assert_int_equal(c.slots.count, 2);
    assert_int_equal(c.slots.ports[1].first, 143);
    assert_int_equal(c.source_count, 1);
    assert_int_equal(c.sources[0].kind, SOURCE_SOCKET);
    assert_string_equal(c.sources[0].path, "/run/s");
    config_fini(&c);
}

/* Ports a ban closes to every packet: of services found, of those that a jail watches
 * somewhere else, and those that a jail names; of no jail that is off. */
static void
test_guarded(void **state UNUSED)
{
    static const char jails[] =
        "[one]\nenabled = yes\nfilter = f\nservice = dovecot\nlogpath = /l\n"
        "[two]\nenabled = yes\nfilter = f\nlogpath = /l\nport = 8080,53\n"
        "protocol = all\n"
        "[off]\nenabled = no\nfilter = f\nservice = exim\nlogpath = /l\nport = 9\n";
    struct machine m = made_up_machine();
    struct buf errors = {0}, text = {0};
    struct config c;

    m.services[MACHINE_DOVECOT].usual_ports =
        (struct config_scope){.ports = {{IPPROTO_TCP, 993, 993}}, .count = 1};
    m.services[MACHINE_EXIM].usual_ports =
        (struct config_scope){.ports = {{IPPROTO_TCP, 2525, 2525}}, .count = 1};
    if (load("", jails, &m, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    config_print(&c, &text);
    assert_non_null(strstr(text.ptr, "\nguarded-ports = 22,25,53,465,587,993,8080\n"
                                     "guarded ports of UDP = 53,8080\n"));
    config_fini(&c);
    buf_clear(&text);
    if (load("[komainu]\nguarded-ports = 25\n", jails, &m, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    config_print(&c, &text);
    assert_non_null(strstr(text.ptr, "\nguarded-ports = 25\ncut"));
    config_fini(&c);
    buf_fini(&text);
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
        TEST(test_usedns_words),
        TEST(test_where_the_zone_stands),
        TEST(test_kinds_of_events),
        TEST(test_komainu),
        TEST(test_guarded),
    };

    return RUN(tests);
}
