/* mail_postfix: the lines of Postfix' daemons. Part of mail_line. */
#include "report/mail_read.h"

/* --- lines of one message, whatever the daemon --- */

static void
read_delivery(struct span text, struct mail_line *m)
{
    struct span relay;

    (void)read_pairs(text, false, m);
    if (!m->status.ptr)
        return;
    m->kind = MAIL_DELIVERY;
    relay = m->relay;
    if (span_find_byte(relay, '[') >= 0)
        (void)read_client(&relay, m);
    else
        m->name = relay;
}

static void
read_sender(struct span text, struct mail_line *m)
{
    (void)read_pairs(text, false, m);
    m->kind = m->status.ptr ? MAIL_EXPIRED : m->size >= 0 ? MAIL_QUEUED : MAIL_UNKNOWN;
    if (m->kind == MAIL_UNKNOWN)
        m->text = text;
}

static void
read_notice(struct span text, struct mail_line *m)
{
    ptrdiff_t at = span_find(text, SPAN("notification: "));

    if (at < 0)
        return;
    read_as(m, MAIL_NOTICE, span_head(text, (size_t)at + 12));
    m->other_id = span_from(text, (size_t)at + 14);
}

/* "from mx.example.com[192.0.2.1]:25: text" and its like, of smtp. */
static bool
read_remote(struct span rest, struct mail_line *m)
{
    if (!read_client(&rest, m))
        return false;
    (void)(span_take(&rest, SPAN(": ")) || span_take(&rest, SPAN(" ")));
    read_as(m, MAIL_REMOTE, rest);
    return true;
}

static bool
is_quiet(struct span text)
{
    return span_starts(text, SPAN("skipped, ")) || span_eq(text, SPAN("canceled")) ||
           span_starts(text, SPAN("enabling PIX workarounds")) ||
           span_starts(text, SPAN("breaking line ")) ||
           span_starts(text, SPAN("passing <"));
}

static bool
read_message(struct span text, struct mail_line *m)
{
    struct span rest = text;

    if (span_starts(text, SPAN("to=<")))
        read_delivery(text, m);
    else if (span_starts(text, SPAN("from=<")))
        read_sender(text, m);
    else if (span_eq(text, SPAN("removed")))
        m->kind = MAIL_REMOVED;
    else if (span_take(&rest, SPAN("message-id=")))
        read_as(m, MAIL_MESSAGE_ID, rest);
    else if (span_take(&rest, SPAN("resent-message-id=")))
        read_as(m, MAIL_QUIET, rest);
    else if (span_take(&rest, SPAN("client="))) {
        if (read_client(&rest, m)) {
            m->kind = MAIL_CLIENT;
            (void)read_pairs(rest, false, m);
        }
    } else if (span_starts(text, SPAN("uid="))) {
        m->kind = MAIL_PICKUP;
        (void)read_pairs(text, false, m);
    } else if (span_starts(text, SPAN("sender ")) ||
               span_starts(text, SPAN("postmaster ")))
        read_notice(text, m);
    else if (span_take(&rest, SPAN("host ")) ||
             span_take(&rest, SPAN("lost connection with ")) ||
             span_take(&rest, SPAN("conversation with ")))
        return read_remote(rest, m);
    else if (is_quiet(text))
        read_as(m, MAIL_QUIET, text);
    else
        return false;
    return true;
}

/* --- lines of a session --- */

static bool
read_peer(struct span rest, enum mail_kind kind, struct mail_line *m)
{
    if (!read_client(&rest, m))
        return false;
    (void)(span_take(&rest, SPAN(": ")) || span_take(&rest, SPAN(" ")));
    read_as(m, kind, rest);
    return true;
}

static bool
ends_word(char c)
{
    return c == ' ' || c == ',' || c == '\t' || c == '\r' || c == '\n';
}

/* What stands behind the first word "auth=", up to the word's end; empty when there is
 * none, as in most sessions. */
static struct span
login_word(struct span text)
{
    static const struct span key = SPAN_INIT("auth=");
    size_t from = 0, n = 0;
    ptrdiff_t at;

    while ((at = span_find(span_from(text, from), key)) >= 0) {
        size_t begin = from + (size_t)at;
        struct span rest = span_from(text, begin + key.len);

        from = begin + key.len;
        if (begin && !ends_word(text.ptr[begin - 1]))
            continue;
        while (n < rest.len && !ends_word(rest.ptr[n]))
            n++;
        return span_head(rest, n);
    }
    return (struct span){0};
}

