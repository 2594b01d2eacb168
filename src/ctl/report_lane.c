#include "ctl/report_lane.h"

#include "base/fetch.h"
#include "base/mem.h"
#include "ctl/log_reader.h"

enum {
    BATCH_LINES = 256,
    /* Alone: what is done with a batch, one taker after the other, is to find its
     * instructions in the cache, and the batch to stay there. */
    ALONE_LINES = 64,
    BATCH_TEXTS = LOG_READER_LINE_MAX, /* bytes */
    TEXT_AHEAD = 256,                  /* bytes of the next text that are fetched */
};

/* What one of the takers has to do with a batch. */
struct step {
    struct crew_job job;
    const struct report_batch *batch;
    size_t taker;
    size_t count;
    uint8_t wanted[BATCH_LINES]; /* numbers of lines */
};

struct report_batch {
    struct report_lane *lane;
    struct crew_job reading;
    struct crew_row row; /* of the reading alone: batches may be read at the same time */
    struct step steps[REPORT_TAKERS_MAX];
    size_t line_count, texts_len;
    struct report_lane_line lines[BATCH_LINES];
    char texts[BATCH_TEXTS];
};

_Static_assert(BATCH_LINES <= UINT8_MAX + 1, "a line's number is a byte");

/* --- a batch --- */

/* Reads all lines, and tells who wants which: a line that somebody does not want need not
 * come to where he works. */
static void
read_batch(void *ctx)
{
    struct report_batch *b = ctx;
    const struct report_takers *t = &b->lane->takers;

    for (size_t k = 0; k < t->count; k++)
        b->steps[k].count = 0;
    for (size_t i = 0; i < b->line_count; i++) {
        unsigned wanted = t->read(t->ctx, &b->lines[i]);

        for (size_t k = 0; k < t->count; k++) {
            struct step *s = &b->steps[k];

            s->wanted[s->count] = (uint8_t)i;
            s->count += wanted >> k & 1;
        }
    }
}

static void
expect_text(struct span text)
{
    fetch_to_read(text.ptr, span_head(text, TEXT_AHEAD).len);
}

/* Some of the lines that a step is about. */
struct taken {
    const struct report_lane_line *lines[REPORT_TAKEN_MAX];
    size_t count;
};

static void
next_lines(const struct step *s, size_t from, struct taken *t)
{
    size_t left = s->count - from;

    t->count = left < REPORT_TAKEN_MAX ? left : REPORT_TAKEN_MAX;
    for (size_t i = 0; i < t->count; i++)
        t->lines[i] = &s->batch->lines[s->wanted[from + i]];
}

/* The texts of these lines and the lines that come next are fetched: they may lie in the
 * cache of another core, which is as far away as memory. */
static void
expect_lines(const struct taken *now, const struct taken *next)
{
    for (size_t i = 0; i < now->count; i++)
        expect_text(now->lines[i]->raw);
    for (size_t i = 0; i < next->count; i++)
        fetch_to_read(next->lines[i], sizeof(*next->lines[i]));
}

static void
run_step(void *ctx)
{
    const struct step *s = ctx;
    const struct report_lane *lane = s->batch->lane;
    const struct report_takers *t = &lane->takers;
    bool is_far = crew_has_helpers(&lane->crew);
    struct taken now, next;

    next_lines(s, 0, &next);
    for (size_t at = 0; at < s->count; at += now.count) {
        now = next;
        next_lines(s, at + now.count, &next);
        if (is_far)
            expect_lines(&now, &next);
        t->take[s->taker](t->ctx, now.lines, now.count);
    }
}

static void
begin_batch(struct report_lane *l, struct report_batch *b)
{
    b->lane = l;
    b->reading = (struct crew_job){.run = read_batch, .ctx = b};
    b->row.rank = (uint8_t)l->takers.count;
    for (size_t i = 0; i < l->takers.count; i++) {
        b->steps[i].batch = b;
        b->steps[i].taker = i;
        b->steps[i].job =
            (struct crew_job){.run = run_step, .ctx = &b->steps[i], .after = &b->reading};
    }
}

