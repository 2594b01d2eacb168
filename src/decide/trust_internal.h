/* trust_internal: what the files of trust do for each other. */
#pragma once

#include "decide/trust.h"

enum { PLACE_BITS4 = 24, PLACE_BITS6 = 64 };

/* The key of an entry; its padding is zero, because that is hashed, too. */
struct trust_key trust_key_of(struct addr place, uint64_t account);

/* Whether it is the key of an address: those are clients; not places, and not accounts.
 */
bool trust_is_of_address(const struct trust_key *key);

/* Counts a client, or with a `change` of -1 one less. */
void trust_count_client(struct trust *t, const struct trust_entry *e, int change);

/* What is known of `key` is about to change. */
void trust_tell(const struct trust *t, const struct trust_key *key);

/* Removes an entry, whose key was told of. */
void trust_remove(struct trust *t, struct trust_entry *e);
