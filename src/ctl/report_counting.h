/* report_counting: what a report's lines are counted in, and who takes which of them from
 * the lane (ctl/report_lane).
 *
 *     takers = report_counting_begin(&counting);
 *     report_lane_init(&lane, &takers, cores);
 *     ...
 *     report_lane_finish(&lane);
 *     report_counting_end(&counting);
 */
#pragma once

#include "ctl/report_lane.h"
#include "ctl/report_periods.h"
#include "ctl/report_unprocessed.h"
#include "report/attacks.h"

struct report_counting {
    const char *const *instances; /* of Postfix, beside postfix*; NULL at the end */
    struct report_periods periods;
    struct attacks *attacks; /* NULL: nobody judges */
    struct report_unprocessed unprocessed;
};

/* Those who count in `c`, which outlives them and has its periods. Nobody else may touch
 * it while lines are on their way. */
struct report_takers report_counting_begin(struct report_counting *c);

/* All lines were taken: the days of the periods have everything. */
void report_counting_end(struct report_counting *c);
