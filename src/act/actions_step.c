#include "act/actions_internal.h"
#include "base/mem.h"

static void
set_started(struct action *a, unsigned family, unsigned bits)
{
    size_t i = 0;

    while (i < a->known && a->order[i] != family)
        i++;
    if (i == a->known)
        a->order[a->known++] = (uint8_t)family;
    a->started[family] = (uint8_t)bits;
}

static bool
is_known(const struct action *a, unsigned family)
{
    for (size_t i = 0; i < a->known; i++)
        if (a->order[i] == family)
            return true;
    return false;
}

static unsigned
family_at(const struct actions_jail *j)
{
    return j->families[j->family];
}

static void
enter(struct actions_jail *j, enum step step, enum action_event event)
{
    j->step = step;
    j->event = event;
}

/* The action is done with. */
static void
leave(struct actions_jail *j, bool is_good)
{
    j->has_failed |= !is_good;
    j->step = STEP_NONE;
    /* Who could not be banned again is left to the next time, like in fail2ban. */
    j->at = j->job->kind == JOB_REBAN && !is_good ? j->count : j->at + 1;
}

static enum action_event
event_of(const struct actions_jail *j, const struct action *a)
{
    switch (j->job->kind) {
    case JOB_BAN:
        return ACTION_BAN;
    case JOB_REBAN:
        return a->config->commands[ACTION_REBAN][ACTION_INET4][0] ? ACTION_REBAN
                                                                  : ACTION_BAN;
    case JOB_PROLONG:
        return ACTION_PROLONG;
    case JOB_UNBAN:
    case JOB_LAST_UNBAN:
        return ACTION_UNBAN;
    case JOB_START:
        return ACTION_START;
    case JOB_FLUSH:
        return ACTION_FLUSH;
    case JOB_CHECK:
        return ACTION_CHECK;
    case JOB_RELOAD:
        return ACTION_RELOAD;
    case JOB_STOP:
        break;
    }
    return ACTION_STOP;
}

static void
add_family(struct actions_jail *j, unsigned family)
{
    j->families[j->family_count++] = (uint8_t)family;
}

/* The families that were started, with all of `bits`. */
static void
add_started(struct actions_jail *j, const struct action *a, unsigned bits)
{
    for (size_t i = 0; i < a->known; i++)
        if ((a->started[a->order[i]] & bits) == bits)
            add_family(j, a->order[i]);
}

/* The families of an action that is started for all. */
static void
add_families(struct actions_jail *j, const struct action *a)
{
    add_family(j, a->config->has_families ? FAMILY_INET4 : FAMILY_ANY);
    if (a->config->has_families && j->actions->setup.has_inet6)
        add_family(j, FAMILY_INET6);
}

/* Which families a job that is for no ban is for. */
static void
choose_families(struct actions_jail *j, const struct action *a)
{
    if (j->job->kind == JOB_START && !a->config->is_started_on_demand) {
        add_families(j, a);
    } else if (j->job->kind == JOB_FLUSH) {
        if (actions_has(a, ACTION_FLUSH, FAMILY_INET4) ||
            actions_has(a, ACTION_FLUSH, FAMILY_INET6))
            add_started(j, a, STARTED | HAS_BANS);
    } else if (j->job->kind == JOB_STOP || j->job->kind == JOB_CHECK ||
               j->job->kind == JOB_RELOAD) {
        add_started(j, a, STARTED);
    }
}

/* Whether the action has something to do with the ban of the job. */
static bool
is_concerned(const struct actions_jail *j, const struct action *a, unsigned family)
{
    bool has_flush = actions_has(a, ACTION_FLUSH, family);

    switch (j->job->kind) {
    case JOB_UNBAN:
        return a->started[family] & HAS_BANS;
    case JOB_LAST_UNBAN:
        return !has_flush && a->started[family] & HAS_BANS;
    case JOB_PROLONG:
        return actions_has(a, ACTION_PROLONG, family) &&
               !(j->job->kept->ticket.is_restored && a->config->is_for_new);
    case JOB_REBAN:
        return a->epoch > j->job->kept->epoch;
    case JOB_BAN:
        return !(j->job->kept->ticket.is_restored && a->config->is_for_new);
    case JOB_START:
    case JOB_CHECK:
    case JOB_RELOAD:
    case JOB_FLUSH:
    case JOB_STOP:
        break;
    }
    return true;
}

