#include "report/digest_internal.h"

#include "base/clock.h"
#include "base/mem.h"
#include "report/best.h"
#include "report/pflogsumm_order.h"

_Static_assert((int)DIGEST_ROWS <= (int)BEST_MAX, "they are kept");

/* There may be a hundred thousand, of which few are shown: these are not sorted. From the
 * last one on: what is sorted by time came in its order, and seldom finds a place then.
 */
static void
add_best(struct section *s, const struct texts *t, digest_worth_fn *worth,
         digest_row_fn *row)
{
    struct best best = {.room = DIGEST_ROWS};
    size_t worthy = 0;

    for (uint32_t i = t->count; i-- > 0;) {
        double worth_now = worth(t, i);

        if (worth_now <= 0)
            continue;
        worthy++;
        if (best_takes(&best, t, worth_now, texts_text(t, i)))
            best_put(&best, t, worth_now, i);
    }
    for (size_t i = 0; i < best.count; i++)
        row(s, t, best.picks[i].number);
    s->left_out = worthy - best.count;
}

void
digest_rows(const struct digest *g, struct section *s, const struct texts *t,
            digest_worth_fn *worth, digest_row_fn *row)
{
    uint32_t *numbers;
    size_t count = 0;

    if (g->rows == DIGEST_ROWS) {
        add_best(s, t, worth, row);
        return;
    }
    numbers = pflogsumm_sorted(t, worth, NULL, false);
    while (count < t->count && worth(t, numbers[count]) > 0)
        count++;
    for (size_t i = 0; i < count && i < g->rows; i++)
        row(s, t, numbers[i]);
    s->left_out = count > g->rows ? count - g->rows : 0;
    mem_free(numbers);
}

void
digest_rows_best(const struct digest *g, struct section *s, const struct texts *t,
                 digest_worth_fn *worth, digest_row_fn *row)
{
    digest_rows(g, s, t, worth, row);
    s->left_out += t->left_out;
}

static int64_t
sum(const uint64_t *counts, size_t count)
{
    uint64_t all = 0;

    for (size_t i = 0; i < count; i++)
        all += counts[i];
    return (int64_t)all;
}

/* --- at a glance --- */

static int64_t
attackers(const struct deeds *f)
{
    int64_t count = 0;

    for (uint32_t i = 0; i < f->addresses.count; i++)
        count += digest_attempts(texts_value(&f->addresses, i), NULL) > 0;
    return count;
}

static const struct summary_row {
    enum word word;
    const char *key;
    enum cell_type type;
} summary_rows[] = {
    {WORD_RECEIVED, "received", CELL_COUNT},
    {WORD_DELIVERED, "delivered", CELL_COUNT},
    {WORD_DEFERRED, "deferred", CELL_COUNT},
    {WORD_BOUNCED, "bounced", CELL_COUNT},
    {WORD_REJECTED, "rejected", CELL_COUNT},
    {WORD_PUT_OFF, "put_off", CELL_COUNT},
    {WORD_LOGINS_GOOD, "logins", CELL_COUNT},
    {WORD_LOGINS_FAILED, "logins_failed", CELL_COUNT},
    {WORD_ATTACKERS, "attackers", CELL_COUNT},
    {WORD_BYTES_RECEIVED, "bytes_received", CELL_BYTES},
    {WORD_BYTES_DELIVERED, "bytes_delivered", CELL_BYTES},
};

/* In the order of summary_rows. */
static void
summary_values(const struct tally *t, const struct deeds *f,
               int64_t values[ARRAY_LEN(summary_rows)])
{
    const int64_t all[ARRAY_LEN(summary_rows)] = {
        (int64_t)t->total[TOTAL_RECEIVED],
        (int64_t)t->total[TOTAL_DELIVERED],
        (int64_t)t->total[TOTAL_DEFERRED],
        (int64_t)t->total[TOTAL_BOUNCED],
        sum(f->refused[1], WORDS),
        sum(f->refused[0], WORDS),
        (int64_t)f->logins,
        (int64_t)f->failures,
        attackers(f),
        (int64_t)t->total[TOTAL_BYTES_RECEIVED],
        (int64_t)t->total[TOTAL_BYTES_DELIVERED],
    };

    memcpy(values, all, sizeof(all));
}

static void
add_summary(const struct digest *g, struct document *d)
{
    struct section *s = document_section(d, WORD_SUMMARY, "summary", SECTION_FIGURES);
    int64_t now[ARRAY_LEN(summary_rows)], before[COMPARISONS][ARRAY_LEN(summary_rows)];

    summary_values(g->tally, g->deeds, now);
    for (size_t k = 0; k < COMPARISONS; k++)
        if (g->before[k].tally)
            summary_values(g->before[k].tally, g->before[k].deeds, before[k]);
    for (size_t i = 0; i < ARRAY_LEN(summary_rows); i++) {
        const struct summary_row *r = &summary_rows[i];

        section_value(s, r->word, r->key, r->type, now[i]);
        for (size_t k = 0; k < COMPARISONS; k++)
            if (g->before[k].tally)
                section_compare(s, (enum compared)k, before[k][i]);
    }
}

/* --- the flow --- */

