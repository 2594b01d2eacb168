#include "source/journal_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/journal_place.h"

static void
add_folder(struct journal_folders *f, struct span folder)
{
    for (size_t i = 0; i < f->count; i++)
        if (span_eq(folder, span_of(f->at[i])))
            return;
    if (f->count < JOURNAL_FOLDERS_MAX && span_cstr(folder, f->at[f->count], PATH_MAX))
        f->count++;
}

void
journal_folders(const char *place, struct journal_folders *out)
{
    struct journal_place p = journal_place_read(place);
    struct span file;

    out->count = 0;
    if (p.kind == JOURNAL_FOLDER) {
        add_folder(out, p.text);
        return;
    }
    while (p.kind == JOURNAL_FILES && journal_place_file(&p.text, &file))
        add_folder(out, journal_place_folder(file));
    if (p.kind != JOURNAL_FILES) {
        add_folder(out, SPAN("/var/log/journal"));
        add_folder(out, SPAN("/run/log/journal"));
    }
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
journal_groups(const char *place, gid_t *groups, size_t *count, size_t max)
{
    struct groups g = {groups, count, max};
    struct walk w = {add_group, &g};
    struct journal_folders folders;

    journal_folders(place, &folders);
    for (size_t i = 0; i < folders.count; i++) {
        add_group(&g, AT_FDCWD, folders.at[i]);
        (void)walk_folder(AT_FDCWD, folders.at[i], &w); /* there may be none */
    }
}

/* --- access --- */

static void
try_file(enum journal_access *found, int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    *found = fd < 0 ? JOURNAL_REFUSED : JOURNAL_OPEN;
    if (fd >= 0)
        (void)close(fd); /* only opened */
}

static void
look_at_file(void *ctx, int folder, const char *name)
{
    enum journal_access *found = ctx;

    if (*found != JOURNAL_OPEN && span_ends(span_of(name), SPAN(".journal")))
        try_file(found, folder, name);
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

static enum journal_access
access_of_files(struct span files)
{
    enum journal_access found = JOURNAL_NOWHERE;
    char pattern[PATH_MAX];
    struct span file;
    glob_t g;

    while (found != JOURNAL_OPEN && journal_place_file(&files, &file)) {
        if (!span_cstr(file, pattern, sizeof(pattern)) || glob(pattern, 0, NULL, &g) != 0)
            continue;
        for (size_t i = 0; i < g.gl_pathc && found != JOURNAL_OPEN; i++)
            try_file(&found, AT_FDCWD, g.gl_pathv[i]);
        globfree(&g);
    }
    return found;
}

enum journal_access
journal_access(const char *place)
{
    struct journal_place p = journal_place_read(place);
    enum journal_access best = JOURNAL_NOWHERE;
    struct journal_folders folders;

    if (p.kind == JOURNAL_FILES)
        return access_of_files(p.text);
    journal_folders(place, &folders);
    for (size_t i = 0; i < folders.count && best != JOURNAL_OPEN; i++) {
        enum journal_access found = JOURNAL_EMPTY;
        struct walk w = {look_at, &found};

        if (!walk_folder(AT_FDCWD, folders.at[i], &w))
            found =
                errno == ENOENT || errno == ENOTDIR ? JOURNAL_NOWHERE : JOURNAL_REFUSED;
        if (found > best)
            best = found;
    }
    return best;
}