/* With the ban of the job, or with the start that has to come before it. */
static void
begin_ban(struct actions_jail *j, struct action *a)
{
    bool is_banning = j->job->kind == JOB_BAN || j->job->kind == JOB_REBAN;
    unsigned family = actions_family(j);

    if (!is_concerned(j, a, family))
        return;
    if (!is_banning || !a->config->is_started_on_demand || a->started[family]) {
        add_family(j, family);
        enter(j, STEP_FIRST, event_of(j, a));
        return;
    }
    if (family == FAMILY_NONE) /* what is for no family needs all */
        add_families(j, a);
    else
        add_family(j, family);
    enter(j, STEP_EACH, ACTION_START);
}

/* Begins with the present action; it may be done with at once. */
static void
begin_action(struct actions_jail *j)
{
    struct action *a = actions_present(j);

    j->family = j->family_count = 0;
    j->has_failed_each = false;
    j->is_checking = j->job->kind == JOB_CHECK;
    if (j->job->kind == JOB_RELOAD) /* each time anew */
        actions_forget_all(a, ACTION_RELOAD);
    if (!j->job->kept) {
        choose_families(j, a);
        enter(j, j->job->kind == JOB_CHECK ? STEP_CHECK : STEP_EACH, event_of(j, a));
        if (j->job->kind == JOB_STOP)
            memset(a->started, 0, sizeof(a->started));
    } else {
        begin_ban(j, a);
    }
    if (j->family_count == 0)
        leave(j, true);
}

static void
start_step(struct actions_jail *j)
{
    struct action *a = actions_present(j);
    unsigned family = family_at(j);

    switch (j->step) {
    case STEP_EACH:
    case STEP_RESTART:
        actions_run_shared(j, family);
        return;
    case STEP_RESTOP:
        if (is_known(a, family))
            actions_run_shared(j, family);
        else
            actions_go_on(j, true);
        a->started[family] = 0;
        return;
    case STEP_FIRST:
    case STEP_SECOND:
        actions_run_command(j, &j->job->kept->ticket, family,
                            actions_text(a, j->event, family));
        return;
    case STEP_CHECK:
    case STEP_REPAIR:
    case STEP_RECHECK:
        actions_run_bare(j, family);
        return;
    case STEP_NONE:
        return;
    }
}

/* With the next family, or with what the start was for. */
static void
next_family(struct actions_jail *j)
{
    struct action *a = actions_present(j);

    if (++j->family < j->family_count)
        return;
    if (j->job->kept && !j->has_failed_each) { /* started on demand */
        j->family = j->family_count = 0;
        add_family(j, actions_family(j));
        enter(j, STEP_FIRST, event_of(j, a));
        return;
    }
    if (j->job->kind == JOB_FLUSH && j->has_failed_each && !j->is_checking) {
        j->family = j->family_count = 0;
        j->is_checking = true;
        add_started(j, a, STARTED);
        enter(j, STEP_CHECK, ACTION_CHECK);
        if (j->family_count)
            return;
    }
    leave(j, !j->has_failed_each);
}

/* A command for all of a family has ended, or the same was run for the other one. */
static void
note_shared(struct actions_jail *j, bool is_good)
{
    struct action *a = actions_present(j);
    unsigned family = family_at(j);
    char *text = actions_shared_text(j, a, j->event, family);

    if (is_good && j->event == ACTION_START) {
        actions_forget_run(a, ACTION_STOP, family);
        set_started(a, family, STARTED);
    }
    if (is_good && j->event == ACTION_STOP)
        actions_forget_run(a, ACTION_START, family);
    if (is_good && j->event == ACTION_FLUSH)
        a->started[family] &= (uint8_t)~HAS_BANS;
    if (is_good && text[0])
        actions_note_run(a, j->event, family, text);
    else
        actions_forget_run(a, j->event, family);
    mem_free(text);
}

/* The action is not whole, and cannot be made so. */
static void
give_up(struct actions_jail *j)
{
    struct action *a = actions_present(j);

    if (!j->is_checking) {
        leave(j, false);
        return;
    }
    a->started[family_at(j)] = 0;
    actions_forget_run(a, ACTION_START, family_at(j));
    j->has_failed_each = true;
    enter(j, STEP_CHECK, ACTION_CHECK);
    next_family(j);
}

