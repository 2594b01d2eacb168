/* grid: a table of cells, as wide as the terminal at most.
 *
 *     struct grid g = {.columns = columns, .count = 2};
 *     text_foreign(grid_cell(&g), name);
 *     text_number(grid_cell(&g), n);
 *     grid_print(&g, screen, &out);
 *     grid_fini(&g);
 */
#pragma once

#include "base/text.h"

enum { GRID_COLUMNS_MAX = 12, GRID_GAP = 2, GRID_TEXT_MAX = 1 << 29 };

struct grid_column {
    const char *title;
    unsigned min;       /* narrower than this it is not cut to */
    unsigned max;       /* cells wider than this are always cut */
    bool is_right;      /* numbers */
    bool is_cut_middle; /* names, of which both ends matter */
};

/* Cells come row by row; a zeroed `text` is an empty grid. */
struct grid {
    const struct grid_column *columns;
    size_t count;
    struct buf text;
    size_t *starts; /* of each cell in `text` */
    size_t cells, room;
};

/* Frees the cells. */
void grid_fini(struct grid *g);

/* Begins the next cell and returns the buf its text (escaped, one line) is appended to.
 */
struct buf *grid_cell(struct grid *g);

/* How many columns a row takes when nothing is cut. */
size_t grid_width(const struct grid *g);

/* Appends the titles and the rows, cut so that a row fits screen->columns where the
 * minimum widths allow it. The last row must be complete. */
void grid_print(const struct grid *g, const struct screen *screen, struct buf *out);
