#include "judge_brake.h"

#include "base/clock.h"
#include "judge_client.h"
#include "judge_notify.h"

enum { HITS_SAID = 20 }; /* lines; `komainu brake` has all */

void
judge_add_brake(const struct judge *j, struct buf *out)
{
    const struct brake *b = &j->decide.brake;

    if (b->count == 0)
        return; /* it was pulled before this judge began */
    buf_printf(out, ": %u place%s, %u of %u clients", b->places,
               b->places == 1 ? "" : "s", b->clients, b->of);
}

static void
note_change(struct judge *j)
{
    j->has_new_brake = j->is_dirty = true;
    judge_look(j);
}

static void
say_hits(struct judge *j)
{
    const struct brake *b = &j->decide.brake;
    uint32_t first = b->count > HITS_SAID ? b->count - HITS_SAID : 0;
    char who[ADDR_TEXT_MAX];

    for (uint32_t i = first; i < b->count; i++)
        log_line(&j->role.log, LOG_LEVEL_WARNING, "brake-hit",
                 "address=%s places=%u clients=%u", addr_text(&b->hits[i].who, who),
                 b->hits[i].places, b->hits[i].clients);
}

void
judge_say_brake(struct judge *j, const struct verdict *v)
{
    const struct brake *b = &j->decide.brake;
    const char *jail = decide_jail_name(&j->decide, v->jail);
    char who[ADDR_TEXT_MAX], until[CLOCK_TEXT_MAX];

    addr_text(&v->who, who);
    if (v->kind == VERDICT_BRAKED) {
        log_line(&j->role.log, LOG_LEVEL_INFO, "braked", "address=%s jail=%s", who, jail);
        j->has_new_brake = j->is_dirty = true; /* that may prolong it */
        return;
    }
    log_line(&j->role.log, LOG_LEVEL_ERROR, "brake",
             "address=%s jail=%s places=%u clients=%u of=%u until=%s "
             "what=\"no bans are made; see komainu brake\"",
             who, jail, b->places, b->clients, b->of, clock_text(b->until_us, until));
    say_hits(j);
    note_change(j);
}

/* --- the store --- */

void
judge_load_brake(struct judge *j)
{
    int64_t since_us, until_us;

    if (!store_get_brake(j->store, &since_us, &until_us) || until_us <= j->now_us)
        return;
    /* Nobody writes down a longer one: the clock was set. */
    if (until_us > j->now_us + BRAKE_WITHIN_US)
        until_us = j->now_us + BRAKE_WITHIN_US;
    brake_restore(&j->decide.brake, since_us, until_us);
}

void
judge_write_brake(struct judge *j)
{
    const struct brake *b = &j->decide.brake;

    store_put_brake(j->store, b->since_us, b->until_us);
    j->has_new_brake = false;
}

/* --- commands --- */

static void
put_brake(const struct judge *j, struct buf *packet)
{
    const struct config_limits *l = &j->role.config.limits;
    const struct brake *b = &j->decide.brake;

    wire_put_tell_brake(packet, &(struct wire_tell_brake){
                                    .is_on = brake_is_on(b, j->now_us),
                                    .is_enabled = l->is_braking,
                                    .since_us = b->since_us,
                                    .until_us = b->until_us,
                                    .places = b->places,
                                    .places_max = l->brake_places,
                                    .clients = b->clients,
                                    .of = trust_clients(&j->decide.trust, j->now_us),
                                    .percent_max = l->brake_percent,
                                    .held = b->held});
}

static void
put_hits(const struct judge *j, struct judge_client *c)
{
    const struct brake *b = &j->decide.brake;
    struct buf packet = {0};

    for (uint32_t i = 0; i < b->count; i++) {
        const struct brake_hit *hit = &b->hits[i];

        wire_put_tell_hit(&packet, &(struct wire_tell_hit){.time_us = hit->time_us,
                                                           .who = hit->who,
                                                           .places = hit->places,
                                                           .clients = hit->clients});
        client_queue_row(c, &packet);
    }
    buf_fini(&packet);
}

void
client_answer_brake(struct judge_client *c, bool is_release)
{
    struct judge *j = c->judge;
    struct brake *b = &j->decide.brake;
    bool was_on = brake_is_on(b, j->now_us);
    struct buf packet = {0};

    put_brake(j, &packet);
    client_queue_row(c, &packet);
    buf_fini(&packet);
    put_hits(j, c);
    if (is_release && was_on) {
        brake_release(b);
        log_line(&j->role.log, LOG_LEVEL_WARNING, "brake-released", "by=hand");
        note_change(j);
    }
    client_end(c, is_release && !was_on ? ANSWER_NO_MATCH : ANSWER_DONE, was_on,
               is_release && !was_on ? SPAN("bans are made already") : (struct span){0});
}
