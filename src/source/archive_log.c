#include "source/archive_log.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"

enum { BLOCK_BYTES = 1 << 16, MAGIC_MAX = 6, HEAD_BYTES = 64, WHY_MAX = 160 };

struct archive_log {
    int fd;
    int error; /* negative errno of the failure */
    char why[WHY_MAX];
    enum archive_form form;
    bool is_begun;
    bool is_at_end; /* of `fd` */
    bool is_done;   /* nothing is left to unpack */
    uint64_t taken, given;
    struct archive *unpacker; /* NULL: plain or gzip */
    z_stream *gzip;           /* NULL: another form */
    char *block;              /* what was read from `fd` ... */
    size_t begin, end;        /* ... and not given on yet */
};

static const struct {
    const char *name, *magic;
    size_t len;
    int (*support)(struct archive *);
} forms[] = {
    [ARCHIVE_LOG_PLAIN] = {"plain", NULL, 0, NULL},
    [ARCHIVE_LOG_GZIP] = {"gzip", "\x1f\x8b\x08", 3, NULL},
    [ARCHIVE_LOG_XZ] = {"xz",
                        "\xfd"
                        "7zXZ\0",
                        6, archive_read_support_filter_xz},
    [ARCHIVE_LOG_ZSTD] = {"zstd", "\x28\xb5\x2f\xfd", 4,
                          archive_read_support_filter_zstd},
    [ARCHIVE_LOG_BZIP2] = {"bzip2", "BZh", 3, archive_read_support_filter_bzip2},
};

struct archive_log *
archive_log_new(int fd)
{
    struct archive_log *a = mem_zalloc(1, sizeof(*a));

    a->fd = fd;
    a->block = mem_zalloc(1, BLOCK_BYTES);
    return a;
}

void
archive_log_free(struct archive_log *a)
{
    if (!a)
        return;
    if (a->unpacker)
        (void)archive_read_free(a->unpacker); /* only read from */
    if (a->gzip)
        (void)inflateEnd(a->gzip); /* says only whether something was left */
    mem_free(a->gzip);
    mem_free(a->block);
    mem_free(a);
}

static ssize_t
fail(struct archive_log *a, int error, const char *why)
{
    a->error = error;
    (void)snprintf(a->why, sizeof(a->why), "%s", why);
    return error;
}

/* Bytes of `fd` itself; 0 at its end, or a negative errno. */
static ssize_t
take(struct archive_log *a, char *out, size_t room)
{
    ssize_t n;

    if (a->is_at_end)
        return 0;
    do
        n = read(a->fd, out, room);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail(a, -errno, strerror(errno));
    a->is_at_end = n == 0;
    a->taken += (uint64_t)n;
    return n;
}

/* libarchive asks for more of the file. */
static la_ssize_t
give_block(struct archive *unpacker, void *ctx, const void **block)
{
    struct archive_log *a = ctx;
    ssize_t n = (ssize_t)(a->end - a->begin);

    *block = a->block + a->begin;
    if (n == 0) {
        n = take(a, a->block, BLOCK_BYTES);
        *block = a->block;
    }
    a->begin = a->end = 0;
    if (n >= 0)
        return n;
    archive_set_error(unpacker, -(int)n, "%s", a->why);
    return ARCHIVE_FATAL;
}

/* The first bytes, by which the form is known; a pipe may give them one by one. */
static ssize_t
read_head(struct archive_log *a)
{
    ssize_t n = 1;

    while (a->end < HEAD_BYTES && n > 0) {
        n = take(a, a->block + a->end, BLOCK_BYTES - a->end);
        if (n > 0)
            a->end += (size_t)n;
    }
    return n < 0 ? n : 0;
}

static enum archive_form
form_of(struct span head)
{
    for (size_t i = ARCHIVE_LOG_PLAIN + 1; i < ARRAY_LEN(forms); i++) {
        if (!span_starts(head, (struct span){forms[i].magic, forms[i].len}))
            continue;
        /* "BZh" may begin a line of text: the block size and the block's magic follow. */
        if (i == ARCHIVE_LOG_BZIP2 &&
            (head.len < 10 || head.ptr[3] < '1' || head.ptr[3] > '9' ||
             ((unsigned char)head.ptr[4] != 0x31 && (unsigned char)head.ptr[4] != 0x17)))
            continue;
        return (enum archive_form)i;
    }
    return ARCHIVE_LOG_PLAIN;
}

