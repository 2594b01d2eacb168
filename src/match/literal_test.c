#include "unit.h"

#include "match/literal.h"

/* What literal_required() says: texts between bars, "i:" before those in any case, "^:"
 * before those at the beginning. */
static const struct {
    const char *pattern, *literal;
} cases[] = {
    {"warning: x", "warning: x"},
    {"^warning: ", "^:warning: "},
    {"\\Awarning: \\S+", "^:warning: "},
    {"(?:^|x)warning: ", "warning: "},
    {"^(?:^)?warning: ", "^:warning: "},
    {"(?:^)?warning: ", "warning: "},
    {"(?:^lost|^gone) for ever", "^:lost for ever|gone for ever"},
    {"\\b^warning: ", "^:warning: "},
    {"(?=x)^warning: ", "^:warning: "},
    {".?^warning: ", "warning: "},
    {"(?m)^warning: ", "warning: "},
    {"(?m:^)warning: ", "warning: "},
    {"\\Gwarning: ", "warning: "},
    {"^(?:message repeated \\d+ times: )?Failed ", "^:message repeated |Failed "},
    {"^(?:error: )?maximum", "^:error: maximum|maximum"},
    {"^Failed \\S+ for user$", " for user"},
    {"^user \\S+ authentication failed", " authentication failed"},
    {"a\\[b\\.c\\]d", "a[b.c]d"},
    {"abcd?efgh", "abcdefgh|abcefgh"},
    {"abcdef?", "abcde"},
    {"abcdef*", "abcde"},
    {"abcdef*?ghijk", "fghijk|abcdeghijk"},
    {"abcde+fgh", "abcde"},
    {"abc+defg", "cdefg"},
    {"abcd++", "abcd"},
    {"(?:abcd)+", "abcd"},
    {"(?:abcd)*efgh", "efgh"},
    {"(?:abcd){2}", "abcd"},
    {"(?:abcd){2,}x", "abcdx"},
    {"(?:abcd){1}x", "abcdx"},
    {"(?:abcd){0}wxyz", "wxyz"},
    {"abcde{0,3}", "abcd"},
    {"abcde{0,1}fgh", "abcdefgh|abcdfgh"},
    {"abcde{2}xyz", "abcde"},
    {"abcde{,3}", "abcd"},
    {"abcde{ 3 }", "abcd"},
    {"abcde{3, 4}", "abcd"},
    {"abcde{99999999999}", "abcde"},
    {"abcd{x}", "abcd{x}"},
    {"abcd{}", "abcd{}"},
    {"a{2}{0}bcde", "bcde"},
    {"(?:one|two)three", "onethree|twothree"},
    {"SASL (?:PLAIN|LOGIN) auth", "SASL PLAIN auth|SASL LOGIN auth"},
    {"address rejected: (?:User unknown|undeliverable)",
     "address rejected: User unknown|address rejected: undeliverable"},
    {"(?:Disconnected|Login aborted)[^<]*? \\((?:proxy )?auth failed",
     " (proxy auth failed| (auth failed"},
    {"(?:error|fail(?:ing)?)", "error|fail"},
    {"(?:error|fail(?:ing)?|)abcd", "abcd"},
    {"(longer text)?abcd", "abcd"},
    {"abcd|efgh", "abcd|efgh"},
    {"abcd|efgh|\\d", ""},
    {"abcd|", ""},
    {"abcd|xy", ""},
    {"abcd|fghabcd|abcdz", "abcd"},
    {"(?:ab|.*)(?:cd|.*)ghij", "ghij"},
    {"[abc][abc][abc]wxyz", "awxyz|bwxyz|cwxyz"},
    {"[ab][ab]wxyz", "aawxyz|bawxyz|abwxyz|bbwxyz"},
    {"(?:a1|b1|c1|d1|e1|f1|g1|h1|i1)(?:a|b)wxyz", "awxyz|bwxyz"},
    {"(?!not this)abcd", "abcd"},
    {"(?=this)abcd", "abcd"},
    {"ab(?=cd)cdef", "abcdef"},
    {"ab(?<!cd)cdef", "abcdef"},
    {"(?<name>x)abcd(?P=name)", "xabcd"},
    {"(?'name'x)abcd(?&name)", "xabcd"},
    {"(?(1)yes|no)abcd", "abcd"},
    {"(?P<a>x)?(?(a)\\])abcd", "abcd"},
    {"(?(?=x)long text|no)abcd", "abcd"},
    {"(?(DEFINE)(?<x>long text))abcd", "abcd"},
    {"(?i:folded)", "i:folded"},
    {"(?i:Folded)ABC", "i:foldedabc"},
    {"((?i)Folded)abcde.", "i:foldedabcde"},
    {"(?i)ABCD", "i:abcd"},
    {"(?i)Abcd|aBCD", "i:abcd"},
    {"abcd|(?i)ABCD|wxyz", "i:abcd|i:wxyz"},
    {"(?i:abcdefg)|abcd", "i:abcdefg|abcd"},
    {"(?i:abcd)|xABCDx", "i:abcd"},
    {"(?i)1234", "1234"},
    {"(?i:x)\\d(?-i:abcd)", "abcd"},
    {"(?i)(?-i)abcd", "abcd"},
    {"(?:(?i)x|abcd)efgh", "i:xefgh|i:abcdefgh"},
    {"(?-i)abcd", "abcd"},
    {"(?s)abcd(?U)", "abcd"},
    {"[Aa]uth [.]x", "Auth .x|auth .x"},
    {"^never (?:\\[?(?:::[Ff]{4}:)?\\d)", "^:never "},
    {"[.:]xyz", ".xyz|:xyz"},
    {"[abc]def[^]x]ghij", "ghij"},
    {"[\\]xyz]abcd", "abcd"},
    {"[a-c]wxyz", "wxyz"},
    {"[\\x41]wxyz", "wxyz"},
    {"[]]wxyz", "]wxyz"},
    {"\\d+wxyz\\1", "wxyz"},
    {"\\1234abcd", "abcd"},
    {"\\twxy", "\twxy"},
    {"abc", ""},
    {"abc\\.", "abc."},
    {"ab(?#cd)ef", "abef"},
    {"abcde(?#cd)*", "abcd"},
    {"\\Qabc|\\E", "abc|"},
    {"\\Qabc(d", "abc(d"},
    {"abcd\\Q\\E*", ""},
    {"abcd\nefghi", "efghi"},
    {"[x\n]abcd", "abcd"},
    {"one text that is longer than all that is kept", " is longer than all that is kept"},
    {".one text that is longer than all that is kept",
     " is longer than all that is kept"},
    /* not understood */
    {"abcd)", ""},
    {"abcd(", ""},
    {"abcd[", ""},
    {"abcd[]", ""},
    {"abcd\\", ""},
    {"(?x)a b c d # comment", ""},
    {"abcd(?x: ) # ( )", ""},
    {"(?^)abcd", ""},
    {"(*UTF)abcd", ""},
    {"(?:abcd(*ACCEPT))defg", ""},
    {"(?#abcd", ""},
    {"\\x41bcde", ""},
    {"\\o{101}bcde", ""},
    {"\\cAbcde", ""},
    {"\\g{1}abcd", ""},
    {"\\p{Lu}abcd", ""},
    {"\\Nabcd", ""},
    {"[[:alpha:]]abcd", ""},
    {"[\\Q]\\E]abcd", ""},
    {"(?C')')abcd", ""},
    {"(?-1)abcd", ""},
    {"(?+1)abcd", ""},
    {"((((((((((((((((((((((((abcd))))))))))))))))))))))))", ""},
    {"", ""},
};

