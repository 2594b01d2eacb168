#!/usr/bin/python3
"""Each restriction of the gate, driven by real SMTP sessions through a real Postfix, beside a
name server of the test: what the client hears, what Postfix logs, what `gate test` says of it.
"""
import hashlib
import os
import re
import shutil
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.daemon import make_certificate  # noqa: E402
from komainu_test.dns import MX, NS, TXT, A, Resolver, reverse  # noqa: E402
from komainu_test.gates import PERSON, GateAlone, GateMail  # noqa: E402
from komainu_test.guard import BUILD  # noqa: E402
from komainu_test.net import Network  # noqa: E402
from komainu_test.tap import eventually  # noqa: E402
from komainu_test.verdicts import rows  # noqa: E402

BOB = "bob@example.net"  # whose mail goes to the sink
SENDER = "a@good.example.org"
CLIENT, LISTED, TRUSTED = "192.0.2.7", "192.0.2.66", "192.0.2.77"
PASSES, TEMPORARY = "198.51.100.99", "198.51.100.98"
NAMELESS = {"ADDR": CLIENT, "NAME": "[UNAVAILABLE]", "REVERSE_NAME": "[UNAVAILABLE]"}
BLOCKED = "554 5.7.1 Service unavailable; "


def zone(name, address="127.0.0.2"):
    """The two entries by which a list shows that it is one, of addresses and of names."""
    return {reverse("127.0.0.2", name): [(A, address)], f"test.{name}": [(A, address)]}


RECORDS = {
    **zone("bl.example"), **zone("dbl.example"), **zone("wl.example"), **zone("other.example"),
    **zone("k3y.paid.example"),
    reverse(LISTED, "bl.example"): [(A, "127.0.0.4"), (TXT, "see https://bl.example/why")],
    reverse(LISTED, "other.example"): [(A, "127.0.0.9")],
    reverse(LISTED, "k3y.paid.example"): [(A, "127.0.0.2")],
    "host.bad.example.dbl.example": [(A, "127.0.0.2"), (TXT, "spam")],
    "bad.example.dbl.example": [(A, "127.0.0.2"), (TXT, "spam")],
    "example.net.dbl.example": [(A, "127.0.0.2")],
    reverse(CLIENT, "wl.example"): [(A, "127.0.0.2")],
    "host.good.example.org.wl.example": [(A, "127.0.0.2")],
    "good.example.org": [(MX, "mx.good.example.org"), (A, "198.51.100.80")],
    "mx.good.example.org": [(A, "198.51.100.80")],
    "host.good.example.org": [(A, CLIENT)],
    "liar.example": [(A, "192.0.2.200")],
    "null.example": [(MX, "")],
    "bogon.example": [(MX, "lo.bogon.example")],
    "lo.bogon.example": [(A, "127.0.0.1")],
    "spf.example": [(TXT, f"v=spf1 ip4:{PASSES} -all"), (A, "198.51.100.80")],
    "soft.example": [(TXT, "v=spf1 ~all"), (A, "198.51.100.80")],
    "long.example": [(TXT, "v=spf1 " + "".join(f"ip4:203.0.113.{n} " for n in range(50)) + f"ip4:{PASSES} -all")],
    "listed.example": [(MX, "mx.listed.example"), (NS, "ns.bad-host.example"), (A, "198.51.100.81")],
    "mx.listed.example": [(A, "203.0.113.25")],
    "inside": [(MX, "mx.listed.example"), (NS, "ns.bad-host.example"), (A, "198.51.100.82")],
    "ns.bad-host.example": [(A, "203.0.113.53")],
    "temp.example": [(TXT, "v=spf1 a:silent.example -all"), (A, "198.51.100.80")],
}


class Case:
    """A profile of the gate, a session, and what is expected of it: the answer to the last
    command, and what `gate test` says of the restriction, its last step."""

    def __init__(self, name, profile, answer="250", *, step="fired", claims=None, sender=SENDER,
                 to=BOB, helo="host.good.example.org"):
        # pylint: disable=too-many-arguments
        self.name, self.answer, self.step = name, answer, step
        named = re.match(r"[\w-]+ = ", profile)
        self.profile = profile if named else f"recipient_restrictions = {profile}"
        self.claims, self.sender, self.to, self.helo = claims or PERSON, sender, to, helo

    def attributes(self):
        """The same for `gate test`."""
        said = {"client_address": self.claims["ADDR"], "sender": self.sender, "recipient": self.to,
                "helo_name": self.helo}
        for key, name in (("NAME", "client_name"), ("REVERSE_NAME", "reverse_client_name"),
                          ("LOGIN", "sasl_username")):
            value = self.claims.get(key, "").replace("[UNAVAILABLE]", "unknown")
            if value:
                said[name] = value
        return said | {"policy_context": self.name, "server_address": "127.0.0.1"}


