#!/usr/bin/python3
"""The report of a log that a real Postfix and a real Dovecot wrote: mail that arrives, waits,
comes back, is given up and is refused for each reason, logins right and wrong, greylisting, TLS, submission and
postscreen. What the report says is held against what was done.
"""
import collections
import json
import os
import re
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.daemon import Talk, make_certificate  # noqa: E402
from komainu_test.dns import MX, TXT, A, Resolver, reverse  # noqa: E402
from komainu_test.dovecot import IMAP, Dovecot  # noqa: E402
from komainu_test.gates import GateAlone, Session  # noqa: E402
from komainu_test.guard import KOMAINU  # noqa: E402
from komainu_test.mail import PASSWORD, SUBMISSION, USER, MailServer, Sink  # noqa: E402
from komainu_test.net import INSIDE4, SERVER4, Network, attacker4, client4  # noqa: E402
from komainu_test.talk import plain  # noqa: E402
from komainu_test.tap import eventually  # noqa: E402

SCREEN = 2525  # the port of postscreen
STRANGER, LISTED, BLOCKED = attacker4(0), attacker4(1), attacker4(2)
GOOD = "carol@good.example"
OTHER = "bob@example.com"
REMOTE = "remote.example"
GREY = "grey@example.com"

RECORDS = {
    "good.example": [(MX, "mx.good.example"), (A, "198.51.100.80")],
    "mx.good.example": [(A, "198.51.100.80")],
    reverse("127.0.0.2", "bl.example"): [(A, "127.0.0.2")],
    reverse(LISTED, "bl.example"): [(A, "127.0.0.2"), (TXT, "sends spam")],
}

MAIN = """\
local_recipient_maps = inline:{{ {{anna@example.com = x}} {{bob@example.com = x}} {{grey@example.com = x}} }}
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
greylisted = check_policy_service unix:{gate}
smtpd_restriction_classes = greylisted
smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated,
 reject_unlisted_recipient, reject_non_fqdn_helo_hostname, reject_unknown_sender_domain,
 check_sender_access inline:{{ {{bad@good.example = REJECT not from you}} }},
 check_client_access inline:{{ {{{blocked} = REJECT not from there}} }},
 reject_rbl_client bl.example,
 check_recipient_access inline:{{ {{grey@example.com = greylisted}} }}
header_checks = regexp:{folder}/headers
message_size_limit = 20000
smtpd_tls_security_level = may
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_tls_loglevel = 1
postscreen_greet_wait = 1s
postscreen_greet_action = enforce
postscreen_dnsbl_sites = bl.example
postscreen_dnsbl_action = enforce
postscreen_cache_map =
"""
MASTER = f"""\
{SCREEN} inet n - n - 1 postscreen
smtpd pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
tlsmgr unix - - n 1000? 1 tlsmgr
"""


class Client(Session):
    """A session that can go on under TLS, and log in."""

    def tls(self):
        """STARTTLS and EHLO."""
        said = self.say("STARTTLS")
        if said[0] != 220:
            raise RuntimeError(said)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.file.close()
        self.connection = context.wrap_socket(self.connection)
        self.file = self.connection.makefile("rb")
        self.say("EHLO client.example.org")

    def login(self, account, password):
        """AUTH PLAIN; the code."""
        return self.say(plain(account, password))[0]


class Day:
    """What was done: everything that the report must say."""

    def __init__(self, t, net):
        self.t, self.net = t, net
        self.done = collections.Counter()
        self.refused = {"rejected": collections.Counter(), "put_off": collections.Counter()}
        self.tried = collections.Counter()  # wrong passwords, by address
        self.entered = collections.Counter()  # logins, by account
        self.notices = 0

    def stranger(self, source=STRANGER, port=25, helo="mx.good.example"):
        """A session from outside."""
        return Client(self.net.attacker, source, SERVER4, port, helo=helo)

    def person(self, n):
        """A session of somebody who hands mail in."""
        return Client(self.net.client, client4(n), INSIDE4, SUBMISSION)

    def refuse(self, said, cause, code):
        """Notes that the server has refused, and that it did so with `code`."""
        if not self.t.ok(said[0] == code, f"{cause}: {code}"):
            self.t.note(said)
        kind = "rejected" if code >= 500 else "put_off"
        self.refused[kind][cause] += 1

    def send(self, session, sender, recipients, subject="hello"):
        """Hands a mail over: one more received."""
        said = session.mail(sender, *recipients)
        code = session.data(subject)[0] if said[0] == 250 else said[0]
        if code != 250:
            raise RuntimeError(f"{sender} to {recipients}: {said}")
        self.done["received"] += 1


