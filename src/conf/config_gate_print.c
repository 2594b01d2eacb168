#include "conf/config_gate_print.h"

#include "conf/config_gate.h"

struct printing {
    const struct config_gate_lines *all;
    struct buf *out;
    struct span section; /* whose head stands there */
    bool is_json, has_begun;
};

/* One option in force. */
struct shown {
    struct span section, option, value;
    bool is_default;
};

/* What the files say last; NULL: nothing. */
static const struct config_gate_text *
find(const struct config_gate_lines *all, const char *section, const char *option)
{
    for (size_t i = all->count; i > 0; i--)
        if (strcmp(all->lines[i - 1].section, section) == 0 &&
            strcmp(all->lines[i - 1].option, option) == 0)
            return &all->lines[i - 1];
    return NULL;
}

/* A value of several lines goes on behind blanks. */
static void
print_line(struct buf *out, const struct shown *s)
{
    struct span rest = s->value, line;
    const char *before = " ";

    buf_escaped(out, s->option);
    buf_add_text(out, " =");
    while (span_line(&rest, &line)) {
        buf_add_text(out, before);
        buf_escaped(out, span_trim(line));
        before = "\n    ";
    }
    buf_add_byte(out, '\n');
}

static void
print_object(struct buf *out, const struct shown *s)
{
    buf_add_text(out, "{\"section\":");
    buf_json(out, s->section);
    buf_add_text(out, ",\"option\":");
    buf_json(out, s->option);
    buf_add_text(out, ",\"value\":");
    buf_json(out, s->value);
    buf_printf(out, ",\"is_default\":%s}", s->is_default ? "true" : "false");
}

static void
print(struct printing *p, const struct shown *s)
{
    if (p->is_json) {
        buf_add_text(p->out, p->has_begun ? "," : "");
        print_object(p->out, s);
    } else {
        if (!p->has_begun || !span_eq(p->section, s->section)) {
            buf_add_text(p->out, "\n[");
            buf_escaped(p->out, s->section);
            buf_add_text(p->out, "]\n");
        }
        print_line(p->out, s);
    }
    p->section = s->section;
    p->has_begun = true;
}

static void
print_part(struct printing *p, const struct config_gate_part *part)
{
    for (size_t i = 0; i < *part->count; i++) {
        const struct option *o = &part->table[i];
        const struct config_gate_text *t = find(p->all, part->section, o->name);

        if (o->type != OPTION_REFUSED)
            print(p, &(struct shown){span_of(part->section), span_of(o->name),
                                     span_of(t ? t->value : o->fallback), !t});
    }
}

static void
print_all(struct printing *p)
{
    for (const struct config_gate_part *part = config_gate_parts; part->section; part++)
        print_part(p, part);
    for (size_t i = 0; i < p->all->count; i++) {
        const struct config_gate_text *t = &p->all->lines[i];

        if (span_starts(span_of(t->section), SPAN("gate ")))
            print(p, &(struct shown){span_of(t->section), span_of(t->option),
                                     span_of(t->value), false});
    }
}

void
config_gate_print(const struct config_gate_lines *lines, struct buf *out)
{
    struct printing p = {.all = lines, .out = out};

    if (lines->count == 0)
        return;
    print_all(&p);
    if (!find(lines, "gate", "listen"))
        buf_add_text(out, "\n# [gate] has no `listen`: there is no gate.\n");
}

void
config_gate_print_json(const struct config_gate_lines *lines, struct buf *out)
{
    struct printing p = {.all = lines, .out = out, .is_json = true};

    buf_add_byte(out, '[');
    if (lines->count)
        print_all(&p);
    buf_add_byte(out, ']');
}
