#include "spf/spf_policy.h"

#include "unit.h"

/* A configuration as policyd-spf has it: "NAME = VALUE" separated by ";". */
static struct spf_knobs
knobs_of(const char *text)
{
    struct spf_knobs k = spf_knobs_by_rule();
    struct span rest = span_of(text), one, name, value;

    k.authserv_id = SPAN("mx.example.com");
    while (rest.len) {
        if (!span_cut(rest, SPAN(";"), &one, &rest)) {
            one = rest;
            rest = (struct span){0};
        }
        assert_true(span_cut(one, SPAN("="), &name, &value));
        if (spf_knobs_set(&k, span_trim(name), span_trim(value)) != SPF_KNOB_SET)
            fail_msg("%.*s", SPAN_FMT(one));
    }
    return k;
}

static const struct spf_mail mail = {.client = {4, 32, {192, 0, 2, 1}},
                                     .sender = {"a@example.org", 13},
                                     .helo = {"mx.example.net", 14},
                                     .receiver = {"example.com", 11}};

#define MAIL(identity)                                                                   \
    "identity=" identity "; client-ip=192.0.2.1; helo=mx.example.net; "                  \
    "envelope-from=\"a@example.org\"; receiver=example.com"
#define HEADER(word, identity)                                                           \
    "PREPEND Received-SPF: " word " (" identity ") " MAIL(identity)
#define REJECTED "REJECT 550 5.7.23 Message rejected due to: SPF fail - not authorized. "

enum { NOT = SPF_RESULTS }; /* not checked */
enum {
    NONE = SPF_RESULT_NONE,
    NEUTRAL = SPF_RESULT_NEUTRAL,
    PASS = SPF_RESULT_PASS,
    FAIL = SPF_RESULT_FAIL,
    SOFTFAIL = SPF_RESULT_SOFTFAIL,
    TEMPERROR = SPF_RESULT_TEMPERROR,
    PERMERROR = SPF_RESULT_PERMERROR
};

