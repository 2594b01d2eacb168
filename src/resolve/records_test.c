#include "resolve/records.h"
#include "unit.h"

/* A question for example.org and the head before it: `n` answers. */
#define HEAD(n) "\0\1\x81\x80\0\1\0" n "\0\0\0\0\7example\3org\0\0\20\0\1"
/* An answer for it, 1 hour: the type, the length and what follows. */
#define ANSWER(type, len) "\xC0\x0C\0" type "\0\1\0\0\x0E\x10\0" len

#define BYTES(literal)                                                                   \
    {                                                                                    \
        literal, sizeof(literal) - 1                                                     \
    }

static const struct row {
    const char *what;
    struct span answer;
    enum host_record record;
    const char *expected; /* "NUMBER:DATA " for each; NULL: malformed */
} rows[] = {
    {"a text", BYTES(HEAD("\1") ANSWER("\20", "\3") "\2ab"), HOST_TXT, "0:ab "},
    {"strings", BYTES(HEAD("\1") ANSWER("\20", "\5") "\2ab\1c"), HOST_TXT, "0:abc "},
    {"an empty one", BYTES(HEAD("\1") ANSWER("\20", "\1") "\0"), HOST_TXT, "0: "},
    {"two", BYTES(HEAD("\2") ANSWER("\20", "\2") "\1a" ANSWER("\20", "\2") "\1b"),
     HOST_TXT, "0:a 0:b "},
    {"another type", BYTES(HEAD("\1") ANSWER("\1", "\4") "\1\2\3\4"), HOST_TXT, ""},
    {"an alias",
     BYTES(HEAD("\2") ANSWER("\5", "\2") "\xC0\x0C" ANSWER("\20", "\2") "\1a"), HOST_TXT,
     "0:a "},
    {"mx", BYTES(HEAD("\1") ANSWER("\17", "\7") "\0\12\2mx\xC0\x0C"), HOST_MX,
     "10:mx.example.org "},
    {"a null mx", BYTES(HEAD("\1") ANSWER("\17", "\3") "\0\0\0"), HOST_MX, "0:. "},
    {"an exchanger that is no name of a host",
     BYTES(HEAD("\1") ANSWER("\17", "\7") "\0\12\2a:\xC0\x0C"), HOST_MX,
     "10:a:.example.org "},
    {"a", BYTES(HEAD("\2") ANSWER("\1", "\4") "abcd" ANSWER("\34", "\2") "xx"), HOST_A,
     "0:abcd "},
    {"aaaa", BYTES(HEAD("\1") ANSWER("\34", "\20") "abcdefghijklmnop"), HOST_AAAA,
     "0:abcdefghijklmnop "},
    {"a of five bytes", BYTES(HEAD("\1") ANSWER("\1", "\5") "abcde"), HOST_A, NULL},
    {"aaaa of four", BYTES(HEAD("\1") ANSWER("\34", "\4") "abcd"), HOST_AAAA, NULL},
    {"ptr", BYTES(HEAD("\1") ANSWER("\14", "\5") "\2mx\xC0\x0C"), HOST_PTR,
     "0:mx.example.org "},
    {"ns", BYTES(HEAD("\1") ANSWER("\2", "\5") "\2ns\xC0\x0C"), HOST_NS,
     "0:ns.example.org "},
    {"no name of a host", BYTES(HEAD("\1") ANSWER("\14", "\5") "\2m \xC0\x0C"), HOST_PTR,
     ""},
    {"nothing", BYTES(""), HOST_TXT, NULL},
    {"a head alone", BYTES("\0\1\x81\x80\0\0\0\0\0\0\0\0"), HOST_TXT, ""},
    {"fewer than told", BYTES(HEAD("\2") ANSWER("\20", "\2") "\1a"), HOST_TXT, NULL},
    {"a cut text", BYTES(HEAD("\1") ANSWER("\20", "\3") "\3ab"), HOST_TXT, NULL},
    {"a cut record", BYTES(HEAD("\1") ANSWER("\20", "\3") "\2a"), HOST_TXT, NULL},
    {"a short mx", BYTES(HEAD("\1") ANSWER("\17", "\1") "\0"), HOST_MX, NULL},
    {"a name that points to itself", BYTES(HEAD("\1") "\xC0\x1D\0\20\0\1"), HOST_TXT,
     NULL},
};

static void
test_rows(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct buf out = {0}, text = {0};
        struct resolve_record record;
        uint32_t ttl_s = 0;
        bool is_good = records_read(row->answer, row->record, &out, &ttl_s);
        struct span rest = buf_span(&out);

        while (is_good && resolve_next_record(&rest, &record))
            buf_printf(&text, "%u:%.*s ", record.number, SPAN_FMT(record.data));
        if (is_good != (row->expected != NULL) ||
            (is_good && !span_eq(buf_span(&text), span_of(row->expected))))
            fail_msg("%s: %d, %s", row->what, is_good, text.ptr ? text.ptr : "");
        if (is_good && text.len)
            assert_int_equal(ttl_s, 3600);
        buf_fini(&out);
        buf_fini(&text);
    }
}

/* The one that is good for the shortest time; an alias counts. */
static void
test_ttl(void **state UNUSED)
{
    static const char packet[] =
        HEAD("\2") "\xC0\x0C\0\5\0\1\0\0\0\11\0\2\xC0\x0C" ANSWER("\20", "\2") "\1a";
    struct buf out = {0};
    uint32_t ttl_s;

    assert_true(
        records_read((struct span){packet, sizeof(packet) - 1}, HOST_TXT, &out, &ttl_s));
    assert_int_equal(ttl_s, 9);
    buf_fini(&out);
}

/* One that is too large is refused as a whole. */
static void
test_bound(void **state UNUSED)
{
    struct buf packet = {0}, out = {0};
    uint32_t ttl_s;

    buf_add(&packet, SPAN(HEAD("\200")));
    for (int i = 0; i < 128; i++) {
        buf_add(&packet, SPAN(ANSWER("\20", "\200") "\177"));
        for (int k = 0; k < 127; k++)
            buf_add_byte(&packet, 'x');
    }
    assert_false(records_read(buf_span(&packet), HOST_TXT, &out, &ttl_s));
    assert_in_range(out.len, 1, RESOLVE_RECORDS_BYTES);
    buf_fini(&packet);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_rows), TEST(test_ttl), TEST(test_bound)};

    return RUN(tests);
}
