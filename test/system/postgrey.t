#!/usr/bin/python3
"""The gate under the name of postgrey: started with what /etc/default/postgrey says, as its init
script does, changed while it runs, killed, and with a disk that is full.
"""
import contextlib
import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.guard import BUILD, KOMAINU  # noqa: E402
from komainu_test.net import Network  # noqa: E402
from komainu_test.tap import eventually  # noqa: E402

DEFAULTS = 'POSTGREY_OPTS="--inet=10023 --delay=60"\n'
PUT_OFF = "action=DEFER_IF_PERMIT 4.2.0 Greylisted, see "
TRIPLETS = 500
IMPORTED = 700  # pairs, some packets of them
MORE = 4000  # of them, records of 32 bytes, more than the small disk takes

# Asks for each triplet with a number from..to over one connection; prints the answers.
ASKS = """
import socket, sys
s = socket.create_connection(("127.0.0.1", 10023))
f = s.makefile("rb")
for i in range(int(sys.argv[1]), int(sys.argv[2])):
    s.sendall(b"request=smtpd_access_policy\\nprotocol_state=RCPT\\nclient_address=192.0.2.%d\\n"
              b"client_name=%s\\nsender=s@example.org\\nrecipient=r%d@example.net\\netrn_domain=\\n\\n"
              % (int(sys.argv[3]), sys.argv[4].encode(), i))
    print(f.readline().decode().strip())
    f.readline()
"""


