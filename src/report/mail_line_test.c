#include "unit.h"

#include "report/mail_line.h"

#define P "Nov 22 10:00:00 mx postfix/"
#define D "Nov 22 10:00:00 mx dovecot: "

/* A line, and all that is read from it. */
static const struct {
    const char *raw, *read;
} cases[] = {
    /* smtpd */
    {P "smtpd[12]: connect from mail.example.net[192.0.2.1]",
     "connect daemon=smtpd name=mail.example.net address=192.0.2.1"},
    {P "submission/smtpd[12]: connect from unknown[2001:db8::1]",
     "connect service=submission daemon=smtpd name=unknown address=2001:db8::1"},
    {"Nov 22 10:00:00 mx postfix-in/submissions/smtpd[12]: connect from unknown[unknown]",
     "connect service=submissions daemon=smtpd name=unknown address=unknown"},
    {P "smtpd[12]: disconnect from a.example[192.0.2.1] ehlo=1 quit=1 commands=2",
     "disconnect daemon=smtpd name=a.example address=192.0.2.1 "
     "text=ehlo=1 quit=1 commands=2"},
    {P "smtpd[12]: disconnect from a.example[192.0.2.1] ehlo=1 auth=0/2 commands=1/3",
     "disconnect daemon=smtpd name=a.example address=192.0.2.1 "
     "text=ehlo=1 auth=0/2 commands=1/3 status=0/2"},
    {P "smtpd[12]: 4F2D1A0B3C: client=a.example[192.0.2.1]",
     "client daemon=smtpd queue_id=4F2D1A0B3C name=a.example address=192.0.2.1"},
    {P "smtpd[12]: 4W1gVq2zY8z9Zr: client=a.example[192.0.2.1], sasl_method=PLAIN, "
       "sasl_username=joe x@example.com",
     "client daemon=smtpd queue_id=4W1gVq2zY8z9Zr name=a.example address=192.0.2.1 "
     "account=joe x@example.com method=PLAIN"},
    {P "smtpd[12]: 4F2D1A: client=a.example[192.0.2.1], a-key-of-sixteen=1, "
       "a_key_of_seventeen=2, {odd}=3, sasl_username=joe, sasl_method=P",
     "client daemon=smtpd queue_id=4F2D1A name=a.example address=192.0.2.1 account=joe "
     "method=P"},
    /* Ids of all lengths, and what looks like one. */
    {P "cleanup[9]: 4F2D1: message-id=<a@b>",
     "message_id daemon=cleanup queue_id=4F2D1 text=<a@b>"},
    {P "cleanup[9]: 4W1gVq2zY8z9Zr1: hold: x",
     "unknown daemon=cleanup queue_id=4W1gVq2zY8z9Zr1 text=hold: x"},
    {P "cleanup[9]: 4W1gVq2zY8z9Zr12: message-id=<a@b>",
     "message_id daemon=cleanup queue_id=4W1gVq2zY8z9Zr12 text=<a@b>"},
    {P "cleanup[9]: 4W1gVq2zY8z9Zr123456789B: message-id=<a@b>",
     "message_id daemon=cleanup queue_id=4W1gVq2zY8z9Zr123456789B text=<a@b>"},
    {P "cleanup[9]: 4W1gVq2zY8z9Zr123456789BC: message-id=<a@b>",
     "unknown daemon=cleanup text=4W1gVq2zY8z9Zr123456789BC: message-id=<a@b>"},
    {P "cleanup[9]: 4W1gVq2zY8z9Zr1234: removed",
     "removed daemon=cleanup queue_id=4W1gVq2zY8z9Zr1234"},
    {P "cleanup[9]: BCDFGHJKLMNPQRST: removed",
     "removed daemon=cleanup queue_id=BCDFGHJKLMNPQRST"},
    {P "cleanup[9]: AEVWXYZ: removed", "removed daemon=cleanup queue_id=AEVWXYZ"},
    {P "cleanup[9]: bcdfghjklmnpqrst: removed",
     "removed daemon=cleanup queue_id=bcdfghjklmnpqrst"},
    {P "cleanup[9]: 4F2DI: removed", "unknown daemon=cleanup text=4F2DI: removed"},
    {P "cleanup[9]: 4F2DO: removed", "unknown daemon=cleanup text=4F2DO: removed"},
    {P "cleanup[9]: 4F2DU: removed", "unknown daemon=cleanup text=4F2DU: removed"},
    {P "cleanup[9]: 4F2Da: removed", "unknown daemon=cleanup text=4F2Da: removed"},
    {P "cleanup[9]: 4F2De: removed", "unknown daemon=cleanup text=4F2De: removed"},
    {P "cleanup[9]: 4F2Di: removed", "unknown daemon=cleanup text=4F2Di: removed"},
    {P "cleanup[9]: 4F2Do: removed", "unknown daemon=cleanup text=4F2Do: removed"},
    {P "cleanup[9]: 4F2Du: removed", "unknown daemon=cleanup text=4F2Du: removed"},
    {P "cleanup[9]: 4F2D`: removed", "unknown daemon=cleanup text=4F2D`: removed"},
    {P "cleanup[9]: 4F2D@: removed", "unknown daemon=cleanup text=4F2D@: removed"},
    {P "cleanup[9]: 4F2D\xD1: removed", "unknown daemon=cleanup text=4F2D\xD1: removed"},
    {P "cleanup[9]: 4F2D1A", "unknown daemon=cleanup text=4F2D1A"},
    {P "cleanup[9]: 4F2D1A:", "unknown daemon=cleanup text=4F2D1A:"},
    {P "smtpd[12]: connect from a name[192.0.2.1]",
     "unknown daemon=smtpd text=connect from a name[192.0.2.1]"},
    {P "smtpd[12]: connect from "
       "a.name.of.more.bytes.than.one.look.example[2001:db8::1:2:3:4:5]",
     "connect daemon=smtpd name=a.name.of.more.bytes.than.one.look.example "
     "address=2001:db8::1:2:3:4:5"},
    {P "smtpd[12]: connect from a.example[192.0.2.1",
     "unknown daemon=smtpd text=connect from a.example[192.0.2.1"},
    {P "smtpd[12]: 4F2D1A: client=a.example[192.0.2.1], sasl_method=PLAIN, "
       "a-key-of-sixteen",
     "client daemon=smtpd queue_id=4F2D1A name=a.example address=192.0.2.1 method=PLAIN"},
    {P "smtpd[12]: NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 550 5.1.1 "
       "<x@example.com>: Recipient address rejected: User unknown; from=<s@example.net> "
       "to=<x@example.com> proto=ESMTP helo=<h.example>",
     "reject daemon=smtpd name=a.example address=192.0.2.1 sender=s@example.net "
     "recipient=x@example.com helo=h.example proto=ESMTP stage=RCPT "
     "subject=<x@example.com> text=Recipient address rejected: User unknown dsn=5.1.1 "
     "code=550"},
    {P "smtpd[12]: NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 Service "
       "unavailable; Client host [192.0.2.1] blocked using list.example; see https://x; "
       "from=<> to=<x@example.com> proto=SMTP helo=<h>",
     "reject daemon=smtpd name=a.example address=192.0.2.1 sender= "
     "recipient=x@example.com helo=h proto=SMTP stage=RCPT text=Service unavailable; "
     "Client host [192.0.2.1] blocked using list.example; see https://x dsn=5.7.1 "
     "code=554"},
    {P "smtpd[12]: NOQUEUE: reject: CONNECT from unknown[192.0.2.1]: 421 4.7.0 busy",
     "reject daemon=smtpd name=unknown address=192.0.2.1 stage=CONNECT text=busy "
     "dsn=4.7.0 code=421"},
    {P "smtpd[12]: NOQUEUE: reject_warning: HELO from unknown[192.0.2.1]: 504 5.5.2 <h>: "
       "Helo command rejected: need fully-qualified hostname; proto=SMTP helo=<h>",
     "reject_warning daemon=smtpd name=unknown address=192.0.2.1 stage=HELO subject=<h> "
     "text=Helo command rejected: need fully-qualified hostname; proto=SMTP helo=<h> "
     "dsn=5.5.2 code=504"},
    {P "cleanup[9]: 4F2D1A: milter-reject: END-OF-MESSAGE from a.example[192.0.2.1]: "
       "5.7.1 spam; from=<s@example.net> to=<x@example.com> proto=ESMTP helo=<h>",
     "reject daemon=cleanup queue_id=4F2D1A name=a.example address=192.0.2.1 "
     "sender=s@example.net recipient=x@example.com helo=h proto=ESMTP "
     "stage=END-OF-MESSAGE text=spam dsn=5.7.1 milter"},
    {P "cleanup[9]: 4F2D1A: reject: header Subject: buy; from=<x> from "
       "a.example[192.0.2.1]; from=<s@example.net> to=<x@example.com> proto=ESMTP "
       "helo=<h>: 5.7.1 no thanks",
     "reject daemon=cleanup queue_id=4F2D1A name=a.example address=192.0.2.1 "
     "sender=s@example.net recipient=x@example.com helo=h proto=ESMTP stage=header "
     "subject=Subject: buy; from=<x> text=no thanks dsn=5.7.1"},
    {P "smtpd[12]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: bad, "
       "sasl_username=joe, x",
     "auth_failed daemon=smtpd name=unknown address=192.0.2.1 account=joe method=LOGIN "
     "text=bad status=failed"},
    {P "smtpd[12]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: "
       "Connection lost to authentication server",
     "auth_trouble daemon=smtpd name=unknown address=192.0.2.1 method=LOGIN "
     "text=Connection lost to authentication server status=failed"},
    {P "smtpd[12]: warning: hostname a.example does not resolve to address 192.0.2.1: "
       "Name or service not known",
     "name_bad daemon=smtpd name=a.example address=192.0.2.1 text=hostname a.example "
     "does not resolve to address 192.0.2.1: Name or service not known"},
    {P "smtpd[12]: warning: Connection rate limit exceeded: 31 from "
       "a.example[192.0.2.1] for service smtp",
     "limit daemon=smtpd name=a.example address=192.0.2.1 subject=Connection rate "
     "text=Connection rate limit exceeded: 31 from a.example[192.0.2.1] for service "
     "smtp"},
    {P "smtpd[12]: lost connection after DATA (0 bytes) from a.example[192.0.2.1]",
     "lost daemon=smtpd name=a.example address=192.0.2.1 stage=DATA (0 bytes) "
     "subject=lost connection"},
    {P "smtpd[12]: Anonymous TLS connection established from a.example[192.0.2.1]: "
       "TLSv1.3 with cipher X (256/256 bits)",
     "tls daemon=smtpd name=a.example address=192.0.2.1 stage=from text=TLSv1.3 with "
     "cipher X (256/256 bits) status=Anonymous"},
    {P "smtps/smtpd[1]: SSL_accept error from unknown[192.0.2.1]: -1",
     "tls_failed service=smtps daemon=smtpd name=unknown address=192.0.2.1 text=-1"},
    /* a message */
    {P "cleanup[1]: 4F2D1A: message-id=<a@b>",
     "message_id daemon=cleanup queue_id=4F2D1A text=<a@b>"},
    {P "qmgr[1]: 4F2D1A: from=<\"a> b\"@example.net>, size=247, nrcpt=2 (queue active)",
     "queued daemon=qmgr queue_id=4F2D1A sender=\"a> b\"@example.net size=247 nrcpt=2"},
    {P "qmgr[1]: 4F2D1A: from=<s@example.net>, status=expired, returned to sender",
     "expired daemon=qmgr queue_id=4F2D1A sender=s@example.net text=returned to sender "
     "status=expired"},
    {P "qmgr[1]: 4F2D1A: removed", "removed daemon=qmgr queue_id=4F2D1A"},
    {P
     "smtp[1]: 4F2D1A: to=<x@example.com>, orig_to=<x>, relay=mx.example[192.0.2.9]:25, "
     "conn_use=2, delay=1.5, delays=1.1/0.01/0/0.4, dsn=2.0.0, status=sent (250 2.0.0 "
     "Ok: queued as (1))",
     "delivery daemon=smtp queue_id=4F2D1A name=mx.example address=192.0.2.9 "
     "recipient=x@example.com orig_to=x relay=mx.example[192.0.2.9]:25 text=250 2.0.0 "
     "Ok: queued as (1) status=sent dsn=2.0.0 outcome=1 delay=1500000 "
     "delays=1100000/10000/0/400000"},
    {P "error[1]: 4F2D1A: to=<x@example.com>, relay=none, delay=12, delays=12/0/0/0, "
       "dsn=4.4.1, status=deferred (connect to a[192.0.2.9]:25: timed out)",
     "delivery daemon=error queue_id=4F2D1A name=none recipient=x@example.com "
     "relay=none text=connect to a[192.0.2.9]:25: timed out status=deferred dsn=4.4.1 "
     "outcome=2 delay=12000000 delays=12000000/0/0/0"},
    {P "smtp[1]: connect to mx.example[192.0.2.9]:25: Connection refused",
     "remote daemon=smtp name=mx.example address=192.0.2.9 text=Connection refused"},
    {P "smtp[1]: 4F2D1A: host mx.example[192.0.2.9] said: 451 4.7.1 later (in reply to "
       "RCPT TO command)",
     "remote daemon=smtp queue_id=4F2D1A name=mx.example address=192.0.2.9 text=said: "
     "451 4.7.1 later (in reply to RCPT TO command)"},
    {P "bounce[1]: 4F2D1A: sender non-delivery notification: 5B9B9A",
     "notice daemon=bounce queue_id=4F2D1A other_id=5B9B9A text=sender non-delivery "
     "notification"},
    {P "pickup[1]: 4F2D1A: uid=0 from=<root>",
     "pickup daemon=pickup queue_id=4F2D1A sender=root"},
    /* other daemons, and what is nothing */
    {P "qmgr[1]: warning: mail for x is using up 9 of 9 active queue entries",
     "warning daemon=qmgr text=mail for x is using up 9 of 9 active queue entries"},
    {P "smtpd[1]: fatal: no such file", "fatal daemon=smtpd text=no such file"},
    {P "master[1]: daemon started -- version 3.7.11, configuration /etc/postfix",
     "master daemon=master text=daemon started -- version 3.7.11, configuration "
     "/etc/postfix"},
    {P "dnsblog[1]: addr 192.0.2.1 listed by domain list.example as 127.0.0.2",
     "dnsbl daemon=dnsblog address=192.0.2.1 subject=list.example text=as 127.0.0.2"},
    {P "smtpd[1]: something else: a", "unknown daemon=smtpd text=something else: a"},
    {P "smtpd[1]: 4F2D1A: something", "unknown daemon=smtpd queue_id=4F2D1A text=4F2D1A: "
                                      "something"},
    {P "smtpd[1]: NOQUEUE: reject: RCPT to nobody",
     "unknown daemon=smtpd stage=RCPT text=reject: RCPT to nobody"},
    {"Nov 22 10:00:00 mx sshd[1]: Invalid user", "foreign daemon=sshd"},
    {"", "foreign"},
    /* postscreen */
    {P "postscreen[1]: CONNECT from [192.0.2.1]:5828 to [192.0.2.25]:25",
     "connect daemon=postscreen name= address=192.0.2.1 subject= text=to "
     "[192.0.2.25]:25 status=CONNECT"},
    {P "postscreen[1]: PREGREET 14 after 0.1 from [192.0.2.1]:2: EHLO x\\r\\n",
     "screen_pregreet daemon=postscreen name= address=192.0.2.1 subject=14 after 0.1 "
     "text=EHLO x\\r\\n status=PREGREET"},
    {P "postscreen[1]: DNSBL rank 5 for [192.0.2.1]:2",
     "screen_dnsbl daemon=postscreen name= address=192.0.2.1 subject=5 status=DNSBL "
     "rank"},
    {P "postscreen[1]: BARE NEWLINE from [192.0.2.1]:2 after HELO",
     "screen_test daemon=postscreen name= address=192.0.2.1 subject= text=after HELO "
     "status=BARE NEWLINE"},
    {P "postscreen[1]: NOQUEUE: reject: RCPT from [192.0.2.1]:2: 550 5.7.1 Service "
       "unavailable; client [192.0.2.1] blocked using l.example; from=<s@example.net>, "
       "to=<x@example.com>, proto=ESMTP, helo=<h>",
     "reject daemon=postscreen name= address=192.0.2.1 sender=s@example.net "
     "recipient=x@example.com helo=h proto=ESMTP stage=RCPT text=Service unavailable; "
     "client [192.0.2.1] blocked using l.example dsn=5.7.1 code=550"},
    /* Dovecot */
    {D "imap-login: Info: Login: user=<joe>, method=PLAIN, rip=192.0.2.1",
     "login daemon=imap-login address=192.0.2.1 account=joe method=PLAIN"},
    {D "imap-login: Warning: Login: user=<joe>, method=PLAIN, rip=192.0.2.1",
     "login daemon=imap-login address=192.0.2.1 account=joe method=PLAIN"},
    {D "imap-login: Error: Login: user=<joe>, method=PLAIN, rip=192.0.2.1",
     "login daemon=imap-login address=192.0.2.1 account=joe method=PLAIN"},
    {D "imap-login: Fatal: Login: user=<joe>, method=PLAIN, rip=192.0.2.1",
     "login daemon=imap-login address=192.0.2.1 account=joe method=PLAIN"},
    {D "imap-login: Panic: Login: user=<joe>, method=PLAIN, rip=192.0.2.1",
     "login daemon=imap-login address=192.0.2.1 account=joe method=PLAIN"},
    {D "imap-login: Debug: Login: user=<joe>, method=PLAIN, rip=192.0.2.1",
     "login daemon=imap-login address=192.0.2.1 account=joe method=PLAIN"},
    {D "imap-login: Information: Login: user=<joe>",
     "login_aborted daemon=imap-login account=joe text=Information: Login"},
    {D ": Login: user=<joe>", "unknown daemon=dovecot text=: Login: user=<joe>"},
    {D "lmtp(a:b(7)c): Connect from local",
     "quiet daemon=lmtp account=a:b(7 text=Connect from local"},
    {D "a:b(joe): Connect from local",
     "quiet daemon=a:b account=joe text=Connect from local"},
    {D "imap-login: Login: user=<a@example.com>, method=PLAIN, rip=192.0.2.1, "
       "lip=192.0.2.25, mpid=1, TLS, session=<x>",
     "login daemon=imap-login address=192.0.2.1 proto=TLS account=a@example.com "
     "method=PLAIN"},
    {"Nov 22 10:00:00 imap-login: Info: Logged in: user=<a>, rip=192.0.2.1",
     "login daemon=imap-login address=192.0.2.1 account=a"},
    {D "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): "
       "user=<a>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.25, TLS, session=<x>",
     "auth_failed daemon=imap-login address=192.0.2.1 account=a method=PLAIN "
     "text=Disconnected: Connection closed (auth failed, 1 attempts in 2 secs)"},
    {D "pop3-login: Aborted login (no auth attempts in 2 secs): user=<>, rip=192.0.2.1, "
       "lip=192.0.2.25, TLS handshaking: SSL_accept() failed, session=<x>",
     "login_aborted daemon=pop3-login address=192.0.2.1 account= subject=SSL_accept() "
     "failed, session=<x> text=Aborted login (no "
     "auth attempts in 2 secs)"},
    {D "auth-worker(31): conn unix:auth-worker (pid=1,uid=97): auth-worker<2>: "
       "sql(a,b@example.org,192.0.2.1,<s>): unknown user",
     "account_unknown daemon=auth-worker address=192.0.2.1 account=a,b@example.org "
     "text=unknown user"},
    {D
     "auth: passwd-file(a@example.org,192.0.2.1): Password mismatch (given password: x)",
     "password_wrong daemon=auth address=192.0.2.1 account=a@example.org text=Password "
     "mismatch (given password: x)"},
    {D "auth(a@example.org,192.0.2.1,sasl:login)<x>: ldap: Password mismatch",
     "password_wrong daemon=auth address=192.0.2.1 account=a@example.org text=Password "
     "mismatch"},
    {D "lmtp(a@example.org)<1><s>: msgid=<m@x>: saved mail to INBOX",
     "saved daemon=lmtp account=a@example.org text=msgid=<m@x>: saved mail to INBOX"},
    {D "imap(a)<1><s>: Logged out in=1 out=2", "mailbox_end daemon=imap account=a "
                                               "text=Logged out in=1 out=2"},
    /* policy services and the guard */
    {"Nov 22 10:00:00 mx postgrey[1]: action=greylist, reason=new, "
     "client_name=a.example, "
     "client_address=192.0.2.1, sender=\"a b\"@example.net, recipient=x@example.com",
     "greylist daemon=postgrey name=a.example address=192.0.2.1 sender=\"a "
     "b\"@example.net "
     "recipient=x@example.com stage=new text=action=greylist, reason=new, "
     "client_name=a.example, client_address=192.0.2.1, sender=\"a b\"@example.net, "
     "recipient=x@example.com status=greylist"},
    {"Nov 22 10:00:00 mx policyd-spf[1]: prepend Received-SPF: Softfail (mailfrom) "
     "identity=mailfrom; client-ip=192.0.2.1; helo=h; envelope-from=s@example.net; "
     "receiver=x@example.com",
     "spf daemon=policyd-spf address=192.0.2.1 sender=s@example.net "
     "recipient=x@example.com helo=h status=Softfail"},
    {"Nov 22 10:00:00 mx opendkim[1]: 4F2D1A: DKIM-Signature field added (s=m, "
     "d=example.com)",
     "dkim daemon=opendkim queue_id=4F2D1A subject=example.com text=DKIM-Signature field "
     "added (s=m, d=example.com) status=signed"},
    {"Nov 22 10:00:00 mx opendmarc[1]: 4F2D1A: example.net fail",
     "dmarc daemon=opendmarc queue_id=4F2D1A subject=example.net text=example.net fail "
     "status=fail"},
    {"Nov 22 10:00:00 mx komainu-judge[1]: ban address=192.0.2.1 jail=postfix until=x",
     "ban daemon=komainu-judge address=192.0.2.1 subject=postfix text=ban "
     "address=192.0.2.1 jail=postfix until=x status=ban"},
    {"Nov 22 10:00:00 mx komainu-gate[1]: gate-refused at=RCPT action=554 "
     "by=\"spf \\\" client=\" answer=\"no client=9\" client=\"192.0.2.1\"",
     "gate_refused daemon=komainu-gate address=192.0.2.1 stage=RCPT subject=spf \\\" "
     "client= text=gate-refused at=RCPT action=554 by=\"spf \\\" client=\" answer=\"no "
     "client=9\" client=\"192.0.2.1\" status=gate-refused"},
    {"2026-11-22 10:00:00,123 fail2ban.actions        [1]: NOTICE  [sshd] Ban 192.0.2.1",
     "ban daemon=fail2ban.actions address=192.0.2.1 subject=sshd text=Ban 192.0.2.1"},
};

