#include "server_test.h"

static void
test_answers(void **state UNUSED)
{
    static const struct {
        const char *name;
        enum resolve_outcome outcome;
        size_t count;
        uint32_t ttl_s;
    } rows[] = {
        {"both.example.org", RESOLVE_FOUND, 2, 600},
        {"BOTH.example.org.", RESOLVE_FOUND, 2, 600},
        {"four.example.org", RESOLVE_FOUND, 1, 600},
        {"short.example.org", RESOLVE_FOUND, 2, RESOLVE_TTL_MIN_S},
        {"many.example.org", RESOLVE_FOUND, RESOLVE_ADDRESSES_MAX, 600},
        {"alias.example.org", RESOLVE_FOUND, 1, 120},
        {"large.example.org", RESOLVE_FOUND, 2, 600},
        {"none.example.org", RESOLVE_NONE, 0, RESOLVE_TTL_NONE_S},
        {"empty.example.org", RESOLVE_NONE, 0, RESOLVE_TTL_NONE_S},
        {"broken.example.org", RESOLVE_FAILED, 0, 0},
        {"not/a/name", RESOLVE_BAD_NAME, 0, 0},
    };
    struct world w;

    begin(&w);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        ask(&w, rows[i].name);
        loop_count_wait(&w.answered, i + 1);
        assert_int_equal(w.last_id, 5);
        if (w.last.outcome != rows[i].outcome || w.last.count != rows[i].count ||
            w.last.ttl_s != rows[i].ttl_s)
            fail_msg("%s: outcome %u, %zu addresses, %u s", rows[i].name, w.last.outcome,
                     w.last.count, w.last.ttl_s);
    }
    assert_true(w.server.asked_by_tcp > 0);
    end(&w);
}

/* The deadline holds whatever the server does. */
static void
test_deadline(void **state UNUSED)
{
    static const char *const names[] = {"silent.example.org", "garbage.example.org"};
    struct world w;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        int64_t start_us = clock_boot_us();

        begin(&w);
        ask(&w, names[i]);
        loop_count_wait(&w.answered, 1);
        assert_int_equal(w.last.outcome, RESOLVE_FAILED);
        assert_true(clock_boot_us() - start_us < 3 * (int64_t)RESOLVE_DEADLINE_US);
        end(&w);
    }
}

static void
test_cache(void **state UNUSED)
{
    int64_t now_us = clock_boot_us();
    struct world w;
    unsigned asked;

    begin(&w);
    ask(&w, "both.example.org");
    loop_count_wait(&w.answered, 1);
    asked = w.server.asked;
    resolver_ask(w.resolver,
                 &(struct resolve_question){6, HOST_ADDRESSES, SPAN("Both.Example.org")},
                 now_us + 100 * SECOND_US);
    assert_int_equal(w.answered.counted, 2); /* at once */
    assert_int_equal(w.last_id, 6);
    assert_in_range(w.last.ttl_s, 490, 501);
    assert_int_equal(w.server.asked, asked);
    resolver_ask(w.resolver,
                 &(struct resolve_question){7, HOST_ADDRESSES, SPAN("both.example.org")},
                 now_us + 700 * SECOND_US);
    loop_count_wait(&w.answered, 3);
    assert_true(w.server.asked > asked);
    /* A failure is not kept: the next one asks again. */
    ask(&w, "broken.example.org");
    loop_count_wait(&w.answered, 4);
    asked = w.server.asked;
    ask(&w, "broken.example.org");
    loop_count_wait(&w.answered, 5);
    assert_true(w.server.asked > asked);
    end(&w);
}

static struct span
nth(struct span records, size_t n)
{
    struct resolve_record record = {0};

    for (size_t i = 0; i <= n; i++)
        assert_true(resolve_next_record(&records, &record));
    return record.data;
}

