/* rate_spec: a limit on a rate, as the restriction `rate` has it:
 *
 *     client/24+sender_domain 500M bytes/1d
 */
#pragma once

#include "base/buf.h"

enum { RATE_KEYS_MAX = 4 };

enum rate_part {
    RATE_CLIENT,
    RATE_SENDER,
    RATE_SENDER_DOMAIN,
    RATE_RECIPIENT,
    RATE_RECIPIENT_DOMAIN,
    RATE_SASL_USERNAME,
    RATE_HELO,
    RATE_ASN, /* of the client; of one without, its /24 or /64 */
    RATE_PARTS,
};

enum rate_unit { RATE_MESSAGES, RATE_RECIPIENTS, RATE_BYTES, RATE_FAILURES, RATE_UNITS };

/* More than `limit` of `unit` within `window_s` for one key. */
struct rate_spec {
    struct {
        enum rate_part part;
        uint8_t bits; /* of RATE_CLIENT; 0: the whole address */
    } keys[RATE_KEYS_MAX];
    size_t key_count;
    enum rate_unit unit;
    uint64_t limit;
    int64_t window_s;
};

/* Reads its three words. False, and nothing written, with what is wrong and what would be
 * right appended to `why`. */
NODISCARD bool rate_spec_read(struct span keys, struct span limit, struct span per,
                              struct rate_spec *out, struct buf *why);
