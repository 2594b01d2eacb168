/* Expressions and subjects that PCRE2 judges: where it finds a match one of the texts is
 * there. The input is either an expression, a newline and a subject, or (when it begins
 * with a NUL) steps of a small machine that writes an expression and a text for it. */
#include "match/literal.h"

#include "base/buf.h"
#include "base/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { STEPS_MAX = 200, PATTERN_MAX = 2000, STEP_LIMIT = 100000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a step appends to the expression, and what to the text. */
static const struct {
    const char *pattern, *text;
} steps[] = {
    {"a", "a"},
    {"b", "b"},
    {"A", "A"},
    {"warning: ", "warning: "},
    {"error", "error"},
    {"auth", "auth"},
    {"fail", "fail"},
    {"ed", "ed"},
    {"|", ""},
    {"|fail", ""},
    {"(?:", ""},
    {"(", ""},
    {")", ""},
    {")", ""},
    {")?", ""},
    {")*", ""},
    {")+", ""},
    {"){2}", ""},
    {"){0,2}", ""},
    {"){1,}?", ""},
    {"){2,3}+", ""},
    {"?", ""},
    {"*", ""},
    {"+", ""},
    {"??", ""},
    {"*+", ""},
    {"+?", ""},
    {"{0}", ""},
    {"{2}", ""},
    {"{,2}", ""},
    {"{1,2}", ""},
    {"{x}", "{x}"},
    {"{ 1}", "{ 1}"},
    {"{2}{0}", ""},
    {"{", "{"},
    {"(?i)", ""},
    {"(?-i)", ""},
    {"(?i:", ""},
    {"(?-i:", ""},
    {"(?s)", ""},
    {"(?m)", ""},
    {"(?m:", ""},
    {"(?x)", ""},
    {"(?J)", ""},
    {"(?U)", ""},
    {"(?^)", ""},
    {"(?=", ""},
    {"(?!", ""},
    {"(?<=", ""},
    {"(?<!", ""},
    {"(?>", ""},
    {"(?|", ""},
    {"(?<n>", ""},
    {"(?P<m>", ""},
    {"(?'o'", ""},
    {"(?P=m)", ""},
    {"(?&n)", ""},
    {"(?R)", ""},
    {"(?1)", ""},
    {"(?+1)", ""},
    {"(?(1)", ""},
    {"(?(<n>)", ""},
    {"(?(?=", ""},
    {"(?(DEFINE)", ""},
    {"(?(m)", ""},
    {"(?#fail)", ""},
    {"(*ACCEPT)", ""},
    {"(*SKIP)", ""},
    {"\\1", ""},
    {"\\12", ""},
    {"\\g{1}", ""},
    {"\\k<n>", ""},
    {"\\K", ""},
    {"\\G", ""},
    {"\\A", ""},
    {"\\z", ""},
    {"\\Z", ""},
    {"^", ""},
    {"$", "\n"},
    {"\\b", ""},
    {"\\B", ""},
    {"\\d", "1"},
    {"\\S+", "xyz"},
    {"\\s", " "},
    {"\\w", "f"},
    {".*", "x"},
    {".", "y"},
    {"\\Q", ""},
    {"\\E", ""},
    {"\\Qa|b\\E", "a|b"},
    {"\\Q\\E", ""},
    {"\\.", "."},
    {"\\[", "["},
    {"\\t", "\t"},
    {"\\n", "\n"},
    {"\\x41", "A"},
    {"\\x{42}", "B"},
    {"\\012", "\n"},
    {"\\cA", "\x01"},
    {"\\R", "\n"},
    {"\\h", "\t"},
    {"[ab]", "b"},
    {"[Aa]", "A"},
    {"[^a]", "x"},
    {"[]a]", "]"},
    {"[^]a]", "["},
    {"[a-c]", "c"},
    {"[[:alpha:]]", "q"},
    {"[\\]x]", "]"},
    {"[.a]", "."},
    {"[a\\-]", "-"},
    {"[\\d.]", "1"},
    {"[a[b]", "["},
    {"[\\Q]\\E]", "]"},
    {"[\\x41]", "A"},
    {"[ab\n]", "\n"},
    {"(?:fail(?:ing|ed)?|error)", "failed"},
    {"]", "]"},
    {"}", "}"},
    {"\n", "\n"},
    {"\xe9", "\xe9"},
    {"message repeated", "MESSAGE REPEATED"},
    {"\\H", "z"},
    {"(?:abc|abd|abe|abf)", "abe"},
    {"(?:ab|ac|ad|ae)", "ad"},
};

