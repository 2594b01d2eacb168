#include "unit.h"

#include "match/dialect.h"

static const struct {
    const char *pattern, *plain, *wide;
} taken[] = {
    {"a{,3}b", "a{0,3}b", "a{0,3}b"},
    {"a{,}b", "a{0,}b", "a{0,}b"},
    {"a{2,}?b{3}+", "a{2,}?b{3}+", "a{2,}?b{3}+"},
    {"{a}{ 1}x{", "\\{a}\\{ 1}x\\{", "\\{a}\\{ 1}x\\{"},
    {"a\\{,3}b", "a\\{,3}b", "a\\{,3}b"},
    {"[{,3}]", "[{,3}]", "[{,3}]"},
    {"\\Aa\\Z", "\\Aa\\z", "\\Aa\\z"},
    {"a\\\\Z", "a\\\\Z", "a\\\\Z"},
    {"\\w+\\\\w\\W", "\\w+\\\\w\\W", "\\w+\\\\w\\W"},
    {"[-\\w.]", "[\\-\\w.]", "[\\-\\w.]"},
    {"\\s[\\s]\\S", "\\s[\\s]\\S", "[\\s\\x1c-\\x1f][\\s\\x1c-\\x1f][^\\s\\x1c-\\x1f]"},
    {"(?iu)a", "(?i)a", "(?i)a"},
    {"(?u)a", "a", "a"},
    {"(?u:a)", "(?:a)", "(?:a)"},
    {"(?i)(?s)a", "(?i)(?s)a", "(?i)(?s)a"},
    {"(?i-s:a)(?-i:b)", "(?i-s:a)(?-i:b)", "(?i-s:a)(?-i:b)"},
    {"((?i)a)(?:(?is)b)", "(?i:a)(?is:b)", "(?i:a)(?is:b)"},
    {"(?x) a b # c (\n \\  [ #] (?-x: d)", "ab\\ [ #](?: d)", "ab\\ [ #](?: d)"},
    {"a(?x: b c) d", "a(?:bc) d", "a(?:bc) d"},
    {"a(?#(no group)*b", "a*b", "a*b"},
    {"(?P<n>a)(?P=n)", "(?P<n>a)(?P=n)", "(?P<n>a)(?P=n)"},
    {"(a)\\1(b)\\2", "(a)(?:\\1)(b)(?:\\2)", "(a)(?:\\1)(b)(?:\\2)"},
    {"(a)?(?(1)b|c)", "(a)?(?(1)b|c)", "(a)?(?(1)b|c)"},
    {"(?P<n>a)?(?(n)b)", "(?P<n>a)?(?(n)b)", "(?P<n>a)?(?(n)b)"},
    {"(?<=ab|cd)(?<!\\d{2})x", "(?<=ab|cd)(?<!\\d{2})x", "(?<=ab|cd)(?<!\\d{2})x"},
    {"(?>a+)b*+", "(?>a+)b*+", "(?>a+)b*+"},
    {"[[:a]b[^[]", "[\\[:a]b[^\\[]", "[\\[:a]b[^\\[]"},
    {"[]a][^]a]", "[\\]a][^\\]a]", "[\\]a][^\\]a]"},
    {"[a-c.-9\\--\\.]", "[a-c\\.-9\\--\\.]", "[a-c\\.-9\\--\\.]"},
    {"[\\b\\a\\v\\n\\x41\\101\\0]", "[\\x08\\x07\\x0b\\x0aAA\\x00]",
     "[\\x08\\x07\\x0b\\x0aAA\\x00]"},
    {"\\x41\\x2e\\u0042\\U00000043\\101\\0\\v", "A\\.BCA\\x00\\x0b", "A\\.BCA\\x00\\x0b"},
    {"\\xfc+\\u00fc?\\374", "(?:\xc3\xbc)+(?:\xc3\xbc)?(?:\xc3\xbc)",
     "\xc3\xbc+\xc3\xbc?\xc3\xbc"},
    {"\xc3\xbc+\\\xc3\xbc", "(?:\xc3\xbc)+(?:\xc3\xbc)", "\xc3\xbc+\xc3\xbc"},
    {"[a\xc3\xbc\\u20ac-\\u20af]", "[a\\xff\\xff-\\xff]",
     "[a\xc3\xbc\xe2\x82\xac-\xe2\x82\xaf]"},
    {"[a-\\xff]", "[a-\\x7f]", "[a-\xc3\xbf]"},
    {"(?:)*|", "(?:)*|", "(?:)*|"},
    {"(?=a)*b", "(?=a)*b", "(?=a)*b"},
    {"", "", ""},
};

static bool
translate(struct dialect how, const char *pattern, struct pattern *out,
          struct buf *reason, size_t *at)
{
    struct pattern in = {0};
    struct buf unused = {0};
    bool is_good;

    assert_true(pattern_expand(span_of(pattern), &in, &unused, at));
    *out = (struct pattern){0};
    is_good = dialect_translate(how, &in, out, reason, at);
    pattern_fini(&in);
    buf_fini(&unused);
    return is_good;
}

static void
assert_translated(enum dialect_target target, bool is_strict, const char *pattern,
                  const char *text)
{
    struct buf reason = {0};
    struct pattern p;
    size_t at;

    if (!translate((struct dialect){target, is_strict}, pattern, &p, &reason, &at))
        fail_msg("%s is refused: %s", pattern, reason.ptr);
    if (!span_eq(buf_span(&p.text), span_of(text)))
        fail_msg("%s gives %s, not %s", pattern, p.text.ptr, text);
    assert_int_equal(p.positions.len, 2 * p.text.len);
    pattern_fini(&p);
    buf_fini(&reason);
}

