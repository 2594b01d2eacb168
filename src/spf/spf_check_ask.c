/* Queries, their answers, and names. */
#include "base/mem.h"
#include "spf/spf_check_parts.h"
#include "spf/spf_macro.h"

enum { EXPANDED_MAX = 8192 }; /* of which a name has the last 253 bytes */

/* --- names --- */

struct spf_name
spf_name_of(struct span text)
{
    struct spf_name name = {0};

    if (span_ends(text, SPAN(".")))
        text.len--;
    must(text.len <= HOST_TEXT_MAX);
    name.len = (uint8_t)text.len;
    if (text.len)
        memcpy(name.text, text.ptr, text.len);
    return name;
}

/* RFC 7208, 7.3: the domain itself, else one below it, else any. */
static struct span
best_name(struct spf_check *c)
{
    struct span domain = spf_name_span(&spf_frame(c)->domain), best = SPAN("unknown");
    unsigned worth = 0;

    for (unsigned i = 0; i < c->name_count; i++) {
        struct span name = spf_name_span(&c->names[i]);
        unsigned is_worth = span_eq_nocase(name, domain)  ? 3
                            : host_is_below(name, domain) ? 2
                                                          : 1;

        if (c->is_valid_name[i] && is_worth > worth) {
            worth = is_worth;
            best = name;
        }
    }
    return best;
}

bool
spf_expand(struct spf_check *c, struct span text, size_t limit)
{
    struct spf_facts facts = {
        .client = c->client,
        .sender = spf_name_span(&c->sender),
        .domain = spf_name_span(&spf_frame(c)->domain),
        .helo = spf_name_span(&c->helo),
        .receiver = spf_name_span(&c->receiver),
        .ptr_name = best_name(c),
        .now_s = c->now_s,
    };

    if (c->is_local_usable)
        facts.local = (struct span){c->local, c->local_len};
    buf_clear(&c->text);
    c->text.limit = limit;
    return spf_macro_expand(text, &facts, &c->text);
}

enum spf_target
spf_target_of(struct spf_check *c, struct span text, struct spf_name *out)
{
    struct span name, label;

    if (text.len == 0) {
        *out = spf_frame(c)->domain;
        return SPF_TARGET_GOOD;
    }
    if (spf_macro_has(text, 'p') && spf_fetch_names(c))
        return SPF_TARGET_WAITS;
    if (!spf_expand(c, text, EXPANDED_MAX))
        return c->text.is_cut ? SPF_TARGET_BAD : SPF_TARGET_NOBODY;
    name = buf_span(&c->text);
    if (span_ends(name, SPAN(".")))
        name.len--;
    while (name.len > HOST_TEXT_MAX)
        if (!span_cut(name, SPAN("."), &label, &name))
            return SPF_TARGET_BAD;
    if (!host_is_dns_name(name))
        return SPF_TARGET_BAD;
    *out = spf_name_of(name);
    return SPF_TARGET_GOOD;
}

/* --- queries --- */

void
spf_add_query(struct spf_check *c, struct span name, enum host_record record)
{
    must(c->count < SPF_CHECK_HOSTS_MAX);
    if (c->count == 0) {
        c->texts = c->hosts = 0;
        c->is_match = c->is_found = c->is_failed = false;
    }
    c->queries[c->count] = (struct spf_query){
        .id = c->base + c->count, .record = record, .name = host_key_of(name)};
    c->is_answered[c->count++] = false;
}

void
spf_drop_queries(struct spf_check *c)
{
    c->base += c->count;
    c->count = c->handed = c->answered = 0;
}

bool
spf_is_waiting(const struct spf_check *c)
{
    return c->answered < c->count;
}

const struct spf_query *
spf_check_query(struct spf_check *c)
{
    return c->handed < c->count ? &c->queries[c->handed++] : NULL;
}

bool
spf_fetch_names(struct spf_check *c)
{
    struct host_key name;

    if (c->has_names)
        return false;
    name = host_reverse_of(&c->client);
    spf_add_query(c, span_of(name.text), HOST_PTR);
    c->fetching = SPF_FETCHES_NAMES;
    return true;
}

