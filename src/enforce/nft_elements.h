/* nft_elements: what a set of addresses holds, asked of the kernel.
 *
 * A dump goes through the set anew for every 32 KiB of answer: 100,000 elements take 0.6
 * s, and ten times as many a hundred times as long. So it is for sets of that size.
 */
#pragma once

#include "base/addr.h"
#include "enforce/nl.h"

/* Called for each element: its key as a prefix of `bits` bits, and the whole seconds,
 * rounded up, that it stays; -1: for ever. False: no more. */
typedef bool nft_element_fn(void *ctx, const struct addr *who, int64_t remaining_s);

/* Hands the elements in one message of a dump to `fn`; keys that are no address of
 * `family` (4, 6) are passed over. */
void nft_elements_parse(const struct nl_msg *m, const struct addr *kind,
                        nft_element_fn *fn, void *ctx);

/* Asks for the elements of a set whose keys are addresses like `kind` (family and bits).
 * 0, or a negative errno; -EINTR: the set was changed meanwhile, and some may be missing.
 */
NODISCARD int nft_elements_read(struct nl_socket *s, const char *const names[2],
                                const struct addr *kind, nft_element_fn *fn, void *ctx);
