#include "guard_notify.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

enum { MESSAGE_MAX = 1024 };

int
notify_open(struct guard_notify *n, const char *path)
{
    struct span name = span_of(path);

    *n = (struct guard_notify){.fd = -1, .to = {.sun_family = AF_UNIX}};
    if (name.len == 0)
        return 0;
    if ((name.ptr[0] != '/' && name.ptr[0] != '@') || name.len < 2)
        return -EINVAL;
    if (name.len >= sizeof(n->to.sun_path))
        return -ENAMETOOLONG;
    memcpy(n->to.sun_path, name.ptr, name.len);
    n->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name.len);
    if (name.ptr[0] == '@')
        n->to.sun_path[0] = '\0'; /* an abstract name has no end but its length */
    else
        n->to_len++;
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    n->is_open = n->fd >= 0;
    return n->is_open ? 0 : -errno;
}

void
notify_say(const struct guard_notify *n, const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;
    int len;

    if (!n->is_open)
        return;
    va_start(args, format);
    len = vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (len >= (int)sizeof(message))
        len = sizeof(message) - 1;
    /* Lost when the manager is gone or does not read: it asks for no answer. */
    (void)sendto(n->fd, message, (size_t)len, MSG_NOSIGNAL,
                 (const struct sockaddr *)&n->to, n->to_len);
}

int64_t
notify_watchdog_us(const char *usec, const char *pid, int64_t self)
{
    uint64_t wanted, whose;

    if (!usec || !span_u64(span_of(usec), 1, INT64_MAX, &wanted))
        return 0;
    if (pid && (!span_u64(span_of(pid), 1, INT64_MAX, &whose) || (int64_t)whose != self))
        return 0;
    return (int64_t)wanted;
}
