#include "judge_act.h"

#include "base/clock.h"
#include "base/mem.h"
#include "judge_hosts.h"
#include "judge_ids.h"
#include "judge_log.h"
#include "judge_notify.h"
#include "judge_parts.h"

enum {
    RESTORED_AT_ONCE = 512,          /* that the runner has not answered */
    LINES_MAX = CONFIG_EVIDENCE_MAX, /* lines of an address that are looked at */
    MATCHES_BYTES = 12288,           /* as wire.def has it */
    MERGED_BYTES = 8192,
};

struct act_wish {
    uint8_t what;
};

struct judge_acts {
    struct table wishes;  /* ban_key -> struct act_wish */
    uint32_t resync_slot; /* bans from here on are still to be sent; 0: none */
    bool has_begun;       /* ACT_ALL was sent */
    uint64_t unanswered;
    bool has_failed[CONFIG_JAILS_MAX];
};

static bool
has_actions(const struct judge *j, uint16_t jail)
{
    return j->acts && jail != JAIL_MANUAL && j->role.config.jails[jail].actions;
}

void
judge_prepare_acts(struct judge *j)
{
    const struct config *c = &j->role.config;
    size_t actions = 0;

    for (size_t i = 0; i < c->jail_count; i++)
        actions += c->jails[i].actions;
    if (actions == 0)
        return;
    j->acts = mem_zalloc(1, sizeof(*j->acts));
    table_init(&j->acts->wishes, sizeof(struct ban_key), sizeof(struct act_wish),
               c->limits.max_bans);
}

void
judge_resend_acts(struct judge *j)
{
    void *wish;

    if (!j->acts)
        return;
    while ((wish = table_oldest(&j->acts->wishes)))
        table_remove(&j->acts->wishes, wish);
    j->acts->resync_slot = 1;
    j->acts->has_begun = false;
    j->acts->unanswered = 0;
}

void
judge_act(struct judge *j, const struct ban_key *key, enum act what)
{
    struct act_wish *wish;
    uint32_t known;

    if (!has_actions(j, key->jail))
        return;
    known = j->acts->wishes.count;
    wish = table_put(&j->acts->wishes, key);
    if (!wish) { /* more than can be banned at all: all is looked through again */
        judge_resend_acts(j);
        return;
    }
    /* A ban that was not sent is sent as it is then. */
    if (j->acts->wishes.count > known || wish->what != ACT_BAN || what == ACT_UNBAN)
        wish->what = (uint8_t)what;
}

/* Who the firewall would not shut out is not given to commands either. */
static bool
is_protected(const struct judge *j, const struct ban_key *key)
{
    const struct config *c = &j->role.config;

    if (!c->jails[key->jail].is_by_commands)
        return false; /* the enforcer answers for them */
    for (size_t i = 0; i < c->protect_count; i++)
        if (addr_overlaps(&c->protect[i].prefix, &key->who))
            return true;
    for (size_t i = 0; i < j->own_count; i++)
        if (addr_overlaps(&j->own[i], &key->who))
            return true;
    return false;
}

static bool
is_in_force(struct judge *j, const struct ban_key *key, struct ban *ban)
{
    char who[JUDGE_WHO_MAX];

    if (!ban || ban->mode != JAIL_ENFORCE || ban->state == BAN_REFUSED ||
        j->enforcer_state.is_open) /* panic: nobody is banned by anything */
        return false;
    if (!is_protected(j, key))
        return true;
    ban->state = BAN_REFUSED;
    ban->outcome = OUTCOME_ALLOW_LIST;
    log_line(&j->role.log, LOG_LEVEL_WARNING, "ban-refused",
             "address=%s jail=%s outcome=%s", judge_who(j, &key->who, who),
             decide_jail_name(&j->decide, key->jail), outcome_name(OUTCOME_ALLOW_LIST));
    return false;
}

/* --- the lines that led to a ban --- */

struct lines {
    struct span jail;
    const struct ban *ban;
    struct buf matches, of_jail, all;
    struct buf groups; /* of the first of them: so fail2ban has it */
};

static void
add_line(struct buf *out, struct span line)
{
    if (out->len)
        buf_add_byte(out, '\n');
    buf_add(out, line);
}

