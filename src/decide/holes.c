#include "decide/holes.h"

#include "base/mem.h"
#include "decide/decide.h"

/* The holes of one ban, in the order they were opened in. */
struct list {
    struct hole *holes;
    uint32_t count, room;
};

void
holes_init(struct holes *h)
{
    *h = (struct holes){0};
    table_init(&h->bans, sizeof(struct ban_key), sizeof(struct list), HOLES_MAX);
    table_init(&h->known, sizeof(struct addr), sizeof(uint32_t), HOLES_MAX);
}

void
holes_fini(struct holes *h)
{
    for (struct list *l = table_oldest(&h->bans); l; l = table_next(&h->bans, l))
        mem_free(l->holes);
    table_fini(&h->bans);
    table_fini(&h->known);
    *h = (struct holes){0};
}

static struct hole *
find_exact(const struct list *l, const struct addr *who)
{
    for (uint32_t i = 0; l && i < l->count; i++)
        if (addr_eq(&l->holes[i].who, who))
            return &l->holes[i];
    return NULL;
}

static void
add(struct list *l, const struct hole *hole)
{
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 4;
        l->holes = mem_realloc(l->holes, l->room, sizeof(*l->holes));
    }
    l->holes[l->count++] = *hole;
}

enum hole_opened
holes_open(struct holes *h, const struct ban_key *ban, const struct hole *hole)
{
    struct list *l = table_find(&h->bans, ban);
    uint32_t *known;

    if (find_exact(l, &hole->who))
        return HOLE_THERE;
    if (h->count == HOLES_MAX || (l && l->count == HOLES_OF_BAN_MAX)) {
        h->full++;
        return HOLE_FULL;
    }
    l = table_put(&h->bans, ban);
    known = table_put(&h->known, &hole->who);
    must(l && known); /* neither has more entries than there are holes */
    add(l, hole);
    ++*known;
    h->count++;
    return HOLE_OPENED;
}

bool
holes_close(struct holes *h, const struct hole_key *key)
{
    struct list *l = table_find(&h->bans, &key->ban);
    struct hole *hole = find_exact(l, &key->who);
    uint32_t *known = table_find(&h->known, &key->who);
    size_t behind;

    if (!hole)
        return false;
    behind = (size_t)(&l->holes[l->count] - hole) - 1;
    memmove(hole, hole + 1, behind * sizeof(*hole));
    h->count--;
    if (--*known == 0)
        table_remove(&h->known, known);
    if (--l->count == 0) {
        mem_free(l->holes);
        table_remove(&h->bans, l);
    }
    return true;
}

const struct hole *
holes_of(const struct holes *h, const struct ban_key *ban, uint32_t *count)
{
    const struct list *l = table_find(&h->bans, ban);

    *count = l ? l->count : 0;
    return l ? l->holes : NULL;
}

const struct hole *
holes_find(const struct holes *h, const struct ban_key *ban, const struct addr *who)
{
    const struct list *l = table_find(&h->bans, ban);
    const struct hole *hole = find_exact(l, who);
    struct addr wider;

    if (hole || who->family != 6 || who->bits <= 64)
        return hole;
    wider = addr_mask(*who, 64);
    return find_exact(l, &wider);
}

bool
holes_know(const struct holes *h, const struct addr *who)
{
    return table_find(&h->known, who) != NULL;
}

void
holes_shift(struct holes *h, int64_t delta_us)
{
    for (struct list *l = table_oldest(&h->bans); l; l = table_next(&h->bans, l))
        for (uint32_t i = 0; i < l->count; i++)
            l->holes[i].since_us += delta_us;
}

static void
each_of(const struct decide *d, const struct addr *prefix, holes_around_fn *fn, void *ctx)
{
    struct ban_key key = {.who = *prefix};

    for (size_t i = 0; i <= d->config->jail_count; i++) {
        const struct ban *ban;

        key.jail = decide_jail_at(d, i);
        ban = decide_has_bans(d, key.jail) ? decide_find_ban(d, &key) : NULL;
        if (ban && ban->mode == JAIL_ENFORCE)
            fn(ctx, &key, ban);
    }
}

void
holes_each_around(const struct decide *d, const struct addr *who, holes_around_fn *fn,
                  void *ctx)
{
    for (unsigned bits = who->bits; bits-- > 0;) {
        struct addr prefix = addr_mask(*who, bits);

        each_of(d, &prefix, fn, ctx);
    }
}

struct looking {
    const struct decide *decide;
    const struct addr *who;
    int64_t now_us, longest_us;
    bool is_held;
};

static void
look(void *ctx, const struct ban_key *key, const struct ban *ban)
{
    struct looking *l = ctx;
    int64_t left_us = ban->until_us < 0 ? -1 : ban->until_us - l->now_us;

    if (ban->until_us >= 0 && left_us <= 0)
        return; /* over, and about to be ended */
    if (addr_eq(&key->who, l->who) || !holes_find(&l->decide->holes, key, l->who))
        l->is_held = true;
    if (left_us < 0 || (l->longest_us >= 0 && left_us > l->longest_us))
        l->longest_us = left_us;
}

int64_t
holes_remaining(const struct decide *d, const struct addr *who, int64_t now_us)
{
    struct looking l = {.decide = d, .who = who, .now_us = now_us};

    if (!holes_know(&d->holes, who))
        return 0;
    each_of(d, who, look, &l);
    if (!l.is_held)
        holes_each_around(d, who, look, &l);
    return l.is_held ? 0 : l.longest_us;
}

const char *
holes_by_text(unsigned by)
{
    static const char *const texts[HOLE_BYS] = {
        [HOLE_BY_HAND] = "by hand",
        [HOLE_BY_ACCOUNT] = "by hand, for an account",
        [HOLE_BY_LOGIN] = "for a login from there",
    };

    return by < HOLE_BYS ? texts[by] : "by somebody";
}
