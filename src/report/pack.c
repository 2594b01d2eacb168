#include "report/pack.h"

#include <endian.h>

#include "base/mem.h"
#include "report/best.h"

enum { NUMBER_MAX = 10 /* bytes */ };

static bool
is_writing(const struct pack *p)
{
    return p->out != NULL;
}

void
pack_spoil(struct pack *p)
{
    p->is_bad = true;
    p->in = (struct span){0};
    p->left = 0;
}

/* Has `len` bytes in `in`, if there are so many. */
static void
need(struct pack *p, size_t len)
{
    must(len <= PACK_NEED_MAX);
    if (p->in.len < len && p->left)
        p->more(p);
}

bool
pack_is_read(const struct pack *p)
{
    return !p->is_bad && p->in.len == 0 && p->left == 0;
}

static void
write_u64(struct pack *p, uint64_t n)
{
    for (; n >= 0x80; n >>= 7)
        buf_add_byte(p->out, (char)(n | 0x80));
    buf_add_byte(p->out, (char)n);
}

/* Joins eight groups of seven bits, each in a byte. */
static uint64_t
join_sevens(uint64_t bytes)
{
    bytes = (bytes & UINT64_C(0x007F007F007F007F)) |
            (bytes & UINT64_C(0x7F007F007F007F00)) >> 1;
    bytes = (bytes & UINT64_C(0x00003FFF00003FFF)) |
            (bytes & UINT64_C(0x3FFF00003FFF0000)) >> 2;
    return (bytes & UINT64_C(0x000000000FFFFFFF)) |
           (bytes & UINT64_C(0x0FFFFFFF00000000)) >> 4;
}

/* A number at once, but for how the longest ones end; false: it is bad, or at the end. */
static bool
read_at_once(struct pack *p, uint64_t *n)
{
    static const uint64_t highs = UINT64_C(0x8080808080808080);
    const uint8_t *at = (const uint8_t *)p->in.ptr;
    uint64_t bytes, ends;
    size_t len;

    if (p->in.len < NUMBER_MAX)
        return false;
    memcpy(&bytes, at, sizeof(bytes));
    bytes = le64toh(bytes);
    ends = ~bytes & highs;
    if (ends) {
        len = (size_t)__builtin_ctzll(ends) / 8 + 1;
        *n = join_sevens(bytes & (ends ^ (ends - 1)) & ~highs);
    } else { /* 56 bits, 7, and one */
        len = at[8] & 0x80 ? 10 : 9;
        if (len == 10 && at[9] > 1)
            return false;
        *n = join_sevens(bytes & ~highs) | (uint64_t)(at[8] & 0x7F) << 56;
        *n |= len == 10 ? (uint64_t)at[9] << 63 : 0;
    }
    p->in.ptr += len;
    p->in.len -= len;
    return true;
}

static uint64_t
read_u64(struct pack *p)
{
    uint64_t n = 0;

    if (read_at_once(p, &n))
        return n;
    need(p, NUMBER_MAX);
    for (size_t i = 0; i < p->in.len && i < NUMBER_MAX; i++) {
        uint64_t seven = (uint8_t)p->in.ptr[i] & 0x7F;

        if (i == 9 && seven > 1)
            break;
        n |= seven << (7 * i);
        if (((uint8_t)p->in.ptr[i] & 0x80) == 0) {
            p->in = span_from(p->in, i + 1);
            return n;
        }
    }
    pack_spoil(p);
    return 0;
}

void
pack_long_u64(struct pack *p, uint64_t *n)
{
    if (is_writing(p))
        write_u64(p, *n);
    else
        *n = read_u64(p);
}

void
pack_double(struct pack *p, double *n)
{
    uint64_t bits;

    memcpy(&bits, n, sizeof(bits));
    pack_u64(p, &bits);
    memcpy(n, &bits, sizeof(bits));
    if (!is_writing(p) && !(*n > -1e300 && *n < 1e300)) { /* no NaN, nothing endless */
        pack_spoil(p);
        *n = 0;
    }
}

void
pack_bool(struct pack *p, bool *b)
{
    uint64_t n = *b;

    pack_u64(p, &n);
    if (n > 1)
        pack_spoil(p);
    *b = n == 1;
}

void
pack_all_u64(struct pack *p, uint64_t *n, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pack_u64(p, &n[i]);
}

/* Where the next one is that is not 0; false: there is none. */
static bool
pack_place(struct pack *p, uint64_t *at, size_t from, size_t count)
{
    pack_u64(p, at);
    if (*at < from || *at > count)
        pack_spoil(p);
    return !p->is_bad && *at < count;
}

void
pack_few_u32(struct pack *p, uint32_t *n, size_t count)
{
    uint64_t at = 0;

    for (size_t from = 0; from < count; from = at + 1) {
        if (is_writing(p))
            for (at = from; at < count && n[at] == 0;)
                at++;
        if (!pack_place(p, &at, from, count))
            return;
        pack_u32(p, &n[at]);
    }
}

