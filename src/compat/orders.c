#include "compat/orders.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"
#include "compat/orders_internal.h"

enum {
    BANS_MAX = 1 << 20, /* in one answer */
    SLEEP_MAX_S = 3600,
};

/* --- the command --- */

size_t
orders_count(const struct orders *o)
{
    return o->command->count;
}

struct span
orders_word(const struct orders *o, size_t i)
{
    struct pickle_value *v = i < o->command->count ? o->command->items[i] : NULL;
    struct span text = {0};
    struct buf digits = {0};
    char *copy;

    if (!v || pickle_get_text(v, &text))
        return text;
    if (v->type != PICKLE_INT && v->type != PICKLE_FLOAT && v->type != PICKLE_BOOL)
        return text;
    pickle_repr(&digits, v);
    copy = pickle_arena_take(o->arena, digits.len + 1);
    if (copy) {
        memcpy(copy, digits.ptr, digits.len);
        text = (struct span){copy, digits.len};
    }
    buf_fini(&digits);
    return text;
}

bool
orders_is(const struct orders *o, size_t i, const char *word)
{
    return span_eq(orders_word(o, i), span_of(word));
}

struct span
orders_unbracketed(struct span word)
{
    struct span inner = word;
    struct addr who;

    return span_take(&inner, SPAN("[")) && span_ends(inner, SPAN("]")) &&
                   addr_parse(span_head(inner, inner.len - 1), &who)
               ? span_head(inner, inner.len - 1)
               : word;
}

/* --- answers --- */

/* (outcome, v); nothing when the arena is full. */
static enum orders_outcome
answer(struct orders *o, int64_t outcome, struct pickle_value *v)
{
    o->answer = pickle_pair(o->arena, pickle_int(o->arena, outcome), v);
    return ORDERS_ANSWER;
}

enum orders_outcome
orders_say(struct orders *o, struct pickle_value *v)
{
    return answer(o, 0, v);
}

enum orders_outcome
orders_raise(struct orders *o, struct span name, struct span text)
{
    struct pickle_value *arguments = pickle_container(o->arena, PICKLE_TUPLE);

    if (!pickle_add(o->arena, arguments, pickle_text(o->arena, text)))
        arguments = NULL;
    return answer(o, 1, pickle_object(o->arena, name, arguments));
}

enum orders_outcome
orders_fail(struct orders *o, const char *format, ...)
{
    char text[2048];
    va_list values;

    va_start(values, format);
    (void)vsnprintf(text, sizeof(text), format, values); /* cut to what is there */
    va_end(values);
    return orders_raise(o, SPAN("builtins Exception"), span_of(text));
}

enum orders_outcome
orders_missing(struct orders *o)
{
    return orders_raise(o, SPAN("builtins IndexError"), SPAN("list index out of range"));
}

enum orders_outcome
orders_unknown_jail(struct orders *o, struct span name)
{
    return orders_raise(o, SPAN("fail2ban.exceptions UnknownJailException"), name);
}

enum orders_outcome
orders_no_integer(struct orders *o, struct span text)
{
    struct buf shown = buf_bounded(256);

    buf_add_text(&shown, "invalid literal for int() with base 10: '");
    buf_escaped(&shown, text);
    buf_add_byte(&shown, '\'');
    (void)orders_raise(o, SPAN("builtins ValueError"), buf_span(&shown));
    buf_fini(&shown);
    return ORDERS_ANSWER;
}

const struct pickle_value *
orders_refuse(struct pickle_arena *a, const char *why)
{
    struct buf text = {0};
    struct pickle_value *v;

    buf_printf(&text, "ERROR: %s", why);
    v = pickle_text(a, buf_span(&text));
    buf_fini(&text);
    return v;
}

/* --- asking --- */

bool
orders_ask(struct orders *o, struct buf *frames, struct answer *a)
{
    struct buf error = {0};
    enum ctl_exit code = o->guard->ask(o->guard->ctx, buf_span(frames), a, &error);

    if (code != CTL_DONE)
        (void)orders_fail(o, "%s", error.len ? error.ptr : "the guard does not answer");
    buf_fini(frames);
    buf_fini(&error);
    return code == CTL_DONE;
}

bool
orders_ask_jail(struct orders *o, struct span jail, struct answer *a)
{
    struct wire_tell_jail told;
    struct buf frame = {0};

    wire_put_ask_jail(&frame, &(struct wire_ask_jail){.name = jail});
    if (jail.len == 0 || jail.len >= CONFIG_NAME_MAX) {
        buf_fini(&frame);
        (void)orders_unknown_jail(o, jail);
        return false;
    }
    if (!orders_ask(o, &frame, a))
        return false;
    if (a->outcome == ANSWER_DONE && orders_jail_of(a, &told))
        return true;
    (void)orders_unknown_jail(o, jail);
    return false;
}

