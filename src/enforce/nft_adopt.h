/* nft_adopt: our table over a table of ours that is there, in one transaction.
 *
 * Sets of bans and holes that the configuration still has keep what is in them; names say
 * what a set is (nft_name.h). The chain of a scope that it has no more, and its sets, are
 * *former*: they stay and go on closing until judge has sent every ban again, so that
 * there is no moment in which a banned address gets in. All else is made anew.
 */
#pragma once

#include "enforce/nft_held.h"
#include "enforce/nft_table.h"

/* Begins the transaction. `*has_former`: there are former scopes; they are kept when
 * `is_keeping`, else removed. The kernel refuses the transaction when sets are not what
 * their names say. */
void nft_adopt(const struct nft_table *t, struct nl_batch *b, const struct nft_held *h,
               bool is_keeping, bool *has_former);