static bool
holds(const struct literal *l, struct span subject, const struct literal_text *t)
{
    size_t last = l->is_anchored ? 0 : subject.len;
    struct span part;

    for (size_t i = 0; i <= last && i + t->len <= subject.len; i++) {
        part = span_head(span_from(subject, i), t->len);
        if (t->is_nocase ? span_eq_nocase(part, literal_text_span(t))
                         : span_eq(part, literal_text_span(t)))
            return true;
    }
    return false;
}

static bool
holds_any(const struct literal *l, struct span subject)
{
    for (size_t i = 0; i < l->any.count; i++)
        if (holds(l, subject, &l->any.texts[i]))
            return true;
    return false;
}

static void
check_shape(const struct literal *l)
{
    must(l->any.count > 0 && l->any.count <= LITERAL_TEXTS_MAX);
    for (size_t i = 0; i < l->any.count; i++) {
        struct span text = literal_text_span(&l->any.texts[i]);

        must(text.len >= LITERAL_MIN && text.len <= LITERAL_BYTES);
        must(span_find_byte(text, '\n') < 0 && span_find_byte(text, '\0') < 0);
    }
}

static bool
is_match(const pcre2_code *code, struct span subject)
{
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    int found;

    must(data && context);
    (void)pcre2_set_match_limit(context, STEP_LIMIT); /* a constant it takes */
    found = pcre2_match(code, (PCRE2_SPTR)subject.ptr, subject.len, 0, 0, data, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    return found >= 0;
}

/* Subjects: the text, the text in the middle of others, in the other case. */
static void
check(struct span pattern, struct span text, bool is_multiline)
{
    struct buf subjects[4] = {0};
    struct literal l;
    PCRE2_SIZE at;
    int number;
    pcre2_code *code;

    code =
        pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len,
                      PCRE2_DUPNAMES | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
                          PCRE2_NEVER_BACKSLASH_C | (is_multiline ? PCRE2_MULTILINE : 0),
                      &number, &at, NULL);
    if (!literal_required(pattern, is_multiline, &l) || !code) {
        pcre2_code_free(code);
        return;
    }
    check_shape(&l);
    buf_add(&subjects[0], text);
    buf_add_text(&subjects[1], "xa");
    buf_add(&subjects[1], text);
    buf_add_text(&subjects[1], "b\n");
    buf_add(&subjects[2], text);
    buf_add_text(&subjects[3], "x\n");
    buf_add(&subjects[3], text);
    for (size_t i = 0; i < subjects[2].len; i++)
        if ((subjects[2].ptr[i] | 0x20) >= 'a' && (subjects[2].ptr[i] | 0x20) <= 'z')
            subjects[2].ptr[i] ^= 0x20;
    for (size_t i = 0; i < ARRAY_LEN(subjects); i++) {
        struct span subject = buf_span(&subjects[i]);

        must(!subject.ptr || !is_match(code, subject) || holds_any(&l, subject));
        buf_fini(&subjects[i]);
    }
    pcre2_code_free(code);
}

static void
run_machine(const uint8_t *data, size_t size)
{
    struct buf pattern = {0}, text = {0};

    for (size_t i = 0; i < size && i < STEPS_MAX; i++) {
        size_t n = data[i] % ARRAY_LEN(steps);

        buf_add_text(&pattern, steps[n].pattern);
        /* The high bit, where it does not choose, leaves the text out. */
        if (data[i] < ARRAY_LEN(steps))
            buf_add_text(&text, steps[n].text);
    }
    check(buf_span(&pattern), buf_span(&text), size % 2);
    buf_fini(&pattern);
    buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = {(const char *)data, size}, pattern;

    if (size && data[0] == 0)
        run_machine(data + 1, size - 1);
    else if (span_line(&input, &pattern) && pattern.len <= PATTERN_MAX)
        check(pattern, input, input.len % 2);
    return 0;
}
