#!/usr/bin/python3
"""The machine sleeps for eight hours: the clock of the wall and the one since boot go on, those
of nftables' timeouts do not. Bans that ended meanwhile are lifted at once, the others have the
time in the kernel that is left of them.

No machine is suspended here: the guard's processes read clocks that jump (test/lib/asleep.c).
That it ended they hear as they would: the kernel tells of it as of a clock that was set, and it
is, to what it shows; so this runs only with KOMAINU_TEST_CLOCK=1.
"""
import os
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import BUILD, KOMAINUD, ROLES, Guard  # noqa: E402
from komainu_test.net import Network, Nft, attacker4  # noqa: E402

ASLEEP = f"{BUILD}/asleep.so"
HOUR = 3600
SLEEP_S = 8 * HOUR
MANY = 400
SHORT = {f"198.18.0.{n % 200 + 1}" if n < 200 else f"198.18.1.{n % 200 + 1}" for n in range(MANY)}
LONG = {f"198.19.{n // 200}.{n % 200 + 1}" for n in range(MANY)}
CONFIG = f"max-bans-per-second = {MANY // 4}\nsilent-after = 6h"


class Clock:
    """The clocks of a guard."""

    def __init__(self, folder):
        self.path = f"{folder}/ahead"
        self.folder = f"{folder}/stage"
        self._write(0)
        os.mkdir(self.folder)
        for name in ROLES:
            with open(f"{self.folder}/{name}", "w", encoding="ascii") as file:
                # komainud hands nothing of its environment to a role.
                file.write(
                    f"#!/bin/sh\nexec env LD_PRELOAD={ASLEEP} ASLEEP={self.path} "
                    f'"{BUILD}/{name}" "$@"\n'
                )
            os.chmod(file.name, 0o755)

    def _write(self, seconds):
        with open(self.path, "wb") as file:
            file.write(struct.pack("=q", seconds))

    def around(self, guard):
        """Makes a guard read these clocks."""
        guard.around = ["env", f"LD_PRELOAD={ASLEEP}", f"ASLEEP={self.path}"]
        guard.arguments = ["--role-dir", self.folder]

    def sleep(self, seconds):
        """The machine sleeps, and wakes."""
        with open(self.path, "r+b") as file:
            file.write(struct.pack("=q", seconds))
        time.clock_settime(time.CLOCK_REALTIME, time.time())


def ban_many(guard, folder, addresses, hours):
    """As many bans by hand as the rate of bans takes a while for."""
    with open(f"{folder}/list", "w", encoding="ascii") as file:
        file.writelines(f"{address}\n" for address in sorted(addresses))
    guard.command("import", file.name, "--for", f"{hours}h")


def asleep(t, net, guard, log, clock):
    """Before and after."""
    nft = Nft(net.server)
    for address, span in (("192.0.2.7", "7h"), ("192.0.2.8", "permanent"), ("192.0.2.10", "10h")):
        guard.command("ban", address, "--for", span)
    log.write(*(logs.sasl_failure(attacker4(1), f"u{i}") for i in range(3)))
    ban_many(guard, net.folder, SHORT, 7)
    ban_many(guard, net.folder, LONG, 12)
    before = {"192.0.2.7", "192.0.2.8", "192.0.2.10", attacker4(1), *SHORT, *LONG}
    t.ok(tap.eventually(lambda: nft.banned() == before, 60), "all are banned")
    t.ok(tap.eventually(lambda: not guard.status()["bans_waiting"], 5), "and answered for")
    roles = guard.roles()
    clock.sleep(SLEEP_S)
    after = {"192.0.2.8", "192.0.2.10", *LONG}
    took = tap.seconds_until(lambda: nft.banned() == after, 10)
    t.ok(took is not None and took < 3, f"what ended is lifted at once ({took} s)")

    def left():
        held = nft.elements("ban4")
        return {
            "192.0.2.8": held.get("192.0.2.8"),
            "192.0.2.10": held.get("192.0.2.10"),
            "least": min((held.get(a) or 0) for a in LONG),
            "most": max((held.get(a) or 0) for a in LONG),
        }

    def is_right():
        now = left()
        return (
            now["192.0.2.8"] is None
            and 2 * HOUR - 120 < now["192.0.2.10"] <= 2 * HOUR
            and 4 * HOUR - 120 < now["least"]
            and now["most"] <= 4 * HOUR
        )

    # At the rate of bans it would take four seconds.
    t.ok(tap.eventually(is_right, 5), f"the others have what is left of them: {left()}")
    t.equal({ban["address"] for ban in guard.bans()}, after, "the guard agrees")
    t.equal(guard.said().count(f"machine-slept for_s={SLEEP_S}"), 1, "the log says it")
    for word in ("clock-set", "log-silent", "firewall-rebuilt", "role-silent"):
        t.ok(word not in guard.said(), f"  and nothing of {word}")
    t.equal(guard.roles(), roles, "every process is the same")
    log.write(*(logs.sasl_failure(attacker4(2), f"u{i}") for i in range(3)))
    t.ok(tap.eventually(lambda: attacker4(2) in nft.banned(), 5), "new attackers are banned")
    t.ok(HOUR - 60 < nft.elements("ban4")[attacker4(2)] <= HOUR, "  for their time")
    guard.kill()
    guard.start()
    t.equal({ban["address"] for ban in guard.bans()}, after | {attacker4(2)}, "and after a kill")


def main(t):
    """One guard, one night."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        clock = Clock(net.folder)
        guard = Guard(net, log.path, maxretry=3, komainu=CONFIG)
        clock.around(guard)
        with guard:
            asleep(t, net, guard, log, clock)


if os.environ.get("KOMAINU_TEST_CLOCK") != "1":
    tap.skip_all("it sets the machine's clock to what it shows: set KOMAINU_TEST_CLOCK=1")
tap.main(main, needs=[KOMAINUD, ASLEEP, "ip", "nft", "nsenter"])
