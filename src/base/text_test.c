#include "unit.h"

#include "base/grid.h"
#include "base/json.h"

/* Byte by byte, so that nothing that reads this file obeys the override. */
static const char override[] = {'a', '\xE2', '\x80', '\xAE', 'b'};

static void
test_foreign(void **state UNUSED)
{
    static const struct {
        struct span in;
        const char *out;
    } rows[] = {
        {SPAN_INIT("root"), "root"},
        {SPAN_INIT("\033[2Jx\n"), "\\x1B[2Jx\\x0A"},
        {SPAN_INIT("a\0b"), "a\\x00b"},
        {SPAN_INIT("\xFF\xE3\x81"), "\\xFF\\xE3\\x81"},
        {SPAN_INIT("\xE5\xB1\xB1\xE7\x94\xB0"), "\xE5\xB1\xB1\xE7\x94\xB0"}, /* 山田 */
        {{override, sizeof(override)}, "a\\u{202E}b"},
        {SPAN_INIT("a\xE2\x80\x8B"
                   "b"),
         "a\\u{200B}b"}, /* zero-width space */
        {SPAN_INIT("\xEF\xB7\x90\xF0\x9F\xBF\xBE"),
         "\\u{FDD0}\\u{1FFFE}"}, /* no characters */
        {SPAN_INIT("\xEF\xBB\xBFx\\"), "\\u{FEFF}x\\\\"},
        {SPAN_INIT("\xC2\x9B"
                   "31m"),
         "\\xC2\\x9B31m"}, /* C1: control sequence */
    };
    struct buf b = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_clear(&b);
        text_foreign(&b, rows[i].in);
        assert_string_equal(b.ptr, rows[i].out);
    }
    buf_fini(&b);
}

