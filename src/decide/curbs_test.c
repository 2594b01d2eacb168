#include "unit.h"

#include "decide/curbs.h"

static struct curb_key
hold_of(const char *account)
{
    return curb_key_of(CURB_HOLD, span_of(account));
}

/* It is the same account in any case, and a limit is another thing than a hold. */
static void
test_one(void **state UNUSED)
{
    struct curb_key key = hold_of("Alice@Example.ORG"),
                    same = hold_of("alice@example.org");
    struct curb_key limit = curb_key_of(CURB_LIMIT, SPAN("alice@example.org"));
    struct curb curb = {.since_us = 10, .until_us = 100};
    struct curbs c;

    curbs_init(&c);
    assert_true(span_eq(curb_account(&key), SPAN("alice@example.org")));
    assert_int_equal(curbs_make(&c, &key, &curb, 20), CURB_MADE);
    assert_int_equal(curbs_make(&c, &same, &curb, 99), CURB_THERE);
    assert_non_null(curbs_find(&c, &same, 99));
    assert_null(curbs_find(&c, &limit, 99));
    assert_null(curbs_find(&c, &same, 100));
    assert_int_equal(curbs_make(&c, &same, &curb, 100), CURB_OVER);
    curb.until_us = -1;
    assert_int_equal(curbs_make(&c, &same, &curb, 100), CURB_MADE);
    assert_int_equal(curbs_make(&c, &limit, &curb, 100), CURB_MADE);
    assert_int_equal(curbs_count(&c, CURB_HOLD), 1);
    assert_int_equal(curbs_count(&c, CURB_LIMIT), 1);
    assert_true(curbs_lift(&c, &key));
    assert_false(curbs_lift(&c, &key));
    assert_int_equal(curbs_count(&c, CURB_HOLD), 0);
    curbs_fini(&c);
}

static void
on_end(void *ctx, const struct curb_key *key, const struct curb *curb UNUSED)
{
    buf_add((struct buf *)ctx, curb_account(key));
}

/* Those that are over end, in whatever order they were made; a step of the clock leaves
 * what was left. */
static void
test_ends(void **state UNUSED)
{
    static const struct {
        const char *account;
        int64_t until_us;
    } rows[] = {{"a", 300}, {"b", -1}, {"c", 100}, {"d", 200}};
    struct buf over = {0};
    struct curbs c;

    curbs_init(&c);
    assert_int_equal(curbs_next_end(&c), INT64_MAX);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct curb_key key = hold_of(rows[i].account);

        assert_int_equal(
            curbs_make(&c, &key, &(struct curb){.until_us = rows[i].until_us}, 0),
            CURB_MADE);
    }
    assert_int_equal(curbs_next_end(&c), 100);
    curbs_shift(&c, 1000);
    assert_int_equal(curbs_next_end(&c), 1100);
    curbs_expire(&c, 1099, on_end, &over);
    assert_int_equal(over.len, 0);
    curbs_expire(&c, 1200, on_end, &over);
    assert_string_equal(over.ptr, "cd");
    assert_int_equal(curbs_next_end(&c), 1300);
    curbs_expire(&c, INT64_MAX, on_end, &over);
    assert_string_equal(over.ptr, "cda");
    assert_int_equal(curbs_count(&c, CURB_HOLD), 1);
    buf_fini(&over);
    curbs_fini(&c);
}

/* One more than there may be is not made, and counted; a name is cut to its bound. */
static void
test_full(void **state UNUSED)
{
    char text[2 * EVENT_TEXT_MAX];
    struct curb curb = {.until_us = -1};
    struct curb_key key;
    struct curbs c;

    curbs_init(&c);
    for (unsigned i = 0; i <= CURBS_MAX; i++) {
        (void)snprintf(text, sizeof(text), "account%u", i);
        key = hold_of(text);
        assert_int_equal(curbs_make(&c, &key, &curb, 0),
                         i < CURBS_MAX ? CURB_MADE : CURB_FULL);
    }
    assert_int_equal(c.full, 1);
    key = hold_of("account0");
    assert_int_equal(curbs_make(&c, &key, &curb, 0), CURB_THERE);
    memset(text, 'x', sizeof(text));
    key = curb_key_of(CURB_HOLD, (struct span){text, sizeof(text)});
    assert_int_equal(curb_account(&key).len, EVENT_TEXT_MAX);
    curbs_fini(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_one), TEST(test_ends), TEST(test_full)};

    return RUN(tests);
}
