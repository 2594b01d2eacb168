/* store_kept: what the judge keeps for decide as bytes, and the key of its tags. */
#pragma once

#include "base/hash.h"
#include "store/store.h"

/* Inside a transaction: sets one row of what is kept; without a state removes it. */
void store_put_kept(struct store *s, const struct store_kept *row);

/* All that is kept, what was written last at the end; 0, or -EIO. */
NODISCARD int store_each_kept(struct store *s,
                              void (*fn)(void *ctx, const struct store_kept *row),
                              void *ctx);

/* Inside a transaction: sets the key of the tags that are stored. */
void store_put_tags(struct store *s, struct hash_key key);

/* Reads it; false when there is none. */
NODISCARD bool store_get_tags(struct store *s, struct hash_key *key);