static void
add(struct buf *b, const char *name, struct span value)
{
    if (value.ptr)
        buf_printf(b, " %s=%.*s", name, SPAN_FMT(value));
}

static void
render(struct buf *b, const struct mail_line *m)
{
    buf_add_text(b, mail_kind_name(m->kind));
    add(b, "service", m->service);
    if (m->daemon.len)
        add(b, "daemon", m->daemon);
    add(b, "queue_id", m->queue_id);
    add(b, "other_id", m->other_id);
    add(b, "name", m->name);
    add(b, "address", m->address);
    add(b, "sender", m->sender);
    add(b, "recipient", m->recipient);
    add(b, "orig_to", m->orig_to);
    add(b, "helo", m->helo);
    add(b, "proto", m->proto);
    add(b, "account", m->account);
    add(b, "method", m->method);
    add(b, "relay", m->relay);
    add(b, "stage", m->stage);
    add(b, "subject", m->subject);
    if (m->text.len)
        add(b, "text", m->text);
    add(b, "status", m->status);
    add(b, "dsn", m->dsn);
    if (m->outcome)
        buf_printf(b, " outcome=%d", m->outcome);
    if (m->code)
        buf_printf(b, " code=%u", m->code);
    if (m->is_milter)
        buf_add_text(b, " milter");
    if (m->size >= 0)
        buf_printf(b, " size=%lld", (long long)m->size);
    if (m->nrcpt >= 0)
        buf_printf(b, " nrcpt=%lld", (long long)m->nrcpt);
    if (m->delay_us >= 0)
        buf_printf(b, " delay=%lld delays=%lld/%lld/%lld/%lld", (long long)m->delay_us,
                   (long long)m->delays_us[0], (long long)m->delays_us[1],
                   (long long)m->delays_us[2], (long long)m->delays_us[3]);
}

