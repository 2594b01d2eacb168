/* The list of those who are never banned, and its file. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/allow.h"

static struct addr
addr_of(const char *text)
{
    struct addr a;

    assert_true(addr_parse_prefix(span_of(text), &a));
    return a;
}

static bool
has(const struct allow *a, const char *text)
{
    struct addr who = addr_of(text);

    return allow_has(a, &who);
}

static enum allow_put
put(struct allow *a, const char *text, int64_t until_us, const char *comment)
{
    struct addr who = addr_of(text);

    return allow_put(a, &who, until_us, span_of(comment));
}

static void
test_list(void **state UNUSED)
{
    struct addr who = addr_of("192.0.2.0/24");
    struct allow a;
    int64_t due_us;

    allow_init(&a);
    assert_false(has(&a, "192.0.2.7"));
    assert_int_equal(put(&a, "192.0.2.0/24", -1, "office"), ALLOW_NEW);
    assert_int_equal(put(&a, "192.0.2.0/24", -1, "office"), ALLOW_SAME);
    assert_int_equal(put(&a, "192.0.2.0/24", -1, "home"), ALLOW_CHANGED);
    assert_false(allow_next_end(&a, &due_us));
    assert_int_equal(put(&a, "2001:db8::7", 9 * SECOND_US, ""), ALLOW_NEW);
    assert_int_equal(put(&a, "198.51.100.7", 5 * SECOND_US, ""), ALLOW_NEW);
    assert_true(has(&a, "192.0.2.7"));
    assert_true(has(&a, "192.0.2.128/25"));
    assert_false(has(&a, "192.0.2.0/23"));
    assert_true(has(&a, "2001:db8::7"));
    assert_false(has(&a, "2001:db8::/64"));
    assert_true(allow_next_end(&a, &due_us));
    assert_int_equal(due_us, 5 * SECOND_US);
    assert_false(allow_find_over(&a, 5 * SECOND_US - 1, &who));
    assert_true(allow_find_over(&a, 5 * SECOND_US, &who));
    assert_true(allow_remove(&a, &who));
    assert_false(allow_remove(&a, &who));
    assert_false(has(&a, "198.51.100.7"));
    who = addr_of("192.0.2.0/24");
    assert_true(allow_remove(&a, &who));
    assert_false(has(&a, "192.0.2.7"));
    allow_fini(&a);
}

static void
test_full(void **state UNUSED)
{
    struct addr who = addr_of("10.0.0.0/32");
    struct allow a;

    allow_init(&a);
    for (unsigned i = 0; i <= ALLOW_MAX; i++) {
        who.bytes[2] = (uint8_t)(i >> 8);
        who.bytes[3] = (uint8_t)i;
        assert_int_equal(allow_put(&a, &who, -1, (struct span){0}),
                         i < ALLOW_MAX ? ALLOW_NEW : ALLOW_FULL);
    }
    assert_false(allow_has(&a, &who));
    allow_fini(&a);
}

/* Broken lines and comments are kept, and the first broken one is named. */
static void
test_text(void **state UNUSED)
{
    static const char text[] = "# ours\n"
                               "192.0.2.0/24 never our office\n"
                               "\n"
                               "192.0.2.300 never\n"
                               "198.51.100.7 2026-12-31T10:00:00+00:00  two  words \n"
                               "198.51.100.8 2026-12-31T10:00:00\n"
                               "2001:db8::7 never\n"
                               "nonsense";
    static const char want[] = "# ours\n\n192.0.2.300 never\n"
                               "198.51.100.8 2026-12-31T10:00:00\nnonsense\n"
                               "192.0.2.0/24 never our office\n"
                               "198.51.100.7 2026-12-31T10:00:00+00:00 two  words\n"
                               "2001:db8::7 never\n";
    struct buf out = {0};
    struct allow a;

    allow_init(&a);
    allow_parse(&a, span_of(text));
    assert_int_equal(a.entries.count, 3);
    assert_int_equal(a.broken, 3);
    assert_int_equal(a.first_at, 4);
    allow_print(&a, &out);
    assert_string_equal(out.ptr, want);
    buf_fini(&out);
    allow_fini(&a);
}

static void
test_file(void **state UNUSED)
{
    char folder[] = "/tmp/komainu-allow-XXXXXX", path[64], fresh[64];
    struct allow a, b;
    struct stat st;

    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/allow", folder);
    (void)snprintf(fresh, sizeof(fresh), "%s/allow.new", folder);
    allow_init(&a);
    assert_int_equal(allow_load(&a, folder), 0); /* none yet */
    assert_int_equal(put(&a, "192.0.2.0/24", -1, "office"), ALLOW_NEW);
    assert_int_equal(allow_save(&a, folder), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_not_equal(stat(fresh, &st), 0);
    allow_init(&b);
    assert_int_equal(allow_load(&b, folder), 0);
    assert_true(has(&b, "192.0.2.9"));
    allow_fini(&b);
    /* What cannot be replaced stays as it was. */
    assert_int_equal(mkdir(fresh, 0700), 0);
    assert_int_equal(put(&a, "198.51.100.7", -1, ""), ALLOW_NEW);
    assert_true(allow_save(&a, folder) < 0);
    allow_init(&b);
    assert_int_equal(allow_load(&b, folder), 0);
    assert_int_equal(b.entries.count, 1);
    allow_fini(&b);
    assert_int_equal(rmdir(fresh), 0);
    assert_int_equal(truncate(path, (off_t)ALLOW_FILE_MAX + 1), 0);
    allow_init(&b);
    assert_int_equal(allow_load(&b, folder), -EFBIG);
    allow_fini(&b);
    allow_fini(&a);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_list), TEST(test_full), TEST(test_text),
                                       TEST(test_file)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
