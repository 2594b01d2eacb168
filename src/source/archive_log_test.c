/* archive_log over files that the test packs with libarchive's writing half. */
#include <archive.h>
#include <archive_entry.h>

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "source/archive_log.h"

enum { PACKED_MAX = 8 << 20 };

typedef int add_filter(struct archive *);

static const struct form {
    enum archive_form form;
    add_filter *add;
} forms[] = {
    {ARCHIVE_LOG_GZIP, archive_write_add_filter_gzip},
    {ARCHIVE_LOG_XZ, archive_write_add_filter_xz},
    {ARCHIVE_LOG_ZSTD, archive_write_add_filter_zstd},
    {ARCHIVE_LOG_BZIP2, archive_write_add_filter_bzip2},
};

/* A log of `lines` lines that differ. */
static struct buf
make_text(unsigned lines)
{
    struct buf b = {0};

    for (unsigned i = 0; i < lines; i++)
        buf_printf(&b, "2026-11-20T01:02:03+00:00 mx test[%u]: line %u, %x\n", i % 999, i,
                   i * 2654435761U);
    return b;
}

/* `text` packed, `times` over each other. */
static struct buf
pack(add_filter *add, unsigned times, struct span text)
{
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    char *room = mem_zalloc(1, PACKED_MAX);
    struct buf out = {0};
    size_t used = 0;

    assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
    for (unsigned i = 0; i < times; i++)
        assert_int_equal(add(a), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(a, room, PACKED_MAX, &used), ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, text.ptr, text.len), text.len);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    buf_add(&out, (struct span){room, used});
    archive_entry_free(entry);
    (void)archive_write_free(a);
    mem_free(room);
    return out;
}

static int
file_of(struct span bytes)
{
    int fd = memfd_create("archive", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes.ptr, bytes.len, 0), bytes.len);
    return fd;
}

/* Reads all of `fd`, which it closes; the result is that of the last read. */
static ssize_t
unpack(int fd, size_t step, struct buf *out, enum archive_form *form, char why[256])
{
    struct archive_log *a = archive_log_new(fd);
    char *block = mem_zalloc(1, step);
    ssize_t n;

    while ((n = archive_log_read(a, block, step)) > 0)
        buf_add(out, (struct span){block, (size_t)n});
    assert_int_equal(archive_log_read(a, block, step), n); /* and stays so */
    *form = archive_log_form(a);
    (void)snprintf(why, 256, "%s", archive_log_why(a));
    archive_log_free(a);
    mem_free(block);
    (void)close(fd);
    return n;
}

static void
assert_unpacks(struct span packed, size_t step, enum archive_form form, struct span text)
{
    struct buf out = {0};
    enum archive_form seen;
    char why[256];

    assert_int_equal(unpack(file_of(packed), step, &out, &seen, why), 0);
    assert_int_equal(seen, form);
    assert_string_equal(why, "");
    assert_true(span_eq(buf_span(&out), text));
    buf_fini(&out);
}

static void
test_forms(void **state UNUSED)
{
    struct buf text = make_text(8000);

    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct buf packed = pack(forms[i].add, 1, buf_span(&text));

        assert_true(packed.len < text.len / 2);
        assert_unpacks(buf_span(&packed), 1 << 20, forms[i].form, buf_span(&text));
        assert_unpacks(buf_span(&packed), 777, forms[i].form, buf_span(&text));
        buf_fini(&packed);
    }
    buf_fini(&text);
}

/* What logrotate never wrote anything into, and files that only look packed. */
static void
test_plain(void **state UNUSED)
{
    static const struct span texts[] = {
        SPAN_INIT(""),
        SPAN_INIT("x"),
        SPAN_INIT("\x1f\x8b"),
        SPAN_INIT("BZh is a word\n"),
        SPAN_INIT("BZh9 too"),
        SPAN_INIT("BZh9 is the first word of a line\n"),
        SPAN_INIT("\xfd"
                  "7zX?\0more"),
    };
    struct buf text = make_text(5000);

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_unpacks(texts[i], 16, ARCHIVE_LOG_PLAIN, texts[i]);
    assert_unpacks(buf_span(&text), 4096, ARCHIVE_LOG_PLAIN, buf_span(&text));
    buf_fini(&text);
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct buf packed = pack(forms[i].add, 1, SPAN(""));

        assert_unpacks(buf_span(&packed), 100, forms[i].form, SPAN(""));
        buf_fini(&packed);
    }
}

/* Two members behind each other, as `cat a.gz b.gz` or an appending gzip leaves them. */
static void
test_members(void **state UNUSED)
{
    struct buf text = make_text(3000), twice = {0};

    buf_add(&twice, buf_span(&text));
    buf_add(&twice, buf_span(&text));
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct buf packed = pack(forms[i].add, 1, buf_span(&text)), both = {0};

        buf_add(&both, buf_span(&packed));
        buf_add(&both, buf_span(&packed));
        assert_unpacks(buf_span(&both), 5000, forms[i].form, buf_span(&twice));
        buf_fini(&both);
        buf_fini(&packed);
    }
    buf_fini(&text);
    buf_fini(&twice);
}

