/* orders_guard: settings of the whole guard, said and changed. */
#include "compat/orders_internal.h"
#include "conf/fail2ban_level.h"

/* Lines of an address that an action gets (<ipmatches>): judge looks at so many. */

/* --- get --- */

static enum orders_outcome
get_loglevel(struct orders *o)
{
    const char *name = config_loglevel_name(o->guard->facts.loglevel);

    return orders_say(o, pickle_text(o->arena, span_of(name)));
}

static enum orders_outcome
get_logtarget(struct orders *o)
{
    struct span target = o->guard->facts.logtarget;

    return orders_say(o, pickle_text(o->arena, target.len ? target : SPAN("STDERR")));
}

/* Our own log goes to the standard error, wherever that leads. */
static enum orders_outcome
get_syslogsocket(struct orders *o)
{
    return orders_say(o, pickle_text(o->arena, SPAN("auto")));
}

/* There are none, so they have no stacks of their own. */
static enum orders_outcome
get_thread(struct orders *o)
{
    struct pickle_value *options = pickle_container(o->arena, PICKLE_DICT);

    if (!pickle_add(o->arena, options, pickle_text(o->arena, SPAN("stacksize"))) ||
        !pickle_add(o->arena, options, pickle_int(o->arena, 0)))
        options = NULL;
    return orders_say(o, options);
}

static enum orders_outcome
get_dbfile(struct orders *o)
{
    return orders_say(o, pickle_text(o->arena, o->guard->facts.database));
}

static enum orders_outcome
get_dbmaxmatches(struct orders *o)
{
    return orders_say(o, pickle_int(o->arena, o->guard->facts.evidence));
}

static enum orders_outcome
get_dbpurgeage(struct orders *o)
{
    return orders_say(o, pickle_int(o->arena, o->guard->facts.purge_s));
}

/* Who answers here; with `orders`, where komainud takes root's own. */
static enum orders_outcome
get_komainu(struct orders *o)
{
    if (orders_count(o) == 3 && orders_is(o, 2, "orders"))
        return orders_say(o, pickle_text(o->arena, o->guard->facts.orders));
    return orders_count(o) == 2
               ? orders_say(o, pickle_text(o->arena, SPAN(KOMAINU_VERSION)))
               : order_get_jail(o);
}

enum orders_outcome
order_get(struct orders *o)
{
    static const struct {
        const char *name;
        order_fn *fn;
    } of_guard[] = {{"loglevel", get_loglevel},
                    {"logtarget", get_logtarget},
                    {"syslogsocket", get_syslogsocket},
                    {"thread", get_thread},
                    {"dbfile", get_dbfile},
                    {"dbmaxmatches", get_dbmaxmatches},
                    {"dbpurgeage", get_dbpurgeage},
                    {"komainu", get_komainu}};

    if (orders_count(o) < 2)
        return orders_missing(o);
    for (size_t i = 0; i < ARRAY_LEN(of_guard); i++)
        if (orders_is(o, 1, of_guard[i].name))
            return of_guard[i].fn(o);
    return order_get_jail(o);
}

/* --- set --- */

/* fail2ban's levels that are not ours are the next one that says more. */
static enum orders_outcome
set_loglevel(struct orders *o)
{
    struct span level = orders_word(o, 2);
    struct buf upper = buf_bounded(64), shown = {0};
    enum config_loglevel known;

    if (fail2ban_loglevel(level, &known))
        return orders_change(o, (struct span){0}, SPAN("loglevel"),
                             span_of(config_loglevel_name(known)));
    buf_add_text(&shown, "Invalid log level '");
    for (size_t i = 0; i < level.len; i++)
        buf_add_byte(&upper, level.ptr[i] >= 'a' && level.ptr[i] <= 'z'
                                 ? (char)(level.ptr[i] - 'a' + 'A')
                                 : level.ptr[i]);
    buf_escaped(&shown, buf_span(&upper));
    buf_add_byte(&shown, '\'');
    (void)orders_raise(o, SPAN("builtins ValueError"), buf_span(&shown));
    buf_fini(&upper);
    buf_fini(&shown);
    return ORDERS_ANSWER;
}

