/* replay_lane: the way from who reads and matches past logs to who decides, on another
 * core where there is one.
 *
 * Lines leave it in the order in which they came. It holds REPLAY_LANE_BATCHES batches
 * and no more: who reads waits when all are full. What `take` changes is its own until
 * replay_lane_finish(); what the reader may know of it meanwhile is the news that `take`
 * gives with each batch.
 *
 *     replay_lane_init(&lane, take, ctx, cores);
 *     while (!lane.news.is_over && read_hit(&hit))
 *         replay_lane_add(&lane, &hit);
 *     replay_lane_finish(&lane);
 */
#pragma once

#include "base/crew.h"
#include "ctl/replay_batch.h"

enum { REPLAY_LANE_BATCHES = 16 };

struct replay_news {
    uint64_t bans; /* by now */
    bool is_over;  /* nothing more is wanted */
};

/* Takes the lines of a batch, in their order; calls come one after the other. */
typedef struct replay_news replay_take_fn(void *ctx, const struct replay_batch *b);

struct replay_lane {
    replay_take_fn *take;
    void *ctx;
    struct crew crew;
    struct crew_row row;
    struct replay_step *steps; /* used in turn */
    size_t count, at;          /* how many; the one that is being filled */
    struct replay_news news;   /* of the last batch that came back */
};

/* An empty lane, which must not move. With `cores` of 1 batches are taken when they are
 * full, by the caller. */
void replay_lane_init(struct replay_lane *l, replay_take_fn *take, void *ctx,
                      unsigned cores);

/* Adds a line with what was found in it; it is copied. May wait for `take`. */
void replay_lane_add(struct replay_lane *l, const struct replay_hit *hit);

/* Hands over what was added: so that it does not wait for more. May wait for `take`. */
void replay_lane_hand_over(struct replay_lane *l);

/* Hands over the rest, waits until all is taken, ends the other thread and frees all but
 * the news. Only once. */
void replay_lane_finish(struct replay_lane *l);
