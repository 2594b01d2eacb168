#include "enforce/nft_held.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

enum {
    NAMES_BYTES_MAX = 1 << 20,
    TRIES = 4, /* of a dump that is disturbed by others */
};

struct listing {
    const char *table;
    unsigned message, name_attribute;
    struct buf *names;
};

static void
take_name(void *ctx, const struct nl_msg *m)
{
    const struct listing *l = ctx;
    struct span table, name;

    if ((m->type & 0xFFU) != l->message)
        return;
    table = nl_attr_find(m->payload, sizeof(struct nfgenmsg), NFTA_CHAIN_TABLE);
    name = nl_attr_find(m->payload, sizeof(struct nfgenmsg), l->name_attribute);
    if (!span_eq(table, (struct span){l->table, strlen(l->table) + 1}) || name.len < 2 ||
        span_find_byte(name, '\0') != (ptrdiff_t)name.len - 1)
        return;
    if (name.ptr[0] != '_' || name.ptr[1] != '_')
        buf_add(l->names, name);
}

static int
list(struct nl_socket *s, unsigned ask, const struct listing *l)
{
    struct nl_batch b = {0};
    int rc = -EINTR;

    for (int i = 0; i < TRIES && rc == -EINTR; i++) {
        buf_clear(l->names);
        nl_clear(&b);
        nl_nft(&b, ask, NLM_F_DUMP);
        nl_attr_text(&b, NFTA_CHAIN_TABLE, l->table);
        rc = nl_ask(s, &b, take_name, (void *)(uintptr_t)l);
    }
    buf_fini(&b.bytes);
    return rc == 0 && l->names->is_cut ? -E2BIG : rc;
}

int
nft_held_read(struct nft_held *h, struct nl_socket *s, const char *table)
{
    struct listing chains = {table, NFT_MSG_NEWCHAIN, NFTA_CHAIN_NAME, &h->chains};
    struct listing sets = {table, NFT_MSG_NEWSET, NFTA_SET_NAME, &h->sets};
    int rc;

    *h = (struct nft_held){{.limit = NAMES_BYTES_MAX}, {.limit = NAMES_BYTES_MAX}};
    rc = list(s, NFT_MSG_GETCHAIN, &chains);
    if (rc == 0)
        rc = list(s, NFT_MSG_GETSET, &sets);
    if (rc != 0)
        nft_held_fini(h);
    return rc;
}

void
nft_held_fini(struct nft_held *h)
{
    buf_fini(&h->chains);
    buf_fini(&h->sets);
}

const char *
nft_held_first(const struct buf *names)
{
    return names->len ? names->ptr : NULL;
}

const char *
nft_held_next(const struct buf *names, const char *name)
{
    name += strlen(name) + 1;
    return name < names->ptr + names->len ? name : NULL;
}

bool
nft_held_has(const struct buf *names, const char *name)
{
    for (const char *n = nft_held_first(names); n; n = nft_held_next(names, n))
        if (strcmp(n, name) == 0)
            return true;
    return false;
}
