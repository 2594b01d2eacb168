#include "report/judged_pack.h"

static void
pack_judged_text(struct pack *p, struct judged_text *t)
{
    pack_chars(p, t->text, &t->len, sizeof(t->text));
}

/* None, or an address or network; what else is read is bad. */
static void
pack_addr(struct pack *p, struct addr *a)
{
    struct span bytes = {(const char *)a->bytes, sizeof(a->bytes)};
    uint64_t family = a->family, bits = a->bits;
    struct addr read = {0};

    pack_u64(p, &family);
    pack_u64(p, &bits);
    pack_text(p, &bytes, sizeof(a->bytes));
    if (p->out)
        return;
    p->is_bad |= (family != 0 && family != 4 && family != 6) ||
                 bits > (family == 4 ? 32 : 128) || bytes.len != sizeof(read.bytes);
    if (p->is_bad)
        return;
    read.family = (uint8_t)family;
    read.bits = (uint8_t)bits;
    memcpy(read.bytes, bytes.ptr, sizeof(read.bytes));
    *a = addr_mask(read, read.bits);
}

static void
pack_rule(struct pack *p, struct judged_rule *r)
{
    pack_judged_text(p, &r->name);
    pack_word(p, &r->kind);
    pack_bool(p, &r->is_observed);
    pack_u64(p, &r->bans);
    pack_u64(p, &r->alerts);
    pack_i64(p, &r->first_us);
    pack_i64(p, &r->last_us);
}

static void
pack_group(struct pack *p, struct judged_group *g)
{
    pack_judged_text(p, &g->rule);
    pack_judged_text(p, &g->account);
    pack_addr(p, &g->network);
    pack_word(p, &g->kind);
    pack_u64(p, &g->attempts);
    pack_u32(p, &g->addresses);
    pack_u32(p, &g->networks);
    pack_u32(p, &g->accounts);
    pack_i64(p, &g->first_us);
    pack_i64(p, &g->last_us);
}

static void
pack_alert(struct pack *p, struct judged_alert *a)
{
    pack_word(p, &a->note);
    pack_judged_text(p, &a->account);
    pack_judged_text(p, &a->address);
    pack_u32(p, &a->count);
    pack_i64(p, &a->time_us);
}

static void
pack_rules(struct pack *p, struct judged *j)
{
    uint64_t count = j->rule_count;

    pack_count(p, &count, JUDGED_RULES_MAX);
    j->rule_count = p->is_bad ? 0 : count;
    for (size_t i = 0; i < j->rule_count; i++)
        pack_rule(p, &j->rules[i]);
}

static void
pack_groups(struct pack *p, struct judged *j)
{
    uint64_t count = j->group_count;

    pack_count(p, &count, JUDGED_GROUPS_MAX);
    for (uint64_t i = 0; i < count && !p->is_bad; i++)
        pack_group(p, p->out ? &j->groups[i] : judged_add_group(j));
}

static void
pack_alerts(struct pack *p, struct judged *j)
{
    uint64_t count = j->alert_count;

    pack_count(p, &count, JUDGED_ALERTS_MAX);
    for (uint64_t i = 0; i < count && !p->is_bad; i++)
        pack_alert(p, p->out ? &j->alerts[i] : judged_add_alert(j));
}

void
judged_pack(struct pack *p, struct judged *j)
{
    pack_bool(p, &j->is_built_in);
    pack_u64(p, &j->dropped);
    pack_u64(p, &j->events);
    pack_u64(p, &j->unjudged);
    pack_u32(p, &j->breaks);
    pack_rules(p, j);
    pack_groups(p, j);
    pack_alerts(p, j);
}
