#!/usr/bin/python3
"""A real sshd is logged in to, rightly and wrongly, and disturbed; the filter sshd must say
of its log what was done: each refused password once, and to whom it happened.
"""
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.net import SERVER4, SERVER6, Network, attacker4, attacker6  # noqa: E402
from komainu_test.sshd import PASSWORD, PORT, REFUSED, USER, SshServer  # noqa: E402
from komainu_test.verdicts import verdicts  # noqa: E402

SETTINGS = "UsePAM yes\nKbdInteractiveAuthentication yes\nMaxStartups 10\n"
DIALOGUE = "keyboard-interactive"
ODD = "a from 192.0.2.1 port 5 ssh2"
KNOWN, UNKNOWN = f"auth_fail {USER}", "account_unknown admin"
LOGIN = [f"=auth_ok {USER}", f"=session_end {USER}"]

# what is done, user, how, and what the filter must say of it
LOGINS = (
    ("a wrong password", USER, {"password": "x"}, [KNOWN]),
    ("three of them", USER, {"password": "x", "tries": 3}, [KNOWN] * 3),
    ("one for an unknown user", "admin", {"password": "x"}, [UNKNOWN]),
    ("three for an unknown user", "admin", {"password": "x", "tries": 3}, [UNKNOWN] * 3),
    ("a login", USER, {"password": PASSWORD}, LOGIN),
    ("a login by key", USER, {"key": "user_key"}, LOGIN),
    ("a wrong key", USER, {"key": "other_key"}, []),
    ("a key for an unknown user", "admin", {"key": "other_key"}, [UNKNOWN]),
    ("an unknown user without anything", "admin", {}, [UNKNOWN]),
    ("a known user without anything", USER, {}, []),
    (
        "two right passwords of a user who may not log in",
        REFUSED,
        {"password": PASSWORD, "tries": 2},
        [f"account_unknown {REFUSED}"] * 2,
    ),
    ("a right password of root", "root", {"password": PASSWORD}, ["auth_fail root"]),
    ("a user name like a log line", ODD, {"password": "x"}, [f"account_unknown {ODD}"]),
    (
        "three wrong answers in PAM's dialogue",
        USER,
        {"password": "x", "tries": 3, "method": DIALOGUE},
        [KNOWN] * 3,
    ),
    (
        "three for an unknown user",
        "admin",
        {"password": "x", "tries": 3, "method": DIALOGUE},
        [UNKNOWN] * 3,
    ),
    ("a login by PAM's dialogue", USER, {"password": PASSWORD, "method": DIALOGUE}, LOGIN),
    (
        "more tries than a connection may have",
        USER,
        {"password": "x", "tries": 4, "method": f"{DIALOGUE},password"},
        [KNOWN] * 6,
    ),
)
# what is sent instead of SSH
NOISE = (
    b"",
    b"GET / HTTP/1.1\r\n\r\n",
    b"SSH-1.0-x\r\n",
    b"\x16\x03\x01\0\0",
    b"SSH-2.0-x\r\n" + b"\0" * 64,
    b"SSH-2.0-Connection closed by 192.0.2.1 port 5\r\n",
)
NOISY, OLD, FLOODING = (len(LOGINS) + n for n in range(3))
END = (
    "(Connection (closed|reset) by|Disconnect(ed from|ing)|Unable to negotiate"
    "|banner exchange|fatal:)"
)


def wait_for_ends(server, address, count=1):
    """Until sshd has said of `count` connections of the address how they ended."""

    def ended():
        lines = server.cell.lines()
        return sum(bool(re.search(rf"{END}.*\b{address}\b", line)) for line in lines) >= count

    if not tap.eventually(ended, 5):
        raise RuntimeError(f"no end of {address}:\n" + "\n".join(server.cell.lines()[-20:]))


def do_logins(t, server):
    """All of LOGINS, each from an address of its own. Returns what must be found."""
    expected = {}
    for n, (what, user, how, events) in enumerate(LOGINS):
        got_in = server.login(attacker4(n), SERVER4, user, **how)
        t.equal(
            got_in, events == LOGIN, f"{what}: is {'taken' if events == LOGIN else 'refused'}"
        )
        wait_for_ends(server, attacker4(n))
        expected[attacker4(n)] = sorted(events)
    server.login(attacker6(0), SERVER6, "admin", password="x")
    wait_for_ends(server, attacker6(0))
    return expected | {attacker6(0): [UNKNOWN]}


def disturb(net, server):
    """NOISE, a client that knows no key exchange of today, and a flood."""
    for n, noise in enumerate(NOISE):
        with net.attacker.connect(attacker4(NOISY), SERVER4, PORT) as connection:
            connection.recv(100)
            connection.sendall(noise)
            if noise.startswith(b"GET") or b"\x16" in noise:
                connection.recv(100)
        wait_for_ends(server, attacker4(NOISY), n + 1)
    server.login(
        attacker4(OLD), SERVER4, USER, more=["KexAlgorithms=diffie-hellman-group14-sha1"]
    )
    wait_for_ends(server, attacker4(OLD))
    flood = [net.attacker.connect(attacker4(FLOODING), SERVER4, PORT) for _ in range(12)]
    dropped = tap.eventually(lambda: "past MaxStartups" in "\n".join(server.cell.lines()), 5)
    for connection in flood:
        connection.close()
    wait_for_ends(server, attacker4(FLOODING), 10)
    return dropped


def compare(t, mode, found, expected, names):
    """One result for each address, and one for all others."""
    for address, events in expected.items():
        t.equal(found.pop(address, []), events, f"{mode}: {names.get(address, address)}")
    t.equal(found, {}, f"{mode}: nothing else is found")


def main(t):
    """One server, each thing from an address of its own, then every mode over its log."""
    with Network() as net:
        server = SshServer(net, SETTINGS).start()
        started = time.monotonic()
        logins = do_logins(t, server)
        t.ok(disturb(net, server), "connections above MaxStartups are dropped")
        t.note(f"{len(server.cell.lines())} lines in {time.monotonic() - started:.1f} s")
        names = {attacker4(n): what[0] for n, what in enumerate(LOGINS)}
        names |= {attacker4(NOISY): "what is not SSH", attacker4(OLD): "an old client"}
        names |= {attacker4(FLOODING): "a flood", attacker6(0): "over IPv6"}
        noise = ["protocol_error -"] * len(NOISE)
        told = {attacker4(FLOODING): ["=flood -"]}
        quiet = {attacker4(NOISY): [], attacker4(OLD): []}
        compare(t, "normal", verdicts(server.log, "sshd"), logins | quiet | told, names)
        ddos = {
            attacker4(NOISY): noise,
            attacker4(FLOODING): ["=flood -"] + ["protocol_error -"] * 10,
        }
        compare(t, "ddos", verdicts(server.log, "sshd[mode=ddos]"), logins | quiet | ddos, names)
        many = attacker4(len(LOGINS) - 1)
        extra = {attacker4(OLD): ["protocol_error -"], many: logins[many] + [KNOWN]}
        compare(
            t,
            "extra",
            verdicts(server.log, "sshd[mode=extra]"),
            logins | quiet | told | extra,
            names,
        )


tap.main(main, needs=["ip", "ssh", "ssh-keygen", "openssl", "unshare"])
