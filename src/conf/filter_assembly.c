#include "conf/filter_assembly.h"

#include "base/mem.h"

struct expand
assembly_expand(const struct assembly *a, struct span section)
{
    return (struct expand){
        .ini = &a->filter->ini, .section = section, .errors = a->errors};
}

/* The option that a tag names, and in `*section` where it is to be expanded. */
static const struct ini_option *
find_tag(const struct ini *ini, struct span name, struct span *section)
{
    const struct ini_option *o;
    struct span option;

    if (span_cut(name, SPAN("/"), section, &option))
        return ini_own(ini, *section, option, 0);
    *section = INIT;
    o = ini_own(ini, *section, name, 0);
    if (o)
        return o;
    *section = DEFINITION;
    return ini_get(ini, *section, name, 0);
}

enum tag_found
assembly_tag(void *ctx, struct span name, struct buf *value)
{
    const struct assembly *a = ctx;
    const struct ini_option *o;
    struct span section;
    struct expand x;

    for (size_t i = a->filter->argument_count; i-- > 0;)
        if (span_eq(span_of(a->filter->arguments[i].name), name)) {
            buf_add_text(value, a->filter->arguments[i].value);
            return TAG_FOUND;
        }
    o = find_tag(&a->filter->ini, name, &section);
    if (!o && span_eq(name, SPAN("logtype"))) {
        buf_add_text(value, a->filter->is_journal ? "journal" : "file");
        return TAG_FOUND;
    }
    if (!o)
        return TAG_UNKNOWN;
    x = assembly_expand(a, section);
    if (!expand_option(&x, o, value) && !value->is_cut)
        return TAG_BROKEN;
    return TAG_FOUND;
}

bool
assembly_expand_line(struct assembly *a, const struct expand *x,
                     const struct ini_option *o, unsigned line, struct span text,
                     struct buf *out)
{
    enum tags_result result = TAGS_LONG;

    *out = buf_bounded(INI_VALUE_MAX);
    if (!x)
        buf_add(out, text);
    else if (!expand_text(x, o, line, text, out) && !out->is_cut)
        return false;
    result = tags_replace(out, assembly_tag, a);
    if (result == TAGS_OK)
        return true;
    if (result != TAGS_BROKEN)
        conf_error(a->errors, o->file, line, "`%s`: %s", o->name,
                   tags_result_text(result));
    return false;
}

struct place
assembly_find(const struct assembly *a, const char *name)
{
    struct place p = {.expand = a->jail};
    struct span key = span_of(name);

    for (size_t i = a->filter->argument_count; i-- > 0;)
        if (strcmp(a->filter->arguments[i].name, name) == 0) {
            p.argument = a->filter->arguments[i].value;
            return p;
        }
    p.option = a->jail.ini ? ini_get(a->jail.ini, a->jail.section, key, 0) : NULL;
    if (p.option)
        return p;
    p.expand = assembly_expand(a, INIT);
    p.option = ini_own(&a->filter->ini, INIT, key, 0);
    if (p.option)
        return p;
    p.expand = assembly_expand(a, DEFINITION);
    p.option = ini_get(&a->filter->ini, DEFINITION, key, 0);
    return p;
}

struct spot
assembly_spot(const struct assembly *a, const char *name)
{
    const struct ini *ini = &a->filter->ini;
    struct place p = assembly_find(a, name);
    const struct ini_option *o = p.option;

    if (p.argument && a->jail.ini)
        o = ini_get(a->jail.ini, a->jail.section, span_of(name), 0);
    if (p.argument && o && strcmp(o->value, p.argument) != 0)
        o = NULL;
    if (o)
        return (struct spot){o->file, o->lines[0]};
    if (p.argument && a->filter->file)
        return (struct spot){a->filter->file, a->filter->line};
    return (struct spot){ini->files[ini->file_count - 1], 0};
}

void
assembly_refuse(struct assembly *a, const char *name, struct span value,
                const char *right)
{
    struct spot at = assembly_spot(a, name);

    conf_error(a->errors, at.file, at.line, "`%s` is `%.*s`; %s", name,
               SPAN_FMT(span_head(value, CONFIG_NAME_MAX)), right);
}

char *
assembly_where(const struct assembly *a, const char *name)
{
    struct buf where = buf_bounded(FILTER_WHERE_MAX);
    struct spot at = assembly_spot(a, name);

    buf_add_text(&where, at.file);
    if (at.line)
        buf_printf(&where, ":%u", at.line);
    buf_printf(&where, ": %s", name);
    return buf_detach(&where);
}
