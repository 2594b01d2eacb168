#include "enforce/nft_watch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

/* Every message about a table, chain, rule, set, element, object or flowtable names its
 * table first. */
enum { TABLE_ATTRIBUTE = 1 };

/* A datagram holds what one transaction did. The kernel itself drops those of our own
 * bans, thousands a second, by the port in the first message's head. */
static int
skip_own(struct nl_socket *s, uint32_t own_port)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(own_port), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog program = {ARRAY_LEN(code), code};

    return setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0
               ? 0
               : -errno;
}

int
nft_watch_open(struct nl_socket *s, uint32_t own_port)
{
    int rc = nl_open(s, NETLINK_NETFILTER);

    if (rc == 0)
        rc = skip_own(s, own_port);
    if (rc == 0)
        rc = nl_join(s, NFNLGRP_NFTABLES);
    if (rc != 0)
        nl_close(s);
    return rc;
}

/* Whether the text attribute holds `name` and its NUL. */
static bool
is_name(struct span value, const char *name)
{
    return span_eq(value, (struct span){name, strlen(name) + 1});
}

static unsigned
parse_message(const struct nft_table *t, const struct nl_msg *m)
{
    unsigned message = m->type & 0xFFU;
    struct nfgenmsg g;
    struct span name;

    if (m->type >> 8 != NFNL_SUBSYS_NFTABLES || m->payload.len < sizeof(g))
        return 0;
    memcpy(&g, m->payload.ptr, sizeof(g));
    if (g.nfgen_family != NFPROTO_INET || message == NFT_MSG_NEWGEN)
        return 0;
    name = nl_attr_find(m->payload, sizeof(g), TABLE_ATTRIBUTE);
    if (is_name(name, t->name))
        return message == NFT_MSG_NEWSETELEM ? 0 : NFT_WATCH_TABLE;
    if (!is_name(name, t->marker))
        return 0;
    if (message == NFT_MSG_NEWTABLE)
        return NFT_WATCH_MARKER_NEW;
    return message == NFT_MSG_DELTABLE ? NFT_WATCH_MARKER_GONE : 0;
}

unsigned
nft_watch_parse(const struct nft_table *t, uint32_t own_port, struct span datagram)
{
    unsigned bits = 0;
    struct nl_msg m;

    while (nl_next(&datagram, &m))
        if (m.port != own_port)
            bits |= parse_message(t, &m);
    return bits;
}
