/* judge_lists: answers that walk through all bans, in steps, so that a large number does
 * not hold judge up. */
#include "judge_client.h"
#include "judge_ids.h"

enum {
    LIST_STEP_BYTES = 1 << 18,
    LIST_STEP_SLOTS = 4096,
    NAMES_MAX = 256, /* more are of no use to somebody who types */
};

void
client_put_ban(struct judge *j, struct buf *b, const struct ban_key *key,
               const struct ban *ban)
{
    struct buf reason = buf_bounded(1024);
    uint32_t holes;

    (void)holes_of(&j->decide.holes, key, &holes);
    decide_add_reason(&j->decide, &reason, key, ban);
    wire_put_tell_ban(b, &(struct wire_tell_ban){
                             .jail = span_of(decide_jail_name(&j->decide, key->jail)),
                             .who = judge_address(&key->who),
                             .since_us = ban->since_us,
                             .until_us = ban->until_us,
                             .state = ban->state,
                             .outcome = ban->outcome,
                             .scope = decide_scope_of(&j->decide, key),
                             .failures = ban->failures,
                             .earlier = ban->earlier,
                             .reason = buf_span(&reason),
                             .holes = holes,
                             .id = idents_find(&j->ids, &key->who)});
    buf_fini(&reason);
}

void
client_put_hole(const struct judge *j, struct buf *b, const struct ban_key *ban,
                const struct hole *hole)
{
    uint32_t holes;

    (void)holes_of(&j->decide.holes, ban, &holes);
    wire_put_tell_hole(b, &(struct wire_tell_hole){.who = hole->who,
                                                   .prefix = ban->who,
                                                   .since_us = hole->since_us,
                                                   .by = hole->by,
                                                   .holes = holes});
}

void
client_queue_row(struct judge_client *c, struct buf *packet)
{
    c->matched++;
    /* What waits stays far below the bound of the queue, see LIST_STEP_BYTES. */
    (void)client_queue(c, buf_span(packet), CLIENT_OUT_MAX);
    buf_clear(packet);
}

/* Whether one of the addresses wanted is in `who`, which may be a prefix. */
static bool
has_wanted(const struct table *addresses, const struct addr *who)
{
    if (addr_is_host(who))
        return table_find(addresses, who) != NULL;
    for (const void *v = table_oldest(addresses); v; v = table_next(addresses, v))
        if (addr_contains(who, table_key(addresses, v)))
            return true;
    return false;
}

static bool
is_wanted(const struct client_filter *f, const struct ban_key *key, const struct ban *ban)
{
    return (!f->within.family || addr_contains(&f->within, &key->who)) &&
           ban->since_us >= f->from_us && ban->since_us < f->to_us &&
           (!f->has_jail || f->jail == key->jail) &&
           (!f->has_addresses || has_wanted(&f->addresses, &key->who));
}

static void
end_walk(struct judge_client *c)
{
    const struct client_filter *f = &c->filter;
    bool is_all = !f->within.family && !f->has_jail && f->from_us == 0;
    struct buf text = {0};

    if (f->is_unban && client_end_around(c))
        return;
    client_add_no_room(c, &text);
    client_end(c,
               f->no_room             ? ANSWER_REFUSED
               : c->matched || is_all ? ANSWER_DONE
                                      : ANSWER_NO_MATCH,
               c->matched, buf_span(&text));
    buf_fini(&text);
}

void
client_walk_on(struct judge_client *c)
{
    const struct table *bans = &c->judge->decide.bans;
    struct buf packet = buf_bounded(WIRE_PACKET_MAX);

    for (int i = 0; c->walk && i < LIST_STEP_SLOTS && c->out.len < LIST_STEP_BYTES; i++) {
        const struct ban *ban = table_slot(bans, c->next_slot);

        if (ban && is_wanted(&c->filter, table_key(bans, ban), ban))
            c->walk(c, table_key(bans, ban), ban, &packet);
        if (c->next_slot++ >= bans->used)
            c->walk = NULL;
    }
    buf_fini(&packet);
    if (!c->walk)
        end_walk(c);
}

void
client_walk(struct judge_client *c, client_walk_fn *fn)
{
    c->walk = fn;
    c->next_slot = 1;
    c->matched = 0;
    client_walk_on(c);
}

static void
take_list(struct judge_client *c, const struct ban_key *key, const struct ban *ban,
          struct buf *packet)
{
    uint32_t count;
    const struct hole *holes = holes_of(&c->judge->decide.holes, key, &count);

    client_put_ban(c->judge, packet, key, ban);
    for (uint32_t i = 0; i < count; i++) /* HOLES_OF_BAN_MAX fit beside it */
        client_put_hole(c->judge, packet, key, &holes[i]);
    client_queue_row(c, packet);
}

void
client_answer_bans(struct judge_client *c)
{
    client_walk(c, take_list);
}

static void
take_name(struct judge_client *c, const struct ban_key *key, const struct ban *ban UNUSED,
          struct buf *packet)
{
    char text[ADDR_TEXT_MAX];
    struct span name = span_of(addr_text(&key->who, text));

