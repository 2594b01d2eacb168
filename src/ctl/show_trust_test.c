/* `trust` and `providers`, beside a judge that says what the test wants. */
#include "judge_test.h"

static void
put(struct buf *b, const char *who, int64_t last_us, struct wire_tell_trust m)
{
    m.who = frames_addr(who);
    m.is_place = !addr_is_host(&m.who);
    m.logins = 3;
    m.first_us = AGO_US(200000);
    m.last_us = last_us;
    wire_put_tell_trust(b, &m);
}

static void
put_all(struct judge *j)
{
    struct buf *b = &j->packets[0];

    put(b, "192.0.2.0/24", AGO_US(100),
        (struct wire_tell_trust){.accounts = 2, .is_good = 1});
    put(b, "192.0.2.7", AGO_US(50), (struct wire_tell_trust){.is_good = 1, .strange = 2});
    put(b, "2001:db8::/64", AGO_US(10),
        (struct wire_tell_trust){.accounts = 1, .doubt_us = AGO_US(-500)});
    put(b, "198.51.100.9", AGO_US(70),
        (struct wire_tell_trust){.doubt_us = AGO_US(-500), .strange = 7});
    put(b, "198.51.100.0/24", AGO_US(70), (struct wire_tell_trust){.accounts = 1});
    frames_end(&j->packets[1], 0, 5, "");
}

static void
test_trust(void **state UNUSED)
{
    struct judge j = {0};
    struct run r;

    wire_put_ask_trust(&j.want, &(struct wire_ask_trust){0});
    put_all(&j);
    RUN_AGAINST(&j, &r, "trust");
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    assert_string_equal(
        r.out,
        "PLACE            ACCOUNTS  LOGINS  FIRST                LAST                 "
        "TRUST\n"
        "2001:db8::/64           1       3  2026-11-19 18:20:05  2026-11-22 01:53:15  "
        "doubtful: a login looked guessed; trusted with one after 2026-11-22 02:01:45\n"
        "192.0.2.7               -       3  2026-11-19 18:20:05  2026-11-22 01:52:35  "
        "good; 2 failures of others\n"
        "198.51.100.0/24         1       3  2026-11-19 18:20:05  2026-11-22 01:52:15  "
        "new\n"
        "198.51.100.9            -       3  2026-11-19 18:20:05  2026-11-22 01:52:15  "
        "doubtful: others failed there; trusted with a login after 2026-11-22 02:01:45\n"
        "192.0.2.0/24            2       3  2026-11-19 18:20:05  2026-11-22 01:51:45  "
        "good\n"
        "5 places\n");
    wire_put_ask_trust(&j.want,
                       &(struct wire_ask_trust){.within = frames_addr("192.0.2.7")});
    put_all(&j);
    RUN_AGAINST(&j, &r, "trust", "192.0.2.7", "--jsonl");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(
        r.out, "{\"prefix\":\"2001:db8::/64\",\"accounts\":1,\"logins\":3,"
               "\"first\":\"2026-11-19T18:20:05+00:00\",\"last\":"
               "\"2026-11-22T01:53:15+00:00\",\"trust\":\"doubtful\",\"doubtful_until\":"
               "\"2026-11-22T02:01:45+00:00\",\"strangers_failures\":0}\n"));
    assert_non_null(strstr(r.out, "{\"address\":\"192.0.2.7\",\"accounts\":null,"));
}

static void
test_forget(void **state UNUSED)
{
    struct judge j = {0};
    struct run r;

    wire_put_ask_trust(
        &j.want,
        &(struct wire_ask_trust){.within = frames_addr("192.0.2.0/24"), .is_forget = 1});
    frames_end(&j.packets[0], 0, 1, "");
    RUN_AGAINST(&j, &r, "trust", "--forget", "192.0.2.0/24");
    assert_string_equal(r.out, "1 place in or around 192.0.2.0/24 forgotten.\n");
    assert_int_equal(r.code, CTL_DONE);
    wire_put_ask_trust(
        &j.want,
        &(struct wire_ask_trust){.within = frames_addr("192.0.2.0/24"), .is_forget = 1});
    frames_end(&j.packets[0], 1, 0, "");
    RUN_AGAINST(&j, &r, "trust", "--forget", "192.0.2.0/24", "--json");
    assert_non_null(strstr(r.out, "\"prefix\":\"192.0.2.0/24\",\"forgotten\":0}\n"));
    assert_int_equal(r.code, CTL_NO_MATCH);
}

static void
put_providers(struct judge *j)
{
    struct buf *b = &j->packets[0];

    wire_put_ask_providers(&j->want, &(struct wire_ask_providers){0});
    wire_put_tell_providers(
        b, &(struct wire_tell_providers){.is_needed = 1, .prefixes = 12, .passed = 1});
    wire_put_tell_provider(
        b, &(struct wire_tell_provider){
               .name = SPAN("_spf.example.org"), .prefixes = 12, .found_us = AGO_US(60)});
    wire_put_tell_provider(
        b, &(struct wire_tell_provider){.name = SPAN("example.net"),
                                        .why = SPAN("there is no SPF record\033")});
    frames_end(&j->packets[1], 0, 2, "");
}

static void
test_providers(void **state UNUSED)
{
    struct judge j = {0};
    struct run r;

    put_providers(&j);
    RUN_AGAINST(&j, &r, "providers");
    assert_string_equal(r.out,
                        "NAME              PREFIXES  LOOKED UP            WHAT IS AMISS\n"
                        "_spf.example.org        12  2026-11-22 01:52:25  \n"
                        "example.net              0  never                "
                        "there is no SPF record\\x1B\n"
                        "1 event counted for nothing, from 12 prefixes\n");
    wire_put_ask_providers(&j.want, &(struct wire_ask_providers){0});
    wire_put_tell_providers(&j.packets[0], &(struct wire_tell_providers){0});
    frames_end(&j.packets[1], 0, 0, "");
    RUN_AGAINST(&j, &r, "providers");
    assert_true(span_starts(span_of(r.out), SPAN("None is looked up: ")));
    put_providers(&j);
    RUN_AGAINST(&j, &r, "providers", "--json");
    assert_non_null(strstr(
        r.out, "\"needed\":true,\"prefixes\":12,\"passed\":1,\"providers\":[{\"name\":"
               "\"_spf.example.org\",\"prefixes\":12,\"looked_up\":"
               "\"2026-11-22T01:52:25+00:00\",\"amiss\":null},{\"name\":\"example.net\","
               "\"prefixes\":0,\"looked_up\":null,\"amiss\":\"there is no SPF record"
               "\\u001b\"}]}\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_trust), TEST(test_forget),
                                       TEST(test_providers)};

    return RUN(tests);
}
