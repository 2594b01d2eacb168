#!/usr/bin/python3
"""Everything that lines come from, and what goes wrong with it: patterns and new files, links
that move, logs that are gone, not readable or not there yet, rotations that were missed, the
first look at a log, and the syslog of other hosts.
"""
import contextlib
import os
import socket
import stat
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import guard as guard_module  # noqa: E402
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import INSIDE4, INSIDE6, Network, client4, client6  # noqa: E402

PORT = 5140


class Failures:
    """Numbered failures: written ones are counted, and compared with what the guard says."""

    def __init__(self, t, guard):
        self.t, self.guard, self.made = t, guard, 0

    def line(self, when=None):
        """The next one."""
        self.made += 1
        return logs.sasl_failure(
            f"203.0.113.{2 + self.made % 250}", f"n{self.made}", when
        )

    def write(self, path, count=1):
        """Appends lines to a file, which is made if it is not there."""
        with open(path, "ab", buffering=0) as file:
            for _ in range(count):
                file.write(self.line().encode())

    def are_counted(self, name, seconds=10):
        """All are counted, and none twice."""
        tap.eventually(lambda: self.guard.failures() >= self.made, seconds, every=0.02)
        self.t.equal(self.guard.failures(), self.made, name)


@contextlib.contextmanager
def guarded(t, logpath, **config):
    """A network, a folder `logs` in it, and a guard that reads `logpath` (with {} for the
    folder); findtime is an hour."""
    with Network() as net:
        folder = f"{net.folder}/logs"
        os.mkdir(folder)
        guard = Guard(
            net, logpath.replace("{}", folder), **({"maxretry": 1000, "findtime": "1h"} | config)
        )
        yield folder, guard, Failures(t, guard), net


def sources(guard):
    """path -> source, of the status."""
    return {source["path"]: source for source in (guard.status() or {}).get("sources", [])}


def state(guard, path):
    """The state of a source, or None."""
    return sources(guard).get(path, {}).get("state")


# --- patterns ---


def patterns(t):
    """Files that fit, and come later."""
    logpath = "{}/mail.log*\n  {}/vhosts/*/logs/error_log"
    with guarded(t, logpath) as (folder, guard, failures, _net):
        failures.write(f"{folder}/mail.log", 3)
        for name in ("mail.log.1", "mail.log.2.gz"):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(logs.sasl_failure("203.0.113.1", "old", time.time() - 7200).encode())
            os.utime(f"{folder}/{name}", (1000000000, 1000000000))
        guard.start()
        failures.are_counted("a pattern's file is read")
        ours = [path for path in sources(guard) if path.startswith(folder)]
        t.equal(ours, [f"{folder}/mail.log"], "rotated files are no sources")
        failures.write(f"{folder}/mail.log.err", 3)
        failures.are_counted("a file that appears and fits is read, from its start")

        vhost = f"{folder}/vhosts/example.org/logs"
        os.makedirs(vhost)
        failures.write(f"{vhost}/error_log", 4)
        failures.are_counted("so is one in folders that were not there before")
        t.ok(guard.says("sources-changed"), "the change is logged")
        os.rename(f"{vhost}/error_log", f"{vhost}/error_log.1")
        failures.write(f"{vhost}/error_log", 4)
        failures.are_counted("it is followed through a rotation")
        before = guard.roles()
        failures.write(f"{folder}/mail.log", 5)
        os.rename(f"{folder}/mail.log", f"{folder}/mail.log.1")
        failures.write(f"{folder}/mail.log.1", 1)
        failures.write(f"{folder}/mail.log", 5)
        failures.are_counted("rotated files of a pattern stay parts of their log")
        t.equal(guard.roles(), before, "and no reader was restarted for them")
        guard.stop()
        failures.write(f"{vhost}/error_log", 2)
        guard.start()
        failures.are_counted("places are kept over a restart")


