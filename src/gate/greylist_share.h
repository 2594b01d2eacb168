/* greylist_share: a greylist that several hosts have together: what changes here is told,
 * and what others tell is merged (gate/grey_merge.h). Keys are hashes under one secret,
 * which all have.
 */
#pragma once

#include "gate/grey_merge.h"
#include "gate/greylist.h"
#include "share/entry.h"

enum { GREYLIST_SHARE_STEP = 4096 }; /* entries that are looked at in a step */

/* Told each change but what was merged, in the midst of it. */
struct greylist_watch {
    void (*fn)(void *ctx, const struct entry_triplet *t);
    void *ctx;
};

/* Makes the bytes of a secret (struct grey_secret) that of the folder, before
 * greylist_open(). `*is_other`: there was another one, whose greylist is put aside then.
 * 0, or a negative errno as of grey_log_take_secret(). */
NODISCARD int greylist_take_secret(const char *folder, const uint8_t secret[32],
                                   bool *is_other);

/* Has `w`, which is borrowed, told from now on; NULL: nobody. */
void greylist_watch(struct greylist *g, struct greylist_watch *w);

/* Takes what another host knows; kept when greylist_commit() is called. O(1). */
enum grey_merged greylist_merge(struct greylist *g, const struct entry_triplet *t,
                                int64_t now_s);

/* Gives what was seen last at `since_s` or later, GREYLIST_SHARE_STEP entries at most
 * being looked at; `*place` begins as 0. False: the rest comes with another call, or
 * (`*is_end`) that was all. */
NODISCARD bool greylist_next_since(const struct greylist *g, uint64_t *place,
                                   int64_t since_s, struct entry_triplet *out,
                                   bool *is_end);
