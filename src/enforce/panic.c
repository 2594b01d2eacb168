#include "enforce/panic.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include "enforce/nft_table.h"

/* Says why, in the kernel's words when it has some. */
static int
explain(int rc, const struct nl_socket *s, const char *what, struct buf *error)
{
    if (rc == 0)
        return 0;
    buf_printf(error, "%s: %s", what, strerror(-rc));
    if (s->text[0])
        buf_printf(error, " (%s)", s->text);
    return rc;
}

static int
begin(const char *table, struct nft_table *t, struct nl_socket *s, struct buf *error)
{
    char name[NFT_TABLE_BYTES];
    struct config c = {.table = name, .scope_count = 1};
    int rc;

    *s = (struct nl_socket){.fd = -1};
    if (!span_cstr(span_of(table), name, sizeof(name)))
        return explain(-EINVAL, s, "cannot use the table's name", error);
    rc = nft_table_init(t, &c);
    t->config = NULL; /* only the names are wanted */
    if (rc != 0)
        return explain(rc, s, "cannot use the table's name", error);
    return explain(nl_open(s, NETLINK_NETFILTER), s, "cannot open netlink", error);
}

static int
change(const char *table, bool is_opening, struct buf *error)
{
    struct nft_table t;
    struct nl_socket s;
    struct nl_batch b = {0};
    int rc = begin(table, &t, &s, error);

    if (rc != 0)
        return rc;
    nl_start(&b);
    nft_table_drop(&b, is_opening ? t.name : t.marker);
    if (is_opening) {
        nl_nft(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
        nl_attr_text(&b, NFTA_TABLE_NAME, t.marker);
    }
    rc = nl_transact(&s, &b, NULL, NULL);
    rc = explain(rc, &s, is_opening ? "cannot remove the table" : "cannot end panic",
                 error);
    buf_fini(&b.bytes);
    nl_close(&s);
    return rc;
}

int
panic_open(const char *table, struct buf *error)
{
    return change(table, true, error);
}

int
panic_close(const char *table, struct buf *error)
{
    return change(table, false, error);
}

int
panic_is_open(const char *table, struct buf *error, bool *is_open)
{
    struct nft_table t;
    struct nl_socket s;
    int rc = begin(table, &t, &s, error);

    if (rc != 0)
        return rc;
    rc = nft_table_look(&s, t.marker, NULL);
    if (rc == 0 || rc == -ENOENT) {
        *is_open = rc == 0;
        rc = 0;
    }
    rc = explain(rc, &s, "cannot look at the tables", error);
    nl_close(&s);
    return rc;
}

void
panic_add_line(const char *table, bool is_opening, struct buf *out)
{
    struct nft_table t;
    struct config c = {.table = (char[NFT_TABLE_BYTES]){0}, .scope_count = 1};

    if (!span_cstr(span_of(table), c.table, NFT_TABLE_BYTES) ||
        nft_table_init(&t, &c) != 0)
        return; /* panic_open() says so */
    /* One transaction, that does not mind whether the table is there. */
    buf_printf(out, "nft 'add table inet %s; delete table inet %s",
               is_opening ? t.name : t.marker, is_opening ? t.name : t.marker);
    if (is_opening)
        buf_printf(out, "; add table inet %s", t.marker);
    buf_add_byte(out, '\'');
}
