/* addr: an IPv4 or IPv6 address, or a prefix of addresses.
 *
 * Invariant: the bits behind `bits` are zero, IPv4 uses the first four bytes, and an
 * IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) is stored as IPv4; so two equal things
 * have equal bytes and a struct addr can be hashed and compared with memcmp(). A zeroed
 * struct is "no address".
 */
#pragma once

#include "base/span.h"

enum { ADDR_TEXT_MAX = 52 }; /* longest text with prefix length, and its NUL */

struct addr {
    uint8_t family; /* 4, 6, or 0 for none */
    uint8_t bits;   /* prefix length: 32 or 128 for one address */
    uint8_t bytes[16];
};

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
bool addr_eq(const struct addr *a, const struct addr *b);

/* Byte order, IPv4 first: for sorted tables. */
int addr_cmp(const struct addr *a, const struct addr *b);

/* Whether `a` is a single address. */
bool addr_is_host(const struct addr *a);

/* Whether it is an address that networks use inside only, and many at once:
 * RFC 1918, 3927, 4193, link-local, and the loopback. */
bool addr_is_private(const struct addr *a);

/* Whether all of `inner` lies in `outer`. */
bool addr_contains(const struct addr *outer, const struct addr *inner);

/* Whether `a` and `b` share any address. */
bool addr_overlaps(const struct addr *a, const struct addr *b);

/* The prefix of `bits` around `a`; `bits` above those of `a` leave it as it is. */
struct addr addr_mask(struct addr a, unsigned bits);

/* Number of bits of the family: 32 or 128. */
unsigned addr_width(const struct addr *a);
