#!/usr/bin/python3
"""The gate while somebody sets the machine's clock: each request has its answer at once, what is known
stays known, and what was known from the future counts from now.

No clock is set here: the gate reads one that jumps (test/lib/asleep.c).
"""
import json
import os
import signal
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.dns import MX, A, Resolver  # noqa: E402
from komainu_test.gates import Asker, GateAlone  # noqa: E402
from komainu_test.guard import BUILD, KOMAINU  # noqa: E402
from komainu_test.net import Network  # noqa: E402
from komainu_test.tap import eventually  # noqa: E402

STEPPER = f"{BUILD}/asleep.so"
HOUR, DAY = 3600, 86400
DELAY = 300
PUT_OFF, FIRST = "DEFER_IF_PERMIT 4.7.1 Greylisted", "PREPEND X-Greylist: delayed "
CONFIG = """\
[gate]
recipient_restrictions = reject_unknown_sender_domain, greylist
[gate rate]
recipient_restrictions = rate client 2 messages/1h
[gate sleeps]
recipient_restrictions = sleep 1
"""


class World:
    """A gate whose clock can be set."""

    def __init__(self, net):
        net.at_close(Resolver(net.server, {"sender.example": [(MX, "mx.sender.example")],
                                           "mx.sender.example": [(A, "198.51.100.80")]}).close)
        os.chmod(net.folder, 0o755)
        self.net, self.ahead = net, f"{net.folder}/ahead"
        with open(self.ahead, "wb") as file:
            file.write(struct.pack("=q", 0))
        self.gate = GateAlone(net, CONFIG, around=("env", f"LD_PRELOAD={STEPPER}", f"STEPPED={self.ahead}"))
        self.asker = Asker(self.gate)
        self.slowest = 0

    def set(self, seconds):
        """The clock is so far ahead of the right one from now on."""
        with open(self.ahead, "r+b") as file:
            file.write(struct.pack("=q", seconds))

    def ask(self, sender, context="", **attributes):
        """The answer to a sender, over the one connection."""
        begun = time.monotonic()
        said = self.asker.ask(context, sender=f"{sender}@sender.example", **attributes)
        self.slowest = max(self.slowest, time.monotonic() - begun)
        return said

    def missing_s(self, sender):
        """How long a triplet is to wait still, by the right clock."""
        done = self.net.server.run(KOMAINU, "greylist", "search", "192.0.2.7", f"{sender}@sender.example",
                                   "bob@example.net", "--json", "--state", self.gate.state)
        return json.loads(done.stdout)["missing_s"]


def steps(t, world):
    """An hour ahead, and back."""
    t.ok(world.ask("old").startswith(PUT_OFF), "a stranger is put off")
    world.set(HOUR)
    said = world.ask("old")
    t.ok(said.startswith(FIRST), f"an hour later, by the clock, it is let in: {said}")
    t.ok(world.ask("ahead").startswith(PUT_OFF), "somebody new is put off")
    world.set(0)
    t.equal(world.ask("old"), "DUNNO", "the clock is back: who was let in is known")
    t.ok(world.ask("ahead").startswith(PUT_OFF), "who came in the future is put off")
    missing = world.missing_s("ahead")
    t.ok(DELAY - 10 <= missing <= DELAY, f"and waits from now on ({missing} s)")
    world.set(-HOUR)
    t.equal(world.ask("old"), "DUNNO", "an hour behind he is known, too")
    t.ok(world.ask("behind").startswith(PUT_OFF), "and a stranger is put off")
    world.set(0)
    t.ok(world.ask("behind").startswith(FIRST), "whose hour is over when it is right again")


def years(t, world):
    """Ahead by more than anything is known for: a look at the wrong clock costs nobody what he has."""
    before = world.gate.numbers()[("greylist_triplets", None)]
    world.set(400 * DAY)
    t.ok(world.ask("far").startswith(PUT_OFF), "400 days ahead a stranger is put off")
    numbers = world.gate.numbers()
    t.equal(numbers[("greylist_triplets", None)], before + 1, "nobody was dropped")
    world.set(0)
    t.equal(world.ask("old"), "DUNNO", "back again he is known as before")


def others(t, world):
    """Rates and held replies."""
    for number in range(2):
        t.equal(world.ask(f"r{number}", "rate"), "DUNNO", f"message {number + 1} of two an hour")
    t.ok(world.ask("r3", "rate")[:1] in "45", "the third is refused")
    world.set(3 * HOUR)
    t.equal(world.ask("r4", "rate"), "DUNNO", "three hours later one is not")
    world.set(0)
    t.ok(eventually(lambda: world.ask("r5", "rate", client_address="192.0.2.99") == "DUNNO", 5),
         "back again others are asked as ever")
    world.slowest = 0
    held = Asker(world.gate)
    begun = time.monotonic()
    world.set(-10 * HOUR)
    said = held.ask("sleeps", sender="s@sender.example")
    took = time.monotonic() - begun
    t.ok(said == "DUNNO" and 0.9 < took < 5, f"a reply is held a second, whatever the clock says ({took:.1f} s)")
    world.set(0)


def again(t, world):
    """Killed behind a step back, it has all of it."""
    world.set(HOUR)
    t.ok(world.ask("last").startswith(PUT_OFF), "an hour ahead a stranger is put off")
    known = world.gate.numbers()[("greylist_triplets", None)]
    world.gate.process.send_signal(signal.SIGKILL)
    world.gate.process.wait(20)
    world.set(0)
    world.gate.start()
    world.asker = Asker(world.gate)
    t.equal(world.gate.numbers()[("greylist_triplets", None)], known, "killed, and back: nothing is lost")
    t.equal(world.ask("old"), "DUNNO", "who was known is")
    t.ok(world.ask("last").startswith(PUT_OFF), "who came in the future waits")
    missing = world.missing_s("last")
    t.ok(DELAY - 10 <= missing <= DELAY, f"from now on ({missing} s)")


def main(t):
    """All of it."""
    with Network() as net:
        world = World(net)
        steps(t, world)
        years(t, world)
        t.below(world.slowest, 2, "no answer took long")
        numbers = world.gate.numbers()
        t.equal(numbers[("requests_total", None)], numbers[("answers_total", None)], "each has its answer")
        t.equal(numbers[("troubles_total", "late")], 0, "none was late")
        others(t, world)
        again(t, world)


tap.main(main, needs=[f"{BUILD}/komainu-gate", STEPPER, "ip", "nsenter", "setpriv"])