class Postgrey:
    """Started as the init script of postgrey starts it."""

    def __init__(self, network, state):
        self.network, self.state = network, state
        self.pidfile = f"{network.folder}/postgrey.pid"
        self.local = f"{network.folder}/whitelist"
        self.output = f"{network.folder}/said"
        self.name = f"{network.folder}/postgrey"
        os.chmod(network.folder, 0o755)
        os.symlink(os.path.realpath(KOMAINU), self.name)
        with open(f"{network.folder}/default", "w", encoding="ascii") as file:
            file.write(DEFAULTS)
        with open(self.local, "w", encoding="ascii") as file:
            file.write("# nobody yet\n")
        network.at_close(lambda: self.kill(signal.SIGKILL))

    def start(self):
        """The exit status of who has started it."""
        script = (
            f'. {self.network.folder}/default; POSTGREY_OPTS="--pidfile={self.pidfile} --daemonize '
            f'$POSTGREY_OPTS"; exec {self.name} $POSTGREY_OPTS --dbdir={self.state} '
            f"--whitelist-clients={self.local} --auto-whitelist-clients=5"
        )
        with open(self.output, "ab") as output:
            return self.network.server.start(
                "sh", "-c", script, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            ).wait(60)

    def pid(self):
        """Of the pid file; 0: there is none."""
        with contextlib.suppress(OSError, ValueError), open(self.pidfile, encoding="ascii") as file:
            return int(file.read())
        return 0

    def is_there(self, pid=None):
        """Whether a process, that of the pid file, lives; one that waits for its parent alone does not."""
        with contextlib.suppress(OSError), open(f"/proc/{pid or self.pid()}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
        return False

    def kill(self, number):
        """Sends a signal; True when nobody is there any more."""
        pid = self.pid()
        with contextlib.suppress(OSError):
            if pid:
                os.kill(pid, number)
        return not pid or eventually(lambda: not self.is_there(pid), 20)

    def said(self):
        """What it has printed so far."""
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def ask(self, first, end, host=7, name="unknown"):
        """The answers to some triplets."""
        done = self.network.server.run(sys.executable, "-c", ASKS, str(first), str(end), str(host), name)
        return done.stdout.splitlines()

    def number(self, name, label=None):
        """One of those that it counts."""
        done = self.network.server.run(KOMAINU, "gate", "status", "--json", "--state", self.state)
        rows = json.loads(done.stdout)["numbers"]
        return {(r["name"], r["label"]): r["value"] for r in rows}[name, label]

    def json(self, *words):
        """What a command answers with --json; its exit status."""
        done = self.network.server.run(KOMAINU, *words, "--json", "--state", self.state, check=False)
        told = json.loads(done.stdout)
        del told["schema"], told["generated"]
        return done.returncode, told

    def greylist(self, *words):
        """The exit status of `komainu greylist`."""
        return self.network.server.run(
            KOMAINU, "greylist", *words, "--state", self.state, check=False
        ).returncode


def running(t, grey):
    """Its answers, and what can be changed meanwhile."""
    t.equal(grey.start(), 0, "it serves once its starter has ended")
    t.ok(grey.is_there(), "the pid file names it")
    t.equal(os.stat(f"/proc/{grey.pid()}").st_uid != 0, True, "who is not root")
    with socket.socket() as probe:
        t.ok(probe.connect_ex(("127.0.0.1", 10023)) != 0, "in a namespace of its own")
    first = grey.ask(0, 1)
    t.ok(first[0].startswith(PUT_OFF), "a stranger is put off with postgrey's words")
    t.equal(grey.greylist("delete", "192.0.2.7", "s@example.org", "r0@example.net"), 0,
            "the gate that runs forgets a triplet")
    grey.ask(0, 1)
    t.equal(grey.number("greylist_total", "new"), 2, "which is new again")
    t.equal(grey.greylist("delete", "192.0.2.77"), 1, "a client that is not known is none to forget")
    t.equal(grey.greylist("allow", "192.0.2.8"), 0, "it lets a client pass")
    t.equal(grey.ask(0, 1, host=8), ["action=DUNNO"], "from now on")
    with open(grey.local, "a", encoding="ascii") as file:
        file.write("friend.example\n")
    os.kill(grey.pid(), signal.SIGHUP)
    t.ok(eventually(lambda: grey.ask(0, 1, 9, "mx.friend.example") == ["action=DUNNO"], 10),
         "SIGHUP: the white list is read anew")


def dump(path, domain, count):
    """The text of a postgrey.db with so many triplets, and two pairs that are none."""
    now = int(time.time())
    pairs = "".join(f" 198.51.100.0/i{n}@{domain}/r{n}@example.net\n {now - 900},{now - 60}\n" for n in range(count))
    with open(path, "w", encoding="ascii") as file:
        file.write("VERSION=3\nformat=print\ntype=btree\nHEADER=END\n" + pairs +
                   f" 198.51.100.0/old@example.org/r@example.net\n {now - 99999999},{now - 99999999}\n"
                   " nonsense\n x\nDATA=END\n")
    return path


def changes(t, grey, domain):
    """What --json says of search, allow and delete; a database taken over, by a gate that runs or not."""
    triplet = ("192.0.2.90", f"json@{domain}", "r@example.net")
    code, told = grey.json("greylist", "search", *triplet)
    t.equal((code, told), (0, {"outcome": "new", "why": "new", "missing_s": 300, "delayed_s": 0}), "search, a triplet")
    t.equal(grey.json("greylist", "search", "192.0.2.91"), (0, {"passes": 0}), "search, a client")
    t.equal(grey.json("greylist", "allow", "192.0.2.91"), (0, {"allowed": True}), "allow")
    t.ok(grey.json("greylist", "search", "192.0.2.91")[1]["passes"] > 0, "which search tells")
    t.equal(grey.json("greylist", "delete", "192.0.2.91"), (0, {"deleted": True}), "delete")
    t.equal(grey.json("greylist", "delete", "192.0.2.91"), (1, {"deleted": False}), "and nothing the second time")
    path = dump(f"{grey.network.folder}/db", domain, IMPORTED)
    wanted = {"triplets": IMPORTED, "clients": 0, "known": 0, "too_old": 1, "not_readable": 1}
    t.equal(grey.json("import", "postgrey", path), (0, wanted), "import postgrey")
    again = {**wanted, "triplets": 0, "known": IMPORTED}
    t.equal(grey.json("import", "postgrey", path), (1, again), "the second time all is known")
    with open(path, "r+", encoding="ascii") as file:
        file.truncate(os.path.getsize(path) - 9)
    done = grey.network.server.run(KOMAINU, "import", "postgrey", path, "--state", grey.state, check=False)
    t.ok(done.returncode == 5 and "not the whole text of db_dump" in done.stderr, "half a text is told of")


def killed(t, grey):
    """What was answered is not lost."""
    grey.ask(0, TRIPLETS)
    grey.kill(signal.SIGKILL)
    t.equal(grey.start(), 0, "after kill -9 it serves again")
    t.equal(grey.number("greylist_triplets"), TRIPLETS + IMPORTED, "and knows every triplet")
    t.ok(all(a.startswith(PUT_OFF) for a in grey.ask(0, TRIPLETS)), "which all are put off still")
    t.equal(grey.number("greylist_triplets"), TRIPLETS + IMPORTED, "as the same ones")
    t.equal(grey.ask(0, 1, host=8), ["action=DUNNO"], "and whom it lets pass")
    t.ok(grey.kill(signal.SIGTERM), "SIGTERM ends it")
    t.equal(grey.pid(), 0, "the pid file names nobody any more")
    t.equal(grey.greylist("delete", "192.0.2.8"), 0, "then the command changes the files itself")
    t.ok("greylist-write-failed" not in grey.said(), "nothing was said of a disk")


LINES = (
    "Nov 22 10:00:0{0} mx postgrey[9]: action=greylist, reason=new, client_name=a.example, "
    "client_address=192.0.2.{0}, sender=a@example.org, recipient=r{1}@example.net\n"
)
BACK = (
    "Nov 22 10:07:01 mx postgrey[9]: 4ABC: action=pass, reason=triplet found, delay=420, client_name=a.example, "
    "client_address=192.0.2.200, sender=a@example.org, recipient=r1@example.net\n"
)
REJECTED = (
    "Nov 22 11:00:01 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[2001:db8::9]: 450 4.2.0 "
    "<r3@example.net>: Recipient address rejected: Greylisted, try again later; from=<> "
    "to=<r3@example.net> proto=ESMTP helo=<x.example>\n"
    "Nov 22 11:00:02 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 550 5.7.1 "
    "<r3@example.net>: Recipient address rejected: no; from=<> to=<r3@example.net> proto=ESMTP helo=<x>\n"
)


def report(t, folder):
    """Who was put off and has not come back, by two logs."""
    with open(f"{folder}/mail.log", "w", encoding="ascii") as file:
        file.write(BACK + REJECTED)
    with gzip.open(f"{folder}/mail.log.1.gz", "wt", encoding="ascii") as file:
        file.write(LINES.format(1, 1) + LINES.format(2, 2) + LINES.format(3, 2))
    words = [KOMAINU, "greylist", "report", f"{folder}/mail.log", f"{folder}/mail.log.1.gz"]
    said = json.loads(subprocess.run([*words, "--json"], check=True, capture_output=True).stdout)
    t.equal((said["put_off"], said["came_back"]), (4, 1), "report: so many were put off, one came back")
    t.equal([tuple(g.values()) for g in said["gone"]],
            [(2, "192.0.2.3", "a@example.org", "r2@example.net"),
             (1, "2001:db8::9", "", "r3@example.net")], "and these have not")
    shown = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    t.ok("Put off 4 times; 1 came back and passed, 2 have not come back." in shown, "in words as well")


def full_disk(t, grey):
    """It goes on from memory, and writes all when there is room."""
    t.equal(grey.start(), 0, "on a small disk it serves")
    t.ok(all(a.startswith(PUT_OFF) for a in grey.ask(0, MORE)), "every triplet is answered")
    t.ok(eventually(lambda: "greylist-write-failed" in grey.said(), 5), "that the disk is full is said")
    t.equal(grey.ask(MORE - 1, MORE)[0].startswith(PUT_OFF), True, "it still answers")
    t.equal(grey.number("greylist_triplets"), MORE, "from memory")
    subprocess.run(["mount", "-o", "remount,size=8m", grey.state], check=True)
    t.ok(eventually(lambda: "greylist-writes-again" in grey.said() or not grey.ask(0, 1), 20),
         "there is room: that it writes again is said")
    grey.kill(signal.SIGKILL)
    t.equal(grey.start(), 0, "killed, it serves again")
    t.equal(grey.number("greylist_triplets"), MORE, "and has lost nothing")


def main(t):
    """All of it."""
    with Network() as network:
        grey = Postgrey(network, f"{network.folder}/state")
        running(t, grey)
        changes(t, grey, "one.example.org")
        before = grey.number("greylist_triplets")
        t.equal(grey.ask(0, 1, host=7) and grey.number("greylist_triplets"), before, "the gate has been there all along")
        killed(t, grey)
        changes(t, grey, "two.example.org")
        report(t, network.folder)
    with Network() as network:
        grey = Postgrey(network, f"{network.folder}/disk")
        os.mkdir(grey.state)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=777", "none", grey.state], check=True)
        network.at_close(lambda: subprocess.run(["umount", "-l", grey.state], check=False))
        full_disk(t, grey)


tap.main(main, needs=[f"{BUILD}/komainu-gate", "ip", "nsenter", "mount", "postgrey"])
