#!/usr/bin/python3
"""A real OpenSMTPD is disturbed by several clients at a time; the filter opensmtpd must bring
each line to the address that only the first line of its session has.
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.net import SERVER4, Network, attacker4  # noqa: E402
from komainu_test.opensmtpd import OpenSmtpd  # noqa: E402
from komainu_test.talk import talk  # noqa: E402
from komainu_test.verdicts import details, verdicts  # noqa: E402

HELLO, SENDER = "EHLO pc.example.net", "MAIL FROM:<x@example.net>"
FORGED = 'FOO" smtp connected address=192.0.2.1 host=x'
END, REFUSED, UNKNOWN = "=session_end -", "protocol_error -", "user_unknown -"

# what is done, what is said, what counts always and what in mode aggressive
TALKS = (
    ("AUTH that is not offered", [HELLO, "AUTH LOGIN", "AUTH PLAIN"], [REFUSED] * 2, []),
    ("a foreign domain", [HELLO, SENDER, "RCPT TO:<y@example.org>"], [UNKNOWN], []),
    (
        "a mail",
        [HELLO, SENDER, "RCPT TO:<bob@example.com>", "DATA", "Subject: x\r\n\r\nx\r\n."],
        [],
        [],
    ),
    ("a command like a log line", [HELLO, FORGED], [], [REFUSED]),
    ("input before the greeting", [b"GET / HTTP/1.1\r\nA: b\r\nC: d\r\n"], [], [REFUSED]),
)


def ends(server):
    """How many connections of TALKS have ended."""
    text = "\n".join(server.cell.lines())
    sessions = re.findall(r"(\w+) smtp connected address=203\.0\.113\.1\d ", text)
    return sum(f"{session} smtp disconnected" in text for session in sessions)


def compare(t, server, mode):
    """One result for each of TALKS."""
    found = verdicts(server.log, f"opensmtpd[mode={mode}]")
    for n, (what, _, always, sometimes) in enumerate(TALKS):
        expected = always + (sometimes if mode == "aggressive" else []) + [END]
        t.equal(found.pop(attacker4(n), []), sorted(expected), f"{mode}: {what}")
    found.pop(attacker4(19), None)  # who asked whether it listens
    t.equal(found, {}, f"{mode}: nothing else is found")


def main(t):
    """One after the other and at once: the sessions do not mix."""
    with Network() as net:
        server = OpenSmtpd(net).start(
            lambda: net.attacker.can_connect(attacker4(19), SERVER4, 25)
        )
        for n, (_, lines, *_) in enumerate(TALKS):
            if isinstance(lines[0], bytes):
                with net.attacker.connect(attacker4(n), SERVER4, 25) as connection:
                    connection.sendall(lines[0])
                    connection.recv(1000)
            else:
                talk(net.attacker, attacker4(n), SERVER4, lines)
        t.ok(tap.eventually(lambda: ends(server) == len(TALKS), 5), "every connection ended")
        for mode in ("normal", "aggressive"):
            compare(t, server, mode)
        t.equal(
            details(server.log, "opensmtpd", "recipient"),
            {attacker4(1): {"y@example.org"}},
            "the refused recipient is read",
        )


tap.main(main, needs=["ip", "unshare"])
