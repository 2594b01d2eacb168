#include "unit.h"

#include "report/texts.h"

static void
texts_count_by_text(void **state)
{
    struct texts_budget budget = {.left = 1 << 20};
    struct texts t;
    char name[64];
    uint64_t *n;

    (void)state;
    texts_init(&t, &budget, sizeof(uint64_t), 5000);
    assert_null(texts_find(&t, SPAN("nobody")));
    for (unsigned i = 0; i < 9000; i++) {
        int len = snprintf(name, sizeof(name), "user%u@a-rather-long-name.example.com",
                           i % 3000);

        n = texts_put(&t, (struct span){name, (size_t)len});
        assert_non_null(n);
        ++*n;
    }
    assert_int_equal(t.count, 3000);
    for (uint32_t i = 0; i < t.count; i++)
        assert_int_equal(*(uint64_t *)texts_value(&t, i), 3);
    assert_span(texts_text(&t, 17), "user17@a-rather-long-name.example.com");
    assert_int_equal(budget.dropped, 0);
    n = texts_put(&t, SPAN(""));
    assert_non_null(n);
    assert_ptr_equal(texts_find(&t, SPAN("")), n);
    assert_int_equal(texts_number(&t, n), 3000);
    assert_int_equal(
        texts_number(&t, texts_find(&t, SPAN("user17@a-rather-long-name.example.com"))),
        17);
    texts_fini(&t);
}

static void
expect(const struct texts *t, uint32_t hash)
{
    struct texts_ahead ahead = {0};

    texts_expect(&ahead, t, hash);
    texts_fetch(&ahead);
}

/* Two tables of a budget have one hash of a text; what is expected need not be there. */
static void
texts_by_hash(void **state UNUSED)
{
    struct texts_budget budget = {.left = 1 << 20}, other = {.left = 1 << 20};
    struct texts a, b, c;
    char name[32];

    texts_init(&a, &budget, sizeof(uint64_t), 5000);
    texts_init(&b, &budget, 24, 5000);
    texts_init(&c, &other, 24, 5000);
    for (unsigned i = 0; i < 1000; i++) {
        int len = snprintf(name, sizeof(name), "user%u@example.com", i);
        struct span text = {name, (size_t)len};
        uint32_t hash = texts_hash(&budget, text);

        expect(&a, hash);
        assert_null(texts_find_hashed(&a, text, hash));
        assert_non_null(texts_put_hashed(&a, text, hash));
        assert_non_null(texts_put(&b, text));
        expect(&a, hash);
        assert_ptr_equal(texts_find_hashed(&a, text, hash), texts_find(&a, text));
        assert_ptr_equal(texts_find_hashed(&b, text, hash), texts_find(&b, text));
    }
    assert_int_equal(a.count, 1000);
    assert_int_equal(b.count, 1000);
    assert_int_not_equal(
        memcmp(&budget.short_key, &other.short_key, sizeof(budget.short_key)), 0);
    texts_fini(&a);
    texts_fini(&b);
    texts_fini(&c);
}

/* Room that is made at once costs what it costs by and by, and no more than there is. */
static void
texts_with_room_for_what_comes(void **state)
{
    static const uint32_t counts[] = {0, 1, 64, 65, 3000, 70000};

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        for (size_t left = 1 << 12; left <= 1 << 26; left <<= 7) {
            struct texts_budget before = {.left = left}, grown = {.left = left};
            struct texts a, b;
            char name[16];

            texts_init(&a, &before, 100, 70000);
            texts_init(&b, &grown, 100, 70000);
            texts_reserve(&a, counts[i]);
            for (uint32_t k = 0; k < counts[i]; k++) {
                int len = snprintf(name, sizeof(name), "%u", k);
                struct span text = {name, (size_t)len};
                void *value = texts_append(&a, text);

                if (value)
                    memset(value, 1, 100);
                (void)!texts_append(&b, text);
            }
            if (grown.dropped == 0) { /* else texts may have taken what entries need */
                assert_int_equal(before.left, grown.left);
                assert_int_equal(before.dropped, 0);
                assert_int_equal(a.count, counts[i]);
            }
            assert_int_equal(a.count + before.dropped, counts[i]);
            texts_fini(&a);
            texts_fini(&b);
        }
}

static void
texts_that_are_empty_and_alone(void **state)
{
    struct texts_budget budget = {.left = 1 << 20};
    struct texts t;

    (void)state;
    texts_init(&t, &budget, sizeof(uint64_t), 5000);
    assert_non_null(texts_put(&t, SPAN("")));
    assert_int_equal(texts_text(&t, 0).len, 0);
    texts_fini(&t);
}

static void
texts_drop_and_count_what_finds_no_room(void **state)
{
    struct texts_budget budget = {.left = 1 << 20}, small = {.left = 40};
    struct texts t, u;

    (void)state;
    texts_init(&t, &budget, sizeof(uint64_t), 2);
    assert_non_null(texts_put(&t, SPAN("a")));
    assert_non_null(texts_put(&t, SPAN("b")));
    assert_null(texts_put(&t, SPAN("c")));
    assert_non_null(texts_put(&t, SPAN("a"))); /* known ones go on */
    assert_int_equal(budget.dropped, 1);
    texts_init(&u, &small, sizeof(uint64_t), 1000);
    assert_null(texts_put(&u, SPAN("a")));
    assert_null(texts_find(&u, SPAN("a")));
    assert_int_equal(small.dropped, 1);
    texts_fini(&u);
    texts_fini(&t);
}

static void
texts_that_were_appended_are_found(void **state)
{
    struct texts_budget budget = {.left = 1 << 20};
    struct texts t;
    char name[32];
    uint64_t *n;

    (void)state;
    texts_init(&t, &budget, sizeof(uint64_t), 601);
    for (unsigned i = 0; i < 600; i++) {
        (void)snprintf(name, sizeof(name), "user%u", i);
        n = texts_append(&t, span_of(name));
        assert_non_null(n);
        *n = i;
    }
    assert_int_equal(*(uint64_t *)texts_find(&t, SPAN("user77")), 77);
    assert_null(texts_find(&t, SPAN("user600")));
    n = texts_put(&t, SPAN("user78"));
    assert_int_equal(*n, 78);
    assert_non_null(texts_put(&t, SPAN("user600")));
    assert_null(texts_put(&t, SPAN("user601")));
    assert_int_equal(t.count, 601);
    assert_int_equal(*(uint64_t *)texts_find(&t, SPAN("user599")), 599);
    assert_int_equal(budget.dropped, 1);
    texts_fini(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(texts_by_hash),
        TEST(texts_count_by_text),
        TEST(texts_with_room_for_what_comes),
        TEST(texts_that_are_empty_and_alone),
        TEST(texts_drop_and_count_what_finds_no_room),
        TEST(texts_that_were_appended_are_found),
    };

    return RUN(tests);
}
