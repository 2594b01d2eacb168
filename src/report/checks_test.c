#include "unit.h"

#include "base/clock.h"
#include "report/checks.h"

#define T "Nov 22 10:00:00 mx "
#define P T "postfix/"
#define GREY T "postgrey[811]: "
#define OF(n)                                                                            \
    ", client_name=a.example.net, client_address=192.0.2." #n                            \
    ", sender=a@example.net, recipient=b@example.com"

static void
take(struct checks *c, const char *raw)
{
    struct mail_line m;
    struct line l;

    line_split(span_of(raw), &l);
    mail_line_read(&l, NULL, &m);
    checks_line(c, &m, 1);
}

static uint64_t
count_of(const struct texts *t, struct span text)
{
    const uint64_t *n = texts_find(t, text);

    return n ? *n : 0;
}

static void
test_greylist(void **state UNUSED)
{
    struct checks c;

    checks_init(&c);
    take(&c, GREY "action=greylist, reason=new" OF(1));
    take(&c, GREY "action=greylist, reason=early-retry (200s missing)" OF(1));
    /* From a neighbour, as large senders do; and the gate's own line. */
    take(&c, GREY "action=pass, reason=triplet found, delay=301" OF(2));
    take(&c, T "komainu-gate[1]: action=greylist, reason=new, client_name=x, "
               "client_address=198.51.100.1, sender=<>, recipient=b@example.com");
    take(&c, GREY "action=pass, reason=client AWL" OF(3));
    assert_int_equal(c.put_off, 3);
    assert_int_equal(c.passed, 1);
    assert_int_equal(c.waiting.count, 1);
    assert_int_equal(c.known, 1);
    assert_int_equal(c.waited.count, 1);
    assert_int_equal(c.waited.longest_us, 301 * SECOND_US);
    checks_fini(&c);
}

static void
test_lists(void **state UNUSED)
{
    const struct checks_list *l;
    struct checks c;

    checks_init(&c);
    take(&c, P "dnsblog[1]: addr 192.0.2.1 listed by domain list.example as 127.0.0.2");
    take(&c, P "dnsblog[1]: addr 192.0.2.1 listed by domain list.example as 127.0.0.4");
    take(&c, P "smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 Service "
               "unavailable; Client host [192.0.2.1] blocked using list.example; see x; "
               "from=<> to=<b@example.com> proto=SMTP helo=<h>");
    l = texts_find(&c.lists, SPAN("list.example"));
    assert_non_null(l);
    assert_int_equal(l->hits, 2);
    assert_int_equal(l->refused, 1);
    assert_int_equal(c.lists.count, 1);
    checks_fini(&c);
}

static void
test_authenticity(void **state UNUSED)
{
    struct checks c;

    checks_init(&c);
    take(&c, T "policyd-spf[1]: prepend Received-SPF: Softfail (mailfrom) "
               "identity=mailfrom; client-ip=192.0.2.1; helo=mx.example.net; "
               "envelope-from=a@Example.NET; receiver=<UNKNOWN>");
    take(&c, T "policyd-spf[1]: prepend Received-SPF: Pass (mailfrom) "
               "identity=mailfrom; client-ip=192.0.2.1; helo=mx.example.net; "
               "envelope-from=a@example.org; receiver=<UNKNOWN>");
    take(&c, T "opendkim[1]: 4AAAAA: s=mail d=example.net a=rsa-sha256 SSL error");
    take(&c, T "opendkim[1]: 4AAAAA: bad signature data");
    take(&c, T "opendmarc[1]: 4AAAAA: example.net fail");
    take(&c, T "opendmarc[1]: 4AAAAA: example.net none");
    assert_int_equal(count_of(&c.results, SPAN("SPF\0softfail")), 1);
    assert_int_equal(count_of(&c.results, SPAN("SPF\0pass")), 1);
    assert_int_equal(count_of(&c.results, SPAN("DKIM\0fail")), 1);
    assert_int_equal(count_of(&c.results, SPAN("DMARC\0fail")), 1);
    assert_int_equal(count_of(&c.results, SPAN("DMARC\0none")), 1);
    assert_int_equal(count_of(&c.failing, SPAN("SPF\0example.net")), 1);
    assert_int_equal(count_of(&c.failing, SPAN("DMARC\0example.net")), 1);
    assert_int_equal(c.failing.count, 2);
    checks_fini(&c);
}

