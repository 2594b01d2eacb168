#!/usr/bin/python3
"""Each restriction of the gate, driven by real SMTP sessions through a real Postfix, beside a
name server of the test: what the client hears, what Postfix logs, what `gate test` says of it.
"""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.dns import MX, PTR, TXT, A, Resolver, reverse  # noqa: E402
from komainu_test.gates import GateAlone, Session  # noqa: E402
from komainu_test.guard import BUILD  # noqa: E402
from komainu_test.mail import MailServer, Sink  # noqa: E402
from komainu_test.net import SERVER4, Network, attacker4, client4  # noqa: E402
from komainu_test.tap import eventually  # noqa: E402
from komainu_test.verdicts import rows  # noqa: E402

BOB = "bob@example.net"  # whose mail goes to the sink
SENDER = "a@good.example.org"
CLIENT, LISTED, TRUSTED = "192.0.2.7", "192.0.2.66", "192.0.2.77"
PASSES, TEMPORARY = "198.51.100.99", "198.51.100.98"
PERSON = {"ADDR": CLIENT, "NAME": "host.good.example.org", "REVERSE_NAME": "host.good.example.org"}
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
    "temp.example": [(TXT, "v=spf1 a:silent.example -all"), (A, "198.51.100.80")],
    reverse(attacker4(3)): [(PTR, "named.example.org")],
    "named.example.org": [(A, attacker4(3))],
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


