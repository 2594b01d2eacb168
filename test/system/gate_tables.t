#!/usr/bin/python3
"""The gate behind a real Postfix: tables of access(5), each type and each right-hand side; DATA and
the end of a message; the greylist; held replies; clients whose addresses are their own.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import mmdb, tap  # noqa: E402
from komainu_test.dns import PTR, A, Resolver, reverse  # noqa: E402
from komainu_test.gates import PERSON, GateAlone, GateMail  # noqa: E402
from komainu_test.guard import BUILD  # noqa: E402
from komainu_test.net import Network, attacker4  # noqa: E402
from komainu_test.tap import eventually  # noqa: E402
from komainu_test.verdicts import rows  # noqa: E402

BOB = "bob@example.net"  # whose mail goes to the sink
SENDER = "a@good.example.org"
CLIENT = PERSON["ADDR"]
RECORDS = {
    reverse(attacker4(3)): [(PTR, "named.example.org")],
    "named.example.org": [(A, attacker4(3))],
}

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
        mail = GateMail(net, gate, [*TABLES, "sides", "early"], early=("early",))
        for name in TABLES:
            with mail.talk(name) as session:
                said = session.mail("rhs@table.example", BOB)
            t.ok(said[0] == 554 and "from " in said[1] and "text" in said[1], f"{name}: {said}")
        sides(t, mail)
        with open(f"{folder}/texthash", "w", encoding="ascii") as file:
            file.write("rhs@table.example 450 changed\n")
        t.ok(gate.says("gate-table-read"), "a table that changes is read again")
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
    with mail.talk("grey", PERSON | {"LOGIN": "anna"}) as session:
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


def generic(t):
    """Who has a confirmed name is skipped; a name of a range of addresses is none."""
    with Network() as net:
        net.at_close(Resolver(net.server, RECORDS).close)
        gate = GateAlone(net, "[gate]\nrecipient_restrictions = greylist\n[greylist]\nskip = fcrdns\n")
        mail = GateMail(net, gate, ["any"])
        ranged = "192-0-2-7.dyn.example.org"
        for name, claims, code in (
                ("a confirmed name", PERSON, 250),
                ("one of a range", PERSON | {"NAME": ranged, "REVERSE_NAME": ranged}, 450),
                ("none", PERSON | {"NAME": "[UNAVAILABLE]", "REVERSE_NAME": ranged}, 450)):
            with mail.talk("any", claims) as session:
                said = session.mail(SENDER, BOB)
            t.equal((said[0], "Greylisted" in said[1]), (code, code == 450), f"skip = fcrdns: {name}")
        t.ok(mail.logs("450 4.2.0", f"from {ranged}[192.0.2.7]", "Greylisted"), "Postfix says so in its log")


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
        mail = GateMail(net, gate, ["grey", "data", "end", "real", "sleeps", "tarpit", "nobody"])
        bounces(t, mail)
        greylisted(t, mail, gate)
        waits(t, mail)
        real(t, mail)
        with mail.talk("nobody") as session:
            t.equal(session.mail(SENDER, BOB)[0], 554, "a context without a profile has [gate]'s")


# --- ASes ---

def asns(t):
    """Rates by AS; its file changes, goes bad, and is cut while it is read."""
    with Network() as net:
        net.at_close(Resolver(net.server, RECORDS).close)
        folder = f"{net.folder}/asns"
        os.makedirs(folder)
        path = f"{folder}/asn.mmdb"
        mmdb.write(path, {"192.0.2.0/25": 64500, "203.0.113.0/24": 64500})
        gate = GateAlone(net, f"[gate]\nasn-database = {path}\n[gate by-as]\n"
                         "recipient_restrictions = rate asn 2 recipients/1h\n")
        mail = GateMail(net, gate, ["by-as"])

        def heard(address):
            with mail.talk("by-as", PERSON | {"ADDR": address}) as session:
                return session.mail(SENDER, BOB)

        t.equal([heard(a)[0] for a in ("192.0.2.7", "203.0.113.9")], [250, 250], "two of one AS")
        said = heard("192.0.2.99")
        t.ok(said[0] == 450 and "too many recipients" in said[1], f"the third is too many: {said}")
        t.ok(mail.logs("450 4.7.1 <bob@example.net>", "too many recipients in this time", "192.0.2.99"),
             "Postfix says so in its log")
        t.equal([heard(f"192.0.2.{n}")[0] for n in (200, 201, 202)], [250, 250, 450],
                "those without an AS are counted by their /24")
        mmdb.write(f"{path}.new", {"192.0.2.0/25": 64501, "203.0.113.0/24": 64500})
        os.rename(f"{path}.new", path)
        t.ok(gate.says("gate-table-read"), "a file that changes is read again")
        t.equal([heard(a)[0] for a in ("192.0.2.7", "203.0.113.9")], [250, 450],
                "and it goes by what it says now")
        os.truncate(path, 20)
        t.ok(gate.says("gate-table-wrong"), "one that is cut is told of")
        t.equal(heard("203.0.113.9")[0], 450, "and stays what it was")
        t.equal(gate.numbers()[("tables_stale", None)], 1, "which is counted")
        t.equal(os.listdir(gate.state).count("asn.mmdb"), 0, "no copy lies about")


def main(t):
    """All of it."""
    tables(t)
    asns(t)
    generic(t)
    stages(t)


tap.main(main, needs=[f"{BUILD}/komainu-gate", "ip", "nsenter", "setpriv", "postfix"])
