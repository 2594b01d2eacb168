/* rules_world: a jail and some rules, and what they say of events, as letters. */
#pragma once

#include "unit.h"

#include "base/clock.h"
#include "decide/decide.h"

enum {
    FAIL = EVENT_AUTH_FAIL,
    OK = EVENT_AUTH_OK,
    UNKNOWN = EVENT_ACCOUNT_UNKNOWN,
    RCPT = EVENT_USER_UNKNOWN,
    DAY = 86400,
    /* Behind a login: what the verdicts are of does not begin before this. */
    START = 10 * DAY,
    LOGINS = 1 << FAIL | 1 << UNKNOWN,
};

/* What happens `after` START, and what is said of it: a letter for each verdict. */
struct step {
    int after_s;
    const char *who, *account;
    int kind;
    const char *said;
};

/* The letters, in the order of enum verdict_kind. */
static const char letters[] = "cbsiovfknalrq";

#define A "192.0.2.1"
#define B "192.0.2.2"
#define C "198.51.100.1" /* in `ignored` */
#define D "203.0.113.1"
#define V6 "2001:db8::1"
#define V6B "2001:db8::2"
#define ALLOWED "203.0.113.99"

static inline struct addr
address(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static struct addr ignored[1];
enum { RULES_MAX = 3 };

struct world {
    struct config_jail jails[1 + RULES_MAX];
    struct config config;
    struct decide d;
    struct buf said;
};

static inline bool
allows(void *ctx UNUSED, const struct addr *who)
{
    struct addr a = address(ALLOWED);

    return addr_eq(who, &a);
}

/* A jail of filter 0 that bans for a hundred seconds at `maxretry`, and rules. */
static inline void
begin(struct world *w, uint32_t maxretry, const struct config_jail *rules, size_t count)
{
    static char jail_name[] = "jail", rule_name[] = "rule";

    ignored[0] = address("198.51.100.0/24");
    *w = (struct world){.jails[0] = {.name = jail_name,
                                     .mode = JAIL_ENFORCE,
                                     .source_count = 1,
                                     .findtime_s = 600,
                                     .bantime_s = 100,
                                     .maxretry = maxretry,
                                     .is_forgiving = true}};
    for (size_t i = 0; i < count; i++) {
        w->jails[1 + i] = rules[i];
        w->jails[1 + i].name = rule_name;
    }
    w->config = (struct config){
        .jails = w->jails,
        .jail_count = 1 + count,
        .limits = {.max_bans = 100, .min_bits4 = 24, .min_bits6 = 48, .remember_s = DAY}};
    decide_init(&w->d, &w->config);
    decide_set_tags(&w->d, (struct hash_key){1, 2});
    w->d.allows = allows;
}

static inline void
end(struct world *w)
{
    decide_fini(&w->d);
    buf_fini(&w->said);
}

static inline void
on_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    struct world *w = ctx;

    if (v->jail == 0)
        buf_add_byte(&w->said, (char)(letters[v->kind] - 'a' + 'A'));
    else
        buf_add_byte(&w->said, letters[v->kind]);
}

/* Events of recipients have them in place of accounts. Of filter 0 they are the jail's,
 * whose verdicts are written in capitals. */
static inline const char *
feed(struct world *w, const struct step *s, uint16_t filter, int late_s)
{
    struct event e = {.kind = (enum event_kind)s->kind,
                      .is_failure = s->kind != OK,
                      .filter = filter,
                      .time_us = (START + s->after_s) * SECOND_US};

    if (s->who)
        e.peer = address(s->who);
    if (s->kind == RCPT)
        e.recipient = span_of(s->account);
    else
        e.account = span_of(s->account);
    buf_clear(&w->said);
    decide_event(&w->d, &e, e.time_us + late_s * SECOND_US, on_verdict, w);
    return w->said.len ? w->said.ptr : "";
}
static inline void
run(struct world *w, const struct step *steps)
{
    for (const struct step *s = steps; s->said; s++) {
        print_message("# step %td\n", s - steps);
        assert_string_equal(feed(w, s, 0, 0), s->said);
    }
}
