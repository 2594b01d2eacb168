#include "report/mail_event.h"

#include "base/ascii.h"

enum { PROBED_FAILURES = 3 }; /* of a session, as the filter postfix-flood has it */

typedef bool event_fn(const struct mail_line *m, struct mail_event *e);

static bool
tell(struct mail_event *e, enum event_kind kind, enum mail_filter filter)
{
    e->kind = kind;
    e->filter = filter;
    return true;
}

static bool
fail(struct mail_event *e, enum event_kind kind, enum mail_filter filter)
{
    e->is_failure = true;
    return tell(e, kind, filter);
}

static bool
is_of(const struct mail_line *m, const char *daemon)
{
    return span_eq(m->daemon, span_of(daemon));
}

static bool
has_one_of(const struct span *words, size_t count, struct span text)
{
    for (size_t i = 0; i < count; i++)
        if (span_find(text, words[i]) >= 0)
            return true;
    return false;
}

/* --- logins --- */

/* Of Dovecot: mechanisms that were begun and not ended. */
static const struct span unfinished[] = {
    SPAN_INIT("tried to use unsupported auth mechanism"),
    SPAN_INIT("client didn't finish SASL auth"),
    SPAN_INIT("aborted authentication"),
    SPAN_INIT("auth aborted by client"),
    SPAN_INIT("sent invalid base64 in response"),
};

/* And passwords that were sent where they may not be. */
static const struct span disallowed[] = {
    SPAN_INIT("(tried to use disallowed "),
    SPAN_INIT("(tried to use disabled plaintext auth"),
    SPAN_INIT("(proxy dest authentication failure"),
};

/* No client for mail sends such things. */
static const struct span junk[] = {
    SPAN_INIT("wrong version number"),
    SPAN_INIT("http request"),
    SPAN_INIT("https proxy request"),
    SPAN_INIT("SSL23_GET_CLIENT_HELLO:unknown protocol"),
};

static bool
of_sasl(const struct mail_line *m, struct mail_event *e)
{
    if (span_eq(m->status, SPAN("aborted")))
        return false;
    if (!span_eq(m->account, SPAN("(unavailable)")))
        e->account = m->account;
    return fail(e, EVENT_AUTH_FAIL, MAIL_FILTER_SASL);
}

static bool
of_auth_failed(const struct mail_line *m, struct mail_event *e)
{
    ptrdiff_t at;

    if (!span_eq(m->instance, SPAN("dovecot")))
        return of_sasl(m, e);
    at = span_find(m->text, SPAN("(auth failed"));
    e->account = m->account;
    if (at >= 0)
        e->detail = span_from(m->text, (size_t)at + 1);
    return fail(e, EVENT_AUTH_FAIL, MAIL_FILTER_DOVECOT);
}

static bool
of_auth_trouble(const struct mail_line *m, struct mail_event *e)
{
    e->detail = m->text;
    return tell(e, EVENT_AUTH_ERROR, MAIL_FILTER_SASL);
}

/* A session that ended without a login: by itself it says nothing. */
static bool
of_login_aborted(const struct mail_line *m, struct mail_event *e)
{
    e->account = m->account;
    e->detail = m->text;
    if (has_one_of(disallowed, ARRAY_LEN(disallowed), m->text) ||
        (m->account.len && has_one_of(unfinished, ARRAY_LEN(unfinished), m->text)))
        return fail(e, EVENT_AUTH_FAIL, MAIL_FILTER_DOVECOT);
    if (m->account.len == 0 && (has_one_of(junk, ARRAY_LEN(junk), m->subject) ||
                                span_find(m->text, SPAN(": Too many invalid ")) >= 0))
        return tell(e, EVENT_PROBE, MAIL_FILTER_DOVECOT);
    return false;
}

static bool
of_password_wrong(const struct mail_line *m, struct mail_event *e)
{
    static const struct span denied[] = {SPAN_INIT("authentication failure"),
                                         SPAN_INIT("authentication error"),
                                         SPAN_INIT("permission denied")};
    struct span rest = m->text;

    e->account = m->account;
    if (!span_take(&rest, SPAN("pam_authenticate() failed: ")) ||
        span_starts_one_of(denied, ARRAY_LEN(denied), rest))
        return tell(e, EVENT_AUTH_FAIL, MAIL_FILTER_DOVECOT);
    return span_starts(rest, SPAN("User not known")) &&
           tell(e, EVENT_ACCOUNT_UNKNOWN, MAIL_FILTER_DOVECOT);
}

static bool
of_account_unknown(const struct mail_line *m, struct mail_event *e)
{
    e->account = m->account;
    return tell(e, EVENT_ACCOUNT_UNKNOWN, MAIL_FILTER_DOVECOT);
}

static bool
of_login(const struct mail_line *m, struct mail_event *e)
{
    e->account = m->account;
    return m->account.len && tell(e, EVENT_AUTH_OK, MAIL_FILTER_DOVECOT);
}

