#include "gate/tables.h"

#include "unit.h"

#include "base/buf.h"

static void
add(struct config_gate_lines *lines, const char *section, const char *value,
    const char *origin)
{
    assert_true(config_gate_lines_add(lines, span_of(section),
                                      SPAN("client_restrictions"), span_of(value)));
    config_gate_lines_place(lines, lines->count - 1, span_of(origin));
}

static void
test_tables(void **state UNUSED)
{
    static const struct {
        const char *value, *why;
    } cases[] = {
        {"check_client_access inline:{a=REJECT}, permit", ""},
        {"reject_unknown_client_hostname", ""},
        {"check_client_access hash:/nowhere/x",
         "/etc/g.conf:7: `client_restrictions`: /nowhere/x: cannot be read: No such file "
         "or directory\n"},
        {"check_client_access inline:{a=551 0}",
         "/etc/g.conf:7: `client_restrictions`: inline:{a=551 0}: braces do not fit; "
         "write "
         "inline:{KEY=ACTION, {KEY=ACTION TEXT}} or cidr:{{PATTERN ACTION}, {...}}\n"},
        {"warn check_client_access pcre:{{/(/ REJECT}}, check_client_access hash:/no",
         "/etc/g.conf:7: `client_restrictions`: pcre:{{/(/ REJECT}}: "},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct config_gate_lines lines = {0};
        struct buf why = {0};

        add(&lines, "gate", cases[i].value, "/etc/g.conf:7");
        assert_int_equal(tables_try(&lines, &why), cases[i].why[0] == '\0');
        if (!span_starts(buf_span(&why), span_of(cases[i].why)))
            fail_msg("%s", why.ptr);
        if (i + 1 == ARRAY_LEN(cases))
            assert_non_null(
                strstr(why.ptr, "\n/etc/g.conf:7: `client_restrictions`: /no: "));
        buf_fini(&why);
        config_gate_lines_fini(&lines);
    }
}

/* What a profile has from [gate] is told of once, its own by its own place. */
static void
test_profiles(void **state UNUSED)
{
    struct config_gate_lines lines = {0};
    struct buf why = {0};

    add(&lines, "gate", "check_client_access hash:/nowhere/x", "/etc/g.conf:7");
    add(&lines, "gate one", "check_client_access hash:/nowhere/x", "/etc/g.conf:7");
    add(&lines, "gate two", "check_client_access hash:/nowhere/y", "/etc/g.conf:12");
    assert_false(tables_try(&lines, &why));
    assert_string_equal(why.ptr, "/etc/g.conf:7: `client_restrictions`: /nowhere/x: "
                                 "cannot be read: No such file or "
                                 "directory\n"
                                 "/etc/g.conf:12: `client_restrictions`: /nowhere/y: "
                                 "cannot be read: No such file or "
                                 "directory\n");
    buf_fini(&why);
    config_gate_lines_fini(&lines);
}

static void
test_asns(void **state UNUSED)
{
    struct config_gate_lines lines = {0};
    struct buf why = {0};

    assert_true(config_gate_lines_add(&lines, SPAN("gate"), SPAN("asn-database"),
                                      SPAN("/nowhere/asn.mmdb")));
    config_gate_lines_place(&lines, 0, SPAN("/etc/g.conf:9"));
    assert_false(tables_try(&lines, &why));
    assert_string_equal(why.ptr, "/etc/g.conf:9: `asn-database`: /nowhere/asn.mmdb: "
                                 "cannot be read: No such file or directory\n");
    buf_fini(&why);
    config_gate_lines_fini(&lines);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_tables), TEST(test_profiles),
                                       TEST(test_asns)};

    return RUN(tests);
}
