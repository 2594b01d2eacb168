#include "guard_children.h"

#include "base/clock.h"

static void
tell_end(struct guard_child *judge, enum wire_role role, int64_t end_us)
{
    struct buf packet = {0};

    wire_put_role_ended(&packet,
                        &(struct wire_role_ended){.role = (uint8_t)role,
                                                  .ago_us = clock_boot_us() - end_us});
    guard_send(judge, buf_span(&packet), -1);
    buf_fini(&packet);
}

void
guard_note_end(struct guard_child *c)
{
    struct guard_child *judge = guard_child_of(c->guard, ROLE_JUDGE);

    c->ends_us[0] = c->ends_us[1];
    c->ends_us[1] = clock_boot_us();
    if (judge)
        tell_end(judge, c->role, c->ends_us[1]);
}

void
guard_tell_ends(struct guard_child *judge)
{
    const struct guard *g = judge->guard;

    for (size_t i = 0; i < GUARD_CHILDREN; i++)
        for (size_t k = 0; k < ARRAY_LEN(g->children[i].ends_us); k++)
            if (g->children[i].ends_us[k])
                tell_end(judge, g->children[i].role, g->children[i].ends_us[k]);
}
