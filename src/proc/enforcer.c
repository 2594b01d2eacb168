/* komainu-enforcer: puts bans into the kernel, after a last look at each. See
 * enforce/enforcer.h. */
#include "enforce/enforcer.h"
#include "role.h"

static void
on_frame(struct role *r, const struct wire_frame *f, int passed)
{
    int e;

    role_need_neighbour(r, ROLE_JUDGE, f, passed);
    e = enforcer_attach_judge(r->ctx, passed);
    if (e)
        role_fail(r, "cannot serve judge", strerror(-e));
}

int
main(int argc, char **argv)
{
    static struct enforcer enforcer;
    static struct role role;
    int e;

    role_begin(&role, ROLE_ENFORCER, true, argc, argv);
    role.on_frame = on_frame;
    role.ctx = &enforcer;
    e = enforcer_init(&enforcer, &role.loop, &role.log, &role.config);
    if (e)
        role_fail(&role, "cannot set up nftables", strerror(-e));
    role_enter(&role, SANDBOX_LOOP | SANDBOX_MESSAGES);
    e = role_run(&role);
    enforcer_fini(&enforcer); /* the table and its bans stay */
    return e;
}
