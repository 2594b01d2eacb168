/* nft_held: which chains and sets a table has in the kernel, by name.
 *
 *     rc = nft_held_read(&held, &socket, "komainu");
 *     for (const char *name = nft_held_first(&held.sets); name;
 *          name = nft_held_next(&held.sets, name))
 *         ...
 *     nft_held_fini(&held);
 */
#pragma once

#include "enforce/nl.h"

struct nft_held {
    struct buf chains, sets; /* names, each with its NUL */
};

/* Asks the kernel; anonymous sets are left out. 0, or a negative errno; -E2BIG for more
 * names than we would ever make. */
NODISCARD int nft_held_read(struct nft_held *h, struct nl_socket *s, const char *table);

/* Frees; zeroed is legal. */
void nft_held_fini(struct nft_held *h);

/* The first name of a list, or NULL. Borrowed from the list. */
const char *nft_held_first(const struct buf *names);

/* The name behind `name`, or NULL. */
const char *nft_held_next(const struct buf *names, const char *name);

/* Whether the list has the name. O(names). */
bool nft_held_has(const struct buf *names, const char *name);
