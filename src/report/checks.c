#include "report/checks.h"

#include "base/addr.h"
#include "base/ascii.h"
#include "report/address.h"
#include "report/mail_event.h"

enum { IPV4_BITS = 24, IPV6_BITS = 64 };

struct step {
    struct checks *c;
    const struct mail_line *m;
    uint32_t times;
};

void
checks_init(struct checks *c)
{
    *c = (struct checks){.budget.left = CHECKS_BUDGET_BYTES};
    table_init(&c->waiting, sizeof(uint64_t), sizeof(uint32_t), CHECKS_WAITING_MAX);
    c->key = hash_random_key();
    texts_init(&c->lists, &c->budget, sizeof(struct checks_list), CHECKS_TEXTS_MAX);
    texts_init(&c->results, &c->budget, sizeof(uint64_t), CHECKS_TEXTS_MAX);
    texts_init(&c->failing, &c->budget, sizeof(uint64_t), CHECKS_TEXTS_MAX);
    texts_init(&c->tls, &c->budget, sizeof(uint64_t), CHECKS_TEXTS_MAX);
    texts_init(&c->tests, &c->budget, sizeof(uint64_t), CHECKS_TEXTS_MAX);
    texts_init(&c->jails, &c->budget, sizeof(struct checks_jail), CHECKS_TEXTS_MAX);
    texts_init(&c->gate, &c->budget, sizeof(uint64_t), CHECKS_TEXTS_MAX);
}

void
checks_fini(struct checks *c)
{
    table_fini(&c->waiting);
    texts_fini(&c->lists);
    texts_fini(&c->results);
    texts_fini(&c->failing);
    texts_fini(&c->tls);
    texts_fini(&c->tests);
    texts_fini(&c->jails);
    texts_fini(&c->gate);
    buf_fini(&c->text);
}

static void
count(struct texts *t, struct span text, uint32_t times)
{
    uint64_t *n = texts_put(t, text);

    if (n)
        *n += times;
}

/* Makes c->text of one part and a NUL. */
static void
begin_key(struct checks *c, struct span part)
{
    buf_clear(&c->text);
    buf_add(&c->text, part);
    buf_add_byte(&c->text, '\0');
}

/* --- greylists --- */

/* The network, sender and recipient, as postgrey knows mails by; the client may be
 * written with its length. */
static uint64_t
triplet_of(const struct step *s)
{
    struct span address = s->m->address;
    ptrdiff_t slash = span_find_byte(address, '/');
    struct buf *text = &s->c->text;
    struct addr net = {0};

    if (slash >= 0)
        address.len = (size_t)slash;
    buf_clear(text);
    if (addr_parse(address, &net))
        net = addr_mask(net, net.family == 4 ? IPV4_BITS : IPV6_BITS);
    buf_add(text, (struct span){(const char *)&net, sizeof(net)});
    buf_add(text, s->m->sender);
    buf_add_byte(text, '\0');
    buf_add(text, s->m->recipient);
    return hash_bytes(s->c->key, text->ptr, text->len);
}

static void
put_off(const struct step *s)
{
    struct table *t = &s->c->waiting;
    uint64_t key = triplet_of(s);
    uint32_t *kept;

    s->c->put_off += s->times;
    if (table_is_full(t) && !table_find(t, &key)) {
        table_remove(t, table_oldest(t));
        s->c->forgotten++;
    }
    kept = table_put(t, &key);
    *kept = 1;
}

static void
passed(const struct step *s)
{
    uint64_t key = triplet_of(s);
    void *kept = table_find(&s->c->waiting, &key);

    s->c->passed += s->times;
    delays_add(&s->c->waited, s->m->delay_us, s->times);
    if (kept)
        table_remove(&s->c->waiting, kept);
}

static void
of_greylist(const struct step *s)
{
    if (span_eq(s->m->status, SPAN("greylist")))
        put_off(s);
    else if (span_eq(s->m->stage, SPAN("triplet found")) && s->m->delay_us > 0)
        passed(s);
    else if (span_eq(s->m->status, SPAN("pass")))
        s->c->known += s->times;
}

/* --- lists --- */

static void
of_dnsbl(const struct step *s)
{
    struct checks_list *l = texts_put(&s->c->lists, s->m->subject);

    if (l)
        l->hits += s->times;
}

static void
of_reject(const struct step *s)
{
    struct span zone = mail_event_list(s->m);
    struct checks_list *l = zone.len ? texts_put(&s->c->lists, zone) : NULL;

    if (l)
        l->refused += s->times;
}

/* --- who the sender is --- */

static void
add_lower(struct buf *b, struct span text)
{
    size_t begin = b->len;

    buf_add(b, text);
    ascii_lower_all(b->ptr + begin, b->len - begin);
}

