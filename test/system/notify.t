#!/usr/bin/python3
"""What a service manager hears of komainud: ready when every role is, how it goes, signs of
life while every role gives one; a role that is stuck is killed and started again."""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, ROLES, Guard  # noqa: E402
from komainu_test.manager import Manager  # noqa: E402
from komainu_test.net import Network  # noqa: E402

WATCHDOG_US = 2_000_000


def life(t, net, log):
    """From start to end, with a role that hangs in between."""
    with Manager(f"{net.folder}/notify", WATCHDOG_US) as manager:
        with Guard(net, log.path, maxretry=3) as guard:
            t.ok(tap.eventually(lambda: manager.lines("READY=1"), 10), "READY=1 is told")
            t.ok(
                tap.eventually(lambda: manager.lines("STATUS=guarding: "), 10),
                "and what is guarded",
            )
            log.write(*(logs.sasl_failure("203.0.113.40", f"u{i}") for i in range(3)))
            t.ok(
                tap.eventually(lambda: any("; 1 bans" in s for s in manager.lines("STATUS=")), 10),
                "and how many are banned",
            )
            t.ok(
                tap.eventually(lambda: len(manager.times("WATCHDOG=1")) >= 6, 10),
                "signs of life are given",
            )
            times = manager.times("WATCHDOG=1")
            t.below(
                max(b - a for a, b in zip(times, times[1:])),
                WATCHDOG_US / 1e6 * 3 / 4,
                "in time, the longest pause in s",
            )
            for name in ROLES:
                hangs(t, guard, log, name)
            t.ok(guard.says("role-silent role=sensor"), "the log says it")
            ready = tap.eventually(lambda: manager.lines("STATUS=")[-1].startswith("STATUS=guarding"), 10)
            t.ok(ready, "and all is well again")
            before = len(manager.times("WATCHDOG=1"))
            t.ok(
                tap.eventually(lambda: len(manager.times("WATCHDOG=1")) > before, 10),
                "with signs of life",
            )
            t.equal(manager.lines("STOPPING=1"), [], "it does not say that it stops")
        t.equal(manager.lines("STOPPING=1"), ["STOPPING=1"], "until it does")
        t.equal(len(manager.lines("READY=1")), 1, "READY=1 was told once")


def hangs(t, guard, log, name):
    """A stopped process stands for one that is in an endless loop."""
    pid = guard.roles()[name]
    before = log.written
    os.kill(pid, signal.SIGSTOP)
    log.write(logs.sasl_failure("203.0.113.41", "x", None))
    t.ok(
        tap.eventually(lambda: guard.roles().get(name) not in (None, pid), 10, every=0.05),
        f"a {name} that hangs is killed and started again",
    )
    tap.eventually(guard.is_ready, 10, every=0.05)
    t.ok(
        tap.eventually(lambda: guard.failures() == log.written, 10, every=0.05),
        f"and nothing is lost ({guard.failures()} of {before + 1})",
    )


def others(t, net, log):
    """An abstract socket; a watchdog that is for somebody else; no manager at all."""
    name = f"@komainu-test-{os.getpid()}"
    with net.server.entered():
        heard = Manager(name, WATCHDOG_US // 4)  # abstract names live in a namespace
    with heard as manager:
        os.environ["WATCHDOG_PID"] = "1"
        with Guard(net, log.path):
            t.ok(tap.eventually(lambda: manager.lines("READY=1"), 10), "an abstract socket")
        t.ok(tap.eventually(lambda: manager.lines("STOPPING=1"), 10), "hears all")
        t.equal(manager.lines("WATCHDOG"), [], "no signs of life for another process")
    os.environ["NOTIFY_SOCKET"] = "relative/path"
    with Guard(net, log.path) as guard:
        t.ok(guard.says("notify-socket"), "a socket that is none is told, and no more")
    del os.environ["NOTIFY_SOCKET"]


def main(t):
    """All."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        life(t, net, log)
        others(t, net, log)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
