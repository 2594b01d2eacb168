#include "unit.h"

#include "base/mem.h"
#include "compat/pickle.h"

/* Reads a pickle; its repr() or, behind '!', what is wrong with it. */
static void
check(struct span bytes, unsigned flags, const char *expected)
{
    struct pickle_arena arena = {0};
    struct buf text = {0};
    const char *why = NULL;
    const struct pickle_value *v = pickle_read(&arena, bytes, flags, &why);

    if (v)
        pickle_repr(&text, v);
    else
        buf_printf(&text, "!%s", why);
    assert_string_equal(text.ptr ? text.ptr : "", expected);
    buf_fini(&text);
    pickle_arena_fini(&arena);
}

static void
plain(void **state UNUSED)
{
    check(SPAN("(lp0\nVstatus\np1\naVsshd\np2\na."), 0, "['status', 'sshd']");
    check(SPAN("\x80\x02]q\x00(X\x04\x00\x00\x00pingq\x01K\x05M\x00\x01J\xff\xff\xff\xff"
               "\x8a\x02\x00\x80\x88\x89N\x47\x3f\xf8\x00\x00\x00\x00\x00\x00"
               "e."),
          0, "['ping', 5, 256, -1, -32768, True, False, None, 1.5]");
    check(SPAN("\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01"
               "a\x94."),
          0, "'a'");
    check(SPAN("(dp0\nS'it\\'s'\np1\nI01\ns."), 0, "{\"it's\": True}");
    check(SPAN("(I1\nL-7L\nF2.5\nt."), 0, "(1, -7, 2.5)");
    check(SPAN("\x8f(K\x01K\x02\x90."), 0, "{1, 2}");
    check(SPAN("\x8f."), 0, "set()");
    check(SPAN("C\x02\x00\xff."), 0, "b'\\x00\\xff'");
    check(SPAN("V\\u00e9\xe9\n."), 0, "'\xc3\xa9\xc3\xa9'");
    check(SPAN("]q\x00(h\x01."), 0, "!it recalls what it never said");
    check(SPAN("(]q\x00h\x00h\x00t."), 0, "([], [], [])");
}

