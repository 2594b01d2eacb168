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
    {"550 5.7.1 <x>: a", "a"},
};

static void
a_reply_is_told_by_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        struct buf raw = {0};
        struct mail_line m;
        struct line l;

        buf_printf(&raw,
                   "Nov 20 10:00:00 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from "
                   "a[192.0.2.1]: %s",
                   replies[i].rest);
        line_split(buf_span(&raw), &l);
        mail_line_read(&l, NULL, &m);
        assert_int_equal(m.kind, MAIL_REJECT);
        assert_span(reason_of_reply(&m), replies[i].reason);
        buf_fini(&raw);
    }
}

static void
a_check_is_told_by_what_it_found(void **state)
{
    (void)state;
    assert_span(reason_of_check(SPAN("Subject: a from b from mx.example.com[192.0.2.1]; "
                                     "from=<a@b> to=<c@d>")),
                "Subject: a from b");
    assert_span(reason_of_check(SPAN("from a[192.0.2.1]: 5.7.1 x; from=<>")),
                "from a[192.0.2.1]: 5.7.1 x");
    assert_span(reason_of_check(SPAN("")), "");
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
        TEST(a_check_is_told_by_what_it_found),
        TEST(texts_are_shortened),
        TEST(clients_are_counted_by_domain),
    };

    return RUN(tests);
}
