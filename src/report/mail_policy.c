/* mail_policy: the lines of policy services, milters and of the guard. Part of mail_line.
 */
#include "report/mail_read.h"

void
read_postgrey(struct span message, struct mail_line *m)
{
    struct span rest = message;

    (void)read_queue_id(&rest, m);
    if (span_starts(rest, SPAN("action="))) {
        m->kind = MAIL_GREYLIST;
        (void)read_pairs(rest, true, m);
    } else if (span_starts(rest, SPAN("whitelisted: ")) ||
               span_starts(rest, SPAN("cleaning ")) ||
               span_starts(rest, SPAN("Process "))) {
        m->kind = MAIL_QUIET;
    }
    m->text = rest;
}

/* --- policyd-spf --- */

/* "Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1; helo=...; ..." */
static void
read_received_spf(struct span rest, struct mail_line *m)
{
    struct span word = rest, pair;
    size_t n = 0;

    while (n < rest.len && rest.ptr[n] != ' ' && rest.ptr[n] != ';')
        n++;
    word.len = n;
    m->status = word;
    rest = span_from(rest, n);
    while (read_until(&rest, ';', &pair))
        (void)read_pairs(span_trim(pair), true, m);
    (void)read_pairs(span_trim(rest), true, m);
    read_as(m, MAIL_SPF, (struct span){0});
}

void
read_spf(struct span message, struct mail_line *m)
{
    struct span rest = message;
    ptrdiff_t at;

    m->text = message;
    if (span_take(&rest, SPAN("prepend Received-SPF: ")) ||
        span_take(&rest, SPAN("Received-SPF: "))) {
        read_received_spf(rest, m);
        return;
    }
    read_reply(message, m);
    at = span_find(m->text, SPAN("rejected due to: SPF "));
    if (at < 0)
        at = span_find(m->text, SPAN("due to: SPF "));
    if (m->code && at >= 0) {
        rest = span_from(m->text, (size_t)at);
        (void)span_take(&rest, SPAN("rejected "));
        (void)span_take(&rest, SPAN("due to: SPF "));
        m->kind = MAIL_SPF;
        if (!read_until(&rest, ' ', &m->status))
            m->status = rest;
        while (read_until(&rest, ';', &(struct span){0}))
            (void)read_pairs(rest, true, m);
        return;
    }
    if (span_starts(message, SPAN("prepend ")) ||
        span_starts(message, SPAN("spfcheck: ")) || span_starts(message, SPAN("SPF ")) ||
        span_starts(message, SPAN("Action: ")))
        m->kind = MAIL_QUIET;
}

/* --- OpenDKIM and OpenDMARC --- */

static const struct dkim_words {
    struct span words, status;
} dkim_words[] = {
    {SPAN_INIT("DKIM verification successful"), SPAN_INIT("pass")},
    {SPAN_INIT("DKIM-Signature field added"), SPAN_INIT("signed")},
    {SPAN_INIT("bad signature data"), SPAN_INIT("fail")},
    {SPAN_INIT("no signature data"), SPAN_INIT("none")},
    {SPAN_INIT("key retrieval failed"), SPAN_INIT("temperror")},
};

/* "(s=mail, d=example.com)" */
static struct span
signing_domain(struct span rest)
{
    ptrdiff_t at = span_find(rest, SPAN("d="));
    size_t n = 0;

    if (at < 0)
        return (struct span){0};
    rest = span_from(rest, (size_t)at + 2);
    while (n < rest.len && rest.ptr[n] != ')' && rest.ptr[n] != ',' && rest.ptr[n] != ' ')
        n++;
    return span_head(rest, n);
}

void
read_dkim(struct span message, struct mail_line *m)
{
    struct span rest = message;

    m->text = message;
    if (!read_queue_id(&rest, m))
        return;
    m->text = rest;
    m->kind = MAIL_QUIET;
    for (size_t i = 0; i < ARRAY_LEN(dkim_words); i++) {
        if (span_starts(rest, dkim_words[i].words)) {
            m->kind = MAIL_DKIM;
            m->status = dkim_words[i].status;
            m->subject = signing_domain(span_from(rest, dkim_words[i].words.len));
            return;
        }
    }
}

