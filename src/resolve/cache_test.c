#include "resolve/cache.h"

#include "base/clock.h"
#include "unit.h"

static struct resolve_key
key(unsigned n)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "n%u.example.org", n);
    return resolve_key_of(HOST_TXT, span_of(name));
}

static void
keep(struct resolve_cache *c, unsigned n, struct span records)
{
    struct resolve_key k = key(n);

    resolve_cache_keep(c, &k,
                       &(struct resolve_answer){
                           .outcome = RESOLVE_FOUND, .ttl_s = 60, .records = records},
                       0);
}

static bool
has(const struct resolve_cache *c, unsigned n, int64_t now_us)
{
    struct resolve_answer found;
    struct resolve_key k = key(n);
    struct buf records = {0};
    bool is_there = resolve_cache_find(c, &k, now_us, &found, &records);

    buf_fini(&records);
    return is_there;
}

static void
test_find(void **state UNUSED)
{
    struct resolve_key k = key(1),
                       other = resolve_key_of(HOST_MX, SPAN("n1.example.org"));
    struct resolve_answer found;
    struct resolve_cache c;
    struct buf records = {0};

    resolve_cache_init(&c);
    keep(&c, 1, SPAN("old"));
    keep(&c, 1, SPAN("some bytes"));
    assert_int_equal(c.bytes, 10);
    assert_true(resolve_cache_find(&c, &k, 20 * SECOND_US, &found, &records));
    assert_int_equal(found.ttl_s, 40);
    assert_true(span_eq(found.records, SPAN("some bytes")));
    assert_false(resolve_cache_find(&c, &other, 0, &found, &records));
    assert_true(has(&c, 1, 60 * SECOND_US - 1));
    assert_false(has(&c, 1, 60 * SECOND_US));
    buf_fini(&records);
    resolve_cache_fini(&c);
}

/* By number, and by bytes. */
static void
test_bounds(void **state UNUSED)
{
    static const char large[RESOLVE_RECORDS_BYTES];
    struct resolve_cache c;

    resolve_cache_init(&c);
    for (unsigned i = 0; i <= RESOLVE_CACHE_MAX; i++)
        keep(&c, i, SPAN("x"));
    assert_int_equal(c.table.count, RESOLVE_CACHE_MAX);
    assert_false(has(&c, 0, 0));
    assert_true(has(&c, 1, 0));
    for (unsigned i = 0; i < 600; i++) {
        keep(&c, i, (struct span){large, sizeof(large)});
        assert_in_range(c.bytes, 1, RESOLVE_CACHE_BYTES);
    }
    assert_false(has(&c, 0, 0));
    assert_true(has(&c, 599, 0));
    resolve_cache_fini(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_find), TEST(test_bounds)};

    return RUN(tests);
}
