#include "ctl/report_mail.h"

#include "act/mail.h"
#include "conf/value.h"
#include "ctl/migrate.h"
#include "report/print.h"

enum { MAIL_MAX = 64 << 20 };

bool
report_mail_is_to(struct span to)
{
    size_t count = 0;
    struct span word;

    while (span_word(&to, &word)) {
        if (!value_mail_address(word) || ++count > REPORT_RECIPIENTS_MAX)
            return false;
    }
    return count > 0;
}

/* With a comma between any two of them, on lines of their own (RFC 5322, 2.2.3). */
static void
add_recipients(struct span to, struct buf *out)
{
    struct span word;

    while (span_word(&to, &word)) {
        buf_add_text(out, out->len ? ",\n " : "");
        buf_add(out, word);
    }
}

void
report_mail_build(const struct document *d, const struct report_mail *m, struct buf *out)
{
    struct screen screen = {.columns = PRINT_MAIL_COLUMNS};
    struct buf to = {0}, subject = {0};
    struct buf text = buf_bounded(MAIL_MAX), html = buf_bounded(MAIL_MAX);
    struct mail mail;

    add_recipients(span_of(m->to), &to);
    print_subject(d, m->language, &subject);
    print_text(d, m->language, &screen, &text);
    print_html(d, m->language, HTML_MAIL, &html);
    mail = (struct mail){.from = m->from ? m->from : "root",
                         .to = to.ptr,
                         .time_us = m->now_us,
                         .host = m->host,
                         .id = (uint64_t)d->from_us,
                         .subject = buf_span(&subject),
                         .body = buf_span(&text),
                         .html = buf_span(&html)};
    mail_build(&mail, out);
    out->is_cut |= text.is_cut || html.is_cut;
    buf_fini(&to);
    buf_fini(&subject);
    buf_fini(&text);
    buf_fini(&html);
}

bool
report_mail_send(const char *sendmail, struct span mail, struct buf *said)
{
    const char *argv[] = {sendmail, "-t", "-oi", NULL};

    return migrate_run_fed(argv, mail, said);
}
