#include "judge_notify.h"
#include "judge_act.h"
#include "judge_ask.h"
#include "judge_ids.h"

#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
    SUBJECT_MAX = 256, /* as wire.def has it */
    TEXT_MAX = 16384,
};

/* --- the runner --- */

static void
lose_runner(struct judge_notify *n)
{
    /* What was not answered is sent again to the next one. */
    (void)role_lose_neighbour(&n->judge->role, &n->runner, &n->runner_watch);
}

static void
forget(struct judge_notify *n, size_t i)
{
    buf_fini(&n->waiting[i].packet);
    n->waiting[i] = n->waiting[--n->count];
    n->waiting[n->count] = (struct notify_waiting){0};
}

/* Sends what was not sent; what is left goes when the runner has read some of it. */
static void
flush(struct judge_notify *n)
{
    int e = n->runner.fd >= 0 ? judge_send_asks(n->judge, n->runner.fd) : 0;

    for (size_t i = 0; i < n->count && e == 0 && n->runner.fd >= 0; i++) {
        struct notify_waiting *w = &n->waiting[i];

        if (w->is_sent)
            continue;
        e = chan_send(n->runner.fd, buf_span(&w->packet), -1);
        if (e)
            break;
        w->is_sent = true;
        w->tries++;
    }
    if (e && e != -EAGAIN)
        lose_runner(n); /* komainud brings a new one */
    else if (n->runner.fd >= 0)
        loop_want(&n->judge->role.loop, &n->runner_watch,
                  e ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

static bool
take_answer(void *ctx, const struct wire_frame *f)
{
    struct judge_notify *n = ctx;
    struct wire_ran m;

    if (f->type == WIRE_ACTED)
        return judge_take_acted(n->judge, f->fields);
    if (f->type == WIRE_REBANNED)
        return judge_take_rebanned(n->judge, f->fields);
    if (f->type != WIRE_RAN || !wire_get_ran(f->fields, &m) || m.id >= n->next_id ||
        m.outcome >= RAN_OUTCOMES)
        return false;
    if (judge_take_ask_answer(n->judge, m.id, (enum ran)m.outcome))
        return true;
    for (size_t i = 0; i < n->count; i++) {
        if (n->waiting[i].id != m.id)
            continue;
        n->has_failed[n->waiting[i].command] = m.outcome != RAN_DONE;
        forget(n, i);
        judge_look(n->judge);
        break;
    }
    return true;
}

static void
on_runner(void *ctx, unsigned ready UNUSED)
{
    static const struct role_neighbour from = {ROLE_RUNNER, WIRE_RUNNER_TO_JUDGE,
                                               "runner-misbehaves"};
    struct judge_notify *n = ctx;

    judge_stir(n->judge);
    if (!role_read_neighbour(&n->judge->role, &from, &n->runner, take_answer, n))
        lose_runner(n);
    else
        flush(n);
}

void
judge_take_runner(struct judge *j, int fd)
{
    struct judge_notify *n = j->notify;

    if (!n)
        role_fail(&j->role, "a runner that nobody asked for", "");
    lose_runner(n);
    role_take_neighbour(&j->role, &n->runner, &n->runner_watch,
                        &(struct loop_fd){.fd = fd, .fn = on_runner, .ctx = n});
    judge_resend_asks(j);
    judge_resend_acts(j);
    for (size_t i = n->count; i-- > 0;) {
        n->waiting[i].is_sent = false;
        if (n->waiting[i].tries < NOTIFY_TRIES_MAX)
            continue;
        log_line(&j->role.log, LOG_LEVEL_ERROR, "message-given-up", "tries=%u",
                 n->waiting[i].tries);
        n->has_failed[n->waiting[i].command] = true;
        forget(n, i);
    }
    flush(n);
}

void
judge_flush_runner(struct judge *j)
{
    flush(j->notify);
}

void
judge_tell_actions(struct judge *j)
{
    struct judge_notify *n = j->notify;
    int e;

    if (!n || n->runner.fd < 0)
        return;
    e = judge_send_acts(j, n->runner.fd);
    if (e && e != -EAGAIN)
        lose_runner(n); /* komainud brings a new one */
    else if (e)
        loop_want(&j->role.loop, &n->runner_watch, LOOP_READ | LOOP_WRITE);
}

bool
judge_has_runner(const struct judge *j)
{
    return !j->notify || j->notify->runner.fd >= 0;
}

/* --- messages --- */

/* Puts a message on the way to every command. */
static void
post(struct judge_notify *n, const struct judge_message *m, struct span text)
{
    struct judge *j = n->judge;

    for (size_t i = 0; i < j->role.config.notify.ways; i++) {
        struct notify_waiting *w = &n->waiting[n->count];

        if (n->count == NOTIFY_WAITING_MAX) {
            n->dropped++;
            n->has_failed[i] = true;
            log_line(&j->role.log, LOG_LEVEL_ERROR, "message-dropped", "dropped=%llu",
                     (unsigned long long)n->dropped);
            continue;
        }
        *w = (struct notify_waiting){.id = n->next_id++, .command = (uint8_t)i};
        n->count++;
        wire_put_run(&w->packet, &(struct wire_run){.id = w->id,
                                                    .command = w->command,
                                                    .kind = (uint8_t)m->kind,
                                                    .time_us = j->now_us,
                                                    .subject = m->subject,
                                                    .jail = m->jail,
                                                    .who = m->who,
                                                    .reason = m->reason,
                                                    .account = m->account,
                                                    .text = text});
    }
    flush(n);
}

static void
arm_held(struct judge_notify *n)
{
    int64_t due_us = notices_due_us(&n->notices), now_us = clock_boot_us();

    if (due_us >= 0)
        loop_timer_set(&n->judge->role.loop, &n->held,
                       due_us > now_us ? due_us - now_us : 0);
}

static void
on_held(void *ctx)
{
    struct judge_notify *n = ctx;
    struct buf text = buf_bounded(TEXT_MAX), subject = {0};
    uint32_t count = notices_digest(&n->notices, clock_boot_us(), &text);

    if (count) {
        buf_printf(&subject, "%u message%s held back", count, count == 1 ? "" : "s");
        post(n,
             &(struct judge_message){.kind = TOLD_DIGEST, .subject = buf_span(&subject)},
             buf_span(&text));
    }
    arm_held(n);
    buf_fini(&text);
    buf_fini(&subject);
}

/* Sends it, or holds its one line. */
static void
tell(struct judge_notify *n, const struct judge_message *m, struct span text)
{
    struct buf line = buf_bounded(SUBJECT_MAX + CLOCK_TEXT_MAX + 1);
    char time[CLOCK_TEXT_MAX];

    buf_printf(&line, "%s ", clock_text(n->judge->now_us, time));
    buf_escaped(&line, m->subject);
    if (notices_take(&n->notices, buf_span(&line), m->is_urgent, clock_boot_us()))
        post(n, m, text);
    else
        arm_held(n);
    buf_fini(&line);
}

void
judge_tell(struct judge *j, const struct judge_message *m)
{
    struct buf text = buf_bounded(TEXT_MAX);
    char time[CLOCK_TEXT_MAX];

    if (!j->notify || j->role.config.notify.ways == 0)
        return;
    buf_escaped(&text, m->subject);
    buf_printf(&text, "\n\nTime: %s\n", clock_text(j->now_us, time));
    if (m->jail.len) {
        buf_add_text(&text, "Jail: ");
        buf_escaped(&text, m->jail);
        buf_add_byte(&text, '\n');
    }
    if (m->account.len) {
        buf_add_text(&text, "Account: ");
        buf_escaped(&text, m->account);
        buf_add_byte(&text, '\n');
    }
    if (m->reason.len) {
        buf_add_text(&text, "Why: ");
        buf_escaped(&text, m->reason);
        buf_add_byte(&text, '\n');
    }
    buf_printf(&text, "More: komainu %s\n",
               m->kind == TOLD_BAN     ? "why ADDRESS"
               : m->kind == TOLD_ALERT ? "alerts"
                                       : "status");
    tell(j->notify, m, buf_span(&text));
    buf_fini(&text);
}

/* --- bans --- */

static void
count_ban(struct judge_notify *n, const struct ban_key *key, const char *who,
          struct span reason)
{
    size_t jails = n->judge->role.config.jail_count;

    n->bans[key->jail == JAIL_MANUAL ? jails : key->jail]++;
    if (n->shown_count == NOTIFY_SHOWN_MAX)
        return;
    n->shown_count++;
    buf_printf(&n->shown, "%s %s: ", who, decide_jail_name(&n->judge->decide, key->jail));
    buf_escaped(&n->shown, reason);
    buf_add_byte(&n->shown, '\n');
}

void
judge_tell_ban(struct judge *j, const struct ban_key *key, const struct ban *ban,
               struct span reason)
{
    struct judge_notify *n = j->notify;
    struct buf subject = {0};
    char who[JUDGE_WHO_MAX];

    if (!n || j->role.config.notify.ways == 0 || ban->mode != JAIL_ENFORCE)
        return;
    (void)judge_who(j, &key->who, who);
    if (j->role.config.notify.kinds & NOTIFY_DIGEST)
        count_ban(n, key, who, reason);
    if (!(j->role.config.notify.kinds & NOTIFY_BAN))
        return;
    buf_printf(&subject, "banned %s (%s)", who, decide_jail_name(&j->decide, key->jail));
    judge_tell(j, &(struct judge_message){
                      .kind = TOLD_BAN,
                      .subject = buf_span(&subject),
                      .jail = span_of(decide_jail_name(&j->decide, key->jail)),
                      .who = judge_address(&key->who),
                      .reason = reason});
    buf_fini(&subject);
}

/* At the same times of day whenever judge started. */
static void
arm_digest(struct judge_notify *n)
{
    struct judge *j = n->judge;
    int64_t every_us = j->role.config.notify.digest_s * SECOND_US;
    int64_t local_us = j->now_us + clock_local_offset_s(j->now_us) * SECOND_US;

    loop_timer_set(&j->role.loop, &n->digest, every_us - local_us % every_us);
}

static void
on_digest(void *ctx)
{
    struct judge_notify *n = ctx;
    struct judge *j = n->judge;
    struct buf subject = {0}, text = buf_bounded(TEXT_MAX);
    uint64_t all = 0;

    for (size_t i = 0; i <= j->role.config.jail_count; i++) {
        if (n->bans[i])
            buf_printf(&text, "%s: %llu\n",
                       decide_jail_name(&j->decide, decide_jail_at(&j->decide, i)),
                       (unsigned long long)n->bans[i]);
        all += n->bans[i];
        n->bans[i] = 0;
    }
    buf_add_byte(&text, '\n');
    buf_add(&text, buf_span(&n->shown));
    if (all > n->shown_count)
        buf_printf(&text, "... and %llu more\n",
                   (unsigned long long)all - n->shown_count);
    if (all) {
        buf_printf(&subject, "%llu ban%s in ", (unsigned long long)all,
                   all == 1 ? "" : "s");
        clock_add_duration(&subject, j->role.config.notify.digest_s * SECOND_US);
        tell(n,
             &(struct judge_message){.kind = TOLD_DIGEST, .subject = buf_span(&subject)},
             buf_span(&text));
    }
    buf_clear(&n->shown);
    n->shown_count = 0;
    arm_digest(n);
    buf_fini(&subject);
    buf_fini(&text);
}

void
judge_prepare_notify(struct judge *j)
{
    const struct config_notify *c = &j->role.config.notify;
    struct judge_notify *n;

    if (!config_has_commands(&j->role.config))
        return;
    n = mem_zalloc(1, sizeof(*n));
    n->judge = j;
    n->runner.fd = -1;
    n->next_id = 1;
    notices_init(&n->notices, c->rate, HOUR_US);
    n->held = (struct loop_timer){.fn = on_held, .ctx = n};
    n->digest = (struct loop_timer){.fn = on_digest, .ctx = n};
    n->bans = mem_zalloc(j->role.config.jail_count + 1, sizeof(*n->bans));
    n->shown = buf_bounded(TEXT_MAX / 2);
    j->notify = n;
    if (c->ways && c->kinds & NOTIFY_DIGEST)
        arm_digest(n);
}
