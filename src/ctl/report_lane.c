#include "ctl/report_lane.h"

#include "base/mem.h"
#include "ctl/log_reader.h"

enum {
    BATCH_LINES = 64,
    BATCH_TEXTS = LOG_READER_LINE_MAX, /* bytes */
};

/* What one of the takers has to do with a batch. */
struct step {
    struct crew_job job;
    const struct report_batch *batch;
    const struct report_takers *takers;
    size_t taker;
};

struct report_batch {
    struct step steps[REPORT_TAKERS_MAX];
    size_t line_count, texts_len;
    struct report_lane_line lines[BATCH_LINES];
    char texts[BATCH_TEXTS];
};

static void
run_step(void *ctx)
{
    const struct step *s = ctx;

    for (size_t i = 0; i < s->batch->line_count; i++)
        s->takers->take[s->taker](s->takers->ctx, &s->batch->lines[i]);
}

static void
begin_batch(struct report_lane *l, struct report_batch *b)
{
    for (size_t i = 0; i < l->takers.count; i++) {
        b->steps[i] = (struct step){.batch = b, .takers = &l->takers, .taker = i};
        b->steps[i].job = (struct crew_job){.run = run_step, .ctx = &b->steps[i]};
    }
}

void
report_lane_init(struct report_lane *l, const struct report_takers *takers,
                 unsigned cores)
{
    *l = (struct report_lane){.takers = *takers};
    must(takers->count <= REPORT_TAKERS_MAX);
    crew_init(&l->crew, cores > 1 ? cores - 1 : 0);
    l->count = crew_has_helpers(&l->crew) ? REPORT_LANE_BATCHES : 1;
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

struct report_lane_line *
report_lane_room(struct report_lane *l, struct span raw, const struct line *line)
{
    struct report_batch *b = &l->batches[l->at];
    struct report_lane_line *one;

    must(raw.len <= BATCH_TEXTS);
    if (b->line_count == BATCH_LINES || raw.len > BATCH_TEXTS - b->texts_len) {
        hand_over(l);
        b = &l->batches[l->at];
    }
    one = &b->lines[b->line_count];
    one->raw = raw;
    one->said.line = *line;
    if (crew_has_helpers(&l->crew) && raw.len) {
        one->raw.ptr = memcpy(b->texts + b->texts_len, raw.ptr, raw.len);
        b->texts_len += raw.len;
        move_line(&one->said.line, raw, one->raw.ptr);
    }
    return one;
}

void
report_lane_add(struct report_lane *l)
{
    struct report_batch *b = &l->batches[l->at];

    if (crew_has_helpers(&l->crew)) {
        b->line_count++;
        return;
    }
    for (size_t i = 0; i < l->takers.count; i++)
        l->takers.take[i](l->takers.ctx, b->lines);
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
