/* What the report judges: that the classifier finds what the filters find, and what comes
 * of it on the command line. */
#include "replay_world.h"

#include "base/mem.h"
#include "conf/load.h"
#include "match/matcher.h"
#include "report/mail_event.h"

#define P "2026-11-20T01:00:00+00:00 mx postfix/"
#define S P "smtpd[1]: "
#define R S "NOQUEUE: reject: RCPT from a.example[192.0.2.1]: "
#define ENV "; from=<s@example.net> to=<x@example.com> proto=ESMTP helo=<h>"
#define SCREEN P "postscreen[1]: "
#define LOGIN "2026-11-20T01:00:00+00:00 mx dovecot: imap-login: "
#define AUTH "2026-11-20T01:00:00+00:00 mx dovecot: auth: "
#define RIP "method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, session=<x>"

static const char *const lines[] = {
    S "warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
    S "warning: unknown[192.0.2.1]: SASL PLAIN authentication failed: bad, "
      "sasl_username=joe@example.com",
    S "warning: unknown[192.0.2.1]: SASL PLAIN authentication failed: bad, "
      "sasl_username=(unavailable)",
    S "warning: unknown[192.0.2.1]: SASL PLAIN authentication failed: Connection lost to "
      "authentication server",
    S "warning: unknown[192.0.2.1]: SASL PLAIN authentication failed: generic failure",
    S "warning: unknown[192.0.2.1]: SASL LOGIN authentication aborted",
    S "4F2D1A0B3C: client=a.example[192.0.2.1], sasl_method=PLAIN, sasl_username=joe",
    S "4F2D1A0B3C: client=a.example[192.0.2.1]",
    R "554 5.7.1 <x@example.com>: Relay access denied" ENV,
    R "454 4.7.1 <x@example.com>: Relay access denied" ENV,
    R "454 4.7.1 <x@example.com>: Recipient address rejected: Relay access denied" ENV,
    R "550 5.1.1 <x@example.com>: Recipient address rejected: User unknown in virtual "
      "mailbox table" ENV,
    R "450 4.1.1 <x@example.com>: Recipient address rejected: User unknown" ENV,
    R "550 5.1.1 <x@example.com>: Recipient address rejected: undeliverable address: "
      "no" ENV,
    R "550 5.7.1 <x@example.com>: Recipient address rejected: Access denied" ENV,
    R "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using "
      "list.example; see https://list.example/" ENV,
    R "454 4.7.1 Service unavailable; Client host [192.0.2.1] blocked using "
      "list.example" ENV,
    R "504 5.5.2 <h>: Helo command rejected: need fully-qualified hostname" ENV,
    R "450 4.7.1 <h>: Helo command rejected: Host not found" ENV,
    R "550 5.1.8 <s@example.net>: Sender address rejected: Domain not found" ENV,
    R "550 5.1.0 <s@example.net>: Sender address rejected: User unknown" ENV,
    R "554 5.7.1 <s@example.net>: Sender address rejected: Access denied" ENV,
    R "550 5.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]" ENV,
    R "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]" ENV,
    R "554 5.7.1 <a.example[192.0.2.1]>: Client host rejected: Access denied" ENV,
    R "450 4.2.0 <x@example.com>: Recipient address rejected: Greylisted" ENV,
    S "NOQUEUE: reject: DATA from a.example[192.0.2.1]: 503 5.5.0 <DATA>: Data command "
      "rejected: Improper use of SMTP command pipelining; from=<s@example.net> "
      "to=<x@example.com> proto=SMTP helo=<h>",
    S "improper command pipelining after EHLO from a.example[192.0.2.1]: MAIL FROM",
    S "warning: improper command pipelining after EHLO from a.example[192.0.2.1]: MAIL",
    S "warning: non-SMTP command from unknown[192.0.2.1]: GET / HTTP/1.1",
    S "too many errors after AUTH from unknown[192.0.2.1]",
    S "timeout after CONNECT from unknown[192.0.2.1]",
    S "timeout after DATA from unknown[192.0.2.1]",
    S "lost connection after AUTH from unknown[192.0.2.1]",
    S "warning: Connection rate limit exceeded: 31 from unknown[192.0.2.1] for service "
      "smtp",
    S "disconnect from unknown[192.0.2.1] ehlo=1 auth=0/1 quit=1 commands=2/3",
    S "disconnect from unknown[192.0.2.1] ehlo=1 auth=0/4 quit=1 commands=2/6",
    S "disconnect from unknown[192.0.2.1] ehlo=1 auth=1/4 quit=1 commands=3/6",
    SCREEN "PREGREET 14 after 0.1 from [192.0.2.1]:2: EHLO x\\r\\n",
    SCREEN "DNSBL rank 5 for [192.0.2.1]:2",
    SCREEN "DENYLISTED [192.0.2.1]:2",
    SCREEN "PASS NEW [192.0.2.1]:2",
    SCREEN "PASS OLD [192.0.2.1]:2",
    SCREEN "DISCONNECT [192.0.2.1]:2",
    SCREEN "COMMAND PIPELINING from [192.0.2.1]:2 after EHLO: x",
    SCREEN "COMMAND TIME LIMIT from [192.0.2.1]:2 after CONNECT",
    SCREEN "NON-SMTP COMMAND from [192.0.2.1]:2 after CONNECT: GET /",
    SCREEN "BARE NEWLINE from [192.0.2.1]:2 after EHLO",
    SCREEN "HANGUP after 0.2 from [192.0.2.1]:2 in tests before SMTP handshake",
    SCREEN "NOQUEUE: reject: CONNECT from [192.0.2.1]:2: too many connections",
    SCREEN "NOQUEUE: reject: CONNECT from [192.0.2.1]:2: all server ports busy",
    LOGIN "Login: user=<a>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, mpid=7, TLS, "
          "session=<x>",
    LOGIN
    "Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): user=<a>, " RIP,
    LOGIN
    "Disconnected (auth failed, 3 attempts in 9 secs) (auth_failed): user=<a>, " RIP,
    LOGIN "Aborted login (tried to use disallowed plaintext auth): user=<>, "
          "rip=192.0.2.1, lip=198.51.100.1, session=<x>",
    LOGIN "Disconnected (client didn't finish SASL auth, waited 2 secs): user=<a>, " RIP,
    LOGIN "Disconnected (client didn't finish SASL auth, waited 2 secs): user=<>, " RIP,
    LOGIN "Disconnected (no auth attempts in 2 secs): user=<>, rip=192.0.2.1, "
          "lip=198.51.100.1, session=<x>",
    LOGIN "Disconnected: Too many invalid commands. (no auth attempts in 0 secs): "
          "user=<>, rip=192.0.2.1, lip=198.51.100.1, session=<x>",
    LOGIN "Disconnected (no auth attempts in 0 secs): user=<>, rip=192.0.2.1, "
          "lip=198.51.100.1, TLS handshaking: SSL_accept() failed: error:1408F10B:SSL "
          "routines:ssl3_get_record:wrong version number, session=<x>",
    LOGIN "Disconnected (no auth attempts in 0 secs): user=<>, rip=192.0.2.1, "
          "lip=198.51.100.1, TLS handshaking: SSL_accept() failed: error:14094416:SSL "
          "routines:ssl3_read_bytes:sslv3 alert certificate unknown, session=<x>",
    AUTH "passwd-file(a,192.0.2.1,<x>): Password mismatch",
    AUTH "passwd-file(a,192.0.2.1,<x>): unknown user",
    AUTH "pam(a,192.0.2.1): pam_authenticate() failed: Authentication failure (Password "
         "mismatch?)",
    AUTH "pam(a,192.0.2.1): pam_authenticate() failed: User not known to the underlying "
         "authentication module",
};

