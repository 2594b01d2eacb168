/* mail_screen: the lines of postscreen. Part of mail_line. */
#include "report/mail_read.h"

/* How the line begins, and what stands in front of the client behind it. */
static const struct shape {
    struct span head, before;
    enum mail_kind kind;
} shapes[] = {
    {SPAN_INIT("CONNECT "), SPAN_INIT("from "), MAIL_CONNECT},
    {SPAN_INIT("DISCONNECT "), SPAN_INIT(""), MAIL_DISCONNECT},
    {SPAN_INIT("PASS OLD "), SPAN_INIT(""), MAIL_SCREEN_PASS},
    {SPAN_INIT("PASS NEW "), SPAN_INIT(""), MAIL_SCREEN_PASS},
    {SPAN_INIT("ALLOWLISTED "), SPAN_INIT(""), MAIL_SCREEN_PASS},
    {SPAN_INIT("WHITELISTED "), SPAN_INIT(""), MAIL_SCREEN_PASS},
    {SPAN_INIT("DENYLISTED "), SPAN_INIT(""), MAIL_SCREEN_LISTED},
    {SPAN_INIT("BLACKLISTED "), SPAN_INIT(""), MAIL_SCREEN_LISTED},
    {SPAN_INIT("ALLOWLIST VETO "), SPAN_INIT(""), MAIL_SCREEN_LISTED},
    {SPAN_INIT("WHITELIST VETO "), SPAN_INIT(""), MAIL_SCREEN_LISTED},
    {SPAN_INIT("PREGREET "), SPAN_INIT(" from "), MAIL_SCREEN_PREGREET},
    {SPAN_INIT("HANGUP "), SPAN_INIT(" from "), MAIL_SCREEN_HANGUP},
    {SPAN_INIT("DNSBL rank "), SPAN_INIT(" for "), MAIL_SCREEN_DNSBL},
    {SPAN_INIT("COMMAND "), SPAN_INIT(" from "), MAIL_SCREEN_TEST},
    {SPAN_INIT("NON-SMTP COMMAND"), SPAN_INIT(" from "), MAIL_SCREEN_TEST},
    {SPAN_INIT("BARE NEWLINE"), SPAN_INIT(" from "), MAIL_SCREEN_TEST},
};

/* `detail` is what stood between the head and the client: a rank, a time. */
static void
take_shape(const struct shape *s, struct span rest, struct span message,
           struct mail_line *m)
{
    ptrdiff_t at = s->before.len ? span_find(rest, s->before) : 0;
    struct span client;

    if (at < 0)
        return;
    client = span_from(rest, (size_t)at + s->before.len);
    if (!read_client(&client, m))
        return;
    m->status = s->kind == MAIL_SCREEN_TEST ? span_between(message.ptr, rest.ptr + at)
                                            : span_head(message, s->head.len - 1);
    m->subject = span_head(rest, (size_t)at);
    if (!span_take(&client, SPAN(": ")))
        (void)span_take(&client, SPAN(" "));
    read_as(m, s->kind, client);
}

void
read_screen(struct span message, struct mail_line *m)
{
    struct span rest = message;

    m->text = message;
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        if (span_take(&rest, shapes[i].head)) {
            take_shape(&shapes[i], rest, message, m);
            return;
        }
    }
    if (span_starts(message, SPAN("NOQUEUE: ")))
        (void)read_action(span_from(message, 9), m);
    else if (span_starts(message, SPAN("cache ")) || span_starts(message, SPAN("close ")))
        read_as(m, MAIL_QUIET, message);
    else
        (void)read_warning(message, m);
}
