#include "match/literal_set.h"

#include "base/ascii.h"

/* What is longer or rarer than about twelve letters gains nothing. */
enum { WEIGHT_MAX = LITERAL_RARE / 4 };

struct span
literal_text_span(const struct literal_text *t)
{
    return (struct span){t->bytes, t->len};
}

void
literal_set_one(struct literal_set *s, struct span text, bool is_whole)
{
    s->count = 1;
    s->texts[0] = (struct literal_text){.len = (uint8_t)text.len, .is_whole = is_whole};
    if (text.len)
        memcpy(s->texts[0].bytes, text.ptr, text.len);
}

void
literal_set_copy(struct literal_set *to, const struct literal_set *from)
{
    to->count = from->count;
    if (from->count)
        memcpy(to->texts, from->texts, from->count * sizeof(*from->texts));
}

void
literal_set_open(struct literal_set *s)
{
    for (size_t i = 0; i < s->count; i++)
        s->texts[i].is_whole = false;
}

/* A text that is there both whole and not is not whole, and so with its case. */
static bool
add(struct literal_set *s, const struct literal_text *t)
{
    for (size_t i = 0; i < s->count; i++) {
        if (!span_eq(literal_text_span(&s->texts[i]), literal_text_span(t)))
            continue;
        s->texts[i].is_whole &= t->is_whole;
        s->texts[i].is_nocase |= t->is_nocase;
        return true;
    }
    if (s->count == LITERAL_TEXTS_MAX)
        return false;
    s->texts[s->count++] = *t;
    return true;
}

bool
literal_set_unite(struct literal_set *s, const struct literal_set *other)
{
    for (size_t i = 0; i < other->count; i++)
        if (!add(s, &other->texts[i]))
            return false;
    return true;
}

/* `a` and `b` as one text, of which the end `side` is kept. */
static struct literal_text
join(const struct literal_text *a, const struct literal_text *b, enum literal_side side)
{
    char both[2 * LITERAL_BYTES];
    size_t len = (size_t)a->len + b->len;
    size_t kept = len > LITERAL_BYTES ? LITERAL_BYTES : len;
    struct literal_text t = {.len = (uint8_t)kept};

    memcpy(both, a->bytes, a->len);
    memcpy(both + a->len, b->bytes, b->len);
    memcpy(t.bytes, side == LITERAL_BEGIN ? both : both + len - kept, kept);
    t.is_whole = a->is_whole && b->is_whole && kept == len;
    t.is_nocase = a->is_nocase || b->is_nocase;
    return t;
}

/* Adds what begins (or ends) with `near`, `far` lying behind (or before) it. */
static bool
add_chained(struct literal_set *out, const struct literal_text *near,
            const struct literal_set *far, enum literal_side side)
{
    struct literal_text t;

    if (!near->is_whole)
        return add(out, near);
    for (size_t i = 0; i < far->count; i++) {
        t = side == LITERAL_BEGIN ? join(near, &far->texts[i], side)
                                  : join(&far->texts[i], near, side);
        if (!add(out, &t))
            return false;
    }
    return true;
}

void
literal_set_chain(const struct literal_set *a, const struct literal_set *b,
                  enum literal_side side, struct literal_set *out)
{
    const struct literal_set *near = side == LITERAL_BEGIN ? a : b;
    const struct literal_set *far = side == LITERAL_BEGIN ? b : a;

    out->count = 0;
    for (size_t i = 0; i < near->count; i++) {
        if (add_chained(out, &near->texts[i], far, side))
            continue;
        literal_set_copy(out, near);
        literal_set_open(out);
        return;
    }
}

void
literal_set_meet(const struct literal_set *end, const struct literal_set *begin,
                 struct literal_set *out)
{
    struct literal_text t;

    out->count = 0;
    for (size_t i = 0; i < end->count; i++) {
        for (size_t k = 0; k < begin->count; k++) {
            t = join(&end->texts[i], &begin->texts[k], LITERAL_END);
            if (add(out, &t))
                continue;
            out->count = 0;
            return;
        }
    }
}

static unsigned
weight_of(char c)
{
    switch (c) {
    case ' ':
        return 2; /* two words are rarer than a longer one */
    case 'a':
    case 'e':
    case 'i':
    case 'n':
    case 'o':
    case 'r':
    case 's':
    case 't':
        return 3;
    default:
        /* Every line is full of digits, brackets and colons. */
        return ascii_is_letter(c) ? 4 : 2;
    }
}

unsigned
literal_set_score(const struct literal_set *s)
{
    unsigned least = WEIGHT_MAX, weight;

    for (size_t i = 0; i < s->count; i++) {
        if (s->texts[i].len < LITERAL_MIN)
            return 0;
        weight = 0;
        for (size_t k = 0; k < s->texts[i].len; k++)
            weight += weight_of(s->texts[i].bytes[k]);
        if (weight < least)
            least = weight;
    }
    /* One more text costs as much as a quarter of a letter gains. */
    return s->count ? least * 4 + LITERAL_TEXTS_MAX - s->count : 0;
}

static void
fold(struct literal_text *t)
{
    for (size_t i = 0; i < t->len; i++)
        if (t->bytes[i] >= 'A' && t->bytes[i] <= 'Z')
            t->bytes[i] |= 0x20;
}

/* Whether who looks for `part` finds each `whole`, too. */
static bool
is_covered(const struct literal_text *whole, const struct literal_text *part,
           bool is_anchored)
{
    struct literal_text in = *whole;

    if (whole->is_nocase && !part->is_nocase)
        return false;
    if (part->is_nocase)
        fold(&in);
    if (is_anchored)
        return span_starts(literal_text_span(&in), literal_text_span(part));
    return span_find(literal_text_span(&in), literal_text_span(part)) >= 0;
}

/* Whether text `i` must be looked for although the others are. */
static bool
is_needed(const struct literal_set *s, size_t i, bool is_anchored)
{
    const struct literal_text *t = &s->texts[i];

    for (size_t k = 0; k < s->count; k++) {
        if (k == i || !is_covered(t, &s->texts[k], is_anchored))
            continue;
        /* Of two that are the same since they were folded the first one stays. */
        if (k < i || !is_covered(&s->texts[k], t, is_anchored))
            return false;
    }
    return true;
}

void
literal_set_reduce(struct literal_set *s, bool is_anchored)
{
    bool needed[LITERAL_TEXTS_MAX];
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++)
        if (s->texts[i].is_nocase)
            fold(&s->texts[i]);
    for (size_t i = 0; i < s->count; i++)
        needed[i] = is_needed(s, i, is_anchored);
    for (size_t i = 0; i < s->count; i++)
        if (needed[i])
            s->texts[kept++] = s->texts[i];
    s->count = (uint8_t)kept;
    literal_set_open(s);
}

bool
literal_set_is_same(const struct literal_set *a, const struct literal_set *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->texts[i].is_nocase != b->texts[i].is_nocase ||
            !span_eq(literal_text_span(&a->texts[i]), literal_text_span(&b->texts[i])))
            return false;
    return true;
}
