#include "unit.h"

#include "base/clock.h"
#include "decide/decide.h"

enum { TIMES = 8, FINDTIME_S = 600 };

struct row {
    enum event_kind kind;
    int64_t apart_s;   /* between two failures */
    unsigned accounts; /* tried in turn; the third has no name */
    uint32_t maxretry;
    bool is_strict;     /* without `forgive` */
    unsigned banned_at; /* the number of the failure, 0: none of TIMES */
};

static const struct row rows[] = {
    /* Who thinks about a password of his may fail twice as often. */
    {EVENT_AUTH_FAIL, 90, 1, 3, false, 6},
    {EVENT_AUTH_FAIL, 250, 1, 3, false, 0},
    /* Programs, lists, names that do not exist or are not told. */
    {EVENT_AUTH_FAIL, 89, 1, 3, false, 3},
    {EVENT_AUTH_FAIL, 1, 1, 5, false, 5},
    {EVENT_AUTH_FAIL, 90, 2, 3, false, 3},
    {EVENT_AUTH_FAIL, 90, 3, 3, false, 3},
    {EVENT_ACCOUNT_UNKNOWN, 90, 1, 3, false, 3},
    /* Who wants none gets none. */
    {EVENT_AUTH_FAIL, 90, 1, 3, true, 3},
    {EVENT_AUTH_FAIL, 90, 1, 2, false, 2},
    {EVENT_AUTH_FAIL, 90, 1, 1, false, 1},
};

static void
on_verdict(void *ctx, const struct verdict *v, const struct event *e UNUSED)
{
    *(enum verdict_kind *)ctx = v->kind;
}

static unsigned
run(struct decide *d, const struct row *row)
{
    static const char *const accounts[] = {"anna", "berta", ""};
    struct addr peer;

    assert_true(addr_parse_prefix(SPAN("203.0.113.1"), &peer));
    for (unsigned i = 0; i < TIMES; i++) {
        struct event e = {.kind = row->kind,
                          .is_failure = true,
                          .source = DECIDE_ANY_SOURCE,
                          .peer = peer,
                          .account = span_of(accounts[i % row->accounts]),
                          .time_us = (1000000 + i * row->apart_s) * SECOND_US};
        enum verdict_kind kind = VERDICT_OLD;

        decide_event(d, &e, e.time_us, on_verdict, &kind);
        if (kind == VERDICT_BAN)
            return i + 1;
    }
    return 0;
}

static void
test_patience(void **state UNUSED)
{
    static char name[] = "sasl";

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct config_jail jail = {.name = name,
                                   .mode = JAIL_ENFORCE,
                                   .findtime_s = FINDTIME_S,
                                   .bantime_s = 100,
                                   .maxretry = rows[i].maxretry,
                                   .is_forgiving = !rows[i].is_strict};
        struct config config = {
            .jails = &jail, .jail_count = 1, .limits = {.max_bans = 3}};
        struct decide d;
        unsigned at;

        decide_init(&d, &config);
        at = run(&d, &rows[i]);
        decide_fini(&d);
        if (at != rows[i].banned_at)
            fail_msg("row %zu: banned at %u", i, at);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_patience)};

    return RUN(tests);
}
