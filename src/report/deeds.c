#include "report/deeds.h"

#include "base/clock.h"
#include "base/mem.h"
#include "report/address.h"

#define QUARTER_US (15 * MINUTE_US)

enum { LOGINS_MAX = 1000 /* of a session */ };

struct step {
    struct deeds *f;
    const struct mail_line *m;
    const struct deeds_ahead *ahead;
    int64_t wall_us;
    uint32_t times;
};

struct deeds *
deeds_new(void)
{
    struct deeds *f = mem_zalloc(1, sizeof(*f));

    f->budget.left = DEEDS_BUDGET_BYTES;
    texts_init(&f->addresses, &f->budget, sizeof(struct deeds_address),
               DEEDS_ADDRESSES_MAX);
    texts_init(&f->accounts, &f->budget, sizeof(struct deeds_account),
               DEEDS_ADDRESSES_MAX);
    texts_init(&f->destinations, &f->budget, sizeof(struct deeds_destination),
               DEEDS_DESTINATIONS_MAX);
    texts_init(&f->deferrals, &f->budget, sizeof(struct deeds_trouble),
               DEEDS_DESTINATIONS_MAX);
    texts_init(&f->bounces, &f->budget, sizeof(struct deeds_trouble),
               DEEDS_DESTINATIONS_MAX);
    f->quarter_from_us = INT64_MIN;
    return f;
}

void
deeds_free(struct deeds *f)
{
    if (!f)
        return;
    texts_fini(&f->addresses);
    texts_fini(&f->accounts);
    texts_fini(&f->destinations);
    texts_fini(&f->deferrals);
    texts_fini(&f->bounces);
    buf_fini(&f->key);
    mem_free(f);
}

/* Zones change at ends of quarters of an hour only. */
static void
count_hour(const struct step *s, enum deeds_flow flow)
{
    struct deeds *f = s->f;
    int64_t from_us = s->wall_us - s->wall_us % QUARTER_US;
    int offset_s;

    if (from_us != f->quarter_from_us) {
        offset_s = clock_local_offset_s(s->wall_us);
        f->quarter_from_us = from_us;
        f->quarter_hour =
            ((s->wall_us + offset_s * SECOND_US) % DAY_US + DAY_US) % DAY_US / HOUR_US;
    }
    f->hours[f->quarter_hour][flow] += s->times;
}

/* --- who attacks --- */

static bool
has_attacked(const struct deeds_address *a)
{
    return a->first_us != 0;
}

void
deeds_attack(struct deeds *f, int64_t wall_us, struct span address, enum word kind,
             uint32_t times)
{
    struct deeds_address *a = texts_put(&f->addresses, address);

    if (!a)
        return;
    a->kinds[kind - WORD_KIND_GUESSING] += times;
    if (a->first_us == 0 || wall_us < a->first_us)
        a->first_us = wall_us;
    if (wall_us > a->last_us)
        a->last_us = wall_us;
}

void
deeds_mark(struct deeds_address *a, enum word kind)
{
    a->found |= UINT32_C(1) << (kind - WORD_KIND_GUESSING);
}

void
deeds_found(struct deeds *f, struct span address, enum word kind)
{
    struct deeds_address *a = texts_find(&f->addresses, address);

    if (a && has_attacked(a))
        deeds_mark(a, kind);
}

enum word
deeds_guesses(const struct deeds_address *a)
{
    /* What several do together says more than what one does. */
    static const enum word order[] = {
        WORD_KIND_TAKEOVER, WORD_KIND_ROTATION, WORD_KIND_GANG,  WORD_KIND_DISTRIBUTED,
        WORD_KIND_NAMES,    WORD_KIND_SPREAD,   WORD_KIND_SPRAY, WORD_KIND_SLOW};

    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        if (a->found >> (order[i] - WORD_KIND_GUESSING) & 1)
            return order[i];
    return WORD_KIND_GUESSING;
}

/* By a simple rule, where nobody judges. That a sender is forged is no event. */
static void
count_attack(const struct step *s, enum word cause)
{
    enum word kind = cause_kind(cause);

    if (kind == WORD_NONE || s->m->address.len == 0 ||
        (s->f->is_judged && kind != WORD_KIND_FORGED))
        return;
    deeds_attack(s->f, s->wall_us, s->m->address, kind, s->times);
}

