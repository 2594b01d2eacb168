#include "report/deeds_pack.h"

#include "report/mail_event.h"
#include "unit.h"

/* All that deeds have counted, as bytes. */
static void
bytes_of(struct deeds *f, struct buf *out)
{
    struct pack p = {.out = out};

    deeds_pack(&p, f);
}

/* A line that says everything of which anything is counted. */
static struct mail_line
line_of(enum mail_kind kind)
{
    return (struct mail_line){.kind = kind,
                              .instance = SPAN("postfix"),
                              .daemon = SPAN("smtpd"),
                              .address = SPAN("192.0.2.1"),
                              .account = SPAN("alice"),
                              .recipient = SPAN("bob@example.com"),
                              .text = SPAN("auth=1/2 quit=1"),
                              .status = SPAN("1/2"),
                              .dsn = SPAN("5.7.1"),
                              .outcome = MAIL_SENT,
                              .code = 554,
                              .delay_us = 7};
}

static void
act(struct deeds *f, int64_t wall_us, const struct mail_line *m, uint32_t times)
{
    struct deeds_ahead ahead;

    deeds_expect(f, m, &ahead);
    texts_fetch(&ahead.texts);
    deeds_do(f, wall_us, m, times, &ahead);
}

/* deeds_has() leaves out no kind of which deeds_do() counts anything, and no other. */
static void
test_kinds(void **state UNUSED)
{
    for (int kind = 0; kind < MAIL_KINDS; kind++) {
        struct mail_line m = line_of((enum mail_kind)kind);
        struct deeds *f = deeds_new();
        struct buf before = {0}, after = {0};

        bytes_of(f, &before);
        act(f, 1000, &m, 1);
        bytes_of(f, &after);
        assert_int_equal(!span_eq(buf_span(&before), buf_span(&after)),
                         deeds_has((enum mail_kind)kind));
        buf_fini(&before);
        buf_fini(&after);
        deeds_free(f);
    }
}

/* mail_event_has() leaves out no kind that tells anything. */
static void
test_events(void **state UNUSED)
{
    struct mail_event found[MAIL_EVENTS_MAX];

    for (int kind = 0; kind < MAIL_KINDS; kind++) {
        struct mail_line m = line_of((enum mail_kind)kind);

        if (!mail_event_has((enum mail_kind)kind))
            assert_int_equal(mail_events(&m, found), 0);
    }
}

/* Lines that are expected before any of them is taken are lines. */
static void
test_expected(void **state UNUSED)
{
    enum { LINES = 3 * MAIL_KINDS };
    static struct mail_line lines[LINES];
    static struct deeds_ahead ahead[LINES];
    struct deeds *alone = deeds_new(), *together = deeds_new();
    struct buf a = {0}, b = {0};
    char who[LINES][16];

    for (int i = 0; i < LINES; i++) {
        int len = snprintf(who[i], sizeof(who[i]), "192.0.2.%d", i % 50);

        lines[i] = line_of((enum mail_kind)(i % MAIL_KINDS));
        lines[i].address = (struct span){who[i], (size_t)len};
        act(alone, 1000, &lines[i], 1);
        deeds_expect(together, &lines[i], &ahead[i]);
    }
    for (int i = 0; i < LINES; i++)
        texts_fetch(&ahead[i].texts);
    for (int i = 0; i < LINES; i++)
        deeds_do(together, 1000, &lines[i], 1, &ahead[i]);
    bytes_of(alone, &a);
    bytes_of(together, &b);
    assert_true(span_eq(buf_span(&a), buf_span(&b)));
    buf_fini(&a);
    buf_fini(&b);
    deeds_free(alone);
    deeds_free(together);
}

