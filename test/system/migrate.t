#!/usr/bin/python3
"""migrate: a machine with the real fail2ban is taken over and given back, and at no moment can somebody who
is banned connect.

The machine is a mount namespace with an /etc, /run and /var/lib of its own; systemctl there is a script that
starts and stops fail2ban-server and komainud as their units do.
"""
import json
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINU, KOMAINUD, write_config  # noqa: E402
from komainu_test.net import SERVER4, Network, attacker4  # noqa: E402

SERVER = "/usr/bin/fail2ban-server"
REFUSED = 4

FAIL2BAN = {
    "fail2ban.conf": "[Definition]\nloglevel = INFO\nlogtarget = /run/f2b.log\nsyslogsocket = auto\n"
    "socket = /run/fail2ban.sock\npidfile = /run/fail2ban.pid\ndbfile = /run/f2b.sqlite3\ndbmaxmatches = 10\n"
    "dbpurgeage = 1d\nallowipv6 = auto\n",
    "jail.conf": "[flood]\nenabled = true\nfindtime = 10m\nmaxretry = 2\nbantime = 1h\nusedns = no\n"
    "backend = polling\nfilter = flood\nlogpath = LOG\naction = nftables-multiport[port=25]\n"
    "[odd]\nenabled = true\nfilter = missing\nlogpath = LOG\n",
    "filter.d/flood.conf": "[Definition]\nfailregex = ^.* flood-client\\[<ADDR>\\]$\n",
    # Ours, of which the guard knows the name only.
    "action.d/nftables-multiport.conf": "[Definition]\n"
    "actionstart = nft 'add table inet f2b; add set inet f2b s { type ipv4_addr; }; "
    "add chain inet f2b c { type filter hook input priority -1; }; "
    "add rule inet f2b c tcp dport <port> ip saddr @s drop'\n"
    "actionstop = nft delete table inet f2b\nactionban = nft add element inet f2b s '{ <ip> }'\n"
    "actionunban = nft delete element inet f2b s '{ <ip> }'\n[Init]\nport = 1\nblocktype = drop\n",
}

# systemctl: --quiet VERB UNIT.
SYSTEMCTL = """\
#!/bin/sh
verb=$2 unit=${3%.service}
echo "$verb $unit" >>/run/asked
[ ! -e "/run/fail-$verb-$unit" ] || { echo "no, said the test" >&2; exit 1; }
case $unit in fail2ban) pid=/run/f2b.main;; *) pid=/run/komainu.main;; esac
runs() { [ -s $pid ] && kill -0 "$(cat $pid)" 2>/dev/null; }
wait_for() { n=0; until "$@" >/dev/null 2>&1; do n=$((n+1)); [ $n -lt 600 ] || exit 1; sleep 0.05; done; }
start() {
    runs && return
    if [ $unit = fail2ban ]; then
        setsid SERVER -f start >/dev/null 2>&1 </dev/null & echo $! >$pid
        wait_for /usr/bin/fail2ban-client ping
    else
        setsid KOMAINUD >>/run/komainud.log 2>&1 </dev/null & echo $! >$pid
        wait_for KOMAINU status
    fi
}
stop() { runs || return 0; kill "$(cat $pid)"; while runs; do sleep 0.02; done; }
case $verb in
is-active) runs;;
is-enabled) [ -e /run/enabled-$unit ];;
enable) touch /run/enabled-$unit;;
disable) rm -f /run/enabled-$unit;;
start) start;;
stop) stop;;
restart) stop; start;;
reload) KOMAINU reload;;
esac
"""

# $1: a folder with etc and systemctl.
ENTER = """\
set -e
for name in fail2ban komainu; do mkdir -p "/etc/$name"; mount --bind "$1/etc/$name" "/etc/$name"; done
mount -t tmpfs -o mode=755 tmpfs /var/lib
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd/system
touch /usr/bin/systemctl 2>/dev/null || true
mount --bind "$1/systemctl" /usr/bin/systemctl
touch /run/enabled-fail2ban
echo ready
exec cat
"""


