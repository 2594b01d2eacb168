/* The same verdicts, whatever the batches that lines come in, and over restarts in which
 * everything goes through bytes. */
#include "unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "decide/kept.h"

enum {
    EVENTS = 20000,
    JAILS = 9,
    PEOPLE = 24,
    ACCOUNTS = 12,
    LATE_S = 60, /* the longest batch */
    LOGINS = 1 << EVENT_AUTH_FAIL | 1 << EVENT_ACCOUNT_UNKNOWN,
};

static uint64_t
next_random(uint64_t *state, uint64_t below)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (*state >> 33) % below;
}

/* --- jails and rules of all kinds --- */

static char name[] = "j";

#define COMMON .name = name, .mode = JAIL_ENFORCE, .bantime_s = 1800, .is_forgiving = true
#define RULE COMMON, .filter = CONFIG_NO_FILTER, .rule

static struct config_jail jails[JAILS] = {
    {COMMON, .maxretry = 4, .findtime_s = 3600},
    {RULE = {.key = RULE_ADDRESS, .kinds = LOGINS, .apart_s = 600}, .maxretry = 3,
     .findtime_s = 86400},
    {RULE = {.key = RULE_PREFIX,
             .kinds = LOGINS,
             .bits4 = 24,
             .bits6 = 64,
             .distinct = DISTINCT_ADDRESS,
             .mindistinct = 4},
     .maxretry = 8, .findtime_s = 86400},
    {RULE = {.key = RULE_ACCOUNT,
             .kinds = LOGINS,
             .distinct = DISTINCT_NETWORK,
             .mindistinct = 4},
     .maxretry = 8, .findtime_s = 7200},
    {RULE = {.key = RULE_ADDRESS,
             .kinds = LOGINS,
             .distinct = DISTINCT_ACCOUNT,
             .mindistinct = 3},
     .maxretry = 4, .findtime_s = 86400},
    {RULE = {.key = RULE_ADDRESS, .kinds = 1 << EVENT_BANNED}, .maxretry = 2,
     .findtime_s = 7 * 86400},
    {RULE = {.key = RULE_HOST,
             .kinds = 1 << EVENT_ACCOUNT_UNKNOWN,
             .verdict = RULE_ALERT},
     .maxretry = 50, .findtime_s = 3600},
    {RULE = {.key = RULE_ACCOUNT,
             .kinds = 1 << EVENT_LOGIN_NEW | 1 << EVENT_LOGIN_GUESSED |
                      1 << EVENT_SENDING_JUMP | 1 << EVENT_SENDING_DOUBTED |
                      1 << EVENT_ACCOUNT_UNSEEN,
             .verdict = RULE_ALERT},
     .maxretry = 1, .findtime_s = 3600},
    {RULE = {.key = RULE_ADDRESS,
             .kinds =
                 1 << EVENT_USER_UNKNOWN | 1 << EVENT_PROBE | 1 << EVENT_ASKED_IN_VAIN},
     .maxretry = 4, .findtime_s = 3600},
};
static struct config config = {
    .jails = jails,
    .jail_count = JAILS,
    .limits = {.max_bans = 10000, .min_bits4 = 24, .min_bits6 = 48, .remember_s = 86400}};

/* --- what is done --- */

struct deed {
    struct event event;
    char account[8];
};

static struct addr
person(uint64_t who)
{
    uint8_t v4[4] = {192, 0, (uint8_t)(who % 5), (uint8_t)who};
    uint8_t v6[16] = {
        0x20, 0x01, 0x0d, 0xb8, [7] = (uint8_t)(who % 3), [15] = (uint8_t)who};

    return who % 4 ? addr_from_bytes(4, v4) : addr_from_bytes(6, v6);
}

static void
make_deeds(struct deed *deeds, uint64_t *random)
{
    static const enum event_kind kinds[] = {
        EVENT_AUTH_FAIL,       EVENT_AUTH_FAIL,  EVENT_AUTH_FAIL,    EVENT_AUTH_OK,
        EVENT_ACCOUNT_UNKNOWN, EVENT_SUBMISSION, EVENT_USER_UNKNOWN, EVENT_SESSION_END};
    static const char *const ends[] = {"mail=1 rcpt=2 data=1", "ehlo=1 commands=1",
                                       "auth=0/1 commands=1/2", "mail=1 rcpt=0/2",
                                       "auth=1 mail=1 rcpt=99 data=1"};
    int64_t time_s = 1800000000;

    for (int i = 0; i < EVENTS; i++) {
        struct event *e = &deeds[i].event;
        uint64_t account = next_random(random, ACCOUNTS + 1);

        /* Often within an attempt, seldom hours later. */
        time_s += (int64_t)next_random(random, next_random(random, 8) ? 12 : 2400);
        *e = (struct event){.kind = kinds[next_random(random, ARRAY_LEN(kinds))],
                            .filter = (uint16_t)next_random(random, 2),
                            .source = DECIDE_ANY_SOURCE,
                            .peer = person(next_random(random, PEOPLE)),
                            .time_us =
                                (time_s - (int64_t)next_random(random, 5)) * SECOND_US};
        e->is_failure = (e->kind == EVENT_AUTH_FAIL && next_random(random, 3)) ||
                        e->kind == EVENT_ACCOUNT_UNKNOWN || e->kind == EVENT_USER_UNKNOWN;
        if (e->kind == EVENT_SESSION_END)
            e->detail = span_of(ends[next_random(random, ARRAY_LEN(ends))]);
        (void)snprintf(deeds[i].account, sizeof(deeds[i].account), "u%u",
                       (unsigned)account);
        if (account < ACCOUNTS)
            e->account = span_of(deeds[i].account);
        if (e->kind == EVENT_USER_UNKNOWN)
            e->recipient = span_of(deeds[i].account);
    }
}

