/* grey_merge: what another host knows of a triplet or a client, joined with what is known
 * here: seen first at the earlier time, last at the later one, passed if anywhere, and of
 * a client the higher count. So it does not matter in what order hosts are heard, nor how
 * often. What is over is nothing, as everywhere.
 *
 * What is forgotten by hand is forgotten here alone: others may tell it again.
 */
#pragma once

#include "gate/grey_store.h"

enum { GREY_AHEAD_S = 3600 }; /* a clock that is further ahead is not believed */

enum grey_merged {
    GREY_MERGE_SAME,
    GREY_MERGE_CHANGED,
    GREY_MERGE_REFUSED, /* no entry, or of a clock that is too far ahead */
};

/* Joins `other`, of the same kind, to `own`; whether that changed `own`. */
bool grey_entry_join(struct grey_entry *own, const struct grey_entry *other);

/* Joins an entry of another host to the store, and adds what changed to the log;
 * s->on_put is not told. O(1). */
enum grey_merged grey_store_merge(struct grey_store *s, const struct grey_key *key,
                                  const struct grey_entry *e, int64_t now_s);
