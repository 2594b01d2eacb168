#!/usr/bin/python3
"""Somebody is told of trouble and of bans: by mail through a fake sendmail, and by a command
that stands for a webhook. Real guard, real trouble.
"""
import email
import email.policy
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import disk, logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, RUNNER, Guard, is_running, waits_ms  # noqa: E402
from komainu_test.net import Network, Nft  # noqa: E402

# One file a message, with its name made at the end, so that none is seen half.
SENDMAIL = """\
#!/bin/sh
cat >"{folder}/mail.$$.new" && printf '%s' "$*" >"{folder}/mail.$$.args" &&
mv "{folder}/mail.$$.new" "{folder}/mail.$$"
"""
HOOK = """\
#!/bin/sh
cat >"{folder}/hook.$$.new" && env -0 | sort -z >"{folder}/hook.$$.env" &&
mv "{folder}/hook.$$.new" "{folder}/hook.$$"
"""


# Backtracks for ever over a long run of x.
SLOW_FILTER = """\
[Definition]
failregex = ^%(__prefix_line)s(x+x+)+y <HOST>$
            ^%(__prefix_line)sbad <HOST>$
"""
SLOW_JAIL = """\
[endless]
enabled = yes
filter = slow
logpath = {log}
"""


class Inbox:
    """What was told: the files that the two programs leave."""

    def __init__(self, network):
        self.folder = f"{network.folder}/told"
        os.mkdir(self.folder)
        for name, text in (("sendmail", SENDMAIL), ("hook", HOOK)):
            with open(f"{self.folder}/{name}", "w", encoding="ascii") as file:
                file.write(text.format(folder=self.folder))
            os.chmod(f"{self.folder}/{name}", 0o755)

    def options(self, *more):
        """Lines of [komainu]."""
        return "\n".join(
            (
                "notify = mail, command",
                "mail-to = admin@example.org",
                "mail-from = komainu@example.org",
                f"mail-command = {self.folder}/sendmail -t -oi",
                f"notify-command = {self.folder}/hook",
                *more,
            )
        )

    def _files(self, kind):
        names = [n for n in os.listdir(self.folder) if n.startswith(kind) and n.count(".") == 1]
        return sorted((f"{self.folder}/{n}" for n in names), key=os.path.getmtime)

    def hooks(self):
        """The JSON objects that came, oldest first."""
        found = []
        for path in self._files("hook."):
            with open(path, encoding="utf-8") as file:
                found.append(json.load(file))
        return found

    def environments(self):
        """The variables of each call, as bytes."""
        found = []
        for path in self._files("hook."):
            with open(f"{path}.env", "rb") as file:
                entries = file.read().split(b"\0")
            found.append(dict(e.split(b"=", 1) for e in entries if b"=" in e))
        return found

    def mails(self):
        """The mails that came, parsed."""
        found = []
        for path in self._files("mail."):
            with open(path, "rb") as file:
                found.append(email.message_from_binary_file(file, policy=email.policy.default))
        return found

    def of(self, kind, what):
        """The hooks of a kind whose subject holds `what`."""
        return [h for h in self.hooks() if h["kind"] == kind and what in h["subject"]]


def trouble(t):
    """A log falls silent and speaks again; a role is killed twice; the firewall is flushed."""
    with Network() as net:
        box = Inbox(net)
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, komainu=box.options("silent-after = 2s")) as guard:
            runner = guard.roles()[RUNNER]
            log.write(logs.sasl_failure("203.0.113.5", "u"))
            t.ok(tap.eventually(lambda: box.of("trouble", "no new lines"), 10), "a silent log")
            t.ok(
                any("no new lines" in p for p in guard.status()["problems"]), "status says it too"
            )
            log.write(logs.sasl_failure("203.0.113.5", "u"))
            t.ok(tap.eventually(lambda: box.of("over", "no new lines"), 10), "and its end")

            Nft(net.server).flush_ruleset()
            t.ok(tap.eventually(lambda: box.of("trouble", "firewall"), 10), "a flushed firewall")

            t.ok(guard.kill_role("komainu-enforcer"), "the enforcer is killed")
            t.ok(tap.eventually(guard.is_ready, 10), "it is there again")
            t.equal(box.of("trouble", "again and again"), [], "once may happen")
            t.ok(guard.kill_role("komainu-enforcer"), "it is killed again")
            t.ok(tap.eventually(lambda: box.of("trouble", "komainu-enforcer"), 10), "that is told")
            t.ok(tap.eventually(guard.is_ready, 10), "it is there again")
            t.ok(guard.kill_role("komainu-enforcer"), "and killed once more")
            t.ok(tap.eventually(guard.is_ready, 10), "it is there again")
            t.equal(len(box.of("trouble", "again and again")), 1, "the third death is no news")

            t.equal(guard.roles()[RUNNER], runner, "it was one runner")
            t.ok(
                tap.eventually(lambda: len(box.mails()) == len(box.hooks()), 10),
                "every message went both ways",
            )
            first = box.mails()[0]
            t.ok("no new lines" in first["Subject"], "the subject of the mail can be read")
            t.equal(first["To"], "admin@example.org", "it is to the administrator")
            t.equal(first["Auto-Submitted"], "auto-generated", "it says that nobody wrote it")
            t.ok(first["Date"].datetime is not None, "it has a date")
            t.equal(list(first.defects), [], "it is well formed")
            t.ok(log.path in first.get_content(), "its body names the log")
            t.ok(tap.eventually(lambda: guard.kill_role(RUNNER), 5), "the runner is killed")
            t.ok(tap.eventually(lambda: RUNNER in guard.roles(), 10), "a new one comes")
            t.ok(tap.eventually(lambda: box.of("trouble", "no new lines")[1:], 10), "and works")
        t.ok(not is_running(runner), "the runner is gone with the guard")


