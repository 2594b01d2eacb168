#include "act/actions.h"

#include "act/actions_internal.h"
#include "base/clock.h"
#include "base/mem.h"

enum { CHECK_US = 3000000 }; /* as often as fail2ban has an action checked */

/* --- tickets --- */

/* Copies a text to `*to`, and puts `*s` there. */
static void
move_text(struct span *s, char **to)
{
    if (s->len)
        memcpy(*to, s->ptr, s->len);
    s->ptr = *to;
    *to += s->len;
}

static struct kept *
kept_new(struct actions *a, const struct ticket *t)
{
    struct kept *k = mem_zalloc(1, sizeof(*k));
    struct span *texts[] = {&k->ticket.id,           &k->ticket.name,
                            &k->ticket.groups,       &k->ticket.matches,
                            &k->ticket.jail_matches, &k->ticket.all_matches};
    char *to;

    k->ticket = *t;
    k->users = 1;
    k->round = a->round;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        k->text_bytes += texts[i]->len;
    if (a->text_bytes + k->text_bytes > ACTIONS_TEXT_MAX) {
        for (size_t i = 1; i < ARRAY_LEN(texts); i++) /* all but who it is */
            *texts[i] = (struct span){0};
        k->text_bytes = k->ticket.id.len;
        a->cut++;
    }
    a->text_bytes += k->text_bytes;
    to = k->texts = mem_zalloc(k->text_bytes + 1, 1);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        move_text(texts[i], &to);
    return k;
}

static struct kept *
kept_share(struct kept *k)
{
    k->users++;
    return k;
}

static void
kept_leave(struct actions *a, struct kept *k)
{
    if (!k || --k->users)
        return;
    a->text_bytes -= k->text_bytes;
    mem_free(k->texts);
    mem_free(k);
}

/* --- the queue --- */

/* `kept` is the queue's from now on. */
static void
add_job(struct actions_jail *j, enum job_kind kind, struct kept *kept, bool is_told)
{
    struct job *job = mem_zalloc(1, sizeof(*job));

    *job = (struct job){.kind = kind, .kept = kept, .is_told = is_told};
    if (j->last)
        j->last->next = job;
    else
        j->first = job;
    j->last = job;
    j->waiting++;
}

static void
free_job(struct actions_jail *j, struct job *job)
{
    kept_leave(j->actions, job->kept);
    kept_leave(j->actions, job->then);
    mem_free(job);
}

static struct job *
take_job(struct actions_jail *j)
{
    struct job *job = j->first;

    j->first = job->next;
    j->last = j->first ? j->last : NULL;
    j->waiting--;
    return job;
}

static void
say_rebanned(struct actions_jail *j)
{
    const struct actions_setup *s = &j->actions->setup;
    const struct kept *k = j->job->kept;
    const char *name = NULL;
    size_t count = 0;

    for (size_t i = 0; i < j->count; i++)
        if (j->list[i].epoch > k->epoch) {
            name = j->list[i].config->name;
            count++;
        }
    if (count && s->rebanned)
        s->rebanned(s->ctx, j->number, &k->ticket.who, count == 1 ? name : NULL);
}

bool
actions_next_job(struct actions_jail *j)
{
    if (!j->first)
        return false;
    j->job = take_job(j);
    j->at = 0;
    j->has_failed = j->is_abandoned = false;
    j->step = STEP_NONE;
    if (j->job->kind == JOB_REBAN)
        say_rebanned(j);
    return true;
}

static void
say_idle(struct actions *a)
{
    if (a->setup.idle && actions_are_idle(a))
        a->setup.idle(a->setup.ctx);
}

void
actions_end_job(struct actions_jail *j)
{
    struct job *job = j->job;
    const struct actions_setup *s = &j->actions->setup;

    j->job = NULL;
    if (job->kept && (job->kind == JOB_BAN || (job->kind == JOB_REBAN && !j->has_failed)))
        job->kept->epoch = j->epoch;
    if (job->then && job->then->epoch < j->epoch && !j->is_abandoned) {
        job->kind = JOB_REBAN;
        job->kept = job->then;
        job->then = NULL;
        job->next = j->first;
        j->first = job;
        j->last = j->last ? j->last : job;
        j->waiting++;
        return;
    }
    if (job->is_told)
        s->done(s->ctx, j->number, !j->has_failed);
    free_job(j, job);
    if (!j->first)
        say_idle(j->actions);
}

