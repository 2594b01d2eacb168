#include "conf/filter_tags.h"

#include "conf/config.h"

/* Tags in capitals are the match layer's. */
bool
filter_is_lone_tag(struct span pattern)
{
    bool has_small = false;

    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];

        has_small |= c >= 'a' && c <= 'z';
        if (!strchr("<>-_/.", c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9'))
            return false;
    }
    return has_small && span_starts(pattern, SPAN("<")) && span_ends(pattern, SPAN(">"));
}

/* A tag alone that nothing stands for: a mode that the filter does not have. */
static bool
refuse_unknown_tag(struct conf_errors *e, const struct ini_option *o, unsigned line,
                   struct span pattern)
{
    if (!filter_is_lone_tag(pattern))
        return false;
    conf_error(e, o->file, line,
               "`%s` asks for %.*s, which the filter does not have; is its `mode` right?",
               o->name, SPAN_FMT(span_head(pattern, CONFIG_NAME_MAX)));
    return true;
}

/* The next option behind number `*at` that the mode would be, had it the name of it. */
static bool
next_mode(const struct ini_section *s, struct span family, size_t *at, struct span *mode)
{
    while (s && *at < s->count) {
        *mode = span_of(s->options[(*at)++]->name);
        if (span_take(mode, family))
            return true;
    }
    return false;
}

bool
filter_lacks_mode(const struct ini *ini, struct span pattern, struct span mode,
                  struct buf *modes)
{
    const struct ini_section *s = ini_section(ini, SPAN("Definition"));
    struct span family, one, after;
    size_t at = 0, before = modes->len;
    bool is_more;

    if (!filter_is_lone_tag(pattern))
        return false;
    family = span_head(span_from(pattern, 1), pattern.len - 2);
    if (family.len <= mode.len || !span_ends(family, mode))
        return false;
    family = span_head(family, family.len - mode.len);
    is_more = next_mode(s, family, &at, &one);
    while (is_more) {
        is_more = next_mode(s, family, &at, &after);
        if (modes->len > before)
            buf_add_text(modes, is_more ? ", " : " or ");
        buf_add(modes, one);
        one = after;
    }
    return modes->len > before;
}

bool
filter_takes_tags(struct conf_errors *e, const struct ini_option *o, unsigned line,
                  struct span pattern)
{
    return !refuse_unknown_tag(e, o, line, pattern);
}
