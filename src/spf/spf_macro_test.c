#include "spf/spf_macro.h"

#include "unit.h"

static const struct spf_facts facts = {
    .client = {4, 32, {192, 0, 2, 3}},
    .local = {"strong-Bad", 10},
    .sender = {"email.example.org", 17},
    .domain = {"email.example.org", 17},
    .helo = {"mx.example.net", 14},
    .ptr_name = {"mx.example.org", 14},
    .receiver = {"mx.example.com", 14},
    .now_s = 1234567890,
};

static void
test_expand(void **state UNUSED)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", ""},
        {"plain.example", "plain.example"},
        {"%{s}", "strong-Bad@email.example.org"},
        {"%{l}.%{o}", "strong-Bad.email.example.org"},
        {"%{d4} %{d3} %{d2} %{d1}",
         "email.example.org email.example.org example.org org"},
        {"%{dr} %{d2r} %{d99R}", "org.example.email example.email org.example.email"},
        {"%{l-} %{lr-} %{l1r-}", "strong.Bad Bad.strong strong"},
        {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.org"},
        {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
         "Bad.strong.lp.3.2.0.192.in-addr._spf.example.org"},
        {"%{h}%%%_%-%{p}", "mx.example.net% %20mx.example.org"},
        {"%{c} %{r} %{t}", "192.0.2.3 mx.example.com 1234567890"},
        {"%{S}", "strong-Bad%40email.example.org"},
        {"%{D2}", "example.org"},
        {"%{o.-+,/_=}", "email.example.org"},
        {"%{d123456789012345678901234567890}", "email.example.org"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct span text = span_of(rows[i].text);
        struct buf out = {0};

        assert_true(spf_macro_is_string(text, SPF_IN_EXPLANATION));
        assert_true(spf_macro_expand(text, &facts, &out));
        if (!span_eq(buf_span(&out), span_of(rows[i].says)))
            fail_msg("%s: %.*s", rows[i].text, SPAN_FMT(buf_span(&out)));
        buf_fini(&out);
    }
}

static void
test_ipv6(void **state UNUSED)
{
    struct spf_facts f = facts;
    struct buf out = {0};

    assert_true(addr_parse(SPAN("2001:db8::cb01"), &f.client));
    assert_true(spf_macro_expand(SPAN("%{i} %{i1r} %{v} %{c}"), &f, &out));
    assert_string_equal(out.ptr,
                        "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.B."
                        "0.1 2 ip6 2001:db8::cb01");
    buf_fini(&out);
}

/* What is not to be used, and what does not fit. */
static void
test_refused(void **state UNUSED)
{
    struct buf out = {0}, small = buf_bounded(10);
    struct spf_facts f = facts;
    char text[600];

    f.local = (struct span){0};
    assert_false(spf_macro_expand(SPAN("%{l}"), &f, &out));
    assert_false(spf_macro_expand(SPAN("x.%{s}"), &f, &out));
    buf_clear(&out);
    assert_true(spf_macro_expand(SPAN("%{d}"), &f, &out));
    assert_false(spf_macro_expand(SPAN("%{d}"), &facts, &small));
    assert_int_equal(small.len, 10);
    /* More parts than are kept apart: the leftmost are one. */
    memset(text, '.', sizeof(text));
    f.local = (struct span){text, sizeof(text)};
    buf_clear(&out);
    assert_true(spf_macro_expand(SPAN("%{l}"), &f, &out));
    assert_int_equal(out.len, sizeof(text));
    buf_clear(&out);
    assert_true(spf_macro_expand(SPAN("%{L-}"), &f, &out));
    assert_int_equal(out.len, sizeof(text));
    buf_fini(&out);
    buf_fini(&small);
}

static void
test_syntax(void **state UNUSED)
{
    static const char *const strings[] = {
        "",     "a",       "%{d}",  "%%",  "%_%-", "%{d1r.-+,/_=}",
        "%{D}", "%{ir}.x", "%{l1}", "%{S}"};
    static const char *const bad[] = {"%",     "%a",    "%{",      "%{d",    "%{}",
                                      "%{x}",  "%{d0}", "%{d00r}", "%{dr1}", "%{d;}",
                                      "%{d}%", "%(d)",  "\t",      "\x7F",   "\xC3",
                                      "a%",    "%{c}",  "%{r}",    "%{t}",   " "};
    static const char *const domains[] = {
        "example.org", "example.org.", "a.b-c", "x.%{d}", "%{d}",  "%{d}.org",
        "a/b:c.d.e",   "a.x--1",       "a.1x",  ".org",   "%{d}%%"};
    static const char *const no_domains[] = {
        "",      "org",     "a.",     "a..",  "a.-b",   "a.b-",    "a.1",  "192.0.2.1",
        "a.b_c", "%{d}org", "a.b:25", "a.b/", "%{d}.1", "a b.org", "%{d}."};

    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        if (!spf_macro_is_string(span_of(strings[i]), SPF_IN_RECORD))
            fail_msg("%s", strings[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (spf_macro_is_string(span_of(bad[i]), SPF_IN_RECORD))
            fail_msg("%s", bad[i]);
    for (size_t i = 0; i < ARRAY_LEN(domains); i++)
        if (!spf_macro_is_domain(span_of(domains[i])))
            fail_msg("%s", domains[i]);
    for (size_t i = 0; i < ARRAY_LEN(no_domains); i++)
        if (spf_macro_is_domain(span_of(no_domains[i])))
            fail_msg("%s", no_domains[i]);
    assert_true(spf_macro_is_string(SPAN("a b %{c} %{r} %{t}"), SPF_IN_EXPLANATION));
    assert_false(spf_macro_is_string(SPAN("\xE2\x82\xAC"), SPF_IN_EXPLANATION));
    assert_true(spf_macro_has(SPAN("a.%{P1r}.org"), 'p'));
    assert_false(spf_macro_has(SPAN("%%{p}.%{d}"), 'p'));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_expand), TEST(test_ipv6),
                                       TEST(test_refused), TEST(test_syntax)};

    return RUN(tests);
}
