#include "gate/grey_log_parts.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_FILE_BYTES = 40, BLOCK_BYTES = 1 << 20 };

uint32_t
grey_log_check(const struct grey_log *l, const uint8_t *bytes)
{
    return (uint32_t)hash_bytes_fast(l->check, bytes, GREY_CHECK_AT);
}

void
grey_log_add_head(const struct grey_log *l, struct buf *out)
{
    uint64_t mark[2] = {hash_bytes(l->check, "head", 4), 0};

    buf_add(out, (struct span){"komainu-grey-1\n", 16});
    buf_add(out, (struct span){(const char *)mark, sizeof(mark)});
}

/* 0 when all was read; -EBADMSG for fewer bytes. */
static int
read_exactly(int fd, void *to, size_t bytes)
{
    ssize_t n = read(fd, to, bytes);

    if (n < 0)
        return -errno;
    return (size_t)n == bytes ? 0 : -EBADMSG;
}

static uint64_t
key_check(const struct grey_secret *secret)
{
    return hash_bytes((struct hash_key){0}, secret, sizeof(*secret));
}

/* 0; -ENOENT; -EBADMSG: it is broken; or another negative errno. */
static int
read_key(struct grey_log *l)
{
    uint8_t bytes[KEY_FILE_BYTES];
    uint64_t check;
    int fd, err;

    fd = openat(l->folder_fd, GREY_KEY_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    err = read_exactly(fd, bytes, sizeof(bytes));
    (void)close(fd); /* only read */
    if (err)
        return err;
    memcpy(&l->secret, bytes, sizeof(l->secret));
    memcpy(&check, bytes + sizeof(l->secret), sizeof(check));
    return check == key_check(&l->secret) ? 0 : -EBADMSG;
}

static int
write_key(struct grey_log *l)
{
    uint8_t bytes[KEY_FILE_BYTES];
    uint64_t check = key_check(&l->secret);
    int fd, err = 0;

    memcpy(bytes, &l->secret, sizeof(l->secret));
    memcpy(bytes + sizeof(l->secret), &check, sizeof(check));
    fd = openat(l->folder_fd, GREY_KEY_NAME,
                O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes))
        err = errno ? -errno : -ENOSPC;
    if (fsync(fd) < 0 && !err)
        err = -errno;
    (void)close(fd); /* synced */
    return err;
}

/* A part of a key, of a disk that was full, would make every log unreadable: such a key
 * is as good as none. */
static int
open_key(struct grey_log *l, bool may_write, struct grey_log_found *found)
{
    int err = read_key(l);

    if (may_write && (err == -ENOENT || err == -EBADMSG)) {
        l->secret = grey_secret_new();
        found->is_new_key = true;
        err = write_key(l);
    }
    l->check = (struct hash_key){l->secret.a.k1, l->secret.b.k0};
    return err;
}

static bool
is_head(const struct grey_log *l, const char *bytes)
{
    struct buf right = {0};
    bool is_right;

    grey_log_add_head(l, &right);
    is_right = memcmp(bytes, right.ptr, GREY_HEAD_BYTES) == 0;
    buf_fini(&right);
    return is_right;
}

/* False: its check is wrong, or it says what no version of ours writes. */
static bool
unpack(const struct grey_log *l, const uint8_t *bytes, struct grey_record *r)
{
    uint32_t check;

    memcpy(&check, bytes + GREY_CHECK_AT, sizeof(check));
    if (check != grey_log_check(l, bytes) || bytes[26] >= GREY_KINDS)
        return false;
    memcpy(&r->key, bytes, 16);
    memcpy(&r->first_s, bytes + 16, 4);
    memcpy(&r->last_s, bytes + 20, 4);
    memcpy(&r->count, bytes + 24, 2);
    r->kind = bytes[26];
    r->flags = bytes[27];
    return true;
}

struct reading {
    struct grey_log *log;
    grey_log_fn *fn;
    void *ctx;
    struct grey_log_found *found;
};

static void
take_records(const struct reading *r, const uint8_t *bytes, size_t count)
{
    struct grey_record record;

    for (size_t i = 0; i < count; i++) {
        if (unpack(r->log, bytes + i * GREY_RECORD_BYTES, &record)) {
            r->found->records++;
            r->fn(r->ctx, &record);
        } else {
            r->found->damaged++;
        }
    }
}

/* Returns the bytes of whole records, or a negative errno. */
static int64_t
read_records(const struct reading *r, int fd)
{
    uint8_t *block = mem_zalloc(1, BLOCK_BYTES);
    size_t have = 0, whole;
    int64_t bytes = 0;
    ssize_t n;

    while ((n = read(fd, block + have, BLOCK_BYTES - have)) > 0) {
        have += (size_t)n;
        whole = have / GREY_RECORD_BYTES;
        take_records(r, block, whole);
        bytes += (int64_t)whole * GREY_RECORD_BYTES;
        have -= whole * GREY_RECORD_BYTES;
        memmove(block, block + whole * GREY_RECORD_BYTES, have);
    }
    r->found->damaged += have > 0;
    mem_free(block);
    return n < 0 ? -errno : bytes;
}

