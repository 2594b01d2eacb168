/* A user's expression (the first line of the input) on lines (the others): it compiles or
 * is refused with a message, hits lie in the line, and the search for required text
 * changes no verdict. */
#include "match/matcher.h"

#include "base/mem.h"
#include "base/utf8.h"

enum { LINES_MAX = 64, PATTERN_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was repaired lies in no line. */
static void
check_inside(struct span inner, const struct line *l)
{
    must(
        inner.len == 0 || !utf8_is_good(l->body) ||
        (inner.ptr >= l->body.ptr && inner.ptr + inner.len <= l->body.ptr + l->body.len));
}

static void
check_line(struct matcher *m, struct span raw)
{
    struct match_hit gated[MATCH_HITS_MAX], ungated[MATCH_HITS_MAX];
    struct line l;
    size_t n;

    line_split(raw, &l);
    n = matcher_line(m, UINT64_MAX, &l, 0, gated);
    matcher_set_gated(m, false);
    must(matcher_line(m, UINT64_MAX, &l, 0, ungated) == n);
    matcher_set_gated(m, true);
    if (n == 0)
        return;
    must(addr_eq(&gated[0].peer, &ungated[0].peer));
    must(span_eq(gated[0].account, ungated[0].account));
    must(gated[0].peer.family != 0 || gated[0].fid.len != 0);
    check_inside(gated[0].account, &l);
    check_inside(gated[0].fid, &l);
    check_inside(gated[0].port, &l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = {(const char *)data, size}, first, raw;
    char name[] = "fuzz";
    struct config_regex regex = {.kind = REGEX_FAIL, .where = name};
    struct config_filter filter = {.name = name, .regexes = &regex, .regex_count = 1};
    struct config c = {.filters = &filter, .filter_count = 1};
    char pattern[PATTERN_MAX];
    struct buf error = {0};
    struct matcher *m;

    if (!span_line(&input, &first) || !span_cstr(first, pattern, sizeof(pattern)))
        return 0;
    regex.pattern = pattern;
    m = matcher_new(&c, &error);
    must((m != NULL) == (error.len == 0));
    for (int i = 0; m && i < LINES_MAX && span_line(&input, &raw); i++)
        check_line(m, raw);
    matcher_free(m);
    buf_fini(&error);
    return 0;
}
