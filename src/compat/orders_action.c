/* orders_action: what an action is: `get JAIL action ...`. Its texts are komainud's,
 * which has them from fail2ban's files. */
#include <stdlib.h>

#include "compat/orders_internal.h"

/* What each action has, whatever its file says. */
static const char *const properties[] = {
    "ESCAPE_CRE",  "ESCAPE_VN_CRE", "actionban",    "actioncheck", "actionflush",
    "actionreban", "actionreload",  "actionrepair", "actionstart", "actionstop",
    "actionunban", "banEpoch",      "timeout"};

/* What can be done with it there; nothing here, so these are names only. */
static const char *const methods[] = {"ban",
                                      "clearAllParams",
                                      "consistencyCheck",
                                      "escapeTag",
                                      "flush",
                                      "executeCmd",
                                      "invalidateBanEpoch",
                                      "prolong",
                                      "reban",
                                      "reload",
                                      "replaceDynamicTags",
                                      "replaceTag",
                                      "start",
                                      "stop",
                                      "unban"};

enum { TIMEOUT_S = 60, NAMES_MAX = 512 };

static int
by_name(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* A sorted list of names, each once. */
static struct pickle_value *
sorted(struct orders *o, const char *const *fixed, size_t fixed_count, struct span more)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct span names[NAMES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < fixed_count; i++)
        names[count++] = span_of(fixed[i]);
    while (count < NAMES_MAX && span_line(&more, &names[count]))
        count++;
    qsort(names, count, sizeof(*names), by_name);
    for (size_t i = 0; i < count; i++)
        if ((i == 0 || !span_eq(names[i], names[i - 1])) &&
            !pickle_add(o->arena, list, pickle_text(o->arena, names[i])))
            return NULL;
    return list;
}

bool
orders_is_method(struct span name)
{
    return span_is_one_of(methods, ARRAY_LEN(methods), name);
}

static enum orders_outcome
unknown_action(struct orders *o)
{
    struct buf text = buf_bounded(512);

    buf_add_text(&text, "Invalid Action name: ");
    buf_escaped(&text, orders_word(o, 3));
    (void)orders_raise(o, SPAN("builtins KeyError"), buf_span(&text));
    buf_fini(&text);
    return ORDERS_ANSWER;
}

/* A property that its file does not set. */
static enum orders_outcome
say_usual(struct orders *o)
{
    struct buf text = buf_bounded(512);

    if (orders_is(o, 4, "timeout"))
        return orders_say(o, pickle_int(o->arena, TIMEOUT_S));
    if (orders_is(o, 4, "banEpoch"))
        return orders_say(o, pickle_int(o->arena, 0));
    if (span_starts(orders_word(o, 4), SPAN("ESCAPE_")))
        return orders_fail(o, "Invalid command (komainu escapes in another way)");
    if (span_is_one_of(properties, ARRAY_LEN(properties), orders_word(o, 4)))
        return orders_say(o, pickle_text(o->arena, SPAN("")));
    buf_add_text(&text, "'CommandAction' object has no attribute '");
    buf_escaped(&text, orders_word(o, 4));
    buf_add_byte(&text, '\'');
    (void)orders_raise(o, SPAN("builtins AttributeError"), buf_span(&text));
    buf_fini(&text);
    return ORDERS_ANSWER;
}

static enum orders_outcome
say_property(struct orders *o, struct span text)
{
    uint64_t seconds;

    if (orders_is(o, 4, "timeout") && span_u64(text, 0, INT64_MAX, &seconds))
        return orders_say(o, pickle_int(o->arena, (int64_t)seconds));
    return orders_say(o, pickle_text(o->arena, text));
}

enum orders_outcome
order_get_action(struct orders *o)
{
    bool is_of_one = orders_is(o, 2, "action");
    struct answer a = {0};
    bool is_there;

    if (orders_count(o) < (is_of_one ? 5 : 4))
        return orders_missing(o);
    is_there = orders_ask_jail(o, orders_word(o, 1), &a);
    answer_fini(&a);
    if (!is_there)
        return ORDERS_ANSWER;
    o->change.what = COMPAT_ACTION;
    o->change.jail = orders_word(o, 1);
    o->change.option = is_of_one ? orders_word(o, 4) : (struct span){0};
    o->change.value = orders_word(o, 3);
    if (o->change.option.len >= CONFIG_NAME_MAX)
        return say_usual(o);
    if (o->change.value.len == 0 || o->change.value.len > CONFIG_ACTION_NAME_MAX)
        return unknown_action(o);
    return ORDERS_CHANGE;
}

