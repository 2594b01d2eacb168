#include "spf/spf_check.h"

#include "base/mem.h"
#include "unit.h"

/* What the name servers of the test know: NULL: nobody answers. */
static const struct {
    const char *name;
    enum host_record record;
    const char *data;
} zone[] = {
    {"example.org", HOST_TXT, "no record of SPF"},
    {"example.org", HOST_TXT,
     "v=spf1 ip4:192.0.2.0/28 ip6:2001:db8:1::/48 a mx:mx.example.org "
     "exp=why.example.org -all"},
    {"example.org", HOST_A, "198.51.100.1"},
    {"example.org", HOST_AAAA, "2001:db8:2::1"},
    {"mx.example.org", HOST_MX, "a.mx.example.org"},
    {"mx.example.org", HOST_MX, "b.mx.example.org"},
    {"a.mx.example.org", HOST_A, "198.51.100.2"},
    {"b.mx.example.org", HOST_A, "198.51.100.3"},
    {"b.mx.example.org", HOST_AAAA, "2001:db8:2::3"},
    {"why.example.org", HOST_TXT, "%{i} is none of %{d}'s; see https://%{d}/?s=%{S}"},
    {"helo.example.org", HOST_TXT, "v=spf1 a -all"},
    {"helo.example.org", HOST_A, "192.0.2.77"},
    {"cidr.example.org", HOST_TXT, "v=spf1 a:example.org/24//32 ~all"},
    {"end.example.org", HOST_TXT, "v=spf1 ip4:192.0.2.1"},
    {"to.example.org", HOST_TXT, "v=spf1 ?ip4:192.0.2.9 redirect=%{d2}"},
    {"away.example.org", HOST_TXT, "v=spf1 redirect=none.example.org"},
    {"both.example.org", HOST_TXT, "v=spf1 redirect=none.example.org ?all"},
    {"in.example.org", HOST_TXT,
     "v=spf1 include:fail.example.org ~include:end.example.org include:soft.example.org "
     "?all"},
    {"fail.example.org", HOST_TXT, "v=spf1 -all exp=why.example.org"},
    {"soft.example.org", HOST_TXT, "v=spf1 ~all"},
    {"lost.example.org", HOST_TXT, "v=spf1 include:none.example.org -all"},
    {"loop.example.org", HOST_TXT, "v=spf1 include:loop.example.org -all"},
    {"round.example.org", HOST_TXT, "v=spf1 redirect=round.example.org"},
    {"late.example.org", HOST_TXT, "v=spf1 ip4:192.0.2.1 -all foo"},
    {"twice.example.org", HOST_TXT, "v=spf1 -all"},
    {"twice.example.org", HOST_TXT, "V=SPF1"},
    {"exps.example.org", HOST_TXT, "v=spf1 exp=a.example.org exp=a.example.org -all"},
    {"reds.example.org", HOST_TXT, "v=spf1 redirect=example.org redirect=example.org"},
    {"dead.example.org", HOST_TXT, NULL},
    {"dead-a.example.org", HOST_TXT, "v=spf1 a:dead.example.org -all"},
    {"dead.example.org", HOST_A, NULL},
    {"dead-mx.example.org", HOST_TXT, "v=spf1 mx mx:dead.example.org -all"},
    {"dead.example.org", HOST_MX, NULL},
    {"dead-mx.example.org", HOST_MX, "dead.example.org"},
    {"dead-mx.example.org", HOST_MX, "b.mx.example.org"},
    {"dead-exists.example.org", HOST_TXT, "v=spf1 exists:dead.example.org -all"},
    {"dead-in.example.org", HOST_TXT, "v=spf1 include:dead.example.org +all"},
    {"voids.example.org", HOST_TXT, "v=spf1 a:x.none a:y.none exists:z.none +all"},
    {"void2.example.org", HOST_TXT, "v=spf1 a:x.none mx:y.none ~all"},
    {"ten.example.org", HOST_TXT,
     "v=spf1 a a a a a a a a a a ip4:203.0.113.10 a:example.net ~all"},
    {"ten.example.org", HOST_A, "203.0.113.1"},
    {"ex.example.org", HOST_TXT, "v=spf1 exists:%{l}.%{ir}.list.example.org -all"},
    {"a b.9.2.0.192.list.example.org", HOST_A, "127.0.0.2"},
    {"ex6.example.org", HOST_TXT, "v=spf1 exists:%{ir}.%{v}.example.org -all"},
    {"9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.example.org",
     HOST_A, "127.0.0.2"},
    {"ptr.example.org", HOST_TXT, "v=spf1 ptr:example.net ptr -all"},
    {"5.100.51.198.in-addr.arpa", HOST_PTR, "liar.example.net"},
    {"5.100.51.198.in-addr.arpa", HOST_PTR, "dead.example.org"},
    {"5.100.51.198.in-addr.arpa", HOST_PTR, "host.ptr.example.org"},
    {"host.ptr.example.org", HOST_A, "198.51.100.5"},
    {"liar.example.net", HOST_A, "198.51.100.6"},
    {"6.100.51.198.in-addr.arpa", HOST_PTR, NULL},
    {"p.example.org", HOST_TXT,
     "v=spf1 exists:%{p}.seen.example.org -all exp=p-why.example.org"},
    {"host.ptr.example.org.seen.example.org", HOST_A, "127.0.0.2"},
    {"p-why.example.org", HOST_TXT, "you are %{p}"},
    {"many-mx.example.org", HOST_TXT, "v=spf1 mx -all"},
    {"nul.example.org", HOST_TXT, "v=spf1 mx ~all"},
    {"bad-exp.example.org", HOST_TXT, "v=spf1 -all exp=bad-why.example.org"},
    {"bad-why.example.org", HOST_TXT, "%{x} is not to be expanded"},
    {"no-exp.example.org", HOST_TXT, "v=spf1 -all exp=none.example.org"},
    {"long.example.org", HOST_TXT,
     "v=spf1 exists:%{d}%{d}%{d}%{d}%{d}%{d}%{d}%{d}%{d}%{d}%{d}%{d}%{d}%{d}%{d}%{d}.org "
     "?all"},
    {"label.example.org", HOST_TXT,
     "v=spf1 a:x123456789012345678901234567890123456789012345678901234567890123.org "
     "a:.example.org include:a..example.org ~all"},
    {"label2.example.org", HOST_TXT, "v=spf1 a:.example.org mx:a..example.org ~all"},
    {"quiet.example.org", HOST_TXT, "V=spf1  -ALL "},
    {"word.example.org", HOST_TXT, "v=spf1 moo=%{d} -all"},
};

