#include "gate/accounts.h"

#include "base/ascii.h"
#include "base/clock.h"

/* Padded with zeros, so that equal ones have equal bytes. */
struct account_key {
    uint16_t len;
    char name[ACCOUNT_NAME_MAX];
};

struct minute {
    int64_t number; /* since boot */
    uint32_t messages, recipients;
};

struct account {
    bool is_told[CURB_KINDS], is_on[CURB_KINDS];
    int64_t until_us[CURB_KINDS];
    uint32_t messages, recipients; /* the most within an hour */
    struct minute minutes[ACCOUNT_MINUTES];
    uint64_t counted[ACCOUNT_MESSAGES_MAX]; /* messages, by a hash; the last ones */
    size_t counted_next;
};

void
accounts_init(struct accounts *a)
{
    *a = (struct accounts){.hash = hash_random_key()};
    /* Those that were told and those that are being told. */
    table_init(&a->table, sizeof(struct account_key), sizeof(struct account),
               2 * CURBS_MAX);
}

void
accounts_fini(struct accounts *a)
{
    table_fini(&a->table);
}

static struct account_key
key_of(struct span name)
{
    struct account_key key = {0};

    name = span_head(name, sizeof(key.name));
    key.len = (uint16_t)name.len;
    for (size_t i = 0; i < name.len; i++)
        key.name[i] = ascii_lower(name.ptr[i]);
    return key;
}

/* --- what judge tells --- */

void
accounts_begin(struct accounts *a)
{
    for (struct account *x = table_oldest(&a->table); x; x = table_next(&a->table, x))
        memset(x->is_told, 0, sizeof(x->is_told));
}

void
accounts_put(struct accounts *a, const struct account_curb *told)
{
    struct account_key key = key_of(told->account);
    struct account *x = table_put(&a->table, &key);

    if (!x) /* judge tells no more than CURBS_MAX */
        return;
    x->is_told[told->kind] = x->is_on[told->kind] = true;
    x->until_us[told->kind] = told->until_us;
    if (told->kind == CURB_LIMIT) {
        x->messages = told->messages;
        x->recipients = told->recipients;
    }
}

void
accounts_settle(struct accounts *a)
{
    struct account *next;

    for (struct account *x = table_oldest(&a->table); x; x = next) {
        bool is_left = false;

        next = table_next(&a->table, x);
        for (int kind = 0; kind < CURB_KINDS; kind++) {
            x->is_on[kind] = x->is_told[kind];
            is_left |= x->is_on[kind];
            x->is_told[kind] = false;
        }
        if (!is_left)
            table_remove(&a->table, x);
    }
}

/* --- what becomes of mail --- */

static bool
is_on(const struct account *x, enum curb_kind kind, int64_t now_us)
{
    return x->is_on[kind] && (x->until_us[kind] < 0 || x->until_us[kind] > now_us);
}

/* Of a message that cannot be told from others: 0. */
static uint64_t
message_of(const struct accounts *a, const struct gate_request *r)
{
    struct span instance = r->values[GATE_INSTANCE];
    uint64_t hash = hash_bytes(a->hash, instance.ptr, instance.len);

    return instance.len == 0 ? 0 : hash ? hash : 1;
}

static bool
was_counted(const struct account *x, uint64_t message)
{
    for (size_t i = 0; message && i < ACCOUNT_MESSAGES_MAX; i++)
        if (x->counted[i] == message)
            return true;
    return false;
}

static struct minute
within_hour(const struct account *x, int64_t now)
{
    struct minute sum = {0};

    for (size_t i = 0; i < ACCOUNT_MINUTES; i++)
        if (x->minutes[i].number > now - ACCOUNT_MINUTES) {
            sum.messages += x->minutes[i].messages;
            sum.recipients += x->minutes[i].recipients;
        }
    return sum;
}

/* A minute that was never counted in must not look like the first one. */
static int64_t
minute_of(int64_t now_us)
{
    return now_us / (60 * SECOND_US) + ACCOUNT_MINUTES;
}

static void
count(struct account *x, int64_t now, const struct minute *more, uint64_t message)
{
    struct minute *m = &x->minutes[now % ACCOUNT_MINUTES];

    if (m->number != now)
        *m = (struct minute){.number = now};
    m->messages += more->messages;
    m->recipients += more->recipients;
    if (message && more->messages)
        x->counted[x->counted_next++ % ACCOUNT_MESSAGES_MAX] = message;
}

