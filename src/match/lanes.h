/* lanes: which filters, and which expressions of them, a line can match at all.
 *
 * Lines of one program are wanted by the same filters again and again. For each such set
 * of filters a lane holds the gates (gate.h) with the required texts of all their
 * expressions: one for what looks at the message, one for what looks at the line without
 * its date. A lane is made when its set is seen first.
 *
 * Without a gate is what sees several lines (maxlines), or has a datepattern and so an
 * idea of its own of the line without its date: always open. So is everything when there
 * are more sets than LANES_MAX.
 */
#pragma once

#include "match/compiled.h"
#include "match/filter_set.h"
#include "match/gate.h"

enum { LANES_MAX = 64, LANE_NO_EVENT = 0xFF };

struct lane {
    filter_set filters;
    filter_set always;                  /* of them, those without a gate */
    struct gate *message, *body;        /* NULL: no expression looks at it */
    uint16_t first[CONFIG_FILTERS_MAX]; /* the number of a filter's first expression */
    size_t count;                       /* of expressions */
    uint8_t *filter_of;  /* of each expression; LANE_NO_EVENT where it gives no event */
    bool *is_on_message; /* of each expression */
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

/* Looks at a line, which is a message and the body it stands in, without its date: the
 * filters with an expression for failures or events that may match. */
filter_set lane_scan(struct lane *lane, struct span message, struct span body);

/* The next expression for failures or events of a filter, from `regex` on, that may match
 * the line that was scanned; the filter's regex_count when there is none. */
size_t lane_next(const struct lane *lane, size_t filter, size_t regex,
                 size_t regex_count);

/* Whether an expression of a filter of the lane may match the line that was scanned. */
bool lane_is_open(const struct lane *lane, size_t filter, size_t regex);
