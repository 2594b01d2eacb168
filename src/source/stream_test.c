#include "unit.h"

#include "base/buf.h"
#include "base/mem.h"
#include "source/stream.h"

/* Feeds `text` in pieces of `piece` bytes; the messages, each in [ ]. */
static enum stream_outcome
play(struct stream *s, struct span text, size_t piece, struct buf *out)
{
    enum stream_outcome outcome = STREAM_MORE;
    struct span message;
    size_t room, n;
    char *dst;

    while (text.len && outcome != STREAM_BROKEN) {
        dst = stream_room(s, &room);
        assert_true(room > 0);
        n = piece < room ? piece : room;
        n = n < text.len ? n : text.len;
        memcpy(dst, text.ptr, n);
        stream_fed(s, n);
        text = span_from(text, n);
        while ((outcome = stream_next(s, &message)) == STREAM_MESSAGE) {
            buf_add_byte(out, '[');
            buf_add(out, message);
            buf_add_byte(out, ']');
        }
    }
    return outcome;
}

static void
test_frames(void **state UNUSED)
{
    static const struct {
        const char *text, *messages;
        enum stream_outcome outcome;
    } rows[] = {
        {"<38>one\n<38>two\n", "[<38>one][<38>two]", STREAM_MORE},
        {"7 <38>one7 <38>two", "[<38>one][<38>two]", STREAM_MORE},
        {"7 <38>one\n7 <38>two\r\n", "[<38>one][<38>two]", STREAM_MORE},
        {"8 <38>a\nbc<38>line\n3 new", "[<38>a bc][<38>line][new]", STREAM_MORE},
        {"6 a\n\nb\r\n3 \n\nc3 \n\n\n", "[a  b\r\n][  c][\n\n\n]", STREAM_MORE},
        {"\n\n<38>one\n\n", "[<38>one]", STREAM_MORE},
        {"2026-11-22T03:00:00Z mx a: b\n", "[2026-11-22T03:00:00Z mx a: b]", STREAM_MORE},
        {"10", "", STREAM_MORE},
        {"10 12345", "", STREAM_MORE},
        {"0 <38>one\n", "", STREAM_BROKEN},
        {"16777217 x", "", STREAM_BROKEN},
        {"01 x<38>a\n", "", STREAM_BROKEN},
        {"9999999999 x\n", "", STREAM_BROKEN},
        {"99999999999 x\n", "[99999999999 x]", STREAM_MORE},
        {"<38>no end", "", STREAM_MORE},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        for (size_t piece = 1; piece < 20; piece += 6) {
            struct stream s = {0};
            struct buf out = {0};

            buf_add_text(&out, "");
            assert_int_equal(play(&s, span_of(rows[i].text), piece, &out),
                             rows[i].outcome);
            assert_string_equal(out.ptr ? out.ptr : "", rows[i].messages);
            stream_fini(&s);
            buf_fini(&out);
        }
}

/* Too long in either framing: cut, counted, and the next one is whole. */
static void
test_long(void **state UNUSED)
{
    enum { LONG = 100000 };
    static const size_t pieces[] = {1, 1000, STREAM_BYTES_MAX, LONG};

    for (int counted = 0; counted < 2; counted++)
        for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
            struct stream s = {0};
            struct buf text = {0}, out = {0};

            if (counted)
                buf_printf(&text, "%d ", LONG);
            for (int k = 0; k < LONG; k++)
                buf_add_byte(&text, 'x');
            buf_add_text(&text, counted ? "4 next" : "\nnext\n");
            assert_int_equal(play(&s, buf_span(&text), pieces[i], &out), STREAM_MORE);
            assert_int_equal(out.len, STREAM_MESSAGE_MAX + 2 + 6);
            assert_true(span_ends(buf_span(&out), SPAN("x][next]")));
            assert_int_equal(s.cut, 1);
            stream_fini(&s);
            buf_fini(&text);
            buf_fini(&out);
        }
}

/* The longest message that is whole, and one byte more. */
static void
test_limits(void **state UNUSED)
{
    for (int counted = 0; counted < 2; counted++)
        for (size_t more = 0; more < 2; more++) {
            struct stream s = {0};
            struct buf text = {0}, out = {0};
            size_t len = STREAM_MESSAGE_MAX + more;

            if (counted)
                buf_printf(&text, "%zu ", len);
            for (size_t k = 0; k < len; k++)
                buf_add_byte(&text, 'x');
            buf_add_text(&text, counted ? "" : "\n");
            assert_int_equal(play(&s, buf_span(&text), 700, &out), STREAM_MORE);
            assert_int_equal(out.len, STREAM_MESSAGE_MAX + 2);
            assert_int_equal(s.cut, more);
            stream_fini(&s);
            buf_fini(&text);
            buf_fini(&out);
        }
}

static void
test_last(void **state UNUSED)
{
    static const struct {
        const char *text, *last;
    } rows[] = {
        {"<38>one\n<38>two", "<38>two"},
        {"<38>one\n", NULL},
        {"7 <38>o", NULL},
        {"12", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct stream s = {0};
        struct buf out = {0};
        struct span message;
        bool is_one;

        (void)play(&s, span_of(rows[i].text), 4, &out);
        is_one = stream_last(&s, &message);
        assert_int_equal(is_one, rows[i].last != NULL);
        if (is_one && rows[i].last)
            assert_span(message, rows[i].last);
        assert_false(stream_last(&s, &message));
        stream_fini(&s);
        stream_fini(&s);
        buf_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_frames), TEST(test_long),
                                       TEST(test_limits), TEST(test_last)};

    return RUN(tests);
}