def person(**claims):
    """PERSON with something else."""
    return PERSON | claims


def servers(subject, kind, key, **more):
    """A name whose servers a table has."""
    return Case(f"{subject}-{kind}", f"check_{subject.replace('-', '_')}_{kind}_access "
                f"inline:{{{{{key} = REJECT not from there}}}}", "554 5.7.1 not from there", **more)


BAD = person(NAME="host.bad.example", REVERSE_NAME="host.bad.example")
ELSE = person(NAME="[UNAVAILABLE]", REVERSE_NAME="host.bad.example")

PLAIN = [
    Case("permit", "permit, reject", step="permit"),
    Case("reject", "reject", "554 5.7.1 Access denied"),
    Case("defer", "defer", "450 4.3.2 Try again later"),
    Case("defer-if-permit", "defer_if_permit", "450 4.7.0 defer_if_permit requested"),
    Case("defer-if-reject", "defer_if_reject, reject", "450 4.7.1 Access denied"),
    Case("trusted", "mynetworks = 192.0.2.77\nrecipient_restrictions = permit_mynetworks, reject",
         step="permit", claims=person(ADDR=TRUSTED)),
    Case("not-trusted", "mynetworks = 192.0.2.77\nrecipient_restrictions = permit_mynetworks, reject",
         "554 5.7.1 Access denied"),
    Case("login", "permit_sasl_authenticated, reject", step="permit", claims=person(LOGIN="anna")),
    Case("no-login", "permit_sasl_authenticated, reject", "554 5.7.1 Access denied"),
    Case("no-reverse", "reject_unknown_reverse_client_hostname",
         "450 4.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.7]",
         claims=NAMELESS),
    Case("no-client", "reject_unknown_client_hostname",
         "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.7]", claims=ELSE),
    Case("no-forward", "reject_unknown_forward_client_hostname",
         "450 4.7.25 Client host rejected: cannot find your forward hostname, [192.0.2.7]",
         claims=ELSE),
    Case("no-client-5", "unknown_client_reject_code = 550\n"
         "recipient_restrictions = reject_unknown_client_hostname",
         "550 5.7.25 Client host rejected: cannot find your hostname, [192.0.2.7]", claims=NAMELESS),
    Case("helo-invalid", "reject_invalid_helo_hostname", "501 5.5.2 Invalid name (HELO a_b!c)",
         helo="a_b!c"),
    Case("helo-short", "reject_non_fqdn_helo_hostname",
         "504 5.5.2 need fully-qualified hostname (HELO localhost)", helo="localhost"),
    Case("helo-unknown", "reject_unknown_helo_hostname",
         "450 4.7.1 Host not found (HELO nowhere.example)", helo="nowhere.example"),
    Case("helo-ours", "our_names = mx1.example.com\nrecipient_restrictions = reject_our_helo_hostname",
         "554 5.7.1 Client host rejected: HELO mx1.example.com is not you, but this host",
         helo="mx1.example.com"),
    Case("helo-bare", "reject_address_helo_hostname",
         "554 5.7.1 Client host rejected: HELO 192.0.2.7 is an address without brackets",
         helo="192.0.2.7"),
    Case("helo-literal", "reject_address_helo_hostname",
         "554 5.7.1 Client host rejected: HELO [192.0.2.8] is not your address", helo="[192.0.2.8]"),
    Case("helo-foreign", "reject_foreign_helo_hostname",
         "450 4.7.1 Client host rejected: HELO liar.example is not the name of [192.0.2.7]",
         helo="liar.example"),
    Case("short-sender", "reject_non_fqdn_sender",
         "504 5.5.2 need fully-qualified address (a@short)", sender="a@short"),
    Case("short-recipient", "reject_non_fqdn_recipient",
         "504 5.5.2 need fully-qualified address (bob@inside)", to="bob@inside"),
    Case("no-domain", "reject_unknown_sender_domain",
         "450 4.1.2 Domain not found (nowhere.example)", sender="a@nowhere.example"),
    Case("null-mx", "reject_unknown_sender_domain",
         "550 5.7.27 Domain does not accept mail (null MX of null.example)", sender="a@null.example"),
    Case("bogon-mx", "reject_unknown_sender_domain",
         "450 4.7.27 Domain not found: no host of bogon.example can be reached",
         sender="a@bogon.example"),
    Case("no-recipient-domain", "reject_unknown_recipient_domain",
         "450 4.1.2 Domain not found (gone.example)", to="bob@gone.example"),
    Case("rate", "rate client+sender 2 recipients/1h",
         "450 4.7.1 Error: too many recipients in this time"),
]