class Machine:
    """The mount namespace, in the server's network."""

    def __init__(self, net, log):
        self.net, self.folder = net, f"{net.folder}/machine"
        for name, text in FAIL2BAN.items():
            self.write(f"etc/fail2ban/{name}", text.replace("LOG", log))
        write_config(f"{self.folder}/etc/komainu", log, sasl=False)
        text = SYSTEMCTL.replace("SERVER", SERVER).replace("KOMAINUD", KOMAINUD).replace("KOMAINU", KOMAINU)
        self.write("systemctl", text)
        os.chmod(f"{self.folder}/systemctl", 0o755)
        self.holder = net.server.start("unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "sh",
                                       self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        net.at_close(self.close)
        if self.holder.stdout.readline() != "ready\n":
            raise RuntimeError("the mount namespace is not there")

    def write(self, name, text):
        """A file."""
        os.makedirs(os.path.dirname(f"{self.folder}/{name}"), exist_ok=True)
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, *argv):
        """Runs argv in here."""
        return self.net.server.run("nsenter", f"--mount=/proc/{self.holder.pid}/ns/mnt", "--", *argv,
                                   check=False, timeout=120)

    def migrate(self, *argv):
        """komainu migrate."""
        return self.run(KOMAINU, "migrate", *argv)

    def is_active(self, unit):
        """Whether the service runs."""
        return self.run("/usr/bin/systemctl", "--quiet", "is-active", unit).returncode == 0

    def close(self):
        """Ends all of it."""
        for unit in ("fail2ban", "komainu"):
            self.run("/usr/bin/systemctl", "--quiet", "stop", unit)
        self.holder.terminate()
        self.holder.wait(10)


class Probe:
    """Tries all the time to connect from an address, in a thread of its own."""

    def __init__(self, net, address):
        self.net, self.address = net, address
        self.tries, self.came = 0, 0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.is_over.is_set():
            self.tries += 1
            self.came += self.net.attacker.can_connect(self.address, SERVER4, 25, timeout=0.05)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exception):
        self.is_over.set()
        self.thread.join(10)


def accept_all(listener):
    """Takes every connection: a full queue would look like a ban."""
    while True:
        try:
            listener.accept()[0].close()
        except OSError:
            return


def lines(address, count=2):
    """Failures."""
    return [f"{logs.stamp()} x: flood-client[{address}]\n" for _ in range(count)]


def failed_step(t, machine, step, who):
    """A step that fails leaves fail2ban at work."""
    machine.run("touch", f"/run/fail-{step}")
    with Probe(machine.net, who) as probe:
        done = machine.migrate("--apply")
    machine.run("rm", f"/run/fail-{step}")
    t.ok(done.returncode != 0 and "no, said the test" in done.stderr, f"{step} fails: {done.stderr}")
    t.ok("fail2ban is as it was" in done.stderr and machine.is_active("fail2ban"), "fail2ban goes on")
    t.equal(probe.came, 0, f"nobody came in of {probe.tries} tries")
    t.ok(not os.path.exists(f"{machine.folder}/etc/komainu/komainu.d/fail2ban.conf"), "and nothing is written")


