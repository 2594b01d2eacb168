/* Noise of SMTP: what clients do beside logging in, and who may. */
#include "base/clock.h"
#include "decide/decide_internal.h"
#include "decide/smtp_session.h"

#define KIND(name) (UINT32_C(1) << EVENT_##name)

enum {
    /* What explains a session whose logins all failed: a line of a failed login of its
     * address so long before its end, or one that our own server is in trouble. smtpd
     * waits 300 s for a command; people type again. */
    EXPLAINS_S = 900,
    /* A session that asks for so many recipients that do not exist, and for none that
     * does: who has mail for somebody who left finds one that is there. */
    VAIN_RECIPIENTS = 2,
    ASKED_MAX = 16384, /* addresses */
    /* So many recipients in a session, where a login looked guessed, are not its
     * owner's friends. */
    DOUBTED_RECIPIENTS = 50,
};

/* Of EVENT_NOISE a filter tells more than what it counts: a second line of the same, or
 * what honest clients earn too. */
static const uint32_t told_too =
    KIND(PROTOCOL_ERROR) | KIND(LIST_HIT) | KIND(IDENTITY) | KIND(REJECTED);

/* Refusals of something asked for: those weigh against deliveries. */
static const uint32_t refusals =
    KIND(USER_UNKNOWN) | KIND(RELAY_DENIED) | KIND(LIST_HIT) | KIND(IDENTITY);

void
noise_init(struct decide *d)
{
    static const struct counters_form asked = {
        .limit = VAIN_RECIPIENTS, .window_s = EXPLAINS_S, .is_distinct = true};

    counters_init(&d->asked, &asked, ASKED_MAX);
}

uint32_t
noise_wanted(uint32_t wanted)
{
    if (wanted & KIND(ASKED_IN_VAIN))
        wanted |= KIND(USER_UNKNOWN);
    if (wanted & KIND(SENDING_DOUBTED))
        wanted |= KIND(SESSION_END);
    return wanted & EVENT_NOISE ? wanted | KIND(SESSION_END) | KIND(AUTH_ERROR) : wanted;
}

void
noise_expect(const struct taking *t, struct ahead *a)
{
    const struct event *e = t->e;

    if (e->kind != EVENT_SESSION_END && !(EVENT_NOISE >> e->kind & 1))
        return;
    senders_expect(&t->d->senders, &e->peer, a);
    senders_expect(&t->d->senders, &t->peer->place, a);
    if (e->kind == EVENT_USER_UNKNOWN)
        ahead_add(a, &t->d->asked.table, &e->peer);
}

/* A session without a login that worked, and nothing in the log says why. */
static bool
is_unexplained(const struct taking *t)
{
    int64_t since_s = t->e->time_us / SECOND_US - EXPLAINS_S;
    struct attempts_lately lately =
        attempts_lately(&t->d->attempts, &t->e->peer, 0, since_s);

    return lately.same + lately.other == 0 &&
           t->e->time_us - t->d->auth_error_us > EXPLAINS_S * SECOND_US;
}

static void
deliver(struct taking *t, uint32_t recipients)
{
    kept_touch(t->d, KEPT_SENDERS, &t->e->peer);
    kept_touch(t->d, KEPT_SENDERS, &t->peer->place);
    senders_deliver(&t->d->senders, &t->e->peer, recipients, t->e->time_us);
}

static void
refuse(struct taking *t)
{
    if (t->d->keep && senders_know(&t->d->senders, &t->e->peer))
        kept_touch(t->d, KEPT_SENDERS, &t->e->peer);
    if (t->d->keep && senders_know(&t->d->senders, &t->peer->place))
        kept_touch(t->d, KEPT_SENDERS, &t->peer->place);
    senders_refuse(&t->d->senders, &t->e->peer, t->e->time_us);
}

/* A recipient that does not exist: kept until the session ends. */
static void
ask(struct taking *t)
{
    struct mark mark = counters_mark(t->e->time_us / SECOND_US);

    mark.value = decide_short_tag(decide_recipient(t));
    kept_touch(t->d, KEPT_ASKED, &t->e->peer);
    counters_add(&t->d->asked, &t->e->peer, mark, NULL);
}

