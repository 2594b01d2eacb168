#!/usr/bin/python3
"""Failures that take two lines (<F-MLFID>): the address in the first, the failure in the
second, hundreds of sessions interleaved. Sensor and judge are killed at random moments, the log is
rotated in between: every failure is counted once, for the right address.

KILLS is how often each is killed, 25 unless set. SEED repeats a run.
"""
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network  # noqa: E402

KILLS = int(os.environ.get("KILLS", "25"))
SEED = int(os.environ.get("SEED", str(time.time_ns() % 1_000_000)))
OPEN = 50

FILTER = """\
[INCLUDES]
before = common.conf
[Definition]
_daemon = doord
failregex = ^%(__prefix_line)s<F-MLFID/><F-NOFAIL>knock</F-NOFAIL> from <ADDR>$
            ^%(__prefix_line)s<F-MLFID/>wrong key of <F-USER>\\S+</F-USER>$
            ^%(__prefix_line)s<F-MLFID/><F-NOFAIL><F-MLFFORGET>gone</F-MLFFORGET></F-NOFAIL>$
"""

JAIL = """\

[door]
enabled = yes
logpath = {log}
maxretry = 1000
findtime = 1d
"""


def address(session):
    """Who opens the session."""
    return f"198.18.{session // 250 % 250}.{session % 250 + 1}"


class Writer:
    """A thread that keeps OPEN sessions going; each fails once or twice and ends."""

    def __init__(self, log):
        self.log = log
        self.random = random.Random(SEED)
        self.is_ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.sessions = {}
        self.begun = 0
        self.failures = {}

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exception):
        self.is_ending.set()
        self.thread.join()

    def _say(self, session, text):
        self.log.write(f"{logs.stamp()} doord[{session + 100}]: {text}\n")

    def _step(self):
        if len(self.sessions) < OPEN:
            self.sessions[self.begun] = self.random.choice((1, 2))
            self._say(self.begun, f"knock from {address(self.begun)}")
            self.begun += 1
            return
        session = self.random.choice(list(self.sessions))
        if self.sessions[session]:
            self.sessions[session] -= 1
            self._say(session, f"wrong key of n{session}")
            self.failures[session] = self.failures.get(session, 0) + 1
        else:
            del self.sessions[session]
            self._say(session, "gone")

    def _run(self):
        rotate_at = 3000
        while not self.is_ending.wait(self.random.choice((0.001, 0.005, 0.02))):
            for _ in range(self.random.choice((1, 2, 7))):
                self._step()
            if self.log.written > rotate_at:
                rotate_at += 3000
                self.log.rotate_by_rename()


def main(t):
    """Kills, then the counts."""
    t.note(f"SEED={SEED} KILLS={KILLS}")
    chance = random.Random(SEED + 1)
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        guard = Guard(net, log.path, sasl=False)
        os.makedirs(f"{guard.config}/filter.d", exist_ok=True)
        with open(f"{guard.config}/filter.d/door.conf", "w", encoding="utf-8") as file:
            file.write(FILTER)
        with open(f"{guard.config}/jail.conf", "a", encoding="utf-8") as file:
            file.write(JAIL.format(log=log.path))
        with guard, Writer(log) as writer:
            done, last = 0, {}
            for _ in range(KILLS):
                for name in ("komainu-sensor", "komainu-judge"):
                    # Every other time it is at work again, else it may be starting.
                    if chance.random() < 0.5:
                        tap.eventually(guard.is_ready, 20)
                    fresh = tap.eventually(lambda n=name: guard.fresh_role(n, last.get(n)), 20)
                    # The random moment of its life is what is tested.
                    time.sleep(chance.random() ** 3 * 0.3)
                    last[name] = fresh
                    done += bool(fresh) and guard.kill_role(name, fresh)
            t.equal(done, 2 * KILLS, "each was killed as often as it should be")
            tap.eventually(guard.is_ready, 30, every=0.05)
            writer.is_ending.set()
            writer.thread.join()
            expected = sum(writer.failures.values())
            tap.eventually(lambda: guard.failures("door") >= expected, 60, every=0.1)
            t.equal(guard.failures("door"), expected, "every failure is counted, each once")
            t.ok(expected > 100, "there were many")
            sample = chance.sample(sorted(writer.failures), 5)
            for session in sample:
                said = guard.why(address(session))
                t.ok(f"n{session}" in said, f"{address(session)} is blamed for its own failure")


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
