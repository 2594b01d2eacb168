#include "unit.h"

#include "match/literal.h"

static const struct {
    const char *pattern, *literal;
} cases[] = {
    {"warning: x", "warning: x"},
    {"^Failed \\S+ for user$", " for user"},
    {"a\\[b\\.c\\]d", "a[b.c]d"},
    {"abcd?efgh", "efgh"},
    {"abcde?", "abcd"},
    {"abcd*", "abc"},
    {"abc+def", "abc"},
    {"abc++", "abc"},
    {"abcd{0,3}", "abc"},
    {"abcd{2}xyz", "abc"},
    {"abcd{,3}", "abc"},
    {"abcd{x}", "abc"}, /* no quantifier; a shorter text than could be, and right */
    {"(?:one|two)three", "three"},
    {"(longer text)?abc", "abc"},
    {"(?!not this)abc", "abc"},
    {"(?=this)abc", "abc"},
    {"(?<name>x)abc(?P=name)", "abc"},
    {"(?(1)yes|no)abc", "abc"},
    {"(?P<a>x)?(?(a)\\])abc", "abc"},
    {"(?i:folded)abc", "abc"},
    {"((?i)folded)abc", "abc"},
    {"[abc]def[^]x]ghij", "ghij"},
    {"[\\]xyz]abc", "abc"},
    {"ab", ""},
    {"abc|def", ""},
    {"abc)", ""},
    {"abc(", ""},
    {"abc[", ""},
    {"abc\\", ""},
    {"(?i)abc", ""},
    {"(?x)a b c # comment", ""},
    {"abc(?x: ) # ( )", ""},
    {"(*UTF)abc", ""},
    {"(?:abc(*ACCEPT))def", ""},
    {"(?#abc)def", ""},
    {"\\Qabc|\\E", ""},
    {"\\x41bcd", ""},
    {"\\o{101}bcd", ""},
    {"\\cAbcd", ""},
    {"\\1234abc", ""},
    {"\\g{1}abc", ""},
    {"\\p{Lu}abc", ""},
    {"[[:alpha:]]abc", ""},
    {"[\\Q]\\E]abc", ""},
    {"abc\ndefg", "defg"},
    {"(?C')')abc", ""},
    {"", ""},
};

static void
test_cases(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf literal = {0};

        literal_required(span_of(cases[i].pattern), &literal);
        if (!span_eq(buf_span(&literal), span_of(cases[i].literal)))
            fail_msg("%s gives \"%s\"", cases[i].pattern, literal.ptr ? literal.ptr : "");
        buf_fini(&literal);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cases),
    };

    return RUN(tests);
}
