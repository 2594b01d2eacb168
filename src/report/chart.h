/* chart: a curve drawn as bars, in SVG for a page and in a table for a mail.
 *
 * It draws numbers and names nothing: title, unit and table stand beside it, so that
 * nobody has to see colours or shapes to know what the curve says. */
#pragma once

#include "base/buf.h"

enum { CHART_BARS_MAX = 96, CHART_LABELS = 4 };

/* All texts are harmless in HTML and borrowed for the call. */
struct chart {
    struct span title;         /* for who does not see it */
    const int64_t *values;     /* negative is 0 */
    const struct span *labels; /* of each value, on the axis */
    const struct span *tips;   /* of each value; NULL: none */
    size_t count;              /* 1 to CHART_BARS_MAX */
};

/* Appends an <svg>. */
void chart_svg(const struct chart *c, struct buf *out);

/* Appends a <table> of coloured cells, for readers of mail that show no SVG. */
void chart_table(const struct chart *c, struct buf *out);
