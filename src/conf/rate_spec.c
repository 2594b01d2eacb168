#include "conf/rate_spec.h"

#include "conf/value.h"

static const char *const part_names[RATE_PARTS] = {
    "client",           "sender",        "sender_domain", "recipient",
    "recipient_domain", "sasl_username", "helo",          "asn"};
static const char *const unit_names[RATE_UNITS] = {"messages", "recipients", "bytes",
                                                   "failures"};

static bool
read_rate_key(struct span word, struct rate_spec *rate)
{
    struct span name = word, bits = {0};
    bool has_bits = span_cut(word, SPAN("/"), &name, &bits);
    uint64_t n = 0;

    if (rate->key_count == RATE_KEYS_MAX || (has_bits && !span_u64(bits, 1, 128, &n)))
        return false;
    for (size_t i = 0; i < RATE_PARTS; i++)
        if (span_eq(name, span_of(part_names[i])) && (!has_bits || i == RATE_CLIENT)) {
            rate->keys[rate->key_count].part = (enum rate_part)i;
            rate->keys[rate->key_count++].bits = (uint8_t)n;
            return true;
        }
    return false;
}

static bool
read_rate_keys(struct span word, struct rate_spec *rate)
{
    struct span key;

    while (span_cut(word, SPAN("+"), &key, &word))
        if (!read_rate_key(key, rate))
            return false;
    return read_rate_key(word, rate);
}

/* A number, with K, M or G where bytes are counted. */
static bool
read_limit(struct span word, bool is_bytes, uint64_t *out)
{
    static const char steps[] = "KMG";
    const char *step =
        is_bytes && word.len > 1 ? strchr(steps, word.ptr[word.len - 1]) : NULL;
    uint64_t n;

    if (step && *step)
        word.len--;
    else
        step = NULL;
    if (!span_u64(word, 1, 1000000000, &n))
        return false;
    *out = step ? n << 10 * (step - steps + 1) : n;
    return true;
}

static bool
refuse(struct buf *why, struct span word, const char *what)
{
    buf_add_byte(why, '`');
    buf_escaped(why, span_head(word, 200));
    buf_printf(why, "` %s", what);
    return false;
}

bool
rate_spec_read(struct span keys, struct span limit, struct span per,
               struct rate_spec *out, struct buf *why)
{
    struct rate_spec rate = {0};
    struct span unit, time;
    size_t i = 0;

    if (!span_cut(per, SPAN("/"), &unit, &time))
        return refuse(why, per, "has no time; write messages/1h");
    if (!read_rate_keys(keys, &rate))
        return refuse(why, keys,
                      "is no key of a rate; write up to four of client, client/24, "
                      "asn, sender, sender_domain, recipient, recipient_domain, "
                      "sasl_username and helo, with + between them");
    while (i < RATE_UNITS && !span_eq(unit, span_of(unit_names[i])))
        i++;
    if (i == RATE_UNITS)
        return refuse(why, unit,
                      "is not counted; write messages, recipients, bytes or failures");
    rate.unit = (enum rate_unit)i;
    if (!read_limit(limit, i == RATE_BYTES, &rate.limit))
        return refuse(why, limit,
                      "is no number; write one from 1 to 1000000000, or 500M "
                      "of bytes");
    if (!value_time(time, &rate.window_s) || rate.window_s < 1 ||
        rate.window_s > INT64_C(31) * 86400)
        return refuse(why, time, "is no time; write one from 1s to 31d, as in 1h");
    *out = rate;
    return true;
}
