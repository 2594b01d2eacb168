#!/usr/bin/python3
"""`komainu report --from-store` where the journal is counted: byte for byte what a report of the journal says, over
rotations, kill -9 of the reporter, of the journal's reader and of the guard; what was lost is told, and nothing else
is said to be; a reporter that hangs does not keep the guard from watching; nor does a reader that says what cannot be
make anything count that is not in the journal. With journald itself, too."""
import contextlib
import os
import random
import re
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.guard import BUILD, JOURNAL, KOMAINU, KOMAINUD, REPORTER, ROOT, Guard, write_config  # noqa: E402
from komainu_test.journal import JOURNALD, REMOTE, Journal, Journald, Mounted  # noqa: E402
from komainu_test.net import Network  # noqa: E402

FORMS = ((), ("--html",), ("--json", "--all"), ("--prometheus",), ("--language", "ja"))
BEGAN = re.compile(
    r'^Counting began .*\n|"counted_from":"[^"]*",|<p class="period">Counting began [^<]*</p>\n|'
    r"^集計の開始.*\n|^(# (HELP|TYPE) )?komainu_report_counted_from_.*\n", re.M
)


def message(number):
    """What a message, a guess and a login are in a log: tag and text."""
    who, name = number % 50, f"4{number:05X}"
    client = f"c{who}.example.net[192.0.2.{who}]"
    to = f"to=<r{who}@d{who % 7}.example>, relay=mx.example[198.51.100.1]:25"
    there = f"method=PLAIN, rip=203.0.{number % 6}.9, lip=192.0.2.25, TLS, session=<x>"
    lines = [
        ("postfix/smtpd", f"connect from {client}"),
        ("postfix/smtpd", f"{name}: client={client}"),
        ("postfix/qmgr", f"{name}: from=<s{who}@example.net>, size={number * 7}, nrcpt=1 (queue active)"),
        ("postfix/smtp", f"{name}: {to}, delay={who}.5, delays=0.1/0/0.4/{who}, dsn=2.0.0, status=sent (250 ok)"),
        ("postfix/smtpd", f"warning: unknown[198.18.7.{number % 6}]: SASL LOGIN authentication failed: bad, "
         f"sasl_username=x{number % 11}"),
        ("dovecot", f"imap-login: Login: user=<u{number % 9}>, {there}"),
    ]
    if number % 10 == 0:  # longer than a frame
        lines.append(("postfix/smtpd", f"NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <{'z' * 40000}@example.com>: "
                      "Relay access denied; from=<q@example.net> to=<z@example.com> proto=SMTP helo=<h>"))
    return lines + [("postfix/qmgr", f"{name}: removed")] * (number % 4 > 0)


class Story:
    """A journal that grows, and the guard that counts it."""

    def __init__(self, net, match="SYSLOG_IDENTIFIER=postfix/smtpd"):
        self.journal = Journal(f"{net.folder}/journal")
        net.at_close(self.journal.close)
        self.guard = Guard(net, f"{net.folder}/mail.log")
        more = f"backend = systemd[journalpath={self.journal.folder}]\njournalmatch = {match}"
        write_config(self.guard.config, "/none", komainu="report-store = yes\nreport-logs = journal", more=more,
                     rules=True, maxretry=1000)
        self.random = random.Random(7)
        self.number = self.written = 0
        self.midnight = time.mktime(time.localtime()[:3] + (0, 0, 0, 0, 0, -1))
        self.now = self.midnight - 80000

    def entry(self, tag, text, when, facility="2"):
        """The fields of one."""
        return {
            "SYSLOG_IDENTIFIER": tag, "SYSLOG_PID": "7", "SYSLOG_FACILITY": facility, "_HOSTNAME": "mx",
            "MESSAGE": text, "__REALTIME_TIMESTAMP": int(when * 1e6),
            "__MONOTONIC_TIMESTAMP": int((when - self.midnight + 200000) * 1e6),
        }

    def write(self, count):
        """More messages; time goes on, until now."""
        for _ in range(count):
            self.number += 1
            self.now = min(self.now + 1, time.time() - 1)
            lines = message(self.number)
            self.journal.write(*(self.entry(tag, text, self.now) for tag, text in lines))
            self.journal.write(self.entry("kernel", "of somebody else", self.now, "3"))
            self.written += len(lines)

    def older(self):
        """An entry of before all that is counted."""
        self.journal.write(self.entry("postfix/qmgr", "4A: removed", self.midnight - 100000))

    def report(self, day, *form, source=("--from-store",)):
        """What a report prints and says."""
        state = ("--state", self.guard.state, "--config", self.guard.config)
        done = self.guard.namespace.run(KOMAINU, "report", *state, "-d", day, *form, *source, check=False)
        return done.returncode, done.stdout, done.stderr

    def passed(self, day, *form):
        """The same, of the journal."""
        return self.report(day, *form, source=("--journal", self.journal.folder))

    def counted(self):
        """How many entries of both days the store has."""
        total = 0
        for day in ("yesterday", "today"):
            found = re.search(r"^komainu_report_lines_read (\d+)", self.report(day, "--prometheus")[1], re.M)
            total += int(found[1]) if found else 0
        return total

    def has_all(self, lost=0):
        """Waits until all that is written is counted, but for so many entries."""
        return tap.eventually(lambda: self.counted() == self.written - lost, 60, every=0.3)

    def kill(self, name):
        """kill -9 of a role, and waits for the next one."""
        pid = self.guard.roles().get(name)
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            tap.eventually(lambda: self.guard.roles().get(name) not in (None, pid), 20)


