#include "guard_sources.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "conf/glob.h"

/* A rotated file that the sensor can read. */
static bool
is_sibling(struct span base, struct span name)
{
    return glob_is_rotated(base, name) && !glob_is_packed(name);
}

/* The number of "mail.log.2"; false for a name with a date. */
static bool
rotation_number(const char *path, uint64_t *number)
{
    struct span name = span_of(path);

    return span_u64(span_from(name, (size_t)(span_find_last(name, '.') + 1)), 0, 999,
                    number);
}

/* Newer by its time of change; rotated in one moment: by its number, or by its date. */
static bool
is_newer(const struct guard_sibling *a, const struct guard_sibling *b)
{
    uint64_t na, nb;

    if (a->mtime_ns != b->mtime_ns)
        return a->mtime_ns > b->mtime_ns;
    if (rotation_number(a->path, &na) && rotation_number(b->path, &nb))
        return na < nb;
    return strcmp(a->path, b->path) > 0;
}

/* Keeps the newest GUARD_SIBLINGS_MAX in `s`, newest first. */
static void
keep_sibling(struct guard_sibling *s, size_t *count, struct guard_sibling one)
{
    size_t at = *count;

    while (at && is_newer(&one, &s[at - 1]))
        at--;
    if (*count == GUARD_SIBLINGS_MAX) {
        if (at == GUARD_SIBLINGS_MAX) {
            mem_free(one.path);
            return;
        }
        mem_free(s[--*count].path);
    }
    memmove(&s[at + 1], &s[at], (*count - at) * sizeof(*s));
    s[at] = one;
    (*count)++;
}

size_t
guard_find_siblings(struct span path, struct guard_sibling s[GUARD_SIBLINGS_MAX],
                    size_t count)
{
    struct span base = span_from(path, (size_t)(span_find_last(path, '/') + 1));
    struct buf name = {0};
    struct dirent *entry;
    struct stat st;
    DIR *folder;

    buf_add(&name, guard_folder_of(path));
    folder = opendir(name.ptr);
    while (folder && (entry = readdir(folder))) {
        if (!is_sibling(base, span_of(entry->d_name)))
            continue;
        buf_clear(&name);
        buf_add(&name, guard_folder_of(path));
        buf_printf(&name, "/%s", entry->d_name);
        if (stat(name.ptr, &st) == 0 && S_ISREG(st.st_mode))
            keep_sibling(s, &count,
                         (struct guard_sibling){mem_copy_text(name.ptr, name.len),
                                                (int64_t)st.st_mtim.tv_sec * 1000000000 +
                                                    st.st_mtim.tv_nsec});
    }
    if (folder)
        (void)closedir(folder); /* only read */
    buf_fini(&name);
    return count;
}
