#include "spf/spf_record.h"

#include "base/ascii.h"
#include "spf/spf_macro.h"

#define VERSION "v=spf1"

enum { BITS4 = 32, BITS6 = 128 };

/* What may stand behind the name of a mechanism. */
enum spf_takes {
    TAKES_NOTHING,
    TAKES_DOMAIN,  /* must */
    TAKES_LENGTHS, /* may have a domain, and lengths of prefixes */
    MAY_DOMAIN,
    TAKES_ADDRESS,
};

static const struct {
    struct span name;
    enum spf_takes takes;
} mechanisms[] = {
    [SPF_ALL] = {{"all", 3}, TAKES_NOTHING},
    [SPF_INCLUDE] = {{"include", 7}, TAKES_DOMAIN},
    [SPF_A] = {{"a", 1}, TAKES_LENGTHS},
    [SPF_MX] = {{"mx", 2}, TAKES_LENGTHS},
    [SPF_PTR] = {{"ptr", 3}, MAY_DOMAIN},
    [SPF_IP4] = {{"ip4", 3}, TAKES_ADDRESS},
    [SPF_IP6] = {{"ip6", 3}, TAKES_ADDRESS},
    [SPF_EXISTS] = {{"exists", 6}, TAKES_DOMAIN},
};

bool
spf_is_record(struct span text)
{
    size_t len = sizeof(VERSION) - 1;

    return span_eq_nocase(span_head(text, len), SPAN(VERSION)) &&
           (text.len == len || text.ptr[len] == ' ');
}

bool
spf_has_macro(struct span domain)
{
    return span_find_byte(domain, '%') >= 0;
}

static bool
is_digits(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_digit(s.ptr[i]))
            return false;
    return s.len > 0;
}

/* Takes "/N" with N up to `max` off the end, where it is; false when it is wrong. A slash
 * with something else behind it belongs to the domain. */
static bool
take_length(struct span *s, const char *slash, uint8_t max, uint8_t *bits)
{
    ptrdiff_t at = span_find_last(*s, '/');
    size_t mark = span_of(slash).len;
    struct span digits;
    uint64_t n;

    if (at < 0)
        return true;
    digits = span_from(*s, (size_t)at + 1);
    if (!is_digits(digits) ||
        (mark == 2 && !span_ends(span_head(*s, (size_t)at), SPAN("/"))))
        return true; /* no length, or the other one */
    if (!span_u64(digits, 0, max, &n) || (digits.len > 1 && digits.ptr[0] == '0'))
        return false;
    *bits = (uint8_t)n;
    *s = span_head(*s, (size_t)at + 1 - mark);
    return true;
}

/* "192.0.2.0/24" */
static bool
read_address(struct span text, struct spf_term *out)
{
    unsigned family = out->kind == SPF_IP4 ? 4 : 6;
    uint8_t bits = family == 4 ? BITS4 : BITS6;
    struct addr a;

    if (!take_length(&text, "/", bits, &bits) || !addr_parse(text, &a) ||
        (a.family == 6 || span_find_byte(text, ':') >= 0) != (family == 6))
        return false;
    if (a.family == family)
        out->prefix = addr_mask(a, bits);
    return true;
}

/* What is behind the name of a mechanism. */
static bool
read_argument(struct span text, enum spf_takes takes, struct spf_term *out)
{
    bool has_domain;

    if (takes == TAKES_LENGTHS && (!take_length(&text, "//", BITS6, &out->bits6) ||
                                   !take_length(&text, "/", BITS4, &out->bits4)))
        return false;
    has_domain = span_take(&text, SPAN(":"));
    if (takes == TAKES_ADDRESS)
        return has_domain && read_address(text, out);
    if (!has_domain)
        return text.len == 0 && takes != TAKES_DOMAIN;
    out->domain = text;
    return takes != TAKES_NOTHING && spf_macro_is_domain(text);
}

static enum spf_qualifier
take_qualifier(struct span *word)
{
    static const char signs[] = "+-~?";

    for (unsigned i = 0; word->len && i < sizeof(signs) - 1; i++)
        if (word->ptr[0] == signs[i]) {
            *word = span_from(*word, 1);
            return (enum spf_qualifier)i;
        }
    return SPF_PASS;
}

static bool
read_mechanism(struct span word, struct spf_term *out)
{
    size_t len = 0;
    struct span name;

    out->qualifier = take_qualifier(&word);
    while (len < word.len && word.ptr[len] != ':' && word.ptr[len] != '/')
        len++;
    name = span_head(word, len);
    for (unsigned i = 0; i < ARRAY_LEN(mechanisms); i++)
        if (span_eq_nocase(name, mechanisms[i].name)) {
            out->kind = (enum spf_kind)i;
            return read_argument(span_from(word, len), mechanisms[i].takes, out);
        }
    return false;
}

/* A letter, then letters, digits, "-", "_", ".". */
static bool
is_modifier_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!ascii_is_letter(c) &&
            (i == 0 || !(ascii_is_digit(c) || c == '-' || c == '_' || c == '.')))
            return false;
    }
    return name.len > 0;
}

static bool
read_modifier(struct span name, struct span value, struct spf_term *out)
{
    out->domain = value;
    if (span_eq_nocase(name, SPAN("redirect")))
        out->kind = SPF_REDIRECT;
    else if (span_eq_nocase(name, SPAN("exp")))
        out->kind = SPF_EXP;
    else
        out->kind = SPF_UNKNOWN;
    if (out->kind == SPF_UNKNOWN)
        return spf_macro_is_string(value, SPF_IN_RECORD);
    return spf_macro_is_domain(value);
}

enum spf_read
spf_next_term(struct span *rest, struct spf_term *out)
{
    struct span word = {0}, name, value;
    bool is_good;

    if (spf_is_record(*rest))
        *rest = span_from(*rest, sizeof(VERSION) - 1);
    while (span_take(rest, SPAN(" ")))
        continue;
    if (rest->len == 0)
        return SPF_END;
    if (!span_cut(*rest, SPAN(" "), &word, rest)) {
        word = *rest;
        *rest = (struct span){0};
    }
    *out = (struct spf_term){.bits4 = BITS4, .bits6 = BITS6, .text = word};
    if (span_cut(word, SPAN("="), &name, &value) && is_modifier_name(name))
        is_good = read_modifier(name, value, out);
    else
        is_good = read_mechanism(word, out);
    return is_good ? SPF_TERM : SPF_BAD;
}
