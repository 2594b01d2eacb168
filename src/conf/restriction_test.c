#include "unit.h"

#include "base/mem.h"
#include "conf/restriction_class.h"

static void
refused_at(const char *text, const char *what, unsigned line)
{
    struct restriction_list list = {0};
    struct buf why = {0};
    unsigned at = 99;

    if (restriction_list_read(span_of(text), NULL, &list, &why, &at))
        fail_msg("taken: %s", text);
    if (!strstr(why.ptr, what))
        fail_msg("%s: said %s", text, why.ptr);
    assert_int_equal(at, line);
    buf_fini(&why);
}

static struct restriction_list
read_list(const char *text)
{
    struct restriction_list list = {0};
    struct buf why = {0};
    unsigned line;

    if (!restriction_list_read(span_of(text), NULL, &list, &why, &line))
        fail_msg("%s: %s", text, why.ptr);
    assert_int_equal(why.len, 0);
    return list;
}

static void
test_lists(void **state)
{
    struct restriction_list list;

    (void)state;
    list = read_list(
        "permit_mynetworks, permit_sasl_authenticated,\n"
        "  # one that is only told of, and no comma behind it\n"
        "  warn reject_unknown_helo_hostname\n"
        "  score -3 permit_dnswl_client list.example.org=127.0.[0..255].[1;2],\n"
        "check_client_access cidr:/etc/postfix/clients sleep 5 defer,,");
    assert_int_equal(list.count, 7);
    assert_int_equal(list.items[0].kind, RESTRICTION_PERMIT_MYNETWORKS);
    assert_int_equal(list.items[1].kind, RESTRICTION_PERMIT_SASL);
    assert_int_equal(list.items[2].form, FORM_WARN);
    assert_int_equal(list.items[2].kind, RESTRICTION_UNKNOWN_HELO);
    assert_string_equal(list.items[2].name, "reject_unknown_helo_hostname");
    assert_int_equal(list.items[3].form, FORM_SCORE);
    assert_int_equal(list.items[3].score, -3);
    assert_string_equal(list.items[3].list.zone.text, "list.example.org");
    assert_string_equal(list.items[3].name,
                        "permit_dnswl_client list.example.org=127.0.[0..255].[1;2]");
    assert_string_equal(list.items[4].table, "cidr:/etc/postfix/clients");
    assert_int_equal(list.items[4].subject, SUBJECT_CLIENT);
    assert_int_equal(list.items[5].seconds, 5);
    assert_int_equal(list.items[6].kind, RESTRICTION_DEFER);
    assert_int_equal(list.items[6].form, FORM_OWN);
    restriction_list_fini(&list);
    list = read_list(" \n# nothing\n");
    assert_int_equal(list.count, 0);
    restriction_list_fini(&list);
}

static void
test_tables_in_braces(void **state)
{
    struct restriction_list list;

    (void)state;
    list = read_list("check_sender_access inline:{a@example.org=DUNNO,\n {b = REJECT no, "
                     "no}}, permit");
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].table,
                        "inline:{a@example.org=DUNNO,\n {b = REJECT no, no}}");
    assert_int_equal(list.items[1].kind, RESTRICTION_PERMIT);
    restriction_list_fini(&list);
}

static void
test_rates(void **state)
{
    struct restriction_list list;
    const struct rate_spec *r;

    (void)state;
    list =
        read_list("rate client/24+sender_domain 500M bytes/1d\nrate helo 3 messages/90s");
    r = &list.items[0].rate;
    assert_int_equal(r->key_count, 2);
    assert_int_equal(r->keys[0].part, RATE_CLIENT);
    assert_int_equal(r->keys[0].bits, 24);
    assert_int_equal(r->keys[1].part, RATE_SENDER_DOMAIN);
    assert_int_equal(r->limit, UINT64_C(500) << 20);
    assert_int_equal(r->unit, RATE_BYTES);
    assert_int_equal(r->window_s, 86400);
    assert_int_equal(list.items[1].rate.window_s, 90);
    assert_int_equal(list.items[1].rate.limit, 3);
    restriction_list_fini(&list);
}

