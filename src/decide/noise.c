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
};

/* Of EVENT_NOISE a filter tells more than what it counts: a second line of the same, or
 * what honest clients earn too. */
static const uint32_t told_too =
    KIND(PROTOCOL_ERROR) | KIND(LIST_HIT) | KIND(IDENTITY) | KIND(REJECTED);

/* Refusals of something asked for: those weigh against deliveries. */
static const uint32_t refusals =
    KIND(USER_UNKNOWN) | KIND(RELAY_DENIED) | KIND(LIST_HIT) | KIND(IDENTITY);

uint32_t
noise_wanted(uint32_t wanted)
{
    return wanted & EVENT_NOISE ? wanted | KIND(SESSION_END) | KIND(AUTH_ERROR) : wanted;
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
    struct addr place = trust_place(&t->e->peer);

    kept_touch(t->d, KEPT_SENDERS, &t->e->peer);
    kept_touch(t->d, KEPT_SENDERS, &place);
    senders_deliver(&t->d->senders, &t->e->peer, recipients, t->e->time_us);
}

static void
refuse(struct taking *t)
{
    struct addr place = trust_place(&t->e->peer);

    if (senders_know(&t->d->senders, &t->e->peer))
        kept_touch(t->d, KEPT_SENDERS, &t->e->peer);
    if (senders_know(&t->d->senders, &place))
        kept_touch(t->d, KEPT_SENDERS, &place);
    senders_refuse(&t->d->senders, &t->e->peer, t->e->time_us);
}

static void
take_session_end(struct taking *t)
{
    struct smtp_session s = smtp_session_of(t->e->detail);

    if (s.kind == SMTP_SESSION_DELIVERED && s.recipients > 0)
        deliver(t, s.recipients);
    if (s.kind == SMTP_SESSION_SILENT ||
        (s.kind == SMTP_SESSION_LOGIN_FAILED && is_unexplained(t)))
        t->also |= KIND(PROBE);
}

/* Whether somebody has logged in from there: his machines may be clumsy. */
static bool
has_logged_in(const struct taking *t)
{
    struct addr place = trust_place(&t->e->peer);
    const struct trust_entry *e = trust_find(&t->d->trust, &place, 0);

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

bool
noise_passes(const struct taking *t, enum rule_key key, enum event_kind kind)
{
    struct addr place;

    if (!(EVENT_NOISE >> kind & 1))
        return false;
    if (told_too >> kind & 1 && !t->e->is_failure)
        return true;
    if (noise_is_passed(t, kind) || has_logged_in(t) ||
        senders_is_good(&t->d->senders, &t->e->peer, t->e->time_us))
        return true;
    place = trust_place(&t->e->peer);
    return key == RULE_PREFIX && senders_is_good(&t->d->senders, &place, t->e->time_us);
}
