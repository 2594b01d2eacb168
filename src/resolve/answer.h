/* answer: what c-ares says, as an answer with the time that it is good for. */
#pragma once

#include <ares.h>

#include "base/buf.h"
#include "resolve/resolve.h"

/* Of ares_getaddrinfo(); `info` may be NULL, and stays the caller's. */
struct resolve_answer answer_of_addresses(int status, const struct ares_addrinfo *info);

/* Of ares_query() for records of a kind, which are appended to `records`, and borrowed.
 */
struct resolve_answer answer_of_records(int status, struct span packet,
                                        enum host_record record, struct buf *records);
