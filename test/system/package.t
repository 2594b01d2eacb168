#!/usr/bin/python3
"""The Debian package: made, checked by lintian, installed into a copy of this system (an overlay
in a mount namespace of its own), started as its unit starts it, upgraded with every ban kept,
removed and purged.

KOMAINU_DEB names a package made before; without it one is made by ./komainu.sh package.
"""
import contextlib
import glob
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import ROOT, children, process_name  # noqa: E402
from komainu_test.net import Network, Nft  # noqa: E402

UNIT = "/lib/systemd/system/komainu.service"
JAIL = """\
[postfix-sasl]
enabled = yes
logpath = /var/log/mail.log
maxretry = 3
bantime = 1d
"""
SCRIPT = """\
set -e
mount -t tmpfs komainu-test "$0"
mkdir "$0/upper" "$0/work" "$0/root"
mount -t overlay komainu-test -o lowerdir=/,upperdir="$0/upper",workdir="$0/work" "$0/root"
mount -t proc proc "$0/root/proc"
mount --rbind /dev "$0/root/dev"
mount --bind /sys "$0/root/sys"
mount -t tmpfs komainu-test "$0/root/run"
mount -t tmpfs komainu-test "$0/root/tmp"
rm -rf "$0/root/etc/komainu" "$0/root/var/lib/komainu" "$0/root/var/log/mail.log"
touch "$0/ready"
exec sleep 100000
"""
CLEAN = ("/etc/komainu", "/var/lib/komainu", "/var/log/komainu")


class Copy:
    """A copy of this system that can be changed, in a network namespace of the test."""

    def __init__(self, net):
        self.net = net
        self.place = f"{net.folder}/copy"
        os.mkdir(self.place)
        self.holder = net.server.start(
            "unshare", "-m", "--propagation", "private", "sh", "-c", SCRIPT, self.place
        )
        net.at_close(self.close)
        tap.eventually(lambda: os.path.exists(self.outside("../ready")), 10, every=0.05)
        self.guard = None

    def close(self):
        """Ends the guard and gives the copy up."""
        self.stop()
        self.holder.kill()
        self.holder.wait()

    def outside(self, path):
        """Where a file of the copy is seen from outside."""
        return f"/proc/{self.holder.pid}/root{self.place}/root/{path.lstrip('/')}"

    def command(self, *argv):
        """The command line that runs argv in the copy."""
        return [
            *("nsenter", f"--mount=/proc/{self.holder.pid}/ns/mnt", "--"),
            *("chroot", f"{self.place}/root", *argv),
        ]

    def run(self, *argv, check=True):
        """Runs argv in the copy."""
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
        return self.net.server.run(*self.command(*argv), check=check, timeout=300, env=env)

    def write(self, path, text):
        """Writes a file of the copy."""
        os.makedirs(os.path.dirname(self.outside(path)), exist_ok=True)
        with open(self.outside(path), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, path):
        """A file of the copy."""
        with open(self.outside(path), encoding="utf-8") as file:
            return file.read()

    def unit(self, option):
        """The values of an option of the unit."""
        return re.findall(rf"^{option}=(.*)$", self.read(UNIT), re.M)

    def start(self):
        """What the unit would do, with the capabilities and the umask that it leaves."""
        kept = self.unit("CapabilityBoundingSet")[0].lower().replace("cap_", "+").split()
        drop = ["setpriv", "--bounding-set", ",".join(["-all", *kept])]
        if self.unit("NoNewPrivileges") == ["yes"]:
            drop.append("--no-new-privs")
        before, main = self.unit("ExecStartPre")[0].split(), self.unit("ExecStart")[0].split()
        self.run(*drop, *before)
        with open(f"{self.net.folder}/komainud.log", "ab") as output:
            self.guard = self.net.server.start(
                *self.command(*drop, *main), stdout=output, stderr=output, umask=0o027
            )

    def stop(self):
        """SIGTERM, as the unit does."""
        if self.guard and self.guard.poll() is None:
            self.guard.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.guard.wait(20)

    def said(self):
        """What the guard has printed."""
        with open(f"{self.net.folder}/komainud.log", encoding="utf-8") as file:
            return file.read()


