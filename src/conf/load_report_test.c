#include "unit.h"

#include "conf/config_wire.h"
#include "conf/load.h"

static const char of_files[] =
    "[a]\nenabled = yes\nfilter = f\nlogpath = /var/log/mail.log\n /var/log/d\n";
static const char of_journal[] = "[a]\nenabled = yes\nfilter = f\nbackend = systemd\n"
                                 "journalmatch = _SYSTEMD_UNIT=postfix@-.service\n";

static const char of_sshd[] = "[a]\nenabled = yes\nfilter = f\nbackend = systemd\n"
                              "journalmatch = _SYSTEMD_UNIT=ssh.service\n";
static const char of_folders[] =
    "[a]\nenabled = yes\nfilter = f\nbackend = systemd[journalpath=/a]\n"
    "journalmatch = _SYSTEMD_UNIT=postfix@-.service\n"
    "[b]\nenabled = yes\nfilter = f\nbackend = systemd[journalpath=/b]\n"
    "journalmatch = _SYSTEMD_UNIT=dovecot.service\n";

static const char of_both[] =
    "[a]\nenabled = yes\nfilter = f\nlogpath = /var/log/mail.log\n"
    "[b]\nenabled = yes\nfilter = f\nbackend = systemd\n"
    "journalmatch = _SYSTEMD_UNIT=dovecot.service\n";

