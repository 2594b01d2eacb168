#include "report/pflogsumm_order.h"

#include "base/ascii.h"
#include "base/mem.h"

/* --- names of hosts --- */

/* The bytes of a text in the order in which they are compared. */
struct reader {
    struct span left;  /* labels not read yet */
    struct span label; /* of which this is left */
    unsigned octets[4];
    unsigned octet; /* the next one; 4: it is no IPv4 address, or read */
};

static bool
read_octets(struct span word, unsigned octets[4])
{
    struct span part;
    uint64_t n;

    for (int i = 0; i < 4; i++) {
        if (i == 3)
            part = word;
        else if (!span_cut(word, SPAN("."), &part, &word))
            return false;
        if (part.len > 3 || !span_u64(part, 0, 999, &n))
            return false;
        octets[i] = (unsigned)n;
    }
    return true;
}

static struct span
first_word(struct span s)
{
    size_t n = 0;

    while (n < s.len && span_find_byte(SPAN(" \t\n\r\f\v"), s.ptr[n]) < 0)
        n++;
    return span_head(s, n);
}

static void
reader_init(struct reader *r, struct span text)
{
    *r = (struct reader){.left = first_word(text), .octet = 4};
    if (read_octets(r->left, r->octets)) {
        r->left = (struct span){0};
        r->octet = 0;
    }
}

/* The next one, or -1. */
static int
reader_next(struct reader *r)
{
    size_t n;

    if (r->octet < 4)
        return (int)r->octets[r->octet++];
    while (r->label.len == 0) {
        if (r->left.len == 0)
            return -1;
        for (n = r->left.len;
             n > 0 && r->left.ptr[n - 1] != '.' && r->left.ptr[n - 1] != '@';)
            n--;
        r->label = span_from(r->left, n);
        r->left = span_head(r->left, n ? n - 1 : 0);
    }
    n = (unsigned char)ascii_lower(r->label.ptr[0]);
    r->label = span_from(r->label, 1);
    return (int)n;
}

int
pflogsumm_compare(struct span a, struct span b)
{
    struct reader x, y;
    int c, d;

    reader_init(&x, a);
    reader_init(&y, b);
    do {
        c = reader_next(&x);
        d = reader_next(&y);
    } while (c == d && c >= 0);
    return c - d;
}

/* The first eight of them in a number that compares as they do, as far as it goes: equal
 * ones must be looked at as a whole. */
static uint64_t
prefix_of(struct span text)
{
    struct reader r;
    uint64_t prefix = 0;
    bool is_over = false;
    int c = 0;

    reader_init(&r, text);
    for (int i = 0; i < 8; i++) {
        if (!is_over)
            c = reader_next(&r);
        prefix = prefix << 8 | (is_over || c < 0 ? 0 : c > 254 ? 255 : (uint64_t)c);
        is_over |= c < 0 || c > 254; /* octets beyond a byte all look the same */
    }
    return prefix;
}

/* --- sorting --- */

struct row {
    double worth, second;
    uint64_t prefix;
    uint32_t number;
    uint32_t head; /* bytes of all parts but the last, with their NULs */
};

struct order {
    const struct texts *texts;
    bool by_host;
};

static int
compare_rows(const void *x, const void *y, void *ctx)
{
    const struct order *o = ctx;
    const struct row *a = x, *b = y;
    struct span s = texts_text(o->texts, a->number), u = texts_text(o->texts, b->number);
    int c = 0;

    /* A NUL is less than any byte, so heads compare as their parts do. */
    if (a->head || b->head)
        c = span_cmp(span_head(s, a->head), span_head(u, b->head));
    if (c == 0)
        c = (a->worth < b->worth) - (a->worth > b->worth);
    if (c == 0)
        c = (a->second < b->second) - (a->second > b->second);
    if (c == 0 && o->by_host) {
        s = span_from(s, a->head);
        u = span_from(u, b->head);
        c = (a->prefix > b->prefix) - (a->prefix < b->prefix);
        c = c ? c : pflogsumm_compare(s, u);
    }
    return c ? c : span_cmp(s, u);
}

/* Sorts `rows`, frees them, and gives their numbers. */
static uint32_t *
sort(const struct order *o, struct row *rows)
{
    uint32_t count = o->texts->count;
    uint32_t *numbers = mem_zalloc((size_t)count + 1, sizeof(*numbers));

    qsort_r(rows, count, sizeof(*rows), compare_rows, (void *)(uintptr_t)o);
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = rows[i].number;
    mem_free(rows);
    return numbers;
}

uint32_t *
pflogsumm_sorted(const struct texts *t, pflogsumm_worth_fn *worth,
                 pflogsumm_worth_fn *second, bool by_host)
{
    struct order o = {t, by_host};
    struct row *rows = mem_zalloc((size_t)t->count + 1, sizeof(*rows));

    for (uint32_t i = 0; i < t->count; i++)
        rows[i] = (struct row){.worth = worth(t, i),
                               .second = second ? second(t, i) : 0,
                               .prefix = by_host ? prefix_of(texts_text(t, i)) : 0,
                               .number = i};
    return sort(&o, rows);
}

void
pflogsumm_parts(struct span key, struct span *parts, size_t count)
{
    const struct span nul = {"", 1};

    for (size_t i = 0; i < count; i++) {
        parts[i] = key;
        if (i + 1 == count || !span_cut(key, nul, &parts[i], &key))
            key = (struct span){0};
    }
}

uint32_t *
pflogsumm_sorted_list(const struct texts *t, size_t parts)
{
    struct order o = {t, true};
    struct row *rows = mem_zalloc((size_t)t->count + 1, sizeof(*rows));

    for (uint32_t i = 0; i < t->count; i++) {
        struct span rest = texts_text(t, i);
        size_t len = rest.len;

        for (size_t part = 1; part < parts; part++) {
            ptrdiff_t nul = span_find_byte(rest, '\0');

            if (nul >= 0)
                rest = span_between(rest.ptr + nul + 1, rest.ptr + rest.len);
        }
        rows[i] = (struct row){.worth = (double)*(const uint64_t *)texts_value(t, i),
                               .prefix = prefix_of(rest),
                               .number = i,
                               .head = (uint32_t)(len - rest.len)};
    }
    return sort(&o, rows);
}
