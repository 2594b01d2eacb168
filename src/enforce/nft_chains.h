/* nft_chains: the chains of our table and the rules in them; nft_table.h shows them. */
#pragma once

#include "enforce/nft_table.h"

/* Adds the chains to a transaction. */
void nft_chains_put(const struct nft_table *t, struct nl_batch *b);

/* Adds the rules, to chains that have none. */
void nft_chains_fill(const struct nft_table *t, struct nl_batch *b);