/* --- what stops him --- */

void
deeds_stops(const struct deeds *f, struct stops_sum sums[STOPPERS])
{
    memset(sums, 0, STOPPERS * sizeof(*sums));
    for (uint32_t i = 0; i < f->addresses.count; i++) {
        const struct deeds_address *a = texts_value(&f->addresses, i);

        stops_add(sums, &a->stop);
    }
}

static void
stop(const struct step *s, enum word by)
{
    struct deeds_address *a =
        s->m->address.len
            ? texts_put_hashed(&s->f->addresses, s->m->address, s->ahead->address)
            : NULL;

    if (a)
        stop_by(&a->stop, by, s->wall_us);
}

/* It did something. NULL when nothing that is counted by address was done before. */
static struct deeds_address *
see(const struct step *s)
{
    struct deeds_address *a =
        texts_find_hashed(&s->f->addresses, s->m->address, s->ahead->address);

    if (a)
        stop_see(&a->stop, s->wall_us);
    return a;
}

/* It was stopped, and that may be an attack. */
static void
stopped(const struct step *s, enum word cause)
{
    stop(s, cause);
    count_attack(s, cause);
}

static void
say(struct deeds_trouble *t, struct span text)
{
    if (t->said_len)
        return;
    t->said_len = (uint8_t)(text.len < DEEDS_SAID_MAX ? text.len : DEEDS_SAID_MAX);
    if (t->said_len)
        memcpy(t->said, text.ptr, t->said_len);
}

/* What cleanup refuses has no code of SMTP. */
static bool
is_for_good(const struct mail_line *m)
{
    return m->code ? m->code >= 500 : m->dsn.len && m->dsn.ptr[0] == '5';
}

static void
refused(const struct step *s)
{
    enum word cause = cause_of_refusal(s->m);
    bool is_last = is_for_good(s->m);

    s->f->refused[is_last][cause] += s->times;
    count_hour(s, is_last ? DEEDS_REJECTED : DEEDS_PUT_OFF);
    if (cause != WORD_BY_TROUBLE) {
        stopped(s, cause);
        return;
    }
    s->f->trouble.count += s->times;
    say(&s->f->trouble, s->m->text);
}

/* --- logins --- */

static struct deeds_account *
account_of(const struct step *s)
{
    return s->m->account.len
               ? texts_put_hashed(&s->f->accounts, s->m->account, s->ahead->account)
               : NULL;
}

static void
failed(const struct step *s)
{
    struct deeds_account *a = account_of(s);

    s->f->failures += s->times;
    count_hour(s, DEEDS_FAILURES);
    stopped(s, WORD_BY_PASSWORD);
    if (!a)
        return;
    a->failures += s->times;
    if (s->wall_us > a->failure_us)
        a->failure_us = s->wall_us;
}

static void
came_in(const struct step *s, struct deeds_account *a)
{
    struct span place = span_head(s->m->address, DEEDS_PLACE_MAX);

    if (!a || s->wall_us < a->login_us)
        return;
    a->login_us = s->wall_us;
    a->place_len = (uint8_t)place.len;
    if (place.len)
        memcpy(a->place, place.ptr, place.len);
}

static void
count_logins(const struct step *s, uint32_t logins)
{
    struct deeds_address *from = see(s);

    s->f->logins += (uint64_t)logins * s->times;
    for (uint32_t i = 0; i < logins; i++)
        count_hour(s, DEEDS_LOGINS);
    if (from && has_attacked(from))
        from->logins += logins * s->times;
}

static void
logged_in(const struct step *s)
{
    struct deeds_account *a = account_of(s);

    count_logins(s, 1);
    if (a)
        a->logins += s->times;
    came_in(s, a);
}

/* A message that somebody brings after a login. */
static void
submitted(const struct step *s)
{
    struct deeds_account *a = account_of(s);

    (void)see(s);
    if (a)
        a->messages += s->times;
    came_in(s, a);
}

