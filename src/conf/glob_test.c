#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "conf/glob.h"
#include "conf/globs.h"

/* A folder of its own, in which paths are made and removed. */
struct world {
    char root[32];
    char paths[400][64]; /* in the order of their making */
    size_t count;
};

static void
world_init(struct world *w)
{
    *w = (struct world){.root = "/tmp/glob-test-XXXXXX"};
    assert_non_null(mkdtemp(w->root));
}

static const char *
full(const struct world *w, const char *path, char out[128])
{
    (void)snprintf(out, 128, "%s/%s", w->root, path);
    return out;
}

static void
made(struct world *w, const char *path)
{
    assert_true(w->count < ARRAY_LEN(w->paths));
    (void)snprintf(w->paths[w->count++], sizeof(w->paths[0]), "%s", path);
}

static void
make_folder(struct world *w, const char *path)
{
    char name[128];

    assert_int_equal(mkdir(full(w, path, name), 0700), 0);
    made(w, path);
}

static void
make_file(struct world *w, const char *path)
{
    char name[128];
    int fd = open(full(w, path, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    (void)close(fd);
    made(w, path);
}

static void
make_link(struct world *w, const char *target, const char *path)
{
    char name[128];

    assert_int_equal(symlink(target, full(w, path, name)), 0);
    made(w, path);
}

static void
world_fini(struct world *w)
{
    char name[128];

    while (w->count)
        (void)remove(full(w, w->paths[--w->count], name));
    assert_int_equal(rmdir(w->root), 0);
}

struct seen {
    const struct world *w;
    struct buf files, folders; /* names below the root, each behind a blank */
};

static void
note(void *ctx, const char *path, bool is_folder)
{
    struct seen *s = ctx;
    struct span rest = span_of(path);
    struct buf *list = is_folder ? &s->folders : &s->files;

    assert_true(span_take(&rest, span_of(s->w->root)));
    buf_add_byte(list, ' ');
    buf_add(list, rest);
}

static void
test_walk(void **state UNUSED)
{
    static const struct {
        const char *pattern, *files, *folders;
    } rows[] = {
        {"mail*", " /mail.err /mail.log", " "},
        {"*.log", " /mail.log", " "},
        {"mail.[el]*", " /mail.err /mail.log", " "},
        {"mail.???", " /mail.err /mail.log", " "},
        {"none*", "", " "},
        {"absent/*.log", "", " /absent"},
        {"vhosts/*/logs/error_log", " /vhosts/a/logs/error_log /vhosts/b/logs/error_log",
         " /vhosts /vhosts/a /vhosts/b /vhosts/c /vhosts/a/logs /vhosts/b/logs"},
        {"vhosts/?/l*/*_log",
         " /vhosts/a/logs/access_log /vhosts/a/logs/error_log /vhosts/b/logs/error_log",
         " /vhosts /vhosts/a /vhosts/b /vhosts/c /vhosts/a/logs /vhosts/b/logs"},
        {"link*", " /link-dangling /link-to-log", " "},
        {"*den", "", " "},
        {".hid*", " /.hidden", " "},
        {"vhost*", "", " "},
    };
    struct world w;

    world_init(&w);
    make_file(&w, "mail.log");
    make_file(&w, "mail.err");
    make_file(&w, ".hidden");
    make_folder(&w, "vhosts");
    make_folder(&w, "vhosts/b");
    make_folder(&w, "vhosts/b/logs");
    make_folder(&w, "vhosts/a");
    make_folder(&w, "vhosts/a/logs");
    make_folder(&w, "vhosts/c");
    make_file(&w, "vhosts/b/logs/error_log");
    make_file(&w, "vhosts/a/logs/error_log");
    make_file(&w, "vhosts/a/logs/access_log");
    make_file(&w, "vhosts/file");
    make_link(&w, "mail.log", "link-to-log");
    make_link(&w, "nowhere", "link-dangling");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct seen s = {.w = &w};
        char pattern[128];

        buf_add_text(&s.files, "");
        assert_true(glob_walk(full(&w, rows[i].pattern, pattern), note, &s));
        assert_string_equal(s.files.len ? s.files.ptr : "", rows[i].files);
        /* The order of folders is that of the file system. */
        assert_int_equal(s.folders.len, strlen(rows[i].folders));
        buf_fini(&s.files);
        buf_fini(&s.folders);
    }
    world_fini(&w);
}

static void
test_names(void **state UNUSED)
{
    static const struct {
        const char *base, *name;
        bool is_rotated;
    } rows[] = {
        {"mail.log", "mail.log.1", true},
        {"mail.log", "mail.log.12", true},
        {"mail.log", "mail.log.2.gz", true},
        {"mail.log", "mail.log-20261122", true},
        {"mail.log", "mail.log-20261122.xz", true},
        {"mail.log", "mail.log.2026-11-22T03:00", true},
        {"mail.log", "mail.log.old", true},
        {"mail.log", "mail.log", false},
        {"mail.log", "mail.log.gz", false},
        {"mail", "mail.err", false},
        {"mail", "mail.log.1", false},
        {"mail.log", "mail.log.err", false},
        {"mail.log", "mail.log.1x", false},
        {"mail.log", "mail.log2", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (glob_is_rotated(span_of(rows[i].base), span_of(rows[i].name)) !=
            rows[i].is_rotated)
            fail_msg("%s %s", rows[i].base, rows[i].name);
    assert_true(glob_is_packed(SPAN("a.gz")));
    assert_false(glob_is_packed(SPAN("a.log")));
}

static void
test_rotated_of(void **state UNUSED)
{
    static const struct {
        const char *pattern, *path, *base;
        bool is_numbered;
    } rows[] = {
        {"/l/mail.log*", "/l/mail.log.1", "/l/mail.log", true},
        {"/l/*", "/l/mail.log.12.gz", "/l/mail.log", true},
        {"/l/*", "/l/mail.log-20261122", "/l/mail.log", false},
        {"/l/*", "/l/site-80", "/l/site", false},
        {"/l/mail.log.?", "/l/mail.log.1", NULL, false},
        {"/l/*.log", "/l/app-2026-11-22.log", NULL, false},
        {"/l/*", "/l/mail.log", NULL, false},
        {"/l/*/x.?", "/l/a.1/x.1", NULL, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct span base;
        bool is_numbered = false;
        bool is_one = glob_rotated_of(rows[i].pattern, rows[i].path, &base, &is_numbered);

        assert_int_equal(is_one, rows[i].base != NULL);
        if (is_one)
            assert_span(base, rows[i].base);
        assert_int_equal(is_numbered, rows[i].is_numbered);
    }
}

/* A configuration with a fixed log and a pattern for each of two jails. */
static struct config
some_config(const struct world *w, const char *fixed, const char *a, const char *b)
{
    struct config c = {.jail_count = 2, .glob_count = 2, .source_count = 1};
    char name[128];

    c.fixed_sources = 1;
    c.jails = mem_zalloc(2, sizeof(*c.jails));
    c.jails[0].source_count = c.jails[0].fixed_sources = 1;
    c.sources = mem_zalloc(1, sizeof(*c.sources));
    (void)full(w, fixed, name);
    c.sources[0].path = mem_copy_text(name, strlen(name));
    c.globs = mem_zalloc(2, sizeof(*c.globs));
    (void)full(w, a, name);
    c.globs[0].pattern = mem_copy_text(name, strlen(name));
    (void)full(w, b, name);
    c.globs[1] = (struct config_glob){
        .jail = 1, .is_tail = true, .pattern = mem_copy_text(name, strlen(name))};
    return c;
}

/* Expands; the sources of both jails as "name name; name", and whether some are new. */
static bool
expand(struct config *c, const struct world *w, struct buf *out, bool is_applied)
{
    struct globs_found found;
    bool has_new;

    globs_find(c, &found);
    has_new = globs_has_new(c, &found);
    if (is_applied)
        globs_apply(c, &found);
    globs_found_fini(&found);
    buf_clear(out);
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < c->jails[i].source_count; k++)
            buf_printf(out, "%s%s%s",
                       c->sources[c->jails[i].sources[k]].path + strlen(w->root),
                       c->sources[c->jails[i].sources[k]].is_tail ? "=" : "",
                       k + 1 < c->jails[i].source_count ? " " : "");
        if (i == 0)
            buf_add_text(out, "; ");
    }
    return has_new;
}

static void
test_sources(void **state UNUSED)
{
    struct world w;
    struct config c;
    struct buf out = {0};
    char from[128], to[128];

    world_init(&w);
    make_file(&w, "a.log");
    make_file(&w, "b.log");
    make_file(&w, "b.log.1");
    make_file(&w, "b.log-20261122");
    make_file(&w, "b.log.2.gz");
    make_file(&w, "d-20261122"); /* a log of its own: there is no `d` */
    make_link(&w, "b.log", "z.log");
    c = some_config(&w, "a.log", "*", "[ab]*");
    assert_true(expand(&c, &w, &out, true));
    assert_string_equal(out.ptr, "/a.log /b.log /d-20261122; /a.log /b.log");
    assert_false(expand(&c, &w, &out, true));

    /* Renamed, and not made again yet: nothing is new, and the rotated one is no log. */
    (void)full(&w, "b.log", from);
    (void)full(&w, "b.log.3", to);
    assert_int_equal(rename(from, to), 0);
    made(&w, "b.log.3");
    assert_false(expand(&c, &w, &out, false));
    make_file(&w, "b.log");
    assert_false(expand(&c, &w, &out, false));
    make_file(&w, "c.log");
    assert_true(expand(&c, &w, &out, true));
    assert_string_equal(out.ptr, "/a.log /b.log /c.log /d-20261122; /a.log /b.log");
    assert_int_equal(c.fixed_sources, 1);
    buf_fini(&out);
    config_fini(&c);
    world_fini(&w);
}

/* ` tail` holds only for a log that nobody wants whole. */
static void
test_tail(void **state UNUSED)
{
    struct world w;
    struct config c;
    struct buf out = {0};

    world_init(&w);
    make_file(&w, "a.log");
    make_file(&w, "b.log");
    make_file(&w, "c.log");
    c = some_config(&w, "a.log", "b*", "*");
    assert_true(expand(&c, &w, &out, true));
    assert_string_equal(out.ptr, "/a.log /b.log; /a.log /b.log /c.log=");
    buf_fini(&out);
    config_fini(&c);
    world_fini(&w);
}

static void
test_too_many(void **state UNUSED)
{
    struct world w;
    struct config c;
    struct globs_found found;
    char name[32];

    world_init(&w);
    make_folder(&w, "l");
    for (int i = 0; i < CONFIG_SOURCES_MAX + 20; i++) {
        (void)snprintf(name, sizeof(name), "l/%03d.log", i);
        make_file(&w, name);
    }
    c = some_config(&w, "x.log", "l/*", "l/25*");
    globs_find(&c, &found);
    globs_apply(&c, &found);
    /* One is the fixed one; 255 to 259 do not fit for the second jail either. */
    assert_int_equal(found.left_out, 21 + 5);
    assert_non_null(strstr(found.left_names.ptr, "/l/255.log\n"));
    assert_int_equal(c.left_out, found.left_out);
    assert_int_equal(c.source_count, CONFIG_SOURCES_MAX);
    assert_int_equal(c.jails[0].source_count, CONFIG_SOURCES_MAX);
    assert_int_equal(c.jails[1].source_count, 5);
    assert_false(globs_has_new(&c, &found));
    globs_found_fini(&found);
    config_fini(&c);
    world_fini(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_walk),       TEST(test_names),
                                       TEST(test_rotated_of), TEST(test_sources),
                                       TEST(test_tail),       TEST(test_too_many)};

    return RUN(tests);
}
