#!/usr/bin/python3
"""The folder of `report-store`: a disk that is full, files that are damaged, logs that were packed before
they could be counted. What the store then prints is what a report of the log says, or it says why not."""
import contextlib
import gzip
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINU, KOMAINUD, REPORTER, Guard, write_config  # noqa: E402
from komainu_test.net import Network  # noqa: E402

FULL = "full"


class Counted:
    """A log of today, and a guard that counts it in a folder of 2 MiB."""

    def __init__(self, net):
        self.log = logs.Log(f"{net.folder}/mail.log")
        self.guard = Guard(net, self.log.path)
        lines = f"report-store = yes\nreport-logs = {self.log.path}"
        write_config(self.guard.config, self.log.path, komainu=lines, rules=True)
        self.folder = f"{self.guard.state}/reporter"
        self.number = self.first = 0
        self.when = time.mktime(time.localtime()[:3] + (0, 0, 0, 0, 0, -1))

    def limit(self):
        """From the next start on the folder has 2 MiB, and is the role's as the one before."""
        with self.guard:
            tap.eventually(lambda: os.path.exists(f"{self.folder}/totals"), 20)
        owner = os.stat(self.folder)
        options = f"mode=700,uid={owner.st_uid},gid={owner.st_gid},size=2m"
        self.guard.around = [
            "unshare", "-m", "--", "sh", "-c", f'mount -t tmpfs -o {options} tmpfs "{self.folder}" && exec "$@"', "sh",
        ]
        return self

    def attack(self, count):
        """More failed logins, of today, before now."""
        lines = []
        for _ in range(count):
            self.number += 1
            self.when = min(self.when + 1, time.time() - 1)
            lines.append(logs.sasl_failure(f"198.18.7.{self.number % 6}", f"u{self.number % 9}", self.when))
        self.log.write(*lines)

    def inside(self, path=""):
        """A path in the folder as the guard sees it."""
        return f"/proc/{self.guard.process.pid}/root{self.folder}/{path}"

    def report(self, *argv):
        """Exit code, report and what it says beside it."""
        command = [KOMAINU, "report", "--json", "-d", "today", *argv]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def run(self, *argv):
        """A report as a person reads it."""
        command = [KOMAINU, "report", *argv, "--state", os.path.dirname(os.path.dirname(self.inside()))]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def stored(self):
        """What the store says."""
        return self.report("--from-store", "--state", os.path.dirname(os.path.dirname(self.inside())))

    def logged(self):
        """What the log says."""
        return self.report("--config", self.guard.config, "--rotated", self.log.path)

    def is_level(self):
        """Whether they say the same."""
        return self.stored()[:2] == self.logged()[:2]

    def fill(self):
        """Leaves no room."""
        with open(self.inside(FULL), "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def make_room(self):
        """Gives it back."""
        os.unlink(self.inside(FULL))

    def kill_reporter(self):
        """kill -9, and waits for the next one."""
        old = self.guard.roles().get(REPORTER)
        os.kill(old, signal.SIGKILL)
        return tap.eventually(lambda: self.guard.roles().get(REPORTER) not in (None, old), 20)


def full(t, c):
    """No room: what is not saved is told, and nothing is lost or there twice."""
    c.fill()
    before = c.stored()
    c.attack(200)
    t.ok(tap.eventually(lambda: "report-not-saved" in c.guard.said(), 30), "a full disk is told by the guard")
    got = c.stored()
    t.equal(got[:2], before[:2], "the report is that of the last save")
    t.ok("counted until" in got[2], "and says that it is")
    t.ok(c.kill_reporter(), "the role ends meanwhile")
    c.attack(100)
    c.make_room()
    t.ok(tap.eventually(c.is_level, 40, every=0.3), "with room again all is counted, once")
    c.fill()
    said = c.guard.said().count("report-not-saved")
    c.attack(100)
    t.ok(tap.eventually(lambda: c.guard.said().count("report-not-saved") > said, 30), "full again")
    c.make_room()
    t.ok(tap.eventually(c.is_level, 40, every=0.3), "and it is tried again though nothing comes")
    t.ok("counted until" not in c.stored()[2], "and nothing is to come")


def flip(path):
    """Changes a bit in the last byte."""
    with open(path, "r+b") as file:
        file.seek(-1, os.SEEK_END)
        byte = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([byte[0] ^ 1]))


def damaged(t, c):
    """Totals that are damaged are no report, and are begun anew from the log."""
    pid = c.guard.roles()[REPORTER]
    os.kill(pid, signal.SIGSTOP)
    flip(c.inside("totals"))
    code, out, err = c.stored()
    t.ok(code != 0 and out == "" and "damaged" in err, "damaged totals are no report")
    t.ok(c.kill_reporter(), "the role begins anew")
    t.ok(tap.eventually(lambda: "report-damaged" in c.guard.said(), 20), "and says so")
    c.attack(10)
    t.ok(tap.eventually(c.is_level, 40, every=0.3), "and counts all of the log again")
    events = [name for name in os.listdir(c.inside()) if name.endswith(".events")]
    pid = c.guard.roles()[REPORTER]
    os.kill(pid, signal.SIGSTOP)
    flip(c.inside(events[-1]))
    t.ok(c.kill_reporter(), "with damaged events")
    c.attack(10)
    t.ok(tap.eventually(lambda: '"breaks"' in c.stored()[1], 40, every=0.3), "that judging began anew is told")


def packed(t, c):
    """What was packed before counting began is not read: the report says since when was counted, which is all there
    is to say of a machine that is new, too."""
    c.attack(50)
    c.log.file.close()
    with open(c.log.path, "rb") as file, gzip.open(f"{c.log.path}.1.gz", "wb") as pack:
        pack.write(file.read())
    os.unlink(c.log.path)
    c.log.open()
    c.first = min(c.when + 1, time.time() - 1)
    c.attack(50)
    with c.guard:
        t.ok(tap.eventually(lambda: c.stored()[0] == 0 and '"value":50' in c.stored()[1], 40, every=0.3),
             "what is not packed is counted")
        began = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(c.first))
        code, out, err = c.stored()
        t.ok(f'"counted_from":"{began}' in out, "and since when is told in the report")
        t.equal(re.sub('"counted_from":"[^"]*",', "", out), c.report("--config", c.guard.config, c.log.path)[1],
                "which says else what that of the log says")
        t.equal((code, err), (0, ""), "nothing is said to be missing")
        done = c.run("--from-store", "-d", "today")
        t.ok(f"Counting began at {began[11:]}: lines from before are not in\n" in done.stdout, "in a sentence")
        done = c.run("--from-store", "-d", "yesterday")
        t.ok(done.returncode != 0 and f"begin at {began}" in done.stderr, "and the day before is not counted")
    with c.guard:
        os.kill(c.guard.roles()[REPORTER], signal.SIGKILL)
        c.attack(10)
        t.ok(tap.eventually(lambda: '"value":60' in c.stored()[1], 40, every=0.3), "the role begins again")
        code, out, err = c.stored()
        t.ok(f'"counted_from":"{began}' in out and err == "", "and still knows it, and of nothing else")


def main(t):
    """One guard, and another."""
    with Network() as net:
        c = Counted(net).limit()
        c.log.raw(logs.sasl_failure("198.18.7.1", "u", c.when - 3 * 86400).encode("ascii"))
        c.attack(300)
        with c.guard:
            t.ok(tap.eventually(c.is_level, 40, every=0.3), "a log is counted")
            full(t, c)
            damaged(t, c)
    with Network() as net:
        packed(t, Counted(net).limit())


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "unshare"])