/* Feeds what the zone has; in many-mx and big there is a lot. */
static void
answer(struct spf_check *c, const struct spf_query *q)
{
    enum spf_answer is = SPF_ANSWER_NONE;
    char text[64];
    struct addr a;

    for (size_t i = 0; i < ARRAY_LEN(zone); i++) {
        struct span data = span_of(zone[i].data);

        if (zone[i].record != q->record ||
            !span_eq(span_of(zone[i].name), span_of(q->name.text)))
            continue;
        is = data.ptr ? SPF_ANSWER_FOUND : SPF_ANSWER_FAILED;
        if (q->record == HOST_TXT)
            spf_check_text(c, q->id, data);
        else if (q->record == HOST_MX || q->record == HOST_PTR)
            spf_check_host(c, q->id, data);
        else if (addr_parse(data, &a))
            spf_check_address(c, q->id, &a);
    }
    for (int i = 0; i < 11 && q->record == HOST_MX && q->name.text[0] == 'm' &&
                    span_eq(span_of(q->name.text), SPAN("many-mx.example.org"));
         i++) {
        (void)snprintf(text, sizeof(text), "mx%d.example.org", i);
        spf_check_host(c, q->id, span_of(text));
        is = SPF_ANSWER_FOUND;
    }
    if (span_eq(span_of(q->name.text), SPAN("nul.example.org")) && q->record == HOST_MX)
        is = SPF_ANSWER_FOUND; /* a null MX, whose host is none */
    spf_check_answered(c, q->id, is);
}

