#include "source/tail.h"

const char *
tail_found_name(enum tail_found found)
{
    static const char *const names[] = {
        [TAIL_FOUND_NONE] = "no-file",        [TAIL_FOUND_SAME] = "same",
        [TAIL_FOUND_ROTATED] = "rotated",     [TAIL_FOUND_FRESH] = "fresh",
        [TAIL_FOUND_CONTINUED] = "continued", [TAIL_FOUND_SIBLING] = "sibling",
        [TAIL_FOUND_COPY] = "copy",           [TAIL_FOUND_REPLACED] = "replaced",
        [TAIL_FOUND_UNKNOWN] = "unknown",
    };

    return names[found];
}
