#include "report/keeper_file.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Behind it stands the version of all that is in it, a byte. */
static const struct span magic = SPAN_INIT("komainu-totals\n");

static const char next_name[] = "next";

/* --- a hash --- */

/* Against a disk that lies, and half a file; not against who writes: four rows of
 * words, so that the processor works on them together. Every step can be undone, so one
 * word that is wrong always shows. */
struct check {
    uint64_t rows[4];
    uint64_t len;
};

enum { CHECK_BLOCK = 32 };

static uint64_t
mix(uint64_t row, uint64_t word)
{
    row ^= word;
    return (row << 29 | row >> 35) * UINT64_C(0x9E3779B97F4A7C15);
}

static void
check_block(struct check *c, const char *bytes)
{
    uint64_t words[ARRAY_LEN(c->rows)];

    memcpy(words, bytes, sizeof(words));
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        c->rows[i] = mix(c->rows[i], le64toh(words[i]));
}

/* All but the last piece are of whole blocks. */
static void
check_add(struct check *c, struct span bytes)
{
    char last[CHECK_BLOCK] = {0};

    must(c->len % CHECK_BLOCK == 0);
    c->len += bytes.len;
    for (; bytes.len >= CHECK_BLOCK; bytes = span_from(bytes, CHECK_BLOCK))
        check_block(c, bytes.ptr);
    if (bytes.len == 0)
        return;
    memcpy(last, bytes.ptr, bytes.len);
    check_block(c, last);
}

static uint64_t
check_end(const struct check *c)
{
    uint64_t sum = c->len + KEEPER_FILE_VERSION;

    for (size_t i = 0; i < ARRAY_LEN(c->rows); i++)
        sum = mix(sum, c->rows[i] + i);
    return sum ^ sum >> 32;
}

static uint64_t
check_of(struct span bytes)
{
    struct check c = {0};

    check_add(&c, bytes);
    return check_end(&c);
}

/* --- writing --- */

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

/* --- reading --- */

enum { PIECE_BYTES = 1 << 16 };

_Static_assert((int)PIECE_BYTES >= (int)PACK_TEXT_LIVES, "texts live as long");

/* A piece, and before it what was not used of the one before. */
struct piece {
    char bytes[PACK_NEED_MAX + PIECE_BYTES];
};

struct keeper_file {
    int fd, error;
    uint64_t wanted; /* hash */
    struct check check;
    unsigned at; /* the piece that is read; the other one is still of use */
    struct piece pieces[2];
};

/* Reads up to `len` bytes; fewer at the end. */
static size_t
read_some(struct keeper_file *f, char *out, size_t len)
{
    size_t at = 0;
    ssize_t n;

    while (at < len && (n = read(f->fd, out + at, len - at)) != 0) {
        if (n < 0 && errno != EINTR) {
            f->error = -errno;
            break;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    return at;
}

static void
read_piece(struct pack *p)
{
    struct keeper_file *f = p->ctx;
    char *piece = f->pieces[f->at ^= 1].bytes + PACK_NEED_MAX;
    struct span rest = p->in;
    size_t len;

    must(rest.len <= PACK_NEED_MAX);
    p->in.ptr = piece - rest.len;
    if (rest.len)
        memcpy(piece - rest.len, rest.ptr, rest.len);
    len = read_some(f, piece, PIECE_BYTES < p->left ? PIECE_BYTES : p->left);
    check_add(&f->check, (struct span){piece, len});
    p->in.len = rest.len + len;
    p->left -= len;
    if (len < PIECE_BYTES)
        p->left = 0; /* it is shorter than it was */
}

/* Takes what stands in front of the bytes, and says what their hash is to be. */
static int
read_head(struct keeper_file *f)
{
    char head[64];
    size_t len = magic.len + 1 + sizeof(f->wanted);

    must(len <= sizeof(head));
    if (read_some(f, head, len) < len)
        return f->error ? f->error : -EBADMSG;
    if (!span_starts((struct span){head, len}, magic) ||
        head[magic.len] != KEEPER_FILE_VERSION)
        return -EBADMSG;
    memcpy(&f->wanted, head + magic.len + 1, sizeof(f->wanted));
    return 0;
}

static int
begin(struct keeper_file *f, struct pack *p)
{
    size_t head = magic.len + 1 + sizeof(f->wanted);
    struct stat st;

    if (fstat(f->fd, &st) != 0)
        return -errno;
    if (!S_ISREG(st.st_mode) || st.st_size < (off_t)head ||
        st.st_size > (off_t)(KEEPER_FILE_MAX + head))
        return -EBADMSG;
    p->left = (uint64_t)st.st_size - head;
    p->more = read_piece;
    p->ctx = f;
    return read_head(f);
}

int
keeper_file_open(int folder, const char *name, struct pack *p, struct keeper_file **out)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct keeper_file *f;
    int e;

    if (fd < 0)
        return -errno;
    f = mem_zalloc(1, sizeof(*f));
    f->fd = fd;
    e = begin(f, p);
    if (e) {
        (void)close(fd); /* only read from */
        mem_free(f);
        return e;
    }
    *out = f;
    return 0;
}

int
keeper_file_close(struct keeper_file *f, const struct pack *p)
{
    int e = f->error;

    if (e == 0 && (!pack_is_read(p) || f->wanted != check_end(&f->check)))
        e = -EBADMSG;
    (void)close(f->fd); /* only read from */
    mem_free(f);
    return e;
}
