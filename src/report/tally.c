#include "report/tally_internal.h"

#include "base/clock.h"
#include "base/mem.h"
#include "report/reason.h"

#define QUARTER_US (15 * MINUTE_US)

enum { TEXT_BYTES_MAX = 16 << 20 };

struct tally *
tally_new(const struct tally_options *options)
{
    struct tally *t = mem_zalloc(1, sizeof(*t));

    t->options = *options;
    t->budget.left = options->budget_bytes ? options->budget_bytes : TALLY_BUDGET_BYTES;
    texts_init(&t->senders, &t->budget, sizeof(struct tally_volume), TALLY_TEXTS_MAX);
    texts_init(&t->sender_domains, &t->budget, sizeof(struct tally_volume),
               TALLY_TEXTS_MAX);
    texts_init(&t->recipients, &t->budget, sizeof(struct tally_volume), TALLY_TEXTS_MAX);
    texts_init(&t->recipient_domains, &t->budget, sizeof(struct tally_destination),
               TALLY_TEXTS_MAX);
    texts_init(&t->unsized, &t->budget, sizeof(uint32_t), TALLY_TEXTS_MAX);
    texts_init(&t->session_domains, &t->budget, sizeof(struct tally_sessions),
               TALLY_TEXTS_MAX);
    for (size_t i = 0; i < LISTS; i++)
        texts_init(&t->lists[i], &t->budget, sizeof(uint64_t), TALLY_TEXTS_MAX);
    queue_memory_init(&t->queue, TALLY_QUEUE_MAX);
    table_init(&t->connects, sizeof(uint32_t), sizeof(int64_t), TALLY_SESSION_MAX);
    t->part_texts = buf_bounded(TEXT_BYTES_MAX);
    return t;
}

void
tally_free(struct tally *t)
{
    if (!t)
        return;
    texts_fini(&t->senders);
    texts_fini(&t->sender_domains);
    texts_fini(&t->recipients);
    texts_fini(&t->recipient_domains);
    texts_fini(&t->unsized);
    texts_fini(&t->session_domains);
    for (size_t i = 0; i < LISTS; i++)
        texts_fini(&t->lists[i]);
    queue_memory_fini(&t->queue);
    table_fini(&t->connects);
    mem_free(t->messages);
    mem_free(t->parts);
    buf_fini(&t->part_texts);
    buf_fini(&t->key);
    buf_fini(&t->text);
    buf_fini(&t->address);
    mem_free(t->days);
    mem_free(t);
}

double
tally_volume_worth(const void *value)
{
    const struct tally_volume *v = value;

    return (double)v->messages;
}

double
tally_list_worth(const void *value)
{
    const uint64_t *count = value;

    return (double)*count;
}

/* --- days and hours --- */

/* The number of a day in t->days; day_count when there is no room for another one. */
static uint32_t
number_of_day(struct tally *t, int64_t day)
{
    size_t i = t->day_count;

    while (i > 0 && t->days[i - 1].day > day)
        i--;
    if (i > 0 && t->days[i - 1].day == day)
        return (uint32_t)(i - 1);
    if (t->day_count == TALLY_DAYS_MAX)
        return TALLY_DAYS_MAX;
    t->days = mem_realloc(t->days, t->day_count + 1, sizeof(*t->days));
    memmove(t->days + i + 1, t->days + i, (t->day_count - i) * sizeof(*t->days));
    t->days[i] = (struct tally_day){.day = day};
    t->day_count++;
    return (uint32_t)i;
}

static inline bool
is_in_quarter(const struct tally_quarter *q, int64_t wall_us)
{
    return wall_us >= q->from_us && wall_us < q->until_us;
}

/* Makes t->quarter the one of `wall_us`, which it is not. */
static void
find_quarter(struct tally *t, int64_t wall_us)
{
    struct tally_quarter *q = &t->quarter;
    int64_t local_us = wall_us + clock_local_offset_s(wall_us) * SECOND_US;

    q->from_us = wall_us - (local_us % QUARTER_US + QUARTER_US) % QUARTER_US;
    q->until_us = q->from_us + QUARTER_US;
    q->day = local_us / DAY_US - (local_us % DAY_US < 0);
    q->hour = (unsigned)((local_us - q->day * DAY_US) / HOUR_US);
    q->number = number_of_day(t, q->day);
}

