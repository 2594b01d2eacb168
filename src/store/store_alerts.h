/* store_alerts: what somebody was told of accounts, and whether a person has seen to it.
 *
 * At times the oldest rows leave (STORE_ALERTS_MAX).
 */
#pragma once

#include "store/store.h"

enum { STORE_ALERTS_MAX = 10000 };

/* An alert as stored; texts are borrowed. */
struct store_alert {
    int64_t time_us;
    struct span jail;
    struct addr who;
    struct span account; /* empty: none */
    uint8_t key;         /* what its rule counts by */
    uint32_t count;
    uint8_t mode;
    struct span reason;
    int64_t cleared_us; /* 0: nobody has seen to it */
    int64_t id;         /* newer ones have larger ones */
};

typedef void store_alert_fn(void *ctx, const struct store_alert *a);

/* Inside a transaction: adds an alert; at times the oldest leave. */
void store_add_alert(struct store *s, const struct store_alert *a);

/* Inside a transaction: a person has seen to one. */
void store_clear_alert(struct store *s, int64_t id, int64_t now_us);

/* A page of alerts, newest first: looks at up to q->most rows and calls `fn` for those
 * that fit. `*next_id` is the `before_id` of the next page; 0 when this was the last. 0,
 * or -EIO. */
NODISCARD int store_alert_page(struct store *s, const struct store_query *q,
                               store_alert_fn *fn, void *ctx, int64_t *next_id);
