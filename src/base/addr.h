/* addr: an IPv4 or IPv6 address, or a prefix of addresses.
 *
 * Invariant: the bits behind `bits` are zero, IPv4 uses the first four bytes, and an
 * IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) is stored as IPv4; so two equal things
 * have equal bytes and a struct addr can be hashed and compared with memcmp(). A zeroed
 * struct is "no address".
 */
#pragma once

#include <endian.h>

#include "base/span.h"

enum { ADDR_TEXT_MAX = 52 }; /* longest text with prefix length, and its NUL */

struct addr {
    uint8_t family; /* 4, 6, or 0 for none */
    uint8_t bits;   /* prefix length: 32 or 128 for one address */
    uint8_t bytes[16];
};

/* The 128 bits of an address in two numbers, and an address of them. The compiler copies
 * a struct addr in a piece of sixteen bytes and one of two: what lies across the two, or
 * was stored in other pieces, cannot be read until the stores have left the processor,
 * some fifteen cycles later. So it is read and made in these pieces only. */
struct addr_pieces {
    uint64_t head, middle;
    uint16_t tail;
};

static inline struct addr_pieces
addr_pieces(const struct addr *a)
{
    struct addr_pieces p;

    memcpy(&p.head, a, sizeof(p.head));
    memcpy(&p.middle, (const uint8_t *)a + 8, sizeof(p.middle));
    memcpy(&p.tail, (const uint8_t *)a + 16, sizeof(p.tail));
    return p;
}

static inline uint64_t
addr_high(const struct addr *a)
{
    struct addr_pieces p = addr_pieces(a);

    return be64toh(p.head) << 16 | be64toh(p.middle) >> 48;
}

static inline uint64_t
addr_low(const struct addr *a)
{
    struct addr_pieces p = addr_pieces(a);

    return be64toh(p.middle) << 16 | be16toh(p.tail);
}

static inline struct addr
addr_make(unsigned family, unsigned bits, uint64_t high, uint64_t low)
{
    /* The analyzer shifts an int. NOLINTNEXTLINE(*-core.UndefinedBinaryOperatorResult) */
    uint64_t first = (uint64_t)family << 56 | (uint64_t)bits << 48 | high >> 16;
    uint64_t both __attribute__((vector_size(16))) = {htobe64(first),
                                                      htobe64(high << 48 | low >> 16)};
    uint16_t tail = htobe16((uint16_t)low);
    struct addr a;

    memcpy(&a, &both, sizeof(both));
    memcpy((uint8_t *)&a + sizeof(both), &tail, sizeof(tail));
    return a;
}

/* Reads one address, without prefix length, port or brackets (RFC 4291 text for IPv6).
 * False, and nothing written, for anything else, zone ids included. */
NODISCARD bool addr_parse(struct span text, struct addr *out);

/* Reads an address or ADDRESS/LENGTH; host bits behind the length are cleared. An IPv4
 * address may have an ADDRESS/NETMASK of four octets, as Postfix and fail2ban take it. */
NODISCARD bool addr_parse_prefix(struct span text, struct addr *out);

/* An address from `bytes` in network order, 4 of them for family 4, 16 for family 6. */
struct addr addr_from_bytes(unsigned family, const void *bytes);

/* Writes the text of `a` (RFC 5952), with "/LENGTH" when it is no single address. Returns
 * `dst`. */
const char *addr_text(const struct addr *a, char dst[ADDR_TEXT_MAX]);

struct buf;

/* Appends the name of a single address in in-addr.arpa (RFC 1035, 3.5) or ip6.arpa (RFC
 * 3596, 2.5). */
void addr_add_reversed(const struct addr *a, struct buf *out);

/* Whether both are the same address or prefix. */
static inline bool
addr_eq(const struct addr *a, const struct addr *b)
{
    struct addr_pieces p = addr_pieces(a), q = addr_pieces(b);

    return ((p.head ^ q.head) | (p.middle ^ q.middle) | (uint64_t)(p.tail ^ q.tail)) == 0;
}

/* Byte order, IPv4 first: for sorted tables. */
int addr_cmp(const struct addr *a, const struct addr *b);

/* Number of bits of the family: 32 or 128. */
static inline unsigned
addr_width(const struct addr *a)
{
    return a->family == 4 ? 32 : 128;
}

/* Whether `a` is a single address. */
static inline bool
addr_is_host(const struct addr *a)
{
    return a->bits == addr_width(a);
}

/* Whether it is an address that networks use inside only, and many at once:
 * RFC 1918, 3927, 4193, link-local, and the loopback. */
bool addr_is_private(const struct addr *a);

/* So many ones from the highest bit on. */
static inline uint64_t
addr_ones(unsigned count)
{
    return count >= 64 ? UINT64_MAX : ~(UINT64_MAX >> count);
}

/* Whether all of `inner` lies in `outer`. */
static inline bool
addr_contains(const struct addr *outer, const struct addr *inner)
{
    unsigned bits = outer->bits;

    if (outer->family != inner->family || bits > inner->bits ||
        (addr_high(outer) ^ addr_high(inner)) & addr_ones(bits))
        return false;
    return bits <= 64 ||
           ((addr_low(outer) ^ addr_low(inner)) & addr_ones(bits - 64)) == 0;
}

/* Whether `a` and `b` share any address. */
bool addr_overlaps(const struct addr *a, const struct addr *b);

/* The prefix of `bits` around `a`; `bits` above those of `a` leave it as it is. */
static inline struct addr
addr_mask(struct addr a, unsigned bits)
{
    if (bits >= a.bits)
        return a;
    return addr_make(a.family, bits, addr_high(&a) & addr_ones(bits),
                     bits > 64 ? addr_low(&a) & addr_ones(bits - 64) : 0);
}
