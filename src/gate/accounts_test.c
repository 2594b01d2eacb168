#include "unit.h"

#include "base/clock.h"
#include "gate/accounts.h"

/* What a request with these lines comes to. */
static enum accounts_word
ask(struct accounts *a, const char *lines, int64_t now_us)
{
    struct buf text = {0};
    struct gate_request r;
    enum accounts_word word;

    buf_printf(&text, "request=smtpd_access_policy\n%s\n", lines);
    assert_int_equal(gate_request_read(buf_span(&text), &r), GATE_READ);
    assert_int_equal(accounts_try(a, &r, now_us), accounts_try(a, &r, now_us));
    word = accounts_try(a, &r, now_us);
    assert_int_equal(accounts_ask(a, &r, now_us), word);
    buf_fini(&text);
    return word;
}

#define RCPT(account, instance)                                                          \
    "protocol_state=RCPT\nsasl_username=" account "\ninstance=" instance
#define DATA(account, instance, count)                                                   \
    "protocol_state=DATA\nsasl_username=" account "\ninstance=" instance                 \
    "\nrecipient_count=" count

static void
hold(struct accounts *a, const char *account, int64_t until_us)
{
    accounts_put(a, &(struct account_curb){.kind = CURB_HOLD,
                                           .account = span_of(account),
                                           .until_us = until_us});
}

static void
limit(struct accounts *a, uint32_t messages, uint32_t recipients)
{
    accounts_put(a, &(struct account_curb){.kind = CURB_LIMIT,
                                           .account = SPAN("alice"),
                                           .until_us = -1,
                                           .messages = messages,
                                           .recipients = recipients});
    accounts_settle(a);
}

/* Who is held is so at each request about mail, whatever the case of the name is. */
static void
test_held(void **state UNUSED)
{
    struct accounts a;

    accounts_init(&a);
    assert_int_equal(ask(&a, RCPT("alice", "1"), 0), ACCOUNTS_FREE);
    hold(&a, "Alice", 100);
    hold(&a, "bob", -1);
    accounts_settle(&a);
    assert_int_equal(ask(&a, RCPT("aLICE", "1"), 99), ACCOUNTS_HELD);
    assert_int_equal(ask(&a, DATA("alice", "1", "1"), 99), ACCOUNTS_HELD);
    assert_int_equal(
        ask(&a, "protocol_state=END-OF-MESSAGE\nsasl_username=alice\ninstance=1", 99),
        ACCOUNTS_HELD);
    assert_int_equal(ask(&a, "protocol_state=MAIL\nsasl_username=alice", 99),
                     ACCOUNTS_FREE);
    assert_int_equal(ask(&a, "protocol_state=RCPT\nsasl_username=", 99), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, RCPT("alice2", "1"), 99), ACCOUNTS_FREE);
    assert_int_equal(accounts_count(&a, CURB_HOLD, 99), 2);
    assert_int_equal(ask(&a, RCPT("alice", "1"), 100), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, RCPT("bob", "1"), INT64_MAX), ACCOUNTS_HELD);
    assert_int_equal(accounts_count(&a, CURB_HOLD, 100), 1);
    assert_int_equal(a.held, 4);
    accounts_fini(&a);
}

/* What is told anew is all there is, but only when it is whole. */
static void
test_told_anew(void **state UNUSED)
{
    struct accounts a;

    accounts_init(&a);
    hold(&a, "alice", -1);
    hold(&a, "bob", -1);
    accounts_settle(&a);
    accounts_begin(&a);
    hold(&a, "alice", -1); /* and this judge dies */
    assert_int_equal(ask(&a, RCPT("bob", "1"), 0), ACCOUNTS_HELD);
    accounts_begin(&a);
    hold(&a, "bob", -1);
    assert_int_equal(ask(&a, RCPT("alice", "1"), 0), ACCOUNTS_HELD);
    accounts_settle(&a);
    assert_int_equal(ask(&a, RCPT("alice", "1"), 0), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, RCPT("bob", "1"), 0), ACCOUNTS_HELD);
    accounts_settle(&a);
    assert_int_equal(ask(&a, RCPT("bob", "1"), 0), ACCOUNTS_FREE);
    accounts_fini(&a);
}

/* Messages: each once, wherever it is asked about; what is put off is not counted. */
static void
test_messages(void **state UNUSED)
{
    struct accounts a;

    accounts_init(&a);
    limit(&a, 2, 100);
    assert_int_equal(ask(&a, RCPT("alice", "1"), 0), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, RCPT("alice", "1"), 0), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, DATA("alice", "1", "2"), 0), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, DATA("alice", "2", "1"), 30 * MINUTE_US), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, DATA("alice", "3", "1"), 30 * MINUTE_US), ACCOUNTS_OVER);
    assert_int_equal(ask(&a, RCPT("alice", "4"), 59 * MINUTE_US), ACCOUNTS_OVER);
    assert_int_equal(ask(&a, RCPT("bob", "4"), 59 * MINUTE_US), ACCOUNTS_FREE);
    /* The message that was taken goes on. */
    assert_int_equal(ask(&a, RCPT("alice", "2"), 59 * MINUTE_US), ACCOUNTS_FREE);
    /* The first one is an hour old. */
    assert_int_equal(ask(&a, RCPT("alice", "5"), 60 * MINUTE_US), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, RCPT("alice", "6"), 60 * MINUTE_US), ACCOUNTS_OVER);
    assert_int_equal(a.limited, 3);
    accounts_fini(&a);
}

