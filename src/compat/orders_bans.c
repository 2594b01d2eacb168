/* orders_bans: who is banned, is to be, or no longer. */
#include "base/ident.h"
#include "compat/orders_internal.h"

#define UNTIL_MAX_S INT64_C(253402300799) /* the end of the year 9999 */

/* --- asking --- */

static bool
is_among(const struct orders_ban *bans, size_t count, struct span who)
{
    for (size_t i = 0; i < count; i++)
        if (orders_is_of(&bans[i], who))
            return true;
    return false;
}

/* The bans of one jail. */
struct held {
    struct orders_ban *bans;
    size_t count;
};

/* For each word from 1 on a list of the jails that hold it. */
static struct pickle_value *
jails_of_words(struct orders *o, const struct span *jails, const struct held *held,
               size_t count)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);

    for (size_t i = 1; i < orders_count(o); i++) {
        struct pickle_value *names = pickle_container(o->arena, PICKLE_LIST);

        for (size_t k = 0; k < count; k++)
            if (is_among(held[k].bans, held[k].count,
                         orders_unbracketed(orders_word(o, i))) &&
                !pickle_add(o->arena, names, pickle_text(o->arena, jails[k])))
                return NULL;
        if (!pickle_add(o->arena, list, names))
            return NULL;
    }
    return list;
}

/* The same, with the bans of each jail asked for once. */
static struct pickle_value *
who_holds(struct orders *o, const struct span *jails, size_t count)
{
    struct held *held = pickle_arena_take(o->arena, (count + 1) * sizeof(*held));
    const struct addr *within = NULL;
    struct addr who;

    if (orders_count(o) == 2 &&
        addr_parse_prefix(orders_unbracketed(orders_word(o, 1)), &who))
        within = &who;
    for (size_t i = 0; held && i < count; i++)
        if (!orders_bans(o, jails[i], within, &held[i].bans, &held[i].count))
            return NULL;
    return held ? jails_of_words(o, jails, held, count) : NULL;
}

/* {jail: [address ...]}. */
static struct pickle_value *
bans_of(struct orders *o, struct span jail)
{
    struct pickle_value *one = pickle_container(o->arena, PICKLE_DICT);
    struct orders_ban *bans;
    size_t count;

    if (!orders_bans(o, jail, NULL, &bans, &count) ||
        !pickle_add(o->arena, one, pickle_text(o->arena, jail)) ||
        !pickle_add(o->arena, one, orders_addresses(o, bans, count)))
        return NULL;
    return one;
}

enum orders_outcome
order_banned(struct orders *o)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct answer a = {0};
    struct span *jails;
    size_t count;

    if (!orders_ask_jails(o, &a, &jails, &count))
        list = NULL;
    else if (orders_count(o) > 1)
        list = who_holds(o, jails, count);
    else
        for (size_t i = 0; i < count && list; i++)
            list = pickle_add(o->arena, list, bans_of(o, jails[i])) ? list : NULL;
    answer_fini(&a);
    return !list && o->answer ? ORDERS_ANSWER : orders_say(o, list);
}

/* get JAIL banned [ADDRESS ...]: all, 1 or 0, or a list of these. */
enum orders_outcome
order_get_banned(struct orders *o)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST), *one = NULL;
    struct orders_ban *bans;
    size_t count;

    if (!orders_bans(o, orders_word(o, 1), NULL, &bans, &count))
        return ORDERS_ANSWER;
    if (orders_count(o) == 3)
        return orders_say(o, orders_addresses(o, bans, count));
    for (size_t i = 3; i < orders_count(o) && list; i++) {
        one = pickle_int(o->arena,
                         is_among(bans, count, orders_unbracketed(orders_word(o, i))));
        if (orders_count(o) > 4 && !pickle_add(o->arena, list, one))
            list = NULL;
    }
    return orders_say(o, orders_count(o) > 4 ? list : one);
}

static void
add_time(struct buf *out, int64_t wall_us)
{
    struct civil c = clock_to_civil(wall_us, clock_local_offset_s(wall_us));

    buf_printf(out, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour,
               c.minute, c.second);
}

/* "ADDRESS \tBEGIN + SECONDS = END". */
static void
add_with_time(struct buf *out, const struct orders_ban *ban)
{
    int64_t begin_us = ban->since_us / SECOND_US * SECOND_US;
    int64_t seconds = (ban->until_us - ban->since_us + SECOND_US / 2) / SECOND_US;

    orders_add_who(ban, out);
    buf_add_text(out, " \t");
    add_time(out, begin_us);
    if (ban->until_us < 0) {
        buf_add_text(out, " + -1 = 9999-12-31 23:59:59");
        return;
    }
    buf_printf(out, " + %lld = ", (long long)seconds);
    if (begin_us / SECOND_US + seconds > UNTIL_MAX_S)
        buf_add_text(out, "9999-12-31 23:59:59");
    else
        add_time(out, begin_us + seconds * SECOND_US);
}

