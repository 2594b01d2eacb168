#include "gate/as_db.h"

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files that test/lib/komainu_test/mmdb.py has written. */
static void
read_sample(const char *name, struct buf *out)
{
    char path[512], piece[4096];
    ssize_t n;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/fuzz/corpus/where-address_db/%s",
                   getenv("KOMAINU_SOURCE"), name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    while ((n = read(fd, piece, sizeof(piece))) > 0)
        buf_add(out, (struct span){piece, (size_t)n});
    (void)close(fd);
}

struct place {
    char folder[64], file[80];
    struct as_db *db;
    struct buf why;
};

static void
put(const struct place *p, const char *name, size_t most)
{
    struct buf text = {0};
    struct span part;
    int fd = open(p->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    read_sample(name, &text);
    part = span_head(buf_span(&text), most);
    assert_true(fd >= 0 && write(fd, part.ptr, part.len) == (ssize_t)part.len);
    (void)close(fd);
    buf_fini(&text);
}

static void
begin(struct place *p, bool is_copied)
{
    *p = (struct place){.folder = "/tmp/komainu-as_db-XXXXXX"};
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->file, sizeof(p->file), "%s/file", p->folder);
    as_db_new(&p->db, p->file, is_copied ? p->folder : NULL);
}

static void
end(struct place *p)
{
    as_db_free(p->db);
    buf_fini(&p->why);
    (void)unlink(p->file);
    assert_int_equal(rmdir(p->folder), 0); /* no copy stays */
}

static uint32_t
find(const struct as_db *db, const char *text)
{
    struct addr who;
    uint32_t as = 0;
    bool is_found;

    assert_true(addr_parse(span_of(text), &who));
    is_found = as_db_find(db, &who, &as);
    assert_int_equal(is_found, as != 0);
    return as;
}

static void
test_found(void **state UNUSED)
{
    static const struct {
        const char *who;
        uint32_t as;
    } cases[] = {
        {"198.51.100.1", 64500},     {"198.51.100.64", 64501},
        {"198.51.100.127", 64501},   {"198.51.100.128", 64500},
        {"2001:db8:ffff::1", 64502}, {"203.0.113.1", 64503},
        {"203.0.113.200", 64504},    {"192.0.2.1", 0},
        {"192.0.2.200", 0},          {"2001:db9::", 0},
    };
    struct place p;

    for (int is_copied = 0; is_copied < 2; is_copied++) {
        begin(&p, is_copied);
        assert_int_equal(find(p.db, "198.51.100.1"), 0); /* not read yet */
        put(&p, "numbers", SIZE_MAX);
        assert_int_equal(as_db_refresh(p.db, &p.why), AS_DB_LOADED);
        assert_int_equal(as_db_refresh(p.db, &p.why), AS_DB_SAME);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
            assert_int_equal(find(p.db, cases[i].who), cases[i].as);
        end(&p);
    }
    assert_int_equal(find(NULL, "198.51.100.1"), 0);
}

/* What is bad is told of once, and the last good one stays. */
static void
test_bad(void **state UNUSED)
{
    static const struct {
        const char *name;
        size_t most;
        const char *why;
    } cases[] = {
        {"countries", SIZE_MAX,
         ": its entries have no number of an AS; name a file such"},
        {"numbers", 0, ": "},
        {"numbers", 700, ": "},
    };
    struct place p;

    begin(&p, true);
    assert_int_equal(as_db_refresh(p.db, &p.why), AS_DB_BAD);
    assert_non_null(strstr(p.why.ptr, "/file: cannot be read: No such file"));
    assert_string_equal(as_db_trouble(p.db), p.why.ptr);
    assert_false(as_db_is_read(p.db));
    put(&p, "numbers", SIZE_MAX);
    assert_int_equal(as_db_refresh(p.db, &p.why), AS_DB_LOADED);
    assert_string_equal(as_db_trouble(p.db), "");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        buf_clear(&p.why);
        put(&p, cases[i].name, cases[i].most);
        assert_int_equal(as_db_refresh(p.db, &p.why), AS_DB_BAD);
        assert_non_null(strstr(p.why.ptr, cases[i].why));
        assert_int_equal(as_db_refresh(p.db, &p.why), AS_DB_SAME);
        assert_int_equal(find(p.db, "198.51.100.1"), 64500);
    }
    assert_true(as_db_is_read(p.db));
    put(&p, "empty", SIZE_MAX);
    assert_int_equal(as_db_refresh(p.db, &p.why), AS_DB_LOADED);
    assert_int_equal(find(p.db, "198.51.100.1"), 0);
    end(&p);
}

/* What is written over the file while it is open changes nothing, nor ends anything. */
static void
test_cut(void **state UNUSED)
{
    struct place p;

    begin(&p, true);
    put(&p, "numbers", SIZE_MAX);
    assert_int_equal(as_db_refresh(p.db, &p.why), AS_DB_LOADED);
    assert_int_equal(truncate(p.file, 0), 0);
    assert_int_equal(find(p.db, "198.51.100.1"), 64500);
    end(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_found), TEST(test_bad), TEST(test_cut)};

    return RUN(tests);
}
