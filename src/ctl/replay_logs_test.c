/* How `komainu replay` reads logs: packed, rotated, damaged, and none. */
#include <zlib.h>

#include "replay_world.h"

#include <errno.h>
#include <sys/stat.h>

#include "ctl/log_reader.h"

static void
test_refusals(void **state UNUSED)
{
    struct place p;
    struct run r;
    struct buf log = {0};

    place_init(&p);
    add_attack(&log, 1, "192.0.2.1");
    write_log(p.a, &log);
    RUN_WORDS(&r, "replay", p.a, "/nonexistent/\033");
    assert_int_equal(r.code, CTL_USAGE);
    assert_string_equal(r.out, "");
    assert_string_equal(
        r.err, "komainu: replay: /nonexistent/\\x1B: No such file or directory\n");
    RUN_WORDS(&r, "replay", p.folder);
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, ": is a directory\n"));
    RUN_WORDS(&r, "replay", "-", "-");
    assert_int_equal(r.code, CTL_USAGE);
    RUN_WORDS(&r, "replay", "--config", "/nonexistent", p.a);
    assert_int_equal(r.code, CTL_USAGE);
    assert_string_equal(r.out, "");
    assert_true(r.err[0] != '\0');
    place_fini(&p);
}

/* A log with lines longer than the buffer, or than two; read ahead where there are
 * helpers. */
static void
read_lines(const struct place *p, const size_t *lengths, size_t count, uint64_t bytes,
           unsigned helpers)
{
    struct buf error = {0};
    struct log_reader r;
    struct crew crew;
    struct span line;
    enum log_next next;
    size_t n = 0;

    crew_init(&crew, helpers);
    assert_true(log_reader_open(&r, p->a, -1, &error));
    log_reader_read_ahead(&r, &crew);
    while ((next = log_reader_next(&r, &line)) != LOG_END) {
        if (next == LOG_MORE)
            continue;
        if (n < count)
            assert_int_equal(line.len, lengths[n] < LOG_READER_LINE_MAX
                                           ? lengths[n]
                                           : LOG_READER_LINE_MAX);
        else
            assert_span(line, "end");
        n++;
    }
    assert_int_equal(r.error, 0);
    assert_true(r.bytes == bytes && r.taken == bytes);
    assert_int_equal(r.lines, count + 1);
    assert_int_equal(n, count + 1);
    log_reader_close(&r);
    assert_int_equal(log_reader_next(&r, &line), LOG_END);
    crew_fini(&crew);
    buf_fini(&error);
}

static void
test_lines(void **state UNUSED)
{
    static const size_t lengths[] = {0,
                                     1,
                                     LOG_READER_BUFFER - 1,
                                     LOG_READER_BUFFER,
                                     LOG_READER_BUFFER + 1,
                                     (size_t)3 * LOG_READER_BUFFER,
                                     5,
                                     (size_t)2 * LOG_READER_BUFFER - 1,
                                     7};
    struct buf text = {0};
    struct place p;
    uint64_t bytes;

    place_init(&p);
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        for (size_t k = 0; k < lengths[i]; k++)
            buf_add_byte(&text, 'x');
        buf_add_byte(&text, '\n');
    }
    buf_add_text(&text, "end");
    bytes = text.len;
    write_log(p.a, &text);
    for (unsigned helpers = 0; helpers <= 2; helpers++)
        read_lines(&p, lengths, ARRAY_LEN(lengths), bytes, helpers);
    place_fini(&p);
}

/* Closed while it is read ahead, and after the crew has gone home. */
static void
test_close_early(void **state UNUSED)
{
    struct buf log = {0}, error = {0};
    struct log_reader r;
    struct crew crew;
    struct place p;
    struct span line;

    place_init(&p);
    while (log.len < 3 * LOG_READER_BUFFER)
        add_attack(&log, 1, "192.0.2.1");
    write_log(p.a, &log);
    for (unsigned i = 0; i < 2; i++) {
        crew_init(&crew, 1);
        assert_true(log_reader_open(&r, p.a, -1, &error));
        log_reader_read_ahead(&r, &crew);
        assert_int_equal(log_reader_next(&r, &line), LOG_MORE);
        assert_int_equal(log_reader_next(&r, &line), LOG_LINE);
        if (i == 0)
            log_reader_close(&r);
        crew_fini(&crew);
        log_reader_close(&r);
    }
    place_fini(&p);
}

static void
write_gzip(const char *path, struct buf *text)
{
    gzFile file = gzopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(gzwrite(file, text->ptr, (unsigned)text->len), text->len);
    assert_int_equal(gzclose(file), Z_OK);
    buf_fini(text);
}

