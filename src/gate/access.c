#include "gate/access.h"

enum { PARTS_MAX = 128 /* of one key, looked for one after the other */ };

bool
access_look_host(struct access_map *m, struct span name, struct gate_answer *out)
{
    struct span label;

    if (name.len > 0 && name.ptr[name.len - 1] == '.')
        name.len--;
    if (name.len == 0)
        return false;
    if (access_map_look(m, name, out))
        return true;
    if (access_map_has_patterns(m))
        return false;
    for (int i = 0; i < PARTS_MAX && span_cut(name, SPAN("."), &label, &name); i++) {
        /* ".parent", and then "parent": the dot before it is still there. */
        if (name.len == 0)
            return false;
        if (access_map_look(m, (struct span){name.ptr - 1, name.len + 1}, out) ||
            access_map_look(m, name, out))
            return true;
    }
    return false;
}

/* `address` with one octet or group less; false when none is left. */
static bool
shorten(struct span *address)
{
    ptrdiff_t at = span_find_last(*address, '.');

    if (at < 0)
        at = span_find_last(*address, ':');
    if (at <= 0)
        return false;
    address->len = (size_t)at; /* of 2001:db8::1 first 2001:db8: */
    return true;
}

bool
access_look_client(struct access_map *m, struct span name, struct span address,
                   struct gate_answer *out)
{
    if (access_look_host(m, name, out))
        return true;
    if (!address.ptr || address.len == 0)
        return false;
    if (access_map_look(m, address, out))
        return true;
    if (access_map_has_patterns(m))
        return false;
    while (shorten(&address))
        if (access_map_look(m, address, out))
            return true;
    return false;
}

struct mail_parts {
    struct span local, base, domain; /* `base`: up to the `+` */
    bool has_extension;
};

static struct mail_parts
split(struct span address)
{
    struct mail_parts p = {.local = address};
    ptrdiff_t at = span_find_last(address, '@'), plus;

    if (at >= 0) {
        p.local = span_head(address, (size_t)at);
        p.domain = span_from(address, (size_t)at + 1);
    }
    plus = span_find_byte(p.local, '+');
    p.has_extension = plus > 0;
    p.base = p.has_extension ? span_head(p.local, (size_t)plus) : p.local;
    return p;
}

static bool
look_joined(struct access_map *m, struct span local, struct span domain,
            struct gate_answer *out)
{
    char key[ACCESS_KEY_MAX];

    if (local.len + domain.len + 1 > sizeof(key))
        return false;
    memcpy(key, local.ptr, local.len);
    key[local.len] = '@';
    if (domain.len)
        memcpy(key + local.len + 1, domain.ptr, domain.len);
    return access_map_look(m, (struct span){key, local.len + 1 + domain.len}, out);
}

bool
access_look_mail(struct access_map *m, struct span address, struct gate_answer *out)
{
    struct mail_parts p;

    if (!address.ptr || address.len == 0)
        address = SPAN("<>");
    if (access_map_look(m, address, out))
        return true;
    if (access_map_has_patterns(m))
        return false;
    p = split(address);
    if (p.local.len == 0)
        return access_look_host(m, p.domain, out);
    if (p.has_extension && (p.domain.len ? look_joined(m, p.base, p.domain, out)
                                         : access_map_look(m, p.base, out)))
        return true;
    if (access_look_host(m, p.domain, out))
        return true;
    return (p.has_extension && look_joined(m, p.local, (struct span){0}, out)) ||
           look_joined(m, p.base, (struct span){0}, out);
}
