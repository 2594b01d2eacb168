/* orders_status: `status` in its flavours. */
#include <stdlib.h>

#include "compat/orders_internal.h"

static int
by_name(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* Appends ("name", v) to a list. */
static bool
add(struct orders *o, struct pickle_value *list, const char *name, struct pickle_value *v)
{
    return pickle_add(o->arena, list,
                      pickle_pair(o->arena, pickle_text(o->arena, span_of(name)), v));
}

static struct pickle_value *
number(struct orders *o, uint64_t n)
{
    return pickle_int(o->arena, (int64_t)n);
}

/* --- all jails --- */

/* [("Number of jail", n), ("Jail list", "a, b")]. */
static struct pickle_value *
overview(struct orders *o, const struct span *jails, size_t count)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct buf names = {0};
    bool is_good;

    for (size_t i = 0; i < count; i++) {
        buf_add_text(&names, i ? ", " : "");
        buf_add(&names, jails[i]);
    }
    is_good = add(o, list, "Number of jail", number(o, count)) &&
              add(o, list, "Jail list", pickle_text(o->arena, buf_span(&names)));
    buf_fini(&names);
    return is_good ? list : NULL;
}

/* --- one jail --- */

/* What a journal is read for, behind its name. */
static struct span
journal_match(struct span name)
{
    struct span head, match;

    return span_cut(name, SPAN(" "), &head, &match) ? match : (struct span){0};
}

bool
orders_reads_journal(const struct answer *a)
{
    struct span rest = buf_span(&a->frames), fields;
    struct wire_tell_source source;

    while (answer_next(&rest, WIRE_TELL_SOURCE, &fields))
        if (wire_get_tell_source(fields, &source) && source.kind == SOURCE_JOURNAL)
            return true;
    return false;
}

/* Its logs, or what of the journal it reads. */
static struct pickle_value *
sources(struct orders *o, const struct answer *a, bool is_of_journal)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct span rest = buf_span(&a->frames), fields;
    struct wire_tell_source source;

    while (answer_next(&rest, WIRE_TELL_SOURCE, &fields)) {
        if (!wire_get_tell_source(fields, &source) ||
            (source.kind == SOURCE_JOURNAL) != is_of_journal)
            continue;
        if (!pickle_add(o->arena, list,
                        pickle_text(o->arena, is_of_journal ? journal_match(source.path)
                                                            : source.path)))
            return NULL;
    }
    return list;
}

static struct pickle_value *
filter_part(struct orders *o, const struct answer *a, const struct wire_tell_jail *jail)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    bool is_of_journal = orders_reads_journal(a);

    return add(o, list, "Currently failed", number(o, jail->failing)) &&
                   add(o, list, "Total failed", number(o, jail->failures)) &&
                   add(o, list, is_of_journal ? "Journal matches" : "File list",
                       sources(o, a, is_of_journal))
               ? list
               : NULL;
}

/* What fail2ban says where it cannot ask that service; we never do. */
static bool
add_cymru(struct orders *o, struct pickle_value *list)
{
    static const char *const names[] = {"Banned ASN list", "Banned Country list",
                                        "Banned RIR list"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct pickle_value *words = pickle_container(o->arena, PICKLE_LIST);

        if (!pickle_add(o->arena, words, pickle_text(o->arena, SPAN("error"))) ||
            !add(o, list, names[i], words))
            return false;
    }
    return true;
}

/* The part on bans; NULL with o->answer set, or for want of room. */
static struct pickle_value *
actions_part(struct orders *o, const struct wire_tell_jail *jail, struct span flavor)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    bool is_short = span_eq(flavor, SPAN("short")), is_good;
    struct orders_ban *bans = NULL;
    size_t count = jail->banned;

    if (!is_short && !orders_bans(o, jail->name, NULL, &bans, &count))
        return NULL;
    is_good = add(o, list, "Currently banned", number(o, count)) &&
              add(o, list, "Total banned", number(o, jail->bans_total));
    if (is_good && !is_short)
        is_good = add(o, list, "Banned IP list", orders_addresses(o, bans, count));
    if (is_good && span_eq(flavor, SPAN("cymru")))
        is_good = add_cymru(o, list);
    return is_good ? list : NULL;
}