static void
take_line(void *ctx, const struct store_evidence *e)
{
    struct lines *l = ctx;

    add_line(&l->all, e->line);
    if (!span_eq(e->jail, l->jail))
        return;
    add_line(&l->of_jail, e->line);
    if (e->time_us < l->ban->first_us || e->time_us > l->ban->since_us)
        return;
    add_line(&l->matches, e->line);
    if (l->groups.len == 0)
        buf_add(&l->groups, e->groups);
}

/* The last lines of a text, at most so many. */
static struct span
last_lines(const struct buf *b, uint32_t most)
{
    struct span s = buf_span(b);
    size_t at = s.len;

    if (most == 0)
        return span_head(s, 0);
    while (at > 0)
        if (s.ptr[--at] == '\n' && --most == 0)
            return span_from(s, at + 1);
    return s;
}

/* --- packets --- */

/* Failures of all bans of the address that there are now. */
static uint32_t
all_failures(const struct judge *j, const struct addr *who)
{
    struct ban_key key = {.who = *who};
    uint32_t failures = 0;

    for (uint16_t i = 0; i < j->role.config.jail_count; i++) {
        const struct ban *ban;

        key.jail = i;
        ban = decide_has_bans(&j->decide, i) ? decide_find_ban(&j->decide, &key) : NULL;
        failures += ban ? ban->failures : 0;
    }
    return failures;
}

static void
put_ticket(struct judge *j, const struct ban_key *key, const struct ban *ban,
           const struct wire_act *of, struct buf *packet)
{
    const struct config_jail *c = &j->role.config.jails[key->jail];
    const struct judge_jail *jail = judge_jail_of(j, key->jail);
    uint32_t kept = j->role.config.limits.evidence;
    struct wire_act m = *of;
    struct lines l = {.jail = span_of(c->name),
                      .ban = ban,
                      .matches = buf_bounded(MATCHES_BYTES),
                      .of_jail = buf_bounded(MERGED_BYTES),
                      .all = buf_bounded(MERGED_BYTES),
                      .groups = buf_bounded(EVENT_GROUPS_MAX)};

    /* Without them the ban is as good: what is wrong with the database is told. */
    (void)!store_each_evidence(j->store, &key->who, LINES_MAX, take_line, &l);
    m.time_us = ban->since_us > 0 ? ban->since_us : 0;
    m.bantime_s = ban->until_us < 0 ? -1 : (ban->until_us - ban->since_us) / SECOND_US;
    m.failures = ban->failures;
    /* This one too; and fail2ban counts one that it restores once more. */
    m.bancount = (c->increment.is_on ? ban->earlier : 0) + 1 + m.is_restored;
    m.groups = buf_span(&l.groups);
    if (c->needs_hosts && !m.is_restored && !ident_is(&key->who))
        (void)!judge_host_of(j, &key->who, &m.host); /* none: it was waited for */
    m.matches = last_lines(&l.matches,
                           m.is_restored && kept < c->maxmatches ? kept : c->maxmatches);
    m.jail_matches = last_lines(&l.of_jail, kept);
    m.all_matches = last_lines(&l.all, kept);
    m.jail_failures = ban->failures;
    m.all_failures = all_failures(j, &key->who);
    m.banned = jail->banned;
    m.banned_total = jail->bans;
    m.found = j->decide.counters[key->jail].table.count;
    m.found_total = jail->failures;
    wire_put_act(packet, &m);
    buf_fini(&l.matches);
    buf_fini(&l.of_jail);
    buf_fini(&l.all);
    buf_fini(&l.groups);
}

static void
put_wish(struct judge *j, const struct ban_key *key, enum act what, struct buf *packet)
{
    struct ban *ban = decide_find_ban(&j->decide, key);
    struct wire_act m = {.what = (uint8_t)what,
                         .jail = key->jail,
                         .who = judge_address(&key->who),
                         .id = idents_find(&j->ids, &key->who)};

    if (!is_in_force(j, key, ban)) {
        m.what = ACT_UNBAN;
        wire_put_act(packet, &m);
        return;
    }
    if (what == ACT_UNBAN)
        m.what = ACT_BAN; /* banned again since */
    put_ticket(j, key, ban, &m, packet);
}