static const struct row {
    const char *knobs;
    unsigned helo, mail_from;
    const char *says;
} rows[] = {
    {"", PASS, PASS, HEADER("Pass", "mailfrom")},
    {"", NONE, NONE, HEADER("None", "mailfrom")},
    {"", PASS, NONE, HEADER("Pass", "helo")},
    {"", NOT, NONE, HEADER("None", "mailfrom")},
    {"", NEUTRAL, NOT, HEADER("Neutral", "helo")},
    {"", NOT, NOT, "NOTHING "},
    {"", SOFTFAIL, SOFTFAIL, HEADER("Softfail", "mailfrom")},
    {"", TEMPERROR, PERMERROR, HEADER("Permerror", "mailfrom")},
    {"", FAIL, PASS, REJECTED MAIL("helo")},
    {"", PASS, FAIL, REJECTED MAIL("mailfrom")},
    {"HELO_reject = Null", FAIL, PASS, HEADER("Pass", "mailfrom")},
    {"HELO_reject = False; Mail_From_reject = false", FAIL, FAIL,
     HEADER("Fail", "mailfrom")},
    {"HELO_reject = Softfail", SOFTFAIL, PASS,
     "REJECT 550 5.7.23 Message rejected due to: SPF softfail - domain owner discourages "
     "use of this host. " MAIL("helo")},
    {"HELO_reject = Softfail", NEUTRAL, PASS, HEADER("Pass", "mailfrom")},
    {"Mail_From_reject = SPF_Not_Pass", PASS, NEUTRAL,
     "REJECT 550 5.7.23 Message rejected due to: SPF neutral - access neither permitted "
     "nor denied. " MAIL("mailfrom")},
    {"Mail_From_reject = SPF_Not_Pass", PASS, TEMPERROR, HEADER("Temperror", "mailfrom")},
    {"Reject_Not_Pass_Domains = example.com,example.org", PASS, SOFTFAIL,
     "REJECT 550 5.7.23 Message rejected due to: Receiver policy for SPF softfail. " MAIL(
         "mailfrom")},
    {"Reject_Not_Pass_Domains = example.net; HELO_reject = False", NEUTRAL, PASS,
     "REJECT 550 5.7.23 Message rejected due to: Receiver policy for SPF neutral. " MAIL(
         "helo")},
    {"Reject_Not_Pass_Domains = ample.org", PASS, SOFTFAIL,
     HEADER("Softfail", "mailfrom")},
    {"No_Mail = True", PASS, FAIL, HEADER("Fail", "mailfrom")},
    {"PermError_reject = True", PASS, PERMERROR,
     "REJECT 550 5.7.24 Message rejected due to: SPF Permanent Error. " MAIL("mailfrom")},
    {"PermError_reject = True; Mail_From_reject = False", PASS, PERMERROR,
     HEADER("Permerror", "mailfrom")},
    {"TempError_Defer = True", TEMPERROR, PASS,
     "DEFER DEFER_IF_PERMIT 4.7.24 Message deferred due to: SPF Temporary Error. " MAIL(
         "helo")},
    {"SPF_Enhanced_Status_Codes = No", PASS, FAIL,
     "REJECT 550 Message rejected due to: SPF fail - not authorized. " MAIL("mailfrom")},
    {"Reason_Message = {rejectdefer}: {spf}! See {url}", PASS, FAIL,
     "REJECT 550 5.7.23 rejected: SPF fail - not authorized! See "
     "http://www.openspf.net/Why?s=mfrom;id=a@example.org;ip=192.0.2.1;r=example.com"},
    {"Reason_Message = {rejectdefer}{spf}; TempError_Defer = True", TEMPERROR, PASS,
     "DEFER DEFER_IF_PERMIT 4.7.24 deferredSPF Temporary Error"},
    {"HELO_pass_restriction = helo_passed", PASS, FAIL, "RESTRICTION helo_passed"},
    {"HELO_pass_restriction = helo_passed", NONE, PASS, HEADER("Pass", "mailfrom")},
    {"Mail_From_pass_restriction = passed; HELO_pass_restriction = h", PASS, PASS,
     "RESTRICTION passed"},
    {"Mail_From_pass_restriction = passed", FAIL, PASS, REJECTED MAIL("helo")},
    {"TestOnly = 0", PASS, FAIL, "NOTHING "},
    {"TestOnly = 0", PASS, PASS, HEADER("Pass", "mailfrom")},
    {"TestOnly = 0; Mail_From_pass_restriction = passed", PASS, PASS, "NOTHING "},
    {"Header_Type = None", PASS, PASS, "NOTHING "},
    {"Header_Type = None", PASS, FAIL, REJECTED MAIL("mailfrom")},
    {"Header_Type = AR", PASS, SOFTFAIL,
     "PREPEND Authentication-Results: mx.example.com; spf=softfail (client-ip=192.0.2.1) "
     "smtp.mailfrom=example.org"},
    {"Header_Type = AR; Authserv_Id = my id", PASS, NONE,
     "PREPEND Authentication-Results: \"my id\"; spf=pass (client-ip=192.0.2.1) "
     "smtp.helo=mx.example.net"},
    {"Hide_Receiver = Yes", PASS, PASS,
     "PREPEND Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1; "
     "helo=mx.example.net; envelope-from=\"a@example.org\"; receiver=\"<UNKNOWN>\""},
};

static struct spf_outcome
outcome_of(unsigned result)
{
    struct spf_outcome o = {0};

    if (result != NOT) {
        o.is_checked = true;
        o.result = (enum spf_result)result;
    }
    return o;
}

static void
describe(enum spf_action action, struct buf *text, struct buf *out)
{
    static const char *const names[] = {[SPF_DO_NOTHING] = "NOTHING ",
                                        [SPF_DO_PREPEND] = "PREPEND ",
                                        [SPF_DO_REJECT] = "REJECT ",
                                        [SPF_DO_DEFER] = "DEFER ",
                                        [SPF_DO_RESTRICTION] = "RESTRICTION "};

    buf_clear(out);
    buf_add_text(out, names[action]);
    buf_add(out, buf_span(text));
    buf_clear(text);
}

static void
test_rows(void **state UNUSED)
{
    struct buf text = {0}, says = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct spf_knobs k = knobs_of(rows[i].knobs);
        struct spf_outcome helo = outcome_of(rows[i].helo),
                           mail_from = outcome_of(rows[i].mail_from);

        describe(spf_policy_decide(&k, &mail, &helo, &mail_from, &text), &text, &says);
        if (!span_eq(buf_span(&says), span_of(rows[i].says)))
            fail_msg("%s, %u %u: %s", rows[i].knobs, rows[i].helo, rows[i].mail_from,
                     says.ptr);
    }
    buf_fini(&text);
    buf_fini(&says);
}

