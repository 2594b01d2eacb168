#include "conf/section.h"

#include "base/mem.h"

static bool
read_text(const struct section *s, const struct option *o, const struct ini_option *from,
          struct section_value *v)
{
    v->text = buf_bounded(INI_VALUE_MAX);
    if (!from) {
        buf_add_text(&v->text, o->fallback ? o->fallback : "");
        return true;
    }
    v->file = from->file;
    v->line = from->lines[0];
    if (o->type == OPTION_REFUSED) { /* refused whatever its %(names)s are */
        buf_add_text(&v->text, from->value);
        return true;
    }
    if (expand_option(&s->expand, from, &v->text))
        return true;
    if (v->text.is_cut)
        conf_error(s->expand.errors, v->file, v->line,
                   "`%s` is longer than %d bytes when it is expanded; shorten it",
                   from->name, INI_VALUE_MAX);
    return false;
}

/* Reads `from`, NULL for the default, as option `o`. */
static bool
read_option(const struct section *s, const struct option *o,
            const struct ini_option *from, struct section_value *out)
{
    struct section_value v = {0};
    struct option named = *o;
    struct buf why = {0};
    bool is_good = read_text(s, o, from, &v);

    if (from)
        named.name = from->name; /* the entry may stand for a family of names */
    if (is_good && !option_read(&named, buf_span(&v.text), &v.value, &why)) {
        conf_error(s->expand.errors, v.file, v.line, "%s", why.ptr);
        is_good = false;
    }
    buf_fini(&why);
    if (is_good)
        *out = v;
    else
        section_value_fini(&v);
    return is_good;
}

bool
section_get(const struct section *s, const char *name, struct section_value *out)
{
    const struct option *o = option_find(s->table, s->count, span_of(name));

    must(o);
    return read_option(s, o, ini_get(s->expand.ini, s->expand.section, span_of(name), 0),
                       out);
}

void
section_value_fini(struct section_value *v)
{
    option_value_fini(&v->value);
    buf_fini(&v->text);
    *v = (struct section_value){0};
}

int64_t
section_integer(const struct section *s, const char *name)
{
    struct section_value v;
    int64_t n;

    if (!section_get(s, name, &v))
        return 0;
    n = v.value.word >= 0 ? v.value.word : v.value.number;
    section_value_fini(&v);
    return n;
}

static void
check_option(const struct section *s, const struct ini_option *o)
{
    const struct option *known = option_find(s->table, s->count, span_of(o->name));
    struct section_value v;
    const char *nearest;

    if (known) {
        if (known->type == OPTION_REFUSED && read_option(s, known, o, &v))
            section_value_fini(&v);
        return;
    }
    if (expand_is_used(s->expand.ini, span_of(o->name)))
        return;
    nearest = option_nearest(s->table, s->count, span_of(o->name));
    if (nearest)
        conf_error(s->expand.errors, o->file, o->lines[0],
                   "there is no option `%s`; did you mean `%s`?", o->name, nearest);
    else
        conf_error(s->expand.errors, o->file, o->lines[0],
                   "there is no option `%s`; remove the line", o->name);
}

void
section_check(const struct section *s)
{
    const struct ini_section *own = ini_section(s->expand.ini, s->expand.section);

    for (size_t i = 0; own && i < own->count; i++)
        check_option(s, own->options[i]);
}
