#include "source/tail_files.h"

/* Reads to the end and commits; on truncation asks for the files, as an owner does. */
static void
drain(struct world *w)
{
    struct tail_chunk chunk;
    struct span lines, line;

    while (world_read(w, &chunk) || w->outcome == TAIL_TRUNCATED) {
        if (w->outcome == TAIL_TRUNCATED) {
            (void)world_update(w);
            continue;
        }
        lines = chunk.lines;
        while (span_line(&lines, &line)) {
            while (line.len && line.ptr[line.len - 1] == '.')
                line.len--;
            buf_add_byte(&w->got, ' ');
            buf_add(&w->got, line);
        }
        assert_true(tail_place_now(&w->tail, chunk.end, &w->place));
    }
}

/* One word of a script. `arg` is what follows its letter. */
static void
append(struct world *w, char kind, const char *arg)
{
    struct buf text = {0};

    buf_add_text(&text, arg);
    while (kind == 'W' && text.len < 299)
        buf_add_byte(&text, '.');
    if (kind != 'p')
        buf_add_byte(&text, '\n');
    world_append(w, kind == 'o' ? "log.1" : "log", text.ptr, text.len);
    buf_fini(&text);
}

static enum tail_found
run_word(struct world *w, const char *word, enum tail_found found)
{
    char name[16];

    switch (word[0]) {
    case 'w': /* a line */
    case 'W': /* a line of 300 bytes */
    case 'p': /* a piece of a line */
    case 'o': /* a line by a writer that still has the rotated file open */
        append(w, word[0], word + 1);
        break;
    case 'c': /* an empty log */
        append(w, 'p', "");
        break;
    case 'r':
        world_rename(w);
        break;
    case 't':
        world_copytruncate(w);
        break;
    case 'z':
        (void)snprintf(name, sizeof(name), "log");
        (void)close(openat(w->folder, name, O_WRONLY | O_TRUNC | O_CLOEXEC));
        break;
    case 'x':
        assert_int_equal(unlinkat(w->folder, "log", 0), 0);
        break;
    case 'd': /* siblings gone: compressed */
        (void)snprintf(name, sizeof(name), "log.%s", word + 1);
        assert_int_equal(unlinkat(w->folder, name, 0), 0);
        break;
    case 'b': /* the admin puts it back */
        assert_int_equal(renameat(w->folder, "log.1", w->folder, "log"), 0);
        break;
    case 'k': /* a file of something else, which may get the inode of one that is gone */
        world_append(w, "other", "", 0);
        break;
    case 'B': /* begins, with so many bytes back */
        world_offer(w, true);
        return world_begin(w, NULL, strtoul(word + 1, NULL, 10));
    case 'R':
        return world_restart(w);
    case 'U':
        return world_update(w);
    case 'G':
        drain(w);
        break;
    default:
        fail_msg("no such word: %s", word);
    }
    return found;
}

struct script {
    const char *words;
    enum tail_found found; /* by the last B, R or U */
    const char *lines;     /* delivered in all */
};

