/* What the options change. */
#include "gate/greylist_world.h"

static void
test_awl_network(void **state)
{
    static const struct row rows[] = {
        {.at_s = 0, .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 300, .outcome = GREYLIST_FIRST_PASS, .seconds = 300},
        {.at_s = 301,
         .client = "192.0.2.8",
         .sender = "z@example.com",
         .outcome = GREYLIST_AWL},
    };
    struct world *w = *state;

    set(w, "auto-whitelist-clients", "1");
    set(w, "auto-whitelist-by", "network");
    RUN_ROWS(w, rows);
}

static void
test_by_host(void **state)
{
    static const struct row rows[] = {
        {.at_s = 0, .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 1, .client = "192.0.2.8", .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 1, .outcome = GREYLIST_EARLY, .seconds = 299},
    };
    struct world *w = *state;

    set(w, "lookup-by-host", "yes");
    RUN_ROWS(w, rows);
}

static void
test_pools(void **state)
{
    static const struct row rows[] = {
        {.name = "out1.example.com", .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 300,
         .client = "198.51.100.9",
         .name = "out2.example.com",
         .outcome = GREYLIST_FIRST_PASS,
         .seconds = 300},
        {.at_s = 300,
         .client = "198.51.100.9",
         .name = "out2.example.com",
         .looks = GREYLIST_GENERIC,
         .outcome = GREYLIST_NEW,
         .seconds = 300},
        {.at_s = 301,
         .client = "198.51.100.10",
         .outcome = GREYLIST_EARLY,
         .seconds = 299}, /* by its network */
        {.at_s = 600,
         .client = "198.51.100.10",
         .name = "a.example.de",
         .outcome = GREYLIST_FIRST_PASS,
         .seconds = 300}, /* still by its network */
        {.at_s = 601,
         .client = "203.0.113.1",
         .name = "b.example.de",
         .outcome = GREYLIST_PASS},
        {.at_s = 601,
         .client = "203.0.113.1",
         .looks = GREYLIST_SPF_PASS,
         .spf_domain = "example.net",
         .outcome = GREYLIST_NEW,
         .seconds = 300},
        {.at_s = 901,
         .client = "2001:db8::1",
         .looks = GREYLIST_SPF_PASS,
         .spf_domain = "Example.net",
         .outcome = GREYLIST_FIRST_PASS,
         .seconds = 300},
    };

    RUN_ROWS(*state, rows);
}

static void
test_no_pools(void **state)
{
    static const struct row rows[] = {
        {.name = "out1.example.com", .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 300,
         .client = "198.51.100.9",
         .name = "out2.example.com",
         .outcome = GREYLIST_NEW,
         .seconds = 300},
    };
    struct world *w = *state;

    set(w, "sender-pools", "no");
    RUN_ROWS(w, rows);
}

static void
test_skip(void **state)
{
    static const struct row rows[] = {
        {.looks = GREYLIST_TRUSTED, .outcome = GREYLIST_SKIPPED},
        {.looks = GREYLIST_DNSWL, .outcome = GREYLIST_SKIPPED},
        {.looks = GREYLIST_SPF_PASS, .outcome = GREYLIST_SKIPPED},
        {.name = "mx.example.com", .outcome = GREYLIST_SKIPPED},
        {.name = "mx.example.com",
         .looks = GREYLIST_DOUBTFUL,
         .outcome = GREYLIST_NEW,
         .seconds = 300},
        {.name = "dyn.example.com",
         .looks = GREYLIST_GENERIC,
         .outcome = GREYLIST_NEW,
         .seconds = 300},
        {.sender = "", .outcome = GREYLIST_SKIPPED},
    };
    struct world *w = *state;

    set(w, "skip", "trusted dnswl spf fcrdns");
    set(w, "null-sender", "pass");
    RUN_ROWS(w, rows);
}

static void
test_doubtful(void **state)
{
    static const struct row rows[] = {
        {.name = "mx.example.com", .outcome = GREYLIST_SKIPPED},
        {.name = "mx.example.com",
         .looks = GREYLIST_DOUBTFUL,
         .outcome = GREYLIST_NEW,
         .seconds = 300},
        {.looks = GREYLIST_TRUSTED, .outcome = GREYLIST_NEW, .seconds = 300},
        {.sender = "", .outcome = GREYLIST_NEW, .seconds = 300},
    };
    struct world *w = *state;

    set(w, "skip", "");
    set(w, "only-doubtful", "yes");
    RUN_ROWS(w, rows);
}