def same(t, story, when, clean=lambda text: text):
    """Both reports of both days, in every form."""
    t.ok(story.has_all(), f"all is counted {when}")
    story.journal.sync()
    for day in ("yesterday", "today"):
        for form in FORMS:
            code, out, _err = story.report(day, *form)
            t.equal((code, clean(out)), story.passed(day, *form)[:2], f"{day} {' '.join(form) or 'as text'}: the same {when}")
    t.ok("198.18.7.0/" in story.report("yesterday", "--json")[1], f"with the gang in it {when}")


def kills(t, story):
    """Of who counts, of who reads, of the guard, at any time."""
    for _ in range(15):
        story.write(story.random.randrange(1, 30))
        if story.random.random() < 0.3:
            story.journal.rotate()
        story.kill(story.random.choice((REPORTER, JOURNAL)))
    same(t, story, "after 15 kills of the reporter and the reader")
    story.write(20)
    story.guard.kill()
    story.write(20)
    story.journal.rotate()
    story.write(20)
    story.guard.start()
    same(t, story, "after a kill -9 of the guard")
    story.write(20)
    t.ok(story.has_all(), "all is counted before an end")
    story.guard.stop()
    story.write(20)
    story.guard.start()
    same(t, story, "after an end in order")


def hangs(t, story):
    """The reporter does not read: the guard goes on, and what waits is bounded."""
    pid = story.guard.roles()[REPORTER]
    os.kill(pid, signal.SIGSTOP)
    before = story.guard.failures()
    story.now = max(story.now, time.time() - 500)  # within findtime
    story.write(400)
    t.ok(tap.eventually(lambda: story.guard.failures() >= before + 400, 20), "the jail has counted what the reporter has not")
    os.kill(pid, signal.SIGCONT)
    same(t, story, "after the reporter hung")


def quiet(t, story):
    """Nothing was lost, and nothing is said to be."""
    for day in ("yesterday", "today"):
        t.ok("missing" not in story.report(day)[2], f"{day}: nothing is missing")
    t.ok("report-gap" not in story.guard.said(), "nor says the guard so")
    t.ok("counted_from" not in story.report("yesterday", "--json")[1], "and counting began before")


def vacuum(t, story):
    """What left the journal before it was read is told, by the day it may belong to."""
    story.guard.stop()
    story.write(5)
    old = story.journal.rotate()
    first = story.written
    story.write(7)
    story.journal.sync()
    lost = sum(len(message(n)) for n in range(story.number - 11, story.number - 6))
    os.unlink(old)
    t.ok(first > lost, "five messages are gone")
    story.guard.start()
    t.ok(tap.eventually(lambda: "report-gap" in story.guard.said(), 20), "the guard says that entries are gone")
    t.ok(story.has_all(lost), "what remains is counted, once, with what was before")
    t.ok(tap.eventually(lambda: "lines of this day may be missing" in story.report("today")[2], 20), "and the report says so")
    t.ok("missing" not in story.report("yesterday")[2], "but not that of the day before")


def folder(t):
    """A journal in a folder."""
    with Network() as net:
        story = Story(net)
        story.older()
        story.write(60)
        with story.guard:
            same(t, story, "of a journal that was there before")
            story.write(60)
            story.now = story.midnight
            story.write(60)
            same(t, story, "as it was written")
            story.journal.rotate()
            story.write(60)
            same(t, story, "after a rotation")
            kills(t, story)
            hangs(t, story)
            quiet(t, story)
            vacuum(t, story)