static const struct script scripts[] = {
    /* The first start. */
    {"wone wtwo B100 G", TAIL_FOUND_FRESH, " one two"},
    {"wone wtwo wthree B8 G", TAIL_FOUND_FRESH, " two three"},
    {"wone wtwo wthree B6 G", TAIL_FOUND_FRESH, " three"},
    {"wone wtwo B0 G wthree G", TAIL_FOUND_FRESH, " three"},
    {"wone ptw B0 G wo G", TAIL_FOUND_FRESH, " two"},
    {"wone B1 G", TAIL_FOUND_FRESH, " one"},
    {"c B100 G wone G", TAIL_FOUND_FRESH, " one"},
    {"pone B100 G", TAIL_FOUND_FRESH, ""},
    {"pone B100 G wtwo G", TAIL_FOUND_FRESH, " onetwo"},
    /* No file yet. */
    {"B0 G U G", TAIL_FOUND_NONE, ""},
    {"B0 G wone wtwo U G", TAIL_FOUND_ROTATED, " one two"},
    /* a: the place is in the file. */
    {"wone B9 G R G wtwo G", TAIL_FOUND_CONTINUED, " one two"},
    {"wone B9 G wtwo R G", TAIL_FOUND_CONTINUED, " one two"},
    {"wone ptw B9 G po R G w G", TAIL_FOUND_CONTINUED, " one two"},
    {"Wone B999 G Wtwo R G", TAIL_FOUND_CONTINUED, " one two"},
    /* b: in a rotated one. */
    {"wone B9 G wtwo r wthree R G", TAIL_FOUND_SIBLING, " one two three"},
    {"wone B9 G r wtwo R G", TAIL_FOUND_SIBLING, " one two"},
    {"wone B9 G wtwo r R G wthree U G", TAIL_FOUND_ROTATED, " one two three"},
    {"wone B9 G wtwo r wthree r wfour r wfive R G", TAIL_FOUND_SIBLING,
     " one two three four five"},
    {"w0 r wone B9 G wtwo r wthree R G", TAIL_FOUND_SIBLING, " one two three"},
    {"Wone B999 G Wtwo r Wthree r c R G", TAIL_FOUND_SIBLING, " one two three"},
    /* c: copied and truncated. */
    {"wone B9 G wtwo t wthree R G", TAIL_FOUND_COPY, " one two three"},
    {"wone B9 G wtwo t wthree t wfour R G", TAIL_FOUND_COPY, " one two three four"},
    {"wone B9 G t c R G wtwo G", TAIL_FOUND_COPY, " one two"},
    {"Wone B999 G Wtwo t Wthree Wfour R G", TAIL_FOUND_COPY, " one two three four"},
    {"wone wtwo B9 G z wthree R G", TAIL_FOUND_REPLACED, " one two three"},
    {"Wone B999 G t d1 Wtwo Wthree R G", TAIL_FOUND_REPLACED, " one two three"},
    {"wone B9 G wtwo t wthree r wfour R G", TAIL_FOUND_COPY, " one two three four"},
    {"wone wtwo B9 G z wthree r wfour R G", TAIL_FOUND_REPLACED, " one two three four"},
    /* d: gone. */
    {"wone B9 G wlost r d1 wtwo R G", TAIL_FOUND_UNKNOWN, " one two"},
    {"wone B9 G r R G wtwo U G wthree G", TAIL_FOUND_ROTATED, " one two three"},
    {"wone B9 G r d1 R k G wtwo U G", TAIL_FOUND_UNKNOWN, " one two"},
    /* Rotated while followed. */
    {"wone B9 G U G wtwo G", TAIL_FOUND_SAME, " one two"},
    {"wone B9 G r U G otwo G c U otwo+ G wthree G", TAIL_FOUND_ROTATED,
     " one two two+ three"},
    {"wone B9 G r c U otwo wthree G", TAIL_FOUND_ROTATED, " one two three"},
    {"wone B9 G r wtwo U r wthree U r wfour U G", TAIL_FOUND_ROTATED,
     " one two three four"},
    {"wone B9 G wone+ r wtwo r wthree r wfour U G", TAIL_FOUND_ROTATED,
     " one one+ two three four"},
    {"wone B9 G r c U r wtwo U G", TAIL_FOUND_ROTATED, " one two"},
    {"wone ptw B9 r wthree U G", TAIL_FOUND_ROTATED, " one three"},
    {"wone B9 G x U wtwo U G", TAIL_FOUND_ROTATED, " one two"},
    {"wone B9 G r c U x b U wtwo G wthree G", TAIL_FOUND_ROTATED, " one two three"},
    {"wone B9 G r wtwo U x b U G wthree G", TAIL_FOUND_ROTATED, " one two three"},
    /* Truncated while followed. */
    {"wone B9 G z G wtwo G", TAIL_FOUND_FRESH, " one two"},
    {"wone B9 G t wtwo G", TAIL_FOUND_FRESH, " one two"},
    {"wone B9 G wtwo t wthree G", TAIL_FOUND_FRESH, " one two three"},
    {"wone B9 G wtwo t wthree U G", TAIL_FOUND_SAME, " one two three"},
    {"wone B9 G z wtwo wthree wfour G", TAIL_FOUND_FRESH, " one two three four"},
    {"Wone B999 G z Wtwo Wthree G", TAIL_FOUND_FRESH, " one two three"},
    {"wone B9 G wtwo t wthree t wfour G", TAIL_FOUND_FRESH, " one two three four"},
    {"wone B9 G t wtwo G R G", TAIL_FOUND_CONTINUED, " one two"},
    {"wone wtwo ptorn B99 G z wone wtwo G", TAIL_FOUND_FRESH, " one two one two"},
};

