/* address: envelope addresses as rows of a report count them: domains in lower case, and,
 * where asked for, whole addresses, bang paths and the numbers of mailing lists.
 */
#pragma once

#include "base/buf.h"

struct address_options {
    bool ignores_case; /* the part before the @ in lower case, too */
    bool swaps_bangs;  /* "b!user@a" is counted as "a!user@b" */
    int verp;          /* numbers in return addresses of lists: 0 as they are, 1 become
                          "ID", 2 nothing is left of the list's member */
};

/* Appends the address of a recipient. O(length). */
void address_recipient(struct buf *out, struct span address,
                       const struct address_options *o);

/* Appends the address of a sender, which may be a list's. */
void address_sender(struct buf *out, struct span address,
                    const struct address_options *o);

/* Appends `address` with `verp` alone. */
void address_verp(struct buf *out, struct span address, int verp);

/* What is behind the first @ of an address that has something before it; all of it when
 * there is none. */
struct span address_domain(struct span address);
