/* The shipped filters on example lines: test/golden/FILTER.case, or FILTER.PART.case.
 *
 *     * mode=aggressive         arguments of the filter from here on, with a fresh
 * matcher
 *     + ADDRESS ACCOUNT         a failure of the filter's own kind; account `-` is none
 *     +relay_denied ADDRESS ACCOUNT
 *     =auth_ok ADDRESS ACCOUNT  told, and not counted
 *     > rcpt TEXT               what else it must say: rcpt, detail
 *     LINE
 *     - LINE                    must give nothing
 */
#include "unit.h"

#include <dirent.h>

#include "match/matcher.h"
#include "match/test_filters.h"

/* 2026-11-22 12:00 UTC */
#define NOW_US (INT64_C(1795348800) * 1000000)

struct expected {
    struct span address, account, rcpt, detail;
    enum event_kind kind;
    bool is_failure, is_set;
};

struct golden {
    const char *file;
    char filter[CONFIG_NAME_MAX];
    struct config config;
    struct matcher *matcher;
    unsigned line, good, bad, failed;
    struct expected expected;
};

static void
complain(const struct golden *g, struct span line, const char *what)
{
    struct buf text = {0};

    buf_escaped(&text, line);
    print_error("%s:%u: %s: %s\n", g->file, g->line, what, text.ptr);
    buf_fini(&text);
}

static void
unload(struct golden *g)
{
    if (g->matcher)
        assert_int_equal(matcher_counts(g->matcher).limit_hits, 0);
    matcher_free(g->matcher);
    config_fini(&g->config);
    g->matcher = NULL;
}

static void
load(struct golden *g, struct span arguments)
{
    struct buf why = {0};

    unload(g);
    test_load_filter(&g->config, g->filter, arguments);
    g->matcher = matcher_new(&g->config, &why);
    if (!g->matcher)
        fail_msg("%s: %s", g->file, why.ptr);
    buf_fini(&why);
}

static const char *
difference(const struct golden *g, const struct match_hit *hit)
{
    const struct expected *e = &g->expected;
    struct addr peer;

    assert_true(addr_parse(e->address, &peer));
    if (hit->is_failure != e->is_failure)
        return hit->is_failure ? "is a failure" : "is no failure";
    if (hit->kind != e->kind)
        return event_kind_name(hit->kind);
    if (!addr_eq(&hit->peer, &peer))
        return "gives another address";
    if (!span_eq(hit->account, e->account))
        return "gives another account";
    if (e->rcpt.ptr && !span_eq(hit->recipient, e->rcpt))
        return "gives another recipient";
    return e->detail.ptr && !span_eq(hit->detail, e->detail) ? "gives another detail"
                                                             : NULL;
}

static void
run_line(struct golden *g, struct span raw)
{
    struct match_hit hits[MATCH_HITS_MAX];
    const char *what = NULL;
    struct line l;
    size_t n;

    line_split(raw, &l);
    n = matcher_line(g->matcher, 1, &l, NOW_US, hits);
    if (g->expected.is_set)
        what = n ? difference(g, &hits[0]) : "must match";
    else if (n)
        what = "must not match";
    if (what)
        complain(g, raw, what);
    g->failed += what != NULL;
    *(g->expected.is_set ? &g->good : &g->bad) += 1;
    g->expected = (struct expected){0};
}

/* `[KIND] ADDRESS ACCOUNT` behind a + or =. */
static bool
read_expected(struct golden *g, struct span line)
{
    struct expected e = {.is_set = true, .is_failure = *line.ptr == '+'};
    struct span kind;

    e.kind = g->config.filters[0].event;
    if (!span_cut(span_from(line, 1), SPAN(" "), &kind, &line) ||
        !span_cut(line, SPAN(" "), &e.address, &e.account) ||
        (kind.len && !event_kind_parse(kind, &e.kind)))
        return false;
    if (span_eq(e.account, SPAN("-")))
        e.account.len = 0;
    g->expected = e;
    return true;
}

static bool
read_field(struct golden *g, struct span line)
{
    struct span name, text;

    if (!span_cut(line, SPAN(" "), &name, &text))
        return false;
    if (span_eq(name, SPAN("rcpt")))
        g->expected.rcpt = text;
    else if (span_eq(name, SPAN("detail")))
        g->expected.detail = text;
    else
        return false;
    return true;
}

static void
run_case(struct golden *g, struct span line)
{
    bool is_good = true;

    if (!line.len || (*line.ptr == '#' && !g->expected.is_set))
        return;
    if (span_take(&line, SPAN("> ")))
        is_good = g->expected.is_set && read_field(g, line);
    else if (g->expected.is_set || span_take(&line, SPAN("- ")))
        run_line(g, line);
    else if (span_take(&line, SPAN("*")))
        load(g, span_trim(line));
    else
        is_good = strchr("+=", *line.ptr) && read_expected(g, line);
    if (!is_good)
        fail_msg("%s:%u: cannot be read", g->file, g->line);
}

static void
golden(void **state)
{
    struct golden g = {.file = *state};
    struct buf folder = {0};
    struct span text, rest, line;

    must(span_cstr(span_head(span_of(g.file), strcspn(g.file, ".")), g.filter,
                   sizeof(g.filter)));
    load(&g, SPAN(""));
    buf_printf(&folder, "%s/test/golden", getenv("KOMAINU_SOURCE"));
    rest = text = test_read_file(folder.ptr, g.file, "");
    while (span_line(&rest, &line)) {
        g.line++;
        run_case(&g, line);
    }
    assert_false(g.expected.is_set);
    assert_true(g.good > 3 && g.bad > 3);
    assert_int_equal(g.failed, 0);
    unload(&g);
    mem_free((void *)(uintptr_t)text.ptr);
    buf_fini(&folder);
}

static int
is_case(const struct dirent *entry)
{
    return span_ends(span_of(entry->d_name), SPAN(".case"));
}

int
main(void)
{
    struct CMUnitTest tests[64] = {{0}};
    struct buf folder = {0};
    static struct dirent **files; /* until the end */
    int count;

    must(getenv("KOMAINU_SOURCE"));
    buf_printf(&folder, "%s/test/golden", getenv("KOMAINU_SOURCE"));
    count = scandir(folder.ptr, &files, is_case, alphasort);
    must(count > 0 && (size_t)count < ARRAY_LEN(tests));
    for (int i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){.name = files[i]->d_name,
                                       .test_func = golden,
                                       .initial_state = files[i]->d_name};
    count = _cmocka_run_group_tests("golden", tests, (size_t)count, NULL, NULL);
    buf_fini(&folder);
    return count;
}