def arrives(day):
    """Mail of strangers for people who are here, one under TLS, one handed in by sendmail(1)'s way."""
    for _ in range(3):
        with day.stranger() as session:
            day.send(session, GOOD, [OTHER])
    with day.stranger() as session:
        session.tls()
        day.send(session, GOOD, [OTHER, USER])
    day.done["delivered"] += 5
    day.done["to_us"] += 5


def hands_in(day, sink):
    """Mail of a user to others: it arrives, comes back, waits and is then taken."""
    with day.person(1) as session:
        session.tls()
        day.t.equal(session.login(USER, PASSWORD), 235, "a right password")
        day.entered[USER] += 1
        for _ in range(4):
            day.send(session, USER, [f"friend@{REMOTE}"])
        day.send(session, USER, [f"friend@{REMOTE}", f"second@{REMOTE}"])
        day.send(session, USER, [f"gone@{REMOTE}"])
        day.send(session, USER, [f"later@{REMOTE}"])
    day.done["delivered"] += 6
    day.done["bounced"] += 1
    day.notices += 1
    day.t.ok(eventually(lambda: sink.said["later@"] >= 2, 30), "mail that waits is tried again")
    sink.refused.pop("later@")
    day.t.ok(eventually(lambda: len(sink.mails) >= 6, 30), "and taken in the end")
    day.done["delivered"] += 1
    day.done["deferred"] += 1


def is_refused(day):
    """One refusal for each reason."""
    with day.stranger() as s:
        day.refuse(s.mail(GOOD, f"x@{REMOTE}x"), "by_relay", 554)
        s.say("RSET")
        for n in range(5):
            day.refuse(s.mail(GOOD, f"nobody{n}@example.com"), "by_recipient", 550)
            s.say("RSET")
        day.refuse(s.mail("x@nowhere.example", OTHER), "by_sender_domain", 450)
        s.say("RSET")
        day.refuse(s.mail("bad@good.example", OTHER), "by_sender", 554)
        s.say("RSET")
        day.refuse(s.say(f"MAIL FROM:<{GOOD}> SIZE=30000"), "by_size", 552)
    with day.stranger(helo="localhost") as s:
        day.refuse(s.mail(GOOD, OTHER), "by_helo", 504)
    with day.stranger(LISTED) as s:
        day.refuse(s.mail(GOOD, OTHER), "by_dnsbl", 554)
    with day.stranger(BLOCKED) as s:
        day.refuse(s.mail(GOOD, OTHER), "by_client", 554)
    with day.stranger() as s:
        s.mail(GOOD, OTHER)
        day.refuse(s.data("buy now"), "by_content", 550)


def is_greylisted(day):
    """A mail of a stranger is put off until it is let in; another never comes again."""
    with day.stranger(attacker4(3)) as s:
        day.refuse(s.mail(GOOD, GREY), "by_greylist", 450)
    while True:
        with day.stranger() as s:
            said = s.mail(GOOD, GREY)
            if said[0] == 250:
                day.t.equal(s.data("grey")[0], 250, "a mail that came again is taken")
                break
            day.refused["put_off"]["by_greylist"] += 1
    day.done["received"] += 1
    day.done["delivered"] += 1
    day.done["to_us"] += 1


def guesses(day):
    """Wrong passwords at submission and at IMAP, and a user who mistypes."""
    for _ in range(4):
        with day.stranger(attacker4(4), SUBMISSION) as s:
            day.t.equal(s.login("admin@example.com", "wrong"), 535, "a wrong password")
            day.tried[attacker4(4)] += 1
    for n in range(3):
        with Talk(day.net.attacker, attacker4(5), SERVER4, IMAP, "* OK") as talk:
            talk.say(f"a login nobody{n} wrong", "a NO")
            day.tried[attacker4(5)] += 1
    with Talk(day.net.client, client4(2), INSIDE4, IMAP, "* OK") as talk:
        talk.say(f'a login {USER} "{PASSWORD}"', "a OK")
        talk.say("b logout", "b OK")
        day.entered[USER] += 1
    day.tried["127.0.0.1"] += 1  # by which the test knew that Dovecot is there


def is_screened(day):
    """postscreen: one speaks before it is greeted, one is listed, one hangs up."""
    with day.net.attacker.connect(attacker4(6), SERVER4, SCREEN, 30) as c:
        c.sendall(b"EHLO mx.good.example\r\n")
        day.t.ok(c.recv(1000), "postscreen answers one who cannot wait")
    with day.stranger(LISTED, SCREEN) as s:
        day.refuse(s.mail(GOOD, OTHER), "by_dnsbl", 550)


