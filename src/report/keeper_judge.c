/* Who judges the lines of open days.
 *
 * What was judged is the same whether the process went on or began in between: the events
 * of the day are in a file (report/keeper_events.h), and whoever begins judges them
 * again, without counting. Where that cannot be the same, because the rules are others
 * now or the file has not all, what was told until then is kept, and what is judged again
 * only makes known who was there (attacks_go_on()); that is counted as a break.
 */
#include "report/keeper_internal.h"

#include <errno.h>

#include "base/mem.h"

enum {
    ENGINES_MAX = 2, /* at a time: days that lines come of */
    WAKES_MAX = 4,   /* between two saves, of days that had something to judge */
};

/* --- an engine for a day --- */

/* Has the day what was judged by now. */
static void
tell(struct keeper_open *open)
{
    struct judged *told = open->day->judged, now = {0};

    if (open->is_told)
        return;
    attacks_tell(open->attacks, open->day->deeds, &now);
    now.unjudged = told->unjudged;
    now.breaks = told->breaks;
    judged_free(told);
    *told = now;
    open->is_told = true;
}

/* Lets go of the engine; what it knows can be had again. */
static void
let_go(struct keeper_open *open)
{
    tell(open);
    attacks_free(open->attacks);
    open->attacks = NULL;
}

/* Makes room for one more. */
static void
rest_oldest(struct keeper *k)
{
    struct keeper_open *oldest = NULL;
    size_t count = 0;

    for (size_t i = 0; i < k->open_count; i++) {
        struct keeper_open *open = &k->open[i];

        count += open->attacks != NULL;
        if (open->attacks && (!oldest || open->used < oldest->used))
            oldest = open;
    }
    if (count >= ENGINES_MAX)
        let_go(oldest);
}

/* What was told until now stays, whatever will be judged again. */
static void
begin_anew(struct report_day *d)
{
    struct report_judging *j = d->judging;

    if (j->events_bytes == 0 && d->judged->events == 0)
        return; /* nothing was */
    d->judged->breaks++;
    judged_free(&j->base);
    judged_copy(&j->base, d->judged);
    j->base_bytes = j->events_bytes;
}

struct again {
    const struct keeper_open *open;
    struct attacks *attacks;
};

static void
judge_again(void *ctx, const struct attack_line *l)
{
    const struct again *a = ctx;

    if (l->wall_us >= a->open->from_us && l->wall_us < a->open->until_us)
        attacks_judge(a->attacks, NULL, l);
}

/* Judges what the file has: first what was told by others. */
static int
catch_up(const struct keeper *k, struct keeper_open *open)
{
    const struct report_judging *j = open->day->judging;
    struct again again = {open, open->attacks};
    int64_t day = open->day->day;
    int e = keeper_events_read(k->folder, day, 0, j->base_bytes, judge_again, &again);

    if (e)
        return e;
    attacks_go_on(open->attacks, &j->base);
    return keeper_events_read(k->folder, day, j->base_bytes, j->events_bytes, judge_again,
                              &again);
}

/* The file is of no use: it begins anew, with nothing known. */
static void
forget_events(struct keeper *k, struct keeper_open *open)
{
    struct report_judging *j = open->day->judging;

    begin_anew(open->day);
    buf_clear(&open->events.waiting);
    open->events.last_us = 0;
    open->events.bytes = j->events_bytes = j->base_bytes = 0;
    open->events.is_cut = j->is_cut = false;
    attacks_free(open->attacks);
    open->attacks = attacks_new(k->rules, INT64_MIN);
    attacks_go_on(open->attacks, &j->base);
}

/* Brings what waits into the file, from which it is to be read. */
static int
write_events(const struct keeper *k, struct keeper_open *open, bool is_last)
{
    struct report_judging *j = open->day->judging;
    int e = keeper_events_write(&open->events, k->folder, open->day->day, is_last);

    j->events_bytes = open->events.bytes;
    j->is_cut = open->events.is_cut;
    return e;
}

/* Makes an engine for the day, which knows what was there before. False: not so soon. */
static bool
wake(struct keeper *k, struct keeper_open *open)
{
    struct report_judging *j = open->day->judging;

    open->events.bytes = j->events_bytes;
    open->events.is_cut = j->is_cut;
    if (!k->rules || write_events(k, open, false) != 0)
        return false;
    if (j->events_bytes && k->wakes == WAKES_MAX)
        return false;
    k->wakes += j->events_bytes > 0;
    rest_oldest(k);
    open->attacks = attacks_new(k->rules, INT64_MIN);
    if (j->rules != k->rules_print || j->is_cut)
        begin_anew(open->day);
    j->rules = k->rules_print;
    if (catch_up(k, open) != 0)
        forget_events(k, open);
    return true;
}

/* --- what keeper does --- */

void
keeper_judge_begin(const struct keeper *k, struct report_day *d)
{
    if (!k->rules)
        return;
    report_day_judge(d);
    d->judged->is_built_in = k->rules->is_built_in;
}

void
keeper_judge_line(struct keeper *k, struct keeper_open *open, int64_t wall_us,
                  const struct report_line *said)
{
    struct report_day *d = open->day;
    struct attack_line line;

    if (!d->judged || !mail_event_has(said->mail.kind) ||
        !attack_line_read(&line, wall_us, &said->mail, said->times))
        return;
    if (!open->attacks && !wake(k, open)) {
        d->judged->unjudged++;
        return;
    }
    open->used = ++k->turns;
    open->is_told = false;
    attacks_judge(open->attacks, d->deeds, &line);
    keeper_events_add(&open->events, &line);
    if (keeper_events_are_due(&open->events))
        (void)write_events(k, open, false); /* the next one, or a save, tries again */
}

int
keeper_judge_save(const struct keeper *k, struct keeper_open *open)
{
    if (open->attacks)
        tell(open);
    return open->attacks || open->events.waiting.len ? write_events(k, open, true) : 0;
}

void
keeper_judge_end(struct keeper_open *open)
{
    attacks_free(open->attacks);
    keeper_events_fini(&open->events);
    open->attacks = NULL;
}
