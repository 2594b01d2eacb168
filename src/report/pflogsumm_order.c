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

    while (n < s.len && !memchr(" \t\n\r\f\v", s.ptr[n], 6))
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

/* --- sorting --- */

struct order {
    const struct texts *texts;
    pflogsumm_worth_fn *worth, *second;
    bool by_host;
    size_t parts;
};

static int
compare_worth(const struct order *o, pflogsumm_worth_fn *worth, uint32_t a, uint32_t b)
{
    double x = worth(o->texts, a), y = worth(o->texts, b);

    return (x < y) - (x > y);
}

static int
compare_rows(const void *x, const void *y, void *ctx)
{
    const struct order *o = ctx;
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    struct span s = texts_text(o->texts, a), u = texts_text(o->texts, b);
    int c = compare_worth(o, o->worth, a, b);

    if (c == 0 && o->second)
        c = compare_worth(o, o->second, a, b);
    if (c == 0 && o->by_host)
        c = pflogsumm_compare(s, u);
    return c ? c : span_cmp(s, u);
}

static uint32_t *
sort(const struct order *o, int (*compare)(const void *, const void *, void *))
{
    uint32_t count = o->texts->count;
    uint32_t *rows = mem_zalloc(count ? count : 1, sizeof(*rows));

    for (uint32_t i = 0; i < count; i++)
        rows[i] = i;
    qsort_r(rows, count, sizeof(*rows), compare, (void *)(uintptr_t)o);
    return rows;
}

uint32_t *
pflogsumm_sorted(const struct texts *t, pflogsumm_worth_fn *worth,
                 pflogsumm_worth_fn *second, bool by_host)
{
    struct order o = {.texts = t, .worth = worth, .second = second, .by_host = by_host};

    return sort(&o, compare_rows);
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

static int
compare_list_rows(const void *x, const void *y, void *ctx)
{
    enum { PARTS_MAX = 3 };
    const struct order *o = ctx;
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    struct span s[PARTS_MAX], u[PARTS_MAX];
    uint64_t n = *(const uint64_t *)texts_value(o->texts, a);
    uint64_t m = *(const uint64_t *)texts_value(o->texts, b);
    size_t last = o->parts - 1;
    int c = 0;

    must(o->parts <= PARTS_MAX);
    pflogsumm_parts(texts_text(o->texts, a), s, o->parts);
    pflogsumm_parts(texts_text(o->texts, b), u, o->parts);
    for (size_t i = 0; i < last && c == 0; i++)
        c = span_cmp(s[i], u[i]);
    if (c == 0)
        c = (n < m) - (n > m);
    if (c == 0)
        c = pflogsumm_compare(s[last], u[last]);
    return c ? c : span_cmp(s[last], u[last]);
}

uint32_t *
pflogsumm_sorted_list(const struct texts *t, size_t parts)
{
    struct order o = {.texts = t, .parts = parts};

    return sort(&o, compare_list_rows);
}
