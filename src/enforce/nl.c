#include "enforce/nl.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"

/* A batch of a thousand requests, three messages each, and an error for each of them. */
#define SOCKET_BUFFER_BYTES (8 << 20)

static int
set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value)) == 0 ? 0 : -errno;
}

static int
prepare(struct nl_socket *s)
{
    struct timeval wait = {.tv_sec = NL_TIMEOUT_MS / 1000};
    struct sockaddr_nl self = {.nl_family = AF_NETLINK};
    socklen_t len = sizeof(self);

    /* Without the privilege (a user namespace) what the system permits has to do. */
    if (set_option(s->fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER_BYTES) != 0)
        (void)set_option(s->fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER_BYTES);
    if (set_option(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER_BYTES) != 0)
        (void)set_option(s->fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER_BYTES);
    /* Only nicer messages; every kernel we run on has both. */
    (void)set_option(s->fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    (void)set_option(s->fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    if (setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
        bind(s->fd, (struct sockaddr *)&self, sizeof(self)) != 0 ||
        getsockname(s->fd, (struct sockaddr *)&self, &len) != 0)
        return -errno;
    s->port = self.nl_pid;
    return 0;
}

int
nl_open(struct nl_socket *s, int protocol)
{
    int rc;

    *s = (struct nl_socket){.seq = 1};
    s->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (s->fd < 0)
        return -errno;
    rc = prepare(s);
    if (rc != 0) {
        nl_close(s);
        return rc;
    }
    s->received = mem_zalloc(1, NL_RECEIVE_BYTES);
    return 0;
}

void
nl_close(struct nl_socket *s)
{
    if (s->fd > 0)
        (void)close(s->fd); /* nothing buffered that could be lost */
    mem_free(s->received);
    *s = (struct nl_socket){.fd = -1};
}

int
nl_join(struct nl_socket *s, int group)
{
    return set_option(s->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
}

/* recvmsg(), whatever signals come: bytes, or a negative errno. */
static ssize_t
receive_message(int fd, struct msghdr *msg, int flags)
{
    ssize_t n;

    do
        n = recvmsg(fd, msg, flags);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

int
nl_receive(struct nl_socket *s, bool is_waiting, struct span *bytes)
{
    struct sockaddr_nl from;
    struct iovec iov = {s->received, NL_RECEIVE_BYTES};
    struct msghdr msg = {.msg_name = &from, .msg_iov = &iov, .msg_iovlen = 1};
    ssize_t n;

    for (;;) {
        msg.msg_namelen = sizeof(from);
        n = receive_message(s->fd, &msg, is_waiting ? 0 : MSG_DONTWAIT);
        if (n < 0)
            return n == -EAGAIN && is_waiting ? -ETIMEDOUT : (int)n;
        if (msg.msg_namelen != sizeof(from) || from.nl_pid != 0)
            continue;
        if (msg.msg_flags & MSG_TRUNC)
            return -EMSGSIZE;
        *bytes = (struct span){s->received, (size_t)n};
        return 0;
    }
}

static void
put(struct nl_batch *b, const void *data, size_t len)
{
    static const char zero[4];

    buf_add(&b->bytes, (struct span){data, len});
    buf_add(&b->bytes, (struct span){zero, (4 - len % 4) % 4});
}

/* Writes the length of the last message into its head. */
static void
seal(struct nl_batch *b)
{
    uint32_t len = (uint32_t)(b->bytes.len - b->at);

    if (len >= sizeof(struct nlmsghdr))
        memcpy(b->bytes.ptr + b->at, &len, sizeof(len));
}

void
nl_clear(struct nl_batch *b)
{
    b->bytes.limit = NL_BATCH_BYTES;
    buf_clear(&b->bytes);
    b->count = 0;
    b->at = 0;
}

void
nl_message(struct nl_batch *b, unsigned type, unsigned flags, const void *header,
           size_t len)
{
    struct nlmsghdr h = {.nlmsg_type = (uint16_t)type,
                         .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
                         .nlmsg_seq = b->count};

    if (b->count)
        seal(b);
    b->at = b->bytes.len;
    b->count++;
    put(b, &h, sizeof(h));
    put(b, header, len);
    seal(b);
}

void
nl_start(struct nl_batch *b)
{
    struct nfgenmsg g = {.res_id = htons(NFNL_SUBSYS_NFTABLES)};

    nl_clear(b);
    nl_message(b, NFNL_MSG_BATCH_BEGIN, 0, &g, sizeof(g));
}

void
nl_nft(struct nl_batch *b, unsigned message, unsigned flags)
{
    struct nfgenmsg g = {.nfgen_family = NFPROTO_INET};

    nl_message(b, (NFNL_SUBSYS_NFTABLES << 8) | message, flags, &g, sizeof(g));
}

void
nl_attr(struct nl_batch *b, unsigned type, const void *data, size_t len)
{
    struct nlattr a = {.nla_len = (uint16_t)(sizeof(struct nlattr) + len),
                       .nla_type = (uint16_t)type};

    put(b, &a, sizeof(a));
    put(b, data, len);
    seal(b);
}

void
nl_attr_text(struct nl_batch *b, unsigned type, const char *text)
{
    nl_attr(b, type, text, strlen(text) + 1);
}

void
nl_attr_be32(struct nl_batch *b, unsigned type, uint32_t value)
{
    value = htobe32(value);
    nl_attr(b, type, &value, sizeof(value));
}

void
nl_attr_be64(struct nl_batch *b, unsigned type, uint64_t value)
{
    value = htobe64(value);
    nl_attr(b, type, &value, sizeof(value));
}

size_t
nl_nest(struct nl_batch *b, unsigned type)
{
    size_t at = b->bytes.len;

    nl_attr(b, NLA_F_NESTED | type, "", 0);
    return at;
}

void
nl_nest_end(struct nl_batch *b, size_t at)
{
    size_t len = b->bytes.len - at;
    uint16_t short_len = (uint16_t)len;

    must(len <= UINT16_MAX);
    if (len >= sizeof(short_len))
        memcpy(b->bytes.ptr + at, &short_len, sizeof(short_len));
}

bool
nl_next(struct span *rest, struct nl_msg *m)
{
    struct nlmsghdr h;

    if (rest->len < sizeof(h))
        return false;
    memcpy(&h, rest->ptr, sizeof(h));
    if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > rest->len)
        return false;
    *m = (struct nl_msg){.type = h.nlmsg_type,
                         .flags = h.nlmsg_flags,
                         .seq = h.nlmsg_seq,
                         .port = h.nlmsg_pid,
                         .payload = {rest->ptr + sizeof(h), h.nlmsg_len - sizeof(h)}};
    *rest = span_from(*rest, NLMSG_ALIGN((size_t)h.nlmsg_len));
    return true;
}

bool
nl_attr_next(struct span *rest, struct nl_attr *a)
{
    struct nlattr h;

    if (rest->len < sizeof(h))
        return false;
    memcpy(&h, rest->ptr, sizeof(h));
    if (h.nla_len < sizeof(h) || h.nla_len > rest->len)
        return false;
    a->type = h.nla_type & (uint16_t)NLA_TYPE_MASK;
    a->value = (struct span){rest->ptr + sizeof(h), h.nla_len - sizeof(h)};
    *rest = span_from(*rest, NLMSG_ALIGN((size_t)h.nla_len));
    return true;
}

struct span
nl_attr_find(struct span payload, size_t skip, unsigned type)
{
    struct span rest = span_from(payload, NLMSG_ALIGN(skip));
    struct nl_attr a;

    while (nl_attr_next(&rest, &a))
        if (a.type == type)
            return a.value;
    return (struct span){0};
}

/* The errno of an NLMSG_ERROR or NLMSG_DONE, 0 or negative; keeps the kernel's words. */
static int
answer_error(struct nl_socket *s, const struct nl_msg *m)
{
    struct span text;
    size_t n = 0;
    int error = 0;

    if (m->payload.len < sizeof(error))
        return m->type == NLMSG_DONE ? 0 : -EBADMSG;
    memcpy(&error, m->payload.ptr, sizeof(error));
    if (error >= 0)
        return 0;
    if (!(m->flags & NLM_F_ACK_TLVS) || m->payload.len < sizeof(struct nlmsgerr))
        return error;
    text = nl_attr_find(m->payload, sizeof(struct nlmsgerr), NLMSGERR_ATTR_MSG);
    for (; n < text.len && n < NL_TEXT_MAX - 1 && text.ptr[n]; n++)
        s->text[n] = text.ptr[n] >= ' ' && text.ptr[n] < 0x7F ? text.ptr[n] : '?';
    s->text[n] = '\0';
    return error;
}

/* Shifts the numbers of the batch to `first`, asks for an acknowledgement of the last
 * message, and sends. */
static int
send_batch(struct nl_socket *s, struct nl_batch *b, size_t last, uint32_t first)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct nlmsghdr h;
    ssize_t n;

    if (b->bytes.is_cut)
        return -E2BIG;
    for (size_t at = 0; at < b->bytes.len; at += NLMSG_ALIGN((size_t)h.nlmsg_len)) {
        memcpy(&h, b->bytes.ptr + at, sizeof(h));
        must(h.nlmsg_len >= sizeof(h));
        h.nlmsg_seq += first;
        if (at == last && !(h.nlmsg_flags & NLM_F_DUMP))
            h.nlmsg_flags |= NLM_F_ACK;
        memcpy(b->bytes.ptr + at, &h, sizeof(h));
    }
    s->seq = first + b->count;
    s->text[0] = '\0';
    do
        n = sendto(s->fd, b->bytes.ptr, b->bytes.len, 0, (struct sockaddr *)&kernel,
                   sizeof(kernel));
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

/* A batch that was sent, and what its answers say so far. */
struct transaction {
    nl_error_fn *fn;
    void *ctx;
    uint32_t first, last; /* the sequence of message 0; the number of the last one */
    int result;
};

/* Takes the answers of one datagram. True when the last one is there. */
static bool
take_errors(struct nl_socket *s, struct transaction *t, struct span bytes)
{
    uint32_t number;
    struct nl_msg m;
    int error;

    while (nl_next(&bytes, &m)) {
        number = m.seq - t->first;
        if (m.type != NLMSG_ERROR || number > t->last)
            continue; /* late, of an earlier batch */
        error = answer_error(s, &m);
        if (error && !t->result)
            t->result = error;
        if (error && number > 0 && t->fn)
            t->fn(t->ctx, number, error);
        /* An error of the batch's head says it was refused as a whole. */
        if (number == t->last || (number == 0 && error))
            return true;
    }
    return false;
}

int
nl_transact(struct nl_socket *s, struct nl_batch *b, nl_error_fn *fn, void *ctx)
{
    struct nfgenmsg g = {.res_id = htons(NFNL_SUBSYS_NFTABLES)};
    struct transaction t = {.fn = fn, .ctx = ctx, .first = s->seq, .last = b->count - 1};
    struct span bytes = {0};
    size_t last_at = b->at;
    int rc;

    must(b->count > 1);
    nl_message(b, NFNL_MSG_BATCH_END, 0, &g, sizeof(g));
    rc = send_batch(s, b, last_at, t.first);
    while (rc == 0) {
        rc = nl_receive(s, true, &bytes);
        if (rc == 0 && take_errors(s, &t, bytes))
            return t.result;
    }
    return rc;
}

/* A question that was sent, and what its answer says so far. */
struct question {
    nl_answer_fn *fn;
    void *ctx;
    uint32_t seq;
    bool is_disturbed; /* what was dumped changed meanwhile */
    int result;
};

/* Takes the messages of one datagram. True when the answer is complete. */
static bool
take_answers(struct nl_socket *s, struct question *q, struct span bytes)
{
    struct nl_msg m;

    while (nl_next(&bytes, &m)) {
        if (m.seq != q->seq)
            continue;
        q->is_disturbed |= (m.flags & NLM_F_DUMP_INTR) != 0;
        if (m.type == NLMSG_ERROR || m.type == NLMSG_DONE) {
            q->result = answer_error(s, &m);
            return true;
        }
        if (q->fn && m.type >= NLMSG_MIN_TYPE)
            q->fn(q->ctx, &m);
    }
    return false;
}

int
nl_ask(struct nl_socket *s, struct nl_batch *b, nl_answer_fn *fn, void *ctx)
{
    struct question q = {.fn = fn, .ctx = ctx, .seq = s->seq};
    struct span bytes = {0};
    int rc;

    must(b->count == 1);
    rc = send_batch(s, b, b->at, q.seq);
    while (rc == 0) {
        rc = nl_receive(s, true, &bytes);
        if (rc == 0 && take_answers(s, &q, bytes))
            return q.result == 0 && q.is_disturbed ? -EINTR : q.result;
    }
    return rc;
}