/* Kinds that are told and never counted are left out of mail_event.h. */
static bool
is_left_out(const struct match_hit *hit)
{
    return hit->kind == EVENT_CONNECT ||
           (!hit->is_failure &&
            (hit->kind == EVENT_IDENTITY || hit->kind == EVENT_PROTOCOL_ERROR ||
             hit->kind == EVENT_LIST_HIT || hit->kind == EVENT_REJECTED));
}

static void
add_event(struct buf *b, enum event_kind kind, bool is_failure, struct span account)
{
    buf_printf(b, "%s%s %.*s\n", event_kind_name(kind), is_failure ? "!" : "",
               (int)account.len, account.len ? account.ptr : "");
}

static void
by_filters(struct matcher *m, const struct config *c, const struct line *l, struct buf *b)
{
    struct match_hit hits[MATCH_HITS_MAX];
    size_t count =
        matcher_line(m, FILTER_SET_ALL, l, INT64_C(1795312405) * SECOND_US, hits);

    for (int f = MAIL_FILTERS - 1; f >= 0; f--) /* a session's end before its failures */
        for (size_t i = 0; i < count; i++)
            if (strcmp(c->filters[hits[i].filter].name,
                       mail_filter_name((enum mail_filter)f)) == 0 &&
                f != MAIL_FILTER_FLOOD && !is_left_out(&hits[i]))
                add_event(b, hits[i].kind, hits[i].is_failure, hits[i].account);
    for (size_t i = 0; i < count; i++)
        if (strcmp(c->filters[hits[i].filter].name, "postfix-flood") == 0)
            add_event(b, hits[i].kind, hits[i].is_failure, hits[i].account);
}

