/* mail_dovecot: the lines of Dovecot's processes. Part of mail_line. */
#include "report/mail_read.h"

/* Takes "imap-login: ", "lmtp(51804): ", "imap(user)<pid><session>: " off the front; what
 * is in the first parentheses goes to `*user`. */
static bool
take_process(struct span *rest, struct mail_line *m, struct span *user)
{
    ptrdiff_t end = span_find(*rest, SPAN(": "));
    struct span head, inner;

    if (end <= 0)
        return false;
    head = span_head(*rest, (size_t)end);
    *rest = span_from(*rest, (size_t)end + 2);
    m->daemon = head;
    *user = (struct span){0};
    if (read_until(&head, '(', &m->daemon) && read_until(&head, ')', &inner))
        *user = inner;
    return true;
}

static void
drop_level(struct span *rest)
{
    static const struct span levels[] = {
        SPAN_INIT("Info: "),  SPAN_INIT("Warning: "), SPAN_INIT("Error: "),
        SPAN_INIT("Fatal: "), SPAN_INIT("Panic: "),   SPAN_INIT("Debug: "),
    };

    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (span_take(rest, levels[i]))
            return;
    }
}

/* --- imap-login and its like --- */

/* "TLS handshaking: SSL_accept() failed: ..." behind the address: why there is no TLS. */
static struct span
handshake(struct span pairs)
{
    ptrdiff_t at = span_find(pairs, SPAN(", TLS handshaking: "));

    return at < 0 ? (struct span){0} : span_from(pairs, (size_t)at + 19);
}

static void
read_login_end(struct span rest, struct span pairs, struct mail_line *m)
{
    (void)read_pairs(pairs, false, m);
    m->text = rest;
    m->subject = handshake(pairs);
    if (span_find(rest, SPAN("(auth failed")) >= 0 ||
        span_find(rest, SPAN("(auth_failed)")) >= 0)
        m->kind = MAIL_AUTH_FAILED;
    else if (span_find(rest, SPAN("Maximum number of connections")) >= 0)
        m->kind = MAIL_LIMIT;
    else
        m->kind = MAIL_LOGIN_ABORTED;
}

/* Behind the address nothing is a client's words: "lip=..., mpid=7, TLS, session=<x>". */
static void
read_login_tls(struct span rest, struct mail_line *m)
{
    struct span behind;

    if (!m->address.len)
        return;
    behind = span_between(m->address.ptr + m->address.len, rest.ptr + rest.len);
    if (span_find(behind, SPAN(", TLS")) >= 0)
        m->proto = SPAN("TLS");
    else if (span_find(behind, SPAN(", secured")) >= 0)
        m->proto = SPAN("secured");
}

static bool
read_login(struct span rest, struct mail_line *m)
{
    ptrdiff_t at;

    if (span_take(&rest, SPAN("Login: ")) || span_take(&rest, SPAN("Logged in: "))) {
        read_as(m, MAIL_LOGIN, (struct span){0});
        (void)read_pairs(rest, false, m);
        read_login_tls(rest, m);
        return true;
    }
    at = span_find(rest, SPAN("user=<"));
    if (at < 0)
        at = span_find(rest, SPAN("rip="));
    if (at < 2)
        return false;
    read_login_end(span_head(rest, (size_t)at - 2), span_from(rest, (size_t)at), m);
    return true;
}

/* --- auth and auth-worker --- */

static const struct verdict_words {
    struct span words;
    enum mail_kind kind;
} verdicts[] = {
    {SPAN_INIT("unknown user"), MAIL_ACCOUNT_UNKNOWN},
    {SPAN_INIT("Password mismatch"), MAIL_PASSWORD_WRONG},
    {SPAN_INIT("password mismatch"), MAIL_PASSWORD_WRONG},
    {SPAN_INIT("pam_authenticate() failed: "), MAIL_PASSWORD_WRONG},
};

