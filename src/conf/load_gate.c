#include "conf/load_gate.h"

#include "base/mem.h"
#include "conf/expand.h"
#include "conf/layers.h"

struct gate_loading {
    const struct ini *ini;
    struct config_gate trial; /* what is good so far */
    struct config_gate_lines *lines;
    struct conf_errors *errors;
};

/* The line that was added last is written where `o` is. */
static void
place(struct config_gate_lines *lines, const struct ini_option *o)
{
    struct buf origin = {0};

    buf_escaped(&origin, span_of(o->file));
    buf_printf(&origin, ":%u", o->lines[0]);
    config_gate_lines_place(lines, lines->count - 1, buf_span(&origin));
    buf_fini(&origin);
}

/* Takes `o`, of the section it stands in, as an option of `section`. */
static void
take(struct gate_loading *l, struct span section, struct span own,
     const struct ini_option *o)
{
    struct expand x = {.ini = l->ini, .section = own, .errors = l->errors};
    struct buf text = buf_bounded(INI_VALUE_MAX), why = {0};
    struct config_gate_line line;

    if (expand_option(&x, o, &text)) {
        line = (struct config_gate_line){section, span_of(o->name),
                                         span_trim(buf_span(&text))};
        if (!config_gate_set(&l->trial, &line, &why))
            conf_error(l->errors, o->file, o->lines[0], "%s", why.ptr);
        else if (!config_gate_lines_add(l->lines, section, line.option, line.value))
            conf_error(l->errors, o->file, o->lines[0],
                       "the gate has more than %d options", GATE_LINES_MAX);
        else
            place(l->lines, o);
    } else if (text.is_cut) {
        conf_error(l->errors, o->file, o->lines[0], "`%s` is longer than %d bytes",
                   o->name, INI_VALUE_MAX);
    }
    buf_fini(&text);
    buf_fini(&why);
}

/* No such option: names the one that is nearest, in any part of the section. */
static void
refuse(struct gate_loading *l, struct span section, const struct ini_option *o)
{
    const char *nearest = NULL;
    const struct option *row;

    if (expand_is_used(l->ini, span_of(o->name)))
        return;
    for (const struct config_gate_part *p = config_gate_parts; p->section; p++) {
        const char *near = option_nearest(p->table, *p->count, span_of(o->name));

        if (near && !nearest && config_gate_find(section, span_of(near), &row) == p)
            nearest = near;
    }
    if (nearest)
        conf_error(l->errors, o->file, o->lines[0],
                   "there is no option `%s` in [%.*s]; did you mean `%s`?", o->name,
                   SPAN_FMT(section), nearest);
    else
        conf_error(l->errors, o->file, o->lines[0],
                   "there is no option `%s` in [%.*s]; remove the line", o->name,
                   SPAN_FMT(section));
}

/* Lists name classes, so those come first, wherever they stand. */
static bool
is_class(const struct ini_option *o)
{
    return strcmp(o->name, "restriction_classes") == 0;
}

static void
take_section(struct gate_loading *l, const struct ini_section *s, bool of_classes)
{
    struct span name = span_of(s->name);
    const struct option *row;

    for (size_t i = 0; i < s->count; i++) {
        if (is_class(s->options[i]) != of_classes)
            continue;
        if (config_gate_find(name, span_of(s->options[i]->name), &row))
            take(l, name, name, s->options[i]);
        else
            refuse(l, name, s->options[i]);
    }
}

/* What [gate] says and the profile does not. */
static void
inherit(struct gate_loading *l, const struct ini_section *s, bool of_classes)
{
    const struct ini_section *gate = ini_section(l->ini, SPAN("gate"));
    struct span name = span_of(s->name);
    const struct option *row;

    for (size_t i = 0; gate && i < gate->count; i++) {
        struct span option = span_of(gate->options[i]->name);

        if (is_class(gate->options[i]) == of_classes &&
            config_gate_find(name, option, &row) && !ini_own(l->ini, name, option, 0))
            take(l, name, SPAN("gate"), gate->options[i]);
    }
}