static void
by_classifier(const struct line *l, struct buf *b)
{
    struct mail_event found[MAIL_EVENTS_MAX];
    struct mail_line m;
    size_t count;

    mail_line_read(l, NULL, &m);
    count = mail_events(&m, found);
    for (size_t i = 0; i < count; i++)
        add_event(b, found[i].kind, found[i].is_failure, found[i].account);
    if (count)
        assert_span(m.address, "192.0.2.1");
}

static void
test_filters(void **state UNUSED)
{
    static const char *const any_log = "test";
    struct config_request request = {.logs = &any_log, .log_count = 1, .is_replay = true};
    struct buf error = {0};
    struct matcher *m;
    struct config c;

    assert_int_equal(config_load(&request, &c, &error), 0);
    m = matcher_new(&c, &error);
    assert_non_null(m);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct buf theirs = {0}, ours = {0};
        struct line l;

        line_split(span_of(lines[i]), &l);
        by_filters(m, &c, &l, &theirs);
        by_classifier(&l, &ours);
        buf_add_byte(&theirs, '\0');
        buf_add_byte(&ours, '\0');
        if (strcmp(theirs.ptr, ours.ptr) != 0)
            fail_msg("%s\nfilters: %sclassifier: %s", lines[i], theirs.ptr, ours.ptr);
        buf_fini(&theirs);
        buf_fini(&ours);
    }
    matcher_free(m);
    config_fini(&c);
    buf_fini(&error);
}

/* --- through the command line --- */

/* A wrong password for an account, at an hour and a minute. */
static void
add_guess(struct buf *b, unsigned minute, const char *who, const char *account)
{
    char stamp[64];

    (void)snprintf(stamp, sizeof(stamp), "2026-11-20T%02u:%02u:00.000000+00:00",
                   minute / 60, minute % 60);
    add_miss(b, stamp, who, account);
}

/* A login of it. */
static void
add_entry(struct buf *b, unsigned minute, const char *who, const char *account)
{
    buf_printf(
        b,
        "2026-11-20T%02u:%02u:00+00:00 mx1 postfix/smtpd[7]: 4F%04u: client=unknown"
        "[%s], sasl_method=PLAIN, sasl_username=%s\n",
        minute / 60, minute % 60, minute, who, account);
}

/* Six addresses of a /24, three names each; a slow one; one name from twelve networks; a
 * harvest; and people, one of whom mistypes. */
static void
add_attacks(struct buf *b)
{
    char who[32], name[32];

    for (unsigned i = 0; i < 18; i++) {
        (void)snprintf(who, sizeof(who), "203.0.113.%u", 1 + i % 6);
        (void)snprintf(name, sizeof(name), "name%u", i);
        add_guess(b, i * 7, who, name);
    }
    for (unsigned i = 0; i < 4; i++) {
        (void)snprintf(name, sizeof(name), "slow%u", i);
        add_guess(b, 200 + i * 45, "192.0.2.77", name);
    }
    for (unsigned i = 0; i < 24; i++) {
        (void)snprintf(who, sizeof(who), "198.18.%u.9", i % 12);
        add_guess(b, 400 + i * 3, who, "hanako");
    }
    for (unsigned i = 0; i < 12; i++)
        buf_printf(b,
                   "2026-11-20T09:%02u:00+00:00 mx postfix/smtpd[7]: NOQUEUE: reject: "
                   "RCPT from a[198.51.100.5]: 550 5.1.1 <n%u@example.com>: Recipient "
                   "address rejected: User unknown in virtual mailbox table; from=<s@"
                   "example.net> to=<n%u@example.com> proto=ESMTP helo=<h>\n",
                   i, i, i);
    add_entry(b, 600, "198.51.100.200", "taro");
    add_guess(b, 601, "198.51.100.200", "taro");
    add_entry(b, 602, "198.51.100.200", "taro");
    add_entry(b, 603, "2001:db8::1", "taro");
}

