#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "conf/layers.h"

/* A folder of this test, and what it was filled with, to be removed in reverse. */
struct folder {
    char root[64];
    const char *made[32];
    size_t count;
};

static void
make_path(const struct folder *f, const char *name, char out[512])
{
    assert_true(snprintf(out, 512, "%s/%s", f->root, name) < 512);
}

/* Writes a file, or makes a folder when `text` is NULL. */
static void
make(struct folder *f, const char *name, const char *text)
{
    char path[512];
    FILE *file;

    make_path(f, name, path);
    f->made[f->count++] = name;
    if (!text) {
        assert_int_equal(mkdir(path, 0700), 0);
        return;
    }
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int
setup(void **state)
{
    static struct folder f;

    f = (struct folder){.root = "/tmp/komainu-layers-XXXXXX"};
    *state = &f;
    return mkdtemp(f.root) ? 0 : -1;
}

static int
teardown(void **state)
{
    struct folder *f = *state;
    char path[512];

    while (f->count) {
        make_path(f, f->made[--f->count], path);
        if (remove(path) != 0)
            return -1;
    }
    return rmdir(f->root);
}

#define FILE_OF(name, text)                                                              \
    {                                                                                    \
        (name), (text), sizeof(text) - 1                                                 \
    }
static const struct conf_builtin builtins[] = {
    FILE_OF("x.conf", "[s]\na = built\nb = built\n"),
    FILE_OF("filter.d/f.conf", "[INCLUDES]\nbefore = common.conf\n[s]\na = f\n"),
    FILE_OF("filter.d/common.conf", "[s]\na = common\nb = common\n"),
    {0},
};

static size_t
read_all(const struct folder *f, const char *name, struct ini *out, struct buf *errors)
{
    const struct layers l = {.builtins = builtins, .directory = f->root};
    struct conf_errors e = {.text = errors};

    return layers_read(&l, name, out, &e);
}

static const char *
value(const struct ini *ini, const char *name)
{
    const struct ini_option *o = ini_own(ini, SPAN("s"), span_of(name), 0);

    return o ? o->value : "(none)";
}

static void
test_order(void **state)
{
    struct folder *f = *state;
    struct ini ini = {0};
    struct buf errors = {0};

    make(f, "x.conf", "[s]\na = conf\nc = conf\nd = conf\ne = conf\ng = conf\n");
    make(f, "x.d", NULL);
    make(f, "x.d/10.conf", "[s]\nc = d10\nd = d10\n");
    make(f, "x.d/9.conf", "[s]\nc = d9\n");
    make(f, "x.d/zz.local", "[s]\ne = dlocal\n");
    make(f, "x.d/.hidden.conf", "[s]\ng = hidden\n");
    make(f, "x.d/readme.txt", "[s]\ng = text\n");
    make(f, "x.local", "[s]\nd = local\ne = local\n");
    assert_int_equal(read_all(f, "x", &ini, &errors), 6);
    assert_int_equal(errors.len, 0);
    assert_string_equal(value(&ini, "a"), "conf");
    assert_string_equal(value(&ini, "b"), "built");
    assert_string_equal(value(&ini, "c"), "d9");
    assert_string_equal(value(&ini, "d"), "local");
    assert_string_equal(value(&ini, "e"), "dlocal");
    assert_string_equal(value(&ini, "g"), "conf");
    assert_string_equal(ini_own(&ini, SPAN("s"), SPAN("b"), 0)->file, "built-in/x.conf");
    ini_fini(&ini);
}

/* before, the file, after; Y.local behind Y.conf; loops end; what is not there is
 * skipped. */
static void
test_includes(void **state)
{
    struct folder *f = *state;
    struct ini ini = {0};
    struct buf errors = {0};

    make(f, "y.conf",
         "[INCLUDES]\nbefore = p.conf\n  none.conf\nafter = q.conf\n[s]\na = y\nb = y\n");
    make(f, "p.conf", "[INCLUDES]\nbefore = y.conf\n[s]\na = p\nc = p\nd = p\n");
    make(f, "p.local", "[s]\nd = plocal\n");
    make(f, "q.conf", "[s]\nb = q\n");
    assert_int_equal(read_all(f, "y", &ini, &errors), 4);
    assert_int_equal(errors.len, 0);
    assert_string_equal(value(&ini, "a"), "y");
    assert_string_equal(value(&ini, "b"), "q");
    assert_string_equal(value(&ini, "c"), "p");
    assert_string_equal(value(&ini, "d"), "plocal");
    ini_fini(&ini);
}

/* A file of the user's own may include what is built in, and change it. */
static void
test_built_in_includes(void **state)
{
    struct folder *f = *state;
    struct ini ini = {0};
    struct buf errors = {0};

    make(f, "filter.d", NULL);
    make(f, "filter.d/mine.conf", "[INCLUDES]\nbefore = common.conf\n[s]\na = mine\n");
    make(f, "filter.d/common.local", "[s]\nb = changed\n");
    assert_int_equal(read_all(f, "filter.d/mine", &ini, &errors), 3);
    assert_string_equal(value(&ini, "a"), "mine");
    assert_string_equal(value(&ini, "b"), "changed");
    ini_fini(&ini);
    assert_int_equal(read_all(f, "filter.d/f", &ini, &errors), 3);
    assert_string_equal(value(&ini, "a"), "f");
    assert_string_equal(value(&ini, "b"), "changed");
    ini_fini(&ini);
    assert_int_equal(read_all(f, "filter.d/nothing", &ini, &errors), 0);
    assert_int_equal(errors.len, 0);
    ini_fini(&ini);
}

static void
test_errors(void **state)
{
    struct folder *f = *state;
    struct ini ini = {0};
    struct buf errors = {0}, want = {0};

    make(f, "z.conf", "[INCLUDES]\nbefore = ../up.conf\nafter = /etc/passwd\n");
    make(f, "z.local", NULL);
    assert_int_equal(read_all(f, "z", &ini, &errors), 1);
    buf_printf(
        &want,
        "%s/z.conf:2: `../up.conf` lies outside the configuration directory; files "
        "there cannot be included yet\n"
        "%s/z.conf:3: `/etc/passwd` lies outside the configuration directory; files "
        "there cannot be included yet\n"
        "%s/z.local: this is no regular file\n",
        f->root, f->root, f->root);
    assert_string_equal(errors.ptr, want.ptr);
    ini_fini(&ini);
    buf_fini(&errors);
    buf_fini(&want);
}

static void
test_deep_includes(void **state)
{
    static const char *const names[] = {"0.conf", "1.conf", "2.conf", "3.conf", "4.conf",
                                        "5.conf", "6.conf", "7.conf", "8.conf", "9.conf"};
    struct folder *f = *state;
    struct ini ini = {0};
    struct buf errors = {0}, text = {0};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        buf_clear(&text);
        buf_printf(&text, "[INCLUDES]\nbefore = %zu.conf\n", i + 1);
        make(f, names[i], text.ptr);
    }
    assert_int_equal(read_all(f, "0", &ini, &errors), 9);
    assert_non_null(
        strstr(errors.ptr, "8.conf:2: includes are nested deeper than 8 levels\n"));
    ini_fini(&ini);
    buf_fini(&errors);
    buf_fini(&text);
}

int
main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_order), WITH_FOLDER(test_includes),
        WITH_FOLDER(test_built_in_includes), WITH_FOLDER(test_errors),
        WITH_FOLDER(test_deep_includes)};

    return RUN(tests);
}
