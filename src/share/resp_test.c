#include "share/resp.h"

#include "unit.h"

static void
test_command(void **state UNUSED)
{
    const struct span words[] = {SPAN("SET"), SPAN("a\r\nb"), {0}};
    struct buf out = {0};

    resp_command(&out, words, ARRAY_LEN(words));
    assert_span(buf_span(&out), "*3\r\n$3\r\nSET\r\n$4\r\na\r\nb\r\n$0\r\n\r\n");
    buf_fini(&out);
}

static const struct {
    const char *bytes;
    enum resp_got got;
    size_t len; /* of the whole reply */
} replies[] = {
    {"+OK\r\n", RESP_GOT, 5},
    {"+OK\r\n+next", RESP_GOT, 5},
    {"-ERR no\r\n", RESP_GOT, 9},
    {":-12\r\n", RESP_GOT, 6},
    {"$-1\r\n", RESP_GOT, 5},
    {"*-1\r\n", RESP_GOT, 5},
    {"*0\r\n", RESP_GOT, 4},
    {"$3\r\na\r\n\r\n", RESP_GOT, 9},
    {"*2\r\n$1\r\na\r\n*1\r\n:1\r\n+", RESP_GOT, 19},
    {"", RESP_MORE, 0},
    {"+OK", RESP_MORE, 0},
    {"+OK\r", RESP_MORE, 0},
    {"$3\r\nab", RESP_MORE, 0},
    {"*2\r\n:1\r\n", RESP_MORE, 0},
    {"*1000000\r\n", RESP_MORE, 0},
    {"HTTP/1.1 400\r\n", RESP_BAD, 0},
    {"$-2\r\n", RESP_BAD, 0},
    {"$x\r\n", RESP_BAD, 0},
    {":\r\n", RESP_BAD, 0},
    {"+a\rb\r\n", RESP_BAD, 0},
    {"$1\r\nab\r\n", RESP_BAD, 0},
    {"$4000000000\r\n", RESP_BAD, 0},
    {"*4000000000\r\n", RESP_BAD, 0},
    {":99999999999999999999\r\n", RESP_BAD, 0},
    {":0000000000000000000000000000000", RESP_BAD, 0},
    {"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", RESP_BAD, 0},
};

static void
test_replies(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        struct resp_scan s = {0};
        size_t len = 0;
        enum resp_got got = resp_scan(&s, span_of(replies[i].bytes), &len);

        if (got != replies[i].got || (got == RESP_GOT && len != replies[i].len))
            fail_msg("%s: %d, %zu", replies[i].bytes, (int)got, len);
    }
}

/* Byte by byte it comes to the same. */
static void
test_pieces(void **state UNUSED)
{
    const char *text = "*3\r\n$2\r\n\r\n\r\n*2\r\n:7\r\n$-1\r\n-no\r\n";
    struct resp_scan s = {0};
    struct resp_value v;
    struct span rest;
    size_t len = 0;

    for (size_t n = 0; n < strlen(text); n++)
        assert_int_equal(resp_scan(&s, (struct span){text, n}, &len), RESP_MORE);
    assert_int_equal(resp_scan(&s, span_of(text), &len), RESP_GOT);
    assert_int_equal(len, strlen(text));
    rest = span_of(text);
    assert_int_equal(resp_next(&rest, &v), RESP_GOT);
    assert_true(v.type == RESP_ARRAY && v.number == 3);
    assert_int_equal(resp_next(&rest, &v), RESP_GOT);
    assert_span(v.text, "\r\n");
    resp_skip(&rest);
    assert_false(resp_text(&rest, &v.text)); /* an error is no text */
    assert_int_equal(rest.len, 0);
}

/* What never ends is given up. */
static void
test_bounds(void **state UNUSED)
{
    struct buf bytes = {.limit = RESP_REPLY_MAX + 4096};
    struct resp_scan s = {0};
    size_t len = 0;

    buf_add_text(&bytes, "*4000000\r\n");
    while (bytes.len <= RESP_REPLY_MAX)
        buf_add_text(&bytes, ":1\r\n");
    assert_int_equal(resp_scan(&s, buf_span(&bytes), &len), RESP_BAD);
    buf_clear(&bytes);
    buf_add_byte(&bytes, '+');
    while (bytes.len <= RESP_LINE_MAX + 2)
        buf_add_byte(&bytes, 'x');
    s = (struct resp_scan){0};
    assert_int_equal(resp_scan(&s, buf_span(&bytes), &len), RESP_BAD);
    buf_fini(&bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_command), TEST(test_replies),
                                       TEST(test_pieces), TEST(test_bounds)};

    return RUN(tests);
}
