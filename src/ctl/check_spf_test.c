/* `komainu spf`, as far as no name server is asked: test/system/spf.t has the rest. */
#include "run_test.h"

static void
test_no_names(void **state UNUSED)
{
    static const char no_name[] = "a@localhost";
    struct run r;

    RUN_WORDS(&r, "spf", "--quiet", "192.0.2.1", no_name, "helo");
    assert_int_equal(r.code, CTL_DONE);
    assert_string_equal(r.out, "none\n");
    assert_string_equal(r.err, "");
    RUN_WORDS(&r, "spf", "--quiet", "--json", "192.0.2.1", "", "helo");
    assert_string_equal(r.out, "none\n");
    RUN_WORDS(&r, "spf", "::ffff:192.0.2.1", no_name, "helo");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(span_starts(
        span_of(r.out),
        SPAN("mailfrom: none of localhost (bad-name), 0 of 10 look-ups, 0 of them void\n"
             "Received-SPF: None (mailfrom) identity=mailfrom; client-ip=192.0.2.1; "
             "helo=helo; envelope-from=\"a@localhost\"; receiver=")));
    assert_non_null(strstr(r.out, "\nhelo: none of helo (bad-name), "));
    RUN_WORDS(&r, "spf", "--json", "192.0.2.1", no_name, "helo");
    assert_non_null(strstr(r.out, "\"checks\":[{\"identity\":\"mailfrom\",\"result\":"
                                  "\"none\",\"reason\":\"bad-name\",\"domain\":"
                                  "\"localhost\",\"where\":\"localhost\",\"mechanism\":"
                                  "null,\"explanation\":null,\"look_ups\":0,"));
    assert_non_null(strstr(r.out, "{\"identity\":\"helo\""));
}

/* What is foreign is shown harmless, whatever it is. */
static void
test_foreign(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "spf", "2001:db8::1", "\"\033[2J\r\n\"@\xFF", "\n\033");
    assert_int_equal(r.code, CTL_DONE);
    assert_null(strchr(r.out, '\033'));
    assert_null(strchr(r.out, '\r'));
    assert_null(strchr(r.out, 0xFF));
    assert_non_null(strstr(r.out, "client-ip=\"2001:db8::1\"; helo=\"??\"; "));
}

static void
test_usage(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "spf", "192.0.2.1", "a@b.example");
    assert_int_equal(r.code, CTL_USAGE);
    assert_string_equal(r.out, "");
    RUN_WORDS(&r, "spf", "192.0.2.0/24", "a@b.example", "c");
    assert_int_equal(r.code, CTL_USAGE);
    RUN_WORDS(&r, "spf", "mx.example.org", "a@b.example", "c");
    assert_int_equal(r.code, CTL_USAGE);
    RUN_WORDS(&r, "detect", "--quiet");
    assert_int_equal(r.code, CTL_USAGE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_no_names), TEST(test_foreign),
                                       TEST(test_usage)};

    return RUN(tests);
}
