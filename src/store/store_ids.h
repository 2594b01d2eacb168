/* store_ids: the texts that keys of the store stand for, where who is banned is known by
 * one (base/ident.h); and what expressions captured in lines that were counted.
 */
#pragma once

#include "store/store.h"

/* Writes a text under its key, in place of what was there. Inside a transaction. */
void store_put_id(struct store *s, const struct addr *who, struct span text);

/* Forgets texts whose key no ban has, nor any of the past. Inside a transaction; O(all).
 */
void store_drop_old_ids(struct store *s);

/* Calls `fn` for each; the text is borrowed for the call. 0, or -EIO. */
NODISCARD int
store_each_id(struct store *s,
              void (*fn)(void *ctx, const struct addr *who, struct span text), void *ctx);
