#include "judge_allow.h"

#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"
#include "judge_gate.h"
#include "judge_parts.h"

bool
judge_allows(const struct judge *j, const struct addr *who)
{
    return allow_has(&j->allow, who);
}

/* For decide. */
static bool
allows(void *ctx, const struct addr *who)
{
    return judge_allows(ctx, who);
}

bool
judge_save_allow(struct judge *j, struct buf *text)
{
    int rc = j->allow_error;

    if (rc == 0)
        rc = allow_save(&j->allow, j->role.folder);
    if (rc == 0)
        return true;
    buf_printf(text, "the file of the list cannot be %s: %s",
               j->allow_error ? "read, and is left as it is" : "written", strerror(-rc));
    return false;
}

void
judge_change_allowed(struct judge *j, const struct addr *who)
{
    judge_touch(j, who);
    /* Too many at once, while nobody takes them: then all is told anew. */
    if (!table_put(&j->allow_changes, who))
        judge_send_allow(j);
}

void
judge_arm_allow(struct judge *j)
{
    int64_t due_us;

    loop_timer_clear(&j->role.loop, &j->allow_timer);
    if (allow_next_end(&j->allow, &due_us))
        loop_timer_set(&j->role.loop, &j->allow_timer,
                       due_us > j->now_us ? due_us - j->now_us : 0);
}

void
judge_expire_allow(struct judge *j)
{
    char text[ADDR_TEXT_MAX];
    struct buf why = {0};
    struct addr who;
    bool is_any = judge_end_allowed_names(j);

    while (allow_find_over(&j->allow, j->now_us, &who)) {
        is_any = allow_remove(&j->allow, &who);
        judge_change_allowed(j, &who);
        log_line(&j->role.log, LOG_LEVEL_INFO, "allow-over", "address=%s",
                 addr_text(&who, text));
    }
    /* It ends in the file with the next change, or at the next start. */
    if (is_any && !judge_save_allow(j, &why))
        log_line(&j->role.log, LOG_LEVEL_ERROR, "allow-not-saved", "reason=\"%s\"",
                 why.ptr);
    judge_arm_allow(j);
    buf_fini(&why);
}

static void
on_end(void *ctx)
{
    judge_expire_allow(ctx);
}

uint32_t
judge_lift_within(struct judge *j, const struct addr *who)
{
    const struct table *bans = &j->decide.bans;
    uint32_t lifted = 0;

    for (uint32_t slot = 1; slot <= bans->used; slot++) {
        const struct ban *ban = table_slot(bans, slot);
        struct ban_key key;

        if (!ban)
            continue;
        key = *(const struct ban_key *)table_key(bans, ban);
        if (!addr_contains(who, &key.who))
            continue;
        judge_lift(j, &key);
        lifted++;
    }
    return lifted;
}

void
judge_load_allow(struct judge *j)
{
    const struct allow *a = &j->allow;

    allow_init(&j->allow);
    table_init(&j->allow_changes, sizeof(struct addr), 1,
               2 * (ALLOW_MAX + ALLOW_NAMED_MAX));
    j->allow_timer = (struct loop_timer){.fn = on_end, .ctx = j};
    j->decide.allows = allows;
    j->decide.allows_ctx = j;
    j->allow_error = allow_load(&j->allow, j->role.folder);
    if (j->allow_error)
        log_line(&j->role.log, LOG_LEVEL_ERROR, "allow-not-read",
                 "file=%s/allow reason=\"%s\"", j->role.folder,
                 strerror(-j->allow_error));
    if (a->broken)
        log_line(&j->role.log, LOG_LEVEL_ERROR, "allow-broken-lines",
                 "file=%s/allow lines=%u first=%u", j->role.folder, a->broken,
                 a->first_at);
    judge_expire_allow(j);
    for (const void *e = table_oldest(&a->entries); e; e = table_next(&a->entries, e))
        (void)judge_lift_within(j, table_key(&a->entries, e)); /* said by each ban */
    for (const void *e = table_oldest(&a->named); e; e = table_next(&a->named, e))
        (void)judge_lift_within(j, table_key(&a->named, e));
}

