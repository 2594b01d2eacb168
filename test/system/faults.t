#!/usr/bin/python3
"""The machine under the guard fails: the disk is full, or cannot be written, or a role runs out of memory.
Bans go on in every case, and what could not be saved is saved when it can be again.
"""
import contextlib
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import disk, logs, tap  # noqa: E402
from komainu_test.daemon import no_dns, with_mounts  # noqa: E402
from komainu_test.dns import A, Resolver  # noqa: E402
from komainu_test.guard import (  # noqa: E402
    JOURNAL, KOMAINUD, RESOLVER, ROLES, RUNNER, Guard, is_running,
)
from komainu_test.journal import REMOTE, Journal, sasl_failure  # noqa: E402
from komainu_test.net import Network, Nft, attacker4  # noqa: E402

MAXRETRY = 3
USED = """usedns = yes
failregex = ^<PREFIX>failure of <F-USER>\\S+</F-USER> from <HOST>$"""


def address(number):
    """The number-th attacker."""
    return f"198.18.{number // 250}.{number % 250 + 1}"


def attack(log, numbers):
    """As many failures as ban each of them."""
    log.write(*(logs.sasl_failure(address(n), f"u{i}") for n in numbers for i in range(MAXRETRY)))


def all_banned(net, numbers):
    """Whether the kernel has each of them, before long."""
    want = {address(n) for n in numbers}
    return tap.eventually(lambda: want <= set(Nft(net.server).banned()), 10)


def full_disk(t):
    """No room for the database, while the guard runs and when it starts."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        guard = Guard(net, log.path, maxretry=MAXRETRY)
        with disk.small(net, guard.state):
            with guard:
                attack(log, range(10))
                t.ok(all_banned(net, range(10)), "bans while there is room")
                disk.fill(f"{guard.state}/judge/full")
                attack(log, range(10, 400))
                t.ok(all_banned(net, range(400)), "bans go on when the disk is full")
                t.ok(
                    tap.eventually(lambda: "store-failed" in guard.said(), 10),
                    "that nothing is saved is said",
                )
                t.equal(len(guard.bans()), 400, "the guard knows of all of them")
                os.remove(f"{guard.state}/judge/full")
                t.ok(
                    tap.eventually(lambda: "store-works-again" in guard.said(), 10),
                    "it saves again when there is room",
                )
                guard.kill()
            with guard:
                t.equal(len(guard.bans()), 400, "and what was banned meanwhile outlives kill -9")
                disk.fill(f"{guard.state}/judge/full")
            with guard:
                t.equal(len(guard.bans()), 400, "a guard starts on a full disk")
                attack(log, range(400, 410))
                t.ok(all_banned(net, range(410)), "and bans")


def read_only_disk(t):
    """The file system is mounted read-only, as the kernel does when the disk breaks."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        guard = Guard(net, log.path, maxretry=MAXRETRY)
        with disk.small(net, guard.state) as mount:
            with guard:
                attack(log, range(5))
                t.ok(all_banned(net, range(5)), "bans before")
            for first, how in ((5, "a good end"), (15, "kill -9")):
                # A file that is open for writing keeps a file system from becoming read-only.
                mount("-o", "remount,ro")
                with guard:
                    read_only(t, net, (guard, log, first, how))
                    mount("-o", "remount,rw")
                    t.ok(
                        tap.eventually(lambda: "store-works-again" in guard.said(), 10),
                        "it saves when the disk can be written again",
                    )
                    guard.kill()
                os.truncate(guard.output, 0)
            with guard:
                t.equal(len(guard.bans()), 25, "and a new guard has all of it")


def read_only(t, net, case):
    """A guard that cannot write."""
    guard, log, first, how = case
    t.ok(
        tap.eventually(lambda: "store-failed" in guard.said(), 10),
        f"after {how} a guard that cannot write says so",
    )
    t.equal(len(guard.bans()), first, "but knows what was saved")
    attack(log, range(first, first + 10))
    t.ok(all_banned(net, range(first + 10)), "and bans")


@contextlib.contextmanager
def memory_group():
    """A control group for memory, as its folder; None where there is none to be had."""
    for base, limit in (
        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        ("/sys/fs/cgroup", "memory.max"),
    ):
        folder = f"{base}/komainu-test-{os.getpid()}"
        try:
            os.mkdir(folder)
        except OSError:
            continue
        try:
            yield f"{folder}/cgroup.procs", f"{folder}/{limit}"
        finally:
            tap.eventually(lambda folder=folder: not remains(folder), 5)
        return
    yield None


def remains(folder):
    """Whether the group cannot be removed yet."""
    try:
        os.rmdir(folder)
    except OSError:
        return True
    return False


def write(path, text):
    """Writes one value for the kernel."""
    with open(path, "w", encoding="ascii") as file:
        file.write(str(text))


def out_of_memory(t):
    """The kernel kills each role for want of memory."""
    with Network() as net, memory_group() as group:
        if not group or not os.path.exists(group[1]):
            t.skip("a role is killed for want of memory", "no control group for memory")
            return
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=MAXRETRY) as guard:
            for number, name in enumerate(ROLES):
                starve(t, guard, group, (name, log, number * 2000))
            t.equal(guard.process.poll(), None, "komainud itself goes on")
            t.equal(len(guard.bans()), 2000 * len(ROLES), "nobody was counted twice or lost")