SERVERS = [
    Case("generic", "unknown_client_reject_code = 550\n"
         "recipient_restrictions = reject_generic_client_hostname",
         "550 5.7.1 Client host rejected: 192-0-2-7.dyn.example.org is a name of a range of addresses",
         claims=person(NAME="192-0-2-7.dyn.example.org", REVERSE_NAME="192-0-2-7.dyn.example.org")),
    servers("client", "a", "198.51.100.81", claims=person(NAME="listed.example")),
    servers("client", "ns", "bad-host.example", claims=person(NAME="listed.example")),
    servers("reverse-client-hostname", "a", "198.51.100", claims=person(REVERSE_NAME="listed.example")),
    servers("reverse-client-hostname", "mx", "mx.listed.example", claims=person(REVERSE_NAME="listed.example")),
    servers("helo", "a", "198.51.100.81", helo="listed.example"),
    servers("helo", "mx", "203.0.113.25", helo="listed.example"),
    servers("recipient", "a", "198.51.100.82", to="bob@inside"),
    servers("recipient", "ns", "ns.bad-host.example", to="bob@inside"),
    servers("sender", "a", "198.51.100.81", sender="a@listed.example"),
    servers("sender", "mx", "mx.listed.example", sender="a@listed.example"),
    servers("sender", "ns", "203.0.113.53", sender="a@deep.listed.example"),
    servers("recipient", "mx", "203.0.113", to="bob@inside"),
    servers("helo", "ns", "bad-host.example", helo="deep.listed.example"),
    servers("client", "mx", "203.0.113.25", claims=person(NAME="listed.example")),
    servers("reverse-client-hostname", "ns", "bad-host.example",
            claims=person(NAME="[UNAVAILABLE]", REVERSE_NAME="a.listed.example")),
    Case("server-good", "check_sender_mx_access inline:{mx.listed.example=DUNNO, 203.0.113.25=REJECT}",
         step="dunno", sender="a@listed.example"),
    Case("sasl", "check_sasl_access inline:{{anna = REJECT not anna}}", "554 5.7.1 not anna",
         claims=person(LOGIN="anna")),
    Case("no-certificate", "permit_tls_all_clientcerts, check_ccert_access inline:{AA=OK}, reject",
         "554 5.7.1 Access denied"),
    Case("class", "restriction_classes = strict {permit_mynetworks,\n  reject_non_fqdn_helo_hostname}\n"
         "recipient_restrictions = strict", "504 5.5.2 need fully-qualified hostname (HELO short)",
         helo="short"),
    Case("class-permits", "restriction_classes = soft {permit}\nrecipient_restrictions = soft, reject",
         step="permit"),
    Case("class-warns", "restriction_classes = strict {reject}\nrecipient_restrictions = warn strict"),
    Case("class-of-table", "restriction_classes = strict {reject_non_fqdn_helo_hostname}\n"
         "recipient_restrictions = check_recipient_access inline:{{bob@example.net = "
         "permit_mynetworks, strict}}", "504 5.5.2 need fully-qualified hostname (HELO short)",
         helo="short"),
]