def look(t, machine, who):
    """What is said, and that nothing is done."""
    plan = json.loads(machine.migrate("--json").stdout)
    jails = {jail["name"]: jail for jail in plan["jails"]}
    t.ok(plan["is_running"], "fail2ban runs")
    t.equal((jails["flood"]["how"], jails["flood"]["bans"]), ("native", 1), f"one jail is native {who}")
    t.ok(any("nft list table" in line for line in jails["flood"]["remarks"]), "where its bans show is said")
    t.equal(jails["odd"]["how"], "left out", "the other one is left out")
    text = machine.migrate().stdout
    t.ok("TAKEN OVER" in text and "To take this over: komainu migrate --apply" in text, "as text, with what to do next")
    machine.write("etc/fail2ban/jail.d/open.conf", "[open]\nenabled = true\nfilter = open\nlogpath = /run/f2b.log\n"
                  "action = nftables-multiport[port=25]\n")
    machine.write("etc/fail2ban/filter.d/open.conf", "[Definition]\nfailregex = ^x (<HOST>$\n")
    jails = {jail["name"]: jail for jail in json.loads(machine.migrate("--json").stdout)["jails"]}
    t.equal((jails["open"]["how"], len(jails["open"]["remarks"])), ("left out", 1), "of one that cannot be only why is said")
    for name in ("jail.d/open.conf", "filter.d/open.conf"):
        os.unlink(f"{machine.folder}/etc/fail2ban/{name}")
    done = machine.migrate("--fail2ban", "/run/none")
    t.ok(done.returncode == 2 and "--fail2ban DIR" in done.stderr, "where there is no fail2ban, what to do")
    t.ok(not os.path.exists(f"{machine.folder}/etc/komainu/komainu.d/fail2ban.conf"), "nothing is done")


def no_bans(t, machine, who):
    """A database that cannot be read: nobody is let in unawares."""
    machine.run("mv", "/run/f2b.sqlite3", "/run/kept")
    machine.run("sh", "-c", "echo this is no database, whoever wrote it >/run/f2b.sqlite3")
    done = machine.migrate()
    t.ok("No bans can be taken over: /run/f2b.sqlite3: " in done.stdout and "--apply --without-bans" in done.stdout,
         "who looks is told that the bans cannot be read")
    with Probe(machine.net, who) as probe:
        done = machine.migrate("--apply")
    t.equal(done.returncode, REFUSED, "and nothing is taken over then")
    t.ok("/run/f2b.sqlite3: " in done.stderr and "--without-bans" in done.stderr, f"with what to do: {done.stderr}")
    t.ok(machine.is_active("fail2ban") and not machine.is_active("komainu"), "fail2ban goes on")
    t.equal(probe.came, 0, f"nobody came in of {probe.tries} tries")
    machine.run("touch", "/run/fail-start-komainu")
    done = machine.migrate("--apply", "--without-bans")
    t.ok("No bans were taken over" in done.stdout and "no, said the test" in done.stderr, "--without-bans goes on")
    machine.run("rm", "/run/fail-start-komainu")
    t.ok("only with --apply" in machine.migrate("--without-bans").stderr, "it is for --apply alone")
    machine.run("rm", "/run/f2b.sqlite3")
    done = machine.migrate("--apply")
    t.equal(done.returncode, REFUSED, "nor where a fail2ban that runs has no database")
    machine.run("mv", "/run/kept", "/run/f2b.sqlite3")


def take_over(t, machine, log, who):
    """--apply."""
    with Probe(machine.net, who) as probe:
        done = machine.migrate("--apply", "--serve-clients")
    t.equal(done.returncode, 0, f"--apply: {done.stdout}{done.stderr}")
    t.equal(probe.came, 0, f"nobody came in of {probe.tries} tries")
    t.ok(probe.tries > 3, "there were tries")
    t.ok(machine.is_active("komainu") and not machine.is_active("fail2ban"), "the guard has its place")
    t.ok(machine.run("nft", "list", "table", "inet", "f2b").returncode != 0, "fail2ban's table is gone")
    said = machine.run("/usr/bin/fail2ban-client", "status", "flood").stdout
    t.ok(who in said, f"its clients are served: {said}")
    t.equal(machine.migrate("--apply").returncode, 1, "twice: nothing")
    log.write(*lines(attacker4(2)))
    t.ok(tap.eventually(lambda: attacker4(2) in machine.run(KOMAINU, "bans").stdout, 10, every=0.1),
         "the guard bans by fail2ban's jail")