/* Whether there is room for what the request is about, which is counted then. */
static bool
take(struct account *x, const struct gate_request *r, uint64_t message, int64_t now_us,
     bool is_try)
{
    int64_t now = minute_of(now_us);
    bool is_rcpt = r->state == GATE_AT_RCPT, is_known = was_counted(x, message);
    struct minute sum = within_hour(x, now);
    struct minute more = {.messages = !is_known && (!is_rcpt || message),
                          .recipients = is_rcpt || !is_known};

    if (!is_rcpt && !is_known && r->recipient_count > 1)
        more.recipients = r->recipient_count < x->recipients
                              ? (uint32_t)r->recipient_count
                              : x->recipients + 1;
    if (sum.messages + more.messages > x->messages ||
        sum.recipients + more.recipients > x->recipients)
        return false;
    if (!is_try)
        count(x, now, &more, message);
    return true;
}

static enum accounts_word
look(struct accounts *a, const struct gate_request *r, int64_t now_us, bool is_try)
{
    struct account_key key;
    struct account *x;

    if (a->table.count == 0 || r->values[GATE_SASL_USERNAME].len == 0 ||
        (r->state != GATE_AT_RCPT && r->state != GATE_AT_DATA && r->state != GATE_AT_END))
        return ACCOUNTS_FREE;
    key = key_of(r->values[GATE_SASL_USERNAME]);
    x = table_find(&a->table, &key);
    if (!x)
        return ACCOUNTS_FREE;
    if (is_on(x, CURB_LIMIT, now_us)) {
        if (!take(x, r, message_of(a, r), now_us, is_try))
            return ACCOUNTS_OVER;
        a->counted += !is_try;
    }
    return is_on(x, CURB_HOLD, now_us) ? ACCOUNTS_HELD : ACCOUNTS_FREE;
}

enum accounts_word
accounts_ask(struct accounts *a, const struct gate_request *r, int64_t now_us)
{
    enum accounts_word word = look(a, r, now_us, false);

    a->held += word == ACCOUNTS_HELD;
    a->limited += word == ACCOUNTS_OVER;
    return word;
}

enum accounts_word
accounts_try(struct accounts *a, const struct gate_request *r, int64_t now_us)
{
    return look(a, r, now_us, true);
}

/* --- over a restart --- */

void
accounts_print_used(const struct accounts *a, int64_t now_us, struct buf *out)
{
    int64_t since = minute_of(now_us) - ACCOUNT_MINUTES;

    for (struct account *x = table_oldest(&a->table); x; x = table_next(&a->table, x)) {
        const struct account_key *key = table_key(&a->table, x);
        size_t before = out->len;

        for (size_t i = 0; i < ACCOUNT_MINUTES; i++)
            if (x->minutes[i].number > since)
                buf_printf(out, "%lld %u %u ", (long long)x->minutes[i].number,
                           x->minutes[i].messages, x->minutes[i].recipients);
        if (out->len == before)
            continue;
        buf_add_byte(out, '\t');
        buf_add(out, (struct span){key->name, key->len});
        buf_add_byte(out, '\n');
    }
}

static bool
take_minute(struct span *rest, struct minute *out)
{
    struct span number, messages, recipients;
    uint64_t n[3];

    if (!span_word(rest, &number) || !span_word(rest, &messages) ||
        !span_word(rest, &recipients) ||
        !span_u64(number, ACCOUNT_MINUTES, INT64_MAX / (60 * SECOND_US), &n[0]) ||
        !span_u64(messages, 0, UINT32_MAX / 2, &n[1]) ||
        !span_u64(recipients, 0, UINT32_MAX / 2, &n[2]))
        return false;
    *out = (struct minute){(int64_t)n[0], (uint32_t)n[1], (uint32_t)n[2]};
    return true;
}

bool
accounts_read_used(struct accounts *a, struct span line)
{
    struct span minutes, name;
    struct account_key key;
    struct account *x;
    struct minute m;

    if (!span_cut(line, SPAN("\t"), &minutes, &name) || name.len == 0 ||
        name.len > ACCOUNT_NAME_MAX)
        return false;
    key = key_of(name);
    x = table_put(&a->table, &key);
    minutes = span_trim(minutes);
    while (x && minutes.len) {
        if (!take_minute(&minutes, &m))
            return false;
        x->minutes[m.number % ACCOUNT_MINUTES] = m;
    }
    return x != NULL;
}

uint32_t
accounts_count(const struct accounts *a, enum curb_kind kind, int64_t now_us)
{
    uint32_t n = 0;

    for (const struct account *x = table_oldest(&a->table); x;
         x = table_next(&a->table, x))
        n += is_on(x, kind, now_us);
    return n;
}
