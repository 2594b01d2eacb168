#include "decide/attempts.h"

#include "base/ascii.h"
#include "base/clock.h"
#include "base/mem.h"

enum { VOICES = 4 /* kinds of lines of one attempt */, FEW = 2 };

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

/* The first attempts of one address, and those of one that has tried more often: of these
 * the next one goes to `next`. Most of a botnet try no more than twice. */
struct few {
    uint16_t count, next;
    uint32_t has_many; /* 0 or 1: they are all there */
    struct attempt first[FEW];
};

struct many {
    struct attempt last[ATTEMPTS_EACH];
};

/* The last attempts of an address, wherever they are. */
struct tries {
    struct few *few; /* NULL: there are none */
    struct attempt *last;
    uint32_t room;
};

void
attempts_init(struct attempts *a)
{
    table_init(&a->table, sizeof(struct addr), sizeof(struct few), ATTEMPTS_MAX);
    table_init(&a->many, sizeof(struct addr), sizeof(struct many), ATTEMPTS_MAX);
}

void
attempts_fini(struct attempts *a)
{
    table_fini(&a->table);
    table_fini(&a->many);
    *a = (struct attempts){0};
}

static struct tries
tries_in(const struct attempts *a, const struct addr *who, struct few *few)
{
    struct many *many = few && few->has_many ? table_find(&a->many, who) : NULL;

    if (many)
        return (struct tries){few, many->last, ATTEMPTS_EACH};
    return (struct tries){few, few ? few->first : NULL, FEW};
}

static struct tries
find_tries(const struct attempts *a, const struct addr *who)
{
    return tries_in(a, who, table_find(&a->table, who));
}

static uint32_t
count_of(const struct tries *t)
{
    return t->few ? t->few->count : 0;
}

/* The attempt that has `later` others behind it. */
static struct attempt *
one_of(const struct tries *t, uint32_t later)
{
    return &t->last[(t->few->next + t->room - 1 - later) % t->room];
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
find(const struct tries *t, const struct attempt *line)
{
    struct attempt *found = NULL;

    for (uint32_t later = count_of(t); later-- > 0;) {
        struct attempt *a = one_of(t, later);
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

static void
drop_many(struct attempts *a, const struct addr *who)
{
    struct many *many = table_find(&a->many, who);

    if (many)
        table_remove(&a->many, many);
}

/* Who was seen longest ago leaves. */
static void
drop_oldest(struct attempts *a)
{
    struct few *few = table_oldest(&a->table);

    if (few->has_many)
        drop_many(a, table_key(&a->table, few));
    table_remove(&a->table, few);
}

static struct tries
put_tries(struct attempts *a, const struct addr *who)
{
    struct few *few = table_put(&a->table, who);

    if (!few) {
        drop_oldest(a);
        few = table_put(&a->table, who);
    }
    must(few); /* one has left */
    return tries_in(a, who, few);
}

/* Gives an address room for more attempts than a few. */
static void
make_many(struct attempts *a, const struct addr *who, struct tries *t)
{
    struct many *many = table_put(&a->many, who);

    must(many); /* there is room for each address */
    for (uint32_t i = 0; i < FEW; i++)
        many->last[i] = *one_of(t, FEW - 1 - i);
    t->few->has_many = 1;
    t->few->next = FEW;
    t->last = many->last;
    t->room = ATTEMPTS_EACH;
}

/* A new attempt, in the place of the oldest where there is none left. */
static struct attempt *
add(struct attempts *a, const struct addr *who, struct tries *t,
    const struct attempt *attempt)
{
    if (t->few->count == FEW && t->room == FEW)
        make_many(a, who, t);
    t->last[t->few->next] = *attempt;
    t->few->next = (uint16_t)((t->few->next + 1) % t->room);
    if (t->few->count < t->room)
        t->few->count++;
    return one_of(t, 0);
}

void
attempts_shift(struct attempts *a, int64_t delta_s)
{
    for (struct few *few = table_oldest(&a->table); few;
         few = table_next(&a->table, few)) {
        struct tries t = tries_in(a, table_key(&a->table, few), few);

        for (uint32_t i = 0; i < count_of(&t); i++)
            if (t.last[i].time_s) /* else it is forgiven */
                t.last[i].time_s = (uint32_t)(t.last[i].time_s + delta_s);
    }
}

struct attempt_news
attempts_join(struct attempts *a, const struct event *e, uint32_t account)
{
    struct tries t = put_tries(a, &e->peer);
    struct attempt line = {.time_s = (uint32_t)(e->time_us / SECOND_US),
                           .account = account,
                           .voice_count = 1,
                           .voices = {{e->filter, (uint8_t)e->kind, e->is_failure}}};
    struct attempt *joined = find(&t, &line);
    struct attempt_news news = {.is_new = !joined,
                                .is_counted = e->is_failure,
                                .is_named = account != 0,
                                .is_kind = true};

    if (!joined) {
        news.is_mistake = &add(a, &e->peer, &t, &line)->is_mistake;
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
    struct tries t = find_tries(a, who);

    for (uint32_t i = 0; i < count_of(&t); i++)
        if (t.last[i].account == account)
            t.last[i].time_s = 0;
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
    for (uint32_t i = at + 1; i < count_of(t); i++)
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
    struct tries t = find_tries(a, who);

    for (uint32_t later = count_of(&t); later-- > 0;) {
        const struct attempt *one = one_of(&t, later);

        buf_add(bytes, (struct span){(const char *)one, sizeof(*one)});
    }
}

bool
attempts_load(struct attempts *a, const struct addr *who, struct span bytes)
{
    struct attempt one[ATTEMPTS_EACH];
    size_t count = bytes.len / sizeof(*one);
    struct tries t;

    if (bytes.len % sizeof(*one) || count == 0 || count > ATTEMPTS_EACH)
        return false;
    memcpy(one, bytes.ptr, bytes.len);
    for (size_t i = 0; i < count; i++)
        if (one[i].voice_count < 1 || one[i].voice_count > VOICES ||
            one[i].is_mistake > 1)
            return false;
    t = put_tries(a, who);
    if (t.few->has_many)
        drop_many(a, who);
    *t.few = (struct few){0};
    t = tries_in(a, who, t.few);
    for (size_t i = 0; i < count; i++)
        (void)add(a, who, &t, &one[i]);
    return true;
}

struct attempts_lately
attempts_lately(const struct attempts *a, const struct addr *who, uint32_t account,
                int64_t since_s)
{
    struct tries t = find_tries(a, who);
    struct attempts_lately lately = {0};

    for (uint32_t i = 0; i < count_of(&t); i++) {
        const struct attempt *tried = &t.last[i];

        if (tried->time_s < since_s)
            continue;
        lately.same += tried->account == account;
        lately.other += tried->account != account;
        lately.accounts += tried->account && !comes_again(&t, i, since_s);
    }
    return lately;
}
