#!/usr/bin/python3
"""The log in fail2ban's shape: its lines, that it is opened anew after rotation, its level,
and that recidive counts by it; and our own log with its priorities in the journal."""
import os
import re
import signal
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard, write_config  # noqa: E402
from komainu_test.net import Network, Nft  # noqa: E402

LINE = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (fail2ban\.\w+ *)\[(\d+)\]: ([A-Z]+ *) "
    r"\[([\w-]+)\] (.+)"
)
RECIDIVE = """
[recidive]
enabled = yes
observe = no
logpath = {path}
maxretry = 2
findtime = 1d
bantime = 1w
"""


def read(path):
    """The lines as (part, level, jail, text); None for one of another shape."""
    try:
        with open(path, encoding="utf-8") as file:
            found = [LINE.fullmatch(line.rstrip("\n")) for line in file]
    except FileNotFoundError:
        return []
    return [m and (m[1].strip(), m[3].strip(), m[4], m[5]) for m in found]


def texts(path):
    """What stands behind the jails."""
    return [line and line[3] for line in read(path)]


def fail(log, address, count=3):
    """Wrong passwords."""
    log.write(*(logs.sasl_failure(address, f"u{i}") for i in range(count)))


def shapes(t, net, log, path):
    """Found, Ban, Unban, Restore Ban."""
    config = {"maxretry": 3, "komainu": f"logtarget = {path}", "more": "ignoreip = 192.0.2.9"}
    with Guard(net, log.path, **config) as guard:
        fail(log, "192.0.2.1")
        tap.eventually(lambda: "Ban 192.0.2.1" in texts(path), 10)
        lines = read(path)
        t.ok(lines and all(lines), "every line has the shape")
        found = [l for l in lines if l[3].startswith("Found")]
        t.equal(len(found), 3, "three failures are found")
        t.ok(
            all(
                l[:3] == ("fail2ban.filter", "INFO", "postfix-sasl")
                and re.fullmatch(r"Found 192\.0\.2\.1 - \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", l[3])
                for l in found
            ),
            "with part, level, jail and time",
        )
        t.equal(
            lines[3],
            ("fail2ban.actions", "NOTICE", "postfix-sasl", "Ban 192.0.2.1"),
            "then the ban",
        )
        with open(path, encoding="utf-8") as file:
            raw = file.read().splitlines()[3]
        t.ok(
            f" fail2ban.actions        [{guard.process.pid}]: NOTICE  [postfix-sasl] " in raw,
            "in fail2ban's columns, with the guard's process id",
        )
        t.note(raw)
        fail(log, "192.0.2.9", 1)
        t.ok(tap.eventually(lambda: "Ignore 192.0.2.9 by ip" in texts(path), 10), "Ignore")
        guard.command("unban", "192.0.2.1")
        t.ok(tap.eventually(lambda: "Unban 192.0.2.1" in texts(path), 10), "Unban")
        fail(log, "192.0.2.2")
        tap.eventually(lambda: "Ban 192.0.2.2" in texts(path), 10)
        guard.kill_role("komainu-judge")
        tap.eventually(guard.is_ready, 10)
        t.ok("Restore Ban 192.0.2.2" not in texts(path), "a role that restarts restores nothing")
        rotates(t, guard, log, path)
    with Guard(net, log.path, **config) as guard:
        t.ok(
            tap.eventually(lambda: "Restore Ban 192.0.2.2" in texts(path), 10),
            "Restore Ban, when the guard starts",
        )
        levels(t, guard, log, path, config)


def rotates(t, guard, log, path):
    """Moved away and opened anew: when told, and when only seen."""
    os.rename(path, path + ".1")
    fail(log, "192.0.2.3", 1)
    t.ok(
        tap.eventually(lambda: any("Found 192.0.2.3" in x for x in texts(path + ".1")), 10),
        "until it is told the guard writes into the old file",
    )
    guard.process.send_signal(signal.SIGUSR1)
    t.ok(tap.eventually(lambda: os.path.exists(path), 10), "SIGUSR1 opens it anew")
    t.equal(os.stat(path).st_mode & 0o777, 0o640, "with mode 0640")
    fail(log, "192.0.2.4", 1)
    t.ok(
        tap.eventually(lambda: any("Found 192.0.2.4" in x for x in texts(path)), 10),
        "and writes there",
    )
    os.unlink(path)
    t.ok(tap.eventually(lambda: os.path.exists(path), 20, 0.1), "a file removed is soon made anew")


