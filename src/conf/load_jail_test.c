/* Options of jails that are more than a value: what they are read as, and what is said of
 * mistakes. */
#include "unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "conf/load.h"

#define JAIL "built-in/jail.conf"
#define ON "[j]\nenabled = yes\nfilter = f\nlogpath = /l\n"

static int
load(const char *komainu, const char *jail, struct config *out, struct buf *errors)
{
    static const char filter[] = "[Definition]\nfailregex = ^x <HOST>\n";
    const struct conf_builtin builtins[] = {
        {"komainu.conf", komainu, strlen(komainu)},
        {"jail.conf", jail, strlen(jail)},
        {"filter.d/f.conf", filter, strlen(filter)},
        {0},
    };
    struct config_request r = {.builtins = builtins};

    return config_load(&r, out, errors);
}

static struct config
loaded(const char *komainu, const char *jail)
{
    struct buf errors = {0};
    struct config c;

    if (load(komainu, jail, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    return c;
}

/* What somebody wrote of bantime.*; "": nobody did. */
static void
check_said(const struct increment *i, const char *option, const char *expected)
{
    struct buf text = {0};

    buf_add_text(&text, "");
    increment_add_said(i, span_of(option), &text);
    assert_string_equal(text.len ? text.ptr : "", expected);
    buf_fini(&text);
}

static void
test_increment(void **state UNUSED)
{
    struct config c = loaded("[komainu]\ndbpurgeage = 4w\n",
                             "[DEFAULT]\nbantime.increment = true\n" ON
                             "bantime.formula = ban.Time * (1 + ban.Count %% 5)\n"
                             "bantime.maxtime = 1d\nbantime.rndtime = 10m\n"
                             "bantime.overalljails = true\n");
    const struct increment *i = &c.jails[0].increment;

    assert_int_equal(c.limits.remember_s, 28 * 86400);
    assert_true(i->is_on && i->is_overall);
    assert_int_equal(i->maxtime_s, 86400);
    assert_int_equal(i->rndtime_s, 600);
    assert_string_equal(i->formula_text, "ban.Time * (1 + ban.Count % 5)");
    assert_string_equal(i->factor_text, "1");
    assert_int_equal(increment_bantime_us(i, 60, 8, 0), 240000000);
    check_said(i, "increment", "yes");
    check_said(i, "formula", "ban.Time * (1 + ban.Count % 5)");
    check_said(i, "maxtime", "86400");
    check_said(i, "rndtime", "600");
    check_said(i, "overalljails", "yes");
    check_said(i, "factor", "");
    check_said(i, "multipliers", "");
    check_said(i, "bogus", "");
    config_fini(&c);
    c = loaded("", ON "bantime.increment = no\nbantime.factor = 2\n"
                      "bantime.multipliers = 1  2 8\n");
    i = &c.jails[0].increment;
    check_said(i, "increment", "no");
    check_said(i, "factor", "2");
    check_said(i, "multipliers", "1 2 8");
    check_said(i, "maxtime", "");
    check_said(i, "overalljails", "");
    config_fini(&c);
    c = loaded("", ON "ignoreself = no\n");
    assert_false(c.jails[0].is_self_ignored);
    config_fini(&c);
    c = loaded("", ON);
    assert_true(c.jails[0].is_self_ignored);
    assert_false(c.jails[0].increment.is_on);
    assert_int_equal(c.limits.remember_s, 86400);
    config_fini(&c);
}

/* As many lines as failures, unless the jail says how many. */
static void
test_maxmatches(void **state UNUSED)
{
    static const struct {
        const char *lines;
        unsigned maxmatches;
    } rows[] = {
        {"", 5},
        {"maxretry = 7\n", 7},
        {"maxretry = 7\nmaxmatches = %(maxretry)s\n", 7},
        {"maxretry = 7\nmaxmatches = maxretry\n", 7},
        {"maxmatches = 1000\n", 1000},
        {"maxmatches = 1\n", 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf jail = {0};
        struct config c;

        buf_printf(&jail, ON "%s", rows[i].lines);
        c = loaded("", jail.ptr);
        assert_int_equal(c.jails[0].maxmatches, rows[i].maxmatches);
        config_fini(&c);
        buf_fini(&jail);
    }
}

#define LIST "/tmp/komainu-ignore-test"

static void
write_list(const char *text)
{
    int fd = open(LIST, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd); /* read again at once */
}

static void
test_ignore_file(void **state UNUSED)
{
    struct config c;
    struct addr a;

    write_list("# known\n198.51.100.0/24 # an office\n\n  2001:db8::/48\n192.0.2.1");
    c = loaded("", ON "ignoreip = 203.0.113.0/24 file:" LIST " 203.0.113.9\n");
    assert_int_equal(c.jails[0].ignore_count, 5);
    assert_true(addr_parse_prefix(SPAN("2001:db8::/48"), &a));
    assert_true(addr_eq(&c.jails[0].ignore[3], &a));
    config_fini(&c);
    assert_int_equal(unlink(LIST), 0);
}

static void
test_ignore_file_errors(void **state UNUSED)
{
    static const struct {
        const char *value, *list, *error;
    } rows[] = {
        {"file:" LIST, "192.0.2.1\nmail.example.org\n",
         LIST ":2: `mail.example.org` is no address and no ADDRESS/LENGTH; write one a "
              "line, and comments behind a #\n"},
        {"file:" LIST ".none", "",
         JAIL ":5: [j] `ignoreip`: file:" LIST ".none: No such file or directory\n"},
        {"file:/dev", "",
         JAIL ":5: [j] `ignoreip`: file:/dev: this is no regular file\n"},
        {"file:list", "",
         JAIL ":5: [j] `ignoreip`: file:: write file: and an absolute "
              "path\n"},
        {"mail..example.org", "",
         JAIL ":5: `ignoreip` is `mail..example.org`; write an address, "
              "ADDRESS/LENGTH, a name or file:PATH\n"},
        {"192.0.2.999", "",
         JAIL ":5: `ignoreip` is `192.0.2.999`; write an address, ADDRESS/LENGTH, a "
              "name or file:PATH\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf errors = {0}, jail = {0};
        struct config c;

        write_list(rows[i].list);
        buf_printf(&jail, ON "ignoreip = %s\n", rows[i].value);
        assert_int_not_equal(load("", jail.ptr, &c, &errors), 0);
        assert_string_equal(errors.ptr, rows[i].error);
        buf_fini(&errors);
        buf_fini(&jail);
    }
    assert_int_equal(unlink(LIST), 0);
}

static void
test_ignore_names(void **state UNUSED)
{
    struct buf errors = {0}, names = {0};
    struct config c;

    c = loaded("", ON "ignoreip = Customer.example.net 192.0.2.1, mail.example.org. "
                      "customer.example.net\n");
    assert_int_equal(c.jails[0].ignore_count, 1);
    assert_int_equal(c.jails[0].name_count, 2);
    assert_string_equal(c.jails[0].names[0].text, "customer.example.net");
    assert_string_equal(c.jails[0].names[1].text, "mail.example.org");
    assert_true(config_needs_names(&c));
    config_fini(&c);
    c = loaded("", ON "ignoreip = 192.0.2.1\n");
    assert_false(config_needs_names(&c));
    config_fini(&c);
    buf_add_text(&names, ON "ignoreip =");
    for (int i = 0; i < CONFIG_NAMES_MAX; i++)
        buf_printf(&names, " n%d.example.org", i);
    buf_add_byte(&names, '\n');
    c = loaded("", names.ptr);
    assert_int_equal(c.jails[0].name_count, CONFIG_NAMES_MAX);
    config_fini(&c);
    buf_add_text(&names, " one.more.example.org\n");
    assert_int_not_equal(load("", names.ptr, &c, &errors), 0);
    assert_string_equal(errors.ptr, JAIL ":5: [j] `ignoreip` of all jails together has "
                                         "more than 256 names\n");
    buf_fini(&errors);
    buf_fini(&names);
}

/* More addresses than there is room for. */
static void
test_ignore_file_full(void **state UNUSED)
{
    struct buf list = {0}, errors = {0};
    struct config c;

    for (int i = 0; i < CONFIG_PREFIXES_MAX; i++)
        buf_printf(&list, "10.0.%d.%d\n", i / 256, i % 256);
    write_list(list.ptr);
    c = loaded("", ON "ignoreip = file:" LIST "\n");
    assert_int_equal(c.jails[0].ignore_count, CONFIG_PREFIXES_MAX);
    config_fini(&c);
    assert_int_not_equal(load("", ON "ignoreip = ::1 file:" LIST "\n", &c, &errors), 0);
    assert_string_equal(errors.ptr,
                        JAIL ":5: [j] `ignoreip` has more than 1024 addresses "
                             "with those of its files; join them to prefixes\n");
    assert_int_equal(unlink(LIST), 0);
    buf_fini(&list);
    buf_fini(&errors);
}

static const struct {
    const char *jail, *errors;
} wrong_files[] = {
    {ON "bantime.formula = ban.Time *\nbantime.factor = ban.Count\n"
        "bantime.multipliers = 1 x\nbantime.maxtime = 0\nbantime.rndtime = -1\n",
     JAIL
     ":8: `bantime.maxtime` is `0`; write a time such as 45s, 10m, 1h30m or 7d, from "
     "1s to 5217w6d, or -1 for ever\n" JAIL
     ":9: `bantime.rndtime` is `-1`; write a time such as 45s, 10m, 1h30m or 7d, from "
     "0 to 521w5d12h\n" JAIL
     ":6: [j] `bantime.factor`: column 1: `ban.Count` is no name that may stand "
     "here; math.pi and math.e may\n" JAIL
     ":5: [j] `bantime.formula`: column 11: a number, a name or ( is missing\n" JAIL
     ":7: [j] `bantime.multipliers`: write at most 64 whole numbers from 1 to "
     "1000000\n"},
    {ON "bantime.formula = 10 %% (ban.Count-2)\n",
     JAIL ":5: [j] `bantime.formula`: there is no value when ban.Count is 2 (a division "
          "by zero, a root of a negative number, a shift of a fraction or the like)\n"},
    {ON "maxmatches = 0\n",
     JAIL ":5: `maxmatches` is `0`; write a whole number from 1 to 1000 or `maxretry`\n"},
    {ON "bantime.incremental = 1\n",
     JAIL ":5: there is no option `bantime.incremental`; did you mean "
          "`bantime.increment`?\n"},
};

static void
test_errors(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(wrong_files); i++) {
        struct buf errors = {0};
        struct config c;

        if (load("", wrong_files[i].jail, &c, &errors) == 0)
            fail_msg("row %zu is taken", i);
        assert_string_equal(errors.ptr, wrong_files[i].errors);
        buf_fini(&errors);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_increment),
                                       TEST(test_maxmatches),
                                       TEST(test_ignore_file),
                                       TEST(test_ignore_file_errors),
                                       TEST(test_ignore_file_full),
                                       TEST(test_ignore_names),
                                       TEST(test_errors)};

    return RUN(tests);
}
