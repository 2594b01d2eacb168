/* listen: listening stream sockets. */
#pragma once

#include "base/addr.h"

/* Binds a local socket of this type (SOCK_STREAM, SOCK_SEQPACKET) at `path`, with these
 * permissions, and listens. What nobody listens at any more is replaced; where somebody
 * does it is -EADDRINUSE. The descriptor, non-blocking, or a negative errno. */
NODISCARD int listen_unix(const char *path, unsigned mode, int type);

/* The same at an address and port, of IPv6 alone when that is one. */
NODISCARD int listen_inet(const struct addr *address, uint16_t port);

/* Whether a socket is bound there: at `path`, or where that is empty at an address. */
NODISCARD bool listen_is_at(int fd, const char *path, const struct addr *address,
                            uint16_t port);

/* Removes the socket at `path`; another file is left alone. */
void listen_remove(const char *path);

/* Takes the sockets that a manager has listening for this process (sd_listen_fds(3)), and
 * makes them non-blocking. How many, 0 without one; -EINVAL: one of them is no stream
 * socket that listens, or there are more than `max`; or another negative errno. */
NODISCARD int listen_handed(int *fds, size_t max);
