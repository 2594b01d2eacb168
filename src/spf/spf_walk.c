#include "spf/spf_walk.h"

#include "base/mem.h"
#include "spf/spf_record.h"

void
spf_walk_fini(struct spf_walk *w)
{
    buf_fini(&w->text);
    mem_free(w->prefixes);
    *w = (struct spf_walk){0};
}

const struct spf_question *
spf_walk_question(const struct spf_walk *w)
{
    return w->next < w->count ? &w->questions[w->next] : NULL;
}

/* The first trouble is told. */
static void
note(struct spf_walk *w, enum spf_trouble trouble)
{
    if (w->trouble != SPF_WHOLE)
        return;
    w->trouble = trouble;
    w->where = w->questions[w->next].name;
}

static bool
is_asked(const struct spf_walk *w, const struct spf_question *q)
{
    for (size_t i = 0; i < w->count; i++)
        if (memcmp(&w->questions[i].name, &q->name, sizeof(q->name)) == 0 &&
            w->questions[i].record == q->record && w->questions[i].bits4 == q->bits4 &&
            w->questions[i].bits6 == q->bits6)
            return true;
    return false;
}

/* Once is enough, also where records include each other. */
static void
ask(struct spf_walk *w, const struct spf_question *q)
{
    if (is_asked(w, q))
        return;
    if (w->count == SPF_QUESTIONS_MAX)
        note(w, SPF_TOO_MANY_LOOKUPS);
    else
        w->questions[w->count++] = *q;
}

void
spf_walk_begin(struct spf_walk *w, const struct host_key *name)
{
    spf_walk_fini(w);
    w->ttl_s = UINT32_MAX;
    ask(w, &(struct spf_question){.name = *name, .record = HOST_TXT});
}

static void
add_prefix(struct spf_walk *w, const struct addr *prefix)
{
    if (!prefix->family)
        return;
    if (prefix->bits < (prefix->family == 4 ? SPF_WIDEST4 : SPF_WIDEST6)) {
        note(w, SPF_TOO_WIDE);
        return;
    }
    if (w->prefix_count == SPF_PREFIXES_MAX) {
        note(w, SPF_TOO_MANY_PREFIXES);
        return;
    }
    if (w->prefix_count % 64 == 0)
        w->prefixes =
            mem_realloc(w->prefixes, w->prefix_count + 64, sizeof(*w->prefixes));
    w->prefixes[w->prefix_count++] = *prefix;
}

/* A term that has something looked up. */
static void
look_up(struct spf_walk *w, const struct spf_term *t, enum host_record record)
{
    struct spf_question q = {.name = w->questions[w->next].name, .record = record};

    if (record != HOST_TXT) {
        q.bits4 = t->bits4;
        q.bits6 = t->bits6;
    }
    if (t->domain.len && !host_is_name(t->domain)) {
        note(w, spf_has_macro(t->domain) ? SPF_DYNAMIC : SPF_SYNTAX);
        return;
    }
    if (t->domain.len)
        q.name = host_key_of(t->domain);
    if (w->lookups++ < SPF_LOOKUPS_MAX)
        ask(w, &q);
    else
        note(w, SPF_TOO_MANY_LOOKUPS);
}

static void
take_mechanism(struct spf_walk *w, const struct spf_term *t)
{
    if (t->qualifier != SPF_PASS)
        return;
    if (t->kind == SPF_IP4 || t->kind == SPF_IP6)
        add_prefix(w, &t->prefix);
    else if (t->kind == SPF_INCLUDE)
        look_up(w, t, HOST_TXT);
    else if (t->kind == SPF_A)
        look_up(w, t, HOST_ADDRESSES);
    else if (t->kind == SPF_MX)
        look_up(w, t, HOST_MX);
    else if (t->kind == SPF_PTR || t->kind == SPF_EXISTS)
        note(w, SPF_DYNAMIC);
}

/* Up to `all`; a redirect counts where there is none. */
static void
take_record(struct spf_walk *w)
{
    struct span rest = buf_span(&w->text);
    struct spf_term t, redirect = {0};
    enum spf_read read;
    bool is_all = false;

    while ((read = spf_next_term(&rest, &t)) == SPF_TERM) {
        if (t.kind == SPF_REDIRECT)
            redirect = t;
        else if (t.kind < SPF_REDIRECT && !is_all)
            take_mechanism(w, &t);
        is_all = is_all || t.kind == SPF_ALL;
    }
    if (read == SPF_BAD)
        note(w, SPF_SYNTAX);
    else if (redirect.domain.len && !is_all)
        look_up(w, &redirect, HOST_TXT);
}

void
spf_walk_text(struct spf_walk *w, struct span text)
{
    if (w->questions[w->next].record != HOST_TXT || !spf_is_record(text))
        return;
    if (w->texts++ == 0)
        buf_add(&w->text, text);
}

void
spf_walk_host(struct spf_walk *w, struct span name)
{
    struct spf_question q = w->questions[w->next];

    if (q.record != HOST_MX || !host_is_name(name))
        return;
    q.record = HOST_ADDRESSES;
    q.name = host_key_of(name);
    if (w->hosts++ < SPF_HOSTS_MAX)
        ask(w, &q);
    else
        note(w, SPF_TOO_MANY_LOOKUPS);
}

void
spf_walk_address(struct spf_walk *w, const struct addr *who)
{
    const struct spf_question *q = &w->questions[w->next];
    struct addr prefix;

    if (q->record != HOST_ADDRESSES)
        return;
    prefix = addr_mask(*who, who->family == 4 ? q->bits4 : q->bits6);
    add_prefix(w, &prefix);
}

void
spf_walk_answered(struct spf_walk *w, uint32_t ttl_s)
{
    if (ttl_s < w->ttl_s)
        w->ttl_s = ttl_s;
    if (w->questions[w->next].record == HOST_TXT) {
        if (w->texts == 1)
            take_record(w);
        else
            note(w, w->texts ? SPF_MANY_RECORDS : SPF_NO_RECORD);
    }
    buf_clear(&w->text);
    w->texts = w->hosts = 0;
    w->next++;
}

const char *
spf_trouble_text(enum spf_trouble trouble)
{
    static const char *const texts[SPF_TROUBLES] = {
        [SPF_WHOLE] = "",
        [SPF_NO_RECORD] = "there is no SPF record",
        [SPF_MANY_RECORDS] = "there is more than one SPF record",
        [SPF_SYNTAX] = "the SPF record is malformed",
        [SPF_TOO_MANY_LOOKUPS] = "the SPF record needs too many look-ups",
        [SPF_TOO_MANY_PREFIXES] = "the SPF record has too many addresses",
        [SPF_TOO_WIDE] = "the SPF record has a prefix that is too wide",
        [SPF_DYNAMIC] = "the SPF record has a macro, ptr or exists"};

    return trouble < SPF_TROUBLES ? texts[trouble] : "";
}
