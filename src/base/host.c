#include "base/host.h"

#include "base/ascii.h"
#include "base/look.h"
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

static look_bytes
are_of_labels(look_bytes b)
{
    return (look_bytes)((b | 0x20) - (uint8_t)'a' < 26) |
           (look_bytes)(b - (uint8_t)'0' < 10) | (look_bytes)(b == (uint8_t)'-') |
           (look_bytes)(b == (uint8_t)'_') | (look_bytes)(b == (uint8_t)'.');
}

/* Whether there is nothing else but dots. The last sixteen bytes are mostly seen twice.
 */
static bool
is_of_labels(struct span name)
{
    if (name.len < LOOK_BYTES) {
        for (size_t i = 0; i < name.len; i++)
            if (!is_of_label(name.ptr[i]) && name.ptr[i] != '.')
                return false;
        return true;
    }
    for (size_t i = 0; i < name.len - LOOK_BYTES; i += LOOK_BYTES)
        if (!look_all(are_of_labels(look_at(name.ptr + i))))
            return false;
    return look_all(are_of_labels(look_at(name.ptr + name.len - LOOK_BYTES)));
}

static bool
is_label(struct span label)
{
    return label.len > 0 && label.len <= LABEL_MAX && label.ptr[0] != '-' &&
           label.ptr[label.len - 1] != '-';
}

/* Names are looked at many times a request. */
bool
host_is_name(struct span name)
{
    ptrdiff_t dot;

    if (span_ends(name, SPAN(".")))
        name.len--;
    if (name.len == 0 || name.len > HOST_TEXT_MAX || !is_of_labels(name))
        return false;
    while ((dot = span_find_byte(name, '.')) >= 0) {
        if (!is_label(span_head(name, (size_t)dot)))
            return false;
        name = (struct span){name.ptr + dot + 1, name.len - (size_t)dot - 1};
    }
    return is_label(name) && has_letter(name);
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
