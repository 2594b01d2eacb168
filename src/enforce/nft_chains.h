/* nft_chains: the chains of our table and the rules in them; nft_table.h shows them. */
#pragma once

#include "enforce/nft_table.h"

/* Adds the chains to a transaction. */
void nft_chains_put(const struct nft_table *t, struct nl_batch *b);

/* Whether nft_chains_put() makes a chain of this name. */
bool nft_chains_has(const struct nft_table *t, const char *name);

/* Adds, behind the rules of nft_chains_fill(): packets to the ports of tcp.ID and udp.ID,
 * or all when there is neither set, go through chain scope.ID. */
void nft_chains_join(const struct nft_table *t, struct nl_batch *b, const char *id,
                     bool has_tcp, bool has_udp);

/* Adds the rules, to chains that have none. */
void nft_chains_fill(const struct nft_table *t, struct nl_batch *b);
