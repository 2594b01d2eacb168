#include "match/matcher_parts.h"

/* A part of a copy of the line, in the line itself (without the newline, which is not in
 * it), or kept for the caller when it stands there in no one piece. */
static struct span __attribute__((noinline)) in_line(struct matcher *m, struct span s)
{
    struct span out;

    for (size_t i = 0; i < VIEWS; i++)
        if (view_has(&m->views[i], s) && view_origin(&m->views[i], s, &out))
            return out;
    return regex_keep(&m->engine, s);
}

/* At most `max` bytes of a value. Most expressions have but one or two. */
static inline struct span
value_of(struct matcher *m, const struct regex_capture *c, enum regex_role role,
         size_t max)
{
    return c->roles[role].ptr ? in_line(m, span_head(c->roles[role], max))
                              : (struct span){0};
}

enum peer { PEER_NONE, PEER_GOOD, PEER_BAD };

/* The address of a failure: of its id, when that is one, else beside it. PEER_BAD: a
 * name, or no address after all. */
static enum peer
read_peer(const struct regex_capture *c, struct addr *out)
{
    static const enum regex_role order[] = {ROLE_IP4, ROLE_IP6, ROLE_DNS};
    struct span cidr = c->roles[ROLE_CIDR];
    struct addr a = {0};
    uint64_t bits;
    size_t i = 0;

    if (c->roles[ROLE_FID].len && addr_parse(c->roles[ROLE_FID], out))
        return PEER_GOOD;
    while (i < ARRAY_LEN(order) && !c->roles[order[i]].ptr)
        i++;
    if (i == ARRAY_LEN(order))
        return PEER_NONE;
    if (!addr_parse(c->roles[order[i]], &a))
        return PEER_BAD;
    if (cidr.ptr) {
        if (!span_u64(cidr, 0, addr_width(&a), &bits))
            return PEER_BAD;
        a = addr_mask(a, (unsigned)bits);
    }
    *out = a;
    return PEER_GOOD;
}

/* Whether the expression names a session. */
static bool
has_session(const struct matcher *m, size_t filter, const struct regex *r,
            const struct regex_capture *c)
{
    const struct regex *prefix = m->filters[filter].prefix;

    return c->roles[ROLE_MLFID].ptr || r->is_of_header ||
           (prefix && prefix->is_of_header);
}

/* The session that the line belongs to; false when it has no pid, or one of any length.
 */
static bool
session_of(const struct matcher *m, size_t filter, const struct regex_capture *c,
           struct session_key *key)
{
    const struct line *l = m->now.line;
    char name[SESSION_ID_MAX];
    size_t n = 0;

    if (c->roles[ROLE_MLFID].ptr) {
        *key = session_key_of((uint16_t)filter, c->roles[ROLE_MLFID]);
        return true;
    }
    if (!l->pid.len || l->pid.len + l->host.len + 1 > sizeof(name))
        return false;
    memcpy(name, l->pid.ptr, l->pid.len);
    n = l->pid.len;
    name[n++] = ' ';
    if (l->host.len)
        memcpy(name + n, l->host.ptr, l->host.len);
    *key = session_key_of((uint16_t)filter, (struct span){name, n + l->host.len});
    return true;
}

/* Whether a line names somebody, be it no address. */
static bool
is_somebody(const struct regex_capture *c)
{
    return c->roles[ROLE_FID].len || c->roles[ROLE_DNS].len || c->roles[ROLE_IP4].len ||
           c->roles[ROLE_IP6].len;
}

/* Merges the hit with its session, if it has one. Apart, because few lines have
 * one and a key has to be cleared. */
static void __attribute__((noinline))
step_session(struct matcher *m, size_t filter, const struct regex_capture *c,
             struct match_hit *hit)
{
    struct session_line line = {.time_us = hit->time_us,
                                .now_us = m->now.now_us,
                                .kind = hit->kind,
                                .peer = hit->peer,
                                .user = c->roles[ROLE_USER],
                                .is_named = is_somebody(c),
                                .is_of_none =
                                    !hit->peer.family &&
                                    (c->roles[ROLE_IP4].len || c->roles[ROLE_IP6].len),
                                .is_told = hit->what == MATCH_TOLD,
                                .is_nofail = c->roles[ROLE_NOFAIL].len > 0,
                                .is_gained = c->roles[ROLE_GAINED].len > 0,
                                .is_over = c->roles[ROLE_OVER].len > 0};
    struct session_key key;

