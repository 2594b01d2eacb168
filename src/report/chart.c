#include "report/chart.h"

#include "base/mem.h"

/* Of the drawing, which is as wide as its place; a phone shows it at about this size. */
enum { WIDTH = 320, PLOT = 84, TOP = 6, HEIGHT = 112, TABLE_PIXELS = 72 };

static int64_t
highest(const struct chart *c)
{
    int64_t most = 1;

    for (size_t i = 0; i < c->count; i++)
        if (c->values[i] > most)
            most = c->values[i];
    return most;
}

/* Tenths of a pixel; what is not nothing is seen. */
static int
bar_height(int64_t value, int64_t most, int pixels)
{
    int tenths = (int)((double)value / (double)most * pixels * 10);

    return value <= 0 ? 0 : tenths < 10 ? 10 : tenths;
}

/* The values whose labels stand on the axis. */
static size_t
label_at(const struct chart *c, size_t i)
{
    return i * c->count / CHART_LABELS;
}

static void
add_bar(const struct chart *c, size_t i, int64_t most, struct buf *out)
{
    int step = WIDTH * 10 / (int)c->count, gap = step > 60 ? 20 : step > 30 ? 10 : 2;
    int height = bar_height(c->values[i], most, PLOT), y = (TOP + PLOT) * 10 - height;
    int x = (int)i * WIDTH * 10 / (int)c->count + gap / 2;

    /* The whole column answers to the pointer, not only what of it is drawn. */
    buf_printf(
        out,
        "<g><rect class=\"hit\" x=\"%d.%d\" y=\"%d\" width=\"%d.%d\" height=\"%d\"/>",
        x / 10, x % 10, TOP, (step - gap) / 10, (step - gap) % 10, PLOT);
    if (height)
        buf_printf(out,
                   "<rect class=\"bar\" x=\"%d.%d\" y=\"%d.%d\" width=\"%d.%d\" "
                   "height=\"%d.%d\" rx=\"%d\"/>",
                   x / 10, x % 10, y / 10, y % 10, (step - gap) / 10, (step - gap) % 10,
                   height / 10, height % 10, step > 60);
    if (c->tips) {
        buf_add_text(out, "<title>");
        buf_add(out, c->tips[i]);
        buf_add_text(out, "</title>");
    }
    buf_add_text(out, "</g>\n");
}

void
chart_svg(const struct chart *c, struct buf *out)
{
    int64_t most = highest(c);
    size_t at, last = SIZE_MAX;

    must(c->count > 0 && c->count <= CHART_BARS_MAX);
    buf_printf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\"><title>", WIDTH, HEIGHT);
    buf_add(out, c->title);
    buf_add_text(out, "</title>\n");
    buf_printf(out, "<path class=\"rule\" d=\"M0 %d.5H%d M0 %d.5H%d\"/>\n", TOP, WIDTH,
               TOP + PLOT / 2, WIDTH);
    for (size_t i = 0; i < c->count; i++)
        add_bar(c, i, most, out);
    buf_printf(out, "<path class=\"base\" d=\"M0 %d.5H%d\"/>\n", TOP + PLOT, WIDTH);
    for (size_t i = 0; i < CHART_LABELS; i++) {
        at = label_at(c, i);
        if (at == last)
            continue;
        last = at;
        buf_printf(out, "<text x=\"%d\" y=\"%d\">", (int)at * WIDTH / (int)c->count,
                   HEIGHT - 6);
        buf_add(out, c->labels[at]);
        buf_add_text(out, "</text>");
    }
    buf_add_text(out, "\n</svg>\n");
}

void
chart_table(const struct chart *c, struct buf *out)
{
    int64_t most = highest(c);
    size_t at, next;

    must(c->count > 0 && c->count <= CHART_BARS_MAX);
    buf_add_text(out, "<table class=\"chart\" role=\"presentation\"><tr>");
    for (size_t i = 0; i < c->count; i++)
        buf_printf(out, "<td><div class=\"bar\" style=\"height:%dpx\"></div></td>",
                   bar_height(c->values[i], most, TABLE_PIXELS) / 10);
    buf_add_text(out, "</tr><tr>");
    for (size_t i = 0; i < CHART_LABELS; i++) {
        at = label_at(c, i);
        next = label_at(c, i + 1);
        if (next == at)
            continue;
        buf_printf(out, "<td class=\"axis\" colspan=\"%zu\">", next - at);
        buf_add(out, c->labels[at]);
        buf_add_text(out, "</td>");
    }
    buf_add_text(out, "</tr></table>\n");
}
