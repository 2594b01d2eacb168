#!/usr/bin/python3
"""Who is no address: names that <F-ID> finds, networks, names of hosts as they are (usedns = raw). They are
counted, banned by commands, restored, shown and unbanned as by the real fail2ban, which runs the same story
beside ours; skipped for it without the package. What only the firewall could ban is refused by name.
And what else commands have: the name of an address, actionreload, the end of it all in a panic.
"""
import json
import os
import re
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.daemon import no_dns, with_mounts  # noqa: E402
from komainu_test.dns import PTR, Resolver, reverse  # noqa: E402
from komainu_test.guard import KOMAINU, KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network, Nft, attacker4  # noqa: E402

SERVER = "/usr/bin/fail2ban-server"
HAS_REAL = os.path.exists(SERVER)

FILES = {
    "fail2ban.conf": "[Definition]\nloglevel = INFO\nlogtarget = FOLDER/f2b.log\nsyslogsocket = auto\n"
    "socket = FOLDER/f2b.sock\npidfile = FOLDER/f2b.pid\ndbfile = FOLDER/f2b.sqlite3\ndbmaxmatches = 10\n"
    "dbpurgeage = 1d\nallowipv6 = auto\n",
    "jail.conf": "[DEFAULT]\nfindtime = 10m\nmaxretry = 2\nusedns = no\nbantime = 1h\nenabled = true\n"
    "ignoreself = false\nbackend = polling\nlogpath = FOLDER/app.log\naction = record\n"
    "[users]\nfilter = users\n"
    "[nets]\nfilter = nets\n"
    "[hosts]\nfilter = hosts\nusedns = raw\n",
    "filter.d/users.conf": "[Definition]\nfailregex = ^.* login: of <F-ID>\\S+</F-ID>(?: to <F-RCPT>\\S+</F-RCPT>)?"
    "(?: from <ADDR>)?$\n",
    "filter.d/nets.conf": "[Definition]\nfailregex = ^.* net: <SUBNET>$\n",
    "filter.d/hosts.conf": "[Definition]\nfailregex = ^.* host: <HOST>$\n",
    "action.d/record.conf": "[Definition]\n"
    "actionban = printf '%%s\\n' \"ban <name> <ip> <fid> <family> <ip-rev> <failures> <restored> <bancount>"
    " <jail.banned> <jail.banned_total> <jail.found_total> <F-ID> <F-RCPT>.\" >>FOLDER/out\n"
    "actionunban = printf '%%s\\n' \"unban <name> <ip> <fid> <family> <F-RCPT>.\" >>FOLDER/out\n",
}
NATIVE = (
    "[DEFAULT]\nfindtime = 10m\nmaxretry = 2\nusedns = no\nbantime = 1h\nenabled = true\nbackend = polling\n"
    "logpath = FOLDER/app.log\n"
    "[users]\nfilter = users\naction = nftables-allports\n"
    "[nets]\nfilter = nets\naction = nftables-allports\n"
    "[both]\nfilter = users\naction = nftables-allports\n         record\n"
)
STRANGE = "x;touch${IFS}PWNED|$(id)'`\"<ip>"


