#include "base/host.h"

#include "base/mem.h"

enum { LABEL_MAX = 63 };

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_label(struct span label)
{
    if (label.len == 0 || label.len > LABEL_MAX || label.ptr[0] == '-' ||
        label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        char c = label.ptr[i];

        if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return true;
}

bool
host_is_name(struct span name)
{
    struct span label = {0};
    bool has_more = true;

    if (span_ends(name, SPAN(".")))
        name.len--;
    if (name.len > HOST_TEXT_MAX)
        return false;
    while (has_more) {
        has_more = span_cut(name, SPAN("."), &label, &name);
        if (!has_more)
            label = name;
        if (!is_label(label))
            return false;
    }
    for (size_t i = 0; i < label.len; i++)
        if (is_letter(label.ptr[i]))
            return true;
    return false;
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
