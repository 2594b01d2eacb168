#!/usr/bin/python3
"""A real Dovecot, over IMAP, POP3, submission and ManageSieve: wrong and right passwords,
connections that give up or speak nonsense, names that look like log lines, a flood, honest
people. What the filter says of its log is compared with what was done: one attempt is one
counted failure, and no name moves an address.
"""
import os
import random
import ssl
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.daemon import Talk, by_address, events, log_has, plain  # noqa: E402
from komainu_test.dovecot import (  # noqa: E402
    IMAP,
    IMAPS,
    PASSWORD,
    POP3,
    PROTOCOLS,
    SIEVE,
    SUBMISSION,
    USER,
    Dovecot,
    protocols,
)
from komainu_test.guard import KOMAINU  # noqa: E402
from komainu_test.net import (  # noqa: E402
    INSIDE4,
    SERVER4,
    SERVER6,
    Network,
    attacker4,
    attacker6,
    client4,
)
from komainu_test.talk import coded  # noqa: E402

# What each mode counts: a line of the login process, one of the checker, a connection without
# an attempt, nonsense.
COUNTS = {
    "normal": {"login"},
    "aggressive": {"login", "probe", "nonsense", "junk"},
    "auth": {"auth"},
}


class Script:
    """Sessions of attackers, and the events they are expected to leave: (who wrote the line,
    kind, account) for each address."""

    def __init__(self, net, t):
        self.net = net
        self.t = t
        self.expected = {}
        self.names = {}
        self.passwords_tried = 0

    def imap(self, source, *expected, name, server=SERVER4, port=IMAP):
        """A connection to IMAP that leaves `expected`."""
        self.expect(source, *expected, name=name)
        return Talk(self.net.attacker, source, server, port, "* OK", port == IMAPS)

    def expect(self, source, *expected, name):
        """Notes what the address leaves in the log."""
        self.expected.setdefault(source, []).extend(expected)
        self.names[source] = name
        self.passwords_tried += sum(who == "auth" for who, _, _ in expected)

    def want(self, mode, verbose):
        """address -> sorted (kind, account, counted)."""
        return {
            source: sorted(
                (kind_in(mode, who, kind), account, who in COUNTS[mode])
                for who, kind, account in expected
                if verbose or who != "auth"
            )
            for source, expected in self.expected.items()
        }


def kind_in(mode, who, kind):
    """What does not speak the protocol is a probe where it is not counted."""
    return "probe" if who == "junk" and "junk" not in COUNTS[mode] else kind


def wrong(account, known=True, times=1):
    """What refused passwords of one connection leave."""
    kind = "auth_fail" if known else "account_unknown"
    return [("auth", kind, account)] * times + [("login", "auth_fail", account)]


def passwords(s):
    """Wrong and right passwords over IMAP."""
    with s.imap(attacker4(0), *wrong("anna"), name="one wrong password") as talk:
        talk.say("a login anna wrong", "a NO")
    with s.imap(attacker4(1), *wrong("anna", times=3), name="three in one connection") as talk:
        for tag in "abc":
            talk.say(f"{tag} login anna {tag}wrong", f"{tag} NO")
        talk.say("z logout", "z OK")
    with s.imap(attacker4(2), *wrong("nobodyhere", False), name="an unknown user") as talk:
        talk.say("a login nobodyhere wrong", "a NO")
    with s.imap(attacker4(3), ("other", "auth_ok", USER), name="a right password") as talk:
        talk.say(f'a login {USER} "{PASSWORD}"', "a OK")
        talk.say("z logout", "z OK")
    with s.imap(
        attacker4(4),
        ("auth", "auth_fail", USER),
        ("other", "auth_ok", USER),
        name="a mistype and then right",
    ) as talk:
        talk.say(f"a login {USER} mistyped", "a NO")
        talk.say(f'b login {USER} "{PASSWORD}"', "b OK")
    with s.imap(attacker6(0), *wrong("anna"), name="TLS, IPv6", server=SERVER6, port=IMAPS) as talk:
        talk.say("a login anna wrong", "a NO")
    with s.imap(
        attacker6(1), ("login", "auth_fail", "anna"), name="in clear, not allowed", server=SERVER6
    ) as talk:
        talk.say("a login anna wrong", "a NO")
    with s.imap(attacker4(5), *wrong("anna"), name="an unknown mechanism in the end") as talk:
        talk.say("a login anna wrong", "a NO")
        talk.say("b authenticate FOO", "b NO")
    with s.imap(attacker4(6), *wrong("anna"), name="an unfinished mechanism in the end") as talk:
        talk.say("a login anna wrong", "a NO")
        talk.say("b authenticate PLAIN", "+")


