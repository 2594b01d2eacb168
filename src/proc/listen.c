#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,   /* the kernel cuts it to net.core.somaxconn */
    FIRST_HANDED = 3, /* SD_LISTEN_FDS_START */
};

/* Whether somebody listens there. */
static bool
is_taken(const struct sockaddr_un *name, int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool is_there;

    if (fd < 0)
        return false; /* bind() tells */
    is_there =
        connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0 || errno == EAGAIN;
    if (!is_there && errno == ECONNREFUSED)
        listen_remove(name->sun_path);
    (void)close(fd);
    return is_there;
}

static int
bind_unix(int fd, const struct sockaddr_un *name, unsigned mode)
{
    mode_t old_mask;
    int e = 0;

    old_mask = umask(0777 & ~mode);
    if (bind(fd, (const struct sockaddr *)name, sizeof(*name)) != 0)
        e = -errno;
    (void)umask(old_mask); /* cannot fail */
    return e;
}

static int
set(int fd, int level, int option)
{
    int one = 1;

    return setsockopt(fd, level, option, &one, sizeof(one)) == 0 ? 0 : -errno;
}

static int
bind_inet(int fd, const struct addr *address, uint16_t port)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    bool is_6 = address->family == 6;
    int e = set(fd, SOL_SOCKET, SO_REUSEADDR);

    memcpy(&in4.sin_addr, address->bytes, sizeof(in4.sin_addr));
    memcpy(&in6.sin6_addr, address->bytes, sizeof(in6.sin6_addr));
    if (e == 0 && is_6)
        e = set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    if (e == 0)
        e = set(fd, IPPROTO_TCP, TCP_NODELAY); /* whoever is accepted has it */
    if (e == 0 && bind(fd, is_6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in4,
                       is_6 ? sizeof(in6) : sizeof(in4)) != 0)
        e = -errno;
    return e;
}

/* `e` is what came of binding. */
static int
begin(int fd, int e)
{
    if (e == 0 && listen(fd, BACKLOG) != 0)
        e = -errno;
    if (e == 0)
        return fd;
    (void)close(fd); /* of no use */
    return e;
}

int
listen_unix(const char *path, unsigned mode, int type)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd;

    if (!span_cstr(span_of(path), name.sun_path, sizeof(name.sun_path)))
        return -ENAMETOOLONG;
    if (is_taken(&name, type))
        return -EADDRINUSE;
    fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -errno : begin(fd, bind_unix(fd, &name, mode));
}

int
listen_inet(const struct addr *address, uint16_t port)
{
    int fd = socket(address->family == 6 ? AF_INET6 : AF_INET,
                    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    return fd < 0 ? -errno : begin(fd, bind_inet(fd, address, port));
}

bool
listen_is_at(int fd, const char *path, const struct addr *address, uint16_t port)
{
    union {
        struct sockaddr any;
        struct sockaddr_un local;
        struct sockaddr_in in4;
        struct sockaddr_in6 in6;
        char bytes[sizeof(struct sockaddr_un) + 1]; /* the kernel may end no path */
    } name = {.bytes = {0}};
    socklen_t len = sizeof(name.bytes) - 1;

    if (getsockname(fd, &name.any, &len) != 0)
        return false;
    if (path[0])
        return name.any.sa_family == AF_UNIX && strcmp(name.local.sun_path, path) == 0;
    if (name.any.sa_family == AF_INET)
        return address->family == 4 && ntohs(name.in4.sin_port) == port &&
               memcmp(&name.in4.sin_addr, address->bytes, 4) == 0;
    return name.any.sa_family == AF_INET6 && address->family == 6 &&
           ntohs(name.in6.sin6_port) == port &&
           memcmp(&name.in6.sin6_addr, address->bytes, 16) == 0;
}

void
listen_remove(const char *path)
{
    struct stat st;

    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        (void)unlink(path); /* the next one tries again */
}

static int
option_of(int fd, int name)
{
    int value = -1;
    socklen_t len = sizeof(value);

    return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

int
listen_handed(int *fds, size_t max)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    uint64_t n = 0, who;

    if (!pid || !count || !span_u64(span_of(pid), 1, INT32_MAX, &who) ||
        who != (uint64_t)getpid())
        return 0;
    if (!span_u64(span_of(count), 0, max, &n))
        return -EINVAL;
    for (int i = 0; i < (int)n; i++) {
        int fd = FIRST_HANDED + i;

        if (option_of(fd, SO_TYPE) != SOCK_STREAM || option_of(fd, SO_ACCEPTCONN) != 1)
            return -EINVAL;
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
            return -errno;
        fds[i] = fd;
    }
    return (int)n;
}
