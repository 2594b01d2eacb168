/* records: TXT, MX, PTR, A and AAAA records out of an answer of a name server (RFC 1035),
 * with how long they are good, which c-ares 1.18 does not tell. Every byte is foreign.
 */
#pragma once

#include "base/buf.h"
#include "base/host.h"
#include "resolve/resolve.h"

/* The number that DNS has for it: 16 for TXT; not for HOST_ADDRESSES. */
int records_type(enum host_record record);

/* Appends the records of the kind in a whole answer to `out`, as resolve_next_record()
 * reads them, and says how many seconds all of them are good. Names that are none of a
 * host are left out. False when the answer is malformed, or has more than
 * RESOLVE_RECORDS_BYTES of them. */
NODISCARD bool records_read(struct span answer, enum host_record record, struct buf *out,
                            uint32_t *ttl_s);
