/* Real files, made by systemd-journal-remote from its export format; without that program
 * the tests are skipped. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/journal.h"
#include "source/journal_files.h"
#include "source/journal_place.h"

#define REMOTE "/lib/systemd/systemd-journal-remote"
#define BEGIN_US INT64_C(1795000000000000) /* a day in November 2026 */

static char folder[] = "/tmp/komainu-journal-XXXXXX";
static int written;

static void
path_of(const char *name, char out[128])
{
    (void)snprintf(out, 128, "%s/%s", folder, name);
}

/* Appends the export of one entry, a second after the one before. */
static void
add_entry(struct buf *export, const char *fields)
{
    buf_printf(export,
               "__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=%d\n"
               "_BOOT_ID=0123456789abcdef0123456789abcdef\n_HOSTNAME=mx1\n%s\n\n",
               (long long)(BEGIN_US + written * 1000000LL), 5000000 + written * 1000000,
               fields);
    written++;
}

/* Has the entries written to the file `name`, behind what it holds. */
static void
write_file(const char *name, struct buf *export)
{
    char path[128], input[128];
    int fd, status;
    pid_t pid;

    path_of(name, path);
    path_of("export", input);
    fd = open(input, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, export->ptr, export->len), export->len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    pid = fork();
    if (pid == 0) {
        if (dup2(fd, 0) == 0)
            (void)execl(REMOTE, REMOTE, "-o", path, "-", NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    (void)close(fd);
    buf_fini(export);
}

static struct journal *
open_journal(const char *match)
{
    struct journal *j;

    assert_int_equal(journal_open(folder, span_of(match), &j), 0);
    return j;
}

/* The next entry is this line. Returns its time. */
static int64_t
expect(struct journal *j, const char *want)
{
    struct buf text = buf_bounded(JOURNAL_TEXT_MAX);
    struct journal_shape shape;
    struct journal_entry entry;

    assert_int_equal(journal_next(j, &entry), JOURNAL_ENTRY);
    journal_line(&entry.fields, &text, &shape);
    assert_span(buf_span(&text), want);
    assert_true(entry.cursor.len > 0 && entry.cursor.len <= JOURNAL_CURSOR_MAX);
    buf_fini(&text);
    return entry.time_us;
}

static void
expect_end(struct journal *j)
{
    struct journal_entry entry;

    assert_int_equal(journal_next(j, &entry), JOURNAL_IDLE);
}

/* Waits for news of the files, and takes it. */
static void
notice(struct journal *j)
{
    struct pollfd p = {.fd = journal_fd(j), .events = POLLIN};

    assert_int_equal(poll(&p, 1, 20000), 1);
    assert_int_equal(journal_process(j), 0);
}

static void
make_three(void)
{
    struct buf export = {0};

    add_entry(&export, "SYSLOG_IDENTIFIER=postfix/smtpd\nSYSLOG_PID=71\n_PID=3\n"
                       "_COMM=smtpd\nMESSAGE=one\n_SOURCE_REALTIME_TIMESTAMP=7000000");
    add_entry(&export, "_COMM=sshd\n_PID=9\n_UID=0\nMESSAGE=two: x");
    add_entry(&export, "SYSLOG_IDENTIFIER=kernel\n_TRANSPORT=kernel\nMESSAGE=three\n"
                       "_SOURCE_MONOTONIC_TIMESTAMP=1500000");
    write_file("a.journal", &export);
}

static void
test_entries(void **state UNUSED)
{
    int64_t begin_us = BEGIN_US + written * 1000000LL;
    struct journal *j;

    make_three();
    j = open_journal("");
    assert_int_equal(journal_begin(j, SPAN(""), begin_us), JOURNAL_SINCE);
    assert_int_equal(expect(j, "mx1 postfix/smtpd[71]: one"), 7000000);
    assert_int_equal(expect(j, "mx1 sshd[9]: two: x"), begin_us + 1000000);
    (void)expect(j, "mx1 kernel: [    1.500000] three");
    expect_end(j);
    assert_int_equal(journal_begin(j, SPAN(""), begin_us + 500000), JOURNAL_SINCE);
    (void)expect(j, "mx1 sshd[9]: two: x");
    journal_close(j);
}

static void
test_matches(void **state UNUSED)
{
    static const struct {
        const char *match;
        int count;
    } cases[] = {{"_COMM=sshd", 1},
                 {"_COMM=sshd\n_UID=0", 1},
                 {"_COMM=sshd\n_UID=1", 0},
                 {"_COMM=sshd\n_COMM=smtpd", 2},
                 {"_COMM=x\n+\n_UID=0", 1},
                 {"_HOSTNAME=mx1", 3},
                 {"_UID=0\n+\nSYSLOG_IDENTIFIER=kernel", 2}};
    struct journal_entry entry;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct journal *j = open_journal(cases[i].match);
        int n = 0;

        assert_int_equal(journal_begin(j, SPAN(""), 0), JOURNAL_SINCE);
        while (journal_next(j, &entry) == JOURNAL_ENTRY)
            n++;
        assert_int_equal(n, cases[i].count);
        journal_close(j);
    }
}

/* A reader that is killed at any entry goes on behind it. */
static void
test_cursors(void **state UNUSED)
{
    char cursors[3][JOURNAL_CURSOR_MAX + 1];
    struct journal *j = open_journal("");
    struct journal_entry entry;

    assert_int_equal(journal_begin(j, SPAN(""), 0), JOURNAL_SINCE);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(journal_next(j, &entry), JOURNAL_ENTRY);
        assert_true(span_cstr(entry.cursor, cursors[i], sizeof(cursors[i])));
    }
    journal_close(j);
    for (int i = 0; i < 3; i++) {
        j = open_journal("");
        assert_int_equal(journal_begin(j, span_of(cursors[i]), 0), JOURNAL_BEHIND);
        for (int k = i + 1; k < 3; k++) {
            assert_int_equal(journal_next(j, &entry), JOURNAL_ENTRY);
            assert_true(span_eq(entry.cursor, span_of(cursors[k])));
        }
        expect_end(j);
        journal_close(j);
    }
    j = open_journal("");
    assert_int_equal(journal_begin(j, SPAN("nonsense"), 0), JOURNAL_LOST);
    assert_true(journal_error(j) < 0);
    journal_close(j);
}

