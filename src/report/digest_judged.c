/* What the guard's rules say of the attacks. */
#include "base/addr.h"
#include "base/mem.h"
#include "report/digest_internal.h"

enum {
    NOTES_OF_A_KIND = 5,
    MOST_OF_IT = 4, /* a network does what one within it does, when that does 3 of 4 */
};

/* --- groups --- */

struct group_list {
    const struct judged_group **groups;
    size_t count;
};

static int
by_worth(const void *a, const void *b)
{
    const struct judged_group *x = *(const struct judged_group *const *)a;
    const struct judged_group *y = *(const struct judged_group *const *)b;
    int order;

    if (x->attempts != y->attempts)
        return x->attempts > y->attempts ? -1 : 1;
    order = memcmp(&x->network, &y->network, sizeof(x->network));
    if (order == 0)
        order = span_cmp(judged_span(&x->account), judged_span(&y->account));
    if (order == 0)
        order = span_cmp(judged_span(&x->rule), judged_span(&y->rule));
    return order ? order : (x->first_us > y->first_us) - (x->first_us < y->first_us);
}

/* The groups that are networks, or those that are not; the caller frees list.groups. */
static struct group_list
list_groups(const struct judged *j, bool is_network)
{
    struct group_list list = {
        .groups = mem_zalloc(j->group_count + 1, sizeof(const struct judged_group *))};

    for (size_t i = 0; i < j->group_count; i++)
        if ((j->groups[i].network.family != 0) == is_network)
            list.groups[list.count++] = &j->groups[i];
    qsort(list.groups, list.count, sizeof(const struct judged_group *), by_worth);
    return list;
}

static bool
is_login_kind(enum word kind)
{
    return kind == WORD_KIND_GANG || kind == WORD_KIND_ROTATION;
}

/* Whether the group `inner` is a part of `outer`, a wider network that does the same at
 * the same time. */
static bool
is_part(const struct judged_group *inner, const struct judged_group *outer)
{
    return (inner->kind == outer->kind ||
            (is_login_kind(inner->kind) && is_login_kind(outer->kind))) &&
           inner->first_us <= outer->last_us && inner->last_us >= outer->first_us &&
           inner->network.bits > outer->network.bits &&
           addr_contains(&outer->network, &inner->network);
}

/* A group by its number in the list. */
struct numbered {
    const struct judged_group *group;
    size_t number;
};

static int
by_account(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    int order =
        span_cmp(judged_span(&x->group->account), judged_span(&y->group->account));

    return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* Whether two are of the same account at the same time: a name that is tried is one on a
 * list, and an account under siege. */
static bool
is_same(const struct judged_group *a, const struct judged_group *b)
{
    return a->first_us <= b->last_us && a->last_us >= b->first_us;
}

/* Of groups of one account that are the same the first one stays. */
static void
mark_same(const struct group_list *list, bool *is_out)
{
    struct numbered *all = mem_zalloc(list->count + 1, sizeof(*all));

    for (size_t i = 0; i < list->count; i++)
        all[i] = (struct numbered){list->groups[i], i};
    qsort(all, list->count, sizeof(*all), by_account);
    for (size_t i = 0; i < list->count; i++) {
        struct span account = judged_span(&all[i].group->account);

        for (size_t k = i; account.len && k > 0; k--) {
            const struct judged_group *before = all[k - 1].group;

            if (!span_eq(judged_span(&before->account), account))
                break;
            is_out[all[i].number] |= is_same(all[i].group, before);
        }
    }
    mem_free(all);
}

/* Wider networks come before those within. */
static int
by_place(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    const struct addr *m = &x->group->network, *n = &y->group->network;
    int order = m->family - n->family;

    if (order == 0)
        order = memcmp(m->bytes, n->bytes, sizeof(m->bytes));
    if (order == 0)
        order = m->bits - n->bits;
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* Of a wide network of which one narrower does most, the narrower stays; else the wide
 * one, for all in it. */
static void
mark_worse(const struct numbered *inner, const struct numbered *outer, bool *is_out)
{
    const struct judged_group *in = inner->group, *out = outer->group;

    if (!is_part(in, out))
        return;
    if (in->attempts * MOST_OF_IT < out->attempts * (MOST_OF_IT - 1))
        is_out[inner->number] = true;
    else
        is_out[outer->number] = true;
}

/* Of networks within each other. Walks with those around each of them, few as prefixes
 * that contain each other are. */
static void
mark_parts(const struct group_list *list, bool *is_out)
{
    struct numbered *all = mem_zalloc(list->count + 1, sizeof(*all));
    const struct numbered **around =
        mem_zalloc(list->count + 1, sizeof(struct numbered *));
    size_t depth = 0;

    for (size_t i = 0; i < list->count; i++)
        all[i] = (struct numbered){list->groups[i], i};
    qsort(all, list->count, sizeof(*all), by_place);
    for (size_t i = 0; i < list->count; i++) {
        const struct addr *network = &all[i].group->network;

        while (depth && !addr_contains(&around[depth - 1]->group->network, network))
            depth--;
        for (size_t k = 0; k < depth; k++)
            mark_worse(&all[i], around[k], is_out);
        around[depth++] = &all[i];
    }
    mem_free(around);
    mem_free(all);
}

/* Leaves out groups that say nothing which another one does not say better. */
static void
leave_out_said(struct group_list *list, bool is_network)
{
    bool *is_out = mem_zalloc(list->count + 1, sizeof(*is_out));
    size_t count = 0;

    if (is_network)
        mark_parts(list, is_out);
    else
        mark_same(list, is_out);
    for (size_t i = 0; i < list->count; i++)
        if (!is_out[i])
            list->groups[count++] = list->groups[i];
    list->count = count;
    mem_free(is_out);
}

static void
add_gangs(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_NETWORK, "network", CELL_TEXT},
                                            {WORD_ATTEMPTS, "attempts", CELL_COUNT},
                                            {WORD_ADDRESSES, "addresses", CELL_COUNT},
                                            {WORD_NAMES, "accounts", CELL_COUNT},
                                            {WORD_FIRST_SEEN, "first", CELL_TIME},
                                            {WORD_LAST_SEEN, "last", CELL_TIME}};
    struct section *s = document_section(d, WORD_GANGS, "gangs", SECTION_TABLE);
    struct group_list list = list_groups(g->judged, true);

    s->hint = WORD_HINT_GANGS;
    section_columns(s, ARRAY_LEN(columns), columns);
    leave_out_said(&list, true);
    for (size_t i = 0; i < list.count && i < g->rows; i++) {
        const struct judged_group *one = list.groups[i];
        char text[ADDR_TEXT_MAX];

        section_text(s, span_of(addr_text(&one->network, text)));
        section_number(s, (int64_t)one->attempts);
        section_number(s, one->addresses);
        section_number(s, one->accounts);
        section_number(s, one->first_us);
        section_number(s, one->last_us);
    }
    s->left_out = list.count > g->rows ? list.count - g->rows : 0;
    mem_free(list.groups);
}

