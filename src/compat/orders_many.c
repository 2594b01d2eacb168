/* orders_many: commands that hold others, and what of the whole guard is said once. */
#include "compat/orders_internal.h"

enum { VALUE_MAX = 8192 }; /* as the wire carries it */

/* --- multi-set --- */

/* The texts of word 3, a list, a line each. False: it is none, or too long. */
static bool
join(const struct orders *o, struct buf *out)
{
    const struct pickle_value *list = orders_count(o) > 3 ? o->command->items[3] : NULL;
    struct span text;

    if (!list || !pickle_is_sequence(list))
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!pickle_get_text(list->items[i], &text))
            return false;
        buf_add_text(out, i ? "\n" : "");
        buf_add(out, text);
    }
    return !out->is_cut;
}

/* multi-set JAIL addfailregex [EXPRESSION ...]: the rest is as `set`. */
enum orders_outcome
order_multi_set(struct orders *o)
{
    struct buf lines = buf_bounded(VALUE_MAX);
    enum orders_outcome outcome = ORDERS_ANSWER;

    if (!orders_is(o, 2, "addfailregex") && !orders_is(o, 2, "addignoreregex"))
        return order_set(o);
    if (orders_count(o) < 4)
        return orders_missing(o);
    if (!pickle_is_sequence(o->command->items[3]))
        return order_set(o);
    if (join(o, &lines))
        outcome = orders_change_option(o, buf_span(&lines));
    else
        (void)orders_fail(o,
                          "Invalid command (expressions are a list of texts, %d bytes "
                          "together)",
                          VALUE_MAX);
    buf_fini(&lines);
    return outcome;
}

/* --- server-stream --- */

static bool
has_failed(const struct orders *o)
{
    return !o->answer || o->answer->items[0]->number != 0;
}

enum orders_outcome
orders_go_on(struct orders *o)
{
    while (o->done < o->stream->count) {
        enum orders_outcome outcome;

        o->command = o->stream->items[o->done++];
        outcome = orders_run_one(o);
        if (outcome == ORDERS_CHANGE)
            return outcome;
        if (outcome == ORDERS_WAIT)
            return orders_fail(o, "Invalid command (no sleep within a stream)");
        if (has_failed(o))
            return ORDERS_ANSWER;
    }
    return orders_say(o, pickle_none(o->arena));
}

enum orders_outcome
order_stream(struct orders *o)
{
    const struct pickle_value *commands;

    if (o->stream)
        return orders_fail(o, "Invalid command (no stream within a stream)");
    if (orders_count(o) < 2)
        return orders_missing(o);
    commands = o->command->items[1];
    if (!pickle_is_sequence(commands) || commands->count > ORDERS_WORDS_MAX)
        return orders_fail(o, "Invalid command");
    o->stream = commands;
    return orders_go_on(o);
}

/* --- said once --- */

enum orders_outcome
order_config_error(struct orders *o)
{
    if (orders_count(o) < 2)
        return orders_missing(o);
    if (o->guard->tell)
        o->guard->tell(o->guard->ctx, orders_word(o, 1));
    return orders_say(o, pickle_none(o->arena));
}

/* --- jails of clients --- */

/* The name of a backend without its arguments, in small letters. */
static struct span
backend_of(struct orders *o, struct span text)
{
    ptrdiff_t end = span_find_byte(text, '[');
    struct span name = span_trim(span_head(text, end < 0 ? text.len : (size_t)end));
    char *copy = pickle_arena_take(o->arena, name.len + 1);

    for (size_t i = 0; copy && i < name.len; i++)
        copy[i] = (char)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] | 0x20
                                                                  : name.ptr[i]);
    return copy ? (struct span){copy, name.len} : (struct span){0};
}

static bool
is_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && !strchr("-_.", c))
            return false;
    }
    return name.len > 0 && name.len < CONFIG_NAME_MAX;
}

static enum orders_outcome
unknown_backend(struct orders *o, struct span backend)
{
    struct buf text = buf_bounded(256);

    buf_add_text(&text, "Unknown backend ");
    buf_escaped(&text, span_head(backend, 100));
    buf_add_text(&text, ". Must be among ['pyinotify', 'gamin', 'polling', 'systemd'] or "
                        "'auto'");
    (void)orders_raise(o, SPAN("builtins ValueError"), buf_span(&text));
    buf_fini(&text);
    return ORDERS_ANSWER;
}

static bool
has_jail(struct orders *o, struct span name, bool *is_there)
{
    struct span *jails;
    struct answer a = {0};
    size_t count = 0;
    bool is_good = orders_ask_jails(o, &a, &jails, &count);

    *is_there = false;
    for (size_t i = 0; is_good && i < count; i++)
        *is_there |= span_eq(jails[i], name);
    answer_fini(&a);
    return is_good;
}

/* add JAIL [BACKEND]: a jail that no file has, until a reload. */
enum orders_outcome
order_add(struct orders *o)
{
    static const char *const backends[] = {"auto", "pyinotify", "gamin", "polling",
                                           "systemd"};
    struct span name = orders_word(o, 1), backend;
    bool is_there;

    if (orders_count(o) < 2)
        return orders_missing(o);
    if (orders_is(o, 1, "--all"))
        return orders_fail(o, "Reserved name '--all'");
    if (!has_jail(o, name, &is_there))
        return ORDERS_ANSWER;
    if (is_there)
        return orders_raise(o, SPAN("fail2ban.exceptions DuplicateJailException"), name);
    if (!is_name(name))
        return orders_fail(o,
                           "Invalid command 'add' (a jail's name has letters, digits, "
                           "-, _ and ., less than %d)",
                           CONFIG_NAME_MAX);
    backend = orders_count(o) > 2 ? orders_word(o, 2) : SPAN("auto");
    if (!span_is_one_of(backends, ARRAY_LEN(backends), backend_of(o, backend)))
        return unknown_backend(o, backend_of(o, backend));
    if (span_find_byte(backend, '[') >= 0)
        return orders_fail(o,
                           "Invalid command 'add' (arguments of a backend name files, "
                           "and this socket opens none: write [%.*s] into jail.local)",
                           SPAN_FMT(name));
    o->change.what = COMPAT_ADD;
    o->change.jail = name;
    o->change.value = backend_of(o, backend);
    return ORDERS_CHANGE;
}