static int
send_one(struct judge *j, int fd, const struct buf *packet)
{
    int e = chan_send(fd, buf_span(packet), -1);

    j->acts->unanswered += e == 0;
    return e;
}

static int
send_mark(int fd, enum act what)
{
    struct buf packet = {0};
    int e;

    wire_put_act(&packet, &(struct wire_act){.what = (uint8_t)what});
    e = chan_send(fd, buf_span(&packet), -1);
    buf_fini(&packet);
    return e;
}

/* Bans that are sent again, straight from where they are kept. */
static int
send_bans(struct judge *j, int fd)
{
    struct judge_acts *a = j->acts;
    const struct table *bans = &j->decide.bans;
    int e = 0;

    if (a->resync_slot && !a->has_begun) {
        e = send_mark(fd, ACT_ALL);
        a->has_begun = e == 0;
    }
    while (e == 0 && a->resync_slot && a->unanswered < RESTORED_AT_ONCE) {
        struct ban *ban = table_slot(bans, a->resync_slot);
        const struct ban_key *key = ban ? table_key(bans, ban) : NULL;
        struct buf packet = {0};

        if (a->resync_slot > bans->used) {
            e = send_mark(fd, ACT_NO_MORE);
            a->resync_slot = e ? a->resync_slot : 0;
            break;
        }
        if (ban && has_actions(j, key->jail) && is_in_force(j, key, ban)) {
            struct wire_act m = {.what = ACT_BAN,
                                 .jail = key->jail,
                                 .who = judge_address(&key->who),
                                 .id = idents_find(&j->ids, &key->who),
                                 .is_restored = 1};

            put_ticket(j, key, ban, &m, &packet);
            e = send_one(j, fd, &packet);
            buf_fini(&packet);
        }
        a->resync_slot += e == 0;
    }
    return e;
}

/* Whether the name of who is banned is awaited, for a command that asks for it; what is
 * restored goes without one. */
static bool
waits_for_name(struct judge *j, const struct ban_key *key)
{
    const struct ban *ban = decide_find_ban(&j->decide, key);
    struct span name;

    return ban && ban->mode == JAIL_ENFORCE &&
           j->role.config.jails[key->jail].needs_hosts && !ident_is(&key->who) &&
           !judge_host_of(j, &key->who, &name);
}

int
judge_send_acts(struct judge *j, int fd)
{
    uint32_t waiting = 0;
    void *wish;
    int e = 0;

    /* What is ours, and whether panic is on, is for the enforcer to say first. */
    if (!j->acts || !j->has_enforcer_state)
        return 0;
    e = send_bans(j, fd);
    while (e == 0 && j->acts->wishes.count > waiting &&
           (wish = table_oldest(&j->acts->wishes))) {
        const struct ban_key *key = table_key(&j->acts->wishes, wish);
        struct buf packet = {0};

        if (waits_for_name(j, key)) {
            table_touch(&j->acts->wishes, wish);
            waiting++;
            continue;
        }
        put_wish(j, key, (enum act)((const struct act_wish *)wish)->what, &packet);
        e = send_one(j, fd, &packet);
        if (e == 0)
            table_remove(&j->acts->wishes, table_oldest(&j->acts->wishes));
        buf_fini(&packet);
    }
    return e;
}

bool
judge_take_acted(struct judge *j, struct span fields)
{
    struct wire_acted m;

    if (!wire_get_acted(fields, &m) || !j->acts || m.outcome >= RAN_OUTCOMES ||
        !has_actions(j, m.jail))
        return false;
    j->acts->unanswered -= j->acts->unanswered > 0; /* 0: asked by a judge before us */
    j->acts->has_failed[m.jail] = m.outcome != RAN_DONE;
    judge_stir(j);
    return true;
}

bool
judge_take_rebanned(struct judge *j, struct span fields)
{
    struct wire_rebanned m;

    if (!wire_get_rebanned(fields, &m) || !has_actions(j, m.jail) || m.who.family == 0)
        return false;
    judge_say_again(j, &(struct ban_key){.jail = m.jail, .who = m.who}, m.action);
    return true;
}

bool
judge_act_fails(const struct judge *j, uint16_t jail)
{
    return j->acts && j->acts->has_failed[jail];
}
