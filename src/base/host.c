#include "base/host.h"

#include "base/ascii.h"
#include "base/mem.h"

enum { LABEL_MAX = 63 };

/* A letter, a digit, - or _: a bit for each of the first 128 bytes. */
static bool
is_of_label(char c)
{
    static const uint64_t bits[2] = {UINT64_C(0x03FF200000000000),
                                     UINT64_C(0x07FFFFFE87FFFFFE)};
    unsigned char byte = (unsigned char)c;

    return byte < 128 && (bits[byte / 64] >> byte % 64 & 1);
}

static bool
has_letter(struct span label)
{
    for (size_t i = 0; i < label.len; i++)
        if (ascii_is_letter(label.ptr[i]))
            return true;
    return false;
}

/* In one pass: names are looked at many times a request. */
bool
host_is_name(struct span name)
{
    size_t label = 0; /* where it begins */

    if (span_ends(name, SPAN(".")))
        name.len--;
    if (name.len == 0 || name.len > HOST_TEXT_MAX)
        return false;
    for (size_t i = 0; i <= name.len; i++) {
        if (i < name.len && name.ptr[i] != '.') {
            if (!is_of_label(name.ptr[i]))
                return false;
            continue;
        }
        if (i == label || i - label > LABEL_MAX || name.ptr[label] == '-' ||
            name.ptr[i - 1] == '-')
            return false;
        if (i < name.len)
            label = i + 1;
    }
    return has_letter(span_from(name, label));
}

bool
host_is_dns_name(struct span name)
{
    size_t label = 0;

    if (span_ends(name, SPAN(".")))
        name.len--;
    if (name.len > HOST_TEXT_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] < ' ' || name.ptr[i] > '~')
            return false;
        label = name.ptr[i] == '.' ? 0 : label + 1;
        if (label > LABEL_MAX || (label == 0 && (i == 0 || name.ptr[i - 1] == '.')))
            return false;
    }
    return label > 0;
}

bool
host_is_below(struct span name, struct span domain)
{
    size_t above = name.len - domain.len;

    if (name.len < domain.len || !span_eq_nocase(span_from(name, above), domain))
        return false;
    return above == 0 || name.ptr[above - 1] == '.';
}

struct host_key
host_key_of(struct span name)
{
    struct host_key key = {0};

    if (span_ends(name, SPAN(".")))
        name.len--;
    must(name.len <= HOST_TEXT_MAX);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        key.text[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return key;
}

struct host_key
host_reverse_of(const struct addr *a)
{
    static const char digits[] = "0123456789abcdef";
    struct host_key key = {0};
    char *to = key.text;

    if (a->family == 4) {
        (void)snprintf(key.text, sizeof(key.text), "%u.%u.%u.%u.in-addr.arpa",
                       a->bytes[3], a->bytes[2], a->bytes[1], a->bytes[0]);
        return key;
    }
    for (size_t i = sizeof(a->bytes); i-- > 0;) {
        *to++ = digits[a->bytes[i] & 0x0F];
        *to++ = '.';
        *to++ = digits[a->bytes[i] >> 4];
        *to++ = '.';
    }
    memcpy(to, "ip6.arpa", sizeof("ip6.arpa"));
    return key;
}