static int
load_present(bool is_present, const char *jails, const char *komainu, struct config *out,
             struct buf *errors)
{
    static const char filter[] = "[Definition]\nfailregex = ^a <HOST>\n";
    struct buf text = {0};
    struct conf_builtin builtins[] = {{"komainu.conf", NULL, 0},
                                      {"jail.conf", jails, strlen(jails)},
                                      {"filter.d/f.conf", filter, sizeof(filter) - 1},
                                      {0}};
    struct machine machine = {
        .services[MACHINE_POSTFIX] = {
            .logs = {{.path = "/var/log/mail.log", .is_present = is_present}},
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
load_jails(const char *jails, const char *komainu, struct config *out, struct buf *errors)
{
    return load_present(true, jails, komainu, out, errors);
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
        const char *komainu, *want, *jails; /* NULL: of_files */
    } rows[] = {
        {"report-store = yes\nreport-logs = /var/log/other",
         "which no jail reads as a file", NULL},
        {"report-store = yes", "or the journal for them", of_sshd},
        {"report-mail-to = a@example.org", "or the journal for them", of_sshd},
        {"report-store = yes\nreport-logs = journal /var/log/d",
         "write journal alone, or files", NULL},
        {"report-store = yes\nreport-logs = /var/log/d journal",
         "write journal alone, or files", NULL},
        {"report-store = yes\nreport-logs =", "`report-logs` is empty", NULL},
        {"report-store = yes\nreport-days = 0", "`report-days` is `0`", NULL},
        {"report-mail-to = a;b@example.org", "`report-mail-to`", NULL},
        {"report-mail-to = a@example.org\nreport-at = 24:00", "write a time of day",
         NULL},
        {"report-mail-to = a@example.org\nreport-every = month", "`report-every`", NULL},
        {"report-mail-to = a@example.org\nreport-language = de", "`report-language`",
         NULL},
        {"country-database = c.mmdb", "`country-database` is `c.mmdb`; write auto, no",
         NULL},
        {"asn-database = ", "`asn-database` is ``; write auto, no", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf errors = {0};
        struct config c = {0};

        print_message("# %s\n", rows[i].komainu);
        assert_true(load_jails(rows[i].jails ? rows[i].jails : of_files, rows[i].komainu,
                               &c, &errors) != 0);
        if (!strstr(errors.ptr, rows[i].want))
            fail_msg("%s", errors.ptr);
        buf_fini(&errors);
    }
}

static int
take_packet(void *ctx, struct span packet)
{
    struct wire_frame f;

    while (packet.len) {
        assert_int_equal(wire_next(&packet, WIRE_TO_ROLE, &f), WIRE_FRAME);
        assert_int_not_equal(config_take(ctx, &f), CONFIG_REFUSED);
    }
    return 0;
}

/* A role hears of the same journal. */
static void
check_sent(const struct config *c)
{
    struct config heard = {0};

    assert_int_equal(config_send(c, take_packet, &heard), 0);
    assert_int_equal(config_counts_journal(&heard), config_counts_journal(c));
    if (c->report.journal)
        assert_string_equal(heard.report.journal, c->report.journal);
    else
        assert_null(heard.report.journal);
    config_fini(&heard);
}

/* Frames that say both, or a journal where nothing is counted, are refused. */
static void
test_refused(void **state UNUSED)
{
    struct wire_conf_report_journal journal = {.place = SPAN("/a")},
                                    nul = {.place = SPAN("a\0b")};
    struct buf place = {0}, bad = {0};
    struct config c = {0};
    struct span fields, rest;
    struct wire_frame f;

    wire_put_conf_report_journal(&place, &journal);
    wire_put_conf_report_journal(&bad, &nul);
    rest = buf_span(&place);
    assert_int_equal(wire_next(&rest, WIRE_TO_ROLE, &f), WIRE_FRAME);
    fields = f.fields;
    assert_false(config_take_report_journal(&c, fields));
    c.report.days = 7;
    rest = buf_span(&bad);
    assert_int_equal(wire_next(&rest, WIRE_TO_ROLE, &f), WIRE_FRAME);
    assert_false(config_take_report_journal(&c, f.fields));
    c.report.source_count = 1;
    assert_false(config_take_report_journal(&c, fields));
    c.report.source_count = 0;
    assert_true(config_take_report_journal(&c, fields));
    assert_false(config_take_report_journal(&c, fields));
    config_report_fini(&c.report);
    buf_fini(&place);
    buf_fini(&bad);
}

static const struct {
    const char *jails, *komainu, *place, *print, *note;
    bool is_absent; /* the log file */
} journals[] = {
    {of_journal, "", NULL, "report-store = no\n", NULL},
    {of_journal, "report-store = yes", "",
     "report-store = yes\nreport-days = 400\nreport-logs = journal\n", NULL},
    {of_journal, "report-store = yes\nreport-logs = journal", "",
     "report-store = yes\nreport-days = 400\nreport-logs = journal\n", NULL},
    {of_files, "report-store = yes\nreport-logs = journal", "",
     "report-store = yes\nreport-days = 400\nreport-logs = journal\n", NULL},
    {of_folders, "report-store = yes", "/a",
     "report-store = yes\nreport-days = 400\nreport-logs = journal\n",
     "_SYSTEMD_UNIT=dovecot.service), which is not counted for reports: they have "
     "one journal"},
    {of_both, "report-store = yes", NULL,
     "report-store = yes\nreport-days = 400\nreport-logs = /var/log/mail.log\n",
     "_SYSTEMD_UNIT=dovecot.service), which is not counted for reports: they have "
     "what stands in the files"},
    {of_both, "report-store = yes", "",
     "report-store = yes\nreport-days = 400\nreport-logs = journal\n", NULL, true},
    {of_files, "report-store = yes", NULL,
     "report-store = yes\nreport-days = 400\nreport-logs = /var/log/mail.log\n", NULL,
     true},
    {of_both, "report-store = yes\nreport-logs = journal", "",
     "report-store = yes\nreport-days = 400\nreport-logs = journal\n", NULL},
};

/* Where no file is read the journal is counted, and in their place when it is asked for;
 * what is left out is said. */
static void
test_journal(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(journals); i++) {
        struct buf errors = {0}, out = {0};
        struct config c = {0};

        print_message("# %zu: %s\n", i, journals[i].komainu);
        if (load_present(!journals[i].is_absent, journals[i].jails, journals[i].komainu,
                         &c, &errors) != 0)
            fail_msg("%s", errors.ptr);
        config_report_print(&c, &out);
        assert_string_equal(out.ptr, journals[i].print);
        assert_int_equal(c.report.journal != NULL, journals[i].place != NULL);
        assert_int_equal(config_counts_journal(&c), journals[i].place != NULL);
        if (journals[i].place)
            assert_string_equal(c.report.journal, journals[i].place);
        if (journals[i].note ? !c.notes || !strstr(c.notes, journals[i].note)
                             : c.notes && c.notes[0])
            fail_msg("%s", c.notes ? c.notes : "no note");
        check_sent(&c);
        buf_fini(&out);
        config_fini(&c);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_good), TEST(test_bad),
                                       TEST(test_journal), TEST(test_refused)};

    return cmocka_run_group_tests_name(NULL, tests, NULL, NULL);
}
