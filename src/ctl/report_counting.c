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

/* A line of deeds on its way. */
struct deed {
    const struct report_lane_line *line;
    struct deeds *deeds; /* NULL: of no period */
    struct deeds_ahead people;
    bool is_attack; /* or may be one: */
    struct attack_line attack;
    struct attack_ahead ahead;
};

static void
expect_deed(const struct report_counting *c, struct deed *d,
            const struct report_lane_line *l)
{
    const struct mail_line *m = &l->said.mail;

    d->line = l;
    d->deeds = l->period ? l->period->day->deeds : NULL;
    if (d->deeds)
        deeds_expect(d->deeds, m, &d->people);
    d->is_attack = c->attacks && mail_event_has(m->kind) &&
                   attack_line_read(&d->attack, l->wall_us, m, l->said.times);
    if (d->is_attack)
        attacks_expect_peer(c->attacks, &d->attack);
}

static void
expect_attack(const struct report_counting *c, struct deed *d)
{
    if (d->is_attack)
        attacks_expect(c->attacks, &d->attack, &d->ahead);
}

static void
fetch_deed(const struct deed *d)
{
    if (d->deeds)
        texts_fetch(&d->people.texts);
    if (d->is_attack)
        attacks_fetch(&d->ahead);
}

static void
take_deed(const struct report_counting *c, const struct deed *d)
{
    const struct report_lane_line *l = d->line;

    if (d->deeds && deeds_has(l->said.mail.kind))
        deeds_do(d->deeds, l->wall_us, &l->said.mail, l->said.times, &d->people);
    if (d->is_attack)
        attacks_judge_expected(c->attacks, d->deeds, &d->ahead);
}

/* What was done in lines. This and the next two may run at the same time: none of them
 * touches what another one does. */
static void
take_deeds(void *ctx, const struct report_lane_line *const *lines, size_t count)
{
    UNFILLED struct deed deeds[REPORT_TAKEN_MAX];

    for (size_t i = 0; i < count; i++)
        expect_deed(ctx, &deeds[i], lines[i]);
    for (size_t i = 0; i < count; i++)
        expect_attack(ctx, &deeds[i]);
    for (size_t i = 0; i < count; i++)
        fetch_deed(&deeds[i]);
    for (size_t i = 0; i < count; i++)
        take_deed(ctx, &deeds[i]);
}

static void
take_letter(struct report_counting *c, const struct report_lane_line *l)
{
    report_period_line(l->period, l->wall_us, &l->said);
    if (is_told(c, l) && l->said.mail.kind == MAIL_UNKNOWN)
        report_unprocessed_add(&c->unprocessed, l->raw);
}

/* The flow of mail. */
static void
take_mail(void *ctx, const struct report_lane_line *const *lines, size_t count)
{
    UNFILLED struct texts_ahead ahead[REPORT_TAKEN_MAX];

    for (size_t i = 0; i < count; i++)
        tally_expect(lines[i]->period->day->tally, &lines[i]->said.mail, &ahead[i]);
    for (size_t i = 0; i < count; i++)
        texts_fetch(&ahead[i]);
    for (size_t i = 0; i < count; i++)
        take_letter(ctx, lines[i]);
}

static void
take_visit(struct report_counting *c, const struct report_lane_line *l,
           const struct visits_ahead *a)
{
    struct report_day *day = c->periods.all[PERIOD_NOW].day;

    visits_expected(day->visits, l->wall_us, &l->said.mail, l->said.times, a);
    if (is_told(c, l))
        checks_line(day->checks, &l->said.mail, l->said.times);
}

static void
take_visits(void *ctx, const struct report_lane_line *const *lines, size_t count)
{
    UNFILLED struct visits_ahead ahead[REPORT_TAKEN_MAX];
    struct report_counting *c = ctx;
    struct visits *visits = c->periods.all[PERIOD_NOW].day->visits;

    for (size_t i = 0; i < count; i++)
        visits_expect(visits, &lines[i]->said.mail, &ahead[i]);
    for (size_t i = 0; i < count; i++)
        texts_fetch(&ahead[i].texts);
    for (size_t i = 0; i < count; i++)
        take_visit(c, lines[i], &ahead[i]);
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