static void
test_texts(void **state UNUSED)
{
    static const struct {
        const char *name;
        enum resolve_outcome outcome;
        uint32_t ttl_s;
    } rows[] = {
        {"text.example.org", RESOLVE_FOUND, 300},
        {"_text.example.org", RESOLVE_FOUND, 300},
        {"none.example.org", RESOLVE_NONE, RESOLVE_TTL_NONE_S},
        {"empty.example.org", RESOLVE_NONE, RESOLVE_TTL_NONE_S},
        {"broken.example.org", RESOLVE_FAILED, 0},
    };
    struct resolve_question q = {5, HOST_TXT, {0}};
    struct world w;

    begin(&w);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        q.name = span_of(rows[i].name);
        resolver_ask(w.resolver, &q, clock_boot_us());
        loop_count_wait(&w.answered, i + 1);
        assert_int_equal(w.last.outcome, rows[i].outcome);
        assert_int_equal(w.last.ttl_s, rows[i].ttl_s);
        assert_true((w.records.len > 0) == (rows[i].outcome == RESOLVE_FOUND));
        if (w.records.len) {
            assert_true(span_eq(nth(buf_span(&w.records), 0), SPAN("first")));
            assert_true(span_eq(nth(buf_span(&w.records), 1), SPAN("v=spf1 -all")));
        }
    }
    /* The same name's addresses are another question, its texts are known. */
    q.name = SPAN("TEXT.example.org");
    resolver_ask(w.resolver, &q, clock_boot_us());
    assert_int_equal(w.answered.counted, ARRAY_LEN(rows) + 1);
    assert_true(span_eq(nth(buf_span(&w.records), 1), SPAN("v=spf1 -all")));
    ask(&w, "text.example.org");
    loop_count_wait(&w.answered, ARRAY_LEN(rows) + 2);
    assert_int_equal(w.last.count, 2);
    end(&w);
}

/* The addresses of one family, all there are, by TCP when they are many; and names that
 * no host has. */
static void
test_families(void **state UNUSED)
{
    static const struct {
        const char *name;
        enum host_record record;
        enum resolve_outcome outcome;
        unsigned count;
        const char *first;
    } rows[] = {
        {"both.example.org", HOST_A, RESOLVE_FOUND, 1, "192.0.2.1"},
        {"both.example.org", HOST_AAAA, RESOLVE_FOUND, 1, "2001:db8::1"},
        {"four.example.org", HOST_AAAA, RESOLVE_NONE, 0, ""},
        {"many.example.org", HOST_A, RESOLVE_FOUND, 20, "192.0.2.1"},
        {"large.example.org", HOST_A, RESOLVE_FOUND, 1, "192.0.2.1"},
        {"alias.example.org", HOST_A, RESOLVE_FOUND, 1, "192.0.2.9"},
        {"none.example.org", HOST_A, RESOLVE_NONE, 0, ""},
        {"broken.example.org", HOST_A, RESOLVE_FAILED, 0, ""},
        {"both.1-.example.org", HOST_A, RESOLVE_FOUND, 1, "192.0.2.1"},
        {"a b\\c\"d.192.0.2.1", HOST_A, RESOLVE_FOUND, 1, "192.0.2.1"},
        {"a..b", HOST_A, RESOLVE_BAD_NAME, 0, ""},
    };
    char text[ADDR_TEXT_MAX] = "";
    struct world w;

    begin(&w);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct resolve_question q = {5, rows[i].record, span_of(rows[i].name)};
        struct resolve_record one;
        struct span rest;
        unsigned count = 0;

        resolver_ask(w.resolver, &q, clock_boot_us());
        loop_count_wait(&w.answered, i + 1);
        rest = buf_span(&w.records);
        text[0] = '\0';
        while (resolve_next_record(&rest, &one))
            if (count++ == 0) {
                struct addr a = resolve_record_address(&one);

                (void)addr_text(&a, text);
            }
        if (w.last.outcome != rows[i].outcome || count != rows[i].count ||
            strcmp(text, rows[i].first) != 0)
            fail_msg("%s: outcome %u, %u addresses, %s", rows[i].name, w.last.outcome,
                     count, text);
    }
    assert_int_equal(w.server.asked_by_tcp, 1);
    end(&w);
}

