#!/usr/bin/python3
"""The systemd journal as a source: attacks in it lead to bans; every entry counts once,
whoever is killed and however the files are rotated; the reader is shut in.

KILLS is how often each process is killed, 25 unless set. SEED repeats a run.
"""
import contextlib
import os
import random
import shutil
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.guard import BUILD, JOURNAL, KOMAINUD, ROLES, ROOT, Guard  # noqa: E402
from komainu_test.journal import (  # noqa: E402
    GROUP,
    JOURNALD,
    REMOTE,
    Journal,
    Journald,
    Mounted,
    sasl_failure,
)
from komainu_test.net import Network, Nft  # noqa: E402

KILLS = int(os.environ.get("KILLS", "25"))
SEED = int(os.environ.get("SEED", str(time.time_ns() % 1_000_000)))
MATCH = "_COMM=smtpd _HOSTNAME=mx1 + _COMM=other"


def backend(journal):
    """The options of a jail that reads it."""
    return f"backend = systemd[journalpath={journal.folder}]\njournalmatch = {MATCH}"


def source(guard):
    """What status says of the journal."""
    status = guard.status() or {}
    return next((s for s in status.get("sources", []) if s["kind"] == "journal"), {})


def attack(journal, address, count=3, **options):
    """Failures of one address."""
    journal.write(*(sasl_failure(address, f"u{i}") for i in range(count)), **options)


def attacks(t):
    """Entries of before, of long before, of now; of ours and of others."""
    with Network() as net:
        journal = Journal(f"{net.folder}/journal")
        net.at_close(journal.close)
        attack(journal, "203.0.113.60", age=7200)
        attack(journal, "203.0.113.61", age=30)
        stranger = sasl_failure("203.0.113.62", "x") | {"_COMM": "logger"}
        journal.write(stranger, stranger, stranger)
        journal.sync()
        log = f"{net.folder}/mail.log"
        with Guard(net, log, maxretry=3, findtime="1h", more=backend(journal)) as guard:
            nft = Nft(net.server)
            t.ok(
                tap.eventually(lambda: "203.0.113.61" in nft.banned(), 5),
                "what was logged within findtime before the first start is counted",
            )
            attack(journal, "203.0.113.63")
            t.ok(tap.eventually(lambda: "203.0.113.63" in nft.banned(), 5), "and what comes")
            injected = sasl_failure("203.0.113.64", "x")
            injected["MESSAGE"] = "x\n" + injected["MESSAGE"]
            journal.write(injected, injected, injected)
            long = sasl_failure("203.0.113.65", "a" * 40000)
            journal.write(long, long, long)
            t.ok(
                tap.eventually(lambda: "203.0.113.65" in nft.banned(), 5), "long entries come too"
            )
            t.equal(
                nft.banned(),
                {"203.0.113.61", "203.0.113.63", "203.0.113.65"},
                "nobody else: not too old, not of another program, not behind a newline",
            )
            t.ok("postfix/smtpd[2101]: warning" in guard.why("203.0.113.63"), "why shows the line")
            t.ok(
                tap.eventually(lambda: source(guard).get("state") == "following", 5),
                "status tells of the journal",
            )
            t.note(guard.command("status").stdout)
            t.ok(guard.says(journal.folder), "the screen names it")
            sandbox(t, guard, journal)


def sandbox(t, guard, journal):
    """What only this role shows; sandbox.t looks at what all have in common."""
    roles = guard.roles()
    files = [
        os.readlink(f"/proc/{roles[JOURNAL]}/fd/{fd}") for fd in os.listdir(f"/proc/{roles[JOURNAL]}/fd")
    ]
    t.ok(journal.path in files, "the reader has opened the journal")
    for name, pid in roles.items():
        with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
            has_library = "libsystemd" in file.read()
        t.equal(has_library, name == JOURNAL, f"{name}: has libsystemd only if it is the reader")
    with open(f"/proc/{roles[JOURNAL]}/status", encoding="ascii") as file:
        groups = next(line for line in file if line.startswith("Groups:")).split()[1:]
    t.equal(groups, [str(GROUP)], "the reader is in the journal's group and in no other")


class Writer:
    """A thread that writes numbered failures and rotates the journal."""

    def __init__(self, journal):
        self.journal = journal
        self.random = random.Random(SEED)
        self.is_ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.rotate_at = 50
        self.numbers = 0

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exception):
        self.is_ending.set()
        self.thread.join()

    def _run(self):
        while not self.is_ending.wait(self.random.choice((0.001, 0.004, 0.02, 0.05))):
            for _ in range(self.random.choice((1, 1, 2, 7))):
                number = self.numbers
                address = f"198.18.{number // 250 % 250}.{number % 250 + 1}"
                account = "n" * self.random.choice((1, 1, 1, 1, 1, 40000))
                self.journal.write(sasl_failure(address, account))
                self.numbers += 1
            if self.numbers > self.rotate_at:
                self.rotate_at += 200
                self.journal.rotate()


