/* peers: what follows from an address alone, kept for those that come often.
 *
 * Most events are of addresses that were there a moment ago. Their place and their tags,
 * which are hashes for the store and dear, are found in PEERS_KNOWN places, one for all
 * addresses of a hash; whoever comes last has it. Nothing depends on who is found.
 *
 *     const struct peers_entry *p = peers_of(&peers, &event.peer);
 *     uint64_t tag = peers_place_tag(&peers, p);
 */
#pragma once

#include "base/addr.h"
#include "base/hash.h"

enum { PEERS_KNOWN = 512 }; /* 32 KiB: they are to stay in the cache */

struct peers_entry {
    struct addr who;    /* family 0: nobody */
    struct addr place;  /* trust_place() */
    bool is_private;    /* addr_is_private() */
    uint32_t tag;       /* 0: not asked for yet, peers_tag() */
    uint64_t place_tag; /* 0: not asked for yet, peers_place_tag() */
    uint64_t free_at;   /* with so many bans of prefixes made none was around it; 0: not
                           known, for rules_hold() */
};

struct peers {
    struct hash_key tags;
    struct peers_entry *known;
};

/* Nobody; tags have the key {0}. */
void peers_init(struct peers *p);

/* Frees all; a zeroed struct is legal. */
void peers_fini(struct peers *p);

/* Sets the key of the tags. */
void peers_set_tags(struct peers *p, struct hash_key key);

/* Has the processor fetch that. O(1). */
void peers_expect(struct peers *p, const struct addr *who);

/* What follows from `who`; valid until the next call. O(1). */
struct peers_entry *peers_of(struct peers *p, const struct addr *who);

/* The tag of the address, cut to 32 bits; never 0. O(1). */
uint32_t peers_tag(const struct peers *p, struct peers_entry *one);

/* The tag of the place. O(1). */
uint64_t peers_place_tag(const struct peers *p, struct peers_entry *one);
