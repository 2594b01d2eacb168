/* nft_watch: what others did to our tables, from the kernel's notifications. */
#pragma once

#include "enforce/nft_table.h"

enum {
    NFT_WATCH_TABLE = 1, /* ours was removed or changed, other than by new elements */
    NFT_WATCH_MARKER_NEW = 2, /* panic was called */
    NFT_WATCH_MARKER_GONE = 4 /* panic was ended */
};

/* Opens the socket that hears of changes, except those that `own_port` made. 0, or a
 * negative errno. */
NODISCARD int nft_watch_open(struct nl_socket *s, uint32_t own_port);

/* NFT_WATCH_... bits of one datagram of the kernel, which may be anything. */
unsigned nft_watch_parse(const struct nft_table *t, uint32_t own_port,
                         struct span datagram);
