#!/usr/bin/python3
"""The machine's clock is stepped an hour ahead and back again: bans last as long as they
were meant to, and new attackers are banned before, between and after.

It steps the real clock for a few seconds, so it runs only with KOMAINU_TEST_CLOCK=1. A
helper process puts the clock right again even when this program is killed.
"""
import contextlib
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network, Nft  # noqa: E402

STEP_S = 3600
SHORT_S = 6
RESTORE = """
import sys, time
real, mono = time.clock_gettime(time.CLOCK_REALTIME), time.clock_gettime(time.CLOCK_BOOTTIME)
print("ready", flush=True)
sys.stdin.read()
time.clock_settime(time.CLOCK_REALTIME, real + time.clock_gettime(time.CLOCK_BOOTTIME) - mono)
"""


@contextlib.contextmanager
def stepped(seconds):
    """The clock is `seconds` ahead inside the `with`, and right again behind it."""
    with subprocess.Popen(
        [sys.executable, "-c", RESTORE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as helper:
        helper.stdout.readline()
        try:
            time.clock_settime(time.CLOCK_REALTIME, time.time() + seconds)
            yield
        finally:
            helper.stdin.close()
            helper.wait()


def attack(t, log, nft, number, when):
    """One attacker, whose lines carry the clock's time."""
    address = f"203.0.113.{number}"
    before = time.monotonic()
    log.write(*(logs.sasl_failure(address, f"u{i}") for i in range(3)))
    t.ok(tap.eventually(lambda: address in nft.banned(), 3), f"an attacker is banned {when}")
    return before


def main(t):
    """One guard through both steps."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        nft = Nft(net.server)
        with Guard(net, log.path, maxretry=3, bantime=f"{SHORT_S}s") as guard:
            guard.command("ban", "192.0.2.9", "--for", "30m")
            attack(t, log, nft, 10, "before the step")
            with stepped(STEP_S):
                ahead = attack(t, log, nft, 11, "with the clock an hour ahead")
                t.ok("192.0.2.9" in nft.banned(), "a ban of 30 minutes is not over an hour ahead")
                nft.flush_ruleset()
                t.ok(
                    tap.eventually(lambda: "192.0.2.9" in nft.banned(), 3),
                    "and is made again after a flush",
                )
                left = nft.elements("ban4").get("192.0.2.9") or 0
                t.ok(1700 < left <= 1800, f"with the time it had left ({left} s)")
            back = attack(t, log, nft, 12, "with the clock back again")
            ends(t, nft, "203.0.113.11", ahead, "made an hour ahead")
            ends(t, nft, "203.0.113.12", back, "made after the step back")
            t.equal(
                [ban["address"] for ban in guard.bans()],
                ["192.0.2.9"],
                "the guard agrees with the kernel",
            )


def ends(t, nft, address, since, name):
    """The short ban ends after its time by the clock that is never stepped."""
    tap.eventually(lambda: address not in nft.banned(), SHORT_S + 3, every=0.05)
    lasted = time.monotonic() - since
    t.ok(
        SHORT_S - 1 <= lasted <= SHORT_S + 40,
        f"a ban of {SHORT_S} s {name} ends on time ({lasted:.1f} s)",
    )


if os.environ.get("KOMAINU_TEST_CLOCK") != "1":
    tap.skip_all("it steps the machine's clock: set KOMAINU_TEST_CLOCK=1 to allow that")
tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