    /* A shell is offered no foreign bytes. */
    if (ident_is(&key->who) || !span_starts(name, buf_span(&c->beginning)))
        return;
    wire_put_tell_name(packet, &(struct wire_tell_name){.name = name});
    client_queue_row(c, packet);
    if (c->matched == NAMES_MAX)
        c->walk = NULL;
}

static void
answer_jail_names(struct judge_client *c, struct span beginning)
{
    const struct config *config = &c->judge->role.config;
    struct buf packet = {0};

    for (size_t i = 0; i < config->jail_count; i++) {
        struct span name = span_of(config->jails[i].name);

        if (!span_starts(name, beginning))
            continue;
        wire_put_tell_name(&packet, &(struct wire_tell_name){.name = name});
        client_queue_row(c, &packet);
    }
    buf_fini(&packet);
    client_end(c, ANSWER_DONE, c->matched, (struct span){0});
}

/* Tells one name, if it has the beginning and there is room. */
static void
offer_name(struct judge_client *c, struct span name, struct span beginning)
{
    struct buf packet = {0};

    if (c->matched == NAMES_MAX || !span_starts(name, beginning))
        return;
    wire_put_tell_name(&packet, &(struct wire_tell_name){.name = name});
    client_queue_row(c, &packet);
    buf_fini(&packet);
}

static void
answer_allowed_names(struct judge_client *c, struct span beginning)
{
    const struct table *entries = &c->judge->allow.entries;
    const struct table *names = &c->judge->allow.names;
    char text[ADDR_TEXT_MAX];

    for (const void *n = table_oldest(names); n; n = table_next(names, n)) {
        const struct host_key *key = table_key(names, n);

        offer_name(c, span_of(key->text), beginning);
    }
    for (const void *e = table_oldest(entries); e; e = table_next(entries, e))
        offer_name(c, span_of(addr_text(table_key(entries, e), text)), beginning);
    client_end(c, ANSWER_DONE, c->matched, (struct span){0});
}

void
client_answer_names(struct judge_client *c, enum names what, struct span beginning)
{
    if (what == NAMES_JAILS) {
        answer_jail_names(c, beginning);
        return;
    }
    if (what == NAMES_ALLOWED) {
        answer_allowed_names(c, beginning);
        return;
    }
    buf_clear(&c->beginning);
    buf_add(&c->beginning, beginning);
    client_walk(c, take_name);
}

/* --- who is never banned --- */

static void
tell_allowed(struct judge_client *c, const struct wire_tell_allow *m)
{
    struct buf packet = {0};

    if (c->filter.within.family &&
        (!m->who.family || !addr_overlaps(&c->filter.within, &m->who)))
        return;
    if (c->filter.name.text[0] && !span_eq(m->name, span_of(c->filter.name.text)))
        return;
    wire_put_tell_allow(&packet, m);
    client_queue_row(c, &packet);
    buf_fini(&packet);
}

/* A row for each address, or one without. */
static void
tell_named(struct judge_client *c, const struct allow_name *n)
{
    const struct host_key *key = table_key(&c->judge->allow.names, n);
    struct wire_tell_allow m = {.origin = ALLOW_BY_NAME,
                                .until_us = n->entry.until_us,
                                .comment = {n->entry.comment, n->entry.comment_len},
                                .name = span_of(key->text),
                                .lost_us = n->lost_us};

    for (size_t i = 0; i < n->count; i++) {
        m.who = n->addresses[i];
        tell_allowed(c, &m);
    }
    if (!n->count)
        tell_allowed(c, &m);
}

static void
tell_configured(struct judge_client *c)
{
    const struct config *config = &c->judge->role.config;

    for (size_t i = 0; i < config->protect_count; i++)
        tell_allowed(c, &(struct wire_tell_allow){
                            .who = config->protect[i].prefix,
                            .origin = (uint8_t)(ALLOW_CONFIGURED +
                                                (unsigned)config->protect[i].why),
                            .until_us = -1});
}

void
client_tell_allowed(struct judge_client *c)
{
    const struct allow *a = &c->judge->allow;

    for (const struct allow_entry *e = table_oldest(&a->entries); e;
         e = table_next(&a->entries, e))
        tell_allowed(c, &(struct wire_tell_allow){
                            .who = *(const struct addr *)table_key(&a->entries, e),
                            .origin = ALLOW_BY_HAND,
                            .until_us = e->until_us,
                            .comment = {e->comment, e->comment_len}});
    for (const struct allow_name *n = table_oldest(&a->names); n;
         n = table_next(&a->names, n))
        tell_named(c, n);
    tell_configured(c);
}

void
client_answer_allowed(struct judge_client *c)
{
    const struct allow *a = &c->judge->allow;
    struct buf text = {0};
    bool is_all;

    client_tell_allowed(c);
    if (c->judge->allow_error)
        buf_add_text(&text, "the file of the list cannot be read");
    else if (a->broken)
        buf_printf(&text, "%u line%s of the file cannot be read, the first is line %u",
                   a->broken, a->broken == 1 ? "" : "s", a->first_at);
    is_all = !c->filter.within.family && !c->filter.name.text[0];
    client_end(c, c->matched || is_all ? ANSWER_DONE : ANSWER_NO_MATCH, c->matched,
               buf_span(&text));
    buf_fini(&text);
}
