#include "unit.h"

#include "base/clock.h"
#include "report/pflogsumm.h"

/* 2026-11-20 10:00 UTC; the tests are run in that zone. */
#define TEN_US (INT64_C(1795168800) * SECOND_US)

#define S "postfix/smtpd[7]: "
#define Q "postfix/qmgr[7]: "
#define D "postfix/smtp[7]: "
#define CLIENT(id) S id ": client=mx.example.com[192.0.2.1]"
#define FROM(id, size)                                                                   \
    Q id ": from=<a@example.com>, size=" size ", nrcpt=1 (queue active)"
#define SENT(id)                                                                         \
    D id ": to=<b@Example.ORG>, relay=none, delay=1.5, delays=0/0/0/1.5, dsn=2.0.0, "    \
         "status=sent (ok)"
#define DEFERRED(id)                                                                     \
    D id ": to=<b@example.org>, relay=none, delay=9, delays=0/0/0/9, dsn=4.0.0, "        \
         "status=deferred (450 later)"

static void
feed(struct tally *t, int64_t wall_us, const char *text)
{
    struct buf raw = {0};
    struct mail_line m;
    struct line l;
    uint32_t times;

    buf_printf(&raw, "Nov 20 10:00:00 mx %s", text);
    line_split(buf_span(&raw), &l);
    times = mail_line_repeated(&l.message);
    mail_line_read(&l, NULL, &m);
    tally_line(t, wall_us, &l, &m, times);
    buf_fini(&raw);
}

static const struct {
    const char *name;
    const char *lines[8];
    uint64_t total[TOTALS];
} cases[] = {
    {"a message",
     {CLIENT("4F00A1"), FROM("4F00A1", "100"), SENT("4F00A1"), Q "4F00A1: removed"},
     {[TOTAL_RECEIVED] = 1,
      [TOTAL_DELIVERED] = 1,
      [TOTAL_BYTES_RECEIVED] = 100,
      [TOTAL_BYTES_DELIVERED] = 100,
      [TOTAL_RECIPIENT_DOMAINS] = 1}},
    {"one that was refused at its end is not received",
     {CLIENT("4F00A1"), "postfix/cleanup[7]: 4F00A1: milter-reject: END-OF-MESSAGE from "
                        "mx.example.com[192.0.2.1]: 5.7.1 Spam; from=<a@example.com>"},
     {[TOTAL_REJECTED] = 1}},
    {"deferred twice, then expired",
     {CLIENT("4F00A1"), FROM("4F00A1", "1"), DEFERRED("4F00A1"), FROM("4F00A1", "1"),
      DEFERRED("4F00A1"),
      Q "4F00A1: from=<a@example.com>, status=expired, returned to sender",
      Q "4F00A1: removed"},
     {[TOTAL_RECEIVED] = 1,
      [TOTAL_BYTES_RECEIVED] = 1,
      [TOTAL_DEFERRED] = 1,
      [TOTAL_DEFERRALS] = 2,
      [TOTAL_BOUNCED] = 1}},
    {"a queue id comes again",
     {CLIENT("4F00A1"), FROM("4F00A1", "5"), Q "4F00A1: removed", CLIENT("4F00A1"),
      FROM("4F00A1", "7"), SENT("4F00A1")},
     {[TOTAL_RECEIVED] = 2,
      [TOTAL_DELIVERED] = 1,
      [TOTAL_BYTES_RECEIVED] = 12,
      [TOTAL_BYTES_DELIVERED] = 7,
      [TOTAL_RECIPIENT_DOMAINS] = 1}},
    {"repeated",
     {"postfix/smtpd[7]: message repeated 3 times: [ NOQUEUE: reject: RCPT from "
      "a[192.0.2.1]: 554 5.7.1 no; from=<a@b> to=<c@d> proto=SMTP helo=<x>]"},
     {[TOTAL_REJECTED] = 3}},
    {"other instances count, other programs do not",
     {"postfix-mx/pickup[7]: 4F00A1: uid=0 from=<root>",
      "postfix-mx/qmgr[7]: 4F00A1: from=<root@example.com>, size=2, nrcpt=1 (queue "
      "active)",
      "dovecot: imap-login: Login: user=<a>, method=PLAIN, rip=192.0.2.1",
      "opendkim[7]: 4F00A1: DKIM verification successful"},
     {[TOTAL_RECEIVED] = 1, [TOTAL_BYTES_RECEIVED] = 2}},
    {"the same id in two instances",
     {CLIENT("4F00A1"),
      "postfix-mx/qmgr[7]: 4F00A1: from=<a@example.com>, size=9, nrcpt=1 "
      "(queue active)",
      FROM("4F00A1", "5")},
     {[TOTAL_RECEIVED] = 1, [TOTAL_BYTES_RECEIVED] = 5}},
};

