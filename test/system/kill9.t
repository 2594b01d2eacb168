#!/usr/bin/python3
"""kill -9 of every role, and of the guard itself, at random moments, while numbered
failures are written and the log is rotated: none is lost, none is counted twice, and whoever
reached the limit is banned exactly once.

KILLS is how often each of the four is killed, 200 unless set. SEED repeats a run.
"""
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, ROLES, Guard  # noqa: E402
from komainu_test.net import Network, Nft  # noqa: E402

KILLS = int(os.environ.get("KILLS", "200"))
SEED = int(os.environ.get("SEED", str(time.time_ns() % 1_000_000)))
MAXRETRY = 3


def address(number):
    """The number-th address of the range for such tests."""
    return f"198.18.{number // 250 % 250}.{number % 250 + 1}"


class Writer:
    """A thread that writes numbered failures, in bursts and pauses, and rotates the log."""

    def __init__(self, log, chooser):
        self.log, self.chooser = log, chooser
        self.random = random.Random(SEED)
        self.is_ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.rotate_at = 500

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exception):
        self.is_ending.set()
        self.thread.join()

    def _run(self):
        while not self.is_ending.wait(self.random.choice((0, 0.001, 0.004, 0.02))):
            count = self.random.choice((1, 1, 2, 7))
            first = self.log.written
            self.log.write(
                *(
                    logs.sasl_failure(self.chooser(n), f"n{n}")
                    for n in range(first, first + count)
                )
            )
            if self.log.written > self.rotate_at:
                self.rotate_at = self.log.written + 2500
                self.log.rotate_by_rename()


class Killer:
    """Kills one thing after the other at random moments of its life."""

    def __init__(self, guard):
        self.guard = guard
        self.random = random.Random(SEED + 1)
        self.last = {}
        self.missed = []

    def kill(self, name):
        """One kill -9 of a role or of komainud."""
        if name == "komainud":
            self._moment()
            self.guard.kill()
            # One start in four is not waited for: the next kill may meet it.
            self.guard.start(is_waiting=self.random.random() < 0.75)
            return True
        # A kill counts when it meets a process that has not been killed before.
        fresh = tap.eventually(lambda: self.guard.fresh_role(name, self.last.get(name)), 30)
        if not fresh:
            self.missed.append(f"{name} did not come back:\n{self.guard.said()[-600:]}")
            return False
        self._moment()
        self.last[name] = fresh
        if self.guard.kill_role(name, fresh):
            return True
        self.missed.append(f"{name} had ended by itself:\n{self.guard.said()[-600:]}")
        return False

    def _moment(self):
        # The random moment is what is tested: during the start, or at work.
        time.sleep(self.random.random() ** 3 * 0.3)


def kill_all(t, guard, kills):
    """Every role `kills` times in random order, and komainud after every third kill. A new
    komainud has no memory of roles that died early, so it does not make us wait for them."""
    killer = Killer(guard)
    roles = [name for name in ROLES for _ in range(kills)]
    killer.random.shuffle(roles)
    names = []
    for at in range(0, len(roles), len(ROLES)):
        names += [*roles[at : at + len(ROLES)], "komainud"]
    done = {name: 0 for name in names}
    start = time.monotonic()
    for name in names:
        done[name] += killer.kill(name)
    t.note(f"{done} in {time.monotonic() - start:.0f} s")
    for missed in killer.missed:
        t.note(missed)
    t.equal(done, {name: kills for name in done}, f"each was killed {kills} times")
    tap.eventually(guard.is_ready, 30, every=0.05)


def counts(t, kills):
    """Nobody is banned: the jail's total of failures is the number of lines."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=1000, findtime="1d") as guard:
            with Writer(log, lambda n: address(n % 60000)):
                kill_all(t, guard, kills)
            tap.eventually(lambda: guard.failures() >= log.written, 60, every=0.1)
            t.equal(
                guard.failures(),
                log.written,
                f"all {log.written} failures are counted, each once",
            )
            t.equal(Nft(net.server).banned(), set(), "nobody is banned")


def bans(t, kills):
    """Each attacker makes as many mistakes as the limit, among those of others."""

    def attacker(number):
        block, place = divmod(number, 10 * MAXRETRY)
        return block * 10 + place % 10

    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=MAXRETRY, findtime="1d", bantime="1d") as guard:
            with Writer(log, lambda n: address(attacker(n))):
                kill_all(t, guard, kills)
            expected = whole(log.written, attacker)
            nft = Nft(net.server)
            tap.eventually(lambda: len(nft.banned()) >= len(expected), 60, every=0.2)
            t.ok(
                nft.banned() == expected,
                f"the {len(expected)} attackers are in the kernel and nobody else",
            )
            told = [ban["address"] for ban in guard.bans()]
            t.ok(
                len(told) == len(expected) and set(told) == expected,
                "bans lists each of them once",
            )
            t.equal(
                guard.jail().get("bans_total"),
                len(expected),
                "the jail has banned each of them once",
            )


def whole(written, attacker):
    """The addresses that have made all their mistakes after `written` lines."""
    seen = {}
    for number in range(written):
        seen[attacker(number)] = seen.get(attacker(number), 0) + 1
    return {address(a) for a, count in seen.items() if count == MAXRETRY}


def main(t):
    """Half of the kills without bans, half with them."""
    t.note(f"SEED={SEED} KILLS={KILLS}")
    counts(t, KILLS - KILLS // 2)
    bans(t, KILLS // 2)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
