/* guard_metrics: the socket of `metrics-socket`: bound here, listened at by judge. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/metrics_socket.h"
#include "guard_children.h"
#include "guard_diff.h"
#include "guard_parts.h"
#include "guard_sources.h"

enum { BACKLOG = 128 };

/* Removes a socket at which nobody listens any more; another file is left alone. */
static void
remove_stale(const struct sockaddr_un *name)
{
    struct stat st;
    int fd;

    if (lstat(name->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)name, sizeof(*name)) != 0 &&
        errno == ECONNREFUSED)
        (void)unlink(name->sun_path); /* bind() tells when it is still there */
    (void)close(fd);
}

/* Everybody on the machine may connect, as to a port of the loopback; the folder says
 * otherwise where that is too much. */
static int
bind_path(int fd, struct span path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    mode_t old_mask;
    int e = 0;

    if (!span_cstr(path, name.sun_path, sizeof(name.sun_path)))
        return -ENAMETOOLONG;
    remove_stale(&name);
    old_mask = umask(0111);
    if (bind(fd, (struct sockaddr *)&name, sizeof(name)) != 0)
        e = -errno;
    (void)umask(old_mask); /* cannot fail */
    return e;
}

static int
bind_address(int fd, const struct metrics_socket *m)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(m->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(m->port)};
    bool is_6 = m->address.family == 6;
    int one = 1;

    memcpy(&in4.sin_addr, m->address.bytes, sizeof(in4.sin_addr));
    memcpy(&in6.sin6_addr, m->address.bytes, sizeof(in6.sin6_addr));
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
        bind(fd, is_6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in4,
             is_6 ? sizeof(in6) : sizeof(in4)) != 0)
        return -errno;
    return 0;
}

static int
listen_at(const struct metrics_socket *m, int *out)
{
    int domain = m->path.len ? AF_UNIX : m->address.family == 6 ? AF_INET6 : AF_INET;
    int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), e;

    if (fd < 0)
        return -errno;
    e = m->path.len ? bind_path(fd, m->path) : bind_address(fd, m);
    if (e == 0 && listen(fd, BACKLOG) != 0)
        e = -errno;
    if (e == 0)
        *out = fd;
    else
        (void)close(fd); /* not bound */
    return e;
}

int
guard_bind_metrics(const struct config *old, const struct config *new, int *out,
                   struct buf *why)
{
    struct metrics_socket m;
    int tries = 0, e;

    *out = -1;
    if (!new->metrics || (old && !diff_metrics(old, new)))
        return 0;
    must(metrics_socket_read(span_of(new->metrics), &m, why)); /* as the loader has */
    do {
        e = listen_at(&m, out);
    } while (e == -EADDRINUSE && guard_waits(&tries));
    if (e)
        buf_printf(why, "cannot listen at metrics-socket %s: %s\n", new->metrics,
                   strerror(-e));
    return e;
}

void
guard_remove_metrics(const struct config *c)
{
    struct stat st;

    if (c->metrics && c->metrics[0] == '/' && lstat(c->metrics, &st) == 0 &&
        S_ISSOCK(st.st_mode))
        (void)unlink(c->metrics); /* of our own making; the next guard tries again */
}

static void
send_socket(struct guard *g, struct guard_child *judge)
{
    struct buf packet = {0};

    wire_put_metrics_fd(&packet, &(struct wire_metrics_fd){.is_open = g->metrics >= 0});
    guard_send(judge, buf_span(&packet), g->metrics);
    buf_fini(&packet);
}

void
guard_send_metrics(struct guard *g)
{
    struct guard_child *judge = guard_child_of(g, ROLE_JUDGE);

    if (judge && g->metrics >= 0)
        send_socket(g, judge);
}

void
guard_take_metrics(struct guard *g, int fd)
{
    struct guard_child *judge = guard_child_of(g, ROLE_JUDGE);

    if (g->metrics >= 0)
        (void)close(g->metrics); /* judge has it until it is told */
    g->metrics = fd;
    if (judge)
        send_socket(g, judge);
}