static void
test_scripts(void **state UNUSED)
{
    char words[256], *rest, *word;
    enum tail_found found;
    struct world *w;

    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        w = world_new();
        found = TAIL_FOUND_NONE;
        (void)snprintf(words, sizeof(words), "%s", scripts[i].words);
        for (rest = words; (word = strsep(&rest, " "));)
            found = run_word(w, word, found);
        buf_add_text(&w->got, "");
        if (strcmp(w->got.ptr ? w->got.ptr : "", scripts[i].lines) != 0 ||
            found != scripts[i].found)
            fail_msg("%s: %s,%s; expected %s,%s", scripts[i].words,
                     tail_found_name(found), w->got.ptr,
                     tail_found_name(scripts[i].found), scripts[i].lines);
        world_free(w);
    }
}

/* A place names the old file while that is read, and then the new one, at 0. */
static void
test_places(void **state UNUSED)
{
    struct world *w = world_new();
    struct tail_place before, now;
    struct tail_chunk chunk;

    assert_false(tail_place_done(&w->tail, &now));
    assert_false(tail_place_now(&w->tail, 0, &now));
    (void)run_word(w, "wone", 0);
    (void)run_word(w, "wtwo", 0);
    (void)run_word(w, "B99", 0);
    assert_true(world_read(w, &chunk));
    assert_span(chunk.lines, "one\ntwo\n");
    assert_int_equal(chunk.offset, 0);
    assert_int_equal(chunk.end, 8);
    assert_true(tail_place_now(&w->tail, 4, &before));
    assert_int_equal(before.offset, 4);
    assert_int_equal(before.fingerprint_len, 8);
    assert_false(world_read(w, &chunk));
    assert_true(tail_is_live(&w->tail));

    world_rename(w);
    (void)run_word(w, "c", 0);
    assert_int_equal(world_update(w), TAIL_FOUND_ROTATED);
    assert_false(world_read(w, &chunk));
    assert_true(tail_place_done(&w->tail, &now));
    assert_int_equal(now.inode, before.inode);
    assert_int_equal(now.offset, 8);

    (void)run_word(w, "wthree", 0);
    assert_int_equal(tail_read(&w->tail, &w->buffer, &chunk), TAIL_AGAIN);
    assert_true(tail_place_done(&w->tail, &now));
    assert_int_not_equal(now.inode, before.inode);
    assert_int_equal(now.offset, 0);
    assert_int_equal(w->tail.counts.rotations, 1);

    /* The place in the middle, after a restart. */
    w->place = before;
    assert_int_equal(world_restart(w), TAIL_FOUND_SIBLING);
    assert_false(tail_is_live(&w->tail));
    drain(w);
    assert_span(buf_span(&w->got), " two three");
    assert_true(tail_is_live(&w->tail));
    world_free(w);
}