/* A number of the xz format (section 1.2): seven bits a byte, at most nine bytes. */
static bool
take_xz_number(struct span *s, uint64_t *out)
{
    uint64_t n = 0;
    unsigned char byte;

    for (unsigned i = 0; i < 9 && s->len; i++) {
        byte = (unsigned char)s->ptr[0];
        *s = span_from(*s, 1);
        n |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80)) {
            *out = n;
            return true;
        }
    }
    return false;
}

/* The size that LZMA2's one byte of properties stands for; above 40 it means nothing. */
static uint64_t
lzma2_dictionary(unsigned bits)
{
    return bits > 40 ? UINT64_MAX : (UINT64_C(2) | (bits & 1)) << (bits / 2 + 11);
}

/* The dictionary that the first block asks for (sections 3.1 and 5.3.1); 0 when there is
 * no block or its header is not understood: the decoder tells what is wrong with it. */
static uint64_t
xz_dictionary(struct span head)
{
    enum { STREAM_HEADER = 12, HAS_PACKED = 0x40, HAS_UNPACKED = 0x80, LZMA2 = 0x21 };
    struct span s = span_from(head, STREAM_HEADER + 1);
    uint64_t id, size, unused;
    unsigned flags;

    if (s.len == 0 || head.ptr[STREAM_HEADER] == 0)
        return 0;
    flags = (unsigned char)s.ptr[0];
    s = span_from(s, 1);
    if ((flags & HAS_PACKED && !take_xz_number(&s, &unused)) ||
        (flags & HAS_UNPACKED && !take_xz_number(&s, &unused)))
        return 0;
    for (unsigned i = 0; i <= (flags & 3); i++) {
        if (!take_xz_number(&s, &id) || !take_xz_number(&s, &size) || size > s.len)
            return 0;
        if (id == LZMA2 && size == 1)
            return lzma2_dictionary((unsigned char)s.ptr[0]);
        s = span_from(s, (size_t)size);
    }
    return 0;
}

static ssize_t
fail_damaged(struct archive_log *a, const char *text)
{
    (void)snprintf(a->why, sizeof(a->why), "damaged or cut short (%s: %s)",
                   forms[a->form].name, text ? text : "no reason given");
    a->error = -EBADMSG;
    return a->error;
}

static ssize_t
fail_unpacking(struct archive_log *a)
{
    if (a->error) /* of `fd`: that is what is wrong */
        return a->error;
    return fail_damaged(a, archive_error_string(a->unpacker));
}

static ssize_t
begin_unpacking(struct archive_log *a)
{
    struct archive_entry *entry;
    int rc;

    if (a->form == ARCHIVE_LOG_XZ &&
        xz_dictionary((struct span){a->block, a->end}) > ARCHIVE_LOG_DICTIONARY_MAX)
        return fail(a, -EBADMSG, "unpacking would take more than 128 MiB of memory");
    a->unpacker = archive_read_new();
    must(a->unpacker);
    /* A warning says that a program outside would have to do it. */
    if (forms[a->form].support(a->unpacker) != ARCHIVE_OK)
        return fail(a, -EBADMSG, "this libarchive cannot unpack it");
    (void)archive_read_support_format_raw(a->unpacker); /* fails without memory alone */
    (void)archive_read_support_format_empty(a->unpacker);
    rc = archive_read_open(a->unpacker, a, NULL, give_block, NULL);
    if (rc == ARCHIVE_OK)
        rc = archive_read_next_header(a->unpacker, &entry);
    if (rc == ARCHIVE_EOF)
        a->is_done = true;
    else if (rc != ARCHIVE_OK)
        return fail_unpacking(a);
    else if (archive_filter_count(a->unpacker) != 2) /* the form's, and reading itself */
        return fail(a, -EBADMSG, "compressed more than once");
    return 0;
}

/* gzip is read without libarchive, which compares no checksums and takes damage that
 * looks like an end for the end. */
