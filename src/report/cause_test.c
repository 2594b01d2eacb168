#include "unit.h"

#include "report/cause.h"

static void
test_refusals(void **state UNUSED)
{
    static const struct {
        struct mail_line line;
        enum word cause;
    } rows[] = {
        {{.text = SPAN_INIT("<x@example.com>: Recipient address rejected: Greylisted")},
         WORD_BY_GREYLIST},
        {{.text = SPAN_INIT(
              "Service unavailable; client [192.0.2.1] blocked using l.example")},
         WORD_BY_DNSBL},
        {{.text = SPAN_INIT("<x@example.com>: RELAY access DENIED")}, WORD_BY_RELAY},
        {{.text = SPAN_INIT("Recipient address rejected: User unknown in local table")},
         WORD_BY_RECIPIENT},
        {{.text = SPAN_INIT("Sender address rejected: Domain not found")},
         WORD_BY_SENDER_DOMAIN},
        {{.text = SPAN_INIT("Helo command rejected: need name")}, WORD_BY_HELO},
        {{.text =
              SPAN_INIT("Client host rejected: cannot find your hostname, [192.0.2.1]")},
         WORD_BY_CLIENT_NAME},
        {{.text = SPAN_INIT("no thanks"), .is_milter = true}, WORD_BY_MILTER},
        {{.text = SPAN_INIT("SPF fail"), .is_milter = true}, WORD_BY_SPF},
        {{.text = SPAN_INIT("no thanks"), .daemon = SPAN_INIT("cleanup")},
         WORD_BY_CONTENT},
        {{.text = SPAN_INIT("\xFF\0x")}, WORD_BY_OTHER},
        {{0}, WORD_BY_OTHER},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(cause_of_refusal(&rows[i].line), rows[i].cause);
}

static void
test_deliveries(void **state UNUSED)
{
    struct mail_line m = {.text =
                              SPAN("connect to a[192.0.2.9]:25: Connection timed out")};

    assert_int_equal(cause_of_deferral(&m), WORD_DEFER_TIMEOUT);
    m.text = SPAN("host a said: 450 4.7.1 Greylisted, come back");
    assert_int_equal(cause_of_deferral(&m), WORD_DEFER_GREYLISTED);
    m.text = SPAN("host a said: 451 later");
    assert_int_equal(cause_of_deferral(&m), WORD_DEFER_REMOTE);
    m.relay = SPAN("none");
    m.dsn = SPAN("4.3.0");
    m.text = SPAN("mail transport unavailable");
    assert_int_equal(cause_of_deferral(&m), WORD_DEFER_LOCAL);
    m.text = SPAN("host a said: 550 5.7.1 Blocked using l.example");
    assert_int_equal(cause_of_bounce(&m), WORD_BOUNCE_LISTED);
    m.text = SPAN("host a said: 550 no");
    assert_int_equal(cause_of_bounce(&m), WORD_BOUNCE_REMOTE);
    m.dsn = SPAN("5.1.1");
    assert_int_equal(cause_of_bounce(&m), WORD_BOUNCE_RECIPIENT);
}

static void
test_kinds(void **state UNUSED)
{
    assert_int_equal(cause_kind(WORD_BY_PASSWORD), WORD_KIND_GUESSING);
    assert_int_equal(cause_kind(WORD_BY_GREYLIST), WORD_NONE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_refusals), TEST(test_deliveries),
                                       TEST(test_kinds)};

    return RUN(tests);
}
