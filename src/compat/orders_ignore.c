/* orders_ignore: who is ignored. */
#include "compat/orders_internal.h"

enum { VALUE_MAX = 8192 }; /* as the wire carries it */

/* Whether two texts are one address, one network or one name. */
static bool
is_same(struct span a, struct span b)
{
    struct addr one, other;

    if (addr_parse_prefix(a, &one) && addr_parse_prefix(b, &other))
        return addr_eq(&one, &other);
    return span_eq_nocase(a, b);
}

/* Word `i`, an address without the brackets of a URL. */
static struct span
address_at(const struct orders *o, size_t i)
{
    return orders_unbracketed(orders_word(o, i));
}

/* Whether word `i` is ignored already, or is one of those from 3 on in front of it. */
static bool
is_known(const struct orders *o, const struct answer *a, size_t i)
{
    struct span rest = buf_span(&a->frames), value;

    for (size_t k = 3; k < i; k++)
        if (is_same(address_at(o, k), address_at(o, i)))
            return true;
    while (orders_next_option(&rest, SPAN("ignoreip"), &value))
        if (is_same(value, address_at(o, i)))
            return true;
    return false;
}

/* The words from 3 on, with what is ignored now, or without them. False: there was
 * nothing to take away. */
static bool
put_ignored(struct orders *o, const struct answer *a, bool is_added, struct buf *out)
{
    struct span rest = buf_span(&a->frames), value;
    bool is_changed = is_added;

    while (orders_next_option(&rest, SPAN("ignoreip"), &value)) {
        bool is_named = false;

        for (size_t i = 3; i < orders_count(o); i++)
            is_named |= is_same(value, address_at(o, i));
        is_changed |= is_named;
        if (is_named && !is_added)
            continue;
        buf_add(out, value);
        buf_add_byte(out, ' ');
    }
    for (size_t i = 3; is_added && i < orders_count(o); i++) {
        if (is_known(o, a, i))
            continue;
        buf_add(out, address_at(o, i));
        buf_add_byte(out, ' ');
    }
    return is_changed;
}

static enum orders_outcome
change_ignored(struct orders *o, bool is_added)
{
    struct span jail = orders_word(o, 1);
    struct answer a = {0};
    struct buf value = buf_bounded(VALUE_MAX);
    enum orders_outcome outcome = ORDERS_ANSWER;

    if (!orders_ask_jail(o, jail, &a))
        goto done;
    if (!put_ignored(o, &a, is_added, &value))
        outcome = orders_raise(o, SPAN("builtins ValueError"),
                               SPAN("list.remove(x): x not in list"));
    else if (value.is_cut)
        outcome = orders_fail(o, "too many are ignored for that: write them into a file, "
                                 "and ignoreip = file:PATH");
    else
        outcome = orders_change(o, jail, SPAN("ignoreip"), buf_span(&value));
done:
    buf_fini(&value);
    answer_fini(&a);
    return outcome;
}

enum orders_outcome
order_add_ignored(struct orders *o)
{
    return change_ignored(o, true);
}

enum orders_outcome
order_delete_ignored(struct orders *o)
{
    return orders_count(o) < 4 ? orders_missing(o) : change_ignored(o, false);
}

/* Adds what is one address, or what is not. */
static bool
add_values(struct orders *o, const struct answer *a, bool is_single,
           struct pickle_value *list)
{
    struct span rest = buf_span(&a->frames), value;
    struct addr who;

    while (orders_next_option(&rest, SPAN("ignoreip"), &value))
        if (addr_parse(value, &who) == is_single &&
            !pickle_add(o->arena, list, pickle_text(o->arena, value)))
            return false;
    return true;
}

struct pickle_value *
orders_ignored(struct orders *o, const struct answer *a)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);

    return add_values(o, a, false, list) && add_values(o, a, true, list) ? list : NULL;
}
