/* What stopped whom, and what other checks said. */
#include "report/digest_internal.h"

#include "report/pflogsumm_order.h"

enum { MEDIAN = 500000, WHOLE = 1000000 };

/* --- who stayed away --- */

void
digest_stops(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_STOPPED, "by", CELL_WORD},
                                            {WORD_ADDRESSES, "addresses", CELL_COUNT},
                                            {WORD_BACK, "back", CELL_COUNT},
                                            {WORD_AWAY, "away", CELL_COUNT},
                                            {WORD_AWAY_SHARE, "share", CELL_SHARE}};
    struct stops_sum sums[STOPPERS];
    struct section *s;

    if (!g->checks)
        return; /* nor did such totals tell who came back */
    s = document_section(d, WORD_STOPPED_BY, "stopped", SECTION_TABLE);
    s->hint = WORD_HINT_NEVER_BACK;
    section_columns(s, ARRAY_LEN(columns), columns);
    deeds_stops(g->deeds, sums);
    for (size_t k = 0; k < STOPPERS; k++) {
        uint64_t away = sums[k].stopped - sums[k].back;

        if (sums[k].stopped == 0)
            continue;
        section_number(s, WORD_BY_PASSWORD + (int64_t)k);
        section_number(s, (int64_t)sums[k].stopped);
        section_number(s, (int64_t)sums[k].back);
        section_number(s, (int64_t)away);
        section_number(s, (int64_t)(away * WHOLE / sums[k].stopped));
    }
}

/* --- what the guard did --- */

static double
jail_worth(const struct texts *t, uint32_t number)
{
    const struct checks_jail *j = texts_value(t, number);

    return (double)(j->bans + j->observed + j->unbans);
}

static void
jail_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct checks_jail *j = texts_value(t, number);

    section_text(s, texts_text(t, number));
    section_number(s, (int64_t)j->bans);
    section_number(s, (int64_t)j->observed);
    section_number(s, (int64_t)j->unbans);
}

static double
count_worth(const struct texts *t, uint32_t number)
{
    const uint64_t *n = texts_value(t, number);

    return (double)*n;
}

static void
count_row(struct section *s, const struct texts *t, uint32_t number)
{
    const uint64_t *n = texts_value(t, number);

    section_text(s, texts_text(t, number));
    section_number(s, (int64_t)*n);
}

static void
add_guard(const struct digest *g, struct document *d)
{
    static const struct column bans[] = {{WORD_RULE, "jail", CELL_TEXT},
                                         {WORD_BANNED, "bans", CELL_COUNT},
                                         {WORD_OBSERVED, "observed", CELL_COUNT},
                                         {WORD_UNBANNED, "unbans", CELL_COUNT}};
    static const struct column gate[] = {{WORD_RESTRICTION, "restriction", CELL_TEXT},
                                         {WORD_COUNT, "count", CELL_COUNT}};
    struct section *s = document_section(d, WORD_BANS, "bans", SECTION_TABLE);

    section_columns(s, ARRAY_LEN(bans), bans);
    digest_rows(g, s, &g->checks->jails, jail_worth, jail_row);
    s = document_section(d, WORD_GATE_REFUSALS, "gate", SECTION_TABLE);
    section_columns(s, ARRAY_LEN(gate), gate);
    digest_rows(g, s, &g->checks->gate, count_worth, count_row);
}

/* --- greylists --- */

static void
add_greylist(const struct digest *g, struct document *d)
{
    struct section *s =
        document_section(d, WORD_GREYLISTING, "greylist", SECTION_FIGURES);
    const struct checks *c = g->checks;
    uint64_t waiting = c->waiting.count + c->forgotten;

    if (c->put_off + c->passed + c->known == 0)
        return;
    section_value(s, WORD_GREY_PUT_OFF, "put_off", CELL_COUNT, (int64_t)c->put_off);
    section_value(s, WORD_GREY_PASSED, "passed", CELL_COUNT, (int64_t)c->passed);
    section_value(s, WORD_GREY_WAITING, "waiting", CELL_COUNT, (int64_t)waiting);
    section_value(s, WORD_GREY_KNOWN, "known", CELL_COUNT, (int64_t)c->known);
    if (c->waited.count)
        section_value(s, WORD_GREY_MEDIAN, "p50", CELL_DURATION,
                      delays_share(&c->waited, MEDIAN));
}

/* --- lists --- */

static double
list_worth(const struct texts *t, uint32_t number)
{
    const struct checks_list *l = texts_value(t, number);

    return (double)(l->hits + l->refused);
}

static void
list_row(struct section *s, const struct texts *t, uint32_t number)
{
    const struct checks_list *l = texts_value(t, number);

    section_text(s, texts_text(t, number));
    section_number(s, (int64_t)l->refused);
    section_number(s, (int64_t)l->hits);
}

