#include "ctl/replay_lane.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

#include "unit.h"

enum { LINES = 20 * REPLAY_BATCH_LINES * REPLAY_LANE_BATCHES + 7 };

struct taker {
    struct replay_lane lane;
    size_t taken; /* lines */
    bool is_wrong;
    size_t over_at; /* after so many lines nothing more is wanted; 0: never */
    atomic_size_t added;
    size_t most; /* lines that were on their way */
};

static struct replay_news
take(void *ctx, const struct replay_batch *b)
{
    struct taker *t = ctx;
    size_t on_way = atomic_load(&t->added) - t->taken;
    char text[32];

    t->most = on_way > t->most ? on_way : t->most;
    for (size_t i = 0; i < b->line_count; i++) {
        const struct replay_line *line = &b->lines[i];
        int len = snprintf(text, sizeof(text), "account %zu", t->taken);

        t->is_wrong |=
            line->time_us != (int64_t)t->taken || line->count != 1 ||
            !span_eq(b->events[line->first].account, (struct span){text, (size_t)len});
        t->taken++;
    }
    return (struct replay_news){.bans = t->taken,
                                .is_over = t->over_at && t->taken >= t->over_at};
}

/* Adds lines until nobody wants more; returns how many. */
static size_t
add_lines(struct taker *t, size_t count)
{
    static struct replay_hit hit;
    char text[32];
    size_t n = 0;

    for (; n < count && !t->lane.news.is_over; n++) {
        int len = snprintf(text, sizeof(text), "account %zu", n);

        hit.time_us = (int64_t)n;
        hit.count = 1;
        hit.hits[0] =
            (struct match_hit){.is_failure = true, .account = {text, (size_t)len}};
        replay_lane_add(&t->lane, &hit);
        atomic_fetch_add(&t->added, 1);
        memset(text, 'x', sizeof(text)); /* the log reads on */
    }
    return n;
}

/* All lines, in their order, whoever takes them; and no more than there is room for at a
 * time. */
static void
test_order(void **state UNUSED)
{
    for (unsigned cores = 0; cores <= 3; cores++) {
        struct taker t = {0};
        size_t room = REPLAY_BATCH_LINES * (size_t)(cores > 1 ? REPLAY_LANE_BATCHES : 1);

        replay_lane_init(&t.lane, take, &t, cores);
        assert_int_equal(add_lines(&t, LINES), LINES);
        replay_lane_finish(&t.lane);
        assert_int_equal(t.taken, LINES);
        assert_int_equal(t.lane.news.bans, LINES);
        assert_false(t.is_wrong);
        assert_true(t.most <= room);
    }
}

/* Who takes wants no more: the reader hears of it, at the latest when the lane is full.
 */
static void
test_over(void **state UNUSED)
{
    for (unsigned cores = 1; cores <= 2; cores++) {
        struct taker t = {.over_at = (size_t)3 * REPLAY_BATCH_LINES};
        size_t room = REPLAY_BATCH_LINES * (size_t)(cores > 1 ? REPLAY_LANE_BATCHES : 1);

        replay_lane_init(&t.lane, take, &t, cores);
        assert_true(add_lines(&t, LINES) <= t.over_at + room + 1);
        replay_lane_finish(&t.lane);
        assert_true(t.lane.news.is_over);
        assert_true(t.taken >= t.over_at);
    }
}

/* A lane that nothing was added to, and one that was handed over at every line. */
static void
test_hand_over(void **state UNUSED)
{
    for (unsigned cores = 1; cores <= 2; cores++) {
        struct taker t = {0};

        replay_lane_init(&t.lane, take, &t, cores);
        replay_lane_hand_over(&t.lane);
        replay_lane_finish(&t.lane);
        assert_int_equal(t.taken, 0);
        t = (struct taker){0};
        replay_lane_init(&t.lane, take, &t, cores);
        assert_int_equal(add_lines(&t, 1), 1);
        assert_int_equal(t.lane.news.bans, 0);
        replay_lane_hand_over(&t.lane);
        if (cores == 1)
            assert_int_equal(t.lane.news.bans, 1);
        replay_lane_hand_over(&t.lane);
        replay_lane_finish(&t.lane);
        assert_int_equal(t.taken, 1);
        assert_false(t.is_wrong);
        assert_int_equal(t.lane.news.bans, 1);
    }
}

/* --- a slow taker --- */

struct slow {
    struct replay_lane lane;
    sem_t go;
    size_t batches;
    bool is_late;
};

static struct replay_news
take_slowly(void *ctx, const struct replay_batch *b UNUSED)
{
    struct slow *s = ctx;
    struct timespec end;

    (void)clock_gettime(CLOCK_REALTIME, &end); /* as sem_timedwait() wants it */
    end.tv_sec += 60;
    s->is_late |= sem_timedwait(&s->go, &end) != 0;
    return (struct replay_news){.bans = ++s->batches};
}

/* The reader goes on while a batch is being taken, until all batches but one are full. */
static void
test_reads_on(void **state UNUSED)
{
    static struct replay_hit hit = {.count = 1};
    struct slow s = {0};

    assert_int_equal(sem_init(&s.go, 0, 0), 0);
    replay_lane_init(&s.lane, take_slowly, &s, 2);
    for (size_t i = 1; i < REPLAY_LANE_BATCHES; i++) {
        replay_lane_add(&s.lane, &hit);
        replay_lane_hand_over(&s.lane); /* would wait for ever */
    }
    assert_int_equal(s.lane.news.bans, 0);
    for (size_t i = 1; i < REPLAY_LANE_BATCHES; i++)
        assert_int_equal(sem_post(&s.go), 0);
    replay_lane_finish(&s.lane);
    assert_false(s.is_late);
    assert_int_equal(s.lane.news.bans, REPLAY_LANE_BATCHES - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_order),
        TEST(test_over),
        TEST(test_hand_over),
        TEST(test_reads_on),
    };

    return RUN(tests);
}