void
tally_add_flow(struct tally *t, const struct tally_step *s, enum tally_flow flow,
               int64_t wall_us)
{
    struct tally_quarter now = t->quarter;
    struct tally_day *day = s->day;

    if (!is_in_quarter(&now, wall_us)) {
        find_quarter(t, wall_us);
        if (t->quarter.number == TALLY_DAYS_MAX)
            t->quarter = now;
        day = &t->days[t->quarter.number];
    }
    t->hour[t->quarter.hour][flow] += s->times;
    day->flow[flow] += s->times;
    day->flows_seen |= 1U << flow;
}

unsigned
tally_days_of_hour(const struct tally *t, unsigned hour)
{
    unsigned days = 0;

    for (size_t i = 0; i < t->day_count; i++) {
        const struct tally_day *d = &t->days[i];
        uint32_t seen = d->hours_seen, mask = 0xFFFFFF;

        if (seen == 0)
            continue;
        if (i == 0)
            mask &= UINT32_MAX << __builtin_ctz(seen);
        if (i == t->day_count - 1)
            mask &= UINT32_MAX >> __builtin_clz(seen);
        days += mask >> hour & 1;
    }
    return days ? days : 1;
}

/* --- lists --- */

size_t
tally_limit(const struct tally *t, size_t length)
{
    enum { SHORTEST = 20 };
    int64_t limit = (int64_t)length + t->options.width - TALLY_WIDTH;

    if (t->options.is_verbose || t->options.width == 0)
        return 0;
    return limit > SHORTEST ? (size_t)limit : SHORTEST;
}

void
tally_begin_key(struct tally *t, struct span part)
{
    buf_clear(&t->key);
    buf_add(&t->key, part);
    buf_add_byte(&t->key, '\0');
}

void
tally_add_to_list(struct tally *t, enum tally_list list, uint32_t times)
{
    uint64_t *count = texts_put(&t->lists[list], buf_span(&t->key));

    if (count)
        *count += times;
}

uint64_t
tally_dropped(const struct tally *t)
{
    return t->budget.dropped + t->queue.forgotten;
}

struct span
tally_part_text(const struct tally *t, uint32_t number)
{
    const struct tally_part *p = &t->parts[number - 1];

    return (struct span){t->part_texts.ptr + p->at, p->len};
}

/* --- a line --- */

uint32_t
tally_instance(const struct mail_line *m)
{
    uint32_t number = 0;

    if (span_eq(m->instance, SPAN("postfix")))
        return 0;
    for (size_t i = 0; i < m->instance.len; i++)
        number = number * 31 + (unsigned char)m->instance.ptr[i];
    return number | 1;
}

/* Whether a warning says only what a report says elsewhere. */
static bool
is_told(const struct tally *t, const struct tally_step *s, enum tally_list list)
{
    return list == LIST_WARNINGS && s->mail->kind == MAIL_AUTH_FAILED &&
           !t->options.is_whole;
}

/* A warning about a client, whoever it was: else each client had one of its own. */
static void
add_without_client(struct buf *out, struct span text, const struct mail_line *m)
{
    const struct span names[] = {m->name, m->address};
    const char *end = text.ptr + text.len;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *name = names[i].ptr;

        if (names[i].len == 0 || name < text.ptr || name >= end)
            continue;
        buf_add(out, span_between(text.ptr, name));
        buf_add_text(out, "…");
        text = span_between(name + names[i].len, end);
    }
    buf_add(out, text);
}

/* Complaints of a daemon; false when it is none. */
static bool
complaint(struct tally *t, const struct tally_step *s)
{
    static const struct {
        struct span word;
        enum tally_list list;
    } words[] = {
        {SPAN_INIT("warning: "), LIST_WARNINGS},
        {SPAN_INIT("fatal: "), LIST_FATAL},
        {SPAN_INIT("panic: "), LIST_PANIC},
    };
    struct span text = s->line->message;

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!span_take(&text, words[i].word))
            continue;
        if (is_told(t, s, words[i].list))
            return true;
        tally_begin_key(t, s->mail->daemon);
        if (t->options.is_whole)
            reason_cut(&t->key, text, tally_limit(t, 66));
        else
            add_without_client(&t->key, text, s->mail);
        tally_add_to_list(t, words[i].list, s->times);
        return true;
    }
    return false;
}