    if (!session_of(m, filter, c, &key))
        return; /* it stands for itself */
    switch (session_step(&m->sessions, &key, &line)) {
    case SESSION_HELD:
        hit->what = MATCH_HELD;
        return;
    case SESSION_FAILURE:
        hit->what = MATCH_FAILURE;
        break;
    case SESSION_TOLD:
        break;
    }
    hit->kind = line.kind;
    hit->peer = line.peer;
    if (!hit->account.len)
        hit->account = regex_keep(&m->engine, line.user);
}

/* Whether it is a failure of a host whose name is to be looked up. */
static bool
is_named(const struct matcher *m, size_t filter, const struct regex *r,
         const struct regex_capture *c)
{
    return m->gives_names && m->filters[filter].looks_up && r->kind == REGEX_FAIL &&
           (!c->roles[ROLE_NOFAIL].len || has_session(m, filter, r, c)) &&
           host_is_name(c->roles[ROLE_DNS]);
}

/* What a failure is that no address is known of. */
static void
judge_unaddressed(struct matcher *m, const struct compiled *f,
                  const struct regex_capture *c, struct match_hit *hit)
{
    static const enum regex_role order[] = {ROLE_IP4, ROLE_IP6, ROLE_DNS};

    if (!hit->fid.len && f->has_ids)
        hit->fid = value_of(m, c, ROLE_DNS, EVENT_TEXT_MAX);
    if (hit->fid.len) {
        hit->host = (struct span){0};
    } else if (hit->host.len) {
        hit->what = MATCH_NAMED;
        hit->detail = (struct span){0}; /* an EVENT has room for one of the two */
    } else {
        hit->what = MATCH_UNRESOLVED;
        for (size_t i = 0; i < ARRAY_LEN(order) && !hit->fid.len; i++)
            hit->fid = value_of(m, c, order[i], EVENT_TEXT_MAX);
    }
}

void
hit_make(struct matcher *m, size_t filter, size_t regex, const struct regex_capture *c,
         struct match_hit *hit)
{
    struct compiled *f = &m->filters[filter];
    const struct regex *r = &f->regexes[regex];
    enum peer peer;

    *hit = (struct match_hit){
        .filter = (uint16_t)filter,
        .regex = (uint16_t)regex,
        .kind = r->event,
        .what = r->kind == REGEX_FAIL ? MATCH_FAILURE : MATCH_TOLD,
        .account = value_of(m, c, ROLE_USER, EVENT_ACCOUNT_MAX),
        .recipient = value_of(m, c, ROLE_RCPT, EVENT_TEXT_MAX),
        .detail = value_of(m, c, ROLE_DETAIL, EVENT_TEXT_MAX),
        .fid = value_of(m, c, ROLE_FID, EVENT_TEXT_MAX),
        .port = value_of(m, c, ROLE_PORT, EVENT_TEXT_MAX),
    };
    hit->time_us = m->now.now_us;
    hit->has_time = subject_time(m, f, &hit->time_us);
    peer = read_peer(c, &hit->peer);
    if (peer == PEER_BAD && is_named(m, filter, r, c))
        hit->host = value_of(m, c, ROLE_DNS, HOST_TEXT_MAX + 1);
    if (has_session(m, filter, r, c))
        step_session(m, filter, c, hit);
    if (hit->peer.family)
        hit->host = (struct span){0};
    else if (hit->what != MATCH_HELD)
        judge_unaddressed(m, f, c, hit);
    m->counts.unresolved += hit->what == MATCH_UNRESOLVED;
    hit->is_failure = hit->what == MATCH_FAILURE;
    /* Of its session, maybe. */
    if (f->keeps_groups && !c->roles[ROLE_USER].len && hit->account.len)
        groups_add(m, SPAN("user"), hit->account);
    if (f->keeps_groups)
        hit->groups = regex_keep(&m->engine, (struct span){m->groups, m->groups_len});
}
