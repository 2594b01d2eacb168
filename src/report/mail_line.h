/* mail_line: what one line of a mail server tells, read by hand, without expressions.
 *
 * A line of syslog names its program; that says which few shapes its message can have. So
 * it is told by the program, then by the words in front, and each shape is read from left
 * to right once. Nothing is decoded: names, addresses and texts are spans of the line, in
 * whatever bytes a client put there. Shapes of Postfix 2.3 to 3.11, Dovecot 2.3 and 2.4,
 * postgrey, policyd-spf, OpenDKIM, OpenDMARC, and what the guard itself writes.
 *
 * Postfix' program is NAME/DAEMON or NAME/SERVICE/DAEMON: NAME is "postfix" or what
 * syslog_name says ("postfix-mx"), SERVICE what master.cf does ("submissions").
 *
 * A client is `NAME[ADDRESS]`, `NAME[ADDRESS]:PORT` or `[ADDRESS]:PORT`; the name is as
 * Postfix wrote it, "unknown" or empty. Envelope addresses are without their <>; an empty
 * one is told from none by the pointer.
 */
#pragma once

#include "base/addr.h"
#include "line/line.h"

enum mail_kind {
#define X(name, text) MAIL_##name,
#include "report/mail_kind.def"
#undef X
    MAIL_KINDS
};

enum mail_status {
    MAIL_STATUS_OTHER,
    MAIL_SENT,
    MAIL_DEFERRED,
    MAIL_BOUNCED,
    MAIL_UNDELIVERABLE, /* of address verification, as is: */
    MAIL_DELIVERABLE,
};

/* delays=: before the queue manager, in it, connecting, sending; microseconds. */
enum { MAIL_DELAYS = 4 };

/* What is not told has ptr NULL, or is 0 or -1 as said. */
struct mail_line {
    enum mail_kind kind;
    struct span instance;  /* "postfix", "postfix-mx"; "dovecot" */
    struct span service;   /* "submission"; empty */
    struct span daemon;    /* "smtpd", "qmgr"; of Dovecot "imap-login", "auth" */
    struct span queue_id;  /* NULL for NOQUEUE */
    struct span other_id;  /* of a notice, or orig_queue_id */
    struct span name;      /* of the client, or of the relay */
    struct span address;   /* the same in text, without brackets and port */
    struct span sender;    /* from=<> */
    struct span recipient; /* to=<> */
    struct span orig_to;   /* orig_to=<> */
    struct span helo, proto;
    struct span account; /* sasl_username, Dovecot's user */
    struct span method;  /* of SASL or of Dovecot's login */
    struct span relay;   /* all of relay=, with address and port; "none", "local" */
    struct span stage;   /* "RCPT", "END-OF-MESSAGE", "DATA"; of lost: behind "after" */
    struct span subject; /* of a reject: what was refused ("<x@example.com>", a client);
                            of a list: its zone */
    struct span text;    /* reply, status in (), what stands behind "warning: " */
    struct span status;  /* the word behind status=, and as mail_kind.def says */
    struct span dsn;     /* "4.7.1" */
    enum mail_status outcome;       /* of a delivery */
    uint16_t code;                  /* SMTP reply, 0: none */
    bool is_milter;                 /* refused by a milter */
    int64_t size;                   /* bytes, -1 */
    int64_t nrcpt;                  /* -1 */
    int64_t delay_us;               /* -1 */
    int64_t delays_us[MAIL_DELAYS]; /* -1 */
};

/* The lines that "message repeated N times: [ TEXT]" stands for, and TEXT in `*message`;
 * 1 and nothing changed for others. N beyond 1,000,000 is that. */
uint32_t mail_line_repeated(struct span *message);

/* Reads what `l` tells. Any bytes are legal. Allocates nothing. O(length), most lines at
 * a fraction of it. `instances`: names of Postfix beside those that begin with "postfix",
 * NULL: none. */
void mail_line_read(const struct line *l, const char *const *instances,
                    struct mail_line *out);

/* "reject", "login", ... */
const char *mail_kind_name(enum mail_kind kind);
