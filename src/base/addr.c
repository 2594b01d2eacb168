#include "base/addr.h"

#include "base/buf.h"

#include <arpa/inet.h>

#include "base/ascii.h"

enum {
    IPV4_TEXT_MIN = 7, /* "0.0.0.0" */
    IPV4_TEXT_MAX = 15,
};

static const uint8_t mapped_prefix[12] = {[10] = 0xFF, [11] = 0xFF};

struct addr
addr_from_bytes(unsigned family, const void *bytes)
{
    uint64_t halves[2];
    uint32_t four;

    if (family == 6 && memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) == 0)
        return addr_from_bytes(4, (const uint8_t *)bytes + sizeof(mapped_prefix));
    if (family == 4) {
        memcpy(&four, bytes, sizeof(four));
        return addr_make(4, 32, (uint64_t)be32toh(four) << 32, 0);
    }
    memcpy(halves, bytes, sizeof(halves));
    return addr_make(family, 128, be64toh(halves[0]), be64toh(halves[1]));
}

/* 0 to 9, or more for what is no digit. */
static inline unsigned
digit_of(char c)
{
    return (unsigned)(uint8_t)c - '0';
}

/* Takes a decimal number up to 255, without zeros in front, out of what ends in a NUL.
 * What stands behind a third digit is for the caller. */
static inline bool
take_octet(const char **p, uint8_t *octet)
{
    unsigned value = digit_of(**p), next;

    if (value > 9)
        return false;
    next = digit_of(*++*p);
    if (next <= 9) {
        if (value == 0)
            return false;
        value = value * 10 + next;
        next = digit_of(*++*p);
        if (next <= 9) {
            value = value * 10 + next;
            ++*p;
        }
    }
    *octet = (uint8_t)value;
    return value <= UINT8_MAX;
}

/* Dotted quads, and nothing else, as inet_pton() takes them; most hits of most logs hold
 * one. */
static bool
parse_ipv4(struct span text, uint8_t *bytes)
{
    char copy[IPV4_TEXT_MAX + 1] = {0};
    const char *p = copy;

    if (text.len < IPV4_TEXT_MIN || text.len > IPV4_TEXT_MAX)
        return false;
    memcpy(copy, text.ptr, text.len);
    for (int i = 0; i < 4; i++) {
        if (i && *p++ != '.')
            return false;
        if (!take_octet(&p, &bytes[i]))
            return false;
    }
    return p == copy + text.len;
}

/* Takes up to four hexadecimal digits; false when there is none. */
static bool
take_word(const char **p, const char *end, uint8_t *bytes)
{
    const char *from = *p;
    unsigned value = 0;
    int digit;

    for (; *p < end && *p - from < 4 && (digit = ascii_hex(**p)) >= 0; ++*p)
        value = value << 4 | (unsigned)digit;
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
    return *p > from;
}

/* Takes what stands behind a word of an address, unless that is its end: a colon, or the
 * "::" that may stand there once. */
static bool
take_colons(const char **p, const char *end, size_t bytes, ptrdiff_t *gap)
{
    if (*p == end)
        return true;
    if (*(*p)++ != ':' || *p == end)
        return false;
    if (**p != ':')
        return true;
    if (*gap >= 0)
        return false;
    *gap = (ptrdiff_t)bytes;
    ++*p;
    return true;
}

/* Reads what can stand in an address up to its end, and how many bytes that makes; `*gap`
 * is where "::" stands, -1 for nowhere. */
static bool
read_words(struct span text, uint8_t bytes[16], size_t *count, ptrdiff_t *gap)
{
    const char *p = text.ptr, *end = text.ptr + text.len, *word;
    size_t n = 0;

    *gap = -1;
    if (span_starts(text, SPAN("::"))) {
        *gap = 0;
        p += 2;
    }
    for (; p < end; n += 2) {
        word = p;
        if (n == 16 || !take_word(&p, end, bytes + n))
            return false;
        if (p < end && *p == '.') {
            *count = n + 4;
            return n <= 12 && parse_ipv4(span_between(word, end), bytes + n);
        }
        if (!take_colons(&p, end, n + 2, gap))
            return false;
    }
    *count = n;
    return true;
}

