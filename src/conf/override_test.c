#include "unit.h"

#include "conf/journalmatch.h"
#include "conf/load.h"
#include "conf/override.h"

static void
put(void **state UNUSED)
{
    struct config_overrides o = {0}, copy;

    assert_int_equal(overrides_put(&o, SPAN("sshd"), SPAN("maxretry"), SPAN("7")),
                     OVERRIDE_PUT);
    assert_int_equal(overrides_put(&o, SPAN("sshd"), SPAN("maxretry"), SPAN("8")),
                     OVERRIDE_PUT);
    assert_int_equal(overrides_put(&o, SPAN(""), SPAN("loglevel"), SPAN("DEBUG")),
                     OVERRIDE_PUT);
    assert_int_equal(o.count, 2);
    assert_string_equal(overrides_find(&o, SPAN("sshd"), SPAN("maxretry")), "8");
    copy = overrides_copy(&o);
    assert_true(overrides_drop_option(&copy, SPAN("sshd"), SPAN("maxretry")));
    assert_false(overrides_drop_option(&copy, SPAN("sshd"), SPAN("maxretry")));
    assert_int_equal(copy.count, 1);
    overrides_fini(&copy);
    copy = overrides_copy(&o);
    assert_true(overrides_drop(&o, SPAN("sshd")));
    assert_false(overrides_drop(&o, SPAN("sshd")));
    assert_null(overrides_find(&o, SPAN("sshd"), SPAN("maxretry")));
    assert_true(overrides_drop(&o, SPAN("")));
    assert_int_equal(o.count, 0);
    assert_int_equal(copy.count, 2);
    overrides_fini(&copy);
    overrides_fini(&o);
}

/* What would open a file, run a command, or end the line. */
static void
refused(void **state UNUSED)
{
    static const struct {
        struct span jail, option, value;
    } rows[] = {
        {SPAN_INIT("sshd"), SPAN_INIT("ignorecommand"), SPAN_INIT("true")},
        {SPAN_INIT("sshd"), SPAN_INIT("logpath"), SPAN_INIT("/etc/shadow")},
        {SPAN_INIT("sshd"), SPAN_INIT("loglevel"), SPAN_INIT("DEBUG")},
        {SPAN_INIT(""), SPAN_INIT("logtarget"), SPAN_INIT("/etc/shadow")},
        {SPAN_INIT(""), SPAN_INIT("logtarget"), SPAN_INIT("none")},
        {SPAN_INIT(""), SPAN_INIT("notify-command"), SPAN_INIT("true")},
        {SPAN_INIT("DEFAULT"), SPAN_INIT("maxretry"), SPAN_INIT("5")},
        {SPAN_INIT("a]\n[b"), SPAN_INIT("maxretry"), SPAN_INIT("5")},
        {SPAN_INIT("a b"), SPAN_INIT("maxretry"), SPAN_INIT("5")},
        {SPAN_INIT("sshd"), SPAN_INIT("maxretry"), SPAN_INIT("5\nlogpath = /etc/shadow")},
        {SPAN_INIT("sshd"), SPAN_INIT("maxretry"), SPAN_INIT("5 ; 6")},
    };
    struct config_overrides o = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(overrides_put(&o, rows[i].jail, rows[i].option, rows[i].value),
                         OVERRIDE_REFUSED);
    assert_int_equal(o.count, 0);
    overrides_fini(&o);
}

/* What root itself may set, and nothing else. */
static void
trusted(void **state UNUSED)
{
    static const struct {
        const char *jail, *option, *value;
        enum override_put put;
    } rows[] = {
        {"sshd", "ignorecommand", "/bin/x <ip> | grep -q a%b", OVERRIDE_PUT},
        {"sshd", "ignorecommand", "", OVERRIDE_PUT},
        {"", "logtarget", "/var/log/f2b.log", OVERRIDE_PUT},
        {"", "logtarget", "/a\nnotify-command = true", OVERRIDE_REFUSED},
        {"sshd", "ignorecommand", "true ; false", OVERRIDE_REFUSED}, /* a comment */
        {"sshd", "ignorecommand", "true\n false", OVERRIDE_REFUSED},
        {"sshd", "logtarget", "/a", OVERRIDE_REFUSED},
        {"", "ignorecommand", "true", OVERRIDE_REFUSED},
        {"", "notify-command", "true", OVERRIDE_REFUSED},
        {"sshd", "maxretry", "5", OVERRIDE_REFUSED},
        {"DEFAULT", "ignorecommand", "true", OVERRIDE_REFUSED},
    };
    struct config_overrides o = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(overrides_put_trusted(&o, span_of(rows[i].jail),
                                               span_of(rows[i].option),
                                               span_of(rows[i].value)),
                         rows[i].put);
    assert_int_equal(o.count, 2);
    overrides_fini(&o);
}

