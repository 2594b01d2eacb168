/* What makes an expression slow or dangerous, by its text and by what it did. */
#include "ctl/test_filter_internal.h"

/* The tags and groups that say who is to be banned. */
static const struct span who[] = {
    SPAN_INIT("<HOST>"),    SPAN_INIT("<ADDR>"),   SPAN_INIT("<IP4>"),
    SPAN_INIT("<IP6>"),     SPAN_INIT("<DNS>"),    SPAN_INIT("<F-ADDR/>"),
    SPAN_INIT("<F-IP4/>"),  SPAN_INIT("<F-IP6/>"), SPAN_INIT("<F-DNS/>"),
    SPAN_INIT("<F-ID/>"),   SPAN_INIT("<F-ID>"),   SPAN_INIT("<SUBNET>"),
    SPAN_INIT("(?P<host>"), SPAN_INIT("(?P<ip4>"), SPAN_INIT("(?P<ip6>"),
    SPAN_INIT("(?P<dns>"),  SPAN_INIT("(?P<fid>"),
};

/* Where the expression first says who; -1: it does not. */
static ptrdiff_t
who_at(struct span pattern)
{
    ptrdiff_t first = -1, at;

    for (size_t i = 0; i < ARRAY_LEN(who); i++) {
        at = span_find(pattern, who[i]);
        if (at >= 0 && (first < 0 || at < first))
            first = at;
    }
    return first;
}

/* Whether it can match only at the beginning: behind what opens groups and sets flags
 * comes ^ or \A. Of alternatives only the first is looked at. */
static bool
is_anchored(struct span p)
{
    for (;;) {
        if (span_take(&p, SPAN("(?:")) || span_take(&p, SPAN("(?i)")) ||
            span_take(&p, SPAN("(?i:")) || span_take(&p, SPAN("(?s)")))
            continue;
        if (!span_starts(p, SPAN("(?")) && span_take(&p, SPAN("(")))
            continue;
        return span_starts(p, SPAN("^")) || span_starts(p, SPAN("\\A"));
    }
}

static bool
ends_anchored(struct span p)
{
    while (p.len && p.ptr[p.len - 1] == ')')
        p.len--;
    return span_ends(p, SPAN("$")) || span_ends(p, SPAN("\\Z")) ||
           span_ends(p, SPAN("\\z"));
}

/* Whether `.*` or `.+` stands in front of the address. */
static bool
takes_anything(struct span before)
{
    return span_find(before, SPAN(".*")) >= 0 || span_find(before, SPAN(".+")) >= 0;
}

static const char *
danger(struct span pattern, bool is_in_content)
{
    ptrdiff_t at = who_at(pattern);

    if (at < 0)
        return NULL;
    if (!is_anchored(pattern) && !is_in_content)
        return "not anchored with ^: whoever gets a text of his own into the log (a user "
               "name, a HELO) can have others banned";
    if (takes_anything(span_head(pattern, (size_t)at)) && !ends_anchored(pattern))
        return ".* stands before the address and nothing ties the end with $: a text "
               "that an attacker chose can stand there and name others";
    return NULL;
}

static void
add(struct tested_warning *out, size_t *count, size_t expression, const char *text)
{
    if (text && *count < TESTED_WARNINGS_MAX)
        out[(*count)++] = (struct tested_warning){expression, text};
}

size_t
tested_warnings(const struct tester *t, struct tested_warning out[TESTED_WARNINGS_MAX])
{
    const struct config_filter *f = t->filter;
    struct match_spent spent;
    bool has_content = false;
    size_t count = 0;

    for (size_t i = 0; i < f->regex_count; i++)
        has_content |=
            f->regexes[i].kind == REGEX_PREFIX &&
            span_find(span_of(f->regexes[i].pattern), SPAN("<F-CONTENT>")) >= 0;
    for (size_t i = 0; i < f->regex_count; i++) {
        struct span pattern = span_of(f->regexes[i].pattern);

        matcher_spent(t->matcher, 0, i, &spent);
        if (spent.limit_hits)
            add(out, &count, i,
                "gave up on lines that took too long: it backtracks too much");
        if (f->regexes[i].kind != REGEX_IGNORE)
            add(out, &count, i, danger(pattern, has_content));
        if (!spent.has_required_text)
            add(out, &count, i,
                "no text that every match must hold is known: it is searched in every "
                "line of its program");
    }
    if (matcher_counts(t->matcher).too_long)
        add(out, &count, SIZE_MAX, "there are lines that are too long to be searched");
    if (matcher_counts(t->matcher).unresolved)
        add(out, &count, SIZE_MAX,
            "there are lines that name a host and no address; names are not looked up");
    return count;
}