HOSTILE = '$(touch {0}/owned)`touch {0}/owned`";touch {0}/owned;\'|&%00%0A\\n<b>'


def hostile(t):
    """What a log path, a jail's name and an account may hold arrives as data."""
    with Network() as net:
        box = Inbox(net)
        path = f"{net.folder}/" + HOSTILE.format("").replace("/", "_") + ".log"
        log = logs.Log(path)
        options = box.options("notify-on = ban trouble", "silent-after = 2s")
        with Guard(net, path.replace("%", "%%"), maxretry=2, komainu=options):
            evil = HOSTILE.format(box.folder)
            log.write(*(logs.sasl_failure("203.0.113.5", evil) for _ in range(2)))
            t.ok(tap.eventually(lambda: box.of("ban", "203.0.113.5"), 10), "a ban is told")
            ban = box.of("ban", "203.0.113.5")[0]
            t.equal(ban["address"], "203.0.113.5", "with its address")
            t.equal(ban["jail"], "postfix-sasl", "and its jail")
            t.ok(tap.eventually(lambda: box.of("trouble", "no new lines"), 10), "trouble is too")
            told = box.of("trouble", "no new lines")[0]
            t.ok(path in told["subject"], "the name of the log is as it is")
            called = [e for e in box.environments() if e[b"KOMAINU_KIND"] == b"trouble"][0]
            t.ok(path.encode() in called[b"KOMAINU_SUBJECT"], "in the variable too")
            t.equal(
                sorted(n for n in called if not n.startswith(b"KOMAINU_")),
                [b"HOME", b"LC_ALL", b"PATH", b"PWD"],
                "the environment is clean",
            )
            t.ok(not os.path.exists(f"{box.folder}/owned"), "and nothing of it was run")


def rate(t):
    """A flood of bans does not flood anybody, and does not hide trouble."""
    with Network() as net:
        box = Inbox(net)
        log = logs.Log(f"{net.folder}/mail.log")
        options = box.options("notify-on = ban trouble", "notify-rate = 4")
        with Guard(net, log.path, maxretry=1, komainu=options) as guard:
            log.write(*(logs.sasl_failure(f"203.0.113.{100 + i}", "u") for i in range(50)))
            t.ok(tap.eventually(lambda: len(guard.bans()) == 50, 10), "50 bans")
            Nft(net.server).flush_ruleset()
            t.ok(tap.eventually(lambda: box.of("trouble", "firewall"), 10), "trouble is told")
            t.equal(len([h for h in box.hooks() if h["kind"] == "ban"]), 2, "two bans were told")


def failing(t):
    """A command that fails is trouble, told by the other and by status; one that hangs is
    killed."""
    with Network() as net:
        box = Inbox(net)
        log = logs.Log(f"{net.folder}/mail.log")
        options = box.options("notify-timeout = 1s").replace(
            f"{box.folder}/sendmail -t -oi", f"echo $$ >{box.folder}/pid; sleep 1000"
        )
        with Guard(net, log.path, komainu=options) as guard:
            Nft(net.server).flush_ruleset()
            t.ok(tap.eventually(lambda: box.of("trouble", "firewall"), 10), "one command works")
            t.ok(
                tap.eventually(lambda: box.of("trouble", "command 1 failed"), 20),
                "that the other hangs is told",
            )
            t.ok(guard.says("outcome=timed-out"), "and logged")
            t.ok(
                any("could not be told" in p for p in guard.status()["problems"]),
                "status says it too",
            )
            with open(f"{box.folder}/pid", encoding="ascii") as file:
                pid = int(file.read())
            t.ok(tap.eventually(lambda: not is_running(pid), 10), "it was killed")


def database(t):
    """A database that cannot be read is set aside; that is said loudly, once."""
    with Network() as net:
        box = Inbox(net)
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, komainu=box.options()) as guard:
            wrong = [p for p in guard.status()["problems"] if p.startswith("Problem")]
            t.equal(wrong, [], "nothing is wrong")
            guard.stop()
            with open(f"{guard.state}/judge/judge.db", "r+b") as file:
                file.write(b"no database" * 1000)
            guard.start()
            t.ok(tap.eventually(lambda: box.of("trouble", "database"), 10), "it is told")
            t.ok(any("set aside" in p for p in guard.status()["problems"]), "status says it too")
            t.equal(box.of("over", "database"), [], "and stays")