/* get JAIL ignorecommand|ignorecache|logencoding|bantime.*. */
enum orders_outcome
order_get_asked(struct orders *o)
{
    struct answer a = {0};
    bool is_there = orders_ask_jail(o, orders_word(o, 1), &a);

    answer_fini(&a);
    if (!is_there)
        return ORDERS_ANSWER;
    if (orders_word(o, 2).len >= CONFIG_NAME_MAX) /* bantime.* that there is not */
        return orders_say(o, pickle_none(o->arena));
    o->change.what = COMPAT_ACTION;
    o->change.jail = orders_word(o, 1);
    o->change.option = orders_word(o, 2);
    o->change.value = (struct span){0};
    return ORDERS_CHANGE;
}

/* What was said of bantime.*; None: nothing. */
static enum orders_outcome
say_bantime(struct orders *o, struct span text)
{
    bool is_time =
        orders_is(o, 2, "bantime.maxtime") || orders_is(o, 2, "bantime.rndtime");
    uint64_t seconds;

    if (!text.len)
        return orders_say(o, pickle_none(o->arena));
    if (span_eq(text, SPAN("yes")) || span_eq(text, SPAN("no")))
        return orders_say(o, pickle_bool(o->arena, text.len == 3));
    if (is_time && span_eq(text, SPAN("-1")))
        return orders_say(o, pickle_int(o->arena, -1));
    if (is_time && span_u64(text, 0, INT64_MAX, &seconds))
        return orders_say(o, pickle_int(o->arena, (int64_t)seconds));
    return orders_say(o, pickle_text(o->arena, text));
}

/* The command, or False; ["<ip>", count, seconds], or None; the encoding. */
static enum orders_outcome
say_asked(struct orders *o, struct span text)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct span word;
    uint64_t n;

    if (span_starts(orders_word(o, 2), SPAN("bantime.")))
        return say_bantime(o, text);
    if (orders_is(o, 2, "ignorecommand"))
        return orders_say(o, text.len ? pickle_text(o->arena, text)
                                      : pickle_bool(o->arena, false));
    if (orders_is(o, 2, "logencoding"))
        return orders_say(o, pickle_text(o->arena, text.len ? text : SPAN("UTF-8")));
    if (!text.len)
        return orders_say(o, pickle_none(o->arena));
    if (!pickle_add(o->arena, list, pickle_text(o->arena, SPAN("<ip>"))))
        list = NULL;
    while (span_word(&text, &word))
        if (!span_u64(word, 0, INT64_MAX, &n) ||
            !pickle_add(o->arena, list, pickle_int(o->arena, (int64_t)n)))
            list = NULL;
    return orders_say(o, list);
}

enum orders_outcome
orders_finish_action(struct orders *o, enum answer_outcome outcome, struct span text)
{
    if (o->change.value.len == 0 && outcome == ANSWER_DONE)
        return say_asked(o, text);
    /* Of jails that are not fail2ban's, whose only action it is. */
    if (outcome == ANSWER_NO_MATCH && orders_is(o, 3, ORDERS_OWN_ACTION))
        outcome = orders_is(o, 2, "action") ? ANSWER_BAD_REQUEST : ANSWER_DONE;
    if (outcome == ANSWER_NO_MATCH)
        return unknown_action(o);
    if (outcome == ANSWER_BAD_REQUEST)
        return say_usual(o);
    if (outcome != ANSWER_DONE)
        return orders_fail(o, "%.*s", SPAN_FMT(text));
    if (orders_is(o, 2, "action"))
        return say_property(o, text);
    if (orders_is(o, 2, "actionmethods"))
        return orders_say(o, sorted(o, methods, ARRAY_LEN(methods), (struct span){0}));
    return orders_say(o, sorted(o, properties, ARRAY_LEN(properties), text));
}

