#include "unit.h"

#include "conf/config_print.h"
#include "conf/load.h"

#define FAIL "failregex = ^bad <HOST>$\n"

static const char with_match[] =
    "[Definition]\njournalmatch = _COMM='<name>'\n  A=%(more)s + B=2\nmore = x\n"
    "kind = <logtype>\nfailregex = ^<kind> <HOST>$\n[Init]\nname = one\n";
static const char without_match[] = "[Definition]\n" FAIL;
static const char in_init[] = "[Definition]\n" FAIL "[Init]\njournalmatch = C=3\n";
static const char broken_match[] =
    "[Definition]\n" FAIL "journalmatch = A=1\n  nonsense\n  B='2\n";

static int
load(const char *jail, const struct machine *m, struct config *out, struct buf *errors)
{
#define FILE_OF(name, text)                                                              \
    {                                                                                    \
        (name), (text), sizeof(text) - 1                                                 \
    }
    const struct conf_builtin builtins[] = {
        {"komainu.conf", "", 0},
        {"jail.conf", jail, strlen(jail)},
        FILE_OF("filter.d/with.conf", with_match),
        FILE_OF("filter.d/without.conf", without_match),
        FILE_OF("filter.d/init.conf", in_init),
        FILE_OF("filter.d/broken.conf", broken_match),
        {0},
    };
    const struct config_request r = {.machine = m, .builtins = builtins};

    return config_load(&r, out, errors);
}

static const struct {
    const char *jail; /* options of the jail */
    bool has_journal;
    const char *want;
} backends[] = {
    {"filter = with\nbackend = systemd", false,
     "journal = journal _COMM=one + A=x + B=2\n"},
    {"filter = with[name=\"a b\"]\nbackend = systemd", false,
     "journal = journal '_COMM=a b' + A=x + B=2\n"},
    {"filter = with\nbackend = systemd[journalpath=/j/]", false,
     "journal = journal:/j _COMM=one + A=x + B=2\n"},
    {"filter = with\nbackend = systemd[journalflags=1]\njournalmatch = Z=9", false,
     "journal = journal:flags=1; Z=9\n"},
    {"filter = with\nbackend = systemd[journalflags=4, journalpath=/j]\n"
     "journalmatch = Z=9",
     false, "journal = journal:flags=4;/j Z=9\n"},
    {"filter = with\nbackend = systemd[journalfiles=\"/a.journal, /b/*\"]\n"
     "journalmatch = Z=9",
     false, "journal = journal:files=/a.journal,/b/* Z=9\n"},
    {"filter = with\nbackend = systemd[namespace=mail-1]\njournalmatch = Z=9", false,
     "journal = journal:namespace=mail-1 Z=9\n"},
    {"filter = with\nbackend = systemd\njournalmatch = Z=9", false,
     "journal = journal Z=9\n"},
    {"filter = with\nbackend = systemd\njournalmatch =", false, "journal = journal\n"},
    {"filter = init\nbackend = systemd", false, "journal = journal C=3\n"},
    {"filter = without\nbackend = systemd", false, "journal = journal\n"},
    /* auto: the file that is there, else the journal that is there. */
    {"filter = with\nlogpath = /none\n /dev/null", true, "logpath = /none\n"},
    {"filter = with\nlogpath = /none", true, "journal = journal _COMM=one"},
    {"filter = with\nlogpath = /none", false, "logpath = /none\n"},
    {"filter = without\nlogpath = /none", true, "logpath = /none\n"},
    {"filter = without\nlogpath = /none\njournalmatch = A=1", true,
     "journal = journal A=1\n"},
    {"filter = with\nservice = sshd", true, "journal = journal _COMM=one"},
    {"filter = without\nservice = sshd", true,
     "syslog socket = /run/systemd/journal/syslog\n"},
    {"filter = with\nservice = sshd", false,
     "syslog socket = /run/systemd/journal/syslog\n"},
    {"filter = with\nservice = sshd\nbackend = polling", true,
     "logpath = /var/log/auth.log\n"},
    {"filter = with\nlogpath = /none\nbackend = pyinotify", true, "logpath = /none\n"},
};

/* Where a jail reads, in the words of check-config. */
static void
test_backends(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(backends); i++) {
        struct machine m = {.has_journal = backends[i].has_journal,
                            .can_bind_syslog = true};
        struct buf jail = {0}, errors = {0}, text = {0};
        struct config c;

        m.services[MACHINE_SSHD].is_present = true;
        m.services[MACHINE_SSHD].log_count = 1;
        (void)snprintf(m.services[MACHINE_SSHD].logs[0].path, MACHINE_PATH_MAX,
                       "/var/log/auth.log");
        buf_printf(&jail, "[j]\nenabled = yes\n%s\n", backends[i].jail);
        if (load(jail.ptr, &m, &c, &errors) < 0)
            fail_msg("%s: %s", backends[i].jail, errors.ptr);
        config_print(&c, &text);
        if (!strstr(text.ptr, backends[i].want))
            fail_msg("%s: %s", backends[i].jail, text.ptr);
        config_fini(&c);
        buf_fini(&jail);
        buf_fini(&text);
    }
}

