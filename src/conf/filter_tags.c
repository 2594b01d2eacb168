#include "conf/filter_tags.h"

#include "conf/config.h"

/* What the expressions may name and the judge cannot count yet. */
static const struct {
    struct span tag;
    const char *what;
} unbuilt_tags[] = {
    {SPAN_INIT("<SUBNET>"), "bans of networks are not supported yet"},
    {SPAN_INIT("<F-SUBNET/>"), "bans of networks are not supported yet"},
    {SPAN_INIT("<CIDR>"), "bans of networks are not supported yet"},
    {SPAN_INIT("<F-CIDR/>"), "bans of networks are not supported yet"},
    {SPAN_INIT("<F-ID/>"), "failures without an address are not supported yet"},
    {SPAN_INIT("<F-ID>"), "failures without an address are not supported yet"},
};

static bool
refuse_unbuilt_tag(struct conf_errors *e, const struct ini_option *o, unsigned line,
                   struct span pattern)
{
    for (size_t i = 0; i < ARRAY_LEN(unbuilt_tags); i++) {
        if (span_find(pattern, unbuilt_tags[i].tag) < 0)
            continue;
        conf_error(e, o->file, line, "`%s` has %s; %s, name a <HOST> or <ADDR>", o->name,
                   unbuilt_tags[i].tag.ptr, unbuilt_tags[i].what);
        return true;
    }
    return false;
}

/* Whether it is a tag alone, maybe with others in it, as filters name their modes:
 * <list-<mode>>. Tags in capitals are the match layer's. */
static bool
is_lone_tag(struct span pattern)
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
    if (!is_lone_tag(pattern))
        return false;
    conf_error(e, o->file, line,
               "`%s` asks for %.*s, which the filter does not have; is its `mode` right?",
               o->name, SPAN_FMT(span_head(pattern, CONFIG_NAME_MAX)));
    return true;
}

bool
filter_takes_tags(struct conf_errors *e, const struct ini_option *o, unsigned line,
                  struct span pattern)
{
    return !refuse_unbuilt_tag(e, o, line, pattern) &&
           !refuse_unknown_tag(e, o, line, pattern);
}