/* Groups of matches more, and less. */
static void
journal(void **state UNUSED)
{
    static const struct {
        const char *jail, *match;
        bool is_added;
        enum override_put put;
        const char *now; /* what is then to be read */
    } rows[] = {
        {"j", "C=3", true, OVERRIDE_PUT, "A=1 B=2 + C=3"},
        {"j", "B=2 A=1", false, OVERRIDE_REFUSED, NULL},
        {"j", "'D=x y' + C=4", true, OVERRIDE_PUT, "A=1 B=2 + C=3 + 'D=x y' + C=4"},
        {"j", "C=3 + C=4", false, OVERRIDE_PUT, "A=1 B=2 + 'D=x y'"},
        {"j", "C=3", false, OVERRIDE_REFUSED, NULL},
        {"j", "A=1 B=2 + 'D=x y'", false, OVERRIDE_REFUSED, NULL}, /* all */
        {"j", "nonsense", true, OVERRIDE_REFUSED, NULL},
        {"j", "", true, OVERRIDE_REFUSED, NULL},
        {"j", "A=#1", true, OVERRIDE_REFUSED, NULL},
        {"a", "C=3", true, OVERRIDE_REFUSED, NULL}, /* reads a file */
        {"none", "C=3", true, OVERRIDE_REFUSED, NULL},
    };
    static const char jails[] =
        "[j]\nenabled = yes\nfilter = f\nbackend = systemd\njournalmatch = A=1 B=2\n"
        "[a]\nenabled = yes\nfilter = f\nlogpath = /x/a\n";
    static const char filter[] = "[Definition]\nfailregex = <HOST>$\n";
    static const struct conf_builtin files[] = {
        {"jail.conf", jails, sizeof(jails) - 1},
        {"filter.d/f.conf", filter, sizeof(filter) - 1},
        {0}};
    struct config_overrides o = {0};
    struct config_request r = {.builtins = files, .overrides = &o};
    struct buf errors = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf text = {0};
        struct config c;

        if (config_load(&r, &c, &errors) != 0)
            fail_msg("%s", errors.ptr);
        assert_int_equal(overrides_change_journal(&o, &c, span_of(rows[i].jail),
                                                  rows[i].is_added,
                                                  span_of(rows[i].match)),
                         rows[i].put);
        config_fini(&c);
        if (rows[i].put != OVERRIDE_PUT)
            continue;
        assert_int_equal(config_load(&r, &c, &errors), 0);
        journalmatch_text(span_of(c.sources[c.jails[0].sources[0]].match), &text);
        assert_string_equal(text.ptr, rows[i].now);
        buf_fini(&text);
        config_fini(&c);
    }
    overrides_fini(&o);
}

/* The last word, after the files. */
static void
in_force(void **state UNUSED)
{
    static const char jails[] = "[DEFAULT]\nmaxretry = 3\n[a]\nenabled = yes\n"
                                "filter = f\nlogpath = /a\nmaxretry = 4\n";
    static const char filter[] = "[Definition]\nfailregex = from <HOST>$\n";
    static const struct conf_builtin files[] = {
        {"jail.conf", jails, sizeof(jails) - 1},
        {"filter.d/f.conf", filter, sizeof(filter) - 1},
        {0}};
    struct config_overrides o = {0};
    struct config_request r = {.builtins = files, .overrides = &o};
    struct buf errors = {0};
    struct config c;

    assert_int_equal(overrides_put(&o, SPAN("a"), SPAN("maxretry"), SPAN("9")),
                     OVERRIDE_PUT);
    assert_int_equal(overrides_put(&o, SPAN("a"), SPAN("bantime"), SPAN("2h")),
                     OVERRIDE_PUT);
    assert_int_equal(overrides_put(&o, SPAN(""), SPAN("loglevel"), SPAN("NOTICE")),
                     OVERRIDE_PUT);
    assert_int_equal(overrides_put(&o, SPAN("gone"), SPAN("maxretry"), SPAN("9")),
                     OVERRIDE_PUT); /* of a jail that no file has: nothing */
    assert_int_equal(config_load(&r, &c, &errors), 0);
    assert_int_equal(c.jail_count, 1);
    assert_int_equal(c.jails[0].maxretry, 9);
    assert_int_equal(c.jails[0].bantime_s, 7200);
    assert_int_equal(c.loglevel, LOGLEVEL_NOTICE);
    config_fini(&c);
    assert_int_equal(overrides_put(&o, SPAN("a"), SPAN("maxretry"), SPAN("%x")),
                     OVERRIDE_PUT);
    assert_true(config_load(&r, &c, &errors) < 0);
    assert_non_null(strstr(errors.ptr, "fail2ban-client"));
    assert_non_null(strstr(errors.ptr, "`maxretry` is `%x`"));
    buf_fini(&errors);
    overrides_fini(&o);
}

