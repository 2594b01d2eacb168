#!/usr/bin/python3
"""`komainu report --from-store`: what the guard counts as the log is written is, byte for byte,
what a report of the log says by the same rules; over rotations, kill -9 of the role and of the guard, an end
in order, and a change of the rules."""
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import BUILD, KOMAINU, KOMAINUD, REPORTER, Guard, write_config  # noqa: E402
from komainu_test.net import Network  # noqa: E402

FORMS = ((), ("--html",), ("--json", "--all"), ("--prometheus",), ("--language", "ja"))


def message(number, when):
    """The lines of a message, of one kind or another."""
    stamp = time.strftime("%b %e %H:%M:%S", time.localtime(when))
    head = f"{stamp} mx postfix"
    who, name = number % 50, f"4{number:05X}"
    client = f"c{who}.example.net[192.0.2.{who}]"
    lines = [
        f"{head}/smtpd[7]: connect from {client}",
        f"{head}/smtpd[7]: {name}: client={client}",
        f"{head}/qmgr[8]: {name}: from=<s{who}@example.net>, size={number * 7}, nrcpt=1 (queue active)",
    ]
    to = f"to=<r{who}@d{who % 7}.example>, relay=mx.example[198.51.100.1]:25"
    if number % 3 == 0:
        lines.append(
            f"{head}/smtp[9]: {name}: {to}, delay={who}.5, delays=0.1/0/0.4/{who}, dsn=2.0.0, "
            "status=sent (250 ok)"
        )
    elif number % 3 == 1:
        lines.append(
            f"{head}/smtp[9]: {name}: {to}, delay={who}, delays=0.1/0/0.4/{who}, dsn=4.4.1, "
            "status=deferred (connect to mx.example[198.51.100.1]:25: Connection refused)"
        )
    else:
        lines.append(
            f"{head}/smtpd[7]: NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <z@example.com>: Relay "
            "access denied; from=<q@example.net> to=<z@example.com> proto=SMTP helo=<h>"
        )
    if number % 4:
        lines.append(f"{head}/qmgr[8]: {name}: removed")
    return lines + looks(number, when, client)


def looks(number, when, client):
    """What else there is to tell: who logs in from where, what checks said, and a gang that guesses."""
    stamp = time.strftime("%b %e %H:%M:%S", time.localtime(when))
    who, user = number % 50, f"u{number % 9}"
    there = f"method=PLAIN, rip=203.0.{number % 6}.9, lip=192.0.2.25, TLS, session=<x>"
    return [
        f"{stamp} mx dovecot: imap-login: Login: user=<{user}>, {there}",
        f"{stamp} mx dovecot: imap-login: Aborted login (auth failed, 1 attempts in 2 secs): user=<{user}>, {there}",
        f"{stamp} mx postgrey[5]: action=greylist, reason=new, client_name=c, client_address=192.0.2.{who}, "
        f"sender=s{who}@example.net, recipient=r@example.org",
        f"{stamp} mx opendmarc[6]: 4{number:05X}: d{who}.example {'fail' if number % 2 else 'pass'}",
        f"{stamp} mx postfix/smtpd[7]: warning: unknown[198.18.7.{number % 6}]: SASL LOGIN authentication failed: bad, "
        f"sasl_username=x{number % 11}",
        f"{stamp} mx postfix/smtpd[7]: disconnect from {client} ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7",
    ]


class Story:
    """A log that grows, and the guard that counts it."""

    def __init__(self, net):
        self.log = logs.Log(f"{net.folder}/mail.log")
        self.guard = Guard(net, self.log.path)
        self.configure()
        self.number = 0
        self.random = random.Random(7)
        # All of it lies before now, and within yesterday and today.
        today = time.mktime(time.localtime()[:3] + (0, 0, 0, 0, 0, -1))
        self.midnight = today
        self.now = today - 80000
        # The log is older than what is counted, so that counting begins with yesterday, whole.
        self.log.raw(f"{message(1, today - 100000)[0]}\n".encode("ascii"))

    def configure(self, **jail):
        """What the guard reads when it starts or reloads."""
        lines = f"report-store = yes\nreport-logs = {self.log.path}"
        write_config(self.guard.config, self.log.path, komainu=lines, rules=True, **jail)

    def write(self, count):
        """More messages; time goes on."""
        lines = []
        for _ in range(count):
            self.number += 1
            self.now += 1
            lines += message(self.number, self.now)
        self.log.write(*(f"{line}\n" for line in lines))

    def until(self, when):
        """The next messages are of this time."""
        self.now = when

    def report(self, day, *form, source=("--from-store",)):
        """What a report prints, without the time at which it was made."""
        command = [f"{BUILD}/komainu", "report", "--state", self.guard.state, "-d", day, *form, *source]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        return answer.returncode, answer.stdout, answer.stderr

    def parts(self, day, *source):
        """What stands in each section of what was counted."""
        source = source or ("--from-store", "--state", self.guard.state)
        command = [f"{BUILD}/komainu", "report", "-d", day, "--json", *source]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return {key: part.get("rows") or part.get("figures") for key, part in json.loads(out)["sections"].items()}

    def files(self):
        """The log with what was rotated away, and whose rules judge, as arguments."""
        return ("--config", self.guard.config, "--rotated", self.log.path)

    def counted(self):
        """How many lines of both days the store has."""
        total = 0
        for day in ("yesterday", "today"):
            code, out, _err = self.report(day, "--prometheus")
            if code == 0:
                for line in out.splitlines():
                    if line.startswith("komainu_report_lines_read "):
                        total += int(line.split()[1])
        return total

    def is_level(self):
        """Whether the store has all that is written."""
        return self.counted() == self.written

    @property
    def written(self):
        """Lines by now."""
        return sum(len(message(n, 0)) for n in range(1, self.number + 1))

    def reporter(self):
        """The pid of the role."""
        return self.guard.roles().get(REPORTER)