/* Entries that are added, files that are added, renamed and removed, while we read. */
static void
test_follows(void **state UNUSED)
{
    char from[128], to[128], cursor[JOURNAL_CURSOR_MAX + 1];
    struct journal *j = open_journal("_COMM=f");
    struct buf export = {0};
    struct journal_entry entry;

    assert_int_equal(journal_begin(j, SPAN(""), 0), JOURNAL_SINCE);
    expect_end(j);
    assert_false(journal_is_gap(j));
    add_entry(&export, "_COMM=f\nMESSAGE=1");
    write_file("a.journal", &export);
    notice(j);
    (void)expect(j, "mx1 f: 1");
    expect_end(j);
    /* Rotated: more in the old file than was read, then in a new one. */
    add_entry(&export, "_COMM=f\nMESSAGE=2");
    write_file("a.journal", &export);
    path_of("a.journal", from);
    path_of("a@1.journal", to);
    assert_int_equal(rename(from, to), 0);
    add_entry(&export, "_COMM=f\nMESSAGE=3");
    add_entry(&export, "_COMM=f\nMESSAGE=4");
    write_file("a.journal", &export);
    notice(j);
    (void)expect(j, "mx1 f: 2");
    assert_int_equal(journal_next(j, &entry), JOURNAL_ENTRY);
    assert_true(span_cstr(entry.cursor, cursor, sizeof(cursor)));
    /* The old file is vacuumed: what was read of it comes not again. */
    assert_int_equal(unlink(to), 0);
    notice(j);
    assert_false(journal_is_gap(j));
    (void)expect(j, "mx1 f: 4");
    expect_end(j);
    journal_close(j);
    /* All that was read is gone, and something behind it is not. */
    assert_int_equal(unlink(from), 0);
    add_entry(&export, "_COMM=f\nMESSAGE=5");
    add_entry(&export, "_COMM=f\nMESSAGE=6");
    write_file("b.journal", &export);
    j = open_journal("_COMM=f");
    assert_int_equal(journal_begin(j, span_of(cursor), 0), JOURNAL_GAP);
    assert_true(journal_is_gap(j));
    assert_true(journal_may_miss(j, BEGIN_US + DAY_US)); /* it is no journald's */
    (void)expect(j, "mx1 f: 5");
    (void)expect(j, "mx1 f: 6");
    expect_end(j);
    /* Nothing behind it at all, until something comes. */
    path_of("b.journal", from);
    assert_int_equal(unlink(from), 0);
    notice(j);
    assert_true(journal_is_gap(j));
    expect_end(j);
    add_entry(&export, "_COMM=f\nMESSAGE=7");
    write_file("c.journal", &export);
    notice(j);
    (void)expect(j, "mx1 f: 7");
    expect_end(j);
    journal_close(j);
}

