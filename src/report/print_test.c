#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/print_cell.h"
#include "report/sample_test.h"

enum { GOLDEN_MAX = 1 << 20 };

typedef void add_fn(const struct document *d, struct buf *out);

static void
add_english(const struct document *d, struct buf *out)
{
    print_text(d, LANGUAGE_ENGLISH, &(struct screen){.columns = 100}, out);
}

static void
add_japanese(const struct document *d, struct buf *out)
{
    print_text(d, LANGUAGE_JAPANESE, &(struct screen){.columns = PRINT_MAIL_COLUMNS},
               out);
}

static void
add_json(const struct document *d, struct buf *out)
{
    print_json(d, LANGUAGE_ENGLISH, out);
}

static char *
golden(const char *name)
{
    char path[512];
    char *text = mem_zalloc(GOLDEN_MAX, 1);
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/test/golden/report/%s",
                   getenv("KOMAINU_SOURCE"), name);
    f = fopen(path, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, GOLDEN_MAX - 1, f) > 0);
    (void)fclose(f);
    return text;
}

/* What is printed of the sample is what a person has read and found right:
 * `TZ=JST-9 build/report_sample text en 100` and its like make the files. */
static void
test_golden(void **state UNUSED)
{
    static const struct {
        const char *name;
        add_fn *add;
    } rows[] = {
        {"text.en", add_english},
        {"text.ja", add_japanese},
        {"json", add_json},
        {"prometheus", print_prometheus},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char *wanted = golden(rows[i].name);
        struct buf out = {0};
        struct document d;

        document_init(&d);
        sample_day(&d);
        rows[i].add(&d, &out);
        assert_string_equal(out.ptr, wanted);
        document_fini(&d);
        buf_fini(&out);
        mem_free(wanted);
    }
}

static void
test_cells(void **state UNUSED)
{
    static const struct {
        enum cell_type type;
        int64_t number;
        const char *english, *japanese;
    } rows[] = {
        {CELL_COUNT, 1234567, "1,234,567", "1,234,567"},
        {CELL_COUNT, -3, "-3", "-3"},
        {CELL_COUNT, INT64_MIN, "-9,223,372,036,854,775,808",
         "-9,223,372,036,854,775,808"},
        {CELL_BYTES, 1400000, "1.4 MB", "1.4 MB"},
        {CELL_DURATION, 0, "0 ms", "0 ミリ秒"},
        {CELL_DURATION, 1, "1 ms", "1 ミリ秒"},
        {CELL_DURATION, 998500, "999 ms", "999 ミリ秒"},
        {CELL_DURATION, 999999, "1.0 s", "1.0 秒"},
        {CELL_DURATION, 1300000, "1.3 s", "1.3 秒"},
        {CELL_DURATION, 59 * SECOND_US, "59 s", "59 秒"},
        {CELL_DURATION, 125 * SECOND_US, "2 min 5 s", "2 分 5 秒"},
        {CELL_DURATION, 2 * HOUR_US, "2 h", "2 時間"},
        {CELL_DURATION, 51 * HOUR_US, "2 d 3 h", "2 日 3 時間"},
        {CELL_DURATION, -5, "0 ms", "0 ミリ秒"},
        {CELL_SHARE, 123456, "12.3 %", "12.3 %"},
        {CELL_SHARE, 999999, "100.0 %", "100.0 %"},
        {CELL_SHARE, -500, "-0.1 %", "-0.1 %"},
        {CELL_TIME, SAMPLE_FROM_US, "2026-11-21 00:00:00", "2026-11-21 00:00:00"},
        {CELL_TIME, -1, "unknown", "不明"},
        {CELL_HOUR, 7, "07:00", "07:00"},
        {CELL_WORD, WORD_LOGINS, "Logins", "ログイン"},
    };
    struct buf b = {0};
    struct document d;

    document_init(&d);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cell cell = cell_number(rows[i].type, rows[i].number);

        buf_clear(&b);
        print_cell(&d, &cell, LANGUAGE_ENGLISH, &b);
        assert_span(buf_span(&b), rows[i].english);
        buf_clear(&b);
        print_cell(&d, &cell, LANGUAGE_JAPANESE, &b);
        assert_span(buf_span(&b), rows[i].japanese);
    }
    buf_fini(&b);
    document_fini(&d);
}

