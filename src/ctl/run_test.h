/* run: a command line run inside a test, its outputs kept. */
#pragma once

#include "unit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ctl/command.h"

enum { RUN_WORDS_MAX = 12 };

struct run {
    int code;
    char out[65536], err[8192];
};

static inline void
run_read(int fd, char *text, size_t room)
{
    ssize_t n = pread(fd, text, room - 1, 0);

    assert_true(n >= 0 && (size_t)n < room - 1);
    text[n] = '\0';
    (void)close(fd); /* a memfd */
}

static inline int64_t
run_boot_us(void)
{
    return 5 * SECOND_US;
}

/* Each look at this clock is a microsecond later than the one before. */
static inline int64_t
run_boot_ns(void)
{
    static int64_t now_ns;

    return now_ns += 1000;
}

/* Runs `words` (NULL-terminated, without the program's name) on as many cores. */
static inline void
run_words_on(unsigned cores, struct run *r, const char *const *words)
{
    char *argv[RUN_WORDS_MAX + 2] = {(char *)(uintptr_t) "komainu"};
    struct ctl_env env = {.in = -1,
                          .out = memfd_create("out", MFD_CLOEXEC),
                          .err = memfd_create("err", MFD_CLOEXEC),
                          .screen = {.now_us = INT64_C(1795312405) * SECOND_US},
                          .timeout_ms = 200,
                          .boot_us = run_boot_us,
                          .boot_ns = run_boot_ns,
                          .cores = cores};
    int argc = 1;

    for (; words[argc - 1]; argc++) {
        assert_true(argc <= RUN_WORDS_MAX);
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    }
    assert_true(env.out >= 0 && env.err >= 0);
    r->code = ctl_main(argc, argv, &env);
    run_read(env.out, r->out, sizeof(r->out));
    run_read(env.err, r->err, sizeof(r->err));
}

static inline void
run_words(struct run *r, const char *const *words)
{
    run_words_on(2, r, words);
}

#define RUN_WORDS(r, ...) run_words((r), (const char *const[]){__VA_ARGS__, NULL})