static void
add_campaigns(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_KIND, "kind", CELL_WORD},
                                            {WORD_ACCOUNT, "account", CELL_TEXT},
                                            {WORD_ATTEMPTS, "attempts", CELL_COUNT},
                                            {WORD_ADDRESSES, "addresses", CELL_COUNT},
                                            {WORD_FIRST_SEEN, "first", CELL_TIME},
                                            {WORD_LAST_SEEN, "last", CELL_TIME}};
    struct section *s = document_section(d, WORD_CAMPAIGNS, "campaigns", SECTION_TABLE);
    struct group_list list = list_groups(g->judged, false);

    section_columns(s, ARRAY_LEN(columns), columns);
    leave_out_said(&list, false);
    for (size_t i = 0; i < list.count && i < g->rows; i++) {
        const struct judged_group *one = list.groups[i];

        section_number(s, one->kind);
        if (one->account.len)
            section_text(s, judged_span(&one->account));
        else
            section_none(s); /* whoever it is */
        section_number(s, (int64_t)one->attempts);
        section_number(s, one->addresses);
        section_number(s, one->first_us);
        section_number(s, one->last_us);
    }
    s->left_out = list.count > g->rows ? list.count - g->rows : 0;
    mem_free(list.groups);
}

/* --- slow ones --- */

static double
slow_worth(const struct texts *t, uint32_t number)
{
    const struct deeds_address *a = texts_value(t, number);
    bool is_slow = a->found >> (WORD_KIND_SLOW - WORD_KIND_GUESSING) & 1;

    /* Bit 0: it was fast enough for a jail as well. */
    return is_slow && !(a->found & 1) ? (double)a->kinds[0] : 0;
}

static void
slow_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct deeds_address *a = texts_value(t, number);

    section_text(s, texts_text(t, number));
    section_number(s, a->kinds[0]);
    section_number(s, a->last_us - a->first_us);
    section_number(s, a->first_us);
    section_number(s, a->last_us);
}

static void
add_slow(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_ADDRESS, "address", CELL_TEXT},
                                            {WORD_ATTEMPTS, "attempts", CELL_COUNT},
                                            {WORD_LASTED, "lasted", CELL_DURATION},
                                            {WORD_FIRST_SEEN, "first", CELL_TIME},
                                            {WORD_LAST_SEEN, "last", CELL_TIME}};
    struct section *s = document_section(d, WORD_SLOW_ATTACKS, "slow", SECTION_TABLE);

    s->hint = WORD_HINT_SLOW;
    section_columns(s, ARRAY_LEN(columns), columns);
    digest_rows(g, s, &g->deeds->addresses, slow_worth, slow_row);
}

/* --- rules --- */