static const struct {
    const char *jail, *option, *value;
    enum override_put put;
    const char *fail, *ignore; /* what is then in force */
} expression_changes[] = {
    {"a", "addfailregex", "^100% #<HOST>; x", OVERRIDE_PUT,
     "x 5% <HOST>$|second; <HOST>|^100% #<HOST>; x|", ""},
    {"a", "addignoreregex", "never", OVERRIDE_PUT,
     "x 5% <HOST>$|second; <HOST>|^100% #<HOST>; x|", "never|"},
    {"a", "delfailregex", "3", OVERRIDE_SAME, NULL, NULL},
    {"a", "delfailregex", "-4", OVERRIDE_SAME, NULL, NULL},
    {"a", "delfailregex", "x", OVERRIDE_REFUSED, NULL, NULL},
    {"a", "delfailregex", "-2", OVERRIDE_PUT, "x 5% <HOST>$|^100% #<HOST>; x|", "never|"},
    {"a", "delignoreregex", "0", OVERRIDE_PUT, "x 5% <HOST>$|^100% #<HOST>; x|", ""},
    {"a", "addfailregex", "# a comment", OVERRIDE_REFUSED, NULL, NULL},
    {"a", "addfailregex", "a ;comment", OVERRIDE_REFUSED, NULL, NULL},
    {"a", "addfailregex", "y<HOST>\n[<HOST>\n\nx", OVERRIDE_REFUSED, NULL, NULL},
    {"a", "addfailregex", "y<HOST>\n[a] = <HOST>", OVERRIDE_PUT,
     "x 5% <HOST>$|^100% #<HOST>; x|y<HOST>|[a] = <HOST>|", ""},
    {"a", "addfailregex", "", OVERRIDE_REFUSED, NULL, NULL},
    {"none", "addfailregex", "x", OVERRIDE_REFUSED, NULL, NULL},
    {"b", "addfailregex", "x", OVERRIDE_REFUSED, NULL, NULL},
    {"a", "addlogpath", "/etc/shadow", OVERRIDE_REFUSED, NULL, NULL},
};

/* Expressions are added to those in force, and taken away by their number. */
static void
expressions(void **state UNUSED)
{
    static const char jails[] = "[a]\nenabled = yes\nfilter = f\nlogpath = /a\n"
                                "[b]\nenabled = yes\nfilter = two\nlogpath = /a\n";
    static const char filter[] = "[Definition]\nfailregex = <tag> 5%% <HOST>$\n"
                                 " second; <HOST>\n[Init]\ntag = x\n";
    static const char two[] = "[Definition]\nfailregex = <HOST>$\n"
                              "failregex.probe = z<HOST>$\n";
    static const struct conf_builtin files[] = {
        {"jail.conf", jails, sizeof(jails) - 1},
        {"filter.d/f.conf", filter, sizeof(filter) - 1},
        {"filter.d/two.conf", two, sizeof(two) - 1},
        {0}};
    struct config_overrides o = {0};
    struct config_request r = {.builtins = files, .overrides = &o};
    struct buf errors = {0};

    for (size_t i = 0; i < ARRAY_LEN(expression_changes); i++) {
        struct buf texts[REGEX_KINDS] = {0};
        struct config c;

        if (config_load(&r, &c, &errors) != 0)
            fail_msg("%s", errors.ptr);
        assert_int_equal(overrides_change_list(&o, &c,
                                               span_of(expression_changes[i].jail),
                                               span_of(expression_changes[i].option),
                                               span_of(expression_changes[i].value)),
                         expression_changes[i].put);
        config_fini(&c);
        if (expression_changes[i].put != OVERRIDE_PUT)
            continue;
        assert_int_equal(config_load(&r, &c, &errors), 0);
        for (size_t k = 0; k < c.filters[0].regex_count; k++)
            buf_printf(&texts[c.filters[0].regexes[k].kind], "%s|",
                       c.filters[0].regexes[k].pattern);
        buf_add_text(&texts[REGEX_IGNORE], "");
        assert_string_equal(texts[REGEX_FAIL].ptr, expression_changes[i].fail);
        assert_string_equal(texts[REGEX_IGNORE].len ? texts[REGEX_IGNORE].ptr : "",
                            expression_changes[i].ignore);
        for (size_t k = 0; k < REGEX_KINDS; k++)
            buf_fini(&texts[k]);
        config_fini(&c);
    }
    overrides_fini(&o);
}

