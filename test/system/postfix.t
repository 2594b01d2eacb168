#!/usr/bin/python3
"""A real Postfix is driven over SMTP: customers, attackers and clients that lie about who they
are. What our filters say of its log is what was done: kind, address, account and recipient of
each failure, and what is told.
"""
import collections
import concurrent.futures
import contextlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.dns import A, MX, PTR, TXT, Resolver, reverse  # noqa: E402
from komainu_test.guard import KOMAINU  # noqa: E402
from komainu_test.mail import USER, MailServer, Smtp, SmtpError  # noqa: E402
from komainu_test.net import (  # noqa: E402
    INSIDE4,
    SERVER4,
    SERVER6,
    Network,
    attacker4,
    attacker6,
    client4,
)
from komainu_test.verdicts import rows  # noqa: E402

SCREENED, LIMITED, WRAPPED, STRICT = 2501, 2502, 2503, 2504
LISTED, SCREENED_LISTED, DENIED = attacker4(1), attacker4(2), attacker4(3)
NAMED, LIAR = attacker4(4), attacker4(5)

MAIN = f"""\
local_recipient_maps = inline:{{ bob=x, anna=x }}
smtpd_peername_lookup = yes
smtp_dns_support_level = enabled
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated,
  reject_non_fqdn_helo_hostname, reject_rbl_client list.example, reject_unknown_sender_domain
header_checks = regexp:{{{{/^Subject:.*casino/ REJECT no gambling}}}}
postscreen_greet_wait = 4s
postscreen_greet_action = enforce
postscreen_dnsbl_sites = list.example*3
postscreen_dnsbl_threshold = 2
postscreen_dnsbl_action = enforce
postscreen_pipelining_enable = yes
postscreen_pipelining_action = enforce
postscreen_non_smtp_command_enable = yes
postscreen_bare_newline_enable = yes
postscreen_bare_newline_action = enforce
postscreen_access_list = inline:{{ {DENIED}=reject }}
postscreen_blacklist_action = enforce
postscreen_command_time_limit = 8s
"""

MASTER = """\
2501 inet n - n - 1 postscreen
smtpd pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
tlsmgr unix - - n 1000? 1 tlsmgr
2502 inet n - n - - smtpd
  -o smtpd_client_connection_rate_limit=3
2503 inet n - n - - smtpd
  -o syslog_name=postfix/smtps -o smtpd_tls_wrappermode=yes
  -o smtpd_tls_cert_file={certificate} -o smtpd_tls_key_file={certificate}
2504 inet n - n - - smtpd
  -o smtpd_hard_error_limit=3 -o smtpd_forbid_unauth_pipelining=yes
  -o smtpd_client_port_logging=yes -o smtpd_timeout=2s
"""


def records():
    """What the name server says."""
    listed = [(A, "127.0.0.2"), (TXT, "listed, ask x[192.0.2.1]: 554 5.7.1")]
    return {
        reverse(LISTED, "list.example"): listed,
        reverse(SCREENED_LISTED, "list.example"): listed,
        "sender.example": [(MX, "mx.sender.example")],
        "mx.sender.example": [(A, "203.0.113.99")],
        reverse(NAMED): [(PTR, "named.example.net")],
        "named.example.net": [(A, NAMED)],
        reverse(LIAR): [(PTR, "liar.example.net")],
        "liar.example.net": [(A, "192.0.2.77")],
    }


class Talk:
    """One connection; what is said and heard is bytes as they are."""

    def __init__(self, world, source, port=25):
        server = SERVER6 if ":" in source else SERVER4
        self.connection = world.net.attacker.connect(source, server, port, 10)
        self.heard = b""
        world.sessions[source, "screened" if port == SCREENED else "served"] += 1

    def hear(self, text):
        """Reads until a line begins with `text`, or the other side closes."""
        while not any(line.startswith(text.encode()) for line in self.heard.splitlines()):
            part = self._receive()
            if not part:
                break
            self.heard += part
        return self

    def _receive(self):
        with contextlib.suppress(ConnectionResetError):
            return self.connection.recv(4096)
        return b""

    def say(self, line, answer):
        """Sends a line and waits until a line of the answer begins with `answer`."""
        self.heard = b""
        self.connection.sendall(line.encode() + b"\r\n")
        return self.hear(answer)

    def mail(self, sender, recipient, code):
        """Hands in a mail as far as RCPT."""
        self.say(f"MAIL FROM:<{sender}>", "250")
        return self.say(f"RCPT TO:<{recipient}>", code)

    def leave(self, is_polite=True):
        """Says QUIT, or just goes."""
        if is_polite:
            self.say("QUIT", "221")
        self.connection.close()


