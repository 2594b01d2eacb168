/* slots_diag: the connections that servers of this machine have taken on some ports, over
 * sock_diag, with what each has moved. */
#pragma once

#include "enforce/nl.h"
#include "enforce/slots.h"

/* Notes every established TCP connection to the ports of `c` that a server has taken;
 * those that wait for a server to do so take nobody's place. `netlink` is of
 * NETLINK_SOCK_DIAG, `batch` is overwritten. The kernel leaves other ports out. 0, or a
 * negative errno; some may be noted all the same. */
NODISCARD int slots_diag_dump(struct nl_socket *netlink, struct nl_batch *batch,
                              const struct config_slots *c, struct slots *s);

/* Reads one message of a dump, which may be anything. False when it is no such
 * connection. */
NODISCARD bool slots_diag_parse(struct span payload, struct slots_connection *out);