static void
add_rules(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {
        {WORD_RULE, "rule", CELL_TEXT},      {WORD_KIND, "kind", CELL_WORD},
        {WORD_MODE, "mode", CELL_WORD},      {WORD_BANS, "bans", CELL_COUNT},
        {WORD_ALERTS, "alerts", CELL_COUNT}, {WORD_LAST_SEEN, "last", CELL_TIME}};
    struct section *s = document_section(d, WORD_JUDGED, "judged", SECTION_TABLE);

    s->hint = g->judged->is_built_in ? WORD_HINT_BUILT_IN : WORD_HINT_JUDGED;
    section_columns(s, ARRAY_LEN(columns), columns);
    for (size_t i = 0; i < g->judged->rule_count; i++) {
        const struct judged_rule *r = &g->judged->rules[i];

        if (r->bans + r->alerts == 0)
            continue;
        section_text(s, judged_span(&r->name));
        section_number(s, r->kind);
        section_number(s, r->is_observed ? WORD_MODE_OBSERVE : WORD_MODE_ENFORCE);
        section_number(s, (int64_t)r->bans);
        section_number(s, (int64_t)r->alerts);
        section_number(s, r->last_us);
    }
}

void
digest_judged(const struct digest *g, struct document *d)
{
    if (!g->judged)
        return;
    add_gangs(g, d);
    add_campaigns(g, d);
    add_slow(g, d);
    add_rules(g, d);
}

/* --- notes --- */

static enum weight
weight_of(enum word note)
{
    return note == WORD_NOTE_TAKEOVER ? WEIGHT_ACT : WEIGHT_LOOK;
}

static void
note_alerts(const struct judged *j, struct section *s, enum word note)
{
    size_t told = 0;

    for (size_t i = 0; i < j->alert_count && told < NOTES_OF_A_KIND; i++) {
        const struct judged_alert *a = &j->alerts[i];
        struct cell account = document_text(s->document, judged_span(&a->account));
        struct cell address = document_text(s->document, judged_span(&a->address));
        struct cell count = cell_number(CELL_COUNT, a->count);

        if (a->note != note)
            continue;
        told++;
        if (note == WORD_NOTE_STALE)
            section_note(s, weight_of(note), note,
                         (struct cell[]){account, address, count}, 3);
        else
            section_note(s, weight_of(note), note,
                         (struct cell[]){account, count, address}, 3);
    }
}

/* The accounts that groups besiege: a table of whether each is there. Accounts are walked
 * through, as a table that came from a file has no index; those that are there are few.
 */
static void
find_besieged(const struct digest *g, const struct group_list *list, struct texts *out)
{
    const struct texts *t = &g->deeds->accounts;

    for (size_t i = 0; i < list->count; i++)
        if (list->groups[i]->kind == WORD_KIND_DISTRIBUTED)
            must(texts_put(out, judged_span(&list->groups[i]->account)) != NULL);
    for (uint32_t i = 0; i < t->count && out->count; i++) {
        const struct deeds_account *a = texts_value(t, i);
        bool *is_there =
            a->logins + a->messages ? texts_find(out, texts_text(t, i)) : NULL;

        if (is_there)
            *is_there = true;
    }
}

/* Accounts that are there, and besieged. */
static void
note_sieges(const struct digest *g, struct section *s)
{
    struct texts_budget budget = {.left = SIZE_MAX};
    struct group_list list = list_groups(g->judged, false);
    struct texts besieged;
    size_t told = 0;

    texts_init(&besieged, &budget, sizeof(bool), UINT32_MAX);
    find_besieged(g, &list, &besieged);
    for (size_t i = 0; i < list.count && told < NOTES_OF_A_KIND; i++) {
        const struct judged_group *one = list.groups[i];
        const bool *is_there = texts_find(&besieged, judged_span(&one->account));

        if (one->kind != WORD_KIND_DISTRIBUTED || !is_there || !*is_there)
            continue;
        told++;
        section_note(
            s, WEIGHT_LOOK, WORD_NOTE_ACCOUNT_TARGET,
            (struct cell[]){document_text(s->document, judged_span(&one->account)),
                            cell_number(CELL_COUNT, (int64_t)one->attempts),
                            cell_number(CELL_COUNT, one->networks)},
            3);
    }
    texts_fini(&besieged);
    mem_free(list.groups);
}

bool
digest_judged_notes(const struct digest *g, struct section *s)
{
    bool is_taken = false;

    if (!g->judged)
        return false;
    for (size_t i = 0; i < g->judged->alert_count; i++)
        is_taken |= g->judged->alerts[i].note == WORD_NOTE_TAKEOVER;
    note_alerts(g->judged, s, WORD_NOTE_TAKEOVER);
    note_alerts(g->judged, s, WORD_NOTE_MANY_PLACES);
    note_alerts(g->judged, s, WORD_NOTE_SENDING);
    if (!is_taken) /* else it cannot be said that nobody got in */
        note_sieges(g, s);
    note_alerts(g->judged, s, WORD_NOTE_STALE);
    return is_taken;
}
