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
rates_init(struct rates *r, const struct rate_spec *spec)
{
    bool is_exact = spec->unit != RATE_BYTES && spec->limit <= RATES_EXACT;
    struct counters_form form = {.limit = is_exact ? (uint32_t)spec->limit + 1 : 1,
                                 .window_s = spec->window_s,
                                 .is_rate = !is_exact};

    *r = (struct rates){.spec = spec, .hash = hash_random_key()};
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
    for (size_t i = 0; i < part.len && k->len < sizeof(k->bytes); i++)
        k->bytes[k->len++] = ascii_lower(part.ptr[i]);
    if (k->len < sizeof(k->bytes))
        k->bytes[k->len++] = '\0';
}

bool
rates_key(const struct rates *r, const struct gate_request *request, struct addr *key)
{
    struct key_text text;

    text.len = 0; /* no more of it has to be cleared */
    for (size_t i = 0; i < r->spec->key_count; i++) {
        struct span part;
        struct addr client;

        if (r->spec->keys[i].part == RATE_CLIENT) {
            client = network_of(&request->client, r->spec->keys[i].bits);
            part = (struct span){(const char *)client.bytes,
                                 client.family == 0 ? 0 : sizeof(client.bytes)};
        } else {
            part = part_of(request, r->spec->keys[i].part);
        }
        if (part.len == 0)
            return false;
        add_part(&text, part);
    }
    *key = counters_account(hash_bytes_fast(r->hash, text.bytes, text.len));
    return true;
}

bool
rates_add(struct rates *r, const struct addr *key, uint64_t amount, int64_t now_s)
{
    uint32_t limit = limit_of(r->spec);
    struct rate_failure more = {.time_s = now_s, .now_s = now_s};
    struct level level;

    if (!r->counters.form.is_rate) {
        counters_add(&r->counters, key, counters_mark(now_s), &level);
    } else {
        if (r->spec->unit == RATE_BYTES)
            amount = (amount + UNIT_BYTES - 1) / UNIT_BYTES;
        more.retries = amount > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)amount;
        more.retries += more.retries == 0; /* 1.. */
        counters_estimate(&r->counters, key, &more, &level);
    }
    r->evicted += level.evicted.family != 0;
    return level.count > limit;
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