/* A line of 300 KiB, whole, then in pieces, between two short ones. */
static void
test_long_line(void **state UNUSED)
{
    enum { LONG = 300 << 10 };
    char *text = mem_zalloc(1, LONG + 1);
    struct world *w = world_new();
    struct tail_chunk chunk;
    size_t pieces[] = {LONG, 70000, 65537};
    int fd = world_open(w, "log");

    memset(text, 'x', LONG);
    text[LONG] = '\n';
    (void)run_word(w, "B0", 0);
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        (void)run_word(w, "wone", 0);
        for (size_t at = 0; at < LONG; at += pieces[i]) {
            world_write(w, fd, text, at + pieces[i] < LONG ? pieces[i] : LONG - at);
            if (i > 0)
                while (world_read(w, &chunk))
                    assert_span(chunk.lines, "one\n");
        }
        world_write(w, fd, "\n", 1);
        (void)run_word(w, "wtwo", 0);
        if (i == 0) {
            assert_true(world_read(w, &chunk));
            assert_span(chunk.lines, "one\n");
        }
        assert_true(world_read(w, &chunk));
        assert_true(chunk.is_cut);
        assert_int_equal(chunk.lines.len, TAIL_LINE_MAX);
        assert_memory_equal(chunk.lines.ptr, text, TAIL_LINE_MAX);
        assert_int_equal(chunk.end - chunk.offset, LONG + 1);
        assert_true(world_read(w, &chunk));
        assert_false(chunk.is_cut);
        assert_span(chunk.lines, "two\n");
        assert_false(world_read(w, &chunk));
        assert_int_equal(w->tail.counts.long_lines, i + 1);
    }

    /* Beginning inside one: at the line behind it. */
    tail_fini(&w->tail);
    (void)run_word(w, "B1000", 0);
    assert_true(world_read(w, &chunk));
    assert_span(chunk.lines, "two\n");
    (void)close(fd);
    mem_free(text);
    world_free(w);
}

/* The longest line that is not cut, and the shortest that is, in one chunk. */
static void
test_line_limit(void **state UNUSED)
{
    char *text = mem_zalloc(1, TAIL_LINE_MAX + 2);
    struct world *w = world_new();
    struct tail_chunk chunk;

    memset(text, 'x', TAIL_LINE_MAX + 1);
    text[TAIL_LINE_MAX] = '\n';
    world_append(w, "log", text, TAIL_LINE_MAX + 1);
    text[TAIL_LINE_MAX] = 'x';
    text[TAIL_LINE_MAX + 1] = '\n';
    world_append(w, "log", text, TAIL_LINE_MAX + 2);
    (void)run_word(w, "B999999", 0);
    assert_true(world_read(w, &chunk));
    assert_false(chunk.is_cut);
    assert_int_equal(chunk.lines.len, TAIL_LINE_MAX + 1);
    assert_true(world_read(w, &chunk));
    assert_true(chunk.is_cut);
    assert_int_equal(chunk.lines.len, TAIL_LINE_MAX);
    assert_false(world_read(w, &chunk));
    mem_free(text);
    world_free(w);
}

/* A writer that does not append goes on behind a hole; so do others. */
static void
test_holes(void **state UNUSED)
{
    const off_t far = (off_t)1 << 40;
    struct world *w = world_new();
    struct tail_chunk chunk;
    int fd = openat(w->folder, "log", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    (void)run_word(w, "wone", 0);
    (void)run_word(w, "B9", 0);
    assert_true(world_read(w, &chunk));
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, "two\n\0\0three\0\n\0\n", 16, far), 16);
    assert_int_equal(tail_read(&w->tail, &w->buffer, &chunk), TAIL_TRUNCATED);
    assert_int_equal(tail_read(&w->tail, &w->buffer, &chunk), TAIL_TRUNCATED);
    assert_int_equal(w->tail.counts.truncations, 1);
    assert_int_equal(world_update(w), TAIL_FOUND_REPLACED);

    assert_true(world_read(w, &chunk));
    assert_int_equal(chunk.lines.len, 15);
    assert_memory_equal(chunk.lines.ptr, "two\n\n\nthree\0\n\n\n", 15);
    assert_int_equal(chunk.offset, far);
    assert_false(world_read(w, &chunk));
    assert_int_equal(w->outcome, TAIL_IDLE);

    /* A hole that reaches to the end, and then a line behind it. */
    assert_int_equal(ftruncate(fd, far + far), 0);
    assert_false(world_read(w, &chunk));
    assert_int_equal(pwrite(fd, "four\n", 5, far + far), 5);
    assert_true(world_read(w, &chunk));
    assert_span(chunk.lines, "four\n");
    (void)close(fd);
    world_free(w);
}

