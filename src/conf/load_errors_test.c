#include "unit.h"

#include <errno.h>

#include "conf/load_world.h"

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
    {"[komainu]\nmetrics-socket = 192.0.2.1:9170\n", "",
     "built-in/komainu.conf:2: `metrics-socket` is `192.0.2.1:9170`; write a path that "
     "begins with /, 127.0.0.1:PORT or [::1]:PORT; other addresses are not taken, "
     "because nothing is encrypted\n"},
    {"[komainu]\nproviders = _spf.example.org 192.0.2.1 a/b\n", "",
     "built-in/komainu.conf:2: `providers`: `192.0.2.1` is no name; write names with SPF "
     "records, or nothing\n"
     "built-in/komainu.conf:2: `providers`: `a/b` is no name; write names with SPF "
     "records, or nothing\n"},
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
    {"", "[DEFAULT]\nbanaction = %(nix)s\ndestemail = 3\nbantim = 3\n",
     JAIL ":2: `banaction` is not supported yet; remove the line\n" JAIL
          ":3: `destemail` is not supported yet; remove the line\n" JAIL
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
     "built-in/filter.d/later.conf:5: `usedns` is `maybe`; write no, yes, warn or raw\n"},
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
        buf_printf(&jails, "[j%d]\nenabled = yes\nfilter = f\nport = %d\nlogpath = /%d\n",
                   i, i % 65 + 1, i % 64);
    assert_int_equal(load("", jails.ptr, NULL, &c, &errors), -EINVAL);
    assert_non_null(strstr(errors.ptr, "[j63] more than 63 different port lists\n"));
    assert_non_null(strstr(errors.ptr, "[j256] more than 256 jails are enabled\n"));
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
                        "the services found and the jails have more than 64 ports; "
                        "name those to guard in `guarded-ports`\n");
    buf_fini(&errors);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_errors),
        TEST(test_limits),
        TEST(test_protect_limit),
        TEST(test_guarded_limit),
    };

    return RUN(tests);
}