/* All that is handed out is answered, the last one first. */
static void
finish(struct spf_check *c)
{
    unsigned steps = 0;

    while (!spf_check_is_over(c)) {
        struct spf_query out[SPF_CHECK_HOSTS_MAX];
        const struct spf_query *q;
        size_t count = 0;

        assert_in_range(++steps, 1, 50);
        while ((q = spf_check_query(c)))
            out[count++] = *q;
        assert_in_range(count, 1, SPF_CHECK_HOSTS_MAX);
        while (count > 0)
            answer(c, &out[--count]);
    }
    assert_null(spf_check_query(c));
}

static const struct row {
    const char *client, *sender, *says; /* "RESULT REASON MECHANISM|EXPLANATION" */
} rows[] = {
    {"192.0.2.9", "a@example.org", "pass matched ip4:192.0.2.0/28|"},
    {"192.0.2.9", "<A@EXAMPLE.ORG.>", "pass matched ip4:192.0.2.0/28|"},
    {"192.0.2.9", "example.org", "pass matched ip4:192.0.2.0/28|"},
    {"::ffff:192.0.2.9", "@example.org", "pass matched ip4:192.0.2.0/28|"},
    {"2001:db8:1::9", "a@example.org", "pass matched ip6:2001:db8:1::/48|"},
    {"198.51.100.1", "a@example.org", "pass matched a|"},
    {"2001:db8:2::1", "a@example.org", "pass matched a|"},
    {"198.51.100.3", "a@example.org", "pass matched mx:mx.example.org|"},
    {"2001:db8:2::3", "a@example.org", "pass matched mx:mx.example.org|"},
    {"192.0.2.77", "a@example.org",
     "fail matched -all|192.0.2.77 is none of example.org's; see "
     "https://example.org/?s=a%40example.org"},
    {"192.0.2.77", "", "pass matched a|"},
    {"192.0.2.78", "<>", "fail matched -all|"},
    {"198.51.100.99", "a@cidr.example.org", "pass matched a:example.org/24//32|"},
    {"2001:db8:9::9", "a@cidr.example.org", "pass matched a:example.org/24//32|"},
    {"198.51.99.1", "a@cidr.example.org", "softfail matched ~all|"},
    {"192.0.2.2", "a@end.example.org", "neutral not-matched |"},
    {"192.0.2.9", "a@to.example.org", "neutral matched ?ip4:192.0.2.9|"},
    {"192.0.2.1", "a@to.example.org", "pass matched ip4:192.0.2.0/28|"},
    {"192.0.2.70", "a@to.example.org",
     "fail matched -all|192.0.2.70 is none of example.org's; see "
     "https://example.org/?s=a%40to.example.org"},
    {"192.0.2.1", "a@away.example.org", "permerror lost-include |"},
    {"192.0.2.1", "a@both.example.org", "neutral matched ?all|"},
    {"192.0.2.1", "a@in.example.org", "softfail matched ~include:end.example.org|"},
    {"192.0.2.2", "a@in.example.org", "neutral matched ?all|"},
    {"192.0.2.1", "a@lost.example.org", "permerror lost-include |"},
    {"192.0.2.1", "a@loop.example.org", "permerror many-terms |"},
    {"192.0.2.1", "a@round.example.org", "permerror many-terms |"},
    {"192.0.2.1", "a@late.example.org", "permerror malformed |"},
    {"192.0.2.1", "a@twice.example.org", "permerror two-records |"},
    {"192.0.2.1", "a@exps.example.org", "permerror malformed |"},
    {"192.0.2.1", "a@reds.example.org", "permerror malformed |"},
    {"192.0.2.1", "a@dead.example.org", "temperror no-answer |"},
    {"192.0.2.1", "a@dead-a.example.org", "temperror no-answer |"},
    {"192.0.2.1", "a@dead-mx.example.org", "temperror no-answer |"},
    {"198.51.100.3", "a@dead-mx.example.org", "pass matched mx|"},
    {"192.0.2.1", "a@dead-exists.example.org", "temperror no-answer |"},
    {"192.0.2.1", "a@dead-in.example.org", "temperror no-answer |"},
    {"192.0.2.1", "a@voids.example.org", "permerror many-voids |"},
    {"192.0.2.1", "a@void2.example.org", "softfail matched ~all|"},
    {"203.0.113.10", "a@ten.example.org", "pass matched ip4:203.0.113.10|"},
    {"203.0.113.11", "a@ten.example.org", "permerror many-terms |"},
    {"192.0.2.9", "a b@ex.example.org",
     "pass matched exists:%{l}.%{ir}.list.example.org|"},
    {"192.0.2.9", "a\"@b@ex.example.org", "fail matched -all|"},
    {"192.0.2.9", "\xC3\xA4@ex.example.org", "fail matched -all|"},
    {"192.0.2.9", "a\nb@ex.example.org", "fail matched -all|"},
    {"2001:db8::9", "a@ex6.example.org", "pass matched exists:%{ir}.%{v}.example.org|"},
    {"198.51.100.5", "a@ptr.example.org", "pass matched ptr|"},
    {"198.51.100.6", "a@ptr.example.org", "fail matched -all|"},
    {"198.51.100.7", "a@ptr.example.org", "fail matched -all|"},
    {"198.51.100.5", "a@p.example.org", "pass matched exists:%{p}.seen.example.org|"},
    {"198.51.100.7", "a@p.example.org", "fail matched -all|you are unknown"},
    {"192.0.2.1", "a@many-mx.example.org", "permerror many-hosts |"},
    {"192.0.2.1", "a@nul.example.org", "softfail matched ~all|"},
    {"192.0.2.1", "a@bad-exp.example.org", "fail matched -all|"},
    {"192.0.2.1", "a@no-exp.example.org", "fail matched -all|"},
    {"192.0.2.1", "a@long.example.org", "neutral matched ?all|"},
    {"192.0.2.1", "a@label.example.org", "permerror lost-include |"},
    {"192.0.2.1", "a@label2.example.org", "softfail matched ~all|"},
    {"192.0.2.1", "a@quiet.example.org", "fail matched -ALL|"},
    {"192.0.2.1", "a@word.example.org", "fail matched -all|"},
    {"192.0.2.1", "a@none.example.org", "none not-published |"},
    {"192.0.2.1", "a@localhost", "none bad-name |"},
    {"192.0.2.1", "a@192.0.2.1", "none bad-name |"},
    {"192.0.2.1", "a@[192.0.2.1]", "none bad-name |"},
    {"192.0.2.1", "a@a..example.org", "none bad-name |"},
    {"192.0.2.1", "a@\xC3\xA4.example.org", "none bad-name |"},
    {"192.0.2.1", "a@example.org\n", "none bad-name |"},
};