LISTS = [
    Case("rbl", "reject_rbl_client bl.example",
         BLOCKED + f"Client host [{LISTED}] blocked using bl.example; see https://bl.example/why",
         claims=person(ADDR=LISTED)),
    Case("rbl-filter", "reject_rbl_client bl.example=127.0.0.[10..20]", step="dunno",
         claims=person(ADDR=LISTED)),
    Case("rhsbl-client", "reject_rhsbl_client dbl.example",
         BLOCKED + "Client host [host.bad.example] blocked using dbl.example; spam", claims=BAD),
    Case("rhsbl-reverse", "reject_rhsbl_reverse_client dbl.example",
         BLOCKED + "Unverified Client host [host.bad.example] blocked using dbl.example; spam",
         claims=ELSE),
    Case("rhsbl-helo", "reject_rhsbl_helo dbl.example",
         BLOCKED + "Helo command [host.bad.example] blocked using dbl.example; spam",
         helo="host.bad.example"),
    Case("rhsbl-sender", "reject_rhsbl_sender dbl.example",
         BLOCKED + "Sender address [a@bad.example] blocked using dbl.example; spam",
         sender="a@bad.example"),
    Case("rhsbl-recipient", "reject_rhsbl_recipient dbl.example",
         BLOCKED + "Recipient address [bob@example.net] blocked using dbl.example"),
    Case("dnswl", "permit_dnswl_client wl.example, reject", step="permit"),
    Case("not-dnswl", "permit_dnswl_client wl.example, reject", "554 5.7.1 Access denied",
         claims=person(ADDR=LISTED)),
    Case("rhswl", "permit_rhswl_client wl.example, reject", step="permit"),
    Case("weighed", "dns_lists = bl.example*2 other.example*2 k3y.paid.example*1\n"
         "dns_lists_threshold = 5\ndns_lists_shown = k3y.paid.example=paid.example\n"
         "recipient_restrictions = dns_lists",
         BLOCKED + f"Client host [{LISTED}] blocked using bl.example, other.example, paid.example",
         claims=person(ADDR=LISTED)),
    Case("weighed-less", "dns_lists = bl.example*2 other.example*2 wl.example*-1\n"
         "dns_lists_threshold = 5\nrecipient_restrictions = dns_lists", step="dunno",
         claims=person(ADDR=LISTED)),
    Case("spf-fail", "spf", "550 5.7.23 ", sender="a@spf.example"),
    Case("spf-pass", "spf", step="noted", sender="a@spf.example", claims=person(ADDR=PASSES)),
    Case("spf-long", "spf", step="noted", sender="a@long.example", claims=person(ADDR=PASSES)),
    Case("warn", "warn reject_rbl_client bl.example", claims=person(ADDR=LISTED)),
    Case("tag", "tag reject_rbl_client bl.example", claims=person(ADDR=LISTED)),
    Case("form-defer", "defer reject_rbl_client bl.example",
         "450 4.7.1 Service unavailable; Client host", claims=person(ADDR=LISTED)),
    Case("form-reject", "reject reject_unknown_client_hostname",
         "554 5.7.25 Client host rejected: cannot find your hostname", claims=NAMELESS),
    Case("form-discard", "discard reject_rbl_client bl.example", claims=person(ADDR=LISTED)),
    Case("score-low", "score-tag = 3\nscore-reject = 9\nrecipient_restrictions = "
         "score 2 reject_rbl_client bl.example", claims=person(ADDR=LISTED)),
    Case("score-tag", "score-tag = 3\nscore-reject = 9\nrecipient_restrictions = "
         "score 2 reject_rbl_client bl.example, score 1 reject_non_fqdn_helo_hostname",
         claims=person(ADDR=LISTED), helo="short"),
    Case("score-defer", "score-defer = 3\nrecipient_restrictions = "
         "score 2 reject_rbl_client bl.example, score 1 reject_non_fqdn_helo_hostname",
         f"450 4.7.1 Service unavailable; Client host [{LISTED}] has a score of 3",
         claims=person(ADDR=LISTED), helo="short"),
    Case("score-reject", "score-defer = 2\nscore-reject = 3\nrecipient_restrictions = "
         "score 2 reject_rbl_client bl.example, score 1 reject_non_fqdn_helo_hostname",
         f"554 5.7.1 Service unavailable; Client host [{LISTED}] has a score of 3",
         claims=person(ADDR=LISTED), helo="short"),
    Case("score-good", "score-reject = 2\nrecipient_restrictions = "
         "score 2 reject_non_fqdn_helo_hostname, score -1 permit_dnswl_client wl.example",
         step="permit", helo="short"),
    Case("stages", "client_restrictions = permit\nhelo_restrictions = reject_non_fqdn_helo_hostname",
         "504 5.5.2 need fully-qualified hostname", helo="short"),
]


