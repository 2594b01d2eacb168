/* lanes: which filters, and which expressions of them, a line can match at all.
 *
 * Lines of one program are wanted by the same filters again and again. For each such set
 * of filters a lane holds the gates (gate.h) with the required texts of all their
 * expressions: one for what looks at the message, one for what looks at the line without
 * its date. A lane is made when its set is seen first.
 *
 * A filter with a datepattern has its own idea of the line without its date. When that
 * cuts nothing but the line's beginning, up to two bytes before it that are no letters or
 * digits, each text is looked for in the whole line, from its first letter or digit on:
 * so no text stands on both sides of the cut. Without a gate are others with a
 * datepattern, and what sees several lines (maxlines): always open. So is everything when
 * there are more sets than LANES_MAX.
 */
#pragma once

#include "match/compiled.h"
#include "match/filter_set.h"
#include "match/gate.h"

enum { LANES_MAX = 64, LANE_NO_EVENT = 0xFF };

/* Where the texts of an expression are looked for. */
enum lane_part { LANE_MESSAGE, LANE_BODY, LANE_WHOLE, LANE_PARTS };

struct lane {
    filter_set filters;
    filter_set always;                  /* of them, those without a gate */
    struct gate *gates[LANE_PARTS];     /* NULL: no expression looks at it */
    uint16_t first[CONFIG_FILTERS_MAX]; /* the number of a filter's first expression */
    size_t count;                       /* of expressions */
    uint8_t *filter_of; /* of each expression; LANE_NO_EVENT where it gives no event */
    uint8_t *part_of;   /* of each expression */
};

struct lanes {
    struct lane *all[LANES_MAX];
    size_t count;
    struct lane *known[LANES_MAX]; /* by a hash of its filters, the one asked for last */
};

/* Frees all; a zeroed struct is legal. */
void lanes_fini(struct lanes *l);

/* The lane for a set of filters, which are those of `compiled`; NULL when there are too
 * many. Making one takes about a millisecond for a thousand texts. */
struct lane *lanes_find(struct lanes *l, filter_set filters,
                        const struct compiled *compiled);

/* Looks at a line, at its message, the body it stands in, without its date, and the whole
 * of it: the filters with an expression for failures or events that may match. */
filter_set lane_scan(struct lane *lane, const struct span parts[LANE_PARTS]);

/* The next expression for failures or events of a filter, from `regex` on, that may match
 * the line that was scanned; the filter's regex_count when there is none. */
size_t lane_next(const struct lane *lane, size_t filter, size_t regex,
                 size_t regex_count);

/* Whether an expression of a filter of the lane may match the line that was scanned. */
bool lane_is_open(const struct lane *lane, size_t filter, size_t regex);
