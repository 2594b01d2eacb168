#include "judge_names.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "event_wire.h"
#include "judge_allow.h"
#include "judge_hosts.h"
#include "judge_parts.h"
#include "judge_providers.h"
#include "wire/meaning.h"

enum {
    ANSWERS_A_TURN = 64, /* packets */
    TTL_MIN_S = 60,
    TTL_MAX_S = 86400, /* also how long an old answer stays in place of failures */
};

static const char *const outcome_names[RESOLVED_OUTCOMES] = {
    "found", "there is no such name or it has no address", "no name server answers",
    "no name"};

const char *
judge_outcome_text(enum resolved outcome)
{
    return outcome_names[outcome];
}

/* --- questions --- */

static void
forget(struct judge_names *n, size_t i)
{
    n->failures -= n->asked[i].failure.len != 0;
    n->allowed -= n->asked[i].allowed != NULL;
    n->hosts -= n->asked[i].host.family != 0;
    mem_free(n->asked[i].allowed);
    buf_fini(&n->asked[i].failure);
    n->asked[i] = n->asked[--n->count];
    n->asked[n->count] = (struct names_question){0};
}

static void
lose_resolver(struct judge_names *n)
{
    if (n->resolver.fd < 0)
        return;
    loop_remove(&n->judge->role.loop, &n->resolver_watch);
    (void)close(n->resolver.fd); /* what was not answered is asked of the next one */
    n->resolver.fd = -1;
    n->got_count = 0;
    buf_clear(&n->got_records);
}

static struct wire_event
failure_of(const struct names_question *q)
{
    struct wire_event m;

    must(wire_get_event(span_from(buf_span(&q->failure), WIRE_HEAD_BYTES), &m));
    return m;
}

static uint8_t
record_of(const struct names_question *q)
{
    if (q->host.family)
        return HOST_PTR;
    return (uint8_t)(q->provider ? spf_walk_question(&q->provider->walk)->record
                                 : HOST_ADDRESSES);
}

static int
send_question(struct judge_names *n, struct names_question *q)
{
    const struct spf_question *of =
        q->provider ? spf_walk_question(&q->provider->walk) : NULL;
    struct buf packet = {0}, reversed = {0};
    struct span name;
    int e;

    if (q->host.family)
        addr_add_reversed(&q->host, &reversed);
    name = q->host.family ? buf_span(&reversed)
           : of           ? span_of(of->name.text)
           : q->ignored   ? span_of(q->ignored->name)
           : q->allowed   ? span_of(q->allowed->text)
                          : failure_of(q).host;
    wire_put_resolve(&packet, &(struct wire_resolve){
                                  .id = q->id, .record = record_of(q), .name = name});
    e = chan_send(n->resolver.fd, buf_span(&packet), -1);
    q->is_sent = e == 0;
    buf_fini(&packet);
    buf_fini(&reversed);
    return e;
}