/* Whether a journal that is begun without a place has all since a time. */
static void
test_may_miss(void **state UNUSED)
{
    struct buf export = {0};
    struct journal *j = open_journal("_COMM=first");
    char path[128];
    int64_t first_us;
    glob_t left;

    path_of("*.journal", path); /* what other tests left */
    assert_int_equal(glob(path, 0, NULL, &left), 0);
    for (size_t i = 0; i < left.gl_pathc; i++)
        assert_int_equal(unlink(left.gl_pathv[i]), 0);
    globfree(&left);
    journal_close(j);
    j = open_journal("_COMM=first");
    assert_int_equal(journal_begin(j, SPAN(""), 0), JOURNAL_SINCE);
    assert_true(journal_may_miss(j, BEGIN_US + DAY_US)); /* it is empty */
    journal_close(j);
    first_us = BEGIN_US + written * SECOND_US;
    add_entry(&export, "_COMM=other\nMESSAGE=1");
    add_entry(&export, "_COMM=first\nMESSAGE=2");
    write_file("a.journal", &export);
    j = open_journal("_COMM=first");
    assert_int_equal(journal_begin(j, SPAN(""), 0), JOURNAL_SINCE);
    assert_true(journal_may_miss(j, first_us - 1));
    assert_false(journal_may_miss(j, first_us)); /* that entry is of others */
    assert_true(journal_may_miss(j, -1));
    (void)expect(j, "mx1 first: 2");
    assert_false(journal_is_gap(j));
    journal_close(j);
}

static void
test_long_and_odd(void **state UNUSED)
{
    struct buf export = {0}, text = buf_bounded(JOURNAL_TEXT_MAX);
    struct journal *j = open_journal("_COMM=long");
    struct journal_shape shape;
    struct journal_entry entry;

    buf_add_text(&text, "_COMM=long\nMESSAGE=");
    for (int i = 0; i < 40000; i++)
        buf_add_byte(&text, (char)('a' + i % 26));
    add_entry(&export, text.ptr);
    write_file("d.journal", &export);
    assert_int_equal(journal_begin(j, SPAN(""), 0), JOURNAL_SINCE);
    notice(j);
    assert_int_equal(journal_next(j, &entry), JOURNAL_ENTRY);
    assert_int_equal(entry.fields.message.len, 40000);
    assert_memory_equal(entry.fields.message.ptr, text.ptr + 19, 40000);
    journal_line(&entry.fields, &text, &shape);
    assert_false(shape.is_cut);
    buf_clear(&text);
    /* An entry without any of our fields, and longer than a line. */
    add_entry(&export, "_COMM=long\nX=1");
    buf_printf(&export, "__REALTIME_TIMESTAMP=%lld\n_COMM=long\nMESSAGE=",
               (long long)(BEGIN_US + written * 1000000LL));
    for (int i = 0; i < 3 * JOURNAL_TEXT_MAX; i++)
        buf_add_byte(&export, 'x');
    buf_add_text(&export, "\n\n");
    write_file("d.journal", &export);
    notice(j);
    assert_int_equal(journal_next(j, &entry), JOURNAL_ENTRY);
    assert_int_equal(entry.fields.message.len, 0);
    assert_int_equal(journal_next(j, &entry), JOURNAL_ENTRY);
    journal_line(&entry.fields, &text, &shape);
    assert_true(shape.is_cut);
    assert_int_equal(text.len, JOURNAL_TEXT_MAX);
    journal_close(j);
    buf_fini(&text);
}