def busy(t):
    """New files while lines and datagrams come: the readers are restarted for each."""
    logpath = "{}/*.log\n  " + remote("udp", INSIDE4, "198.51.100.0/24")
    with guarded(t, logpath) as (folder, guard, failures, net):
        failures.write(f"{folder}/0.log")
        guard.start()
        host = sender(net, "udp", client4(0), INSIDE4)
        roles = set()
        for number in range(1, 4):
            roles.add(guard.roles().get("komainu-sensor"))
            failures.write(f"{folder}/{number}.log")

            def is_changed(number=number):
                failures.write(f"{folder}/{number // 2}.log")
                host.send(datagram(failures))
                return f"{folder}/{number}.log" in sources(guard)

            tap.eventually(is_changed, 5, every=0.002)
            failures.write(f"{folder}/{number}.log", 20)
        failures.are_counted(f"all of {failures.made} lines and datagrams are counted once", 20)
        t.equal(len(roles), 3, "over restarts of the readers for new files")


def too_many(t):
    """More files than sources."""
    with guarded(t, "{}/*.log") as (folder, guard, failures, _net):
        for number in range(260):
            with open(f"{folder}/{number:03}.log", "wb"):
                pass
        guard.start()
        t.ok(guard.says(f"{folder}/256.log"), "a file for which there is no room is named")
        status = tap.eventually(guard.status, 5)
        read = sum(source["path"].startswith(folder) for source in status["sources"])
        t.equal(status["left_out"], 260 - read, "they are counted in the status")
        t.ok(any("left out" in text for text in status["problems"]), "which notes them")
        failures.write(f"{folder}/200.log", 2)
        failures.are_counted("the others are read")


# --- files that go and come ---


def deleted(t):
    """Removed and made anew; the folder too; a folder that is not there yet."""
    with guarded(t, "{}/deep/mail.log") as (folder, guard, failures, _net):
        path = f"{folder}/deep/mail.log"
        guard.start()
        t.equal(state(guard, path), "waiting", "a log in a folder that is not there is waited for")
        os.mkdir(f"{folder}/deep")
        failures.write(path, 3)
        failures.are_counted("the folder and the log appear")
        for _ in range(3):
            os.unlink(path)
            failures.write(path, 3)
            failures.are_counted("the log is removed and made anew")
        os.rename(f"{folder}/deep", f"{folder}/old")
        os.mkdir(f"{folder}/deep")
        failures.write(path, 3)
        failures.are_counted("so is its folder")


def links(t):
    """The path is a link, which is moved; its target is rotated."""
    with guarded(t, "{}/current.log") as (folder, guard, failures, _net):
        path = f"{folder}/current.log"
        for name in "abc":
            os.mkdir(f"{folder}/{name}")
        failures.write(f"{folder}/a/mail.log", 3)
        os.symlink("a/mail.log", path)
        guard.start()
        failures.are_counted("a link is followed")

        def move(target):
            os.symlink(target, f"{path}.new")
            os.rename(f"{path}.new", path)

        failures.write(f"{folder}/a/mail.log", 20)
        failures.write(f"{folder}/b/mail.log", 3)
        move("b/mail.log")
        failures.write(f"{folder}/b/mail.log", 3)
        failures.are_counted("it is moved: the rest of the old target, then the new one")
        os.rename(f"{folder}/b/mail.log", f"{folder}/b/mail.log.1")
        failures.write(f"{folder}/b/mail.log.1", 2)
        failures.write(f"{folder}/b/mail.log", 3)
        failures.are_counted("its target is rotated where it lies")
        move("c/mail.log")
        failures.write(f"{folder}/c/mail.log", 3)
        failures.are_counted("it leads nowhere for a while, and then its target appears")
        move("d/mail.log")
        os.mkdir(f"{folder}/d")
        failures.write(f"{folder}/d/mail.log", 3)
        failures.are_counted("so does its target with a folder")
        guard.stop()
        failures.write(f"{folder}/d/mail.log", 2)
        os.rename(f"{folder}/d/mail.log", f"{folder}/d/mail.log.1")
        failures.write(f"{folder}/d/mail.log", 2)
        guard.start()
        failures.are_counted("a rotation behind a link that was missed loses nothing")