/* A log more, and one less. */
static void
logs(void **state UNUSED)
{
    static const char jails[] =
        "[a]\nenabled = yes\nfilter = f\nlogpath = /x/a\n  /x/b\n"
        "[s]\nenabled = yes\nfilter = f\nlogpath = syslog-udp://127.0.0.1:5514\n"
        "senders = 192.0.2.1\n";
    static const char filter[] = "[Definition]\nfailregex = <HOST>$\n";
    static const struct conf_builtin files[] = {
        {"jail.conf", jails, sizeof(jails) - 1},
        {"filter.d/f.conf", filter, sizeof(filter) - 1},
        {0}};
    static const struct {
        const char *jail, *path;
        enum log_change change;
        enum override_put put;
        const char *paths;
    } rows[] = {
        {"a", "/x/c", LOG_ADDED, OVERRIDE_PUT, "/x/a|/x/b|/x/c|"},
        {"a", "/x/a", LOG_DELETED, OVERRIDE_PUT, "/x/b|/x/c|"},
        {"a", "/x/a", LOG_DELETED, OVERRIDE_SAME, NULL},
        {"a", "/x/b", LOG_ADDED, OVERRIDE_SAME, NULL},
        {"a", "/x/d", LOG_ADDED_TAIL, OVERRIDE_PUT, "/x/b|/x/c|/x/d tail|"},
        {"a", "/x/b", LOG_DELETED, OVERRIDE_PUT, "/x/c|/x/d tail|"},
        {"a", "/x/d", LOG_DELETED, OVERRIDE_PUT, "/x/c|"},
        {"a", "/x/c", LOG_DELETED, OVERRIDE_REFUSED, NULL}, /* the last */
        {"a", "x", LOG_ADDED, OVERRIDE_REFUSED, NULL},
        {"a", "/x/*", LOG_ADDED, OVERRIDE_REFUSED, NULL},
        {"a", "/x/a\nbackend = systemd", LOG_ADDED, OVERRIDE_REFUSED, NULL},
        {"s", "/x/a", LOG_ADDED, OVERRIDE_REFUSED, NULL},
        {"none", "/x/a", LOG_ADDED, OVERRIDE_REFUSED, NULL},
    };
    struct config_overrides o = {0};
    struct config_request r = {.builtins = files, .overrides = &o};
    struct buf errors = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf text = {0};
        struct config c;

        if (config_load(&r, &c, &errors) != 0)
            fail_msg("%s", errors.ptr);
        assert_int_equal(overrides_change_logs(&o, &c, span_of(rows[i].jail),
                                               rows[i].change, span_of(rows[i].path)),
                         rows[i].put);
        config_fini(&c);
        if (rows[i].put != OVERRIDE_PUT)
            continue;
        assert_int_equal(config_load(&r, &c, &errors), 0);
        for (size_t k = 0; k < c.jails[0].source_count; k++)
            buf_printf(&text, "%s%s|", c.sources[c.jails[0].sources[k]].path,
                       c.sources[c.jails[0].sources[k]].is_tail ? " tail" : "");
        assert_string_equal(text.ptr, rows[i].paths);
        buf_fini(&text);
        config_fini(&c);
    }
    overrides_fini(&o);
}

