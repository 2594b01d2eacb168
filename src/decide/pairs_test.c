/* Which pairs may have something to take back, by windows. */
#include "unit.h"

#include "base/clock.h"
#include "decide/pairs.h"

enum { WINDOW_S = 100 };

static const struct row {
    enum { NOTE, ASK, BLIND, SHIFT } what;
    uint64_t pair;
    int64_t time_s;
    bool may;
} rows[] = {
    {ASK, 5, 1000, false},
    {NOTE, 5, 1000, false},
    {ASK, 5, 1000, true},
    {ASK, 6, 1000, false},
    {ASK, 5 + (1 << 19), 1000, true}, /* shares the bit */
    {NOTE, 6, 1101, false},           /* a window later */
    {ASK, 5, 1101, true},             /* which may count still, if it was noted late */
    {ASK, 6, 1101, true},
    {NOTE, 7, 1202, false},
    {ASK, 5, 1202, false},
    {ASK, 6, 1202, true},
    {SHIFT, 0, 50, false},
    {NOTE, 8, 1300, false}, /* 98 s after the change */
    {ASK, 6, 1300, true},
    {BLIND, 0, 0, false},
    {ASK, 5, 1300, true},
    {ASK, 5, 1400, true},
    {ASK, 5, 1401, false},
    {ASK, 8, 1401, true},
};

static void
test_rows(void **state UNUSED)
{
    struct pairs p;

    pairs_init(&p, WINDOW_S * SECOND_US);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];

        if (row->what == NOTE)
            pairs_note(&p, row->pair, row->time_s * SECOND_US);
        if (row->what == BLIND)
            pairs_blind(&p);
        if (row->what == SHIFT)
            pairs_shift(&p, row->time_s * SECOND_US);
        if (row->what != ASK)
            continue;
        if (pairs_may_have(&p, row->pair, row->time_s * SECOND_US) != row->may)
            print_error("row %zu\n", i);
        assert_int_equal(pairs_may_have(&p, row->pair, row->time_s * SECOND_US),
                         row->may);
    }
    pairs_fini(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows)};

    return RUN(tests);
}
