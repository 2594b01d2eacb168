#!/usr/bin/python3
"""Attackers log in with wrong passwords at a real Postfix, over IPv4 and IPv6, until they
are banned. Their open sessions die, new ones do not connect; customers notice nothing; our
own mail to the banned addresses is delivered; the bans end on time.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.mail import SUBMISSION, MailServer, Sink, Smtp, SmtpError  # noqa: E402
from komainu_test.net import (
    INSIDE4,
    INSIDE6,
    SERVER4,
    SERVER6,
    Network,
    Nft,  # noqa: E402
    attacker4,
    attacker6,
    client4,
    client6,
)

MAXRETRY = 5
BANTIME_S = 20
OTHER_PORT = 8025
PAIRS = (("IPv4", attacker4(0), SERVER4), ("IPv6", attacker6(0), SERVER6))


def server_sockets(net, peer):
    """Established TCP sockets of the server whose other end is `peer`, one a line."""
    return net.server.run("ss", "-Htn", "state", "established", "dst", f"[{peer}]").stdout.strip()


def is_cut(session):
    """Whether the connection is reset or closed by the other side soon."""
    session.connection.settimeout(tap.PATIENCE)
    try:
        return session.connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def attack_until_cut(session):
    """Guesses passwords until the session dies; returns the number of guesses answered."""
    for guess in range(20):
        try:
            session.fails_login(f"guess{guess}")
        except (OSError, SmtpError):
            return guess
    return 20


def attack(t, net, nft, family, source, server):
    """One attacker until he is banned. Returns a moment before that."""
    idle = Smtp(net.attacker, source, server, 25)
    guessing = Smtp(net.attacker, source, server)
    banned_at = time.monotonic()
    guesses = attack_until_cut(guessing)
    t.ok(
        MAXRETRY - 1 <= guesses <= MAXRETRY + 6,
        f"{family}: the guessing session dies at the {MAXRETRY}th guess ({guesses} answered)",
    )
    t.ok(tap.eventually(lambda: source in nft.banned(), 2), f"{family}: the kernel bans it")
    t.ok(is_cut(idle), f"{family}: another open session of the attacker dies too")
    took = tap.seconds_until(lambda: not server_sockets(net, source), 1)
    t.ok(took is not None, f"{family}: no server socket is left to it ({took} s)")
    for port in (25, SUBMISSION):
        t.ok(
            not net.attacker.can_connect(source, server, port),
            f"{family}: port {port} is closed to it",
        )
    t.ok(
        not net.attacker.can_connect(source, server, OTHER_PORT),
        f"{family}: so is a port that is not guarded",
    )
    guessing.close()
    idle.close()
    return banned_at


def customer(t, net, family, source, server, session):
    """A customer who is connected goes on; another one logs in and sends."""
    session.send("anna@example.com", "bob@example.com", f"{family} before and after")
    t.ok(True, f"{family}: a customer who was connected sends mail")
    with Smtp(net.client, source, server) as later:
        later.login()
        later.send("anna@example.com", "bob@example.com", f"{family} new")
    t.ok(True, f"{family}: a customer who comes later logs in and sends mail")


def own_mail(t, net, sinks):
    """Mail of ours to servers at the banned addresses arrives."""
    with Smtp(net.client, client4(3), INSIDE4) as session:
        session.login()
        for family in sinks:
            session.send(
                "anna@example.com", f"bob@{family.lower()}.example", f"to the banned {family}"
            )
    for family, sink in sinks.items():
        took = tap.seconds_until(
            lambda sink=sink, family=family: sink.has(f"to the banned {family}"), 10
        )
        t.ok(took is not None, f"{family}: our own mail to the banned MX is delivered ({took} s)")


def ends_on_time(t, net, family, source, server, banned_at):
    """The ban is over after its time, not before."""
    tap.eventually(
        lambda: net.attacker.can_connect(source, server, 25, 0.1),
        max(1, banned_at + BANTIME_S + 5 - time.monotonic()),
        every=0.1,
    )
    lasted = time.monotonic() - banned_at
    t.ok(
        BANTIME_S - 1 <= lasted <= BANTIME_S + 40,
        f"{family}: the ban of {BANTIME_S} s ends ({lasted:.1f} s after the first guess)",
    )
    with Smtp(net.attacker, source, server) as session:
        session.fails_login("again")
    t.ok(True, f"{family}: the address can connect again, and one more mistake does not ban it")


def main(t):
    """Both families, one after the other, on one server."""
    with Network() as net:
        mail = MailServer(
            net, {"ipv4.example": attacker4(0), "ipv6.example": attacker6(0)}
        ).start()
        sinks = {family: Sink(net.attacker, source) for family, source, _ in PAIRS}
        others = [net.server.listen(server, OTHER_PORT) for _, _, server in PAIRS]
        with Guard(
            net,
            mail.log,
            maxretry=MAXRETRY,
            bantime=f"{BANTIME_S}s",
            komainu="guarded-ports = 25,587",
        ) as guard:
            nft = Nft(net.server)
            t.ok(
                net.attacker.can_connect(attacker4(0), SERVER4, OTHER_PORT),
                "nothing is closed at first",
            )
            customers = {"IPv4": (client4(0), INSIDE4), "IPv6": (client6(0), INSIDE6)}
            open_ones = {family: Smtp(net.client, *where) for family, where in customers.items()}
            for session in open_ones.values():
                session.login()
            banned_at = {
                family: attack(t, net, nft, family, source, server)
                for family, source, server in PAIRS
            }
            for family, (source, server) in customers.items():
                customer(t, net, family, source, server, open_ones[family])
            own_mail(t, net, sinks)
            t.equal(
                nft.banned(),
                {attacker4(0), attacker6(0)},
                "the attackers and nobody else are banned",
            )
            for _, source, _ in PAIRS:
                t.ok(
                    "postfix-sasl" in guard.why(source),
                    f"why tells the jail that banned {source}",
                )
            for family, source, server in PAIRS:
                ends_on_time(t, net, family, source, server, banned_at[family])
        for listener in others:
            listener.close()


tap.main(main, needs=[KOMAINUD, "ip", "nft", "ss", "nsenter", "postfix", "dovecot"])
