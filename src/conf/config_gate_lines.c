#include "conf/config_gate_lines.h"

#include "base/mem.h"

bool
config_gate_lines_add(struct config_gate_lines *all, struct span section,
                      struct span option, struct span value)
{
    if (all->count == GATE_LINES_MAX)
        return false;
    all->lines = mem_realloc(all->lines, all->count + 1, sizeof(*all->lines));
    all->lines[all->count++] =
        (struct config_gate_text){.section = mem_copy_text(section.ptr, section.len),
                                  .option = mem_copy_text(option.ptr, option.len),
                                  .value = mem_copy_text(value.ptr, value.len),
                                  .origin = mem_copy_text("", 0)};
    return true;
}

void
config_gate_lines_place(struct config_gate_lines *all, size_t at, struct span origin)
{
    must(at < all->count);
    origin = span_head(origin, GATE_ORIGIN_MAX);
    mem_free(all->lines[at].origin);
    all->lines[at].origin = mem_copy_text(origin.ptr, origin.len);
}

const char *
config_gate_lines_origin(const struct config_gate_lines *all, struct span section,
                         struct span option)
{
    for (size_t i = all->count; i-- > 0;)
        if (span_eq(span_of(all->lines[i].section), section) &&
            span_eq(span_of(all->lines[i].option), option))
            return all->lines[i].origin;
    return "";
}

bool
config_gate_lines_eq(const struct config_gate_lines *a, const struct config_gate_lines *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->lines[i].section, b->lines[i].section) != 0 ||
            strcmp(a->lines[i].option, b->lines[i].option) != 0 ||
            strcmp(a->lines[i].value, b->lines[i].value) != 0)
            return false;
    return true;
}

bool
config_gate_lines_restrict(const struct config_gate_lines *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (span_ends(span_of(all->lines[i].option), SPAN("_restrictions")) &&
            all->lines[i].value[0])
            return true;
    return false;
}

void
config_gate_lines_fini(struct config_gate_lines *all)
{
    for (size_t i = 0; i < all->count; i++) {
        mem_free(all->lines[i].section);
        mem_free(all->lines[i].option);
        mem_free(all->lines[i].value);
        mem_free(all->lines[i].origin);
    }
    mem_free(all->lines);
    *all = (struct config_gate_lines){0};
}