class Mail:
    """A Postfix with a port for each case, which asks the gate with the case's name; for those
    of `early` before it has asked itself whether it may relay."""

    def __init__(self, net, gate, names, early=()):
        self.net, self.ports = net, {}
        main = (
            "smtpd_authorized_xclient_hosts = 127.0.0.1\nsmtpd_peername_lookup = yes\n"
            "mynetworks = 127.0.0.9\nappend_dot_mydomain = no\nmax_idle = 3s\n"
            "smtpd_relay_restrictions = reject_unauth_destination\n"
            "smtpd_client_connection_count_limit = 0\n"
        )
        master = ""
        for port, name in enumerate(names, 3000):
            self.ports[name] = port
            main += (f"asks_{port} = check_policy_service {{ unix:{gate.path}, "
                     f"policy_context={name} }}\n"
                     f"early_{port} = $asks_{port}, reject_unauth_destination\n")
            master += (f"{port} inet n - n - - smtpd\n"
                       f"  -o smtpd_recipient_restrictions=$asks_{port}\n"
                       f"  -o smtpd_data_restrictions=$asks_{port}\n"
                       f"  -o smtpd_end_of_data_restrictions=$asks_{port}\n")
            if name in early:
                master += (f"  -o smtpd_relay_restrictions=$early_{port}\n")
        routes = {d: client4(0) for d in ("example.net", "gone.example", "inside")}
        self.server = MailServer(net, routes, main=main, master=master).start()
        self.sink = Sink(net.client, client4(0))
        net.at_close(self.sink.close)

    def talk(self, name, claims=PERSON, helo="host.good.example.org", source=None):
        """A session at the port of a case."""
        if source:
            return Session(self.net.attacker, source, SERVER4, self.ports[name], helo=helo)
        return Session(self.net.server, "127.0.0.1", "127.0.0.1", self.ports[name], helo=helo,
                       claims=claims)

    def log(self):
        """What Postfix has logged so far."""
        with open(self.server.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def logs(self, *texts):
        """Whether one line of the log has all of the texts, or has soon."""
        return eventually(lambda: any(all(x in line for x in texts)
                                      for line in self.log().splitlines()), 5)


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
        mail = Mail(net, gate, [case.name for case in PLAIN])
        for case in PLAIN:
            drive(t, mail, gate, case)
        filters(t, mail, PLAIN)


def lists(t):
    """Lists of DNS, SPF, and each form."""
    with Network() as net:
        net.at_close(Resolver(net.server, RECORDS).close)
        gate = GateAlone(net, config(LISTS))
        mail = Mail(net, gate, [case.name for case in LISTS])
        count = sum(p.count(z) > 0 for p in (c.profile for c in LISTS)
                    for z in ("bl.example", "dbl.example", "wl.example"))
        t.ok(gate.waits_for("gate-list-used", count // 2), "the lists are tried, and used")
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
        t.ok("form-discard" not in mails, "discard: it is taken and does not arrive")
        t.ok(mail.logs("discard: RCPT from", f"[{LISTED}]"), "discard: Postfix says so")
        t.ok("gate-would-refuse" in gate.said() and "by=\"reject_rbl_client bl.example\"" in gate.said(),
             "warn: the gate's log tells of it")
        filters(t, mail, LISTS)


def filters(t, mail, cases):
    """fail2ban's filter of Debian, and ours, find the same refusals in Postfix's lines."""
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


# --- tables ---

SIDES = (
    ("ok", "OK", "250"),
    ("number", "12345", "250"),
    ("dunno", "DUNNO", "250"),
    ("reject", "REJECT go away", "554 5.7.1 go away"),
    ("reject-bare", "REJECT", "554 5.7.1 Access denied"),
    ("status", "REJECT 5.1.7 who are you", "554 5.1.3 who are you"),
    ("code5", "571 not here", "571 5.7.1 not here"),
    ("code4", "451 4.3.9 not now", "451 4.3.9 not now"),
    ("defer", "DEFER come back", "450 4.7.1 come back"),
    ("defer-permit", "DEFER_IF_PERMIT come again", "450 4.7.1 come again"),
    ("defer-reject", "DEFER_IF_REJECT maybe", "250"),
)
LOGGED = (
    ("warn", "WARN look at this", "warn: RCPT from", "look at this"),
    ("info", "INFO as you know", "info: RCPT from", "as you know"),
    ("hold", "HOLD for a person", "hold: RCPT from", "for a person"),
    ("discard", "DISCARD nobody wants it", "discard: RCPT from", "nobody wants it"),
    ("filter", "FILTER smtp:[198.51.100.10]:25", "filter: RCPT from", "triggers FILTER"),
    ("redirect", "REDIRECT carol@example.net", "redirect: RCPT from", "triggers REDIRECT"),
)
TABLES = {
    "texthash": "sender rhs@table.example REJECT from text\n",
    "hash": "sender table.example REJECT from text\n",
    "btree": "sender .example REJECT from text\n",
    "lmdb": "sender rhs@ REJECT from text\n",
    "cidr": "client !0.0.0.0/0 DUNNO\n192.0.2.0/24 REJECT from text\n",
    "regexp": "sender /^(rhs)@TABLE/ REJECT from $(1)text\n",
    "pcre": "helo if /example/\n/^(?<n>host)\\.good/ REJECT from text\nendif\n",
    "reverse": "reverse_client_hostname good.example.org REJECT from text\n",
    "recipient": "recipient bob@example.net REJECT from text\n",
}


def table_profiles(folder):
    """A table of each type in a file, and their profiles; one with every right-hand side."""
    text = "[gate]\nrecipient_restrictions = permit\n"
    for name, table in TABLES.items():
        subject, _, body = table.partition(" ")
        kind = name if name not in ("reverse", "recipient") else "texthash"
        with open(f"{folder}/{name}", "w", encoding="ascii") as file:
            file.write(body)
        text += f"[gate {name}]\nrecipient_restrictions = check_{subject}_access {kind}:{folder}/{name}\n"
    pairs = ", ".join(f"{{{name}@rhs.example = {side}}}" for name, side, *_ in SIDES + LOGGED)
    text += f"[gate sides]\nrecipient_restrictions = check_sender_access inline:{{ {pairs} }}\n"
    return text + "[gate early]\nrecipient_restrictions = check_sender_access inline:{ok@rhs.example=OK}\n"


def tables(t):
    """Tables of access(5): each type, each right-hand side, a change, and no relay."""
    with Network() as net:
        net.at_close(Resolver(net.server, RECORDS).close)
        folder = f"{net.folder}/tables"
        os.makedirs(folder)
        gate = GateAlone(net, table_profiles(folder))
        mail = Mail(net, gate, [*TABLES, "sides", "early"], early=("early",))
        for name in TABLES:
            with mail.talk(name) as session:
                said = session.mail("rhs@table.example", BOB)
            t.ok(said[0] == 554 and "from " in said[1] and "text" in said[1], f"{name}: {said}")
        sides(t, mail)
        with open(f"{folder}/texthash", "w", encoding="ascii") as file:
            file.write("rhs@table.example 450 changed\n")
        t.ok(gate.waits_for("gate-table-read"), "a table that changes is read again")
        with mail.talk("texthash") as session:
            said = session.mail("rhs@table.example", BOB)
        t.ok(said[0] == 450 and "changed" in said[1], f"and goes by what it says now: {said}")
        for name in ("sides", "early"):
            with mail.talk(name) as session:
                said = session.mail("ok@rhs.example", "victim@elsewhere.example")
            t.ok(said[0] == 554 and "Relay access denied" in said[1], f"{name}: OK is no relay: {said}")
            with mail.talk(name) as session:
                t.equal(session.mail("ok@rhs.example", BOB)[0], 250, f"{name}: our own mail passes")


def sides(t, mail):
    """Each right-hand side."""
    for name, side, answer in SIDES:
        with mail.talk("sides") as session:
            code, text = session.mail(f"{name}@rhs.example", BOB)
        heard = f"{code} {text}"
        words = answer[4:].partition(" ")
        t.ok(heard.startswith(answer[:3]) and words[0] in heard and words[2] in heard,
             f"{side}: {heard}")
    for name, side, *words in LOGGED:
        with mail.talk("sides") as session:
            code, _ = session.mail(f"{name}@rhs.example", BOB)
            done, _ = session.data(f"side-{name}")
        t.ok((code, done) == (250, 250) and mail.logs(*words, f"from=<{name}@rhs.example>"),
             f"{side}: Postfix does so")


# --- stages, the greylist, real clients ---

STAGES = """\
[gate]
recipient_restrictions = reject
[greylist]
delay = 3
[gate grey]
recipient_restrictions = permit_sasl_authenticated, greylist
[gate data]
recipient_restrictions = permit
data_restrictions = reject_multi_recipient_bounce
[gate end]
recipient_restrictions = permit
end_of_data_restrictions = reject_multi_recipient_bounce
[gate real]
recipient_restrictions = reject_unknown_client_hostname
[gate sleeps]
recipient_restrictions = sleep 1
[gate tarpit]
recipient_restrictions = tarpit 2, reject_non_fqdn_helo_hostname
"""


def bounces(t, mail):
    """DATA and the end of the message; what has one recipient only passes."""
    with mail.talk("data") as session:
        t.equal(session.mail("", BOB, "anna@example.net")[0], 250, "data: RCPT passes")
        code, text = session.data("x")
        t.ok((code, text) == (550, "5.5.3 <DATA>: Data command rejected: Multi-recipient bounce"),
             f"data: {code} {text}")
    with mail.talk("end") as session:
        t.equal(session.mail("", BOB, "anna@example.net")[0], 250, "end of data: RCPT passes")
        code, text = session.data("x")
        t.ok(code == 550 and "End-of-data rejected: Multi-recipient bounce" in text,
             f"end of data: {code} {text}")
    for name in ("data", "end"):
        with mail.talk(name) as session:
            session.mail("", BOB)
            t.equal(session.data("one")[0], 250, f"{name}: to one it passes")


def greylisted(t, mail, gate):
    """Put off, early, passed; the header is there once."""
    both = (BOB, "anna@example.net")
    for recipient in both:
        with mail.talk("grey") as session:
            said = session.mail(SENDER, recipient)
        t.ok(said[0] == 450 and said[1].startswith(f"4.2.0 <{recipient}>: Recipient address rejected: "
                                                   "Greylisted"), f"put off: {said}")
    second = int(time.time())
    eventually(lambda: int(time.time()) > second, 2)  # in the same one it is still new
    with mail.talk("grey") as session:
        t.equal(session.mail(SENDER, BOB)[0], 450, "early: put off again")
    t.equal(gate.numbers()[("greylist_total", "early-retry")], 1, "  which is counted")
    with mail.talk("grey", person(LOGIN="anna")) as session:
        t.equal(session.mail(SENDER, "new@example.net")[0], 250, "who has logged in is not asked")

    def passes():
        with mail.talk("grey") as session:
            if session.mail(SENDER, *both)[0] != 250:
                return False
            return session.data("greylisted")[0] == 250

    t.ok(eventually(passes, 6, every=0.3), "after the delay it passes, to both")
    t.ok(eventually(lambda: mail.sink.has("Subject: greylisted"), 5), "and arrives")
    for one in (m.decode() for m in mail.sink.mails if b"Subject: greylisted" in m):
        t.equal(one.count("X-Greylist: delayed "), 1, "with one header")
    for mode in ("postfix", "postfix[mode=aggressive]", "postfix-flood"):
        t.equal([row for row in rows(mail.server.log, mode)
                 if row["result"] == "matched" and row["address"] == CLIENT
                 and "Greylisted" in mail.log().splitlines()[row["line"] - 1]], [],
                f"{mode}: greylisted is no failure")


def waits(t, mail):
    """Held replies."""
    for name, least in (("sleeps", 1), ("tarpit", 2)):
        begin = time.monotonic()
        with mail.talk(name, helo="short") as session:
            said = session.mail(SENDER, BOB)
        took = time.monotonic() - begin
        t.ok(took >= least, f"{name}: {said[0]} after {took:.1f} s")
    begin = time.monotonic()
    with mail.talk("tarpit") as session:
        t.equal(session.mail(SENDER, BOB)[0], 250, "tarpit: nobody is held who does all right")
    t.below(time.monotonic() - begin, 2, "  seconds")


def real(t, mail):
    """Clients whose addresses are their own."""
    with mail.talk("real", source=attacker4(3)) as session:
        t.equal(session.mail(SENDER, BOB)[0], 250, "a client with a name")
    with mail.talk("real", source=attacker4(4)) as session:
        said = session.mail(SENDER, BOB)
        t.ok(said[0] == 450 and f"cannot find your hostname, [{attacker4(4)}]" in said[1],
             f"and one without: {said}")


def stages(t):
    """What is not RCPT alone."""
    with Network() as net:
        net.at_close(Resolver(net.server, RECORDS).close)
        gate = GateAlone(net, STAGES)
        mail = Mail(net, gate, ["grey", "data", "end", "real", "sleeps", "tarpit", "nobody"])
        bounces(t, mail)
        greylisted(t, mail, gate)
        waits(t, mail)
        real(t, mail)
        with mail.talk("nobody") as session:
            t.equal(session.mail(SENDER, BOB)[0], 554, "a context without a profile has [gate]'s")


def main(t):
    """All of it."""
    plain(t)
    lists(t)
    tables(t)
    stages(t)


tap.main(main, needs=[f"{BUILD}/komainu-gate", "ip", "nsenter", "setpriv", "postfix", "fail2ban-regex"])