static struct spf_ask
ask_of(const char *client, const char *sender)
{
    struct spf_ask ask = {.sender = span_of(sender),
                          .helo = SPAN("helo.example.org"),
                          .receiver = SPAN("mx.example.com"),
                          .identity = SPF_MAIL_FROM};

    assert_true(addr_parse(span_of(client), &ask.client));
    return ask;
}

static void
test_rows(void **state UNUSED)
{
    struct spf_check c = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct spf_ask ask = ask_of(row->client, row->sender);
        struct buf says = {0};

        spf_check_begin(&c, &ask);
        finish(&c);
        buf_printf(&says, "%s %s %s|", spf_result_text(c.result),
                   spf_reason_text(c.reason), c.mechanism);
        buf_add(&says, buf_span(&c.explanation));
        if (!span_eq(buf_span(&says), span_of(row->says)))
            fail_msg("%s %s: %.*s", row->client, row->sender, SPAN_FMT(buf_span(&says)));
        buf_fini(&says);
    }
    spf_check_fini(&c);
}

static void
test_identities(void **state UNUSED)
{
    struct spf_ask ask = ask_of("192.0.2.77", "a@example.org");
    struct spf_check c = {0};

    spf_check_begin(&c, &ask);
    assert_int_equal(c.identity, SPF_MAIL_FROM);
    ask.identity = SPF_HELO;
    spf_check_begin(&c, &ask);
    finish(&c);
    assert_int_equal(c.result, SPF_RESULT_PASS);
    assert_int_equal(c.identity, SPF_HELO);
    assert_true(span_eq(spf_name_span(&c.domain), SPAN("helo.example.org")));
    ask = ask_of("192.0.2.77", "<>");
    spf_check_begin(&c, &ask);
    assert_int_equal(c.identity, SPF_HELO);
    spf_check_fini(&c);
}