static ssize_t
begin_gzip(struct archive_log *a)
{
    a->gzip = mem_zalloc(1, sizeof(*a->gzip));
    must(inflateInit2(a->gzip, 16 + MAX_WBITS) == Z_OK); /* 16: gzip alone */
    return 0;
}

/* Takes more of the file when all of it was used. Positive when there is some. */
static ssize_t
refill(struct archive_log *a)
{
    ssize_t n = (ssize_t)(a->end - a->begin);

    if (n == 0) {
        n = take(a, a->block, BLOCK_BYTES);
        a->begin = 0;
        a->end = n > 0 ? (size_t)n : 0;
    }
    return n;
}

/* Behind a member: true when another one follows; zeros, as tapes pad with, are none. */
static bool
next_member(struct archive_log *a, ssize_t *rc)
{
    while ((*rc = refill(a)) > 0 && a->block[a->begin] == '\0')
        a->begin++;
    if (*rc <= 0)
        return false;
    (void)inflateReset(a->gzip); /* of a good stream, which this is */
    return true;
}

static ssize_t
read_gzip(struct archive_log *a, char *out, size_t room)
{
    z_stream *z = a->gzip;
    int state = Z_OK;
    ssize_t n = 1;

    z->next_out = (Bytef *)out;
    z->avail_out = (uInt)(room < BLOCK_BYTES ? room : BLOCK_BYTES);
    room = z->avail_out;
    while (z->avail_out == room && !a->is_done && (n = refill(a)) > 0) {
        z->next_in = (Bytef *)a->block + a->begin;
        z->avail_in = (uInt)(a->end - a->begin);
        state = inflate(z, Z_NO_FLUSH);
        a->begin = a->end - z->avail_in;
        if (state == Z_STREAM_END)
            a->is_done = !next_member(a, &n);
        else if (state != Z_OK && state != Z_BUF_ERROR)
            return fail_damaged(a, z->msg);
    }
    if (n < 0)
        return n;
    if (n == 0 && !a->is_done)
        return fail_damaged(a, "its end is missing");
    return (ssize_t)(room - z->avail_out);
}

static ssize_t
read_unpacked(struct archive_log *a, char *out, size_t room)
{
    ssize_t n = 0;

    if (a->gzip)
        n = read_gzip(a, out, room);
    else if (!a->is_done)
        n = archive_read_data(a->unpacker, out, room);
    if (n < 0)
        return a->gzip ? n : fail_unpacking(a);
    if (a->given == 0 && form_of((struct span){out, (size_t)n}) != ARCHIVE_LOG_PLAIN)
        return fail(a, -EBADMSG, "compressed more than once");
    a->given += (uint64_t)n;
    if (a->given > ARCHIVE_LOG_FREE_BYTES && a->given / ARCHIVE_LOG_RATIO_MAX > a->taken)
        return fail(a, -EBADMSG,
                    "unpacks to more than 500 times its size, which no log does");
    return n;
}

static ssize_t
read_plain(struct archive_log *a, char *out, size_t room)
{
    size_t n = a->end - a->begin;

    if (n == 0)
        return take(a, out, room);
    n = n < room ? n : room;
    memcpy(out, a->block + a->begin, n);
    a->begin += n;
    return (ssize_t)n;
}

ssize_t
archive_log_read(struct archive_log *a, char *out, size_t room)
{
    ssize_t rc = 0;

    if (a->error)
        return a->error;
    if (!a->is_begun) {
        a->is_begun = true;
        rc = read_head(a);
        a->form = form_of((struct span){a->block, a->end});
        if (rc == 0 && a->form != ARCHIVE_LOG_PLAIN)
            rc = a->form == ARCHIVE_LOG_GZIP ? begin_gzip(a) : begin_unpacking(a);
    }
    if (rc < 0)
        return rc;
    return a->form == ARCHIVE_LOG_PLAIN ? read_plain(a, out, room)
                                        : read_unpacked(a, out, room);
}

const char *
archive_log_why(const struct archive_log *a)
{
    return a->why;
}

enum archive_form
archive_log_form(const struct archive_log *a)
{
    return a->form;
}

const char *
archive_log_form_name(enum archive_form form)
{
    return forms[form].name;
}

uint64_t
archive_log_taken(const struct archive_log *a)
{
    return a->taken;
}
