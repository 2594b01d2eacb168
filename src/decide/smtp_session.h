/* smtp_session: what the statistics that smtpd writes at the end of a session say of it.
 *
 *     ehlo=2 starttls=1 mail=1 rcpt=2/3 data=1 quit=1 commands=8/9
 *
 * Each command, how often it was taken, and behind a slash how often it was sent, where
 * some were refused. Postfix writes them since 3.0.
 */
#pragma once

#include "base/span.h"

enum smtp_session_kind {
    SMTP_SESSION_OTHER,        /* or no statistics */
    SMTP_SESSION_DELIVERED,    /* mail was taken */
    SMTP_SESSION_LOGIN_FAILED, /* AUTH, which never worked, and no mail */
    SMTP_SESSION_SILENT,       /* commands, but none of them leads anywhere, and no QUIT:
                                  neither AUTH nor MAIL nor STARTTLS */
    SMTP_SESSION_IN_VAIN,      /* recipients, and none of them was taken */
};

struct smtp_session {
    enum smtp_session_kind kind;
    bool has_login;      /* one that worked */
    uint32_t recipients; /* DELIVERED: for whom mail was taken; IN_VAIN: named; else 0 */
};

/* What the statistics say. Anything may stand in them. O(length). */
struct smtp_session smtp_session_of(struct span statistics);

enum { SMTP_SESSIONS_KNOWN = 64, SMTP_SESSIONS_TEXT_MAX = 88 };

/* Statistics that were read before: most sessions of a day have one of a few dozen texts.
 * A zeroed one knows none. */
struct smtp_sessions {
    struct smtp_session_known {
        char text[SMTP_SESSIONS_TEXT_MAX];
        uint32_t len;
        struct smtp_session session;
    } known[SMTP_SESSIONS_KNOWN];
};

/* The same as smtp_session_of(), quicker for what is known; the others may become known.
 */
struct smtp_session smtp_sessions_read(struct smtp_sessions *s, struct span statistics);