/* Who sends no mail, and where the word was said. */
static void
test_details(void **state UNUSED)
{
    static const struct {
        const char *sender, *where;
        bool is_no_mail;
        unsigned terms, voids;
    } some[] = {
        {"quiet.example.org", "quiet.example.org", true, 0, 0},
        {"fail.example.org", "fail.example.org", false, 0, 0},
        {"word.example.org", "word.example.org", false, 0, 0},
        {"in.example.org", "end.example.org", false, 2, 0},
        {"lost.example.org", "none.example.org", false, 1, 0},
        {"void2.example.org", "void2.example.org", false, 2, 2},
    };
    struct spf_check c = {0};

    for (size_t i = 0; i < ARRAY_LEN(some); i++) {
        struct spf_ask ask = ask_of("192.0.2.1", some[i].sender);

        spf_check_begin(&c, &ask);
        finish(&c);
        if (c.is_no_mail != some[i].is_no_mail || c.terms != some[i].terms ||
            c.voids != some[i].voids ||
            !span_eq(spf_name_span(&c.where), span_of(some[i].where)))
            fail_msg("%s: %d %u %u %.*s", some[i].sender, c.is_no_mail, c.terms, c.voids,
                     SPAN_FMT(spf_name_span(&c.where)));
    }
    spf_check_fini(&c);
}

static void
test_trace(void **state UNUSED)
{
    struct spf_ask ask = ask_of("192.0.2.1", "a@in.example.org");
    struct spf_check c = {0};

    ask.is_traced = true;
    spf_check_begin(&c, &ask);
    finish(&c);
    assert_string_equal(c.trace.ptr, "in.example.org: include:fail.example.org\n"
                                     "  fail.example.org: -all\n"
                                     "in.example.org: ~include:end.example.org\n"
                                     "  end.example.org: ip4:192.0.2.1\n");
    spf_check_fini(&c);
}

/* The limits are the caller's, up to those of the RFC. */
static void
test_limits(void **state UNUSED)
{
    struct spf_ask ask = ask_of("203.0.113.10", "a@ten.example.org");
    struct spf_check c = {0};

    ask.terms_max = 9;
    spf_check_begin(&c, &ask);
    finish(&c);
    assert_int_equal(c.reason, SPF_MANY_TERMS);
    ask.terms_max = 99;
    spf_check_begin(&c, &ask);
    finish(&c);
    assert_int_equal(c.result, SPF_RESULT_PASS);
    ask = ask_of("192.0.2.1", "a@voids.example.org");
    ask.voids_max = 3;
    spf_check_begin(&c, &ask);
    finish(&c);
    assert_int_equal(c.result, SPF_RESULT_PASS);
    ask.voids_max = 1;
    ask.is_void_free = true;
    spf_check_begin(&c, &ask);
    finish(&c);
    assert_int_equal(c.result, SPF_RESULT_PASS);
    spf_check_fini(&c);
}