def probes(s):
    """Connections that never try a password."""
    probe = ("probe", "connect", "")
    nonsense = ("nonsense", "protocol_error", "")
    junk = ("junk", "protocol_error", "")
    s.imap(attacker4(10), probe, name="nothing said").close()
    with s.imap(attacker4(11), probe, name="only a logout") as talk:
        talk.say("z logout", "z OK")
    with s.imap(attacker4(12), nonsense, name="a mechanism, no answer") as talk:
        talk.say("a authenticate PLAIN", "+")
    with s.imap(attacker4(13), nonsense, name="a mechanism that is none") as talk:
        talk.say("a authenticate FOO", "a NO")
    with s.imap(attacker4(14), junk, name="HTTP at IMAP's port") as talk:
        talk.send("\r\n".join(["GET / HTTP/1.0"] * 12))
        talk.ends()
    s.expect(attacker4(15), junk, name="HTTP where TLS is due")
    with Talk(s.net.attacker, attacker4(15), SERVER4, IMAPS, None) as talk:
        talk.send("GET / HTTP/1.0\r\n")
        talk.ends()
    s.expect(attacker4(16), nonsense, name="a certificate refused")
    try:
        connection = s.net.attacker.connect(attacker4(16), SERVER4, IMAPS)
        ssl.create_default_context().wrap_socket(connection, server_hostname="mx1.example.com")
        raise RuntimeError("the certificate was not refused")
    except ssl.SSLError:
        connection.close()


def tricks(s):
    """Names that look like the end of a line. All of them are of characters that
    auth_username_chars does not let in, so the checker tells of them as of a wrong password."""
    names = (
        "x>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, session=<AAAA>",
        "x, rip=192.0.2.1",
        "x,192.0.2.1): Password mismatch",
        "x (auth failed, 1 attempts in 0 secs): user=<y>, rip=192.0.2.1, z",
        "two words",
        "a(b",
        ">, rip=192.0.2.1",
    )
    for n, name in enumerate(names):
        with s.imap(attacker4(20 + n), *wrong(name), name=f"the name {name}") as talk:
            talk.say("a authenticate PLAIN " + plain(name, "wrong"), "a NO")
    if SIEVE in protocols():
        source = attacker4(29)
        account = "anna>, method=<Y"  # the mechanism ends up in it; the address stays
        s.expect(source, *wrong("anna")[:1], name="a mechanism that looks like an address")
        s.expect(source, *wrong(account)[1:], name="a mechanism that looks like an address")
        with Talk(s.net.attacker, source, SERVER4, SIEVE, "OK") as talk:
            talk.say(f'AUTHENTICATE "PLAIN" "{plain("anna", "wrong")}"', "NO")
            talk.say('AUTHENTICATE "<Y>, rip=192.0.2.1, lip=192.0.2.2, z"', "NO")