def write(path, text):
    """A file, with its folder."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class World:
    """A server, ours or the real one, with a folder of its own."""

    def __init__(self, net, name, jails=None):
        self.net, self.folder = net, f"{net.folder}/{name}"
        for file, text in {**FILES, **({"jail.conf": jails} if jails else {})}.items():
            write(f"{self.folder}/etc/{file}", text.replace("FOLDER", self.folder))
        if jails:
            write(f"{self.folder}/etc/action.d/nftables-allports.conf", "[Definition]\nactionban = false\n")
        self.log = logs.Log(f"{self.folder}/app.log")
        self.socket, self.process = f"{self.folder}/f2b.sock", None

    def out(self):
        """What the commands have written."""
        if not os.path.exists(f"{self.folder}/out"):
            return []
        with open(f"{self.folder}/out", encoding="utf-8") as file:
            return file.read().splitlines()

    def said(self, count):
        """Whether there are so many lines of it, soon."""
        return tap.eventually(lambda: len(self.out()) >= count, 15)

    def client(self, *words):
        """Our client's output, also of the real server: its own takes a second of Python each time, and
        fail2ban_socket.t has shown that both print the same."""
        done = subprocess.run([KOMAINU, "fail2ban-client", "-s", self.socket, *words], capture_output=True, text=True, check=False)
        said = done.stdout.replace(self.folder, "") + (f"({done.returncode})" if done.returncode else "")
        # What ends in the same second has no order.
        return re.sub(r"(?<=Banned IP list:\t).*", lambda m: " ".join(sorted(m[0].split())), said)

    def fail(self, *whats, count=2):
        """Lines of failures."""
        for what in whats:
            self.log.write(*(f"{logs.stamp()} x {what}\n" for _ in range(count)))


class Real(World):
    """fail2ban itself."""

    def start(self):
        """Waits until it answers."""
        self.process = self.net.server.start(SERVER, "-c", f"{self.folder}/etc", "-f", "start",
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        tap.eventually(lambda: "Number of jail" in self.client("status"), 20)

    def stop(self):
        """In good order."""
        self.process.terminate()
        self.process.wait(20)


class Ours(World):
    """A guard with the same directory."""

    def __init__(self, net, name, jails=None):
        super().__init__(net, name, jails)
        self.guard = Guard(net, f"{self.folder}/none.log", sasl=False, more="")
        write(f"{self.guard.config}/komainu.d/fail2ban.conf",
              f"[komainu]\nfail2ban = {self.folder}/etc\nfail2ban-socket = {self.socket}\n")

    def start(self):
        """Waits until it answers."""
        self.guard.start()
        tap.eventually(lambda: "Number of jail" in self.client("status"), 20)

    def stop(self):
        """In good order."""
        self.guard.stop()


def story(w):
    """What happens; what was written and answered."""
    told = []
    w.start()
    w.fail("login: of alice to a@example.org")
    w.said(1)
    w.fail(f"login: of {STRANGE} to b@example.org from 203.0.113.99")
    w.said(2)
    w.fail("net: 192.0.2.77/24")
    w.said(3)
    w.fail("net: 2001:db8:7::1/64")
    w.said(4)
    w.fail("host: mail.example.net")
    w.said(5)
    told.append(w.client("set", "users", "banip", "carol"))
    w.said(6)
    told.append(w.client("set", "users", "banip", "carol"))
    told.append(w.client("set", "users", "unbanip", "alice"))
    w.said(7)
    told += [w.client(*words.split()) for words in (
        "status users", "status nets", "status hosts", "banned carol",
        "get users banned carol alice")]
    told.append(w.client("set", "nets", "unbanip", "192.0.2.0/24"))
    w.said(8)
    told.append(w.client("unban", STRANGE)) # fail2ban does not run the action of one that it restores
    w.said(9)
    w.stop()
    w.said(12)
    before = w.out()
    w.start()
    w.said(len(before) + 3)
    told += [sorted(w.client("get", jail, "banip").split()) for jail in ("users", "nets", "hosts")]
    told.append(w.client("set", "users", "unbanip", "carol")) # `unban` has fail2ban ask the DNS for names of other jails
    w.said(len(before) + 4)
    after = w.out()[len(before):]
    w.stop()
    # Totals are of a server for fail2ban, and for ever for us.
    restored = sorted(line.split()[:7] if line.startswith("ban ") else line for line in after[:3])
    return [before[:9], sorted(before[9:]), restored, after[3:4]], told


def beside(t, net):
    """The same from both."""
    ours = Ours(net, "ours")
    our = story(ours)
    t.ok(not os.path.exists("PWNED") and not os.path.exists("/PWNED"), "a name is no command")
    t.equal(our[0][0][0], "ban users alice alice None  2 0 1 1 1 2 alice a@example.org.", "a name is banned")
    t.ok(ours.guard.says("address=alice jail=users"), "and logged")
    if not HAS_REAL:
        t.skip("the same as by fail2ban", "the package is not installed")
        return
    their = story(Real(net, "real"))
    for one, other, what in zip(our[0], their[0], ("as it comes", "at the end", "at the beginning", "later")):
        t.equal(one, other, f"commands {what}")
    for i, (one, other) in enumerate(zip(our[1], their[1])):
        t.equal(one, other, f"answer {i + 1}")
    t.equal(len(our[1]), len(their[1]), "as many answers")


def by_hand(t, net):
    """What komainu's own commands say of them."""
    w = Ours(net, "hand")
    w.start()
    w.fail("login: of alice to a@example.org")
    w.said(1)
    rows = w.guard.bans()
    t.equal([(row["id"], row["address"], row["jail"]) for row in rows], [("alice", None, "users")], "bans --json")
    t.ok("alice" in w.guard.command("bans").stdout, "bans")
    why = w.guard.why("alice")
    t.ok("Banned by that word" in why and "login: of alice to a@example.org" in why, f"why: {why}")
    t.equal(w.guard.jail("users")["banned"], 1, "status counts it")
    w.fail("login: of erin", count=1)
    t.ok(tap.eventually(lambda: "users" in w.guard.why("erin"), 5), "why of one that is counted")
    t.equal(w.client("set", "users", "unbanip", "--report-absent", "nobody"), "not banned: ['nobody']\n(255)",
            "nobody is not banned")
    done = w.guard.command("unban", "alice", "--jail", "users", check=False)
    t.equal(done.returncode, 0, f"unban: {done.stdout}{done.stderr}")
    t.ok(w.said(2) and w.out()[1].startswith("unban users alice"), "undone")
    t.equal(w.guard.bans(), [], "nobody is banned")
    t.ok("alice" in w.guard.command("history").stdout, "past")
    t.equal(w.guard.command("unban", "alice", check=False).returncode, 2, "without --jail a name is no address")
    replayed(t, w)
    imported(t, w)
    w.stop()


