/* Fuzz target: what a server sends, at once and in two pieces; and the values of each
 * reply. */
#include "base/mem.h"
#include "share/resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take_values(struct span reply)
{
    struct resp_value v;

    while (reply.len) {
        must(resp_next(&reply, &v) == RESP_GOT);
        must(v.text.len <= RESP_REPLY_MAX);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span all = {(const char *)data, size}, rest = all;
    struct resp_scan s = {0}, whole = {0};
    enum resp_got got = RESP_GOT, same;
    size_t len = 0, len_of_whole = 0;

    while (rest.len && got == RESP_GOT) {
        same = resp_scan(&whole, rest, &len_of_whole);
        whole = (struct resp_scan){0};
        got = resp_scan(&s, span_head(rest, rest.len / 2), &len);
        if (got == RESP_MORE)
            got = resp_scan(&s, rest, &len);
        must(got == same && (got != RESP_GOT || len == len_of_whole));
        if (got != RESP_GOT)
            break;
        take_values(span_head(rest, len));
        rest = span_from(rest, len);
    }
    return 0;
}