static void
on_end(void *ctx, const struct run_end *end)
{
    struct actions *a = ctx;

    actions_step_ended(&a->jails[end->id], end);
}

/* --- the beginning --- */

static void
add_action(struct actions_jail *j, const struct config_action *c)
{
    j->list = mem_realloc(j->list, j->count + 1, sizeof(*j->list));
    j->list[j->count++] = (struct action){.config = c};
}

void
actions_init(struct actions *a, const struct actions_setup *setup)
{
    const struct config *c = setup->config;

    *a = (struct actions){.setup = *setup};
    runs_init(&a->runs, setup->loop, on_end, a);
    runs_widen(&a->runs, RUN_PLACES_MAX, CONFIG_JAILS_MAX);
    a->jails = mem_zalloc(c->jail_count, sizeof(*a->jails));
    for (size_t i = 0; i < c->jail_count; i++) {
        struct actions_jail *j = &a->jails[i];

        j->actions = a;
        j->number = (uint16_t)i;
        table_init(&j->held, sizeof(struct addr), sizeof(struct kept *),
                   c->limits.max_bans);
    }
    for (size_t i = 0; i < c->action_count; i++)
        add_action(&a->jails[c->actions[i].jail], &c->actions[i]);
}

void
actions_start(struct actions *a)
{
    for (size_t i = 0; i < a->setup.config->jail_count; i++) {
        if (a->jails[i].count == 0)
            continue;
        add_job(&a->jails[i], JOB_START, NULL, false);
        actions_step_on(&a->jails[i]);
    }
}

/* --- orders --- */

static struct kept *
find(const struct actions_jail *j, const struct addr *who)
{
    struct kept **k = table_find(&j->held, who);

    return k ? *k : NULL;
}

static void
hold(struct actions_jail *j, struct kept *k)
{
    struct kept **place = table_put(&j->held, &k->ticket.who);

    must(place); /* there are no more than judge may ban, and it was looked for */
    *place = kept_share(k);
}

/* No longer held: what held it is the caller's. */
static struct kept *
let_go(struct actions_jail *j, const struct addr *who)
{
    struct kept **place = table_find(&j->held, who);
    struct kept *k = *place;

    table_remove(&j->held, place);
    return k;
}

static void
done(struct actions_jail *j)
{
    const struct actions_setup *s = &j->actions->setup;

    s->done(s->ctx, j->number, true);
}

static enum actions_taken
add_ban(struct actions_jail *j, const struct ticket *t)
{
    struct kept *old = find(j, &t->who), *k;

    if (old && t->is_restored) {
        old->round = j->actions->round;
        done(j);
        return ACTIONS_TAKEN;
    }
    if (j->waiting >= ACTIONS_QUEUE_MAX || (!old && table_is_full(&j->held)))
        return ACTIONS_DROPPED;
    if (old) /* it was over in between */
        add_job(j, JOB_UNBAN, let_go(j, &t->who), false);
    k = kept_new(j->actions, t);
    hold(j, k);
    add_job(j, JOB_BAN, k, true);
    return ACTIONS_TAKEN;
}

static enum actions_taken
add_prolong(struct actions_jail *j, const struct ticket *t)
{
    struct kept *k = find(j, &t->who);

    if (!k) {
        done(j); /* it was dropped, which was told */
        return ACTIONS_TAKEN;
    }
    if (j->waiting >= ACTIONS_QUEUE_MAX)
        return ACTIONS_DROPPED;
    k->ticket.bantime_s = t->bantime_s;
    add_job(j, JOB_PROLONG, kept_share(k), true);
    return ACTIONS_TAKEN;
}