/* --- a judge, in short --- */

struct judge {
    struct decide d;
    struct table dirty, stored; /* kept_key -> nothing, struct buf */
    struct buf said;
    uint64_t kinds[VERDICT_ASKED + 1];
    unsigned restarts;
};

static void
mark(void *ctx, const struct kept_key *key)
{
    struct judge *j = ctx;

    assert_non_null(table_put(&j->dirty, key));
}

static void
commit(struct judge *j)
{
    for (void *v; (v = table_oldest(&j->dirty)); table_remove(&j->dirty, v)) {
        const struct kept_key *key = table_key(&j->dirty, v);
        struct buf *row = table_put(&j->stored, key);

        buf_fini(row);
        kept_save(&j->d, key, row);
    }
}

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e)
{
    struct judge *j = ctx;
    char who[ADDR_TEXT_MAX];

    j->kinds[v->kind]++;
    buf_printf(&j->said, "%lld %u %u %s %u\n", (long long)e->time_us, v->jail, v->kind,
               addr_text(&v->who, who), v->count);
}

static void
on_end(void *ctx UNUSED, const struct ban_key *key UNUSED, const struct ban *ban UNUSED)
{
}

static void
begin(struct judge *j)
{
    decide_init(&j->d, &config);
    decide_set_tags(&j->d, (struct hash_key){3, 4});
    kept_watch(&j->d, mark, j);
}

static void
copy_counters(const struct counters *from, struct counters *to)
{
    for (const void *v = table_oldest(&from->table); v; v = table_next(&from->table, v)) {
        const struct addr *key = table_key(&from->table, v);
        struct buf bytes = {0};

        counters_save(from, key, &bytes);
        assert_true(counters_load(to, key, buf_span(&bytes)));
        buf_fini(&bytes);
    }
}

/* Bans and what jails count are stored as they are; the rest as it was told. */
static void
restart(struct judge *j)
{
    struct decide old = j->d;
    const struct table *bans = &old.bans;

    commit(j);
    begin(j);
    pairs_blind(&j->d.pairs); /* as judge does, which loads counts */
    for (const void *v = table_oldest(bans); v; v = table_next(bans, v))
        assert_non_null(decide_put_ban(&j->d, table_key(bans, v), v));
    for (size_t i = 0; i < JAILS; i++)
        copy_counters(&old.counters[i], &j->d.counters[i]);
    for (struct buf *row = table_oldest(&j->stored); row;
         row = table_next(&j->stored, row))
        assert_true(kept_load(&j->d, table_key(&j->stored, row), buf_span(row)));
    pairs_blind(&j->d.pairs); /* as judge does: they are not stored */
    old.config = &config;
    decide_fini(&old);
    j->restarts++;
}

static void
finish(struct judge *j)
{
    for (struct buf *row; (row = table_oldest(&j->stored)); table_remove(&j->stored, row))
        buf_fini(row);
    table_fini(&j->stored);
    table_fini(&j->dirty);
    buf_fini(&j->said);
    decide_fini(&j->d);
}

/* Takes all; in batches of up to LATE_S with a restart behind some when there is a
 * `random`, else line by line. */
static void
run(struct judge *j, const struct deed *deeds, uint64_t *random)
{
    table_init(&j->dirty, sizeof(struct kept_key), 1, 100000);
    table_init(&j->stored, sizeof(struct kept_key), sizeof(struct buf), 100000);
    begin(j);
    for (int i = 0, last; i < EVENTS; i = last + 1) {
        int64_t first_us = deeds[i].event.time_us, now_us = first_us;

        for (last = i; random && last + 1 < EVENTS && next_random(random, 12) &&
                       deeds[last + 1].event.time_us < first_us + LATE_S * SECOND_US;)
            last++;
        for (int k = i; k <= last; k++)
            if (now_us < deeds[k].event.time_us)
                now_us = deeds[k].event.time_us;
        for (int k = i; k <= last; k++)
            decide_event(&j->d, &deeds[k].event, now_us, on_verdict, j);
        decide_expire(&j->d, first_us, on_end, j);
        if (random && next_random(random, 60) == 0)
            restart(j);
    }
}

