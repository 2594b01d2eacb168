#include "gate/rates.h"

#include "base/ascii.h"
#include "gate/names.h"

enum {
    KEY_BYTES_MAX = 1024, /* of all parts; what is longer is cut, and shares a key */
    UNIT_BYTES = 1024,    /* bytes are counted in these */
};

/* In the units that are counted. */
static uint32_t
limit_of(const struct rate_spec *spec)
{
    uint64_t n = spec->limit;

    if (spec->unit == RATE_BYTES)
        n = (n + UNIT_BYTES - 1) / UNIT_BYTES;
    return n > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)n;
}

void
rates_init(struct rates *r, const struct rate_spec *spec, const struct as_db *asns)
{
    bool is_exact = spec->unit != RATE_BYTES && spec->limit <= RATES_EXACT;
    struct counters_form form = {.limit = is_exact ? (uint32_t)spec->limit + 1 : 1,
                                 .window_s = spec->window_s,
                                 .is_rate = !is_exact};

    *r = (struct rates){.spec = spec, .asns = asns, .hash = hash_random_key()};
    counters_init(&r->counters, &form, RATES_KEYS_MAX);
}

void
rates_fini(struct rates *r)
{
    if (r->spec)
        counters_fini(&r->counters);
    *r = (struct rates){0};
}

/* Networks of the other family are whole addresses for IPv4, and /64 for IPv6. */
static struct addr
network_of(const struct addr *client, unsigned bits)
{
    if (bits == 0)
        return *client;
    if (client->family == 6)
        return addr_mask(*client, bits > 32 ? bits : 64);
    return addr_mask(*client, bits);
}

static struct span
part_of(const struct gate_request *r, enum rate_part part)
{
    switch (part) {
    case RATE_SENDER:
        return r->values[GATE_SENDER];
    case RATE_SENDER_DOMAIN:
        return names_domain(r->values[GATE_SENDER]);
    case RATE_RECIPIENT:
        return r->values[GATE_RECIPIENT];
    case RATE_RECIPIENT_DOMAIN:
        return names_domain(r->values[GATE_RECIPIENT]);
    case RATE_SASL_USERNAME:
        return r->values[GATE_SASL_USERNAME];
    case RATE_HELO:
        return r->values[GATE_HELO_NAME];
    case RATE_CLIENT:
    case RATE_ASN:
    case RATE_PARTS:
        break;
    }
    return (struct span){0};
}

struct key_text {
    char bytes[KEY_BYTES_MAX];
    size_t len;
};

static void
add_part(struct key_text *k, struct span part)
{
    part = span_head(part, sizeof(k->bytes) - k->len);
    for (size_t i = 0; i < part.len; i++)
        k->bytes[k->len++] = part.ptr[i];
    if (k->len < sizeof(k->bytes))
        k->bytes[k->len++] = '\0';
}

/* Without regard to case; bytes of addresses have none. */
static void
add_text(struct key_text *k, struct span part)
{
    size_t begin = k->len;

    add_part(k, part);
    ascii_lower_all(k->bytes + begin, k->len - begin);
}

/* Whose network it is, with what else comes from there: its AS, or what stands for it. */
static struct addr
area_of(const struct rates *r, const struct addr *client, uint32_t *as)
{
    *as = 0;
    if (as_db_find(r->asns, client, as))
        return (struct addr){0};
    return network_of(client, client->family == 6 ? 64 : 24);
}

/* False: the client is not known. */
static bool
add_client(const struct rates *r, size_t key, const struct addr *client,
           struct key_text *text)
{
    struct addr network;
    uint32_t as = 0;

    if (client->family == 0)
        return false;
    network = r->spec->keys[key].part == RATE_ASN
                  ? area_of(r, client, &as)
                  : network_of(client, r->spec->keys[key].bits);
    if (as)
        add_part(text, (struct span){(const char *)&as, sizeof(as)});
    else
        add_part(text, (struct span){(const char *)network.bytes, sizeof(network.bytes)});
    return true;
}

bool
rates_key(const struct rates *r, const struct gate_request *request, struct addr *key)
{
    struct key_text text;

    text.len = 0; /* no more of it has to be cleared */
    for (size_t i = 0; i < r->spec->key_count; i++) {
        enum rate_part part = r->spec->keys[i].part;
        struct span value = part_of(request, part);

        if (part == RATE_CLIENT || part == RATE_ASN) {
            if (!add_client(r, i, &request->client, &text))
                return false;
        } else if (value.len) {
            add_text(&text, value);
        } else {
            return false;
        }
    }
    *key = counters_account(hash_bytes_fast(r->hash, text.bytes, text.len));
    return true;
}

/* In the units that are counted, 1.. */
static uint32_t
units_of(const struct rates *r, uint64_t amount)
{
    if (r->spec->unit == RATE_BYTES)
        amount = (amount + UNIT_BYTES - 1) / UNIT_BYTES;
    return amount > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)amount + (amount == 0);
}

bool
rates_add(struct rates *r, const struct addr *key, uint64_t amount, int64_t now_s)
{
    uint32_t limit = limit_of(r->spec);
    struct rate_failure more = {.time_s = now_s, .now_s = now_s, .retries = 1};
    struct level level;

    if (!r->counters.form.is_rate) {
        counters_add(&r->counters, key, counters_mark(now_s), &level);
    } else {
        more.retries = units_of(r, amount);
        counters_estimate(&r->counters, key, &more, &level);
    }
    r->evicted += level.evicted.family != 0;
    if (r->watch)
        r->watch->fn(r->watch->ctx, r, key, more.retries, now_s);
    return level.count > limit;
}

void
rates_share(struct rates *r, struct hash_key hash, uint64_t id,
            const struct rates_watch *watch)
{
    r->hash = hash;
    r->id = id;
    r->watch = watch;
}

void
rates_merge(struct rates *r, const struct addr *key, uint32_t amount, int64_t time_s,
            int64_t now_s)
{
    struct rate_failure more = {
        .time_s = time_s < now_s ? time_s : now_s, .now_s = now_s, .retries = amount};
    uint32_t most = r->counters.form.limit;
    struct level level = {0};

    if (amount == 0 || now_s - more.time_s > r->spec->window_s)
        return;
    if (r->counters.form.is_rate)
        counters_estimate(&r->counters, key, &more, &level);
    for (uint32_t i = 0; !r->counters.form.is_rate && i < amount && i < most; i++) {
        counters_add(&r->counters, key, counters_mark(more.time_s), &level);
        r->evicted += level.evicted.family != 0;
    }
}

bool
rates_is_full(const struct rates *r, const struct addr *key, int64_t now_s)
{
    struct level level;

    return counters_level(&r->counters, key, now_s, &level) &&
           level.count >= limit_of(r->spec);
}

bool
rates_is_over(struct rates *r, const struct addr *key, int64_t now_s)
{
    struct level level;

    return counters_level(&r->counters, key, now_s, &level) &&
           level.count > limit_of(r->spec);
}
