/* nft_line: a change of ours as a command line of nft(8), for people who want to know
 * what an order would do. Nothing here runs one.
 */
#pragma once

#include "base/buf.h"
#include "conf/config.h"

enum { NFT_LINE_MAX = 512 };

/* Appends the line that puts `who` into the set of bans of a scope for `remaining_s`
 * seconds (negative: for ever). `who` has the length of a rung. */
void nft_line_add(struct buf *out, const struct config *c, unsigned scope,
                  const struct addr *who, int64_t remaining_s);

/* Appends the line that lets `who`, of the length of a hole, out of bans of prefixes. */
void nft_line_add_hole(struct buf *out, const struct config *c, const struct addr *who,
                       int64_t remaining_s);

/* Appends the line that takes it out of the set of bans. */
void nft_line_delete(struct buf *out, const struct config *c, unsigned scope,
                     const struct addr *who);
