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

static struct host_key
key_of(const char *text)
{
    return host_key_of(span_of(text));
}

static enum allow_put
put_name(struct allow *a, const char *name, int64_t until_us, const char *comment)
{
    struct host_key key = key_of(name);

    return allow_put_name(a, &key, until_us, span_of(comment));
}

static bool
set(struct allow *a, const char *name, const char *first, const char *second)
{
    struct host_key key = key_of(name);
    struct addr list[2];
    size_t count = 0;

    if (first)
        list[count++] = addr_of(first);
    if (second)
        list[count++] = addr_of(second);
    return allow_set_addresses(a, table_find(&a->names, &key), list, count);
}

/* Addresses of names are spared as long as any name stands for them. */
static void
test_names(void **state UNUSED)
{
    struct addr who = addr_of("192.0.2.7");
    struct host_key key = key_of("two.example.net");
    struct allow a;
    int64_t due_us;

    allow_init(&a);
    assert_int_equal(put_name(&a, "one.example.net", -1, ""), ALLOW_NEW);
    assert_int_equal(put_name(&a, "ONE.example.net", -1, ""), ALLOW_SAME);
    assert_int_equal(put_name(&a, "one.example.net", -1, "at home"), ALLOW_CHANGED);
    assert_int_equal(put_name(&a, "two.example.net", 7 * SECOND_US, ""), ALLOW_NEW);
    assert_true(set(&a, "one.example.net", "2001:db8::7", "192.0.2.7"));
    assert_false(set(&a, "one.example.net", "192.0.2.7", "2001:db8::7"));
    assert_true(set(&a, "two.example.net", "192.0.2.7", "192.0.2.7"));
    assert_true(has(&a, "2001:db8::7"));
    assert_false(has(&a, "192.0.2.0/24"));
    assert_true(allow_tells(&a, &who));
    assert_int_equal(a.named.count, 2);
    assert_true(set(&a, "one.example.net", "198.51.100.7", NULL));
    assert_false(has(&a, "2001:db8::7"));
    assert_true(has(&a, "192.0.2.7")); /* of the other one */
    assert_true(allow_next_end(&a, &due_us));
    assert_int_equal(due_us, 7 * SECOND_US);
    assert_false(allow_find_name_over(&a, 7 * SECOND_US - 1, &key));
    assert_true(allow_find_name_over(&a, 7 * SECOND_US, &key));
    assert_true(allow_remove_name(&a, &key));
    assert_false(allow_remove_name(&a, &key));
    assert_false(has(&a, "192.0.2.7"));
    assert_true(set(&a, "one.example.net", NULL, NULL));
    assert_int_equal(a.named.count, 0);
    /* An address that stands there itself stays. */
    assert_int_equal(put(&a, "198.51.100.7", -1, ""), ALLOW_NEW);
    assert_true(set(&a, "one.example.net", "198.51.100.7", NULL));
    assert_true(set(&a, "one.example.net", NULL, NULL));
    assert_true(has(&a, "198.51.100.7"));
    allow_fini(&a);
}

static void
test_full_of_names(void **state UNUSED)
{
    struct addr list[ALLOW_ADDRESSES_MAX + 1];
    char name[64];
    struct host_key key;
    struct allow a;

    allow_init(&a);
    for (unsigned i = 0; i <= ALLOW_NAMES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "h%u.example.net", i);
        assert_int_equal(put_name(&a, name, -1, ""),
                         i < ALLOW_NAMES_MAX ? ALLOW_NEW : ALLOW_FULL);
        if (i == ALLOW_NAMES_MAX)
            break;
        for (unsigned k = 0; k < ARRAY_LEN(list); k++) {
            list[k] = addr_of("192.0.2.1");
            list[k].bytes[1] = (uint8_t)i;
            list[k].bytes[3] = (uint8_t)k;
        }
        key = key_of(name);
        assert_true(
            allow_set_addresses(&a, table_find(&a.names, &key), list, ARRAY_LEN(list)));
    }
    assert_int_equal(a.named.count, ALLOW_NAMED_MAX);
    allow_fini(&a);
}

/* Lines of names, good and broken. */
static void
test_text_of_names(void **state UNUSED)
{
    static const char text[] = "Office.example.net=2001:db8::7,192.0.2.7 never at home\n"
                               "new.example.net. never\n"
                               "none.example.net= never\n"
                               "net.example.net=192.0.2.0/24 never\n"
                               "a=b=192.0.2.1 never\n"
                               "-.example.net never\n"
                               "end.example.net=192.0.2.8, never\n";
    static const char want[] = "none.example.net= never\n"
                               "net.example.net=192.0.2.0/24 never\n"
                               "a=b=192.0.2.1 never\n"
                               "-.example.net never\n"
                               "end.example.net=192.0.2.8, never\n"
                               "office.example.net=192.0.2.7,2001:db8::7 never at home\n"
                               "new.example.net never\n";
    struct buf out = {0};
    struct allow a;

    allow_init(&a);
    allow_parse(&a, span_of(text));
    assert_int_equal(a.names.count, 2);
    assert_int_equal(a.broken, 5);
    assert_int_equal(a.first_at, 3);
    assert_true(has(&a, "192.0.2.7"));
    assert_false(has(&a, "192.0.2.8"));
    allow_print(&a, &out);
    assert_string_equal(out.ptr, want);
    buf_fini(&out);
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
    const struct CMUnitTest tests[] = {TEST(test_list),          TEST(test_full),
                                       TEST(test_names),         TEST(test_full_of_names),
                                       TEST(test_text_of_names), TEST(test_text),
                                       TEST(test_file)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