void
read_dmarc(struct span message, struct mail_line *m)
{
    static const char *const results[] = {"pass", "fail", "none", "temperror",
                                          "permerror"};
    struct span rest = message, domain;

    m->text = message;
    if (!read_queue_id(&rest, m))
        return;
    m->text = rest;
    m->kind = MAIL_QUIET;
    if (read_until(&rest, ' ', &domain) &&
        span_is_one_of(results, ARRAY_LEN(results), rest)) {
        m->kind = MAIL_DMARC;
        m->subject = domain;
        m->status = rest;
    }
}

/* --- the guard, and fail2ban --- */

/* Takes a value off the front: up to a blank, or in quotes, inside which blanks and
 * "\\\"" stand for themselves. */
static struct span
take_value(struct span *rest)
{
    struct span value = *rest;
    bool is_quoted = span_take(&value, SPAN("\""));
    size_t n = 0;

    while (n < value.len && value.ptr[n] != (is_quoted ? '"' : ' '))
        n += is_quoted && value.ptr[n] == '\\' && n + 1 < value.len ? 2 : 1;
    *rest = span_from(value, n + 1);
    return span_head(value, n);
}

/* The value of `name` in "name=value name="value" ...". */
static struct span
value_of(struct span text, struct span name)
{
    struct span key, value;

    for (;;) {
        while (text.len && text.ptr[0] == ' ')
            text = span_from(text, 1);
        if (!read_until(&text, '=', &key))
            return (struct span){0};
        value = take_value(&text);
        if (span_eq(key, name))
            return value;
    }
}

/* "NOTICE  [jail] Ban 192.0.2.1" */
static bool
read_fail2ban(struct span rest, struct mail_line *m)
{
    struct span jail;

    if (!read_until(&rest, '[', &jail) || !read_until(&rest, ']', &jail))
        return false;
    rest = span_trim(rest);
    m->text = rest;
    m->subject = jail;
    if (span_take(&rest, SPAN("Ban ")) || span_take(&rest, SPAN("Increase Ban ")))
        m->kind = MAIL_BAN;
    else if (span_take(&rest, SPAN("Unban ")))
        m->kind = MAIL_UNBAN;
    else
        m->kind = MAIL_GUARD;
    if (m->kind != MAIL_GUARD && !span_word(&rest, &m->address))
        m->kind = MAIL_GUARD;
    return true;
}

static void
read_ban(struct span rest, enum mail_kind kind, struct mail_line *m)
{
    m->kind = kind;
    m->address = value_of(rest, SPAN("address"));
    m->subject = value_of(rest, SPAN("jail"));
}

void
read_guard(struct span message, struct mail_line *m)
{
    struct span rest = message, event;

    m->text = message;
    if (span_eq(m->daemon, SPAN("fail2ban.actions"))) {
        if (!read_fail2ban(message, m))
            m->kind = MAIL_QUIET;
        return;
    }
    if (!read_until(&rest, ' ', &event))
        event = message;
    m->kind = MAIL_GUARD;
    m->status = event;
    if (span_starts(message, SPAN("action=")))
        read_postgrey(message, m);
    else if (span_eq(event, SPAN("ban")))
        read_ban(rest, MAIL_BAN, m);
    else if (span_eq(event, SPAN("would-ban")))
        read_ban(rest, MAIL_GUARD, m);
    else if (span_eq(event, SPAN("unban")) || span_eq(event, SPAN("unban-by-hand")))
        read_ban(rest, MAIL_UNBAN, m);
    else if (span_eq(event, SPAN("gate-refused"))) {
        m->kind = MAIL_GATE_REFUSED;
        m->stage = value_of(rest, SPAN("at"));
        m->subject = value_of(rest, SPAN("by"));
        m->address = value_of(rest, SPAN("client"));
        m->sender = value_of(rest, SPAN("sender"));
        m->recipient = value_of(rest, SPAN("recipient"));
    }
}
