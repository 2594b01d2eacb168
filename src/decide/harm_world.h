/* harm_world: rules against a gang and a sprayer, a jail, and who is shut out by them. */
#pragma once

#include "unit.h"

#include "base/clock.h"
#include "decide/decide_internal.h"

#define DAY INT64_C(86400)
#define LOGIN_FAILURES (1U << EVENT_AUTH_FAIL | 1U << EVENT_ACCOUNT_UNKNOWN)

enum { FILTER, GANG = 0, SPRAY, PLAIN };

static char gang[] = "gang", spray[] = "spray", plain[] = "plain";

static struct config_jail jails[] = {
    [GANG] = {.name = gang,
              .filter = CONFIG_NO_FILTER,
              .mode = JAIL_ENFORCE,
              .findtime_s = DAY,
              .bantime_s = DAY,
              .maxretry = 6,
              .rule = {.key = RULE_PREFIX,
                       .kinds = LOGIN_FAILURES,
                       .bits4 = 24,
                       .bits6 = 64,
                       .distinct = DISTINCT_ADDRESS,
                       .mindistinct = 2}},
    [SPRAY] = {.name = spray,
               .filter = CONFIG_NO_FILTER,
               .mode = JAIL_ENFORCE,
               .findtime_s = DAY,
               .bantime_s = DAY,
               .maxretry = 4,
               .rule = {.key = RULE_ADDRESS,
                        .kinds = LOGIN_FAILURES,
                        .distinct = DISTINCT_ACCOUNT,
                        .mindistinct = 4}},
    [PLAIN] = {.name = plain,
               .filter = FILTER,
               .sources = {0},
               .source_count = 1,
               .mode = JAIL_ENFORCE,
               .findtime_s = 600,
               .bantime_s = 600,
               .maxretry = 5,
               .is_forgiving = true},
};

static struct config config = {
    .jails = jails,
    .jail_count = ARRAY_LEN(jails),
    .limits = {.max_bans = 10000, .remember_s = DAY, .min_bits4 = 20, .min_bits6 = 56}};

struct world {
    struct decide d;
    int64_t now_us;
    unsigned kinds[VERDICT_ASKED + 1];
    unsigned prefixes, singles; /* bans of the gang rule */
};

static inline struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

struct opening {
    struct world *w;
    struct ban_key key;
};

/* As judge does. */
static inline void
open_hole(void *ctx, const struct addr *who)
{
    struct opening *o = ctx;
    struct hole hole = {.who = *who, .by = HOLE_BY_LOGIN, .since_us = o->w->now_us};

    assert_int_not_equal(holes_open(&o->w->d.holes, &o->key, &hole), HOLE_FULL);
}

static inline void
on_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct world *w = ctx;
    struct opening o = {w, {.jail = v->jail, .who = v->who}};

    w->kinds[v->kind]++;
    if (v->kind != VERDICT_BAN)
        return;
    if (v->jail == GANG && addr_is_host(&v->who))
        w->singles++;
    if (addr_is_host(&v->who))
        return;
    w->prefixes++;
    trust_each_home(&w->d.trust, &v->who, w->now_us, open_hole, &o);
}

static inline void
on_end(void *ctx, const struct ban_key *key, const struct ban *ban UNUSED)
{
    struct world *w = ctx;
    const struct hole *hole;
    uint32_t count;

    while ((hole = holes_of(&w->d.holes, key, &count)))
        (void)holes_close(&w->d.holes,
                          &(struct hole_key){.ban = *key, .who = hole[0].who});
}

static inline void
happen(struct world *w, enum event_kind kind, struct addr who, const char *account)
{
    struct event e = {.kind = kind,
                      .is_failure = kind != EVENT_AUTH_OK,
                      .filter = FILTER,
                      .peer = who,
                      .time_us = w->now_us,
                      .account = span_of(account)};

    decide_expire(&w->d, w->now_us, on_end, w);
    decide_event(&w->d, &e, w->now_us, on_verdict, w);
}

/* Far enough apart to be attempts of their own. */
static inline void
miss(struct world *w, const char *who, const char *account)
{
    w->now_us += 60 * SECOND_US;
    happen(w, EVENT_AUTH_FAIL, address(who), account);
}

static inline void
login(struct world *w, const char *who, const char *account)
{
    w->now_us += 60 * SECOND_US;
    happen(w, EVENT_AUTH_OK, address(who), account);
}

static inline bool
is_out(struct world *w, const struct addr *who)
{
    return rules_hold(&w->d, peers_of(&w->d.peers, who), w->now_us) ||
           decide_remaining(&w->d, who, 0, w->now_us) != 0;
}

static inline bool
is_shut_out(struct world *w, const char *who)
{
    struct addr a = address(who);

    return is_out(w, &a);
}

static inline void
begin(struct world *w)
{
    *w = (struct world){.now_us = 20000 * DAY * SECOND_US};
    decide_init(&w->d, &config);
}

/* A gang of two addresses tries many accounts. */
static inline void
attack(struct world *w, const char *a, const char *b, unsigned times)
{
    char account[32];

    for (unsigned i = 0; i < times; i++) {
        struct buf text = {0};

        buf_printf(&text, "nobody%u", i);
        memcpy(account, text.ptr, text.len + 1);
        buf_fini(&text);
        miss(w, i % 2 ? a : b, account);
    }
}