static void
test_bounds(void **state UNUSED)
{
    struct world *w = world_new();
    struct tail_chunk chunk;
    int pipes[2];

    (void)run_word(w, "w0", 0);
    (void)run_word(w, "B9", 0);
    assert_true(world_read(w, &chunk));
    for (int i = 0; i < 2 * TAIL_QUEUE; i++) {
        world_rename(w);
        world_append(w, "log", &"abcdefghijklmnopqrstuvwxyzABCDEF"[i], 1);
        world_append(w, "log", "\n", 1);
        world_offer(w, false);
        assert_int_equal(tail_update(&w->tail), TAIL_FOUND_ROTATED);
    }
    assert_int_equal(w->tail.counts.dropped, TAIL_QUEUE + 1);
    drain(w);
    assert_span(buf_span(&w->got), " r s t u v w x y z A B C D E F");

    /* More siblings than are kept, and the current file twice. */
    for (int i = 0; i < 3; i++)
        world_offer(w, true);
    assert_int_equal(w->tail.sibling_count, TAIL_OFFERS);
    assert_int_equal(tail_update(&w->tail), TAIL_FOUND_SAME);
    assert_int_equal(w->tail.sibling_count, 0);

    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(tail_offer(&w->tail, pipes[0], false), -EINVAL);
    assert_int_equal(tail_offer(&w->tail, pipes[0], false), -EBADF);
    (void)close(pipes[1]);
    world_free(w);
}

/* Descriptors are neither leaked nor closed twice: the next number is always the same. */
static void
test_descriptors(void **state UNUSED)
{
    struct world *w = world_new();
    int before = dup(w->folder), after;

    (void)close(before);
    for (int i = 0; i < 5; i++) {
        (void)run_word(w, "wone", 0);
        world_rename(w);
        (void)run_word(w, "wtwo", 0);
        (void)world_restart(w);
        drain(w);
        world_copytruncate(w);
        drain(w);
        (void)world_update(w);
        world_offer(w, true);
        tail_fini(&w->tail);
        tail_fini(&w->tail);
        after = dup(w->folder);
        (void)close(after);
        assert_int_equal(after, before);
    }
    world_free(w);
}

/* A failing descriptor is told, and replaced by a later one of the same file. */
static void
test_failure(void **state UNUSED)
{
    struct world *w = world_new();
    struct tail_chunk chunk;
    int fd;

    (void)run_word(w, "wone", 0);
    fd = openat(w->folder, "log", O_WRONLY | O_CLOEXEC);
    assert_int_equal(tail_offer(&w->tail, fd, false), 0);
    assert_int_equal(world_begin(w, NULL, 100), TAIL_FOUND_FRESH);
    assert_false(world_read(w, &chunk));
    assert_int_equal(w->outcome, TAIL_FAILED);
    assert_int_equal(w->tail.error, -EBADF);
    assert_int_equal(world_update(w), TAIL_FOUND_SAME);
    assert_true(world_read(w, &chunk));
    assert_span(chunk.lines, "one\n");
    world_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_scripts),     TEST(test_places),  TEST(test_long_line),
        TEST(test_line_limit),  TEST(test_holes),   TEST(test_bounds),
        TEST(test_descriptors), TEST(test_failure),
    };

    return RUN(tests);
}
