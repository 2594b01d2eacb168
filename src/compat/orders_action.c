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

/* get JAIL ignorecommand|ignorecache. */
enum orders_outcome
order_get_asked(struct orders *o)
{
    struct answer a = {0};
    bool is_there = orders_ask_jail(o, orders_word(o, 1), &a);

    answer_fini(&a);
    if (!is_there)
        return ORDERS_ANSWER;
    o->change.what = COMPAT_ACTION;
    o->change.jail = orders_word(o, 1);
    o->change.option = orders_word(o, 2);
    o->change.value = (struct span){0};
    return ORDERS_CHANGE;
}

/* The command, or False; ["<ip>", count, seconds], or None. */
static enum orders_outcome
say_asked(struct orders *o, struct span text)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct span word;
    uint64_t n;

    if (orders_is(o, 2, "ignorecommand"))
        return orders_say(o, text.len ? pickle_text(o->arena, text)
                                      : pickle_bool(o->arena, false));
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
