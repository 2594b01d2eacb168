#!/usr/bin/python3
"""import fail2ban: what the real fail2ban-server has in its database, a guard has afterwards: who is banned
and until when, how often, and where it goes on in the log; with a guard that runs and without one.
"""
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINU, KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network, Nft, attacker4, attacker6  # noqa: E402

SERVER, CLIENT = "/usr/bin/fail2ban-server", "/usr/bin/fail2ban-client"
DONE, NO_MATCH = 0, 1

FILES = {
    "fail2ban.conf": "[Definition]\nloglevel = INFO\nlogtarget = FOLDER/out\nsyslogsocket = auto\n"
    "socket = FOLDER/sock\npidfile = FOLDER/pid\ndbfile = FOLDER/db\ndbmaxmatches = 10\ndbpurgeage = 1d\n"
    "allowipv6 = auto\n",
    "jail.conf": "[DEFAULT]\nignoreself = false\nfindtime = 10m\nmaxretry = 2\nusedns = no\nbackend = polling\nenabled = true\n"
    "filter = flood\nlogpath = LOG\naction = iptables-multiport[port=25]\n"
    "[flood]\nbantime = 1h\n"
    "[again]\nbantime = 4\nbantime.increment = true\nbantime.formula = ban.Time * 2000 if ban.Count > 1 else 1\n"
    "filter = again\n"
    "[forever]\nbantime = -1\nfilter = forever\n",
    "filter.d/flood.conf": "[Definition]\nfailregex = ^.* flood-client\\[<ADDR>\\]$\n",
    "filter.d/again.conf": "[Definition]\nfailregex = ^.* again-client\\[<ADDR>\\]$\n",
    "filter.d/forever.conf": "[Definition]\nfailregex = ^.* forever-client\\[<ADDR>\\]$\n",
    "action.d/iptables-multiport.conf": "[Definition]\nactionban = true\nactionunban = true\n[Init]\nport = 1\n"
    "blocktype = DROP\nprotocol = tcp\n",
}