/* Jails with the same match read one source; <logtype> tells the filter which it is. */
static void
test_sources_are_shared(void **state UNUSED)
{
    static const char jails[] =
        "[DEFAULT]\nenabled = yes\nlogpath = /l\nfilter = with\n[a]\nbackend = systemd\n"
        "[b]\nbackend = systemd\n[c]\nbackend = systemd\njournalmatch = A=1\n[d]\n";
    struct buf errors = {0};
    struct config c;

    if (load(jails, NULL, &c, &errors) < 0)
        fail_msg("%s", errors.ptr);
    assert_int_equal(c.source_count, 3);
    assert_int_equal(c.jails[0].sources[0], c.jails[1].sources[0]);
    assert_int_equal(c.sources[0].kind, SOURCE_JOURNAL);
    assert_string_equal(c.sources[0].folder, "");
    assert_string_equal(c.sources[0].match, "_COMM=one\n+\nA=x\n+\nB=2");
    assert_string_equal(c.sources[1].match, "A=1");
    assert_int_equal(c.sources[2].kind, SOURCE_FILE);
    assert_int_equal(c.jails[0].filter, c.jails[1].filter);
    assert_string_equal(c.filters[c.jails[0].filter].regexes[0].pattern,
                        "^journal <HOST>$");
    assert_string_equal(c.filters[c.jails[3].filter].regexes[0].pattern, "^file <HOST>$");
    config_fini(&c);
}

static void
test_errors(void **state UNUSED)
{
    static const struct {
        const char *jail, *want;
    } cases[] = {
        {"filter = broken\nbackend = systemd",
         "built-in/filter.d/broken.conf:4: `journalmatch`: `nonsense` is no match"},
        {"filter = broken\nbackend = systemd",
         "built-in/filter.d/broken.conf:5: `journalmatch`: `B=2` has a quote"},
        {"filter = with\njournalmatch = A=1\n  +",
         "built-in/jail.conf:5: `journalmatch`"},
        {"filter = with\nbackend = gamin",
         "built-in/jail.conf:4: [j] `backend`: write auto, systemd, pyinotify or "
         "polling"},
        {"filter = with\nbackend = polling[x=1]", "only systemd takes arguments"},
        {"filter = with\nbackend = systemd[journalflags=8]",
         "`journalflags` must be 0 or a sum of 1 "},
        {"filter = with\nbackend = systemd[journalflags=x]", "`journalflags` must be"},
        {"filter = with\nbackend = systemd[journalflags=1, journalpath=/x]",
         "0 or 4 (the system's) beside `journalpath`"},
        {"filter = with\nbackend = systemd[journalflags=4, journalfiles=/x]",
         "`journalflags` must be 0 beside `journalfiles`"},
        {"filter = with\nbackend = systemd[namespace=x/y]", "the name of a namespace"},
        {"filter = with\nbackend = systemd[namespace=]", "the name of a namespace"},
        {"filter = with\nbackend = systemd[journalfiles=x]", "absolute paths of files"},
        {"filter = with\nbackend = systemd[journalfiles=\"/a, b\"]",
         "absolute paths of files"},
        {"filter = with\nbackend = systemd[journalfiles=]", "absolute paths of files"},
        {"filter = with\nbackend = systemd[journalfiles=/x, journalpath=/y]",
         "write one of `journalpath`, `journalfiles` and `namespace`, not more"},
        {"filter = with\nbackend = systemd[rotated=on]", "rotated is not supported"},
        {"filter = with\nbackend = systemd[journalpth=/x]",
         "write systemd or systemd[journalpath=FOLDER], not journalpth"},
        {"filter = with\nbackend = systemd[journalpath=x]", "absolute path"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf jail = {0}, errors = {0};
        struct config c;

        buf_printf(&jail, "[j]\nenabled = yes\n%s\nlogpath = /l\n", cases[i].jail);
        assert_true(load(jail.ptr, NULL, &c, &errors) < 0);
        if (!strstr(errors.ptr, cases[i].want))
            fail_msg("%s: %s", cases[i].jail, errors.ptr);
        buf_fini(&jail);
        buf_fini(&errors);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_backends), TEST(test_sources_are_shared),
                                       TEST(test_errors)};

    return RUN(tests);
}
