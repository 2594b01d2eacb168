#include "gate/kept_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"

int
kept_file_write(const char *path, struct span text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int e = fd < 0 ? -errno : 0;

    while (e == 0 && text.len) {
        ssize_t n = write(fd, text.ptr, text.len);

        if (n < 0)
            e = -errno;
        else
            text = span_from(text, (size_t)n);
    }
    if (fd >= 0 && close(fd) != 0 && e == 0)
        e = -errno;
    return e;
}

int
kept_file_replace(const char *path, struct span text)
{
    struct buf fresh = {0};
    int e;

    buf_printf(&fresh, "%s.new", path);
    e = kept_file_write(fresh.ptr, text);
    if (e == 0 && rename(fresh.ptr, path) != 0)
        e = -errno;
    if (e)
        (void)unlink(fresh.ptr); /* what stays is written over */
    buf_fini(&fresh);
    return e;
}
