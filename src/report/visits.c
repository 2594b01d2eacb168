#include "report/visits.h"

#include "base/clock.h"
#include "base/mem.h"

enum { IPV4_BITS = 24, IPV6_BITS = 64 };

#define PENDING_US DAY_US

/* A line on its way. */
struct step {
    struct visits *v;
    const struct mail_line *m;
    const struct visits_ahead *ahead;
    int64_t wall_us;
    uint32_t times;
    bool is_counted; /* of the time that the report tells about */
};

void
visits_init(struct visits *v, int64_t from_us)
{
    *v = (struct visits){.budget.left = VISITS_BUDGET_BYTES, .from_us = from_us};
    texts_init(&v->pairs, &v->budget, sizeof(struct visit), VISITS_MAX);
    texts_init(&v->accounts, &v->budget, sizeof(struct visits_account), VISITS_MAX);
    table_init(&v->pending, sizeof(uint64_t), sizeof(struct visits_pending),
               VISITS_PENDING_MAX);
    table_init(&v->queue, sizeof(uint64_t), sizeof(uint32_t), VISITS_QUEUE_MAX);
    v->key = hash_random_key();
}

void
visits_fini(struct visits *v)
{
    texts_fini(&v->pairs);
    texts_fini(&v->accounts);
    table_fini(&v->pending);
    table_fini(&v->queue);
    buf_fini(&v->text);
}

/* The value of a key; the one used longest ago makes room. */
static void *
put(struct table *t, uint64_t key)
{
    if (table_is_full(t) && !table_find(t, &key))
        table_remove(t, table_oldest(t));
    return table_put(t, &key);
}

void
visits_key(struct buf *key, struct span account, const struct addr *place)
{
    buf_clear(key);
    buf_add(key, span_head(account, VISITS_ACCOUNT_MAX));
    buf_add_byte(key, '\0');
    buf_add(key, (struct span){(const char *)place, sizeof(*place)});
}

struct span
visits_account_of(struct span key, struct addr *place)
{
    must(key.len > sizeof(*place));
    memcpy(place, key.ptr + key.len - sizeof(*place), sizeof(*place));
    return span_head(key, key.len - sizeof(*place) - 1);
}

bool
visits_is_new(const struct visit *visit)
{
    return visit->is_new && visit->logins;
}

double
visits_account_worth(const void *value)
{
    const struct visits_account *a = value;

    return (double)a->messages;
}

uint32_t
visits_failures(const struct visit *visit)
{
    return visit->failures[VISITS_SERVICE] > visit->failures[VISITS_AUTH]
               ? visit->failures[VISITS_SERVICE]
               : visit->failures[VISITS_AUTH];
}

/* Makes v->text the key of account and place. */
static void
make_key(const struct step *s)
{
    visits_key(&s->v->text, s->m->account, &s->ahead->place);
}

static uint64_t
hash_of_key(const struct step *s)
{
    return hash_bytes(s->v->key, s->v->text.ptr, s->v->text.len);
}

/* --- logins --- */

/* The first login there: what failed shortly before was the same person, or guessed. */
static void
take_pending(const struct step *s, struct visit *visit)
{
    uint64_t key = hash_of_key(s);
    struct visits_pending *p = table_find(&s->v->pending, &key);

    if (!p)
        return;
    if (s->wall_us - p->last_us <= PENDING_US) {
        memcpy(visit->failures, p->failures, sizeof(p->failures));
        visit->failed_us = p->last_us;
        visit->before = visits_failures(visit);
    }
    table_remove(&s->v->pending, p);
}

static void
first_login(const struct step *s, struct visit *visit, bool is_known)
{
    struct span address = span_head(s->m->address, VISITS_ADDRESS_MAX);

    visit->first_us = s->wall_us;
    visit->is_new = is_known;
    visit->address_len = (uint8_t)address.len;
    memcpy(visit->address, address.ptr, address.len);
    take_pending(s, visit);
}

/* The number of an account in `accounts`; false when there is no room. */
static bool
number_of(struct visits *v, struct span account, uint32_t *number)
{
    struct visits_account *a = texts_put(&v->accounts, account);

    if (!a)
        return false;
    *number = texts_number(&v->accounts, a);
    return true;
}

