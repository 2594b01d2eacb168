#include "unit.h"

#include "report/reason.h"

static const struct {
    const char *rest, *reason;
} replies[] = {
    {"554 5.7.1 <a@example.com>: Relay access denied; from=<b@example.org> "
     "to=<a@example.com> proto=ESMTP helo=<x>",
     "Relay access denied"},
    {"450 4.2.0 <a@example.com>: Recipient address rejected: Greylisted, see "
     "http://example.net/; from=<b@example.org> to=<a@example.com> proto=ESMTP helo=<x>",
     "Recipient address rejected: Greylisted"},
    {"550 5.1.1 <a@example.com>: Recipient address rejected: User unknown in virtual "
     "mailbox table; from=<> to=<a@example.com> proto=ESMTP helo=<x>",
     "Recipient address rejected: User unknown in virtual mailbox table"},
    {"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using "
     "bl.example.net; "
     "https://example.net/?192.0.2.1; from=<a@example.org> to=<b@example.com> "
     "proto=ESMTP "
     "helo=<x>",
     "blocked using bl.example.net"},
    {"550 5.7.1 Service unavailable; client [2001:db8::1] blocked using bl.example.net; "
     "from=<a@example.org>, to=<b@example.com>, proto=ESMTP, helo=<x>",
     "blocked using bl.example.net"},
    {"450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]; "
     "from=<a@b> "
     "to=<c@d> proto=SMTP helo=<x>",
     "cannot find your hostname"},
    {"450 4.1.8 <a@example.org>: Sender address rejected: Domain not found; from=<a@b> "
     "to=<c@d> proto=SMTP helo=<x>",
     "Sender address rejected: Domain not found"},
    {"550 5.7.23 <a@example.com>: Recipient address rejected: Message rejected due to: "
     "SPF "
     "fail. Please see http://example.net/why; from=<x> to=<y> proto=ESMTP helo=<z>",
     "Recipient address rejected: Message rejected due to"},
    {"550 <a; b: c, d>: Helo command rejected: Host not found; proto=SMTP helo=<x>",
     "Helo command rejected: Host not found"},
    {"550 5.7.1 Go away; from=<a@b> to=<c@d> proto=SMTP helo=<x>", "Go away"},
    {"451 4.3.5 Server configuration error; from=<a@b> to=<c@d> proto=SMTP helo=<x>",
     "Server configuration error"},
    {"", ""},
    {"5", "5"},
    {"550 ", ""},
    {"<>: ", ""},
};

static void
a_reply_is_told_by_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(replies); i++)
        assert_span(reason_of_reply(span_of(replies[i].rest)), replies[i].reason);
}

static void
a_refusal_is_taken_apart(void **state)
{
    struct refusal r;

    (void)state;
    assert_true(refusal_read(
        SPAN("NOQUEUE: reject: RCPT from unknown[2001:db8::1]: 554 5.7.1 no"), &r));
    assert_span(r.stage, "RCPT");
    assert_span(r.client, "unknown[2001:db8::1]");
    assert_span(r.rest, "554 5.7.1 no");
    assert_true(refusal_read(SPAN("4F1A: warning: header Subject: a from b from "
                                  "mx.example.com[192.0.2.1]; from=<a@b> to=<c@d>"),
                             &r));
    assert_span(r.action, "warning");
    assert_span(r.stage, "header");
    assert_span(reason_of_check(r.rest), "Subject: a from b");
    assert_true(refusal_read(
        SPAN("4F1A: milter-reject: END-OF-MESSAGE from a[192.0.2.1]: 5.7.1 x; from=<>"),
        &r));
    assert_span(r.stage, "END-OF-MESSAGE");
    assert_false(refusal_read(SPAN("4F1A: client=a[192.0.2.1]"), &r));
    assert_false(refusal_read(SPAN(""), &r));
}

static void
texts_are_shortened(void **state)
{
    struct buf b = {0};

    (void)state;
    reason_cut(&b, SPAN("0123456789"), 10);
    assert_span(buf_span(&b), "0123456789");
    buf_clear(&b);
    reason_cut(&b, SPAN("0123456789a"), 10);
    assert_span(buf_span(&b), "0123456...");
    buf_clear(&b);
    reason_cut(&b, SPAN("012345\303\244789a"), 10); /* no half a character */
    assert_span(buf_span(&b), "012345...");
    buf_clear(&b);
    reason_said(&b, SPAN("host mx.example.com[192.0.2.1] said: 550 5.1.1 no such user"),
                30);
    assert_span(buf_span(&b), "550 5.1.1 no such user");
    buf_clear(&b);
    reason_said(&b, SPAN("one: two:  three is left"), 15);
    assert_span(buf_span(&b), "three is left");
    buf_fini(&b);
}

static const struct {
    const char *name, *address, *domain;
} clients[] = {
    {"unknown", "192.0.2.1", "192.0.2.1"},
    {"", "2001:DB8::1", "2001:db8::1"},
    {"MX1.Example.COM", "192.0.2.1", "example.com"},
    {"mx.a.example.com", "192.0.2.1", "example.com"},
    {"example.com", "192.0.2.1", "example.com"},
    {"mx.example.co.uk", "192.0.2.1", "example.co.uk"},
    {"example.co.uk", "192.0.2.1", "example.co.uk"},
    {"mx1.example.de", "192.0.2.1", "mx1.example.de"},
    {"localhost", "127.0.0.1", "localhost"},
    {".", "", "."},
    {"..com", "", "..com"},
};

static void
clients_are_counted_by_domain(void **state)
{
    struct buf b = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        buf_clear(&b);
        reason_domain(&b, span_of(clients[i].name), span_of(clients[i].address));
        assert_span(buf_span(&b), clients[i].domain);
    }
    buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reply_is_told_by_its_reason),
        TEST(a_refusal_is_taken_apart),
        TEST(texts_are_shortened),
        TEST(clients_are_counted_by_domain),
    };

    return RUN(tests);
}
