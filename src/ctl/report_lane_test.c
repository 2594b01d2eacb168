#include "ctl/report_lane.h"

#include "ctl/log_reader.h"
#include "unit.h"

enum { LINES = 5000, LONGEST = LOG_READER_LINE_MAX };

/* What one of the takers has seen. The first wants all lines, the second one of two, the
 * third one of three. */
struct seen {
    unsigned lines;
    bool is_wrong;
};

struct takers {
    struct seen seen[REPORT_TAKERS_MAX];
};

/* The text of line `number`; some are as long as a line may be. */
static struct span
text_of(unsigned number, char text[LONGEST])
{
    int n = snprintf(text, LONGEST, "Nov 22 10:00:00 mx postfix/smtpd[%u]: line %u ",
                     number + 1, number);

    if (number % 500)
        return (struct span){text, (size_t)n};
    memset(text + n, 'a' + (char)(number / 500), LONGEST - (size_t)n);
    return (struct span){text, LONGEST};
}

/* What it says is its number. */
static unsigned
read_line(void *ctx UNUSED, struct report_lane_line *l)
{
    l->said.times = (uint32_t)l->wall_us;
    return 1U | (unsigned)(l->wall_us % 2 == 0) << 1 |
           (unsigned)(l->wall_us % 3 == 0) << 2;
}

static void
take_one(struct takers *t, unsigned taker, const struct report_lane_line *l)
{
    struct seen *s = &t->seen[taker];
    unsigned number = s->lines * (taker + 1);
    char text[LONGEST];
    struct span raw = text_of(number, text);
    struct line line;

    line_split(raw, &line);
    s->is_wrong |=
        l->wall_us != (int64_t)number || l->said.times != number ||
        !span_eq(l->raw, raw) || !span_eq(l->said.line.message, line.message) ||
        !span_eq(l->said.line.pid, line.pid) || !span_eq(l->said.line.host, line.host) ||
        !span_eq(l->said.line.body, line.body) || l->said.line.level.len;
    s->lines++;
}

static void
take(struct takers *t, unsigned taker, const struct report_lane_line *const *lines,
     size_t count)
{
    t->seen[taker].is_wrong |= count == 0 || count > REPORT_TAKEN_MAX;
    for (size_t i = 0; i < count; i++)
        take_one(t, taker, lines[i]);
}

static void
take_first(void *ctx, const struct report_lane_line *const *lines, size_t count)
{
    take(ctx, 0, lines, count);
}

static void
take_second(void *ctx, const struct report_lane_line *const *lines, size_t count)
{
    take(ctx, 1, lines, count);
}

static void
take_third(void *ctx, const struct report_lane_line *const *lines, size_t count)
{
    take(ctx, 2, lines, count);
}

/* Texts that are lent lie in one buffer, as those of a log do, which is filled anew. */
struct buffer {
    char bytes[4 * LONGEST];
    size_t len;
};

static struct span
lend(struct report_lane *lane, struct buffer *b, struct span raw)
{
    if (sizeof(b->bytes) - b->len < raw.len) {
        report_lane_release(lane);
        memset(b->bytes, '?', sizeof(b->bytes));
        b->len = 0;
    }
    memcpy(b->bytes + b->len, raw.ptr, raw.len);
    b->len += raw.len;
    return (struct span){b->bytes + b->len - raw.len, raw.len};
}

static void
add_lines(struct report_lane *lane, bool are_lent)
{
    static char text[LONGEST];
    static struct buffer buffer;

    for (unsigned i = 0; i < LINES; i++) {
        struct span raw = text_of(i, text);
        struct report_lane_line *l;
        struct line line;

        if (are_lent)
            raw = lend(lane, &buffer, raw);
        line_split(raw, &line);
        l = are_lent ? report_lane_lend(lane, raw, &line)
                     : report_lane_room(lane, raw, &line);
        l->wall_us = (int64_t)i;
        report_lane_add(lane);
        memset(text, '?', 64);
    }
    report_lane_release(lane);
}

/* All lines for each taker, in their order, whoever takes them; the log reads on. */
static void
test_order(void **state UNUSED)
{
    for (unsigned round = 0; round <= 11; round++) { /* cores, and lent or not */
        struct takers t = {0};
        struct report_lane lane;

        report_lane_init(
            &lane,
            &(struct report_takers){
                &t, read_line, 1 + round % 3, {take_first, take_second, take_third}},
            round / 2);
        add_lines(&lane, round % 2);
        report_lane_finish(&lane);
        for (size_t k = 0; k < REPORT_TAKERS_MAX; k++) {
            unsigned wanted = (LINES + (unsigned)k) / ((unsigned)k + 1);

            assert_int_equal(t.seen[k].lines, k <= round % 3 ? wanted : 0);
            assert_false(t.seen[k].is_wrong);
        }
    }
}

/* Nothing was read. */
static void
test_empty(void **state UNUSED)
{
    for (unsigned cores = 1; cores <= 3; cores++) {
        struct takers t = {0};
        struct report_lane lane;

        report_lane_init(&lane, &(struct report_takers){&t, read_line, 1, {take_first}},
                         cores);
        report_lane_finish(&lane);
        assert_int_equal(t.seen[0].lines, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_order), TEST(test_empty)};

    return RUN(tests);
}
