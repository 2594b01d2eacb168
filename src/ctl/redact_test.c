/* Texts, and what is left of them. */
#include "unit.h"

#include "ctl/redact.h"

static const struct {
    const char *text, *left;
} rows[] = {
    {"", ""},
    {"maxretry = 5\n", "maxretry = 5\n"},
    {"192.0.2.1", "<IPv4-1>"},
    {"192.0.2.1 192.0.2.2 192.0.2.1", "<IPv4-1> <IPv4-2> <IPv4-1>"},
    {"allow = 192.0.2.0/24, 2001:db8::/32\n", "allow = <IPv4-1>/24, <IPv6-2>/32\n"},
    {"[2001:db8::1]:25 tcp://192.0.2.7:514", "[<IPv6-1>]:25 tcp://<IPv4-2>:514"},
    {"allow=192.0.2.1", "allow=<IPv4-1>"},
    {"fe80::1%eth0.", "<IPv6-1>%eth0."},
    {"::ffff:192.0.2.1,", "<IPv4-1>,"},
    {"sender:192.0.2.1.", "sender:<IPv4-1>."},
    {"127.0.0.1 ::1 0.0.0.0 ::", "127.0.0.1 ::1 0.0.0.0 ::"},
    {"2026-11-22 10:11:12, 5 in 1h 2m", "2026-11-22 10:11:12, 5 in 1h 2m"},
    {"tcp.25.465 x10.2", "tcp.25.465 x10.2"},
    {"from <jo+x@mail.example.org>", "from <<account>>"},
    {"user=jo@example.org x", "<account> x"},
    {"user=<j\xC3\xB6@example.org>", "user=<<account>>"},
    {"journal = _SYSTEMD_UNIT=postfix@-.service",
     "journal = _SYSTEMD_UNIT=postfix@-.service"},
    {"getty@tty1.service user@1000.socket", "getty@tty1.service user@1000.socket"},
    {"vpn@192.0.2.1.service jo@example.service.", "<account> <account>"},
    {"on mx1.example.org, MX1.example.org:25", "on <host>, <host>:25"},
    {"mx1.example.organic mx1.example.org.", "mx1.example.organic <host>."},
    {"password of a=b, c", "password of a= <secret>"},
    {"a password", "a password"},
    {"smtp_password = 1234\nx", "smtp_password = <secret>\nx"},
    {"API-Token=a b c", "API-Token= <secret>"},
    {"192.0.2.1991.2.3.4", "<IPv4-1><IPv4-2>"},
};

static void
test_texts(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out = {0};
        struct redact r;

        redact_init(&r, SPAN("mx1.example.org"));
        redact_add(&r, span_of(rows[i].text), &out);
        if (!span_eq(buf_span(&out), span_of(rows[i].left)))
            fail_msg("row %zu: %s", i, out.ptr);
        redact_fini(&r);
        buf_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_texts)};

    return RUN(tests);
}