static void
place_attacks(struct place *p, void (*add)(struct buf *b))
{
    struct buf b = {0};

    place_init(p);
    add(&b);
    write_log(p->a, &b);
}

static void
assert_has(const struct run *r, const char *text)
{
    if (!strstr(r->out, text))
        fail_msg("not there: %s\n%s", text, r->out);
}

static void
test_found(void **state UNUSED)
{
    struct place p;
    struct run r, again;

    place_attacks(&p, add_attacks);
    RUN_WORDS(&r, "report", "--config", "/nowhere", p.a);
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, "/nowhere"));

    RUN_WORDS(&r, "report", "--config", p.folder, "--json", p.a);
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, 0);
    assert_has(&r, "{\"network\":\"203.0.113.0/24\",\"attempts\":18,\"addresses\":6,"
                   "\"accounts\":18,\"first\":\"2026-11-20T00:00:00+00:00\"");
    assert_has(&r, "{\"address\":\"192.0.2.77\",\"attempts\":4,\"lasted\":8100,");
    assert_has(&r, "{\"kind\":\"kind_distributed\",\"account\":\"hanako\",");
    assert_has(&r, "{\"address\":\"198.51.100.5\",\"kind\":\"kind_harvest\","
                   "\"attempts\":12,");
    assert_has(&r, "{\"address\":\"203.0.113.1\",\"kind\":\"kind_gang\",\"attempts\":3,");
    assert_has(&r,
               "{\"rule\":\"gang\",\"kind\":\"kind_gang\",\"mode\":\"mode_enforce\",");
    /* The user who mistyped is no attacker. */
    assert_null(strstr(r.out, "{\"address\":\"198.51.100.200\",\"kind\""));
    assert_has(&r, "{\"account\":\"taro\",\"kind\":\"fail_mistyped\",\"place\":"
                   "\"198.51.100.0/24\",\"failures\":1,");
    assert_has(&r, "{\"account\":\"taro\",\"address\":\"2001:db8::1\",\"time\":"
                   "\"2026-11-20T10:03:00+00:00\",");

    RUN_WORDS(&again, "report", "--config", p.folder, "--json", p.a);
    assert_string_equal(r.out, again.out);
    RUN_WORDS(&r, "report", "--no-attacks", "--json", p.a);
    assert_null(strstr(r.out, "\"gangs\""));
    assert_has(&r, "{\"address\":\"203.0.113.1\",\"kind\":\"kind_guessing\",");
    place_fini(&p);
}

/* Known for hours at one place, tried from elsewhere, and then entered from there. */
static void
add_takeover(struct buf *b)
{
    for (unsigned hour = 0; hour < 6; hour++)
        add_entry(b, hour * 60, "198.51.100.7", "hanako");
    for (unsigned i = 0; i < 10; i++)
        add_guess(b, 400 + i, "203.0.113.66", "hanako");
    add_entry(b, 412, "203.0.113.66", "hanako");
}

static void
test_takeover(void **state UNUSED)
{
    struct place p;
    struct run r;

    place_attacks(&p, add_takeover);
    RUN_WORDS(&r, "report", "--config", p.folder, "--check", p.a);
    assert_int_equal(r.code, CTL_NO_MATCH);
    assert_has(&r, "\n1 thing needs you\n");
    assert_has(&r,
               "!! The account hanako may be in wrong hands: after 10 failures a login "
               "from\n     203.0.113.66, a place not seen before.\n");
    /* Judged, but not told: it was before the time that is reported on. */
    RUN_WORDS(&r, "report", "--config", p.folder, "--json", "--compare", "--since",
              "2026-11-20 12:00", p.a);
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, 0);
    assert_null(strstr(r.out, "note_takeover"));
    assert_null(strstr(r.out, "\"rule\":\"takeover\""));
    place_fini(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_filters), TEST(test_found),
                                       TEST(test_takeover)};

    return RUN(tests);
}