static bool
of_client(const struct mail_line *m, struct mail_event *e)
{
    e->account = m->account;
    return m->account.len && tell(e, EVENT_SUBMISSION, MAIL_FILTER_SASL);
}

/* --- refusals --- */

static bool
is_relay(const struct mail_line *m)
{
    return (m->code == 454 || m->code == 554) && m->dsn.len > 1 &&
           span_eq(span_from(m->dsn, 1), SPAN(".7.1")) &&
           (span_starts(m->text, SPAN("Relay access denied")) ||
            span_find(m->text, SPAN("rejected: Relay access denied")) >= 0);
}

/* "Service unavailable; Client host [192.0.2.1] blocked using list.example; text" */
struct span
mail_event_list(const struct mail_line *m)
{
    struct span rest;
    ptrdiff_t at;
    size_t n = 0;

    if (!span_starts(m->text, SPAN("Service unavailable; ")) ||
        (at = span_find(m->text, SPAN("blocked using "))) < 0)
        return (struct span){0};
    rest = span_from(m->text, (size_t)at + strlen("blocked using "));
    while (n < rest.len && rest.ptr[n] != ' ' && rest.ptr[n] != ';')
        n++;
    return span_head(rest, n);
}

/* What follows "Sender address rejected: " where the sender cannot be. */
static const struct span no_sender[] = {
    SPAN_INIT("Domain "),
    SPAN_INIT("need fully-qualified"),
    SPAN_INIT("User unknown"),
    SPAN_INIT("undeliverable address"),
};

static bool
of_smtpd_reject(const struct mail_line *m, struct mail_event *e)
{
    struct span rest = m->text;

    e->recipient = m->recipient;
    if (is_relay(m))
        return fail(e, EVENT_RELAY_DENIED, MAIL_FILTER_POSTFIX);
    e->detail = mail_event_list(m);
    if (e->detail.len)
        return fail(e, EVENT_LIST_HIT, MAIL_FILTER_POSTFIX);
    if (m->code < 500) /* for now: a greylist, or DNS that does not answer */
        return span_starts(rest, SPAN("bare <LF> received")) &&
               fail(e, EVENT_PROTOCOL_ERROR, MAIL_FILTER_POSTFIX);
    if (span_find(rest, SPAN("rejected: Improper use of SMTP")) >= 0)
        return fail(e, EVENT_PROTOCOL_ERROR, MAIL_FILTER_POSTFIX);
    if (span_take(&rest, SPAN("Recipient address rejected: ")))
        return span_starts(m->dsn, SPAN("5.1.")) &&
               (span_starts(rest, SPAN("User unknown")) ||
                span_starts(rest, SPAN("undeliverable address"))) &&
               fail(e, EVENT_USER_UNKNOWN, MAIL_FILTER_POSTFIX);
    e->detail = m->subject;
    if (span_starts(rest, SPAN("Helo command rejected: ")) ||
        (span_take(&rest, SPAN("Sender address rejected: ")) &&
         span_starts_one_of(no_sender, ARRAY_LEN(no_sender), rest)))
        return fail(e, EVENT_IDENTITY, MAIL_FILTER_POSTFIX);
    e->detail = m->text;
    if (span_take(&rest, SPAN("Client host rejected: ")))
        return fail(e,
                    span_starts(rest, SPAN("cannot find your ")) ? EVENT_IDENTITY
                                                                 : EVENT_REJECTED,
                    MAIL_FILTER_POSTFIX);
    return span_eq(m->dsn, SPAN("5.7.1")) && span_eq(m->text, SPAN("Command rejected")) &&
           fail(e, EVENT_REJECTED, MAIL_FILTER_POSTFIX);
}

static bool
of_reject(const struct mail_line *m, struct mail_event *e)
{
    if (is_of(m, "smtpd"))
        return of_smtpd_reject(m, e);
    /* What postscreen refuses it has told before. */
    return is_of(m, "postscreen") && span_eq(m->stage, SPAN("CONNECT")) &&
           span_eq(m->text, SPAN("too many connections")) &&
           fail(e, EVENT_FLOOD, MAIL_FILTER_SCREEN);
}

/* --- sessions --- */

static bool
of_pregreet(const struct mail_line *m UNUSED, struct mail_event *e)
{
    return fail(e, EVENT_PROTOCOL_ERROR, MAIL_FILTER_SCREEN);
}

static bool
of_screen_test(const struct mail_line *m, struct mail_event *e)
{
    enum event_kind kind = span_starts(m->status, SPAN("COMMAND TIME LIMIT"))
                               ? EVENT_FLOOD
                               : EVENT_PROTOCOL_ERROR;

    e->detail = m->status;
    return fail(e, kind, MAIL_FILTER_SCREEN);
}

static bool
of_screen_dnsbl(const struct mail_line *m, struct mail_event *e)
{
    e->detail = m->subject;
    return fail(e, EVENT_LIST_HIT, MAIL_FILTER_SCREEN);
}

static bool
of_screen_listed(const struct mail_line *m, struct mail_event *e)
{
    return (span_eq(m->status, SPAN("DENYLISTED")) ||
            span_eq(m->status, SPAN("BLACKLISTED"))) &&
           fail(e, EVENT_REJECTED, MAIL_FILTER_SCREEN);
}

