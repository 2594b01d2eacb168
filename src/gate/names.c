#include "gate/names.h"

#include "base/ascii.h"

static bool
read_literal(struct span s, struct addr *out)
{
    static const struct span tag = SPAN_INIT("IPv6:");

    if (!span_take(&s, SPAN("[")) || !span_ends(s, SPAN("]")))
        return false;
    s.len--;
    if (s.len > tag.len && span_eq_nocase(span_head(s, tag.len), tag)) {
        s = span_from(s, tag.len);
        return span_find_byte(s, ':') >= 0 && addr_parse(s, out);
    }
    return span_find_byte(s, ':') < 0 && addr_parse(s, out);
}

/* A dot at the end is no harm. */
static struct span
without_dot(struct span s)
{
    return span_ends(s, SPAN(".")) ? span_head(s, s.len - 1) : s;
}

enum helo_kind
names_helo(struct span helo, struct addr *address)
{
    if (read_literal(helo, address))
        return HELO_LITERAL;
    if (addr_parse(helo, address))
        return HELO_BARE;
    if (!host_is_name(helo))
        return HELO_BROKEN;
    return span_find_byte(without_dot(helo), '.') < 0 ? HELO_SHORT : HELO_NAME;
}

struct span
names_domain(struct span address)
{
    ptrdiff_t at = span_find_last(address, '@');

    return at < 0 ? (struct span){0} : without_dot(span_from(address, (size_t)at + 1));
}

bool
names_is_qualified(struct span address)
{
    struct span domain = names_domain(address);
    struct addr a;

    return read_literal(domain, &a) ||
           (host_is_name(domain) && span_find_byte(domain, '.') >= 0);
}

bool
names_is_bogon(const struct addr *a)
{
    static const struct addr bogons[] = {
        {4, 8, {0}},   {4, 10, {100, 64}}, {4, 24, {192, 0, 0}},  {4, 15, {198, 18}},
        {4, 3, {224}}, {6, 127, {0}},      {6, 10, {0xFE, 0xC0}}, {6, 8, {0xFF}},
    };

    if (addr_is_private(a))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(bogons); i++)
        if (addr_contains(&bogons[i], a))
            return true;
    return false;
}
