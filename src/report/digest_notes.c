/* What needs somebody, in plain words; the heaviest first. */
#include "base/mem.h"
#include "report/digest_internal.h"
#include "report/pflogsumm_order.h"

enum {
    REFUSED_BY_MIN = 5,  /* mails that a destination took none of */
    BOUNCES_MIN = 20,    /* of deliveries, before a share says anything */
    BOUNCES_ONE_OF = 10, /* and that share */
    GUESSES_MIN = 10,    /* failed logins of an address that got in as well */
    NOTES_OF_A_KIND = 5,
    GROWN_MIN = 100, /* failed logins, before it says anything that there are ... */
    GROWN_TIMES = 3, /* ... so many times as many as before */
};

static struct cell
count_cell(uint64_t n)
{
    return cell_number(CELL_COUNT, (int64_t)n);
}

static struct cell
said_cell(struct section *s, const struct deeds_trouble *t)
{
    return document_text(s->document, (struct span){t->said, t->said_len});
}

/* --- act --- */

static void
note_fatal(const struct digest *g, struct section *s, enum tally_list list)
{
    const struct texts *t = &g->tally->lists[list];
    uint32_t *numbers = pflogsumm_sorted_list(t, 2);
    struct span parts[2];

    for (size_t i = 0; i < t->count && i < NOTES_OF_A_KIND; i++) {
        const uint64_t *count = texts_value(t, numbers[i]);

        pflogsumm_parts(texts_text(t, numbers[i]), parts, ARRAY_LEN(parts));
        section_note(s, WEIGHT_ACT, WORD_NOTE_FATAL,
                     (struct cell[]){count_cell(*count),
                                     document_text(s->document, parts[0]),
                                     document_text(s->document, parts[1])},
                     3);
    }
    mem_free(numbers);
}

static void
note_trouble(const struct digest *g, struct section *s)
{
    const struct deeds_trouble *t = &g->deeds->trouble;

    if (t->count)
        section_note(s, WEIGHT_ACT, WORD_NOTE_TROUBLE,
                     (struct cell[]){count_cell(t->count), said_cell(s, t)}, 2);
}

static void
note_listed(const struct digest *g, struct section *s)
{
    const struct texts *t = &g->deeds->bounces;
    struct span destination;
    size_t told = 0;

    for (uint32_t i = 0; i < t->count && told < NOTES_OF_A_KIND; i++) {
        const struct deeds_trouble *trouble = texts_value(t, i);

        if (deeds_cause(texts_text(t, i), &destination) != WORD_BOUNCE_LISTED)
            continue;
        section_note(s, WEIGHT_ACT, WORD_NOTE_LISTED,
                     (struct cell[]){document_text(s->document, destination),
                                     said_cell(s, trouble)},
                     2);
        told++;
    }
}

/* --- look --- */

/* What a destination said first. */
static struct cell
said_by(const struct digest *g, struct section *s, struct span wanted)
{
    const struct texts *tables[] = {&g->deeds->bounces, &g->deeds->deferrals};
    struct span destination;

    for (size_t k = 0; k < ARRAY_LEN(tables); k++) {
        for (uint32_t i = 0; i < tables[k]->count; i++) {
            (void)deeds_cause(texts_text(tables[k], i), &destination);
            if (span_eq(destination, wanted))
                return said_cell(s, texts_value(tables[k], i));
        }
    }
    return (struct cell){.is_none = true};
}

static void
note_destinations(const struct digest *g, struct section *s)
{
    const struct texts *t = &g->deeds->destinations;
    size_t told = 0;

    for (uint32_t i = 0; i < t->count && told < NOTES_OF_A_KIND; i++) {
        const struct deeds_destination *d = texts_value(t, i);

        if (d->delivered || d->deferred + d->bounced < REFUSED_BY_MIN)
            continue;
        section_note(s, WEIGHT_LOOK, WORD_NOTE_DESTINATION,
                     (struct cell[]){document_text(s->document, texts_text(t, i)),
                                     count_cell(d->deferred + d->bounced),
                                     said_by(g, s, texts_text(t, i))},
                     3);
        told++;
    }
}

