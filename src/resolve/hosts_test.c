#include "unit.h"

#include "base/buf.h"
#include "resolve/hosts.h"

static void
test_file(void **state UNUSED)
{
    static const struct {
        const char *name;
        const char *addresses; /* "": it does not stand there */
    } cases[] = {
        {"mail.example.org", "192.0.2.1 2001:db8::1"},
        {"MAIL.example.org.", "192.0.2.1 2001:db8::1"},
        {"mail", "192.0.2.1"},
        {"other.example.org", "192.0.2.2"},
        {"last.example.org", "198.51.100.7"},
        {"comment.example.org", ""},
        {"behind.example.org", ""},
        {"bad.example.org", ""},
        {"192.0.2.1", ""},
        {"", ""},
    };
    struct resolve_answer answer;
    struct hosts h;

    hosts_init(&h);
    hosts_read(&h, SPAN("# 192.0.2.9 comment.example.org\n"
                        "192.0.2.1\tMail.Example.org mail # behind.example.org\n"
                        "2001:db8::1 mail.example.org\n"
                        "192.0.2.1 mail.example.org\n"
                        "192.0.2.300 bad.example.org\n"
                        "192.0.2.2 -bad other.example.org\r\n"
                        "::ffff:198.51.100.7 last.example.org"));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf found = {0};
        char text[ADDR_TEXT_MAX];
        bool has = hosts_find(&h, span_of(cases[i].name), &answer);

        assert_int_equal(has, cases[i].addresses[0] != '\0');
        for (size_t k = 0; has && k < answer.count; k++)
            buf_printf(&found, "%s%s", k ? " " : "",
                       addr_text(&answer.addresses[k], text));
        assert_span(buf_span(&found), cases[i].addresses);
        buf_fini(&found);
    }
    hosts_fini(&h);
}

static void
test_bounds(void **state UNUSED)
{
    struct resolve_answer answer;
    struct buf text = {0};
    struct hosts h;

    for (int i = 0; i < RESOLVE_ADDRESSES_MAX + 4; i++)
        buf_printf(&text, "192.0.2.%d many.example.org\n", i);
    for (int i = 0; i < HOSTS_NAMES_MAX; i++)
        buf_printf(&text, "192.0.2.1 n%d.example.org\n", i);
    buf_add_text(&text, "192.0.2.77 many.example.org n0.example.org\n");
    hosts_init(&h);
    hosts_read(&h, buf_span(&text));
    assert_true(hosts_find(&h, SPAN("many.example.org"), &answer));
    assert_int_equal(answer.count, RESOLVE_ADDRESSES_MAX);
    assert_true(hosts_find(&h, SPAN("n0.example.org"), &answer));
    assert_int_equal(answer.count, 2);
    assert_false(hosts_find(&h, SPAN("n4095.example.org"), &answer));
    hosts_fini(&h);
    buf_fini(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_file),
        TEST(test_bounds),
    };

    return RUN(tests);
}
