#!/usr/bin/python3
"""Connections held open until others find no place: no log tells of them. Real sockets of servers are
looked at; who holds many is banned and cut, who holds few or talks is not touched.
"""
import contextlib
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard, waits_ms  # noqa: E402
from komainu_test.net import SERVER4, SERVER6, Network, Nft, attacker4, attacker6  # noqa: E402

PORT, NET4 = 25, "203.0.113.0/24"
BAD4, FEW4, BUSY4, NEVER4 = (attacker4(n) for n in range(4))
BAD6 = attacker6(0)
EVERY = "slots-every = 1s"


class Server:
    """Listens on IPv6, and so on IPv4 too, and takes every connection."""

    def __init__(self, net):
        self.net = net
        self.listener = net.server.listen("::", PORT)
        self.ends = []  # (source, far end, our end)

    def hold(self, source, count):
        """Opens so many from there."""
        for _ in range(count):
            far = self.net.attacker.connect(source, SERVER6 if ":" in source else SERVER4, PORT)
            self.ends.append((source, far, self.listener.accept()[0]))

    def alive(self, source):
        """How many from there still pass a byte."""
        count = 0
        for held, far, near in self.ends:
            if held == source:
                near.settimeout(0.5)
                with contextlib.suppress(OSError):
                    far.send(b"x")
                    count += near.recv(1) == b"x"
        return count

    def is_cut(self, source):
        """Whether our end of all from there was ended by the kernel."""
        for held, _far, near in self.ends:
            if held == source:
                near.setblocking(False)
                try:
                    near.recv(1)
                    return False
                except BlockingIOError:
                    return False
                except OSError:
                    pass
        return True

    @contextlib.contextmanager
    def talking(self, source):
        """Data moves on all from there."""
        over = threading.Event()
        pairs = [(far, near) for held, far, near in self.ends if held == source]

        def talk():
            while not over.wait(0.1):
                for far, near in pairs:
                    far.send(b"x" * 64)
                    near.recv(64)

        thread = threading.Thread(target=talk)
        thread.start()
        yield
        over.set()
        thread.join()

    def close(self):
        """Ends everything."""
        for _source, far, near in self.ends:
            far.close()
            near.close()
        self.listener.close()


@contextlib.contextmanager
def scene(komainu, more="", rules=True):
    """A server, and the guard with these lines, and the rules that come with it or none."""
    with Network() as net:
        server = Server(net)
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, komainu=komainu, more=more, rules=rules) as guard:
            yield net, server, guard
        server.close()


def bans(t):
    """Those who hold many are banned and cut; nobody else."""
    with scene(f"{EVERY}\nallow = {NEVER4}", "[slots]\nobserve = no") as (net, server, guard):
        nft = Nft(net.server)
        for source, count in ((BUSY4, 25), (FEW4, 5), (NEVER4, 30), (BAD4, 30), (BAD6, 30)):
            server.hold(source, count)
        with server.talking(BUSY4):
            t.ok(tap.eventually(lambda: BAD4 in nft.elements("ban4"), 20), "30 connections: banned")
            t.ok(tap.eventually(lambda: BAD6 in nft.elements("ban6"), 20), "IPv6, too")
            t.ok(tap.eventually(lambda: server.is_cut(BAD4) and server.is_cut(BAD6), 5), "all cut")
            sampled = guard.status()["slots_sampled"]
            t.ok(tap.eventually(lambda: guard.status()["slots_sampled"] > sampled + 300, 20),
                 "the sampling goes on")
        t.equal(server.alive(FEW4), 5, "5 connections are not touched")
        t.equal(server.alive(BUSY4), 25, "nor 25 on which data moves")
        t.equal(server.alive(NEVER4), 30, "nor 30 of somebody who is never banned")
        t.equal({ban["address"] for ban in guard.bans()}, {BAD4, BAD6}, "nobody else is banned")
        why = guard.why(BAD4)
        t.ok("slots" in why and "3 events in" in why, "why tells the reason")
        t.equal(
            why.count("30 connections held open and idle, the longest, to port 25, for "), 3,
            "and the three samples",
        )
        status = guard.status()
        t.ok(status["kinds"]["held_open"]["told"] >= 6, "status counts the events")
        t.equal(status["slots_dropped"], 0, "nothing was dropped")
        t.ok("; sampled " in guard.command("status").stdout, "in words, too")
        metrics = guard.command("metrics").stdout
        t.ok("\nkomainu_connections_sampled_total " in metrics, "and the metrics")


def observes(t):
    """By default it is told and nothing else; a network that holds many together, too."""
    with scene(EVERY) as (net, server, guard):
        server.hold(BAD4, 25)
        for n in range(10, 18):
            server.hold(attacker4(n), 15)
        t.ok(tap.eventually(lambda: f"would-ban address={BAD4} jail=slots " in guard.said(), 20),
             "an address")
        t.ok(tap.eventually(lambda: f"would-ban address={NET4} jail=slots-net " in guard.said(), 20),
             "a network whose addresses hold fewer each")
        t.ok("120 connections of 8 addresses of 203.0.113.0/24 held open" in guard.why(attacker4(10)),
             "why has its line")
        t.equal(server.alive(BAD4), 25, "nobody is cut")
        t.equal(Nft(net.server).banned(), set(), "nor banned")


def unwanted(t):
    """Without a rule nobody looks."""
    with scene(EVERY, rules=False) as (net, server, guard):
        server.hold(BAD4, 30)
        pid = guard.roles()["komainu-enforcer"]
        t.ok(tap.eventually(lambda: (waits_ms(pid) or 0) > 15_000, 10), "the enforcer sleeps on")
        t.equal(guard.status()["slots_sampled"], 0, "and has sampled nothing")
        t.equal(Nft(net.server).banned(), set(), "nobody is banned")


def main(t):
    """One after the other: each needs a guard of its own."""
    for part in (bans, observes, unwanted):
        t.note(f"== {part.__name__}")
        part(t)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