/* smtpd tells of logins when the session ends: "auth=1", or "auth=1/2" when one of two
 * was right. */
static void
session_ended(const struct step *s)
{
    struct span word = s->m->status, good;
    uint64_t n;

    if (word.len == 0)
        return;
    if (!span_cut(word, SPAN("/"), &good, &word))
        good = word;
    if (span_u64(good, 1, LOGINS_MAX, &n))
        count_logins(s, (uint32_t)n);
}

static void
of_auth(const struct step *s)
{
    struct deeds_account *a = account_of(s);

    if (!a)
        return;
    if (s->m->kind == MAIL_ACCOUNT_UNKNOWN)
        a->unknown += s->times;
    else
        a->misses += s->times;
    if (s->wall_us > a->failure_us)
        a->failure_us = s->wall_us;
}

/* --- deliveries --- */

void
deeds_key(struct buf *key, struct span destination, enum word cause)
{
    enum { CAUSE_ROOM = 8 }; /* a key that is cut has a cause all the same */

    buf_clear(key);
    buf_add(key, span_head(destination, TEXTS_LEN_MAX - CAUSE_ROOM));
    buf_add_byte(key, '\0');
    buf_add_u64(key, (uint64_t)cause);
}

static void
count_trouble(const struct step *s, struct texts *texts, struct span to, enum word cause)
{
    struct deeds_trouble *t;

    deeds_key(&s->f->key, to, cause);
    t = texts_put(texts, buf_span(&s->f->key));
    if (!t)
        return;
    t->count += s->times;
    say(t, s->m->text);
}

enum word
deeds_cause(struct span key, struct span *destination)
{
    ptrdiff_t at = span_find_last(key, '\0');
    uint64_t n;

    if (at < 0 || !span_u64(span_from(key, (size_t)at + 1), 0, WORDS - 1, &n))
        bug("a key of troubles");
    *destination = span_head(key, (size_t)at);
    return (enum word)n;
}

static void
delivered(const struct step *s, struct deeds_destination *d)
{
    const struct mail_line *m = s->m;

    delays_add(&s->f->all, m->delay_us, s->times);
    for (size_t i = 0; i < MAIL_DELAYS; i++)
        delays_add(&s->f->stages[i], m->delays_us[i], s->times);
    if (!d)
        return;
    d->delivered += s->times;
    delays_add(&d->delays, m->delay_us, s->times);
}

static void
delivery(const struct step *s)
{
    struct span to = address_domain(s->m->recipient);
    struct deeds_destination *d =
        texts_put_hashed(&s->f->destinations, to, s->ahead->destination);

    if (s->m->outcome == MAIL_SENT) {
        delivered(s, d);
    } else if (s->m->outcome == MAIL_DEFERRED) {
        if (d)
            d->deferred += s->times;
        count_trouble(s, &s->f->deferrals, to, cause_of_deferral(s->m));
    } else if (s->m->outcome == MAIL_BOUNCED) {
        if (d)
            d->bounced += s->times;
        count_trouble(s, &s->f->bounces, to, cause_of_bounce(s->m));
    }
}

/* --- lines --- */

static void
count_kind(const struct step *s)
{
    switch ((int)s->m->kind) {
    case MAIL_REJECT:
        refused(s);
        break;
    case MAIL_AUTH_FAILED:
        failed(s);
        break;
    case MAIL_LOGIN:
        logged_in(s);
        break;
    case MAIL_CLIENT:
        submitted(s);
        break;
    case MAIL_DISCONNECT:
        session_ended(s);
        break;
    case MAIL_ACCOUNT_UNKNOWN:
    case MAIL_PASSWORD_WRONG:
        of_auth(s);
        break;
    case MAIL_SCREEN_PREGREET:
        stopped(s, WORD_BY_SCREEN);
        break;
    case MAIL_SCREEN_DNSBL:
    case MAIL_SCREEN_LISTED:
        stop(s, WORD_BY_SCREEN);
        break;
    case MAIL_SCREEN_TEST:
        stopped(s, WORD_BY_PROTOCOL);
        break;
    case MAIL_LIMIT:
        stopped(s, WORD_BY_RATE);
        break;
    case MAIL_BAN:
        stop(s, WORD_BY_BAN);
        break;
    case MAIL_GATE_REFUSED:
        stop(s, WORD_BY_GATE);
        break;
    case MAIL_DELIVERY:
        delivery(s);
        break;
    case MAIL_EXPIRED:
        s->f->expired += s->times;
        break;
    default:
        break;
    }
}