static void
test_taken(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        assert_translated(DIALECT_PLAIN, true, taken[i].pattern, taken[i].plain);
        assert_translated(DIALECT_WIDE, true, taken[i].pattern, taken[i].wide);
    }
}

/* An expression that was converted for its log. */
static void
test_bytes(void **state UNUSED)
{
    assert_translated(DIALECT_BYTES, true, "\\w\\xfc[\\w\\xe0-\\xfc]",
                      "[\\w\\x80-\\xff]\\xfc[\\w\\x80-\\xff\\xe0-\\xfc]");
}

/* Our own filters may use what Python has not. */
static void
test_own(void **state UNUSED)
{
    static const char *const own[] = {
        "(?P<a>x)(?P<a>y)", "\\h\\R\\K", "(?|(a)|(b))", "(?<n>a)\\k<n>", "(*COMMIT)a",
        "a(?i)b",           "a**",       "\\x{41}",     "(?&n)",         "(?(?=a)b|c)",
    };

    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        assert_translated(DIALECT_PLAIN, false, own[i], own[i]);
}

static const struct {
    const char *pattern;
    size_t at;
    const char *reason;
} refused[] = {
    {"(?P<ip4>a)(?P<ip4>b)", 10, "the group's name `ip4` is given twice"},
    {"a\\h", 1, "there is no escape \\h"},
    {"[\\h]", 1, "there is no escape \\h in a class"},
    {"[\\1]", 1, "there is no escape \\1 in a class"},
    {"a\\z", 1, "there is no escape \\z"},
    {"\\N{DIGIT ONE}", 0,
     "\\N{...} is not supported: write the character itself, or its number as \\u00fc"},
    {"\\u12", 0, "\\u needs 4 hexadecimal digits"},
    {"\\x4", 0, "\\x needs 2 hexadecimal digits"},
    {"\\ud800", 0, "\\u names no character of the log"},
    {"\\U00110000", 0, "\\U names no character of the log"},
    {"\\777", 0, "an octal number is 377 at most"},
    {"a(?i)b", 1, "flags for all stand at the beginning, or for a group as (?i:...)"},
    {"a|(?i)b", 2, "flags for all stand at the beginning, or for a group as (?i:...)"},
    {"(?-i)b", 0, "flags are switched off for a group alone"},
    {"(?a)b", 0, "the flag a is not supported: write classes, [0-9]"},
    {"(?L)b", 0, "the flag L, or -u, is of expressions for bytes"},
    {"(?|a)", 0, "there is no group that begins like this"},
    {"(?<n>a)", 0, "there is no group that begins like this"},
    {"(?P>n)", 0, "there is no group that begins like this"},
    {"(*COMMIT)", 1, "nothing to repeat"},
    {"*a", 0, "nothing to repeat"},
    {"^*a", 1, "nothing to repeat"},
    {"a|+", 2, "nothing to repeat"},
    {"(?i)*", 4, "nothing to repeat"},
    {"a**", 2, "what is repeated is repeated already"},
    {"a{2}{3}", 4, "what is repeated is repeated already"},
    {"a{3,2}", 1, "at most is less than at least"},
    {"(?<=a|bc)d", 8, "a look-behind needs one width, and this one has several"},
    {"(?<!a*)d", 6, "a look-behind needs one width, and this one has several"},
    {"\\1(a)", 0, "there is no group 1 yet"},
    {"(a\\1)", 2, "group 1 is still open"},
    {"(?<=(a)\\1)", 7, "group 1 is of the same look-behind"},
    {"(?P=n)", 0, "there is no group `n` yet"},
    {"(?(n)a)", 0, "there is no group `n` yet"},
    {"(a)?(?(1)a|b|c)", 12, "a condition has two branches at most"},
    {"(?P<1>a)", 0, "a group's name begins with a letter"},
    {"(?P<a-b>a)", 0, "a group's name has letters, digits and _"},
    {"(?P<>a)", 0, "a group without its name"},
    {"(?P<a", 0, "a group's name that does not end"},
    {"(?#a", 0, "a comment that does not end"},
    {"a)b", 1, "a closing parenthesis that closes nothing"},
    {"a(b", 1, "a group that does not end"},
    {"a[b", 1, "a class that does not end"},
    {"a[]", 1, "a class that does not end"},
    {"[b-a]", 1, "a range that ends before it begins"},
    {"[\\w-.]", 4, "a range from or to more than one character"},
    {"a\\", 1, "a backslash at the end"},
};

static void
test_refused(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct buf reason = {0};
        struct pattern p;
        size_t at = 99;

        if (translate((struct dialect){DIALECT_PLAIN, true}, refused[i].pattern, &p,
                      &reason, &at))
            fail_msg("%s is taken", refused[i].pattern);
        if (strcmp(reason.ptr, refused[i].reason) != 0 || at != refused[i].at)
            fail_msg("%s: %s at %zu", refused[i].pattern, reason.ptr, at);
        pattern_fini(&p);
        buf_fini(&reason);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_taken),
        TEST(test_bytes),
        TEST(test_own),
        TEST(test_refused),
    };

    return RUN(tests);
}
