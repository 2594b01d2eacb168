#!/usr/bin/python3
"""What can go wrong around the guard: a ban lifted while nobody listens, a damaged database, a second guard,
a terminal that does not read, a log folder that moves, and datagrams while the readers are killed.
"""
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network, Nft  # noqa: E402

KILLS = int(os.environ.get("KILLS", "200"))
MAXRETRY = 3


def address(number):
    """The number-th attacker."""
    return f"198.18.{number // 250}.{number % 250 + 1}"


def attack(log, numbers):
    """As many failures as ban each of them."""
    log.write(
        *(logs.sasl_failure(address(n), f"u{i}") for n in numbers for i in range(MAXRETRY))
    )


def lifted_unheard(t):
    """An unban that the enforcer does not read, then both ends die."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        nft = Nft(net.server)
        with Guard(net, log.path, maxretry=MAXRETRY, bantime="30d") as guard:
            attack(log, range(20))
            t.ok(tap.eventually(lambda: len(nft.banned()) == 20, 10), "twenty are banned")
            os.kill(guard.roles()["komainu-enforcer"], signal.SIGSTOP)
            done = guard.command("unban", address(3), check=False)
            t.equal(done.returncode, 0, "one is let out while the enforcer sleeps")
            guard.kill_role("komainu-judge")
            guard.kill_role("komainu-enforcer")
            t.ok(
                tap.eventually(lambda: address(3) not in nft.banned(), 10),
                "and is out when both have died and come back",
            )
            t.ok(tap.eventually(guard.is_ready, 10), "the guard is whole again")
            t.equal(len(nft.banned()), 19, "the others stay banned")
            t.equal(len(guard.bans()), 19, "and bans agrees")


def damaged_database(t):
    """A page of zeros in the middle of the database."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        guard = Guard(net, log.path, maxretry=MAXRETRY)
        database = f"{guard.state}/judge/judge.db"
        with guard:
            attack(log, range(50))
            tap.eventually(lambda: len(guard.bans()) == 50, 10)
        size = os.path.getsize(database)
        with open(database, "r+b") as file:
            file.seek(size // 2 // 4096 * 4096)
            file.write(b"\xa5" * 8192)
        with guard:
            t.ok(os.path.exists(database + ".damaged"), "a damaged database is set aside")
            t.ok(guard.says("database-damaged"), "and said loudly")
            attack(log, range(100, 101))
            t.ok(
                tap.eventually(lambda: address(100) in Nft(net.server).banned(), 10),
                "the guard goes on with a new one",
            )


def rebuilt_from_kernel(t):
    """The database is lost while nobody runs: the kernel still knows who is banned."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        nft = Nft(net.server)
        guard = Guard(net, log.path, maxretry=MAXRETRY, more="port = 2525\n")
        database = f"{guard.state}/judge/judge.db"
        with guard:
            attack(log, range(500))
            guard.command("ban", "192.0.2.7", "--for", "2h")
            guard.command("ban", "192.0.2.8", "--for", "-1")
            t.ok(
                tap.eventually(lambda: len(nft.elements("ban4.2525")) == 500, 20, every=0.05),
                "500 bans from a port, two by hand from all",
            )
            guard.kill()
        for harm in ("damaged", "removed"):
            before = [nft.elements(name) for name in ("ban4", "ban4.2525")]
            said = len(guard.said())
            for end in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(database + end)
            if harm == "damaged":
                with open(database, "wb") as file:
                    file.write(b"\xa5" * 8192)
            with guard:
                t.ok(
                    tap.eventually(lambda: len(guard.bans()) == 502, 20, every=0.05),
                    f"{harm}: all bans are listed again",
                )
                t.ok(
                    guard.says("bans-found-in-kernel bans=502", since=said), "which is said loudly"
                )
                tap.eventually(lambda: "kernel-in-step" in guard.said()[said:], 10)
                after = [nft.elements(name) for name in ("ban4", "ban4.2525")]
                t.ok(
                    [set(b) for b in before] == [set(a) for a in after]
                    and all(
                        abs((a[who] or 0) - (b[who] or 0)) < 60
                        for a, b in zip(after, before) for who in a
                    )
                    and after[0]["192.0.2.8"] is None,
                    "the kernel holds what it held, as long as it would have",
                )
                if harm == "damaged":
                    t.ok(guard.says("database-damaged", since=said), "(the damage was seen)")
                else:
                    rebuilt_is_whole(t, guard, nft)
                guard.kill()


def rebuilt_is_whole(t, guard, nft):
    """Bans that were found are bans like others."""
    t.ok("found in the kernel" in guard.why(address(3)), "why says where a ban comes from")
    for who, name in ((address(3), "ban4.2525"), ("192.0.2.8", "ban4")):
        t.equal(guard.command("unban", who, check=False).returncode, 0, f"{who} can be let out")
        t.ok(tap.eventually(lambda w=who, n=name: w not in nft.elements(n), 5), "and is out")
        t.ok(
            "found in the kernel" in guard.why(who) and "by hand\n" in guard.why(who),
            "why says of what is past both how it came and how it ended",
        )
    guard.stop()
    said = len(guard.said())
    guard.start()
    t.equal(len(guard.bans()), 500, "the others survive an end in good order")
    t.ok("bans-found-in-kernel" not in guard.said()[said:], "and are in the database")


def second_guard(t):
    """Two guards must not fight over one table."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path) as guard:
            for state in (guard.state, f"{net.folder}/other"):
                done = net.server.run(
                    KOMAINUD, "--state", state, "--config", guard.config, check=False
                )
                t.equal(done.returncode, 4, "a second guard is refused")
                t.ok("another guard is running" in done.stderr, "and told why")
            os.mkdir(f"{net.folder}/full", 0o700)
            os.mkdir(f"{net.folder}/full/papers")
            done = net.server.run(
                KOMAINUD, "--state", f"{net.folder}/full", "--config", guard.config, check=False
            )
            t.equal(done.returncode, 4, "a folder of somebody's papers is no state folder")
            t.equal(
                os.stat(f"{net.folder}/full").st_mode & 0o777, 0o700, "and is left as it was"
            )
            t.ok(guard.is_ready(), "the first guard goes on")


def deaf_terminal(t):
    """Standard error is a full pipe that nobody reads."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        nft = Nft(net.server)
        guard = Guard(net, log.path, maxretry=MAXRETRY)
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, b"x" * 4096)
        os.set_blocking(writer, True)
        os.makedirs(guard.state)
        guard.process = net.server.start(
            KOMAINUD, "--state", guard.state, "--config", guard.config,
            stdin=subprocess.DEVNULL, stdout=writer, stderr=writer,
        )
        t.ok(tap.eventually(guard.is_ready, 20, every=0.05), "it starts")
        attack(log, range(200))
        t.ok(tap.eventually(lambda: len(nft.banned()) == 200, 10), "it bans")
        guard.process.terminate()
        t.equal(guard.process.wait(10), 0, "it stops")
        os.close(reader)
        os.close(writer)


def moving_folder(t):
    """The folder of the log is moved away; another one takes its place."""
    with Network() as net:
        folder = f"{net.folder}/logs"
        os.mkdir(folder)
        log = logs.Log(f"{folder}/mail.log")
        nft = Nft(net.server)
        with Guard(net, log.path, maxretry=MAXRETRY):
            attack(log, [1])
            t.ok(tap.eventually(lambda: address(1) in nft.banned(), 10), "the log is read")
            os.rename(folder, folder + ".old")
            attack(log, [2])
            t.ok(tap.eventually(lambda: address(2) in nft.banned(), 10), "also when it has moved")
            os.mkdir(folder)
            log = logs.Log(f"{folder}/mail.log")
            attack(log, [3])
            t.ok(
                tap.eventually(lambda: address(3) in nft.banned(), 10),
                "and the new one in its place",
            )
            shutil.rmtree(folder)
            os.mkdir(folder)
            log = logs.Log(f"{folder}/mail.log")
            attack(log, [4])
            t.ok(tap.eventually(lambda: address(4) in nft.banned(), 10), "once more after rm -r")


def datagrams(t):
    """Numbered datagrams while sensor and judge are killed: each is counted once."""
    with Network() as net:
        path = f"{net.folder}/syslog"
        guard = Guard(
            net, "auto", maxretry=1000, findtime="1d", komainu=f"syslog-socket = {path}"
        )
        with open(f"{guard.config}/jail.conf", "w", encoding="ascii") as file:
            file.write("[postfix-sasl]\nenabled = yes\nmaxretry = 1000\nfindtime = 1d\n")
            file.write("[sshd]\nenabled = no\n")
        chooser = random.Random(7)
        with guard:
            sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            sent = 0
            for kill in range(KILLS // 2):
                for _ in range(chooser.randrange(1, 40)):
                    line = logs.sasl_failure(address(sent % 50000), f"n{sent}").rstrip("\n")
                    sender.sendto(b"<22>" + line.encode(), path)
                    sent += 1
                # The random moment is what is tested.
                time.sleep(chooser.random() * 0.02)
                name = ("komainu-sensor", "komainu-judge")[kill % 2]
                guard.kill_role(name)
                tap.eventually(guard.is_ready, 20)
            tap.eventually(lambda: guard.failures() >= sent, 20, every=0.1)
            t.equal(guard.failures(), sent, f"all {sent} datagrams are counted, each once")


def main(t):
    """One adversity after the other."""
    for part in (
        lifted_unheard,
        damaged_database,
        rebuilt_from_kernel,
        second_guard,
        deaf_terminal,
        moving_folder,
        datagrams,
    ):
        t.note(part.__doc__)
        part(t)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