void
judge_send_allow(struct judge *j)
{
    const struct allow *a = &j->allow;

    for (void *v; (v = table_oldest(&j->allow_changes));)
        table_remove(&j->allow_changes, v);
    j->is_allow_anew = true;
    for (const void *e = table_oldest(&a->entries); e; e = table_next(&a->entries, e))
        must(table_put(&j->allow_changes, table_key(&a->entries, e)));
    for (const void *e = table_oldest(&a->named); e; e = table_next(&a->named, e))
        must(table_put(&j->allow_changes, table_key(&a->named, e)));
}

void
judge_put_allow(struct judge *j, struct buf *packet, size_t max)
{
    void *change;

    if (j->is_allow_anew)
        wire_put_allow(packet, &(struct wire_allow){.is_gone = 1});
    j->is_allow_anew = false;
    while ((change = table_oldest(&j->allow_changes)) && packet->len < max) {
        const struct addr *who = table_key(&j->allow_changes, change);

        wire_put_allow(packet, &(struct wire_allow){
                                   .who = *who, .is_gone = !allow_tells(&j->allow, who)});
        table_remove(&j->allow_changes, change);
    }
}

static void
say(struct judge *j, const char *event, const struct addr *who, int64_t until_us)
{
    char text[ADDR_TEXT_MAX], until[CLOCK_TEXT_MAX];

    log_line(&j->role.log, LOG_LEVEL_INFO, event, "address=%s until=%s",
             addr_text(who, text), until_us < 0 ? "never" : clock_text(until_us, until));
}

/* What an entry was before it was changed, to go back to. */
struct former {
    bool is_there;
    struct allow_entry entry;
};

static void
restore(struct judge *j, const struct addr *who, const struct former *f)
{
    if (!f->is_there)
        (void)allow_remove(&j->allow, who); /* it was put there just now */
    else
        (void)!allow_put(&j->allow, who, f->entry.until_us,
                         (struct span){f->entry.comment, f->entry.comment_len});
}

static struct former
former_of(const struct judge *j, const struct addr *who)
{
    const struct allow_entry *e = table_find(&j->allow.entries, who);

    return e ? (struct former){true, *e} : (struct former){0};
}

enum answer_outcome
judge_add_allow(struct judge *j, const struct addr *who, int64_t for_s,
                struct span comment, struct buf *text)
{
    int64_t until_us = for_s <= 0 ? -1 : j->now_us + for_s * SECOND_US;
    struct former former = former_of(j, who);
    uint32_t lifted;

    switch (allow_put(&j->allow, who, until_us, comment)) {
    case ALLOW_SAME:
        buf_add_text(text, "allowed already");
        return ANSWER_NO_MATCH;
    case ALLOW_FULL:
        buf_printf(text, "the list has %d entries, which is all it can have", ALLOW_MAX);
        return ANSWER_REFUSED;
    case ALLOW_NEW:
    case ALLOW_CHANGED:
        break;
    }
    if (!judge_save_allow(j, text)) {
        restore(j, who, &former);
        return ANSWER_INTERNAL;
    }
    judge_change_allowed(j, who);
    judge_arm_allow(j);
    say(j, "allow", who, until_us);
    lifted = judge_lift_within(j, who);
    if (addr_is_host(who))
        judge_forget(j, who);
    if (lifted)
        buf_printf(text, "%u ban%s lifted", lifted, lifted == 1 ? " was" : "s were");
    return ANSWER_DONE;
}

enum answer_outcome
judge_remove_allow(struct judge *j, const struct addr *who, struct buf *text)
{
    struct former former = former_of(j, who);

    if (!allow_remove(&j->allow, who)) {
        buf_add_text(text, allow_tells(&j->allow, who)
                               ? "allowed as the address of a name; remove the name"
                           : judge_allows(j, who)
                               ? "allowed by a wider entry; remove that one"
                               : "not on the list");
        return ANSWER_NO_MATCH;
    }
    if (!judge_save_allow(j, text)) {
        restore(j, who, &former);
        return ANSWER_INTERNAL;
    }
    judge_change_allowed(j, who);
    judge_arm_allow(j);
    say(j, "allow-removed", who, -1);
    return ANSWER_DONE;
}