static void
test_widths(void **state UNUSED)
{
    static const struct {
        const char *text;
        size_t width;
    } rows[] = {
        {"", 0},
        {"abc", 3},
        {"\u5C71\u7530", 4},
        {"\uFF8A\uFF9F", 2}, /* half-width katakana */
        {"e\u0301", 1},      /* combining accent */
        {"\uD55C\uAE00", 4}, /* hangul */
        {"\U0001F600!", 3},
        {"\u00E9", 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(text_width(span_of(rows[i].text)), rows[i].width);
}

static void
test_cut(void **state UNUSED)
{
    static const struct {
        const char *text;
        size_t columns;
        const char *out;
        size_t used;
    } rows[] = {
        {"abcdef", 6, "abcdef", 6},
        {"abcdef", 5, "abcd\u2026", 5},
        {"abcdef", 1, "\u2026", 1},
        {"\u5C71\u7530\u592A", 6, "\u5C71\u7530\u592A", 6},
        {"\u5C71\u7530\u592A", 5, "\u5C71\u7530\u2026", 5},
        {"\u5C71\u7530\u592A", 4, "\u5C71\u2026", 3}, /* half a character is none */
        {"", 1, "", 0},
    };
    struct buf b = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_clear(&b);
        assert_int_equal(text_cut(&b, span_of(rows[i].text), rows[i].columns),
                         rows[i].used);
        assert_span(buf_span(&b), rows[i].out);
    }
    buf_fini(&b);
}

static void
test_numbers(void **state UNUSED)
{
    struct buf b = {0};

    text_number(&b, 0), buf_add_byte(&b, ' ');
    text_number(&b, 999), buf_add_byte(&b, ' ');
    text_number(&b, 1234567), buf_add_byte(&b, ' ');
    text_number(&b, UINT64_MAX);
    assert_string_equal(b.ptr, "0 999 1,234,567 18,446,744,073,709,551,615");
    buf_clear(&b);
    text_bytes(&b, 999), buf_add_byte(&b, ' ');
    text_bytes(&b, 1000), buf_add_byte(&b, ' ');
    text_bytes(&b, 999999), buf_add_byte(&b, ' ');
    text_bytes(&b, 1234567890), buf_add_byte(&b, ' ');
    text_bytes(&b, UINT64_MAX);
    assert_string_equal(b.ptr, "999 B 1.0 kB 999.9 kB 1.2 GB 18.4 EB");
    buf_clear(&b);
    text_duration_s(&b, 7500), buf_add_byte(&b, ' ');
    text_duration_s(&b, -1), buf_add_byte(&b, ' ');
    text_duration_s(&b, INT64_MIN);
    assert_string_equal(b.ptr, "2h 5m permanent permanent");
    buf_clear(&b);
    text_count(&b, 1, "ban"), buf_add_byte(&b, ' ');
    text_count(&b, 2000, "ban");
    assert_string_equal(b.ptr, "1 ban 2,000 bans");
    buf_fini(&b);
}

static void
test_times(void **state UNUSED)
{
    struct buf b = {0};

    text_time(&b, INT64_C(1795312405) * SECOND_US + 999999), buf_add_byte(&b, ' ');
    text_time(&b, -1), buf_add_byte(&b, ' ');
    text_time(&b, INT64_MAX);
    assert_string_equal(b.ptr, "2026-11-22 01:53:25 unknown unknown");
    buf_fini(&b);
    assert_true(text_span_us(INT64_MIN, 1) == INT64_MAX);
    assert_true(text_span_us(INT64_MAX, INT64_MIN) == INT64_MIN);
    assert_true(text_span_us(3, 10) == 7);
}

static void
fill(struct grid *g)
{
    buf_add_text(grid_cell(g), "\u5C71\u7530");
    buf_add_text(grid_cell(g), "1");
    buf_add_text(grid_cell(g), "end");
    buf_add_text(grid_cell(g), "abcdefghij");
    buf_add_text(grid_cell(g), "1,000");
    buf_add_text(grid_cell(g), "");
}

/* Of a name both ends stay; never more columns than there are. */
static void
test_cut_middle(void **state UNUSED)
{
    static const struct {
        const char *text;
        size_t columns;
        const char *cut;
        size_t used;
    } rows[] = {
        {"short", 5, "short", 5},
        {"a.long.name@example.org", 16, "a.long.na\u2026le.org", 16},
        {"2001:db8:1:2::f00d", 12, "2001:db\u2026f00d", 12},
        {"abc", 2, "a\u2026", 2},
        {"abc", 1, "\u2026", 1},
        {"日本語の名前", 8, "日本\u2026前", 7},
        {"a日本語の名前", 9, "a日本\u2026前", 8},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b = {0};

        assert_int_equal(text_cut_middle(&b, span_of(rows[i].text), rows[i].columns),
                         rows[i].used);
        assert_string_equal(b.ptr, rows[i].cut);
        assert_int_equal(text_width(buf_span(&b)), rows[i].used);
        buf_fini(&b);
    }
}

static void
test_grid(void **state UNUSED)
{
    static const struct grid_column columns[] = {
        {"NAME", 4, 8, false}, {"N", 1, 9, true}, {"LAST", 3, 20, false}};
    struct grid g = {.columns = columns, .count = 3};
    struct screen wide = {0}, small = {.columns = 16}, painted = {.is_coloured = true};
    struct buf out = {0};

    fill(&g);
    grid_print(&g, &wide, &out);
    assert_string_equal(out.ptr, "NAME          N  LAST\n"
                                 "\u5C71\u7530          1  end\n"
                                 "abcdefg\u2026  1,000  \n");
    buf_clear(&out);
    grid_print(&g, &small, &out);
    assert_string_equal(out.ptr, "NAME     N  LAST\n"
                                 "\u5C71\u7530     1  end\n"
                                 "abc\u2026  1,0\u2026  \n");
    buf_clear(&out);
    grid_print(&g, &painted, &out);
    assert_true(span_starts(buf_span(&out), SPAN("\033[1mNAME")));
    grid_fini(&g);
    buf_fini(&out);
}

static void
test_json(void **state UNUSED)
{
    struct buf b = {0};
    struct addr who;

    json_begin(&b, 0);
    json_key(&b, "list");
    json_open(&b, '[');
    json_u64(&b, UINT64_MAX);
    json_i64(&b, INT64_MIN);
    json_bool(&b, true);
    json_null(&b);
    json_span(&b, SPAN("a\"\033{"));
    json_span(&b, SPAN("["));
    json_text(&b, "");
    json_open(&b, '{');
    json_close(&b, '}');
    json_close(&b, ']');
    assert_true(addr_parse_prefix(SPAN("2001:db8::/32"), &who));
    json_who(&b, &who);
    assert_true(addr_parse_prefix(SPAN("192.0.2.1"), &who));
    json_who(&b, &who);
    json_key(&b, "never");
    json_time(&b, -1);
    json_key(&b, "s");
    json_seconds(&b, -1);
    json_seconds(&b, 0);
    json_end(&b);
    assert_string_equal(b.ptr,
                        "{\"schema\":1,\"generated\":\"1970-01-01T00:00:00+00:00\","
                        "\"list\":[18446744073709551615,-9223372036854775808,true,null,"
                        "\"a\\\"\\u001b{\",\"[\",\"\",{}],\"prefix\":\"2001:db8::/32\","
                        "\"address\":\"192.0.2.1\",\"never\":null,\"s\":null,0}\n");
    buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cut_middle),

        TEST(test_foreign),    TEST(test_widths), TEST(test_cut), TEST(test_numbers),
        TEST(test_times),      TEST(test_grid),   TEST(test_json)};

    assert_return_code(setenv("TZ", "UTC", 1), 0);
    clock_load_zone();
    return RUN(tests);
}
