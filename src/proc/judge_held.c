/* The database was lost: what the kernel still holds is entered as bans, so that it is
 * listed and can be lifted. */
#include "judge_parts.h"

#include "base/clock.h"
#include "enforce/rung.h"

enum { HELD_BYTES_MAX = 8 << 20 }; /* twice what the enforcer tells */

void
judge_ask_held(struct judge *j)
{
    if (j->has_asked_held)
        return;
    j->has_asked_held = true;
    buf_fini(&j->held);
    j->held = buf_bounded(HELD_BYTES_MAX);
    wire_put_list_held(&j->to_enforcer, &(struct wire_list_held){0});
}

/* Whose ban it may be: of all ports by hand, of a scope that of the first jail that bans
 * from its ports. */
static bool
find_jail(const struct judge *j, uint16_t scope, uint16_t *jail)
{
    if (scope == 0) {
        *jail = JAIL_MANUAL;
        return true;
    }
    for (size_t i = 0; i < j->role.config.jail_count; i++)
        if (j->role.config.jails[i].scope == scope &&
            j->role.config.jails[i].mode == JAIL_ENFORCE) {
            *jail = (uint16_t)i;
            return true;
        }
    return false;
}

/* Whether it was entered. */
static bool
enter(struct judge *j, const struct wire_held *m)
{
    int64_t left_s =
        m->remaining_s < CONFIG_TIME_MAX_S ? m->remaining_s : CONFIG_TIME_MAX_S;
    struct ban ban = {.since_us = j->now_us,
                      /* without failures: decide_add_reason() */
                      .first_us = j->now_us - 1,
                      .until_us = left_s < 0 ? -1 : j->now_us + left_s * SECOND_US,
                      .mode = JAIL_ENFORCE};
    struct ban_key key = {.who = m->who};
    struct ban *held;

    if (!find_jail(j, m->scope, &key.jail) || decide_find_ban(&j->decide, &key))
        return false;
    held = decide_enter_ban(&j->decide, &key, &ban, j->now_us);
    if (!held)
        return false;
    held->state = BAN_PENDING;
    judge_jail_of(j, key.jail)->banned++;
    judge_jail_of(j, key.jail)->bans++;
    judge_jail_of(j, key.jail)->is_dirty = true;
    judge_mark_ban(j, &key);
    judge_note_made(j, &key, held);
    judge_wish(j, m->scope, &m->who);
    return true;
}

/* In one turn, and so in one transaction: a judge that is killed in it finds no bans the
 * next time either, and asks again. */
static void
enter_all(struct judge *j, const struct wire_held_end *end)
{
    struct span rest = buf_span(&j->held);
    struct wire_frame f;
    struct wire_held m;
    unsigned count = 0;

    while (wire_next(&rest, WIRE_ENFORCER_TO_JUDGE, &f) == WIRE_FRAME &&
           wire_get_held(f.fields, &m))
        count += enter(j, &m);
    buf_fini(&j->held);
    j->has_no_memory = false;
    if (count)
        log_line(&j->role.log, LOG_LEVEL_WARNING, "bans-found-in-kernel",
                 "bans=%u what=\"the database knew of none; these are entered as they "
                 "are in force\"",
                 count);
    if (end->is_cut || end->error)
        log_line(&j->role.log, LOG_LEVEL_ERROR, "bans-not-found",
                 "error=%lld what=\"the kernel may hold more bans than are listed; they "
                 "end in time\"",
                 (long long)end->error);
    judge_expire(j);
}

bool
judge_take_held(struct judge *j, const struct wire_frame *f)
{
    struct wire_held_end end;
    struct wire_held m;

    if (!j->has_no_memory || !j->has_asked_held)
        return false;
    if (f->type == WIRE_HELD_END) {
        if (!wire_get_held_end(f->fields, &end))
            return false;
        enter_all(j, &end);
        return true;
    }
    if (!wire_get_held(f->fields, &m) || m.scope >= j->role.config.scope_count ||
        !rung_has(&m.who) || m.remaining_s == 0)
        return false;
    wire_put_held(&j->held, &m);
    return !j->held.is_cut;
}
