#include "ctl/replay_lane.h"

#include "base/mem.h"

struct replay_step {
    struct crew_job job;
    struct replay_lane *lane;
    struct replay_news news; /* of this batch, once the job is done */
    struct replay_batch batch;
};

static void
run_step(void *ctx)
{
    struct replay_step *s = ctx;

    s->news = s->lane->take(s->lane->ctx, &s->batch);
}

void
replay_lane_init(struct replay_lane *l, replay_take_fn *take, void *ctx, unsigned cores)
{
    *l = (struct replay_lane){.take = take, .ctx = ctx};
    /* One takes, one reads ahead. */
    crew_init(&l->crew, cores > 2 ? 2 : cores > 1);
    /* Of those taken at once one is enough, and stays in the cache. */
    l->count = crew_has_helpers(&l->crew) ? REPLAY_LANE_BATCHES : 1;
    l->steps = mem_zalloc(l->count, sizeof(*l->steps));
    for (size_t i = 0; i < l->count; i++) {
        l->steps[i].lane = l;
        l->steps[i].job = (struct crew_job){.run = run_step, .ctx = &l->steps[i]};
    }
}

/* Makes the step free that is to be filled next. */
static void
take_back(struct replay_lane *l)
{
    struct replay_step *s = &l->steps[l->at];

    crew_wait(&l->crew, &s->job);
    if (s->batch.line_count)
        l->news = s->news;
    replay_batch_clear(&s->batch);
}

void
replay_lane_hand_over(struct replay_lane *l)
{
    struct replay_step *s = &l->steps[l->at];

    if (s->batch.line_count == 0)
        return;
    crew_post(&l->crew, &l->row, &s->job);
    l->at = (l->at + 1) % l->count;
    take_back(l);
}

void
replay_lane_add(struct replay_lane *l, const struct replay_hit *hit)
{
    if (replay_batch_add(&l->steps[l->at].batch, hit))
        return;
    replay_lane_hand_over(l);
    must(replay_batch_add(&l->steps[l->at].batch, hit));
}

void
replay_lane_finish(struct replay_lane *l)
{
    replay_lane_hand_over(l);
    for (size_t i = 1; i < l->count; i++) { /* the oldest first */
        l->at = (l->at + 1) % l->count;
        take_back(l);
    }
    crew_fini(&l->crew);
    mem_free(l->steps);
    l->steps = NULL;
}
