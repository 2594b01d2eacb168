/* guard_messages: what roles say to komainud. */
#include "guard_children.h"
#include "guard_diff.h"
#include "guard_parts.h"
#include "guard_sources.h"

static bool
may_restart(enum wire_role who, enum wire_role neighbour)
{
    return who == ROLE_JUDGE || (who == ROLE_SENSOR && neighbour == ROLE_JOURNAL) ||
           (who == ROLE_GATE && neighbour == ROLE_SHARE);
}

/* Names came up that the configuration does not know of. A judge that starts says it
 * again. */
static void
run_resolver(struct guard *g)
{
    if (g->is_loading)
        return; /* nothing is looked up before the guard itself starts */
    g->needs_resolver = true;
    for (size_t i = 0; i < GUARD_CHILDREN; i++) {
        struct guard_child *c = &g->children[i];

        if (c->role != ROLE_RESOLVER || c->is_wanted)
            continue;
        c->is_wanted = true;
        guard_start_child(c);
    }
}

static bool
take_ready(struct guard_child *c, struct span fields)
{
    struct wire_ready m;

    if (!wire_get_ready(fields, &m))
        return false;
    c->is_ready = true;
    guard_all_ready(c->guard);
    return true;
}

static bool
take_pong(struct guard_child *c, struct span fields)
{
    struct wire_pong m;

    if (!wire_get_pong(fields, &m))
        return false;
    guard_take_pong(c, m.bans);
    return true;
}

static bool
take_in_step(struct guard_child *c, struct span fields)
{
    struct guard *g = c->guard;

    if (!wire_get_in_step(fields, &g->in_step))
        return false;
    g->is_in_step = true;
    if (g->is_loading)
        guard_look_at_load(g);
    return true;
}

static bool
take_need_resolver(struct guard_child *c, struct span fields)
{
    struct wire_need_resolver m;

    if (!wire_get_need_resolver(fields, &m))
        return false;
    run_resolver(c->guard);
    return true;
}

static bool
take_compat_order(struct guard_child *c, struct span fields)
{
    return guard_take_compat_order(c->guard, fields);
}

static bool
take_reopen(struct guard_child *c, struct span fields)
{
    struct wire_reopen m;

    if (!wire_get_reopen(fields, &m))
        return false;
    guard_reopen(c->guard, m.source);
    return true;
}

static bool
take_restart(struct guard_child *c, struct span fields)
{
    struct wire_restart m;
    struct guard_child *broken;

    if (!wire_get_restart(fields, &m) || !may_restart(c->role, (enum wire_role)m.role))
        return false;
    broken = guard_child_of(c->guard, (enum wire_role)m.role);
    if (broken && broken != c)
        guard_kill(broken);
    return true;
}

/* What roles may say, and which of them. A handler is false for what is no such message,
 * and the role is then ended. */
static const struct {
    enum wire_type type;
    unsigned roles; /* ROLE_BITs */
    bool (*take)(struct guard_child *c, struct span fields);
} messages[] = {
    {WIRE_READY, ~0U, take_ready},
    {WIRE_PONG, ~0U, take_pong},
    {WIRE_IN_STEP, ROLE_BIT(ROLE_JUDGE), take_in_step},
    {WIRE_NEED_RESOLVER, ROLE_BIT(ROLE_JUDGE), take_need_resolver},
    {WIRE_COMPAT_ORDER, ROLE_BIT(ROLE_COMPAT), take_compat_order},
    {WIRE_REOPEN, ROLE_BIT(ROLE_SENSOR) | ROLE_BIT(ROLE_REPORTER), take_reopen},
    {WIRE_RESTART, ~0U, take_restart}, /* may_restart() */
};

bool
guard_take_frame(struct guard_child *c, const struct wire_frame *f)
{
    for (size_t i = 0; i < ARRAY_LEN(messages); i++)
        if (messages[i].type == f->type)
            return messages[i].roles & ROLE_BIT(c->role) &&
                   messages[i].take(c, f->fields);
    return false;
}
