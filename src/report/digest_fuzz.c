/* Any log through all that a report counts, into a document, and out of it. */
#include "base/clock.h"
#include "base/mem.h"
#include "report/digest.h"
#include "report/mail_event.h"
#include "report/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct counted {
    struct tally *tally;
    struct deeds *deeds;
    struct visits visits;
    struct checks checks;
};

static void
count_line(struct counted *c, int64_t wall_us, struct span raw)
{
    struct mail_event found[MAIL_EVENTS_MAX];
    struct mail_line m;
    struct line l;
    size_t events;

    line_split(raw, &l);
    mail_line_read(&l, NULL, &m);
    events = mail_events(&m, found);
    must(events <= MAIL_EVENTS_MAX);
    for (size_t i = 0; i < events; i++) {
        must(found[i].kind < EVENT_KINDS && found[i].filter < MAIL_FILTERS);
        must(found[i].account.len <= raw.len && found[i].recipient.len <= raw.len);
        if (m.address.len)
            deeds_attack(c->deeds, wall_us, m.address, WORD_KIND_GUESSING, 1);
    }
    tally_line(c->tally, wall_us, &l, &m, 1);
    deeds_line(c->deeds, wall_us, &m, 1);
    visits_line(&c->visits, wall_us, &m, 1);
    checks_line(&c->checks, &m, 1);
}

/* No line of a text may hold what a terminal takes for more than text. */
static void
check_text(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        must((unsigned char)text.ptr[i] >= ' ' || text.ptr[i] == '\n');
}

static void
print_all(const struct counted *c)
{
    const struct digest g = {.tally = c->tally,
                             .deeds = c->deeds,
                             .rows = DIGEST_ROWS,
                             .visits = &c->visits,
                             .checks = &c->checks,
                             .before = {{c->tally, c->deeds}}};
    struct buf text = {0}, json = {0};
    struct document d;

    document_init(&d);
    digest_make(&g, &d);
    print_text(&d, LANGUAGE_JAPANESE, &(struct screen){.columns = 80}, &text);
    check_text(buf_span(&text));
    print_json(&d, LANGUAGE_ENGLISH, &json);
    document_fini(&d);
    buf_fini(&text);
    buf_fini(&json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size}, raw;
    int64_t wall_us = INT64_C(1795312405) * SECOND_US;
    struct counted c;

    c.tally = tally_new(&(struct tally_options){0});
    c.deeds = deeds_new();
    c.deeds->is_judged = size & 1;
    visits_init(&c.visits, wall_us + HOUR_US);
    checks_init(&c.checks);
    for (; span_line(&text, &raw); wall_us += 10 * MINUTE_US)
        count_line(&c, wall_us, raw);
    print_all(&c);
    checks_fini(&c.checks);
    visits_fini(&c.visits);
    deeds_free(c.deeds);
    tally_free(c.tally);
    return 0;
}