class World:
    """The network, who did what, and what the filters have to say of it."""

    def __init__(self, net):
        self.net = net
        self.sessions = collections.Counter()
        self.failures = collections.defaultdict(collections.Counter)
        self.told = collections.defaultdict(collections.Counter)

    def fails(self, jail, kind, address, account="", recipient=""):
        """A failure is expected in `jail`, a filter with its arguments."""
        self.failures[jail][kind, address, account, recipient] += 1

    def tells(self, jail, kind, address, account="", recipient=""):
        """The same of something told."""
        self.told[jail][kind, address, account, recipient] += 1

    def greeted(self, source, port=25, helo="client.example.com"):
        """A session that has said EHLO."""
        return Talk(self, source, port).hear("220 ").say(f"EHLO {helo}", "250 ")


def customers(w):
    """Right passwords, wrong ones, and a login name that looks like a log line."""
    with Smtp(w.net.client, client4(0), INSIDE4) as session:
        session.login()
        session.send(USER, "bob@example.com", "hello")
    w.sessions[client4(0), "served"] += 1
    w.tells("postfix-sasl", "submission", client4(0), USER)
    for source, server in ((attacker4(10), SERVER4), (attacker6(10), SERVER6)):
        with Smtp(w.net.attacker, source, server) as session:
            for account in ("info", "a, sasl_username=b", "x[192.0.2.1]: SASL LOGIN"):
                session.fails_login(account, "PLAIN")
                w.fails("postfix-sasl", "auth_fail", source, account)
        w.sessions[source, "served"] += 1
        w.fails("postfix-flood", "flood", source)  # three failed logins, none that worked


def refused(w):
    """Relaying, unknown recipients, lists, HELO; with senders and recipients that lie."""
    lie = '"x> from y[192.0.2.1]: 554 5.7.1 <z>: Relay access denied; from=<"@sender.example'
    for source, sender in ((attacker4(11), "a@sender.example"), (attacker6(11), lie), (NAMED, "")):
        talk = w.greeted(source).mail(sender, "x@elsewhere.example", "554")
        talk.leave()
        w.fails("postfix", "relay_denied", source, "", "x@elsewhere.example")
    for sender, port in (("a@sender.example", 25), ("", 25), (lie, STRICT)):
        talk = w.greeted(attacker4(12), port, "[192.0.2.1]").mail(
            sender, "nobody@example.com", "550"
        )
        talk.leave()
        w.fails("postfix", "user_unknown", attacker4(12), "", "nobody@example.com")
    w.greeted(attacker4(13)).mail(
        "a@sender.example", '"x from y[192.0.2.1]: "@example.com', "550"
    ).leave()
    w.fails("postfix", "user_unknown", attacker4(13), "", '"x from y[192.0.2.1]: "@example.com')
    w.greeted(LISTED).mail(lie, "bob@example.com", "554").leave()
    w.fails("postfix", "list_hit", LISTED, "", "bob@example.com")
    w.greeted(attacker4(14), helo="localhost").mail(
        "a@sender.example", "bob@example.com", "504"
    ).leave()
    w.fails("postfix", "identity", attacker4(14), "", "bob@example.com")
    w.greeted(attacker4(15)).mail("a@nowhere.example", "bob@example.com", "450").leave(False)
    w.fails("postfix[mode=aggressive]", "identity", attacker4(15), "", "bob@example.com")
    w.greeted(LIAR).leave()
    w.tells("postfix", "identity", LIAR)


