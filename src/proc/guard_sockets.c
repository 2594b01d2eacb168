#include "guard_sources.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/logpath.h"
#include "guard_parts.h"
#include "source/inbox.h"

enum {
    SOCKET_ROOM = 4 << 20,
    WAIT_MS = 20, /* between two tries to get what a dying guard holds */
    WAIT_TRIES = 100,
    BACKLOG = 128,
    /* A connection whose other end is gone without a word is found out after a while:
     * seconds of silence, seconds between probes, probes. */
    ALIVE_IDLE_S = 60,
    ALIVE_EVERY_S = 20,
    ALIVE_PROBES = 3,
};

bool
guard_waits(int *tries)
{
    (void)poll(NULL, 0, WAIT_MS); /* only to wait */
    return ++*tries < WAIT_TRIES;
}

/* Removes a socket that nobody is bound to any more; another file is left alone. */
static void
remove_stale(const struct sockaddr_un *name)
{
    struct stat st;
    int fd;

    if (lstat(name->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)name, sizeof(*name)) != 0 &&
        errno == ECONNREFUSED)
        (void)unlink(name->sun_path); /* bind() tells when it is still there */
    (void)close(fd);
}

/* Binds a datagram socket that only root may write to: whoever writes here can have
 * others banned. */
static int
bind_local(const char *path, int *out, struct buf *why)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int room = SOCKET_ROOM, tries = 0, e = -ENAMETOOLONG;
    mode_t old_mask;

    if (!span_cstr(span_of(path), name.sun_path, sizeof(name.sun_path)))
        goto fail;
    *out = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*out < 0) {
        e = -errno;
        goto fail;
    }
    e = inbox_prepare(*out);
    old_mask = umask(0177);
    while (e == 0) {
        remove_stale(&name);
        if (bind(*out, (struct sockaddr *)&name, sizeof(name)) == 0)
            break;
        if (errno != EADDRINUSE || !guard_waits(&tries))
            e = -errno;
    }
    (void)umask(old_mask); /* cannot fail */
    /* A smaller queue is no reason not to guard. */
    (void)setsockopt(*out, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    if (e == 0)
        return 0;
fail:
    buf_printf(why, "cannot bind the syslog socket %s: %s", path, strerror(-e));
    return e;
}

/* --- other hosts --- */

static socklen_t
socket_name(const struct logpath *l, struct sockaddr_storage *out)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(l->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(l->port)};

    *out = (struct sockaddr_storage){0};
    if (l->address.family == 4) {
        memcpy(&in4.sin_addr, l->address.bytes, sizeof(in4.sin_addr));
        memcpy(out, &in4, sizeof(in4));
        return sizeof(in4);
    }
    memcpy(&in6.sin6_addr, l->address.bytes, sizeof(in6.sin6_addr));
    memcpy(out, &in6, sizeof(in6));
    return sizeof(in6);
}

static int
set(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) == 0 ? 0 : -errno;
}

/* What must be set before bind(): an address is one family, and need not be there yet
 * when the machine starts. Connections inherit what their listener has. */
static int
prepare_listener(int fd, const struct logpath *l)
{
    bool is_6 = l->address.family == 6;
    int e =
        set(fd, is_6 ? IPPROTO_IPV6 : IPPROTO_IP, is_6 ? IPV6_FREEBIND : IP_FREEBIND, 1);

    if (e == 0 && is_6)
        e = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (e == 0 && l->kind == SOURCE_UDP)
        return inbox_prepare(fd);
    if (e == 0)
        e = set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (e == 0)
        e = set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    if (e == 0)
        e = set(fd, IPPROTO_TCP, TCP_KEEPIDLE, ALIVE_IDLE_S);
    if (e == 0)
        e = set(fd, IPPROTO_TCP, TCP_KEEPINTVL, ALIVE_EVERY_S);
    return e ? e : set(fd, IPPROTO_TCP, TCP_KEEPCNT, ALIVE_PROBES);
}

static int
bind_listener(const char *path, int *out, struct buf *why)
{
    struct sockaddr_storage name;
    struct logpath l;
    socklen_t len;
    int e = -EINVAL, tries = 0, room = SOCKET_ROOM;

    if (!logpath_read(span_of(path), &l, why))
        return e;
    len = socket_name(&l, &name);
    *out = socket(name.ss_family,
                  (l.kind == SOURCE_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC |
                      SOCK_NONBLOCK,
                  0);
    e = *out < 0 ? -errno : prepare_listener(*out, &l);
    while (e == 0 && bind(*out, (struct sockaddr *)&name, len) != 0)
        if (errno != EADDRINUSE || !guard_waits(&tries))
            e = -errno;
    if (e == 0 && l.kind == SOURCE_TCP && listen(*out, BACKLOG) != 0)
        e = -errno;
    if (e == 0 && l.kind == SOURCE_UDP) /* a smaller queue is no reason not to guard */
        (void)setsockopt(*out, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    if (e)
        buf_printf(why, "cannot listen at %s: %s", path, strerror(-e));
    return e;
}

int
guard_bind_source(const struct config_source *c, int *out, struct buf *why)
{
    int e = -EINVAL;

    *out = -1;
    switch (c->kind) {
    case SOURCE_FILE:
    case SOURCE_JOURNAL:
        return 0;
    case SOURCE_SOCKET:
        e = bind_local(c->path, out, why);
        break;
    case SOURCE_UDP:
    case SOURCE_TCP:
        e = bind_listener(c->path, out, why);
        break;
    }
    if (e && *out >= 0) {
        (void)close(*out); /* not bound */
        *out = -1;
    }
    return e;
}
