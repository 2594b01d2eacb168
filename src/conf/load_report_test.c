#include "unit.h"

#include "conf/config_wire.h"
#include "conf/load.h"

static const char of_files[] =
    "[a]\nenabled = yes\nfilter = f\nlogpath = /var/log/mail.log\n /var/log/d\n";
static const char of_journal[] = "[a]\nenabled = yes\nfilter = f\nbackend = systemd\n"
                                 "journalmatch = _SYSTEMD_UNIT=postfix@-.service\n";

static const char of_both[] =
    "[a]\nenabled = yes\nfilter = f\nlogpath = /var/log/mail.log\n"
    "[b]\nenabled = yes\nfilter = f\nbackend = systemd\n"
    "journalmatch = _SYSTEMD_UNIT=dovecot.service\n";

static int
load_jails(const char *jails, const char *komainu, struct config *out, struct buf *errors)
{
    static const char filter[] = "[Definition]\nfailregex = ^a <HOST>\n";
    struct buf text = {0};
    struct conf_builtin builtins[] = {{"komainu.conf", NULL, 0},
                                      {"jail.conf", jails, strlen(jails)},
                                      {"filter.d/f.conf", filter, sizeof(filter) - 1},
                                      {0}};
    struct machine machine = {
        .services[MACHINE_POSTFIX] = {.logs = {{.path = "/var/log/mail.log"}},
                                      .log_count = 1}};
    const struct config_request r = {.builtins = builtins, .machine = &machine};
    int e;

    buf_printf(&text, "[komainu]\n%s\n", komainu);
    builtins[0].text = text.ptr;
    builtins[0].len = text.len;
    e = config_load(&r, out, errors);
    buf_fini(&text);
    return e;
}

static int
load(const char *komainu, struct config *out, struct buf *errors)
{
    return load_jails(of_files, komainu, out, errors);
}

static void
test_good(void **state UNUSED)
{
    static const struct {
        const char *komainu, *want;
        bool is_run; /* the runner is needed */
    } rows[] = {
        {"", "report-store = no\n", false},
        {"report-store = yes",
         "report-store = yes\nreport-days = 400\nreport-logs = /var/log/mail.log\n",
         false},
        {"report-store = yes\nreport-days = 9\nreport-logs = /var/log/d  "
         "/var/log/mail.log "
         "/var/log/d",
         "report-store = yes\nreport-days = 9\nreport-logs = /var/log/d "
         "/var/log/mail.log\n",
         false},
        {"report-mail-to = a@example.org, b@example.org\nreport-at = 7:05\n"
         "report-every = week\nreport-language = ja",
         "report-store = no\nreport-logs = /var/log/mail.log\n"
         "report-mail-to = a@example.org, b@example.org\nreport-at = 07:05\n"
         "report-every = week\nreport-language = ja\n",
         true},
        {"country-database = /srv/c.mmdb\nasn-database = no",
         "country-database = /srv/c.mmdb\nasn-database = no\nreport-store = no\n", false},
        {"country-database = no\n[gate]\nasn-database = /srv/a.mmdb",
         "country-database = no\nasn-database = /srv/a.mmdb\nreport-store = no\n", false},
        {"asn-database = /srv/b.mmdb\n[gate]\nasn-database = /srv/a.mmdb",
         "asn-database = /srv/b.mmdb\nreport-store = no\n", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf errors = {0}, out = {0};
        struct config c = {0};

        if (load(rows[i].komainu, &c, &errors) != 0)
            fail_msg("%s", errors.ptr);
        config_report_print(&c, &out);
        assert_string_equal(out.ptr, rows[i].want);
        assert_int_equal(config_has_commands(&c), rows[i].is_run);
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
        {"report-store = yes\nreport-logs = /var/log/other",
         "which no jail reads as a file"},
        {"report-store = yes\nreport-logs =", "`report-logs` is empty"},
        {"report-store = yes\nreport-days = 0", "`report-days` is `0`"},
        {"report-mail-to = a;b@example.org", "`report-mail-to`"},
        {"report-mail-to = a@example.org\nreport-at = 24:00", "write a time of day"},
        {"report-mail-to = a@example.org\nreport-every = month", "`report-every`"},
        {"report-mail-to = a@example.org\nreport-language = de", "`report-language`"},
        {"country-database = c.mmdb", "`country-database` is `c.mmdb`; write auto, no"},
        {"asn-database = ", "`asn-database` is ``; write auto, no"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf errors = {0};
        struct config c = {0};

        print_message("# %s\n", rows[i].komainu);
        assert_true(load(rows[i].komainu, &c, &errors) != 0);
        if (!strstr(errors.ptr, rows[i].want))
            fail_msg("%s", errors.ptr);
        buf_fini(&errors);
    }
}

/* The journal is not counted: that is said, and what to do instead. */
static void
test_journal(void **state UNUSED)
{
    static const char *const rows[] = {"report-store = yes",
                                       "report-mail-to = a@example.org"};
    struct buf errors = {0};
    struct config c = {0};

    if (load_jails(of_journal, "", &c, &errors) != 0)
        fail_msg("%s", errors.ptr);
    assert_string_equal(c.notes ? c.notes : "", "");
    config_fini(&c);
    if (load_jails(of_both, rows[0], &c, &errors) != 0)
        fail_msg("%s", errors.ptr);
    assert_non_null(
        strstr(c.notes, "_SYSTEMD_UNIT=dovecot.service), which is not counted"));
    config_fini(&c);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_clear(&errors);
        assert_true(load_jails(of_journal, rows[i], &c, &errors) != 0);
        if (!strstr(errors.ptr, "The journal is not counted") ||
            !strstr(errors.ptr, "`komainu report --journal`"))
            fail_msg("%s", errors.ptr);
    }
    buf_fini(&errors);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_good), TEST(test_bad),
                                       TEST(test_journal)};

    return cmocka_run_group_tests_name(NULL, tests, NULL, NULL);
}