static void
add_literal(const struct literal *l, struct buf *out)
{
    buf_add_text(out, l->is_anchored ? "^:" : "");
    for (size_t i = 0; i < l->any.count; i++) {
        buf_add_text(out, i ? "|" : "");
        buf_add_text(out, l->any.texts[i].is_nocase ? "i:" : "");
        buf_add(out, literal_text_span(&l->any.texts[i]));
    }
}

static void
test_cases(void **state UNUSED)
{
    size_t wrong = 0;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf text = {0};
        struct literal l;
        bool has = literal_required(span_of(cases[i].pattern), false, &l);

        assert_int_equal(has, *cases[i].literal != '\0');
        add_literal(&l, &text);
        if (!span_eq(buf_span(&text), span_of(cases[i].literal))) {
            print_error("%s gives \"%s\"\n", cases[i].pattern, text.ptr);
            wrong++;
        }
        buf_fini(&text);
    }
    assert_int_equal(wrong, 0);
}

/* ^ may stand after each newline. */
static void
test_multiline(void **state UNUSED)
{
    struct literal l;

    assert_true(literal_required(SPAN("^warning: "), true, &l));
    assert_false(l.is_anchored);
    assert_true(literal_required(SPAN("\\Awarning: "), true, &l));
    assert_true(l.is_anchored);
    assert_true(literal_required(SPAN("(?-m)^warning: "), true, &l));
    assert_true(l.is_anchored);
    assert_true(literal_required(SPAN("(?-m:x)?^warning: "), true, &l));
    assert_false(l.is_anchored);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cases),
        TEST(test_multiline),
    };

    return RUN(tests);
}