/* Recipients, as they come one by one, or as many as DATA says. */
static void
test_recipients(void **state UNUSED)
{
    struct accounts a;

    accounts_init(&a);
    limit(&a, 100, 5);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(&a, RCPT("alice", "1"), 0), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, DATA("alice", "1", "3"), 0), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, DATA("alice", "2", "3"), 0), ACCOUNTS_OVER);
    assert_int_equal(ask(&a, DATA("alice", "2", "4294967295"), 0), ACCOUNTS_OVER);
    assert_int_equal(ask(&a, DATA("alice", "2", "2"), 0), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, RCPT("alice", "1"), 0), ACCOUNTS_OVER);
    accounts_fini(&a);
}

/* A limit that is told again with other numbers keeps what was counted; hold and limit go
 * together. */
static void
test_both(void **state UNUSED)
{
    struct accounts a;

    accounts_init(&a);
    limit(&a, 1, 9);
    assert_int_equal(ask(&a, RCPT("alice", "1"), 0), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, RCPT("alice", "2"), 0), ACCOUNTS_OVER);
    hold(&a, "alice", -1);
    limit(&a, 2, 9);
    assert_int_equal(ask(&a, RCPT("alice", "2"), 0), ACCOUNTS_HELD);
    assert_int_equal(ask(&a, RCPT("alice", "3"), 0), ACCOUNTS_OVER);
    assert_int_equal(accounts_count(&a, CURB_LIMIT, 0), 1);
    hold(&a, "alice", -1);
    accounts_settle(&a);
    assert_int_equal(ask(&a, RCPT("alice", "3"), 0), ACCOUNTS_HELD);
    accounts_fini(&a);
}

/* Requests that name no message: each DATA is one. */
static void
test_nameless(void **state UNUSED)
{
    struct accounts a;

    accounts_init(&a);
    limit(&a, 2, 9);
    assert_int_equal(ask(&a, RCPT("alice", ""), 0), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, RCPT("alice", ""), 0), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, DATA("alice", "", "1"), 0), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, DATA("alice", "", "1"), 0), ACCOUNTS_FREE);
    assert_int_equal(ask(&a, DATA("alice", "", "1"), 0), ACCOUNTS_OVER);
    accounts_fini(&a);
}

/* More than there may be are passed over; a long name is cut. */
static void
test_bounds(void **state UNUSED)
{
    char name[2 * ACCOUNT_NAME_MAX];
    struct accounts a;

    accounts_init(&a);
    for (int i = 0; i < 3 * CURBS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "a%d", i);
        hold(&a, name, -1);
    }
    assert_int_equal(accounts_count(&a, CURB_HOLD, 0), 2 * CURBS_MAX);
    accounts_settle(&a);
    accounts_settle(&a);
    assert_int_equal(accounts_count(&a, CURB_HOLD, 0), 0);
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    hold(&a, name, -1);
    accounts_settle(&a);
    assert_int_equal(accounts_count(&a, CURB_HOLD, 0), 1);
    accounts_fini(&a);
}

/* What was counted is known to the next gate, as long as judge says that it matters. */
static void
test_kept(void **state UNUSED)
{
    const int64_t now_us = INT64_C(5000) * 60 * SECOND_US;
    struct buf text = {0};
    struct span rest, line;
    struct accounts a, b;

    accounts_init(&a);
    limit(&a, 3, 3);
    assert_int_equal(ask(&a, RCPT("alice", "1"), now_us - 59 * 60 * SECOND_US),
                     ACCOUNTS_FREE);
    assert_int_equal(ask(&a, RCPT("alice", "2"), now_us), ACCOUNTS_FREE);
    assert_int_equal(a.counted, 2);
    accounts_print_used(&a, now_us, &text);
    assert_string_equal(text.ptr, "5060 1 1 5001 1 1 \talice\n");
    accounts_init(&b);
    rest = buf_span(&text);
    while (span_line(&rest, &line))
        assert_true(accounts_read_used(&b, line));
    assert_int_equal(ask(&b, RCPT("alice", "3"), now_us), ACCOUNTS_FREE); /* no judge */
    limit(&b, 3, 3);
    assert_int_equal(ask(&b, RCPT("alice", "3"), now_us), ACCOUNTS_FREE);
    assert_int_equal(ask(&b, RCPT("alice", "4"), now_us), ACCOUNTS_OVER);
    assert_int_equal(ask(&b, RCPT("alice", "4"), now_us + 60 * SECOND_US), ACCOUNTS_FREE);
    accounts_fini(&a);
    accounts_fini(&b);
    buf_fini(&text);
}

static void
test_kept_badly(void **state UNUSED)
{
    static const char *const lines[] = {"",
                                        "alice",
                                        "5060 1 1\t",
                                        "5060 1\talice",
                                        "5060 1 x\talice",
                                        "-1 1 1\talice",
                                        "1 1 1\talice",
                                        "99999999999999999999 1 1\talice",
                                        "5060 4294967295 1\talice"};
    struct accounts a;

    accounts_init(&a);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        if (accounts_read_used(&a, span_of(lines[i])))
            fail_msg("%s", lines[i]);
    assert_true(accounts_read_used(&a, SPAN("5060 1 1\ta\tb c")));
    accounts_settle(&a); /* judge knows of none */
    assert_int_equal(a.table.count, 0);
    accounts_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_held),       TEST(test_told_anew), TEST(test_messages),
        TEST(test_recipients), TEST(test_both),      TEST(test_nameless),
        TEST(test_bounds),     TEST(test_kept),      TEST(test_kept_badly)};

    return RUN(tests);
}
