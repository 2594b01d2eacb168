/* Fuzz target: a whole check. The lines of the input are the sender, the name of HELO,
 * and then the answers, one after the other and round again: a first byte says which kind
 * of answer, the rest is its data. */
#include "base/mem.h"
#include "spf/spf_check.h"

enum { STEPS_MAX = 400 }; /* 11 records, 10 terms with 12 queries each, and more */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct script {
    struct span all, rest;
};

static struct span
next_line(struct script *s)
{
    struct span line = {0};

    if (s->rest.len == 0)
        s->rest = s->all;
    return span_line(&s->rest, &line) ? line : (struct span){0};
}

static void
answer(struct spf_check *c, const struct spf_query *q, struct span line)
{
    char kind = line.len ? line.ptr[0] : '\0';
    struct addr a = c->client;
    struct span word;

    line = span_from(line, 1);
    if (q->record == HOST_TXT)
        spf_check_text(c, q->id, line);
    if (kind == 'd')
        spf_check_text(c, q->id, line); /* a second record */
    while ((q->record == HOST_MX || q->record == HOST_PTR) && span_word(&line, &word))
        spf_check_host(c, q->id, word);
    if (kind != 'm')
        a.bytes[3] ^= 1;
    if (q->record == HOST_A || q->record == HOST_AAAA)
        spf_check_address(c, q->id, &a);
    spf_check_answered(c, q->id,
                       kind == 'f'   ? SPF_ANSWER_FAILED
                       : kind == 'n' ? SPF_ANSWER_NONE
                                     : SPF_ANSWER_FOUND);
}

static void
check_end(const struct spf_check *c)
{
    must(c->result < SPF_RESULTS && c->reason < SPF_REASONS);
    must(c->terms <= SPF_CHECK_TERMS_MAX && c->voids <= SPF_CHECK_VOIDS_MAX + 1);
    must(c->explanation.len <= SPF_EXPLANATION_MAX && c->trace.len <= SPF_TRACE_MAX);
    must(c->explanation.len == 0 || c->result == SPF_RESULT_FAIL);
    for (size_t i = 0; i < c->explanation.len; i++)
        must(c->explanation.ptr[i] >= ' ' && c->explanation.ptr[i] <= '~');
    for (const char *p = c->mechanism; *p; p++)
        must(*p > ' ' && *p <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span all = {(const char *)data, size};
    struct script s = {.all = all, .rest = all};
    struct spf_ask ask = {.identity = SPF_MAIL_FROM, .is_traced = true};
    struct spf_check c = {0};
    unsigned steps = 0;

    if (size == 0 ||
        !addr_parse(data[0] & 1 ? SPAN("2001:db8::1") : SPAN("192.0.2.1"), &ask.client))
        return 0;
    ask.sender = next_line(&s);
    ask.helo = next_line(&s);
    if (s.rest.len)
        s.all = s.rest;
    spf_check_begin(&c, &ask);
    while (!spf_check_is_over(&c)) {
        struct spf_query out[SPF_CHECK_HOSTS_MAX];
        const struct spf_query *q;
        size_t count = 0;

        must(++steps < STEPS_MAX);
        while ((q = spf_check_query(&c))) {
            must(host_is_dns_name(span_of(q->name.text)));
            must(count < SPF_CHECK_HOSTS_MAX);
            out[count++] = *q;
        }
        must(count);
        for (size_t i = 0; i < count; i++)
            answer(&c, &out[i], next_line(&s));
    }
    check_end(&c);
    spf_check_fini(&c);
    return 0;
}
