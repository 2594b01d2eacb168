/* What postgrey does as well. */
#include "gate/greylist_world.h"

#include "gate/grey_lines.h"

static void
test_triplet(void **state)
{
    static const struct row rows[] = {
        {.at_s = 0, .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 0, .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 1, .outcome = GREYLIST_EARLY, .seconds = 299},
        {.at_s = 299, .outcome = GREYLIST_EARLY, .seconds = 1},
        {.at_s = 299, .sender = "A@Example.NET", .outcome = GREYLIST_EARLY, .seconds = 1},
        {.at_s = 299, .client = "192.0.2.200", .outcome = GREYLIST_EARLY, .seconds = 1},
        {.at_s = 299, .client = "192.0.3.7", .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 299, .sender = "x@example.net", .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 299,
         .recipient = "x@example.org",
         .outcome = GREYLIST_NEW,
         .seconds = 300},
        {.at_s = 300, .outcome = GREYLIST_FIRST_PASS, .seconds = 300},
        {.at_s = 300, .outcome = GREYLIST_PASS},
        {.at_s = 300 + 35 * DAY_S, .outcome = GREYLIST_PASS},
        {.at_s = 300 + 70 * DAY_S, .outcome = GREYLIST_PASS},
        {.at_s = 301 + 105 * DAY_S, .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 301 + 107 * DAY_S, .outcome = GREYLIST_FIRST_PASS, .seconds = 2 * DAY_S},
        {.at_s = 0, .outcome = GREYLIST_PASS}, /* the clock went back */
    };

    RUN_ROWS(*state, rows);
}

static void
test_window(void **state)
{
    static const struct row rows[] = {
        {.at_s = 0, .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 2 * DAY_S + 1, .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 2 * DAY_S + 2, .outcome = GREYLIST_EARLY, .seconds = 299},
        {.at_s = DAY_S, .outcome = GREYLIST_NEW, .seconds = 300}, /* back */
        {.at_s = DAY_S + 300, .outcome = GREYLIST_FIRST_PASS, .seconds = 300},
    };

    RUN_ROWS(*state, rows);
}

static void
test_awl(void **state)
{
    static const struct row rows[] = {
        {.at_s = 0, .sender = "1a@example.net", .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 0, .sender = "2a@example.net", .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 0, .sender = "3a@example.net", .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 300,
         .sender = "1a@example.net",
         .outcome = GREYLIST_FIRST_PASS,
         .seconds = 300},
        {.at_s = 301,
         .sender = "2a@example.net",
         .outcome = GREYLIST_FIRST_PASS,
         .seconds = 301}, /* within the hour: not counted */
        {.at_s = 302,
         .sender = "4a@example.net",
         .outcome = GREYLIST_NEW,
         .seconds = 300},
        {.at_s = 3900,
         .sender = "3a@example.net",
         .outcome = GREYLIST_FIRST_PASS,
         .seconds = 3900},
        {.at_s = 3901, .sender = "5a@example.net", .outcome = GREYLIST_AWL},
        {.at_s = 3901,
         .client = "192.0.2.8",
         .sender = "5a@example.net",
         .outcome = GREYLIST_NEW,
         .seconds = 300},
        {.at_s = 3901 + 35 * DAY_S,
         .sender = "6a@example.net",
         .outcome = GREYLIST_NEW,
         .seconds = 300}, /* forgotten */
    };
    struct world *w = *state;

    set(w, "auto-whitelist-clients", "2");
    RUN_ROWS(w, rows);
}

static void
test_texts(void **state)
{
    struct world *w = *state;
    struct greylist_answer a;
    struct greylist_ask ask = {.client_name = SPAN("mx.example.com"),
                               .sender = SPAN("a@example.com"),
                               .recipient = SPAN("b@c@example.org"),
                               .instance = SPAN("x.1"),
                               .queue_id = SPAN("4Zx"),
                               .now_s = NOW_S};
    struct buf line = {0};

    assert_int_equal(setenv("TZ", "UTC", 1), 0);
    assert_true(addr_parse(SPAN("2001:db8::1"), &ask.client));
    set(w, "greylist-text", "Wait %s, for %r, 5%, %s");
    open_it(w);
    greylist_ask(w->g, &ask, &a);
    assert_span(a.action, "DEFER_IF_PERMIT");
    assert_span(a.text, "Wait 300, for example.org, 5%, %s");
    assert_span(a.header, "");
    grey_line(&line, &ask, &a, false);
    assert_span(buf_span(&line),
                "4Zx: action=greylist, reason=new, client_name=mx.example.com, "
                "client_address=2001:db8::1, sender=a@example.com, "
                "recipient=b@c@example.org");
    ask.has_etrn_domain = true;
    ask.now_s += 10;
    greylist_try(w->g, &ask, &a);
    greylist_try(w->g, &ask, &a);
    assert_span(a.text, "4.2.0 Wait 290, for example.org, 5%, %s");
    assert_string_equal(a.why, "early-retry");
    ask.now_s = NOW_S + 400;
    ask.queue_id = ask.sender = (struct span){0};
    greylist_try(w->g, &ask, &a);
    assert_int_equal(a.outcome, GREYLIST_NEW); /* another sender */
    ask.sender = SPAN("a@example.com");
    greylist_try(w->g, &ask, &a);
    greylist_ask(w->g, &ask, &a);
    assert_int_equal(a.outcome, GREYLIST_FIRST_PASS);
    assert_span(a.header, "X-Greylist: delayed 400 seconds by komainu-" KOMAINU_VERSION
                          " at mx.example.org; Fri, 15 Jan 2027 08:06:40 UTC");
    buf_clear(&line);
    ask.client_name = SPAN("a\nb");
    grey_line(&line, &ask, &a, true);
    assert_span(buf_span(&line),
                "action=pass, reason=triplet found, delay=400, client_name=a?b, "
                "client_address=2001:db8::1, sender=a@example.com, "
                "recipient=b@c@example.org");
    buf_clear(&line);
    ask.client_name = SPAN("mx.example.com");
    grey_line_whitelisted(&line, &ask);
    assert_span(buf_span(&line), "whitelisted: mx.example.com[2001:DB8:0:0:0:0:0:1]");
    buf_fini(&line);
}