class Fail2ban:
    """The real one, with all it has in a folder."""

    def __init__(self, net, folder, log):
        self.net, self.folder = net, folder
        for name, text in FILES.items():
            os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write(text.replace("LOG", log).replace("FOLDER", folder))
        self.process = net.server.start(SERVER, "-c", folder, "-f", "start", stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        net.at_close(self.stop)

    def ask(self, *words):
        """What fail2ban-client prints."""
        return self.net.server.run(CLIENT, "-c", self.folder, *words, check=False).stdout

    def rows(self, sql):
        """Of its database."""
        with sqlite3.connect(f"file:{self.folder}/db?mode=ro", uri=True) as db:
            return db.execute(sql).fetchall()

    def said(self):
        """Its log."""
        with open(f"{self.folder}/out", encoding="utf-8") as file:
            return file.read()

    def stop(self):
        """In good order: it then stores how far it has read."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


def lines(kind, address, count=2):
    """Failures."""
    return [f"{logs.stamp()} x: {kind}-client[{address}]\n" for _ in range(count)]


def fill(t, real, log):
    """Bans of three jails, one of which counts them; and a look at what is stored."""
    t.ok(tap.eventually(lambda: "forever" in real.ask("status"), 30, every=0.1), "the real server is there")
    log.write(*lines("flood", attacker4(1)), *lines("flood", attacker6(1)), *lines("forever", attacker4(2)))
    t.ok(tap.eventually(lambda: len(real.rows("SELECT * FROM bips")) == 3, 20, every=0.1), "it bans three")
    for count in (1, 2, 3):
        def is_counted(count=count):
            rows = real.rows("SELECT max(bancount) FROM bips WHERE jail='again'")
            return rows[0][0] is not None and rows[0][0] >= count
        # A short ban is over at once, and the next failures are a new one.
        def again():
            log.write(*lines("again", attacker4(3)))
            return tap.eventually(is_counted, 0.8, every=0.1)
        if count < 3:
            t.ok(tap.eventually(again, 60, every=0.1), f"ban {count} of one address")
    real.ask("set", "flood", "banip", attacker4(4))
    real.ask("set", "flood", "unbanip", attacker4(4))


def compare(t, guard, real, where):
    """What the guard has is what the database has."""
    now = int(time.time())
    want = {(jail, ip, -1 if bantime < 0 else when + bantime)
            for jail, ip, when, bantime in real.rows("SELECT jail,ip,timeofban,bantime FROM bips")
            if bantime < 0 or when + bantime > now + 2}
    answer = guard.ask("bans", "--all")["bans"]

    def end(text):
        return -1 if text is None else int(time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")))

    have = {(ban["jail"], ban.get("address") or ban.get("prefix"), end(ban["until"])) for ban in answer}
    t.equal(sorted(have & want), sorted(want), f"{where}: the same bans with the same ends")
    counts = dict(real.rows("SELECT ip, bancount FROM bips WHERE jail='again'"))
    done = guard.command("history", attacker4(3), "--json", check=False).stdout
    t.ok(f"\"earlier_bans\":{counts[attacker4(3)] - 1}" in done.replace(" ", ""),
         f"{where}: counted {counts} as often {done[-300:]}")


def banned(nft):
    """Whom the kernel holds, by jails of port 25."""
    return set(nft.elements("ban4.25")) | set(nft.elements("ban6.25"))


def configure(guard, folder):
    """The guard takes fail2ban's jails."""
    os.makedirs(f"{guard.config}/komainu.d", exist_ok=True)
    with open(f"{guard.config}/komainu.d/fail2ban.conf", "w", encoding="utf-8") as file:
        file.write(f"[komainu]\nfail2ban = {folder}\n")


def bring(guard, real, *more):
    """import fail2ban."""
    return guard.command("import", "fail2ban", f"{real.folder}/db", "--config", guard.config, *more, check=False)


def refused(t, guard, good, folder):
    """What cannot be read is told with its name and what to do, and nothing is taken of it."""
    whole = open(good, "rb").read()
    cases = {"cut": "is damaged", "text": "is not a database", "other": "this is no database of fail2ban's", "none": "`dbfile`",
             "loop": "symbolic links", "pipe": "is no file", "locked": "end the program that writes to it", "hidden": "run this as root"}
    paths = {name: f"{folder}/{name}.db" for name in cases}
    for name, text in (("cut", whole[: len(whole) // 2]), ("text", b"no database " * 99), ("other", b"")):
        with open(paths[name], "wb") as file:
            file.write(text)
    os.symlink(paths["loop"], paths["loop"])
    os.mkfifo(paths["pipe"])
    for name in ("locked", "hidden"):
        shutil.copy(good, paths[name])
    os.chmod(paths["hidden"], 0o600)
    writer = sqlite3.connect(paths["locked"])
    writer.execute("BEGIN EXCLUSIVE")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    for name, said in cases.items():
        done = guard.namespace.run(*(nobody if name == "hidden" else []), KOMAINU, "import", "fail2ban", "--state", guard.state, paths[name],
                                   "--config", guard.config, check=False, timeout=60)
        t.ok(done.returncode not in (0, NO_MATCH) and said in done.stderr and paths[name] in done.stderr, f"{name}: {done.stderr}")
    writer.close()
    t.equal(os.listdir(guard.state), [], "nothing is taken of any")


def main(t):
    """Without a guard, then with one."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/f2b.log")
        mail = logs.Log(f"{net.folder}/mail.log")
        log.write(f"{logs.stamp()} x: the first line\n")
        real = Fail2ban(net, f"{net.folder}/fail2ban", log.path)
        fill(t, real, log)
        guard = Guard(net, mail.path, maxretry=3)
        configure(guard, real.folder)

        # Counted there, once; by every jail, so that all have read so far.
        log.write("".join(lines(kind, attacker4(5), 1)[0] for kind in ("flood", "again", "forever")))
        t.ok(tap.eventually(lambda: real.said().count(f"Found {attacker4(5)}") == 3, 20, every=0.1),
             "one more failure is seen")
        real.stop()
        os.makedirs(guard.state, exist_ok=True)
        refused(t, guard, f"{real.folder}/db", net.folder)
        done = bring(guard, real)
        t.equal(done.returncode, DONE, f"without a guard: {done.stdout} {done.stderr}")
        position = real.rows("SELECT lastfilepos, firstlinemd5 FROM logs WHERE jail='flood'")[0]
        with open(log.path, "rb") as file:
            first = file.readline()
        t.equal(position[1], hashlib.sha1(first).hexdigest(), "its hash is SHA-1")
        t.ok(f"at byte {position[0]}" in done.stdout, f"the place is that of fail2ban, {position[0]}")
        t.equal(bring(guard, real).returncode, NO_MATCH, "twice: nothing")
        log.write(*lines("flood", attacker4(5), 1), *lines("flood", attacker4(6)))
        nft = Nft(net.server)
        with guard:
            compare(t, guard, real, "without a guard")
            wanted = {attacker4(1), attacker6(1), attacker4(2), attacker4(6)}
            t.ok(tap.eventually(lambda: wanted <= banned(nft), 10), f"the kernel has them {banned(nft)}")
            t.ok(attacker4(5) not in banned(nft), "what fail2ban had read is not read again")
            t.ok(attacker4(4) not in banned(nft), "who was let go is not banned")
            t.equal(bring(guard, real).returncode, NO_MATCH, "nor with the guard that has it all")

        guard.stop()
        shutil.rmtree(guard.state)
        net.server.run("nft", "delete", "table", "inet", "komainu")
        log.file.truncate(0)
        with guard:
            t.equal(guard.bans(), [], "another guard has nothing")
            done = bring(guard, real, "--dry-run")
            t.ok("the guard that runs would" in done.stdout, "--dry-run")
            t.equal(guard.bans(), [], "does nothing")
            done = bring(guard, real)
            t.equal(done.returncode, DONE, f"with a guard: {done.stdout} {done.stderr}")
            compare(t, guard, real, "with a guard")
            t.ok(tap.eventually(lambda: {attacker4(1), attacker4(2)} <= banned(nft), 10), "in the kernel")
            t.ok("client[" in guard.why(attacker4(1)), "why shows the lines")
            t.equal(bring(guard, real).returncode, NO_MATCH, "twice: nothing")
            log.write(*lines("again", attacker4(3)))


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", SERVER], package="fail2ban")