def newest_deb():
    """A package that is younger than every source, or None."""
    found = glob.glob(f"{ROOT}/build-package/komainu_*.deb")
    sources = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "src", "debian", "dist", "filters", "etc", "meson.build"],
        check=False, capture_output=True, text=True,
    ).stdout.split()
    if not found or not sources:
        return None
    youngest = max(os.stat(f"{ROOT}/{s}").st_mtime for s in sources if os.path.exists(f"{ROOT}/{s}"))
    return found[0] if os.stat(found[0]).st_mtime > youngest else None


def make_deb(t):
    """The package; None after a failure."""
    deb = os.environ.get("KOMAINU_DEB") or newest_deb()
    if not deb:
        done = subprocess.run(
            [f"{ROOT}/komainu.sh", "package"], check=False, capture_output=True, text=True,
            timeout=1800,
        )
        if not t.ok(done.returncode == 0, "a package is made"):
            t.note(done.stdout + done.stderr)
            return None
        # Which has had it checked in the same way.
        t.ok("Checking it with lintian ... " in done.stdout, "lintian finds no error")
        t.note(done.stdout)
        return done.stdout.split()[-1]
    done = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error", deb], check=False, capture_output=True,
        text=True,
    )
    t.equal(done.returncode, 0, "lintian finds no error")
    t.note(done.stdout)
    return deb


def newer(net, deb):
    """The same package with a higher version."""
    folder, path = f"{net.folder}/deb", f"{net.folder}/newer.deb"
    subprocess.run(["dpkg-deb", "-R", deb, folder], check=True)
    with open(f"{folder}/DEBIAN/control", encoding="utf-8") as file:
        control = file.read()
    with open(f"{folder}/DEBIAN/control", "w", encoding="utf-8") as file:
        file.write(re.sub(r"^Version: .*", "Version: 99", control, flags=re.M))
    subprocess.run(["dpkg-deb", "-b", folder, path], check=True, capture_output=True)
    return path


def users(copy):
    """name -> uid of our users."""
    rows = [row.split(":") for row in copy.read("/etc/passwd").splitlines()]
    return {row[0]: int(row[2]) for row in rows if row[0].startswith("komainu-")}


def is_up(copy):
    """Whether all roles are at work."""
    return '"is_enforcer_up":true' in copy.run(
        "komainu", "status", "--json", check=False
    ).stdout.replace(" ", "")


def install(t, copy, deb):
    """Installed, and started as its unit says."""
    copy.write("/var/lib/komainu/judge/kept", "")
    for path in ("judge", "judge/kept"):
        os.chown(copy.outside(f"/var/lib/komainu/{path}"), 70202, 70202)
    os.chmod(copy.outside("/var/lib/komainu"), 0o711)
    copy.write("/tmp/komainu.deb", "")
    subprocess.run(["cp", deb, copy.outside("/tmp/komainu.deb")], check=True)
    done = copy.run("dpkg", "-i", "/tmp/komainu.deb", check=False)
    t.equal(done.returncode, 0, "it is installed")
    t.note(done.stdout + done.stderr)
    t.equal(len(users(copy)), 9, "each role but the runner, which is root, has a user")
    copy.run("systemd-tmpfiles", "--create", "komainu.conf", check=False)
    for path in ("/usr/sbin/komainud", "/usr/bin/komainu", "/usr/libexec/komainu/komainu-judge",
                 "/usr/share/man/man8/komainud.8.gz", "/usr/share/man/man1/komainu.1.gz",
                 "/usr/share/man/ja/man8/komainud.8.gz", "/usr/share/man/man8/komainu-gate.8.gz",
                 "/usr/share/man/ja/man8/komainu-gate.8.gz",
                 "/etc/komainu/jail.d", "/etc/logrotate.d/komainu",
                 "/usr/share/doc/komainu/examples/jail.conf", UNIT):
        t.ok(os.path.exists(copy.outside(path)), path)
    done = copy.run("systemd-analyze", "verify", "--man=no", "komainu.service", check=False)
    t.ok("komainu.service" not in done.stderr, "systemd-analyze finds nothing in the unit")
    t.note(done.stderr)
    done = copy.run("logrotate", "-d", "/etc/logrotate.d/komainu", check=False)
    t.ok("error" not in done.stderr, "logrotate takes its file")
    copy.write("/etc/komainu/jail.d/test.conf", JAIL)
    copy.write("/etc/komainu/komainu.conf",
               "[komainu]\nlogtarget = /var/log/komainu/fail2ban.log\n"
               "report-mail-to = root@example.com\n")
    copy.start()
    t.ok(tap.eventually(lambda: is_up(copy), 20, every=0.1), "the guard starts as the unit says")
    t.note(copy.said())
    wanted = users(copy) | {"komainu-runner": 0}
    found = {}
    for pid in children(copy.guard.pid):
        found[process_name(pid)] = os.stat(f"/proc/{pid}").st_uid
    t.ok(
        len(found) >= 3 and all(wanted.get(name) == uid for name, uid in found.items()),
        "each role is its user",
    )
    t.note(found)
    t.equal(
        os.stat(copy.outside("/var/lib/komainu/judge/kept")).st_uid,
        wanted["komainu-judge"],
        "what was there of a fixed id belongs to the user now",
    )


