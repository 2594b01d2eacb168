#include "ctl/replay_batch.h"

#include "base/mem.h"
#include "decide/decide.h"
#include "unit.h"

enum { LONGEST = EVENT_ACCOUNT_MAX }; /* EVENT_TEXT_MAX is the same */

/* A hit with one text of `len` bytes in each place. */
static struct match_hit
found(const char *text, size_t len)
{
    struct span s = {text, len};

    return (struct match_hit){.kind = EVENT_AUTH_FAIL,
                              .is_failure = true,
                              .filter = 3,
                              .account = s,
                              .recipient = s,
                              .detail = s,
                              .fid = s};
}

/* What was there is gone when the line is: the batch has its own. */
static void
test_copies(void **state UNUSED)
{
    struct replay_batch *b = mem_zalloc(1, sizeof(*b));
    struct replay_hit *hit = mem_zalloc(1, sizeof(*hit));
    char text[] = "anna bert", address[] = "192.0.2.7", network[] = "192.0.2.0/24";

    hit->time_us = 77;
    hit->count = hit->other_count = 1;
    hit->hits[0] = (struct match_hit){.kind = EVENT_AUTH_OK,
                                      .account = {text, 4},
                                      .recipient = {text + 5, 4},
                                      .detail = {text, sizeof(text) - 1}};
    hit->others[0] = found(text, 4);
    assert_true(addr_parse(span_of(address), &hit->hits[0].peer));
    assert_true(addr_parse_prefix(span_of(network), &hit->others[0].peer));
    assert_true(replay_batch_add(b, hit));
    hit->time_us = 78;
    hit->other_count = 0;
    assert_true(replay_batch_add(b, hit));
    memset(text, 'x', sizeof(text));
    assert_int_equal(b->line_count, 2);
    assert_int_equal(b->event_count, 3);
    assert_true(b->lines[0].time_us == 77 && b->lines[0].first == 0);
    assert_true(b->lines[0].count == 1 && b->lines[0].other_count == 1);
    assert_true(b->lines[1].time_us == 78 && b->lines[1].first == 2);
    assert_true(b->lines[1].count == 1 && b->lines[1].other_count == 0);
    assert_span(b->events[0].account, "anna");
    assert_span(b->events[0].recipient, "bert");
    assert_span(b->events[0].detail, "anna bert");
    assert_span(b->events[0].id, "");
    assert_span(b->events[1].id, "anna");
    assert_int_equal(b->events[0].kind, EVENT_AUTH_OK);
    assert_int_equal(b->events[0].source, DECIDE_ANY_SOURCE);
    assert_true(b->events[0].time_us == 77 && b->events[2].time_us == 78);
    assert_false(b->events[0].is_failure);
    assert_true(b->events[1].is_failure && b->events[1].filter == 3);
    assert_int_equal(b->events[0].peer.family, 4);
    assert_int_equal(b->events[1].peer.family, 0); /* of a network nobody counts */
    replay_batch_clear(b);
    assert_int_equal(b->line_count + b->event_count + b->texts_len, 0);
    mem_free(hit);
    mem_free(b);
}

static size_t
fill(struct replay_batch *b, const struct replay_hit *hit)
{
    size_t lines = 0;

    replay_batch_clear(b);
    while (replay_batch_add(b, hit))
        lines++;
    assert_int_equal(b->line_count, lines);
    assert_int_equal(b->event_count, lines * (hit->count + hit->other_count));
    return lines;
}

/* Each of the three bounds; what has no room leaves the batch as it was. */
static void
test_bounds(void **state UNUSED)
{
    struct replay_batch *b = mem_zalloc(1, sizeof(*b));
    struct replay_hit *hit = mem_zalloc(1, sizeof(*hit));
    char text[LONGEST];

    memset(text, 'x', sizeof(text));
    hit->count = 1;
    hit->hits[0] = found(text, 1);
    assert_int_equal(fill(b, hit), REPLAY_BATCH_LINES);
    hit->hits[0] = found(text, LONGEST);
    assert_int_equal(fill(b, hit), REPLAY_BATCH_TEXTS / (4 * LONGEST));
    assert_int_equal(b->texts_len, REPLAY_BATCH_TEXTS);
    hit->count = hit->other_count = MATCH_HITS_MAX; /* the most that a line can have */
    for (size_t i = 0; i < MATCH_HITS_MAX; i++)
        hit->hits[i] = hit->others[i] = found(text, 0);
    assert_int_equal(fill(b, hit), REPLAY_BATCH_EVENTS / (2 * MATCH_HITS_MAX));
    for (size_t i = 0; i < MATCH_HITS_MAX; i++)
        hit->hits[i] = hit->others[i] = found(text, LONGEST);
    assert_int_equal(fill(b, hit),
                     REPLAY_BATCH_TEXTS / (2 * MATCH_HITS_MAX * 4 * (size_t)LONGEST));
    mem_free(hit);
    mem_free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_copies),
        TEST(test_bounds),
    };

    return RUN(tests);
}