def folder_links(t):
    """A folder on the way is a link, which is moved."""
    with guarded(t, "{}/current/logs/mail.log") as (folder, guard, failures, _net):
        for name in ("r1", "r2"):
            os.makedirs(f"{folder}/{name}/logs")
            failures.write(f"{folder}/{name}/logs/mail.log", 2)
        os.symlink("r1", f"{folder}/current")
        guard.start()
        tap.eventually(lambda: guard.failures() == 2, 5)
        t.equal(guard.failures(), 2, "through a linked folder")
        os.symlink("r2", f"{folder}/new")
        os.rename(f"{folder}/new", f"{folder}/current")
        failures.are_counted("the folder's link is moved: the log there is read")
        failures.write(f"{folder}/current/logs/mail.log", 3)
        failures.are_counted("and followed")
        os.unlink(f"{folder}/current")
        os.symlink("r3", f"{folder}/current")
        os.makedirs(f"{folder}/r3/logs")
        failures.write(f"{folder}/r3/logs/mail.log", 3)
        failures.are_counted("it leads nowhere for a while")


def unreadable(t):
    """A log that komainud may not read for now: it has no power over other users' files
    here, as on a network file system."""
    with guarded(t, "{}/mail.log") as (folder, guard, failures, net):
        path = f"{folder}/mail.log"
        failures.write(path, 3)
        os.chown(path, 65534, 65534)
        os.chmod(path, 0)
        wrapper = f"{net.folder}/komainud"
        with open(wrapper, "w", encoding="ascii") as file:
            file.write(
                "#!/bin/sh\nexec setpriv --bounding-set=-dac_override,-dac_read_search "
                f'{KOMAINUD} "$@"\n'
            )
        os.chmod(wrapper, 0o755)
        guard_module.KOMAINUD = wrapper
        try:
            guard.start()
        finally:
            guard_module.KOMAINUD = KOMAINUD
        t.ok(
            tap.eventually(lambda: state(guard, path) == "failed", 5),
            "a log that may not be read is told as failed",
        )
        t.ok("Permission denied" in str(sources(guard)[path]["error"]), "with the reason")
        os.chmod(path, stat.S_IRUSR | stat.S_IROTH)
        failures.are_counted("it may be read later, and is")
        t.equal(state(guard, path), "following", "and its state says so")
        os.rename(path, f"{path}.1")
        os.mkdir(path)
        t.ok(
            tap.eventually(lambda: state(guard, path) == "failed", 5),
            "a folder in its place is told",
        )
        os.rmdir(path)
        failures.write(path, 3)
        failures.are_counted("and a log again")


def missed(t):
    """Rotated many times while nobody looked."""
    with guarded(t, "{}/mail.log") as (folder, guard, failures, _net):
        path = f"{folder}/mail.log"
        failures.write(path, 3)
        guard.start()
        failures.are_counted("before")
        guard.stop()
        failures.write(path, 20)  # the rest of the file that was read
        for _ in range(10):
            for number in range(12, 0, -1):
                with contextlib.suppress(FileNotFoundError):
                    os.rename(f"{path}.{number}", f"{path}.{number + 1}")
            os.rename(path, f"{path}.1")
            failures.write(path, 7)
        guard.start()
        failures.are_counted("ten rotations that were missed lose nothing, and double nothing")


# --- the first look ---


def first_look(t):
    """A log never seen before is read back to the longest findtime."""
    now = time.time()
    with guarded(t, "{}/mail.log", sshd=True, findtime="1h") as (folder, guard, failures, _net):
        path = f"{folder}/mail.log"
        with open(f"{path}.2", "wb") as file:
            for age in range(9000, 7200, -10):
                file.write(logs.sasl_failure("203.0.113.1", "old", now - age).encode())
        os.utime(f"{path}.2", (now - 7200, now - 7200))
        with open(f"{path}.1", "wb") as file:
            for age in range(7000, 3650, -1):
                file.write(logs.sasl_failure("203.0.113.1", "old", now - age).encode())
            for age in range(3500, 1800, -10):
                file.write(failures.line(now - age).encode())
        os.utime(f"{path}.1", (now - 1800, now - 1800))
        with open(path, "wb") as file:
            for age in range(1700, 0, -10):
                file.write(failures.line(now - age).encode())
        guard.start()
        failures.are_counted("read back to findtime, over a rotation, and no further")
        t.ok((guard.status() or {}).get("lines", 0) < 1500, "older lines were not even read")


