/* lanes: which filters, and which expressions of them, a line can match at all.
 *
 * Lines of one program are wanted by the same filters again and again. For each such set
 * of filters a lane holds the gates (gate.h) with the required texts of all their
 * expressions: one for what looks at the message, one for what looks at the line without
 * its date. A lane is made when its set is seen first.
 *
 * A filter with a datepattern has its own idea of the line without its date. Lines with a
 * usual date in front, which all templates cut alike where a filter has the usual ones,
 * have lanes of their own, in which such a filter is as one without. Of other lines, when
 * it cuts nothing but the line's beginning, up to two bytes before it that are no letters
 * or digits, each text is looked for in the whole line, from its first letter or digit
 * on: so no text stands on both sides of the cut. Without a gate are others with a
 * datepattern, and what sees several lines (maxlines): always open. So is everything when
 * there are more sets than LANES_MAX.
 *
 * A filter whose prefregex cannot match is closed with all its expressions.
 */
#pragma once

#include "match/compiled.h"
#include "match/filter_set.h"
#include "match/gate.h"

enum { LANES_MAX = 64, LANE_NO_PREFIX = UINT16_MAX };

/* Where the texts of an expression are looked for. */
enum lane_part { LANE_MESSAGE, LANE_BODY, LANE_WHOLE, LANE_PARTS };

/* Expressions are numbered through; bit sets have bit i % 64 of word i / 64 for each. */
struct lane {
    filter_set filters;
    filter_set always;                   /* of them, those without a gate */
    filter_set quiet;                    /* those open for a line that holds no text */
    bool is_usual;                       /* for lines with a usual date in front */
    bool has_found;                      /* the last line held one */
    struct gate *gates[LANE_PARTS];      /* NULL: no expression looks at it */
    uint16_t first[CONFIG_FILTERS_MAX];  /* the number of a filter's first expression */
    uint16_t prefix[CONFIG_FILTERS_MAX]; /* that of its prefregex, or LANE_NO_PREFIX */
    size_t count, word_count;            /* of expressions, and of a bit set of them */
    uint8_t *filter_of;                  /* of each expression */
    uint64_t *events;                    /* those that give events */
    uint64_t *of_part[LANE_PARTS];
    uint64_t *open; /* those that may match the line */
};

struct lanes {
    struct lane *all[LANES_MAX];
    size_t count;
    struct lane *known[LANES_MAX]; /* by a hash of its filters, the one asked for last */
};

/* Frees all; a zeroed struct is legal. */
void lanes_fini(struct lanes *l);

/* The same as lanes_find(), for a set that was not asked for last. */
struct lane *lanes_obtain(struct lanes *l, filter_set filters, bool is_usual,
                          const struct compiled *compiled);

/* Where a set is remembered that was asked for last. */
static inline struct lane **
lanes_place(struct lanes *l, filter_set filters, bool is_usual)
{
    uint64_t folded = (uint64_t)filters ^ (uint64_t)(filters >> 64) ^ is_usual;

    return &l->known[(folded * UINT64_C(0x9E3779B97F4A7C15) >> 32) % LANES_MAX];
}

/* The lane for a set of filters, which are those of `compiled`; NULL when there are too
 * many. `is_usual`: for lines with a usual date in front (subject.c). Making one takes
 * about a millisecond for a thousand texts. */
static inline struct lane *
lanes_find(struct lanes *l, filter_set filters, bool is_usual,
           const struct compiled *compiled)
{
    struct lane *lane = *lanes_place(l, filters, is_usual);

    if (lane && lane->filters == filters && lane->is_usual == is_usual)
        return lane;
    return lanes_obtain(l, filters, is_usual, compiled);
}

/* Looks at a line, at its message, the body it stands in, without its date, and the whole
 * of it: the filters with an expression for failures or events that may match. */
filter_set lane_scan(struct lane *lane, const struct span parts[LANE_PARTS]);

/* The next expression for failures or events of a filter, from `regex` on, that may match
 * the line that was scanned; the filter's regex_count when there is none. */
size_t lane_next(const struct lane *lane, size_t filter, size_t regex,
                 size_t regex_count);

/* Whether an expression of a filter of the lane may match the line that was scanned. */
bool lane_is_open(const struct lane *lane, size_t filter, size_t regex);