static void
test_what_is_refused(void **state)
{
    static const struct {
        const char *text, *what;
        unsigned line;
    } cases[] = {
        {"reject_unauth_destination", "leave it in main.cf", 0},
        {"permit,\nreject_nothing", "is no restriction", 1},
        {"permit\n\n\nwarn", "is no restriction", 3},
        {"warn permit_mynetworks", "takes no such form", 0},
        {"tag sleep 5", "takes no such form", 0},
        {"score reject_non_fqdn_sender", "is no score", 0},
        {"score 0 reject_non_fqdn_sender", "is no score", 0},
        {"score 5", "wants a restriction", 0},
        {"check_client_access", "wants a table", 0},
        {"check_client_access /etc/x", "is no table of a type", 0},
        {"check_client_access mysql:/etc/x", "is no table of a type", 0},
        {"check_client_access hash:clients", "no absolute path", 0},
        {"check_client_access inline:/etc/x", "in braces", 0},
        {"check_client_access hash:{a=b}", "takes no braces", 0},
        {"check_client_access cidr:{{a b", "in braces", 0},
        {"reject_rbl_client", "wants a list", 0},
        {"reject_rbl_client zen.example.org*2", "has a weight", 0},
        {"reject_rbl_client zen.example.org=127.0.0", "has no filter", 0},
        {"reject_rbl_client zen.example.org=127.0.0.256", "has no filter", 0},
        {"reject_rbl_client zen.example.org=127.0.0.[5..2]", "has no filter", 0},
        {"reject_rbl_client zen.example.org=127.0.0.[2", "has no filter", 0},
        {"reject_rbl_client 192.0.2.1", "is no name", 0},
        {"sleep", "from 1 to 60", 0},
        {"sleep 0", "from 1 to 60", 0},
        {"sleep 61", "from 1 to 60", 0},
        {"rate client 5", "wants keys", 0},
        {"rate client/0 5 messages/1h", "is no key", 0},
        {"rate sender/24 5 messages/1h", "is no key", 0},
        {"rate helo+helo+helo+helo+helo 5 messages/1h", "is no key", 0},
        {"rate client 5K messages/1h", "is no number", 0},
        {"rate client 0 messages/1h", "is no number", 0},
        {"rate client 5 mails/1h", "is not counted", 0},
        {"rate client 5 messages/32d", "is no time", 0},
        {"rate client 5 messages/-1", "is no time", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        refused_at(cases[i].text, cases[i].what, cases[i].line);
}

static void
test_classes(void **state)
{
    struct restriction_classes classes = {0};
    struct restriction_list list = {0};
    struct buf why = {0};
    unsigned line;

    (void)state;
    assert_true(restriction_classes_read(
        SPAN("# of the office\nstrict {reject_unknown_client_hostname,\n spf} late "
             "{strict check_sender_access inline:{a@example.org=strict}}\n"),
        &classes, &why, &line));
    assert_int_equal(classes.count, 2);
    assert_string_equal(classes.items[0].name, "strict");
    assert_int_equal(classes.items[0].list.count, 2);
    assert_int_equal(classes.items[1].list.items[0].kind, RESTRICTION_CLASS);
    assert_true(
        restriction_list_read(SPAN("warn strict, late"), &classes, &list, &why, &line));
    assert_int_equal(list.items[0].form, FORM_WARN);
    assert_string_equal(list.items[0].name, "strict");
    assert_int_equal(list.items[1].kind, RESTRICTION_CLASS);
    restriction_list_fini(&list);
    restriction_classes_fini(&classes);
}

static void
test_classes_refused(void **state)
{
    static const struct {
        const char *text, *what;
        unsigned line;
    } cases[] = {
        {"strict", "wants its restrictions in braces", 0},
        {"strict = {reject}", "wants its restrictions in braces", 0},
        {"a {reject}\n{reject}", "is no name of a class", 1},
        {"7up {reject}", "is no name of a class", 0},
        {"a {reject}\n\nreject {defer}", "means something else", 2},
        {"Hold {defer}", "means something else", 0},
        {"reject_unauth_destination {defer}", "means something else", 0},
        {"warn {defer}", "means something else", 0},
        {"a {reject} a {defer}", "stands there twice", 0},
        {"a {reject", "has no brace at its end", 0},
        {"a {permit,\n reject_nothing}", "`reject_nothing` is no restriction", 1},
        {"a {b} b {reject}", "`b` is no restriction", 0},
        {"a {a}", "`a` is no restriction", 0},
        {"x {sleep\n}", "from 1 to 60", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct restriction_classes classes = {0};
        struct buf why = {0};
        unsigned line = 99;

        if (restriction_classes_read(span_of(cases[i].text), &classes, &why, &line))
            fail_msg("taken: %s", cases[i].text);
        if (!strstr(why.ptr, cases[i].what) || line != cases[i].line)
            fail_msg("%s: said %s in line %u", cases[i].text, why.ptr, line);
        buf_fini(&why);
    }
}

static void
test_too_many_classes(void **state)
{
    struct restriction_classes classes = {0};
    struct buf text = {0}, why = {0};
    unsigned line;

    (void)state;
    for (int i = 0; i <= CLASSES_MAX; i++)
        buf_printf(&text, "c%d {}\n", i);
    assert_false(restriction_classes_read(buf_span(&text), &classes, &why, &line));
    assert_int_equal(line, CLASSES_MAX);
    assert_non_null(strstr(why.ptr, "one class too many"));
    buf_fini(&text);
    buf_fini(&why);
}

static void
test_servers(void **state)
{
    struct restriction_list list;

    (void)state;
    list = read_list("check_helo_a_access inline:{}, check_sender_mx_access inline:{}, "
                     "check_reverse_client_hostname_ns_access inline:{}");
    assert_int_equal(list.items[0].servers, HOST_ADDRESSES);
    assert_int_equal(list.items[1].servers, HOST_MX);
    assert_int_equal(list.items[2].servers, HOST_NS);
    assert_int_equal(list.items[2].subject, SUBJECT_REVERSE);
    restriction_list_fini(&list);
}

static void
test_too_many(void **state)
{
    struct buf text = {0};

    (void)state;
    for (int i = 0; i <= RESTRICTIONS_MAX; i++)
        buf_add_text(&text, "permit\n");
    refused_at(text.ptr, "more than 64", RESTRICTIONS_MAX);
    buf_fini(&text);
}

static void
test_lists_of_dns(void **state)
{
    static const struct {
        const char *filter, *answer;
        enum dns_listing listing;
    } cases[] = {
        {"x.example", "127.0.0.2", DNS_LISTED},
        {"x.example", "127.0.0.1", DNS_ERROR},
        {"x.example", "127.255.255.254", DNS_ERROR},
        {"x.example", "127.255.254.1", DNS_LISTED},
        {"x.example", "192.0.2.1", DNS_ERROR},
        {"x.example", "2001:db8::1", DNS_ERROR},
        {"x.example=127.0.0.[2..11;15]", "127.0.0.11", DNS_LISTED},
        {"x.example=127.0.0.[2..11;15]", "127.0.0.15", DNS_LISTED},
        {"x.example=127.0.0.[2..11;15]", "127.0.0.12", DNS_FILTERED},
        {"x.example=127.0.0.[2..11;15]", "127.0.1.2", DNS_FILTERED},
        {"x.example=127.0.0.1", "127.0.0.1", DNS_ERROR},
        {"x.example=[0..255].[0..255].[0..255].[0..255]", "192.0.2.1", DNS_ERROR},
        {"x.example=127.255.255.254", "127.255.255.254", DNS_ERROR},
    };
    struct dns_spec spec;
    struct buf why = {0};
    struct addr a;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_true(dns_spec_read(span_of(cases[i].filter), true, &spec, &why));
        assert_true(addr_parse(span_of(cases[i].answer), &a));
        assert_int_equal(dns_filter_look(&spec.filter, &a), cases[i].listing);
    }
    assert_true(dns_spec_read(SPAN("Key.X.Example=127.0.0.2*-4"), true, &spec, &why));
    assert_int_equal(spec.weight, -4);
    assert_string_equal(spec.zone.text, "key.x.example");
    assert_false(dns_spec_read(SPAN("x.example*"), true, &spec, &why));
    assert_false(dns_spec_read(SPAN("x.example*1001"), true, &spec, &why));
    assert_false(dns_spec_read(SPAN("x.example*2=127.0.0.2"), true, &spec, &why));
    buf_fini(&why);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_lists),
                                       TEST(test_tables_in_braces),
                                       TEST(test_rates),
                                       TEST(test_what_is_refused),
                                       TEST(test_classes),
                                       TEST(test_classes_refused),
                                       TEST(test_too_many_classes),
                                       TEST(test_servers),
                                       TEST(test_too_many),
                                       TEST(test_lists_of_dns)};

    return RUN(tests);
}