/* The number of the jail called so, or -1. */
static int
find_jail(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->jail_count; i++)
        if (strcmp(c->jails[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* Jails that no file has: made, filled, started, stopped. */
static void
added(void **state UNUSED)
{
    static const char jails[] = "[a]\nenabled = yes\nfilter = f\nlogpath = /a\n"
                                "[off]\nenabled = no\nfilter = f\nlogpath = /b\n";
    static const char filter[] = "[Definition]\nfailregex = from <HOST>$\n";
    static const struct conf_builtin files[] = {
        {"jail.conf", jails, sizeof(jails) - 1},
        {"filter.d/f.conf", filter, sizeof(filter) - 1},
        {0}};
    struct config_overrides o = {0};
    struct config_request r = {.builtins = files, .overrides = &o};
    struct config c = {0};
    const struct config_jail *j;
    struct buf errors = {0};

    assert_int_equal(config_load(&r, &c, &errors), 0);
#define ADD(name, backend) overrides_add_jail(&o, &c, SPAN(name), SPAN(backend))
    assert_int_equal(ADD("a", "auto"), OVERRIDE_REFUSED);
    assert_int_equal(ADD("", "auto"), OVERRIDE_REFUSED);
    assert_int_equal(ADD("x]\n[y", "auto"), OVERRIDE_REFUSED);
    assert_int_equal(ADD("x", "systemd[journalpath=/x]"), OVERRIDE_REFUSED);
    assert_int_equal(ADD("x", "gamin"), OVERRIDE_PUT);
    assert_int_equal(ADD("off", "polling"), OVERRIDE_PUT); /* not enabled, so free */
    config_fini(&c);
    assert_int_equal(config_load(&r, &c, &errors), 0);
    assert_int_equal(c.jail_count, 3);
    j = &c.jails[find_jail(&c, "x")];
    assert_true(j->is_idle && j->is_rate && j->source_count == 0);
    assert_int_equal(j->mode, JAIL_OBSERVE);
    assert_int_equal(c.filters[j->filter].regex_count, 0);
    assert_int_equal(overrides_change_logs(&o, &c, SPAN("x"), LOG_ADDED, SPAN("/x.log")),
                     OVERRIDE_PUT);
    assert_int_equal(overrides_change_list(&o, &c, SPAN("x"), SPAN("addfailregex"),
                                           SPAN("by <HOST>$")),
                     OVERRIDE_PUT);
    assert_true(overrides_start(&o, SPAN("x")));
    assert_false(overrides_start(&o, SPAN("x")));
    config_fini(&c);
    assert_int_equal(config_load(&r, &c, &errors), 0);
    j = &c.jails[find_jail(&c, "x")];
    assert_false(j->is_idle);
    assert_string_equal(c.sources[j->sources[0]].path, "/x.log");
    assert_string_equal(c.filters[j->filter].regexes[0].pattern, "by <HOST>$");
    assert_int_equal(overrides_stop(&o, SPAN("x")), OVERRIDE_PUT);
    assert_false(overrides_is_added(&o, SPAN("x")));
    assert_int_equal(overrides_stop(&o, SPAN("a")), OVERRIDE_PUT);
    config_fini(&c);
    assert_int_equal(config_load(&r, &c, &errors), 0);
    assert_int_equal(c.jail_count, 1);
    assert_string_equal(c.jails[0].name, "off");
    assert_int_equal(ADD("a", "auto"), OVERRIDE_REFUSED); /* stopped, not gone */
    config_fini(&c);
#undef ADD
    overrides_fini(&o);
}

/* A jail that a client added and a file has now is the file's. */
static void
file_wins(void **state UNUSED)
{
    static const char jails[] = "[x]\nenabled = yes\nfilter = f\nlogpath = /a\n";
    static const char filter[] = "[Definition]\nfailregex = from <HOST>$\n";
    static const struct conf_builtin files[] = {
        {"jail.conf", jails, sizeof(jails) - 1},
        {"filter.d/f.conf", filter, sizeof(filter) - 1},
        {0}};
    struct config_overrides o = {0};
    struct config_request r = {.builtins = files, .overrides = &o};
    struct config c = {0};
    struct buf errors = {0};

    assert_int_equal(overrides_add_jail(&o, &c, SPAN("x"), SPAN("auto")), OVERRIDE_PUT);
    assert_int_equal(overrides_put(&o, SPAN("x"), SPAN("maxretry"), SPAN("77")),
                     OVERRIDE_PUT);
    assert_int_equal(config_load(&r, &c, &errors), 0);
    assert_int_equal(c.jail_count, 1);
    assert_false(c.jails[0].is_idle);
    assert_int_not_equal(c.jails[0].maxretry, 77);
    assert_non_null(strstr(c.notes, "stands in the files now"));
    config_fini(&c);
    overrides_fini(&o);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(put),      TEST(refused), TEST(trusted),
                                       TEST(in_force), TEST(journal), TEST(expressions),
                                       TEST(logs),     TEST(added),   TEST(file_wins)};

    return RUN(tests);
}