static void
test_periods(void **state UNUSED)
{
    static const struct {
        int64_t from_us, until_us;
        const char *period, *time; /* the latter of 12:30 on the 21st */
    } rows[] = {
        {SAMPLE_FROM_US, SAMPLE_FROM_US + DAY_US, "2026-11-21 (+09:00)", "12:30:00"},
        {SAMPLE_FROM_US, SAMPLE_FROM_US + 7 * DAY_US,
         "2026-11-21 00:00:00 to 2026-11-28 00:00:00 (+09:00)", "11-21 12:30:00"},
        {SAMPLE_FROM_US, SAMPLE_FROM_US + 400 * DAY_US,
         "2026-11-21 00:00:00 to 2027-12-26 00:00:00 (+09:00)", "2026-11-21 12:30:00"},
        {SAMPLE_FROM_US + DAY_US, SAMPLE_FROM_US + 2 * DAY_US, "2026-11-22 (+09:00)",
         "2026-11-21 12:30:00"},
        {0, 0, "", "2026-11-21 12:30:00"},
        {INT64_MIN, INT64_MAX, "", "2026-11-21 12:30:00"},
    };
    struct cell cell = cell_number(CELL_TIME, SAMPLE_FROM_US + 25 * HOUR_US / 2);
    struct buf b = {0};
    struct document d;

    document_init(&d);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        d.from_us = rows[i].from_us;
        d.until_us = rows[i].until_us;
        buf_clear(&b);
        print_period(&d, LANGUAGE_ENGLISH, &b);
        assert_span(buf_span(&b), rows[i].period);
        buf_clear(&b);
        print_cell(&d, &cell, LANGUAGE_ENGLISH, &b);
        assert_span(buf_span(&b), rows[i].time);
    }
    buf_fini(&b);
    document_fini(&d);
}

/* Since when was counted stands in the head of every form, where that says something. */
static void
test_began(void **state UNUSED)
{
    static const struct {
        int64_t began_us;
        const char *text, *html, *json, *prometheus;
    } rows[] = {
        {SAMPLE_FROM_US + HOUR_US,
         "\nCounting began at 01:00:00: lines from before are not in\n",
         "2026-11-21 (+09:00)</p>\n<p class=\"period\">Counting began at 01:00:00: lines "
         "from before are not in</p>",
         "\"counted_from\":\"2026-11-21T01:00:00+09:00\"",
         "\nkomainu_report_counted_from_timestamp_seconds 1795190400\n"},
        {SAMPLE_FROM_US + 26 * HOUR_US, "began at 2026-11-22 02:00:00: lines",
         "began at 2026-11-22 02:00:00: lines",
         "\"counted_from\":\"2026-11-22T02:00:00+09:00\"",
         "komainu_report_counted_from_timestamp_seconds 1795280400"},
        {0, "2026-11-21: Nothing to report.\n",
         "2026-11-21 (+09:00)</p>\n<p class=\"verdict",
         "\"until\":\"2026-11-22T00:00:00+09:00\",\"weight\"",
         "# HELP komainu_report_weight"},
    };
    static const struct screen screen = {.columns = 80};
    struct document d;

    document_init(&d);
    d.from_us = SAMPLE_FROM_US;
    d.until_us = SAMPLE_FROM_US + DAY_US;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf text = {0}, html = {0}, json = {0}, prometheus = {0};

        d.began_us = rows[i].began_us;
        print_text(&d, LANGUAGE_ENGLISH, &screen, &text);
        print_html(&d, LANGUAGE_ENGLISH, HTML_PAGE, &html);
        print_json(&d, LANGUAGE_ENGLISH, &json);
        print_prometheus(&d, &prometheus);
        if (!strstr(text.ptr, rows[i].text) || !strstr(html.ptr, rows[i].html) ||
            !strstr(json.ptr, rows[i].json) ||
            !strstr(prometheus.ptr, rows[i].prometheus) ||
            (rows[i].began_us == 0 && (strstr(json.ptr, "counted_from") ||
                                       strstr(prometheus.ptr, "counted_from"))))
            fail_msg("%s\n%s\n%s\n%s", text.ptr, html.ptr, json.ptr, prometheus.ptr);
        buf_clear(&text);
        print_text(&d, LANGUAGE_JAPANESE, &screen, &text);
        assert_int_equal(strstr(text.ptr, "集計の開始") != NULL, rows[i].began_us != 0);
        buf_fini(&text);
        buf_fini(&html);
        buf_fini(&json);
        buf_fini(&prometheus);
    }
    document_fini(&d);
}