def works(t, copy):
    """It bans, and reloads."""
    nft = Nft(copy.net.server)
    log = logs.Log(copy.outside("/var/log/mail.log"))
    log.write(*(logs.sasl_failure("192.0.2.10", f"u{i}") for i in range(3)))
    t.ok(tap.eventually(lambda: nft.banned() == {"192.0.2.10"}, 10), "it bans")
    t.ok(
        tap.eventually(
            lambda: "Ban 192.0.2.10" in copy.read("/var/log/komainu/fail2ban.log"), 10
        ),
        "and writes its log",
    )
    mails = copy.outside("/var/spool/postfix/maildrop")
    if os.path.exists(mails):
        t.ok(tap.eventually(lambda: os.listdir(mails), 20, every=0.1), "Postfix takes its mail")
    else:
        t.skip("Postfix takes its mail", "postfix is not there")
    done = copy.run(*copy.unit("ExecReload")[0].split(), check=False)
    t.equal(done.returncode, 0, "ExecReload works")
    return nft


def upgrade(t, copy, deb, nft):
    """Stopped, replaced, started: the ban stays all the time."""
    subprocess.run(["cp", newer(copy.net, deb), copy.outside("/tmp/newer.deb")], check=True)
    copy.stop()
    t.equal(nft.banned(), {"192.0.2.10"}, "the ban stays when the guard stops")
    done = copy.run("dpkg", "-i", "/tmp/newer.deb", check=False)
    t.equal(done.returncode, 0, "a newer package is installed over it")
    t.equal(nft.banned(), {"192.0.2.10"}, "the ban stays meanwhile")
    t.equal(copy.read("/etc/komainu/jail.d/test.conf"), JAIL, "the configuration too")
    copy.start()
    t.ok(tap.eventually(lambda: is_up(copy), 20, every=0.1), "the new guard starts")
    bans = copy.run("komainu", "bans", "--json").stdout
    t.ok("192.0.2.10" in bans and nft.banned() == {"192.0.2.10"}, "and knows the ban")


def remove(t, copy, nft):
    """Removed: nothing is closed any more. Purged: nothing is left."""
    copy.stop()
    done = copy.run("dpkg", "-r", "komainu", check=False)
    t.equal(done.returncode, 0, "it is removed")
    tables = copy.net.server.run("nft", "list", "tables").stdout
    t.ok("komainu" not in tables and not nft.banned(), "and its table with it")
    t.ok(os.path.exists(copy.outside("/var/lib/komainu/judge")), "what it knew stays")
    t.ok(os.path.exists(copy.outside("/etc/komainu/jail.d/test.conf")), "and the configuration")
    done = copy.run("dpkg", "-P", "komainu", check=False)
    t.equal(done.returncode, 0, "it is purged")
    for path in (*CLEAN, "/usr/sbin/komainud", "/usr/libexec/komainu", UNIT,
                 "/etc/logrotate.d/komainu"):
        t.ok(not os.path.exists(copy.outside(path)), f"{path} is gone")


def main(t):
    """All."""
    deb = make_deb(t)
    if not deb:
        return
    with Network() as net:
        copy = Copy(net)
        install(t, copy, deb)
        nft = works(t, copy)
        upgrade(t, copy, deb, nft)
        remove(t, copy, nft)


tap.main(main, needs=["dpkg-buildpackage", "dh", "lintian", "unshare", "ip", "nft", "setpriv", "logrotate"])
