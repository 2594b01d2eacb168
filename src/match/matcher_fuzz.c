/* The shipped filters on any line, also as what Postfix and sshd say: hits are single
 * addresses with a bounded account, and no search is given up on lines of usual length.
 */
#include "match/matcher.h"
#include "match/test_filters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct matcher *
new_matcher(void)
{
    struct config c = {0};
    struct buf error = {0};
    struct matcher *m;

    test_load_filter(&c, "postfix-sasl", SPAN(""));
    test_load_filter(&c, "sshd", SPAN(""));
    m = matcher_new(&c, &error);
    must(m != NULL);
    config_fini(&c);
    return m;
}

static void
check_line(struct matcher *m, struct span raw)
{
    struct match_hit hits[MATCH_HITS_MAX];
    struct line l;
    size_t n;

    line_split(raw, &l);
    n = matcher_line(m, UINT64_MAX, &l, 0, hits);
    must(n <= 2);
    for (size_t i = 0; i < n; i++) {
        must(hits[i].peer.family != 0 && addr_is_host(&hits[i].peer));
        must(hits[i].account.len <= EVENT_ACCOUNT_MAX);
        must(hits[i].kind == EVENT_AUTH_FAIL);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct matcher *m;
    static const char *const heads[] = {
        "", "Nov  2 01:53:25 mx postfix/smtpd[1]: ", "Nov  2 01:53:25 sshd[1]: "};
    struct span input = {(const char *)data, size};

    if (!m)
        m = new_matcher();
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        struct buf raw = {0};

        buf_add_text(&raw, heads[i]);
        buf_add(&raw, input);
        check_line(m, buf_span(&raw));
        buf_fini(&raw);
    }
    must(matcher_counts(m).limit_hits == 0 || size > 4096);
    return 0;
}
