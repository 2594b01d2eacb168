#include "unit.h"

#include "report/words.h"

static bool
has_japanese(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c >= 0xE3 && (unsigned char)*c <= 0xE9)
            return true;
    return false;
}

/* The numbers of the places in braces, as bits. */
static unsigned
places(const char *text)
{
    unsigned found = 0, number;

    for (const char *c = text; *c; c++) {
        if (*c != '{')
            continue;
        number = (unsigned)(c[1] - '0');
        assert_true(number < WORD_VALUES_MAX);
        assert_true(c[2] == '}' || c[2] == '|');
        assert_non_null(strchr(c, '}'));
        found |= 1U << number % WORD_VALUES_MAX;
    }
    return found;
}

/* Every word in every language, with the same values in it. */
static void
test_complete(void **state UNUSED)
{
    static const enum word same[] = {WORD_DAY,      WORD_AS,      WORD_BY_SCREEN,
                                     WORD_BY_SPF,   WORD_BY_DKIM, WORD_BY_DMARC,
                                     WORD_BY_MILTER};
    bool may_be_same;

    for (int w = WORD_NONE + 1; w < WORDS; w++) {
        const char *english = word_text((enum word)w, LANGUAGE_ENGLISH);
        const char *japanese = word_text((enum word)w, LANGUAGE_JAPANESE);

        may_be_same = false;
        for (size_t i = 0; i < ARRAY_LEN(same); i++)
            may_be_same = may_be_same || (int)same[i] == w;
        if (!may_be_same && !has_japanese(japanese))
            fail_msg("not Japanese: %s", japanese);
        assert_false(has_japanese(english));
        if (places(english) != places(japanese))
            fail_msg("other values: %s", japanese);
        assert_true(english[0] != ' ' && english[strlen(english) - 1] != ' ');
    }
}

static void
test_keys(void **state UNUSED)
{
    char key[WORD_KEY_MAX], other[WORD_KEY_MAX];

    assert_string_equal(word_key(WORD_NOTE_TAKEOVER, key), "note_takeover");
    for (int w = 1; w < WORDS; w++) {
        (void)word_key((enum word)w, key);
        assert_int_equal(strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_"),
                         strlen(key));
        for (int v = 1; v < w; v++)
            assert_string_not_equal(key, word_key((enum word)v, other));
        assert_int_equal(word_of_key(span_of(key), (enum word)w), w);
        assert_int_equal(word_of_key(span_of(key), (enum word)1), w);
    }
    assert_int_equal(word_of_key(SPAN("note_takeove"), WORD_NOTE_TAKEOVER), WORD_NONE);
    assert_int_equal(word_of_key(SPAN("note_takeovers"), WORD_NOTE_TAKEOVER), WORD_NONE);
    assert_int_equal(word_of_key(SPAN(""), (enum word)WORDS), WORD_NONE);
}

static void
upper(struct buf *b, struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        buf_add_byte(b, text.ptr[i] >= 'a' && text.ptr[i] <= 'z'
                            ? (char)(text.ptr[i] - 32)
                            : text.ptr[i]);
}

static void
test_sentences(void **state UNUSED)
{
    static const struct {
        const char *sentence;
        int64_t number;
        const char *out;
    } rows[] = {
        {"{0} {0|mail|mails} of {1}", 1, "x mail of y"},
        {"{0} {0|mail|mails} of {1}", 0, "x mails of y"},
        {"{2}{1}{0}", 5, "-yx"},
        {"no values", 5, "no values"},
        {"", 5, ""},
    };
    struct word_value values[WORD_VALUES_MAX] = {{SPAN("x"), 0}, {SPAN("y"), 0}};
    struct buf b = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        values[0].number = rows[i].number;
        buf_clear(&b);
        word_put(&b, rows[i].sentence, NULL, values);
        assert_span(buf_span(&b), rows[i].out);
    }
    buf_clear(&b);
    word_put(&b, "one {0} {0|a|b}", upper, values);
    assert_span(buf_span(&b), "ONE x B");
    buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_complete), TEST(test_keys),
                                       TEST(test_sentences)};

    return RUN(tests);
}
