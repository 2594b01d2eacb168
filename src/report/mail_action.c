/* mail_action: what smtpd, cleanup and postscreen refuse, hold or change. Part of
 * mail_line. */
#include "base/ascii.h"
#include "report/mail_read.h"

/* --- smtpd and cleanup: what is refused, held, changed --- */

static const struct action {
    struct span word;
    enum mail_kind kind;
    bool is_milter;
} actions[] = {
    {SPAN_INIT("reject: "), MAIL_REJECT, false},
    {SPAN_INIT("milter-reject: "), MAIL_REJECT, true},
    {SPAN_INIT("reject_warning: "), MAIL_REJECT_WARNING, false},
    {SPAN_INIT("hold: "), MAIL_HOLD, false},
    {SPAN_INIT("milter-hold: "), MAIL_HOLD, true},
    {SPAN_INIT("discard: "), MAIL_DISCARD, false},
    {SPAN_INIT("milter-discard: "), MAIL_DISCARD, true},
    {SPAN_INIT("redirect: "), MAIL_REDIRECT, false},
    {SPAN_INIT("filter: "), MAIL_FILTER, false},
    {SPAN_INIT("prepend: "), MAIL_PREPEND, false},
    {SPAN_INIT("replace: "), MAIL_PREPEND, false},
    {SPAN_INIT("strip: "), MAIL_PREPEND, false},
    {SPAN_INIT("ignore: "), MAIL_PREPEND, false},
    {SPAN_INIT("bcc: "), MAIL_PREPEND, false},
    {SPAN_INIT("info: "), MAIL_WARN, false},
    {SPAN_INIT("warn: "), MAIL_WARN, false},
    {SPAN_INIT("delay: "), MAIL_WARN, false},
};

/* Cuts "; from=<> to=<> ..." off the end. Whoever writes a header can write the same into
 * it: the last one counts. */
static struct span
cut_envelope(struct span *text)
{
    struct span behind;
    size_t len = text->len;

    for (;;) {
        ptrdiff_t at = span_find_last((struct span){text->ptr, len}, ';');

        if (at < 0)
            return (struct span){0};
        len = (size_t)at;
        behind = span_from(*text, len);
        if (span_starts(behind, SPAN("; from=<")))
            break;
    }
    text->len = len;
    return span_from(behind, strlen("; "));
}

/* "header Subject: text from name[address]; from=<> ...: reply" */
static void
read_header_check(struct span rest, struct mail_line *m)
{
    struct span envelope = cut_envelope(&rest), reply;
    size_t len = rest.len;

    reply = read_pairs(envelope, false, m);
    while (len > 6 && memcmp(rest.ptr + len - 6, " from ", 6) != 0)
        len--;
    if (len > 6) {
        struct span client = span_between(rest.ptr + len, rest.ptr + rest.len);

        (void)read_client(&client, m);
        rest.len = len - 6;
    }
    m->subject = rest;
    if (reply.len && reply.ptr[0] == ' ')
        reply = span_from(reply, 1);
    if (reply.ptr)
        read_reply(reply, m);
}

/* "RCPT from name[address]: 550 5.1.1 text; from=<> to=<> proto=ESMTP helo=<>" */
static bool
read_refusal(struct span rest, struct mail_line *m)
{
    struct span stage, envelope;

    if (!read_until(&rest, ' ', &stage))
        return false;
    m->stage = stage;
    if (stage.len && ascii_is_lower(stage.ptr[0])) {
        read_header_check(rest, m);
        return true;
    }
    if (!span_take(&rest, SPAN("from ")) || !read_client(&rest, m))
        return false;
    (void)span_take(&rest, SPAN(": "));
    envelope = cut_envelope(&rest);
    read_reply(rest, m);
    (void)read_pairs(envelope, false, m);
    return true;
}

bool
read_action(struct span text, struct mail_line *m)
{
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        struct span rest = text;

        if (!span_take(&rest, actions[i].word))
            continue;
        m->is_milter = actions[i].is_milter;
        if (read_refusal(rest, m))
            m->kind = actions[i].kind;
        else
            m->text = text;
        return true;
    }
    return false;
}