/* Who guessed long, and got in. */
static void
note_guessers(const struct digest *g, struct section *s)
{
    const struct texts *t = &g->deeds->addresses;
    size_t told = 0;

    for (uint32_t i = 0; i < t->count && told < NOTES_OF_A_KIND; i++) {
        const struct deeds_address *a = texts_value(t, i);

        if (a->kinds[0] < GUESSES_MIN || a->logins == 0)
            continue;
        section_note(s, WEIGHT_LOOK, WORD_NOTE_GUESSED,
                     (struct cell[]){document_text(s->document, texts_text(t, i)),
                                     count_cell(a->kinds[0]), count_cell(a->logins)},
                     3);
        told++;
    }
}

static void
note_figures(const struct digest *g, struct section *s)
{
    uint64_t bounced = g->tally->total[TOTAL_BOUNCED];
    uint64_t all = bounced + g->tally->total[TOTAL_DELIVERED];
    uint64_t dropped = digest_dropped(g);

    if (bounced >= BOUNCES_MIN && bounced > all / BOUNCES_ONE_OF)
        section_note(s, WEIGHT_LOOK, WORD_NOTE_BOUNCES,
                     (struct cell[]){count_cell(bounced), count_cell(all)}, 2);
    if (g->deeds->expired)
        section_note(s, WEIGHT_LOOK, WORD_NOTE_EXPIRED,
                     (struct cell[]){count_cell(g->deeds->expired)}, 1);
    if (dropped)
        section_note(s, WEIGHT_LOOK, WORD_NOTE_DROPPED,
                     (struct cell[]){count_cell(dropped)}, 1);
}

/* Far more than in as much time before. */
static void
note_growth(const struct digest *g, struct section *s)
{
    const struct deeds *before = g->before[COMPARED_PERIOD].deeds;

    if (g->is_compared && !before && !g->before[COMPARED_WEEK].deeds)
        section_note(s, WEIGHT_NONE, WORD_NOTE_NO_COMPARISON, NULL, 0);
    if (before && g->deeds->failures >= GROWN_MIN &&
        g->deeds->failures >= GROWN_TIMES * before->failures)
        section_note(
            s, WEIGHT_LOOK, WORD_NOTE_ATTACKS_GREW,
            (struct cell[]){count_cell(g->deeds->failures), count_cell(before->failures)},
            2);
}

/* --- to know --- */

static void
note_news(const struct digest *g, struct section *s, bool is_taken)
{
    const struct texts *t = &g->deeds->addresses;
    uint64_t guesses = 0, addresses = 0, logins = 0;

    for (uint32_t i = 0; i < t->count; i++) {
        const struct deeds_address *a = texts_value(t, i);

        guesses += a->kinds[0];
        addresses += a->kinds[0] > 0;
        logins += a->kinds[0] ? a->logins : 0;
    }
    if (guesses && logins == 0 && !is_taken)
        section_note(s, WEIGHT_GOOD, WORD_NOTE_ATTACKS_STOPPED,
                     (struct cell[]){count_cell(guesses), count_cell(addresses)}, 2);
    if (g->deeds->unknown)
        section_note(s, WEIGHT_NONE, WORD_NOTE_UNKNOWN_LINES,
                     (struct cell[]){count_cell(g->deeds->unknown)}, 1);
    if (g->deeds->foreign == g->deeds->lines)
        section_note(s, WEIGHT_LOOK, WORD_NOTE_NO_MAIL_LINES, NULL, 0);
    else if (g->tally->total[TOTAL_RECEIVED] + g->tally->total[TOTAL_DELIVERED] == 0)
        section_note(s, WEIGHT_NONE, WORD_NOTE_NO_MAIL, NULL, 0);
}

void
digest_notes(const struct digest *g, struct section *s)
{
    bool is_taken = digest_judged_notes(g, s);

    note_fatal(g, s, LIST_PANIC);
    note_fatal(g, s, LIST_FATAL);
    note_trouble(g, s);
    note_listed(g, s);
    if (!g->judged)
        note_guessers(g, s);
    note_destinations(g, s);
    note_figures(g, s);
    note_growth(g, s);
    note_news(g, s, is_taken);
}