static bool
of_screen_pass(const struct mail_line *m, struct mail_event *e)
{
    e->detail = m->status;
    return tell(e, EVENT_SESSION_END, MAIL_FILTER_SCREEN);
}

/* Stages at which nothing has been done yet that a bad line could have stopped. */
static const char *const early[] = {"CONNECT",  "EHLO", "HELO",
                                    "STARTTLS", "AUTH", "UNKNOWN"};

static bool
of_lost(const struct mail_line *m, struct mail_event *e)
{
    e->detail = m->stage;
    if (!is_of(m, "smtpd"))
        return false;
    if (span_starts(m->subject, SPAN("too many errors")) ||
        span_starts(m->subject, SPAN("improper command pipelining")))
        return fail(e, EVENT_PROTOCOL_ERROR, MAIL_FILTER_POSTFIX);
    return span_starts(m->subject, SPAN("timeout")) &&
           span_is_one_of(early, ARRAY_LEN(early), m->stage) &&
           fail(e, EVENT_FLOOD, MAIL_FILTER_FLOOD);
}

static bool
of_limit(const struct mail_line *m, struct mail_event *e)
{
    e->detail = m->subject;
    if (!span_eq(m->instance, SPAN("dovecot")))
        return fail(e, EVENT_FLOOD, MAIL_FILTER_FLOOD);
    e->account = m->account;
    return tell(e, EVENT_FLOOD, MAIL_FILTER_DOVECOT);
}

static bool
of_warning(const struct mail_line *m, struct mail_event *e)
{
    return m->address.len && span_starts(m->text, SPAN("non-SMTP command")) &&
           fail(e, EVENT_PROTOCOL_ERROR, MAIL_FILTER_POSTFIX);
}

static event_fn *const by_kind[MAIL_KINDS] = {
    [MAIL_AUTH_FAILED] = of_auth_failed,
    [MAIL_AUTH_TROUBLE] = of_auth_trouble,
    [MAIL_LOGIN_ABORTED] = of_login_aborted,
    [MAIL_PASSWORD_WRONG] = of_password_wrong,
    [MAIL_ACCOUNT_UNKNOWN] = of_account_unknown,
    [MAIL_LOGIN] = of_login,
    [MAIL_CLIENT] = of_client,
    [MAIL_REJECT] = of_reject,
    [MAIL_SCREEN_PREGREET] = of_pregreet,
    [MAIL_SCREEN_TEST] = of_screen_test,
    [MAIL_SCREEN_DNSBL] = of_screen_dnsbl,
    [MAIL_SCREEN_LISTED] = of_screen_listed,
    [MAIL_SCREEN_PASS] = of_screen_pass,
    [MAIL_LOST] = of_lost,
    [MAIL_LIMIT] = of_limit,
    [MAIL_WARNING] = of_warning,
};

/* Whether so many logins failed in a session that had none: "0/3". */
static bool
is_probed(struct span logins)
{
    size_t n = 0;

    if (!span_take(&logins, SPAN("0/")))
        return false;
    while (n < logins.len && ascii_is_digit(logins.ptr[n]))
        n++;
    return n > 1 || (n == 1 && logins.ptr[0] >= '0' + PROBED_FAILURES);
}

static size_t
of_disconnect(const struct mail_line *m, struct mail_event *found)
{
    if (is_of(m, "postscreen")) {
        found[0].detail = SPAN("DISCONNECT");
        return tell(&found[0], EVENT_SESSION_END, MAIL_FILTER_SCREEN);
    }
    found[0].detail = m->text;
    (void)tell(&found[0], EVENT_SESSION_END, MAIL_FILTER_POSTFIX); /* always one */
    if (!is_probed(m->status))
        return 1;
    found[1] = (struct mail_event){.detail = m->text};
    return 1 + fail(&found[1], EVENT_FLOOD, MAIL_FILTER_FLOOD);
}

bool
mail_event_has(enum mail_kind kind)
{
    return kind == MAIL_DISCONNECT || by_kind[kind];
}

size_t
mail_events(const struct mail_line *m, struct mail_event found[MAIL_EVENTS_MAX])
{
    if (m->kind == MAIL_DISCONNECT) {
        found[0] = (struct mail_event){0};
        return of_disconnect(m, found);
    }
    if (!by_kind[m->kind])
        return 0;
    found[0] = (struct mail_event){0};
    return by_kind[m->kind](m, &found[0]);
}

const char *
mail_filter_name(enum mail_filter filter)
{
    static const char *const names[MAIL_FILTERS] = {
        [MAIL_FILTER_SASL] = "postfix-sasl", [MAIL_FILTER_DOVECOT] = "dovecot",
        [MAIL_FILTER_POSTFIX] = "postfix",   [MAIL_FILTER_FLOOD] = "postfix-flood",
        [MAIL_FILTER_SCREEN] = "postscreen",
    };

    return names[filter];
}