/* Where the files of a place lie. */
static void
test_places(void **state UNUSED)
{
    static const struct {
        const char *place, *folders[3]; /* up to NULL */
        enum journal_kind kind;
        int flags; /* -1: none are named */
    } rows[] = {
        {"", {"/var/log/journal", "/run/log/journal"}, JOURNAL_OWN, -1},
        {"flags=1;", {"/var/log/journal", "/run/log/journal"}, JOURNAL_OWN, 1},
        {"/j", {"/j"}, JOURNAL_FOLDER, -1},
        {"flags=4;/j", {"/j"}, JOURNAL_FOLDER, 4},
        {"namespace=x", {"/var/log/journal", "/run/log/journal"}, JOURNAL_NAMESPACE, -1},
        {"files=/j/a.journal", {"/j"}, JOURNAL_FILES, -1},
        {"files=/j/a.journal,/j/b?,/k/*/c.journal", {"/j", "/k"}, JOURNAL_FILES, -1},
        {"files=/*.journal", {"/"}, JOURNAL_FILES, -1},
        {"flags=x;/j", {"flags=x;/j"}, JOURNAL_FOLDER, -1},
    };
    struct journal_folders folders;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct journal_place p = journal_place_read(rows[i].place);

        assert_int_equal(p.kind, rows[i].kind);
        assert_int_equal(p.has_flags ? p.flags : -1, rows[i].flags);
        journal_folders(rows[i].place, &folders);
        for (size_t k = 0; k < folders.count; k++)
            assert_string_equal(folders.at[k], rows[i].folders[k]);
        assert_null(rows[i].folders[folders.count]);
    }
}

static void
test_access(void **state UNUSED)
{
    gid_t groups[2] = {0};
    struct journal_entry entry;
    struct buf files = {0};
    struct journal *j;
    char path[128];
    size_t count = 0;

    path_of("none", path);
    assert_int_equal(journal_access(path), JOURNAL_NOWHERE);
    assert_int_equal(journal_access(folder), JOURNAL_OPEN);
    buf_printf(&files, "files=%s/none*,%s/*.journal", folder, folder);
    assert_int_equal(journal_access(files.ptr), JOURNAL_OPEN);
    assert_int_equal(journal_open(files.ptr, SPAN(""), &j), 0);
    assert_int_equal(journal_begin(j, SPAN(""), 0), JOURNAL_SINCE);
    assert_int_equal(journal_next(j, &entry), JOURNAL_ENTRY);
    journal_close(j);
    buf_clear(&files);
    buf_printf(&files, "files=%s/none*", folder);
    assert_int_equal(journal_access(files.ptr), JOURNAL_NOWHERE);
    assert_int_equal(journal_open(files.ptr, SPAN(""), &j), -ENOENT);
    buf_fini(&files);
    path_of("empty", path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(journal_access(path), JOURNAL_EMPTY);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 0, 4711), 0);
        journal_groups(folder, groups, &count, 2);
        assert_int_equal(count, 1);
        assert_int_equal(groups[0], 4711);
        journal_groups(path, groups, &count, 2);
        assert_int_equal(count, 1);
    }
    assert_int_equal(rmdir(path), 0);
}

static int
make_folder(void **state UNUSED)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int
remove_folder(void **state UNUSED)
{
    static const char *const names[] = {"export",    "a.journal", "a@1.journal",
                                        "b.journal", "c.journal", "d.journal"};
    char path[128];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        path_of(names[i], path);
        (void)unlink(path); /* not all are there */
    }
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_entries),      TEST(test_matches),
                                       TEST(test_cursors),      TEST(test_follows),
                                       TEST(test_long_and_odd), TEST(test_access),
                                       TEST(test_places),       TEST(test_may_miss)};

    if (access(REMOTE, X_OK) != 0) {
        (void)puts("1..0 # SKIP " REMOTE " is not there");
        return 0;
    }
    return cmocka_run_group_tests_name(NULL, tests, make_folder, remove_folder);
}