def tells_both(t, box, guard, what, words):
    """A trouble with these words is told, and status knows it."""
    t.ok(tap.eventually(lambda: box.of("trouble", words), 15), f"{what} is told")
    t.ok(
        tap.eventually(lambda: any(words in p for p in guard.status()["problems"]), 5),
        "  and status says it",
    )


def unreadable(t):
    """The log becomes a folder, then is a file again."""
    with Network() as net:
        box = Inbox(net)
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, komainu=box.options()) as guard:
            log.write(logs.sasl_failure("203.0.113.5", "u"))
            t.ok(tap.eventually(lambda: guard.failures() == 1, 10), "a failure is read")
            os.rename(log.path, f"{log.path}.1")
            os.mkdir(log.path)
            tells_both(t, box, guard, "a log that is a folder", "cannot be read")
            os.rmdir(log.path)
            os.rename(f"{log.path}.1", log.path)
            t.ok(tap.eventually(lambda: box.of("over", "cannot be read"), 20), "and its end")
            t.equal(len(box.of("trouble", "cannot be read")), 1, "each once")


def full(t):
    """Three attackers, and room for two bans."""
    with Network() as net:
        box = Inbox(net)
        log = logs.Log(f"{net.folder}/mail.log")
        options = box.options("max-bans = 2")
        with Guard(net, log.path, maxretry=1, komainu=options) as guard:
            log.write(logs.sasl_failure("203.0.113.11", "u"))
            t.ok(tap.eventually(lambda: len(guard.bans()) == 1, 10), "one ban")
            t.equal(box.of("trouble", "max-bans"), [], "is no trouble")
            log.write(*(logs.sasl_failure(f"203.0.113.{i}", "u") for i in (12, 13)))
            tells_both(t, box, guard, "that no more can be banned", "max-bans")
            t.equal(len(guard.bans()), 2, "two are")


def limits(t):
    """A line over which an expression would search for ever."""
    with Network() as net:
        box = Inbox(net)
        log = logs.Log(f"{net.folder}/mail.log")
        guard = Guard(net, log.path, komainu=box.options())
        os.makedirs(f"{guard.config}/filter.d")
        with open(f"{guard.config}/filter.d/slow.conf", "w", encoding="ascii") as file:
            file.write("[INCLUDES]\nbefore = common.conf\n" + SLOW_FILTER)
        with open(f"{guard.config}/jail.local", "w", encoding="ascii") as file:
            file.write(SLOW_JAIL.format(log=log.path))
        with guard:
            head = logs.sasl_failure("203.0.113.1", "u").split(": ")[0]
            log.write(f"{head}: {'x' * 5000} y 203.0.113.1\n")
            tells_both(t, box, guard, "a limit that is hit", "took too long to match")
            t.ok(guard.status()["limit_hits"] > 0, "it is counted")


def no_room(t):
    """The disk of the database is full, and has room again."""
    with Network() as net:
        box = Inbox(net)
        log = logs.Log(f"{net.folder}/mail.log")
        guard = Guard(net, log.path, maxretry=1, komainu=box.options())
        with disk.small(net, guard.state), guard:
            disk.fill(f"{guard.state}/judge/full")
            log.write(*(logs.sasl_failure(f"198.18.0.{i}", "u") for i in range(1, 200)))
            tells_both(t, box, guard, "a full disk", "cannot be written")
            t.ok(tap.eventually(lambda: len(guard.bans()) == 199, 10), "bans go on")
            os.remove(f"{guard.state}/judge/full")
            t.ok(tap.eventually(lambda: box.of("over", "cannot be written"), 15), "and its end")


def idle(t):
    """A guard that has nothing to do sleeps: nobody looks again and again."""
    with Network() as net:
        box = Inbox(net)
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, komainu=box.options(), rules=True) as guard:
            log.write(logs.sasl_failure("203.0.113.5", "u"))
            t.ok(tap.eventually(lambda: guard.failures() == 1, 10), "one failure")
            guard.command("unban", "203.0.113.5", check=False)
            for name, least in (
                ("komainu-judge", 20_000),
                ("komainu-sensor", 60_001),
                ("komainu-enforcer", 20_000),
                (RUNNER, 60_001),
            ):
                pid = guard.roles()[name]
                t.ok(
                    tap.eventually(lambda p=pid, ms=least: (waits_ms(p) or 0) >= ms, 15),
                    f"{name} sleeps for {least // 1000} s and more",
                )
            t.ok(
                tap.eventually(lambda: (waits_ms(guard.process.pid) or 0) > 16_000, 20),
                "komainud for more than its 15 s",
            )


def main(t):
    """One after the other: each needs a guard of its own."""
    trouble(t)
    hostile(t)
    rate(t)
    failing(t)
    database(t)
    idle(t)
    unreadable(t)
    full(t)
    limits(t)
    no_room(t)


tap.main(main, needs=[KOMAINUD, "ip", "mount", "nft", "nsenter"])
