#include "spf/spf_walk.h"

#include "base/mem.h"
#include "unit.h"

/* What a name server of the test knows. */
static const struct {
    const char *name;
    enum host_record record;
    const char *data;
} zone[] = {
    {"example.org", HOST_TXT, "some other text"},
    {"example.org", HOST_TXT,
     "v=spf1 ip4:192.0.2.0/25 -ip4:203.0.113.1 include:_a.example.org a mx/30 ~all "
     "ip4:203.0.113.9 redirect=_b.example.org"},
    {"_a.example.org", HOST_TXT, "v=spf1 ip6:2001:db8::/48 include:example.org ?all"},
    {"_b.example.org", HOST_TXT, "v=spf1 ip4:203.0.113.2"},
    {"example.org", HOST_ADDRESSES, "192.0.2.200"},
    {"example.org", HOST_ADDRESSES, "2001:db8:1::1"},
    {"example.org", HOST_MX, "mx.example.org"},
    {"mx.example.org", HOST_ADDRESSES, "198.51.100.7"},
    {"to.example.org", HOST_TXT, "v=spf1 redirect=_b.example.org"},
    {"two.example.org", HOST_TXT, "v=spf1 ip4:192.0.2.1"},
    {"two.example.org", HOST_TXT, "v=spf1 ip4:192.0.2.2"},
    {"bad.example.org", HOST_TXT, "v=spf1 ip4:192.0.2.1 foo ip4:192.0.2.2"},
    {"wide.example.org", HOST_TXT, "v=spf1 ip4:0.0.0.0/0 ip6:::/0 ip4:10.0.0.0/8"},
    {"macro.example.org", HOST_TXT, "v=spf1 exists:%{i}.example.org ip4:192.0.2.1 ptr"},
    {"lost.example.org", HOST_TXT, "v=spf1 include:none.example.org ip4:192.0.2.1"},
    {"deep0.example.org", HOST_TXT, "v=spf1 include:deep1.example.org"},
};

/* deep1 includes deep2, and so on, for ever. */
static void
answer_deep(struct spf_walk *w, const char *name)
{
    struct buf text = {0};
    uint64_t n;

    if (span_u64(span_between(name + 4, strchr(name, '.')), 1, 99, &n)) {
        buf_printf(&text, "v=spf1 ip4:192.0.2.%llu include:deep%llu.example.org",
                   (unsigned long long)n, (unsigned long long)n + 1);
        spf_walk_text(w, buf_span(&text));
    }
    buf_fini(&text);
}

static void
answer(struct spf_walk *w, const struct spf_question *q)
{
    for (size_t i = 0; i < ARRAY_LEN(zone); i++) {
        struct addr a;

        if (zone[i].record != q->record ||
            !span_eq(span_of(zone[i].name), span_of(q->name.text)))
            continue;
        if (q->record == HOST_TXT)
            spf_walk_text(w, span_of(zone[i].data));
        else if (q->record == HOST_MX)
            spf_walk_host(w, span_of(zone[i].data));
        else if (addr_parse(span_of(zone[i].data), &a))
            spf_walk_address(w, &a);
    }
    if (span_starts(span_of(q->name.text), SPAN("deep")))
        answer_deep(w, q->name.text);
    spf_walk_answered(w, q->record == HOST_MX ? 100 : 200);
}

static void
walk(struct spf_walk *w, const char *name)
{
    struct host_key key = host_key_of(span_of(name));
    const struct spf_question *q;
    unsigned steps = 0;

    spf_walk_begin(w, &key);
    while ((q = spf_walk_question(w))) {
        assert_in_range(++steps, 1, SPF_QUESTIONS_MAX);
        answer(w, q);
    }
}

static const struct row {
    const char *name, *prefixes;
    enum spf_trouble trouble;
} rows[] = {
    {"example.org",
     "192.0.2.0/25 2001:db8::/48 192.0.2.200 2001:db8:1::1 198.51.100.4/30 ", SPF_WHOLE},
    {"to.example.org", "203.0.113.2 ", SPF_WHOLE},
    {"none.example.org", "", SPF_NO_RECORD},
    {"two.example.org", "", SPF_MANY_RECORDS},
    {"bad.example.org", "192.0.2.1 ", SPF_SYNTAX},
    {"wide.example.org", "10.0.0.0/8 ", SPF_TOO_WIDE},
    {"macro.example.org", "192.0.2.1 ", SPF_DYNAMIC},
    {"lost.example.org", "192.0.2.1 ", SPF_NO_RECORD},
    {"deep0.example.org",
     "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8 "
     "192.0.2.9 192.0.2.10 ",
     SPF_TOO_MANY_LOOKUPS},
};

static void
test_rows(void **state UNUSED)
{
    struct spf_walk w = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[ADDR_TEXT_MAX];
        struct buf all = {0};

        walk(&w, rows[i].name);
        for (size_t k = 0; k < w.prefix_count; k++)
            buf_printf(&all, "%s ", addr_text(&w.prefixes[k], text));
        if (!span_eq(buf_span(&all), span_of(rows[i].prefixes)) ||
            w.trouble != rows[i].trouble)
            fail_msg("%s: %.*s, %s", rows[i].name, SPAN_FMT(buf_span(&all)),
                     spf_trouble_text(w.trouble));
        buf_fini(&all);
    }
    walk(&w, "example.org");
    assert_int_equal(w.ttl_s, 100);
    walk(&w, "lost.example.org");
    assert_string_equal(w.where.text, "none.example.org");
    spf_walk_fini(&w);
}

/* Bounded, whatever a record has. */
static void
test_bounds(void **state UNUSED)
{
    struct host_key key = host_key_of(SPAN("example.org"));
    struct buf text = {0};
    struct spf_walk w = {0};

    buf_add_text(&text, "v=spf1");
    for (unsigned i = 0; i < SPF_PREFIXES_MAX + 1; i++)
        buf_printf(&text, " ip4:198.18.%u.%u", i / 256, i % 256);
    spf_walk_begin(&w, &key);
    spf_walk_text(&w, buf_span(&text));
    spf_walk_answered(&w, 60);
    assert_int_equal(w.prefix_count, SPF_PREFIXES_MAX);
    assert_int_equal(w.trouble, SPF_TOO_MANY_PREFIXES);
    assert_null(spf_walk_question(&w));

    buf_clear(&text);
    buf_add_text(&text, "v=spf1");
    for (unsigned i = 0; i < SPF_LOOKUPS_MAX; i++)
        buf_printf(&text, " mx:m%u.example.org", i);
    spf_walk_begin(&w, &key);
    spf_walk_text(&w, buf_span(&text));
    spf_walk_answered(&w, 60);
    for (unsigned i = 0; i < SPF_LOOKUPS_MAX; i++) {
        for (unsigned k = 0; k < 50; k++) {
            buf_clear(&text);
            buf_printf(&text, "h%u-%u.example.org", i, k);
            spf_walk_host(&w, buf_span(&text));
        }
        spf_walk_answered(&w, 60);
    }
    assert_int_equal(w.count, SPF_QUESTIONS_MAX);
    assert_int_equal(w.trouble, SPF_TOO_MANY_LOOKUPS);
    buf_fini(&text);
    spf_walk_fini(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows), TEST(test_bounds)};

    return RUN(tests);
}
