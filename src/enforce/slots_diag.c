#include "enforce/slots_diag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>

#include "enforce/sockets.h"

enum {
    ESTABLISHED = 1, /* TCP_ESTABLISHED, of a header that does not go with linux/tcp.h */
    OP_BYTES = sizeof(struct inet_diag_bc_op),
    RANGE_OPS = 5,
};

#define MS_US INT64_C(1000)

/* The kernel's program for "one of these ports": of each range "from", "to" and a jump to
 * the end. A failed test skips the rest of its range: behind the last that is past the
 * end, which is no. */
static size_t
make_program(const struct config_slots *c, struct inet_diag_bc_op *op)
{
    const struct inet_diag_bc_op *begin = op;
    size_t bytes = (c->count * RANGE_OPS - 1) * OP_BYTES;

    for (size_t i = 0; i < c->count; i++) {
        *op++ = (struct inet_diag_bc_op){INET_DIAG_BC_S_GE, 2 * OP_BYTES, 5 * OP_BYTES};
        *op++ = (struct inet_diag_bc_op){.no = c->ports[i].first};
        *op++ = (struct inet_diag_bc_op){INET_DIAG_BC_S_LE, 2 * OP_BYTES, 3 * OP_BYTES};
        *op++ = (struct inet_diag_bc_op){.no = c->ports[i].last};
        if (i + 1 < c->count) {
            size_t left = bytes - (size_t)(op - begin) * OP_BYTES;

            *op++ = (struct inet_diag_bc_op){INET_DIAG_BC_JMP, OP_BYTES, (uint16_t)left};
        }
    }
    return bytes;
}

/* What it has moved, and how long ago; false: the kernel does not say. */
static bool
parse_info(struct span value, struct slots_connection *out)
{
    struct tcp_info info = {0};
    uint32_t idle_ms;

    if (value.len <
        offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(info.tcpi_bytes_received))
        return false;
    memcpy(&info, value.ptr, value.len < sizeof(info) ? value.len : sizeof(info));
    idle_ms = info.tcpi_last_data_recv < info.tcpi_last_data_sent
                  ? info.tcpi_last_data_recv
                  : info.tcpi_last_data_sent;
    out->moved = info.tcpi_bytes_received + info.tcpi_bytes_acked;
    out->idle_us = idle_ms * MS_US;
    return true;
}

bool
slots_diag_parse(struct span payload, struct slots_connection *out)
{
    struct inet_diag_msg m;
    unsigned state;

    if (!sockets_parse(payload, &out->port, &out->peer, &state) || state != ESTABLISHED)
        return false;
    memcpy(&m, payload.ptr, sizeof(m));
    if (m.idiag_inode == 0)
        return false;
    out->cookie = (uint64_t)m.id.idiag_cookie[1] << 32 | m.id.idiag_cookie[0];
    return parse_info(nl_attr_find(payload, sizeof(m), INET_DIAG_INFO), out);
}

static void
on_message(void *ctx, const struct nl_msg *m)
{
    struct slots_connection c;

    if (slots_diag_parse(m->payload, &c))
        slots_note(ctx, &c);
}

int
slots_diag_dump(struct nl_socket *netlink, struct nl_batch *batch,
                const struct config_slots *c, struct slots *s)
{
    static const uint8_t families[] = {AF_INET, AF_INET6};
    struct inet_diag_req_v2 q = {.sdiag_protocol = IPPROTO_TCP,
                                 .idiag_states = 1U << ESTABLISHED,
                                 .idiag_ext = 1U << (INET_DIAG_INFO - 1)};
    struct inet_diag_bc_op program[CONFIG_PORTS_MAX * RANGE_OPS];
    size_t bytes;
    int rc = 0;

    if (c->count == 0)
        return 0;
    bytes = make_program(c, program);
    for (size_t i = 0; i < ARRAY_LEN(families) && rc == 0; i++) {
        q.sdiag_family = families[i];
        nl_clear(batch);
        nl_message(batch, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &q, sizeof(q));
        nl_attr(batch, INET_DIAG_REQ_BYTECODE, program, bytes);
        rc = nl_ask(netlink, batch, on_message, s);
        if (rc == -EINTR) /* the table changed meanwhile; what is missed now is new */
            rc = 0;
    }
    return rc;
}
