#include "conf/load_internal.h"

typedef bool set_fn(struct increment *i, struct span text, int64_t bantime_s,
                    struct buf *why);

static bool
set_factor(struct increment *i, struct span text, int64_t bantime_s UNUSED,
           struct buf *why)
{
    return increment_set_factor(i, text, why);
}

static bool
set_multipliers(struct increment *i, struct span text, int64_t bantime_s UNUSED,
                struct buf *why)
{
    return increment_set_multipliers(i, text, why);
}

static void
load_text(const struct section *s, const char *name, int64_t bantime_s,
          struct increment *out, set_fn *set)
{
    struct section_value v;
    struct buf why = {0};

    if (!section_get(s, name, &v))
        return;
    if (!set(out, v.value.text, bantime_s, &why))
        conf_error(s->expand.errors, v.file, v.line, "[%.*s] `%s`: %s",
                   SPAN_FMT(s->expand.section), name, why.ptr);
    buf_fini(&why);
    section_value_fini(&v);
}

/* In the order of enum increment_said. */
static const char *const names[] = {
    "bantime.increment", "bantime.factor",  "bantime.formula",     "bantime.multipliers",
    "bantime.maxtime",   "bantime.rndtime", "bantime.overalljails"};

static unsigned
said(const struct section *s)
{
    unsigned bits = 0;

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (ini_get(s->expand.ini, s->expand.section, span_of(names[i]), 0))
            bits |= 1U << i;
    return bits;
}

void
load_increment(const struct section *s, int64_t bantime_s, struct increment *out)
{
    out->is_on = section_integer(s, "bantime.increment") != 0;
    out->is_overall = section_integer(s, "bantime.overalljails") != 0;
    out->maxtime_s = section_integer(s, "bantime.maxtime");
    out->rndtime_s = section_integer(s, "bantime.rndtime");
    out->said = said(s);
    out->factor = (struct number){.kind = FORMULA_WHOLE, .whole = 1};
    /* Read also where it is off: what is wrong is told at once. */
    load_text(s, "bantime.factor", bantime_s, out, set_factor);
    load_text(s, "bantime.formula", bantime_s, out, increment_set_formula);
    load_text(s, "bantime.multipliers", bantime_s, out, set_multipliers);
}