/* Records at the bound and beyond it. */
static void
test_long_record(void **state UNUSED)
{
    struct spf_ask ask = ask_of("192.0.2.1", "a@big.example.org");
    struct spf_check c = {0};

    for (size_t size = SPF_RECORD_MAX; size <= SPF_RECORD_MAX + 1; size++) {
        struct buf text = {0};
        const struct spf_query *q;

        buf_add_text(&text, "v=spf1 -all");
        while (text.len < size)
            buf_add_byte(&text, ' ');
        spf_check_begin(&c, &ask);
        q = spf_check_query(&c);
        assert_non_null(q);
        spf_check_text(&c, q->id, buf_span(&text));
        spf_check_answered(&c, q->id, SPF_ANSWER_FOUND);
        assert_true(spf_check_is_over(&c));
        assert_int_equal(c.reason,
                         size == SPF_RECORD_MAX ? SPF_MATCHED : SPF_LONG_RECORD);
        buf_fini(&text);
    }
    spf_check_fini(&c);
}

/* Answers that nobody waits for any more: to another query, twice, too late, and to the
 * check before. */
static void
test_stale(void **state UNUSED)
{
    struct spf_ask ask = ask_of("192.0.2.2", "a@end.example.org");
    struct spf_check c = {0};
    const struct spf_query *q;
    uint32_t first, second;

    spf_check_begin(&c, &ask);
    q = spf_check_query(&c);
    assert_non_null(q);
    first = q->id;
    assert_null(spf_check_query(&c)); /* each once */
    spf_check_answered(&c, first + 1, SPF_ANSWER_FAILED);
    assert_false(spf_check_is_over(&c));
    spf_check_begin(&c, &ask);
    q = spf_check_query(&c);
    assert_non_null(q);
    second = q->id;
    assert_int_not_equal(first, second);
    spf_check_answered(&c, first, SPF_ANSWER_FAILED);
    assert_false(spf_check_is_over(&c));
    spf_check_text(&c, second, SPAN("v=spf1 +all"));
    spf_check_answered(&c, second, SPF_ANSWER_FOUND);
    assert_true(spf_check_is_over(&c));
    spf_check_answered(&c, second, SPF_ANSWER_FAILED);
    assert_int_equal(c.result, SPF_RESULT_PASS);
    spf_check_fini(&c);
}

static void
test_give_up(void **state UNUSED)
{
    struct spf_ask ask = ask_of("192.0.2.2", "a@fail.example.org");
    struct spf_check c = {0};
    const struct spf_query *q;

    spf_check_begin(&c, &ask);
    spf_check_give_up(&c);
    assert_true(spf_check_is_over(&c));
    assert_int_equal(c.result, SPF_RESULT_TEMPERROR);
    assert_int_equal(c.reason, SPF_OUT_OF_TIME);
    /* What is known is kept, an explanation that does not come is none. */
    spf_check_begin(&c, &ask);
    q = spf_check_query(&c);
    assert_non_null(q);
    answer(&c, q);
    assert_false(spf_check_is_over(&c));
    spf_check_give_up(&c);
    assert_int_equal(c.result, SPF_RESULT_FAIL);
    assert_int_equal(c.reason, SPF_MATCHED);
    assert_int_equal(c.explanation.len, 0);
    spf_check_give_up(&c);
    assert_int_equal(c.result, SPF_RESULT_FAIL);
    spf_check_fini(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rows),   TEST(test_identities),  TEST(test_details), TEST(test_trace),
        TEST(test_limits), TEST(test_long_record), TEST(test_stale),   TEST(test_give_up),
    };

    return RUN(tests);
}
