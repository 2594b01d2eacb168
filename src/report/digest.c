#include "report/digest_internal.h"

#include "base/clock.h"
#include "base/mem.h"
#include "report/pflogsumm_order.h"

void
digest_rows(const struct digest *g, struct section *s, const struct texts *t,
            digest_worth_fn *worth, digest_row_fn *row)
{
    uint32_t *numbers = pflogsumm_sorted(t, worth, NULL, false);
    size_t count = 0;

    while (count < t->count && worth(t, numbers[count]) > 0)
        count++;
    for (size_t i = 0; i < count && i < g->rows; i++)
        row(s, t, numbers[i]);
    s->left_out = count > g->rows ? count - g->rows : 0;
    mem_free(numbers);
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

static void
add_summary(const struct digest *g, struct document *d)
{
    struct section *s = document_section(d, WORD_SUMMARY, "summary", SECTION_FIGURES);
    const struct deeds *f = g->deeds;
    const uint64_t *total = g->tally->total;
    const struct {
        enum word word;
        const char *key;
        enum cell_type type;
        int64_t value;
    } rows[] = {
        {WORD_RECEIVED, "received", CELL_COUNT, (int64_t)total[TOTAL_RECEIVED]},
        {WORD_DELIVERED, "delivered", CELL_COUNT, (int64_t)total[TOTAL_DELIVERED]},
        {WORD_DEFERRED, "deferred", CELL_COUNT, (int64_t)total[TOTAL_DEFERRED]},
        {WORD_BOUNCED, "bounced", CELL_COUNT, (int64_t)total[TOTAL_BOUNCED]},
        {WORD_REJECTED, "rejected", CELL_COUNT, sum(f->refused[1], WORDS)},
        {WORD_PUT_OFF, "put_off", CELL_COUNT, sum(f->refused[0], WORDS)},
        {WORD_LOGINS_GOOD, "logins", CELL_COUNT, (int64_t)f->logins},
        {WORD_LOGINS_FAILED, "logins_failed", CELL_COUNT, (int64_t)f->failures},
        {WORD_ATTACKERS, "attackers", CELL_COUNT, attackers(f)},
        {WORD_BYTES_RECEIVED, "bytes_received", CELL_BYTES,
         (int64_t)total[TOTAL_BYTES_RECEIVED]},
        {WORD_BYTES_DELIVERED, "bytes_delivered", CELL_BYTES,
         (int64_t)total[TOTAL_BYTES_DELIVERED]},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        section_value(s, rows[i].word, rows[i].key, rows[i].type, rows[i].value);
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

static void
add_lines(const struct digest *g, struct document *d)
{
    struct section *s = document_section(d, WORD_LINES, "lines", SECTION_FIGURES);
    const struct deeds *f = g->deeds;

    section_value(s, WORD_LINES_READ, "read", CELL_COUNT, (int64_t)f->lines);
    section_value(s, WORD_LINES_FOREIGN, "foreign", CELL_COUNT, (int64_t)f->foreign);
    section_value(s, WORD_LINES_UNKNOWN, "unknown", CELL_COUNT, (int64_t)f->unknown);
    section_value(s, WORD_ENTRIES_DROPPED, "dropped", CELL_COUNT,
                  (int64_t)(f->budget.dropped + tally_dropped(g->tally)));
}

void
digest_make(const struct digest *g, struct document *d)
{
    struct section *notes;

    if (g->deeds->lines == 0)
        return; /* no section: nothing to report */
    notes = document_section(d, WORD_ATTENTION, "attention", SECTION_NOTES);
    digest_notes(g, notes);
    add_summary(g, d);
    add_days(g, d);
    add_hours(g, d);
    digest_attacks(g, d);
    digest_logins(g, d);
    digest_mail(g, d);
    add_lines(g, d);
}