static void
refused(void **state UNUSED)
{
    static const struct {
        struct span bytes;
        const char *why;
    } cases[] = {
        {SPAN_INIT(""), "!it ends in the middle"},
        {SPAN_INIT("."), "!it is not one value"},
        {SPAN_INIT("NN."), "!it is not one value"},
        {SPAN_INIT("N.N"), "!it is not one value"},
        {SPAN_INIT("(N."), "!it is not one value"},
        {SPAN_INIT("cos\nsystem\n(S'true'\ntR."), "!it names a class"},
        {SPAN_INIT("\x8c\x02os\x8c\x06system\x93."), "!it names a class"},
        {SPAN_INIT("(S'true'\nios\nsystem\n."), "!it names a class or is no pickle"},
        {SPAN_INIT("\x82\x01."), "!it names a class or is no pickle"},
        {SPAN_INIT("Pid\n."), "!it names a class or is no pickle"},
        {SPAN_INIT("\x80\x06N."), "!it is of a protocol above 5"},
        {SPAN_INIT("]q\x00h\x00"
                   "a."),
         "!it is too large or too deep, or holds itself"},
        {SPAN_INIT("]q\x00]q\x01h\x00"
                   "a0h\x00h\x01"
                   "a."),
         "!it is too large or too deep, or holds itself"},
        {SPAN_INIT("]]]]]]]]]]]]]]]]]aaaaaaaaaaaaaaaa."),
         "!it is too large or too deep, or holds itself"},
        {SPAN_INIT("X\xff\xff\xff\xff"
                   "a."),
         "!it ends in the middle"},
        {SPAN_INIT("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
                   "a."),
         "!it ends in the middle"},
        {SPAN_INIT("\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01."),
         "!a number is too large"},
        {SPAN_INIT("I99999999999999999999\n."), "!a number is none, or too large"},
        {SPAN_INIT("j\xff\xff\xff\x7f."), "!it recalls what it never said"},
        {SPAN_INIT("Nr\xff\xff\xff\x7f."), "!it remembers too much"},
        {SPAN_INIT("}(Nu."), "!a key has no value"},
        {SPAN_INIT("}(]Nu."), "!a key or a member is no plain value"},
        {SPAN_INIT("N(e."), "!it adds to something else"},
        {SPAN_INIT("e."), "!a mark is missing"},
        {SPAN_INIT("]Na"), "!it ends in the middle"},
        {SPAN_INIT("](Na."), "!it adds to something else"},
        {SPAN_INIT("\x85."), "!it takes more than it has"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check(cases[i].bytes, 0, cases[i].why);
}

static void
objects(void **state UNUSED)
{
    check(SPAN("\x80\x04K\x01\x8c\x08"
               "builtins\x8c\x09"
               "Exception\x93\x8c\x01x\x85R\x86."),
          PICKLE_OBJECTS, "(1, Exception('x'))");
    check(SPAN("cbuiltins\nstr\n(V192.0.2.7\ntR."), PICKLE_OBJECTS, "'192.0.2.7'");
    check(SPAN("cbuiltins\nstr\n."), PICKLE_OBJECTS, "!it names a class");
    check(SPAN("N(tR."), PICKLE_OBJECTS, "!it calls what is no class");
    check(SPAN("\x8c\x01"
               "a\x8c\x03"
               "b\nc\x93\x8c\x01x\x85R."),
          PICKLE_OBJECTS, "!it names what can be no class");
    check(SPAN("c\nException\n(Vx\ntR."), PICKLE_OBJECTS,
          "!it names what can be no class");
}

/* A list in a list in a list, each ten times: small as a pickle, not as a tree. */
static void
laughs(void **state UNUSED)
{
    struct buf b = {0};

    buf_add_text(&b, "Vha\n");
    for (int i = 0; i < 9; i++) {
        buf_add_text(&b, "q");
        buf_add_byte(&b, (char)i);
        buf_add_text(&b, "0](");
        for (int k = 0; k < 10; k++) {
            buf_add_text(&b, "h");
            buf_add_byte(&b, (char)i);
        }
        buf_add_text(&b, "e");
    }
    buf_add_byte(&b, '.');
    check(buf_span(&b), 0, "!it is too large or too deep, or holds itself");
    buf_fini(&b);
}

static void
written(void **state UNUSED)
{
    struct pickle_arena arena = {0};
    struct pickle_value *list = pickle_container(&arena, PICKLE_LIST);
    struct pickle_value *arguments = pickle_container(&arena, PICKLE_TUPLE);
    struct buf bytes = {0}, text = {0};

    assert_true(pickle_add(
        &arena, list,
        pickle_pair(&arena, pickle_text(&arena, SPAN("n")), pickle_int(&arena, 1))));
    assert_true(pickle_add(&arena, list, pickle_int(&arena, INT64_MIN)));
    assert_true(pickle_add(&arena, list, pickle_float(&arena, 1e16)));
    assert_true(pickle_add(&arena, list, pickle_float(&arena, 0.1)));
    assert_true(pickle_add(&arena, list, pickle_container(&arena, PICKLE_DICT)));
    assert_false(pickle_add(&arena, list, NULL));
    assert_false(pickle_add(&arena, list, list));
    assert_true(pickle_add(&arena, arguments, pickle_text(&arena, SPAN("x"))));
    pickle_write(&bytes, pickle_pair(&arena, pickle_int(&arena, 1),
                                     pickle_object(&arena, SPAN("builtins Exception"),
                                                   arguments)));
    check(buf_span(&bytes), PICKLE_OBJECTS, "(1, Exception('x'))");
    pickle_repr(&text, list);
    assert_string_equal(text.ptr, "[('n', 1), -9223372036854775808, 1e+16, 0.1, {}]");
    buf_fini(&bytes);
    buf_fini(&text);
    pickle_arena_fini(&arena);
}

static void
printed(void **state UNUSED)
{
    struct pickle_arena arena = {0};
    struct buf text = {0};

    pickle_str(&text, pickle_text(&arena, SPAN("a\tb\nc\x1b[0m\xc3\xa9")));
    assert_string_equal(text.ptr, "a\tb\nc\\x1b[0m\xc3\xa9");
    buf_clear(&text);
    pickle_repr(&text, pickle_text(&arena, SPAN("it's \"so\"\\ \x1b\xff\xc2\x9b")));
    assert_string_equal(text.ptr, "'it\\'s \"so\"\\\\ \\x1b\\udcff\\x9b'");
    buf_fini(&text);
    pickle_arena_fini(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(plain),  TEST(refused), TEST(objects),
                                       TEST(laughs), TEST(written), TEST(printed)};

    return RUN(tests);
}