static void
test_same_verdicts(void **state UNUSED)
{
    static struct judge plain, restarting;
    struct deed *deeds = mem_zalloc(EVENTS, sizeof(*deeds));
    const char *given = getenv("SEED");
    uint64_t random;

    if (!given || !span_u64(span_of(given), 0, UINT64_MAX, &random))
        random = hash_random_key().k0 >> 1;
    print_message("# SEED=%llu\n", (unsigned long long)random);
    make_deeds(deeds, &random);
    run(&plain, deeds, NULL);
    run(&restarting, deeds, &random);
    for (size_t i = 0; i < ARRAY_LEN(plain.kinds); i++)
        print_message("# verdict %zu: %llu\n", i, (unsigned long long)plain.kinds[i]);
    assert_true(plain.kinds[VERDICT_BAN] > 20 && plain.kinds[VERDICT_KNOWN] > 50 &&
                plain.kinds[VERDICT_ALERT] > 5 && plain.kinds[VERDICT_FORGIVEN] > 50 &&
                plain.kinds[VERDICT_SPARED] > 5 && restarting.restarts > 20);
    assert_string_equal(plain.said.ptr, restarting.said.ptr);
    finish(&plain);
    finish(&restarting);
    mem_free(deeds);
}

/* What is no state of ours is refused, and nothing is taken. */
static void
test_malformed(void **state UNUSED)
{
    static const char zeros[600];
    static const struct {
        struct kept_key key;
        size_t len;
    } rows[] = {
        {{.part = KEPT_PARTS, .len = sizeof(struct addr)}, 32},
        {{.part = KEPT_MISTAKES, .len = sizeof(struct addr) - 1}, 13},
        {{.part = KEPT_TRIED, .len = sizeof(struct addr)}, 0},
        {{.part = KEPT_TRIED, .len = sizeof(struct addr)}, 3},
        {{.part = KEPT_ATTEMPTS, .len = sizeof(struct addr)}, 0},
        {{.part = KEPT_ATTEMPTS, .len = sizeof(struct addr)}, 28},
        {{.part = KEPT_ATTEMPTS, .len = sizeof(struct addr)}, 27},
        {{.part = KEPT_ATTEMPTS, .len = sizeof(struct addr)}, 28 * 9},
        {{.part = KEPT_PACE, .len = 8}, 31},
        {{.part = KEPT_PACE, .len = 7}, 32},
        {{.part = KEPT_TRUST, .len = 32}, 32}, /* no login at all */
        {{.part = KEPT_TRUST, .len = 32}, 33},
        {{.part = KEPT_TRUST, .len = 31}, 32},
    };
    struct decide d;
    struct buf bytes = {0};

    decide_init(&d, &config);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_false(kept_load(&d, &rows[i].key, (struct span){zeros, rows[i].len}));
        if (rows[i].key.part == KEPT_ATTEMPTS)
            kept_save(&d, &rows[i].key, &bytes);
    }
    assert_int_equal(bytes.len, 0);
    assert_int_equal(d.mistakes.table.count + d.tried.table.count +
                         d.attempts.table.count + d.pace.table.count +
                         d.trust.table.count,
                     0);
    buf_fini(&bytes);
    decide_fini(&d);
}

static void
keep_last(void *ctx, const struct kept_key *key)
{
    struct kept_key *two = ctx;

    two[1] = two[0];
    two[0] = *key;
}

/* What has to leave is told before what comes in its place. */
static void
test_eviction_is_told(void **state UNUSED)
{
    struct kept_key two[2] = {0};
    struct addr first = person(1), last;
    struct judge told = {0};
    struct decide d;
    struct event e = {.kind = EVENT_AUTH_FAIL, .is_failure = true, .peer = first};

    decide_init(&d, &config);
    decide_event(&d, &e, 0, on_verdict, &told);
    for (uint32_t i = 0; i < ATTEMPTS_MAX; i++) {
        struct addr who = {.family = 6, .bits = 128};

        memcpy(who.bytes + 12, &i, sizeof(i));
        last = who;
        (void)attempts_join(&d.attempts, &(struct event){.peer = who}, 0);
    }
    assert_int_equal(d.attempts.table.count, ATTEMPTS_MAX);
    kept_watch(&d, keep_last, two);
    first = *(const struct addr *)table_key(&d.attempts.table,
                                            table_oldest(&d.attempts.table));
    e.peer = person(2);
    last = e.peer;
    decide_event(&d, &e, 0, on_verdict, &told);
    assert_memory_equal(two[1].bytes, &first, sizeof(first));
    assert_memory_equal(two[0].bytes, &last, sizeof(last));
    decide_fini(&d);
    buf_fini(&told.said);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_same_verdicts), TEST(test_malformed),
                                       TEST(test_eviction_is_told)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