static void
of_result(const struct step *s, struct span check, struct span domain)
{
    static const char *const failures[] = {"fail", "softfail", "permerror"};
    struct checks *c = s->c;
    struct span result;

    begin_key(c, check);
    add_lower(&c->text, s->m->status);
    count(&c->results, buf_span(&c->text), s->times);
    result = span_from(buf_span(&c->text), check.len + 1);
    if (domain.len == 0 || !span_is_one_of(failures, ARRAY_LEN(failures), result))
        return;
    begin_key(c, check);
    add_lower(&c->text, domain);
    count(&c->failing, buf_span(&c->text), s->times);
}

static void
of_spf(const struct step *s)
{
    struct span domain = address_domain(s->m->sender);

    of_result(s, SPAN("SPF"), domain.len ? domain : s->m->helo);
}

static void
of_dkim(const struct step *s)
{
    of_result(s, SPAN("DKIM"), s->m->subject);
}

static void
of_dmarc(const struct step *s)
{
    of_result(s, SPAN("DMARC"), s->m->subject);
}

/* --- encryption --- */

/* "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)" */
static void
of_tls(const struct step *s)
{
    struct span rest = s->m->text, protocol, cipher = {0};
    struct checks *c = s->c;

    if (!span_word(&rest, &protocol))
        return;
    rest = span_trim(rest);
    if (span_take(&rest, SPAN("with cipher ")) && !span_word(&rest, &cipher))
        cipher = (struct span){0};
    begin_key(c, span_eq(s->m->stage, SPAN("to")) ? SPAN("out") : SPAN("in"));
    buf_add(&c->text, protocol);
    buf_add_byte(&c->text, '\0');
    buf_add(&c->text, cipher);
    count(&c->tls, buf_span(&c->text), s->times);
}

static void
of_tls_failed(const struct step *s)
{
    if (span_eq(s->m->daemon, SPAN("smtpd")))
        s->c->tls_failed_in += s->times;
    else
        s->c->tls_failed_out += s->times;
}

/* Services that speak TLS from the first byte on have no STARTTLS. */
static bool
is_wrapped(struct span service)
{
    return span_eq(service, SPAN("smtps")) || span_eq(service, SPAN("submissions"));
}

/* Of sessions in which mail was taken: "ehlo=2 starttls=1 mail=1 rcpt=1 data=1". */
static void
of_disconnect(const struct step *s)
{
    ptrdiff_t data = span_find(s->m->text, SPAN(" data="));
    struct span rest;

    if (data < 0)
        return;
    rest = span_from(s->m->text, (size_t)data + strlen(" data="));
    if (rest.len == 0 || rest.ptr[0] == '0')
        return;
    s->c->sessions += s->times;
    if (span_find(s->m->text, SPAN("starttls=1")) < 0 && !is_wrapped(s->m->service))
        s->c->plain_sessions += s->times;
}

static void
of_login(const struct step *s)
{
    s->c->logins += s->times;
    if (s->m->proto.len == 0)
        s->c->plain_logins += s->times;
}

/* --- postscreen --- */

static void
of_screen(const struct step *s)
{
    count(&s->c->tests, s->m->status, s->times);
}

/* --- the guard --- */

static void
of_ban(const struct step *s)
{
    struct checks_jail *j = texts_put(&s->c->jails, s->m->subject);

    if (!j)
        return;
    if (s->m->kind == MAIL_BAN)
        j->bans += s->times;
    else if (s->m->kind == MAIL_UNBAN)
        j->unbans += s->times;
    else
        j->observed += s->times;
}

static void
of_guard(const struct step *s)
{
    if (span_eq(s->m->status, SPAN("would-ban")))
        of_ban(s);
}

static void
of_gate(const struct step *s)
{
    count(&s->c->gate, s->m->subject, s->times);
}

typedef void line_fn(const struct step *s);

static line_fn *const by_kind[MAIL_KINDS] = {
    [MAIL_GREYLIST] = of_greylist,
    [MAIL_DNSBL] = of_dnsbl,
    [MAIL_REJECT] = of_reject,
    [MAIL_SPF] = of_spf,
    [MAIL_DKIM] = of_dkim,
    [MAIL_DMARC] = of_dmarc,
    [MAIL_TLS] = of_tls,
    [MAIL_TLS_FAILED] = of_tls_failed,
    [MAIL_DISCONNECT] = of_disconnect,
    [MAIL_LOGIN] = of_login,
    [MAIL_SCREEN_PASS] = of_screen,
    [MAIL_SCREEN_PREGREET] = of_screen,
    [MAIL_SCREEN_HANGUP] = of_screen,
    [MAIL_SCREEN_DNSBL] = of_screen,
    [MAIL_SCREEN_LISTED] = of_screen,
    [MAIL_SCREEN_TEST] = of_screen,
    [MAIL_BAN] = of_ban,
    [MAIL_UNBAN] = of_ban,
    [MAIL_GUARD] = of_guard,
    [MAIL_GATE_REFUSED] = of_gate,
};

bool
checks_has(enum mail_kind kind)
{
    return by_kind[kind];
}

void
checks_line(struct checks *c, const struct mail_line *m, uint32_t times)
{
    if (by_kind[m->kind])
        by_kind[m->kind](&(struct step){c, m, times});
}
