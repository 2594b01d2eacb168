/* The command table is in the help and in the man page, and mandoc reads the latter. */
#include "run_test.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>

#include "ctl/help.h"

enum { HELP_COLUMNS = 80 };

static void
assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is missing", part);
}

static void
assert_fits(const char *text)
{
    struct span rest = span_of(text), line;

    while (span_line(&rest, &line)) {
        if (text_width(line) >= HELP_COLUMNS)
            fail_msg("too long: %.*s", SPAN_FMT(line));
    }
}

static void
test_list(void **state UNUSED)
{
    static const char *const ways[] = {"help", "--help", "-h"};
    struct run r;
    const struct ctl_command *c;

    for (size_t way = 0; way < ARRAY_LEN(ways); way++) {
        RUN_WORDS(&r, ways[way]);
        assert_int_equal(r.code, CTL_DONE);
        assert_string_equal(r.err, "");
        for (size_t i = 0; (c = ctl_command_at(i)); i++) {
            assert_has(r.out, c->name);
            assert_has(r.out, c->summary[CTL_ENGLISH]);
        }
        assert_fits(r.out);
    }
}

static void
test_each_command(void **state UNUSED)
{
    struct run a, b;
    const struct ctl_command *c;

    for (size_t i = 0; (c = ctl_command_at(i)); i++) {
        RUN_WORDS(&a, "help", c->name);
        RUN_WORDS(&b, c->name, "--help");
        assert_int_equal(a.code, CTL_DONE);
        assert_int_equal(b.code, CTL_DONE);
        assert_string_equal(a.out, b.out);
        assert_has(a.out, c->help[CTL_ENGLISH]);
        assert_has(a.out, c->usage);
        assert_fits(a.out);
        for (size_t id = 0; id < CTL_OPTIONS; id++) {
            const struct ctl_option *o = ctl_option((enum ctl_option_id)id);
            bool is_taken = id == OPT_HELP || (c->options & OPT_BIT(id));
            struct buf head = {0};

            buf_printf(&head, "\n  %s%s%s\n", o->name, o->value ? " " : "",
                       o->value ? o->value : "");
            assert_int_equal(strstr(a.out, head.ptr) != NULL, is_taken);
            buf_fini(&head);
        }
    }
}

/* In Japanese, too, nothing is left out, nothing is too wide, and the columns stand. */
static void
test_japanese(void **state UNUSED)
{
    struct buf list = {0}, one = {0};
    struct span rest, line;
    const struct ctl_command *c;

    help_add(&list, NULL, CTL_JAPANESE);
    assert_fits(list.ptr);
    for (size_t i = 0; (c = ctl_command_at(i)); i++) {
        assert_has(list.ptr, c->summary[CTL_JAPANESE]);
        buf_clear(&one);
        help_add(&one, c, CTL_JAPANESE);
        assert_has(one.ptr, c->help[CTL_JAPANESE]);
        assert_fits(one.ptr);
    }
    rest = buf_span(&list);
    while (span_line(&rest, &line)) {
        const char *at = memmem(line.ptr, line.len, "遮断の一覧", 15);

        if (at)
            assert_int_equal(text_width(span_between(line.ptr, at)), 28);
    }
    buf_fini(&list);
    buf_fini(&one);
}

/* Whether a text has a character that only Japanese has: kana. */
static bool
has_kana(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)text[0] == 0xE3 &&
            ((unsigned char)text[1] == 0x81 || (unsigned char)text[1] == 0x82 ||
             (unsigned char)text[1] == 0x83))
            return true;
    return false;
}

/* Every text of the table is there in both languages, each in its own. */
static void
test_both_languages(void **state UNUSED)
{
    const struct ctl_command *c;

    for (size_t i = 0; (c = ctl_command_at(i)); i++) {
        const char *const *texts[] = {c->summary, c->help};

        for (size_t k = 0; k < ARRAY_LEN(texts); k++) {
            if (!texts[k][CTL_ENGLISH] || has_kana(texts[k][CTL_ENGLISH]) ||
                !texts[k][CTL_JAPANESE] || !has_kana(texts[k][CTL_JAPANESE]))
                fail_msg("%s: a text is missing, or in the wrong language", c->name);
        }
    }
    for (size_t id = 0; id < CTL_OPTIONS; id++) {
        const struct ctl_option *o = ctl_option((enum ctl_option_id)id);

        if (!o->help[CTL_ENGLISH] || has_kana(o->help[CTL_ENGLISH]) ||
            !o->help[CTL_JAPANESE] || !has_kana(o->help[CTL_JAPANESE]))
            fail_msg("%s: a text is missing, or in the wrong language", o->name);
    }
}