static void
logged_in(const struct step *s)
{
    struct visits_account *a;
    struct visit *visit;

    if (!s->ahead->is_visit)
        return;
    make_key(s);
    visit = texts_put_hashed(&s->v->pairs, buf_span(&s->v->text), s->ahead->pair);
    a = texts_put_hashed(&s->v->accounts, s->m->account, s->ahead->account);
    if (!visit || !a)
        return;
    if (visit->first_us == 0)
        first_login(s, visit, a->is_known);
    a->is_known = true;
    visit->last_us = s->wall_us;
    if (s->is_counted)
        visit->logins += s->times;
}

static void
failed(const struct step *s, enum visits_teller teller)
{
    struct visit *visit;
    struct visits_pending *p;

    if (!s->ahead->is_visit)
        return;
    make_key(s);
    visit = texts_find_hashed(&s->v->pairs, buf_span(&s->v->text), s->ahead->pair);
    if (visit) {
        visit->failed_us = s->wall_us;
        if (s->is_counted)
            visit->failures[teller] += s->times;
        return;
    }
    p = put(&s->v->pending, hash_of_key(s));
    if (s->wall_us - p->last_us > PENDING_US)
        *p = (struct visits_pending){0};
    p->last_us = s->wall_us;
    p->failures[teller] += s->times;
}

/* --- what is sent --- */

static uint64_t
hash_of_id(const struct step *s)
{
    return hash_bytes(s->v->key, s->m->queue_id.ptr, s->m->queue_id.len);
}

static void
handed_in(const struct step *s)
{
    uint32_t number, *kept;

    if (s->m->account.len == 0)
        return;
    logged_in(s);
    if (!s->is_counted || !number_of(s->v, s->m->account, &number))
        return;
    kept = put(&s->v->queue, hash_of_id(s));
    *kept = number;
}

/* The queue manager has it: with its recipients and its size. */
static void
queued(const struct step *s)
{
    struct visits_account *a;
    uint64_t key;
    uint32_t *number;

    if (s->v->queue.count == 0)
        return;
    key = hash_of_id(s);
    number = table_find(&s->v->queue, &key);
    if (!number)
        return;
    a = texts_value(&s->v->accounts, *number);
    a->messages += s->times;
    a->recipients += s->m->nrcpt > 0 ? (uint64_t)s->m->nrcpt * s->times : 0;
    a->bytes += s->m->size > 0 ? (uint64_t)s->m->size * s->times : 0;
    table_remove(&s->v->queue, number);
}

bool
visits_has(enum mail_kind kind)
{
    static const uint64_t kinds = UINT64_C(1) << MAIL_LOGIN | UINT64_C(1) << MAIL_CLIENT |
                                  UINT64_C(1) << MAIL_QUEUED |
                                  UINT64_C(1) << MAIL_AUTH_FAILED |
                                  UINT64_C(1) << MAIL_PASSWORD_WRONG;

    _Static_assert((int)MAIL_KINDS <= 64, "a bit for each kind");
    return kinds >> kind & 1;
}

void
visits_expect(struct visits *v, const struct mail_line *m, struct visits_ahead *a)
{
    a->texts.count = 0;
    a->is_visit =
        visits_has(m->kind) && m->account.len && addr_parse(m->address, &a->place);
    if (!a->is_visit)
        return;
    a->place = addr_mask(a->place, a->place.family == 4 ? IPV4_BITS : IPV6_BITS);
    visits_key(&v->text, m->account, &a->place);
    a->pair = texts_hash(&v->budget, buf_span(&v->text));
    a->account = texts_hash(&v->budget, m->account);
    texts_expect(&a->texts, &v->pairs, a->pair);
    texts_expect(&a->texts, &v->accounts, a->account);
}

void
visits_expected(struct visits *v, int64_t wall_us, const struct mail_line *m,
                uint32_t times, const struct visits_ahead *a)
{
    struct step s = {v, m, a, wall_us, times, wall_us >= v->from_us};

    switch ((int)m->kind) {
    case MAIL_LOGIN:
        logged_in(&s);
        break;
    case MAIL_CLIENT:
        handed_in(&s);
        break;
    case MAIL_QUEUED:
        queued(&s);
        break;
    case MAIL_AUTH_FAILED:
        failed(&s, VISITS_SERVICE);
        break;
    case MAIL_PASSWORD_WRONG:
        failed(&s, VISITS_AUTH);
        break;
    default:
        break;
    }
}

void
visits_line(struct visits *v, int64_t wall_us, const struct mail_line *m, uint32_t times)
{
    struct visits_ahead a;

    visits_expect(v, m, &a);
    texts_fetch(&a.texts);
    visits_expected(v, wall_us, m, times, &a);
}
