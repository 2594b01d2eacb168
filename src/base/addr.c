#include "base/addr.h"

#include <arpa/inet.h>

static const uint8_t mapped_prefix[12] = {[10] = 0xFF, [11] = 0xFF};

unsigned
addr_width(const struct addr *a)
{
    return a->family == 4 ? 32 : 128;
}

struct addr
addr_mask(struct addr a, unsigned bits)
{
    if (bits >= a.bits)
        return a;
    a.bits = (uint8_t)bits;
    for (unsigned i = 0; i < sizeof(a.bytes); i++) {
        if (bits >= (i + 1) * 8)
            continue;
        a.bytes[i] =
            (uint8_t)(bits <= i * 8 ? 0 : a.bytes[i] & 0xFFU << (8 - (bits - i * 8)));
    }
    return a;
}

struct addr
addr_from_bytes(unsigned family, const void *bytes)
{
    struct addr a = {.family = (uint8_t)family, .bits = family == 4 ? 32 : 128};

    if (family == 6 && memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) == 0)
        return addr_from_bytes(4, (const uint8_t *)bytes + sizeof(mapped_prefix));
    memcpy(a.bytes, bytes, family == 4 ? 4 : 16);
    return a;
}

bool
addr_parse(struct span text, struct addr *out)
{
    char cstr[ADDR_TEXT_MAX];
    uint8_t bytes[16];

    if (!span_cstr(text, cstr, sizeof(cstr)))
        return false;
    if (inet_pton(AF_INET, cstr, bytes) == 1)
        *out = addr_from_bytes(4, bytes);
    else if (inet_pton(AF_INET6, cstr, bytes) == 1)
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

bool
addr_eq(const struct addr *a, const struct addr *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
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

bool
addr_is_host(const struct addr *a)
{
    return a->bits == addr_width(a);
}

bool
addr_contains(const struct addr *outer, const struct addr *inner)
{
    struct addr masked;

    if (outer->family != inner->family || outer->bits > inner->bits)
        return false;
    masked = addr_mask(*inner, outer->bits);
    return addr_eq(&masked, outer);
}

bool
addr_overlaps(const struct addr *a, const struct addr *b)
{
    return addr_contains(a, b) || addr_contains(b, a);
}
