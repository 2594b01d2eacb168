#include "gate/access_file.h"

#include <errno.h>

#include "conf/layers.h"

static bool
is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static enum access_file_outcome
tell_error(struct access_file *f, int error, struct buf *why)
{
    if (f->seen_error == error)
        return ACCESS_FILE_SAME;
    f->seen_error = error;
    f->seen = (struct stat){0};
    buf_printf(why, "%s: cannot be read: %s", f->path, strerror(-error));
    return ACCESS_FILE_BAD;
}

enum access_file_outcome
access_file_read(struct access_file *f, struct buf *text, struct buf *why)
{
    struct stat now;
    int error;

    if (stat(f->path, &now) < 0)
        return tell_error(f, -errno, why);
    if (f->seen_error == 0 && is_same(&now, &f->seen))
        return ACCESS_FILE_SAME;
    error = layers_read_file(f->path, ACCESS_FILE_MAX, text);
    if (error == 0 && text->is_cut)
        error = -EFBIG;
    if (error)
        return tell_error(f, error, why);
    f->seen = now;
    f->seen_error = 0;
    return ACCESS_FILE_READ;
}