def same(t, story, when):
    """Both reports of both days in every form."""
    t.ok(tap.eventually(story.is_level, 40, every=0.3), f"all is counted {when}")
    for day in ("yesterday", "today"):
        for form in FORMS:
            stored = story.report(day, *form)
            passed = story.report(day, *form, source=story.files())
            t.equal(stored[:2], passed[:2], f"{day} {' '.join(form) or 'as text'}: the same {when}")
    sections = story.parts("yesterday")
    t.ok(all(sections[key] for key in ("new_places", "user_failures", "greylist", "authenticity", "encryption")),
         f"with visits and checks {when}")
    t.ok(all(sections[key] for key in ("kinds", "gangs", "judged")), f"with what rules say {when}")
    t.ok("198.18.7.0/" in str(sections["gangs"]), f"of the gang {when}")


def told(t, story):
    """How far days are counted, to whoever looks and to whoever is asked for help."""
    for words in (["status"], ["support", "--config", story.guard.config]):
        out = story.guard.namespace.run(KOMAINU, *words, "--state", story.guard.state).stdout
        t.ok(re.search(r"^Days for reports: \S+/mail\.log counted up to .*, saved ", out, re.M), f"{words[0]} tells it")


def rotations(t, story):
    """By renaming and by copying, with the reporter away or not."""
    story.write(30)
    story.log.rotate_by_rename()
    story.write(30)
    same(t, story, "after a rotation")
    os.kill(story.reporter(), signal.SIGSTOP)
    pid = story.reporter()
    story.write(30)
    story.log.rotate_by_rename()
    story.write(30)
    os.kill(pid, signal.SIGKILL)
    story.write(10)
    same(t, story, "after a rotation and a kill -9 of the role")


def ends(t, story):
    """Of the guard."""
    story.write(40)
    story.guard.kill()
    story.write(40)
    story.log.rotate_by_rename()
    story.write(5)
    story.guard.start()
    same(t, story, "after a kill -9 of the guard and a rotation")
    story.write(40)
    story.guard.stop()
    t.equal(story.counted(), story.written, "an end in order has saved all, without a wait")
    story.guard.start()


def kills(t, story):
    """kill -9 at any time."""
    for _ in range(12):
        story.write(story.random.randrange(1, 40))
        if story.random.random() < 0.3:
            story.log.rotate_by_rename()
        pid = story.reporter()
        if pid:
            os.kill(pid, signal.SIGKILL)
            tap.eventually(lambda old=pid: story.reporter() not in (None, old), 20)
    same(t, story, "after 12 kills")


def rules(t, story):
    """Others, while the day goes on."""
    before = story.parts("today")
    story.configure(maxretry=50)
    story.guard.command("reload")
    story.write(60)
    t.ok(tap.eventually(story.is_level, 40, every=0.3), "all is counted by other rules")
    after = story.parts("today")
    t.equal(figure(after, "lines", "breaks"), 1, "that the rules have changed is told")
    t.equal(figure(before, "lines", "breaks"), None, "and was not before")
    bans = {row["rule"]: row["bans"] for row in after["judged"]}
    t.ok(all(bans.get(row["rule"], 0) >= row["bans"] for row in before["judged"]), "what was judged before is there still")
    passed = story.parts("today", "--no-attacks", *story.files())
    for key in ("logins_failed", "attackers"):
        t.equal(figure(after, "summary", key), figure(passed, "summary", key), f"and every line counts once: {key}")


def figure(sections, section, key):
    """A figure, or None."""
    return (sections[section] or {}).get(key, {}).get("value")


def refusals(t, story):
    """What the store has not, it does not print."""
    code, out, err = story.report("2020-01-01")
    t.equal((code != 0, out), (True, ""), "a day that was not counted is refused")
    t.ok("begin at" in err, "and it is said since when days are counted")
    code, out, err = story.report("2026-11-01..2026-11-02")
    t.equal((code, out), (2, ""), "days together are refused")
    code, out, err = story.report("today", "--since", "-1h")
    t.equal((code, out), (2, ""), "and a part of one")
    code, out, err = story.report("today", "--no-attacks")
    t.equal((code, out), (2, ""), "and what it was not asked to count")
    code, out, err = story.report("today", story.log.path)
    t.equal((code, out), (2, ""), "and a log")
    with open(f"{story.guard.state}/reporter/totals", "r+b") as file:
        file.seek(40)
        byte = file.read(1)
        file.seek(40)
        file.write(bytes([byte[0] ^ 1]))
    code, out, err = story.report("today")
    t.ok(code != 0 and out == "" and "damaged" in err, "damaged totals are no report")


def main(t):
    """One guard."""
    with Network() as net:
        story = Story(net)
        story.write(60)
        with story.guard:
            same(t, story, "of a log that was there before")
            story.write(60)
            same(t, story, "as it was written")
            told(t, story)
            story.until(story.midnight)
            rotations(t, story)
            ends(t, story)
            kills(t, story)
            t.ok("report-gap" not in story.guard.said(), "and nobody saw a gap")
            began = time.monotonic()
            story.report("yesterday")
            t.ok(time.monotonic() - began < 5, f"{(time.monotonic() - began) * 1000:.0f} ms for a report")
            rules(t, story)
            story.guard.stop()
            refusals(t, story)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
