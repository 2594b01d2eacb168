/* rates: how much of something came lately for one key: what `rate` counts.
 *
 * Up to RATES_EXACT events a key are counted exactly in a sliding window; more, and
 * bytes, by the estimate of count/rate.h. At most RATES_KEYS_MAX keys are held; for a new
 * one the key goes that came longest ago.
 */
#pragma once

#include "conf/restriction.h"
#include "count/counters.h"
#include "gate/as_db.h"
#include "gate/request.h"

enum { RATES_EXACT = 128, RATES_KEYS_MAX = 100000 };

struct rates;

/* Told what rates_add() has counted, in the units that are counted. */
struct rates_watch {
    void (*fn)(void *ctx, const struct rates *r, const struct addr *key, uint32_t amount,
               int64_t now_s);
    void *ctx;
};

struct rates {
    const struct rate_spec *spec; /* borrowed */
    const struct as_db *asns;     /* borrowed; NULL: no client has an AS */
    struct counters counters;
    struct hash_key hash;
    uint64_t evicted;
    const struct rates_watch *watch; /* NULL: nobody wants to know */
    uint64_t id;                     /* by which other hosts know it */
};

/* No request yet; `spec` and `asns`, which may be NULL, live as long as it. */
void rates_init(struct rates *r, const struct rate_spec *spec, const struct as_db *asns);

/* A zeroed struct is legal. */
void rates_fini(struct rates *r);

/* The key of a request. False when a part of it is not there, so that the rate is not for
 * it: nobody is logged in, for example. */
NODISCARD bool rates_key(const struct rates *r, const struct gate_request *request,
                         struct addr *key);

/* Counts `amount` (bytes where those are counted), and says whether it is more now than
 * there may be. */
NODISCARD bool rates_add(struct rates *r, const struct addr *key, uint64_t amount,
                         int64_t now_s);

/* Whether there are as many already as there may be: of failures, which are counted when
 * all has been asked. */
NODISCARD bool rates_is_full(const struct rates *r, const struct addr *key,
                             int64_t now_s);

/* Whether there are more: of what was counted before. */
NODISCARD bool rates_is_over(struct rates *r, const struct addr *key, int64_t now_s);

/* From now on keys are hashed by what all hosts have, and `watch`, which is borrowed, is
 * told; before anything is counted. */
void rates_share(struct rates *r, struct hash_key hash, uint64_t id,
                 const struct rates_watch *watch);

/* Counts what another host has counted at `time_s`, in the units that are counted; what
 * is older than the window is none. O(RATES_EXACT). */
void rates_merge(struct rates *r, const struct addr *key, uint32_t amount, int64_t time_s,
                 int64_t now_s);
