/* Who logs in from where, and who fails to. */
#include "base/mem.h"
#include "report/digest_internal.h"

enum { STALE_AT = 20 /* a person stops before, a device does not */ };

static void
add_account(struct section *s, const struct texts *t, uint32_t number, struct addr *place)
{
    section_text(s, visits_account_of(texts_text(t, number), place));
}

static double
new_worth(const struct texts *t, uint32_t number)
{
    const struct visit *v = texts_value(t, number);

    return visits_is_new(v) ? (double)v->first_us : 0;
}

static void
new_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct visit *v = texts_value(t, number);
    struct addr place;

    add_account(s, t, number, &place);
    section_text(s, (struct span){v->address, v->address_len});
    section_number(s, v->first_us);
    section_number(s, v->logins);
    section_number(s, v->before);
}

static double
failed_worth(const struct texts *t, uint32_t number)
{
    const struct visit *v = texts_value(t, number);

    return visits_failures(v);
}

/* A device that goes on and on; a person who finds it, or does not. */
static enum word
kind_of_failure(const struct visit *v)
{
    if (visits_failures(v) >= STALE_AT && v->failed_us > v->last_us)
        return WORD_FAIL_STALE;
    return v->logins && v->last_us >= v->failed_us ? WORD_FAIL_MISTYPED : WORD_FAIL_ONLY;
}

static void
failed_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct visit *v = texts_value(t, number);
    char text[ADDR_TEXT_MAX];
    struct addr place;

    add_account(s, t, number, &place);
    section_number(s, kind_of_failure(v));
    section_text(s, span_of(addr_text(&place, text)));
    section_number(s, visits_failures(v));
    section_number(s, v->failed_us);
}

static double
sent_worth(const struct texts *t, uint32_t number)
{
    return visits_account_worth(texts_value(t, number));
}

static void
sent_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct visits_account *a = texts_value(t, number);

    section_text(s, texts_text(t, number));
    section_number(s, (int64_t)a->messages);
    section_number(s, (int64_t)a->recipients);
    section_number(s, (int64_t)a->bytes);
}

void
digest_visits(const struct digest *g, struct document *d)
{
    static const struct column fresh[] = {
        {WORD_ACCOUNT, "account", CELL_TEXT},
        {WORD_ADDRESS, "address", CELL_TEXT},
        {WORD_TIME, "time", CELL_TIME},
        {WORD_LOGINS_GOOD, "logins", CELL_COUNT},
        {WORD_FAILURES_BEFORE, "failures_before", CELL_COUNT}};
    static const struct column failed[] = {{WORD_ACCOUNT, "account", CELL_TEXT},
                                           {WORD_KIND, "kind", CELL_WORD},
                                           {WORD_PLACE, "place", CELL_TEXT},
                                           {WORD_FAILURES, "failures", CELL_COUNT},
                                           {WORD_LAST_SEEN, "last", CELL_TIME}};
    static const struct column sent[] = {{WORD_ACCOUNT, "account", CELL_TEXT},
                                         {WORD_MESSAGES_SENT, "messages", CELL_COUNT},
                                         {WORD_RECIPIENT_COUNT, "recipients", CELL_COUNT},
                                         {WORD_SIZE, "bytes", CELL_BYTES}};
    struct section *s;

    if (!g->visits)
        return;
    s = document_section(d, WORD_NEW_PLACES, "new_places", SECTION_TABLE);
    section_columns(s, ARRAY_LEN(fresh), fresh);
    digest_rows(g, s, &g->visits->pairs, new_worth, new_row);
    s = document_section(d, WORD_USER_FAILURES, "user_failures", SECTION_TABLE);
    s->hint = WORD_HINT_USER_FAILURES;
    section_columns(s, ARRAY_LEN(failed), failed);
    digest_rows(g, s, &g->visits->pairs, failed_worth, failed_row);
    s = document_section(d, WORD_SASL_ACCOUNTS, "sent", SECTION_TABLE);
    section_columns(s, ARRAY_LEN(sent), sent);
    digest_rows_best(g, s, &g->visits->accounts, sent_worth, sent_row);
}