/* A pipe that gives its bytes one by one at first. */
static void
test_pipe(void **state UNUSED)
{
    struct buf text = make_text(200), out = {0};
    struct buf packed = pack(archive_write_add_filter_gzip, 1, buf_span(&text));
    enum archive_form form;
    char why[256];
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_true(packed.len < 32768); /* fits into the pipe */
    for (size_t i = 0; i < packed.len; i++)
        assert_int_equal(write(ends[1], packed.ptr + i, 1), 1);
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(unpack(ends[0], 100, &out, &form, why), 0);
    assert_int_equal(form, ARCHIVE_LOG_GZIP);
    assert_true(span_eq(buf_span(&out), buf_span(&text)));
    buf_fini(&text);
    buf_fini(&packed);
    buf_fini(&out);
}

/* Cut short: what is before the cut comes out, then the failure. */
static void
test_cut(void **state UNUSED)
{
    struct buf text = make_text(15000);

    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct buf packed = pack(forms[i].add, 1, buf_span(&text)), out = {0};
        enum archive_form form;
        char why[256];

        assert_int_equal(unpack(file_of(span_head(buf_span(&packed), packed.len / 2)),
                                4096, &out, &form, why),
                         -EBADMSG);
        assert_true(out.len < text.len);
        assert_memory_equal(out.ptr ? out.ptr : "", text.ptr, out.len);
        assert_true(out.len > 0 || forms[i].form != ARCHIVE_LOG_GZIP);
        assert_non_null(strstr(why, "damaged or cut short ("));
        assert_non_null(strstr(why, archive_log_form_name(forms[i].form)));
        buf_fini(&out);
        buf_fini(&packed);
    }
    buf_fini(&text);
}

static void
test_damage(void **state UNUSED)
{
    struct buf text = make_text(15000);

    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct buf packed = pack(forms[i].add, 1, buf_span(&text)), out = {0};
        enum archive_form form;
        char why[256];

        memset(packed.ptr + packed.len / 2, 0xff, 4096);
        assert_int_equal(unpack(file_of(buf_span(&packed)), 4096, &out, &form, why),
                         -EBADMSG);
        buf_fini(&out);
        buf_fini(&packed);
    }
    buf_fini(&text);
}

/* Zeros without end: refused long before they are all out. */
static void
test_bomb(void **state UNUSED)
{
    enum { ZEROS = 128 << 20, BLOCK = 1 << 20 };
    struct archive_log *a;
    char *zeros = mem_zalloc(1, ZEROS), *block = mem_zalloc(1, BLOCK);
    struct buf packed =
        pack(archive_write_add_filter_zstd, 1, (struct span){zeros, ZEROS});
    uint64_t total = 0;
    ssize_t n;
    int fd = file_of(buf_span(&packed));

    a = archive_log_new(fd);
    while ((n = archive_log_read(a, block, BLOCK)) > 0)
        total += (uint64_t)n;
    assert_int_equal(n, -EBADMSG);
    assert_non_null(strstr(archive_log_why(a), "more than 500 times its size"));
    assert_true(total <= ARCHIVE_LOG_FREE_BYTES + (2 << 20));
    archive_log_free(a);
    (void)close(fd);
    buf_fini(&packed);
    mem_free(zeros);
    mem_free(block);
}

static void
test_refused(void **state UNUSED)
{
    /* Stream header, then a block header whose LZMA2 dictionary is 1.5 GiB (byte 37). */
    static const struct span wide = SPAN_INIT("\xfd"
                                              "7zXZ\0\0\x01\x69\x22\xde\x36"
                                              "\x02\0\x21\x01\x25\0\0\0\0\0\0\0\0\0");
    struct buf text = make_text(10), out = {0};
    static add_filter *const adds[] = {archive_write_add_filter_gzip,
                                       archive_write_add_filter_bzip2};
    enum archive_form form;
    char why[256];

    for (size_t i = 0; i < ARRAY_LEN(adds); i++) {
        struct buf twice = pack(adds[i], 2, buf_span(&text));

        assert_int_equal(unpack(file_of(buf_span(&twice)), 100, &out, &form, why),
                         -EBADMSG);
        assert_string_equal(why, "compressed more than once");
        buf_fini(&twice);
    }
    assert_int_equal(unpack(file_of(wide), 100, &out, &form, why), -EBADMSG);
    assert_string_equal(why, "unpacking would take more than 128 MiB of memory");
    assert_int_equal(out.len, 0);
    assert_int_equal(
        unpack(open("/proc/self/mem", O_RDONLY | O_CLOEXEC), 100, &out, &form, why),
        -EIO);
    assert_string_equal(why, strerror(EIO));
    buf_fini(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_forms), TEST(test_plain),  TEST(test_members), TEST(test_pipe),
        TEST(test_cut),   TEST(test_damage), TEST(test_bomb),    TEST(test_refused)};

    return RUN(tests);
}