static void
test_encryption(void **state UNUSED)
{
    struct checks c;

    checks_init(&c);
    take(&c, P "smtpd[1]: Anonymous TLS connection established from a[192.0.2.1]: "
               "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)");
    take(&c, P "smtp[1]: Trusted TLS connection established to mx.example.org[192.0.2.9]"
               ":25: TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)");
    take(&c, P "smtpd[1]: SSL_accept error from a[192.0.2.1]: -1");
    take(&c, P "smtp[1]: SSL_connect error to mx.example.org[192.0.2.9]:25: -1");
    take(&c, P "smtpd[1]: disconnect from a[192.0.2.1] ehlo=2 starttls=1 mail=1 rcpt=1 "
               "data=1 quit=1 commands=7");
    take(&c, P "smtpd[1]: disconnect from a[192.0.2.1] ehlo=1 mail=1 rcpt=1 data=1 "
               "quit=1 commands=5");
    take(&c, P "smtps/smtpd[1]: disconnect from a[192.0.2.1] ehlo=1 auth=1 mail=1 rcpt=1 "
               "data=1 quit=1 commands=6");
    take(&c, P "smtpd[1]: disconnect from a[192.0.2.1] ehlo=1 mail=1 rcpt=0/1 data=0/1 "
               "quit=1 commands=3/5");
    take(&c, T "dovecot: imap-login: Login: user=<a>, method=PLAIN, rip=192.0.2.1, "
               "lip=192.0.2.25, mpid=1, TLS, session=<x>");
    take(&c, T "dovecot: imap-login: Login: user=<a>, method=PLAIN, rip=192.0.2.1, "
               "lip=192.0.2.25, mpid=1, session=<TLS>");
    assert_int_equal(count_of(&c.tls, SPAN("in\0TLSv1.3\0TLS_AES_256_GCM_SHA384")), 1);
    assert_int_equal(count_of(&c.tls, SPAN("out\0TLSv1.2\0ECDHE-RSA-AES256-GCM-SHA384")),
                     1);
    assert_int_equal(c.tls_failed_in, 1);
    assert_int_equal(c.tls_failed_out, 1);
    assert_int_equal(c.sessions, 3);
    assert_int_equal(c.plain_sessions, 1);
    assert_int_equal(c.logins, 2);
    assert_int_equal(c.plain_logins, 1);
    checks_fini(&c);
}

static void
test_guard(void **state UNUSED)
{
    const struct checks_jail *j;
    struct checks c;

    checks_init(&c);
    take(&c, T "komainu-judge[1]: ban address=192.0.2.1 jail=dovecot until=never "
               "reason=\"5 failures\"");
    take(&c, T "komainu-judge[1]: would-ban address=192.0.2.2 jail=dovecot until=never "
               "reason=\"5 failures\"");
    take(&c, T "komainu-judge[1]: unban address=192.0.2.1 jail=dovecot");
    take(&c, T "komainu-gate[1]: gate-refused at=RCPT by=reject_unauth_pipelining "
               "client=192.0.2.1");
    take(&c, P "postscreen[1]: PREGREET 14 after 0.1 from [192.0.2.1]:2: EHLO x");
    take(&c, P "postscreen[1]: PASS NEW [192.0.2.1]:2");
    j = texts_find(&c.jails, SPAN("dovecot"));
    assert_non_null(j);
    assert_int_equal(j->bans, 1);
    assert_int_equal(j->observed, 1);
    assert_int_equal(j->unbans, 1);
    assert_int_equal(c.jails.count, 1);
    assert_int_equal(count_of(&c.gate, SPAN("reject_unauth_pipelining")), 1);
    assert_int_equal(count_of(&c.tests, SPAN("PREGREET")), 1);
    assert_int_equal(count_of(&c.tests, SPAN("PASS NEW")), 1);
    checks_fini(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_greylist), TEST(test_lists),
                                       TEST(test_authenticity), TEST(test_encryption),
                                       TEST(test_guard)};

    return RUN(tests);
}
