#include "conf/load_gate.h"

#include "conf/config_gate_print.h"

#include "unit.h"

static bool
load(const char *text, struct config_gate *c, struct buf *errors)
{
    return load_gate_file(NULL, span_of(text), c, errors);
}

static void
test_good(void **state UNUSED)
{
    struct config_gate c;
    struct buf errors = {0};

    assert_true(load("[DEFAULT]\nport = 10023\n[komainu]\nobserve = yes\n[gate]\n"
                     "listen = unix:/run/gate,0660\n  inet:%(port)s\nfail = closed\n",
                     &c, &errors));
    assert_int_equal(c.listen_count, 2);
    assert_int_equal(c.listen[1].port, 10023);
    assert_true(c.is_fail_closed);
    config_gate_fini(&c);
    assert_true(load("", &c, &errors));
    assert_int_equal(c.listen_count, 0);
    config_gate_fini(&c);
    assert_int_equal(errors.len, 0);
    buf_fini(&errors);
}

static const struct {
    const char *text, *error;
} wrong[] = {
    {"[gate]\nlistn = inet:1\n",
     "command line:2: there is no option `listn` in [gate]; did you mean `listen`?\n"},
    {"[gate]\nxyzzy = 1\n",
     "command line:2: there is no option `xyzzy` in [gate]; remove the line\n"},
    {"[gates]\n", "command line:1: the gate has no section [gates]\n"},
    {"[gate]\n\nfail = ajar\n",
     "command line:3: `fail` is `ajar`; write `open` or `closed`\n"},
    {"[gate]\ncheck-deadline = 15\n",
     "[gate]: `check-deadline` is not less than `deadline`\n"},
    {"[gate]\nasn-database = asn.mmdb\n",
     "command line:2: `asn-database` is no path of a file; write one that begins with "
     "/\n"},
    {"[gate]\n[gate x]\nclient_restrictions = rate client+asn 5 messages/1h\n",
     "[gate]: a `rate` counts by asn, and nothing says which AS a client belongs to; "
     "set `asn-database` to a file such as GeoLite2-ASN.mmdb\n"},
    {"[gate submission]\nlisten = inet:1\n",
     "command line:2: there is no option `listen` in [gate submission]; remove the "
     "line\n"},
};

static void
test_wrong(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct buf errors = {0};
        struct config_gate c;

        assert_false(load(wrong[i].text, &c, &errors));
        assert_string_equal(errors.ptr, wrong[i].error);
        buf_fini(&errors);
    }
}

static void
test_no_file(void **state UNUSED)
{
    struct buf errors = {0};
    struct config_gate c;

    assert_false(load_gate_file("/dev/null/gate.conf", SPAN(""), &c, &errors));
    assert_string_equal(errors.ptr,
                        "/dev/null/gate.conf: cannot be read: Not a directory\n");
    buf_fini(&errors);
}

/* Lines are all there is to it: what they were made of and what is made of them is the
 * same. */
static void
test_lines(void **state UNUSED)
{
    struct config_gate_lines a = {0}, b = {0};
    struct conf_errors e = {0};
    struct buf text = {0}, why = {0};
    struct config_gate c;
    struct ini ini = {0};

    e.text = &text;
    ini_parse(&ini, SPAN("[gate]\nidle = 20m\nlisten = inet:1\n"), "a", &e);
    load_gate(&ini, &a, &e);
    load_gate(&ini, &b, &e);
    assert_int_equal(e.count, 0);
    assert_int_equal(a.count, 2);
    assert_true(config_gate_lines_eq(&a, &b));
    assert_true(config_gate_lines_add(&b, SPAN("gate"), SPAN("idle"), SPAN("30m")));
    assert_false(config_gate_lines_eq(&a, &b));
    config_gate_init(&c);
    assert_true(load_gate_lines(&b, &c, &why));
    assert_int_equal(c.idle_s, 1800);
    assert_true(config_gate_lines_add(&b, SPAN("gate"), SPAN("idle"), SPAN("never")));
    assert_false(load_gate_lines(&b, &c, &why));
    config_gate_fini(&c);
    config_gate_lines_fini(&a);
    config_gate_lines_fini(&b);
    ini_fini(&ini);
    buf_fini(&text);
    buf_fini(&why);
}

static bool
has(const struct buf *text, const char *part)
{
    return strstr(text->ptr, part) != NULL;
}

static void
test_print(void **state UNUSED)
{
    struct config_gate_lines lines = {0};
    struct buf text = {0}, json = {0};

    config_gate_print(&lines, &text);
    assert_int_equal(text.len, 0);
    assert_true(config_gate_lines_add(&lines, SPAN("gate"), SPAN("idle"), SPAN("20m")));
    assert_true(config_gate_lines_add(&lines, SPAN("gate x"), SPAN("client_restrictions"),
                                      SPAN("permit_mynetworks,\n reject\x1b")));
    config_gate_print(&lines, &text);
    assert_true(span_starts(buf_span(&text), SPAN("\n[gate]\nlisten =\n")));
    assert_true(has(&text, "\nidle = 20m\n"));
    assert_true(has(&text, "\ndeadline = 15\n"));
    assert_true(has(&text, "\n\n[spf]\nhelo_reject = fail\n"));
    assert_true(has(&text, "\n\n[greylist]\ndelay = 5m\n"));
    assert_true(has(&text, "\n\n[gate x]\nclient_restrictions = permit_mynetworks,\n"
                           "    reject\\x1B\n"));
    assert_true(has(&text, "# [gate] has no `listen`"));
    config_gate_print_json(&lines, &json);
    assert_true(has(&json, "{\"section\":\"gate\",\"option\":\"idle\",\"value\":\"20m\","
                           "\"is_default\":false}"));
    config_gate_lines_fini(&lines);
    buf_fini(&text);
    buf_fini(&json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_good), TEST(test_wrong),
                                       TEST(test_no_file), TEST(test_lines),
                                       TEST(test_print)};

    return RUN(tests);
}
