#!/usr/bin/python3
"""The log is rotated in the middle of an attack: every failure is counted once, whatever
way it is rotated and whenever the writer notices.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network, Nft  # noqa: E402

ADDRESSES = [f"203.0.113.{n}" for n in range(2, 252)]


class Attack:
    """Writes numbered failures to a log and compares what the guard has counted."""

    def __init__(self, t, guard, log):
        self.t, self.guard, self.log = t, guard, log

    def line(self):
        """The next failure."""
        number = self.log.written
        return logs.sasl_failure(ADDRESSES[number % len(ADDRESSES)], f"n{number}")

    def write(self, count):
        """Appends `count` failures, one write() each."""
        for _ in range(count):
            self.log.write(self.line())

    def is_counted(self, name, seconds=10):
        """All that was written is counted, and not more."""
        tap.eventually(lambda: self.guard.failures() >= self.log.written, seconds, every=0.02)
        self.t.equal(self.guard.failures(), self.log.written, name)


def renames(attack):
    """Rename and create, as logrotate does."""
    for _ in range(20):
        before = attack.log.written
        attack.write(25)
        # Somewhere in the middle: the guard has begun with this file, and lags behind.
        tap.eventually(lambda before=before: attack.guard.failures() > before, 5)
        attack.write(25)
        attack.log.rotate_by_rename()
    attack.write(25)
    attack.is_counted("20 rotations by rename and create: every failure is counted once")


def late_writer(attack):
    """Between the rename and the writer's reopening, lines go on into the old file."""
    for _ in range(5):
        attack.write(5)
        tap.eventually(lambda: attack.guard.failures() >= attack.log.written, 5)
        attack.log.rename()
        attack.write(40)
        with open(attack.log.path, "ab"):
            pass
        attack.write(40)
        attack.log.file.close()
        attack.log.open()
        attack.write(5)
    attack.is_counted("lines written to the old file after the rename are counted too")


def copies(attack):
    """Copy and truncate; the guard has read what was there before each, since lines that
    are written between copy and truncation are lost to anybody."""
    good = 0
    for _ in range(10):
        attack.write(20)
        good += bool(tap.eventually(lambda: attack.guard.failures() >= attack.log.written, 5))
        attack.log.rotate_by_copy()
    attack.write(20)
    attack.t.equal(good, 10, "before each copytruncate all is read")
    attack.is_counted("10 rotations by copytruncate: every failure is counted once")


def grows_past(attack):
    """Truncated, and grown beyond the old offset in one go: only the first bytes tell."""
    attack.log.rotate_by_copy()
    attack.log.write(*[attack.line()])
    attack.is_counted("a short file")
    attack.log.rotate_by_copy()
    lines = []
    for _ in range(60):
        lines.append(attack.line())
        attack.log.written += 1
    attack.log.raw("".join(lines).encode())
    attack.is_counted("a truncated file that is longer than before when it is looked at")


def torn_lines(attack):
    """Half a line, then the rest; NUL bytes; an over-long line."""
    line = attack.line().encode()
    for at in (1, 16, 60, len(line) - 1):
        attack.log.raw(line[:at])
        attack.log.raw(line[at:])
        attack.log.written += 1
    attack.is_counted("lines written in two parts count once")
    attack.log.raw(b"\0" * 4096 + b"\n" + b"x" * 300_000 + b"\n")
    attack.write(3)
    attack.is_counted("NUL bytes and a line of 300,000 bytes do not harm the lines after them")


def away(attack):
    """The guard is down while the log is rotated: it finds the rest of the old file."""
    attack.write(10)
    attack.is_counted("before it is stopped")
    attack.guard.stop()
    attack.write(30)
    attack.log.rotate_by_rename()
    attack.write(30)
    attack.guard.start()
    attack.is_counted("a rotation missed while the guard was down loses nothing")
    attack.guard.stop()
    attack.guard.start()
    attack.is_counted("a restart counts nothing twice")


def bans(t):
    """The failures that earn a ban are spread over three files."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=3):
            nft = Nft(net.server)
            for number in range(3):
                log.write(logs.sasl_failure("203.0.113.77", f"n{number}"))
                log.rotate_by_rename()
            t.ok(
                tap.eventually(lambda: nft.banned() == {"203.0.113.77"}, 5),
                "an attacker whose failures are in three files is banned",
            )


def main(t):
    """All ways on one log."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=1000) as guard:
            attack = Attack(t, guard, log)
            for way in (renames, late_writer, copies, grows_past, torn_lines, away):
                way(attack)
            t.equal(Nft(net.server).banned(), set(), "nobody reached the limit")
    bans(t)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
