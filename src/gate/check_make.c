/* check_make: makes what a configuration says of gate/check.h, and ends it. */
#include "base/mem.h"
#include "gate/check_work.h"

static bool
is_of_names(enum restriction_kind kind)
{
    return kind == RESTRICTION_RHSBL || kind == RESTRICTION_RHSWL;
}

static bool
has_list(enum restriction_kind kind)
{
    return kind == RESTRICTION_RBL || kind == RESTRICTION_DNSWL || is_of_names(kind);
}

/* The list of this name and kind; one is tried once, however often it is used. */
static size_t
list_of(struct check *c, const struct host_key *zone, bool names)
{
    for (size_t i = 0; i < c->list_count; i++)
        if (c->lists[i].is_of_names == names &&
            strcmp(c->lists[i].zone.text, zone->text) == 0)
            return i;
    c->lists = mem_realloc(c->lists, c->list_count + 1, sizeof(*c->lists));
    c->lists[c->list_count] = (struct dns_list){.zone = *zone, .is_of_names = names};
    return c->list_count++;
}

static struct access_map *
map_of(struct check *c, const struct restriction *r)
{
    struct access_names names = {.knows = check_knows_word, .ctx = c};

    names.is_ok_refused = r->kind == RESTRICTION_SERVER_ACCESS;
    for (size_t i = 0; i < c->map_count; i++)
        if (strcmp(access_map_name(c->maps[i]), r->table) == 0 &&
            access_map_refuses_ok(c->maps[i]) == names.is_ok_refused)
            return c->maps[i];
    c->maps = mem_realloc(c->maps, c->map_count + 1, sizeof(struct access_map *));
    access_map_new(&c->maps[c->map_count], r->table);
    access_map_know(c->maps[c->map_count], &names);
    return c->maps[c->map_count++];
}

static void
add_rate(struct check *c, struct check_item *item)
{
    item->rates = &c->rates[c->rate_count];
    item->rate_bit = UINT64_C(1) << c->rate_count;
    rates_init(&c->rates[c->rate_count++], &item->r->rate, c->world.asns);
}

/* A zone may have a key in its name that nobody is to read in a log. */
static char *
name_of(const struct check *c, const struct restriction *r)
{
    const char *shown = has_list(r->kind) ? check_shown(c, &r->list.zone) : NULL;
    struct span name = span_of(r->name), rest = {0};
    struct buf out = {0};

    if (!shown || strcmp(shown, r->list.zone.text) == 0)
        return mem_copy_text(name.ptr, name.len);
    if (!span_word(&name, &rest))
        bug("a restriction without a name");
    buf_add(&out, rest);
    buf_add_byte(&out, ' ');
    buf_add_text(&out, shown);
    return buf_detach(&out);
}

static bool
add_item(struct check *c, struct check_item *item, struct buf *why)
{
    const struct restriction *r = item->r;

    item->name = name_of(c, r);
    if (has_list(r->kind))
        item->list = list_of(c, &r->list.zone, is_of_names(r->kind));
    if (r->table)
        item->map = map_of(c, r);
    if (r->kind == RESTRICTION_CLASS)
        item->class = check_find_word(c, span_of(r->name));
    if (r->kind == RESTRICTION_CLASS && !item->class) {
        buf_printf(why, "there is no class `%s` in restriction_classes\n", r->name);
        return false;
    }
    if (r->kind == RESTRICTION_RATE)
        add_rate(c, item);
    if (r->kind == RESTRICTION_GREYLIST && !c->world.greylist) {
        buf_add_text(why, "`greylist`: there is no greylist here\n");
        return false;
    }
    return true;
}

static bool
add_list(struct check *c, const struct restriction_list *list, struct check_items *items,
         struct buf *why)
{
    bool is_good = true;

    items->items = mem_zalloc(list->count + 1, sizeof(*items->items));
    items->count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        items->items[i].r = &list->items[i];
        is_good &= add_item(c, &items->items[i], why);
    }
    return is_good;
}