/* [backend, [failed now, in all], [banned now, in all]]. */
static struct pickle_value *
statistics(struct orders *o, const struct answer *a, const struct wire_tell_jail *jail)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct pickle_value *failed = pickle_container(o->arena, PICKLE_LIST);
    struct pickle_value *banned = pickle_container(o->arena, PICKLE_LIST);
    struct span backend = orders_reads_journal(a) ? SPAN("systemd") : SPAN("pyinotify");

    return pickle_add(o->arena, failed, number(o, jail->failing)) &&
                   pickle_add(o->arena, failed, number(o, jail->failures)) &&
                   pickle_add(o->arena, banned, number(o, jail->banned)) &&
                   pickle_add(o->arena, banned, number(o, jail->bans_total)) &&
                   pickle_add(o->arena, list, pickle_text(o->arena, backend)) &&
                   pickle_add(o->arena, list, failed) &&
                   pickle_add(o->arena, list, banned)
               ? list
               : NULL;
}

/* All of one jail; NULL with o->answer set, or for want of room. */
static struct pickle_value *
jail_status(struct orders *o, struct span name, struct span flavor)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct wire_tell_jail jail;
    struct answer a = {0};
    bool is_good = orders_ask_jail(o, name, &a) && orders_jail_of(&a, &jail);

    if (is_good && span_eq(flavor, SPAN("stats")))
        list = statistics(o, &a, &jail);
    else if (is_good && (!add(o, list, "Filter", filter_part(o, &a, &jail)) ||
                         !add(o, list, "Actions", actions_part(o, &jail, flavor))))
        list = NULL;
    answer_fini(&a);
    return is_good ? list : NULL;
}

/* Says `v`, unless what kept it from being made is said already. */
static enum orders_outcome
say(struct orders *o, struct pickle_value *v)
{
    return !v && o->answer ? ORDERS_ANSWER : orders_say(o, v);
}

/* {jail: status ...}. */
static struct pickle_value *
each_status(struct orders *o, const struct span *jails, size_t count, struct span flavor)
{
    struct pickle_value *all = pickle_container(o->arena, PICKLE_DICT);

    for (size_t i = 0; i < count && all; i++)
        if (!pickle_add(o->arena, all, pickle_text(o->arena, jails[i])) ||
            !pickle_add(o->arena, all, jail_status(o, jails[i], flavor)))
            all = NULL;
    return all;
}

static enum orders_outcome
status_of_all(struct orders *o, bool is_each, struct span flavor)
{
    struct pickle_value *list = NULL;
    struct answer a = {0};
    struct span *jails;
    size_t count;

    if (orders_ask_jails(o, &a, &jails, &count)) {
        qsort(jails, count, sizeof(*jails), by_name);
        if (span_eq(flavor, SPAN("stats")))
            list = each_status(o, jails, count, flavor);
        else
            list = overview(o, jails, count);
        if (is_each && !span_eq(flavor, SPAN("stats")) &&
            !pickle_add(o->arena, list, each_status(o, jails, count, flavor)))
            list = NULL;
    }
    answer_fini(&a);
    return say(o, list);
}

enum orders_outcome
order_status(struct orders *o)
{
    struct span flavor = orders_word(o, 2);

    if (orders_count(o) > 3)
        return orders_fail(o, "Invalid command (no status)");
    if (span_eq(flavor, SPAN("statistics")))
        flavor = SPAN("stats");
    if (orders_count(o) == 1)
        return status_of_all(o, false, SPAN(""));
    if (orders_is(o, 1, "--all"))
        return status_of_all(o, true, flavor);
    return say(o, jail_status(o, orders_word(o, 1), flavor));
}

enum orders_outcome
order_stats(struct orders *o)
{
    return status_of_all(o, true, SPAN("stats"));
}