def kill_all(guard, kills):
    """Every role and komainud, at random moments; how often each was met."""
    chooser = random.Random(SEED + 1)
    names = [name for name in (*ROLES, JOURNAL) for _ in range(kills)]
    names += ["komainud"] * (kills // 2)
    chooser.shuffle(names)
    done = {name: 0 for name in names}
    last = {}
    for name in names:
        if name == "komainud":
            time.sleep(chooser.random() ** 3 * 0.3)  # the random moment is what is tested
            guard.kill()
            guard.start(is_waiting=chooser.random() < 0.75)
            done[name] += 1
            continue
        fresh = tap.eventually(lambda n=name: guard.fresh_role(n, last.get(n)), 30)
        time.sleep(chooser.random() ** 3 * 0.3)
        last[name] = fresh
        done[name] += bool(fresh) and guard.kill_role(name, fresh)
    return done


def wrong_counts(guard, numbers):
    """The entries that were not counted once: number -> how often."""
    with sqlite3.connect(f"file:{guard.state}/judge/judge.db?mode=ro", uri=True) as db:
        rows = db.execute("SELECT who, length(times) / 4 FROM counter").fetchall()
    found = {(who[4] * 250 + who[5] - 1): count for who, count in rows}
    return {n: found.get(n, 0) for n in range(numbers) if found.get(n, 0) != 1}


def exactly_once(t):
    """Nobody is banned: the jail's total of failures is the number of entries."""
    with Network() as net:
        journal = Journal(f"{net.folder}/journal")
        net.at_close(journal.close)
        more = backend(journal)
        with Guard(net, "/none", maxretry=1000, findtime="1d", more=more) as guard:
            with Writer(journal) as writer:
                done = kill_all(guard, KILLS)
            t.note(f"{done}, {journal.generation} rotations, {writer.numbers} entries")
            t.ok(all(count >= KILLS // 2 for count in done.values()), "each was killed often")
            journal.sync()
            tap.eventually(lambda: guard.failures() >= journal.written, 60, every=0.1)
            if not t.equal(guard.failures(), journal.written, "each entry is counted once"):
                t.note(wrong_counts(guard, writer.numbers))
            t.equal(Nft(net.server).banned(), set(), "nobody is banned")


def vacuum(t):
    """The file with the place is gone when the guard starts again."""
    with Network() as net:
        journal = Journal(f"{net.folder}/journal")
        net.at_close(journal.close)
        more = backend(journal)
        guard = Guard(net, "/none", maxretry=1000, findtime="1d", more=more)
        with guard:
            attack(journal, "203.0.113.70", 5)
            t.ok(tap.eventually(lambda: guard.failures() == 5, 5), "five are counted")
        attack(journal, "203.0.113.70", 5)
        old = journal.rotate()
        attack(journal, "203.0.113.70", 7)
        journal.sync()
        os.unlink(old)
        with guard:
            tap.eventually(lambda: guard.failures() >= 12, 5)
            t.equal(guard.failures(), 12, "what remains is counted once, and what was before")
            t.ok(guard.says("journal-gap"), "the log says that something is gone")
            attack(journal, "203.0.113.70", 1)
            t.ok(tap.eventually(lambda: guard.failures() == 13, 5), "and goes on")


def appears(t):
    """The folder is not there when the guard starts, and is made anew later."""
    with Network() as net:
        journal = Journal(f"{net.folder}/journal", create=False)
        net.at_close(journal.close)
        more = backend(journal)
        with Guard(net, "/none", maxretry=1000, findtime="1d", more=more) as guard:
            t.ok(
                tap.eventually(lambda: source(guard).get("state") == "waiting", 5),
                "status says that the journal is waited for",
            )
            for n in (1, 2):
                journal.create()
                attack(journal, "203.0.113.71", 4)
                t.ok(
                    tap.eventually(lambda count=4 * n: guard.failures() == count, 20),
                    "it appears and is read",
                )
                journal.sync()
                os.rename(journal.folder, f"{journal.folder}.old{n}")
            os.mkdir(journal.folder, 0o700)
            os.rename(f"{journal.folder}.old2/system.journal", journal.path)
            t.ok(
                tap.eventually(lambda: source(guard).get("state") == "failed", 20),
                "a journal that may not be read is told",
            )


def misbehaves(t):
    """A reader that says what it likes in place of the real one."""
    with Network() as net:
        journal = Journal(f"{net.folder}/journal")
        net.at_close(journal.close)
        stage = f"{net.folder}/stage"
        os.mkdir(stage)
        for name in ROLES:
            os.symlink(f"{BUILD}/{name}", f"{stage}/{name}")
        os.symlink(f"{ROOT}/test/lib/rogue_reader", f"{stage}/{JOURNAL}")
        guard = Guard(net, "/none", maxretry=3, more=backend(journal))
        guard.arguments = ["--role-dir", stage]

        def lives():
            with contextlib.suppress(FileNotFoundError), open(
                f"{stage}/lives", encoding="ascii"
            ) as file:
                return file.read().split()
            return []

        with guard:
            sensor = guard.roles()["komainu-sensor"]
            t.ok(tap.eventually(lambda: "bans" in lives(), 60, every=0.05), "every scene is played")
            t.note(lives())
            nft = Nft(net.server)
            t.ok(tap.eventually(lambda: nft.banned(), 5), "the rogue can ban somebody")
            t.equal(nft.banned(), {"203.0.113.222"}, "but no protected address")
            t.equal(guard.roles().get("komainu-sensor"), sensor, "the sensor has lived through it")


def journald(t):
    """The real journald, rotating; the machine's own journal, chosen by itself."""
    if not os.path.exists(JOURNALD):
        t.skip("the real journald", f"{JOURNALD} is not there")
        return
    with Network() as net:
        daemon = Journald(net.folder)
        net.at_close(daemon.close)
        t.ok(tap.eventually(daemon.is_ready, 5), "journald runs")
        guard = Guard(net, "/none", sasl=False, sshd=True, maxretry=3)
        guard.namespace = Mounted(net.server, daemon.process.pid)
        os.mkdir(f"{guard.config}/filter.d")
        with open(f"{guard.config}/filter.d/sshd.local", "w", encoding="ascii") as file:
            file.write("[Definition]\njournalmatch = SYSLOG_IDENTIFIER=sshd\n")
        with guard:
            t.ok(source(guard), "where no log file is, the journal is read")
            for count in range(1, 13):
                who = f"203.0.113.{100 + count}"
                daemon.log(f"Failed password for invalid user u from {who} port 40022 ssh2")
                if count % 3 == 0:
                    t.ok(daemon.rotate(), "journald rotates")
                if count == 7:
                    t.ok(daemon.flush(), "journald moves from /run to /var")
            t.ok(
                tap.eventually(lambda: guard.failures("sshd") == 12, 5),
                "every line is counted over the rotations",
            )
            for _ in range(3):
                daemon.log("Failed password for invalid user u from 203.0.113.99 port 40022 ssh2")
            t.ok(
                tap.eventually(lambda: "203.0.113.99" in Nft(net.server).banned(), 5),
                "an attack leads to a ban",
            )
            t.equal(guard.failures("sshd"), 15, "nothing is counted twice")


# $1: a journal, $2: the name of a namespace; what follows is run where journald keeps that namespace there.
NAMED = """\
set -e
mount -t tmpfs -o mode=755 tmpfs /var/log
folder=/var/log/journal/$(cat /etc/machine-id).$2
mkdir -p "$folder" /var/log/journal/"$(cat /etc/machine-id)"
mount --bind "$1" "$folder"
shift 2
exec "$@"
"""


def named(t):
    """A namespace of journald's, by its name; and one that has none."""
    if not os.path.isfile("/etc/machine-id"):
        t.skip("a namespace of journald's", "this machine has no id")
        return
    with Network() as net:
        journal = Journal(f"{net.folder}/journal")
        net.at_close(journal.close)
        attack(journal, "203.0.113.90", age=30)
        journal.sync()
        for name, is_there in (("mail", True), ("other", False)):
            more = f"backend = systemd[namespace={name}]\njournalmatch = {MATCH}"
            guard = Guard(net, f"{net.folder}/mail.log", maxretry=3, findtime="1h", more=more)
            guard.around = ["unshare", "--mount", "--", "sh", "-c", NAMED, "sh", journal.folder, "mail"]
            with guard:
                nft = Nft(net.server)
                if is_there:
                    t.ok(tap.eventually(lambda n=nft: "203.0.113.90" in n.banned(), 5), f"namespace={name}: what it has is read")
                    attack(journal, "203.0.113.91")
                    t.ok(tap.eventually(lambda n=nft: "203.0.113.91" in n.banned(), 5), "and what comes")
                else:
                    t.ok(tap.eventually(lambda g=guard: source(g), 5), f"namespace={name}: it is waited for")
                    t.equal(nft.banned() - {"203.0.113.90", "203.0.113.91"}, set(), "and nobody else is banned")
                t.ok(guard.says(f"namespace={name}"), "the screen names it")
            shutil.rmtree(guard.state)
            net.server.run("nft", "delete", "table", "inet", "komainu")


def main(t):
    """All of it."""
    t.note(f"SEED={SEED} KILLS={KILLS}")
    attacks(t)
    vacuum(t)
    appears(t)
    misbehaves(t)
    journald(t)
    named(t)
    exactly_once(t)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", REMOTE])