/* "name[address] ehlo=1 auth=1/2 quit=1 commands=3/4" */
static bool
read_disconnect(struct span rest, struct mail_line *m)
{
    if (!read_peer(rest, MAIL_DISCONNECT, m))
        return false;
    m->status = login_word(m->text);
    return true;
}

/* "lost connection after RCPT from name[address]" */
static bool
read_lost(struct span text, size_t words, struct mail_line *m)
{
    struct span rest = span_from(text, words);
    ptrdiff_t from = span_find(rest, SPAN(" from "));

    if (from < 0)
        return false;
    m->stage = span_head(rest, (size_t)from);
    rest = span_from(rest, (size_t)from + 6);
    m->subject = span_head(text, words - 7);
    return read_peer(rest, MAIL_LOST, m);
}

/* "Anonymous TLS connection established from name[address]: TLSv1.3 with cipher ..." */
static bool
read_tls(struct span text, struct mail_line *m)
{
    struct span rest = text, word;

    if (!read_until(&rest, ' ', &word) ||
        !span_take(&rest, SPAN("TLS connection established ")))
        return false;
    m->status = word;
    if (span_take(&rest, SPAN("from ")))
        m->stage = SPAN("from");
    else if (span_take(&rest, SPAN("to ")))
        m->stage = SPAN("to");
    return read_peer(rest, MAIL_TLS, m);
}

static const struct span losts[] = {
    SPAN_INIT("lost connection after "),
    SPAN_INIT("timeout after "),
    SPAN_INIT("too many errors after "),
    SPAN_INIT("improper command pipelining after "),
};

static bool
read_session(struct span text, struct mail_line *m)
{
    struct span rest = text;

    if (span_take(&rest, SPAN("connect from ")))
        return read_peer(rest, MAIL_CONNECT, m);
    if (span_take(&rest, SPAN("disconnect from ")))
        return read_disconnect(rest, m);
    for (size_t i = 0; i < ARRAY_LEN(losts); i++) {
        if (span_starts(text, losts[i]))
            return read_lost(text, losts[i].len, m);
    }
    if (span_take(&rest, SPAN("SSL_accept error from ")) ||
        span_take(&rest, SPAN("SSL_connect error to ")))
        return read_peer(rest, MAIL_TLS_FAILED, m);
    if (span_take(&rest, SPAN("connect to ")))
        return read_remote(rest, m);
    return read_tls(text, m);
}

/* --- warnings --- */

/* What a login fails of that is not the client's fault. Servers differ in the case. */
static bool
is_own_trouble(struct span reason)
{
    static const struct span heads[] = {
        SPAN_INIT("connection lost to authentication server"),
        SPAN_INIT("temporary authentication failure"),
        SPAN_INIT("temporary failure"),
        SPAN_INIT("temporary internal failure"),
        SPAN_INIT("authentication server"),
        SPAN_INIT("generic failure"),
        SPAN_INIT("internal authentication failure"),
    };

    return span_starts_one_of(heads, ARRAY_LEN(heads), reason);
}

/* "name[address]: SASL LOGIN authentication failed: reason, sasl_username=name" */
static bool
read_sasl(struct span text, struct mail_line *m)
{
    struct span rest = text, method, pairs;
    ptrdiff_t at;

    if (!read_client(&rest, m) || !span_take(&rest, SPAN(": SASL ")) ||
        !read_until(&rest, ' ', &method) || !span_take(&rest, SPAN("authentication ")))
        return false;
    if (span_starts(rest, SPAN("failed")) || span_starts(rest, SPAN("aborted")))
        m->status = span_head(rest, rest.ptr[0] == 'f' ? 6 : 7);
    else
        return false;
    rest = span_from(rest, m->status.len);
    m->method = method;
    (void)span_take(&rest, SPAN(": "));
    at = span_find(rest, SPAN(", sasl_username="));
    if (at >= 0) {
        pairs = span_from(rest, (size_t)at);
        rest.len = (size_t)at;
        (void)read_pairs(pairs, false, m);
    }
    read_as(m,
            span_eq(m->status, SPAN("failed")) && is_own_trouble(rest) ? MAIL_AUTH_TROUBLE
                                                                       : MAIL_AUTH_FAILED,
            rest);
    return true;
}

/* "Connection rate limit exceeded: 31 from name[address] for service smtp" */
static bool
read_limit(struct span text, struct mail_line *m)
{
    ptrdiff_t at = span_find(text, SPAN(" limit exceeded: ")), from;
    struct span rest;

    if (at < 0)
        return false;
    m->subject = span_head(text, (size_t)at);
    rest = span_from(text, (size_t)at + 17);
    from = span_find(rest, SPAN(" from "));
    if (from < 0)
        return false;
    rest = span_from(rest, (size_t)from + 6);
    if (!read_client(&rest, m))
        return false;
    read_as(m, MAIL_LIMIT, text);
    return true;
}