/* What cannot be started again is left for the next time, and with it all actions behind:
 * so does fail2ban. */
static void
abandon(struct actions_jail *j)
{
    leave(j, false);
    j->is_abandoned = true;
    j->at = j->count;
}

/* It is whole: what was to be done once more, or the next family. */
static void
go_back(struct actions_jail *j)
{
    if (j->is_checking) {
        enter(j, STEP_CHECK, ACTION_CHECK);
        next_family(j);
    } else {
        enter(j, STEP_SECOND, event_of(j, actions_present(j)));
    }
}

static bool
is_unbanning(const struct actions_jail *j)
{
    return j->job->kind == JOB_UNBAN || j->job->kind == JOB_LAST_UNBAN ||
           j->job->kind == JOB_FLUSH;
}

static void
begin_repair(struct actions_jail *j)
{
    struct action *a = actions_present(j);

    if (is_unbanning(j) && !a->config->is_repaired_on_unban) {
        if (j->is_checking)
            go_back(j); /* it is stopped all the same */
        else
            give_up(j);
        return;
    }
    a->epoch = ++j->epoch;
    if (actions_has(a, ACTION_REPAIR, family_at(j)))
        enter(j, STEP_REPAIR, ACTION_REPAIR);
    else
        enter(j, STEP_RESTOP, ACTION_STOP);
}

static void
end_repair(struct actions_jail *j, bool is_good)
{
    set_started(actions_present(j), family_at(j), is_good ? STARTED : 0);
    if (is_good)
        enter(j, STEP_RECHECK, ACTION_CHECK);
    else
        give_up(j);
}

static void
end_restop(struct actions_jail *j, bool is_good)
{
    struct action *a = actions_present(j);

    if (is_known(a, family_at(j)))
        note_shared(j, is_good);
    /* Who is unbanned is no reason to start what starts at a ban. */
    if (is_unbanning(j) && a->config->is_started_on_demand)
        go_back(j);
    else
        enter(j, STEP_RESTART, ACTION_START);
}

/* The command that the ban asks for has ended. */
static void
end_command(struct actions_jail *j, bool is_good)
{
    struct action *a = actions_present(j);
    unsigned family = family_at(j);

    if (is_good && (j->job->kind == JOB_BAN || j->job->kind == JOB_REBAN))
        set_started(a, family, a->started[family] | STARTED | HAS_BANS);
    if (is_good || j->step == STEP_SECOND)
        leave(j, is_good);
    else if (actions_has(a, ACTION_CHECK, family))
        enter(j, STEP_CHECK, ACTION_CHECK);
    else
        enter(j, STEP_SECOND, j->event);
}

void
actions_go_on(struct actions_jail *j, bool is_good)
{
    switch (j->step) {
    case STEP_EACH:
        note_shared(j, is_good);
        j->has_failed_each |= !is_good;
        next_family(j);
        return;
    case STEP_FIRST:
    case STEP_SECOND:
        end_command(j, is_good);
        return;
    case STEP_CHECK:
        if (is_good)
            go_back(j);
        else
            begin_repair(j);
        return;
    case STEP_REPAIR:
        end_repair(j, is_good);
        return;
    case STEP_RESTOP:
        end_restop(j, is_good);
        return;
    case STEP_RESTART:
        note_shared(j, is_good);
        if (is_good)
            enter(j, STEP_RECHECK, ACTION_CHECK);
        else if (j->job->kind == JOB_CHECK)
            abandon(j);
        else
            give_up(j);
        return;
    case STEP_RECHECK:
        if (is_good)
            go_back(j);
        else
            give_up(j);
        return;
    case STEP_NONE:
        return;
    }
}

void
actions_step_on(struct actions_jail *j)
{
    if (j->is_stepping)
        return; /* a command that could not be started has ended within start_step() */
    j->is_stepping = true;
    while (!j->is_running) {
        if (!j->job && !actions_next_job(j))
            break;
        if (j->at == j->count)
            actions_end_job(j);
        else if (j->step == STEP_NONE)
            begin_action(j);
        else
            start_step(j);
    }
    j->is_stepping = false;
}

void
actions_step_ended(struct actions_jail *j, const struct run_end *end)
{
    j->is_running = false;
    if (end->outcome != RUN_DONE)
        actions_say_failed(j, end);
    actions_go_on(j, end->outcome == RUN_DONE);
    actions_step_on(j);
}