def database(path, name):
    """One of fail2ban's with a name that is banned, and one of a jail that is not there."""
    now = int(time.time())
    db = sqlite3.connect(path)
    db.executescript(
        "CREATE TABLE fail2banDb(version INTEGER); INSERT INTO fail2banDb VALUES(4); CREATE TABLE jails(name, enabled);"
        "CREATE TABLE logs(jail, path, firstlinemd5, lastfilepos); CREATE TABLE bans(jail, ip, timeofban, bantime, bancount, data);"
        "CREATE TABLE bips(ip, jail, timeofban, bantime, bancount, data);")
    db.executemany("INSERT INTO bips VALUES(?, ?, ?, 3600, 2, ?)", [
        (name, "users", now - 60, f'{{"matches": ["login: of {name}"], "failures": 4}}'),
        ("frank", "none-such", now - 60, None)])
    db.commit()
    db.close()


def replayed(t, w):
    """The lab finds them in a log that is past."""
    path = f"{w.folder}/past.log"
    write(path, "".join(f"{logs.stamp()} x {what}\n" for what in (
        "login: of alice", "login: of alice", "login: of bob", "net: 192.0.2.77/24", "net: 192.0.2.78/24",
        "host: mail.example.net", "host: mail.example.net", f"login: of {STRANGE}", f"login: of {STRANGE}")))
    done = w.guard.command("replay", path, "--config", w.guard.config, "--json", check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    who = sorted(row.get("id") or row.get("prefix") or "" for row in rows if "until" in row)
    t.equal(who, sorted(["alice", "192.0.2.0/24", "mail.example.net", STRANGE]), f"replay finds them: {done.stderr}")
    said = w.guard.command("replay", path, "--config", w.guard.config, check=False).stdout
    t.ok("alice " in said and "mail.example.net " in said and "192.0.2.0/24 " in said, f"and shows them: {said}")
    other = w.guard.command("replay", "--compare", w.guard.config, w.guard.config, path, check=False)
    t.ok(other.returncode == 0 and "alice" not in other.stdout, f"a comparison knows addresses: {other.stdout}{other.stderr}")


def imported(t, w):
    """Those of a database of fail2ban's, by a guard that runs, and by the next one."""
    path = f"{w.folder}/theirs.sqlite3"
    database(path, "dave")
    before = len(w.out())
    done = w.guard.command("import", "fail2ban", path, "--config", w.guard.config, check=False)
    t.ok(done.returncode == 0 and "1 with no address" in done.stdout, f"import: {done.stdout}{done.stderr}")
    t.equal([(row["id"], row["jail"], row["failures"]) for row in w.guard.bans()], [("dave", "users", 4)], "import takes ids of jails")
    t.ok(w.said(before + 1) and w.out()[before].startswith("ban users dave dave "), "and has the command run")
    t.ok("login: of dave" in w.guard.why("dave"), "with its lines")
    w.stop()
    w.said(before + 2)
    path, before = f"{w.folder}/more.sqlite3", len(w.out())
    database(path, "gina")
    for text in ("gina", "1 unchanged"):
        done = w.guard.command("import", "fail2ban", path, "--config", w.guard.config, check=False)
        t.ok(done.returncode in (0, 1) and "1 with no address" in done.stdout, f"import without a guard ({text}): {done.stdout}{done.stderr}")
    w.start()
    t.ok(tap.eventually(lambda: sorted(row["id"] for row in w.guard.bans()) == ["dave", "gina"], 10),
         "the next guard has what was there, and what was taken in")
    t.ok(w.said(before + 2) and sorted(line[:14] for line in w.out()[before:]) == ["ban users dave", "ban users gina"],
         f"commands are run for both: {w.out()[before:]}")
    t.ok("login: of gina" in w.guard.why("gina"), "its lines are there")


def natively(t, net):
    """Jails that the firewall is for."""
    w = Ours(net, "native", NATIVE)
    w.start()
    w.fail("login: of alice", "net: 192.0.2.77/24")
    t.ok(tap.eventually(lambda: "192.0.2.0" in Nft(net.server).elements("ban4_24"), 10), "a network is banned in the kernel")
    t.ok(tap.eventually(lambda: 'ban-refused address="alice" jail=users outcome=no-address' in w.guard.said(), 5),
         "a name cannot be, which is told")
    t.ok(w.said(1) and w.guard.says('ban-by-commands-only address="alice" jail=both'),
         "where there is a command, too, it is run, and that is told")
    t.ok("only an action that is a command" in w.guard.command("bans").stdout, "and shown")
    w.fail(f"login: of {attacker4(1)}")
    t.ok(tap.eventually(lambda: attacker4(1) in Nft(net.server).banned(), 10), "an id that is an address is one")
    w.client("set", "nets", "unbanip", "192.0.2.0/24")
    t.ok(tap.eventually(lambda: "192.0.2.0" not in Nft(net.server).elements("ban4_24"), 10), "and lifted")
    w.stop()


TAGS = (
    "[DEFAULT]\nfindtime = 10m\nmaxretry = 2\nusedns = no\nbantime = 1h\nenabled = true\nbackend = polling\n"
    "logpath = FOLDER/app.log\n[users]\nfilter = users\naction = names\n[other]\nfilter = nets\naction = names\n"
)
NAMES = (
    "[Definition]\nactionstart = echo start <name> >>FOLDER/out\nactionstop = echo stop <name> >>FOLDER/out\n"
    "actionban = echo \"ban <ip> <ip-host>\" >>FOLDER/out\nactionunban = echo \"unban <ip> <ip-host>\" >>FOLDER/out\n"
    "actionreload = echo reload <name> >>FOLDER/out\n"
)
NAMED, NAMELESS, SILENT = attacker4(1), attacker4(2), attacker4(3)


def reloads(t, w):
    """actionreload."""
    w.guard.command("reload")
    t.ok(tap.eventually(lambda: sorted(w.out()[-2:]) == ["reload other", "reload users"], 10), "reload runs actionreload")
    before = len(w.out())
    w.client("reload", "users")
    t.ok(w.said(before + 1) and w.out()[before:] == ["reload users"], "of one jail, of that alone")
    before = len(w.out())
    w.client("set", "users", "maxretry", "2")
    t.equal(len(w.out()), before, "a setting is no reload")


def panics(t, w, banned):
    """What commands did is undone, and done again."""
    before = len(w.out())
    w.guard.command("panic")
    t.ok(w.said(before + banned), "a panic undoes what commands did")
    t.ok(all(line.startswith("unban ") for line in w.out()[before:]), "all of it")
    before = len(w.out())
    w.fail(f"login: of {attacker4(7)}")
    t.ok(tap.eventually(lambda: len(w.guard.bans()) == banned + 1, 10), "who fails then is noted")
    t.equal(len(w.out()), before, "but not banned")
    w.guard.command("panic", "--off")
    t.ok(w.said(before + banned + 1) and all(line.startswith("ban ") for line in w.out()[before:]),
         "the end of it bans them again")


def tags(t, net):
    """The name of an address, in time; reload and panic."""
    dns = Resolver(net.server, {reverse(NAMED): [(PTR, "host.example.org")]})
    net.at_close(dns.close)
    dns.silent.add(reverse(SILENT))
    w = Ours(net, "tags", TAGS)
    write(f"{w.folder}/etc/action.d/names.conf", NAMES.replace("FOLDER", w.folder))
    w.guard.around = with_mounts(*no_dns(net.folder))
    w.start()
    w.said(2)
    w.fail(f"login: of {SILENT}", f"login: of {NAMED}", f"login: of {NAMELESS}", "login: of alice")
    t.ok(w.said(5), "who has a name at once is not held up by who has none")
    t.equal(sorted(w.out()[2:5]), sorted([f"ban {NAMED} host.example.org", f"ban {NAMELESS} None", "ban alice None"]),
            "with it, or as fail2ban without")
    t.ok(w.said(6) and w.out()[5] == f"ban {SILENT} None", "one whose server is silent follows")
    w.client("set", "users", "unbanip", NAMED)
    t.ok(w.said(7) and w.out()[6] == f"unban {NAMED} host.example.org", "it is known at the end, too")
    reloads(t, w)
    panics(t, w, 3)
    w.stop()


ASKED = (
    "[DEFAULT]\nfindtime = 10m\nmaxretry = 2\nusedns = no\nbantime = 1h\nenabled = true\nignoreself = false\n"
    "backend = polling\nlogpath = FOLDER/app.log\n[users]\nfilter = users\naction = record\n"
    "ignorecommand = FOLDER/asked \"<ip>\" \"<fid>\" <family>\n"
)
# Knows who is called friend-..., with an address or without.
KNOWS = '#!/bin/sh\necho "$*" >>FOLDER/questions\ncase $2 in friend-*) exit 0;; esac\nexit 1\n'
ODD_FRIEND = "friend-$(touch${IFS}PWNED)'`\"<ip>;x"


def question(path):
    """What was asked."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return sorted(set(file.read().splitlines()))


def asks(w):
    """The questions of ignorecommand about names, and who is banned."""
    write(f"{w.folder}/asked", KNOWS.replace("FOLDER", w.folder))
    os.chmod(f"{w.folder}/asked", 0o755)
    w.start()
    w.fail("login: of friend-a", f"login: of {ODD_FRIEND}", "login: of friend-b from 203.0.113.98",
           "login: of foe", "login: of foe-2 from 203.0.113.99")
    w.said(2)
    told = question(f"{w.folder}/questions")
    w.stop()
    return [told, sorted(line.split()[2:5] for line in w.out() if line.startswith("ban "))]


def ignorecommand(t, net):
    """Who is no address is asked about, too."""
    ours = asks(Ours(net, "asked", ASKED))
    t.equal(ours[1], sorted([["foe", "foe", "None"], ["203.0.113.99", "foe-2", "inet4"]]), "whom the command knows is not banned")
    t.equal(ours[0], sorted([f"{name} {name} None" for name in ("friend-a", ODD_FRIEND, "foe")] +
                            ["203.0.113.98 friend-b inet4", "203.0.113.99 foe-2 inet4"]), "with who it is")
    t.ok(not os.path.exists("PWNED") and not os.path.exists("/PWNED"), "which is no command")
    if not HAS_REAL:
        t.skip("the same as by fail2ban", "the package is not installed")
        return
    t.equal(ours, asks(Real(net, "asked-real", ASKED)), "as fail2ban does")


def main(t):
    """A network of its own for each."""
    for part in (beside, by_hand, natively, tags, ignorecommand):
        with Network() as net:
            part(t, net)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"], package="fail2ban")