static const struct column flow_columns[] = {
    {WORD_HOUR, "hour", CELL_HOUR},
    {WORD_RECEIVED, "received", CELL_COUNT},
    {WORD_DELIVERED, "delivered", CELL_COUNT},
    {WORD_DEFERRED, "deferred", CELL_COUNT},
    {WORD_REJECTED, "rejected", CELL_COUNT},
    {WORD_PUT_OFF, "put_off", CELL_COUNT},
    {WORD_LOGINS_FAILED, "logins_failed", CELL_COUNT},
};

static void
add_hours(const struct digest *g, struct document *d)
{
    struct section *s = document_section(d, WORD_FLOW_DAY, "hours", SECTION_CURVES);

    section_columns(s, ARRAY_LEN(flow_columns), flow_columns);
    if (g->deeds->lines == g->deeds->foreign)
        return;
    for (size_t hour = 0; hour < 24; hour++) {
        section_number(s, (int64_t)hour);
        section_number(s, (int64_t)g->tally->hour[hour][FLOW_RECEIVED]);
        section_number(s, (int64_t)g->tally->hour[hour][FLOW_DELIVERED]);
        section_number(s, (int64_t)g->tally->hour[hour][FLOW_DEFERRED]);
        section_number(s, (int64_t)g->deeds->hours[hour][DEEDS_REJECTED]);
        section_number(s, (int64_t)g->deeds->hours[hour][DEEDS_PUT_OFF]);
        section_number(s, (int64_t)g->deeds->hours[hour][DEEDS_FAILURES]);
    }
}

/* The local midnight a day begins with. */
static int64_t
midnight_us(int64_t day)
{
    struct civil c = clock_to_civil(day * DAY_US, 0);

    return clock_from_local(&c);
}

static void
add_days(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_DATE, "day", CELL_TIME},
                                            {WORD_RECEIVED, "received", CELL_COUNT},
                                            {WORD_DELIVERED, "delivered", CELL_COUNT},
                                            {WORD_DEFERRED, "deferred", CELL_COUNT},
                                            {WORD_BOUNCED, "bounced", CELL_COUNT}};
    struct section *s = document_section(d, WORD_FLOW_DAYS, "days", SECTION_CURVES);

    section_columns(s, ARRAY_LEN(columns), columns);
    if (g->tally->day_count < 2)
        return;
    for (size_t i = 0; i < g->tally->day_count; i++) {
        const struct tally_day *day = &g->tally->days[i];

        section_number(s, midnight_us(day->day));
        section_number(s, (int64_t)day->flow[FLOW_RECEIVED]);
        section_number(s, (int64_t)day->flow[FLOW_DELIVERED]);
        section_number(s, (int64_t)day->flow[FLOW_DEFERRED]);
        section_number(s, (int64_t)day->flow[FLOW_BOUNCED]);
    }
}

/* --- the log itself --- */

uint64_t
digest_dropped(const struct digest *g)
{
    return g->deeds->budget.dropped + tally_dropped(g->tally) +
           (g->judged ? g->judged->dropped : 0) +
           (g->visits ? g->visits->budget.dropped : 0) +
           (g->checks ? g->checks->budget.dropped : 0);
}

/* Only of days that were counted as they went by. */
static void
add_breaks(const struct judged *j, struct section *s)
{
    if (j->breaks || j->unjudged)
        s->hint = WORD_HINT_BREAKS;
    if (j->breaks)
        section_value(s, WORD_JUDGED_BREAKS, "breaks", CELL_COUNT, j->breaks);
    if (j->unjudged)
        section_value(s, WORD_LINES_UNJUDGED, "unjudged", CELL_COUNT,
                      (int64_t)j->unjudged);
}

static void
add_lines(const struct digest *g, struct document *d)
{
    struct section *s = document_section(d, WORD_LINES, "lines", SECTION_FIGURES);
    const struct deeds *f = g->deeds;

    section_value(s, WORD_LINES_READ, "read", CELL_COUNT, (int64_t)f->lines);
    section_value(s, WORD_LINES_FOREIGN, "foreign", CELL_COUNT, (int64_t)f->foreign);
    section_value(s, WORD_LINES_UNKNOWN, "unknown", CELL_COUNT, (int64_t)f->unknown);
    section_value(s, WORD_ENTRIES_DROPPED, "dropped", CELL_COUNT,
                  (int64_t)digest_dropped(g));
    if (g->judged)
        add_breaks(g->judged, s);
}

void
digest_make(const struct digest *g, struct document *d)
{
    struct section *notes;

    if (g->deeds->lines == 0)
        return; /* no section: nothing to report */
    notes = document_section(d, WORD_ATTENTION, "attention", SECTION_NOTES);
    digest_notes(g, notes);
    if (d->weight < WEIGHT_LOOK)
        notes->title = WORD_TO_KNOW;
    add_summary(g, d);
    add_days(g, d);
    add_hours(g, d);
    digest_attacks(g, d);
    digest_where(g, d);
    digest_judged(g, d);
    digest_stops(g, d);
    digest_logins(g, d);
    digest_visits(g, d);
    digest_mail(g, d);
    digest_checks(g, d);
    add_lines(g, d);
}
