#include "conf/dns_filter.h"

static bool
take_number(struct span *s, unsigned max, unsigned *out)
{
    uint64_t n;
    size_t digits = 0;

    while (digits < s->len && digits < 5 && s->ptr[digits] >= '0' &&
           s->ptr[digits] <= '9')
        digits++;
    if (!span_u64(span_head(*s, digits), 0, max, &n))
        return false;
    *s = span_from(*s, digits);
    *out = (unsigned)n;
    return true;
}

static bool
take_range(struct span *s, uint32_t octet[8])
{
    unsigned first, last;

    if (!take_number(s, 255, &first))
        return false;
    last = first;
    if (span_take(s, SPAN("..")) && !take_number(s, 255, &last))
        return false;
    for (unsigned n = first; n <= last; n++)
        octet[n / 32] |= UINT32_C(1) << n % 32;
    return first <= last;
}

static bool
take_octet(struct span *s, uint32_t octet[8])
{
    unsigned n;

    if (!span_take(s, SPAN("["))) {
        if (!take_number(s, 255, &n))
            return false;
        octet[n / 32] |= UINT32_C(1) << n % 32;
        return true;
    }
    do
        if (!take_range(s, octet))
            return false;
    while (span_take(s, SPAN(";")));
    return span_take(s, SPAN("]"));
}

static bool
read_filter(struct span s, struct dns_filter *out)
{
    *out = (struct dns_filter){0};
    for (int i = 0; i < 4; i++)
        if ((i > 0 && !span_take(&s, SPAN("."))) || !take_octet(&s, out->octets[i]))
            return false;
    return s.len == 0;
}

static bool
read_weight(struct span s, int *out)
{
    bool is_negative = span_take(&s, SPAN("-"));
    unsigned n;

    if (!take_number(&s, DNS_WEIGHT_MAX, &n) || s.len != 0)
        return false;
    *out = is_negative ? -(int)n : (int)n;
    return true;
}

static bool
refuse(struct span text, const char *what, struct buf *why)
{
    buf_add_text(why, "the list `");
    buf_escaped(why, span_head(text, 200));
    buf_printf(why, "` %s", what);
    return false;
}

bool
dns_spec_read(struct span text, bool may_weigh, struct dns_spec *out, struct buf *why)
{
    struct dns_spec spec = {.filter.is_any = true, .weight = 1};
    struct span zone = text, filter, weight;

    if (span_cut(zone, SPAN("*"), &zone, &weight)) {
        if (!may_weigh)
            return refuse(text, "has a weight; weights are for `dns_lists`", why);
        if (!read_weight(weight, &spec.weight))
            return refuse(text, "has no weight; write ZONE*3 or ZONE*-2, up to 1000",
                          why);
    }
    if (span_cut(zone, SPAN("="), &zone, &filter) && !read_filter(filter, &spec.filter))
        return refuse(
            text, "has no filter; write ZONE=127.0.0.2 or ZONE=127.0.0.[2..11;15]", why);
    if (zone.len > DNS_ZONE_MAX || !host_is_name(zone))
        return refuse(text, "is no name; write that of a zone, as in zen.example.org",
                      why);
    spec.zone = host_key_of(zone);
    *out = spec;
    return true;
}

enum dns_listing
dns_filter_look(const struct dns_filter *f, const struct addr *answer)
{
    const uint8_t *b = answer->bytes;

    if (answer->family != 4 || b[0] != 127 || (b[1] == 255 && b[2] == 255) ||
        (b[1] == 0 && b[2] == 0 && b[3] == 1))
        return DNS_ERROR;
    if (f->is_any)
        return DNS_LISTED;
    for (int i = 0; i < 4; i++)
        if (!(f->octets[i][b[i] / 32] >> b[i] % 32 & 1))
            return DNS_FILTERED;
    return DNS_LISTED;
}
