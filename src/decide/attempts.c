#include "decide/attempts.h"

#include "base/ascii.h"
#include "base/clock.h"

enum { VOICES = 4 }; /* kinds of lines of one attempt */

/* A kind of line: its filter, the kind of event, and whether the filter counts it. */
struct voice {
    uint16_t filter;
    uint8_t kind, is_failure;
};

struct attempt {
    uint32_t time_s, account;
    uint16_t voice_count;
    uint16_t is_mistake; /* 0 or 1 */
    struct voice voices[VOICES];
};

/* The last attempts of one address; the next one goes to `next`. */
struct tries {
    uint32_t count, next;
    struct attempt last[ATTEMPTS_EACH];
};

void
attempts_init(struct attempts *a)
{
    table_init(&a->table, sizeof(struct addr), sizeof(struct tries), ATTEMPTS_MAX);
}

void
attempts_fini(struct attempts *a)
{
    table_fini(&a->table);
    *a = (struct attempts){0};
}

static bool
is_near(uint32_t time_s, uint32_t other_s)
{
    return (time_s > other_s ? time_s - other_s : other_s - time_s) <= ATTEMPTS_JOIN_S;
}

static bool
may_speak(const struct attempt *a, struct voice v)
{
    if (a->voice_count == VOICES)
        return false;
    for (uint32_t i = 0; i < a->voice_count; i++) {
        const struct voice *w = &a->voices[i];

        if (w->filter == v.filter && w->kind == v.kind && w->is_failure == v.is_failure)
            return false;
        if (w->is_failure && v.is_failure && w->filter != v.filter)
            return false;
    }
    return true;
}

/* The attempt that the line belongs to; NULL: it is a new one. One of the same account
 * comes before one whose account is not known, an older one before a younger. */
static struct attempt *
find(struct tries *t, const struct attempt *line)
{
    struct attempt *found = NULL;

    for (uint32_t i = 0; i < t->count; i++) {
        uint32_t back = t->count - i;
        struct attempt *a = &t->last[(t->next + ATTEMPTS_EACH - back) % ATTEMPTS_EACH];
        bool is_same = a->account == line->account;

        if (!is_same && (found || (a->account && line->account)))
            continue;
        if (!is_near(a->time_s, line->time_s) || !may_speak(a, line->voices[0]))
            continue;
        if (is_same)
            return a;
        found = a;
    }
    return found;
}

static bool
is_counted(const struct attempt *a)
{
    for (uint32_t i = 0; i < a->voice_count; i++)
        if (a->voices[i].is_failure)
            return true;
    return false;
}

static bool
has_kind(const struct attempt *a, enum event_kind kind)
{
    for (uint32_t i = 0; i < a->voice_count; i++)
        if (a->voices[i].kind == kind)
            return true;
    return false;
}

static struct tries *
tries_of(struct attempts *a, const struct addr *who)
{
    struct tries *t = table_put(&a->table, who);

    if (!t) {
        table_remove(&a->table, table_oldest(&a->table));
        t = table_put(&a->table, who);
    }
    return t;
}

void
attempts_shift(struct attempts *a, int64_t delta_s)
{
    for (struct tries *t = table_oldest(&a->table); t; t = table_next(&a->table, t))
        for (uint32_t i = 0; i < t->count; i++)
            if (t->last[i].time_s) /* else it is forgiven */
                t->last[i].time_s = (uint32_t)(t->last[i].time_s + delta_s);
}

