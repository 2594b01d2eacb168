/* The shipped filters on example lines: test/golden/FILTER.case.
 *
 * `- LINE` must not match. `+ ADDRESS ACCOUNT` says what the next line must give; an
 * account of `-` is none. Every line must have been written with a header the line layer
 * knows. */
#include "unit.h"

#include "match/matcher.h"
#include "match/test_filters.h"

struct golden {
    const char *name;
    struct matcher *matcher;
    unsigned good, bad;
    bool is_failed;
};

static void
complain(struct golden *g, struct span line, const char *what)
{
    struct buf text = {0};

    buf_escaped(&text, line);
    print_error("%s: %s: %s\n", g->name, what, text.ptr);
    buf_fini(&text);
    g->is_failed = true;
}

static void
must_not_match(struct golden *g, struct span raw)
{
    struct match_hit hits[MATCH_HITS_MAX];
    struct line l;

    g->bad++;
    line_split(raw, &l);
    if (matcher_line(g->matcher, 1, &l, hits) != 0)
        complain(g, raw, "must not match");
}

static void
must_match(struct golden *g, struct span raw, struct span expected)
{
    struct match_hit hits[MATCH_HITS_MAX];
    struct span address, account;
    struct addr peer;
    struct line l;

    g->good++;
    assert_true(span_cut(expected, SPAN(" "), &address, &account));
    assert_true(addr_parse(address, &peer));
    if (span_eq(account, SPAN("-")))
        account.len = 0;
    line_split(raw, &l);
    if (l.form == LINE_PLAIN)
        complain(g, raw, "has no header");
    else if (matcher_line(g->matcher, 1, &l, hits) != 1)
        complain(g, raw, "must match");
    else if (!addr_eq(&hits[0].peer, &peer))
        complain(g, raw, "gives another address");
    else if (!span_eq(hits[0].account, account))
        complain(g, raw, "gives another account");
}

static void
run_cases(struct golden *g, struct span text)
{
    struct span line, expected = {0};

    while (span_line(&text, &line)) {
        if (!line.len || *line.ptr == '#')
            continue;
        if (expected.ptr) {
            must_match(g, line, expected);
            expected = (struct span){0};
        } else if (span_take(&line, SPAN("- "))) {
            must_not_match(g, line);
        } else {
            assert_true(span_take(&line, SPAN("+ ")));
            expected = line;
        }
    }
    assert_null(expected.ptr);
}

static void
golden(const char *name)
{
    const char *root = getenv("KOMAINU_SOURCE");
    struct buf filters = {0}, cases = {0}, error = {0};
    struct golden g = {.name = name};
    struct config c = {0};
    struct span text;

    assert_non_null(root);
    buf_printf(&filters, "%s/filters", root);
    buf_printf(&cases, "%s/test/golden", root);
    test_load_filter(&c, filters.ptr, name);
    g.matcher = matcher_new(&c, &error);
    if (!g.matcher)
        fail_msg("%s", error.ptr);
    text = test_read_file(cases.ptr, name, ".case");
    run_cases(&g, text);
    assert_true(g.good > 10 && g.bad > 10);
    assert_false(g.is_failed);
    assert_int_equal(matcher_counts(g.matcher).limit_hits, 0);
    mem_free((void *)(uintptr_t)text.ptr);
    matcher_free(g.matcher);
    config_fini(&c);
    buf_fini(&filters);
    buf_fini(&cases);
    buf_fini(&error);
}

static void
test_postfix_sasl(void **state UNUSED)
{
    golden("postfix-sasl");
}

static void
test_sshd(void **state UNUSED)
{
    golden("sshd");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_postfix_sasl),
        TEST(test_sshd),
    };

    return RUN(tests);
}
