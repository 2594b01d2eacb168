#include "source/journal_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/span.h"

size_t
journal_folders(const char *folder, const char *out[JOURNAL_FOLDERS_MAX])
{
    static const char *const own[JOURNAL_FOLDERS_MAX] = {"/var/log/journal",
                                                         "/run/log/journal"};

    out[0] = *folder ? folder : own[0];
    out[1] = own[1];
    return *folder ? 1 : JOURNAL_FOLDERS_MAX;
}

/* --- walking: a folder, and the folders in it, one a machine --- */

struct walk {
    void (*entry)(void *ctx, int folder, const char *name);
    void *ctx;
};

static DIR *
open_folder(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);

    if (fd >= 0 && !d)
        (void)close(fd); /* only opened */
    return d;
}

/* Calls w->entry for what is in the folder; false when it cannot be read. */
static bool
walk_folder(int parent, const char *name, const struct walk *w)
{
    DIR *d = open_folder(parent, name);
    const struct dirent *e;

    if (!d)
        return false;
    while ((e = readdir(d)))
        if (e->d_name[0] != '.')
            w->entry(w->ctx, dirfd(d), e->d_name);
    (void)closedir(d); /* only read */
    return true;
}

/* --- groups --- */

struct groups {
    gid_t *list;
    size_t *count, max;
};

static void
add_group(void *ctx, int folder, const char *name)
{
    struct groups *g = ctx;
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || st.st_gid == 0)
        return;
    for (size_t i = 0; i < *g->count; i++)
        if (g->list[i] == st.st_gid)
            return;
    if (*g->count < g->max)
        g->list[(*g->count)++] = st.st_gid;
}

void
journal_groups(const char *folder, gid_t *groups, size_t *count, size_t max)
{
    struct groups g = {groups, count, max};
    struct walk w = {add_group, &g};
    const char *folders[JOURNAL_FOLDERS_MAX];
    size_t n = journal_folders(folder, folders);

    for (size_t i = 0; i < n; i++) {
        add_group(&g, AT_FDCWD, folders[i]);
        (void)walk_folder(AT_FDCWD, folders[i], &w); /* there may be none */
    }
}

/* --- access --- */

static void
look_at_file(void *ctx, int folder, const char *name)
{
    enum journal_access *found = ctx;
    int fd;

    if (*found == JOURNAL_OPEN || !span_ends(span_of(name), SPAN(".journal")))
        return;
    fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    *found = fd < 0 ? JOURNAL_REFUSED : JOURNAL_OPEN;
    if (fd >= 0)
        (void)close(fd); /* only opened */
}

static void
look_at(void *ctx, int folder, const char *name)
{
    enum journal_access *found = ctx;
    struct walk w = {look_at_file, ctx};

    look_at_file(ctx, folder, name);
    if (!walk_folder(folder, name, &w) && errno == EACCES && *found == JOURNAL_EMPTY)
        *found = JOURNAL_REFUSED;
}

enum journal_access
journal_access(const char *folder)
{
    const char *folders[JOURNAL_FOLDERS_MAX];
    size_t n = journal_folders(folder, folders);
    enum journal_access best = JOURNAL_NOWHERE;

    for (size_t i = 0; i < n && best != JOURNAL_OPEN; i++) {
        enum journal_access found = JOURNAL_EMPTY;
        struct walk w = {look_at, &found};

        if (!walk_folder(AT_FDCWD, folders[i], &w))
            found =
                errno == ENOENT || errno == ENOTDIR ? JOURNAL_NOWHERE : JOURNAL_REFUSED;
        if (found > best)
            best = found;
    }
    return best;
}
