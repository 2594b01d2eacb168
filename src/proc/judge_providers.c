#include "judge_providers.h"

#include "base/clock.h"
#include "base/mem.h"
#include "judge_client.h"
#include "wire/meaning.h"

enum { AGAIN_S = 60, KEEP_S = 86400, WHY_MAX = 512 };

static void
arm_due(struct judge_providers *all)
{
    int64_t first_us = INT64_MAX, now_us = clock_boot_us();

    for (size_t i = 0; i < all->count; i++)
        if (!all->list[i].is_asked && all->list[i].due_us < first_us)
            first_us = all->list[i].due_us;
    if (first_us != INT64_MAX)
        loop_timer_set(&all->judge->role.loop, &all->due,
                       first_us > now_us ? first_us - now_us : 0);
}

static void
on_due(void *ctx)
{
    struct judge_providers *all = ctx;
    int64_t now_us = clock_boot_us();

    for (size_t i = 0; i < all->count; i++) {
        struct judge_provider *p = &all->list[i];
        struct host_key name = host_key_of(span_of(p->name));

        if (p->is_asked || p->due_us > now_us)
            continue;
        p->is_asked = true;
        spf_walk_begin(&p->walk, &name);
        judge_ask_provider(all->judge, p);
    }
    arm_due(all);
}

/* Tells decide what all have together, the first names first. */
static void
tell_decide(struct judge_providers *all)
{
    struct addr *list = mem_zalloc(PROVIDERS_PREFIXES_MAX, sizeof(*list));
    size_t count = 0, wanted = 0;

    for (size_t i = 0; i < all->count; i++) {
        const struct judge_provider *p = &all->list[i];

        wanted += p->count;
        for (size_t k = 0; k < p->count && count < PROVIDERS_PREFIXES_MAX; k++)
            list[count++] = p->prefixes[k];
    }
    providers_set(&all->judge->decide.providers, list, count);
    mem_free(list);
    if (wanted > count && !all->is_cut)
        log_line(&all->judge->role.log, LOG_LEVEL_WARNING, "providers-cut",
                 "prefixes=%zu kept=%zu", wanted, count);
    all->is_cut = wanted > count;
}

/* Why there is nothing, or less than there could be; empty: all is there. */
static void
add_why(const struct judge_provider *p, struct buf *out)
{
    if (p->outcome != RESOLVED_FOUND) {
        buf_add_text(out, judge_outcome_text(p->outcome));
    } else if (p->trouble != SPF_WHOLE) {
        buf_add_text(out, spf_trouble_text(p->trouble));
        if (!span_eq_nocase(span_of(p->where.text), span_of(p->name)))
            buf_printf(out, ", of %s", p->where.text);
    }
}

static void
tell_trouble(struct judge_providers *all, struct judge_provider *p)
{
    bool is_unknown = p->count == 0 || p->outcome != RESOLVED_FOUND;
    struct buf why = buf_bounded(WHY_MAX);

    add_why(p, &why);
    if (is_unknown && !p->is_told)
        log_line(&all->judge->role.log, LOG_LEVEL_WARNING, "provider-unknown",
                 "name=%s reason=\"%s\" prefixes=%zu", p->name, why.ptr ? why.ptr : "",
                 p->count);
    p->is_told = is_unknown;
    buf_fini(&why);
}

/* What is known of it is `count` prefixes, which it takes. */
static void
set_prefixes(struct judge_providers *all, struct judge_provider *p, struct addr *prefixes,
             size_t count)
{
    bool is_same =
        count == p->count &&
        (count == 0 || memcmp(prefixes, p->prefixes, count * sizeof(*prefixes)) == 0);

    mem_free(p->prefixes);
    p->prefixes = prefixes;
    p->count = count;
    if (is_same)
        return;
    log_line(&all->judge->role.log, LOG_LEVEL_INFO, "provider", "name=%s prefixes=%zu",
             p->name, count);
    tell_decide(all);
}

/* No server answers, now. */
static void
fail(struct judge_providers *all, struct judge_provider *p, int64_t now_us)
{
    p->outcome = RESOLVED_FAILED;
    p->due_us = now_us + AGAIN_S * SECOND_US;
    if (now_us - p->found_us > KEEP_S * SECOND_US)
        set_prefixes(all, p, NULL, 0);
}

