/* The command table is in the completions of both shells, and the shells can read them.
 * What they complete is in test/system/completion.t. */
#include "run_test.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>

static void
assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is missing", part);
}

/* "SHELL -n" of the script. */
static void
assert_readable(const char *shell, const char *script)
{
    char path[] = "/tmp/komainu-completion-XXXXXX";
    char *argv[] = {(char *)(uintptr_t)shell, (char *)(uintptr_t) "-n", path, NULL};
    struct buf text = {0};
    int fd = mkstemp(path), rc, status = -1;
    pid_t pid;

    assert_true(fd >= 0);
    buf_add_text(&text, script);
    assert_int_equal(ctl_flush(fd, &text), 0);
    rc = posix_spawnp(&pid, shell, NULL, NULL, argv, environ);
    if (rc == 0)
        assert_int_equal(waitpid(pid, &status, 0), pid);
    (void)close(fd); /* what was written has been read */
    assert_int_equal(unlink(path), 0);
    buf_fini(&text);
    if (rc == ENOENT) {
        print_message("# %s is not installed: not checked\n", shell);
        return;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(status, 0);
}

static void
check_shell(const char *shell)
{
    struct run r;
    const struct ctl_command *c;

    RUN_WORDS(&r, "--print-completion", shell);
    assert_int_equal(r.code, CTL_DONE);
    assert_string_equal(r.err, "");
    for (size_t i = 0; (c = ctl_command_at(i)); i++)
        assert_has(r.out, c->name);
    for (size_t id = 0; id < CTL_OPTIONS; id++)
        assert_has(r.out, ctl_option((enum ctl_option_id)id)->name);
    assert_readable(shell, r.out);
}

static void
test_bash(void **state UNUSED)
{
    check_shell("bash");
}

static void
test_zsh(void **state UNUSED)
{
    check_shell("zsh");
}

/* Whatever goes wrong, a shell that completes is told nothing. */
static void
test_silence(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "complete", "bans", "192", "--socket", "/nonexistent/socket");
    assert_int_equal(r.code, CTL_DONE);
    assert_string_equal(r.out, "");
    assert_string_equal(r.err, "");
    RUN_WORDS(&r, "complete", "nonsense");
    assert_int_equal(r.code, CTL_USAGE);
    RUN_WORDS(&r, "--print-completion", "csh");
    assert_int_equal(r.code, CTL_USAGE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_bash), TEST(test_zsh),
                                       TEST(test_silence)};

    return RUN(tests);
}
