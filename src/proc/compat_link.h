/* compat_link: questions of the compat role to judge, each over a connection of its own:
 * a pair of sockets, one end of which is passed to judge. */
#pragma once

#include "ctl/client.h"

struct compat_link {
    struct chan chan; /* to judge; fd -1: it is being restarted */
};

/* Takes the socket to a judge that has started, in place of that to the one before. */
void compat_link_take(struct compat_link *l, int fd);

/* Asks judge, and waits for all of the answer, in the zeroed `a`; as `ask` of
 * struct orders_guard (compat/orders.h). */
enum ctl_exit compat_link_ask(const struct compat_link *l, struct span frames,
                              struct answer *a, struct buf *error);
