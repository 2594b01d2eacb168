/* providers: the addresses that large providers of mail send from.
 *
 * Many people are behind each of them: what such a server does (EVENT_NOISE) is no reason
 * to shut it out, and no ban of a prefix by a rule takes it in. A login that fails from
 * there counts: people do not log in from there.
 *
 * Zeroed there are none.
 */
#pragma once

#include "base/addr.h"

enum { PROVIDERS_PREFIXES_MAX = 4096 };

struct providers {
    struct addr *prefixes; /* in the order of addr_cmp(), none inside of another */
    size_t count;
    uint64_t passed; /* events that counted for nothing */
};

/* Frees all; a zeroed struct is legal. */
void providers_fini(struct providers *p);

/* These are all that are known now; a copy is kept of the first PROVIDERS_PREFIXES_MAX.
 * O(n log n). */
void providers_set(struct providers *p, const struct addr *prefixes, size_t count);

/* Whether an address is one of a provider, or a prefix shares any with one. O(log n). */
NODISCARD bool providers_have(const struct providers *p, const struct addr *who);
