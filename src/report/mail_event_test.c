#include "unit.h"

#include "report/mail_event.h"

#define P "Nov 22 10:00:00 mx postfix/"
#define D "Nov 22 10:00:00 mx dovecot: "

/* A line, and what it says somebody did. Each shape is held against the filters in
 * src/ctl/report_attacks_test.c. */
static const struct {
    const char *raw, *found;
} cases[] = {
    {P "smtpd[1]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: bad, "
       "sasl_username=joe",
     "auth_fail! postfix-sasl account=joe"},
    {P "smtpd[1]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: bad, "
       "sasl_username=(unavailable)",
     "auth_fail! postfix-sasl"},
    {P "smtpd[1]: warning: unknown[192.0.2.1]: SASL PLAIN authentication failed: "
       "Connection lost to authentication server",
     "auth_error postfix-sasl detail=Connection lost to authentication server"},
    {P "smtpd[1]: warning: unknown[192.0.2.1]: SASL LOGIN authentication aborted", ""},
    {P "smtpd[1]: 4AAAAA: client=a[192.0.2.1], sasl_method=PLAIN, sasl_username=joe",
     "submission postfix-sasl account=joe"},
    {P "smtpd[1]: 4AAAAA: client=a[192.0.2.1]", ""},
    {P "smtpd[1]: disconnect from a[192.0.2.1] ehlo=1 auth=0/3 commands=1/4",
     "session_end postfix detail=ehlo=1 auth=0/3 commands=1/4, "
     "flood! postfix-flood detail=ehlo=1 auth=0/3 commands=1/4"},
    {P "smtpd[1]: disconnect from a[192.0.2.1] ehlo=1 auth=0/2 commands=1/3",
     "session_end postfix detail=ehlo=1 auth=0/2 commands=1/3"},
    {P "smtpd[1]: disconnect from a[192.0.2.1] ehlo=1 auth=0/20 commands=1/3",
     "session_end postfix detail=ehlo=1 auth=0/20 commands=1/3, "
     "flood! postfix-flood detail=ehlo=1 auth=0/20 commands=1/3"},
    {P "smtpd[1]: disconnect from a[192.0.2.1] xauth=0/20 commands=1/3",
     "session_end postfix detail=xauth=0/20 commands=1/3"},
    {D "imap-login: Disconnected: Aborted login by logging out (auth failed, 3 attempts "
       "in 9 secs): user=<a>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.25, session=<x>",
     "auth_fail! dovecot account=a detail=auth failed, 3 attempts in 9 secs)"},
    {D "auth: passwd-file(a,192.0.2.1): unknown user",
     "account_unknown dovecot account=a"},
    {P "smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]: 450 4.7.1 <x@example.com>: "
       "Recipient address rejected: Greylisted; from=<> to=<x@example.com> proto=SMTP "
       "helo=<h>",
     ""},
    {"Nov 22 10:00:00 mx sshd[1]: hello", ""},
};

static void
render(struct buf *b, const struct mail_event *e)
{
    buf_add_text(b, b->len ? ", " : "");
    buf_printf(b, "%s%s %s", event_kind_name(e->kind), e->is_failure ? "!" : "",
               mail_filter_name(e->filter));
    if (e->account.len)
        buf_printf(b, " account=%.*s", (int)e->account.len, e->account.ptr);
    if (e->recipient.len)
        buf_printf(b, " recipient=%.*s", (int)e->recipient.len, e->recipient.ptr);
    if (e->detail.len)
        buf_printf(b, " detail=%.*s", (int)e->detail.len, e->detail.ptr);
}

static void
test_events(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mail_event found[MAIL_EVENTS_MAX];
        struct buf text = {0};
        struct mail_line m;
        struct line l;
        size_t count;

        buf_add_text(&text, "");
        line_split(span_of(cases[i].raw), &l);
        mail_line_read(&l, NULL, &m);
        count = mail_events(&m, found);
        for (size_t k = 0; k < count; k++)
            render(&text, &found[k]);
        assert_string_equal(text.len ? text.ptr : "", cases[i].found);
        buf_fini(&text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_events)};

    return RUN(tests);
}
