/* The commands that need no guard, on this machine and in a network of their own. */
#include "run_test.h"

#include <sched.h>
#include <sys/wait.h>

static void
test_check_config(void **state UNUSED)
{
    char folder[] = "/tmp/komainu-conf-XXXXXX", path[64];
    struct buf text = {0};
    struct run r;
    int fd;

    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/jail.conf", folder);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    buf_add_text(&text, "[postfix-sasl]\nenabled = true\nmaxretry = many\n"
                        "findtime = \033[2J\n");
    assert_int_equal(ctl_flush(fd, &text), 0);
    RUN_WORDS(&r, "check-config", "--config", folder);
    assert_int_equal(r.code, CTL_USAGE);
    assert_string_equal(r.out, "");
    assert_true(span_starts(span_of(r.err), SPAN("komainu: check-config: ")));
    assert_non_null(strstr(r.err, "jail.conf:3: "));
    assert_non_null(strstr(r.err, "\nkomainu: check-config: ")); /* each error a line */
    assert_null(strchr(r.err, '\033'));
    assert_int_equal(ftruncate(fd, 0), 0);
    buf_add_text(&text, "[postfix-sasl]\nenabled = true\nmaxretry = 9\n");
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(ctl_flush(fd, &text), 0);
    RUN_WORDS(&r, "check-config", "--config", folder);
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "maxretry = 9\n"));
    RUN_WORDS(&r, "check-config", "--json", "--config", folder);
    assert_int_equal(r.code, CTL_DONE);
    assert_true(r.out[0] == '{');
    RUN_WORDS(&r, "check-config", "--config", "/nonexistent");
    assert_int_equal(r.code, CTL_USAGE);
    buf_add_text(&text, "failregex = ^a[ <HOST>$\n");
    assert_int_equal(ctl_flush(fd, &text), 0);
    RUN_WORDS(&r, "check-config", "--config", folder);
    assert_int_equal(r.code, CTL_USAGE);
    assert_string_equal(r.out, "");
    assert_non_null(strstr(r.err, "jail.conf:4: "));
    (void)close(fd); /* read and done with */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    buf_fini(&text);
}

static void
test_detect(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "detect");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, "postfix"));
    RUN_WORDS(&r, "detect", "--json");
    assert_int_equal(r.code, CTL_DONE);
    assert_true(r.out[0] == '{');
    assert_string_equal(r.err, "");
}

/* In a process of its own with an empty network. */
static int
panic_and_back(void)
{
    static const struct {
        const char *words[5];
        enum ctl_exit code;
        const char *out;
    } rows[] = {
        {{"panic", "--off"}, CTL_NO_MATCH, "There is no panic to end.\n"},
        {{"panic", "--dry-run", "--table", "x"},
         CTL_DONE,
         "Everything would be open: no ban in force.\n"
         "In the kernel that is:\n"
         "  nft 'add table inet x; delete table inet x; add table inet x-panic'\n"},
        {{"panic", "--table", "x"},
         CTL_DONE,
         "Everything is open: no ban is in force.\n"
         "Go back with: komainu panic --off --table x\n"},
        {{"panic", "--off"}, CTL_NO_MATCH, "There is no panic to end.\n"},
        {{"panic", "--table", "x"},
         CTL_NO_MATCH,
         "Everything was open already: no ban is in force.\n"
         "Go back with: komainu panic --off --table x\n"},
        {{"panic", "--off", "--table", "x"},
         CTL_DONE,
         "The panic is over: the guard enforces its bans again, at once if it is "
         "running, "
         "else when it is started.\n"},
        {{"panic", "--json"}, CTL_DONE, NULL},
    };
    struct run r;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        run_words(&r, rows[i].words);
        if (r.code != (int)rows[i].code ||
            (rows[i].out && strcmp(r.out, rows[i].out) != 0))
            return 10 + (int)i;
    }
    return strstr(r.out, ",\"panic\":true,\"changed\":true}\n") ? 0 : 3;
}

static int
panic_without_rights(void)
{
    struct run r;

    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
        return 99;
    RUN_WORDS(&r, "panic");
    return r.code == CTL_REFUSED && strstr(r.err, "run this as root\n") ? 0 : 4;
}

static void
in_child(int (*fn)(void))
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0)
        _exit(unshare(CLONE_NEWNET) == 0 ? fn() : 77);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("# no rights to make a network: not tried\n");
        return;
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_panic(void **state UNUSED)
{
    in_child(panic_and_back);
}

static void
test_panic_without_rights(void **state UNUSED)
{
    in_child(panic_without_rights);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_check_config), TEST(test_detect),
                                       TEST(test_panic), TEST(test_panic_without_rights)};

    return RUN(tests);
}
