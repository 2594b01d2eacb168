/* judge_trust: who has logged in from where, told in steps, so that a large number does
 * not hold judge up; and forgotten by order of a person. */
#include "base/clock.h"
#include "judge_client.h"

enum { STEP_BYTES = 1 << 18, STEP_SLOTS = 4096 };

static void
tell(struct judge_client *c, const struct addr *who, const struct trust_entry *e)
{
    bool is_place = !addr_is_host(who);
    int64_t now_us = c->judge->now_us;
    struct buf packet = {0};

    wire_put_tell_trust(
        &packet, &(struct wire_tell_trust){
                     .who = *who,
                     .is_place = is_place,
                     .accounts = e->accounts,
                     .logins = e->logins,
                     .first_us = e->first_us,
                     .last_us = e->last_us,
                     .is_good = is_place ? trust_entry_is_good(e, now_us)
                                         : trust_entry_is_clean(e, now_us),
                     .doubt_us = e->doubt_days ? e->last_us + e->doubt_days * DAY_US : 0,
                     .strange = e->strange});
    client_queue_row(c, &packet);
    buf_fini(&packet);
}

static bool
is_wanted(const struct judge_client *c, const struct trust_key *key,
          const struct trust_entry *e)
{
    return key->account == 0 && key->place.family &&
           c->judge->now_us - e->last_us <= TRUST_KEEP_S * SECOND_US &&
           (!c->filter.within.family || addr_overlaps(&c->filter.within, &key->place));
}

void
client_trust_on(struct judge_client *c)
{
    const struct table *all = &c->judge->decide.trust.table;

    for (int i = 0; c->is_in_trust && i < STEP_SLOTS && c->out.len < STEP_BYTES; i++) {
        const struct trust_entry *e = table_slot(all, c->next_slot);
        const struct trust_key *key = e ? table_key(all, e) : NULL;

        if (e && is_wanted(c, key, e))
            tell(c, &key->place, e);
        c->is_in_trust = c->next_slot++ < all->used;
    }
    if (!c->is_in_trust)
        client_end(c, c->matched ? ANSWER_DONE : ANSWER_NO_MATCH, c->matched,
                   (struct span){0});
}

static void
forget(struct judge_client *c, const struct addr *within)
{
    struct judge *j = c->judge;
    uint32_t count = decide_forget_trust(&j->decide, within);
    char text[ADDR_TEXT_MAX];

    if (count)
        log_line(&j->role.log, LOG_LEVEL_INFO, "trust-forgotten", "within=%s places=%u",
                 addr_text(within, text), count);
    client_end(c, count ? ANSWER_DONE : ANSWER_NO_MATCH, count, (struct span){0});
}

void
client_answer_trust(struct judge_client *c, const struct wire_ask_trust *m)
{
    if (m->is_forget) {
        forget(c, &m->within);
        return;
    }
    c->filter.within = m->within;
    c->next_slot = 1;
    c->is_in_trust = true;
    client_trust_on(c);
}
