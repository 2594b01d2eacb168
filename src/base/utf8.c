#include "base/utf8.h"

/* What a first byte says: how many follow, and between what the second one lies. */
struct lead {
    unsigned first, last; /* of the bytes of this kind */
    unsigned more, low, high;
};

static const struct lead leads[] = {
    {0xC2, 0xDF, 1, 0x80, 0xBF}, {0xE0, 0xE0, 2, 0xA0, 0xBF}, {0xE1, 0xEC, 2, 0x80, 0xBF},
    {0xED, 0xED, 2, 0x80, 0x9F}, {0xEE, 0xEF, 2, 0x80, 0xBF}, {0xF0, 0xF0, 3, 0x90, 0xBF},
    {0xF1, 0xF3, 3, 0x80, 0xBF}, {0xF4, 0xF4, 3, 0x80, 0x8F},
};

static const struct lead *
lead_of(unsigned byte)
{
    for (size_t i = 0; i < ARRAY_LEN(leads); i++)
        if (byte >= leads[i].first && byte <= leads[i].last)
            return &leads[i];
    return NULL;
}

/* Whether `byte` may be the `n`th one after the first of a character. */
static bool
follows(const struct lead *lead, size_t n, unsigned byte)
{
    return n == 1 ? byte >= lead->low && byte <= lead->high
                  : byte >= 0x80 && byte <= 0xBF;
}

uint32_t
utf8_take(struct span *s, bool *is_good)
{
    const unsigned char *p = (const unsigned char *)s->ptr;
    const struct lead *lead = lead_of(p[0]);
    uint32_t value = p[0];
    size_t n = 1;

    *is_good = p[0] < 0x80 || lead;
    if (lead) {
        value &= 0x3FU >> lead->more;
        for (; *is_good && n <= lead->more; n += *is_good) {
            *is_good = n < s->len && follows(lead, n, p[n]);
            value = *is_good ? value << 6 | (p[n] & 0x3FU) : value;
        }
    }
    *s = span_from(*s, n);
    return *is_good ? value : UTF8_BAD;
}

size_t
utf8_write(uint32_t character, char out[UTF8_MAX])
{
    size_t len = character < 0x80      ? 1
                 : character < 0x800   ? 2
                 : character < 0x10000 ? 3
                                       : 4;

    for (size_t i = len; i-- > 1; character >>= 6)
        out[i] = (char)(0x80 | (character & 0x3F));
    out[0] = (char)(len == 1 ? character : (0xF00U >> len & 0xF0) | character);
    return len;
}

bool
utf8_is_good(struct span s)
{
    bool is_good = true;

    while (s.len && is_good)
        (void)utf8_take(&s, &is_good); /* which one it is does not matter */
    return is_good;
}

size_t
utf8_repaired_len(struct span s)
{
    size_t len = 0;
    bool is_good;

    while (s.len) {
        size_t before = s.len;

        (void)utf8_take(&s, &is_good); /* only its length matters */
        len += is_good ? before - s.len : UTF8_GROWTH;
    }
    return len;
}

void
utf8_repair(struct span s, char *out)
{
    bool is_good;

    while (s.len) {
        struct span from = s;

        (void)utf8_take(&s, &is_good); /* which one it is does not matter */
        if (is_good) {
            memcpy(out, from.ptr, from.len - s.len);
            out += from.len - s.len;
        } else {
            out += utf8_write(UTF8_BAD, out);
        }
    }
}
