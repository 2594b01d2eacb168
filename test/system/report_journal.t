#!/usr/bin/python3
"""`komainu report --journal`: the report of what a journal has of mail is that of the log that
syslog would have written of it."""
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.guard import KOMAINU  # noqa: E402
from komainu_test.journal import REMOTE, Journal  # noqa: E402

MAIL, DAEMON = "2", "3"
LINES = (
    ("postfix/smtpd", "4AAAAA: client=a.example.net[192.0.2.10]"),
    ("postfix/qmgr", "4AAAAA: from=<s@example.net>, size=2000, nrcpt=1 (queue active)"),
    ("postfix/smtp", "4AAAAA: to=<r@example.org>, relay=mx.example.org[198.51.100.1]:25, delay=1.5, "
     "delays=0.1/0/0.4/1, dsn=2.0.0, status=sent (250 ok)"),
    ("postfix/qmgr", "4AAAAA: removed"),
    ("dovecot", "imap-login: Login: user=<hanako>, method=PLAIN, rip=198.51.100.7, lip=192.0.2.25, mpid=1"),
    ("postfix/smtpd", "NOQUEUE: reject: RCPT from unknown[192.0.2.66]: 554 5.7.1 <z@example.com>: Relay access "
     "denied; from=<q@example.net> to=<z@example.com> proto=SMTP helo=<h>"),
    ("mx1/smtpd", "4BBBBB: client=b.example.net[192.0.2.11]"),
    ("mx1/qmgr", "4BBBBB: from=<t@example.net>, size=3000, nrcpt=1 (queue active)"),
)


def entry(tag, message, facility=MAIL):
    """The fields of one entry."""
    return {
        "SYSLOG_IDENTIFIER": tag, "SYSLOG_PID": "7", "SYSLOG_FACILITY": facility, "_HOSTNAME": "mx",
        "MESSAGE": message,
    }


def report(*argv):
    """Exit code and report, without what is of the moment or of the log alone."""
    done = subprocess.run([KOMAINU, "report", "--json", "--all", *argv], capture_output=True, text=True, check=False)
    text = re.sub(r'"(generated|from|until|last|first|machine)":(null|"[^"]*")', r'"\1":0', done.stdout)
    return done.returncode, text, done.stderr


def main(t):
    """One journal, one log."""
    if not os.path.exists(REMOTE):
        tap.skip_all(f"{REMOTE} is not there")
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(f"{folder}/journal")
        try:
            journal.write(*(entry(tag, text) for tag, text in LINES))
            journal.write(entry("kernel", "something else", DAEMON))
            stamp = time.strftime("%b %e %H:%M:%S")
            with open(f"{folder}/mail.log", "w", encoding="ascii") as file:
                file.writelines(f"{stamp} mx {tag}[7]: {text}\n" for tag, text in LINES)
            t.ok(
                tap.eventually(lambda: report("--journal", journal.folder) == report(f"{folder}/mail.log"), 10),
                "the report of the journal is that of the log",
            )
            got = report("--journal", journal.folder)
            t.equal(got, report(f"{folder}/mail.log"), "in every byte")
            t.ok('"received":{' in got[1] and '"value":1' in got[1], "and there is something in it")
            named = report("--journal", "--syslog-name", "mx1", journal.folder)
            t.equal(named, report("--syslog-name", "mx1", f"{folder}/mail.log"), "so with another name of Postfix")
            t.ok(named[1] != got[1] and "t@example.net" in named[1], "which counts more")
            for option, when in (("-d", "2020-01-01"), ("--until", "2020-01-01"), ("--since", "2099-01-01")):
                other = report("--journal", option, when, journal.folder)
                t.equal((other[0], '"sections":{}' in other[1]), (0, True), f"{option} {when}: nothing is left")
            some = report("--journal", "--since", "-1h", journal.folder)
            t.equal(some[1], got[1], "the last hour has all")
            t.equal(report("--journal", f"{folder}/nowhere")[0], 5, "a folder that is not there is an error")
            t.equal(report("--journal", "--rotated", journal.folder)[0], 2, "--rotated is for files")
        finally:
            journal.close()


tap.main(main, needs=[KOMAINU])
