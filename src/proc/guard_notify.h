/* guard_notify: what a service manager is told (sd_notify(3)), by a few lines of our own:
 * one datagram a message to the socket named in NOTIFY_SOCKET.
 *
 *     notify_open(&n, getenv("NOTIFY_SOCKET"));
 *     notify_say(&n, "READY=1\nSTATUS=%s", text);
 */
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "base/buf.h"

struct guard_notify {
    bool is_open; /* there is somebody to tell */
    int fd;
    struct sockaddr_un to;
    socklen_t to_len;
};

/* Begins to tell the socket at `path`: absolute, or abstract behind a `@`; NULL or "":
 * nobody is told. 0, or a negative errno; then nobody is told. */
NODISCARD int notify_open(struct guard_notify *n, const char *path);

/* Sends one message, assignments one a line. Nobody waits for a manager that does not
 * read: what it does not take is lost. */
void notify_say(const struct guard_notify *n, const char *format, ...) PRINTF(2, 3);

/* How often the manager wants a sign of life, in microseconds: what WATCHDOG_USEC says,
 * when WATCHDOG_PID is `self` or not given. 0: never. */
int64_t notify_watchdog_us(const char *usec, const char *pid, int64_t self);
