#include "unit.h"

#include "ctl/pflogsumm_args.h"

enum { WORDS_MAX = 8 };

/* Words, and what they give: options with their values, files, what is wrong. */
static const struct {
    const char *words[WORDS_MAX], *read;
} cases[] = {
    {{NULL}, ""},
    {{"-d", "today", "/a", "-"}, "1=today /a -"},
    {{"-h", "3", "-u=4"}, "6=3 23=4"},
    {{"--detail=5", "-DETAIL", "-1"}, "3=-1"},
    {{"--bounce_detail", "2", "--prob"}, "0=2 15"},
    {{"--verp-mung", "/a"}, "26=0 /a"},
    {{"--verp-mung", "2", "/a"}, "26=2 /a"},
    {{"--verp-mung=2"}, "26=2"},
    {{"-e", "--", "-q", "--x"}, "4 -q --x"},
    {{"--syslog-name=post_fix"}, "22=post_fix"},
    {{"--rej-add"}, "17"}, /* as in 1.1.5 */
    {{"--rej-add-t", "--use", "--colw", "0"}, "29 30 31=0"},
    {{"--unprocd-file", "x"}, "32=x"},
    {{"--unproc", "x"}, "32=x"},
    {{"-u5"}, "Unknown option: u5\n"},
    {{"--FOO=1"}, "Unknown option: foo\n"},
    {{"-h"}, "Option h requires an argument\n"},
    {{"-h="}, "Option h requires an argument\n"},
    {{"-h", "x", "-q"}, "16 x Value \"x\" invalid for option h (number expected)\n"},
    {{"-h", "99999999999"},
     "99999999999 Value \"99999999999\" invalid for option h (number expected)\n"},
    {{"--zero-fill=1"}, "Option zero-fill does not take an argument\n"},
    {{"--no-b=1"}, "Option no-bounce-detail does not take an argument\n"},
    {{"--smtpd"}, "Option smtpd is ambiguous (smtpd-stats, smtpd-warning-detail)\n"},
};

static void
add(struct buf *b, const char *text)
{
    if (b->len)
        buf_add_byte(b, ' ');
    buf_add_text(b, text);
}

static void
describe(const struct pflogsumm_args *a, const struct buf *error, struct buf *out)
{
    char text[32];

    for (int i = 0; i < PF_OPTIONS; i++) {
        if (!a->given[i])
            continue;
        (void)snprintf(text, sizeof(text), "%d", i);
        add(out, text);
        if (a->text[i])
            buf_printf(out, "=%s", a->text[i]);
        else if (i == PF_BOUNCE_DETAIL || i == PF_DETAIL || i == PF_HOSTS ||
                 i == PF_USERS || i == PF_VERP_MUNG || i == PF_COLWIDTH)
            buf_printf(out, "=%d", a->number[i]);
    }
    for (size_t i = 0; i < a->file_count; i++)
        add(out, a->files[i]);
    if (error->len)
        add(out, error->ptr);
}

static void
a_command_line_is_read_as_perl_reads_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *argv[WORDS_MAX + 1] = {(char *)(uintptr_t) "pflogsumm"};
        struct pflogsumm_args a;
        struct buf error = {0}, out = {0};
        int argc = 1;
        bool is_good;

        for (; argc <= WORDS_MAX && cases[i].words[argc - 1]; argc++)
            argv[argc] = (char *)(uintptr_t)cases[i].words[argc - 1];
        is_good = pflogsumm_args_read(argc, argv, &a, &error);
        assert_int_equal(is_good, error.len == 0);
        describe(&a, &error, &out);
        assert_span(buf_span(&out), cases[i].read);
        pflogsumm_args_fini(&a);
        buf_fini(&error);
        buf_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_command_line_is_read_as_perl_reads_it),
    };

    return RUN(tests);
}
