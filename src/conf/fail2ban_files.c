#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/fail2ban_internal.h"

/* What a path is called in the tree in memory; NULL: it is not in it. */
static const struct conf_builtin *
find_in_memory(const struct fail2ban_reading *r, const char *path)
{
    struct span name = span_of(path);

    if (!span_take(&name, span_of(r->out->directory)) || !span_take(&name, SPAN("/")))
        return NULL;
    for (const struct conf_builtin *b = r->request->files; b->name; b++)
        if (span_eq(span_of(b->name), name))
            return b;
    return NULL;
}

bool
fail2ban_exists(const struct fail2ban_reading *r, const char *path)
{
    if (r->request->files)
        return find_in_memory(r, path) != NULL;
    return access(path, F_OK) == 0;
}

bool
fail2ban_file(const struct fail2ban_reading *r, const char *path, struct buf *text)
{
    const struct conf_builtin *b;
    int error;

    if (r->request->files) {
        b = find_in_memory(r, path);
        if (b)
            buf_add(text, (struct span){b->text, b->len});
        return b != NULL;
    }
    error = layers_read_file(path, INI_FILE_MAX, text);
    if (error && error != -EINVAL && error != -ENOENT && error != -ENOTDIR)
        conf_error(r->errors, path, 0, "cannot be read: %s", strerror(-error));
    return error == 0;
}

static int
by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct folder {
    struct fail2ban_reading *r;
    const char *path;
    struct span ending;
    char **out;
    size_t count;
};

static void
add_file(struct folder *f, struct span name)
{
    struct buf path = {0};

    if (span_starts(name, SPAN(".")) || !span_ends(name, f->ending) ||
        span_find_byte(name, '/') >= 0)
        return;
    if (f->count == LAYERS_FILES_MAX) {
        conf_error(f->r->errors, f->path, 0, "more than %d files; join some of them",
                   LAYERS_FILES_MAX);
        return;
    }
    buf_printf(&path, "%s/", f->path);
    buf_add(&path, name);
    f->out[f->count++] = buf_detach(&path);
}

static void
list_memory(struct folder *f)
{
    struct span folder = span_of(f->path), name;

    if (!span_take(&folder, span_of(f->r->out->directory)) ||
        !span_take(&folder, SPAN("/")))
        return;
    for (const struct conf_builtin *b = f->r->request->files; b->name; b++) {
        name = span_of(b->name);
        if (span_take(&name, folder) && span_take(&name, SPAN("/")))
            add_file(f, name);
    }
}

size_t
fail2ban_folder(struct fail2ban_reading *r, const char *folder, const char *ending,
                char *out[LAYERS_FILES_MAX])
{
    struct folder f = {.r = r, .path = folder, .ending = span_of(ending), .out = out};
    struct dirent *entry;
    DIR *d;

    if (r->request->files) {
        list_memory(&f);
    } else {
        d = opendir(folder);
        if (!d && errno != ENOENT && errno != ENOTDIR)
            conf_error(r->errors, folder, 0, "cannot be read: %s", strerror(errno));
        while (d && (entry = readdir(d)))
            add_file(&f, span_of(entry->d_name));
        if (d)
            (void)closedir(d); /* only read from */
    }
    qsort(out, f.count, sizeof(out[0]), by_bytes);
    return f.count;
}
