#include "enforce/outcome.h"

const char *
outcome_name(enum outcome o)
{
    static const char *const names[OUTCOMES] = {
#define X(NAME, name, text) name,
        OUTCOME_LIST(X)
#undef X
    };

    return (size_t)o < OUTCOMES ? names[o] : "unknown";
}

const char *
outcome_text(enum outcome o)
{
    static const char *const texts[OUTCOMES] = {
#define X(NAME, name, text) text,
        OUTCOME_LIST(X)
#undef X
    };

    return (size_t)o < OUTCOMES ? texts[o]
                                : "An outcome that this version does not know.";
}