def other_protocols(s):
    """One wrong password and one login over each of the others."""
    sessions = {
        POP3: ("+OK", "+OK", "-ERR"),
        SUBMISSION: ("220", "235", "535"),
        SIEVE: ("OK", "OK", "NO"),
    }
    for n, (port, (name, package)) in enumerate(PROTOCOLS.items()):
        if port not in protocols():
            s.t.skip(f"{name} logins", f"{package} is not there")
            continue
        greeting, good, bad = sessions[port]
        for source, account, password, answer in (
            (attacker4(30 + n), "anna", "wrong", bad),
            (attacker4(33 + n), USER, PASSWORD, good),
        ):
            expected = wrong(account) if answer == bad else [("other", "auth_ok", account)]
            s.expect(source, *expected, name=f"{name}, {account}")
            with Talk(s.net.attacker, source, SERVER4, port, greeting) as talk:
                log_in(talk, port, account, password, answer)


def log_in(talk, port, account, password, answer):
    """One attempt in the protocol of the port."""
    if port == POP3:
        talk.say(f"USER {account}", "+OK")
        talk.say(f"PASS {password}", answer)
    elif port == SUBMISSION:
        talk.say("EHLO client.example.com", "250 ")
        talk.say(f"AUTH PLAIN {plain(account, password)}", answer)
    else:
        talk.say(f'AUTHENTICATE "PLAIN" "{plain(account, password)}"', answer)


def flood(s):
    """Many connections with a wrong password each, and more sessions than one may have."""
    open_ones = []
    for _ in range(20):
        open_ones.append(s.imap(attacker4(37), *wrong("anna"), name="a flood"))
        open_ones[-1].send("a login anna wrong")
    for talk in open_ones:
        talk.until("a NO")
        talk.close()
    limit = [("other", "auth_ok", USER)] * 2 + [("other", "flood", USER)]
    s.expect(attacker4(38), *limit, name="more sessions than allowed")
    open_ones = []
    for answer in ("a OK", "a OK", "a NO [LIMIT]"):
        talk = Talk(s.net.attacker, attacker4(38), SERVER4, IMAP, "* OK")
        talk.say(f'a login {USER} "{PASSWORD}"', answer)
        open_ones.append(talk)
    for talk in open_ones:
        talk.close()


def compare(s, server, verbose):
    """The log against what was done, in each mode."""
    done = {m: s.want(m, verbose) for m in COUNTS}
    lines = sum(len(v) for v in done["normal"].values())
    ours = set(s.expected)

    def found(mode):
        told = by_address(events(f"dovecot[mode={mode}]", server.log))
        return {source: sorted(told.get(source, [])) for source in ours | set(told)}

    tap.eventually(
        lambda: sum(len(v) for k, v in found("normal").items() if k in ours) >= lines, 5, 0.2
    )
    for mode, want in done.items():
        got = found(mode)
        for source, name in s.names.items():
            s.t.equal(got[source], want[source], f"{mode}: {name}")
        strangers = {k for k, v in got.items() if k not in ours and v} - {"127.0.0.1"}
        s.t.equal(strangers, set(), f"{mode}: no address that did nothing")
    if verbose:
        counted = sum(c for v in found("auth").values() for _, _, c in v)
        first = sum(c for _, _, c in found("auth").get("127.0.0.1", []))
        s.t.equal(counted - first, s.passwords_tried, "auth: each attempt is one failure")


def attackers(t, net, name, *, verbose, syslog):
    """The whole script against one Dovecot."""
    t.note(f"Dovecot's log: {name}")
    driver = "passwd-file\n  args = scheme=PLAIN {passwords}"
    server = Dovecot(net, name, driver, verbose=verbose, syslog=syslog)
    s = Script(net, t)
    for part in (passwords, probes, tricks, other_protocols, flood):
        part(s)
    compare(s, server, verbose)
    return server