/* --- what is set --- */

/* Asks whether the jail has the action of word 3; false: o->answer says what went wrong,
 * or that it has not. */
static bool
has_action(struct orders *o, bool *is_there)
{
    struct answer a = {0};
    struct span rest, value;
    bool is_good = orders_ask_jail(o, orders_word(o, 1), &a);

    *is_there = false;
    rest = buf_span(&a.frames);
    while (is_good && orders_next_option(&rest, SPAN("action"), &value))
        *is_there |= span_eq(value, orders_word(o, 3));
    answer_fini(&a);
    return is_good;
}

static bool
is_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!((name.ptr[i] | 0x20) >= 'a' && (name.ptr[i] | 0x20) <= 'z') &&
            !(name.ptr[i] >= '0' && name.ptr[i] <= '9') && !strchr("-_.", name.ptr[i]))
            return false;
    return name.len && name.len <= CONFIG_ACTION_NAME_MAX;
}

/* set JAIL addaction NAME: without commands, which follow. */
enum orders_outcome
order_addaction(struct orders *o)
{
    struct span name = orders_word(o, 3);
    bool is_there;

    if (orders_count(o) < 4 || orders_count(o) == 5)
        return orders_missing(o);
    if (!has_action(o, &is_there))
        return ORDERS_ANSWER;
    if (!is_name(name))
        return orders_fail(o,
                           "Invalid command 'addaction' (an action's name has letters, "
                           "digits, -, _ and .)");
    if (is_there) {
        struct buf text = {0};

        buf_printf(&text, "Action %.*s already exists", SPAN_FMT(name));
        (void)orders_raise(o, SPAN("builtins ValueError"), buf_span(&text));
        buf_fini(&text);
        return ORDERS_ANSWER;
    }
    if (orders_count(o) > 5)
        return orders_fail(o, "Invalid command 'addaction' (komainu runs no Python: an "
                              "`actionban` may run a program)");
    return orders_change(o, orders_word(o, 1), SPAN("addaction"), name);
}

/* set JAIL delaction NAME. */
enum orders_outcome
order_delaction(struct orders *o)
{
    bool is_there;

    if (orders_count(o) < 4)
        return orders_missing(o);
    if (!has_action(o, &is_there))
        return ORDERS_ANSWER;
    return is_there
               ? orders_change(o, orders_word(o, 1), SPAN("delaction"), orders_word(o, 3))
               : unknown_action(o);
}

/* What would have root run a command because a socket says so, and what to do instead. */
static enum orders_outcome
refuse_command(struct orders *o)
{
    return orders_fail(o, "Invalid command 'action' (this socket takes no commands: use "
                          "komainu's own fail2ban-client, or write them into "
                          "action.d/NAME.local, and reload)");
}

/* set JAIL action NAME PROPERTY VALUE. */
enum orders_outcome
order_set_action(struct orders *o)
{
    struct buf text = {0};
    enum orders_outcome outcome;
    bool is_there;

    if (orders_count(o) < 4)
        return orders_missing(o);
    if (!has_action(o, &is_there))
        return ORDERS_ANSWER;
    if (!is_there)
        return unknown_action(o);
    if (orders_is(o, 0, "multi-set"))
        return refuse_command(o);
    if (orders_count(o) > 4 && orders_is_method(orders_word(o, 4)))
        return orders_fail(o,
                           "Invalid command 'action' (`%.*s`: nothing is done with an "
                           "action here but by bans: use `set JAIL banip`, `unbanip`, "
                           "`reload`)",
                           SPAN_FMT(orders_word(o, 4))); /* one of the methods */
    if (orders_count(o) < 6)
        return orders_missing(o);
    if (orders_is(o, 4, "banEpoch")) /* it is set to what it is */
        return say_usual(o);
    if (!orders_is(o, 4, "timeout"))
        return refuse_command(o);
    buf_printf(&text, "%.*s\ntimeout\n%.*s", SPAN_FMT(orders_word(o, 3)),
               SPAN_FMT(orders_word(o, 5)));
    outcome = orders_change(o, orders_word(o, 1), SPAN("action"), buf_span(&text));
    buf_fini(&text);
    return outcome;
}