/* "user,192.0.2.1", "user,192.0.2.1,<session>", "user,192.0.2.1,sasl:login": a user may
 * have commas. */
static void
read_who(struct span who, struct mail_line *m)
{
    ptrdiff_t comma = span_find_last(who, ',');
    struct span last = span_from(who, (size_t)(comma + 1));

    if (comma > 0 && (span_starts(last, SPAN("<")) || span_starts(last, SPAN("sasl:")))) {
        who.len = (size_t)comma;
        comma = span_find_last(who, ',');
    }
    m->account = who;
    if (comma < 0)
        return;
    m->account.len = (size_t)comma;
    m->address = span_from(who, (size_t)comma + 1);
}

/* What stands behind the last ": " of `head`. */
static struct span
last_part(struct span head)
{
    ptrdiff_t at;

    while ((at = span_find(head, SPAN(": "))) >= 0)
        head = span_from(head, (size_t)at + 2);
    return head;
}

/* "driver(user,192.0.2.1): unknown user", of 2.4 "driver: unknown user" with `user`
 * behind the name of the process. The driver's name has no parenthesis. */
static bool
read_auth(struct span rest, struct span user, struct mail_line *m)
{
    for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
        ptrdiff_t at = span_find(rest, verdicts[i].words), from;
        struct span driver;

        if (at < 2 || rest.ptr[at - 2] != ':')
            continue;
        driver = last_part(span_head(rest, (size_t)at - 2));
        from = span_find_byte(driver, '(');
        if (from >= 0 && span_ends(driver, SPAN(")")))
            user = span_between(driver.ptr + from + 1, driver.ptr + driver.len - 1);
        if (!user.ptr)
            return false;
        read_who(user, m);
        read_as(m, verdicts[i].kind, span_from(rest, (size_t)at));
        return true;
    }
    return false;
}

/* --- processes of a mailbox --- */

/* What a line tells: the first of these that it has. */
static const struct {
    struct span words;
    bool is_beginning; /* it begins with them, else they may be anywhere */
    enum mail_kind kind;
} of_mailbox[] = {
    {SPAN_INIT("Connect from"), true, MAIL_QUIET},
    {SPAN_INIT("Disconnect from"), true, MAIL_QUIET},
    {SPAN_INIT("Logged out"), true, MAIL_MAILBOX_END},
    {SPAN_INIT("Disconnected"), true, MAIL_MAILBOX_END},
    {SPAN_INIT(": saved mail to "), false, MAIL_SAVED},
    {SPAN_INIT(": stored mail into mailbox "), false, MAIL_SAVED},
    {SPAN_INIT(" in="), false, MAIL_MAILBOX_END},
};

static bool
read_mailbox(struct span rest, struct span user, struct mail_line *m)
{
    for (size_t i = 0; i < ARRAY_LEN(of_mailbox); i++) {
        if (of_mailbox[i].is_beginning ? !span_starts(rest, of_mailbox[i].words)
                                       : span_find(rest, of_mailbox[i].words) < 0)
            continue;
        m->kind = of_mailbox[i].kind;
        m->account = user;
        m->text = rest;
        return true;
    }
    return false;
}

static bool
is_login_process(struct span daemon)
{
    return span_ends(daemon, SPAN("-login"));
}

void
read_dovecot(struct span message, struct mail_line *m)
{
    struct span rest = message, user;
    bool is_known;

    m->text = message;
    if (!take_process(&rest, m, &user))
        return;
    drop_level(&rest);
    if (is_login_process(m->daemon))
        is_known = read_login(rest, m);
    else if (span_starts(m->daemon, SPAN("auth")))
        is_known = read_auth(rest, user, m);
    else if (span_eq(m->daemon, SPAN("master")) || span_eq(m->daemon, SPAN("config")))
        is_known = (read_as(m, MAIL_MASTER, rest), true);
    else
        is_known = read_mailbox(rest, user, m);
    if (!is_known)
        m->text = message;
}