void
pack_few_u64(struct pack *p, uint64_t *n, size_t count)
{
    uint64_t at = 0;

    for (size_t from = 0; from < count; from = at + 1) {
        if (is_writing(p))
            for (at = from; at < count && n[at] == 0;)
                at++;
        if (!pack_place(p, &at, from, count))
            return;
        pack_u64(p, &n[at]);
    }
}

void
pack_same(struct pack *p, uint64_t n)
{
    uint64_t read = n;

    pack_u64(p, &read);
    if (read != n)
        pack_spoil(p);
}

void
pack_long_text(struct pack *p, struct span *text, size_t max)
{
    uint64_t len = text->len;

    pack_count(p, &len, max);
    if (is_writing(p)) {
        buf_add(p->out, span_head(*text, len));
        return;
    }
    if (p->in.len < len)
        need(p, len);
    if (p->in.len < len)
        pack_spoil(p);
    *text = span_head(p->in, len);
    must(text->ptr || !text->len); /* what has bytes is somewhere */
    p->in = span_from(p->in, text->len);
}

void
pack_chars(struct pack *p, char *text, uint8_t *len, size_t room)
{
    struct span s = {text, *len};

    pack_text(p, &s, room);
    if (is_writing(p))
        return;
    *len = (uint8_t)s.len;
    if (s.len)
        memcpy(text, s.ptr, s.len);
}

/* --- words --- */

void
pack_begin(struct pack *p)
{
    uint64_t count = WORDS;
    char key[WORD_KEY_MAX];
    struct span name;

    _Static_assert((int)WORDS <= PACK_WORDS_MAX, "too many words for a file");
    pack_count(p, &count, PACK_WORDS_MAX);
    for (size_t i = WORD_NONE + 1; i < count; i++) {
        name = is_writing(p) ? span_of(word_key((enum word)i, key)) : (struct span){0};
        pack_text(p, &name, WORD_KEY_MAX);
        if (!is_writing(p))
            p->words[i] = (uint16_t)word_of_key(name, (enum word)i);
    }
    p->words[WORD_NONE] = WORD_NONE;
    p->word_count = (uint16_t)count;
}

void
pack_delays(struct pack *p, struct delays *d)
{
    pack_few_u32(p, d->counts, DELAYS_BUCKETS);
    pack_u64(p, &d->count);
    pack_i64(p, &d->longest_us);
}

/* --- tables --- */

void
pack_texts(struct pack *p, struct texts *t, pack_value_fn *value)
{
    _Alignas(max_align_t) uint8_t spare[PACK_VALUE_MAX];
    uint64_t count = t->count;
    struct span text = {0};
    void *at;

    must(t->value_bytes <= sizeof(spare));
    pack_count(p, &count, t->max);
    if (p->is_walked)
        texts_reserve(t, (uint32_t)count);
    for (uint32_t i = 0; i < count && !p->is_bad; i++) {
        if (is_writing(p))
            text = texts_text(t, i);
        pack_text(p, &text, TEXTS_LEN_MAX);
        at = is_writing(p)  ? texts_value(t, i)
             : p->is_walked ? texts_append(t, text)
                            : texts_put(t, text);
        if (!at)
            at = memset(spare, 0, sizeof(spare));
        value(p, at);
    }
}

/* An entry that was read, if it is one of the best until now. */
static void
keep_best(struct texts *t, struct best *best, struct span text, const void *value,
          double worth)
{
    void *at;

    if (worth < PACK_ALWAYS && !best_takes(best, t, worth, text)) {
        t->left_out++;
        return;
    }
    at = texts_append(t, text);
    if (!at)
        return;
    memcpy(at, value, t->value_bytes);
    if (worth < PACK_ALWAYS)
        best_put(best, t, worth, texts_number(t, at));
}

void
pack_texts_best(struct pack *p, struct texts *t, pack_value_fn *value,
                pack_worth_fn *worth)
{
    _Alignas(max_align_t) uint8_t now[PACK_VALUE_MAX];
    struct best best = {.room = p->rows};
    uint64_t count = 0;
    struct span text = {0};
    double weight;

    if (!p->is_walked || p->rows == 0) {
        pack_texts(p, t, value);
        return;
    }
    must(t->value_bytes <= sizeof(now));
    pack_count(p, &count, t->max);
    for (uint64_t i = 0; i < count; i++) {
        pack_text(p, &text, TEXTS_LEN_MAX);
        value(p, memset(now, 0, t->value_bytes));
        if (p->is_bad)
            return;
        weight = worth(now);
        if (weight > 0)
            keep_best(t, &best, text, now, weight);
    }
}
