#include "gate/greylist.h"

#include <unistd.h>

#include "base/mem.h"
#include "gate/grey_lines.h"
#include "unit.h"

enum { NOW_S = 1800000000, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

struct world {
    char folder[64];
    struct config_greylist config;
    struct greylist *g;
    struct buf notes;
};

static void
open_it(struct world *w)
{
    assert_int_equal(greylist_open(&w->config, w->folder, &w->notes, &w->g), 0);
    assert_int_equal(w->notes.len, 0);
}

static void
set(struct world *w, const char *option, const char *text)
{
    struct buf why = {0};

    assert_true(config_greylist_set(&w->config, span_of(option), span_of(text), &why));
    buf_fini(&why);
}

static int
begin(void **state)
{
    struct world *w = mem_zalloc(1, sizeof(*w));

    (void)snprintf(w->folder, sizeof(w->folder), "%s/komainu-grey-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(w->folder))
        return -1;
    config_greylist_init(&w->config);
    set(w, "whitelist-clients", "");
    set(w, "whitelist-recipients", "");
    set(w, "hostname", "mx.example.org");
    *state = w;
    return 0;
}

static int
end(void **state)
{
    static const char *const names[] = {"greylist.key", "greylist.log", "list"};
    struct world *w = *state;
    char path[128];

    greylist_close(w->g);
    config_greylist_fini(&w->config);
    buf_fini(&w->notes);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", w->folder, names[i]);
        (void)unlink(path); /* not all are there */
    }
    if (rmdir(w->folder) < 0)
        return -1;
    mem_free(w);
    return 0;
}

/* A question and its outcome; what is not said is as in the row before it was said last.
 */
struct row {
    int64_t at_s; /* since NOW_S */
    const char *client, *name, *sender, *recipient, *instance;
    unsigned looks;
    const char *spf_domain;
    enum greylist_outcome outcome;
    uint32_t seconds; /* missing or delayed */
};

static struct greylist_answer
ask_row(struct world *w, const struct row *r)
{
    struct greylist_answer a;
    struct greylist_ask ask = {.client_name = span_of(r->name ? r->name : "unknown"),
                               .sender = span_of(r->sender ? r->sender : "a@example.net"),
                               .recipient =
                                   span_of(r->recipient ? r->recipient : "b@example.org"),
                               .instance = span_of(r->instance),
                               .spf_domain = span_of(r->spf_domain),
                               .looks = r->looks,
                               .now_s = NOW_S + r->at_s};

    assert_true(addr_parse(span_of(r->client ? r->client : "192.0.2.7"), &ask.client));
    greylist_ask(w->g, &ask, &a);
    return a;
}

static void
run_rows(struct world *w, const struct row *rows, size_t count)
{
    open_it(w);
    for (size_t i = 0; i < count; i++) {
        struct greylist_answer a = ask_row(w, &rows[i]);

        if (a.outcome != rows[i].outcome || a.missing_s + a.delayed_s != rows[i].seconds)
            fail_msg("row %zu: %s, %u missing, %u delayed", i,
                     greylist_outcome_name(a.outcome), a.missing_s, a.delayed_s);
    }
}

#define RUN_ROWS(w, rows) run_rows((w), (rows), ARRAY_LEN(rows))

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

#define GREY_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        GREY_TEST(test_triplet),     GREY_TEST(test_window),
        GREY_TEST(test_awl),         GREY_TEST(test_awl_network),
        GREY_TEST(test_by_host),     GREY_TEST(test_pools),
        GREY_TEST(test_no_pools),    GREY_TEST(test_skip),
        GREY_TEST(test_doubtful),    GREY_TEST(test_early),
        GREY_TEST(test_per_message), GREY_TEST(test_lists),
        GREY_TEST(test_texts),       GREY_TEST(test_header_once),
        GREY_TEST(test_not_asked),   GREY_TEST(test_kept)};

    return RUN(tests);
}