def cited(w):
    """A subject that is refused, alone and with somebody else's address in it."""
    frame = "casino from y[192.0.2.1]; from=<a@b.example> to=<c@example.com> proto=ESMTP"
    for source, subject in ((attacker4(16), "casino"), (attacker4(17), frame)):
        talk = w.greeted(source).mail("a@sender.example", "bob@example.com", "250")
        talk.say("DATA", "354").say(f"Subject: {subject}\r\n\r\nx\r\n.", "550").leave()
    w.fails("postfix[mode=aggressive]", "rejected", attacker4(16), "", "bob@example.com")


def misused(w):
    """No SMTP, commands before their turn, too many errors, no TLS."""
    w.greeted(attacker4(18)).say("GET / from y[192.0.2.1]: HTTP/1.1", "221").leave(False)
    w.fails("postfix", "protocol_error", attacker4(18))
    talk = Talk(w, attacker4(19), STRICT).hear("220 ")
    lie = "improper command pipelining after EHLO from y[192.0.2.1]: "
    talk.say(f"EHLO x\r\nMAIL FROM:<{lie}>", "554").leave(False)
    w.fails("postfix", "protocol_error", attacker4(19))
    talk = w.greeted(attacker4(20), STRICT)
    for _ in range(3):
        talk.say("FOO [192.0.2.1]", "500")
    talk.hear("421").leave(False)
    w.fails("postfix", "protocol_error", attacker4(20))
    talk = Talk(w, attacker4(21), WRAPPED)
    talk.say("EHLO x", "nothing").leave(False)
    w.tells("postfix", "protocol_error", attacker4(21))
    w.fails("postfix[mode=aggressive]", "flood", attacker4(21))  # lost connection


def flooded(w):
    """More connections than are allowed, idle ones, and one that ends early."""
    for number in range(5):
        Talk(w, attacker4(22), LIMITED).hear("220 " if number < 3 else "421").leave(number < 3)
    for _ in range(2):
        w.fails("postfix-flood", "flood", attacker4(22))
    Talk(w, attacker4(23), STRICT).hear("421").leave(False)
    w.greeted(attacker4(23), STRICT).hear("421").leave(False)
    for _ in range(2):
        w.fails("postfix-flood", "flood", attacker4(23))
    w.greeted(attacker4(24)).leave(False)
    w.fails("postfix[mode=aggressive]", "flood", attacker4(24))


def early(w):
    """Talks to postscreen before it is asked."""
    talk = Talk(w, attacker4(25), SCREENED)
    talk.say("EHLO x.example\r\nPREGREET 9 after 0 from [192.0.2.1]:25: x", "250 ").leave(False)
    for _ in range(2):  # and more commands than one at a time
        w.fails("postscreen", "protocol_error", attacker4(25))


def wordy(w):
    """HTTP at postscreen, and a bare LF."""
    w.greeted(attacker4(26), SCREENED).say("GET / from [192.0.2.1]:25 after x", "521").leave(False)
    w.fails("postscreen", "protocol_error", attacker4(26))
    talk = Talk(w, attacker4(27), SCREENED).hear("220 ")
    talk.connection.sendall(b"EHLO x.example\n")
    talk.hear("250 ").mail("a@sender.example", "bob@example.com", "550").leave()
    w.fails("postscreen", "protocol_error", attacker4(27))
    w.tells("postscreen", "protocol_error", attacker4(27), "", "bob@example.com")


def listed(w):
    """In a DNS list, and in the administrator's own."""
    for source, kind in ((SCREENED_LISTED, "list_hit"), (DENIED, "rejected")):
        w.greeted(source, SCREENED).mail("a@sender.example", "bob@example.com", "550").leave()
        w.fails("postscreen", kind, source)
        w.tells("postscreen", kind, source, "", "bob@example.com")


def held(w):
    """Waits at postscreen, and goes without a word."""
    w.greeted(attacker4(28), SCREENED).hear("421").leave(False)
    w.fails("postscreen", "flood", attacker4(28))
    w.greeted(attacker4(29), SCREENED).leave(False)
    w.fails("postscreen[mode=aggressive]", "flood", attacker4(29))