static void
add_lists(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_ZONE, "zone", CELL_TEXT},
                                            {WORD_REJECTED, "rejected", CELL_COUNT},
                                            {WORD_LIST_HITS, "hits", CELL_COUNT}};
    struct section *s = document_section(d, WORD_DNS_LISTS, "lists", SECTION_TABLE);

    section_columns(s, ARRAY_LEN(columns), columns);
    digest_rows(g, s, &g->checks->lists, list_worth, list_row);
}

/* --- who the sender is --- */

static void
check_row(struct section *s, const struct texts *t, uint32_t number)
{
    const uint64_t *n = texts_value(t, number);
    struct span parts[2];

    pflogsumm_parts(texts_text(t, number), parts, ARRAY_LEN(parts));
    section_text(s, parts[0]);
    section_text(s, parts[1]);
    section_number(s, (int64_t)*n);
}

static void
add_authenticity(const struct digest *g, struct document *d)
{
    static const struct column results[] = {{WORD_CHECK, "check", CELL_TEXT},
                                            {WORD_RESULT, "result", CELL_TEXT},
                                            {WORD_COUNT, "count", CELL_COUNT}};
    static const struct column failing[] = {{WORD_CHECK, "check", CELL_TEXT},
                                            {WORD_DOMAIN, "domain", CELL_TEXT},
                                            {WORD_COUNT, "count", CELL_COUNT}};
    struct section *s =
        document_section(d, WORD_AUTHENTICITY, "authenticity", SECTION_TABLE);

    section_columns(s, ARRAY_LEN(results), results);
    digest_rows(g, s, &g->checks->results, count_worth, check_row);
    s = document_section(d, WORD_FAILING_DOMAINS, "failing_domains", SECTION_TABLE);
    section_columns(s, ARRAY_LEN(failing), failing);
    digest_rows(g, s, &g->checks->failing, count_worth, check_row);
}

/* --- encryption --- */

static void
cipher_row(struct section *s, const struct texts *t, uint32_t number)
{
    const uint64_t *n = texts_value(t, number);
    struct span parts[3];

    pflogsumm_parts(texts_text(t, number), parts, ARRAY_LEN(parts));
    section_number(s, span_eq(parts[0], SPAN("out")) ? WORD_WAY_OUT : WORD_WAY_IN);
    section_text(s, parts[1]);
    section_text(s, parts[2]);
    section_number(s, (int64_t)*n);
}

static void
add_encryption(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_DIRECTION, "direction", CELL_WORD},
                                            {WORD_PROTOCOL, "protocol", CELL_TEXT},
                                            {WORD_CIPHER, "cipher", CELL_TEXT},
                                            {WORD_COUNT, "count", CELL_COUNT}};
    const struct checks *c = g->checks;
    const struct {
        enum word word;
        const char *key;
        uint64_t value;
    } rows[] = {
        {WORD_TLS_SESSIONS, "sessions", c->sessions},
        {WORD_TLS_PLAIN, "plain_sessions", c->plain_sessions},
        {WORD_TLS_LOGINS, "logins", c->logins},
        {WORD_TLS_PLAIN_LOGINS, "plain_logins", c->plain_logins},
        {WORD_TLS_FAILED_IN, "failed_in", c->tls_failed_in},
        {WORD_TLS_FAILED_OUT, "failed_out", c->tls_failed_out},
    };
    struct section *s =
        document_section(d, WORD_ENCRYPTION, "encryption", SECTION_FIGURES);
    uint64_t all = 0;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        all += rows[i].value;
    for (size_t i = 0; i < ARRAY_LEN(rows) && all; i++)
        section_value(s, rows[i].word, rows[i].key, CELL_COUNT, (int64_t)rows[i].value);
    s = document_section(d, WORD_CIPHERS, "ciphers", SECTION_TABLE);
    section_columns(s, ARRAY_LEN(columns), columns);
    digest_rows(g, s, &c->tls, count_worth, cipher_row);
}

static void
add_tests(const struct digest *g, struct document *d)
{
    static const struct column columns[] = {{WORD_TEST, "test", CELL_TEXT},
                                            {WORD_COUNT, "count", CELL_COUNT}};
    struct section *s =
        document_section(d, WORD_SCREEN_TESTS, "postscreen", SECTION_TABLE);

    section_columns(s, ARRAY_LEN(columns), columns);
    digest_rows(g, s, &g->checks->tests, count_worth, count_row);
}

void
digest_checks(const struct digest *g, struct document *d)
{
    if (!g->checks)
        return;
    add_guard(g, d);
    add_greylist(g, d);
    add_lists(g, d);
    add_authenticity(g, d);
    add_encryption(g, d);
    add_tests(g, d);
}
