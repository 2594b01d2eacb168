#include "enforce/nft_elements.h"

#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

/* A time in milliseconds, as whole seconds rounded up; -1 without one. */
static int64_t
read_remaining(struct span value)
{
    uint64_t ms;

    if (value.len != sizeof(ms))
        return -1;
    memcpy(&ms, value.ptr, sizeof(ms));
    ms = be64toh(ms);
    return ms > INT64_MAX ? INT64_MAX / 1000 : (int64_t)(ms / 1000 + (ms % 1000 != 0));
}

static bool
read_element(struct span element, const struct addr *kind, struct addr *who,
             int64_t *remaining_s)
{
    struct span key = nl_attr_find(element, 0, NFTA_SET_ELEM_KEY);
    struct span bytes = nl_attr_find(key, 0, NFTA_DATA_VALUE);

    if (bytes.len != addr_width(kind) / 8)
        return false;
    *who = (struct addr){.family = kind->family, .bits = kind->bits};
    memcpy(who->bytes, bytes.ptr, bytes.len);
    *remaining_s = read_remaining(nl_attr_find(element, 0, NFTA_SET_ELEM_EXPIRATION));
    return true;
}

void
nft_elements_parse(const struct nl_msg *m, const struct addr *kind, nft_element_fn *fn,
                   void *ctx)
{
    struct span list =
        nl_attr_find(m->payload, sizeof(struct nfgenmsg), NFTA_SET_ELEM_LIST_ELEMENTS);
    int64_t remaining_s;
    struct nl_attr a;
    struct addr who;

    while (nl_attr_next(&list, &a))
        if (a.type == NFTA_LIST_ELEM && read_element(a.value, kind, &who, &remaining_s) &&
            !fn(ctx, &who, remaining_s))
            return;
}

struct reading {
    const struct addr *kind;
    nft_element_fn *fn;
    void *ctx;
};

static void
take_message(void *ctx, const struct nl_msg *m)
{
    const struct reading *r = ctx;

    if ((m->type & 0xFFU) == NFT_MSG_NEWSETELEM)
        nft_elements_parse(m, r->kind, r->fn, r->ctx);
}

int
nft_elements_read(struct nl_socket *s, const char *const names[2],
                  const struct addr *kind, nft_element_fn *fn, void *ctx)
{
    struct reading r = {kind, fn, ctx};
    struct nl_batch b = {0};
    int rc;

    nl_clear(&b);
    nl_nft(&b, NFT_MSG_GETSETELEM, NLM_F_DUMP);
    nl_attr_text(&b, NFTA_SET_ELEM_LIST_TABLE, names[0]);
    nl_attr_text(&b, NFTA_SET_ELEM_LIST_SET, names[1]);
    rc = nl_ask(s, &b, take_message, &r);
    buf_fini(&b.bytes);
    return rc;
}
