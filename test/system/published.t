#!/usr/bin/python3
"""A container's published ports: a ban stops connections that run already, over TCP and UDP, IPv4 and IPv6, though
the rules of others accept at once what is established. Looked at from outside by conntrack, ss and nft.
"""
import os
import re
import select
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.firewalls import (  # noqa: E402
    CONTAINER, INNER, NAMES, PUBLISHED, Callers, Shaped, both,
)
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.logs import Log, sasl_failure  # noqa: E402
from komainu_test.net import SERVER4, SERVER6, Network  # noqa: E402

BANNED, OTHER, BY_LOG = both(0), both(1), both(2)
SILENCE_S = 0.5
ENTRY = re.compile(r"packets=(\d+) .* packets=(\d+) ")


def comes(receiver, seconds=8):
    """What a socket gets next, and from where; None when nothing comes."""
    return receiver.recvfrom(64) if select.select([receiver], [], [], seconds)[0] else None


def datagrams(namespace, address, port=0):
    """A UDP socket in a namespace."""
    with namespace.entered():
        made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, port))
    return made


class Talk:
    """A running connection and a running exchange of datagrams of one caller with the container."""

    def __init__(self, net, listener, names, source):
        server = SERVER6 if ":" in source else SERVER4
        self.net, self.source, self.names = net, source, names[":" in source]
        self.caller = net.attacker.connect(source, server, PUBLISHED)
        self.container = listener.accept()[0]
        self.asker = datagrams(net.attacker, source)
        self.asker.connect((server, NAMES))

    def close(self):
        """Ends both."""
        for end in (self.caller, self.container, self.asker):
            end.close()

    def goes_on(self, text):
        """Whether the caller gets through by both and hears the answers."""
        self.caller.send(text)
        if not (comes(self.container) or [b""])[0] == text:
            return False
        self.container.send(text)
        if not (comes(self.caller) or [b""])[0] == text:
            return False
        self.asker.send(text)
        asked = comes(self.names)
        if not asked or asked[0] != text:
            return False
        self.names.sendto(text, asked[1])
        return (comes(self.asker) or [b""])[0] == text

    def is_silent(self, text):
        """Whether nothing of what the caller sends comes to the container."""
        self.caller.send(text)
        self.asker.send(text)
        return not comes(self.container, SILENCE_S) and not comes(self.names, SILENCE_S)

    def tracked(self):
        """What conntrack has of the connection: (state, packets of the caller)."""
        family = "ipv6" if ":" in self.source else "ipv4"
        done = self.net.server.run("conntrack", "-L", "-f", family, "-p", "tcp", "-s", self.source)
        port = self.caller.getsockname()[1]
        lines = [x for x in done.stdout.splitlines() if f"sport={port} dport={PUBLISHED} " in x]
        found = ENTRY.search(lines[0]) if len(lines) == 1 else None
        return (lines[0].split()[3], int(found[1])) if found else None

    def unacknowledged(self):
        """Whether the container waits for an answer to what it has sent."""
        port = self.caller.getsockname()[1]
        return "unacked:" in self.net.client.run("ss", "-Htin", "dport", "=", f":{port}").stdout


def is_in_table(net, address):
    """Whether our table has the address, as nft shows it."""
    shown = net.server.run("nft", "list", "table", "inet", "komainu").stdout
    return re.search(rf"(?<![\w:.]){re.escape(address)}(?![\w:.])", shown) is not None


def dropped(net):
    """How many packets the rules of our table have dropped."""
    shown = net.server.run("nft", "list", "table", "inet", "komainu").stdout
    return sum(int(n) for n in re.findall(r"counter packets (\d+) bytes \d+ drop", shown))


def stopped(t, net, talk):
    """Who is banned: no packet of his comes to the container any more, nor is one tracked."""
    before, drops = talk.tracked(), dropped(net)
    t.ok(talk.is_silent(b"again"), f"{talk.source}: nothing comes to the container")
    talk.container.send(b"answer")
    t.ok(tap.eventually(talk.unacknowledged, 2), "ss: its answer is not acknowledged")
    t.equal(talk.tracked(), before, "conntrack: established, and not one packet more")
    t.ok(before and before[0] == "ESTABLISHED" and dropped(net) > drops, "nft: our rules dropped them")


def rejoined(talk):
    """Whether what was sent meanwhile comes through by itself."""
    return (comes(talk.container) or [b""])[0] == b"again"


def run(t, net, guard, log, talks):
    """Bans of two kinds, and their ends."""
    t.equal([talk.goes_on(b"one") for talk in talks], [True] * len(talks), "all talk, TCP and UDP")
    for address in BANNED:
        guard.command("ban", address, "--for", "1h")
    log.write(*(sasl_failure(a, f"u{i}") for a in BY_LOG for i in range(3)))
    out = [*BANNED, *BY_LOG]
    t.ok(
        tap.eventually(lambda: all(is_in_table(net, a) for a in out), 10),
        "two are banned from all ports, two from the published ones",
    )
    for talk in talks:
        if talk.source in out:
            stopped(t, net, talk)
        else:
            t.ok(talk.goes_on(b"two"), f"{talk.source}: who is not banned talks on")
    for address in out:
        guard.command("unban", address)
    t.ok(tap.eventually(lambda: not any(is_in_table(net, a) for a in out), 10), "unbanned")
    t.equal(
        [rejoined(talk) for talk in talks if talk.source in out], [True] * len(out),
        "the connections were left alone: they go on when the ban is lifted",
    )


def main(t):
    """Three callers by two families."""
    with Network() as net:
        shaped = Shaped(net)
        shaped.forward()
        shaped.load()
        net.server.run("sysctl", "-qw", "net.netfilter.nf_conntrack_acct=1")
        callers = Callers(net)
        listener = net.client.listen("::", INNER)
        # Bound each: from "::" the answer would have any of the client's many addresses.
        names = [datagrams(net.client, address, INNER) for address in CONTAINER]
        t.ok(
            tap.eventually(lambda: callers.reach(BANNED, PUBLISHED) == [True, True], 5),
            "the container is there",
        )
        while select.select([listener], [], [], 0)[0]:
            listener.accept()[0].close()
        log = Log(f"{net.folder}/mail.log")
        ports = f"port = {PUBLISHED},{NAMES}\nprotocol = all\n"
        with Guard(net, log.path, maxretry=3, more=ports) as guard:
            talks = [Talk(net, listener, names, source) for pair in (BANNED, OTHER, BY_LOG) for source in pair]
            run(t, net, guard, log, talks)
            for talk in talks:
                talk.close()


tap.main(main, needs=[KOMAINUD, "conntrack", "ip", "nft", "nsenter", "ss", "sysctl"])
