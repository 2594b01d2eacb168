/* field: a named group of an expression, and what it caught. */
#pragma once

#include "base/span.h"

struct regex_field {
    uint16_t number;
    struct span name;  /* as long as the expression lives */
    struct span value; /* ptr NULL: took no part in the match */
};
