#include "conf/fail2ban_level.h"

/* By what Python's logging has for them, the least talkative first. */
static const struct {
    const char *name;
    unsigned number;
    enum config_loglevel level;
} levels[] = {{"CRITICAL", 50, LOGLEVEL_CRITICAL}, {"FATAL", 50, LOGLEVEL_CRITICAL},
              {"ERROR", 40, LOGLEVEL_ERROR},       {"WARNING", 30, LOGLEVEL_WARNING},
              {"WARN", 30, LOGLEVEL_WARNING},      {"NOTICE", 25, LOGLEVEL_NOTICE},
              {"INFO", 20, LOGLEVEL_INFO},         {"MSG", 18, LOGLEVEL_INFO},
              {"DEBUG", 10, LOGLEVEL_DEBUG},       {"TRACEDEBUG", 7, LOGLEVEL_DEBUG},
              {"HEAVYDEBUG", 5, LOGLEVEL_DEBUG}};

bool
fail2ban_loglevel(struct span text, enum config_loglevel *out)
{
    uint64_t number;

    text = span_trim(text);
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (span_eq_nocase(text, span_of(levels[i].name))) {
            *out = levels[i].level;
            return true;
        }
    if (!span_u64(text, 0, UINT32_MAX, &number))
        return false;
    *out = LOGLEVEL_CRITICAL;
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (levels[i].number >= number)
            *out = levels[i].level;
    return true;
}
