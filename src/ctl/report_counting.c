#include "ctl/report_counting.h"

#include "report/mail_event.h"

static bool
is_told(const struct report_counting *c, const struct report_lane_line *l)
{
    return l->period == &c->periods.all[PERIOD_NOW];
}

/* Who takes a line, in the order in which helpers choose: what nearly all lines are for
 * comes last, and so stays where they are read. */
enum taker { TAKER_DEEDS, TAKER_VISITS, TAKER_MAIL, TAKERS };

static unsigned
read_line(void *ctx, struct report_lane_line *l)
{
    const struct report_counting *c = ctx;
    enum mail_kind kind;
    bool is_of_deeds, is_of_visits;

    report_line_read_here(&l->said, c->instances);
    kind = l->said.mail.kind;
    is_of_deeds = (l->period && deeds_has(kind)) || (c->attacks && mail_event_has(kind));
    is_of_visits = visits_has(kind) || checks_has(kind);
    return (unsigned)is_of_deeds << TAKER_DEEDS | (unsigned)is_of_visits << TAKER_VISITS |
           (unsigned)(l->period != NULL) << TAKER_MAIL;
}

/* What was done in a line. This and the next two may run at the same time: none of them
 * touches what another one does. */
static void
take_deeds(void *ctx, const struct report_lane_line *l)
{
    struct report_counting *c = ctx;
    struct deeds *deeds = l->period ? l->period->day->deeds : NULL;
    const struct mail_line *m = &l->said.mail;

    if (deeds && deeds_has(m->kind))
        deeds_do(deeds, l->wall_us, m, l->said.times);
    if (c->attacks && mail_event_has(m->kind))
        attacks_line(c->attacks, deeds, l->wall_us, m, l->said.times);
}

/* The flow of mail. */
static void
take_mail(void *ctx, const struct report_lane_line *l)
{
    struct report_counting *c = ctx;

    report_period_line(l->period, l->wall_us, &l->said);
    if (is_told(c, l) && l->said.mail.kind == MAIL_UNKNOWN)
        report_unprocessed_add(&c->unprocessed, l->raw);
}

static void
take_visits(void *ctx, const struct report_lane_line *l)
{
    struct report_counting *c = ctx;
    struct report_day *day = c->periods.all[PERIOD_NOW].day;

    visits_line(day->visits, l->wall_us, &l->said.mail, l->said.times);
    if (is_told(c, l))
        checks_line(day->checks, &l->said.mail, l->said.times);
}

struct report_takers
report_counting_begin(struct report_counting *c)
{
    if (c->attacks)
        report_day_judge(c->periods.all[PERIOD_NOW].day);
    for (size_t i = 0; i < PERIODS; i++)
        if (c->periods.all[i].day)
            c->periods.all[i].day->deeds->is_judged = c->attacks != NULL;
    return (struct report_takers){.ctx = c,
                                  .read = read_line,
                                  .count = TAKERS,
                                  .take = {[TAKER_DEEDS] = take_deeds,
                                           [TAKER_VISITS] = take_visits,
                                           [TAKER_MAIL] = take_mail}};
}

void
report_counting_end(struct report_counting *c)
{
    const struct report_day *told = c->periods.all[PERIOD_NOW].day;

    report_periods_end(&c->periods);
    if (c->attacks)
        attacks_tell(c->attacks, told->deeds, told->judged);
}
