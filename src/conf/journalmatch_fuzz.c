/* Whatever is taken is in normal form, within its bounds, and reads back as itself. */
#include "base/mem.h"
#include "conf/journalmatch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = {(const char *)data, size}, rest = input, line;
    struct buf match = {0}, why = {0}, text = {0}, again = {0};

    must(!journalmatch_is_normal(input) || input.len <= JOURNALMATCH_MAX);
    while (span_line(&rest, &line))
        must(journalmatch_add(&match, line, &why) || why.len);
    must(match.len <= JOURNALMATCH_MAX);
    must(journalmatch_is_normal(buf_span(&match)));
    journalmatch_text(buf_span(&match), &text);
    must(span_find_byte(buf_span(&text), '\n') < 0);
    must(journalmatch_add(&again, buf_span(&text), &why));
    must(span_eq(buf_span(&again), buf_span(&match)));
    buf_fini(&match);
    buf_fini(&why);
    buf_fini(&text);
    buf_fini(&again);
    return 0;
}