static void
test_locales(void **state UNUSED)
{
    static const char *const japanese[] = {"ja", "ja_JP.UTF-8", "ja.UTF-8", "ja_JP@x"};
    static const char *const english[] = {"", "C", "C.UTF-8", "en_US.UTF-8", "jam_JM"};

    for (size_t i = 0; i < ARRAY_LEN(japanese); i++)
        assert_int_equal(ctl_language_of(japanese[i]), CTL_JAPANESE);
    for (size_t i = 0; i < ARRAY_LEN(english); i++)
        assert_int_equal(ctl_language_of(english[i]), CTL_ENGLISH);
    assert_int_equal(ctl_language_of(NULL), CTL_ENGLISH);
}

static void
test_version(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "--version");
    assert_int_equal(r.code, CTL_DONE);
    assert_string_equal(r.out, "komainu " KOMAINU_VERSION "\n");
}

static void
dump_man(struct run *r, enum ctl_language l)
{
    if (l == CTL_JAPANESE)
        RUN_WORDS(r, "--dump-man", "ja");
    else
        RUN_WORDS(r, "--dump-man");
    assert_int_equal(r->code, CTL_DONE);
}

static void
check_man(enum ctl_language l)
{
    struct run r;
    struct buf head = {0};
    const struct ctl_command *c;

    dump_man(&r, l);
    assert_int_equal(has_kana(r.out), l == CTL_JAPANESE);
    for (size_t i = 0; (c = ctl_command_at(i)); i++) {
        buf_clear(&head);
        buf_printf(&head, ".It Ic %s", c->name);
        assert_has(r.out, head.ptr);
    }
    for (size_t id = 0; id < CTL_OPTIONS; id++) {
        buf_clear(&head);
        buf_printf(&head, ".It Fl Fl %s", ctl_option((enum ctl_option_id)id)->name + 2);
        assert_has(r.out, head.ptr);
    }
    buf_fini(&head);
}

static void
test_man_is_complete(void **state UNUSED)
{
    check_man(CTL_ENGLISH);
    check_man(CTL_JAPANESE);
}

static void
lint_man(enum ctl_language l)
{
    char path[] = "/tmp/komainu-man-XXXXXX";
    char *argv[] = {(char *)(uintptr_t) "mandoc", (char *)(uintptr_t) "-Tlint",
                    (char *)(uintptr_t) "-Wwarning", path, NULL};
    struct run r;
    struct buf man = {0};
    int fd = mkstemp(path), rc, status = -1;
    pid_t pid;

    assert_true(fd >= 0);
    dump_man(&r, l);
    buf_add_text(&man, r.out);
    assert_int_equal(ctl_flush(fd, &man), 0);
    rc = posix_spawnp(&pid, "mandoc", NULL, NULL, argv, environ);
    if (rc == 0)
        assert_int_equal(waitpid(pid, &status, 0), pid);
    (void)close(fd); /* what was written has been read */
    assert_int_equal(unlink(path), 0);
    buf_fini(&man);
    if (rc == ENOENT) {
        print_message("# mandoc is not installed: the page was written, not checked\n");
        return;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(status, 0);
}

static void
test_man_lint(void **state UNUSED)
{
    lint_man(CTL_ENGLISH);
    lint_man(CTL_JAPANESE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_list),
                                       TEST(test_each_command),
                                       TEST(test_japanese),
                                       TEST(test_both_languages),
                                       TEST(test_locales),
                                       TEST(test_version),
                                       TEST(test_man_is_complete),
                                       TEST(test_man_lint)};

    return RUN(tests);
}
