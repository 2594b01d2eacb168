/* Who logs in again, by the second. */
#include "unit.h"

#include "base/clock.h"
#include "decide/regulars.h"

enum { PAIR = 77, OTHER = 78, SHARER = 77 + 8192 /* of the slot */ };

static struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse(span_of(text), &a));
    return a;
}

static const struct row {
    enum { LOGIN, ENTER, FAIL, CLEAR } what;
    uint64_t pair;
    const char *who;
    int64_t time_s; /* ENTER: until when */
    uint32_t times; /* of LOGIN: what is answered */
    bool is_settled;
} rows[] = {
    {LOGIN, PAIR, "192.0.2.1", 1, 1, false},
    {ENTER, PAIR, "192.0.2.1", 100, 0, false},
    {LOGIN, PAIR, "192.0.2.1", 2, 0, true},
    {LOGIN, PAIR, "192.0.2.1", 99, 0, true},
    {LOGIN, PAIR, "192.0.2.2", 3, 1, false}, /* another address of the place */
    {LOGIN, OTHER, "192.0.2.1", 3, 1, false},
    {LOGIN, PAIR, "192.0.2.1", 100, 3, true}, /* two before changed nothing */
    {ENTER, PAIR, "192.0.2.1", 200, 0, false},
    {LOGIN, PAIR, "192.0.2.1", 101, 0, true},
    {FAIL, PAIR, "192.0.2.9", 0, 0, false}, /* from wherever in the place */
    {LOGIN, PAIR, "192.0.2.1", 102, 2, false},
    {ENTER, PAIR, "192.0.2.1", 200, 0, false},
    {FAIL, OTHER, "192.0.2.1", 0, 0, false},
    {LOGIN, PAIR, "192.0.2.1", 103, 0, true},
    {ENTER, SHARER, "192.0.2.1", 200, 0, false},
    {LOGIN, PAIR, "192.0.2.1", 104, 1, false},
    {LOGIN, SHARER, "192.0.2.1", 104, 0, true},
    {CLEAR, 0, "192.0.2.1", 0, 0, false},
    {LOGIN, SHARER, "192.0.2.1", 105, 1, false},
    {ENTER, PAIR, "2001:db8::1", 200, 0, false},
    {LOGIN, PAIR, "2001:db8::2", 106, 1, false},
    {LOGIN, PAIR, "2001:db8::1", 106, 0, true},
    {ENTER, PAIR, "2001:db8::1", 0, 0, false}, /* the next one may change something */
    {LOGIN, PAIR, "2001:db8::1", 107, 1, true},
};

static void
test_rows(void **state UNUSED)
{
    struct regulars r;

    regulars_init(&r);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct addr who = address(row->who);
        struct regulars_news news;

        if (row->what == ENTER)
            regulars_enter(&r, row->pair, &who, row->time_s * SECOND_US);
        if (row->what == FAIL)
            regulars_forget(&r, row->pair);
        if (row->what == CLEAR)
            regulars_clear(&r);
        if (row->what != LOGIN)
            continue;
        assert_int_equal(regulars_know(&r, row->pair, &who, row->time_s * SECOND_US),
                         row->times == 0);
        news = regulars_take(&r, row->pair, &who, row->time_s * SECOND_US);
        if (news.times != row->times || news.is_settled != row->is_settled)
            print_error("row %zu: %u %d\n", i, news.times, news.is_settled);
        assert_int_equal(news.times, row->times);
        assert_int_equal(news.is_settled, row->is_settled);
    }
    regulars_fini(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows)};

    return RUN(tests);
}
