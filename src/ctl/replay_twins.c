#include "ctl/replay_twins.h"

#include "base/mem.h"

void
twins_fini(struct twins *p)
{
    for (unsigned side = 0; side < TWINS_SIDES; side++)
        mem_free(p->things[side]);
    mem_free(p->rows);
    *p = (struct twins){0};
}

void
twins_add(struct twins *p, unsigned side, const struct twins_thing *thing,
          struct span name)
{
    struct twins_thing *kept;

    if (p->count[side] == TWINS_MAX) {
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
    name = span_head(name, TWINS_NAME_MAX);
    kept->name_len = (uint8_t)name.len;
    if (name.len)
        memcpy(kept->name, name.ptr, name.len);
}

/* Whether they are of the same, whenever that was. */
static int
by_what(const struct twins_thing *a, const struct twins_thing *b)
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
    const struct twins_thing *a = x, *b = y;
    int order = by_what(a, b);

    return order ? order : (a->time_us > b->time_us) - (a->time_us < b->time_us);
}

const struct twins_thing *
twins_first(const struct twins_row *row, unsigned *side)
{
    const struct twins_thing *a = row->of[0], *b = row->of[1];

    *side = a && b && a->time_us == b->time_us     ? 2
            : !a || (b && b->time_us < a->time_us) ? 1
                                                   : 0;
    return *side == 1 ? b : a;
}

static int
by_first(const void *x, const void *y)
{
    unsigned side;
    const struct twins_thing *a = twins_first(x, &side), *b = twins_first(y, &side);

    if (a->time_us != b->time_us)
        return a->time_us < b->time_us ? -1 : 1;
    return by_what(a, b);
}

static void
add_row(struct twins *p, const struct twins_thing *a, const struct twins_thing *b)
{
    p->rows[p->row_count++] = (struct twins_row){.of = {a, b}};
    p->only[0] += !b;
    p->only[1] += !a;
}

/* Goes through both, which are sorted, side by side. */
static void
add_rows(struct twins *p)
{
    const struct twins_thing *a = p->things[0], *b = p->things[1];
    size_t left_a = p->count[0], left_b = p->count[1];

    while (left_a || left_b) {
        int order = !left_a ? 1 : !left_b ? -1 : by_what(a, b);

        add_row(p, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
        if (order <= 0) {
            a++;
            left_a--;
        }
        if (order >= 0) {
            b++;
            left_b--;
        }
    }
}

void
twins_finish(struct twins *p)
{
    if (p->count[0] + p->count[1] == 0)
        return;
    for (unsigned side = 0; side < TWINS_SIDES; side++)
        if (p->count[side])
            qsort(p->things[side], p->count[side], sizeof(*p->things[side]),
                  by_what_and_time);
    p->rows = mem_zalloc(p->count[0] + p->count[1], sizeof(*p->rows));
    add_rows(p);
    qsort(p->rows, p->row_count, sizeof(*p->rows), by_first);
}