/* RFC 4291, 2.2, as inet_pton() takes it: "::" stands for one word at least. */
static bool
parse_ipv6(struct span text, uint8_t bytes[16])
{
    size_t count, behind;
    ptrdiff_t gap;

    if (!read_words(text, bytes, &count, &gap))
        return false;
    if (gap < 0)
        return count == 16;
    if (count == 16)
        return false;
    behind = count - (size_t)gap;
    memmove(bytes + 16 - behind, bytes + gap, behind);
    memset(bytes + gap, 0, 16 - count);
    return true;
}

bool
addr_parse(struct span text, struct addr *out)
{
    uint8_t bytes[16];

    if (!text.len) /* nor a pointer, maybe */
        return false;
    if (parse_ipv4(text, bytes))
        *out = addr_from_bytes(4, bytes);
    else if (parse_ipv6(text, bytes))
        *out = addr_from_bytes(6, bytes);
    else
        return false;
    return true;
}

/* The length of a contiguous IPv4 netmask; false when `text` is none. */
static bool
parse_netmask(struct span text, uint64_t *bits)
{
    struct addr mask;
    uint32_t m;

    if (!addr_parse(text, &mask) || mask.family != 4)
        return false;
    m = (uint32_t)mask.bytes[0] << 24 | (uint32_t)mask.bytes[1] << 16 |
        (uint32_t)mask.bytes[2] << 8 | mask.bytes[3];
    if (m & (~m >> 1))
        return false;
    *bits = (uint64_t)__builtin_popcount(m);
    return true;
}

bool
addr_parse_prefix(struct span text, struct addr *out)
{
    struct span host, length;
    struct addr a;
    uint64_t bits;

    if (!span_cut(text, SPAN("/"), &host, &length))
        return addr_parse(text, out);
    if (!addr_parse(host, &a))
        return false;
    /* ::ffff:192.0.2.0/120 is the IPv4 prefix of 24 bits. */
    if (a.family == 4 && span_find_byte(host, ':') >= 0) {
        if (!span_u64(length, 96, 128, &bits))
            return false;
        bits -= 96;
    } else if (!span_u64(length, 0, addr_width(&a), &bits) &&
               !(a.family == 4 && parse_netmask(length, &bits))) {
        return false;
    }
    *out = addr_mask(a, (unsigned)bits);
    return true;
}

const char *
addr_text(const struct addr *a, char dst[ADDR_TEXT_MAX])
{
    size_t len;

    if (!inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, dst, ADDR_TEXT_MAX))
        dst[0] = '\0';
    if (!addr_is_host(a)) {
        len = strlen(dst);
        (void)snprintf(dst + len, ADDR_TEXT_MAX - len, "/%u", a->bits);
    }
    return dst;
}

void
addr_add_reversed(const struct addr *a, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";

    if (a->family == 4) {
        for (int i = 3; i >= 0; i--)
            buf_printf(out, "%u.", a->bytes[i]);
        buf_add_text(out, "in-addr.arpa");
        return;
    }
    for (int i = 15; i >= 0; i--)
        buf_printf(out, "%c.%c.", digits[a->bytes[i] & 15], digits[a->bytes[i] >> 4]);
    buf_add_text(out, "ip6.arpa");
}

int
addr_cmp(const struct addr *a, const struct addr *b)
{
    int order;

    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
    if (order)
        return order;
    return (a->bits > b->bits) - (a->bits < b->bits);
}

static bool
is_private4(const uint8_t *b)
{
    return b[0] == 10 || b[0] == 127 || (b[0] == 172 && (b[1] & 0xF0) == 16) ||
           (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254);
}

bool
addr_is_private(const struct addr *a)
{
    static const uint8_t loopback[16] = {[15] = 1};
    const uint8_t *b = a->bytes;

    if (a->family != 6)
        return a->family == 4 && is_private4(b);
    return (b[0] & 0xFE) == 0xFC || (b[0] == 0xFE && (b[1] & 0xC0) == 0x80) ||
           memcmp(b, loopback, sizeof(loopback)) == 0;
}

bool
addr_overlaps(const struct addr *a, const struct addr *b)
{
    return addr_contains(a, b) || addr_contains(b, a);
}