/* "hostname a.example does not resolve to address 192.0.2.1: reason" */
static bool
read_name(struct span text, struct mail_line *m)
{
    struct span rest = text, address;
    ptrdiff_t at;

    if (!span_take(&rest, SPAN("hostname ")) || !read_until(&rest, ' ', &m->name) ||
        (at = span_find(rest, SPAN(" address "))) < 0)
        return false;
    rest = span_from(rest, (size_t)at + 9);
    address = rest;
    at = span_find(rest, SPAN(": "));
    if (at >= 0)
        address.len = (size_t)at;
    m->address = address;
    read_as(m, MAIL_NAME_BAD, text);
    return true;
}

/* "non-SMTP command from name[address]: GET / HTTP/1.1", and smtpd's other words for who
 * does not wait for its turn. */
static bool
read_misuse(struct span text, struct mail_line *m)
{
    static const struct span early = SPAN_INIT("improper command pipelining after ");
    struct span rest = text;

    if (span_starts(text, early))
        return read_lost(text, early.len, m);
    if (!span_take(&rest, SPAN("non-SMTP command from ")) || !read_client(&rest, m))
        return false;
    read_as(m, MAIL_WARNING, text);
    return true;
}

bool
read_warning(struct span text, struct mail_line *m)
{
    struct span rest = text;

    if (span_take(&rest, SPAN("warning: "))) {
        if (!read_sasl(rest, m) && !read_name(rest, m) && !read_limit(rest, m) &&
            !read_misuse(rest, m))
            read_as(m, MAIL_WARNING, rest);
    } else if (span_take(&rest, SPAN("fatal: "))) {
        read_as(m, MAIL_FATAL, rest);
    } else if (span_take(&rest, SPAN("panic: "))) {
        read_as(m, MAIL_PANIC, rest);
    } else if (span_take(&rest, SPAN("error: "))) {
        read_as(m, MAIL_ERROR, rest);
    } else {
        return false;
    }
    return true;
}

/* --- daemons --- */

static bool
is_master(struct span daemon)
{
    return span_eq(daemon, SPAN("master")) || span_eq(daemon, SPAN("postfix-script")) ||
           span_eq(daemon, SPAN("postsuper")) || span_eq(daemon, SPAN("postlogd"));
}

/* "addr 192.0.2.1 listed by domain list.example as 127.0.0.2" */
static bool
read_dnsblog(struct span text, struct mail_line *m)
{
    struct span rest = text;

    if (!span_take(&rest, SPAN("addr ")) || !read_until(&rest, ' ', &m->address) ||
        !span_take(&rest, SPAN("listed by domain ")) ||
        !read_until(&rest, ' ', &m->subject))
        return false;
    read_as(m, MAIL_DNSBL, rest);
    return true;
}

/* What daemons say of themselves. */
static bool
is_housekeeping(struct span text)
{
    static const struct span heads[] = {
        SPAN_INIT("statistics: "),
        SPAN_INIT("setting up TLS connection "),
        SPAN_INIT("discarding EHLO "),
        SPAN_INIT("daemon started "),
        SPAN_INIT("table "),
        SPAN_INIT("initializing the "),
        SPAN_INIT("cache "),
        SPAN_INIT("close database "),
        SPAN_INIT("using backwards-"),
        SPAN_INIT("seed "),
        SPAN_INIT("scanned "),
        SPAN_INIT("Server certificate "),
        SPAN_INIT("read "),
    };

    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        if (span_starts(text, heads[i]))
            return true;
    }
    return false;
}

void
read_postfix(struct span message, struct mail_line *m)
{
    struct span rest = message;

    if (span_eq(m->daemon, SPAN("postscreen"))) {
        read_screen(message, m);
        return;
    }
    if (is_master(m->daemon) && !span_starts(message, SPAN("warning: ")) &&
        !span_starts(message, SPAN("fatal: "))) {
        read_as(m, MAIL_MASTER, message);
        return;
    }
    if (read_queue_id(&rest, m)) {
        if (read_message(rest, m) || read_action(rest, m) || read_session(rest, m) ||
            read_warning(rest, m))
            return;
    } else if (span_take(&rest, SPAN("NOQUEUE: "))) {
        if (read_action(rest, m) || read_session(rest, m))
            return;
    } else if (read_session(rest, m) || read_warning(rest, m) || read_dnsblog(rest, m)) {
        return;
    } else if (is_housekeeping(rest)) {
        read_as(m, MAIL_QUIET, message);
        return;
    }
    m->text = message;
}