def given_up(day, mail, sink):
    """Mail that nobody takes, at a server that does not keep it."""
    sink.refused["never@"] = "451 4.3.0 not today"
    with open(f"{mail.config_folder()}/main.cf", "a", encoding="utf-8") as file:
        file.write("maximal_queue_lifetime = 0\n")
    mail.reload()
    with day.person(3) as session:
        day.t.equal(session.login(USER, PASSWORD), 235, "a right password")
        day.entered[USER] += 1
        day.send(session, USER, [f"never@{REMOTE}"])
    day.t.ok(eventually(lambda: "status=expired" in read(mail.log), 30), "mail is given up")
    day.done["deferred"] += 1
    day.done["bounced"] += 1
    day.notices += 1
    want = day.done["to_us"] + day.notices
    day.t.ok(eventually(lambda: read(mail.log).count("status=sent (example.com)") == want, 30),
             "and whoever sent it hears of that")


def read(path):
    """The text of a file."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def report(t, *args):
    """What `komainu report` prints; it must find no fault."""
    done = subprocess.run([KOMAINU, "report", *args], check=False, capture_output=True, text=True,
                          env=os.environ | {"TZ": "UTC"})
    if done.returncode or done.stderr:
        t.note(done.stderr)
    return done.stdout


def compare(t, day, path):
    """The report against what was done."""
    told = json.loads(report(t, "--json", path))["sections"]
    figures = {key: row["value"] for key, row in told["summary"]["figures"].items()}
    refused = {row["cause"]: (row["rejected"], row["put_off"]) for row in told["refusals"]["rows"]}
    both = day.refused["rejected"], day.refused["put_off"]
    want = {cause: tuple(counts[cause] for counts in both) for counts in both for cause in counts}
    t.equal(figures["received"], day.done["received"], "received")
    t.equal(figures["delivered"], day.done["delivered"] + day.notices, "delivered, notices included")
    t.equal(figures["deferred"], day.done["deferred"], "deferred")
    t.equal(figures["bounced"], day.done["bounced"], "bounced")
    t.equal(refused, want, "refused, by cause")
    t.equal(figures["rejected"], sum(both[0].values()), "refused for good")
    t.equal(figures["put_off"], sum(both[1].values()), "refused for now")
    t.equal(figures["logins"], sum(day.entered.values()), "logins")
    t.equal(figures["logins_failed"], sum(day.tried.values()), "failed logins")
    attempts = {r["address"]: r["attempts"] for r in told["addresses"]["rows"]}
    guessers = {attacker4(4), attacker4(5)}  # and not this machine, whom nobody judges
    t.equal({a: attempts.get(a) for a in guessers}, {a: day.tried[a] for a in guessers},
            "who guessed, and how often")
    went = {r["destination"]: (r["delivered"], r["bounced"]) for r in told["destinations"]["rows"]}
    t.equal(went.get(REMOTE), (7, 1), "what the other server took and sent back")
    t.equal(told["lines"]["figures"]["unknown"]["value"], 0, "every line is understood")
    t.equal(told["lines"]["figures"]["dropped"]["value"], 0, "and nothing dropped")


def main(t):
    """A day, then its report."""
    with Network() as net:
        make_certificate(net.folder)
        with open(f"{net.folder}/headers", "w", encoding="ascii") as file:
            file.write("/^Subject: buy now/ REJECT no spam\n")
        Resolver(net.server, RECORDS)
        gate = GateAlone(net, "[gate]\nrecipient_restrictions = greylist\n[greylist]\ndelay = 1\n")
        sink = Sink(net.client, client4(0), refused={
            "gone@": "550 5.1.1 no such user", "later@": "451 4.2.1 come again"})
        net.at_close(sink.close)
        mail = MailServer(net, {REMOTE: client4(0)}, master=MASTER, main=MAIN.format(
            gate=gate.path, folder=net.folder, blocked=BLOCKED)).start()
        checker = "passwd-file\n  args = scheme=PLAIN {passwords}"
        imap = Dovecot(net, "imap", checker, syslog=True, others=False)
        day = Day(t, net)
        arrives(day)
        hands_in(day, sink)
        is_refused(day)
        is_greylisted(day)
        guesses(day)
        is_screened(day)
        given_up(day, mail, sink)
        path = f"{net.folder}/both.log"
        with open(path, "w", encoding="utf-8") as file:
            file.write(read(mail.log))
            file.write(re.sub(r"(?m)^<\d+>(\w+ +\d+ \S+) ", r"\1 mx1 ", read(imap.log)))
        compare(t, day, path)


if __name__ == "__main__":
    tap.main(main, ["postfix", "dovecot", "ip", "nsenter", "unshare", "openssl", KOMAINU])