static void
test_changes(void **state UNUSED)
{
    static const struct {
        enum cell_type type;
        int64_t now, before;
        const char *out;
    } rows[] = {
        {CELL_COUNT, 110, 100, "+10 %"},         {CELL_COUNT, 95, 100, "-5 %"},
        {CELL_COUNT, 100, 100, "+0 %"},          {CELL_COUNT, 0, 7, "-100 %"},
        {CELL_COUNT, 1200, 100, "x12"},          {CELL_COUNT, 5, 0, "-"},
        {CELL_COUNT, 999, 100, "+899 %"},        {CELL_COUNT, INT64_MAX, 1, NULL},
        {CELL_DURATION, 1500, 1000, "+50 %"},    {CELL_SHARE, 500000, 250000, "-"},
        {CELL_COUNT, INT64_MIN, INT64_MAX, "-"},
    };
    struct buf b = {0};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cell now = cell_number(rows[i].type, rows[i].now);
        struct cell before = cell_number(rows[i].type, rows[i].before);

        buf_clear(&b);
        print_change(&now, &before, &b);
        if (rows[i].out)
            assert_span(buf_span(&b), rows[i].out);
        else
            assert_int_equal(b.ptr[0], 'x');
    }
    buf_fini(&b);
}

/* Nothing to report is one line, and still a page. */
static void
test_nothing(void **state UNUSED)
{
    struct buf b = {0};
    struct document d;

    document_init(&d);
    document_of(&d, SPAN("mx.example.org"));
    d.from_us = SAMPLE_FROM_US;
    d.until_us = SAMPLE_FROM_US + DAY_US;
    add_english(&d, &b);
    assert_string_equal(b.ptr, "mx.example.org 2026-11-21: Nothing to report.\n");
    buf_clear(&b);
    print_html(&d, LANGUAGE_JAPANESE, HTML_PAGE, &b);
    assert_non_null(
        strstr(b.ptr, "<p class=\"verdict good\">報告することはありません。</p>"));
    buf_clear(&b);
    add_json(&d, &b);
    assert_non_null(strstr(b.ptr, "\"sections\":{}}\n"));
    buf_fini(&b);
    document_fini(&d);
}

/* What is asked of somebody is counted by notes, where there are none by rows. */
static void
test_verdicts(void **state UNUSED)
{
    struct buf b = {0};
    struct section *s;
    struct document d;

    document_init(&d);
    s = document_section(&d, WORD_LOGINS, "logins", SECTION_TABLE);
    section_columns(s, 1, (struct column[]){{WORD_COUNT, "count", CELL_COUNT}});
    print_verdict(&d, LANGUAGE_ENGLISH, &b);
    assert_string_equal(b.ptr, "Nothing needs your attention");
    section_number(s, 1), section_weigh(s, WEIGHT_LOOK);
    section_number(s, 2), section_weigh(s, WEIGHT_LOOK);
    buf_clear(&b);
    print_verdict(&d, LANGUAGE_ENGLISH, &b);
    assert_string_equal(b.ptr, "2 things are worth a look");
    s = document_section(&d, WORD_ATTENTION, "attention", SECTION_NOTES);
    section_note(s, WEIGHT_LOOK, WORD_NOTE_NO_MAIL, NULL, 0);
    buf_clear(&b);
    print_verdict(&d, LANGUAGE_ENGLISH, &b);
    assert_string_equal(b.ptr, "1 thing is worth a look");
    section_note(s, WEIGHT_ACT, WORD_NOTE_NO_MAIL, NULL, 0);
    buf_clear(&b);
    print_verdict(&d, LANGUAGE_ENGLISH, &b);
    assert_string_equal(b.ptr, "1 thing needs you");
    buf_fini(&b);
    document_fini(&d);
}

