#!/usr/bin/python3
"""`komainu spf` beside a name server in a namespace: results, why, headers, and no answer."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.daemon import no_dns, with_mounts  # noqa: E402
from komainu_test.dns import AAAA, MX, PTR, TXT, A, Resolver, reverse  # noqa: E402
from komainu_test.guard import KOMAINU  # noqa: E402
from komainu_test.net import Network  # noqa: E402

CLIENT, OTHER, CLIENT6 = "192.0.2.9", "198.51.100.9", "2001:db8::9"
MANY = [f"198.51.100.{n}" for n in range(1, 61)]
RECORDS = {
    "example.org": [
        (TXT, "a text of somebody else"),
        (TXT, "v=spf1 include:_spf.example.org mx ?a:none.example.org exp=why.example.org -all"),
    ],
    "_spf.example.org": [(TXT, "v=spf1 ip4:203.0.113.0/24 exists:%{l}.%{ir}.list.example.org ~all")],
    "user+x.9.2.0.192.list.example.org": [(A, "127.0.0.2")],
    "mx1.example.org": [(AAAA, CLIENT6), (A, "192.0.2.77")],
    "why.example.org": [(TXT, "%{i} may not send for %{o}")],
    "farm.example.org": [(TXT, "v=spf1 a:big.example.org -all")],
    "big.example.org": [(A, address) for address in MANY],
    "helo.example.org": [(TXT, "v=spf1 ptr -all")],
    "host.helo.example.org": [(A, CLIENT)],
    reverse(CLIENT): [(PTR, "host.helo.example.org")],
    "slow.example.org": [(TXT, "v=spf1 ptr -all exp=silent.example.org")],
    "late.example.org": [(TXT, "v=spf1 ptr a:silent.example.org -all")],
}
RECORDS["example.org"] += [(MX, "mx1.example.org")]
SILENT = {"silent.example.org", reverse(OTHER)}


class Asked:
    """Runs the command in the namespace of the name server."""

    def __init__(self, net):
        self.net = net
        self.around = with_mounts(*no_dns(net.folder))

    def run(self, *words):
        """What it says and how it ends."""
        return self.net.server.run(*self.around, KOMAINU, "spf", *words, check=False, timeout=40)

    def json(self, *words):
        """Its checks."""
        return json.loads(self.run("--json", *words).stdout)["checks"]


def words(t, asked):
    """--quiet: the word and nothing else."""
    cases = (
        ((CLIENT, "user+x@example.org", "helo.example.org"), "pass"),
        ((CLIENT, "user@example.org", "helo.example.org"), "fail"),
        ((CLIENT6, "<user@Example.ORG>", "helo.example.org"), "pass"),
        ((CLIENT, "", "helo.example.org"), "pass"),
        ((OTHER, "a@silent.example.org", "helo.example.org"), "temperror"),
        ((OTHER, "a@none.example.org", "helo.example.org"), "none"),
        ((OTHER, "a@farm.example.org", "helo.example.org"), "pass"),
        ((OTHER, "nonsense", "[192.0.2.1]"), "none"),
    )
    for case, result in cases:
        done = asked.run("--quiet", *case)
        t.equal((done.stdout, done.stderr, done.returncode), (f"{result}\n", "", 0), f"{case}")


def why(t, asked):
    """What people and programs are told."""
    mail, helo = asked.json(CLIENT, "user@example.org", "helo.example.org")
    t.equal((mail["identity"], mail["result"], mail["reason"]), ("mailfrom", "fail", "matched"),
            "MAIL FROM comes first")
    t.equal(mail["mechanism"], "-all", "  the mechanism")
    t.equal(mail["explanation"], f"{CLIENT} may not send for example.org", "  the explanation")
    t.equal((mail["look_ups"], mail["void_look_ups"]), (4, 2), "  look-ups")
    t.equal(mail["terms"], ["example.org: include:_spf.example.org",
                            "_spf.example.org: ip4:203.0.113.0/24",
                            "_spf.example.org: exists:%{l}.%{ir}.list.example.org",
                            "_spf.example.org: ~all",
                            "example.org: mx",
                            "example.org: ?a:none.example.org",
                            "example.org: -all"], "  the terms")
    t.ok(mail["header"].startswith("Received-SPF: Fail (mailfrom) identity=mailfrom; client-ip="
                                   f"{CLIENT}; helo=helo.example.org; "
                                   'envelope-from="user@example.org"; receiver='), "  the header")
    t.equal((helo["identity"], helo["result"], helo["mechanism"]), ("helo", "pass", "ptr"),
            "HELO comes second")
    t.equal(len(asked.json(CLIENT, "<>", "helo.example.org")), 1, "for the null sender it is all")
    text = asked.run(CLIENT, "user@example.org", "helo.example.org").stdout
    t.ok(text.startswith("mailfrom: fail of example.org (matched -all), 4 of 10 look-ups, 2 of them "
                         "void\n  example.org: include:_spf.example.org\n    _spf.example.org: ip4:"),
         "the same for people")
    evil = asked.run(CLIENT, 'a"\r\nBcc: x\033[2J@example.org', "a\nb").stdout
    t.ok("\033" not in evil and "\r" not in evil and "\nBcc" not in evil, "nothing foreign gets out")


def bounds(t, asked, dns):
    """TCP, and 20 seconds for all of it."""
    t.ok("big.example.org" in dns.asked_tcp, "what is cut is asked for by TCP")
    t.ok("example.org" not in dns.asked_tcp, "  and nothing else")
    start = time.monotonic()
    mail, helo = asked.json(OTHER, "a@slow.example.org", "late.example.org")
    t.below(time.monotonic() - start, 22, "servers that say nothing: seconds")
    t.equal((mail["result"], mail["reason"], mail["explanation"]), ("fail", "matched", None),
            "a name of the client and an explanation that do not come are none")
    t.equal((helo["result"], helo["reason"]), ("temperror", "out-of-time"), "the rest is out of time")


def wrong(t, asked):
    """What is not asked for as it should be."""
    for case in (("192.0.2.0/24", "a@b.example", "c"), ("host", "a", "b"), (CLIENT, "a"), ()):
        done = asked.run(*case)
        t.ok(done.returncode == 2 and not done.stdout and "komainu: spf: " in done.stderr, f"{case}")


def main(t):
    """One name server for all."""
    with Network() as net:
        dns = Resolver(net.server, RECORDS)
        net.at_close(dns.close)
        dns.silent |= SILENT
        dns.large.add("big.example.org")
        asked = Asked(net)
        words(t, asked)
        why(t, asked)
        wrong(t, asked)
        bounds(t, asked, dns)


tap.main(main, needs=[KOMAINU, "ip", "nsenter"])
