#!/usr/bin/python3
"""Writes a mixed mail log of N lines for benchmarks: the same N and seed, the same bytes.

About 8 % of the lines are failed logins (SASL and sshd); the rest is what a mail server
says all day. Addresses are of ranges set aside for documentation and benchmarks.

    bench/loggen.py N FILE [SEED]

write_kind() writes long logs of one of three kinds, ten million lines in some seconds:
`quiet`, of which no filter wants anything, `mixed`, and `attack`, each line a failure.
"""
import itertools
import random
import sys
import time

QUIET = (
    "postfix/smtpd[{p}]: connect from mail{n}.example.net[{c}]",
    "postfix/smtpd[{p}]: {q}: client=mail{n}.example.net[{c}]",
    "postfix/cleanup[{p}]: {q}: message-id=<{n}.{p}@mail{n}.example.net>",
    "postfix/qmgr[811]: {q}: from=<user{n}@example.net>, size={n}311, nrcpt=1 (queue active)",
    "postfix/lmtp[{p}]: {q}: to=<anna@example.com>, relay=mx1[private/dovecot-lmtp], delay=0.31, "
    "delays=0.2/0/0.01/0.1, dsn=2.0.0, status=sent (250 2.0.0 <anna@example.com> {q} Saved)",
    "postfix/qmgr[811]: {q}: removed",
    "postfix/smtpd[{p}]: disconnect from mail{n}.example.net[{c}] ehlo=2 starttls=1 mail=1 rcpt=1 "
    "data=1 quit=1 commands=7",
    "postfix/anvil[{p}]: statistics: max connection rate 2/60s for (smtp:{c}) at Nov 22 01:02:03",
    "dovecot: imap-login: Login: user=<user{n}@example.com>, method=PLAIN, rip={c}, "
    "lip=198.51.100.1, mpid={p}, TLS, session=<{q}>",
    "dovecot: imap(user{n}@example.com)<{p}><{q}>: Disconnected: Logged out in=412 out=9{n} "
    "deleted=0 expunged=0 trashed=0 hdr_count=1 hdr_bytes=311 body_count=0 body_bytes=0",
    "CRON[{p}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
)
FAILURES = (
    "postfix/submission/smtpd[{p}]: warning: unknown[{a}]: SASL LOGIN authentication failed: "
    "UGFzc3dvcmQ6, sasl_username=user{n}",
    "sshd[{p}]: Failed password for invalid user user{n} from {a} port 4{n} ssh2",
)
FAILING = 0.08
IDLE = (
    "postfix/cleanup[{p}]: {q}: message-id=<{n}.{p}@mail{n}.example.net>",
    "postfix/qmgr[811]: {q}: from=<user{n}@example.net>, size={n}311, nrcpt=1 (queue active)",
    "postfix/lmtp[{p}]: {q}: to=<anna@example.com>, relay=mx1[private/dovecot-lmtp], delay=0.31, "
    "delays=0.2/0/0.01/0.1, dsn=2.0.0, status=sent (250 2.0.0 <anna@example.com> {q} Saved)",
    "postfix/qmgr[811]: {q}: removed",
    "postfix/smtp[{p}]: {q}: to=<user{n}@example.net>, relay=mail{n}.example.net[{c}]:25, delay=1.2, "
    "delays=0.1/0/0.8/0.3, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {q})",
    "postfix/scache[{p}]: statistics: start interval Nov 22 01:02:03",
    "dovecot: lmtp(anna@example.com)<{p}><{q}>: msgid=<{n}.{p}@mail{n}.example.net>: saved mail "
    "to INBOX",
    "CRON[{p}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
    "systemd[1]: Started session-{n}.scope - Session {n} of user root.",
)
ATTACKS = FAILURES + (
    "dovecot: imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): "
    "user=<user{n}@example.com>, method=PLAIN, rip={a}, lip=198.51.100.1, TLS, session=<{q}>",
    "postfix/smtpd[{p}]: NOQUEUE: reject: RCPT from unknown[{a}]: 454 4.7.1 <user{n}@example.net>: "
    "Relay access denied; from=<x@example.org> to=<user{n}@example.net> proto=ESMTP helo=<h{n}>",
    "postfix/smtpd[{p}]: NOQUEUE: reject: RCPT from unknown[{a}]: 550 5.1.1 <user{n}@example.com>: "
    "Recipient address rejected: User unknown in virtual mailbox table; from=<x@example.org> "
    "to=<user{n}@example.com> proto=ESMTP helo=<h{n}>",
)
POOL = 200_000  # different texts of a long log; behind them they come again, at other times


def lines(count, seed=1, end=1795312800):
    """Yields `count` lines, the last of them at about `end`; 25 lines a second."""
    choose = random.Random(seed)
    attackers = [f"198.18.{i // 250}.{i % 250 + 1}" for i in range(1000)]
    peers = [f"198.19.{i // 250}.{i % 250 + 1}" for i in range(4000)]
    stamp, second = "", 0
    for i in range(count):
        if i % 25 == 0:
            second = end - (count - i) // 25
            stamp = time.strftime("%b %e %H:%M:%S mx1 ", time.gmtime(second))
        number = choose.randrange(1000)
        if choose.random() < FAILING:
            # A few attackers at a time, so that they reach limits within their windows.
            busy = (i // 5000 + choose.randrange(20)) % len(attackers)
            text = FAILURES[number & 1].format(p=1000 + number, n=number, a=attackers[busy])
        else:
            text = QUIET[i % len(QUIET)].format(
                p=1000 + number, n=number, c=peers[i % 4000], q=f"4F{i % 0xFFFFF:05X}Z"
            )
        yield f"{stamp}{text}\n"


def pool(kind, choose):
    """The texts of a long log, without their dates."""
    attackers = [f"198.18.{i // 250}.{i % 250 + 1}" for i in range(1000)]
    peers = [f"198.19.{i // 250}.{i % 250 + 1}" for i in range(4000)]
    texts = []
    for i in range(POOL):
        number = choose.randrange(1000)
        form = IDLE[i % len(IDLE)]
        if kind == "attack" or (kind == "mixed" and choose.random() < FAILING):
            form = choose.choice(ATTACKS)
        elif kind == "mixed":
            form = QUIET[i % len(QUIET)]
        busy = (i // 5000 + choose.randrange(20)) % len(attackers)
        texts.append(
            form.format(
                p=1000 + number, n=number, c=peers[i % 4000], a=attackers[busy], q=f"4F{i:05X}Z"
            )
            + "\n"
        )
    return texts


def write_kind(path, kind, count, seed=1, end=1795312800):
    """Writes a long log of a kind: 25 lines a second, the last at about `end`."""
    texts = itertools.cycle(pool(kind, random.Random(seed)))
    with open(path, "w", encoding="ascii", buffering=1 << 20) as file:
        for second in range(end - count // 25, end + 1):
            stamp = time.strftime("%b %e %H:%M:%S mx1 ", time.gmtime(second))
            file.write("".join([stamp + text for text in itertools.islice(texts, min(25, count))]))
            count -= min(25, count)


def write(path, count, seed=1):
    """Writes the log."""
    with open(path, "w", encoding="ascii", buffering=1 << 20) as file:
        file.writelines(lines(count, seed))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    write(sys.argv[2], int(sys.argv[1]), *map(int, sys.argv[3:]))