static void
take_profile(struct gate_loading *l, const struct ini_section *s)
{
    for (int of_classes = 1; of_classes >= 0; of_classes--) {
        take_section(l, s, of_classes);
        inherit(l, s, of_classes);
    }
}

static bool
is_profile(const struct ini_section *s)
{
    return span_starts(span_of(s->name), SPAN("gate ")) &&
           config_gate_has_section(span_of(s->name));
}

void
load_gate(const struct ini *ini, struct config_gate_lines *lines, struct conf_errors *e)
{
    struct gate_loading l = {.ini = ini, .lines = lines, .errors = e};
    size_t before = e->count;
    struct buf why = {0};

    config_gate_init(&l.trial);
    for (size_t i = 0; i < ini->section_count; i++)
        if (config_gate_has_section(span_of(ini->sections[i].name)) &&
            !is_profile(&ini->sections[i])) {
            take_section(&l, &ini->sections[i], true);
            take_section(&l, &ini->sections[i], false);
        }
    for (size_t i = 0; i < ini->section_count; i++)
        if (is_profile(&ini->sections[i]))
            take_profile(&l, &ini->sections[i]);
    if (e->count == before && !config_gate_check(&l.trial, &why))
        conf_error(e, NULL, 0, "[gate]: %s", why.ptr);
    buf_fini(&why);
    config_gate_fini(&l.trial);
}

bool
load_gate_lines(const struct config_gate_lines *lines, struct config_gate *out,
                struct buf *why)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct config_gate_text *t = &lines->lines[i];
        struct config_gate_line line = {span_of(t->section), span_of(t->option),
                                        span_of(t->value)};

        if (!config_gate_set(out, &line, why))
            return false;
    }
    return config_gate_check(out, why);
}

/* --- gate run --- */

static void
add_text(struct ini *all, struct span text, const char *file, struct conf_errors *e)
{
    struct ini one = {0};

    ini_parse(&one, text, file, e);
    ini_append(all, &one, e);
    ini_fini(&one);
}

static void
add_file(struct ini *all, const char *path, struct conf_errors *e)
{
    struct buf text = {0};
    int err = layers_read_file(path, INI_FILE_MAX, &text);

    if (err)
        conf_error(e, path, 0, "cannot be read: %s", strerror(-err));
    else if (text.len > INI_FILE_MAX)
        conf_error(e, path, 0, "is longer than %d bytes", INI_FILE_MAX);
    else
        add_text(all, buf_span(&text), path, e);
    buf_fini(&text);
}

/* A komainu.conf is taken: what is not the gate's is komainud's. */
static void
check_sections(const struct ini *ini, struct conf_errors *e)
{
    for (size_t i = 0; i < ini->section_count; i++) {
        const struct ini_section *s = &ini->sections[i];
        struct span name = span_of(s->name);

        if (!config_gate_has_section(name) && !span_eq(name, SPAN("komainu")) &&
            !span_eq(name, SPAN(INI_DEFAULT)))
            conf_error(e, s->file, s->line, "the gate has no section [%s]", s->name);
    }
}

bool
load_gate_file_lines(const char *path, struct span more, struct config_gate_lines *out,
                     struct buf *errors)
{
    struct conf_errors e = {.text = errors};
    struct ini ini = {0};

    *out = (struct config_gate_lines){0};
    if (path)
        add_file(&ini, path, &e);
    if (more.len)
        add_text(&ini, more, "command line", &e);
    check_sections(&ini, &e);
    load_gate(&ini, out, &e);
    ini_fini(&ini);
    if (e.count)
        config_gate_lines_fini(out);
    return e.count == 0;
}

bool
load_gate_file(const char *path, struct span more, struct config_gate *out,
               struct buf *errors)
{
    struct config_gate_lines lines;

    if (!load_gate_file_lines(path, more, &lines, errors))
        return false;
    config_gate_init(out);
    must(load_gate_lines(&lines, out, errors)); /* load_gate() took them */
    config_gate_lines_fini(&lines);
    return true;
}