static bool
may_complain(struct span message)
{
    char c = message.len ? message.ptr[0] : '\0';

    return c == 'w' || c == 'f' || c == 'p';
}

static void
master(struct tally *t, const struct tally_step *s)
{
    struct span text = s->line->message, before;

    if (!span_eq(s->mail->daemon, SPAN("master")))
        return;
    while (span_cut(text, SPAN(": "), &before, &text))
        ;
    buf_clear(&t->key);
    buf_add(&t->key, text);
    tally_add_to_list(t, LIST_MASTER, s->times);
}

/* "connect to mx.example.com[192.0.2.1]:25: Connection refused". */
static void
unreached(struct tally *t, const struct tally_step *s)
{
    struct span text = s->line->message, host, reason;
    ptrdiff_t bracket;

    if (!span_eq(s->mail->daemon, SPAN("smtp")) ||
        !span_take(&text, SPAN("connect to ")) ||
        !span_cut(text, SPAN(": "), &host, &reason))
        return;
    bracket = span_find_byte(host, '[');
    if (bracket >= 0)
        host = span_head(host, (size_t)bracket);
    bracket = span_find(reason, SPAN(" (port "));
    if (bracket >= 0)
        reason = span_head(reason, (size_t)bracket);
    buf_clear(&t->key);
    reason_lower(&t->key, reason);
    buf_add_byte(&t->key, '\0');
    buf_add(&t->key, host);
    tally_add_to_list(t, LIST_UNREACHED, s->times);
}

static tally_fn *const by_kind[MAIL_KINDS] = {
    [MAIL_CLIENT] = tally_arrival,  [MAIL_PICKUP] = tally_arrival,
    [MAIL_QUEUED] = tally_queued,   [MAIL_DELIVERY] = tally_delivery,
    [MAIL_EXPIRED] = tally_expired, [MAIL_REMOVED] = tally_removed,
};

/* What else is counted of a whole one. */
static tally_fn *const by_kind_of_whole[MAIL_KINDS] = {
    [MAIL_REJECT] = tally_refusal,  [MAIL_REJECT_WARNING] = tally_refusal,
    [MAIL_HOLD] = tally_refusal,    [MAIL_DISCARD] = tally_refusal,
    [MAIL_WARNING] = tally_refusal, /* of cleanup, about a header */
    [MAIL_CONNECT] = tally_connect, [MAIL_DISCONNECT] = tally_disconnect,
    [MAIL_MASTER] = master,         [MAIL_REMOTE] = unreached,
};

/* Only Postfix' programs have a slash in their tag, and the instance before it. */
static bool
is_wanted(const struct tally *t, const struct line *l, const struct mail_line *m)
{
    if (m->instance.len >= l->tag.len || m->instance.ptr != l->tag.ptr)
        return false;
    return !t->options.instance || span_eq(m->instance, SPAN("postfix")) ||
           span_eq(m->instance, span_of(t->options.instance));
}

/* NULL: nothing is counted of such lines. */
static tally_fn *
fn_of(const struct tally *t, enum mail_kind kind)
{
    tally_fn *fn = by_kind[kind];

    return fn || !t->options.is_whole ? fn : by_kind_of_whole[kind];
}

static void
count_line(struct tally *t, tally_fn *fn, bool is_warning, const struct tally_step *s)
{
    if (!(is_warning && complaint(t, s)) && fn)
        fn(t, s);
}

void
tally_line(struct tally *t, int64_t wall_us, const struct line *l,
           const struct mail_line *m, uint32_t times)
{
    tally_fn *fn = fn_of(t, m->kind);
    bool is_warning = may_complain(l->message);
    struct tally_day *day;

    if (!is_wanted(t, l, m))
        return;
    if (!is_in_quarter(&t->quarter, wall_us))
        find_quarter(t, wall_us);
    if (t->quarter.number == TALLY_DAYS_MAX) {
        t->budget.dropped++;
        return;
    }
    day = &t->days[t->quarter.number];
    day->hours_seen |= 1U << t->quarter.hour;
    t->lines += times;
    if (is_warning || fn) /* most lines are neither */
        count_line(t, fn, is_warning,
                   &(struct tally_step){wall_us, l, m, times, t->quarter.hour, day});
}
