#include "enforce/nft_name.h"

#include <netinet/in.h>

#include "base/buf.h"
#include "base/hash.h"

enum { PORTS_TEXT_MAX = 60 };

static void
add_ports(struct buf *out, const struct config_scope *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct config_ports *p = &s->ports[i];

        buf_printf(out, "%s%s%u", i ? "." : "", p->protocol == IPPROTO_UDP ? "u" : "",
                   p->first);
        if (p->last != p->first)
            buf_printf(out, "-%u", p->last);
    }
}

const char *
nft_scope_id(const struct config *c, unsigned scope, char dst[NFT_ID_BYTES])
{
    static const struct hash_key key = {0x6b6f6d61696e7500, 1};
    const char *dot = "";
    struct buf id = {0};

    if (scope)
        add_ports(&id, &c->scopes[scope]);
    if (id.len > PORTS_TEXT_MAX) {
        uint64_t hash = hash_bytes(key, id.ptr, id.len);

        buf_clear(&id);
        buf_printf(&id, "ports-%016llx", (unsigned long long)hash);
    }
    if (c->scopes[scope].block == BLOCK_REJECT) {
        /* Without its ports the scope would have the name of scope 0. */
        if (id.len == 0)
            buf_add_text(&id, "all");
        buf_add_text(&id, ".reject");
    }
    if (id.len)
        dot = ".";
    if (c->limits.max_bans != NFT_SIZE_USUAL)
        buf_printf(&id, "%smax%u", dot, c->limits.max_bans);
    (void)snprintf(dst, NFT_ID_BYTES, "%s", id.len ? id.ptr : "");
    buf_fini(&id);
    return dst;
}

const char *
nft_name(const char *kind, const char *id, char dst[NFT_NAME_BYTES])
{
    (void)snprintf(dst, NFT_NAME_BYTES, "%s%s%s", kind, *id ? "." : "", id);
    return dst;
}

const char *
nft_hole_name(unsigned family, unsigned bits)
{
    if (family == 4)
        return "known4";
    return bits == 64 ? "known6_64" : "known6";
}

const char *
nft_ban_name(unsigned family, unsigned bits, const char *id, char dst[NFT_NAME_BYTES])
{
    char kind[16];

    if (bits == (family == 4 ? 32 : 128))
        (void)snprintf(kind, sizeof(kind), "ban%u", family);
    else
        (void)snprintf(kind, sizeof(kind), "ban%u_%u", family, bits);
    return nft_name(kind, id, dst);
}
