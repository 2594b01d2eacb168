/* guard_leave: a role that takes its time to end while the guard goes on: the runner,
 * which undoes what its actions did, and may run commands for 18 s. */
#include "guard_children.h"

#include <sys/socket.h>

enum { LEAVE_US = 24000000 };

static void
on_stays(void *ctx)
{
    struct guard_child *c = ctx;

    log_line(&c->guard->log, LOG_LEVEL_ERROR, "role-stays",
             "role=%s what=\"it was told to end; it is killed\"",
             wire_role_name(c->role));
    guard_kill(c);
}

bool
guard_may_leave(const struct guard_child *c)
{
    return c->role == ROLE_RUNNER && c->pid && c->guard->config.action_count;
}

void
guard_leave(struct guard_child *c)
{
    if (c->is_leaving)
        return;
    c->is_leaving = true;
    c->is_ready = false;
    c->silent = 0;
    c->restart = (struct loop_timer){.fn = on_stays, .ctx = c};
    loop_timer_set(&c->guard->loop, &c->restart, LEAVE_US);
    (void)shutdown(c->up.fd, SHUT_RDWR); /* fails only when the role is gone */
}
