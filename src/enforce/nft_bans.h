/* nft_bans: bans and unbans as elements of the table's sets, many in one transaction.
 *
 * Each request has messages of its own, so that the kernel's error names the request that
 * it is about: one bad element costs one more transaction, not a search for it. Where
 * many come that are most likely good (is_bulk) they share messages, and all of a round
 * is tried once more one by one when the kernel refuses any.
 */
#pragma once

#include "enforce/nft_table.h"
#include "enforce/request.h"

struct nft_features {
    bool has_update;  /* adding an element again changes its timeout (Linux 6.12) */
    bool has_destroy; /* a removal may tolerate absence (Linux 6.3) */
};

struct nft_bans {
    const struct nft_table *table; /* borrowed */
    struct nl_socket *socket;      /* borrowed */
    struct nft_features features;
    bool is_bulk; /* the caller's: several elements in one message */
    struct nl_batch batch;
    uint16_t owner[REQUEST_MAX * 3 + 1]; /* request of each message */
    struct request *requests;            /* during nft_bans_apply() */
};

/* Finds out what this kernel can, in a table that exists only meanwhile. 0, or a negative
 * errno. */
NODISCARD int nft_probe(const struct nft_table *t, struct nl_socket *s,
                        struct nft_features *f);

/* Encodes the requests that are to be done (OUTCOME_DONE) into n->batch, in order. Pure.
 */
void nft_bans_encode(struct nft_bans *n, const struct request *list, size_t count);

/* Does them (at most REQUEST_MAX) and writes what became of each. 0; -ENOENT when table
 * or a set is gone: nothing was done and the outcomes are untouched. */
NODISCARD int nft_bans_apply(struct nft_bans *n, struct request *list, size_t count);

/* Removes one address from the sets of every scope. 0, or a negative errno; absence is
 * fine. */
NODISCARD int nft_bans_lift(struct nft_bans *n, const struct addr *a);

/* Frees; a zeroed nft_bans is legal. */
void nft_bans_fini(struct nft_bans *n);
