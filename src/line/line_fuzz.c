/* line_split(): every span lies in the input, the parts stand in their order, a time is
 * not more than a day ahead unless the line gives its year, and what a date says does not
 * depend on what stands around it. */
#include "base/clock.h"
#include "base/mem.h"
#include "line/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct span inner, struct span outer)
{
    must(inner.len == 0 ||
         (inner.ptr >= outer.ptr && inner.ptr + inner.len <= outer.ptr + outer.len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span raw = {(const char *)data, size};
    int64_t now_us = INT64_C(1795312405) * SECOND_US, wall_us;
    struct line l;

    line_split(raw, &l);
    check_inside(l.body, raw);
    check_inside(l.date, raw);
    check_inside(l.level, raw);
    check_inside(l.host, l.body);
    check_inside(l.tag, l.body);
    check_inside(l.pid, l.body);
    check_inside(l.message, l.body);
    must(l.message.len == 0 || l.message.ptr + l.message.len == l.body.ptr + l.body.len);
    must((l.form == LINE_PLAIN) == (l.date.len == 0));
    must(l.tag.len == 0 || l.pid.len == 0 || l.tag.ptr < l.pid.ptr);
    check_inside(line_date_inside(&l), l.body);
    must(l.host.len == 0 || l.tag.len == 0 || l.host.ptr < l.tag.ptr);
    if (line_time(&l, now_us, &wall_us) && l.form == LINE_RFC3164)
        must(wall_us <= now_us + DAY_US);
    return 0;
}
