#include "unit.h"

#include "decide/smtp_session.h"

static const struct {
    const char *statistics;
    enum smtp_session_kind kind;
    uint32_t recipients;
} sessions_told[] = {
    {"ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7", SMTP_SESSION_DELIVERED,
     1},
    {"ehlo=1 mail=2 rcpt=5/8 bdat=4 quit=1 commands=13/16", SMTP_SESSION_DELIVERED, 5},
    {"ehlo=1 auth=0/1 mail=1 rcpt=1 data=1 commands=4/5", SMTP_SESSION_DELIVERED, 1},
    /* Refused, greylisted, lost in the middle. */
    {"ehlo=1 mail=1 rcpt=0/3 quit=1 commands=3/6", SMTP_SESSION_IN_VAIN, 3},
    {"ehlo=1 auth=1 mail=1 rcpt=0/3 quit=1 commands=4/7", SMTP_SESSION_OTHER, 0},
    {"ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4", SMTP_SESSION_OTHER, 0},
    {"ehlo=1 mail=0/1 quit=1 commands=2/3", SMTP_SESSION_OTHER, 0},
    /* Logins. */
    {"ehlo=1 auth=0/1 quit=1 commands=2/3", SMTP_SESSION_LOGIN_FAILED, 0},
    {"ehlo=2 starttls=1 auth=0/12 rset=1 commands=4/16", SMTP_SESSION_LOGIN_FAILED, 0},
    {"ehlo=1 auth=1/2 quit=1 commands=3/4", SMTP_SESSION_OTHER, 0},
    {"ehlo=1 auth=1 commands=2", SMTP_SESSION_OTHER, 0},
    /* Nothing at all; but monitoring connects, or says QUIT, and TLS breaks. */
    {"ehlo=1 commands=1", SMTP_SESSION_SILENT, 0},
    {"helo=1 noop=1 commands=2", SMTP_SESSION_SILENT, 0},
    {"unknown=0/3 commands=0/3", SMTP_SESSION_SILENT, 0},
    {"ehlo=1 quit=1 commands=2", SMTP_SESSION_OTHER, 0},
    {"quit=1 commands=1", SMTP_SESSION_OTHER, 0},
    {"ehlo=1 starttls=1 commands=2", SMTP_SESSION_OTHER, 0},
    {"ehlo=1 starttls=0/1 commands=1/2", SMTP_SESSION_OTHER, 0},
    {"commands=0/0", SMTP_SESSION_OTHER, 0},
    /* No statistics. */
    {"", SMTP_SESSION_OTHER, 0},
    {"ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=8",
     SMTP_SESSION_DELIVERED, 1},
    {"ehlo=2 starttls=1 auth=1 mail=11 rcpt=15/17 data=11 rset=10 noop=1 quit=1 "
     "commands=53/55",
     SMTP_SESSION_DELIVERED, 15}, /* longer than what is known */
    {"DISCONNECT", SMTP_SESSION_OTHER, 0},
    {"in=17, out=230", SMTP_SESSION_OTHER, 0},
    {"data=1 mail=x rcpt=2/1 commands=/ =3 99999999999999999999=1", SMTP_SESSION_OTHER,
     0},
    {"mail=1 data=1 rcpt=99999999999", SMTP_SESSION_DELIVERED, 0},
};

static void
test_kinds(void **state UNUSED)
{
    struct smtp_sessions sessions = {0};

    for (size_t i = 0; i < ARRAY_LEN(sessions_told); i++) {
        struct smtp_session s = smtp_session_of(span_of(sessions_told[i].statistics));

        for (int again = 0; again < 2; again++) {
            struct smtp_session known =
                smtp_sessions_read(&sessions, span_of(sessions_told[i].statistics));

            assert_int_equal(known.kind, s.kind);
            assert_int_equal(known.recipients, s.recipients);
            assert_int_equal(known.has_login, s.has_login);
        }
        if (s.kind != sessions_told[i].kind ||
            s.recipients != sessions_told[i].recipients)
            fail_msg("%s: %d, %u", sessions_told[i].statistics, s.kind, s.recipients);
    }
}

static void
test_login(void **state UNUSED)
{
    assert_true(smtp_session_of(SPAN("auth=1/5 mail=1 rcpt=2 data=1")).has_login);
    assert_false(smtp_session_of(SPAN("auth=0/1 mail=1 rcpt=2 data=1")).has_login);
    assert_false(smtp_session_of(SPAN("mail=1 rcpt=2 data=1")).has_login);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_kinds), TEST(test_login)};

    return RUN(tests);
}
