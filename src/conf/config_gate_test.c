#include "conf/config_gate.h"

#include "unit.h"

static const struct {
    const char *text, *printed; /* NULL: refused */
} listens[] = {
    {"unix:/run/gate", "unix:/run/gate,0666"},
    {"unix:/run/gate,0660", "unix:/run/gate,0660"},
    {"unix:/run/gate,600", "unix:/run/gate,0600"},
    {"inet:127.0.0.1:10023", "inet:127.0.0.1:10023"},
    {"inet:[2001:db8::1]:10023", "inet:[2001:db8::1]:10023"},
    {"inet:localhost:10023", "inet:127.0.0.1:10023"},
    {"inet:10023", "inet:127.0.0.1:10023"},
    {"unix:run/gate", NULL},
    {"unix:/run/gate,0888", NULL},
    {"unix:/run/gate,7777", NULL},
    {"unix:/", NULL},
    {"unix:", NULL},
    {"inet:0", NULL},
    {"inet:127.0.0.1:0", NULL},
    {"inet:mx.example.org:25", NULL},
    {"inet:65536", NULL},
    {"/run/gate", NULL},
    {"", NULL},
};

static void
test_listen(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(listens); i++) {
        struct buf why = {0}, out = {0};
        struct config_gate_listen l;
        bool is_good = config_gate_listen_read(span_of(listens[i].text), &l, &why);

        assert_int_equal(is_good, listens[i].printed != NULL);
        if (is_good) {
            config_gate_listen_print(&l, &out);
            assert_string_equal(out.ptr, listens[i].printed);
        } else {
            assert_true(why.len > 0);
        }
        buf_fini(&why);
        buf_fini(&out);
    }
}

static bool
set(struct config_gate *c, const char *section, const char *option, const char *value)
{
    struct config_gate_line line = {span_of(section), span_of(option), span_of(value)};
    struct buf why = {0};
    bool is_good = config_gate_set(c, &line, &why);

    assert_true(is_good || why.len > 0);
    buf_fini(&why);
    return is_good;
}

static void
test_set(void **state UNUSED)
{
    struct config_gate c;
    struct buf why = {0};

    config_gate_init(&c);
    assert_int_equal(c.deadline_s, 15);
    assert_int_equal(c.check_deadline_s, 5);
    assert_int_equal(c.listen_count, 0);
    assert_false(c.is_fail_closed);
    assert_int_equal(c.profile_count, 1);
    assert_true(config_gate_check(&c, &why));
    assert_true(set(&c, "gate", "listen", "unix:/a,0600\ninet:1 inet:[::1]:2"));
    assert_int_equal(c.listen_count, 3);
    assert_string_equal(c.listen[0].path, "/a");
    assert_int_equal(c.listen[2].port, 2);
    assert_true(set(&c, "gate", "listen", "unix:/b"));
    assert_int_equal(c.listen_count, 1);
    assert_true(set(&c, "gate", "fail", "closed"));
    assert_true(c.is_fail_closed);
    assert_true(set(&c, "gate", "fail-text", "4.3.0 Not now"));
    assert_string_equal(c.fail_text, "4.3.0 Not now");
    assert_true(set(&c, "gate", "idle", "20m"));
    assert_int_equal(c.idle_s, 1200);
    assert_true(set(&c, "gate", "connections", "100"));
    assert_int_equal(c.connections, 100);
    assert_true(set(&c, "gate", "check-deadline", "20"));
    assert_false(config_gate_check(&c, &why));
    assert_true(set(&c, "gate", "deadline", "30"));
    assert_true(config_gate_check(&c, &why));
    config_gate_fini(&c);
    buf_fini(&why);
}

static const struct {
    const char *section, *option, *value;
} wrong[] = {
    {"gate", "listens", "unix:/a"},
    {"gate", "listen", "unix:a"},
    {"gate", "deadline", "0"},
    {"gate", "deadline", "91"},
    {"gate", "idle", "300"},
    {"gate", "fail", "ajar"},
    {"gate", "fail-text", ""},
    {"gate", "fail-text", "5.7.1 Never"},
    {"gate", "fail-text", "one\ntwo"},
    {"gate", "connections", "1"},
    {"gate submission", "listen", "unix:/a"},
    {"gate ", "deadline", "1"},
    {"gates", "deadline", "1"},
};

static void
test_wrong(void **state UNUSED)
{
    struct config_gate c;

    config_gate_init(&c);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(set(&c, wrong[i].section, wrong[i].option, wrong[i].value));
    config_gate_fini(&c);
}

static void
test_bounds(void **state UNUSED)
{
    struct config_gate c;
    struct buf b = {0};

    config_gate_init(&c);
    for (int i = 0; i < GATE_LISTEN_MAX; i++)
        buf_printf(&b, "inet:%d ", i + 1);
    assert_true(set(&c, "gate", "listen", b.ptr));
    buf_add_text(&b, "inet:99");
    assert_false(set(&c, "gate", "listen", b.ptr));
    buf_clear(&b);
    while (b.len <= GATE_LINE_MAX)
        buf_add_text(&b, "inet:1 ");
    assert_false(set(&c, "gate", "listen", b.ptr));
    config_gate_fini(&c);
    buf_fini(&b);
}

static void
test_sections(void **state UNUSED)
{
    assert_true(config_gate_has_section(SPAN("gate")));
    assert_true(config_gate_has_section(SPAN("gate submission")));
    assert_false(config_gate_has_section(SPAN("gate ")));
    assert_false(config_gate_has_section(SPAN("komainu")));
}

/* No two parts have an option of the same name: `-o NAME=VALUE` needs no section. */
static void
test_names(void **state UNUSED)
{
    const struct option *row;

    for (const struct config_gate_part *p = config_gate_parts; p->section; p++)
        for (size_t i = 0; i < *p->count; i++)
            for (const struct config_gate_part *q = config_gate_parts; q->section; q++)
                if (q != p)
                    assert_null(
                        option_find(q->table, *q->count, span_of(p->table[i].name)));
    assert_non_null(config_gate_find(SPAN("gate"), SPAN("idle"), &row));
    assert_null(config_gate_find(SPAN("gate x"), SPAN("idle"), &row));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_listen),   TEST(test_set),
                                       TEST(test_wrong),    TEST(test_bounds),
                                       TEST(test_sections), TEST(test_names)};

    return RUN(tests);
}