/* Whether none of the recipients of a session was taken because they do not exist. */
static bool
is_in_vain(const struct taking *t, const struct smtp_session *s)
{
    struct level level;

    return s->kind == SMTP_SESSION_IN_VAIN && s->recipients >= VAIN_RECIPIENTS &&
           counters_level(&t->d->asked, &t->e->peer, t->e->time_us / SECOND_US, &level) &&
           level.distinct >= VAIN_RECIPIENTS;
}

/* Whether many get mail by a login from where one looked guessed. */
static bool
is_doubted(const struct taking *t, const struct smtp_session *s)
{
    return s->kind == SMTP_SESSION_DELIVERED && s->has_login &&
           s->recipients >= DOUBTED_RECIPIENTS && logins_look_guessed(t);
}

static void
take_session_end(struct taking *t)
{
    struct smtp_session s = smtp_sessions_read(&t->d->sessions, t->e->detail);

    if (s.kind == SMTP_SESSION_DELIVERED && s.recipients > 0)
        deliver(t, s.recipients);
    if (s.kind == SMTP_SESSION_SILENT ||
        (s.kind == SMTP_SESSION_LOGIN_FAILED && is_unexplained(t)))
        t->also |= KIND(PROBE);
    if (is_in_vain(t, &s))
        t->also |= KIND(ASKED_IN_VAIN);
    if (is_doubted(t, &s))
        t->also |= KIND(SENDING_DOUBTED);
}

/* Whether somebody has logged in from there: his machines may be clumsy. */
static bool
has_logged_in(const struct taking *t)
{
    const struct trust_entry *e = t->at_place;

    return e && !e->doubt_days && t->e->time_us - e->last_us <= TRUST_KEEP_S * SECOND_US;
}

void
noise_take(struct taking *t)
{
    const struct event *e = t->e;

    if (e->kind == EVENT_SESSION_END)
        take_session_end(t);
    if (e->kind == EVENT_AUTH_ERROR && e->time_us > t->d->auth_error_us)
        t->d->auth_error_us = e->time_us;
    if (e->is_failure && refusals >> e->kind & 1)
        refuse(t);
    if (e->kind == EVENT_USER_UNKNOWN && e->recipient.len &&
        t->d->wanted & KIND(ASKED_IN_VAIN))
        ask(t);
    if (!(EVENT_NOISE >> e->kind & 1) && !(t->also & EVENT_NOISE))
        return;
    t->is_provider = providers_have(&t->d->providers, &e->peer);
    t->d->providers.passed += t->is_provider;
}

bool
noise_is_passed(const struct taking *t, enum event_kind kind)
{
    return t->is_provider && EVENT_NOISE >> kind & 1;
}

/* How good the address is, or with `is_wide` its place if it is not; each is asked once
 * for an event. */
static enum esteem
esteem_of(struct taking *t, bool is_wide)
{
    const struct senders *s = &t->d->senders;

    if (t->esteem == ESTEEM_UNKNOWN)
        t->esteem = has_logged_in(t) || senders_is_good(s, &t->e->peer, t->e->time_us)
                        ? ESTEEM_ADDRESS
                        : ESTEEM_NOT_ADDRESS;
    if (is_wide && t->esteem == ESTEEM_NOT_ADDRESS)
        t->esteem = senders_is_good(s, &t->peer->place, t->e->time_us) ? ESTEEM_PLACE
                                                                       : ESTEEM_NONE;
    return t->esteem;
}

bool
noise_passes(struct taking *t, enum rule_key key, enum event_kind kind)
{
    bool is_wide = key == RULE_PREFIX || key == RULE_HOST;
    enum esteem esteem;

    if (!(EVENT_NOISE >> kind & 1))
        return false;
    if (told_too >> kind & 1 && !t->e->is_failure)
        return true;
    esteem = esteem_of(t, is_wide);
    return noise_is_passed(t, kind) || esteem == ESTEEM_ADDRESS ||
           (is_wide && esteem == ESTEEM_PLACE);
}
