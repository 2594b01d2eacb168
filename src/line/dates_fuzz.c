/* dates: any text is either refused as a pattern or searched with within limits; what is
 * cut lies in the line. The input is patterns, a NUL, and lines. */
#include "base/clock.h"
#include "base/mem.h"
#include "line/dates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATTERN_BYTES = 300, LINES = 20 };

static void
search_all(struct dates *d, struct span lines)
{
    int64_t now_us = INT64_C(1795348805) * SECOND_US;
    struct date_cut cut = {0}, same = {0};
    struct span raw;

    for (int i = 0; i < LINES && span_line(&lines, &raw); i++) {
        if (dates_find(d, raw, now_us, &cut) == DATES_NOTHING)
            continue;
        must(cut.at <= raw.len && cut.len <= raw.len - cut.at);
        must(cut.template <dates_count(d) && dates_hits(d, cut.template) > 0);
        must(!cut.is_year_guessed || cut.wall_us <= now_us + DAY_US);
        must(dates_cut(d, raw, &same) == DATES_FOUND);
        must(same.at == cut.at && same.len == cut.len);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span all = {(const char *)data, size}, patterns, lines;
    struct buf error = {0};
    struct dates *d;

    if (!span_cut(all, SPAN("\0"), &patterns, &lines) || patterns.len > PATTERN_BYTES)
        return 0;
    d = dates_new(patterns, (struct dates_zone){0}, &error);
    must((d == NULL) == (error.len > 0));
    if (d)
        search_all(d, lines);
    dates_free(d);
    buf_fini(&error);
    return 0;
}
