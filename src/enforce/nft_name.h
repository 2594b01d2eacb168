/* nft_name: what the sets and chains of our table are called.
 *
 * A name says what the thing is: sets that a former configuration made under the same
 * name hold bans from the same ports, and may be kept.
 *
 *     ban4                        IPv4 addresses banned from all ports (scope 0)
 *     ban4_24                     IPv4 prefixes of 24 bits
 *     ban6_64.25.465.587-588.u53  IPv6 prefixes of 64 bits, from these ports; u: UDP
 *     tcp.25.465.587-588.u53      the TCP ports of that scope; udp. ...
 *     scope.25.465.587-588.u53    its chain; of scope 0: scope
 *
 *     ban4.25.reject              IPv4 addresses whose packets to port 25 are answered
 *     ban4.all.reject             the same for all ports
 *     known4, known6, known6_64   holes in bans of prefixes
 *
 * Sets of bans of another size than NFT_SIZE_USUAL end in .maxSIZE; port lists that are
 * too long are named by a hash.
 */
#pragma once

#include "conf/config.h"

enum {
    NFT_NAME_BYTES = 128,     /* of a set or chain */
    NFT_ID_BYTES = 96,        /* of what names a scope */
    NFT_SIZE_USUAL = 1 << 20, /* the default of max-bans */
};

/* What follows the dot in the names of a scope's sets; "" for scope 0 of usual size.
 * Returns `dst`. */
const char *nft_scope_id(const struct config *c, unsigned scope, char dst[NFT_ID_BYTES]);

/* KIND, or KIND.ID. Returns `dst`. */
const char *nft_name(const char *kind, const char *id, char dst[NFT_NAME_BYTES]);

/* The name of the set of holes in bans of prefixes. A constant text. */
const char *nft_hole_name(unsigned family, unsigned bits);

/* The name of the set of bans of `bits` bits. Returns `dst`. */
const char *nft_ban_name(unsigned family, unsigned bits, const char *id,
                         char dst[NFT_NAME_BYTES]);