/* A text that is too long is cut between characters, and shows it. */
static void
test_long_text(void **state UNUSED)
{
    struct buf text = {0};
    struct cell cell;
    struct document d;

    document_init(&d);
    for (size_t i = 0; i < DOCUMENT_TEXT_MAX; i++)
        buf_add_text(&text, "山");
    cell = document_text(&d, buf_span(&text));
    assert_int_equal(cell.text_n, DOCUMENT_TEXT_MAX / 3 * 3 + 3);
    assert_true(span_ends(document_cell_text(&d, &cell), SPAN("山\u2026")));
    buf_fini(&text);
    document_fini(&d);
}

/* Two rows of the same labels would make Prometheus refuse all: the second is left out,
 * and that is told. */
static void
test_doubles(void **state UNUSED)
{
    struct buf b = {0};
    struct section *s;
    struct document d;

    document_init(&d);
    s = document_section(&d, WORD_LOGINS, "logins", SECTION_TABLE);
    section_columns(s, 2,
                    (struct column[]){{WORD_ACCOUNT, "account", CELL_TEXT},
                                      {WORD_COUNT, "count", CELL_COUNT}});
    for (int64_t i = 0; i < 3; i++) {
        section_text(s, i == 1 ? SPAN("b") : SPAN("a\"\n"));
        section_number(s, i);
    }
    print_prometheus(&d, &b);
    assert_non_null(strstr(b.ptr,
                           "komainu_report_logins_count{account=\"a\\\"\\\\x0A\"} 0\n"
                           "komainu_report_logins_count{account=\"b\"} 1\n#"));
    assert_non_null(strstr(b.ptr, "komainu_report_left_out{section=\"logins\"} 1\n"));
    buf_fini(&b);
    document_fini(&d);
}

/* Every line fits, of both languages. */
static void
test_widths(void **state UNUSED)
{
    struct span rest, line;
    struct document d;

    document_init(&d);
    sample_day(&d);
    for (int l = 0; l < LANGUAGES; l++) {
        for (unsigned columns = 90; columns <= 150; columns++) {
            struct screen screen = {.columns = columns};
            struct buf b = {0};

            print_text(&d, (enum language)l, &screen, &b);
            for (rest = buf_span(&b); span_line(&rest, &line);)
                assert_in_range(text_width(line), 0, columns);
            buf_fini(&b);
        }
    }
    document_fini(&d);
}

/* Colours are for terminals, and only at what is ours. */
static void
test_colours(void **state UNUSED)
{
    struct buf plain = {0}, coloured = {0};
    size_t at = 0;
    struct document d;

    document_init(&d);
    sample_day(&d);
    print_text(&d, LANGUAGE_ENGLISH, &(struct screen){0}, &plain);
    print_text(&d, LANGUAGE_ENGLISH, &(struct screen){.is_coloured = true}, &coloured);
    assert_null(strchr(plain.ptr, '\033'));
    assert_non_null(strstr(coloured.ptr, "\033[1;31m!!\033[0m"));
    for (size_t i = 0; i < coloured.len; i++) {
        if (coloured.ptr[i] == '\033')
            while (coloured.ptr[i] != 'm')
                i++;
        else
            assert_int_equal(coloured.ptr[i], plain.ptr[at++]);
    }
    assert_int_equal(at, plain.len);
    buf_fini(&plain);
    buf_fini(&coloured);
    document_fini(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_golden),  TEST(test_cells),    TEST(test_periods),   TEST(test_changes),
        TEST(test_nothing), TEST(test_verdicts), TEST(test_long_text), TEST(test_doubles),
        TEST(test_widths),  TEST(test_colours),  TEST(test_began)};

    (void)setenv("TZ", "JST-9", 1);
    clock_load_zone();
    return RUN(tests);
}
