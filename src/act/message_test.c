#include "unit.h"

#include "act/message.h"

static void
test_clean(void **state UNUSED)
{
    static const struct {
        struct span raw;
        const char *clean;
    } rows[] = {
        {SPAN_INIT(""), ""},
        {SPAN_INIT("plain text"), "plain text"},
        {SPAN_INIT("a\r\nb\t\x1b[31mc\x7f\0d"), "ab[31mcd"},
        {SPAN_INIT("\\x41 \\"), "\\x41 \\"},
        {SPAN_INIT("caf\xC3\xA9 \xE5\xAE\x88"), "caf\xC3\xA9 \xE5\xAE\x88"},
        {SPAN_INIT("a\x80z\xFFz\xC3"), "a?z?z?"},
        {SPAN_INIT("c1 \xC2\x9B!"), "c1 ?!"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out = {0};

        message_clean(&out, rows[i].raw);
        assert_span(buf_span(&out), rows[i].clean);
        buf_fini(&out);
    }
}

static struct message
ban(void)
{
    struct message m = {.kind = "ban",
                        .time = "2026-11-22T01:53:25+00:00",
                        .host = SPAN("mx.example.org"),
                        .subject = SPAN("banned \"x\"\n"),
                        .text = SPAN("line 1\nline 2\n"),
                        .jail = SPAN("sshd"),
                        .reason = SPAN("5 failures"),
                        .account = SPAN("al\"ice")};

    assert_true(addr_parse_prefix(SPAN("2001:db8::7"), &m.who));
    return m;
}

static void
test_variables(void **state UNUSED)
{
    char address[MESSAGE_ADDRESS_MAX];
    struct run_order order = {0};
    struct message m = ban();
    size_t seen = 0;

    message_variables(&m, address, &order);
    for (size_t i = 0; i < order.variable_count; i++) {
        struct run_variable *v = &order.variables[i];

        assert_true(span_starts(span_of(v->name), SPAN("KOMAINU_")));
        if (strcmp(v->name, "KOMAINU_ADDRESS") == 0 && ++seen)
            assert_span(v->value, "2001:db8::7");
        if (strcmp(v->name, "KOMAINU_JAIL") == 0 && ++seen)
            assert_span(v->value, "sshd");
        if (strcmp(v->name, "KOMAINU_ACCOUNT") == 0 && ++seen)
            assert_span(v->value, "al\"ice");
    }
    assert_int_equal(seen, 3);
}

static void
test_json(void **state UNUSED)
{
    struct message m = ban();
    struct buf out = {0};

    message_json(&m, &out);
    assert_span(
        buf_span(&out),
        "{\"schema\":\"komainu-notify-1\",\"kind\":\"ban\","
        "\"time\":\"2026-11-22T01:53:25+00:00\",\"host\":\"mx.example.org\","
        "\"subject\":\"banned \\\"x\\\"\\u000a\",\"jail\":\"sshd\","
        "\"address\":\"2001:db8::7\",\"account\":\"al\\\"ice\",\"reason\":\"5 failures\","
        "\"text\":\"line 1\\u000aline 2\\u000a\"}\n");
    buf_clear(&out);
    m.jail = m.reason = m.account = (struct span){0};
    m.who = (struct addr){0};
    message_json(&m, &out);
    assert_true(span_find(buf_span(&out), SPAN("jail")) < 0);
    assert_true(span_find(buf_span(&out), SPAN("address")) < 0);
    assert_true(span_find(buf_span(&out), SPAN("account")) < 0);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_clean), TEST(test_variables),
                                       TEST(test_json)};

    return RUN(tests);
}