/* The null sender, who sends no mail, and what a domain explains. */
static void
test_details(void **state UNUSED)
{
    struct spf_knobs k = knobs_of("HELO_reject = Null; No_Mail = True");
    struct spf_outcome helo = outcome_of(FAIL), none = outcome_of(NOT);
    struct buf text = {0}, says = {0};
    struct spf_mail null = mail;

    null.sender = (struct span){0};
    describe(spf_policy_decide(&k, &null, &helo, &none, &text), &text, &says);
    assert_true(span_starts(buf_span(&says), SPAN("PREPEND Received-SPF: Fail (helo)")));
    assert_non_null(strstr(says.ptr, "envelope-from=\"<>\""));
    helo.is_no_mail = true;
    helo.explanation = SPAN("ask \"us\"");
    describe(spf_policy_decide(&k, &null, &helo, &none, &text), &text, &says);
    assert_true(span_starts(buf_span(&says), SPAN("REJECT 550 5.7.23 ")));
    assert_true(
        span_ends(buf_span(&says), SPAN("; explanation of mx.example.net: ask \"us\"")));
    assert_true(spf_policy_wants(&k, SPF_HELO, null.sender));
    assert_false(spf_policy_wants(&k, SPF_MAIL_FROM, null.sender));
    assert_true(spf_policy_wants(&k, SPF_MAIL_FROM, mail.sender));
    k = knobs_of("HELO_reject = No_Check; Mail_From_reject = No_Check");
    assert_false(spf_policy_wants(&k, SPF_HELO, mail.sender));
    assert_false(spf_policy_wants(&k, SPF_MAIL_FROM, mail.sender));
    buf_fini(&text);
    buf_fini(&says);
}

static void
test_bypass(void **state UNUSED)
{
    struct spf_knobs k = knobs_of("Whitelist = 192.0.2.0/31,2001:db8::/32;"
                                  "HELO_Whitelist=mx.example.net,a.b;"
                                  "Domain_Whitelist=example.net,example.com;"
                                  "Domain_Whitelist_PTR=example.org");
    static const struct {
        const char *address;
        enum spf_bypass bypass;
    } some[] = {
        {"127.0.0.9", SPF_BYPASS_LOCAL},        {"::1", SPF_BYPASS_LOCAL},
        {"::ffff:127.0.0.1", SPF_BYPASS_LOCAL}, {"192.0.2.1", SPF_BYPASS_ADDRESS},
        {"2001:db8::9", SPF_BYPASS_ADDRESS},    {"192.0.2.2", SPF_BYPASS_NONE},
    };
    struct buf text = {0}, says = {0};
    struct span rest = k.domain_whitelist, domain;
    struct addr a;

    for (size_t i = 0; i < ARRAY_LEN(some); i++) {
        assert_true(addr_parse(span_of(some[i].address), &a));
        assert_int_equal(spf_policy_bypass(&k, &a), some[i].bypass);
    }
    assert_true(spf_policy_has_helo(&k, SPAN("MX.example.net")));
    assert_false(spf_policy_has_helo(&k, SPAN("x.mx.example.net")));
    assert_true(spf_policy_next_domain(&rest, &domain));
    assert_true(span_eq(domain, SPAN("example.net")));
    assert_true(spf_policy_next_domain(&rest, &domain));
    assert_false(spf_policy_next_domain(&rest, &domain));
    assert_true(spf_policy_has_ptr(&k, SPAN("x.example.org")));
    assert_false(spf_policy_has_ptr(&k, SPAN("xexample.org")));
    describe(spf_policy_pass_by(&k, &mail, SPF_BYPASS_LOCAL, &text), &text, &says);
    assert_string_equal(says.ptr,
                        "PREPEND X-Comment: SPF check N/A for local connections - "
                        "client-ip=192.0.2.1; helo=mx.example.net; "
                        "envelope-from=\"a@example.org\"; receiver=example.com");
    k.header_type = SPF_HEADER_AR;
    describe(spf_policy_pass_by(&k, &mail, SPF_BYPASS_PTR, &text), &text, &says);
    assert_string_equal(
        says.ptr, "PREPEND Authentication-Results: mx.example.com; none (SPF "
                  "skipped for PTR whitelisted relay domain - client-ip=192.0.2.1)");
    k.header_type = SPF_HEADER_NONE;
    describe(spf_policy_pass_by(&k, &mail, SPF_BYPASS_PTR, &text), &text, &says);
    assert_string_equal(says.ptr, "NOTHING ");
    buf_fini(&text);
    buf_fini(&says);
}

