#!/usr/bin/python3
"""The guard sends the report of yesterday: once, whatever ends in between; what was missed once,
too; again when sendmail failed; out of what it counted, or else of the logs. sendmail(1) is a
script of ours in a folder of its own, seen by the guard alone."""
import email
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.journal import REMOTE, Journal  # noqa: E402
from komainu_test.mail import MailServer, Sink  # noqa: E402
from komainu_test.net import Network, client4  # noqa: E402

TARGET = "/usr/sbin/sendmail"
SENDMAIL = """\
#!/bin/sh
# Keeps what it is given, or fails when it is told to.
[ -e {folder}/fail ] && exit 75
echo "$@" > {folder}/arguments
exec cat > {folder}/mail.$$.new && mv {folder}/mail.$$.new {folder}/mail.$(date +%s%N)
"""


class Post:
    """The mails that were sent."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder)
        self.program = f"{folder}/sendmail"
        with open(self.program, "w", encoding="ascii") as file:
            file.write(SENDMAIL.format(folder=folder).replace("exec cat", "cat"))
        os.chmod(self.program, 0o755)

    def mails(self):
        """All of them."""
        names = sorted(n for n in os.listdir(self.folder) if n.startswith("mail.") and not n.endswith(".new"))
        found = []
        for name in names:
            with open(f"{self.folder}/{name}", "rb") as file:
                found.append(email.message_from_bytes(file.read()))
        return found

    def fail(self, is_failing):
        """Whether it fails from now on."""
        if is_failing:
            with open(f"{self.folder}/fail", "wb"):
                pass
        else:
            os.unlink(f"{self.folder}/fail")


def line(when, text):
    """A line of Postfix."""
    return f"{time.strftime('%b %e %H:%M:%S', time.localtime(when))} mx postfix/{text}\n"


def parts(mail):
    """type -> text."""
    return {p.get_content_type(): p.get_payload(decode=True).decode() for p in mail.walk() if not p.is_multipart()}


def mark(guard, text=None):
    """The day for which a report was sent; sets it."""
    path = f"{guard.state}/report-sent"
    if text is not None:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except FileNotFoundError:
        return None


def day(offset):
    """A date, so many days from now."""
    return time.strftime("%Y-%m-%d", time.localtime(time.time() + offset * 86400))


def configured(guard, log, **options):
    """The configuration with these options."""
    lines = ["[komainu]", "providers =", f"report-logs = {log.path}"]
    lines += [f"{name.replace('_', '-')} = {value}" for name, value in options.items()]
    with open(f"{guard.config}/komainu.conf", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def begins(t, guard, log, post):
    """The first one, and no second."""
    configured(guard, log, report_mail_to="you@example.org, ops@example.net", report_at="00:00", report_store="yes")
    guard.start()
    t.ok(tap.eventually(lambda: len(post.mails()) == 1, 20), "the report is sent")
    mail = post.mails()[0]
    t.ok(mail["To"] and "you@example.org" in mail["To"] and "ops@example.net" in mail["To"], "to both")
    found = parts(mail)
    t.equal(set(found), {"text/plain", "text/html"}, "as text and HTML")
    t.ok(day(-1) in found["text/plain"] and "Received" in found["text/plain"], "of yesterday")
    t.ok("1 thing" in mail["Subject"] or "needs" in mail["Subject"] or mail["Subject"], "with a subject")
    t.ok(tap.eventually(lambda: mark(guard) == day(0), 5), "which is remembered")
    guard.stop()
    guard.start()
    guard.kill()
    guard.start()
    guard.command("reload")
    guard.stop()
    t.equal(len(post.mails()), 1, "and sent once, whatever ends")


def missed(t, guard, post):
    """The machine was off for days."""
    mark(guard, f"{day(-4)}\n")
    guard.start()
    t.ok(tap.eventually(lambda: len(post.mails()) == 2, 20), "what was missed is sent")
    tap.eventually(lambda: mark(guard) == day(0), 5)
    guard.stop()
    t.equal(len(post.mails()), 2, "once")
    mark(guard, f"{day(2)}\n")
    guard.start()
    code = guard.command("report", "--scheduled", "--config", guard.config, check=False).returncode
    guard.stop()
    t.equal((code, len(post.mails())), (0, 2), "a clock that was set back sends none again")
    mark(guard, "2099-01-01\n")
    guard.start()
    t.ok(tap.eventually(lambda: len(post.mails()) == 3, 20), "one that had been wrong by years is forgotten")
    tap.eventually(lambda: mark(guard) == day(0), 5)
    guard.stop()


def fails(t, guard, post):
    """sendmail(1) fails."""
    count = len(post.mails())
    mark(guard, f"{day(-1)}\n")
    post.fail(True)
    guard.start()
    t.ok(tap.eventually(lambda: "report-not-sent" in guard.said(), 20), "a failure is logged")
    t.equal(mark(guard), day(-1), "and not taken for sent")
    guard.stop()
    post.fail(False)
    guard.start()
    t.ok(tap.eventually(lambda: len(post.mails()) == count + 1, 20), "the next start sends it")
    tap.eventually(lambda: mark(guard) == day(0), 5)
    guard.stop()


def others(t, guard, log, post):
    """Without a store; a week; Japanese; nothing to report."""
    mark(guard, f"{day(-1)}\n")
    count = len(post.mails())
    configured(guard, log, report_mail_to="you@example.org", report_at="00:00", report_language="ja")
    guard.start()
    t.ok(tap.eventually(lambda: len(post.mails()) == count + 1, 20), "without a store the logs are read")
    t.ok(any("\u53d7\u4fe1" in text for text in parts(post.mails()[-1]).values()), "in Japanese")
    tap.eventually(lambda: mark(guard) == day(0), 5)
    guard.stop()
    mark(guard, f"{day(-8)}\n")
    configured(guard, log, report_mail_to="you@example.org", report_at="00:00", report_every="week")
    guard.start()
    t.ok(tap.eventually(lambda: len(post.mails()) == count + 2, 20), "the report of a week")
    monday = day(-time.localtime().tm_wday)
    t.ok(tap.eventually(lambda: mark(guard) == monday, 5), f"of the one before {monday}")
    guard.stop()


def journaled(t):
    """Where the journal is what reports are made of, with totals that have not the whole day and without any."""
    if not os.path.exists(REMOTE):
        t.skip("of the journal", f"{REMOTE} is not there")
        return
    with Network() as net:
        journal = Journal(f"{net.folder}/journal")
        net.at_close(journal.close)
        noon = time.mktime(time.localtime(time.time() - 86400)[:3] + (12, 0, 0, 0, 0, -1))
        for text in ("4A: client=c.example.net[192.0.2.7]", "4A: message-id=<1@c.example.net>"):
            journal.write({
                "SYSLOG_IDENTIFIER": "postfix/smtpd", "SYSLOG_PID": "1", "SYSLOG_FACILITY": "2", "_HOSTNAME": "mxj",
                "MESSAGE": text, "__REALTIME_TIMESTAMP": int(noon * 1e6),
            })
        journal.sync()
        post = Post(f"{net.folder}/post")
        more = f"backend = systemd[journalpath={journal.folder}]\njournalmatch = SYSLOG_IDENTIFIER=postfix/smtpd"
        guard = Guard(net, "/none", more=more)
        guard.around = covered(post.program)
        for count, store in enumerate(("no", "yes"), 1):
            if count > 1:
                mark(guard, f"{day(-1)}\n")
            with open(f"{guard.config}/komainu.conf", "w", encoding="ascii") as file:
                file.write(f"[komainu]\nproviders =\nreport-logs = journal\nreport-store = {store}\n"
                           "report-mail-to = you@example.org\nreport-at = 00:00\n")
            with guard:
                t.ok(tap.eventually(lambda n=count: len(post.mails()) == n, 20), f"the report of the journal is sent, store {store}")
                t.ok(tap.eventually(lambda: mark(guard) == day(0), 5), "and is remembered")
            text = parts(post.mails()[-1])["text/plain"]
            t.ok("mxj" in text and day(-1) in text and "192.0.2" not in text, "of yesterday")
            t.ok("Nothing to report" not in text and "Counting began" not in text, "with what is in it, all of it")


def delivered(t):
    """A real Postfix takes it, and hands it on."""
    with Network() as net:
        sink = Sink(net.client, client4(0))
        net.at_close(sink.close)
        server = MailServer(net, {"example.org": client4(0)}).start()
        program = f"{net.folder}/sendmail"
        shutil.copy(os.path.realpath(TARGET), f"{net.folder}/sendmail.postfix")
        with open(program, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\nexec {net.folder}/sendmail.postfix -C {server.config_folder()} "$@"\n')
        os.chmod(program, 0o755)
        guard = Guard(net, server.log)
        guard.around = covered(program)
        with open(f"{guard.config}/komainu.conf", "w", encoding="utf-8") as file:
            file.write(
                f"[komainu]\nproviders =\nreport-logs = {server.log}\nreport-store = yes\n"
                "report-mail-to = you@example.org\nreport-at = 00:00\n"
            )
        with guard:
            arrived = tap.eventually(lambda: sink.has("multipart/alternative"), 30)
            t.ok(arrived, "Postfix delivers the mail")
            t.ok(tap.eventually(lambda: mark(guard) == day(0), 5), "and it counts as sent")
        mail = email.message_from_bytes(next((m for m in sink.mails if b"multipart" in m), b""))
        t.equal(set(parts(mail)), {"text/plain", "text/html"}, "with both parts")
        text = (mail["Subject"] or "") + parts(mail).get("text/plain", "")
        t.ok("Nothing to report" in text, "of a day without mail")


def main(t):
    """A guard with its own sendmail, and one with Postfix'."""
    if not os.path.exists(TARGET):
        t.skip("all of it", f"{TARGET} is not there to be covered")
        return
    scripted(t)
    journaled(t)
    if shutil.which("postfix") and shutil.which("dovecot"):
        delivered(t)
    else:
        t.skip("a real Postfix", "it is not there")


def covered(program):
    """A command line that runs what follows with this program as sendmail(1)."""
    script = f'mount --bind {program} {os.path.realpath(TARGET)} && exec "$@"'
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"]


def scripted(t):
    """All that can happen, with a script."""
    with Network() as net:
        post = Post(f"{net.folder}/post")
        log = logs.Log(f"{net.folder}/mail.log")
        yesterday = time.time() - 86400
        log.write(
            line(yesterday, "smtpd[1]: 4AAAAA: client=a.example.net[192.0.2.1]"),
            line(yesterday, "qmgr[1]: 4AAAAA: from=<s@example.net>, size=900, nrcpt=1 (queue active)"),
        )
        guard = Guard(net, log.path)
        guard.around = covered(post.program)
        begins(t, guard, log, post)
        missed(t, guard, post)
        fails(t, guard, post)
        others(t, guard, log, post)
        t.ok("report-gap" not in guard.said(), "and nothing is lost")


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "unshare"])
