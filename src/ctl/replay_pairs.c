#include "ctl/replay_pairs.h"

#include "base/mem.h"

void
pairs_fini(struct pairs *p)
{
    for (unsigned side = 0; side < PAIRS_SIDES; side++)
        mem_free(p->things[side]);
    mem_free(p->rows);
    *p = (struct pairs){0};
}

void
pairs_add(struct pairs *p, unsigned side, const struct pairs_thing *thing,
          struct span name)
{
    struct pairs_thing *kept;

    if (p->count[side] == PAIRS_MAX) {
        p->dropped++;
        return;
    }
    if (p->count[side] == p->room[side]) {
        p->room[side] = p->room[side] ? 2 * p->room[side] : 64;
        p->things[side] =
            mem_realloc(p->things[side], p->room[side], sizeof(*p->things[side]));
    }
    kept = &p->things[side][p->count[side]++];
    *kept = *thing;
    name = span_head(name, PAIRS_NAME_MAX);
    kept->name_len = (uint8_t)name.len;
    if (name.len)
        memcpy(kept->name, name.ptr, name.len);
}

/* Whether they are of the same, whenever that was. */
static int
by_what(const struct pairs_thing *a, const struct pairs_thing *b)
{
    int order = strcmp(a->jail, b->jail);

    if (order == 0)
        order = memcmp(&a->who, &b->who, sizeof(a->who));
    if (order == 0)
        order = a->name_len - b->name_len;
    return order ? order : memcmp(a->name, b->name, a->name_len);
}

static int
by_what_and_time(const void *x, const void *y)
{
    const struct pairs_thing *a = x, *b = y;
    int order = by_what(a, b);

    return order ? order : (a->time_us > b->time_us) - (a->time_us < b->time_us);
}

const struct pairs_thing *
pairs_first(const struct pairs_row *row, unsigned *side)
{
    const struct pairs_thing *a = row->of[0], *b = row->of[1];

    *side = a && b && a->time_us == b->time_us     ? 2
            : !a || (b && b->time_us < a->time_us) ? 1
                                                   : 0;
    return *side == 1 ? b : a;
}

static int
by_first(const void *x, const void *y)
{
    unsigned side;
    const struct pairs_thing *a = pairs_first(x, &side), *b = pairs_first(y, &side);

    if (a->time_us != b->time_us)
        return a->time_us < b->time_us ? -1 : 1;
    return by_what(a, b);
}

static void
add_row(struct pairs *p, const struct pairs_thing *a, const struct pairs_thing *b)
{
    p->rows[p->row_count++] = (struct pairs_row){.of = {a, b}};
    p->only[0] += !b;
    p->only[1] += !a;
}

void
pairs_finish(struct pairs *p)
{
    size_t at[PAIRS_SIDES] = {0};

    for (unsigned side = 0; side < PAIRS_SIDES; side++)
        if (p->count[side])
            qsort(p->things[side], p->count[side], sizeof(*p->things[side]),
                  by_what_and_time);
    if (p->count[0] + p->count[1] == 0)
        return;
    p->rows = mem_zalloc(p->count[0] + p->count[1], sizeof(*p->rows));
    while (at[0] < p->count[0] || at[1] < p->count[1]) {
        const struct pairs_thing *a = at[0] < p->count[0] ? &p->things[0][at[0]] : NULL;
        const struct pairs_thing *b = at[1] < p->count[1] ? &p->things[1][at[1]] : NULL;
        int order = !a ? 1 : !b ? -1 : by_what(a, b);

        add_row(p, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
        at[0] += order <= 0;
        at[1] += order >= 0;
    }
    qsort(p->rows, p->row_count, sizeof(*p->rows), by_first);
}
