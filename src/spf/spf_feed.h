/* spf_feed: the queries of a check as questions to a resolver, and its answers back; the
 * only part of this layer that knows of one.
 *
 *     spf_feed_ask(&c, r, number, now_us);               // in the resolver's callback:
 *     spf_feed_answer(&c, id, answer); spf_feed_ask(...);
 *
 * A resolver may answer inside of resolver_ask(): the callback must then not ask itself,
 * but leave that to the spf_feed_ask() that it is inside of, which goes on by itself.
 */
#pragma once

#include "resolve/resolve.h"
#include "spf/spf_check.h"

/* Asks for all that the check wants to know now, with ids that have `number` (less than
 * 2^24) in their upper bits. */
void spf_feed_ask(struct spf_check *c, struct resolver *r, uint32_t number,
                  int64_t now_us);

/* The number that is in an id. */
uint32_t spf_feed_number(uint64_t id);

/* Takes an answer to one of them, also when it is of no use any more. */
void spf_feed_answer(struct spf_check *c, uint64_t id,
                     const struct resolve_answer *answer);
