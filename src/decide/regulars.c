#include "decide/regulars.h"

#include "base/clock.h"
#include "base/mem.h"

enum { SLOTS = 8192 }; /* 128 KiB: it is to stay in the cache */

struct regular {
    uint64_t login; /* its tag */
    uint32_t until_s;
    uint32_t more; /* of these logins; its highest bit: it is settled */
};

#define SETTLED (UINT32_C(1) << 31)

void
regulars_init(struct regulars *r)
{
    r->slots = mem_zalloc(SLOTS, sizeof(*r->slots));
}

void
regulars_fini(struct regulars *r)
{
    mem_free(r->slots);
    *r = (struct regulars){0};
}

static struct regular *
slot_of(const struct regulars *r, uint64_t pair)
{
    return &r->slots[pair % SLOTS];
}

/* Of the address only what the place, which is in `pair`, leaves open. */
static uint64_t
tag_of(uint64_t pair, const struct addr *who)
{
    uint64_t host = who->bytes[3];

    if (who->family == 6)
        memcpy(&host, who->bytes + 8, sizeof(host));
    return pair + host * UINT64_C(0x9E3779B97F4A7C15);
}

struct regulars_news
regulars_take(struct regulars *r, uint64_t pair, const struct addr *who, int64_t now_us)
{
    struct regular *one = slot_of(r, pair);
    bool is_settled = one->more & SETTLED;

    if (one->login != tag_of(pair, who))
        return (struct regulars_news){.times = 1};
    one->more += (one->more & ~SETTLED) < SETTLED - 1;
    if (is_settled && one->until_s * SECOND_US > now_us)
        return (struct regulars_news){.is_settled = true};
    return (struct regulars_news){.times = one->more & ~SETTLED,
                                  .is_settled = is_settled};
}

bool
regulars_know(const struct regulars *r, uint64_t pair, const struct addr *who,
              int64_t now_us)
{
    const struct regular *one = slot_of(r, pair);

    return one->login == tag_of(pair, who) && one->more & SETTLED &&
           one->until_s * SECOND_US > now_us;
}

void
regulars_enter(struct regulars *r, uint64_t pair, const struct addr *who,
               int64_t until_us)
{
    if (until_us < 0 || until_us / SECOND_US > UINT32_MAX)
        until_us = 0;
    *slot_of(r, pair) = (struct regular){.login = tag_of(pair, who),
                                         .until_s = (uint32_t)(until_us / SECOND_US),
                                         .more = SETTLED};
}

void
regulars_forget(struct regulars *r, uint64_t pair)
{
    slot_of(r, pair)->more &= ~SETTLED;
}

void
regulars_clear(struct regulars *r)
{
    memset(r->slots, 0, SLOTS * sizeof(*r->slots));
}
