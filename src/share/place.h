/* place: where in a stream of Redis one is: the id of an entry, "MS-SEQ". */
#pragma once

#include "base/span.h"

enum { PLACE_MAX = 48 }; /* bytes with a NUL */

struct place {
    uint64_t ms, seq; /* both 0: before all */
};

/* Reads an id; false: it is none. */
NODISCARD bool place_read(struct span text, struct place *out);

/* Writes it as text into `out`, which it returns. */
const char *place_text(const struct place *p, char out[PLACE_MAX]);

/* Whether `a` is before `b`. */
bool place_is_before(const struct place *a, const struct place *b);