def tail_word(t):
    """` tail` behind a path."""
    with guarded(t, "{}/mail.log tail") as (folder, guard, failures, _net):
        with open(f"{folder}/mail.log", "wb") as file:
            file.write(logs.sasl_failure("203.0.113.1", "before").encode())
        guard.start()
        tap.eventually(lambda: state(guard, f"{folder}/mail.log") == "following", 5)
        failures.write(f"{folder}/mail.log", 3)
        failures.are_counted("with `tail` what is there already is passed over")


def hostile_growth(t):
    """A line without an end that grows piece by piece does not slow the sensor."""
    with guarded(t, "{}/mail.log") as (folder, guard, failures, _net):
        path = f"{folder}/mail.log"
        failures.write(path, 1)
        guard.start()
        failures.are_counted("before")
        with open(path, "ab", buffering=0) as file:
            for _ in range(4000):
                file.write(b"x" * 1000)
            file.write(b"\n" + b"\0a\n" * 300_000)
        failures.write(path, 3)
        failures.are_counted("4 MB without newline and 300,000 NULs before lines are got over")


# --- other hosts ---


def remote(kind, address, senders):
    """The logpath of a listener, and the option behind it."""
    host = f"[{address}]" if ":" in address else address
    return f"syslog-{kind}://{host}:{PORT}\nsenders = {senders}"


