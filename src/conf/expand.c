#include "conf/expand.h"

/* One value on its way: where an error is to be shown, and how much was done for it. */
struct work {
    const struct ini_option *at; /* the option that was asked for */
    unsigned line;
    unsigned references;
    struct buf *out;
};

static bool put(const struct expand *x, struct work *w, const struct ini_option *o,
                struct span text, unsigned depth);

/* An error is shown where the text that was asked for stands, not deep inside. */
static bool
refuse(const struct expand *x, const struct work *w, const char *what, struct span name)
{
    conf_error(x->errors, w->at->file, w->line, "`%s`: %s%.*s", w->at->name, what,
               SPAN_FMT(span_head(name, INI_NAME_MAX)));
    return false;
}

static bool
put_value(const struct expand *x, struct work *w, const struct ini_option *o,
          unsigned depth)
{
    return put(x, w, o, span_of(o->value), depth + 1);
}

/* What `known/NAME` is for a value of the layer that `o` stands in. */
static bool
put_known(const struct expand *x, struct work *w, const struct ini_option *o,
          struct span name, unsigned depth)
{
    const struct ini_option *found = NULL;
    struct expand filter = {
        .ini = x->known, .section = SPAN("Definition"), .errors = x->errors};

    if (x->known)
        found = ini_get(x->known, filter.section, name, 0);
    if (found)
        return put_value(&filter, w, found, depth);
    found = ini_get(x->ini, x->section, name, o->layer);
    if (!found)
        found = ini_own(x->ini, SPAN(INI_DEFAULT), name, 0);
    if (found && found != o)
        return put_value(x, w, found, depth);
    return refuse(x, w, "nothing is known before this file of ", name);
}

/* Names are folded as keys are; the part before a slash names a section and is not. */
static struct span
fold_name(struct span name, char out[2 * INI_NAME_MAX])
{
    ptrdiff_t slash = span_find_byte(name, '/');

    for (size_t i = 0; i < name.len; i++) {
        out[i] = name.ptr[i];
        if ((ptrdiff_t)i > slash && out[i] >= 'A' && out[i] <= 'Z')
            out[i] = (char)(out[i] + ('a' - 'A'));
    }
    return (struct span){out, name.len};
}

static bool
put_reference(const struct expand *x, struct work *w, const struct ini_option *o,
              struct span raw, unsigned depth)
{
    char folded[2 * INI_NAME_MAX];
    struct span name = fold_name(raw, folded), section, option;
    const struct ini_option *found;

    if (depth >= EXPAND_DEPTH_MAX)
        return refuse(x, w, "nested too deep, or it refers to itself: ", name);
    if (++w->references > EXPAND_REFERENCES_MAX)
        return refuse(x, w, "too many references are followed for ", name);
    if (x->find) {
        if (!x->find(x->ctx, raw, &option))
            return refuse(x, w, "there is no option ", raw);
        return put(x, w, o, option, depth + 1);
    }
    if (span_eq(name, SPAN("__name__"))) {
        buf_add(w->out, x->section);
        return true;
    }
    if (span_cut(name, SPAN("/"), &section, &option)) {
        if (span_eq_nocase(section, SPAN("known")))
            return put_known(x, w, o, option, depth);
        if (span_eq_nocase(section, SPAN(INI_DEFAULT)))
            section = SPAN(INI_DEFAULT);
        found = ini_section(x->ini, section) ? ini_get(x->ini, section, option, 0) : NULL;
    } else {
        found = ini_get(x->ini, x->section, name, 0);
    }
    if (!found)
        return refuse(x, w, "there is no option ", name);
    return put_value(x, w, found, depth);
}

static bool
put(const struct expand *x, struct work *w, const struct ini_option *o, struct span text,
    unsigned depth)
{
    struct span before, name;

    while (span_cut(text, SPAN("%"), &before, &text)) {
        buf_add(w->out, before);
        if (span_take(&text, SPAN("%"))) {
            buf_add_byte(w->out, '%');
            continue;
        }
        if (!span_take(&text, SPAN("(")) || !span_cut(text, SPAN(")s"), &name, &text) ||
            name.len > (size_t)2 * INI_NAME_MAX)
            return refuse(x, w, "write %(NAME)s, or %% for a percent sign", SPAN(""));
        if (!put_reference(x, w, o, name, depth))
            return false;
        if (w->out->is_cut)
            return false;
    }
    buf_add(w->out, text);
    return !w->out->is_cut;
}

bool
expand_text(const struct expand *x, const struct ini_option *o, unsigned line,
            struct span text, struct buf *out)
{
    struct work w = {.at = o, .line = line, .out = out};

    return put(x, &w, o, text, 0);
}

bool
expand_option(const struct expand *x, const struct ini_option *o, struct buf *out)
{
    return expand_text(x, o, o->lines[0], span_of(o->value), out);
}

/* Whether `text` holds %(NAME)s or %(SECTION/NAME)s. */
static bool
names_option(struct span text, struct span option)
{
    struct span before, name, section;
    char folded[2 * INI_NAME_MAX];

    while (span_cut(text, SPAN("%("), &before, &text)) {
        if (!span_cut(text, SPAN(")s"), &name, &text) || name.len > sizeof(folded))
            continue;
        name = fold_name(name, folded);
        if (span_eq(name, option) ||
            (span_cut(name, SPAN("/"), &section, &name) && span_eq(name, option)))
            return true;
    }
    return false;
}

bool
expand_is_used(const struct ini *ini, struct span option)
{
    for (size_t i = 0; i < ini->section_count; i++)
        for (size_t k = 0; k < ini->sections[i].count; k++)
            if (names_option(span_of(ini->sections[i].options[k]->value), option))
                return true;
    return false;
}