def take_memory(limit):
    """Leaves as little as the kernel agrees to: what is in use by then it may not give back."""
    for pages in range(16, 1024, 16):
        with contextlib.suppress(OSError):
            write(limit, pages * 4096)
            return
    raise RuntimeError("the kernel takes no limit for memory")


def starve(t, guard, group, case):
    """Gives one role no more memory, and work that needs some."""
    (name, log, first), (members, limit) = case, group
    pid = guard.roles()[name]
    numbers = range(first, first + 2000)
    # Where the group counts what it got after the move alone, any new page is too much.
    write(members, pid)
    take_memory(limit)
    attack(log, numbers)
    gone = tap.eventually(lambda: guard.roles().get(name) not in (pid, None), 5)
    if not gone:
        t.note(f"{name} needed no more memory: killed by hand")
        os.kill(pid, signal.SIGKILL)
    write(limit, -1 if limit.endswith("bytes") else "max")
    t.ok(tap.eventually(guard.is_ready, 20), f"{name} comes back")
    t.ok(
        tap.eventually(lambda: guard.failures() >= (numbers[-1] + 1) * MAXRETRY, 20, every=0.05),
        f"and no failure is lost with {name}",
    )


def take_all(t, guard, group, case):
    """Gives a role no more memory while there is work for it, until it is killed. Another one
    comes when there is some again."""
    (name, work), (members, limit) = case, group
    t.ok(tap.eventually(lambda: guard.roles().get(name), 10), f"{name} runs")
    pid = guard.roles()[name]
    write(members, pid)
    take_memory(limit)
    work()
    if not tap.eventually(lambda: not is_running(pid), 5):
        t.note(f"{name} needed no more memory: killed by hand")
        os.kill(pid, signal.SIGKILL)
    write(limit, -1 if limit.endswith("bytes") else "max")
    t.ok(tap.eventually(lambda: guard.fresh_role(name, pid), 20), f"  {name} comes back")


def helpers_out_of_memory(t):
    """The same for those that run only sometimes: runner and resolver, which work meanwhile."""
    with Network() as net, memory_group() as group:
        if not group or not os.path.exists(group[1]):
            t.skip("a helper is killed for want of memory", "no control group for memory")
            return
        names = {f"h{n}.example.org": [(A, attacker4(n))] for n in range(40)}
        dns = Resolver(net.server, names)
        net.at_close(dns.close)
        log = logs.Log(f"{net.folder}/mail.log")
        told = f"{net.folder}/told"
        notify = "notify = command\nnotify-on = ban\nnotify-rate = 1000\n"
        notify += f"notify-command = echo >>{told}"
        guard = Guard(net, log.path, maxretry=MAXRETRY, komainu=notify, more=USED)
        guard.around = with_mounts(*no_dns(net.folder))

        def fail(numbers):
            log.write(*(
                f"{logs.stamp()} postfix/smtpd[7]: failure of u{i} from h{n}.example.org\n"
                for n in numbers for i in range(MAXRETRY)
            ))

        def bans(numbers):
            want = {attacker4(n) for n in numbers}
            return tap.eventually(lambda: want <= set(Nft(net.server).banned()), 10)

        def said():
            with contextlib.suppress(OSError):
                return os.path.getsize(told)
            return 0

        with guard:
            for number, name in enumerate((RUNNER, RESOLVER)):
                first = number * 20
                take_all(t, guard, group, (name, lambda f=first: fail(range(f, f + 10))))
                t.ok(bans(range(first, first + 10)), "  what it was asked meanwhile is done")
                t.ok(tap.eventually(lambda f=first: said() >= f + 10, 10), "  and told")
                fail(range(first + 10, first + 20))
                t.ok(bans(range(first + 10, first + 20)), "  and what comes behind it")
                t.ok(tap.eventually(lambda f=first: said() >= f + 20, 10), "  and told")
            t.equal(len(guard.bans()), 40, "nobody was counted twice")
            t.equal(guard.process.poll(), None, "komainud itself goes on")


def reader_out_of_memory(t):
    """The same for the reader of the journal."""
    with Network() as net, memory_group() as group:
        if not group or not os.path.exists(group[1]) or not os.path.exists(REMOTE):
            t.skip("the reader is killed for want of memory", f"no control group, or no {REMOTE}")
            return
        log = Journal(f"{net.folder}/journal")
        net.at_close(log.close)
        more = f"backend = systemd[journalpath={log.folder}]\njournalmatch = _COMM=smtpd"

        def fail(numbers):
            tries = [(address(n), f"u{i}") for n in numbers for i in range(MAXRETRY)]
            log.write(*(sasl_failure(*each) for each in tries))

        with Guard(net, "/none", maxretry=MAXRETRY, more=more) as guard:
            fail(range(5))
            t.ok(all_banned(net, range(5)), "bans out of the journal")
            take_all(t, guard, group, (JOURNAL, lambda: fail(range(5, 400))))
            t.ok(all_banned(net, range(400)), "  and it reads what was written meanwhile")
            t.equal(guard.failures(), 400 * MAXRETRY, "  each once")


def main(t):
    """One fault after the other."""
    for part in (
        full_disk, read_only_disk, out_of_memory, helpers_out_of_memory, reader_out_of_memory
    ):
        t.note(part.__doc__)
        part(t)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "mount"])
