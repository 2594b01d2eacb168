#include "judge_act.h"
#include "judge_ask.h"
#include "judge_brake.h"
#include "judge_names.h"
#include "judge_notify.h"
#include "judge_parts.h"
#include "judge_share.h"

#include "base/clock.h"
#include "base/mem.h"

enum {
    LOOK_SOON_US = 1000000,     /* after something happened: not at each event */
    LOOK_PENDING_US = 10000000, /* while the enforcer has something to answer */
    LOOK_MIN_US = 200000,
    TEXT_MAX = 1024,
};

/* What counts up when a limit is hit. */
static const struct {
    size_t offset; /* of a count of the sensor */
    const char *text;
} sensor_limits[] = {
    {offsetof(struct wire_sensor_counts, limit_hits),
     "lines that took too long to match did not count"},
    {offsetof(struct wire_sensor_counts, crowded),
     "hits were left out: one line fits more filters than we take"},
    {offsetof(struct wire_sensor_counts, too_long),
     "lines were not searched: longer than we can"},
    {offsetof(struct wire_sensor_counts, lost_sessions),
     "sessions ended early: more were open than we keep"},
    {offsetof(struct wire_sensor_counts, dropped_files),
     "files were rotated away and not read to the end"},
};

enum { LIMIT_KEYS = ARRAY_LEN(sensor_limits), LIMIT_FILES, LIMITS };

static const char *
limit_text(uint16_t item)
{
    if (item < ARRAY_LEN(sensor_limits))
        return sensor_limits[item].text;
    return item == LIMIT_KEYS
               ? "counters were dropped: more addresses failed than we can "
                 "count"
               : "files were left out: more fit the patterns of logpath "
                 "than we read";
}

static uint64_t
limit_count(const struct judge *j, const struct wire_sensor_counts *n, size_t item)
{
    uint64_t count;

    if (item == LIMIT_KEYS)
        return j->decide.evicted;
    if (item == LIMIT_FILES)
        return j->role.config.left_out;
    memcpy(&count, (const char *)n + sensor_limits[item].offset, sizeof(count));
    return count;
}

/* --- what a trouble is about, in words that may hold foreign bytes --- */

static void
add_text(const struct judge *j, const struct trouble_key *key, struct buf *out)
{
    char address[ADDR_TEXT_MAX];

    buf_add_text(out, trouble_text((enum trouble_kind)key->kind));
    switch ((enum trouble_kind)key->kind) {
    case TROUBLE_LOG_SILENT:
    case TROUBLE_LOG_UNREADABLE:
        buf_add_text(out, ": ");
        buf_add_text(out, j->role.config.sources[key->item].path);
        return;
    case TROUBLE_ROLE_DOWN:
    case TROUBLE_ROLE_RESTARTS:
        buf_printf(out, ": komainu-%s", wire_role_name((enum wire_role)key->item));
        return;
    case TROUBLE_LIMIT:
        buf_printf(out, ": %s", limit_text(key->item));
        return;
    case TROUBLE_NOTIFY:
        buf_printf(out, ": command %u failed", key->item + 1U);
        return;
    case TROUBLE_ASK:
    case TROUBLE_ACT:
        buf_printf(out, ": jail %s", decide_jail_name(&j->decide, key->item));
        return;
    case TROUBLE_BRAKE:
        judge_add_brake(j, out);
        return;
    case TROUBLE_SHARE:
        buf_add_text(out, ": ");
        judge_add_share(j, out);
        return;
    case TROUBLE_PROXY:
        buf_printf(out, ": %s", addr_text(&j->proxy, address));
        return;
    case TROUBLE_BANS_FULL:
    case TROUBLE_FIREWALL_CHANGED:
    case TROUBLE_FIREWALL_BEHIND:
    case TROUBLE_PANIC:
    case TROUBLE_STORE:
    case TROUBLE_DATABASE:
    case TROUBLE_KINDS:
        return;
    }
}

static void
on_change(void *ctx, const struct trouble_key *key, const struct trouble *t UNUSED,
          bool is_over)
{
    struct judge *j = ctx;
    struct buf subject = buf_bounded(TEXT_MAX), shown = {0};

    if (is_over)
        buf_add_text(&subject, "over: ");
    add_text(j, key, &subject);
    buf_escaped(&shown, buf_span(&subject));
    log_line(&j->role.log, is_over ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
             is_over ? "trouble-over" : "trouble", "name=%s what=\"%s\"",
             trouble_name((enum trouble_kind)key->kind), shown.ptr);
    if (j->role.config.notify.kinds & NOTIFY_TROUBLE)
        judge_tell(j, &(struct judge_message){.kind = is_over ? TOLD_OVER : TOLD_TROUBLE,
                                              .is_urgent = true,
                                              .subject = buf_span(&subject)});
    buf_fini(&subject);
    buf_fini(&shown);
}

/* --- looking --- */