static void
test_early(void **state)
{
    static const struct row rows[] = {
        {.name = "mx.example.com",
         .sender = "no-reply-7@example.com",
         .outcome = GREYLIST_NEW,
         .seconds = 60},
        {.at_s = 60,
         .name = "mx.example.com",
         .sender = "no-reply-7@example.com",
         .outcome = GREYLIST_FIRST_PASS,
         .seconds = 60},
        {.name = "mx.example.com",
         .sender = "decoder@example.com",
         .outcome = GREYLIST_NEW,
         .seconds = 300},
        {.sender = "code@example.net", .outcome = GREYLIST_NEW, .seconds = 300},
        {.client = "192.0.3.1",
         .looks = GREYLIST_SPF_PASS,
         .sender = "Code@example.net",
         .outcome = GREYLIST_NEW,
         .seconds = 60},
        {.client = "192.0.4.1",
         .looks = GREYLIST_SPF_PASS | GREYLIST_DOUBTFUL,
         .sender = "code@example.net",
         .outcome = GREYLIST_NEW,
         .seconds = 300},
    };
    struct world *w = *state;

    set(w, "early-delay", "60");
    RUN_ROWS(w, rows);
}

static void
test_per_message(void **state)
{
    static const struct row rows[] = {
        {.at_s = 0, .instance = "1", .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 0,
         .instance = "1",
         .recipient = "c@example.org",
         .outcome = GREYLIST_NEW,
         .seconds = 300},
        {.at_s = 300,
         .instance = "2",
         .recipient = "d@example.org",
         .outcome = GREYLIST_NEW,
         .seconds = 300},
        {.at_s = 300, .instance = "2", .outcome = GREYLIST_FIRST_PASS, .seconds = 300},
        {.at_s = 300,
         .instance = "2",
         .recipient = "e@example.org",
         .outcome = GREYLIST_PASS},
        {.at_s = 301,
         .instance = "3",
         .recipient = "e@example.org",
         .outcome = GREYLIST_PASS},
        {.at_s = 301,
         .recipient = "f@example.org",
         .outcome = GREYLIST_PASS,
         .instance = "3"},
        {.at_s = 301,
         .recipient = "g@example.org",
         .outcome = GREYLIST_NEW,
         .seconds = 300},
    };
    struct world *w = *state;

    set(w, "per-message", "yes");
    RUN_ROWS(w, rows);
}

static void
test_lists(void **state)
{
    static const struct row before[] = {
        {.name = "mx.example.com", .outcome = GREYLIST_CLIENT_LISTED},
        {.recipient = "x@example.com", .outcome = GREYLIST_RECIPIENT_LISTED},
        {.recipient = "b@example.org", .outcome = GREYLIST_SKIPPED},
    };
    static const struct row after = {.name = "mx.example.com",
                                     .recipient = "b@example.net"};
    struct world *w = *state;
    char path[128];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/list", w->folder);
    f = fopen(path, "w");
    assert_non_null(f);
    (void)fprintf(f, "example.com\nexample.net\n");
    assert_int_equal(fclose(f), 0);
    set(w, "whitelist-clients", path);
    set(w, "whitelist-recipients", path);
    set(w, "greylist-recipients", path);
    RUN_ROWS(w, before);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
    greylist_reload(w->g, &w->notes);
    assert_int_equal(ask_row(w, &after).outcome, GREYLIST_SKIPPED); /* none is chosen */
    assert_int_equal(unlink(path), 0);
    greylist_reload(w->g, &w->notes);
    assert_true(w->notes.len > 0); /* told, and the lists stay */
    assert_int_equal(ask_row(w, &after).outcome, GREYLIST_SKIPPED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        GREY_TEST(test_awl_network), GREY_TEST(test_by_host),
        GREY_TEST(test_pools),       GREY_TEST(test_no_pools),
        GREY_TEST(test_skip),        GREY_TEST(test_doubtful),
        GREY_TEST(test_early),       GREY_TEST(test_per_message),
        GREY_TEST(test_lists)};

    return RUN(tests);
}
