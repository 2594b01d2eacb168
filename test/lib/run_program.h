/* run_program: runs the programs that a test asks what they see. */
#pragma once

#include "unit.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Runs a program; its exit status. What it printed goes to *out (may be NULL). */
static inline int
run_to(struct buf *out, const char *const argv[])
{
    posix_spawn_file_actions_t actions;
    int fd = memfd_create("out", MFD_CLOEXEC), status;
    char block[4096];
    ssize_t n;
    pid_t pid;

    assert_true(fd >= 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, fd, STDERR_FILENO), 0);
    assert_int_equal(posix_spawnp(&pid, argv[0], &actions, NULL,
                                  (char *const *)(uintptr_t)argv, environ),
                     0);
    assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    while (out && (n = read(fd, block, sizeof(block))) > 0)
        buf_add(out, (struct span){block, (size_t)n});
    assert_int_equal(close(fd), 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

#define RUN_TO(out, ...) run_to((out), (const char *const[]){__VA_ARGS__, NULL})
#define MUST_RUN(...) assert_int_equal(RUN_TO(NULL, __VA_ARGS__), 0)
