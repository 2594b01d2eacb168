#include "compat/regex_parts.h"

/* What stands for a directive in the name of a template; a longer one goes first. */
static const struct {
    struct span text;
    const char *name;
} words[] = {
    {SPAN_INIT("%ExH:?"), "Ex24hour"},
    {SPAN_INIT("%ExM:?"), "ExMinute"},
    {SPAN_INIT("%ExY"), "ExYear"},
    {SPAN_INIT("%Exy"), "ExYear2"},
    {SPAN_INIT("%Exm"), "ExMonth"},
    {SPAN_INIT("%Exd"), "ExDay"},
    {SPAN_INIT("%ExH"), "Ex24hour"},
    {SPAN_INIT("%ExM"), "ExMinute"},
    {SPAN_INIT("%ExS"), "ExSecond"},
    {SPAN_INIT("%Exz"), "ExZone offset"},
    {SPAN_INIT("%ExZ"), "ExZone name"},
    {SPAN_INIT("%a"), "DAY"},
    {SPAN_INIT("%A"), "DAYNAME"},
    {SPAN_INIT("%b"), "MON"},
    {SPAN_INIT("%B"), "MONTH"},
    {SPAN_INIT("%d"), "Day"},
    {SPAN_INIT("%H"), "24hour"},
    {SPAN_INIT("%I"), "12hour"},
    {SPAN_INIT("%j"), "Yearday"},
    {SPAN_INIT("%m"), "Month"},
    {SPAN_INIT("%M"), "Minute"},
    {SPAN_INIT("%p"), "AMPM"},
    {SPAN_INIT("%S"), "Second"},
    {SPAN_INIT("%U"), "Yearweek"},
    {SPAN_INIT("%w"), "Weekday"},
    {SPAN_INIT("%W"), "Yearweek"},
    {SPAN_INIT("%y"), "Year2"},
    {SPAN_INIT("%Y"), "Year"},
    {SPAN_INIT("%%"), "%"},
    {SPAN_INIT("%z"), "Zone offset"},
    {SPAN_INIT("%f"), "Microseconds"},
    {SPAN_INIT("%Z"), "Zone name"},
    /* Ours, in the words of fail2ban's own templates. */
    {SPAN_INIT(" {1,2}"), "  ?"},
    {SPAN_INIT("(?P<joint>["), "(?P<_sep>["},
    {SPAN_INIT("(?P=joint)"), "(?P=_sep)"},
    {SPAN_INIT("EPOCH"), "Epoch"},
    {SPAN_INIT("{EPOCH}"), "Epoch"},
    {SPAN_INIT("{TAI64N}"), "TAI64N"},
    {SPAN_INIT("(?:[-T]|"), "(?:T|"},
};

/* How much of the pattern a word takes; 0: nothing of it is one. */
static size_t
add_word(struct buf *out, struct span pattern)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!span_starts(pattern, words[i].text))
            continue;
        buf_add_text(out, words[i].name);
        return words[i].text.len;
    }
    return 0;
}

void
tool_date_name(struct buf *out, struct span pattern)
{
    size_t n;

    if (span_eq_nocase(pattern, SPAN("{NONE}"))) {
        buf_add_byte(out, '^'); /* which is what it stands for */
        return;
    }
    while (pattern.len) {
        n = add_word(out, pattern);
        if (n == 0)
            buf_add_byte(out, pattern.ptr[0]);
        pattern = span_from(pattern, n ? n : 1);
    }
}