/* --- answers --- */

/* The query that is out, or NULL. */
static const struct spf_query *
query_of(const struct spf_check *c, uint32_t id)
{
    uint32_t i = id - c->base;

    return i < c->handed && !c->is_answered[i] ? &c->queries[i] : NULL;
}

void
spf_check_text(struct spf_check *c, uint32_t id, struct span text)
{
    const struct spf_query *q = query_of(c, id);

    if (!q || q->record != HOST_TXT)
        return;
    if (c->doing == SPF_AT_RECORD && !spf_is_record(text))
        return;
    if (c->texts++ == 0)
        buf_add(&spf_frame(c)->record, text);
}

void
spf_check_host(struct spf_check *c, uint32_t id, struct span name)
{
    const struct spf_query *q = query_of(c, id);

    if (!q || (q->record != HOST_MX && q->record != HOST_PTR) ||
        c->hosts++ >= SPF_CHECK_HOSTS_MAX || !host_is_dns_name(name))
        return;
    if (q->record == HOST_MX) {
        struct host_key key = host_key_of(name);

        buf_add_text(&c->text, key.text);
        buf_add_byte(&c->text, '\n'); /* that no name has */
    } else {
        c->is_valid_name[c->name_count] = false;
        c->names[c->name_count++] = spf_name_of(name);
    }
}

void
spf_check_address(struct spf_check *c, uint32_t id, const struct addr *a)
{
    const struct spf_query *q = query_of(c, id);
    struct spf_term *t = &spf_frame(c)->term;
    struct addr prefix;

    if (!q || (q->record != HOST_A && q->record != HOST_AAAA))
        return;
    if (c->fetching == SPF_FETCHES_THEIR_ADDRESSES) {
        if (addr_eq(a, &c->client))
            c->is_valid_name[q - c->queries] = true;
    } else if (c->doing == SPF_AT_ADDRESSES) {
        prefix = addr_mask(*a, a->family == 4 ? t->bits4 : t->bits6);
        c->is_match = c->is_match || addr_contains(&prefix, &c->client);
    }
}

/* The names came, or which of them are true. */
static void
take_names(struct spf_check *c, enum spf_answer answer)
{
    enum host_record record = c->client.family == 4 ? HOST_A : HOST_AAAA;

    if (c->fetching == SPF_FETCHES_NAMES)
        c->is_nameless = answer == SPF_ANSWER_NONE;
    if (c->fetching == SPF_FETCHES_NAMES && c->name_count) {
        c->fetching = SPF_FETCHES_THEIR_ADDRESSES;
        for (unsigned i = 0; i < c->name_count; i++)
            spf_add_query(c, spf_name_span(&c->names[i]), record);
        return;
    }
    c->fetching = SPF_FETCHES_NOTHING;
    c->has_names = true;
}

static void
take_answers(struct spf_check *c, enum spf_answer answer)
{
    if (c->fetching)
        take_names(c, answer);
    else if (c->doing == SPF_AT_RECORD)
        spf_take_record(c, answer);
    else if (c->doing == SPF_AT_ADDRESSES)
        spf_take_addresses(c, answer);
    else if (c->doing == SPF_AT_HOSTS)
        spf_take_hosts(c, answer);
    else if (c->doing == SPF_AT_EXISTS)
        spf_take_exists(c, answer);
    else
        spf_take_explanation(c, answer);
}

/* An address that matches is enough, whatever else may come. */
void
spf_check_answered(struct spf_check *c, uint32_t id, enum spf_answer answer)
{
    if (!query_of(c, id))
        return;
    c->is_answered[id - c->base] = true;
    c->answered++;
    c->is_found = c->is_found || answer == SPF_ANSWER_FOUND;
    c->is_failed = c->is_failed || answer == SPF_ANSWER_FAILED;
    if (spf_is_waiting(c) && !c->is_match)
        return;
    answer = c->is_failed && !c->is_match ? SPF_ANSWER_FAILED
             : c->is_found                ? SPF_ANSWER_FOUND
                                          : SPF_ANSWER_NONE;
    spf_drop_queries(c);
    take_answers(c, answer);
    spf_run(c);
}