static void
test_knobs(void **state UNUSED)
{
    static const struct {
        const char *name, *value;
        enum spf_knob is;
    } some[] = {
        {"helo_REJECT", "fail", SPF_KNOB_SET},
        {"HELO_reject", "Null", SPF_KNOB_SET},
        {"Mail_From_reject", "Null", SPF_KNOB_BAD},
        {"Mail_From_reject", "", SPF_KNOB_BAD},
        {"No_Mail", "yes", SPF_KNOB_BAD},
        {"Whitelist", "192.0.2.0/33", SPF_KNOB_BAD},
        {"Whitelist", "None", SPF_KNOB_SET},
        {"Domain_Whitelist", "a..b", SPF_KNOB_BAD},
        {"HELO_pass_restriction", "x\ny", SPF_KNOB_BAD},
        {"Lookup_Time", "0", SPF_KNOB_BAD},
        {"Lookup_Time", "30", SPF_KNOB_SET},
        {"Void_Limit", "5", SPF_KNOB_SET},
        {"debugLevel", "-1", SPF_KNOB_SET},
        {"debugLevel", "much", SPF_KNOB_BAD},
        {"Header_Type", "SPF,AR", SPF_KNOB_BAD},
        {"Prospective", "192.0.2.1", SPF_KNOB_UNBUILT},
        {"Mock", "True", SPF_KNOB_UNBUILT},
        {"Reason_Message", "No. {spf}", SPF_KNOB_SET},
        {"Reason_Message", "No. {spf", SPF_KNOB_BAD},
        {"Reason_Message", "No. {who}", SPF_KNOB_BAD},
        {"Reason_Message", "No.}", SPF_KNOB_BAD},
        {"Reason_Message", "No.\r", SPF_KNOB_BAD},
        {"QueueID", "True", SPF_KNOB_UNBUILT},
        {"Nonsense", "1", SPF_KNOB_UNKNOWN},
    };
    struct spf_knobs k = spf_knobs_by_rule();

    for (size_t i = 0; i < ARRAY_LEN(some); i++)
        if (spf_knobs_set(&k, span_of(some[i].name), span_of(some[i].value)) !=
            some[i].is)
            fail_msg("%s = %s", some[i].name, some[i].value);
    assert_int_equal(k.helo_reject, SPF_REJECT_NULL);
    assert_int_equal(k.mail_from_reject, SPF_REJECT_FAIL);
    assert_int_equal(k.lookup_time_s, 30);
    assert_int_equal(k.void_limit, 5);
    assert_int_equal(k.whitelist.len, 0);
}

/* Nothing foreign gets out of its quotes, however long it is. */
static void
test_foreign(void **state UNUSED)
{
    struct buf text = {0}, huge = {0};
    struct spf_knobs k = knobs_of("");
    struct spf_mail evil = mail;
    struct spf_outcome fail = outcome_of(FAIL), none = outcome_of(NOT),
                       pass = outcome_of(PASS);

    spf_add_quoted(&text, SPAN("a\r\nBcc: x\"\\\0\xC3\xA4"), 99);
    assert_string_equal(text.ptr, "\"a??Bcc: x\\\"\\\\???\"");
    buf_clear(&text);
    spf_add_quoted(&text, SPAN("a..b"), 99);
    spf_add_quoted(&text, SPAN(""), 99);
    spf_add_quoted(&text, SPAN("\"\"\"\""), 7);
    assert_string_equal(text.ptr, "\"a..b\"\"\"\"\\\"\\\"\"");
    while (huge.len < 5000)
        buf_add_text(&huge, "\"\n\\");
    evil.sender = evil.helo = evil.receiver = buf_span(&huge);
    for (unsigned round = 0; round < 4; round++) {
        struct spf_outcome mail_from = round % 2 ? fail : pass;

        k.header_type = round / 2 ? SPF_HEADER_AR : SPF_HEADER_SPF;
        buf_clear(&text);
        (void)spf_policy_decide(&k, &evil, &none, &mail_from, &text);
        assert_in_range(text.len, 100, SPF_HEADER_MAX);
        assert_null(strpbrk(text.ptr, "\r\n"));
        assert_true(span_ends(buf_span(&text), SPAN("\"")));
    }
    buf_fini(&text);
    buf_fini(&huge);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows), TEST(test_details),
                                       TEST(test_bypass), TEST(test_knobs),
                                       TEST(test_foreign)};

    return RUN(tests);
}