static void
ask_text(struct world *w, const char *name, unsigned nth)
{
    resolver_ask(w->resolver, &(struct resolve_question){5, HOST_TXT, span_of(name)},
                 clock_boot_us());
    loop_count_wait(&w->answered, nth);
}

/* What is large comes over UDP, after failures, too; a server that does not know EDNS is
 * asked without, and over TCP. */
static void
test_edns(void **state UNUSED)
{
    struct world w;

    begin(&w);
    ask_text(&w, "long.example.org", 1);
    assert_int_equal(w.last.outcome, RESOLVE_FOUND);
    assert_in_range(w.records.len, 1000, 1010);
    ask_text(&w, "fails.example.org", 2);
    assert_int_equal(w.last.outcome, RESOLVE_FAILED);
    ask_text(&w, "long.n2.example.org", 3);
    assert_int_equal(w.last.outcome, RESOLVE_FOUND);
    assert_int_equal(w.server.asked_by_tcp, 0);
    assert_int_equal(w.server.asked_with_edns, w.server.asked);
    ask_text(&w, "old.example.org", 4);
    assert_int_equal(w.last.outcome, RESOLVE_FOUND);
    ask_text(&w, "long.n3.example.org", 5);
    assert_int_equal(w.last.outcome, RESOLVE_FOUND);
    assert_in_range(w.records.len, 1000, 1010);
    assert_int_equal(w.server.asked_by_tcp, 1);
    end(&w);
}

/* Its maker's limits: how many are asked for at once and may wait, and how long. */
static void
test_setup(void **state UNUSED)
{
    int64_t start_us = clock_boot_us();
    struct world w;
    char name[64];

    begin_as(&w, (struct resolve_setup){
                     .in_flight_max = 2, .waiting_max = 3, .deadline_us = 600000});
    for (int i = 0; i < 4; i++) {
        (void)snprintf(name, sizeof(name), "silent.n%d.example.org", i);
        ask(&w, name);
    }
    assert_int_equal(w.outcomes[RESOLVE_BUSY], 1);
    loop_count_wait(&w.answered, 4);
    assert_int_equal(w.outcomes[RESOLVE_FAILED], 3);
    assert_in_range(clock_boot_us() - start_us, 500000, 5 * SECOND_US);
    /* Two names, each of two questions, which may have been asked a second time; the
     * third has its turn when they have failed, maybe a moment before its own time is
     * over. */
    assert_in_range(w.server.asked, 4, 10);
    end(&w);
}

/* Many at once: bounded, each answered once, the same name asked for once. */
static void
test_bounds(void **state UNUSED)
{
    struct world w;
    char name[64];

    begin(&w);
    for (int i = 0; i < RESOLVE_WAITING_MAX; i++) {
        (void)snprintf(name, sizeof(name), "n%d.example.org", i / 2);
        ask(&w, name);
    }
    assert_int_equal(w.answered.counted, 0);
    ask(&w, "more.example.org");
    assert_int_equal(w.outcomes[RESOLVE_BUSY], 1);
    loop_count_wait(&w.answered, RESOLVE_WAITING_MAX + 1);
    assert_int_equal(w.outcomes[RESOLVE_FOUND], RESOLVE_WAITING_MAX);
    assert_int_equal(w.server.asked,
                     RESOLVE_WAITING_MAX); /* A and AAAA of half of them */
    end(&w);
}

/* Freed while names wait: nobody is called. */
static void
test_end_while_waiting(void **state UNUSED)
{
    struct world w;
    char name[64];

    begin(&w);
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "n%d.example.org", i);
        ask(&w, name);
    }
    end(&w);
    assert_int_equal(w.answered.counted, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answers), TEST(test_deadline), TEST(test_cache),
        TEST(test_texts),   TEST(test_edns),     TEST(test_families),
        TEST(test_setup),   TEST(test_bounds),   TEST(test_end_while_waiting),
    };

    return RUN(tests);
}
