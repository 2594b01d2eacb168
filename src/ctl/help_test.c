/* The command table is in the help and in the man page, and mandoc reads the latter. */
#include "run_test.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>

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
    size_t count;
    const struct ctl_command *c = ctl_commands(&count);

    for (size_t way = 0; way < ARRAY_LEN(ways); way++) {
        RUN_WORDS(&r, ways[way]);
        assert_int_equal(r.code, CTL_DONE);
        assert_string_equal(r.err, "");
        for (size_t i = 0; i < count; i++) {
            assert_has(r.out, c[i].name);
            assert_has(r.out, c[i].summary);
        }
        assert_fits(r.out);
    }
}

static void
test_each_command(void **state UNUSED)
{
    struct run a, b;
    size_t count;
    const struct ctl_command *c = ctl_commands(&count);

    for (size_t i = 0; i < count; i++) {
        RUN_WORDS(&a, "help", c[i].name);
        RUN_WORDS(&b, c[i].name, "--help");
        assert_int_equal(a.code, CTL_DONE);
        assert_int_equal(b.code, CTL_DONE);
        assert_string_equal(a.out, b.out);
        assert_has(a.out, c[i].help);
        assert_has(a.out, c[i].usage);
        assert_fits(a.out);
        for (size_t id = 0; id < CTL_OPTIONS; id++) {
            const struct ctl_option *o = ctl_option((enum ctl_option_id)id);
            bool is_taken = id == OPT_HELP || (c[i].options & OPT_BIT(id));
            struct buf head = {0};

            buf_printf(&head, "\n  %s%s%s\n", o->name, o->value ? " " : "",
                       o->value ? o->value : "");
            assert_int_equal(strstr(a.out, head.ptr) != NULL, is_taken);
            buf_fini(&head);
        }
    }
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
test_man_is_complete(void **state UNUSED)
{
    struct run r;
    struct buf head = {0};
    size_t count;
    const struct ctl_command *c = ctl_commands(&count);

    RUN_WORDS(&r, "--dump-man");
    assert_int_equal(r.code, CTL_DONE);
    for (size_t i = 0; i < count; i++) {
        buf_clear(&head);
        buf_printf(&head, ".It Ic %s", c[i].name);
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
test_man_lint(void **state UNUSED)
{
    char path[] = "/tmp/komainu-man-XXXXXX";
    char *argv[] = {(char *)(uintptr_t) "mandoc", (char *)(uintptr_t) "-Tlint",
                    (char *)(uintptr_t) "-Wwarning", path, NULL};
    struct run r;
    struct buf man = {0};
    int fd = mkstemp(path), rc, status = -1;
    pid_t pid;

    assert_true(fd >= 0);
    RUN_WORDS(&r, "--dump-man");
    assert_int_equal(r.code, CTL_DONE);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_list), TEST(test_each_command),
                                       TEST(test_version), TEST(test_man_is_complete),
                                       TEST(test_man_lint)};

    return RUN(tests);
}
