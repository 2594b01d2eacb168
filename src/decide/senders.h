/* senders: who delivers mail here, and how much of what he asks for is refused.
 *
 * Large providers, mailing lists and newsletters name recipients that are gone, and are
 * now and then in a DNS list. What tells them from those who look for recipients is that
 * most of what they ask for is delivered: recipients that mail was taken for are good
 * (smtpd tells of them when a session ends), refusals are bad. A sender is good while he
 * has SENDERS_TIMES as many good ones as bad ones. The network around him (a /24, a /64)
 * has a record of its own, for what is counted by prefix or host.
 *
 * Only who has delivered has a record, so a flood of refusals pushes nobody out. A record
 * that was not used for SENDERS_KEEP_S is over. What is old weighs less: both numbers are
 * halved when they reach SENDERS_MOST. Memory is bounded: SENDERS_MAX records; the one
 * used longest ago leaves.
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "decide/ahead.h"

enum {
    SENDERS_MAX = 131072,
    SENDERS_TIMES = 3,
    SENDERS_MOST = 256,
    SENDERS_KEEP_S = 30 * 86400,
};

struct senders {
    struct table table; /* struct addr (an address, or a place) -> struct sender */
};

/* Nobody has delivered anything. */
void senders_init(struct senders *s);

/* Frees all; a zeroed struct is legal. */
void senders_fini(struct senders *s);

/* Tells that an address or a place will be asked for. */
void senders_expect(const struct senders *s, const struct addr *key, struct ahead *a);

/* `who` had mail taken for so many recipients. O(1). */
void senders_deliver(struct senders *s, const struct addr *who, uint32_t recipients,
                     int64_t now_us);

/* Something that `who` asked for was refused. O(1). */
void senders_refuse(struct senders *s, const struct addr *who, int64_t now_us);

/* Whether an address, or the network of trust_place(), has a good record. O(1). */
NODISCARD bool senders_is_good(const struct senders *s, const struct addr *who,
                               int64_t now_us);

/* Appends the record of an address or a network as bytes to store; nothing when there is
 * none. */
void senders_save(const struct senders *s, const struct addr *who, struct buf *bytes);

/* Gives an address or a network the record that senders_save() wrote. False, and nothing
 * taken, when `bytes` is malformed. */
NODISCARD bool senders_load(struct senders *s, const struct addr *who, struct span bytes);

/* Whether there is a record. O(1). */
NODISCARD bool senders_know(const struct senders *s, const struct addr *who);

/* Moves every time by `delta_us`. O(records). */
void senders_shift(struct senders *s, int64_t delta_us);