/* The header goes to one recipient of a message. */
static void
test_header_once(void **state)
{
    static const struct row first[] = {
        {.at_s = 0, .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 0,
         .recipient = "c@example.org",
         .outcome = GREYLIST_NEW,
         .seconds = 300},
    };
    struct row r = {.at_s = 300, .instance = "i.1"};
    struct world *w = *state;
    struct greylist_answer a;

    RUN_ROWS(w, first);
    a = ask_row(w, &r);
    assert_int_equal(a.outcome, GREYLIST_FIRST_PASS);
    assert_true(a.header.len > 0);
    r.recipient = "c@example.org";
    a = ask_row(w, &r);
    assert_int_equal(a.outcome, GREYLIST_FIRST_PASS);
    assert_int_equal(a.header.len, 0);
}

static void
test_not_asked(void **state)
{
    struct world *w = *state;
    struct greylist_ask ask = {.recipient = SPAN("b@example.org"), .now_s = NOW_S};
    struct greylist_answer a;
    struct greylist_counts counts;

    open_it(w);
    greylist_ask(w->g, &ask, &a);
    assert_int_equal(a.outcome, GREYLIST_NOT_ASKED);
    assert_true(addr_parse(SPAN("192.0.2.7"), &ask.client));
    ask.recipient = (struct span){0};
    greylist_ask(w->g, &ask, &a);
    assert_int_equal(a.outcome, GREYLIST_NOT_ASKED);
    greylist_counts(w->g, &counts);
    assert_int_equal(counts.outcomes[GREYLIST_NOT_ASKED], 2);
    assert_int_equal(counts.triplets, 0);
}

/* What was answered is known to the next process. */
static void
test_kept(void **state)
{
    static const struct row rows[] = {
        {.at_s = 0, .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 300, .outcome = GREYLIST_FIRST_PASS, .seconds = 300},
        {.at_s = 300, .sender = "z@example.net", .outcome = GREYLIST_NEW, .seconds = 300},
    };
    static const struct row again[] = {
        {.at_s = 301, .outcome = GREYLIST_PASS},
        {.at_s = 301,
         .sender = "z@example.net",
         .outcome = GREYLIST_EARLY,
         .seconds = 299},
    };
    struct world *w = *state;

    RUN_ROWS(w, rows);
    greylist_close(w->g);
    w->g = NULL;
    RUN_ROWS(w, again);
}

static void
test_known(void **state)
{
    static const struct row rows[] = {
        {.at_s = 0, .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 0, .sender = "z@example.net", .outcome = GREYLIST_NEW, .seconds = 300},
        {.at_s = 300, .outcome = GREYLIST_FIRST_PASS, .seconds = 300},
    };
    struct greylist_ask ask = {.sender = SPAN("A@example.net"),
                               .recipient = SPAN("b@example.org"),
                               .now_s = NOW_S + 300};
    struct greylist_known k;
    struct greylist_answer a;
    struct greylist *look;
    struct world *w = *state;
    uint64_t place = 0, triplets = 0, clients = 0, passed = 0;

    assert_true(addr_parse(SPAN("192.0.2.9"), &ask.client));
    RUN_ROWS(w, rows);
    greylist_commit(w->g);
    assert_int_equal(greylist_look(&w->config, w->folder, &w->notes, &look), 0);
    while (greylist_next(look, &place, NOW_S + 300, &k)) {
        clients += k.is_client;
        triplets += !k.is_client;
        passed += k.has_passed && !k.is_client;
    }
    assert_int_equal(triplets, 2);
    assert_int_equal(clients, 1);
    assert_int_equal(passed, 1);
    greylist_try(look, &ask, &a);
    assert_int_equal(a.outcome, GREYLIST_PASS);
    greylist_close(look);

    assert_true(greylist_forget(w->g, &ask));
    assert_false(greylist_forget(w->g, &ask));
    greylist_try(w->g, &ask, &a);
    assert_int_equal(a.outcome, GREYLIST_NEW);
    assert_int_equal(greylist_client_count(w->g, &ask.client, NOW_S), 0);
    greylist_allow(w->g, &ask.client, NOW_S + 300);
    assert_int_equal(greylist_client_count(w->g, &ask.client, NOW_S), 5);
    greylist_try(w->g, &ask, &a);
    assert_int_equal(a.outcome, GREYLIST_AWL);
    ask.recipient = (struct span){0};
    assert_true(greylist_forget(w->g, &ask));
    assert_int_equal(greylist_client_count(w->g, &ask.client, NOW_S), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        GREY_TEST(test_triplet), GREY_TEST(test_window),      GREY_TEST(test_awl),
        GREY_TEST(test_texts),   GREY_TEST(test_header_once), GREY_TEST(test_not_asked),
        GREY_TEST(test_kept),    GREY_TEST(test_known)};

    return RUN(tests);
}
