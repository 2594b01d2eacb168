/* nft_set: nftables sets and their elements, as messages of a batch. */
#pragma once

#include "base/addr.h"
#include "enforce/nl.h"

enum { NFT_MESSAGE_ELEMENTS = 256 }; /* keeps the nested list far below its 64 KiB */

enum nft_key { NFT_KEY_IPV4, NFT_KEY_IPV6, NFT_KEY_PORT };

/* An inclusive range of keys in network order; `len` bytes of each. */
struct nft_range {
    uint8_t first[16], last[16];
    uint8_t len;
};

/* The ports (host order) from `first` to `last`, both included. */
struct nft_range nft_range_ports(uint16_t first, uint16_t last);

/* The addresses of a prefix, from its first to its last. */
struct nft_range nft_range_prefix(const struct addr *prefix);

/* Adds a set of ranges that stay as they are: its elements come with it. */
void nft_set_constant(struct nl_batch *b, const char *table, const char *set,
                      enum nft_key key);

/* Adds a set of ranges that are replaced as a whole: nft_set_flush(), nft_set_ranges().
 */
void nft_set_changing(struct nl_batch *b, const char *table, const char *set,
                      enum nft_key key);

/* Adds a set of elements with timeouts, of which it takes at most `size`. */
void nft_set_timed(struct nl_batch *b, const char *table, const char *set,
                   enum nft_key key, uint32_t size);

/* Adds a set of single elements that stay until they are removed. */
void nft_set_plain(struct nl_batch *b, const char *table, const char *set,
                   enum nft_key key);

/* Adds the union of the ranges, which are sorted and merged in place. */
void nft_set_ranges(struct nl_batch *b, const char *table, const char *set,
                    struct nft_range *ranges, size_t count);

/* Adds ports (host order), each once. */
void nft_set_ports(struct nl_batch *b, const char *table, const char *set,
                   const uint16_t *ports, size_t count);

/* Removes every element. */
void nft_set_flush(struct nl_batch *b, const char *table, const char *set);

/* One message for one address of a set: `message` is NFT_MSG_NEWSETELEM, DELSETELEM,
 * GETSETELEM or NFT_SET_DESTROY; timeout_ms 0 means none. */
void nft_set_address(struct nl_batch *b, unsigned message, const char *table,
                     const char *set, const struct addr *a, uint64_t timeout_ms);

/* Begins such a message for several addresses, at most NFT_MESSAGE_ELEMENTS:
 * nft_set_next() for each, then nft_set_end(), which wants what this gives. The kernel's
 * error does not say which of them it is about. */
NODISCARD size_t nft_set_begin(struct nl_batch *b, unsigned message, const char *table,
                               const char *set);

/* Adds one address to it; timeout_ms 0 means none. */
void nft_set_next(struct nl_batch *b, const struct addr *a, uint64_t timeout_ms);

/* Ends it. */
void nft_set_end(struct nl_batch *b, size_t list);

/* NFT_MSG_DESTROYSETELEM (Linux 6.3), which Debian 12's headers do not have. */
enum { NFT_SET_DESTROY = 30 };
