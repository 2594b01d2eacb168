/* Requests, right and wrong, whole and in pieces. */
#include "unit.h"

#include "metrics/http.h"

#define HOST "Host: localhost:9100\r\n"

static const struct {
    const char *text;
    enum http_got got;
} rows[] = {
    {"GET /metrics HTTP/1.1\r\n" HOST "\r\n", HTTP_GET},
    {"GET /metrics HTTP/1.0\r\n\r\n", HTTP_GET},
    {"HEAD /metrics HTTP/1.1\r\n" HOST "\r\n", HTTP_HEAD},
    {"GET /metrics?collect[]=x HTTP/1.1\r\n" HOST "\r\n", HTTP_GET},
    {"GET /metrics HTTP/1.1\r\nhOST:\r\nAccept: */*\r\nX: \ta\xFF\r\n\r\n", HTTP_GET},
    {"GET /metrics HTTP/1.1\r\n" HOST "content-length: 0\r\n\r\n", HTTP_GET},
    {"GET / HTTP/1.1\r\n" HOST "\r\n", HTTP_NOT_FOUND},
    {"GET /metrics/ HTTP/1.1\r\n" HOST "\r\n", HTTP_NOT_FOUND},
    {"GET http://localhost/metrics HTTP/1.1\r\n" HOST "\r\n", HTTP_NOT_FOUND},
    {"GET /%6detrics HTTP/1.1\r\n" HOST "\r\n", HTTP_NOT_FOUND},
    {"POST / HTTP/1.1\r\n" HOST "\r\n", HTTP_NOT_FOUND},
    {"POST /metrics HTTP/1.1\r\n" HOST "\r\n", HTTP_NOT_ALLOWED},
    {"get /metrics HTTP/1.1\r\n" HOST "\r\n", HTTP_NOT_ALLOWED},
    {"", HTTP_MORE},
    {"GET /metr", HTTP_MORE},
    {"GET /metrics HTTP/1.1\r", HTTP_MORE},
    {"GET /metrics HTTP/1.1\r\n" HOST, HTTP_MORE},
    {"GET /metrics HTTP/1.1\r\n" HOST "\r", HTTP_MORE},
    {"\r\n", HTTP_BAD},
    {"\x16\x03\x01", HTTP_BAD}, /* TLS */
    {"GET /metrics HTTP/1.1\n", HTTP_BAD},
    {"GET /metrics\r\n", HTTP_BAD},
    {"GET  /metrics HTTP/1.1\r\n", HTTP_BAD},
    {"GET /metrics HTTP/1.1 \r\n", HTTP_BAD},
    {"GET /metrics HTTP/2.0\r\n", HTTP_BAD},
    {"GET /metrics http/1.1\r\n", HTTP_BAD},
    {"G@T /metrics HTTP/1.1\r\n", HTTP_BAD},
    {"GET /met\x01 HTTP/1.1\r\n", HTTP_BAD},
    {"GET /metrics HTTP/1.1\r\n\r\n", HTTP_BAD}, /* no Host: RFC 9112, 3.2 */
    {"GET /metrics HTTP/1.1\r\n" HOST HOST "\r\n", HTTP_BAD},
    {"GET /metrics HTTP/1.1\r\n" HOST " folded\r\n\r\n", HTTP_BAD},
    {"GET /metrics HTTP/1.1\r\nHost : x\r\n\r\n", HTTP_BAD},
    {"GET /metrics HTTP/1.1\r\nno field\r\n", HTTP_BAD},
    {"GET /metrics HTTP/1.1\r\n" HOST "A: \x7F", HTTP_BAD},
    {"GET /metrics HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", HTTP_BAD},
    {"GET /metrics HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", HTTP_BAD},
};

static void
test_requests(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct span text = span_of(rows[i].text);
        enum http_got got = http_read(text);

        if (got != rows[i].got)
            fail_msg("%s: %d", rows[i].text, got);
        /* No piece of it says anything else. */
        for (size_t n = 0; n < text.len; n++) {
            got = http_read(span_head(text, n));
            if (got != HTTP_MORE && got != rows[i].got)
                fail_msg("%zu bytes of %s: %d", n, rows[i].text, got);
        }
    }
}

static void
test_long(void **state UNUSED)
{
    struct buf b = {0};

    buf_add_text(&b, "GET /metrics HTTP/1.0\r\nX: ");
    while (b.len < HTTP_HEAD_MAX - 4)
        buf_add_byte(&b, 'x');
    assert_int_equal(http_read(buf_span(&b)), HTTP_MORE);
    buf_add_text(&b, "\r\n\r\n");
    assert_int_equal(b.len, HTTP_HEAD_MAX);
    assert_int_equal(http_read(buf_span(&b)), HTTP_GET);
    b.ptr[b.len - 4] = 'x';
    assert_int_equal(http_read(buf_span(&b)), HTTP_BAD);
    buf_fini(&b);
}

static void
test_answers(void **state UNUSED)
{
    struct buf get = {0}, head = {0}, refusal = {0};

    http_answer(HTTP_GET, SPAN("a 1\n"), &get);
    assert_string_equal(get.ptr,
                        "HTTP/1.1 200 OK\r\n"
                        "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                        "Content-Length: 4\r\nCache-Control: no-store\r\n"
                        "Connection: close\r\n\r\na 1\n");
    http_answer(HTTP_HEAD, SPAN("a 1\n"), &head);
    assert_int_equal(head.len, get.len - 4);
    assert_memory_equal(head.ptr, get.ptr, head.len);
    http_answer(HTTP_NOT_ALLOWED, (struct span){0}, &refusal);
    assert_non_null(strstr(refusal.ptr, "HTTP/1.1 405 "));
    assert_non_null(strstr(refusal.ptr, "\r\nAllow: GET, HEAD\r\n"));
    buf_fini(&get);
    buf_fini(&head);
    buf_fini(&refusal);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_requests), TEST(test_long),
                                       TEST(test_answers)};

    return RUN(tests);
}