bool
orders_jail_of(const struct answer *a, struct wire_tell_jail *jail)
{
    struct span rest = buf_span(&a->frames), fields;

    return answer_next(&rest, WIRE_TELL_JAIL, &fields) &&
           wire_get_tell_jail(fields, jail);
}

bool
orders_ask_jails(struct orders *o, struct answer *a, struct span **jails, size_t *count)
{
    struct wire_tell_jail jail;
    struct span rest, fields;
    struct buf frame = {0};

    wire_put_ask_status(&frame, &(struct wire_ask_status){0});
    if (!orders_ask(o, &frame, a))
        return false;
    rest = buf_span(&a->frames);
    *count = 0;
    *jails = pickle_arena_take(o->arena, (answer_count(rest, WIRE_TELL_JAIL) + 1) *
                                             sizeof(struct span));
    if (!*jails) {
        (void)answer(o, 0, NULL);
        return false;
    }
    while (answer_next(&rest, WIRE_TELL_JAIL, &fields))
        if (wire_get_tell_jail(fields, &jail))
            (*jails)[(*count)++] = jail.name; /* of the answer, which the caller has */
    return true;
}

bool
orders_next_option(struct span *rest, struct span name, struct span *value)
{
    struct wire_tell_option m;
    struct span fields;

    while (answer_next(rest, WIRE_TELL_OPTION, &fields))
        if (wire_get_tell_option(fields, &m) && span_eq(m.name, name)) {
            *value = m.value;
            return true;
        }
    return false;
}

/* --- bans --- */

static int
by_end(const void *a, const void *b)
{
    const struct orders_ban *one = a, *other = b;
    uint64_t ends = (uint64_t)one->until_us, ends2 = (uint64_t)other->until_us;

    /* -1, for good, is the largest. */
    if (ends != ends2)
        return ends < ends2 ? -1 : 1;
    if (one->since_us != other->since_us)
        return one->since_us < other->since_us ? -1 : 1;
    if (one->id.len || other->id.len)
        return span_cmp(one->id, other->id);
    if (one->who.family != other->who.family)
        return one->who.family < other->who.family ? -1 : 1;
    return memcmp(one->who.bytes, other->who.bytes, sizeof(one->who.bytes));
}

bool
orders_is_of(const struct orders_ban *ban, struct span word)
{
    struct addr who;

    if (ban->id.len)
        return span_eq(ban->id, word);
    return addr_parse_prefix(word, &who) && addr_eq(&ban->who, &who);
}

void
orders_add_who(const struct orders_ban *ban, struct buf *out)
{
    char text[ADDR_TEXT_MAX];

    if (ban->id.len)
        buf_add(out, ban->id);
    else
        buf_add_text(out, addr_text(&ban->who, text));
}

/* A copy in the arena; empty when there is no room. */
static struct span
keep_id(struct orders *o, struct span id)
{
    char *copy = id.len ? pickle_arena_take(o->arena, id.len) : NULL;

    if (!copy)
        return (struct span){0};
    memcpy(copy, id.ptr, id.len);
    return (struct span){copy, id.len};
}

/* Takes the bans in force of an answer. */
static size_t
take_bans(struct orders *o, const struct answer *a, struct orders_ban *out, size_t room)
{
    struct span rest = buf_span(&a->frames), fields;
    struct wire_tell_ban ban;
    size_t count = 0;

    while (count < room && answer_next(&rest, WIRE_TELL_BAN, &fields)) {
        if (!wire_get_tell_ban(fields, &ban) || ban.state == BAN_OBSERVED ||
            ban.state == BAN_REFUSED)
            continue;
        out[count] =
            (struct orders_ban){ban.who, keep_id(o, ban.id), ban.since_us, ban.until_us};
        count += ban.who.family || out[count].id.len;
    }
    return count;
}

bool
orders_bans(struct orders *o, struct span jail, const struct addr *within,
            struct orders_ban **bans, size_t *count)
{
    struct wire_ask_bans m = {.jail = jail, .to_us = INT64_MAX};
    struct answer a = {0};
    struct buf frame = {0};
    size_t room;
    bool is_good;