struct attempt_news
attempts_join(struct attempts *a, const struct event *e, uint32_t account)
{
    struct tries *t = tries_of(a, &e->peer);
    struct attempt line = {.time_s = (uint32_t)(e->time_us / SECOND_US),
                           .account = account,
                           .voice_count = 1,
                           .voices = {{e->filter, (uint8_t)e->kind, e->is_failure}}};
    struct attempt *joined = find(t, &line);
    struct attempt_news news = {.is_new = !joined,
                                .is_counted = e->is_failure,
                                .is_named = account != 0,
                                .is_kind = true};

    if (!joined) {
        news.is_mistake = &t->last[t->next].is_mistake;
        t->last[t->next] = line;
        t->next = (t->next + 1) % ATTEMPTS_EACH;
        t->count += t->count < ATTEMPTS_EACH;
        return news;
    }
    news.is_mistake = &joined->is_mistake;
    news.is_counted &= !is_counted(joined);
    news.is_named &= joined->account == 0;
    news.is_kind = !has_kind(joined, e->kind);
    if (account)
        joined->account = account;
    joined->voices[joined->voice_count++] = line.voices[0];
    return news;
}

void
attempts_forgive(struct attempts *a, const struct addr *who, uint32_t account)
{
    struct tries *t = table_find(&a->table, who);

    for (uint32_t i = 0; t && i < t->count; i++)
        if (t->last[i].account == account)
            t->last[i].time_s = 0;
}

uint32_t
attempts_told(struct span detail)
{
    uint64_t told = 1;
    size_t i = 0, digits;

    while (i < detail.len && !ascii_is_digit(detail.ptr[i]))
        i++;
    detail = span_from(detail, i);
    for (digits = 0; digits < detail.len && ascii_is_digit(detail.ptr[digits]);)
        digits++;
    if (!span_starts(span_from(detail, digits), SPAN(" attempts")) ||
        !span_u64(span_head(detail, digits), 1, ATTEMPTS_TOLD_MAX, &told))
        return 1;
    return (uint32_t)told;
}

/* Whether a later one of the attempts since `since_s` is of the same account. */
static bool
comes_again(const struct tries *t, uint32_t at, int64_t since_s)
{
    for (uint32_t i = at + 1; i < t->count; i++)
        if (t->last[i].account == t->last[at].account && t->last[i].time_s >= since_s)
            return true;
    return false;
}

/* --- as bytes: the numbers as the machine has them, the store stays on it --- */

/* An attempt as it is stored, its filters by number: those of other rules may join what
 * is younger than ATTEMPTS_JOIN_S. */
void
attempts_save(const struct attempts *a, const struct addr *who, struct buf *bytes)
{
    const struct tries *t = table_find(&a->table, who);

    for (uint32_t i = 0; t && i < t->count; i++) {
        uint32_t at = (t->next + ATTEMPTS_EACH - t->count + i) % ATTEMPTS_EACH;

        buf_add(bytes, (struct span){(const char *)&t->last[at], sizeof(t->last[at])});
    }
}

bool
attempts_load(struct attempts *a, const struct addr *who, struct span bytes)
{
    struct attempt one[ATTEMPTS_EACH];
    size_t count = bytes.len / sizeof(*one);
    struct tries *t;

    if (bytes.len % sizeof(*one) || count == 0 || count > ATTEMPTS_EACH)
        return false;
    memcpy(one, bytes.ptr, bytes.len);
    for (size_t i = 0; i < count; i++)
        if (one[i].voice_count < 1 || one[i].voice_count > VOICES ||
            one[i].is_mistake > 1)
            return false;
    t = tries_of(a, who);
    *t =
        (struct tries){.count = (uint32_t)count, .next = (uint32_t)count % ATTEMPTS_EACH};
    memcpy(t->last, one, bytes.len);
    return true;
}

struct attempts_lately
attempts_lately(const struct attempts *a, const struct addr *who, uint32_t account,
                int64_t since_s)
{
    const struct tries *t = table_find(&a->table, who);
    struct attempts_lately lately = {0};

    for (uint32_t i = 0; t && i < t->count; i++) {
        const struct attempt *tried = &t->last[i];

        if (tried->time_s < since_s)
            continue;
        lately.same += tried->account == account;
        lately.other += tried->account != account;
        lately.accounts += tried->account && !comes_again(t, i, since_s);
    }
    return lately;
}
