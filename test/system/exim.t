#!/usr/bin/python3
"""A real Exim gets right and wrong passwords, mail that it must refuse, nonsense and floods;
the filter exim must say of its main log what was done, with log_selector as it is by default
and with much more.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.exim import LISTED, PASSWORD, USER, EximServer  # noqa: E402
from komainu_test.net import SERVER4, SERVER6, Network, attacker4, attacker6  # noqa: E402
from komainu_test.talk import coded, plain, talk  # noqa: E402
from komainu_test.verdicts import details, verdicts  # noqa: E402

MUCH = "+smtp_connection +incoming_port +incoming_interface +pid +millisec +smtp_protocol_error"
HELLO, SENDER, RCPT = (
    "EHLO pc.example.net",
    "MAIL FROM:<x@example.net>",
    "RCPT TO:<bob@example.com>",
)
WRONG = "auth_fail " + USER
FORGED = "x) [192.0.2.1]: 535 Incorrect authentication data (set_id=victim"
QUOTED = 'MAIL FROM:<"x> [192.0.2.1] rejected RCPT <a@b>: relay not permitted"@example.net>'
LIMITED, CROWD = attacker4(15), attacker4(16)

# what is done, what is said, and what the filter must say: what counts always; what counts in mode
# aggressive, and is told else; what is only told
TALKS = (
    ("a wrong password", [HELLO, plain(USER, "x")], [WRONG], [], []),
    (
        "two by LOGIN",
        [HELLO] + ["AUTH LOGIN", coded("root"), coded("x")] * 2,
        ["auth_fail root"] * 2,
        [],
        [],
    ),
    (
        "a login and a mail",
        [HELLO, plain(USER, PASSWORD), SENDER, RCPT, "DATA", "Subject: hello\r\n\r\nx\r\n."],
        [],
        [],
        [f"submission {USER}"],
    ),
    (
        "a mail without a login",
        [HELLO, SENDER, RCPT, "DATA", "Message-ID: <1 A=plain_login:victim@x>\r\n\r\nx\r\n."],
        [],
        [],
        [],
    ),
    ("an account like a log line", ["EHLO [192.0.2.1]", plain(FORGED, "x")], [], [], []),
    ("a checker that fails", [HELLO, "AUTH LOGIN", coded("broken"), coded("x")], [], [], []),
    ("a foreign domain", [HELLO, SENDER, "RCPT TO:<y@example.org>"], ["relay_denied -"], [], []),
    (
        "a sender like a log line",
        [HELLO, QUOTED, 'RCPT TO:<"y>: Unknown user"@example.org>'],
        ["relay_denied -"],
        [],
        [],
    ),
    (
        "an unknown mailbox",
        [HELLO, SENDER, "RCPT TO:<nobody@example.com>"],
        ["user_unknown -"],
        [],
        [],
    ),
    (
        "a HELO that is none",
        ["EHLO foo_bar baz!", "HELO ) [192.0.2.1]"],
        ["identity -"] * 2,
        [],
        [],
    ),
    (
        "talking out of turn",
        [HELLO, b"MAIL FROM:<>\r\nDATA\r\nfoo\r\nbar\r\n"],
        ["protocol_error -"],
        [],
        [],
    ),
    ("HTTP", ["GET / HTTP/1.1 [192.0.2.1]"] * 5, ["protocol_error -"], [], []),
    ("many commands for nothing", [HELLO] + ["RSET"] * 10, ["protocol_error -"], [], []),
    ("many syntax errors", [HELLO] + ["MAIL FROM:<x"] * 5, ["protocol_error -"], [], []),
    (
        "spam",
        [HELLO, SENDER, RCPT, "DATA", "Subject: SPAM\r\n\r\nx\r\n."],
        [],
        ["rejected -"],
        [],
    ),
)
OTHERS = (
    ("a rate limit", LIMITED, [HELLO], [], ["flood -"], []),
    ("a listed address", LISTED, [HELLO, SENDER, RCPT], [], ["list_hit -"], []),
)
STEPS = [(what, attacker4(n), *rest) for n, (what, *rest) in enumerate(TALKS)] + list(OTHERS)


def crowd(net, server):
    """More connections of one address than Exim lets in; four are."""
    held = [net.attacker.connect(CROWD, SERVER4, 25) for _ in range(6)]
    refused = tap.eventually(lambda: server.text().count("from that IP address") == 2, 5)
    for connection in held:
        connection.close()
    return refused


def expected_of(mode):
    """address -> what the filter must say."""
    found = {}
    for _, source, _, counted, sometimes, told in STEPS:
        more = sometimes if mode == "aggressive" else ["=" + event for event in sometimes]
        found[source] = sorted(counted + more + ["=" + event for event in told])
    found[CROWD] = ["flood -" if mode == "aggressive" else "=flood -"] * 2
    found[attacker6(0)] = [WRONG]
    return found


def without_ends(found):
    """Without the ends of connections: they are not the same in every mode of logging."""
    kept = {
        a: [e for e in events if not e.startswith("=session_end")] for a, events in found.items()
    }
    return {address: events for address, events in kept.items() if events}


def compare(t, name, server, mode):
    """One result for each step, and one for all that was not done."""
    found = without_ends(verdicts(server.main, f"exim[mode={mode}]"))
    expected = expected_of(mode)
    names = {source: what for what, source, *_ in STEPS} | {CROWD: "a crowd"}
    for address, events in expected.items():
        t.equal(found.pop(address, []), events, f"{name}, {mode}: {names.get(address, 'IPv6')}")
    t.equal(found, {}, f"{name}, {mode}: nothing else is found")


def drive(t, net, name, selector):
    """One Exim, each step from an address of its own."""
    server = EximServer(net, name, selector=selector, limited=LIMITED).start()
    for what, source, lines, *_ in STEPS:
        codes = talk(net.attacker, source, SERVER4, lines)
        if what.startswith("a login"):
            t.ok("235" in codes, f"{name}: {what}: is taken")
    talk(net.attacker, attacker6(0), SERVER6, [HELLO, plain(USER, "x")], port=587)
    t.ok(crowd(net, server), f"{name}: connections above the limit are refused")
    for mode in ("normal", "aggressive"):
        compare(t, name, server, mode)
    t.equal(
        details(server.main, "exim", "recipient").get(attacker4(6)),
        {"y@example.org"},
        f"{name}: the refused recipient is read",
    )
    return server


def main(t):
    """The default logging, then much more of it."""
    with Network() as net:
        server = drive(t, net, "default", "")
        server.stop()
        server = drive(t, net, "verbose", MUCH)
        ends = verdicts(server.main, "exim").get(attacker4(0), [])
        t.equal(ends, ["=session_end -", WRONG], "verbose: the end of a connection is told")
        t.ok("535" in server.text("rejectlog"), "the reject log has the refusals too")


tap.main(main, needs=["ip", "unshare", "openssl"])
