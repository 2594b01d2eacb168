#include "ctl/replay_batch.h"

#include "base/mem.h"
#include "decide/decide.h"

enum { EVENT_TEXTS_MAX = EVENT_ACCOUNT_MAX + 3 * EVENT_TEXT_MAX }; /* as matcher.h says */

_Static_assert(REPLAY_BATCH_EVENTS >= 2 * MATCH_HITS_MAX &&
                   REPLAY_BATCH_TEXTS >= 2 * MATCH_HITS_MAX * EVENT_TEXTS_MAX,
               "a line fits");

static size_t
texts_of(const struct match_hit *hits, size_t count)
{
    size_t len = 0;

    for (size_t i = 0; i < count; i++)
        len += hits[i].account.len + hits[i].recipient.len + hits[i].detail.len +
               hits[i].fid.len;
    return len;
}

static struct span
copy(struct replay_batch *b, struct span text)
{
    char *to = b->texts + b->texts_len;

    if (text.len == 0)
        return (struct span){0};
    must(text.len <= REPLAY_BATCH_TEXTS - b->texts_len);
    memcpy(to, text.ptr, text.len);
    b->texts_len += text.len;
    return (struct span){to, text.len};
}

static void
add_event(struct replay_batch *b, const struct replay_hit *hit,
          const struct match_hit *found)
{
    struct event *e = &b->events[b->event_count++];

    *e = (struct event){.kind = found->kind,
                        .is_failure = found->is_failure,
                        .filter = found->filter,
                        .source = DECIDE_ANY_SOURCE,
                        .time_us = hit->time_us};
    /* A network (<SUBNET>) is counted as one, and comes from nowhere. */
    if (found->peer.family && addr_is_host(&found->peer))
        e->peer = found->peer;
    else
        e->key = found->peer;
    e->id = copy(b, found->fid);
    e->account = copy(b, found->account);
    e->recipient = copy(b, found->recipient);
    e->detail = copy(b, found->detail);
}

bool
replay_batch_add(struct replay_batch *b, const struct replay_hit *hit)
{
    size_t texts =
        texts_of(hit->hits, hit->count) + texts_of(hit->others, hit->other_count);

    if (b->line_count == REPLAY_BATCH_LINES ||
        hit->count + hit->other_count > REPLAY_BATCH_EVENTS - b->event_count ||
        texts > REPLAY_BATCH_TEXTS - b->texts_len)
        return false;
    b->lines[b->line_count++] =
        (struct replay_line){.time_us = hit->time_us,
                             .first = (uint16_t)b->event_count,
                             .count = (uint16_t)hit->count,
                             .other_count = (uint16_t)hit->other_count};
    for (size_t i = 0; i < hit->count; i++)
        add_event(b, hit, &hit->hits[i]);
    for (size_t i = 0; i < hit->other_count; i++)
        add_event(b, hit, &hit->others[i]);
    return true;
}

void
replay_batch_clear(struct replay_batch *b)
{
    b->line_count = b->event_count = b->texts_len = 0;
}
