/* report_mail: a report as a mail: text and HTML, through this machine's sendmail(1).
 *
 *     if (!report_mail_is_to(span_of(to))) ...
 *     report_mail_build(&document, &m, &mail);
 *     if (!report_mail_send(REPORT_SENDMAIL, buf_span(&mail), &said)) ...
 */
#pragma once

#include "report/document.h"

#define REPORT_SENDMAIL "/usr/sbin/sendmail"

enum { REPORT_RECIPIENTS_MAX = 32 };

struct report_mail {
    const char *to;   /* report_mail_is_to() says yes */
    const char *from; /* an address; NULL: root, to which the mail server adds a domain */
    struct span host; /* for the Message-ID */
    enum language language;
    int64_t now_us; /* the Date; with the period it makes the Message-ID */
};

/* Whether it is 1 to REPORT_RECIPIENTS_MAX addresses as value_mail_address() takes them,
 * with commas or blanks between them. */
NODISCARD bool report_mail_is_to(struct span to);

/* Appends the mail: 7-bit, lines end in LF, the subject says the verdict. */
void report_mail_build(const struct document *d, const struct report_mail *m,
                       struct buf *out);

/* Runs `sendmail -t -oi` with the mail, to its end. False: it could not be run or failed;
 * `said` has what it printed, foreign. */
NODISCARD bool report_mail_send(const char *sendmail, struct span mail, struct buf *said);
