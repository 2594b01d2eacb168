/* The file of a store: damaged, not there, or where nothing can be written. */
#include "store_world.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void
test_damaged_is_set_aside(void **state UNUSED)
{
    char path[128];
    struct store *s;
    int fd;

    store_close(open_store());
    (void)snprintf(path, sizeof(path), "%s/judge.db", folder);
    fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "this is no database at all, is it", 33), 33);
    (void)close(fd);
    s = open_store_as(STORE_MADE_ANEW);
    assert_true(why.len > 0);
    assert_int_equal(store_last_seq(s), 0);
    store_close(s);
    (void)snprintf(path, sizeof(path), "%s/judge.db.damaged", folder);
    assert_int_equal(access(path, R_OK), 0);
}

/* What stands in the file's place is no file: nothing to set aside, and nothing is lost
 * by waiting for it to go away. */
static void
test_waits_for_the_disk(void **state UNUSED)
{
    char path[128];
    struct store *s;

    (void)snprintf(path, sizeof(path), "%s/judge.db", folder);
    (void)unlink(path); /* of the tests before */
    assert_int_equal(mkdir(path, 0700), 0);
    s = open_store_as(STORE_UNWRITABLE);
    assert_true(why.len > 0);
    assert_int_equal(store_last_seq(s), 0);
    assert_int_equal(store_begin(s), -EIO);
    assert_true(strlen(store_error(s)) > 0);
    assert_int_equal(store_sync(s), STORE_SYNC_BUSY);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(store_begin(s), 0);
    store_put_seq(s, 77);
    assert_int_equal(store_commit(s), 0);
    store_close(s);
    s = open_store();
    assert_int_equal(store_last_seq(s), 77);
    store_close(s);
}

/* In a process of its own, for which the folder is mounted read-only. */
static int
open_read_only(void)
{
    struct store *s;

    if (unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount(folder, folder, NULL, MS_BIND, NULL) != 0 ||
        mount(NULL, folder, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) != 0)
        return 77;
    if (store_open(folder, &s, &why) != STORE_UNWRITABLE || store_last_seq(s) != 77)
        return 1;
    return store_begin(s) == -EIO ? 0 : 1;
}

static void
check_read_only(void)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(open_read_only());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip(); /* needs root */
    assert_int_equal(status, 0);
}

/* A disk that became read-only, after a good end and after a crash (then there is a log
 * beside the file). */
static void
test_reads_what_it_cannot_write(void **state UNUSED)
{
    struct store *s = open_store();

    store_close(s);
    check_read_only();
    s = open_store(); /* its log and index stay while it is open */
    check_read_only();
    store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_damaged_is_set_aside),
                                       TEST(test_waits_for_the_disk),
                                       TEST(test_reads_what_it_cannot_write)};

    return cmocka_run_group_tests_name(NULL, tests, make_folder, remove_folder);
}
