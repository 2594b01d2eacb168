/* What `export` writes is read again, and nothing else. */
#include "unit.h"

#include "base/clock.h"
#include "ctl/transfer.h"

#define NOW_US (INT64_C(1795312405) * SECOND_US)

static const char exported[] =
    "{\"schema\":1,\"kind\":\"ban\",\"address\":\"192.0.2.7\",\"jail\":"
    "\"a\\\"\\u0062\\ud83d"
    "\\ude00\",\"since\":\"2026-11-22T01:00:00+00:00\",\"until\":null,\"failures\":5,"
    "\"state\":\"in the kernel\",\"refusal\":null,\"reason\":\"x\"}\n"
    "\n"
    "{ \"kind\" : \"allow\", \"prefix\":\"2001:db8::/32\", \"comment\":\"office\", "
    "\"until\":\"2026-12-31T10:00:00+00:00\" }\r\n"
    "{\"kind\":\"allow\",\"name\":\"office.example.net\",\"until\":null}\n";

static void
test_json(void **state UNUSED)
{
    struct buf frames = {0}, want = {0}, error = {0};
    struct addr host, network;

    assert_true(addr_parse(SPAN("192.0.2.7"), &host));
    assert_true(addr_parse_prefix(SPAN("2001:db8::/32"), &network));
    wire_put_ask_put_ban(
        &want, &(struct wire_ask_put_ban){.who = host,
                                          .jail = SPAN("a\"b\xF0\x9F\x98\x80"),
                                          .since_us = INT64_C(1795309200) * SECOND_US,
                                          .until_us = -1,
                                          .failures = 5});
    wire_put_ask_put_allow(
        &want, &(struct wire_ask_put_allow){.who = network,
                                            .until_us = INT64_C(1798711200) * SECOND_US,
                                            .comment = SPAN("office")});
    wire_put_ask_put_allow(
        &want,
        &(struct wire_ask_put_allow){.name = SPAN("office.example.net"), .until_us = -1});
    assert_true(transfer_read(span_of(exported), 0, NOW_US, &frames, &error));
    assert_true(span_eq(buf_span(&frames), buf_span(&want)));
    buf_fini(&frames);
    buf_fini(&want);
    buf_fini(&error);
}

static void
test_plain(void **state UNUSED)
{
    struct buf frames = {0}, want = {0}, error = {0};
    struct addr host;

    assert_true(addr_parse(SPAN("2001:db8::7"), &host));
    wire_put_ask_put_ban(
        &want, &(struct wire_ask_put_ban){
                   .who = host, .since_us = NOW_US, .until_us = NOW_US + 60 * SECOND_US});
    assert_true(
        transfer_read(SPAN("# list\n 2001:db8::7 \n"), 60, NOW_US, &frames, &error));
    assert_true(span_eq(buf_span(&frames), buf_span(&want)));
    buf_fini(&frames);
    buf_fini(&want);
    buf_fini(&error);
}

static const struct {
    const char *text;
    int64_t for_s;
    const char *error;
} wrong[] = {
    {"192.0.2.7", 0, "line 1: a plain list of addresses needs --for"},
    {"\n192.0.2.7x", 60, "line 2: not an address"},
    {"{\"kind\":\"ban\",\"address\":\"192.0.2.7\"}", 0, "line 1: not what export writes"},
    {"{\"kind\":\"ban\",\"until\":null}", 0, "line 1: not what export writes"},
    {"{\"address\":\"192.0.2.7\",\"until\":null}", 0, "line 1: not what export writes"},
    {"{\"kind\":\"x\",\"address\":\"192.0.2.7\",\"until\":null}", 0,
     "line 1: not what export writes"},
    {"{\"schema\":2,\"kind\":\"ban\",\"address\":\"192.0.2.7\",\"until\":null}", 0,
     "line 1: not what export writes"},
    {"{\"kind\":\"ban\",\"address\":\"192.0.2.7\",\"until\":\"soon\"}", 0,
     "line 1: not what export writes"},
    {"{\"kind\":\"ban\",\"address\":\"192.0.2.7\",\"until\":null,}", 0,
     "line 1: not what export writes"},
    {"{\"kind\":\"ban\",\"address\":\"192.0.2.7\",\"until\":null} x", 0,
     "line 1: not what export writes"},
    {"{\"kind\":\"ban\",\"address\":\"192.0.2.7\",\"until\":null,\"a\":[]}", 0,
     "line 1: not what export writes"},
    {"{\"kind\":\"ban\",\"address\":\"192.0.2.7\",\"until\":null,\"a\":\"\\ud83d\"}", 0,
     "line 1: not what export writes"},
    {"{\"kind\":\"ban\",\"address\":\"192.0.2.7\",\"until\":null,\"a\":nil}", 0,
     "line 1: not what export writes"},
    {"{", 0, "line 1: not what export writes"},
    {"{\"", 0, "line 1: not what export writes"},
};

static void
test_wrong(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct buf frames = {0}, error = {0};

        if (transfer_read(span_of(wrong[i].text), wrong[i].for_s, NOW_US, &frames,
                          &error))
            fail_msg("taken: %s", wrong[i].text);
        assert_string_equal(error.ptr, wrong[i].error);
        buf_fini(&frames);
        buf_fini(&error);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_json), TEST(test_plain),
                                       TEST(test_wrong)};

    return RUN(tests);
}
