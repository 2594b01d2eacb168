/* orders_set: what is changed of jails, and of all: komainud is told of it, and then the
 * answer is as of `get`. */
#include <stdio.h>

#include "compat/orders_internal.h"
#include "conf/journalmatch.h"

enum { VALUE_MAX = 8192 }; /* as the wire carries it */

/* A copy of a text in the arena; of a full one it is empty. */
static struct span
keep(struct orders *o, struct span text)
{
    char *copy = pickle_arena_take(o->arena, text.len + 1);

    if (copy && text.len)
        memcpy(copy, text.ptr, text.len);
    return copy ? (struct span){copy, text.len} : (struct span){0};
}

enum orders_outcome
orders_change(struct orders *o, struct span jail, struct span option, struct span value)
{
    o->change.what = COMPAT_SET;
    o->change.jail = jail;
    o->change.option = option;
    o->change.value = keep(o, value);
    return ORDERS_CHANGE;
}

/* --- a jail's options --- */

/* Those that are one word, and are given as they are. */
static const char *const plain[] = {"findtime",
                                    "bantime",
                                    "maxretry",
                                    "maxmatches",
                                    "ignoreself",
                                    "ignorecache",
                                    "usedns",
                                    "bantime.increment",
                                    "bantime.factor",
                                    "bantime.formula",
                                    "bantime.multipliers",
                                    "bantime.maxtime",
                                    "bantime.rndtime",
                                    "bantime.overalljails",
                                    "prefregex",
                                    "datepattern",
                                    "maxlines",
                                    "logtimezone",
                                    "logencoding",
                                    "addfailregex",
                                    "delfailregex",
                                    "addignoreregex",
                                    "delignoreregex",
                                    "dellogpath"};

/* What would have root run a command because a socket says so, and what to do instead. */
static const struct {
    const char *name, *instead;
} refused[] = {
    {"ignorecommand",
     "this socket takes no commands: use komainu's own fail2ban-client, or write "
     "`ignorecommand = COMMAND` below [%.*s] in jail.local and reload"}};

static enum orders_outcome
unban(struct orders *o)
{
    return orders_count(o) < 4 ? orders_missing(o) : order_unbanip(o);
}

enum orders_outcome
orders_change_option(struct orders *o, struct span value)
{
    struct answer a = {0};
    bool is_there = orders_ask_jail(o, orders_word(o, 1), &a);

    answer_fini(&a);
    return is_there ? orders_change(o, orders_word(o, 1), orders_word(o, 2), value)
                    : ORDERS_ANSWER;
}

/* What is no word for yes is a no, as in fail2ban. */
static bool
is_switch(struct span option)
{
    static const char *const switches[] = {"ignoreself", "bantime.increment",
                                           "bantime.overalljails"};

    return span_is_one_of(switches, ARRAY_LEN(switches), option);
}

static bool
is_yes(struct span word)
{
    static const char *const yes[] = {"1", "on", "true", "yes"};

    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        if (span_eq_nocase(word, span_of(yes[i])))
            return true;
    return false;
}