def go_back(t, machine, who):
    """--undo."""
    with Probe(machine.net, who) as probe, Probe(machine.net, attacker4(2)) as other:
        done = machine.migrate("--undo")
    t.equal(done.returncode, 0, f"--undo: {done.stdout}{done.stderr}")
    t.equal((probe.came, other.came), (0, 0), f"nobody came in of {probe.tries} tries")
    t.ok(machine.is_active("fail2ban") and not machine.is_active("komainu"), "fail2ban is back")
    said = machine.run("/usr/bin/fail2ban-client", "status", "flood").stdout
    t.ok(who in said and attacker4(2) in said, f"with its bans and the new one: {said}")
    t.equal(machine.run("ls", "/run/enabled-komainu").returncode, 2, "as it was")
    t.equal(machine.migrate("--undo").returncode, 1, "twice: nothing")


def links(t, net):
    """compat enable makes links that are fail2ban's programs."""
    folder = f"{net.folder}/bin"
    os.makedirs(folder)
    command = [KOMAINU, "compat", "enable", "--directory", folder]
    t.equal([net.server.run(*command, check=False).returncode for _ in range(2)], [0, 1], "links are made once")
    t.equal(net.server.run(f"{folder}/fail2ban-client", "--str2sec", "1h").stdout, "3600\n", "and work")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    os.chmod(folder, 0o755)
    done = net.server.run(*nobody, KOMAINU, "compat", "disable", "--directory", folder, check=False)
    t.ok(done.returncode == REFUSED and "run this as root" in done.stderr, f"not without rights: {done.stderr}")
    t.equal(os.readlink(f"{folder}/fail2ban-regex"), os.path.realpath(KOMAINU), "they lead to us")
    net.server.run(KOMAINU, "compat", "disable", "--directory", folder)
    t.equal(os.listdir(folder), [], "and are gone")
    with open(f"{folder}/fail2ban-regex", "w", encoding="ascii") as file:
        file.write("somebody's")
    done = net.server.run(*command, check=False)
    t.ok(done.returncode == REFUSED and "Move it away" in done.stderr and os.listdir(folder) == ["fail2ban-regex"],
         f"what is not ours stays, alone: {done.stderr}")
    done = net.server.run(KOMAINU, "compat", "disable", "--directory", folder, check=False)
    t.ok(done.returncode == 1 and "None of them was ours" in done.stdout, "nor is it taken away")


def main(t):
    """Look, a step that fails, over, back."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/f2b.log")
        log.write(f"{logs.stamp()} x: the first line\n")
        listener = net.server.listen(SERVER4, 25)
        threading.Thread(target=accept_all, args=(listener,), daemon=True).start()
        machine = Machine(net, log.path)
        who = attacker4(1)
        t.ok(net.attacker.can_connect(who, SERVER4, 25), "at first everybody can connect")
        machine.run("/usr/bin/systemctl", "--quiet", "start", "fail2ban")
        log.write(*lines(who))
        t.ok(tap.eventually(lambda: not net.attacker.can_connect(who, SERVER4, 25), 30, every=0.1),
             "fail2ban bans somebody")
        t.ok(net.attacker.can_connect(attacker4(9), SERVER4, 25), "and nobody else")
        links(t, net)
        look(t, machine, who)
        failed_step(t, machine, "start-komainu", who)
        no_bans(t, machine, who)
        take_over(t, machine, log, who)
        go_back(t, machine, who)
        t.ok(net.attacker.can_connect(attacker4(9), SERVER4, 25), "others can connect all the time")
        machine.run("rm", "-r", "/run/systemd/system")
        done = machine.migrate("--apply")
        t.ok(done.returncode == REFUSED and "By hand" in done.stdout, "without systemd it says what to do")
        listener.close()


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "unshare", SERVER, "/usr/bin/systemctl"], package="fail2ban")