def honest_session(net, source, habit):
    """One session of an honest person; returns how many failures it may count."""
    if habit == "reconnects":
        with Talk(net.client, source, INSIDE4, IMAP, "* OK") as talk:
            talk.say(f"a login {USER} mistyped", "a NO")
    with Talk(net.client, source, INSIDE4, IMAP, "* OK") as talk:
        if habit == "monitors":
            talk.say("z logout", "z OK")
            return 0
        if habit == "mistypes":
            talk.say(f"a login {USER} mistyped", "a NO")
        talk.say(f'b login {USER} "{PASSWORD}"', "b OK")
        if habit != "vanishes":
            talk.say("z logout", "z OK")
    return 1 if habit == "reconnects" else 0


def honest_people(t, net, server):
    """A mix of honest sessions: only a mistype with a connection of its own counts."""
    seed = random.randrange(1 << 32)
    t.note(f"seed {seed}")
    habits = random.Random(seed).choices(
        ("good", "mistypes", "reconnects", "vanishes", "monitors"), (6, 2, 2, 2, 2), k=40
    )
    may_count = 0
    for n, habit in enumerate(habits):
        may_count += honest_session(net, client4(n % 10), habit)

    def found():
        told = by_address(events("dovecot", server.log))
        return [e for n in range(10) for e in told.get(client4(n), [])]

    logins = sum(habit != "monitors" for habit in habits)
    tap.eventually(lambda: sum(kind == "auth_ok" for kind, _, _ in found()) >= logins, 5, 0.2)
    t.equal(sum(kind == "auth_ok" for kind, _, _ in found()), logins, "honest: logins are told")
    t.equal(
        [e for e in found() if e[2]],
        [("auth_fail", USER, True)] * may_count,
        f"honest: of 40 sessions only {may_count} counted, mistypes that ended a connection",
    )


def pam(t, net):
    """Passwords checked by PAM: worker lines, and one attempt is one failure."""
    if not os.path.exists("/etc/pam.d/dovecot"):
        t.skip("PAM", "/etc/pam.d/dovecot is not there")
        return
    server = Dovecot(net, "pam", "pam\n  args = dovecot", verbose=True, syslog=True)
    source = attacker4(0)
    with Talk(net.attacker, source, SERVER4, IMAP, "* OK") as talk:
        talk.say("a authenticate LOGIN", "+")
        talk.say(coded("nobody"), "+")
        talk.say(coded("wrong"), "a NO")
    fail = ("auth_fail", "nobody")
    for mode, counted in (("normal", (True, False)), ("auth", (True, False))):
        tap.eventually(
            lambda mode=mode: len(
                by_address(events(f"dovecot[mode={mode}]", server.log)).get(source, [])
            )
            >= 2,
            5,
            0.2,
        )
        got = by_address(events(f"dovecot[mode={mode}]", server.log)).get(source, [])
        want = [(*fail, c) for c in counted]
        t.equal(sorted(got), sorted(want), f"{mode}: PAM: one attempt is told twice, counted once")
    server.stop()


def trouble(t, net):
    """A password checker that cannot run: no attempt is a failure, in no mode."""
    server = Dovecot(net, "trouble", "checkpassword\n  args = /nonexistent", syslog=True)
    with Talk(net.attacker, attacker4(0), SERVER4, IMAP, "* OK") as talk:
        talk.say("a login anna wrong", "a NO [UNAVAILABLE]")
    t.ok(log_has(server.log, f"rip={attacker4(0)},"), "trouble: Dovecot logs the attempt")
    for mode in COUNTS:
        t.equal(events(f"dovecot[mode={mode}]", server.log), [], f"{mode}: it is no failure")
    server.stop()


def main(t):
    """Dovecot's own log with the checker's lines, then syslog without."""
    with Network() as net:
        attackers(t, net, "own", verbose=True, syslog=False).stop()
        server = attackers(t, net, "syslog", verbose=False, syslog=True)
        honest_people(t, net, server)
        server.stop()
        pam(t, net)
        trouble(t, net)


if __name__ == "__main__":
    tap.main(main, ["dovecot", "ip", "nsenter", "unshare", "openssl", KOMAINU])
