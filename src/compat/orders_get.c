/* orders_get: settings of a jail that are in force. */
#include "compat/orders_internal.h"

/* --- of a jail, as judge tells it --- */

/* What is done with what judge told of a jail: a value, or NULL. */
typedef struct pickle_value *get_fn(struct orders *o, const struct answer *a);

static struct pickle_value *
get_findtime(struct orders *o, const struct answer *a)
{
    struct wire_tell_jail jail;

    return orders_jail_of(a, &jail) ? pickle_int(o->arena, jail.findtime_s) : NULL;
}

static struct pickle_value *
get_bantime(struct orders *o, const struct answer *a)
{
    struct wire_tell_jail jail;

    return orders_jail_of(a, &jail) ? pickle_int(o->arena, jail.bantime_s) : NULL;
}

static struct pickle_value *
get_maxretry(struct orders *o, const struct answer *a)
{
    struct wire_tell_jail jail;

    return orders_jail_of(a, &jail) ? pickle_int(o->arena, jail.maxretry) : NULL;
}

/* All values of an option. */
static struct pickle_value *
list_of(struct orders *o, const struct answer *a, struct span name)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct span rest = buf_span(&a->frames), value;

    while (orders_next_option(&rest, name, &value))
        if (!pickle_add(o->arena, list, pickle_text(o->arena, value)))
            return NULL;
    return list;
}

/* Of files alone. */
static struct pickle_value *
get_logpath(struct orders *o, const struct answer *a)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct span rest = buf_span(&a->frames), fields;
    struct wire_tell_source source;

    while (answer_next(&rest, WIRE_TELL_SOURCE, &fields))
        if (wire_get_tell_source(fields, &source) && source.kind != SOURCE_JOURNAL &&
            !pickle_add(o->arena, list, pickle_text(o->arena, source.path)))
            return NULL;
    return list;
}

/* A list of matches, each of which is a list of words. */
static struct pickle_value *
get_journalmatch(struct orders *o, const struct answer *a)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST), *words;
    struct span rest = buf_span(&a->frames), fields, head, match, word;
    struct wire_tell_source source;

    while (answer_next(&rest, WIRE_TELL_SOURCE, &fields)) {
        if (!wire_get_tell_source(fields, &source) || source.kind != SOURCE_JOURNAL ||
            !span_cut(source.path, SPAN(" "), &head, &match))
            continue;
        words = pickle_container(o->arena, PICKLE_LIST);
        while (span_word(&match, &word))
            if (!pickle_add(o->arena, words, pickle_text(o->arena, word)))
                return NULL;
        if (!pickle_add(o->arena, list, words))
            return NULL;
    }
    return list;
}

/* What an option says: yes and no as booleans, a number as that. */
static struct pickle_value *
plain(struct orders *o, struct span value)
{
    uint64_t n;

    if (span_eq(value, SPAN("yes")) || span_eq(value, SPAN("no")))
        return pickle_bool(o->arena, value.len == 3);
    if (span_u64(value, 0, INT64_MAX, &n))
        return pickle_int(o->arena, (int64_t)n);
    return pickle_text(o->arena, value);
}

/* Word 2 as an option of that name; None where it is silent. */
static struct pickle_value *
get_option(struct orders *o, const struct answer *a)
{
    struct span rest = buf_span(&a->frames), value;

    if (!orders_next_option(&rest, orders_word(o, 2), &value))
        return pickle_none(o->arena);
    return plain(o, value);
}

/* usedns is a word, whatever it looks like. */
static struct pickle_value *
get_usedns(struct orders *o, const struct answer *a)
{
    struct span rest = buf_span(&a->frames), value;

    if (!orders_next_option(&rest, SPAN("usedns"), &value))
        return pickle_none(o->arena);
    return pickle_text(o->arena, value);
}

/* Bans are the enforcer's: that is what does them. */
static struct pickle_value *
get_actions(struct orders *o, const struct answer *a)
{
    struct span rest = buf_span(&a->frames), value;
    struct pickle_value *own;
    bool is_of_fail2ban = orders_next_option(&rest, SPAN("action"), &value);

    if (is_of_fail2ban && !value.len) /* it has none */
        return pickle_container(o->arena, PICKLE_LIST);
    if (is_of_fail2ban)
        return list_of(o, a, SPAN("action"));
    own = pickle_container(o->arena, PICKLE_LIST);
    return pickle_add(o->arena, own, pickle_text(o->arena, SPAN(ORDERS_OWN_ACTION)))
               ? own
               : NULL;
}

/* --- of its filter --- */

