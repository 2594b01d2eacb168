#include "report/keeper_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"

/* Behind it stands the version of all that is in it, a byte. */
static const struct span magic = SPAN_INIT("komainu-totals\n");

static const char next_name[] = "next";

/* Against a disk that lies, and half a file; not against who writes. */
static uint64_t
check_of(struct span bytes)
{
    return hash_bytes((struct hash_key){1, 1 + KEEPER_FILE_VERSION}, bytes.ptr,
                      bytes.len);
}

static int
write_all(int fd, struct span bytes)
{
    ssize_t n;

    while (bytes.len) {
        n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            bytes = span_from(bytes, (size_t)n);
    }
    return 0;
}

static int
write_parts(int fd, struct span bytes)
{
    static const char version = KEEPER_FILE_VERSION;
    uint64_t check = check_of(bytes);
    int e = write_all(fd, magic);

    if (e == 0)
        e = write_all(fd, (struct span){&version, 1});
    if (e == 0)
        e = write_all(fd, (struct span){(const char *)&check, sizeof(check)});
    if (e == 0)
        e = write_all(fd, bytes);
    if (e == 0 && fsync(fd) != 0)
        e = -errno;
    return e;
}

int
keeper_file_write(int folder, const char *name, struct span bytes)
{
    int fd = openat(folder, next_name,
                    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int e;

    if (fd < 0)
        return -errno;
    e = write_parts(fd, bytes);
    if (close(fd) != 0 && e == 0)
        e = -errno;
    if (e == 0 && renameat(folder, next_name, folder, name) != 0)
        e = -errno;
    if (e)
        (void)unlinkat(folder, next_name, 0); /* the next one is written over it */
    else if (fsync(folder) != 0)
        e = -errno;
    return e;
}

static int
read_all(int fd, struct buf *out)
{
    char bytes[1 << 16];
    ssize_t n;

    while ((n = read(fd, bytes, sizeof(bytes))) != 0) {
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            buf_add(out, (struct span){bytes, (size_t)n});
        if (out->is_cut)
            return -EBADMSG;
    }
    return 0;
}

/* Takes what stands in front of the bytes; says what their hash is to be. */
static int
read_head(int fd, uint64_t *check)
{
    char head[64];
    size_t len = magic.len + 1 + sizeof(*check), at = 0;
    ssize_t n;

    must(len <= sizeof(head));
    while (at < len && (n = read(fd, head + at, len - at)) != 0) {
        if (n < 0 && errno != EINTR)
            return -errno;
        at += n > 0 ? (size_t)n : 0;
    }
    if (at < len || !span_starts((struct span){head, at}, magic))
        return -EBADMSG;
    memcpy(check, head + magic.len + 1, sizeof(*check));
    return head[magic.len] == KEEPER_FILE_VERSION ? 0 : -EBADMSG;
}

static int
read_parts(int fd, struct buf *out)
{
    struct stat st;
    uint64_t check;
    int e;

    if (fstat(fd, &st) != 0)
        return -errno;
    e = S_ISREG(st.st_mode) ? read_head(fd, &check) : -EBADMSG;
    if (e == 0)
        e = read_all(fd, out);
    return e == 0 && check != check_of(buf_span(out)) ? -EBADMSG : e;
}

int
keeper_file_read(int folder, const char *name, struct buf *out)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    int e;

    if (fd < 0)
        return -errno;
    e = read_parts(fd, out);
    (void)close(fd); /* only read from */
    return e;
}