def levels(t, guard, log, path, config):
    """Another level by a reload."""
    write_config(
        guard.config, log.path, **config | {"komainu": f"logtarget = {path}\nloglevel = NOTICE"}
    )
    t.equal(guard.command("reload").returncode, 0, "loglevel = NOTICE")
    fail(log, "192.0.2.5")
    t.ok(tap.eventually(lambda: "Ban 192.0.2.5" in texts(path), 10), "tells the ban")
    t.ok(not any("Found 192.0.2.5" in x for x in texts(path)), "and not the failures")
    write_config(guard.config, log.path, **config | {"komainu": "logtarget = relative"})
    done = guard.command("reload", check=False)
    t.ok(done.returncode == 2 and "logtarget" in done.stderr, "a bad target is refused by name")


def recidive(t, net, log, path):
    """A jail that reads what the guard itself writes."""
    with Guard(
        net, log.path, maxretry=1, komainu=f"logtarget = {path}", more=RECIDIVE.format(path=path)
    ) as guard:
        fail(log, "192.0.2.6", 1)
        tap.eventually(lambda: "Ban 192.0.2.6" in texts(path), 10)
        guard.command("unban", "192.0.2.6")
        tap.eventually(lambda: guard.jail("recidive").get("failures") == 1, 10)
        t.equal(guard.jail("recidive").get("bans_total"), 0, "one ban is none too many")
        fail(log, "192.0.2.7", 1)
        tap.eventually(lambda: "Ban 192.0.2.7" in texts(path), 10)
        t.equal(
            tap.eventually(lambda: guard.jail("recidive").get("failures") == 2, 10),
            True,
            "recidive counts each ban once",
        )
        done = guard.command("test-filter", "recidive", path, "--json")
        t.ok('"matched": 2' in done.stdout or '"matched":2' in done.stdout, "as test-filter does")
        write_config(
            guard.config,
            log.path,
            maxretry=1,
            komainu=f"logtarget = {path}",
            more=RECIDIVE.format(path=path).replace("maxretry = 2", "maxretry = 1"),
        )
        guard.command("reload")
        fail(log, "192.0.2.8", 1)
        t.ok(
            tap.eventually(lambda: guard.jail("recidive").get("bans_total") == 1, 10),
            "and bans by it",
        )
        own = ("fail2ban.actions", "NOTICE", "recidive", "Ban 192.0.2.8")
        t.ok(tap.eventually(lambda: own in read(path), 10), "which the log tells")
        left = Nft(net.server).elements("ban4").get("192.0.2.8") or 0
        t.ok(left > 600000, f"and the kernel holds for a week ({left} s)")
        guard.command("reload")
        t.equal(guard.jail("recidive").get("failures"), 3, "but not by its own bans")


def journal(t, net, log):
    """A stderr that is the journal's gets priorities; another has none, whatever is said."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    st = os.fstat(theirs.fileno())
    guard = Guard(net, log.path, maxretry=3)
    os.makedirs(guard.state, exist_ok=True)
    for stream, has in ((f"{st.st_dev}:{st.st_ino}", True), ("1:1", False)):
        os.environ["JOURNAL_STREAM"] = stream
        guard.process = net.server.start(
            KOMAINUD, "--state", guard.state, "--config", guard.config, stderr=theirs, stdout=theirs
        )
        tap.eventually(guard.is_ready, 20)
        os.kill(guard.roles()["komainu-judge"], signal.SIGKILL)
        tap.eventually(guard.is_ready, 20)
        guard.stop()
        said = ours.recv(1 << 20).decode()
        t.equal("<4>komainud: role-ended" in said, has, f"priorities for the journal: {has}")
        t.ok("komainud: role-ended" in said, "the line is there")
    del os.environ["JOURNAL_STREAM"]


def main(t):
    """All."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        path = f"{net.folder}/fail2ban.log"
        shapes(t, net, log, path)
        recidive(t, net, log, f"{net.folder}/other.log")
        journal(t, net, log)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
