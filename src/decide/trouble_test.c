#include "unit.h"

#include "base/clock.h"
#include "decide/trouble.h"

struct seen {
    struct buf text;
};

static void
on_change(void *ctx, const struct trouble_key *key, const struct trouble *t, bool is_over)
{
    struct seen *s = ctx;

    buf_printf(&s->text, "%s%s/%u@%lld ", is_over ? "-" : "+",
               trouble_name((enum trouble_kind)key->kind), key->item,
               (long long)(t->since_us / SECOND_US));
}

/* Says every second of `from`..`to` whether it is so. */
static void
say(struct troubles *t, enum trouble_kind kind, bool is_so, int64_t from, int64_t to)
{
    for (int64_t s = from; s <= to; s++)
        trouble_is(t, kind, 3, is_so, s * SECOND_US);
}

/* Told once when it begins, once when it ends, and not for what is short. */
static void
test_told_once(void **state UNUSED)
{
    struct seen s = {0};
    struct troubles t;

    troubles_init(&t, on_change, &s);
    say(&t, TROUBLE_LOG_SILENT, false, 1, 5);
    say(&t, TROUBLE_LOG_SILENT, true, 6, 20);
    say(&t, TROUBLE_LOG_SILENT, false, 21, 30);
    say(&t, TROUBLE_ROLE_DOWN, true, 31, 40); /* 9 s: too short */
    say(&t, TROUBLE_ROLE_DOWN, false, 41, 41);
    say(&t, TROUBLE_ROLE_DOWN, true, 42, 60);
    say(&t, TROUBLE_ROLE_DOWN, false, 61, 61);
    assert_string_equal(
        s.text.ptr, "+log-silent/3@6 -log-silent/3@6 +role-down/3@42 -role-down/3@42 ");
    assert_int_equal(t.table.count, 0);
    troubles_fini(&t);
    buf_fini(&s.text);
}

/* When to look although nothing happens. */
static void
test_due(void **state UNUSED)
{
    struct seen s = {0};
    struct troubles t;

    troubles_init(&t, on_change, &s);
    assert_int_equal(troubles_due_us(&t), -1);
    say(&t, TROUBLE_PANIC, true, 1, 5); /* told; its end happens */
    say(&t, TROUBLE_DATABASE, true, 1, 1);
    assert_int_equal(troubles_due_us(&t), -1);
    say(&t, TROUBLE_BANS_FULL, true, 3, 7); /* lingers for 60 s */
    assert_int_equal(troubles_due_us(&t), 67 * SECOND_US);
    say(&t, TROUBLE_ROLE_DOWN, true, 31, 32); /* told after 10 s */
    assert_int_equal(troubles_due_us(&t), 41 * SECOND_US);
    buf_clear(&s.text);
    say(&t, TROUBLE_ROLE_DOWN, true, 41, 41);
    assert_string_equal(s.text.ptr, "+role-down/3@31 ");
    assert_int_equal(troubles_due_us(&t), 67 * SECOND_US);
    buf_clear(&s.text);
    say(&t, TROUBLE_BANS_FULL, false, 67, 67);
    assert_string_equal(s.text.ptr, "-bans-full/3@3 ");
    assert_int_equal(troubles_due_us(&t), -1);
    troubles_fini(&t);
    buf_fini(&s.text);
}

static void
test_lingers_and_stays(void **state UNUSED)
{
    struct seen s = {0};
    struct troubles t;

    troubles_init(&t, on_change, &s);
    say(&t, TROUBLE_LIMIT, true, 1, 1);
    say(&t, TROUBLE_LIMIT, false, 2, 3599);
    say(&t, TROUBLE_LIMIT, true, 3600, 3600); /* again: the hour begins anew */
    say(&t, TROUBLE_LIMIT, false, 3601, 7199);
    assert_string_equal(s.text.ptr, "+limit/3@1 ");
    say(&t, TROUBLE_LIMIT, false, 7200, 7300);
    say(&t, TROUBLE_DATABASE, true, 7300, 7300);
    say(&t, TROUBLE_DATABASE, false, 7301, 7310);
    trouble_is(&t, TROUBLE_DATABASE, 3, false, INT64_MAX / 2);
    assert_string_equal(s.text.ptr, "+limit/3@1 -limit/3@1 +database/3@7300 ");
    buf_clear(&s.text);
    say(&t, TROUBLE_ROLE_DOWN, true, 7300, 7301); /* not told yet */
    troubles_each(&t, on_change, &s);
    assert_string_equal(s.text.ptr, "+database/3@7300 ");
    troubles_fini(&t);
    buf_fini(&s.text);
}

static void
test_bounded(void **state UNUSED)
{
    struct seen s = {0};
    struct troubles t;

    troubles_init(&t, on_change, &s);
    for (unsigned i = 0; i < TROUBLES_MAX + 5; i++)
        trouble_is(&t, TROUBLE_LIMIT, (uint16_t)i, true, 1);
    assert_int_equal(t.table.count, TROUBLES_MAX);
    assert_int_equal(t.left_out, 5);
    troubles_fini(&t);
    buf_fini(&s.text);
}

static void
test_names(void **state UNUSED)
{
    for (int i = 0; i < TROUBLE_KINDS; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(trouble_name((enum trouble_kind)i),
                                    trouble_name((enum trouble_kind)k));
    assert_string_equal(trouble_name(TROUBLE_KINDS), "?");
    assert_string_equal(trouble_text(TROUBLE_KINDS), "?");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_told_once), TEST(test_due),
                                       TEST(test_lingers_and_stays), TEST(test_bounded),
                                       TEST(test_names)};

    return RUN(tests);
}
