#include "source/tail_files.h"

/* Reads to the end and commits; the lines go to w->got, each behind a blank. */
static void
drain(struct world *w)
{
    struct tail_chunk chunk;
    struct span lines, line;

    while (world_read(w, &chunk)) {
        lines = chunk.lines;
        while (span_line(&lines, &line)) {
            buf_add_byte(&w->got, ' ');
            buf_add(&w->got, line);
        }
        assert_true(tail_place_now(&w->tail, chunk.end, &w->place));
    }
    assert_int_equal(w->outcome, TAIL_IDLE);
}

/* `wTEXT`: a line; `r`: rotated; `c`: an empty log. */
static void
run_word(struct world *w, const char *word)
{
    if (word[0] == 'r') {
        world_rename(w);
        return;
    }
    world_append(w, "log", word + 1, strlen(word + 1));
    if (word[0] == 'w')
        world_append(w, "log", "\n", 1);
}

/* The number in front of a line is its time. */
static bool
line_number(void *ctx UNUSED, struct span line, int64_t *time_us)
{
    uint64_t n;

    if (!span_u64(line, 0, INT64_MAX, &n))
        return false;
    *time_us = (int64_t)n;
    return true;
}

/* A log never seen before, and what is in its siblings. */
static void
test_fresh(void **state UNUSED)
{
    static const struct {
        const char *words; /* r between files */
        int64_t since_us;
        bool is_tail;
        const char *lines;
    } rows[] = {
        {"w1 w2 r w3 w4 r w5 w6", 6, false, " 6"},
        {"w1 w2 r w3 w4 r w5 w6", 5, false, " 5 6"},
        {"w1 w2 r w3 w4 r w5 w6", 4, false, " 4 5 6"},
        {"w1 w2 r w3 w4 r w5 w6", 2, false, " 2 3 4 5 6"},
        {"w1 w2 r w3 w4 r w5 w6", 0, false, " 1 2 3 4 5 6"},
        {"w1 w2 r w3 w4 r w5 w6", 7, false, ""},
        {"w1 w2 r w3 w4 r w5 w6", 0, true, ""},
        {"w1 w2 r w3 w4 r c", 4, false, " 4"},
        {"w1 w2 r w3 w4 r", 4, false, " 4"},
        {"w1 r w2 r c r w4", 2, false, " 2 4"},
        {"wx r w3", 2, false, " 3"},
        {"w1 r wx", 0, false, ""},
        {"w1 wx w3 wy", 2, false, " 3 y"},
        {"w9 w1 w2 w3", 2, false, " 9 1 2 3"}, /* an old date behind a young one */
    };
    struct seek seek = {.time = line_number};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world *w = world_new();
        char words[64];
        char *rest = words, *word;

        (void)snprintf(words, sizeof(words), "%s", rows[i].words);
        while ((word = strsep(&rest, " ")))
            run_word(w, word);
        world_offer(w, true);
        seek.since_us = rows[i].since_us;
        seek.is_tail = rows[i].is_tail;
        assert_int_equal(tail_begin(&w->tail, &w->buffer, NULL, &seek), TAIL_FOUND_FRESH);
        drain(w);
        buf_add_text(&w->got, "");
        if (!span_eq(buf_span(&w->got), span_of(rows[i].lines)))
            fail_msg("%s from %lld: %.*s", rows[i].words, (long long)rows[i].since_us,
                     (int)w->got.len, w->got.ptr);
        world_free(w);
    }
}

/* Rotated so quickly that all have one time of change: the order of the offers holds. */
static void
test_one_time(void **state UNUSED)
{
    struct world *w = world_new();

    run_word(w, "w1");
    world_offer(w, true);
    assert_int_equal(world_begin(w, NULL, 9), TAIL_FOUND_FRESH);
    drain(w);
    for (int i = 2; i <= 6; i++) {
        w->clock_s = 5000000;
        world_append(w, "log", &"0123456"[i], 1);
        w->clock_s = 5000000;
        world_append(w, "log", "\n", 1);
        if (i < 6)
            world_rename(w);
    }
    assert_int_equal(world_restart(w), TAIL_FOUND_SIBLING);
    drain(w);
    assert_span(buf_span(&w->got), " 1 2 3 4 5 6");
    world_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_fresh), TEST(test_one_time)};

    return RUN(tests);
}
