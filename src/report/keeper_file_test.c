/* Files longer than the pieces in which they are read. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "report/keeper_file.h"

#define NAME "a-file"

enum { HEAD_BYTES = 24, TEXT_MAX = 4096 };

struct place {
    char path[32];
    int folder;
};

static void
begin(struct place *w)
{
    *w = (struct place){.path = "/tmp/keeper-file-XXXXXX"};
    assert_non_null(mkdtemp(w->path));
    w->folder = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(w->folder >= 0);
}

static void
end(struct place *w)
{
    (void)unlinkat(w->folder, NAME, 0);
    (void)close(w->folder);
    assert_int_equal(rmdir(w->path), 0);
}

/* A number and a text, of every length in turn: so ends of pieces are in both. */
static void
pack_some(struct pack *p, uint32_t count, const char *letters)
{
    for (uint32_t i = 0; i < count && !p->is_bad; i++) {
        uint32_t len = i * 37 % (TEXT_MAX + 1), number = i * UINT32_C(2654435761);
        uint32_t wanted = number;
        struct span text = {letters + i % 26, len};

        pack_u32(p, &number);
        pack_text(p, &text, TEXT_MAX);
        if (p->is_bad)
            return;
        pack_u32(p, &wanted); /* the text is valid still */
        assert_int_equal(number, i * UINT32_C(2654435761));
        assert_true(span_eq(text, (struct span){letters + i % 26, len}));
    }
}

static int
read_back(const struct place *w, uint32_t count, const char *letters)
{
    struct pack p = {0};
    struct keeper_file *file;
    int e = keeper_file_open(w->folder, NAME, &p, &file);

    if (e)
        return e;
    if (letters)
        pack_some(&p, count, letters);
    else /* whatever is there */
        for (uint64_t n; !p.is_bad && !pack_is_read(&p);)
            pack_u64(&p, &n);
    return keeper_file_close(file, &p);
}

/* One bit is wrong, at places all over it; a byte too few, or too many. */
static void
damage(const struct place *w)
{
    int fd = openat(w->folder, NAME, O_RDWR | O_CLOEXEC);
    off_t size = lseek(fd, 0, SEEK_END);
    char byte = 0;

    assert_true(fd >= 0 && size >= HEAD_BYTES);
    for (off_t at = 0; at < size; at += 1 + size / 50) {
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 16;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        assert_int_equal(read_back(w, 0, NULL), -EBADMSG);
        byte ^= 16;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    assert_int_equal(pwrite(fd, &byte, 1, size), 1);
    assert_int_equal(read_back(w, 0, NULL), -EBADMSG);
    assert_int_equal(ftruncate(fd, size - 1), 0);
    assert_int_equal(read_back(w, 0, NULL), -EBADMSG);
    (void)close(fd);
}

static void
test_pieces(void **state UNUSED)
{
    static const uint32_t counts[] = {0, 1, 31, 56, 57, 58, 59, 60, 61, 300};
    char *letters = mem_zalloc(TEXT_MAX + 26, 1);
    struct place w;

    begin(&w);
    for (size_t i = 0; i < TEXT_MAX + 26; i++)
        letters[i] = (char)('a' + i % 26);
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        struct buf bytes = buf_bounded(KEEPER_FILE_MAX);
        struct pack p = {.out = &bytes};

        pack_some(&p, counts[i], letters);
        assert_int_equal(keeper_file_write(w.folder, NAME, buf_span(&bytes)), 0);
        assert_int_equal(read_back(&w, counts[i], letters), 0);
        if (counts[i]) /* not all of it */
            assert_int_equal(read_back(&w, counts[i] - 1, letters), -EBADMSG);
        assert_int_equal(read_back(&w, counts[i] + 1, letters), -EBADMSG);
        damage(&w);
        buf_fini(&bytes);
    }
    mem_free(letters);
    end(&w);
}

/* Nothing there, no file, and one that is too short. */
static void
test_no_such_file(void **state UNUSED)
{
    struct place w;
    int fd;

    begin(&w);
    assert_int_equal(read_back(&w, 0, NULL), -ENOENT);
    assert_int_equal(mkdirat(w.folder, NAME, 0700), 0);
    assert_int_equal(read_back(&w, 0, NULL), -EBADMSG);
    assert_int_equal(unlinkat(w.folder, NAME, AT_REMOVEDIR), 0);
    fd = openat(w.folder, NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "komainu-totals\n", 15), 15);
    (void)close(fd);
    assert_int_equal(read_back(&w, 0, NULL), -EBADMSG);
    end(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_no_such_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
