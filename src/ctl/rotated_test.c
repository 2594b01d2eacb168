/* Which files belong to a rotated log. */
#include "unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "ctl/rotated.h"

static void
test_names(void **state UNUSED)
{
    static const struct {
        const char *name, *base;
        bool is_of;
    } cases[] = {
        {"mail.log", "mail.log", true},
        {"mail.log.1", "mail.log", true},
        {"mail.log.0", "mail.log", true},
        {"mail.log.12.gz", "mail.log", true},
        {"mail.log.3.bz2", "mail.log", true},
        {"mail.log-20261122", "mail.log", true},
        {"mail.log-20261122.xz", "mail.log", true},
        {"mail.log-2026-11-22", "mail.log", true},
        {"mail.log-20261122-1795312405.zst", "mail.log", true},
        {"mail-20261122.log", "mail.log", true},
        {"mail-20261122.log.gz", "mail.log", true},
        {"maillog-20261122.gz", "maillog", true},
        {"mail.log.gz", "mail.log", true},
        {"mail.log.gz", "mail.log.gz", true},
        {"mail.log.1.gz", "mail.log.gz", false},
        {"mail.err.1", "mail.log", false},
        {"mail.log.old", "mail.log", false},
        {"mail.log.1.tmp", "mail.log", false},
        {"mail.log.", "mail.log", false},
        {"mail.log--", "mail.log", false},
        {"mail.log2", "mail.log", false},
        {"mail.lo", "mail.log", false},
        {"mail.warn.log", "mail.log", false},
        {"xmail.log.1", "mail.log", false},
        {"mail..log", "mail.log", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (rotated_is_of(span_of(cases[i].name), span_of(cases[i].base)) !=
            cases[i].is_of)
            fail_msg("%s of %s", cases[i].name, cases[i].base);
}

static void
touch(const char *folder, const char *name)
{
    char path[128];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd); /* nothing was written */
}

static void
test_find(void **state UNUSED)
{
    static const char *const names[] = {
        "m.log", "m.log.1", "m.log.2", "m.log.2.gz", "m.log.10.gz", "other", "m.log.err"};
    static const char *const expected[] = {"m.log", "m.log.1", "m.log.10.gz", "m.log.2"};
    char folder[] = "/tmp/komainu-rotated-XXXXXX", path[128];
    struct rotated found;
    struct buf error = {0};

    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        touch(folder, names[i]);
    (void)snprintf(path, sizeof(path), "%s/m.log", folder);
    assert_true(rotated_find(path, &found, &error));
    assert_int_equal(found.count, ARRAY_LEN(expected));
    for (size_t i = 0; i < found.count; i++) {
        assert_true(span_starts(span_of(found.names[i]), span_of(folder)));
        assert_string_equal(found.names[i] + strlen(folder) + 1, expected[i]);
    }
    rotated_fini(&found);
    (void)snprintf(path, sizeof(path), "%s/none", folder);
    assert_false(rotated_find(path, &found, &error));
    assert_non_null(strstr(error.ptr, "neither this log nor a rotated one"));
    buf_clear(&error);
    assert_false(rotated_find("/nonexistent/x.log", &found, &error));
    assert_non_null(strstr(error.ptr, "No such file"));
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
    buf_fini(&error);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_names), TEST(test_find)};

    return RUN(tests);
}