/* Reads the log and leaves it open to append; -EBADMSG: it has no head of ours. */
static int
read_log(const struct reading *r, int fd, bool may_write)
{
    char head[GREY_HEAD_BYTES];
    int64_t bytes;
    int err = read_exactly(fd, head, sizeof(head));

    if (err)
        return err;
    if (!is_head(r->log, head))
        return -EBADMSG;
    bytes = read_records(r, fd);
    if (bytes < 0)
        return (int)bytes;
    r->log->records = r->found->records + r->found->damaged;
    r->log->is_behind = r->found->damaged > 0; /* to be rewritten without them */
    if (may_write && ftruncate(fd, GREY_HEAD_BYTES + bytes) < 0)
        return -errno;
    return 0;
}

static int
make_log(struct grey_log *l)
{
    struct buf head = {0};
    ssize_t n;
    int fd;

    fd = openat(l->folder_fd, GREY_LOG_NAME,
                O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    grey_log_add_head(l, &head);
    n = write(fd, head.ptr, head.len);
    buf_fini(&head);
    if (n != GREY_HEAD_BYTES) {
        (void)close(fd); /* the error before is told */
        return n < 0 ? -errno : -ENOSPC;
    }
    l->out.fd = fd;
    (void)fsync(l->folder_fd); /* a log without its name is an empty one: as before */
    return 0;
}

static int
open_log(const struct reading *r)
{
    struct grey_log *l = r->log;
    int fd, err;

    fd = openat(l->folder_fd, GREY_LOG_NAME, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? make_log(l) : -errno;
    err = read_log(r, fd, true);
    if (err == 0) {
        l->out.fd = fd;
        return 0;
    }
    (void)close(fd); /* the error before is told */
    if (err != -EBADMSG)
        return err;
    if (renameat(l->folder_fd, GREY_LOG_NAME, l->folder_fd, GREY_BAD_NAME) < 0)
        return -errno;
    r->found->is_aside = true;
    return make_log(l);
}

uint64_t
grey_log_records(const char *folder)
{
    struct buf path = {0};
    struct stat st;
    bool is_there;

    buf_printf(&path, "%s/" GREY_LOG_NAME, folder);
    is_there = stat(path.ptr, &st) == 0;
    buf_fini(&path);
    return is_there ? (uint64_t)st.st_size / GREY_RECORD_BYTES : 0;
}

static int
open_folder(struct grey_log *l, const char *folder, bool may_write)
{
    if (may_write && mkdir(folder, 0700) < 0 && errno != EEXIST)
        return -errno;
    l->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (l->folder_fd < 0) {
        l->folder_fd = 0;
        return -errno;
    }
    if (may_write && flock(l->folder_fd, LOCK_EX | LOCK_NB) < 0)
        return -errno;
    return 0;
}

int
grey_log_open(struct grey_log *l, const char *folder, grey_log_fn *fn, void *ctx,
              struct grey_log_found *found)
{
    struct reading r = {l, fn, ctx, found};
    int err;

    *l = (struct grey_log){0};
    *found = (struct grey_log_found){0};
    err = open_folder(l, folder, true);
    if (!err)
        err = open_key(l, true, found);
    if (!err)
        err = open_log(&r);
    if (err) {
        grey_log_close(l);
        return err;
    }
    (void)unlinkat(l->folder_fd, GREY_NEW_NAME, 0); /* mostly there is none */
    l->out.waiting = l->next.waiting = (struct buf){0};
    sync_init(&l->sync);
    sync_init(&l->next_sync);
    return 0;
}

int
grey_log_read(struct grey_log *l, const char *folder, grey_log_fn *fn, void *ctx,
              struct grey_log_found *found)
{
    struct reading r = {l, fn, ctx, found};
    int fd = -1, err;

    *l = (struct grey_log){0};
    *found = (struct grey_log_found){0};
    err = open_folder(l, folder, false);
    if (!err)
        err = open_key(l, false, found);
    if (!err)
        fd = openat(l->folder_fd, GREY_LOG_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (!err && fd < 0)
        err = -errno;
    if (!err)
        err = read_log(&r, fd, false);
    if (fd >= 0)
        (void)close(fd); /* only read */
    if (err)
        grey_log_close(l);
    return err;
}

int
grey_log_take_secret(const char *folder, const struct grey_secret *secret, bool *is_other)
{
    struct grey_log l = {0};
    int err = open_folder(&l, folder, true);

    *is_other = false;
    if (!err) {
        err = read_key(&l);
        if (err == -ENOENT || err == -EBADMSG ||
            (!err && memcmp(&l.secret, secret, sizeof(*secret)) != 0)) {
            *is_other = !err;
            err = !err && renameat(l.folder_fd, GREY_KEY_NAME, l.folder_fd,
                                   GREY_OWN_KEY_NAME) < 0
                      ? -errno
                      : 0;
            l.secret = *secret;
            if (!err)
                err = write_key(&l);
        }
    }
    grey_log_close(&l);
    return err;
}
