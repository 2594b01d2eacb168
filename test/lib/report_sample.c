/* report_sample FORMAT LANGUAGE [COLUMNS]: prints the sample document of the printers'
 * tests. FORMAT: text, colour, page, mail (its HTML), message (all of it), json,
 * prometheus, subject. */
#include <stdio.h>
#include <stdlib.h>

#include "ctl/report_mail.h"
#include "report/print.h"
#include "report/sample_test.h"

static bool
print(const struct document *d, const char *format, enum language language,
      struct screen *screen, struct buf *out)
{
    struct span name = span_of(format);

    screen->is_coloured = span_eq(name, SPAN("colour"));
    if (screen->is_coloured || span_eq(name, SPAN("text")))
        print_text(d, language, screen, out);
    else if (span_eq(name, SPAN("page")))
        print_html(d, language, HTML_PAGE, out);
    else if (span_eq(name, SPAN("mail")))
        print_html(d, language, HTML_MAIL, out);
    else if (span_eq(name, SPAN("message")))
        report_mail_build(
            d,
            &(struct report_mail){.to = "root@example.jp",
                                  .language = language,
                                  .now_us = SAMPLE_FROM_US + DAY_US + 7 * HOUR_US},
            out);
    else if (span_eq(name, SPAN("json")))
        print_json(d, language, out);
    else if (span_eq(name, SPAN("prometheus")))
        print_prometheus(d, out);
    else if (span_eq(name, SPAN("subject")))
        print_subject(d, language, out);
    else
        return false;
    return true;
}

int
main(int argc, char **argv)
{
    struct document d;
    struct screen screen = {0};
    struct buf out = {0};
    uint64_t columns = 0;
    bool is_good;

    if (argc < 3 || (argc > 3 && !span_u64(span_of(argv[3]), 0, 1000, &columns)))
        return 2;
    screen.columns = (unsigned)columns;
    clock_load_zone();
    document_init(&d);
    sample_day(&d);
    is_good = print(&d, argv[1],
                    strcmp(argv[2], "ja") == 0 ? LANGUAGE_JAPANESE : LANGUAGE_ENGLISH,
                    &screen, &out);
    if (is_good)
        is_good = fwrite(out.ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    buf_fini(&out);
    document_fini(&d);
    return is_good ? 0 : 1;
}
