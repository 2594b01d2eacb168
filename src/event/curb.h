/* curb: what mail of an account is under for a while. Judge says it, the gate does it. */
#pragma once

#include "base/attr.h"

enum curb_kind {
    CURB_HOLD,  /* it waits in Postfix's hold queue */
    CURB_LIMIT, /* so much of it is taken within an hour */
    CURB_KINDS,
};

enum { CURBS_MAX = 1024 }; /* accounts under each, together */

/* "hold", "limit"; "" for another number. */
static inline const char *
curb_name(unsigned kind)
{
    return kind == CURB_HOLD ? "hold" : kind == CURB_LIMIT ? "limit" : "";
}