/* How names are looked up: what is no word for that is a no. */
static struct span
names_of(struct span word)
{
    static const char *const words[] = {"yes", "warn", "no", "raw"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (span_eq_nocase(word, span_of(words[i])))
            return span_of(words[i]);
    return SPAN("no");
}

/* Those of which Python makes a whole number. */
static bool
is_whole(struct span option)
{
    static const char *const whole[] = {"maxretry", "maxmatches", "maxlines",
                                        "delfailregex", "delignoreregex"};

    return span_is_one_of(whole, ARRAY_LEN(whole), option);
}

static bool
is_integer(struct span text)
{
    uint64_t n;

    text = span_trim(text);
    if (!span_take(&text, SPAN("-")))
        (void)span_take(&text, SPAN("+")); /* neither is fine */
    return span_u64(text, 0, INT64_MAX, &n);
}

/* Of fewer than one failure, and one line that is kept, it is one. */
static struct span
value_of(struct span option, struct span text)
{
    bool is_count =
        span_eq(option, SPAN("maxretry")) || span_eq(option, SPAN("maxmatches"));
    uint64_t n;

    text = span_trim(text);
    if (is_count && (span_starts(text, SPAN("-")) || !span_u64(text, 1, UINT64_MAX, &n)))
        return SPAN("1");
    return text;
}

static enum orders_outcome
set_option(struct orders *o)
{
    if (orders_is(o, 2, "usedns"))
        return orders_change_option(o, names_of(orders_word(o, 3)));
    if (is_switch(orders_word(o, 2)))
        return orders_change_option(o,
                                    is_yes(orders_word(o, 3)) ? SPAN("yes") : SPAN("no"));
    if (is_whole(orders_word(o, 2)) && !is_integer(orders_word(o, 3)))
        return orders_no_integer(o, orders_word(o, 3));
    return orders_change_option(o, value_of(orders_word(o, 2), orders_word(o, 3)));
}

/* addlogpath FILE [head|tail]. */
static enum orders_outcome
add_log(struct orders *o)
{
    bool is_tail = span_eq_nocase(orders_word(o, 4), SPAN("tail"));
    struct buf text = buf_bounded(VALUE_MAX);
    enum orders_outcome outcome;

    if (orders_count(o) < 4)
        return orders_missing(o);
    if (orders_count(o) > 5)
        return orders_raise(o, SPAN("builtins ValueError"),
                            SPAN("Only one file can be added at a time"));
    if (orders_count(o) == 5 && !is_tail &&
        !span_eq_nocase(orders_word(o, 4), SPAN("head")))
        return orders_raise(o, SPAN("builtins ValueError"),
                            SPAN("File option must be 'head' or 'tail'"));
    buf_add(&text, orders_word(o, 3));
    buf_add_text(&text, is_tail ? " tail" : "");
    outcome = text.is_cut ? orders_fail(o, "the name is too long")
                          : orders_change_option(o, buf_span(&text));
    buf_fini(&text);
    return outcome;
}

static enum orders_outcome
refuse_option(struct orders *o, const char *instead)
{
    struct answer a = {0};
    struct wire_tell_jail jail;
    char why[512];

    if (orders_count(o) < 4)
        return orders_missing(o);
    if (orders_ask_jail(o, orders_word(o, 1), &a) && orders_jail_of(&a, &jail)) {
        (void)snprintf(why, sizeof(why), instead, SPAN_FMT(jail.name));
        (void)orders_fail(o, "Invalid command '%.*s' (%s)", SPAN_FMT(orders_word(o, 2)),
                          why); /* both ours */
    }
    answer_fini(&a);
    return ORDERS_ANSWER;
}

static enum orders_outcome
set_idle(struct orders *o)
{
    struct answer a = {0};
    bool is_on = orders_is(o, 3, "on"), is_there;

    if (orders_count(o) < 4)
        return orders_missing(o);
    if (!is_on && !orders_is(o, 3, "off"))
        return orders_fail(o, "Invalid idle option, must be 'on' or 'off'");
    is_there = orders_ask_jail(o, orders_word(o, 1), &a);
    answer_fini(&a);
    if (!is_there)
        return ORDERS_ANSWER;
    return orders_change(o, orders_word(o, 1), SPAN("idle"),
                         is_on ? SPAN("yes") : SPAN("no"));
}

/* add- and deljournalmatch: words are terms, which may hold blanks. */
static enum orders_outcome
set_journalmatch(struct orders *o)
{
    struct answer a = {0};
    struct buf terms = {0}, line = buf_bounded(JOURNALMATCH_MAX);
    enum orders_outcome outcome = ORDERS_ANSWER;

    for (size_t i = 3; i < orders_count(o); i++)
        buf_printf(&terms, "%s%.*s", i > 3 ? "\n" : "", SPAN_FMT(orders_word(o, i)));
    journalmatch_text(buf_span(&terms), &line);
    if (!orders_ask_jail(o, orders_word(o, 1), &a))
        ; /* said */
    else if (!orders_reads_journal(&a))
        (void)orders_say(o, pickle_container(o->arena, PICKLE_LIST));
    else if (line.is_cut || !line.len)
        (void)orders_raise(o, SPAN("builtins ValueError"), SPAN("Invalid match"));
    else
        outcome = orders_change(o, orders_word(o, 1), orders_word(o, 2), buf_span(&line));
    answer_fini(&a);
    buf_fini(&terms);
    buf_fini(&line);
    return outcome;
}

static enum orders_outcome
unknown_option(struct orders *o)
{
    struct buf name = buf_bounded(128);
    enum orders_outcome outcome;

    buf_escaped(&name, orders_word(o, 2));
    outcome =
        orders_fail(o, "Invalid command '%s' (no set action or not yet implemented)",
                    name.ptr ? name.ptr : "");
    buf_fini(&name);
    return outcome;
}

/* Those that are more than a word that is handed on. */
static const struct {
    const char *name;
    order_fn *fn;
} own[] = {{"attempt", order_attempt},
           {"banip", order_banip},
           {"addaction", order_addaction},
           {"delaction", order_delaction},
           {"action", order_set_action},
           {"idle", set_idle},
           {"addjournalmatch", set_journalmatch},
           {"deljournalmatch", set_journalmatch},
           {"unbanip", unban},
           {"addignoreip", order_add_ignored},
           {"delignoreip", order_delete_ignored},
           {"addlogpath", add_log}};

enum orders_outcome
order_set_jail(struct orders *o)
{
    struct span option = orders_word(o, 2);

    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (orders_is(o, 2, refused[i].name))
            return refuse_option(o, refused[i].instead);
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (orders_is(o, 2, own[i].name))
            return own[i].fn(o);
    if (span_is_one_of(plain, ARRAY_LEN(plain), option))
        return orders_count(o) < 4 ? orders_missing(o) : set_option(o);
    return unknown_option(o);
}

/* --- jails, and all --- */

enum orders_outcome
order_start(struct orders *o)
{
    if (orders_count(o) < 2)
        return orders_missing(o);
    if (orders_word(o, 1).len >= CONFIG_NAME_MAX)
        return orders_unknown_jail(o, orders_word(o, 1));
    o->change.what = COMPAT_START;
    o->change.jail = orders_word(o, 1);
    return ORDERS_CHANGE;
}

enum orders_outcome
order_stop(struct orders *o)
{
    struct answer a = {0};
    bool is_there;

    if (orders_count(o) == 1) {
        (void)orders_say(o, pickle_none(o->arena)); /* said before it ends */
        o->change.what = COMPAT_STOP;
        return ORDERS_CHANGE;
    }
    if (orders_is(o, 1, "--all")) {
        o->change.what = COMPAT_NONE;
        return ORDERS_CHANGE;
    }
    is_there = orders_ask_jail(o, orders_word(o, 1), &a);
    answer_fini(&a);
    if (!is_there)
        return ORDERS_ANSWER;
    return orders_change(o, orders_word(o, 1), SPAN("enabled"), SPAN("no"));
}

/* Whether an option is among those of reload, which are a list of their own. */
static bool
has_option(const struct orders *o, const char *name)
{
    const struct pickle_value *v = orders_count(o) > 2 ? o->command->items[2] : NULL;
    struct span text;

    for (uint32_t i = 0; v && pickle_is_sequence(v) && i < v->count; i++)
        if (pickle_get_text(v->items[i], &text) && span_eq(text, span_of(name)))
            return true;
    return false;
}

/* Lifts the bans of a jail, or of all. False: o->answer says what went wrong. */
static bool
lift(struct orders *o, struct span jail)
{
    struct buf frame = {0};
    struct answer a = {0};
    bool is_good;

    wire_put_ask_unban(&frame, &(struct wire_ask_unban){.jail = jail});
    is_good = orders_ask(o, &frame, &a);
    answer_fini(&a);
    return is_good;
}

/* reload JAIL|--all [options [stream]]: the files are read here, whatever a client has
 * made of them. */
enum orders_outcome
order_reload(struct orders *o)
{
    struct span jail = orders_word(o, 1);
    struct answer a = {0};
    bool is_there;

    if (orders_count(o) < 2 || orders_is(o, 1, "--all")) {
        jail = (struct span){0};
    } else {
        is_there = orders_ask_jail(o, jail, &a);
        answer_fini(&a);
        if (!is_there && !has_option(o, "--if-exists"))
            return ORDERS_ANSWER;
        /* One that was stopped is started, as its files say: what clients set is gone. */
    }
    if (has_option(o, "--unban") && !lift(o, jail))
        return ORDERS_ANSWER;
    o->change.what = COMPAT_RELOAD;
    o->change.jail = jail;
    return ORDERS_CHANGE;
}

enum orders_outcome
order_flushlogs(struct orders *o)
{
    o->change.what = COMPAT_FLUSH;
    return ORDERS_CHANGE;
}

/* --- in the end --- */

/* What `get` says of what was set; komainud may have to be asked for it. */
static enum orders_outcome
finish_set(struct orders *o)
{
    static const struct {
        const char *set, *get;
    } others[] = {
        {"addignoreip", "ignoreip"},         {"delignoreip", "ignoreip"},
        {"addlogpath", "logpath"},           {"dellogpath", "logpath"},
        {"addfailregex", "failregex"},       {"delfailregex", "failregex"},
        {"addignoreregex", "ignoreregex"},   {"delignoreregex", "ignoreregex"},
        {"addjournalmatch", "journalmatch"}, {"deljournalmatch", "journalmatch"}};
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct orders get = {.guard = o->guard, .arena = o->arena, .command = list};
    struct span option = orders_word(o, 2);
    bool is_of_jail = o->change.jail.len != 0;

    bool is_list =
        span_eq(option, SPAN("addfailregex")) || span_eq(option, SPAN("addignoreregex"));

    if (orders_is(o, 2, "idle") || (orders_is(o, 0, "multi-set") && is_list))
        return orders_say(o, pickle_bool(o->arena, !orders_is(o, 3, "off")));
    if (span_eq(option, SPAN("bantime.increment")))
        return orders_say(o, pickle_bool(o->arena, is_yes(orders_word(o, 3))));
    if (orders_is(o, 2, "addaction"))
        return orders_say(o, pickle_text(o->arena, orders_word(o, 3)));
    if (orders_is(o, 2, "delaction"))
        return orders_say(o, pickle_none(o->arena));
    if (orders_is(o, 2, "action"))
        return order_get_action(o);
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (span_eq(option, span_of(others[i].set)))
            option = span_of(others[i].get);
    if (!pickle_add(o->arena, list, pickle_text(o->arena, SPAN("get"))) ||
        !pickle_add(o->arena, list, pickle_text(o->arena, orders_word(o, 1))) ||
        (is_of_jail && !pickle_add(o->arena, list, pickle_text(o->arena, option)))) {
        o->answer = NULL;
        return ORDERS_ANSWER;
    }
    if (order_get(&get) == ORDERS_CHANGE) {
        o->change = get.change;
        return ORDERS_CHANGE;
    }
    o->answer = get.answer;
    return ORDERS_ANSWER;
}

static enum orders_outcome
finish(struct orders *o, enum answer_outcome outcome, struct span text)
{
    struct buf why = buf_bounded(1024);

    if (o->change.what == COMPAT_ACTION)
        return orders_finish_action(o, outcome, text);
    if (o->change.what == COMPAT_SET && outcome == ANSWER_DONE &&
        !orders_is(o, 0, "stop"))
        return finish_set(o);
    if (orders_is(o, 0, "reload") &&
        (outcome == ANSWER_DONE || outcome == ANSWER_NO_MATCH)) {
        (void)orders_say(o, pickle_text(o->arena, SPAN("OK")));
    } else if (outcome == ANSWER_NO_MATCH) {
        (void)orders_unknown_jail(o, o->change.jail);
    } else if (outcome != ANSWER_DONE) {
        buf_add(&why, span_trim(text));
        (void)orders_fail(o, "%s", why.len ? why.ptr : "the guard refused it");
    } else if (o->change.what == COMPAT_ADD) {
        (void)orders_say(o, pickle_text(o->arena, o->change.jail));
    } else if (o->change.what == COMPAT_FLUSH) {
        (void)orders_say(o, pickle_text(o->arena, SPAN("rolled over")));
    } else {
        (void)orders_say(o, pickle_none(o->arena)); /* start, stop */
    }
    buf_fini(&why);
    return ORDERS_ANSWER;
}

enum orders_outcome
orders_finish(struct orders *o, enum answer_outcome outcome, struct span text)
{
    if (finish(o, outcome, text) == ORDERS_CHANGE)
        return ORDERS_CHANGE;
    if (!o->stream || !o->answer || o->answer->items[0]->number != 0)
        return ORDERS_ANSWER;
    return orders_go_on(o);
}
