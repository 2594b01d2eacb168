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

/* Jails are of files: made here they would be gone with the guard, and guard nothing
 * until a dozen commands more have come. */
enum orders_outcome
order_add(struct orders *o)
{
    struct buf name = buf_bounded(128);
    struct answer a = {0};
    struct wire_tell_jail jail;

    if (orders_count(o) < 2)
        return orders_missing(o);
    if (orders_is(o, 1, "--all"))
        return orders_fail(o, "Reserved name '--all'");
    if (orders_ask_jail(o, orders_word(o, 1), &a) && orders_jail_of(&a, &jail)) {
        (void)orders_raise(o, SPAN("fail2ban.exceptions DuplicateJailException"),
                           jail.name);
    } else {
        buf_escaped(&name, orders_word(o, 1));
        (void)orders_fail(o,
                          "Invalid command 'add' (not supported: write [%s] into "
                          "jail.local, with enabled, filter and logpath, and reload)",
                          name.ptr ? name.ptr : "");
    }
    answer_fini(&a);
    buf_fini(&name);
    return ORDERS_ANSWER;
}
