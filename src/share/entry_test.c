#include "share/entry.h"

#include "unit.h"

static const struct hash_key key = {1, 2}, other = {1, 3};
static const struct entry_head triplets = {ENTRY_TRIPLETS, 7, 9, 1800000000};

static void
fill(struct buf *b)
{
    entry_begin(b, &triplets);
    entry_add_triplet(b, &(struct entry_triplet){1, 2, 3, 4, 5, 1, 1});
    entry_add_triplet(b, &(struct entry_triplet){UINT64_MAX, UINT64_MAX, UINT32_MAX,
                                                 UINT32_MAX, UINT16_MAX, UINT8_MAX,
                                                 UINT8_MAX});
}

static void
test_triplets(void **state UNUSED)
{
    struct entry_triplet t;
    struct entry_head head;
    struct buf b = {0};
    struct span body;

    fill(&b);
    assert_int_equal(entry_records(ENTRY_TRIPLETS, b.len), 2);
    entry_seal(&b, key);
    assert_true(entry_open(buf_span(&b), key, &head, &body));
    assert_true(head.kind == ENTRY_TRIPLETS && head.life == 7 && head.seq == 9 &&
                head.time_s == 1800000000);
    assert_true(entry_next_triplet(&body, &t));
    assert_true(t.a == 1 && t.b == 2 && t.first_s == 3 && t.last_s == 4 && t.count == 5 &&
                t.kind == 1 && t.flags == 1);
    assert_true(entry_next_triplet(&body, &t));
    assert_true(t.a == UINT64_MAX && t.b == UINT64_MAX && t.first_s == UINT32_MAX &&
                t.last_s == UINT32_MAX && t.count == UINT16_MAX && t.kind == UINT8_MAX &&
                t.flags == UINT8_MAX);
    assert_false(entry_next_triplet(&body, &t));
    buf_fini(&b);
}

static void
test_others(void **state UNUSED)
{
    struct entry_count c;
    struct entry_want w;
    struct entry_head head;
    struct buf b = {0};
    struct span body;

    entry_begin(&b, &(struct entry_head){ENTRY_COUNTS, 1, 1, -5});
    entry_add_count(&b, &(struct entry_count){1, 2, 3, 4});
    entry_seal(&b, key);
    assert_true(entry_open(buf_span(&b), key, &head, &body));
    assert_int_equal(head.time_s, -5);
    assert_true(entry_next_count(&body, &c));
    assert_true(c.limit == 1 && c.key == 2 && c.amount == 3 && c.time_s == 4);
    assert_false(entry_next_count(&body, &c));
    buf_clear(&b);
    entry_begin(&b, &(struct entry_head){ENTRY_WANT, 1, 1, 0});
    entry_add_want(&b, &(struct entry_want){8, -1});
    entry_seal(&b, key);
    assert_true(entry_open(buf_span(&b), key, &head, &body));
    assert_true(entry_next_want(&body, &w));
    assert_true(w.request == 8 && w.since_s == -1);
    assert_false(entry_next_want(&body, &w));
    buf_fini(&b);
}

/* The longest one is as long as it may be, and no more. */
static void
test_longest(void **state UNUSED)
{
    struct entry_triplet t = {0};
    struct entry_head head;
    struct buf b = {0};
    struct span body;

    entry_begin(&b, &triplets);
    for (int i = 0; i < ENTRY_RECORDS_MAX; i++)
        entry_add_triplet(&b, &t);
    entry_seal(&b, key);
    assert_true(b.len <= ENTRY_MAX);
    assert_true(entry_open(buf_span(&b), key, &head, &body));
    buf_fini(&b);
}

/* Every byte that is another, every byte less, every byte more, and another key. */
static void
test_forged(void **state UNUSED)
{
    struct entry_head head;
    struct buf b = {0};
    struct span body;

    fill(&b);
    entry_seal(&b, key);
    assert_false(entry_open(buf_span(&b), other, &head, &body));
    for (size_t i = 0; i < b.len; i++) {
        b.ptr[i] ^= 1;
        assert_false(entry_open(buf_span(&b), key, &head, &body));
        b.ptr[i] ^= 1;
        assert_false(entry_open(span_head(buf_span(&b), i), key, &head, &body));
    }
    assert_true(entry_open(buf_span(&b), key, &head, &body));
    buf_add_byte(&b, 0);
    assert_false(entry_open(buf_span(&b), key, &head, &body));
    buf_fini(&b);
}

/* Signed, and all the same none. */
static void
test_broken(void **state UNUSED)
{
    static const struct {
        size_t at;
        char byte;
    } rows[] = {{0, 'X'}, {4, 0}, {4, ENTRY_KINDS}, {4, -1}, {4, ENTRY_COUNTS}, {7, 1}};
    struct entry_head head;
    struct span body;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b = {0};

        fill(&b);
        b.ptr[rows[i].at] = rows[i].byte;
        entry_seal(&b, key);
        assert_false(entry_open(buf_span(&b), key, &head, &body));
        buf_fini(&b);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_triplets), TEST(test_others),
                                       TEST(test_longest), TEST(test_forged),
                                       TEST(test_broken)};

    return RUN(tests);
}