static void
look_at_sources(struct judge *j, struct judge_trouble *t, int64_t now_us)
{
    int64_t silent_us = j->role.config.notify.silent_after_s * SECOND_US;

    if (j->sensor.fd < 0)
        return; /* nothing is known of them now */
    for (size_t i = 0; i < j->role.config.source_count; i++) {
        bool is_silent =
            silent_us && t->heard_us[i] && now_us - t->heard_us[i] > silent_us;

        trouble_is(&t->troubles, TROUBLE_LOG_SILENT, (uint16_t)i, is_silent, now_us);
        trouble_is(&t->troubles, TROUBLE_LOG_UNREADABLE, (uint16_t)i,
                   j->sources[i].state == SOURCE_FAILED, now_us);
    }
}

static void
look_at_roles(struct judge *j, struct judge_trouble *t, int64_t now_us)
{
    trouble_is(&t->troubles, TROUBLE_ROLE_DOWN, ROLE_SENSOR, j->sensor.fd < 0, now_us);
    trouble_is(&t->troubles, TROUBLE_ROLE_DOWN, ROLE_ENFORCER, j->enforcer.fd < 0,
               now_us);
    trouble_is(&t->troubles, TROUBLE_ROLE_DOWN, ROLE_RUNNER, !judge_has_runner(j),
               now_us);
    trouble_is(&t->troubles, TROUBLE_ROLE_DOWN, ROLE_RESOLVER, !judge_has_resolver(j),
               now_us);
    for (unsigned role = 0; role < ROLES; role++) {
        const int64_t *ends = t->ends_us[role];

        /* Once may happen; the second within an hour is too much. */
        trouble_is(&t->troubles, TROUBLE_ROLE_RESTARTS, (uint16_t)role,
                   ends[0] && ends[1] && ends[1] - ends[0] < HOUR_US &&
                       now_us - ends[1] < MINUTE_US,
                   now_us);
    }
}

static void
look_at_limits(struct judge *j, struct judge_trouble *t, int64_t now_us)
{
    struct wire_sensor_counts n = judge_counts(j);

    for (size_t i = 0; i < LIMITS; i++) {
        uint64_t count = limit_count(j, &n, i);

        trouble_is(&t->troubles, TROUBLE_LIMIT, (uint16_t)i, count > t->counts[i],
                   now_us);
        t->counts[i] = count;
    }
    trouble_is(&t->troubles, TROUBLE_BANS_FULL, 0,
               j->decide.bans.count >= j->role.config.limits.max_bans, now_us);
}

static void
look_at_firewall(struct judge *j, struct judge_trouble *t, int64_t now_us)
{
    uint64_t answered = j->next_id - j->asked.count;
    bool is_stuck = j->wishes.count + j->asked.count && answered == t->answered &&
                    j->enforcer.fd >= 0 && !j->enforcer_state.is_open;

    t->answered = answered;
    trouble_is(&t->troubles, TROUBLE_FIREWALL_BEHIND, 0, is_stuck, now_us);
    trouble_is(&t->troubles, TROUBLE_FIREWALL_CHANGED, 0, t->is_firewall_changed, now_us);
    t->is_firewall_changed = false;
    trouble_is(&t->troubles, TROUBLE_PANIC, 0,
               j->enforcer.fd >= 0 && j->enforcer_state.is_open, now_us);
}

void
judge_look(struct judge *j)
{
    struct judge_trouble *t = j->trouble;
    int64_t now_us = clock_boot_us();

    look_at_sources(j, t, now_us);
    look_at_roles(j, t, now_us);
    look_at_limits(j, t, now_us);
    look_at_firewall(j, t, now_us);
    trouble_is(&t->troubles, TROUBLE_STORE, 0, j->has_store_failed, now_us);
    trouble_is(&t->troubles, TROUBLE_DATABASE, 0, j->is_database_new, now_us);
    trouble_is(&t->troubles, TROUBLE_SHARE, 0, judge_is_share_cut(j), now_us);
    trouble_is(&t->troubles, TROUBLE_PROXY, 0, j->proxy.family != 0, now_us);
    trouble_is(&t->troubles, TROUBLE_BRAKE, 0, brake_is_on(&j->decide.brake, j->now_us),
               now_us);
    for (size_t i = 0; i < j->role.config.notify.ways; i++)
        trouble_is(&t->troubles, TROUBLE_NOTIFY, (uint16_t)i, j->notify->has_failed[i],
                   now_us);
    for (size_t i = 0; i < j->role.config.jail_count; i++)
        trouble_is(&t->troubles, TROUBLE_ASK, (uint16_t)i,
                   judge_ask_fails(j, (uint16_t)i), now_us);
    for (size_t i = 0; i < j->role.config.jail_count; i++)
        trouble_is(&t->troubles, TROUBLE_ACT, (uint16_t)i,
                   judge_act_fails(j, (uint16_t)i), now_us);
}

/* What happens later in this round counts too. */
static void
on_look(void *ctx)
{
    struct judge_trouble *t = ctx;

    t->is_looking = true;
}

static void
earlier(int64_t *due_us, int64_t other_us)
{
    if (other_us >= 0 && (*due_us < 0 || other_us < *due_us))
        *due_us = other_us;
}

