#include "gate/grey_list.h"

#include "unit.h"

static const char clients_text[] = "# a comment\n"
                                   "\n"
                                   "  /^out\\d+\\.example\\.net$/   # of numbers\n"
                                   "192.0.2.7\n"
                                   "198.51.100.0/25\n"
                                   "203.0.113\n"
                                   "10.1\n"
                                   "2001:db8:1::/48\n"
                                   "2001:db8::25\n"
                                   "Example.ORG\r\n"
                                   "mx.one.example\n"
                                   "two words\n"
                                   "300.1.2.3\n"
                                   "/bad(/\n"
                                   "1:2:3\n"
                                   "last.example";

static const struct client_row {
    const char *address, *name;
    bool is_listed;
} clients[] = {
    {"192.0.2.7", "unknown", true},
    {"192.0.2.8", "unknown", false},
    {"198.51.100.127", "unknown", true},
    {"198.51.100.128", "unknown", false},
    {"203.0.113.200", "unknown", true},
    {"10.1.255.1", "unknown", true},
    {"10.2.0.1", "unknown", false},
    {"2001:db8:1:ffff::1", "unknown", true},
    {"2001:db8:2::1", "unknown", false},
    {"2001:db8::25", "unknown", true},
    {"192.0.2.1", "example.org", true},
    {"192.0.2.1", "A.B.EXAMPLE.org", true},
    {"192.0.2.1", "notexample.org", false},
    {"192.0.2.1", "example.org.example.com", false},
    {"192.0.2.1", "one.example", false},
    {"192.0.2.1", "a.mx.one.example", true},
    {"192.0.2.1", "OUT12.example.net", true},
    {"192.0.2.1", "out.example.net", false},
    {"192.0.2.1", "last.example", true},
    {"192.0.2.1", "", false},
};

/* Expressions that may stand together, and such that may not: each by itself. */
static void
test_regexes(void **state UNUSED)
{
    static const char text[] = "/^a\\d+\\.example$/\n"
                               "/^(b|c)\\1\\.example$/\n"
                               "/^(?:d|e)\\.example|f\\.example$/\n"
                               "/^(?-i)g\\.example$/\n"
                               "/^h(i)\\.example$/\n"
                               "/\\Qj.e\\E/\n"
                               "/k\\\\|l\\.example$/\n";
    static const char *const listed[] = {"a12.example",   "A1.example", "bb.example",
                                         "d.example.org", "xf.example", "g.example",
                                         "hi.example",    "xj.ex",      "xl.example"};
    static const char *const others[] = {"a.example", "bc.example", "xd.example",
                                         "G.example", "h.example",  "jxe",
                                         "m.example"};
    struct grey_list *l = grey_list_new(GREY_LIST_CLIENTS);
    struct buf notes = {0};
    struct conf_errors e = {.text = &notes};
    struct addr a = {0};

    grey_list_add(l, span_of(text), "clients", &e);
    grey_list_seal(l);
    assert_int_equal(e.count, 0);
    for (size_t i = 0; i < ARRAY_LEN(listed); i++)
        assert_true(grey_list_has_client(l, &a, span_of(listed[i])));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_false(grey_list_has_client(l, &a, span_of(others[i])));
    grey_list_free(l);
    buf_fini(&notes);
}

static void
test_clients(void **state UNUSED)
{
    struct grey_list *l = grey_list_new(GREY_LIST_CLIENTS);
    struct buf notes = {0};
    struct conf_errors e = {.text = &notes};
    struct addr a;

    assert_true(grey_list_is_empty(l));
    grey_list_add(l, span_of(clients_text), "clients", &e);
    grey_list_seal(l);
    assert_false(grey_list_is_empty(l));
    assert_int_equal(e.count, 4);
    assert_true(span_find(buf_span(&notes), SPAN("clients:12: ")) >= 0);
    assert_true(span_find(buf_span(&notes), SPAN("clients:13: ")) >= 0);
    assert_true(span_find(buf_span(&notes), SPAN("clients:14: ")) >= 0);
    assert_true(span_find(buf_span(&notes), SPAN("clients:15: ")) >= 0);
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        assert_true(addr_parse(span_of(clients[i].address), &a));
        if (grey_list_has_client(l, &a, span_of(clients[i].name)) != clients[i].is_listed)
            fail_msg("%s %s", clients[i].address, clients[i].name);
    }
    grey_list_free(l);
    buf_fini(&notes);
}

static const char recipients_text[] = "postmaster@\n"
                                      "anna@example.org\n"
                                      "b+c@example.org\n"
                                      "lists.example.net\n"
                                      "/^test-.*@/\n"
                                      "@empty.example\n";

static const struct recipient_row {
    const char *recipient;
    bool is_listed;
} recipients[] = {
    {"postmaster@example.com", true},
    {"PostMaster+x@example.com", true},
    {"postmaster+@example.com", false},
    {"xpostmaster@example.com", false},
    {"postmaster", false},
    {"anna@example.org", true},
    {"Anna+a+b@Example.ORG", true},
    {"anna@a.example.org", false},
    {"anne@example.org", false},
    {"b+c@example.org", true},
    {"b+c+d@example.org", true},
    {"b@example.org", false},
    {"x@lists.example.net", true},
    {"x@a.lists.example.net", true},
    {"x@alists.example.net", false},
    {"lists.example.net@example.com", false},
    {"lists.example.net", false},
    {"x.lists.example.net", true},
    {"TEST-1@example.com", true},
    {"@empty.example", true},
    {"+x@empty.example", true},
    {"", false},
};

