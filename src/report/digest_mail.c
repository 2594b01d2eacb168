/* How mail fared. */
#include "base/mem.h"
#include "report/digest_internal.h"
#include "report/pflogsumm_order.h"

enum { MEDIAN = 500000, MOST = 950000 };

static void
add_delays(struct section *s, const struct delays *delays)
{
    if (delays->count == 0) {
        for (int i = 0; i < 3; i++)
            section_none(s);
        return;
    }
    section_number(s, delays_share(delays, MEDIAN));
    section_number(s, delays_share(delays, MOST));
    section_number(s, delays->longest_us);
}

static void
add_stages(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_STAGE, "stage", CELL_WORD},
                                            {WORD_MEDIAN, "p50", CELL_DURATION},
                                            {WORD_PERCENT_95, "p95", CELL_DURATION},
                                            {WORD_LONGEST, "longest", CELL_DURATION}};
    static const enum word stages[MAIL_DELAYS] = {WORD_STAGE_BEFORE, WORD_STAGE_QUEUE,
                                                  WORD_STAGE_CONNECT, WORD_STAGE_SEND};
    struct section *s = document_section(d, WORD_DELAYS, "delays", SECTION_TABLE);

    s->hint = WORD_HINT_DELAYS;
    section_columns(s, ARRAY_LEN(columns), columns);
    if (g->deeds->all.count == 0)
        return;
    for (size_t i = 0; i < MAIL_DELAYS; i++) {
        section_number(s, stages[i]);
        add_delays(s, &g->deeds->stages[i]);
    }
    section_number(s, WORD_STAGE_ALL);
    add_delays(s, &g->deeds->all);
}

/* --- destinations --- */

static double
destination_worth(const struct texts *t, uint32_t number)
{
    const struct deeds_destination *d = texts_value(t, number);

    return (double)(d->delivered + d->deferred + d->bounced);
}

static void
destination_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct deeds_destination *d = texts_value(t, number);

    section_text(s, texts_text(t, number));
    section_number(s, (int64_t)d->delivered);
    section_number(s, (int64_t)d->deferred);
    section_number(s, (int64_t)d->bounced);
    add_delays(s, &d->delays);
}

static void
add_destinations(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_DESTINATION, "destination", CELL_TEXT},
                                            {WORD_DELIVERED, "delivered", CELL_COUNT},
                                            {WORD_DEFERRED, "deferred", CELL_COUNT},
                                            {WORD_BOUNCED, "bounced", CELL_COUNT},
                                            {WORD_MEDIAN, "p50", CELL_DURATION},
                                            {WORD_PERCENT_95, "p95", CELL_DURATION},
                                            {WORD_LONGEST, "longest", CELL_DURATION}};
    struct section *s =
        document_section(d, WORD_DESTINATIONS, "destinations", SECTION_TABLE);

    section_columns(s, ARRAY_LEN(columns), columns);
    digest_rows(g, s, &g->deeds->destinations, destination_worth, destination_row);
}

/* --- what went wrong --- */

static double
trouble_worth(const struct texts *t, uint32_t number)
{
    const struct deeds_trouble *trouble = texts_value(t, number);

    return (double)trouble->count;
}

static void
trouble_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct deeds_trouble *trouble = texts_value(t, number);
    struct span destination;
    enum word cause = deeds_cause(texts_text(t, number), &destination);

    section_text(s, destination);
    section_number(s, cause);
    section_number(s, (int64_t)trouble->count);
    section_text(s, (struct span){trouble->said, trouble->said_len});
}

static void
add_troubles(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_DESTINATION, "destination", CELL_TEXT},
                                            {WORD_CAUSE, "cause", CELL_WORD},
                                            {WORD_COUNT, "count", CELL_COUNT},
                                            {WORD_REMOTE_TEXT, "text", CELL_TEXT}};
    struct section *s;

    s = document_section(d, WORD_DEFERRALS, "deferrals", SECTION_TABLE);
    section_columns(s, ARRAY_LEN(columns), columns);
    digest_rows(g, s, &g->deeds->deferrals, trouble_worth, trouble_row);
    s = document_section(d, WORD_BOUNCES, "bounces", SECTION_TABLE);
    section_columns(s, ARRAY_LEN(columns), columns);
    digest_rows(g, s, &g->deeds->bounces, trouble_worth, trouble_row);
}

/* --- senders and recipients --- */

static double
volume_worth(const struct texts *t, uint32_t number)
{
    return tally_volume_worth(texts_value(t, number));
}

static void
volume_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct tally_volume *v = texts_value(t, number);

    section_text(s, texts_text(t, number));
    section_number(s, (int64_t)v->messages);
    section_number(s, (int64_t)v->bytes);
}

static void
add_volumes(const struct digest *g, struct document *d)
{
    struct column columns[] = {{WORD_SENDER, "sender", CELL_TEXT},
                               {WORD_MESSAGES, "messages", CELL_COUNT},
                               {WORD_SIZE, "bytes", CELL_BYTES}};
    struct section *s;

    s = document_section(d, WORD_SENDERS, "senders", SECTION_TABLE);
    section_columns(s, ARRAY_LEN(columns), columns);
    digest_rows_best(g, s, &g->tally->senders, volume_worth, volume_row);
    s = document_section(d, WORD_RECIPIENTS, "recipients", SECTION_TABLE);
    columns[0] = (struct column){WORD_RECIPIENT, "recipient", CELL_TEXT};
    section_columns(s, ARRAY_LEN(columns), columns);
    digest_rows_best(g, s, &g->tally->recipients, volume_worth, volume_row);
}

/* --- warnings --- */

static double
list_worth(const struct texts *t, uint32_t number)
{
    return tally_list_worth(texts_value(t, number));
}

static void
warning_row(struct section *s, const struct texts *t, uint32_t number)
{
    const uint64_t *count = texts_value(t, number);
    struct span parts[2];

    pflogsumm_parts(texts_text(t, number), parts, ARRAY_LEN(parts));
    section_text(s, parts[0]);
    section_number(s, (int64_t)*count);
    section_text(s, parts[1]);
}

static void
add_warnings(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_SERVICE, "service", CELL_TEXT},
                                            {WORD_COUNT, "count", CELL_COUNT},
                                            {WORD_SAID, "text", CELL_TEXT}};
    struct section *s = document_section(d, WORD_WARNINGS, "warnings", SECTION_TABLE);

    section_columns(s, ARRAY_LEN(columns), columns);
    digest_rows_best(g, s, &g->tally->lists[LIST_WARNINGS], list_worth, warning_row);
}

void
digest_mail(const struct digest *g, struct document *d)
{
    add_stages(g, d);
    add_destinations(g, d);
    add_troubles(g, d);
    add_volumes(g, d);
    add_warnings(g, d);
}
