#include "unit.h"

#include "base/mem.h"
#include "gate/dns_list.h"

static struct host_key
key(const char *text)
{
    return host_key_of(span_of(text));
}

static void
test_names(void **state UNUSED)
{
    struct host_key zone = key("zen.example"), name;
    char longest[DNS_ZONE_MAX + 1];
    struct addr a;

    assert_true(addr_parse(SPAN("192.0.2.7"), &a));
    name = dns_list_address_name(&a, &zone);
    assert_string_equal(name.text, "7.2.0.192.zen.example");
    assert_true(addr_parse(SPAN("2001:db8::f1"), &a));
    name = dns_list_address_name(&a, &zone);
    assert_string_equal(name.text,
                        "1.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d."
                        "0.1.0.0.2.zen.example");
    for (size_t i = 0; i < DNS_ZONE_MAX; i++)
        longest[i] = i % 2 ? '.' : 'a';
    longest[DNS_ZONE_MAX] = '\0';
    zone = key(longest);
    name = dns_list_address_name(&a, &zone);
    assert_int_equal(strlen(name.text), 64 + DNS_ZONE_MAX);
    zone = key("dbl.example");
    assert_true(dns_list_domain_name(SPAN("Spam.Example."), &zone, &name));
    assert_string_equal(name.text, "spam.example.dbl.example");
    assert_false(dns_list_domain_name(SPAN("no name"), &zone, &name));
    assert_false(dns_list_domain_name(SPAN("[192.0.2.1]"), &zone, &name));
    assert_false(dns_list_domain_name(SPAN(""), &zone, &name));
    zone = key(longest);
    longest[150] = '\0';
    longest[149] = 'a';
    assert_false(dns_list_domain_name(span_of(longest), &zone, &name));
}

/* What both answers of a test make of a list. */
static void
test_states(void **state UNUSED)
{
    static const struct addr listed = {4, 32, {127, 0, 0, 2}};
    static const struct addr error = {4, 32, {127, 255, 255, 254}};
    static const struct {
        const struct addr *must, *must_not;
        enum dns_list_state state;
    } rows[] = {
        {&listed, NULL, DNS_LIST_GOOD},      {NULL, NULL, DNS_LIST_EMPTY},
        {&listed, &listed, DNS_LIST_GREEDY}, {&error, NULL, DNS_LIST_REFUSES},
        {&error, &error, DNS_LIST_REFUSES},  {&listed, &error, DNS_LIST_REFUSES},
    };

    for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
        struct dns_list l = {.zone = key("zen.example"), .is_of_names = i & 1};
        bool must_first = i < ARRAY_LEN(rows);
        size_t at = i % ARRAY_LEN(rows), told = 0;
        struct host_key names[2];

        assert_false(dns_list_is_used(&l));
        assert_true(dns_list_test(&l, 100, &names[0], &names[1]));
        assert_false(dns_list_test(&l, 100, &names[0], &names[1]));
        assert_string_equal(names[0].text,
                            i & 1 ? "test.zen.example" : "2.0.0.127.zen.example");
        assert_string_equal(names[1].text,
                            i & 1 ? "invalid.zen.example" : "1.0.0.127.zen.example");
        for (int n = 0; n < 2; n++) {
            bool is_must = must_first == (n == 0);
            const struct addr *a = is_must ? rows[at].must : rows[at].must_not;
            struct dns_list_answer answer = {is_must, false, a, a ? 1 : 0};

            told += dns_list_tested(&l, &answer, 100);
        }
        assert_int_equal(told, 1);
        assert_int_equal(l.state, rows[at].state);
        assert_int_equal(l.due_s, l.state == DNS_LIST_GOOD ? 3700 : 700);
    }
}

static void
test_silence(void **state UNUSED)
{
    struct dns_list l = {.zone = key("zen.example")};
    struct dns_list_answer answer = {true, true, NULL, 0};
    struct host_key names[2];

    assert_true(dns_list_test(&l, 100, &names[0], &names[1]));
    assert_false(dns_list_tested(&l, &answer, 100));
    assert_int_equal(l.state, DNS_LIST_NEW);
    answer.is_must = false;
    assert_false(dns_list_tested(&l, &answer, 101));
    assert_false(dns_list_test(&l, 129, &names[0], &names[1]));
    assert_true(dns_list_test(&l, 130, &names[0], &names[1]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_names), TEST(test_states),
                                       TEST(test_silence)};

    return RUN(tests);
}
