#include "enforce/protect.h"

#include "base/clock.h"
#include "base/mem.h"
#include "enforce/rung.h"

#define YEAR_S (INT64_C(366) * 86400)

/* Addresses that are nobody's to ban, whatever the configuration says. */
static const struct {
    struct addr prefix;
    enum outcome outcome;
} classes[] = {
    {{4, 8, {127}}, OUTCOME_LOOPBACK},
    {{6, 128, {[15] = 1}}, OUTCOME_LOOPBACK},
    {{4, 8, {0}}, OUTCOME_UNSPECIFIED},
    {{6, 128, {0}}, OUTCOME_UNSPECIFIED},
    {{4, 4, {224}}, OUTCOME_MULTICAST},
    {{6, 8, {0xFF}}, OUTCOME_MULTICAST},
    {{4, 32, {255, 255, 255, 255}}, OUTCOME_BROADCAST},
    {{4, 16, {169, 254}}, OUTCOME_LINK_LOCAL},
    {{6, 10, {0xFE, 0x80}}, OUTCOME_LINK_LOCAL},
};

void
protect_init(struct protect *p, const struct config *c)
{
    *p = (struct protect){.config = c, .credit_us = SECOND_US};
}

void
protect_fini(struct protect *p)
{
    hosts_fini(&p->own);
    hosts_fini(&p->gateways);
    hosts_fini(&p->allowed);
    *p = (struct protect){0};
}

void
hosts_fini(struct hosts *h)
{
    mem_free(h->list);
    *h = (struct hosts){0};
}

bool
hosts_has(const struct hosts *h, const struct addr *a)
{
    for (uint32_t i = 0; i < h->count; i++)
        if (addr_eq(&h->list[i], a))
            return true;
    return false;
}

bool
hosts_add(struct hosts *h, const struct addr *a)
{
    if (hosts_has(h, a))
        return false;
    if (h->count == PROTECT_HOSTS_MAX) {
        h->dropped++;
        return false;
    }
    if (h->count == h->room) {
        h->room = h->room ? h->room * 2 : 16;
        h->list = mem_realloc(h->list, h->room, sizeof(*h->list));
    }
    h->list[h->count++] = *a;
    return true;
}

static bool
hosts_contain(const struct hosts *h, const struct addr *a)
{
    for (uint32_t i = 0; i < h->count; i++)
        if (addr_contains(&h->list[i], a))
            return true;
    return false;
}

/* The invariants of struct addr, checked again: a broken judge is no reason to trust
 * it. */
static bool
is_well_formed(const struct addr *a)
{
    struct addr again;

    if (a->family != 4 && a->family != 6)
        return false;
    if (a->bits > addr_width(a))
        return false;
    again = addr_from_bytes(a->family, a->bytes);
    if (addr_is_host(a))
        return addr_eq(&again, a);
    again = *a;
    again.bits = (uint8_t)addr_width(a);
    again = addr_mask(again, a->bits);
    return addr_eq(&again, a);
}

static enum outcome
configured(const struct config *c, const struct addr *who)
{
    static const enum outcome outcomes[] = {[PROTECT_ALLOW] = OUTCOME_ALLOW_LIST,
                                            [PROTECT_MYNETWORKS] = OUTCOME_MYNETWORKS,
                                            [PROTECT_RELAYHOST] = OUTCOME_RELAYHOST,
                                            [PROTECT_RESOLVER] = OUTCOME_RESOLVER};

    for (size_t i = 0; i < c->protect_count; i++)
        if (addr_contains(&c->protect[i].prefix, who))
            return (size_t)c->protect[i].why < ARRAY_LEN(outcomes)
                       ? outcomes[c->protect[i].why]
                       : OUTCOME_ALLOW_LIST;
    return OUTCOME_DONE;
}

enum outcome
protect_look(const struct protect *p, const struct addr *who)
{
    for (size_t i = 0; i < ARRAY_LEN(classes); i++)
        if (addr_overlaps(&classes[i].prefix, who))
            return classes[i].outcome;
    if (hosts_contain(&p->own, who))
        return OUTCOME_OWN;
    if (hosts_contain(&p->gateways, who))
        return OUTCOME_GATEWAY;
    if (hosts_contain(&p->allowed, who))
        return OUTCOME_ALLOW_LIST;
    return configured(p->config, who);
}

static void
hosts_remove(struct hosts *h, const struct addr *a)
{
    for (uint32_t i = 0; i < h->count; i++) {
        if (!addr_eq(&h->list[i], a))
            continue;
        h->list[i] = h->list[--h->count];
        return;
    }
}

bool
protect_allow(struct protect *p, const struct addr *who, bool is_gone)
{
    if (who->family && !is_well_formed(who))
        return false;
    p->has_new_allowed = true;
    if (!who->family) {
        hosts_fini(&p->allowed);
        return true;
    }
    if (is_gone)
        hosts_remove(&p->allowed, who);
    else
        return hosts_add(&p->allowed, who) || hosts_has(&p->allowed, who);
    return true;
}

/* A second's worth of bans at once at most; what is taken is paid back by time. */
static bool
take_token(struct protect *p, int64_t now_us)
{
    uint32_t per_s = p->config->limits.bans_per_s;
    int64_t cost_us = per_s ? SECOND_US / per_s : SECOND_US;
    int64_t gone_us = now_us > p->last_us ? now_us - p->last_us : 0;

    if (per_s == 0)
        return false;
    p->last_us = now_us;
    p->credit_us =
        gone_us >= SECOND_US - p->credit_us ? SECOND_US : p->credit_us + gone_us;
    if (p->credit_us < cost_us)
        return false;
    p->credit_us -= cost_us;
    return true;
}

/* `max_s` negative: no limit but that of the kernel's milliseconds. */
static int64_t
cut_time(int64_t max_s, int64_t remaining_s)
{
    if (max_s >= 0 && (remaining_s < 0 || remaining_s > max_s))
        remaining_s = max_s;
    if (remaining_s > PROTECT_YEARS_MAX * YEAR_S)
        remaining_s = PROTECT_YEARS_MAX * YEAR_S;
    return remaining_s;
}

static bool
is_time(int64_t remaining_s)
{
    return remaining_s > 0 || remaining_s == CONFIG_FOREVER_S;
}

enum outcome
may_hole(const struct addr *who, int64_t *remaining_s)
{
    if (!is_well_formed(who) || !is_time(*remaining_s))
        return OUTCOME_BAD;
    if (!rung_has_hole(who))
        return OUTCOME_NO_RUNG;
    *remaining_s = cut_time(-1, *remaining_s);
    return OUTCOME_DONE;
}

enum outcome
may_ban(struct protect *p, const struct wire_ban *b, int64_t now_us, int64_t *remaining_s)
{
    const struct config *c = p->config;
    enum outcome outcome;

    if (!is_well_formed(&b->who) || b->scope >= c->scope_count)
        return OUTCOME_BAD;
    if (!is_time(b->remaining_s))
        return OUTCOME_BAD;
    outcome = protect_look(p, &b->who);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!rung_has(&b->who))
        return OUTCOME_NO_RUNG;
    if (b->who.bits < (b->who.family == 4 ? c->limits.min_bits4 : c->limits.min_bits6))
        return OUTCOME_TOO_WIDE;
    if (p->unmetered)
        p->unmetered--;
    else if (!take_token(p, now_us))
        return OUTCOME_RATE;
    *remaining_s = cut_time(c->limits.max_bantime_s, b->remaining_s);
    return OUTCOME_DONE;
}