static void
finish(struct judge_providers *all, struct judge_provider *p, int64_t now_us)
{
    struct spf_walk *w = &p->walk;

    p->outcome = RESOLVED_FOUND;
    p->trouble = w->trouble;
    p->where = w->where;
    p->found_us = now_us;
    p->found_at_us = all->judge->now_us;
    p->due_us = now_us + w->ttl_s * SECOND_US; /* in the bounds of all names */
    set_prefixes(all, p, w->prefixes, w->prefix_count);
    w->prefixes = NULL;
}

static void
feed(struct spf_walk *w, const struct names_answer *a)
{
    struct wire_resolved_record m;
    struct span rest = a->records;
    struct wire_frame f;

    for (size_t i = 0; i < a->count; i++)
        spf_walk_address(w, &a->addresses[i]);
    while (rest.len) {
        must(wire_next(&rest, WIRE_RESOLVER_TO_JUDGE, &f) == WIRE_FRAME);
        must(wire_get_resolved_record(f.fields, &m)); /* put there by judge_names */
        spf_walk_text(w, m.data);
        spf_walk_host(w, m.data);
    }
    spf_walk_answered(w, (uint32_t)(a->good_us / SECOND_US));
}

void
judge_take_provider(struct judge *j, struct judge_provider *p,
                    const struct names_answer *a)
{
    struct judge_providers *all = j->providers;
    int64_t now_us = clock_boot_us();

    if (a->outcome != RESOLVED_FAILED) {
        feed(&p->walk, a);
        if (spf_walk_question(&p->walk)) {
            judge_ask_provider(j, p);
            return;
        }
        finish(all, p, now_us);
    } else {
        fail(all, p, now_us);
    }
    spf_walk_fini(&p->walk);
    p->is_asked = false;
    tell_trouble(all, p);
    arm_due(all);
}

void
judge_prepare_providers(struct judge *j)
{
    const struct config *c = &j->role.config;
    struct judge_providers *all;

    if (!config_needs_providers(c))
        return;
    all = j->providers = mem_zalloc(1, sizeof(*all));
    all->judge = j;
    all->due = (struct loop_timer){.fn = on_due, .ctx = all};
    all->count = c->provider_count;
    all->list = mem_zalloc(all->count, sizeof(*all->list));
    for (size_t i = 0; i < all->count; i++)
        all->list[i] = (struct judge_provider){.name = c->providers[i].text,
                                               .outcome = RESOLVED_FAILED};
    on_due(all);
}

/* --- commands --- */

static void
tell(struct judge_client *c, const struct judge_provider *p)
{
    struct buf packet = {0}, why = buf_bounded(WHY_MAX);

    if (p->is_asked && !p->found_us && !p->is_told)
        buf_add_text(&why, "not answered yet");
    else
        add_why(p, &why);
    wire_put_tell_provider(&packet,
                           &(struct wire_tell_provider){.name = span_of(p->name),
                                                        .prefixes = (uint32_t)p->count,
                                                        .found_us = p->found_at_us,
                                                        .why = buf_span(&why)});
    client_queue_row(c, &packet);
    buf_fini(&packet);
    buf_fini(&why);
}

void
client_answer_providers(struct judge_client *c)
{
    const struct judge_providers *all = c->judge->providers;
    const struct providers *known = &c->judge->decide.providers;
    struct buf packet = {0};

    wire_put_tell_providers(
        &packet, &(struct wire_tell_providers){.is_needed = all != NULL,
                                               .prefixes = (uint32_t)known->count,
                                               .passed = known->passed});
    (void)client_queue(c, buf_span(&packet), CLIENT_OUT_MAX); /* the first row */
    buf_fini(&packet);
    for (size_t i = 0; all && i < all->count; i++)
        tell(c, &all->list[i]);
    client_end(c, ANSWER_DONE, c->matched, (struct span){0});
}

void
client_tell_providers(struct judge_client *c, const struct addr *who)
{
    const struct judge_providers *all = c->judge->providers;

    for (size_t i = 0; all && i < all->count; i++)
        for (size_t k = 0; k < all->list[i].count; k++)
            if (addr_overlaps(&all->list[i].prefixes[k], who)) {
                tell(c, &all->list[i]);
                break;
            }
}
