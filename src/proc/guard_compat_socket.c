/* guard_compat_socket: where the socket of `fail2ban-socket` is. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "guard_diff.h"
#include "guard_parts.h"

enum { BACKLOG = 128 };

/* Whether somebody listens there; what nobody listens at any more is removed, a file of
 * another kind left alone. */
static bool
is_taken(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct stat st;
    bool is_there;

    if (fd < 0)
        return false; /* bind() tells */
    is_there =
        connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0 || errno == EAGAIN;
    if (!is_there && errno == ECONNREFUSED && lstat(name->sun_path, &st) == 0 &&
        S_ISSOCK(st.st_mode))
        (void)unlink(name->sun_path); /* bind() tells when it is still there */
    (void)close(fd);
    return is_there;
}

/* Its folder is made by fail2ban's package, which may be gone: one level of it. */
static void
make_folder(const char *path)
{
    ptrdiff_t slash = span_find_last(span_of(path), '/');
    char folder[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

    if (slash > 0 &&
        span_cstr(span_head(span_of(path), (size_t)slash), folder, sizeof(folder)))
        (void)mkdir(folder, 0755); /* bind() tells when it is not there */
}

static int
bind_at(int fd, const struct sockaddr_un *name)
{
    mode_t old_mask = umask(0177);
    int e = bind(fd, (const struct sockaddr *)name, sizeof(*name)) == 0 ? 0 : -errno;

    (void)umask(old_mask); /* cannot fail */
    return e == 0 && listen(fd, BACKLOG) != 0 ? -errno : e;
}

static int
listen_at(const char *path, int *out)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int tries = 0, fd, e = -EADDRINUSE;

    if (!span_cstr(span_of(path), name.sun_path, sizeof(name.sun_path)))
        return -ENAMETOOLONG;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    make_folder(path);
    /* Of a guard before us it may be held for a moment more. */
    while (is_taken(&name) && guard_waits(&tries)) {
    }
    if (!is_taken(&name))
        e = bind_at(fd, &name);
    if (e)
        (void)close(fd); /* not bound */
    else
        *out = fd;
    return e;
}

int
guard_bind_compat(const struct config *old, const struct config *new, int *out,
                  struct buf *why)
{
    int e;

    *out = -1;
    if (!new->fail2ban_socket || (old && !diff_compat(old, new)))
        return 0;
    e = listen_at(new->fail2ban_socket, out);
    if (e == -EADDRINUSE)
        buf_printf(why,
                   "fail2ban-socket %s: somebody answers there, fail2ban it seems; stop "
                   "it first (systemctl disable --now fail2ban), or set "
                   "`fail2ban-socket = none`\n",
                   new->fail2ban_socket);
    else if (e)
        buf_printf(why, "cannot listen at fail2ban-socket %s: %s\n", new->fail2ban_socket,
                   strerror(-e));
    return e;
}

void
guard_remove_compat(const struct config *c)
{
    struct stat st;

    if (c->fail2ban_socket && lstat(c->fail2ban_socket, &st) == 0 && S_ISSOCK(st.st_mode))
        (void)unlink(c->fail2ban_socket); /* of our own making */
}
