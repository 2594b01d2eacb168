#include "enforce/slots.h"

#include "base/clock.h"
#include "base/mem.h"

enum { BITS4 = 24, BITS6 = 64 };

struct seen {
    struct addr peer;
    uint16_t port;
    uint32_t sample; /* the last with it; 0: none yet */
    uint64_t moved;
    int64_t since_us; /* idle since then */
};

/* One that counts. */
struct held {
    struct addr peer;
    uint16_t port;
    int64_t since_us;
};

void
slots_init(struct slots *s)
{
    *s = (struct slots){0};
    table_init(&s->known, sizeof(uint64_t), sizeof(struct seen), SLOTS_KNOWN_MAX);
}

void
slots_fini(struct slots *s)
{
    table_fini(&s->known);
    *s = (struct slots){0};
}

struct addr
slots_network(const struct addr *who)
{
    return addr_mask(*who, who->family == 4 ? BITS4 : BITS6);
}

void
slots_begin(struct slots *s, int64_t now_us)
{
    s->sample = s->sample == UINT32_MAX ? 1 : s->sample + 1;
    s->before_us = s->now_us;
    s->now_us = now_us;
    s->refused = 0;
}

void
slots_note(struct slots *s, const struct slots_connection *c)
{
    struct seen *seen = table_put(&s->known, &c->cookie);
    uint64_t most =
        SLOTS_BYTES_PER_S * (uint64_t)((s->now_us - s->before_us) / SECOND_US);

    if (!seen) {
        s->refused++;
        return;
    }
    if (seen->sample == 0)
        seen->since_us = s->now_us - c->idle_us;
    else if (c->moved - seen->moved > most)
        seen->since_us = s->now_us;
    seen->peer = c->peer;
    seen->port = c->port;
    seen->moved = c->moved;
    seen->sample = s->sample;
}

/* Those that are gone were used longest ago. */
static void
forget_gone(struct slots *s)
{
    struct seen *seen;

    while ((seen = table_oldest(&s->known)) && seen->sample != s->sample)
        table_remove(&s->known, seen);
}

static int
by_peer(const void *a, const void *b)
{
    const struct held *x = a, *y = b;

    return addr_cmp(&x->peer, &y->peer);
}

/* Those idle long enough, in the order of their addresses. */
static size_t
gather(const struct slots *s, const struct config_slots *c, struct held *out)
{
    int64_t latest_us = s->now_us - SLOTS_SAMPLES * c->every_s * SECOND_US;
    size_t count = 0;

    for (const struct seen *seen = table_oldest(&s->known); seen;
         seen = table_next(&s->known, seen))
        if (seen->since_us <= latest_us)
            out[count++] = (struct held){seen->peer, seen->port, seen->since_us};
    qsort(out, count, sizeof(*out), by_peer);
    return count;
}

/* Those of the first one's address. */
static struct slots_group
take_address(const struct held *held, size_t count)
{
    struct slots_group g = {.who = held[0].peer, .addresses = 1, .since_us = INT64_MAX};

    while (g.count < count && addr_eq(&held[g.count].peer, &g.who)) {
        const struct held *h = &held[g.count++];

        if (h->since_us < g.since_us) {
            g.since_us = h->since_us;
            g.port = h->port;
        }
    }
    return g;
}

/* Counts an address with its network; `*most` are the connections of net->who. */
static void
join(struct slots_group *net, uint32_t *most, const struct slots_group *one)
{
    if (one->count > *most) {
        net->who = one->who;
        *most = one->count;
    }
    if (!net->addresses || one->since_us < net->since_us) {
        net->since_us = one->since_us;
        net->port = one->port;
    }
    net->addresses++;
    net->count += one->count;
}

/* Takes the first one's network: adds to `out` its addresses with many, and itself when
 * the others have many together. How many of `held` that were. */
static size_t
take_network(const struct held *held, size_t count, uint32_t floor,
             struct slots_group *out, size_t *out_count)
{
    struct addr network = slots_network(&held[0].peer);
    struct slots_group net = {0};
    uint32_t most = 0;
    size_t at = 0;

    while (at < count && addr_contains(&network, &held[at].peer)) {
        struct slots_group one = take_address(held + at, count - at);

        at += one.count;
        if (one.count >= floor)
            out[(*out_count)++] = one;
        else
            join(&net, &most, &one);
    }
    if (net.count >= floor * (network.family == 4 ? SLOTS_TIMES4 : SLOTS_TIMES6))
        out[(*out_count)++] = net;
    return at;
}

static int
by_count(const void *a, const void *b)
{
    const struct slots_group *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return addr_cmp(&x->who, &y->who);
}

size_t
slots_end(struct slots *s, const struct config_slots *c, struct slots_group **groups)
{
    struct held *held;
    size_t count, found = 0, at = 0;

    *groups = NULL;
    forget_gone(s);
    s->is_dense = s->known.count >= c->floor;
    if (!s->is_dense) {
        /* What it took in a flood goes back. The next sample learns from the kernel how
         * long each has been idle. */
        table_fini(&s->known);
        table_init(&s->known, sizeof(uint64_t), sizeof(struct seen), SLOTS_KNOWN_MAX);
        return 0;
    }
    s->sampled += s->known.count;
    s->dropped += s->refused;
    held = mem_zalloc(s->known.count, sizeof(*held));
    count = gather(s, c, held);
    /* Each group has `floor` of them, and none is in two. */
    *groups = mem_zalloc(count / c->floor + 1, sizeof(**groups));
    while (at < count)
        at += take_network(held + at, count - at, c->floor, *groups, &found);
    mem_free(held);
    if (found)
        qsort(*groups, found, sizeof(**groups), by_count);
    return found;
}
