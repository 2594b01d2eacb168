/* cache: answers of name servers as long as they are good; the oldest leave when there
 * are RESOLVE_CACHE_MAX, or more than RESOLVE_CACHE_BYTES of records.
 */
#pragma once

#include "base/buf.h"
#include "base/host.h"
#include "base/table.h"
#include "resolve/resolve.h"

enum { RESOLVE_CACHE_BYTES = 4 << 20 };

struct resolve_key {
    struct host_key name;
    uint8_t record; /* enum host_record */
};

struct resolve_cache {
    struct table table; /* struct resolve_key -> an answer with its own records */
    size_t bytes;       /* of all records */
};

/* What is asked for by this record of this name. */
struct resolve_key resolve_key_of(enum host_record record, struct span name);

/* Whether both are the same. */
bool resolve_key_eq(const struct resolve_key *a, const struct resolve_key *b);

/* Nothing is known. */
void resolve_cache_init(struct resolve_cache *c);

/* Frees all; a zeroed struct is legal. */
void resolve_cache_fini(struct resolve_cache *c);

/* Keeps a copy of an answer for its ttl_s. */
void resolve_cache_keep(struct resolve_cache *c, const struct resolve_key *key,
                        const struct resolve_answer *answer, int64_t now_us);

/* What is known at `now_us`, with what is left of its ttl_s; false: nothing. Its records
 * are a copy in `records`, which the caller frees. */
NODISCARD bool resolve_cache_find(const struct resolve_cache *c,
                                  const struct resolve_key *key, int64_t now_us,
                                  struct resolve_answer *out, struct buf *records);
