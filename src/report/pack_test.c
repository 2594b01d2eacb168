#include "report/best.h"
#include "report/pack.h"

#include "unit.h"

/* Numbers of every length come back, also the last one of a file; none of them is read
 * beyond the end. */
static void
test_numbers(void **state UNUSED)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        for (int less = 0; less < 2; less++) {
            uint64_t n = (UINT64_C(1) << bit) - (uint64_t)less, first = 0, last = 0;
            struct buf bytes = {0};
            struct pack out = {.out = &bytes}, in = {0}, cut = {0};
            size_t len;

            pack_u64(&out, &n);
            len = bytes.len;
            pack_u64(&out, &n);
            in.in = buf_span(&bytes);
            pack_u64(&in, &first);
            assert_int_equal(in.in.len, len);
            pack_u64(&in, &last);
            assert_true(first == n && last == n && !in.is_bad && in.in.len == 0);
            cut.in = span_head(buf_span(&bytes), len - 1);
            pack_u64(&cut, &last);
            assert_true(cut.is_bad && last == 0);
            buf_fini(&bytes);
        }
    }
}

/* What no number is: more than 64 bits, or no end. */
static void
test_bad(void **state UNUSED)
{
    static const struct span rows[] = {
        SPAN_INIT("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"),
        SPAN_INIT("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"),
        SPAN_INIT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"),
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct pack p = {.in = rows[i]};
        uint64_t n = 7;

        pack_u64(&p, &n);
        assert_true(p.is_bad && n == 0);
    }
}

static void
value(struct pack *p, void *value)
{
    pack_u64(p, value);
}

/* A table that is only walked is the same, and paid for as the one it was. */
static void
test_walked(void **state UNUSED)
{
    struct texts_budget budgets[3] = {
        {.left = 1 << 20}, {.left = 1 << 20}, {.left = 1 << 20}};
    struct texts t[3];
    struct buf bytes = {0};
    struct pack out = {.out = &bytes};
    char name[24];

    for (size_t k = 0; k < ARRAY_LEN(t); k++)
        texts_init(&t[k], &budgets[k], sizeof(uint64_t), 1000);
    for (unsigned i = 0; i < 700; i++) {
        (void)snprintf(name, sizeof(name), "name%u", i);
        *(uint64_t *)texts_put(&t[0], span_of(name)) = i;
    }
    pack_texts(&out, &t[0], value);
    for (size_t k = 1; k < ARRAY_LEN(t); k++) {
        struct pack in = {.in = buf_span(&bytes), .is_walked = k == 2};

        pack_texts(&in, &t[k], value);
        assert_true(!in.is_bad && in.in.len == 0);
        assert_int_equal(t[k].count, 700);
        assert_int_equal(budgets[k].left, budgets[0].left);
        assert_span(texts_text(&t[k], 650), "name650");
        assert_int_equal(*(uint64_t *)texts_value(&t[k], 650), 650);
        assert_ptr_equal(texts_find(&t[k], SPAN("name650")), texts_value(&t[k], 650));
        assert_null(texts_find(&t[k], SPAN("name700")));
    }
    buf_fini(&bytes);
    for (size_t k = 0; k < ARRAY_LEN(t); k++)
        texts_fini(&t[k]);
}

/* Few are worth the same as others, or many; some nothing; some are always needed. */
static double
worth(const void *value)
{
    uint64_t n = *(const uint64_t *)value;

    return n >= 1000 ? PACK_ALWAYS : (double)n;
}

static void
fill(struct texts *t, unsigned kind)
{
    char name[24];

    for (unsigned i = 0; i < 900; i++) {
        unsigned mixed = i * 7919 % 900;

        (void)snprintf(name, sizeof(name), "name%u", mixed);
        *(uint64_t *)texts_put(t, span_of(name)) =
            kind == 0   ? i % 2 * mixed % 50
            : kind == 1 ? i
            : kind == 2 ? 1
                        : i % 300 + (i % 90 == 0 ? 1000U : 0);
    }
}

/* Those of the best, in their order. */
static size_t
pick(const struct texts *t, size_t rows, struct best *best, size_t *worthy)
{
    *best = (struct best){.room = rows};
    *worthy = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        double w = worth(texts_value(t, i));

        if (w <= 0 || w >= PACK_ALWAYS)
            continue;
        ++*worthy;
        if (best_takes(best, t, w, texts_text(t, i)))
            best_put(best, t, w, i);
    }
    return best->count;
}

static size_t
count_always(const struct texts *t)
{
    size_t count = 0;

    for (uint32_t i = 0; i < t->count; i++)
        count += worth(texts_value(t, i)) >= PACK_ALWAYS;
    return count;
}

/* What is left of a table has the same best entries as all of it, and knows how many it
 * has not. */
static void
test_best(void **state UNUSED)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        for (size_t rows = 1; rows <= BEST_MAX; rows++) {
            struct texts_budget budgets[2] = {{.left = 1 << 20}, {.left = 1 << 20}};
            struct texts all, few;
            struct buf bytes = {0};
            struct pack out = {.out = &bytes}, in;
            struct best wanted, got;
            size_t worthy, left;

            texts_init(&all, &budgets[0], sizeof(uint64_t), 1000);
            texts_init(&few, &budgets[1], sizeof(uint64_t), 1000);
            fill(&all, kind);
            pack_texts_best(&out, &all, value, worth);
            in = (struct pack){.in = buf_span(&bytes), .is_walked = true, .rows = rows};
            pack_texts_best(&in, &few, value, worth);
            assert_true(!in.is_bad && in.in.len == 0);
            assert_true(kind == 1 || few.count < all.count);
            assert_int_equal(pick(&few, rows, &got, &left),
                             pick(&all, rows, &wanted, &worthy));
            assert_int_equal(left + few.left_out, worthy);
            assert_int_equal(count_always(&few), count_always(&all));
            for (size_t i = 0; i < got.count; i++) {
                assert_true(span_eq(texts_text(&few, got.picks[i].number),
                                    texts_text(&all, wanted.picks[i].number)));
                assert_true(got.picks[i].worth == wanted.picks[i].worth);
            }
            buf_fini(&bytes);
            texts_fini(&all);
            texts_fini(&few);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_numbers), TEST(test_bad),
                                       TEST(test_walked), TEST(test_best)};

    return RUN(tests);
}
