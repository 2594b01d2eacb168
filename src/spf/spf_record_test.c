#include "base/buf.h"
#include "spf/spf_record.h"
#include "unit.h"

static void
test_is_record(void **state UNUSED)
{
    assert_true(spf_is_record(SPAN("v=spf1")));
    assert_true(spf_is_record(SPAN("V=SPF1 -all")));
    assert_false(spf_is_record(SPAN("v=spf10 -all")));
    assert_false(spf_is_record(SPAN("v=spf")));
    assert_false(spf_is_record(SPAN(" v=spf1")));
    assert_false(spf_is_record(SPAN("spf2.0/pra -all")));
    assert_false(spf_is_record(SPAN("")));
}

/* "+all", "-ip4 192.0.2.0/24", "+a example.org 24 64", "redirect example.org" */
static void
describe(const struct spf_term *t, struct buf *out)
{
    static const char *const names[SPF_KINDS] = {
        "all", "include", "a",        "mx",  "ptr",    "ip4",
        "ip6", "exists",  "redirect", "exp", "unknown"};
    char text[ADDR_TEXT_MAX];

    if (t->kind < SPF_REDIRECT)
        buf_add_byte(out, "+-~?"[t->qualifier]);
    buf_add_text(out, names[t->kind]);
    if (t->domain.len)
        buf_printf(out, " %.*s", SPAN_FMT(t->domain));
    if (t->kind == SPF_IP4 || t->kind == SPF_IP6)
        buf_printf(out, " %s", t->prefix.family ? addr_text(&t->prefix, text) : "nobody");
    if (t->bits4 != 32 || t->bits6 != 128)
        buf_printf(out, " %u %u", t->bits4, t->bits6);
}

static const struct row {
    const char *record, *terms; /* with "; " behind each, "BAD" at an error */
} rows[] = {
    {"v=spf1", ""},
    {"v=spf1   ", ""},
    {"v=spf1 -all", "-all; "},
    {"v=spf1 ip4:192.0.2.7  ip4:192.0.2.77/24 ~ALL",
     "+ip4 192.0.2.7; +ip4 192.0.2.0/24; ~all; "},
    {"v=spf1 ip6:2001:db8::/32 ?ip6:2001:db8::1",
     "+ip6 2001:db8::/32; ?ip6 2001:db8::1; "},
    {"v=spf1 ip6:::ffff:192.0.2.1", "+ip6 nobody; "},
    {"v=spf1 a mx ptr", "+a; +mx; +ptr; "},
    {"v=spf1 a/24 a//64 a/24//64 a/0//0", "+a 24 128; +a 32 64; +a 24 64; +a 0 0; "},
    {"v=spf1 a:example.org mx:example.org/24//64",
     "+a example.org; +mx example.org 24 64; "},
    {"v=spf1 include:_spf.example.org redirect=example.net",
     "+include _spf.example.org; redirect example.net; "},
    {"v=spf1 exists:%{i}.example.org exp=why.example.org",
     "+exists %{i}.example.org; exp why.example.org; "},
    {"v=spf1 moo=1 x.y-z_1= all", "unknown 1; unknown; +all; "},
    {"v=spf1 include:%{d}=x.example", "+include %{d}=x.example; "},
    {"v=spf1 a:x:y/z.example.org a:x/1.example.org/24",
     "+a x:y/z.example.org; +a x/1.example.org 24 128; "},
    {"v=spf1 a:%{d1/}//64 mx:%{o}/0", "+a %{d1/} 32 64; +mx %{o} 0 128; "},
    {"v=spf1 include:x.example.", "+include x.example.; "},
    {"v=spf1 a:example.org/", "BAD"},
    {"v=spf1 a:example.org//64/24", "BAD"},
    {"v=spf1 a:example.org:25", "BAD"},
    {"v=spf1 a:example", "BAD"},
    {"v=spf1 a:192.0.2.1", "BAD"},
    {"v=spf1 a:x.-example", "BAD"},
    {"v=spf1 include:%{d}=x", "BAD"},
    {"v=spf1 include:%{t}.example.org", "BAD"},
    {"v=spf1 moo=%{x}", "BAD"},
    {"v=spf1 exists:%{d0}", "BAD"},
    {"v=spf1 exists:%d.example.org", "BAD"},
    {"v=spf1 ip4:192.0.2.1/33", "BAD"},
    {"v=spf1 ip4:192.0.2.1/024", "BAD"},
    {"v=spf1 ip4:192.0.2.0/255.255.255.0", "BAD"},
    {"v=spf1 ip4:192.0.2", "BAD"},
    {"v=spf1 ip4:2001:db8::1", "BAD"},
    {"v=spf1 ip6:192.0.2.1", "BAD"},
    {"v=spf1 ip6:2001:db8::/129", "BAD"},
    {"v=spf1 ip4", "BAD"},
    {"v=spf1 include", "BAD"},
    {"v=spf1 include:", "BAD"},
    {"v=spf1 all:example.org", "BAD"},
    {"v=spf1 all/24", "BAD"},
    {"v=spf1 a:", "BAD"},
    {"v=spf1 a/33", "BAD"},
    {"v=spf1 a//129", "BAD"},
    {"v=spf1 a/", "BAD"},
    {"v=spf1 redirect=", "BAD"},
    {"v=spf1 foo", "BAD"},
    {"v=spf1 include:a\001b", "BAD"},
    {"v=spf1 +", "BAD"},
    {"v=spf1 1=2", "BAD"},
};

static void
test_terms(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct span rest = span_of(rows[i].record);
        enum spf_read read = SPF_TERM;
        struct buf text = {0};
        struct spf_term term;

        while ((read = spf_next_term(&rest, &term)) == SPF_TERM) {
            describe(&term, &text);
            buf_add_text(&text, "; ");
        }
        if (read == SPF_BAD)
            buf_add_text(&text, "BAD");
        if (!span_eq(buf_span(&text), span_of(rows[i].terms)))
            fail_msg("%s: %.*s", rows[i].record, SPAN_FMT(buf_span(&text)));
        buf_fini(&text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_is_record), TEST(test_terms)};

    return RUN(tests);
}
