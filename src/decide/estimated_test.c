/* Jails of fail2ban's: the estimate, bans that hold, what speaks for nobody there. What
 * the numbers are was seen in fail2ban 1.0.2; test/conformance/fail2ban-decisions asks it
 * about many more. */
#include "rules_world.h"

enum { MAXRETRY = 3 };

struct seen {
    struct verdict v;
    uint32_t calls;
};

static void
see(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct seen *s = ctx;

    s->v = *v;
    s->calls++;
}

static void
begin_rate(struct world *w)
{
    begin(w, MAXRETRY, NULL, 0);
    decide_fini(&w->d);
    w->jails[0].is_rate = true;
    w->jails[0].ignore = ignored;
    w->jails[0].ignore_count = 1;
    decide_init(&w->d, &w->config);
}

static struct verdict
fail_at(struct world *w, const char *who, int after_s, int late_s)
{
    struct event e = {.kind = EVENT_AUTH_FAIL,
                      .is_failure = true,
                      .peer = address(who),
                      .account = SPAN("anna"),
                      .time_us = (START + after_s) * SECOND_US + 250000};
    struct seen s = {0};

    decide_event(&w->d, &e, e.time_us + late_s * SECOND_US, see, &s);
    assert_int_equal(s.calls, 1);
    return s.v;
}

/* Two lines of one attempt are two, and the ban dates from whole seconds. */
static void
test_lines(void **state UNUSED)
{
    struct world w;
    struct verdict v;

    begin_rate(&w);
    assert_int_equal(fail_at(&w, A, 0, 0).kind, VERDICT_COUNTED);
    assert_int_equal(fail_at(&w, A, 0, 0).kind, VERDICT_COUNTED);
    v = fail_at(&w, A, 1, 0);
    assert_int_equal(v.kind, VERDICT_BAN);
    assert_int_equal(v.count, 3);
    assert_int_equal(v.time_us, (START + 1) * SECOND_US);
    assert_int_equal(v.until_us, (START + 101) * SECOND_US);
    end(&w);
}

/* One every 400 s is never banned by a window of 600 s, but by the estimate. */
static void
test_slow(void **state UNUSED)
{
    static const enum verdict_kind kinds[] = {VERDICT_COUNTED, VERDICT_COUNTED,
                                              VERDICT_BAN, VERDICT_COUNTED};
    struct world w;

    begin_rate(&w);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_int_equal(fail_at(&w, A, 400 * (int)i, 0).kind, kinds[i]);
    assert_int_equal(fail_at(&w, B, 0, 0).kind, VERDICT_COUNTED);
    assert_int_equal(fail_at(&w, B, 599, 0).kind, VERDICT_COUNTED);
    assert_int_equal(fail_at(&w, B, 1199, 0).count, 1); /* forgotten: a window old */
    end(&w);
}

/* What comes while the ban holds is counted; at maxretry the ban lasts longer. */
static void
test_still(void **state UNUSED)
{
    struct world w;
    struct verdict v;

    begin_rate(&w);
    for (int i = 0; i < MAXRETRY; i++)
        v = fail_at(&w, A, i, 0);
    assert_int_equal(v.kind, VERDICT_BAN);
    assert_int_equal(fail_at(&w, A, 10, 0).kind, VERDICT_COUNTED);
    assert_int_equal(fail_at(&w, A, 11, 0).kind, VERDICT_COUNTED);
    v = fail_at(&w, A, 12, 0);
    assert_int_equal(v.kind, VERDICT_STILL);
    assert_true(v.is_longer);
    assert_int_equal(v.until_us, (START + 112) * SECOND_US);
    assert_int_equal(fail_at(&w, A, 100, 0).kind, VERDICT_COUNTED);
    assert_int_equal(fail_at(&w, A, 111, 0).kind, VERDICT_COUNTED);
    v = fail_at(&w, A, 113, 0); /* the ban is over, and two were counted in it */
    assert_int_equal(v.kind, VERDICT_BAN);
    assert_int_equal(v.count, 3);
    end(&w);
}

static void
test_old(void **state UNUSED)
{
    struct world w;

    begin_rate(&w);
    assert_int_equal(fail_at(&w, A, 0, 601).kind, VERDICT_OLD);
    for (int i = 0; i < MAXRETRY - 1; i++)
        assert_int_equal(fail_at(&w, A, i, 500).kind, VERDICT_COUNTED);
    assert_int_equal(fail_at(&w, A, 2, 500).kind, VERDICT_OVER);
    assert_int_equal(w.d.counters[0].table.count, 0);
    assert_int_equal(fail_at(&w, "198.51.100.9", 2, 0).kind, VERDICT_IGNORED);
    assert_int_equal(fail_at(&w, ALLOWED, 2, 0).kind, VERDICT_COUNTED);
    end(&w);
}

/* A line ahead of now counts now; one behind the last makes the ban date from that. */
static void
test_order(void **state UNUSED)
{
    struct world w;
    struct verdict v;

    begin_rate(&w);
    v = fail_at(&w, A, 30, -20);
    assert_int_equal(v.time_us, (START + 10) * SECOND_US);
    assert_int_equal(fail_at(&w, A, 20, 0).kind, VERDICT_COUNTED);
    v = fail_at(&w, A, 5, 0);
    assert_int_equal(v.kind, VERDICT_BAN);
    assert_int_equal(v.time_us, (START + 20) * SECOND_US);
    end(&w);
}

/* bantime.increment: who was banned once counts double. */
static void
test_increment(void **state UNUSED)
{
    struct buf why = {0};
    struct world w;
    struct verdict v;

    begin_rate(&w);
    w.jails[0].increment = (struct increment){.is_on = true, .maxtime_s = -1};
    assert_true(increment_set_factor(&w.jails[0].increment, SPAN("1"), &why));
    assert_true(increment_set_formula(&w.jails[0].increment,
                                      SPAN("ban.Time * (1<<ban.Count)"), 100, &why));
    for (int i = 0; i < MAXRETRY; i++)
        v = fail_at(&w, A, i, 0);
    assert_int_equal(v.until_us, (START + 102) * SECOND_US);
    assert_int_equal(fail_at(&w, A, 200, 0).kind, VERDICT_COUNTED);
    v = fail_at(&w, A, 201, 0);
    assert_int_equal(v.kind, VERDICT_BAN);
    assert_int_equal(v.count, 3); /* the first counted twice */
    assert_int_equal(v.until_us, (START + 401) * SECOND_US);
    increment_fini(&w.jails[0].increment);
    buf_fini(&why);
    end(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_lines), TEST(test_slow),
                                       TEST(test_still), TEST(test_old),
                                       TEST(test_order), TEST(test_increment)};

    return RUN(tests);
}