static void
test_lines(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf text = {0};
        struct mail_line m;
        struct line l;

        line_split(span_of(cases[i].raw), &l);
        mail_line_read(&l, NULL, &m);
        render(&text, &m);
        assert_string_equal(text.ptr, cases[i].read);
        buf_fini(&text);
    }
}

static void
test_instances(void **state UNUSED)
{
    static const char *const own[] = {"outgoing", NULL};
    struct mail_line m;
    struct line l;

    line_split(SPAN("Nov 22 10:00:00 mx outgoing/qmgr[1]: 4F2D1A: removed"), &l);
    mail_line_read(&l, NULL, &m);
    assert_int_equal(m.kind, MAIL_FOREIGN);
    mail_line_read(&l, own, &m);
    assert_int_equal(m.kind, MAIL_REMOVED);
    assert_span(m.instance, "outgoing");
}

static void
test_repeated(void **state UNUSED)
{
    struct span text = SPAN("message repeated 3 times: [ connect from a[192.0.2.1]]");

    assert_int_equal(mail_line_repeated(&text), 3);
    assert_span(text, "connect from a[192.0.2.1]");
    assert_int_equal(mail_line_repeated(&text), 1);
    text = SPAN("message repeated 99999999999 times: [x]");
    assert_int_equal(mail_line_repeated(&text), 1000000);
    text = SPAN("message repeated -1 times: [x]");
    assert_int_equal(mail_line_repeated(&text), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_lines), TEST(test_instances),
                                       TEST(test_repeated)};

    return RUN(tests);
}