static struct pickle_value *
regexes(struct orders *o, const struct answer *a, enum regex_kind kind)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct span rest = buf_span(&a->frames), fields;
    struct wire_tell_regex m;

    while (answer_next(&rest, WIRE_TELL_REGEX, &fields))
        if (wire_get_tell_regex(fields, &m) && m.kind == kind &&
            !pickle_add(o->arena, list, pickle_text(o->arena, m.pattern)))
            return NULL;
    return list;
}

static struct pickle_value *
get_failregex(struct orders *o, const struct answer *a)
{
    return regexes(o, a, REGEX_FAIL);
}

static struct pickle_value *
get_ignoreregex(struct orders *o, const struct answer *a)
{
    return regexes(o, a, REGEX_IGNORE);
}

static struct pickle_value *
get_prefregex(struct orders *o, const struct answer *a)
{
    struct pickle_value *list = regexes(o, a, REGEX_PREFIX);

    return list && list->count ? list->items[0] : pickle_text(o->arena, SPAN(""));
}

/* Of a rule, which has none, all is empty. */
static struct wire_tell_filter
filter_of(const struct answer *a)
{
    struct span rest = buf_span(&a->frames), fields;
    struct wire_tell_filter m;

    if (answer_next(&rest, WIRE_TELL_FILTER, &fields) && wire_get_tell_filter(fields, &m))
        return m;
    return (struct wire_tell_filter){.maxlines = 1};
}

static struct pickle_value *
get_maxlines(struct orders *o, const struct answer *a)
{
    return pickle_int(o->arena, filter_of(a).maxlines);
}

static struct pickle_value *
get_logtimezone(struct orders *o, const struct answer *a)
{
    struct span zone = filter_of(a).timezone;

    return zone.len ? pickle_text(o->arena, zone) : pickle_none(o->arena);
}

static struct pickle_value *
get_datepattern(struct orders *o, const struct answer *a)
{
    return orders_datepattern(o->arena, filter_of(a).datepattern);
}

/* --- all --- */

static const struct {
    const char *name;
    get_fn *fn;
    bool is_of_filter; /* by ASK_FILTER; else by ASK_JAIL */
} of_jail[] = {
    {"findtime", get_findtime, false},
    {"bantime", get_bantime, false},
    {"maxretry", get_maxretry, false},
    {"maxmatches", get_option, false},
    {"ignoreip", orders_ignored, false},
    {"ignoreself", get_option, false},
    {"usedns", get_usedns, false},
    {"logpath", get_logpath, false},
    {"journalmatch", get_journalmatch, false},
    {"actions", get_actions, false},
    {"failregex", get_failregex, true},
    {"ignoreregex", get_ignoreregex, true},
    {"prefregex", get_prefregex, true},
    {"maxlines", get_maxlines, true},
    {"logtimezone", get_logtimezone, true},
    {"datepattern", get_datepattern, true},
};

static enum orders_outcome
get_by(struct orders *o, get_fn *fn, bool is_of_filter)
{
    struct pickle_value *v = NULL;
    struct answer jail = {0}, filter = {0};
    struct buf frame = {0};
    bool is_good = orders_ask_jail(o, orders_word(o, 1), &jail);

    if (is_good && is_of_filter) {
        wire_put_ask_filter(&frame, &(struct wire_ask_filter){.jail = orders_word(o, 1)});
        is_good = orders_ask(o, &frame, &filter);
    }
    if (is_good)
        v = fn(o, is_of_filter ? &filter : &jail);
    answer_fini(&jail);
    answer_fini(&filter);
    return is_good ? orders_say(o, v) : ORDERS_ANSWER;
}

enum orders_outcome
order_get_jail(struct orders *o)
{
    if (orders_count(o) < 3)
        return orders_missing(o);
    if (orders_is(o, 2, "banned"))
        return order_get_banned(o);
    if (orders_is(o, 2, "banip"))
        return order_get_banip(o);
    if (orders_is(o, 2, "action") || orders_is(o, 2, "actionproperties") ||
        orders_is(o, 2, "actionmethods"))
        return order_get_action(o);
    if (orders_is(o, 2, "ignorecommand") || orders_is(o, 2, "ignorecache") ||
        orders_is(o, 2, "logencoding"))
        return order_get_asked(o);
    for (size_t i = 0; i < ARRAY_LEN(of_jail); i++)
        if (orders_is(o, 2, of_jail[i].name))
            return get_by(o, of_jail[i].fn, of_jail[i].is_of_filter);
    if (span_starts(orders_word(o, 2), SPAN("bantime.")))
        return order_get_asked(o);
    return orders_fail(o, "Invalid command (no get action or not yet implemented)");
}