/* When there is something to see although nothing happens; negative: never. */
static int64_t
next_look_us(const struct judge *j, const struct judge_trouble *t, int64_t now_us)
{
    int64_t silent_us = j->role.config.notify.silent_after_s * SECOND_US;
    int64_t due_us = troubles_due_us(&t->troubles);

    for (size_t i = 0; silent_us && i < j->role.config.source_count; i++)
        if (t->heard_us[i] && now_us - t->heard_us[i] <= silent_us)
            earlier(&due_us, t->heard_us[i] + silent_us + 1);
    if (brake_is_on(&j->decide.brake, j->now_us))
        earlier(&due_us, now_us + j->decide.brake.until_us - j->now_us);
    if (j->wishes.count + j->asked.count)
        earlier(&due_us, now_us + LOOK_PENDING_US); /* whether that grows less */
    return due_us;
}

void
judge_end_look(struct judge *j)
{
    struct judge_trouble *t = j->trouble;
    int64_t now_us, due_us;

    if (!t->is_looking && !t->has_news)
        return;
    now_us = clock_boot_us();
    if (t->is_looking) {
        judge_look(j);
        due_us = next_look_us(j, t, now_us);
    } else {
        due_us = now_us + LOOK_SOON_US;
        if (t->look.due_us)
            earlier(&due_us, t->look.due_us);
    }
    t->is_looking = t->has_news = false;
    if (due_us >= 0)
        loop_timer_set(&j->role.loop, &t->look,
                       due_us > now_us + LOOK_MIN_US ? due_us - now_us : LOOK_MIN_US);
}

void
judge_stir(struct judge *j)
{
    if (j->trouble)
        j->trouble->has_news = true;
}

/* --- what happens --- */

/* Datagrams and streams tell judge of their events alone: that they are silent cannot be
 * known. */
static bool
may_be_silent(const struct judge *j, size_t source)
{
    enum source_kind kind = j->role.config.sources[source].kind;

    return kind == SOURCE_FILE || kind == SOURCE_JOURNAL;
}

void
judge_heard(struct judge *j, uint16_t source)
{
    if (may_be_silent(j, source))
        j->trouble->heard_us[source] = clock_boot_us();
}

void
judge_pardon_silence(struct judge *j, int64_t us)
{
    for (size_t i = 0; i < j->role.config.source_count; i++)
        if (j->trouble->heard_us[i])
            j->trouble->heard_us[i] += us;
    judge_stir(j);
}

void
judge_saw_firewall_change(struct judge *j)
{
    j->trouble->is_firewall_changed = true;
    judge_look(j);
}

bool
judge_take_role_end(struct judge *j, struct span fields)
{
    struct judge_trouble *t = j->trouble;
    struct wire_role_ended m;
    int64_t *ends;

    if (!wire_get_role_ended(fields, &m) || m.role >= ROLES || m.ago_us < 0)
        return false;
    ends = t->ends_us[m.role];
    ends[0] = ends[1];
    ends[1] = clock_boot_us() - m.ago_us;
    judge_look(j);
    return true;
}

void
judge_prepare_trouble(struct judge *j)
{
    struct judge_trouble *t = mem_zalloc(1, sizeof(*t));
    struct wire_sensor_counts none = {0};

    t->judge = j;
    troubles_init(&t->troubles, on_change, j);
    t->heard_us = mem_zalloc(j->role.config.source_count, sizeof(*t->heard_us));
    t->counts = mem_zalloc(LIMITS, sizeof(*t->counts));
    for (size_t i = 0; i < LIMITS; i++)
        t->counts[i] = i == LIMIT_FILES ? 0 : limit_count(j, &none, i);
    /* What had lines before is heard of now, so that it can fall silent. */
    for (size_t i = 0; i < j->role.config.source_count; i++)
        if (may_be_silent(j, i) &&
            (j->sources[i].place.offset || j->sources[i].place.cursor.len))
            t->heard_us[i] = clock_boot_us();
    t->look = (struct loop_timer){.fn = on_look, .ctx = t};
    j->trouble = t;
    loop_timer_set(&j->role.loop, &t->look, LOOK_MIN_US);
}

/* --- for commands --- */

struct each {
    struct judge *judge;
    void (*fn)(void *ctx, struct span packet);
    void *ctx;
};

static void
tell_one(void *ctx, const struct trouble_key *key, const struct trouble *t,
         bool is_over UNUSED)
{
    struct each *e = ctx;
    struct buf text = buf_bounded(TEXT_MAX), packet = {0};

    add_text(e->judge, key, &text);
    wire_put_tell_trouble(
        &packet, &(struct wire_tell_trouble){
                     .name = span_of(trouble_name((enum trouble_kind)key->kind)),
                     .since_us = e->judge->now_us - (clock_boot_us() - t->since_us),
                     .text = buf_span(&text)});
    e->fn(e->ctx, buf_span(&packet));
    buf_fini(&text);
    buf_fini(&packet);
}

void
judge_each_trouble(struct judge *j, void (*fn)(void *ctx, struct span packet), void *ctx)
{
    struct each e = {j, fn, ctx};

    troubles_each(&j->trouble->troubles, tell_one, &e);
}