/* Somebody who is banned goes on: are the actions whole, and is he banned by all? */
static enum actions_taken
add_again(struct actions_jail *j, const struct ticket *t)
{
    struct kept *k = find(j, &t->who);
    int64_t now_us = clock_boot_us();

    if (k && k->epoch < j->epoch && j->waiting < ACTIONS_QUEUE_MAX) {
        add_job(j, JOB_REBAN, kept_share(k), true);
        return ACTIONS_TAKEN;
    }
    if (k && now_us - j->checked_us > CHECK_US && j->waiting < ACTIONS_QUEUE_MAX) {
        j->checked_us = now_us;
        add_job(j, JOB_CHECK, NULL, true);
        j->last->then = kept_share(k);
        return ACTIONS_TAKEN;
    }
    done(j);
    return ACTIONS_TAKEN;
}

enum actions_taken
actions_add(struct actions *a, const struct actions_order *o)
{
    struct actions_jail *j = &a->jails[o->jail];
    enum actions_taken taken = ACTIONS_TAKEN;

    if (j->is_stopping || (o->what == ACT_UNBAN && !find(j, &o->ticket->who))) {
        done(j);
    } else if (o->what == ACT_BAN) {
        taken = add_ban(j, o->ticket);
    } else if (o->what == ACT_PROLONG) {
        taken = add_prolong(j, o->ticket);
    } else if (o->what == ACT_AGAIN) {
        taken = add_again(j, o->ticket);
    } else {
        /* Never dropped: there are no more of them than bans that are held. */
        add_job(j, JOB_UNBAN, let_go(j, &o->ticket->who), true);
    }
    actions_step_on(j);
    return taken;
}

void
actions_begin_all(struct actions *a)
{
    a->round++;
}

void
actions_end_all(struct actions *a)
{
    for (size_t i = 0; i < a->setup.config->jail_count; i++) {
        struct actions_jail *j = &a->jails[i];
        void *next;

        for (void *v = table_oldest(&j->held); v; v = next) {
            struct kept *k = *(struct kept **)v;

            next = table_next(&j->held, v);
            if (k->round != a->round)
                add_job(j, JOB_UNBAN, let_go(j, &k->ticket.who), false);
        }
        actions_step_on(j);
    }
}

void
actions_reload(struct actions *a, uint16_t jail)
{
    struct actions_jail *j = &a->jails[jail];

    if (j->count == 0 || j->is_stopping || j->waiting >= ACTIONS_QUEUE_MAX)
        return;
    add_job(j, JOB_RELOAD, NULL, false);
    actions_step_on(j);
}

/* --- the end --- */

static void
drop_queue(struct actions_jail *j)
{
    while (j->first)
        free_job(j, take_job(j));
}

void
actions_stop(struct actions *a)
{
    for (size_t i = 0; i < a->setup.config->jail_count; i++) {
        struct actions_jail *j = &a->jails[i];
        void *v;

        if (j->count == 0 || j->is_stopping)
            continue;
        drop_queue(j);
        j->is_stopping = true;
        add_job(j, JOB_FLUSH, NULL, false);
        while ((v = table_oldest(&j->held)))
            add_job(j, JOB_LAST_UNBAN, let_go(j, &(*(struct kept **)v)->ticket.who),
                    false);
        add_job(j, JOB_STOP, NULL, false);
        actions_step_on(j);
    }
    say_idle(a);
}

bool
actions_are_idle(const struct actions *a)
{
    for (size_t i = 0; i < a->setup.config->jail_count; i++)
        if (a->jails[i].job || a->jails[i].first)
            return false;
    return true;
}

static void
free_action(struct action *a)
{
    for (size_t i = 0; i < ACTION_EVENTS; i++)
        for (size_t k = 0; k < FAMILIES; k++)
            mem_free(a->run[i][k]);
}

void
actions_fini(struct actions *a)
{
    if (!a->jails)
        return;
    runs_fini(&a->runs, 0);
    for (size_t i = 0; i < a->setup.config->jail_count; i++) {
        struct actions_jail *j = &a->jails[i];
        void *v;

        if (j->job)
            free_job(j, j->job);
        drop_queue(j);
        while ((v = table_oldest(&j->held)))
            kept_leave(a, let_go(j, &(*(struct kept **)v)->ticket.who));
        table_fini(&j->held);
        for (size_t k = 0; k < j->count; k++)
            free_action(&j->list[k]);
        mem_free(j->list);
    }
    mem_free(a->jails);
    *a = (struct actions){0};
}