enum orders_outcome
order_get_banip(struct orders *o)
{
    struct pickle_value *list = pickle_container(o->arena, PICKLE_LIST);
    struct orders_ban *bans;
    size_t count;

    if (!orders_bans(o, orders_word(o, 1), NULL, &bans, &count))
        return ORDERS_ANSWER;
    if (!orders_is(o, 3, "--with-time"))
        return orders_say(o, orders_addresses(o, bans, count));
    for (size_t i = 0; i < count && list; i++) {
        struct buf line = {0};

        add_with_time(&line, &bans[i]);
        if (!pickle_add(o->arena, list, pickle_text(o->arena, buf_span(&line))))
            list = NULL;
        buf_fini(&line);
    }
    return orders_say(o, list);
}

/* --- changing --- */

/* Word `i`: an address without the brackets of a URL, a network, or an id. */
static struct span
who_at(const struct orders *o, size_t i)
{
    return orders_unbracketed(orders_word(o, i));
}

/* Whether word `i` is one of those from `first` on in front of it. */
static bool
is_repeated(const struct orders *o, size_t first, size_t i)
{
    for (size_t k = first; k < i; k++)
        if (span_eq_nocase(who_at(o, k), who_at(o, i)))
            return true;
    return false;
}

/* Says that a word is too long for an id, or empty. */
static bool
is_id(struct orders *o, struct span word)
{
    if (word.len && word.len <= IDENT_MAX)
        return true;
    (void)orders_fail(o, "an id has 1 to %d bytes", IDENT_MAX);
    return false;
}

/* The same of all words from `first` on; nothing is changed then. */
static bool
are_somebody(struct orders *o, size_t first)
{
    for (size_t i = first; i < orders_count(o); i++)
        if (!is_id(o, orders_word(o, i)))
            return false;
    return true;
}

/* How many of the words from 3 on are banned; of those in `*before`, if that is not NULL,
 * none. Then `*before` are the bans of now, `*count` of them. -1: o->answer says what
 * went wrong. */
static int64_t
count_banned(struct orders *o, struct orders_ban **before, size_t *count)
{
    struct orders_ban *now;
    struct addr who = {0};
    int64_t found = 0;
    size_t n;

    if (orders_count(o) == 4 && !addr_parse_prefix(who_at(o, 3), &who))
        who = (struct addr){0}; /* of an id all are looked through */
    if (!orders_bans(o, orders_word(o, 1), who.family ? &who : NULL, &now, &n))
        return -1;
    for (size_t i = 3; i < orders_count(o); i++)
        if (!is_repeated(o, 3, i) && is_among(now, n, who_at(o, i)) &&
            !(*before && is_among(*before, *count, who_at(o, i))))
            found++;
    *before = now;
    *count = n;
    return found;
}

/* The frames that ban all words from 3 on. */
static void
put_bans(struct orders *o, const struct wire_tell_jail *jail, struct buf *frames)
{
    int64_t now_us = o->guard->now_us;
    struct wire_ask_put_ban m = {.jail = orders_word(o, 1)};

    for (size_t i = 3; i < orders_count(o); i++) {
        if (is_repeated(o, 3, i))
            continue;
        /* In this order they end, and are shown. */
        m.since_us = now_us - (int64_t)(orders_count(o) - i);
        m.until_us = jail->bantime_s < 0 ? -1 : m.since_us + jail->bantime_s * SECOND_US;
        m.who = (struct addr){0};
        m.id = (struct span){0};
        if (!addr_parse_prefix(who_at(o, i), &m.who))
            m.id = who_at(o, i);
        wire_put_ask_put_ban(frames, &m);
    }
    wire_put_ask_put_end(frames, &(struct wire_ask_put_end){0});
}

/* Whether anybody of the words from 3 on is among the bans, or there are no words. */
static bool
are_banned(const struct orders *o, const struct orders_ban *bans, size_t count)
{
    for (size_t i = 3; i < orders_count(o); i++)
        if (is_among(bans, count, who_at(o, i)))
            return true;
    return orders_count(o) == 3;
}

/* Why nobody of those that were named can be banned, the first of whom is `who`. */
static const char *
why_not(struct span who)
{
    struct addr a;

    if (!addr_parse_prefix(who, &a))
        return "it is no address, and the jail has no action that is a command";
    if (addr_is_host(&a))
        return "it is never to be banned: it is one of our own, or on the allow-list";
    return "an address in it is never to be banned, or it is a network of a size that "
           "cannot be: /24 and /20 can, of IPv6 /64, /56, /48 and /40";
}

/* set JAIL banip ADDRESS ...: how many are newly banned. */
enum orders_outcome
order_banip(struct orders *o)
{
    struct orders_ban *bans = NULL;
    struct wire_tell_jail jail;
    struct answer a = {0}, b = {0};
    struct buf frames = {0};
    size_t count = 0;
    int64_t n = -1;

    if (!orders_ask_jail(o, orders_word(o, 1), &a) || !orders_jail_of(&a, &jail) ||
        !are_somebody(o, 3) || count_banned(o, &bans, &count) < 0)
        goto done;
    put_bans(o, &jail, &frames);
    if (!orders_ask(o, &frames, &b))
        goto done;
    if (b.outcome == ANSWER_REFUSED && b.matched == 0)
        (void)orders_fail(o, "not banned: %s", why_not(who_at(o, 3)));
    else
        n = count_banned(o, &bans, &count);
    if (n == 0 && !are_banned(o, bans, count))
        (void)orders_fail(o, "not banned: %s", why_not(who_at(o, 3)));
    else if (n >= 0)
        (void)orders_say(o, pickle_int(o->arena, n));
done:
    answer_fini(&a);
    answer_fini(&b);
    return ORDERS_ANSWER;
}

