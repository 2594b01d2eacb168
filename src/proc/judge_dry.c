/* judge_dry: what an order would change in the kernel, as command lines of nft(8). */
#include "judge_client.h"

#include "base/clock.h"
#include "enforce/nft_line.h"
#include "enforce/protect.h"
#include "judge_allow.h"

static void
tell_line(struct judge_client *c, const struct buf *line)
{
    struct buf packet = {0};

    wire_put_tell_line(&packet, &(struct wire_tell_line){.line = buf_span(line)});
    (void)client_queue(c, buf_span(&packet), CLIENT_OUT_MAX); /* beside its TELL_BAN */
    buf_fini(&packet);
}

static int64_t
seconds(int64_t left_us)
{
    return left_us < 0 ? -1 : (left_us + SECOND_US - 1) / SECOND_US;
}

static void
tell_add(struct judge_client *c, uint16_t scope, const struct addr *who, int64_t left_us)
{
    struct buf line = buf_bounded(NFT_LINE_MAX);

    if (scope == DECIDE_NO_SCOPE)
        return; /* its commands are the runner's to know */
    nft_line_add(&line, &c->judge->role.config, scope, who, seconds(left_us));
    tell_line(c, &line);
    buf_fini(&line);
}

static void
tell_delete(struct judge_client *c, uint16_t scope, const struct addr *who)
{
    struct buf line = buf_bounded(NFT_LINE_MAX);

    if (scope == DECIDE_NO_SCOPE)
        return;
    nft_line_delete(&line, &c->judge->role.config, scope, who);
    tell_line(c, &line);
    buf_fini(&line);
}

static int64_t
longer(int64_t a_us, int64_t b_us)
{
    if (a_us < 0 || b_us < 0)
        return -1;
    return a_us > b_us ? a_us : b_us;
}

/* What bans of other jails with the same ports have left; *is_first: none of them comes
 * before this one. */
static int64_t
left_without(const struct judge *j, const struct ban_key *key, bool *is_first)
{
    uint16_t scope = decide_scope_of(&j->decide, key);
    struct ban_key other = {.who = key->who};
    bool is_behind = false;
    int64_t left_us = 0;

    *is_first = true;
    for (size_t i = 0; i <= j->role.config.jail_count; i++) {
        const struct ban *ban;

        other.jail = decide_jail_at(&j->decide, i);
        is_behind |= other.jail == key->jail;
        if (other.jail == key->jail || decide_scope(&j->decide, other.jail) != scope)
            continue;
        ban = decide_find_ban(&j->decide, &other);
        if (!ban || ban->mode != JAIL_ENFORCE)
            continue;
        *is_first &= is_behind;
        left_us = longer(left_us, ban->until_us < 0 ? -1 : ban->until_us - j->now_us);
    }
    return left_us;
}

void
client_dry_unban(struct judge_client *c, const struct ban_key *key, const struct ban *ban)
{
    uint16_t scope = decide_scope_of(&c->judge->decide, key);
    bool is_first;
    int64_t left_us = left_without(c->judge, key, &is_first);

    if (ban->mode != JAIL_ENFORCE || scope == DECIDE_NO_SCOPE)
        return;
    /* Of all jails: the element goes with the first of its bans. */
    if (c->filter.has_jail || is_first)
        tell_delete(c, scope, &key->who);
    if (c->filter.has_jail && left_us != 0)
        tell_add(c, scope, &key->who, left_us);
}

void
client_dry_extend(struct judge_client *c, const struct ban_key *key,
                  const struct ban *ban)
{
    uint16_t scope = decide_scope_of(&c->judge->decide, key);
    int64_t left_us = ban->until_us < 0 ? -1 : ban->until_us - c->judge->now_us;
    bool is_first;

    if (ban->mode != JAIL_ENFORCE || scope == DECIDE_NO_SCOPE)
        return;
    left_us = longer(left_us, left_without(c->judge, key, &is_first));
    /* Not every kernel gives an element that is there another time. */
    tell_delete(c, scope, &key->who);
    tell_add(c, scope, &key->who, left_us);
}

/* The bans around somebody: the first of them, and how long the longest lasts. */
struct around {
    int64_t now_us, left_us;
    struct ban_key first;
    bool is_any;
};

static void
note_around(void *ctx, const struct ban_key *key, const struct ban *ban)
{
    struct around *a = ctx;

    if (!a->is_any)
        a->first = *key;
    a->is_any = true;
    a->left_us = longer(a->left_us, ban->until_us < 0 ? -1 : ban->until_us - a->now_us);
}

void
client_dry_hole(struct judge_client *c, const struct ban_key *ban, const struct addr *who)
{
    struct around a = {.now_us = c->judge->now_us};
    struct buf line = buf_bounded(NFT_LINE_MAX);

    holes_each_around(&c->judge->decide, who, note_around, &a);
    if (a.is_any && memcmp(&a.first, ban, sizeof(*ban)) == 0) {
        nft_line_add_hole(&line, &c->judge->role.config, who, seconds(a.left_us));
        tell_line(c, &line);
    }
    buf_fini(&line);
}

/* As far as judge can know what the enforcer would say. */
static enum outcome
may_ban_now(const struct judge *j, const struct addr *who)
{
    struct protect p;
    enum outcome outcome;

    protect_init(&p, &j->role.config);
    for (size_t i = 0; i < j->own_count; i++)
        (void)hosts_add(&p.own,
                        &j->own[i]); /* what has no room is not protected either */
    outcome = protect_look(&p, who);
    protect_fini(&p);
    return outcome;
}

enum answer_outcome
client_dry_ban(struct judge_client *c, const struct addr *who, int64_t bantime_s,
               struct buf *text)
{
    struct judge *j = c->judge;
    struct ban_key key = {.jail = JAIL_MANUAL, .who = *who};
    const struct ban *old = decide_find_ban(&j->decide, &key);
    enum answer_outcome answer;
    struct ban ban;
    enum outcome outcome;
    bool is_first;

    answer = judge_make_ban(j, who, bantime_s, &ban, text);
    if (answer != ANSWER_DONE)
        return answer;
    outcome = may_ban_now(j, who);
    if (outcome != OUTCOME_DONE) {
        buf_add_text(text, outcome_text(outcome));
        return ANSWER_REFUSED;
    }
    if (old &&
        (old->until_us < 0 || (ban.until_us >= 0 && old->until_us >= ban.until_us))) {
        buf_add_text(text, JUDGE_BANNED_ALREADY);
        return ANSWER_NO_MATCH;
    }
    if (!old && j->decide.bans.count >= j->role.config.limits.max_bans) {
        buf_add_text(text, JUDGE_BANS_FULL);
        return ANSWER_REFUSED;
    }
    if (decide_remaining(&j->decide, who, 0, j->now_us))
        tell_delete(c, 0, who);
    tell_add(c, 0, who,
             longer(ban.until_us < 0 ? -1 : ban.until_us - j->now_us,
                    left_without(j, &key, &is_first)));
    buf_add_text(text, "A gateway of this machine would be refused, and while panic is "
                       "on nothing is banned.");
    return ANSWER_DONE;
}
