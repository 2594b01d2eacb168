#include "base/grid.h"

#include "base/mem.h"

void
grid_fini(struct grid *g)
{
    buf_fini(&g->text);
    mem_free(g->starts);
    *g = (struct grid){0};
}

struct buf *
grid_cell(struct grid *g)
{
    if (!g->text.limit)
        g->text.limit = GRID_TEXT_MAX;
    if (g->cells == g->room) {
        g->room = g->room ? 2 * g->room : 64;
        g->starts = mem_realloc(g->starts, g->room, sizeof(*g->starts));
    }
    g->starts[g->cells++] = g->text.len;
    return &g->text;
}

static struct span
cell_text(const struct grid *g, size_t i)
{
    size_t end = i + 1 < g->cells ? g->starts[i + 1] : g->text.len;

    return (struct span){g->text.ptr + g->starts[i], end - g->starts[i]};
}

static void
natural_widths(const struct grid *g, size_t *widths)
{
    size_t w;

    for (size_t c = 0; c < g->count; c++)
        widths[c] = text_width(span_of(g->columns[c].title));
    for (size_t i = 0; i < g->cells; i++) {
        w = text_width(cell_text(g, i));
        if (w > g->columns[i % g->count].max)
            w = g->columns[i % g->count].max;
        if (w > widths[i % g->count])
            widths[i % g->count] = w;
    }
}

size_t
grid_width(const struct grid *g)
{
    size_t widths[GRID_COLUMNS_MAX], total = (g->count - 1) * GRID_GAP;

    natural_widths(g, widths);
    for (size_t c = 0; c < g->count; c++)
        total += widths[c];
    return total;
}

/* Takes columns from the widest that may still give until a row fits. */
static void
shrink(const struct grid *g, size_t columns, size_t *widths)
{
    size_t total = (g->count - 1) * GRID_GAP, widest;

    for (size_t c = 0; c < g->count; c++)
        total += widths[c];
    for (; total > columns; total--) {
        widest = g->count;
        for (size_t c = 0; c < g->count; c++) {
            if (widths[c] > g->columns[c].min &&
                (widest == g->count || widths[c] > widths[widest]))
                widest = c;
        }
        if (widest == g->count)
            return;
        widths[widest]--;
    }
}

static void
print_cell(const struct grid *g, size_t c, struct span text, const size_t *widths,
           struct buf *out)
{
    size_t width = text_width(text), pad;

    pad = width < widths[c] ? widths[c] - width : 0;
    if (g->columns[c].is_right)
        buf_printf(out, "%*s", (int)pad, "");
    width = g->columns[c].is_cut_middle ? text_cut_middle(out, text, widths[c])
                                        : text_cut(out, text, widths[c]);
    if (c + 1 == g->count)
        return;
    pad = g->columns[c].is_right ? 0 : widths[c] - width;
    buf_printf(out, "%*s", (int)(pad + GRID_GAP), "");
}

void
grid_print(const struct grid *g, const struct screen *screen, struct buf *out)
{
    size_t widths[GRID_COLUMNS_MAX];
    struct buf titles = {0};

    must(g->count && g->count <= GRID_COLUMNS_MAX && g->cells % g->count == 0);
    natural_widths(g, widths);
    if (screen->columns)
        shrink(g, screen->columns, widths);
    for (size_t c = 0; c < g->count; c++)
        print_cell(g, c, span_of(g->columns[c].title), widths, &titles);
    text_paint(out, screen, PAINT_BOLD, titles.ptr);
    buf_add_byte(out, '\n');
    buf_fini(&titles);
    out->is_cut |= g->text.is_cut; /* said when it is written */
    for (size_t i = 0; i < g->cells; i++) {
        print_cell(g, i % g->count, cell_text(g, i), widths, out);
        if ((i + 1) % g->count == 0)
            buf_add_byte(out, '\n');
    }
}