/* Lifts bans of one address, in one jail or (empty name) in all; how many, or -1 with
 * o->answer set. */
static int64_t
unban_one(struct orders *o, struct span jail, struct span address)
{
    struct wire_ask_unban m = {.jail = jail};
    struct buf frame = {0};
    struct answer a = {0};
    int64_t count = -1;

    if (address.len && !addr_parse_prefix(address, &m.within))
        m.id = address;
    wire_put_ask_unban(&frame, &m);
    if (orders_ask(o, &frame, &a)) {
        if (a.outcome == ANSWER_BAD_REQUEST)
            (void)orders_unknown_jail(o, jail);
        else
            count = a.matched;
    }
    answer_fini(&a);
    return count;
}

/* Lifts the bans of all addresses from word `first` on; those that were not banned are
 * put into `missed`, unless NULL. Their number, or -1 with o->answer set. Nobody is
 * called by nothing, or by a text too long for an id: it was not banned then. */
static int64_t
unban_each(struct orders *o, struct span jail, size_t first, struct pickle_value *missed)
{
    int64_t sum = 0, n;

    for (size_t i = first; i < orders_count(o); i++) {
        struct span who = who_at(o, i);

        n = who.len && who.len <= IDENT_MAX ? unban_one(o, jail, who) : 0;
        if (n < 0)
            return -1;
        if (n == 0 && missed)
            (void)pickle_add(o->arena, missed,
                             pickle_text(o->arena, orders_word(o, i))); /* room or not */
        sum += n;
    }
    return sum;
}

/* set JAIL unbanip [--report-absent] ADDRESS ... */
enum orders_outcome
order_unbanip(struct orders *o)
{
    bool is_reporting = orders_is(o, 3, "--report-absent");
    struct pickle_value *missed = pickle_container(o->arena, PICKLE_LIST);
    size_t first = is_reporting ? 4 : 3;
    struct span jail = orders_word(o, 1);
    struct buf text = {0};
    struct answer a = {0};
    int64_t sum;

    if (!orders_ask_jail(o, jail, &a)) {
        answer_fini(&a);
        return ORDERS_ANSWER;
    }
    answer_fini(&a);
    sum = unban_each(o, jail, first, is_reporting ? missed : NULL);
    if (sum >= 0 && missed && missed->count) {
        buf_add_text(&text, "not banned: ");
        pickle_repr(&text, missed);
        (void)orders_raise(o, SPAN("builtins ValueError"), buf_span(&text));
    } else if (sum >= 0) {
        (void)orders_say(o, pickle_int(o->arena, sum));
    }
    buf_fini(&text);
    return ORDERS_ANSWER;
}

/* unban --all | ADDRESS ... */
enum orders_outcome
order_unban(struct orders *o)
{
    bool is_all = orders_count(o) == 2 && orders_is(o, 1, "--all");
    int64_t sum;

    if (orders_count(o) < 2)
        return orders_fail(o, "Invalid command");
    sum = is_all ? unban_one(o, (struct span){0}, (struct span){0})
                 : unban_each(o, (struct span){0}, 1, NULL);
    return sum < 0 ? ORDERS_ANSWER : orders_say(o, pickle_int(o->arena, sum));
}

/* set JAIL attempt ADDRESS [LINE ...]: a failure for each line, or one. */
enum orders_outcome
order_attempt(struct orders *o)
{
    struct wire_ask_attempt m = {.jail = orders_word(o, 1), .line = orders_word(o, 4)};
    struct wire_tell_jail jail;
    struct answer a = {0}, b = {0};
    struct buf frame = {0};

    if (orders_count(o) < 4)
        return orders_missing(o);
    m.count = orders_count(o) > 4 ? (uint32_t)(orders_count(o) - 4) : 1;
    if (m.count > CONFIG_RETRY_MAX)
        m.count = CONFIG_RETRY_MAX; /* what is more changes nothing */
    if (!orders_ask_jail(o, m.jail, &a) || !orders_jail_of(&a, &jail))
        goto done;
    if (!addr_parse(who_at(o, 3), &m.who))
        m.id = who_at(o, 3);
    if (!m.who.family && !is_id(o, m.id))
        goto done;
    wire_put_ask_attempt(&frame, &m);
    if (!orders_ask(o, &frame, &b))
        goto done;
    if (b.outcome == ANSWER_DONE)
        (void)orders_say(o, pickle_int(o->arena, 1));
    else
        (void)orders_fail(o, "%.*s", SPAN_FMT(buf_span(&b.text)));
done:
    answer_fini(&a);
    answer_fini(&b);
    return ORDERS_ANSWER;
}
