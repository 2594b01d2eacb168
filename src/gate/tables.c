#include "gate/tables.h"

#include "base/mem.h"
#include "conf/load_gate.h"
#include "gate/access_map.h"

struct trial {
    const struct config_gate_lines *lines;
    struct buf section; /* of the profile at hand */
    bool is_good;
    struct buf *why;
};

/* A list that profiles have from [gate] is told of once. */
static void
tell(struct trial *t, enum gate_list list, const struct buf *reason)
{
    const char *option = gate_list_name(list);
    const char *origin =
        config_gate_lines_origin(t->lines, buf_span(&t->section), span_of(option));
    struct buf line = {0};

    if (origin[0])
        buf_printf(&line, "%s: ", origin);
    buf_printf(&line, "`%s`: %s\n", option, reason->ptr);
    if (span_find(buf_span(t->why), buf_span(&line)) < 0)
        buf_add(t->why, buf_span(&line));
    buf_fini(&line);
    t->is_good = false;
}

static void
try_table(struct trial *t, enum gate_list list, const char *table)
{
    struct access_map *map;
    struct buf reason = {0};

    access_map_new(&map, table);
    if (access_map_refresh(map, &reason) == ACCESS_MAP_BAD)
        tell(t, list, &reason);
    access_map_free(map);
    buf_fini(&reason);
}

static void
try_profile(struct trial *t, const struct config_gate_profile *p)
{
    buf_clear(&t->section);
    buf_printf(&t->section, "gate%s%s", p->name[0] ? " " : "", p->name);
    for (unsigned i = 0; i < GATE_LISTS; i++) {
        const struct restriction_list *list = &p->restrictions.lists[i];

        for (size_t k = 0; k < list->count; k++)
            if (list->items[k].kind == RESTRICTION_ACCESS)
                try_table(t, (enum gate_list)i, list->items[k].table);
    }
}

bool
tables_try(const struct config_gate_lines *lines, struct buf *why)
{
    struct trial t = {.lines = lines, .is_good = true, .why = why};
    struct config_gate gate;

    config_gate_init(&gate);
    must(load_gate_lines(lines, &gate, why)); /* as the loader has */
    for (size_t i = 0; i < gate.profile_count; i++)
        try_profile(&t, &gate.profiles[i]);
    config_gate_fini(&gate);
    buf_fini(&t.section);
    return t.is_good;
}