bool
deeds_has(enum mail_kind kind)
{
    static const uint64_t kinds =
        UINT64_C(1) << MAIL_REJECT | UINT64_C(1) << MAIL_AUTH_FAILED |
        UINT64_C(1) << MAIL_LOGIN | UINT64_C(1) << MAIL_CLIENT |
        UINT64_C(1) << MAIL_DISCONNECT | UINT64_C(1) << MAIL_ACCOUNT_UNKNOWN |
        UINT64_C(1) << MAIL_PASSWORD_WRONG | UINT64_C(1) << MAIL_SCREEN_PREGREET |
        UINT64_C(1) << MAIL_SCREEN_DNSBL | UINT64_C(1) << MAIL_SCREEN_LISTED |
        UINT64_C(1) << MAIL_SCREEN_TEST | UINT64_C(1) << MAIL_LIMIT |
        UINT64_C(1) << MAIL_BAN | UINT64_C(1) << MAIL_GATE_REFUSED |
        UINT64_C(1) << MAIL_DELIVERY | UINT64_C(1) << MAIL_EXPIRED;

    _Static_assert((int)MAIL_KINDS <= 64, "a bit for each kind");
    return kinds >> kind & 1;
}

/* Most ends of sessions are neither of a login nor an attack: what they will be looked up
 * by is only hashed. */
void
deeds_expect(const struct deeds *f, const struct mail_line *m, struct deeds_ahead *a)
{
    a->texts.count = 0;
    a->address = texts_hash(&f->budget, m->address);
    if (m->kind == MAIL_DELIVERY) {
        a->destination = texts_hash(&f->budget, address_domain(m->recipient));
        texts_expect(&a->texts, &f->destinations, a->destination);
        return;
    }
    if (m->kind == MAIL_DISCONNECT)
        return;
    texts_expect(&a->texts, &f->addresses, a->address);
    if (m->account.len == 0)
        return;
    a->account = texts_hash(&f->budget, m->account);
    texts_expect(&a->texts, &f->accounts, a->account);
}

void
deeds_do(struct deeds *f, int64_t wall_us, const struct mail_line *m, uint32_t times,
         const struct deeds_ahead *a)
{
    struct step s = {f, m, a, wall_us, times};

    count_kind(&s);
}

void
deeds_see(struct deeds_seen *s, int64_t wall_us, const struct mail_line *m,
          uint32_t times)
{
    s->lines += times;
    if (m->kind != MAIL_FOREIGN && (s->first_us == 0 || wall_us < s->first_us))
        s->first_us = wall_us;
    if (m->kind != MAIL_FOREIGN && wall_us > s->last_us)
        s->last_us = wall_us;
    s->unknown += m->kind == MAIL_UNKNOWN ? times : 0;
    s->foreign += m->kind == MAIL_FOREIGN ? times : 0;
}

void
deeds_add_seen(struct deeds *f, const struct deeds_seen *s)
{
    f->lines += s->lines;
    if (f->first_us == 0 || (s->first_us && s->first_us < f->first_us))
        f->first_us = s->first_us;
    if (s->last_us > f->last_us)
        f->last_us = s->last_us;
    f->unknown += s->unknown;
    f->foreign += s->foreign;
}

void
deeds_line(struct deeds *f, int64_t wall_us, const struct mail_line *m, uint32_t times)
{
    struct deeds_seen seen = {0};
    struct deeds_ahead ahead;

    deeds_see(&seen, wall_us, m, times);
    deeds_add_seen(f, &seen);
    if (!deeds_has(m->kind))
        return;
    deeds_expect(f, m, &ahead);
    texts_fetch(&ahead.texts);
    deeds_do(f, wall_us, m, times, &ahead);
}