/* Two failures of one attack in each of four logs; only in the right order, and with all
 * of them read, they make the ban they make. */
static void
write_rotated(const struct place *p, char paths[4][80])
{
    static const char *const suffixes[] = {".3.gz", ".2.gz", ".1", ""};
    struct timespec changed[2] = {{0}, {0}};
    struct buf log = {0};
    char stamp[64];

    for (int i = 0; i < 4; i++) {
        (void)snprintf(paths[i], 80, "%s/m.log%s", p->folder, suffixes[i]);
        for (int k = 0; k < 2; k++) {
            (void)snprintf(stamp, sizeof(stamp), "Nov 20 01:%02d:%02d", 10 * i, 20 * k);
            add_sasl(&log, stamp, "192.0.2.7");
        }
        if (i < 2)
            write_gzip(paths[i], &log);
        else
            write_log(paths[i], &log);
        /* Rotated the day after: 2026-11-21 00:00 UTC. */
        changed[0].tv_sec = changed[1].tv_sec = 1795219200;
        assert_int_equal(utimensat(AT_FDCWD, paths[i], changed, 0), 0);
    }
}

static const char rotated_ban[] =
    "\"time\":\"2026-11-20T01:20:00+00:00\",\"jail\":\"postfix-sasl\","
    "\"address\":\"192.0.2.7\"";

static void
test_rotated(void **state UNUSED)
{
    struct place p;
    struct run r;
    char paths[4][80];
    const char *at = NULL, *before;

    place_init(&p);
    write_rotated(&p, paths);
    RUN_WORDS(&r, "replay", "--json", "--rotated", paths[3]);
    assert_string_equal(r.err, "");
    assert_int_equal(r.code, CTL_DONE);
    assert_non_null(strstr(r.out, rotated_ban));
    assert_non_null(strstr(r.out, "\"matched\":8,\"told\":0,\"bans\":1,"));
    before = strstr(r.out, "\"logs\":");
    for (int i = 0; i < 4; i++) {
        at = strstr(r.out, paths[i]);
        while (at && at[strlen(paths[i])] != '"') /* m.log begins the others as well */
            at = strstr(at + 1, paths[i]);
        assert_true(at && at > before);
        before = at;
    }
    /* The same logs named in any order. */
    RUN_WORDS(&r, "replay", "--json", paths[2], paths[0], paths[3], paths[1]);
    assert_non_null(strstr(r.out, rotated_ban));
    RUN_WORDS(&r, "replay", "--rotated", paths[3]);
    assert_non_null(strstr(r.out, "Read in this order:\nLOG "));
    assert_non_null(strstr(r.out, "2026-11-20 01:00:00      2        2  gzip"));
    RUN_WORDS(&r, "replay", "--rotated", paths[3], paths[2]);
    assert_int_equal(r.code, CTL_USAGE);
    assert_non_null(strstr(r.err, ": given twice"));
    for (int i = 0; i < 4; i++)
        assert_int_equal(unlink(paths[i]), 0);
    place_fini(&p);
}

/* A compressed log that was cut short: what is before the cut counts, the other log is
 * read to its end, and the exit code says that something is missing. */
static void
test_damaged(void **state UNUSED)
{
    struct place p;
    struct run r;
    struct buf log = {0};
    struct stat st;

    place_init(&p);
    for (unsigned i = 0; i < 50; i++)
        add_attack(&log, i, "192.0.2.9");
    write_gzip(p.a, &log);
    assert_int_equal(stat(p.a, &st), 0);
    assert_int_equal(truncate(p.a, st.st_size - 20), 0);
    add_attack(&log, 55, "192.0.2.8");
    write_log(p.b, &log);
    RUN_WORDS(&r, "replay", "--json", p.a, p.b);
    assert_int_equal(r.code, CTL_INTERNAL);
    assert_non_null(strstr(r.err,
                           "/a.log: cannot be read on: damaged or cut short (gzip: "
                           "its end is missing)\n"));
    assert_non_null(strstr(r.out, "\"address\":\"192.0.2.9\""));
    assert_non_null(strstr(r.out, "\"address\":\"192.0.2.8\""));
    place_fini(&p);
}

/* A descriptor that cannot be read: said, and no bans are claimed to be all. */
static void
test_read_error(void **state UNUSED)
{
    struct run r;

    RUN_WORDS(&r, "replay", "/proc/self/mem");
    assert_int_equal(r.code, CTL_INTERNAL);
    assert_string_equal(
        r.err,
        "komainu: replay: /proc/self/mem: cannot be read on: Input/output error\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_refusals),    TEST(test_lines),
                                       TEST(test_close_early), TEST(test_rotated),
                                       TEST(test_damaged),     TEST(test_read_error)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
