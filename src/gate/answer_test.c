#include "gate/answer.h"

#include "unit.h"

static const struct {
    struct gate_answer a;
    const char *line;
} lines[] = {
    {{0}, "action=DUNNO\n\n"},
    {{.action = GATE_OK}, "action=OK\n\n"},
    {{.action = GATE_PREPEND, .text = SPAN_INIT("X-A: b")}, "action=PREPEND X-A: b\n\n"},
    {{.action = GATE_PREPEND}, "action=DUNNO\n\n"},
    {{.action = GATE_RESTRICTION}, "action=DUNNO\n\n"},
    {{.action = GATE_REJECT}, "action=REJECT\n\n"},
    {{.action = GATE_DEFER_IF_PERMIT, .text = SPAN_INIT("4.2.0 Later")},
     "action=DEFER_IF_PERMIT 4.2.0 Later\n\n"},
    {{.action = GATE_CODE, .code = 450, .text = SPAN_INIT("4.7.1 No")},
     "action=450 4.7.1 No\n\n"},
    {{.action = GATE_CODE, .code = 599}, "action=599\n\n"},
    {{.action = GATE_RESTRICTION, .text = SPAN_INIT("permit_mynetworks, reject")},
     "action=permit_mynetworks, reject\n\n"},
    {{.action = GATE_REJECT, .text = SPAN_INIT("a\n\naction=OK\r\x7f\x80\tz~")},
     "action=REJECT a??action=OK????z~\n\n"},
    {{.action = GATE_RESTRICTION, .text = SPAN_INIT("a\nb")}, "action=a?b\n\n"},
};

static void
test_write(void **state UNUSED)
{
    char out[GATE_ANSWER_MAX];
    size_t n;

    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        n = gate_answer_write(&lines[i].a, out);
        assert_span(((struct span){out, n}), lines[i].line);
    }
}

static void
test_bounds(void **state UNUSED)
{
    char text[2000], out[GATE_ANSWER_MAX];
    struct gate_answer a = {.text = {text, sizeof(text)}};
    size_t n;

    memset(text, 'x', sizeof(text));
    for (int i = 0; i < GATE_ACTIONS; i++) {
        a.action = (enum gate_action)i;
        a.code = 500;
        n = gate_answer_write(&a, out);
        assert_true(n <= sizeof(out));
        assert_memory_equal(out + n - 3, "x\n\n", 3);
    }
}

static const struct {
    const char *text;
    enum gate_action action;
    unsigned code;
    const char *rest;
} texts[] = {
    {"OK", GATE_OK, 0, ""},
    {"permit", GATE_OK, 0, ""},
    {"1234567", GATE_OK, 0, ""},
    {"200", GATE_OK, 0, ""},
    {" dunno ", GATE_DUNNO, 0, ""},
    {"REJECT", GATE_REJECT, 0, ""},
    {"reject  not here ", GATE_REJECT, 0, "not here"},
    {"550 5.7.1 Go away", GATE_CODE, 550, "5.7.1 Go away"},
    {"450", GATE_CODE, 450, ""},
    {"DEFER_IF_REJECT x", GATE_DEFER_IF_REJECT, 0, "x"},
    {"PREPEND X-A: b", GATE_PREPEND, 0, "X-A: b"},
    {"REDIRECT a@example.org", GATE_REDIRECT, 0, "a@example.org"},
    {"CODE 3", GATE_RESTRICTION, 0, "CODE 3"},
    {"restrictive, reject_unknown_client", GATE_RESTRICTION, 0,
     "restrictive, reject_unknown_client"},
};

static void
test_read(void **state UNUSED)
{
    static const char *const wrong[] = {"", " ", "PREPEND", "filter ", "BCC", "REDIRECT"};
    struct gate_answer a;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_true(gate_answer_read(span_of(texts[i].text), &a));
        assert_int_equal(a.action, texts[i].action);
        assert_int_equal(a.code, texts[i].code);
        assert_span(a.text, texts[i].rest);
    }
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(gate_answer_read(span_of(wrong[i]), &a));
}

static void
test_names(void **state UNUSED)
{
    for (int i = 0; i < GATE_ACTIONS; i++)
        assert_non_null(gate_action_name((enum gate_action)i));
    assert_string_equal(gate_action_name(GATE_HOLD), "HOLD");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_write), TEST(test_bounds),
                                       TEST(test_read), TEST(test_names)};

    return RUN(tests);
}