def sender(net, kind, source, address):
    """A socket of the client that sends from `source`."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    if kind == "tcp":
        return net.client.connect(source, address, PORT)
    with net.client.entered():
        made = socket.socket(family, socket.SOCK_DGRAM)
    made.bind((source, 0))
    made.connect((address, PORT))
    return made


def datagram(failures):
    """A failure as another host sends it."""
    return b"<22>" + failures.line().rstrip("\n").encode()


def split(message):
    """The same with a newline in the reason, which the expression passes over by `.`."""
    return message.replace(b"UGFz", b"UGF\nz")


def udp(t):
    """Datagrams, exactly once."""
    logpath = remote("udp", INSIDE4, "198.51.100.10/32")
    with guarded(t, logpath) as (_folder, guard, failures, net):
        guard.start()
        good, bad = sender(net, "udp", client4(0), INSIDE4), sender(net, "udp", client4(1), INSIDE4)
        good.send(datagram(failures))
        failures.are_counted("a datagram of a listed sender is counted like a local line")
        good.send(split(datagram(failures)))
        failures.are_counted("a newline inside it hides nothing")
        for number in range(5):
            bad.send(b"<22>" + logs.sasl_failure("203.0.113.1", f"bad{number}").encode())
        good.send(datagram(failures))
        failures.are_counted("those of others are not")
        t.ok(
            tap.eventually(lambda: (guard.status() or {}).get("refused_senders") == 5, 8, 0.05),
            "but they are counted as refused",
        )
        t.ok(guard.says("sender-refused"), "and logged")
        kills = 0
        for _ in range(5):
            for _ in range(100):
                good.send(datagram(failures))
            kills += bool(tap.eventually(lambda: guard.kill_role("komainu-sensor"), 5))
            for _ in range(20):
                good.send(datagram(failures))
        t.equal(kills, 5, "the sensor was killed five times meanwhile")
        failures.are_counted("every datagram is counted once over kills of the sensor", 20)
        guard.kill_role("komainu-judge")
        good.send(datagram(failures))
        failures.are_counted("and over one of judge")


def udp6(t):
    """IPv6."""
    with guarded(t, remote("udp", INSIDE6, "2001:db8:c:1::/64")) as (_folder, guard, failures, net):
        guard.start()
        sender(net, "udp", client6(0), INSIDE6).send(datagram(failures))
        failures.are_counted("over IPv6 too")


def tcp(t):
    """Connections: both framings, silent ones, refused ones."""
    with guarded(t, remote("tcp", INSIDE4, "198.51.100.10")) as (_folder, guard, failures, net):
        guard.start()
        one = sender(net, "tcp", client4(0), INSIDE4)
        one.sendall(datagram(failures) + b"\n" + datagram(failures) + b"\n")
        failures.are_counted("messages that end with a newline")
        message = datagram(failures)
        framed = b"%d %s" % (len(message), message)
        one.sendall(framed[:10])
        one.sendall(framed[10:])
        failures.are_counted("a counted message, in two pieces, on the same connection")
        message = split(datagram(failures))
        one.sendall(b"%d %s" % (len(message), message))
        failures.are_counted("a newline inside a counted message hides nothing")
        one.sendall(b"30000 " + b"x" * 30000 + datagram(failures) + b"\n")
        failures.are_counted("one behind a message that is too long")
        t.ok(
            tap.eventually(lambda: (guard.status() or {}).get("cut_messages") == 1, 8, 0.05),
            "which is counted as cut",
        )
        with contextlib.suppress(OSError):
            bad = net.client.connect(client4(1), INSIDE4, PORT)
            bad.sendall(b"<22>" + logs.sasl_failure("203.0.113.1", "bad").encode())
            t.ok(bad.recv(1) == b"", "a sender that is not listed is refused")
        t.ok(
            tap.eventually(lambda: (guard.status() or {}).get("refused_senders") == 1, 8, 0.05),
            "and counted",
        )
        silent = [sender(net, "tcp", client4(0), INSIDE4) for _ in range(80)]
        busy = sender(net, "tcp", client4(0), INSIDE4)
        busy.sendall(datagram(failures) + b"\n")
        failures.are_counted("80 silent connections keep no sender out")
        for connection in silent:
            connection.close()
        busy.sendall(b"0 this is no frame\n")
        t.ok(busy.recv(1) == b"", "a connection without frames is closed")
        last = sender(net, "tcp", client4(0), INSIDE4)
        last.sendall(datagram(failures))
        last.close()
        failures.are_counted("a last message without newline counts when the sender closes")
        after_kill(t, guard, failures, net)


def after_kill(t, guard, failures, net):
    """What the sensor had taken from a connection may be lost with it; nothing is doubled."""
    connection = sender(net, "tcp", client4(0), INSIDE4)
    connection.sendall(datagram(failures) + b"\n")
    failures.are_counted("before the kill")
    guard.kill_role("komainu-sensor")
    t.ok(connection.recv(1) == b"", "a kill of the sensor ends the connection")

    def reconnected():
        with contextlib.suppress(OSError):
            return sender(net, "tcp", client4(0), INSIDE4)
        return None

    again = tap.eventually(reconnected, 5)
    again.sendall(datagram(failures) + b"\n")
    failures.are_counted("the next connection is read, and nothing is counted twice")
    again.sendall(b"".join(datagram(failures) + b"\n" for _ in range(50)))
    guard.stop()
    guard.start()
    failures.are_counted("what was sent before an end in good order is counted")


def refused_configurations(t):
    """What cannot be right is refused before anything starts."""
    cases = (
        (f"syslog-udp://{INSIDE4}:{PORT}", "write in `senders`"),
        (f"syslog-udp://mail.example.org:{PORT}\nsenders = 192.0.2.1", "syslog-udp://ADDRESS"),
    )
    for logpath, message in cases:
        with guarded(t, logpath) as (_folder, guard, _failures, _net):
            done = guard.command("check-config", "--config", guard.config, check=False)
            t.ok(
                done.returncode != 0 and message in done.stdout + done.stderr,
                f"refused: {logpath.splitlines()[0]}",
            )


def sandboxed(t):
    """A sensor that accepts connections still can make none."""
    with guarded(t, remote("tcp", INSIDE4, "198.51.100.10")) as (_folder, guard, failures, net):
        guard.start()
        sender(net, "tcp", client4(0), INSIDE4).sendall(datagram(failures) + b"\n")
        failures.are_counted("with a listener")
        with open(f"/proc/{guard.roles()['komainu-sensor']}/status", encoding="ascii") as file:
            t.ok("Seccomp:\t2" in file.read(), "the sensor stays behind its filter")


def main(t):
    """One after another."""
    only = sys.argv[1:]
    for case in (
        patterns,
        busy,
        too_many,
        deleted,
        links,
        folder_links,
        unreadable,
        missed,
        first_look,
        tail_word,
        hostile_growth,
        udp,
        udp6,
        tcp,
        refused_configurations,
        sandboxed,
    ):
        if not only or case.__name__ in only:
            case(t)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "setpriv"])
