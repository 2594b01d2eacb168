#include "unit.h"

#include "conf/journalmatch.h"

static void
test_reads(void **state UNUSED)
{
    static const struct {
        const char *lines[2];
        const char *want;
    } cases[] = {
        {{""}, ""},
        {{" \t "}, ""},
        {{"_COMM=sshd"}, "_COMM=sshd"},
        {{"  _COMM=sshd   _UID=0 "}, "_COMM=sshd\n_UID=0"},
        {{"_COMM=sshd + _SYSTEMD_UNIT=ssh.service _UID=0"},
         "_COMM=sshd\n+\n_SYSTEMD_UNIT=ssh.service\n_UID=0"},
        {{"_COMM=a", "_COMM=b"}, "_COMM=a\n+\n_COMM=b"},
        {{"_COMM='a b'"}, "_COMM=a b"},
        {{"'_COMM=a b'"}, "_COMM=a b"},
        {{"_COMM=\"a \\\"b\\\\ \\c\""}, "_COMM=a \"b\\ \\c"},
        {{"_COMM=a\\ b\\'"}, "_COMM=a b'"},
        {{"_COMM=a'b c'd"}, "_COMM=ab cd"},
        {{"MESSAGE='+'"}, "MESSAGE=+"},
        {{"PRIORITY="}, "PRIORITY="},
        {{"A=b=c"}, "A=b=c"},
        {{"A=x#y"}, "A=x#y"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf match = {0}, why = {0}, text = {0}, again = {0};

        for (size_t k = 0; k < 2 && cases[i].lines[k]; k++)
            assert_true(journalmatch_add(&match, span_of(cases[i].lines[k]), &why));
        assert_int_equal(why.len, 0);
        assert_span(buf_span(&match), cases[i].want);
        assert_true(journalmatch_is_normal(buf_span(&match)));
        journalmatch_text(buf_span(&match), &text);
        assert_true(journalmatch_add(&again, buf_span(&text), &why));
        assert_true(span_eq(buf_span(&again), buf_span(&match)));
        buf_fini(&match);
        buf_fini(&why);
        buf_fini(&text);
        buf_fini(&again);
    }
}

static void
test_refuses(void **state UNUSED)
{
    static const struct {
        const char *line, *part;
    } cases[] = {
        {"sshd", "`sshd` is no match; write FIELD=value"},
        {"=sshd", "no match"},
        {"_comm=sshd", "no match"},
        {"__CURSOR=x", "no match"},
        {"_CO MM=x", "no match"},
        {"_COMM='sshd", "does not end"},
        {"_COMM=\"sshd\\\"", "does not end"},
        {"_COMM=sshd\\", "does not end"},
        {"_COMM=a\\\nb", "no match"},
        {"+ _COMM=sshd", "needs a match before it"},
        {"_COMM=sshd + + _COMM=x", "needs a match before it"},
        {"_COMM=sshd +", "needs a match behind it"},
        {"_COMM=sshd '+' _COMM=b", "`+` is no match"},
        {"/usr/sbin/sshd", "no match"},
        {"A=1 \033[31m", "\\x1B[31m"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf match = {0}, why = {0};

        buf_add_text(&match, "OLD=1");
        assert_false(journalmatch_add(&match, span_of(cases[i].line), &why));
        if (!strstr(why.ptr, cases[i].part))
            fail_msg("%s: %s", cases[i].line, why.ptr);
        assert_span(buf_span(&match), "OLD=1");
        buf_fini(&match);
        buf_fini(&why);
    }
}

static void
test_bounds(void **state UNUSED)
{
    struct buf match = {0}, why = {0}, line = {0};
    bool is_full = false;

    buf_add_text(&line, "A=");
    while (line.len < JOURNALMATCH_MAX)
        buf_add_byte(&line, 'x');
    assert_true(journalmatch_add(&match, buf_span(&line), &why));
    buf_clear(&match);
    buf_add_byte(&line, 'x');
    assert_false(journalmatch_add(&match, buf_span(&line), &why));
    assert_non_null(strstr(why.ptr, "longer than 2048 bytes"));
    buf_clear(&line);
    for (int i = 0; i < JOURNALMATCH_TERMS_MAX; i++)
        buf_add_text(&line, "A=x ");
    assert_true(journalmatch_add(&match, buf_span(&line), &why));
    buf_clear(&match);
    buf_add_text(&line, "A=x");
    buf_clear(&why);
    assert_false(journalmatch_add(&match, buf_span(&line), &why));
    assert_non_null(strstr(why.ptr, "more than 64 terms"));
    assert_int_equal(match.len, 0);
    for (int i = 0; i < JOURNALMATCH_TERMS_MAX; i++)
        is_full |= !journalmatch_add(&match, SPAN("A=x"), &why);
    assert_true(is_full);
    assert_true(journalmatch_is_normal(buf_span(&match)));
    buf_fini(&match);
    buf_fini(&why);
    buf_fini(&line);
}

/* What a role is told must be in the form that we write. */
static void
test_normal(void **state UNUSED)
{
    static const char *const bad[] = {
        "+", "A=1\n+", "+\nA=1", "A=1\n\nB=2", "A=1\n+\n+\nB=2", "A", "A=1\n", "a=1"};

    assert_true(journalmatch_is_normal(SPAN("")));
    assert_true(journalmatch_is_normal(SPAN("A=1\n+\nB= x")));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(journalmatch_is_normal(span_of(bad[i])));
    assert_false(journalmatch_is_normal((struct span){"A=\0", 3}));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_reads), TEST(test_refuses),
                                       TEST(test_bounds), TEST(test_normal)};

    return RUN(tests);
}
