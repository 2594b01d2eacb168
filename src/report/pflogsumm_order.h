/* pflogsumm_order: how pflogsumm sorts its rows; ties by name, so that the same log gives
 * the same bytes.
 */
#pragma once

#include "report/texts.h"

/* Negative, 0 or positive: addresses and names of hosts by their last label first, IPv4
 * addresses by their octets; of other texts the first word. 0 may be two texts. */
int pflogsumm_compare(struct span a, struct span b);

/* How much entry `number` of a table is worth, by which its rows are sorted. */
typedef double pflogsumm_worth_fn(const struct texts *t, uint32_t number);

/* The numbers of all entries: those worth most first, ties by pflogsumm_compare() (when
 * `by_host`) and by bytes. The caller frees them with mem_free(). O(n log n). */
NODISCARD uint32_t *pflogsumm_sorted(const struct texts *t, pflogsumm_worth_fn *worth,
                                     pflogsumm_worth_fn *second, bool by_host);

/* The parts of a key of tally_list: `count` of them, the last with all that is left. */
void pflogsumm_parts(struct span key, struct span *parts, size_t count);

/* The same for a list of reasons, whose keys have `parts` parts: by the bytes of all but
 * the last, then by count, then the last by pflogsumm_compare() and by bytes. */
NODISCARD uint32_t *pflogsumm_sorted_list(const struct texts *t, size_t parts);