static enum orders_outcome
set_dbpurgeage(struct orders *o)
{
    return orders_change(o, (struct span){0}, SPAN("dbpurgeage"), orders_word(o, 2));
}

/* Its words are our own log; a file would be opened as root because a socket says so. */
static enum orders_outcome
set_logtarget(struct orders *o)
{
    static const char *const words[] = {"STDOUT", "STDERR", "SYSOUT", "SYSLOG",
                                        "SYSTEMD-JOURNAL"};
    struct span target = orders_word(o, 2);
    ptrdiff_t options = span_find_byte(target, '[');

    target = options < 0 ? target : span_head(target, (size_t)options);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (span_eq_nocase(target, span_of(words[i])))
            return orders_change(o, (struct span){0}, SPAN("logtarget"), SPAN("STDERR"));
    return orders_fail(o, "Failed to change log target (this socket opens no file: use "
                          "komainu's own fail2ban-client, or write `logtarget = FILE` "
                          "into fail2ban.local and reload)");
}

static enum orders_outcome
set_syslogsocket(struct orders *o)
{
    if (orders_is(o, 2, "auto"))
        return get_syslogsocket(o);
    return orders_fail(o, "Failed to change syslog socket (komainu's log goes to the "
                          "standard error: its service's unit file says where that is)");
}

static enum orders_outcome
set_thread(struct orders *o)
{
    const struct pickle_value *v = o->command->items[2];
    struct buf text = buf_bounded(128);
    struct span name;

    if (v->type != PICKLE_DICT) {
        buf_printf(&text, "'%s' object has no attribute 'items'",
                   pickle_get_text(v, &name) ? "str" : "list");
        (void)orders_raise(o, SPAN("builtins AttributeError"), buf_span(&text));
        buf_fini(&text);
        return ORDERS_ANSWER;
    }
    if (v->count == 2 && pickle_get_text(v->items[0], &name) &&
        span_eq(name, SPAN("stacksize")) && v->items[1]->type == PICKLE_INT &&
        v->items[1]->number == 0)
        return get_thread(o);
    return orders_fail(o, "Invalid command (komainu has no threads: stacksize is 0)");
}

static enum orders_outcome
set_dbmaxmatches(struct orders *o)
{
    uint64_t count;

    if (!span_u64(orders_word(o, 2), 0, INT64_MAX, &count))
        return orders_no_integer(o, orders_word(o, 2));
    if (count > CONFIG_EVIDENCE_MAX)
        return orders_fail(o,
                           "Invalid command (komainu looks at the last %d lines of an "
                           "address at most)",
                           CONFIG_EVIDENCE_MAX);
    return orders_change(o, (struct span){0}, SPAN("dbmaxmatches"), orders_word(o, 2));
}

static enum orders_outcome
set_dbfile(struct orders *o)
{
    return orders_raise(o, SPAN("builtins RuntimeError"),
                        SPAN("Cannot change database when there are jails present"));
}

static enum orders_outcome
set_allowipv6(struct orders *o)
{
    static const char *const words[] = {"auto", "yes", "true", "on", "1"};

    if (span_is_one_of(words, ARRAY_LEN(words), orders_word(o, 2)))
        return orders_say(o, pickle_text(o->arena, orders_word(o, 2)));
    return orders_fail(o, "Invalid command (komainu guards both families of addresses)");
}

enum orders_outcome
order_set(struct orders *o)
{
    static const struct {
        const char *name;
        order_fn *fn;
    } of_guard[] = {{"loglevel", set_loglevel},
                    {"logtarget", set_logtarget},
                    {"syslogsocket", set_syslogsocket},
                    {"allowipv6", set_allowipv6},
                    {"thread", set_thread},
                    {"dbfile", set_dbfile},
                    {"dbmaxmatches", set_dbmaxmatches},
                    {"dbpurgeage", set_dbpurgeage}};

    if (orders_count(o) < 3)
        return orders_missing(o);
    for (size_t i = 0; i < ARRAY_LEN(of_guard); i++)
        if (orders_is(o, 1, of_guard[i].name))
            return of_guard[i].fn(o);
    return order_set_jail(o);
}
