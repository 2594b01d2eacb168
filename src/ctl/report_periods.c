#include "ctl/report_periods.h"

#include "base/clock.h"

#define WEEK_US (7 * DAY_US)

enum {
    COMPARED_BYTES = 4 << 20, /* of a tally that only figures are taken of */
    LATE_ONE_OF = 20, /* a period may begin so much of it late: nights are quiet */
};

/* What the local clock showed so much earlier. */
static int64_t
earlier(int64_t wall_us, int64_t by_us)
{
    int64_t us = wall_us - by_us;

    return us + (clock_local_offset_s(wall_us) - clock_local_offset_s(us)) * SECOND_US;
}

void
report_periods_init(struct report_periods *p, int64_t from_us, int64_t until_us,
                    int64_t now_us)
{
    int64_t end_us = until_us < INT64_MAX ? until_us : now_us;

    *p = (struct report_periods){
        .all[PERIOD_NOW] = {from_us, until_us, report_day_new(0, 0)},
        .first_us = INT64_MAX,
        .length_us = end_us > from_us ? end_us - from_us : 0};
    p->all[PERIOD_NOW].day->visits->from_us = from_us;
}

void
report_periods_compare(struct report_periods *p)
{
    const struct report_period *now = &p->all[PERIOD_NOW];
    struct report_period *before = &p->all[1 + COMPARED_PERIOD];
    struct report_period *week = &p->all[1 + COMPARED_WEEK];

    before->from_us = earlier(now->from_us, p->length_us);
    before->until_us = now->from_us;
    before->day = report_day_figures(COMPARED_BYTES);
    if (2 * p->length_us > WEEK_US)
        return;
    week->from_us = earlier(now->from_us, WEEK_US);
    week->until_us = earlier(now->from_us + p->length_us, WEEK_US);
    week->day = report_day_figures(COMPARED_BYTES);
}

void
report_periods_take(struct report_periods *p, struct report_day *d)
{
    report_day_free(p->all[PERIOD_NOW].day);
    p->all[PERIOD_NOW].day = d;
}

void
report_periods_fini(struct report_periods *p)
{
    for (size_t i = 0; i < PERIODS; i++)
        report_day_free(p->all[i].day);
    *p = (struct report_periods){0};
}

int64_t
report_periods_from(const struct report_periods *p)
{
    int64_t from_us = p->all[PERIOD_NOW].from_us;

    for (size_t i = 0; i < PERIODS; i++)
        if (p->all[i].day && p->all[i].from_us < from_us)
            from_us = p->all[i].from_us;
    return from_us;
}

struct report_period *
report_periods_of(struct report_periods *p, int64_t wall_us)
{
    if (wall_us < p->first_us)
        p->first_us = wall_us;
    for (size_t i = 0; i < PERIODS; i++) {
        struct report_period *one = &p->all[i];

        if (one->day && wall_us >= one->from_us && wall_us < one->until_us)
            return one;
    }
    return NULL;
}

void
report_period_line(struct report_period *p, int64_t wall_us, const struct report_line *l)
{
    report_day_mail(p->day, wall_us, l);
    deeds_see(&p->seen, wall_us, &l->mail, l->times);
}

void
report_periods_end(struct report_periods *p)
{
    for (size_t i = 0; i < PERIODS; i++) {
        if (p->all[i].day)
            deeds_add_seen(p->all[i].day->deeds, &p->all[i].seen);
        p->all[i].seen = (struct deeds_seen){0};
    }
}

bool
report_periods_has(const struct report_periods *p, size_t period)
{
    const struct report_period *one = &p->all[period];

    return one->day && one->day->deeds->lines + one->seen.lines &&
           p->first_us <= one->from_us + p->length_us / LATE_ONE_OF;
}
