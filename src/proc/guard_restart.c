/* guard_restart: when a role that has ended is started again, and what waits for it. */
#include "guard_children.h"

enum {
    PAUSE_MIN_US = 50000, /* before a role is started again */
    PAUSE_AT_WORK_US = 200000,
    PAUSE_MAX_US = 5000000,
    PAUSE_BESIDE_US = 60000000, /* the longest, of a role that stands beside the guard */
    SHORT_LIVES_MAX = 8,        /* starts of a role that never got ready */
    LIVES_BESIDE = 3,           /* and of one that the guard then goes on without */
};

/* The gate answers an MTA, the reporter counts for reports: who attacks is watched,
 * counted and banned without them, and without what other hosts know. */
static bool
is_beside(enum wire_role role)
{
    return role == ROLE_GATE || role == ROLE_SHARE || role == ROLE_REPORTER;
}

bool
guard_awaits(const struct guard_child *c)
{
    return c->is_wanted && !c->is_ready && !c->is_leaving &&
           !(is_beside(c->role) && c->short_lives >= LIVES_BESIDE);
}

bool
guard_gives_up(struct guard_child *c)
{
    struct guard *g = c->guard;

    if (g->has_shown_screen || c->is_ready || is_beside(c->role) ||
        c->short_lives < SHORT_LIVES_MAX)
        return false;
    log_line(&g->log, LOG_LEVEL_ERROR, "giving-up",
             "role=%s reason=\"it cannot start; its message is above\"",
             wire_role_name(c->role));
    g->status = 1;
    loop_stop(&g->loop);
    return true;
}

bool
guard_goes_on_without(const struct guard_child *c)
{
    if (!is_beside(c->role) || c->is_ready || c->short_lives != LIVES_BESIDE)
        return false;
    log_line(&c->guard->log, LOG_LEVEL_ERROR, "going-on-without",
             "role=%s what=\"it cannot start; its message is above; it is tried again, "
             "less and less often\"",
             wire_role_name(c->role));
    return true;
}

/* A pause that doubles with every short life. It stays small for a role that had been at
 * work: whoever finds a way to end it must not gain seconds in which nobody guards. */
int64_t
guard_restart_delay(const struct guard_child *c, bool was_ready)
{
    int64_t longest_us = was_ready            ? PAUSE_AT_WORK_US
                         : is_beside(c->role) ? PAUSE_BESIDE_US
                                              : PAUSE_MAX_US;
    int64_t delay_us = c->short_lives > 1 ? PAUSE_MIN_US : 0;

    for (unsigned i = 2; i < c->short_lives && delay_us < longest_us; i++)
        delay_us *= 2;
    return delay_us < longest_us ? delay_us : longest_us;
}