def config(cases, more=""):
    """The gate's file."""
    text = "[gate]\nrecipient_restrictions = permit\n" + more
    for case in cases:
        text += f"[gate {case.name}]\n"
        if "recipient_restrictions" not in case.profile:
            text += "recipient_restrictions = permit\n"
        text += case.profile + "\n"
    return text


def drive(t, mail, gate, case):
    """One case: the session, the log, the trace."""
    with mail.talk(case.name, case.claims, case.helo) as session:
        said = session.mail(case.sender, *[case.to] * (3 if case.name == "rate" else 1))
        code, text = case.answer[:3], case.answer[4:]
        heard = f"{said[0]} {said[1]}"
        is_right = heard.startswith(code) and text.partition(" ")[0] in heard and \
            text.partition(" ")[2] in heard
        if not t.ok(is_right, f"{case.name}: {case.answer}"):
            t.note(heard)
        if said[0] == 250 and case.name in MAILED:
            t.equal(session.data(case.name)[0], 250, f"{case.name}: the mail is taken")
    if code != "250":
        words = (f"reject: RCPT from {case.claims['NAME'].replace('[UNAVAILABLE]', 'unknown')}"
                 f"[{case.claims['ADDR']}]: {case.answer[:9].strip()}", f"<{case.to}>: Recipient address rejected: ",
                 text.partition(" ")[2], f"to=<{case.to}>")
        t.ok(mail.logs(*words), f"{case.name}: Postfix says so in its log")
    if case.name == "rate":
        return
    answer, steps = gate.test(**case.attributes())
    is_right = steps and steps[-1][1] == case.step
    if not t.ok(is_right, f"{case.name}: gate test: {case.step}"):
        t.note(f"{answer} {steps}")


MAILED = {"spf-pass", "tag", "form-discard", "score-low", "score-tag", "warn"}


def plain(t):
    """What needs no list of DNS."""
    with Network() as net:
        net.at_close(Resolver(net.server, RECORDS).close)
        gate = GateAlone(net, config(PLAIN))
        mail = GateMail(net, gate, [case.name for case in PLAIN])
        for case in PLAIN:
            drive(t, mail, gate, case)
        filters(t, mail, PLAIN)


def asked(t):
    """Tables asked for the servers of names; classes; names of ranges."""
    with Network() as net:
        net.at_close(Resolver(net.server, RECORDS).close)
        gate = GateAlone(net, config(SERVERS))
        mail = GateMail(net, gate, [case.name for case in SERVERS])
        for case in SERVERS:
            drive(t, mail, gate, case)
        t.ok(gate.says("gate-would-refuse") and gate.says("by=\"reject\""),
             "warn CLASS: the gate's log tells of what is in it")
        filters(t, mail, SERVERS)


def certificates(t):
    """Clients with a certificate, and without; who is told by a table, and by its issuer."""
    with Network() as net:
        net.at_close(Resolver(net.server, RECORDS).close)
        make_certificate(net.folder)
        certificate, key = f"{net.folder}/cert.pem", f"{net.folder}/key.pem"
        with open(certificate, encoding="ascii") as file:
            known = hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest().upper()
        known = ":".join(known[i:i + 2] for i in range(0, 64, 2))
        gate = GateAlone(net, f"[gate]\nrecipient_restrictions = permit\n"
                         f"[gate withdrawn]\nrecipient_restrictions = check_ccert_access "
                         f"inline:{{{{{known} = REJECT withdrawn}}}}\n"
                         f"[gate known]\nrecipient_restrictions = check_ccert_access inline:{{{known}=OK}}, reject\n"
                         "[gate verified]\nrecipient_restrictions = permit_tls_all_clientcerts, reject\n")
        tls = (f"smtpd_tls_security_level = may\nsmtpd_tls_cert_file = {certificate}\nsmtpd_tls_key_file = {key}\n"
               f"smtpd_tls_CAfile = {certificate}\nsmtpd_tls_ask_ccert = yes\nsmtpd_tls_fingerprint_digest = sha256\n"
               "tls_random_source = dev:/dev/urandom\n")
        mail = GateMail(net, gate, ["withdrawn", "known", "verified"], more=tls)

        def heard(name, *shown):
            with mail.talk(name) as session:
                t.equal(session.starttls(*shown)[0], 250, f"{name}: TLS, {'a' if shown else 'no'} certificate")
                return session.mail(SENDER, BOB)

        said = heard("withdrawn", certificate, key)
        t.ok(said[0] == 554 and said[1].endswith("withdrawn"), f"check_ccert_access: {said}")
        t.ok(mail.logs("reject: RCPT from", "554 5.7.1", "Recipient address rejected: withdrawn"),
             "Postfix says so in its log")
        t.equal(heard("withdrawn")[0], 250, "without a certificate it is not asked for")
        for name in ("known", "verified"):
            t.equal(heard(name, certificate, key)[0], 250, f"{name}: who has it is let through")
            said = heard(name)
            t.ok(said[0] == 554 and "Access denied" in said[1], f"{name}: who has none is not: {said}")