    if (within)
        m.within = *within;
    wire_put_ask_bans(&frame, &m);
    is_good = orders_ask(o, &frame, &a);
    if (is_good && a.outcome == ANSWER_BAD_REQUEST) {
        (void)orders_unknown_jail(o, jail);
        is_good = false;
    }
    if (is_good) {
        room = answer_count(buf_span(&a.frames), WIRE_TELL_BAN) + 1;
        *bans =
            room <= BANS_MAX ? pickle_arena_take(o->arena, room * sizeof(**bans)) : NULL;
        if (!*bans) {
            (void)answer(o, 0, NULL);
            is_good = false;
        }
    }
    if (is_good) {
        *count = take_bans(o, &a, *bans, room);
        qsort(*bans, *count, sizeof(**bans), by_end);
    }
    answer_fini(&a);
    return is_good;
}

struct pickle_value *
orders_addresses(struct orders *o, const struct orders_ban *bans, size_t count)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct buf text = {0};
    bool is_good = true;

    for (size_t i = 0; i < count && is_good; i++) {
        buf_clear(&text);
        orders_add_who(&bans[i], &text);
        is_good = pickle_add(o->arena, list, pickle_text(o->arena, buf_span(&text)));
    }
    buf_fini(&text);
    return is_good ? list : NULL;
}

/* --- the commands --- */

static enum orders_outcome
order_ping(struct orders *o)
{
    return orders_say(o, pickle_text(o->arena, SPAN("pong")));
}

static enum orders_outcome
order_version(struct orders *o)
{
    return orders_say(o, pickle_text(o->arena, SPAN(ORDERS_VERSION)));
}

static enum orders_outcome
order_server_status(struct orders *o)
{
    return orders_say(o, pickle_text(o->arena, SPAN("Server ready")));
}

static enum orders_outcome
order_echo(struct orders *o)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);

    for (size_t i = 1; i < orders_count(o); i++)
        if (!pickle_add(o->arena, list, pickle_text(o->arena, orders_word(o, i))))
            list = NULL;
    return orders_say(o, list);
}

/* As Python reads a number: nothing but digits, a point, an exponent. */
static bool
read_seconds(struct span text, double *seconds)
{
    char copy[64], *end;

    if (!text.len || !span_cstr(text, copy, sizeof(copy)))
        return false;
    *seconds = strtod(copy, &end);
    return *end == 0 && strspn(copy, "0123456789.eE+-") == text.len;
}

static enum orders_outcome
order_sleep(struct orders *o)
{
    struct buf shown = buf_bounded(80);
    double seconds = -1;

    if (orders_count(o) < 2)
        return orders_missing(o);
    if (!read_seconds(orders_word(o, 1), &seconds)) {
        buf_add_text(&shown, "could not convert string to float: '");
        buf_escaped(&shown, orders_word(o, 1));
        buf_add_byte(&shown, '\'');
        (void)orders_raise(o, SPAN("builtins ValueError"), buf_span(&shown));
        buf_fini(&shown);
        return ORDERS_ANSWER;
    }
    if (seconds < 0)
        return orders_raise(o, SPAN("builtins ValueError"),
                            SPAN("sleep length must be non-negative"));
    if (seconds > SLEEP_MAX_S)
        return orders_fail(o, "Invalid command (no sleep is longer than %d s)",
                           SLEEP_MAX_S);
    (void)orders_say(o, pickle_none(o->arena));
    o->wait_us = (int64_t)(seconds * (double)SECOND_US);
    return ORDERS_WAIT;
}

enum orders_outcome
orders_run_one(struct orders *o)
{
    static const struct {
        const char *name;
        order_fn *fn;
    } orders[] = {
        {"ping", order_ping},
        {"version", order_version},
        {"echo", order_echo},
        {"server-status", order_server_status},
        {"status", order_status},
        {"stats", order_stats},
        {"statistics", order_stats},
        {"banned", order_banned},
        {"unban", order_unban},
        {"get", order_get},
        {"set", order_set},
        {"start", order_start},
        {"stop", order_stop},
        {"reload", order_reload},
        {"flushlogs", order_flushlogs},
        {"add", order_add},
        {"multi-set", order_multi_set},
        {"server-stream", order_stream},
        {"config-error", order_config_error},
        {"sleep", order_sleep},
    };

    if (!pickle_is_sequence(o->command) || o->command->count > ORDERS_WORDS_MAX)
        return orders_fail(o, "Invalid command");
    if (o->command->count == 0)
        return orders_missing(o);
    for (size_t i = 0; i < ARRAY_LEN(orders); i++)
        if (orders_is(o, 0, orders[i].name))
            return orders[i].fn(o);
    return orders_fail(o, "Invalid command");
}

enum orders_outcome
orders_run(struct orders *o)
{
    return orders_run_one(o);
}
