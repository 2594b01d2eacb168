/* metrics_socket: the option `metrics-socket`: where the guard tells what it counts.
 *
 *     /run/komainu/metrics.sock       a socket in the file system; unix:PATH is the same
 *     127.0.0.1:9170, [::1]:9170      an address of the loopback
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"

enum { METRICS_PATH_MAX = 107 }; /* bytes; what a sockaddr_un holds */

struct metrics_socket {
    struct span path; /* borrowed; empty: */
    struct addr address;
    uint16_t port;
};

/* Reads a value. False with what would be right in `why`: also of an address that other
 * hosts could reach. */
NODISCARD bool metrics_socket_read(struct span text, struct metrics_socket *out,
                                   struct buf *why);

/* Appends the one spelling, by which it is known. */
void metrics_socket_print(const struct metrics_socket *m, struct buf *out);
