#include "decide/peers.h"

#include "base/fetch.h"
#include "base/mem.h"
#include "decide/trust.h"

enum { KNOWN_BITS = 9 };

_Static_assert(PEERS_KNOWN == 1 << KNOWN_BITS, "a place for each hash");

void
peers_init(struct peers *p)
{
    *p = (struct peers){.known = mem_zalloc(PEERS_KNOWN, sizeof(*p->known))};
}

void
peers_fini(struct peers *p)
{
    mem_free(p->known);
    *p = (struct peers){0};
}

void
peers_set_tags(struct peers *p, struct hash_key key)
{
    p->tags = key;
    memset(p->known, 0, PEERS_KNOWN * sizeof(*p->known));
}

static struct peers_entry *
place_of(struct peers *p, const struct addr *who)
{
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    struct addr_pieces a = addr_pieces(who);

    return &p->known[((a.head * odd) ^ a.middle ^ a.tail) * odd >> (64 - KNOWN_BITS)];
}

void
peers_expect(struct peers *p, const struct addr *who)
{
    fetch_to_write(place_of(p, who), sizeof(*p->known));
}

struct peers_entry *
peers_of(struct peers *p, const struct addr *who)
{
    struct peers_entry *one = place_of(p, who);

    if (!addr_eq(&one->who, who))
        *one = (struct peers_entry){
            .who = *who, .place = trust_place(who), .is_private = addr_is_private(who)};
    return one;
}

uint32_t
peers_tag(const struct peers *p, struct peers_entry *one)
{
    if (one->tag == 0) {
        one->tag = (uint32_t)hash_bytes(p->tags, &one->who, sizeof(one->who));
        one->tag += one->tag == 0;
    }
    return one->tag;
}

uint64_t
peers_place_tag(const struct peers *p, struct peers_entry *one)
{
    if (one->place_tag == 0)
        one->place_tag = hash_bytes(p->tags, &one->place, sizeof(one->place));
    return one->place_tag;
}
