/* Why somebody is banned, in words. */
#include "base/clock.h"
#include "decide/decide_internal.h"

void
decide_add_number(struct buf *b, uint32_t earlier)
{
    uint32_t n = earlier + 1;
    const char *ending = "th";

    if (earlier == 0)
        return;
    if (n % 100 / 10 != 1)
        ending = n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
    buf_printf(b, ", %u%s ban", n, ending);
}

void
decide_add_origin(struct buf *b, int64_t first_us, int64_t since_us)
{
    buf_add_text(b, first_us < since_us ? "found in the kernel when the database was lost"
                                        : "banned by hand");
}

/* What the limit of a rule is: " per account, of 10 networks". */
static void
add_rule(struct buf *b, const struct config_rule *r)
{
    if (r->key == RULE_NONE)
        return;
    if (r->key != RULE_ADDRESS)
        buf_printf(b, " per %s", config_rule_key_name(r->key));
    if (r->distinct != DISTINCT_NONE)
        buf_printf(b, ", of %u %s%s", r->mindistinct,
                   config_rule_distinct_name(r->distinct),
                   r->distinct == DISTINCT_ADDRESS ? "es" : "s");
}

/* " (limit 3 per account, of 3 networks in 1h": without its end. */
static void
add_limit(struct buf *b, const struct config_jail *j)
{
    buf_printf(b, " (limit %u", j->maxretry);
    add_rule(b, &j->rule);
    buf_add_text(b, " in ");
    clock_add_duration(b, j->findtime_s * SECOND_US);
}

static void
add_duration_of(struct buf *b, const struct verdict *v)
{
    clock_add_duration(b, v->time_us > v->first_us ? v->time_us - v->first_us : 0);
}

void
decide_add_curb(struct buf *b, enum curb_kind kind, const struct curb *curb)
{
    if (kind == CURB_HOLD)
        buf_add_text(b, "held");
    else
        buf_printf(b, "limited to %u message%s and %u recipient%s an hour",
                   curb->messages, curb->messages == 1 ? "" : "s", curb->recipients,
                   curb->recipients == 1 ? "" : "s");
}

/* What becomes of the account's mail: "; its mail is held for 1d". */
static void
add_curb(struct buf *b, const struct config_jail *j, const struct verdict *v)
{
    static const char *const words[] = {[CURB_NONE] = "would be",
                                        [CURB_MADE] = "is",
                                        [CURB_THERE] = "is",
                                        [CURB_FULL] = "cannot be",
                                        [CURB_OVER] = "would have been"};

    buf_printf(b, "; its mail %s ", words[v->curb]);
    decide_add_curb(
        b, j->rule.verdict == RULE_HOLD ? CURB_HOLD : CURB_LIMIT,
        &(struct curb){.messages = j->rule.messages, .recipients = j->rule.recipients});
    if (v->curb == CURB_FULL) {
        buf_printf(b, ": that of %u accounts is", (unsigned)CURBS_MAX);
    } else if (j->bantime_s < 0) {
        buf_add_text(b, " until somebody releases it");
    } else {
        buf_add_text(b, " for ");
        clock_add_duration(b, j->bantime_s * SECOND_US);
    }
}

static void
add_what(const struct decide *d, struct buf *b, const struct verdict *v)
{
    const struct config_jail *j = &d->config->jails[v->jail];
    struct addr place = trust_place(&v->who);
    char who[ADDR_TEXT_MAX];

    if (v->event == EVENT_LOGIN_GUESSED) {
        buf_printf(b, "logged in from %s, where it was never seen, after %u failure%s",
                   addr_text(&v->who, who), v->tries, v->tries == 1 ? "" : "s");
    } else if (v->event == EVENT_STALE_PASSWORD) {
        buf_printf(b, "a device at %s uses an old password", addr_text(&place, who));
    } else if (v->event == EVENT_SENDING_JUMP) {
        buf_printf(b, "hands in many times as much mail as in other hours, from %s",
                   addr_text(&v->who, who));
    } else if (v->event == EVENT_LOGIN_NEW) {
        buf_printf(b, "logged in from %u place%s where it was never seen, in ", v->count,
                   v->count == 1 ? "" : "s");
        add_duration_of(b, v);
        buf_printf(b, ", last from %s", addr_text(&v->who, who));
    } else {
        buf_printf(b, "%u event%s in ", v->count, v->count == 1 ? "" : "s");
        add_duration_of(b, v);
        add_limit(b, j);
        buf_add_byte(b, ')');
    }
}

void
decide_add_alert(const struct decide *d, struct buf *b, const struct verdict *v)
{
    const struct config_jail *j = &d->config->jails[v->jail];

    add_what(d, b, v);
    if (config_rule_curbs(&j->rule))
        add_curb(b, j, v);
}

void
decide_add_reason(const struct decide *d, struct buf *b, const struct ban_key *key,
                  const struct ban *ban)
{
    const struct config_jail *j;

    if (key->jail == JAIL_MANUAL ||
        (ban->failures == 0 && ban->first_us < ban->since_us)) {
        decide_add_origin(b, ban->first_us, ban->since_us);
        decide_add_number(b, ban->earlier);
        return;
    }
    j = &d->config->jails[key->jail];
    buf_printf(b, "%u %s%s in ", ban->failures,
               j->rule.key == RULE_NONE ? "failure" : "event",
               ban->failures == 1 ? "" : "s");
    clock_add_duration(b,
                       ban->since_us > ban->first_us ? ban->since_us - ban->first_us : 0);
    add_limit(b, j);
    if (ban->failures < j->maxretry && ban->nth > 1 && j->increment.is_on)
        buf_printf(b, ", each counts as %u", decide_weight(j, ban->nth - 1));
    buf_add_byte(b, ')');
    decide_add_number(b, ban->earlier);
}