/* What tables may name beside classes. */
static void
add_plain(struct check *c)
{
    struct restriction_list all;

    restriction_list_plain(&all);
    c->plain_items = mem_zalloc(all.count, sizeof(*c->plain_items));
    for (size_t i = 0; i < all.count; i++) {
        struct check_items *items = &c->plain_items[i];

        if (all.items[i].kind == RESTRICTION_GREYLIST && !c->world.greylist)
            continue; /* there is none */
        items->items = mem_zalloc(1, sizeof(*items->items));
        items->items[0].r = &all.items[i];
        items->items[0].name =
            mem_copy_text(all.items[i].name, strlen(all.items[i].name));
        items->count = 1;
    }
    c->plain = all;
}

/* A class may name those before it, and tables all. */
static bool
add_classes(struct check *c, struct buf *why)
{
    const struct restriction_classes *classes = &c->config->classes;
    bool is_good = true;

    c->classes = mem_zalloc(classes->count + 1, sizeof(*c->classes));
    for (size_t i = 0; i < classes->count; i++) {
        is_good &= add_list(c, &classes->items[i].list, &c->classes[i], why);
        c->class_count++;
    }
    return is_good;
}

/* A bit of struct check_message for each. */
static bool
count_rates(struct check *c, struct buf *why)
{
    size_t count = config_restrictions_rates(c->config);

    if (count > GATE_RATES_MAX) {
        buf_printf(why, "there are more than %d rates\n", GATE_RATES_MAX);
        return false;
    }
    c->rates = mem_zalloc(count + 1, sizeof(*c->rates));
    return true;
}

bool
check_new(struct check **out, const struct config_restrictions *config,
          const struct check_world *world, struct buf *why)
{
    static const struct config_spf by_rule;
    struct check *c = mem_zalloc(1, sizeof(*c));
    bool is_good;

    c->config = config;
    c->world = *world;
    c->hash = hash_random_key();
    heap_init(&c->due, sizeof(uint64_t));
    table_init(&c->messages, 2 * sizeof(uint64_t), sizeof(struct check_message),
               CHECK_MESSAGES_MAX);
    is_good =
        count_rates(c, why) && check_spf_set(c, world->spf ? world->spf : &by_rule, why);
    add_plain(c);
    is_good = is_good && add_classes(c, why);
    for (size_t i = 0; i < GATE_LISTS && is_good; i++)
        is_good = add_list(c, &config->lists[i], &c->items[i], why);
    for (size_t i = 0; i < config->dns_list_count; i++)
        c->weighed[i] = list_of(c, &config->dns_lists[i].zone, false);
    if (!is_good) {
        check_free(c);
        return false;
    }
    check_refresh_tables(c, CHECK_TABLE_BAD); /* that one was read is no news yet */
    *out = c;
    return true;
}

static void
run_free(struct check_run *run)
{
    mem_free(run->questions);
    buf_fini(&run->records);
    buf_fini(&run->text);
    buf_fini(&run->scored);
    check_spf_free(run);
    mem_free(run);
}

static void
free_items(struct check_items *items)
{
    for (size_t i = 0; i < items->count; i++)
        mem_free(items->items[i].name);
    mem_free(items->items);
}

void
check_free(struct check *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->run_count; i++)
        run_free(c->runs[i]);
    mem_free(c->runs);
    for (size_t i = 0; i < GATE_LISTS; i++)
        free_items(&c->items[i]);
    for (size_t i = 0; i < c->class_count; i++)
        free_items(&c->classes[i]);
    mem_free(c->classes);
    for (size_t i = 0; i < c->plain.count; i++)
        free_items(&c->plain_items[i]);
    mem_free(c->plain_items);
    restriction_list_fini(&c->plain);
    for (size_t i = 0; i < c->map_count; i++)
        access_map_free(c->maps[i]);
    mem_free(c->maps);
    mem_free(c->users_path);
    spf_users_drop(c->users);
    for (size_t i = 0; i < c->rate_count; i++)
        rates_fini(&c->rates[i]);
    mem_free(c->rates);
    mem_free(c->lists);
    heap_fini(&c->due);
    table_fini(&c->messages);
    mem_free(c);
}
