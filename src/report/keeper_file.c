#include "report/keeper_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

/* Behind it stands the version of all that is in it, a byte. */
static const struct span magic = SPAN_INIT("komainu-totals\n");

static const char next_name[] = "next";

/* Against a disk that lies, and half a file; not against who writes. */
static uint64_t
check_of(uint8_t version, struct span bytes)
{
    return hash_bytes((struct hash_key){1, 1 + (uint64_t)version}, bytes.ptr, bytes.len);
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
    uint64_t check = check_of(KEEPER_FILE_VERSION, bytes);
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

/* Takes away what stands around the bytes. */
static int
unwrap(struct buf *file, struct buf *out, uint8_t *version)
{
    struct span rest = buf_span(file);
    uint64_t check;

    if (!span_take(&rest, magic) || rest.len < 1 + sizeof(check))
        return -EBADMSG;
    *version = (uint8_t)rest.ptr[0];
    if (*version < 1 || *version > KEEPER_FILE_VERSION)
        return -EBADMSG;
    rest = span_from(rest, 1);
    memcpy(&check, rest.ptr, sizeof(check));
    rest = span_from(rest, sizeof(check));
    if (check != check_of(*version, rest))
        return -EBADMSG;
    buf_add(out, rest);
    return out->is_cut ? -EBADMSG : 0;
}

int
keeper_file_read(int folder, const char *name, struct buf *out, uint8_t *version)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct buf file = buf_bounded(KEEPER_FILE_MAX);
    struct stat st;
    int e;

    if (fd < 0)
        return -errno;
    e = fstat(fd, &st) != 0   ? -errno
        : S_ISREG(st.st_mode) ? read_all(fd, &file)
                              : -EBADMSG;
    (void)close(fd); /* only read from */
    if (e == 0)
        e = unwrap(&file, out, version);
    buf_fini(&file);
    return e;
}