/* What a report's tally counts of them. */
static const bool is_of_report[TOTALS] = {
    [TOTAL_RECEIVED] = true,       [TOTAL_DELIVERED] = true,
    [TOTAL_FORWARDED] = true,      [TOTAL_DEFERRED] = true,
    [TOTAL_DEFERRALS] = true,      [TOTAL_BOUNCED] = true,
    [TOTAL_BYTES_RECEIVED] = true, [TOTAL_BYTES_DELIVERED] = true};

static void
check_totals(size_t i, bool is_whole)
{
    const struct tally_options options = {.width = TALLY_WIDTH, .is_whole = is_whole};
    struct tally *t = tally_new(&options);

    for (size_t line = 0; line < 8 && cases[i].lines[line]; line++)
        feed(t, TEN_US + (int64_t)line * SECOND_US, cases[i].lines[line]);
    for (size_t n = 0; n < TOTALS; n++) {
        uint64_t wanted = is_whole || is_of_report[n] ? cases[i].total[n] : 0;

        if (t->total[n] != wanted)
            print_message("%s: total %zu\n", cases[i].name, n);
        assert_int_equal(t->total[n], wanted);
    }
    assert_int_equal(tally_dropped(t), 0);
    tally_free(t);
}

static void
totals_are_what_happened(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        check_totals(i, true);
        check_totals(i, false);
    }
}

static const char *const warnings[] = {
    S "warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: bad",
    S "warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: Connection lost to "
      "authentication server",
    S "warning: database /etc/aliases.db is older than source file /etc/aliases",
    S "warning: hostname a.example does not resolve to address 192.0.2.1: no such name",
    S "warning: hostname b.example does not resolve to address 192.0.2.2: no such name",
    S "warning: Connection rate limit exceeded: 31 from c.example[192.0.2.3] for service "
      "smtp",
};

static uint64_t
listed(const struct tally *t, const char *text)
{
    struct buf key = {0};
    const uint64_t *count;

    buf_add(&key, SPAN("smtpd\0"));
    buf_add_text(&key, text);
    count = texts_find(&t->lists[LIST_WARNINGS], buf_span(&key));
    buf_fini(&key);
    return count ? *count : 0;
}

/* Failed logins have their own places in a report; that the server could not check one
 * has none. Clients are told of together. */
static void
a_report_lists_warnings_of_the_server(void **state)
{
    (void)state;
    for (int is_whole = 0; is_whole < 2; is_whole++) {
        const struct tally_options options = {.is_whole = is_whole};
        struct tally *t = tally_new(&options);

        for (size_t i = 0; i < ARRAY_LEN(warnings); i++)
            feed(t, TEN_US, warnings[i]);
        assert_int_equal(listed(t, "database /etc/aliases.db is older than source file "
                                   "/etc/aliases"),
                         1);
        if (is_whole) {
            assert_int_equal(t->lists[LIST_WARNINGS].count, ARRAY_LEN(warnings));
        } else {
            assert_int_equal(t->lists[LIST_WARNINGS].count, 4);
            assert_int_equal(
                listed(t, "hostname … does not resolve to address …: no such name"), 2);
            assert_int_equal(listed(t, "Connection rate limit exceeded: 31 from …[…] for "
                                       "service smtp"),
                             1);
            assert_int_equal(listed(t, "…[…]: SASL LOGIN authentication failed: "
                                       "Connection lost to authentication server"),
                             1);
        }
        tally_free(t);
    }
}

static void
a_message_counts_in_the_hour_that_brought_it(void **state)
{
    const struct tally_options options = {.width = TALLY_WIDTH, .is_whole = true};
    struct tally *t = tally_new(&options);

    (void)state;
    feed(t, TEN_US - SECOND_US, CLIENT("4F00A1"));
    feed(t, TEN_US, FROM("4F00A1", "1"));
    feed(t, TEN_US + DAY_US, SENT("4F00A1"));
    assert_int_equal(t->hour[9][FLOW_RECEIVED], 1);
    assert_int_equal(t->hour[10][FLOW_RECEIVED], 0);
    assert_int_equal(t->hour[10][FLOW_DELIVERED], 1);
    assert_int_equal(t->day_count, 2);
    assert_int_equal(t->days[0].flow[FLOW_RECEIVED], 1);
    /* From 9 o'clock of the first day to 10 o'clock of the second. */
    assert_int_equal(tally_days_of_hour(t, 8), 1);
    assert_int_equal(tally_days_of_hour(t, 9), 2);
    assert_int_equal(tally_days_of_hour(t, 10), 2);
    assert_int_equal(tally_days_of_hour(t, 11), 1);
    tally_free(t);
}

