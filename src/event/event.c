#include "event/event.h"

#include "base/clock.h"

static const char *const kind_names[] = {
#define X(NAME, name) [EVENT_##NAME] = name,
#include "event/event.def"
#undef X
};

const char *
event_kind_name(enum event_kind kind)
{
    if (kind == EVENT_COMMENT)
        return "comment";
    return (size_t)kind < ARRAY_LEN(kind_names) ? kind_names[kind] : "unknown";
}

bool
event_kind_parse(struct span name, enum event_kind *out)
{
    for (size_t i = 0; i < ARRAY_LEN(kind_names); i++) {
        if (span_eq(name, span_of(kind_names[i]))) {
            *out = (enum event_kind)i;
            return true;
        }
    }
    return false;
}

/* A minute and a second, as in fail2ban, which drops the fraction of what a line is off.
 */
#define OFF_US (61 * SECOND_US)

int64_t
event_time_live(int64_t line_us, int64_t now_us, bool is_live)
{
    int64_t whole_us = line_us - line_us % SECOND_US;

    if (whole_us >= now_us + OFF_US)
        return now_us;
    if (is_live && whole_us <= now_us - OFF_US)
        return now_us;
    return line_us;
}