void
report_lane_init(struct report_lane *l, const struct report_takers *takers,
                 unsigned cores)
{
    *l = (struct report_lane){.takers = *takers};
    must(takers->count > 0 && takers->count <= REPORT_TAKERS_MAX);
    crew_init(&l->crew, cores > 1 ? cores - 1 : 0);
    for (size_t i = 0; i < takers->count; i++)
        l->rows[i].rank = (uint8_t)i;
    l->count = crew_has_helpers(&l->crew) ? REPORT_LANE_BATCHES : 1;
    l->batch_lines = crew_has_helpers(&l->crew) ? BATCH_LINES : ALONE_LINES;
    l->batches = mem_zalloc(l->count, sizeof(*l->batches));
    for (size_t i = 0; i < l->count; i++)
        begin_batch(l, &l->batches[i]);
}

/* --- lines --- */

static void
wait_for(struct report_lane *l, const struct report_batch *b)
{
    for (size_t i = 0; i < l->takers.count; i++)
        crew_wait(&l->crew, &b->steps[i].job);
}

/* Makes the next batch the one that is filled. */
static void
hand_over(struct report_lane *l)
{
    struct report_batch *b = &l->batches[l->at];

    crew_post(&l->crew, &b->row, &b->reading);
    for (size_t i = 0; i < l->takers.count; i++)
        crew_post(&l->crew, &l->rows[i], &b->steps[i].job);
    l->at = (l->at + 1) % l->count;
    b = &l->batches[l->at];
    wait_for(l, b);
    b->line_count = b->texts_len = 0;
}

/* A part of `raw` lies in `to` now. */
static void
move(struct span *part, struct span raw, const char *to)
{
    if (part->ptr)
        part->ptr = to + (part->ptr - raw.ptr);
}

static void
move_line(struct line *line, struct span raw, const char *to)
{
    move(&line->date, raw, to);
    move(&line->host, raw, to);
    move(&line->tag, raw, to);
    move(&line->pid, raw, to);
    move(&line->level, raw, to);
    move(&line->message, raw, to);
    move(&line->body, raw, to);
}

/* Where the next line belongs, with texts that lie elsewhere. */
static struct report_lane_line *
new_line(struct report_lane *l, struct span raw, const struct line *line)
{
    struct report_batch *b = &l->batches[l->at];
    struct report_lane_line *one = &b->lines[b->line_count];

    one->raw = raw;
    one->said.line = *line;
    return one;
}

struct report_lane_line *
report_lane_room(struct report_lane *l, struct span raw, const struct line *line)
{
    struct report_batch *b = &l->batches[l->at];
    struct report_lane_line *one;

    must(raw.len <= BATCH_TEXTS);
    if (b->line_count == l->batch_lines || raw.len > BATCH_TEXTS - b->texts_len) {
        hand_over(l);
        b = &l->batches[l->at];
    }
    one = new_line(l, raw, line);
    if (crew_has_helpers(&l->crew) && b->line_count + 1 < BATCH_LINES)
        fetch_to_write(one + 1, sizeof(*one)); /* no other core has it then */
    if (raw.len) {
        one->raw.ptr = memcpy(b->texts + b->texts_len, raw.ptr, raw.len);
        b->texts_len += raw.len;
        move_line(&one->said.line, raw, one->raw.ptr);
    }
    return one;
}

struct report_lane_line *
report_lane_lend(struct report_lane *l, struct span raw, const struct line *line)
{
    if (crew_has_helpers(&l->crew))
        return report_lane_room(l, raw, line);
    if (l->batches[l->at].line_count == l->batch_lines)
        hand_over(l);
    return new_line(l, raw, line);
}

void
report_lane_release(struct report_lane *l)
{
    if (!crew_has_helpers(&l->crew) && l->batches[l->at].line_count)
        hand_over(l);
}

void
report_lane_add(struct report_lane *l)
{
    l->batches[l->at].line_count++;
}

void
report_lane_finish(struct report_lane *l)
{
    hand_over(l);
    for (size_t i = 0; i < l->count; i++)
        wait_for(l, &l->batches[i]);
    crew_fini(&l->crew);
    mem_free(l->batches);
    l->batches = NULL;
}
