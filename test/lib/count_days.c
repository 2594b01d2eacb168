/* count_days FOLDER LOG: counts all lines of a log into the files that `komainu report
 * --from-store` reads, by the code of komainu-reporter and the rules that are built in,
 * without a guard. For bench/run. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "report/keeper.h"

enum {
    SAVE_LINES = 200000 /* as often as the guard would, so that days are appended to */
};

static int
fail(const char *what, int e)
{
    (void)fprintf(stderr, "count_days: %s: %s\n", what, strerror(-e));
    return 1;
}

/* All of a file; nothing when it cannot be had. */
static struct span
map(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *bytes = MAP_FAILED;

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        (void)close(fd); /* only read from */
    return bytes == MAP_FAILED ? (struct span){0}
                               : (struct span){bytes, (size_t)st.st_size};
}

/* 0, or a negative errno. */
static int
count(struct keeper *k, struct keeper_source *s, struct span log, int64_t now_us)
{
    struct keeper_read read = {.now_us = now_us};
    struct span raw;
    size_t lines = 0;
    int e = 0;

    while (e == 0 && span_line(&log, &raw)) {
        (void)keeper_line(k, s, raw, &read); /* none may wait */
        if (++lines % SAVE_LINES == 0)
            e = keeper_save(k, now_us, false);
    }
    return e ? e : keeper_save(k, now_us, true);
}

int
main(int argc, char **argv)
{
    static struct config config;
    static struct attack_rules rules;
    struct buf error = {0};
    struct keeper *k;
    struct span log;
    int folder, e;

    if (argc != 3)
        return fail("usage: count_days FOLDER LOG", -EINVAL);
    folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    log = map(argv[2]);
    if (folder < 0 || !log.ptr || !attack_rules_load_built_in(&config, &error))
        return fail(argv[folder < 0 ? 1 : 2], -EINVAL);
    attack_rules_init(&rules, &config, true);
    k = keeper_new(folder, KEEPER_DAYS_MAX, &rules);
    e = keeper_load(k, clock_wall_us());
    if (e == 0)
        e = count(k, keeper_source(k, argv[2]), log, clock_wall_us());
    keeper_free(k);
    config_fini(&config);
    (void)close(folder); /* only used to name files */
    return e ? fail(argv[1], e) : 0;
}