/* Sends what was not sent; what is left goes when the resolver has read some of it. */
static void
flush(struct judge_names *n)
{
    int e = 0;

    if (n->resolver.fd < 0)
        return;
    for (size_t i = 0; i < n->count && e == 0; i++)
        if (!n->asked[i].is_sent)
            e = send_question(n, &n->asked[i]);
    if (e && e != -EAGAIN)
        lose_resolver(n); /* komainud brings a new one */
    else
        loop_want(&n->judge->role.loop, &n->resolver_watch,
                  e ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

/* A new question; the caller says of what. */
static struct names_question *
ask(struct judge_names *n)
{
    struct names_question *q = &n->asked[n->count++];

    must(n->count <= NAMES_ASKED_MAX);
    *q = (struct names_question){.id = n->next_id++};
    return q;
}

/* --- the names in ignoreip --- */

static void
arm_due(struct judge_names *n)
{
    int64_t first_us = INT64_MAX, now_us = clock_boot_us();

    for (size_t i = 0; i < n->ignored_count; i++)
        if (!n->ignored[i].is_asked && n->ignored[i].due_us < first_us)
            first_us = n->ignored[i].due_us;
    if (first_us != INT64_MAX)
        loop_timer_set(&n->judge->role.loop, &n->due,
                       first_us > now_us ? first_us - now_us : 0);
}

static void
on_due(void *ctx)
{
    struct judge_names *n = ctx;
    int64_t now_us = clock_boot_us();

    for (size_t i = 0; i < n->ignored_count; i++) {
        if (n->ignored[i].is_asked || n->ignored[i].due_us > now_us)
            continue;
        n->ignored[i].is_asked = true;
        ask(n)->ignored = &n->ignored[i];
    }
    flush(n);
    arm_due(n);
}

/* Tells decide what all names stand for. */
static void
tell_decide(struct judge_names *n)
{
    size_t count = 0;

    for (size_t i = 0; i < n->ignored_count; i++)
        for (size_t k = 0; k < n->ignored[i].count; k++)
            n->named[count++] = (struct decide_named){.jail = n->ignored[i].jail,
                                                      .who = n->ignored[i].addresses[k]};
    decide_set_named(&n->judge->decide, n->named, count);
}

static void
tell_trouble(struct judge_names *n, struct names_ignored *name, enum resolved outcome)
{
    if (outcome != RESOLVED_FOUND && !name->is_told)
        log_line(&n->judge->role.log, LOG_LEVEL_WARNING, "ignoreip-name-unknown",
                 "jail=%s name=%s reason=\"%s\"",
                 decide_jail_name(&n->judge->decide, name->jail), name->name,
                 outcome_names[outcome]);
    name->is_told = outcome != RESOLVED_FOUND;
}

static int64_t
good_us(uint32_t ttl_s)
{
    return (ttl_s < TTL_MIN_S   ? TTL_MIN_S
            : ttl_s > TTL_MAX_S ? TTL_MAX_S
                                : (int64_t)ttl_s) *
           SECOND_US;
}

static void
take_ignored(struct judge_names *n, struct names_ignored *name,
             const struct names_answer *m)
{
    int64_t now_us = clock_boot_us();

    name->is_asked = false;
    name->due_us = now_us + m->good_us;
    if (m->outcome == RESOLVED_FOUND) {
        memcpy(name->addresses, n->got, sizeof(n->got));
        name->count = n->got_count;
        name->found_us = now_us;
    } else if (m->outcome != RESOLVED_FAILED ||
               now_us - name->found_us > TTL_MAX_S * SECOND_US) {
        name->count = 0;
    }
    tell_trouble(n, name, m->outcome);
    tell_decide(n);
    arm_due(n);
}

/* --- allowed names --- */

bool
judge_ask_allowed(struct judge *j, const struct host_key *name)
{
    struct judge_names *n = j->names;
    struct host_key *key;

    for (size_t i = 0; i < n->count; i++)
        if (n->asked[i].allowed && memcmp(n->asked[i].allowed, name, sizeof(*name)) == 0)
            return true; /* one answer is for all who want to know */
    if (n->allowed == NAMES_ALLOWED_MAX)
        return false;
    n->allowed++;
    key = mem_zalloc(1, sizeof(*key));
    *key = *name;
    ask(n)->allowed = key;
    flush(n);
    return true;
}

/* --- providers --- */

void
judge_ask_provider(struct judge *j, struct judge_provider *p)
{
    ask(j->names)->provider = p;
    flush(j->names);
}

/* --- failures --- */

void
judge_look_up(struct judge *j, const struct event *e)
{
    struct judge_names *n = j->names;
    struct wire_event m = event_to_wire(e);

    if (n->failures == NAMES_FAILURES_MAX) {
        n->unresolved++;
        return;
    }
    n->failures++;
    wire_put_event(&ask(n)->failure, &m);
    flush(n);
}

/* Counts the failure for each address. */
static void
take_failure(struct judge_names *n, const struct names_question *q, size_t count)
{
    struct wire_event m = failure_of(q);
    struct judge *j = n->judge;
    char text[ADDR_TEXT_MAX];
    struct event e;

    must(event_from_wire(&m, &e)); /* it was read from a frame before */
    n->unresolved += count == 0;
    if (e.time_us + q->shift_us >= 0)
        e.time_us += q->shift_us;
    for (size_t i = 0; i < count; i++) {
        if (j->role.config.filters[e.filter].usedns == USEDNS_WARN)
            log_line(&j->role.log, LOG_LEVEL_WARNING, "name-looked-up",
                     "filter=%s name=%.*s address=%s",
                     j->role.config.filters[e.filter].name, SPAN_FMT(e.host),
                     addr_text(&n->got[i], text));
        e.peer = n->got[i];
        decide_event(&j->decide, &e, j->now_us, judge_on_verdict, j);
    }
}

uint64_t
judge_unresolved(const struct judge *j)
{
    return j->decide.unaddressed + j->ids.refused + (j->names ? j->names->unresolved : 0);
}

void
judge_shift_names(struct judge *j, int64_t delta_us)
{
    for (size_t i = 0; j->names && i < j->names->count; i++)
        j->names->asked[i].shift_us += delta_us;
}

/* --- answers --- */

static bool
take_address(struct judge_names *n, struct span fields)
{
    struct wire_resolved_address m;

    if (!wire_get_resolved_address(fields, &m) || !addr_is_host(&m.who) ||
        n->got_count == NAMES_ADDRESSES_MAX)
        return false;
    n->got[n->got_count++] = m.who;
    return true;
}

static bool
take_record(struct judge_names *n, struct span fields)
{
    struct wire_resolved_record m;

    if (!wire_get_resolved_record(fields, &m) || n->got_records.len >= WIRE_PACKET_MAX)
        return false;
    wire_put_resolved_record(&n->got_records, &m);
    return true;
}

static void
take_answer(struct judge_names *n, size_t i, const struct names_answer *a)
{
    const struct names_question *q = &n->asked[i];
    struct judge_provider *provider = q->provider;
    struct addr host = q->host;
    struct host_key name;
    bool is_allowed = q->allowed != NULL;

    if (is_allowed)
        name = *q->allowed;
    else if (q->ignored)
        take_ignored(n, q->ignored, a);
    else if (!provider && !host.family)
        take_failure(n, q, a->count);
    forget(n, i);
    /* Behind it, because what it does may be to ask again. */
    if (is_allowed)
        judge_take_allowed(n->judge, &name, a);
    else if (provider)
        judge_take_provider(n->judge, provider, a);
    else if (host.family)
        judge_take_host(n->judge, &host, a);
    n->got_count = 0;
    buf_clear(&n->got_records);
}

static bool
take_resolved(struct judge_names *n, struct span fields)
{
    struct wire_resolved m;

    if (!wire_get_resolved(fields, &m) || m.outcome >= RESOLVED_OUTCOMES ||
        (m.outcome == RESOLVED_FOUND) != (n->got_count || n->got_records.len))
        return false;
    for (size_t i = 0; i < n->count; i++) {
        if (n->asked[i].id != m.id)
            continue;
        if (record_of(&n->asked[i]) == HOST_ADDRESSES ? n->got_records.len > 0
                                                      : n->got_count > 0)
            return false;
        take_answer(n, i,
                    &(struct names_answer){(enum resolved)m.outcome, n->got, n->got_count,
                                           buf_span(&n->got_records), good_us(m.ttl_s)});
        return true;
    }
    return false; /* nobody asked for it */
}

static bool
take_frame(struct judge_names *n, const struct wire_frame *f)
{
    return f->type == WIRE_RESOLVED_ADDRESS  ? take_address(n, f->fields)
           : f->type == WIRE_RESOLVED_RECORD ? take_record(n, f->fields)
           : f->type == WIRE_RESOLVED        ? take_resolved(n, f->fields)
                                             : false;
}

static void
on_resolver(void *ctx, unsigned ready UNUSED)
{
    struct judge_names *n = ctx;
    struct wire_frame f;
    struct span packet;
    enum chan_got got = CHAN_EMPTY;

    for (int i = 0; i < ANSWERS_A_TURN && n->resolver.fd >= 0; i++) {
        got = chan_recv(&n->resolver, &packet, NULL);
        if (got != CHAN_PACKET)
            break;
        while (packet.len)
            if (wire_next(&packet, WIRE_RESOLVER_TO_JUDGE, &f) != WIRE_FRAME ||
                !take_frame(n, &f)) {
                log_line(&n->judge->role.log, LOG_LEVEL_ERROR, "resolver-misbehaves",
                         "frame=%s", wire_type_name(f.type));
                lose_resolver(n);
                role_restart(&n->judge->role, ROLE_RESOLVER);
                return;
            }
    }
    if (got == CHAN_CLOSED || got == CHAN_BAD)
        lose_resolver(n);
    else
        flush(n);
}

static struct judge_names *
make(struct judge *j)
{
    struct judge_names *n = j->names;

    if (n)
        return n;
    n = j->names = mem_zalloc(1, sizeof(*n));
    n->judge = j;
    n->resolver.fd = -1;
    n->next_id = 1;
    n->due = (struct loop_timer){.fn = on_due, .ctx = n};
    n->ignored = mem_zalloc(CONFIG_NAMES_MAX, sizeof(*n->ignored));
    n->named =
        mem_zalloc((size_t)CONFIG_NAMES_MAX * NAMES_ADDRESSES_MAX, sizeof(*n->named));
    return n;
}

bool
judge_ask_host(struct judge *j, const struct addr *who)
{
    struct judge_names *n = make(j);

    if (n->hosts == NAMES_HOSTS_MAX || n->count == NAMES_ASKED_MAX)
        return false;
    n->hosts++;
    ask(n)->host = *who;
    flush(n);
    return true;
}

void
judge_take_resolver(struct judge *j, int fd)
{
    struct judge_names *n = make(j); /* a judge before us may have asked for it */
    int e;

    lose_resolver(n);
    n->resolver.fd = fd;
    n->resolver_watch = (struct loop_fd){.fd = fd, .fn = on_resolver, .ctx = n};
    e = loop_add(&j->role.loop, &n->resolver_watch, LOOP_READ);
    if (e)
        role_fail(&j->role, "cannot watch the resolver", strerror(-e));
    for (size_t i = 0; i < n->count; i++)
        n->asked[i].is_sent = false;
    flush(n);
}

bool
judge_has_resolver(const struct judge *j)
{
    return !j->names || j->names->resolver.fd >= 0;
}

void
judge_prepare_names(struct judge *j)
{
    const struct config *c = &j->role.config;
    struct judge_names *n;

    if (!config_needs_names(c))
        return;
    n = make(j);
    for (size_t i = 0; i < c->jail_count; i++)
        for (size_t k = 0; k < c->jails[i].name_count; k++)
            n->ignored[n->ignored_count++] = (struct names_ignored){
                .jail = (uint16_t)i, .name = c->jails[i].names[k].text};
    on_due(n);
}

void
judge_begin_names(struct judge *j)
{
    struct judge_names *n = make(j);
    struct buf packet = {0};

    if (n->has_told_komainud || config_needs_names(&j->role.config))
        return;
    n->has_told_komainud = true;
    wire_put_need_resolver(&packet, &(struct wire_need_resolver){0});
    role_tell(&j->role, buf_span(&packet));
    buf_fini(&packet);
}
