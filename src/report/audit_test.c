#include "unit.h"

#include "report/audit.h"

#define P "Nov 22 10:00:00 mx postfix/"

static const struct {
    const char *raw, *read; /* NULL: nothing */
} cases[] = {
    {P "smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]: 550 5.1.1 <x@example.com>: "
       "User unknown; from=<s@example.net> to=<x@example.com> proto=ESMTP helo=<h>",
     "reject 192.0.2.1 what=RCPT text=User unknown"},
    {P "smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 Service "
       "unavailable; Client host [192.0.2.1] blocked using list.example; x; from=<s@x> "
       "to=<x@example.com> proto=ESMTP helo=<h>",
     "list 192.0.2.1 what=list.example text=Service unavailable; Client host [192.0.2.1] "
     "blocked using list.example; x"},
    {P
     "smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]: 450 4.2.0 <x@example.com>: "
     "Recipient address rejected: Greylisted; from=<s@x> to=<x@example.com> proto=ESMTP "
     "helo=<h>",
     "gate 192.0.2.1 what=RCPT text=Recipient address rejected: Greylisted"},
    {P "cleanup[1]: 4F2D1A: milter-reject: END-OF-MESSAGE from a[192.0.2.1]: 5.7.1 "
       "spam; from=<s@x> to=<x@example.com> proto=ESMTP helo=<h>",
     "content 192.0.2.1 what=END-OF-MESSAGE text=spam"},
    {P "smtpd[1]: NOQUEUE: discard: RCPT from a[192.0.2.1]: <s@x>: Sender address "
       "triggers DISCARD action; from=<s@x> to=<x@example.com> proto=ESMTP helo=<h>",
     "noise 192.0.2.1 what=RCPT text=Sender address triggers DISCARD action"},
    {P "smtpd[1]: warning: a[192.0.2.1]: SASL LOGIN authentication failed: bad, "
       "sasl_username=joe",
     "login 192.0.2.1 account=joe what=LOGIN text=bad"},
    {"Nov 22 10:00:00 mx dovecot: auth: sql(joe,192.0.2.1): unknown user",
     "login 192.0.2.1 account=joe what=auth text=unknown user"},
    {P "smtpd[1]: lost connection after RCPT from a[192.0.2.1]",
     "noise 192.0.2.1 what=RCPT text="},
    {"Nov 22 10:00:00 mx komainu-judge[1]: ban address=192.0.2.1 jail=postfix until=x",
     "ban 192.0.2.1 what=postfix text=ban address=192.0.2.1 jail=postfix until=x"},
    {P "postfix-script[1]: refreshing the Postfix mail system",
     "config - what=postfix-script text=refreshing the Postfix mail system"},
    {P "smtpd[1]: warning: a[192.0.2.1]: SASL LOGIN authentication failed: Temporary "
       "authentication failure",
     "trouble 192.0.2.1 what=LOGIN text=Temporary authentication failure"},
    {P "smtpd[1]: fatal: no such file", "trouble - what=smtpd text=no such file"},
    {"Nov 22 10:00:00 mx policyd-spf[1]: prepend Received-SPF: Pass (mailfrom) "
     "identity=mailfrom; client-ip=192.0.2.1; helo=h; envelope-from=s@x; receiver=y",
     NULL},
    {"Nov 22 10:00:00 mx policyd-spf[1]: prepend Received-SPF: Softfail (mailfrom) "
     "identity=mailfrom; client-ip=192.0.2.1; helo=h; envelope-from=s@x; receiver=y",
     "gate 192.0.2.1 what=policyd-spf text=Softfail"},
    {"Nov 22 10:00:00 mx postgrey[1]: action=pass, reason=triplet found, "
     "client_name=a, client_address=192.0.2.1, sender=s@x, recipient=y",
     NULL},
    {"Nov 22 10:00:00 mx postgrey[1]: action=greylist, reason=new, client_name=a, "
     "client_address=192.0.2.1, sender=s@x, recipient=y",
     "gate 192.0.2.1 what=greylist text=new"},
    {P "smtpd[1]: connect from a[192.0.2.1]", NULL},
    {"Nov 22 10:00:00 mx sshd[1]: Invalid user", NULL},
};

static void
test_lines(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf text = {0};
        struct audit_entry e;
        struct mail_line m;
        struct line l;

        line_split(span_of(cases[i].raw), &l);
        mail_line_read(&l, NULL, &m);
        assert_int_equal(audit_take(&m, &e), cases[i].read != NULL);
        if (!cases[i].read)
            continue;
        buf_printf(&text, "%s ", audit_name(e.category));
        if (e.address.len)
            buf_printf(&text, "%.*s", SPAN_FMT(e.address));
        else
            buf_add_byte(&text, '-');
        if (e.account.len)
            buf_printf(&text, " account=%.*s", SPAN_FMT(e.account));
        buf_printf(&text, " what=%.*s text=%.*s", SPAN_FMT(e.what), SPAN_FMT(e.text));
        assert_string_equal(text.ptr, cases[i].read);
        buf_fini(&text);
    }
}

static void
test_sets(void **state UNUSED)
{
    struct span wrong;
    unsigned set;

    assert_true(audit_read_set(SPAN("reject,list"), &set, &wrong));
    assert_int_equal(set, AUDIT_BIT(AUDIT_REJECT) | AUDIT_BIT(AUDIT_LIST));
    assert_true(audit_read_set(SPAN("noise"), &set, &wrong));
    assert_int_equal(set & audit_usual(), 0);
    assert_false(audit_read_set(SPAN("reject,lists"), &set, &wrong));
    assert_span(wrong, "lists");
    assert_false(audit_read_set(SPAN(""), &set, &wrong));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_lines), TEST(test_sets)};

    return RUN(tests);
}