def lists(t):
    """Lists of DNS, SPF, and each form."""
    with Network() as net:
        names = Resolver(net.server, RECORDS)
        net.at_close(names.close)
        gate = GateAlone(net, config(LISTS))
        mail = GateMail(net, gate, [case.name for case in LISTS])
        count = sum(p.count(z) > 0 for p in (c.profile for c in LISTS)
                    for z in ("bl.example", "dbl.example", "wl.example"))
        t.ok(gate.says("gate-list-used", count // 2), "the lists are tried, and used")
        for case in LISTS:
            drive(t, mail, gate, case)
        t.ok(eventually(lambda: mail.sink.has("Subject: score-low"), 10), "mail arrives")
        mails = {re.search(rb"Subject: (\S+)", m)[1].decode(): m.decode() for m in mail.sink.mails}
        t.ok("X-Komainu: reject_rbl_client bl.example; 5.7.1 Service unavailable" in
             mails.get("tag", ""), "tag: a header says what it was")
        t.ok("X-Komainu-Score: 3 (2 reject_rbl_client bl.example, 1 reject_non_fqdn_helo" in
             mails.get("score-tag", ""), "score: a header says what it was")
        t.ok("X-Komainu" not in mails.get("score-low", "X-Komainu"), "below the threshold there is none")
        t.ok("Received-SPF: Pass (mailfrom)" in mails.get("spf-pass", ""), "spf: its header")
        t.equal(names.asked_tcp, [], "a record of 900 bytes comes over UDP (EDNS)")
        t.ok("form-discard" not in mails, "discard: it is taken and does not arrive")
        t.ok(mail.logs("discard: RCPT from", f"[{LISTED}]"), "discard: Postfix says so")
        t.ok(gate.says("gate-would-refuse") and gate.says("by=\"reject_rbl_client bl.example\""),
             "warn: the gate's log tells of it")
        filters(t, mail, LISTS)


def filters(t, mail, cases):
    """fail2ban's filter of Debian, and ours, find the same refusals in Postfix's lines."""
    if not shutil.which("fail2ban-regex"):
        t.skip("fail2ban's filter of Debian", "fail2ban is not there")
        return
    known = re.compile(r"[45][50][04] [45]\.\d\.\d+ (Service unavailable|Client host|Data command|Host not|"
                       r"Domain not|need fully-qualified host|Relay access)")
    wanted = [case for case in cases if known.match(case.answer)]
    done = subprocess.run(["fail2ban-regex", "-v", "--raw", "--print-all-matched", mail.server.log,
                           "/etc/fail2ban/filter.d/postfix.conf"],
                          capture_output=True, text=True, check=False, timeout=120)
    match = re.search(r"Lines: \d+ lines, \d+ ignored, (\d+) matched", done.stdout)
    t.equal(int(match[1]) if match else done.stdout[-300:], len(wanted),
            "fail2ban's filter knows the refusals by their texts")
    wanted = [case for case in cases if case.answer[0] == "5"]
    ours = [row for row in rows(mail.server.log, "postfix[mode=aggressive]")
            if row["result"] == "matched" and row["kind"] != "flood"]
    t.equal(len(ours), len(wanted), "our filter counts those that are for good, aggressive")


def main(t):
    """All of it."""
    plain(t)
    asked(t)
    certificates(t)
    lists(t)


tap.main(main, needs=[f"{BUILD}/komainu-gate", "ip", "nsenter", "setpriv", "postfix"], package="fail2ban")