static void
senders_without_domain_count_by_client(void **state)
{
    const struct tally_options options = {.width = TALLY_WIDTH, .is_whole = true};
    struct tally *t = tally_new(&options);

    (void)state;
    feed(t, TEN_US, S "4F00A1: client=unknown[192.0.2.107]");
    feed(t, TEN_US, Q "4F00A1: from=<>, size=1, nrcpt=1 (queue active)");
    feed(t, TEN_US, S "4F00A2: client=MX.Example.COM[192.0.2.107]");
    feed(t, TEN_US, Q "4F00A2: from=<root>, size=1, nrcpt=1 (queue active)");
    feed(t, TEN_US, "postfix/pickup[7]: 4F00A3: uid=0 from=<root>");
    feed(t, TEN_US, Q "4F00A3: from=<root>, size=1, nrcpt=1 (queue active)");
    assert_int_equal(t->sender_domains.count, 3);
    assert_span(texts_text(&t->sender_domains, 0), "192.0.2.107");
    assert_span(texts_text(&t->sender_domains, 1), "example.com");
    assert_span(texts_text(&t->sender_domains, 2), "root");
    assert_int_equal(t->senders.count, 2);
    tally_free(t);
}

static void
memory_has_a_bound(void **state)
{
    const struct tally_options options = {.width = TALLY_WIDTH, .budget_bytes = 65536};
    struct tally *t = tally_new(&options);
    char text[256];

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        (void)snprintf(text, sizeof(text),
                       Q
                       "4F%05X: from=<a%u@example%u.com>, size=9, nrcpt=1 (queue active)",
                       i, i, i);
        feed(t, TEN_US, text);
        (void)snprintf(text, sizeof(text), S "warning: text %u that nobody else has", i);
        feed(t, TEN_US, text);
    }
    assert_true(tally_dropped(t) > 0);
    assert_true(t->lists[LIST_WARNINGS].count > 100);
    assert_true(t->lists[LIST_WARNINGS].count < 5000);
    tally_free(t);
}

/* --- the layout --- */

static void
keep(void *ctx, struct buf *text)
{
    buf_add(ctx, buf_span(text));
    buf_clear(text);
}

static void
the_layout_escapes_what_others_wrote(void **state)
{
    const struct tally_options options = {
        .width = TALLY_WIDTH, .is_whole = true, .has_messages = true};
    const struct pflogsumm_options layout = {
        .date = "Nov 20", .hosts = -1, .users = -1, .rejects = -1, .warnings = -1};
    struct tally *t = tally_new(&options);
    struct buf text = {0}, all = {0};
    const struct pflogsumm_out out = {&text, keep, &all};

    (void)state;
    feed(t, TEN_US, CLIENT("4F00A1"));
    feed(t, TEN_US,
         Q "4F00A1: from=<\033[2Ja@b.example>, size=9, nrcpt=1 (queue active)");
    feed(t, TEN_US, S "warning: bell \007, \377, and \303\244");
    pflogsumm_print(t, &layout, &out);
    assert_non_null(
        strstr(all.ptr, "Postfix log summaries for Nov 20\n\nGrand Totals\n"));
    assert_non_null(strstr(all.ptr, "\n      1   \\x1B[2Ja@b.example\n"));
    assert_non_null(strstr(all.ptr, "\n         1   bell \\x07, \\xFF, and \303\244\n"));
    assert_non_null(strstr(all.ptr, "\n 4F00A1  \\x1B[2Ja@b.example\n\n"));
    assert_null(strchr(all.ptr, '\033'));
    buf_fini(&text);
    buf_fini(&all);
    tally_free(t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(totals_are_what_happened),
        TEST(a_report_lists_warnings_of_the_server),
        TEST(a_message_counts_in_the_hour_that_brought_it),
        TEST(senders_without_domain_count_by_client),
        TEST(memory_has_a_bound),
        TEST(the_layout_escapes_what_others_wrote),
    };

    (void)setenv("TZ", "UTC", 1);
    clock_load_zone();
    return RUN(tests);
}
