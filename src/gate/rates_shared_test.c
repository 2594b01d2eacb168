#include "gate/rates.h"

#include "unit.h"

enum { NOW_S = 1800000000, HOUR_S = 3600 };

static const struct hash_key shared = {1, 2};

struct told {
    struct rates *other;
    uint32_t amount;
    int64_t at_s;
};

static void
on_told(void *ctx, const struct rates *r, const struct addr *key, uint32_t amount,
        int64_t now_s)
{
    struct told *t = ctx;

    assert_int_equal(r->id, 7);
    t->amount += amount;
    t->at_s = now_s;
    if (t->other)
        rates_merge(t->other, key, amount, now_s, now_s);
}

static struct rate_spec
spec_of(const char *limit, const char *per)
{
    struct rate_spec spec;
    struct buf why = {0};

    assert_true(
        rate_spec_read(SPAN("client"), span_of(limit), span_of(per), &spec, &why));
    buf_fini(&why);
    return spec;
}

static struct addr
key_of(const struct rates *r)
{
    struct gate_request request = {0};
    struct addr key;

    assert_true(addr_parse(SPAN("192.0.2.7"), &request.client));
    assert_true(rates_key(r, &request, &key));
    return key;
}

/* Two hosts with one limit: six here and five there are one too many, exactly and by the
 * estimate. */
static void
test_together(void **state UNUSED)
{
    static const struct {
        const char *limit;
        const char *unit;
        uint64_t each, before; /* amount; how often before it is too much */
    } rows[] = {
        {"10", "recipients/1h", 1, 10},
        {"1000", "recipients/1h", 1, 1000},
        {"10K", "bytes/1h", 1024, 10},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct rate_spec spec = spec_of(rows[i].limit, rows[i].unit);
        struct rates one, other;
        struct told told = {.other = &other}, back = {.other = &one};
        struct rates_watch watch = {on_told, &told}, watch_back = {on_told, &back};
        struct addr key;
        uint64_t n = 0;

        rates_init(&one, &spec, NULL);
        rates_init(&other, &spec, NULL);
        rates_share(&one, shared, 7, &watch);
        rates_share(&other, shared, 7, &watch_back);
        key = key_of(&one);
        assert_true(addr_eq(&key, &(struct addr){0}) == false);
        for (; n < rows[i].before; n++)
            assert_false(rates_add(n % 2 ? &one : &other, &key, rows[i].each, NOW_S));
        assert_true(rates_is_full(&one, &key, NOW_S));
        assert_true(rates_is_full(&other, &key, NOW_S));
        assert_true(rates_add(&one, &key, rows[i].each, NOW_S));
        assert_true(rates_is_over(&other, &key, NOW_S));
        assert_int_equal(told.amount + back.amount, rows[i].before + 1);
        rates_fini(&one);
        rates_fini(&other);
    }
}

/* What is too old, too much, or from a clock that is ahead. */
static void
test_strange(void **state UNUSED)
{
    struct rate_spec spec = spec_of("10", "recipients/1h");
    struct rates r;
    struct addr key;

    rates_init(&r, &spec, NULL);
    rates_share(&r, shared, 7, NULL);
    key = key_of(&r);
    rates_merge(&r, &key, 100, NOW_S - HOUR_S - 1, NOW_S);
    rates_merge(&r, &key, 0, NOW_S, NOW_S);
    assert_false(rates_is_full(&r, &key, NOW_S));
    rates_merge(&r, &key, UINT32_MAX, NOW_S + 100000, NOW_S);
    assert_true(rates_is_over(&r, &key, NOW_S));
    assert_false(rates_is_over(&r, &key, NOW_S + HOUR_S + 1)); /* counted as of now */
    rates_fini(&r);
}

/* The same secret gives the same keys on all hosts, another one others. */
static void
test_keys(void **state UNUSED)
{
    struct rate_spec spec = spec_of("10", "recipients/1h");
    struct rates one, other;
    struct addr a, b;

    rates_init(&one, &spec, NULL);
    rates_init(&other, &spec, NULL);
    a = key_of(&one);
    b = key_of(&other);
    assert_false(addr_eq(&a, &b)); /* random ones */
    rates_share(&one, shared, 7, NULL);
    rates_share(&other, shared, 7, NULL);
    a = key_of(&one);
    b = key_of(&other);
    assert_true(addr_eq(&a, &b));
    rates_fini(&one);
    rates_fini(&other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_together), TEST(test_strange),
                                       TEST(test_keys)};

    return RUN(tests);
}
