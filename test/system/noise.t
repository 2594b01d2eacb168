#!/usr/bin/python3
"""Noise of SMTP as the configuration that is built in judges it, by replay: who looks for recipients,
relays and nothing at all is banned, and none of the honest ones who look a bit like it.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.guard import KOMAINU  # noqa: E402

DAY = 86400
RULES = ("harvest", "harvest-net", "harvest-net6", "relay", "abuse", "probe", "limits")
DELIVERED = "ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7"


class Log:
    """Lines with the second of two days that they are of."""

    def __init__(self):
        self.lines = []

    def add(self, second, text):
        self.lines.append((second, text))

    def smtpd(self, second, text, service="smtpd"):
        self.add(second, f"postfix/{service}[2211]: {text}")

    def session(self, second, who, statistics, *between, service="smtpd"):
        """A session of a client: what is logged of it, {} for the client."""
        client = f"unknown[{who}]"
        self.smtpd(second, f"connect from {client}", service)
        for text in between:
            self.smtpd(second + 1, text.format(client), service)
        self.smtpd(second + 2, f"disconnect from {client} {statistics}".strip(), service)

    def text(self):
        self.lines.sort(key=lambda line: line[0])
        return "".join(
            f"2026-11-{20 + s // DAY}T{s % DAY // 3600:02}:{s % 3600 // 60:02}:{s % 60:02}+00:00"
            f" mx {text}\n"
            for s, text in self.lines
        )


def refused(reply, recipient="bob@example.com", helo="h.example"):
    return (
        "NOQUEUE: reject: RCPT from {}: " + f"{reply}; from=<a@sender.example> to=<{recipient}> "
        f"proto=ESMTP helo=<{helo}>"
    )


def unknown(number):
    name = f"left{number}@example.com"
    return refused(f"550 5.1.1 <{name}>: Recipient address rejected: User unknown", name)


RELAY = refused("554 5.7.1 <y@example.net>: Relay access denied", "y@example.net")
LISTED = refused("554 5.7.1 Service unavailable; Client host [x] blocked using list.example")
HELO = refused("504 5.5.2 <EXCH01>: Helo command rejected: need fully-qualified hostname")
GREY = refused("450 4.2.0 <bob@example.com>: Recipient address rejected: Greylisted")
TEMPORARY = "warning: {}: SASL LOGIN authentication failed: Temporary authentication failure"
REFUSED = "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4"


def no_login(who, reason):
    return (
        f"dovecot: imap-login: Disconnected: Connection closed (no auth attempts in 0 secs): user=<>, "
        f"rip={who}, lip=192.0.2.25{reason}"
    )


def handshake(error):
    return f", TLS handshaking: SSL_accept() failed: error:{error}"


def imap_login(who, account):
    return (
        f"dovecot: imap-login: Login: user=<{account}>, method=PLAIN, rip={who}, lip=192.0.2.25, mpid=1, TLS"
    )


def honest(log):
    """address -> what is honest there. Who logs in is in a network of his own: it spares all of it."""
    kinds = {}

    def kind(name, address):
        kinds[address] = name
        return address

    who = kind("a newsletter with recipients that left", "198.51.100.1")
    for n in range(60):
        log.session(n * 600, who, DELIVERED)
        if n % 4 == 3:
            log.session(n * 600 + 60, who, REFUSED, unknown(n))
    who = kind("a provider with one session of many recipients that left", "198.51.100.2")
    log.session(10, who, "ehlo=1 mail=1 rcpt=50/62 bdat=2 quit=1 commands=55/67")
    log.session(100, who, "ehlo=1 mail=1 rcpt=3/15 data=1", *map(unknown, range(12)))
    who = kind("a provider that is in a DNS list now and then", "198.51.100.3")
    for n in range(30):
        log.session(n * 3000, who, DELIVERED)
    for n in range(6):
        log.session(40000 + n * 500, who, REFUSED, LISTED)
    who = kind("greylisted, comes back", "198.51.100.4")
    for n in range(50):
        log.session(n * 1000, who, REFUSED, GREY)
    who = kind("loses connections after DATA", "198.51.100.5")
    for n in range(50):
        lost = "lost connection after DATA (0 bytes) from {}"
        log.session(n * 1000, who, "ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4", lost)
    who = kind("its TLS fails, then it gives up", "198.51.100.6")
    for n in range(50):
        log.session(n * 1000, who, "ehlo=1 starttls=0/1 commands=1/2", "SSL_accept error from {}: -1")
    who = kind("a phone that does not like the certificate", "198.51.100.7")
    for n in range(90):
        log.add(n * 900, no_login(who, handshake("0A000418:SSL routines::tlsv1 alert unknown ca")))
        log.add(n * 900 + 9, no_login(who, handshake("0A000102:SSL routines::unsupported protocol")))
        broken = ("SSL_accept error from {}: -1", "lost connection after CONNECT from {}")
        log.session(n * 900 + 30, who, "commands=0/0", *broken, service="smtps/smtpd")
    who = kind("monitoring: connects, or says QUIT", "198.51.100.8")
    for n in range(280):
        log.session(n * 300, who, "commands=0/0", "lost connection after CONNECT from {}")
        log.session(n * 300 + 30, who, "ehlo=1 quit=1 commands=2")
        log.add(n * 300 + 60, no_login(who, ""))
    who = kind("a small company whose server greets wrongly", "198.51.100.9")
    for n in range(12):
        log.session(n * 3600, who, REFUSED, HELO)
    who = kind("a printer of ours that may not relay", "198.51.100.10")
    for n in range(48):
        log.session(n * 1800, who, REFUSED, RELAY)
    who = kind("a customer whose program does not log in to send", "203.0.113.11")
    log.add(5, imap_login(who, "anna"))
    for n in range(20):
        log.session(10 + n * 60, who, REFUSED, RELAY, service="submission/smtpd")
    who = kind("a customer while our own server could not judge logins", "198.51.100.12")
    for n in range(20):
        log.session(n * 60, who, "ehlo=1 auth=0/1 quit=1 commands=2/3", TEMPORARY)
    who = kind("an office with too many connections", "203.0.113.13")
    log.add(5, imap_login(who, "berta"))
    for n in range(40):
        limit = "warning: Connection rate limit exceeded: 61 from {} for service smtp"
        log.session(100 + n, who, "ehlo=1 commands=1", limit)
    who = kind("reverse DNS that does not lead back", "198.51.100.14")
    for n in range(40):
        name = f"warning: hostname dsl.example.net does not resolve to address {who}"
        log.session(100 + n * 60, who, "ehlo=1 quit=1 commands=2", name)
    return kinds


def attackers(log):
    """address or network -> (kind, the rule that is to ban it)."""
    kinds = {}

    def kind(name, rule, address):
        kinds[address] = (name, rule)
        return address

    who = kind("looks for recipients", "harvest", "192.0.2.1")
    for n in range(12):
        log.session(DAY + n * 600, who, REFUSED, unknown(n))
    kind("a network that looks for recipients", "harvest-net", "192.0.2.0/24")
    for n in range(24):
        log.session(DAY + 40000 + n * 600, f"192.0.2.{100 + n % 6}", REFUSED, unknown(n))
    kind("a /64 that looks for recipients", "harvest-net6", "2001:db8:0:1::/64")
    for n in range(12):
        log.session(DAY + n * 600, f"2001:db8:0:1::{n + 1:x}", REFUSED, unknown(n))
    who = kind("tries to relay", "relay", "192.0.2.2")
    for n in range(3):
        log.session(DAY + n * 200, who, REFUSED, RELAY)
    who = kind("is in lists and comes back", "abuse", "192.0.2.3")
    for n in range(3):
        log.session(DAY + n * 7200, who, REFUSED, LISTED)
    who = kind("talks early", "abuse", "192.0.2.4")
    for n in range(3):
        early = f"postfix/postscreen[9]: PREGREET 11 after 0.1 from [{who}]:4711: EHLO x\\r\\n"
        log.add(DAY + n * 60, early)
    who = kind("speaks HTTP", "abuse", "192.0.2.5")
    for n in range(3):
        junk = "warning: non-SMTP command from {}: GET / HTTP/1.1"
        log.session(DAY + n * 60, who, "unknown=0/1 commands=0/1", junk)
    who = kind("EHLO, and gone", "probe", "192.0.2.6")
    for n in range(3):
        log.session(DAY + n * 60, who, "ehlo=1 commands=1", "lost connection after EHLO from {}")
    who = kind("logins that leave no line", "probe", "192.0.2.7")
    for n in range(3):
        log.session(DAY + n * 60, who, "ehlo=1 auth=0/1 quit=1 commands=2/3")
    who = kind("no TLS where TLS is due", "probe", "192.0.2.8")
    for n in range(3):
        log.add(DAY + n * 60, no_login(who, handshake("0A00010B:SSL routines::wrong version number")))
    who = kind("exceeds limits", "limits", "192.0.2.9")
    for n in range(10):
        limit = f"warning: Connection concurrency limit exceeded: 51 from unknown[{who}] for service smtp"
        log.smtpd(DAY + n, limit)
    return kinds


def replay(folder, log):
    """Bans that are in force, as (address or network, jail)."""
    path, config = f"{folder}/mail.log", f"{folder}/config"
    os.mkdir(config)
    with open(path, "w", encoding="utf-8") as file:
        file.write(log.text())
    with open(f"{config}/jail.conf", "w", encoding="utf-8") as file:
        file.write("".join(f"[{rule}]\nobserve = no\n" for rule in RULES))
        file.write("[gang-banned]\nenabled = no\n")  # the attackers are neighbours here
    done = subprocess.run(
        [KOMAINU, "replay", "--json", "--config", config, path],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"TZ": "UTC"},
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    bans = [row for row in rows if "jail" in row and "until" in row and row.get("enforced", True)]
    return [(row.get("address") or row.get("prefix"), row["jail"]) for row in bans]


def main(t):
    log = Log()
    good, bad = honest(log), attackers(log)
    with tempfile.TemporaryDirectory() as folder:
        found = replay(folder, log)
    for address, name in good.items():
        t.equal([jail for who, jail in found if who == address], [], f"spared: {name}")
    for address, (name, rule) in bad.items():
        t.ok((address, rule) in found, f"{rule}: {name}")
    others = {who for who, _ in found} - set(good) - set(bad)
    t.equal(sorted(others), [], "nobody else is banned")


tap.main(main)