static void
test_recipients(void **state UNUSED)
{
    struct grey_list *l = grey_list_new(GREY_LIST_RECIPIENTS);
    struct buf notes = {0};
    struct conf_errors e = {.text = &notes};

    grey_list_add(l, span_of(recipients_text), "recipients", &e);
    grey_list_seal(l);
    assert_int_equal(e.count, 0);
    for (size_t i = 0; i < ARRAY_LEN(recipients); i++)
        if (grey_list_has_recipient(l, span_of(recipients[i].recipient)) !=
            recipients[i].is_listed)
            fail_msg("%s", recipients[i].recipient);
    grey_list_free(l);
    buf_fini(&notes);
}

static void
test_long(void **state UNUSED)
{
    struct grey_list *l = grey_list_new(GREY_LIST_RECIPIENTS);
    struct buf notes = {0}, long_one = {0};
    struct conf_errors e = {.text = &notes};

    grey_list_add(l, SPAN("a@example.org\n"), "recipients", &e);
    grey_list_seal(l);
    buf_add_text(&long_one, "a");
    for (int i = 0; i < 2000; i++)
        buf_add_byte(&long_one, '+');
    buf_add_text(&long_one, "@example.org");
    assert_false(grey_list_has_recipient(l, buf_span(&long_one)));
    grey_list_free(l);
    buf_fini(&notes);
    buf_fini(&long_one);
}

static void
test_files(void **state UNUSED)
{
    struct grey_list *l = grey_list_new(GREY_LIST_CLIENTS);
    struct buf notes = {0};
    struct conf_errors e = {.text = &notes};

    assert_int_equal(grey_list_read(l, "/nonexistent/list.local", &e), 0);
    assert_int_equal(e.count, 0);
    assert_true(grey_list_read(l, "/nonexistent/list", &e) < 0);
    assert_int_equal(e.count, 1);
    grey_list_seal(l);
    assert_false(grey_list_has_client(l, &(struct addr){0}, SPAN("example.org")));
    grey_list_free(l);
    buf_fini(&notes);
}

/* All of a long list are found, whatever they look like at a glance, and nobody else. */
static void
test_many(void **state UNUSED)
{
    enum { N = 3000 };
    struct grey_list *l = grey_list_new(GREY_LIST_CLIENTS);
    struct buf text = {0}, notes = {0}, name = {0};
    struct conf_errors e = {.text = &notes};

    for (unsigned i = 0; i < N; i++)
        buf_printf(&text, "%x.%s\n10.%u.%u.%u/%u\n2001:db8:%x::/48\n", i,
                   i % 3 ? "example" : "x", i >> 7, i & 127, i % 2 ? 0 : i & 255,
                   i % 2 ? 24U : 32U, i);
    grey_list_add(l, buf_span(&text), "clients", &e);
    grey_list_seal(l);
    assert_int_equal(e.count, 0);
    for (unsigned i = 0; i < 2 * N; i++) {
        struct addr none = {0}, a;

        buf_clear(&name);
        buf_printf(&name, "mx.%X.%s", i, i % 3 ? "Example" : "x");
        assert_int_equal(grey_list_has_client(l, &none, buf_span(&name)), i < N);
        buf_clear(&name);
        buf_printf(&name, "10.%u.%u.%u", i >> 7, i & 127, i & 255);
        assert_true(addr_parse(buf_span(&name), &a));
        assert_int_equal(grey_list_has_client(l, &a, SPAN("unknown")), i < N);
        buf_clear(&name);
        buf_printf(&name, "2001:db8:%x::%x", i, i);
        assert_true(addr_parse(buf_span(&name), &a));
        assert_int_equal(grey_list_has_client(l, &a, SPAN("unknown")), i < N);
    }
    grey_list_free(l);
    buf_fini(&text);
    buf_fini(&notes);
    buf_fini(&name);
}

/* What is remembered of very many names, each asked for twice, is of no other one. */
static void
test_again(void **state UNUSED)
{
    enum { N = 40000 };
    struct grey_list *l = grey_list_new(GREY_LIST_CLIENTS);
    struct buf notes = {0}, name = {0};
    struct conf_errors e = {.text = &notes};
    struct addr none = {0};

    grey_list_add(l, SPAN("/^mx[0-9]*0\\./\nlisted.example\n"), "clients", &e);
    grey_list_seal(l);
    assert_int_equal(e.count, 0);
    for (unsigned i = 0; i < 4 * N; i++) {
        unsigned n = i / 4 + i % 2 * (N / 2); /* one by one, between others */
        bool is_listed = n % 10 == 0 || n % 7 == 0;

        buf_clear(&name);
        buf_printf(&name, "mx%u.%s.example", n, n % 7 ? "other" : "listed");
        assert_int_equal(grey_list_has_client(l, &none, buf_span(&name)), is_listed);
    }
    grey_list_free(l);
    buf_fini(&notes);
    buf_fini(&name);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_clients), TEST(test_regexes), TEST(test_recipients), TEST(test_long),
        TEST(test_files),   TEST(test_many),    TEST(test_again)};

    return RUN(tests);
}