/* A line in two parts is a line. */
static void
test_parts(void **state UNUSED)
{
    struct deeds *whole = deeds_new(), *parts = deeds_new();
    struct deeds_seen seen = {0};
    struct buf a = {0}, b = {0};

    for (int i = 0; i < 3 * MAIL_KINDS; i++) {
        struct mail_line m = line_of((enum mail_kind)(i % MAIL_KINDS));
        int64_t wall_us = 1000 + (i * 7) % 50;

        deeds_line(whole, wall_us, &m, 2);
        deeds_see(&seen, wall_us, &m, 2);
        act(parts, wall_us, &m, 2);
    }
    deeds_add_seen(parts, &seen);
    bytes_of(whole, &a);
    bytes_of(parts, &b);
    assert_true(span_eq(buf_span(&a), buf_span(&b)));
    assert_int_equal(whole->lines, 6 * MAIL_KINDS);
    assert_int_equal(whole->first_us, 1000);
    buf_fini(&a);
    buf_fini(&b);
    deeds_free(whole);
    deeds_free(parts);
}

/* What smtpd says at the end of a session counts logins; nothing like it does. */
static void
test_logins_of_sessions(void **state UNUSED)
{
    static const struct {
        const char *counts;
        uint64_t logins;
    } cases[] = {
        {" ehlo=1 auth=1 mail=1 quit=1 commands=4", 1},
        {" auth=2", 2},
        {" ehlo=1,auth=3/4,quit=1", 3},
        {" ehlo=1\tauth=1/2 quit=1", 1},
        {" ehlo=1 auth=0/3 commands=1/4", 0},
        {" ehlo=1 xauth=7 commands=2", 0},
        {" ehlo=1 xauth=auth=7 auth=2", 2},
        {" auth= 5", 0},
        {" auth=auth=5", 0},
        {" auth=x auth=5", 0}, /* the first one counts */
        {" auth=5000", 0},
        {" ehlo=1 auth=", 0},
        {"", 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct deeds *f = deeds_new();
        struct buf raw = {0};
        struct mail_line m;
        struct line l;

        buf_printf(&raw,
                   "Nov 22 10:00:00 mx postfix/smtpd[1]: disconnect from a[192.0.2.1]%s",
                   cases[i].counts);
        line_split(buf_span(&raw), &l);
        mail_line_read(&l, NULL, &m);
        assert_int_equal(m.kind, MAIL_DISCONNECT);
        act(f, 1000, &m, 1);
        assert_int_equal(f->logins, cases[i].logins);
        deeds_free(f);
        buf_fini(&raw);
    }
}

/* Who is only stopped has not attacked, and a login of his counts from his first attempt
 * on; whom nothing stopped, and a line without an address, are not there. */
static void
test_stopped(void **state UNUSED)
{
    struct mail_line refused = line_of(MAIL_SCREEN_LISTED), login = line_of(MAIL_LOGIN);
    struct mail_line nobody = refused, other = login;
    struct stops_sum sums[STOPPERS];
    const struct deeds_address *a;
    struct deeds *f = deeds_new();

    nobody.address = (struct span){0};
    other.address = SPAN("192.0.2.2");
    act(f, 60000000, &nobody, 1);
    act(f, 60000000, &other, 1);
    assert_int_equal(f->addresses.count, 0);
    act(f, 60000000, &refused, 1);
    act(f, 61000000, &login, 1); /* the same session */
    deeds_stops(f, sums);
    assert_int_equal(sums[WORD_BY_SCREEN - WORD_BY_PASSWORD].stopped, 1);
    assert_int_equal(sums[WORD_BY_SCREEN - WORD_BY_PASSWORD].back, 0);
    act(f, 120000000, &login, 1);
    deeds_stops(f, sums);
    assert_int_equal(sums[WORD_BY_SCREEN - WORD_BY_PASSWORD].back, 1);
    deeds_found(f, refused.address, WORD_KIND_SLOW);
    assert_int_equal(f->addresses.count, 1);
    a = texts_value(&f->addresses, 0);
    assert_int_equal(a->logins, 0);
    assert_int_equal(a->found, 0);
    deeds_attack(f, 130000000, refused.address, WORD_KIND_GUESSING, 1);
    act(f, 140000000, &login, 1);
    assert_int_equal(f->addresses.count, 1);
    assert_int_equal(a->logins, 1);
    deeds_free(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_kinds),
                                       TEST(test_events),
                                       TEST(test_expected),
                                       TEST(test_parts),
                                       TEST(test_logins_of_sessions),
                                       TEST(test_stopped)};

    return RUN(tests);
}
