/* ident: who is known by a text that is no address: a user's name, a session's number.
 *
 * A text is counted, banned and stored under a key of 128 keyed bits, which is a struct
 * addr of a family of its own: so whatever is kept by address can be kept by text, and no
 * prefix contains it. A table says which text a key stands for. Texts are foreign bytes,
 * to be escaped where they are shown.
 *
 *     struct addr key = ident_key(secret, SPAN("alice"));
 *     if (idents_put(&ids, &key, SPAN("alice"), may_go, ctx)) ...
 */
#pragma once

#include "base/addr.h"
#include "base/table.h"

enum {
    IDENT_FAMILY = 3,  /* beside 4 and 6, and those of counters (count/counters.h) */
    IDENT_MAX = 256,   /* bytes of a text; what is longer is cut to it */
    IDENTS_MAX = 65536 /* texts that are known at once */
};

/* The key of a text: the same for the same key and bytes. O(bytes). */
struct addr ident_key(struct hash_key secret, struct span text);

static inline bool
ident_is(const struct addr *a)
{
    return a->family == IDENT_FAMILY;
}

struct idents {
    struct table table; /* struct addr -> char *, IDENT_MAX bytes at most and a NUL */
    uint64_t refused;   /* found no room */
};

/* Whether a text may be forgotten for another one. */
typedef bool ident_may_go_fn(void *ctx, const struct addr *key);

/* Prepares an empty `*ids` for at most `max` texts. */
void idents_init(struct idents *ids, uint32_t max);

/* Frees all; a zeroed struct is legal. */
void idents_fini(struct idents *ids);

/* Keeps a copy of the text under its key. When there is no room, one of those used
 * longest ago that `may_go` leaves; false: of a few none may, and it is not kept. */
NODISCARD bool idents_put(struct idents *ids, const struct addr *key, struct span text,
                          ident_may_go_fn *may_go, void *ctx);

/* The text of a key; empty when it is not known. Borrowed until the next idents_put(). */
struct span idents_find(const struct idents *ids, const struct addr *key);