def alone(t):
    """No jail reads the journal, and there is a file that is not to be counted."""
    with Network() as net:
        story = Story(net)
        log = f"{net.folder}/mail.log"
        with open(log, "w", encoding="ascii") as file:
            file.write(f"{time.strftime('%b %e %H:%M:%S')} mx postfix/qmgr[1]: 4A: removed\n" * 7)
        write_config(story.guard.config, log, komainu="report-store = yes\nreport-logs = journal")
        mounts = 'mount -t tmpfs -o mode=755 tmpfs /var/log && mkdir -p "$0" && mount --bind "$1" "$0" && shift && exec "$@"'
        with open("/etc/machine-id", encoding="ascii") as file:
            place = f"/var/log/journal/{file.read().strip()}"
        story.guard.around = ["unshare", "-m", "--", "sh", "-c", mounts, place, story.journal.folder]
        story.now = story.midnight
        story.write(20)
        story.journal.sync()
        with story.guard:
            t.ok(story.has_all(), "this machine's own journal is counted, and the file is not")
            t.ok(JOURNAL in story.guard.roles(), "by the reader, which runs for it alone")
            code, out, err = story.report("today", "--json")
            t.ok(code == 0 and '"counted_from":"' in out and "missing" not in err, "since when is told, and no loss")
            story.write(20)
            t.ok(story.has_all(), "and what comes")
            write_config(story.guard.config, log, komainu="report-store = yes\nreport-logs = " + log)
            story.guard.command("reload")
            t.ok(tap.eventually(lambda: JOURNAL not in story.guard.roles(), 10), "a reload that counts a file ends the reader")


def journald(t):
    """The real one, rotating and moving from /run to /var."""
    if not os.path.exists(JOURNALD):
        t.skip("the real journald", f"{JOURNALD} is not there")
        return
    with Network() as net:
        daemon = Journald(net.folder)
        net.at_close(daemon.close)
        t.ok(tap.eventually(daemon.is_ready, 5), "journald runs")
        story = Story(net)
        story.guard.namespace = Mounted(net.server, daemon.process.pid)
        write_config(story.guard.config, "/none", komainu="report-store = yes", rules=True, maxretry=1000)
        os.mkdir(f"{story.guard.config}/filter.d")
        with open(f"{story.guard.config}/filter.d/postfix-sasl.local", "w", encoding="ascii") as file:
            file.write("[Definition]\njournalmatch = SYSLOG_IDENTIFIER=postfix/smtpd\n")
        story.passed = lambda day, *form: story.report(day, *form, source=("--journal",))
        with story.guard:
            for count in range(1, 31):
                for tag, text in message(count):
                    if len(text) < 1000:
                        daemon.log(text, tag=tag)
                        story.written += 1
                if count % 7 == 0:
                    t.ok(daemon.rotate(), "journald rotates")
                if count == 15:
                    t.ok(daemon.flush(), "journald moves from /run to /var")
                if count % 10 == 0:
                    story.kill(REPORTER)
            t.ok(story.has_all(), "every entry is counted, once")
            for form in FORMS:
                code, out, err = story.report("today", *form)
                t.equal((code, BEGAN.sub("", out)), story.passed("today", *form)[:2], f"today {' '.join(form)}: the same")
                t.ok(BEGAN.search(out), "with since when was counted")
                t.ok("missing" not in err, "and nothing is missing")
            t.ok("report-gap" not in story.guard.said(), "nobody saw a gap")
            code, _out, err = story.report("yesterday")
            t.ok(code != 0 and "not counted" in err, "yesterday was not counted")


def rogue(t):
    """A reader of the journal that says what cannot be: each time the reporter ends, says why, and is there again; and
    what it was told before counts only if it is in the journal."""
    with Network() as net:
        story = Story(net)
        stage = f"{net.folder}/stage"
        os.mkdir(stage)
        os.chmod(stage, 0o777)  # the rogue writes there
        for name in ("sensor", "judge", "enforcer", "reporter"):
            os.symlink(f"{BUILD}/komainu-{name}", f"{stage}/komainu-{name}")
        os.symlink(f"{ROOT}/test/lib/rogue_journal", f"{stage}/komainu-journal")
        os.symlink(f"{BUILD}/komainu-journal", f"{stage}/real")
        with open(f"{ROOT}/test/lib/rogue_journal", encoding="ascii") as file:
            scenes = len(re.findall(r'^    "[^"]*": \[', file.read(), re.M))
        story.guard.arguments = ["--role-dir", stage]
        story.older()
        story.write(60)
        with story.guard:
            judge = story.guard.roles()["komainu-judge"]
            same(t, story, "after a rogue reader")
            with open(f"{stage}/lives", encoding="ascii") as file:
                lives = file.read().splitlines()
            t.note(lives)
            t.ok(scenes > 10 and len(lives) == scenes, "the reporter hung up in every scene")
            why = r'role-failed role=reporter what="bad packet from the journal.s reader" reason="([^"]*)"'
            said = re.findall(why, story.guard.said())
            t.note(said)
            t.equal(len(said), scenes, "and said why, once each")
            t.ok({"journal_part", "journal_level", "journal_state", "journal_gone"} <= set(said), "the entry before was good")
            t.equal(story.guard.roles()["komainu-judge"], judge, "nobody else ended")
            for day in ("yesterday", "today"):
                t.ok("rogue@" not in story.report(day, "--json", "--all")[1], f"{day}: what was made up is not counted")
            story.write(30)
            same(t, story, "as it goes on")
            quiet(t, story)


def main(t):
    """All of it."""
    folder(t)
    rogue(t)
    alone(t)
    journald(t)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "unshare", REMOTE])