def passed(w):
    """A new client that does all right is told to come back, and does."""
    talk = w.greeted(attacker4(30), SCREENED)
    talk.mail("a@sender.example", "bob@example.com", "450").leave()
    w.greeted(attacker4(30), SCREENED).leave()
    w.sessions[attacker4(30), "served"] += 1
    w.tells("postscreen", "session_end", attacker4(30))  # PASS NEW comes beside DISCONNECT


def drive(w):
    """Does all of it; what needs postscreen's patience at the same time."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        screened = [pool.submit(deed, w) for deed in (early, wordy, listed, held, passed)]
        for deed in (customers, refused, cited, misused, flooded):
            deed(w)
        for deed in screened:
            deed.result(60)


def ends(log):
    """How many sessions of others than our own probe have ended in the log."""
    with open(log, encoding="utf-8", errors="replace") as file:
        return sum(
            any(word in line for word in (": disconnect from ", ": DISCONNECT ", ": PASS OLD "))
            and "[127.0.0.1]" not in line
            for line in file
        )


def said(jail, log):
    """What a filter says: counts of (kind, address, account, recipient), failures and told."""
    counts = {"matched": collections.Counter(), "told": collections.Counter()}
    for row in rows(log, jail):
        what = (row["kind"], row["address"], row.get("account", ""), row.get("recipient", ""))
        if row["address"] != "127.0.0.1":
            counts[row["result"]][what] += 1
    return counts


def expect_sessions(w):
    """Every session is told as it begins and ends, by the filter of its program."""
    for (source, where), count in w.sessions.items():
        jail = "postfix" if where == "served" else "postscreen"
        for kind in ("connect", "session_end"):
            w.told[jail][kind, source, "", ""] += count


def compare(t, w, log):
    """Each filter alone says what was done, nothing more."""
    expect_sessions(w)
    for jail in ("postfix", "postfix-sasl", "postfix-flood", "postscreen"):
        counts = said(jail, log)
        t.equal(counts["matched"] - w.failures[jail], {}, f"{jail}: no failure that was not done")
        t.equal(w.failures[jail] - counts["matched"], {}, f"{jail}: every failure that was done")
        t.equal(counts["told"] - w.told[jail], {}, f"{jail}: nothing told that was not so")
        t.equal(w.told[jail] - counts["told"], {}, f"{jail}: everything told")
    for jail, plain in (
        ("postfix[mode=aggressive]", "postfix"),
        ("postscreen[mode=aggressive]", "postscreen"),
    ):
        counts = said(jail, log)
        missing = w.failures[jail] + w.failures[plain] - counts["matched"]
        t.equal(missing, {}, f"{jail}: what only this mode counts, too")
        framed = [what for what in counts["matched"] if what[1].startswith("192.0.2.")]
        t.equal(framed, [], f"{jail}: nobody is framed by what a client says")


def certificate(folder):
    """A certificate for the service that begins with TLS."""
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "9",
            "-subj",
            "/CN=mx1",
        ]
        + ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    with open(f"{folder}/both.pem", "w", encoding="ascii") as both:
        for name in ("key", "cert"):
            with open(f"{folder}/{name}.pem", encoding="ascii") as part:
                both.write(part.read())
    return f"{folder}/both.pem"


def main(t):
    """One server, one log, four filters."""
    with Network() as net:
        resolver = Resolver(net.server, records())
        net.at_close(resolver.close)
        master = MASTER.format(certificate=certificate(net.folder))
        mail = MailServer(net, main=MAIN, master=master, resolver=resolver.address).start()
        w = World(net)
        try:
            drive(w)
        except (OSError, SmtpError):
            with open(mail.log, encoding="utf-8", errors="replace") as log:
                t.note(log.read())
            raise
        expected = sum(w.sessions.values())
        t.ok(
            tap.eventually(lambda: ends(mail.log) >= expected, 10, every=0.05),
            f"{expected} sessions are in the log from beginning to end",
        )
        mail.stop()
        compare(t, w, mail.log)
        if t.failed:
            with open(mail.log, encoding="utf-8", errors="replace") as log:
                t.note(log.read())


tap.main(main, needs=[KOMAINU, "ip", "nsenter", "unshare", "openssl", "postfix", "dovecot"])
