#!/usr/bin/python3
"""Providers of mail: their SPF records are looked up at a name server in a namespace, and refused mail
from the addresses in them counts for nothing; logins that fail do. While nothing answers, what was known
holds."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.daemon import no_dns, with_mounts  # noqa: E402
from komainu_test.dns import MX, TXT, AAAA, A, Resolver  # noqa: E402
from komainu_test.guard import KOMAINUD, RESOLVER, Guard, write_config  # noqa: E402
from komainu_test.net import Network, Nft  # noqa: E402

RECORDS = {
    "_spf.big.example": [(TXT, "another text"), (TXT, "v=spf1 include:_a.big.example a mx/31 ~all")],
    "_a.big.example": [(TXT, "v=spf1 ip4:198.51.100.0/25 ip6:2001:db8:b::/48 -ip4:192.0.2.9 ?all")],
    "_spf.big.example.mx": [],
    "small.example": [(TXT, "v=spf1 redirect=_b.small.example")],
    "_b.small.example": [(TXT, "v=spf1 ip4:203.0.113.200 " + "x=" + "y" * 200)],
    "nothing.example": [(TXT, "no record of that kind")],
    "mx.big.example": [(A, "198.51.100.201")],
}
RECORDS["_spf.big.example"] += [(A, "198.51.100.250"), (AAAA, "2001:db8:c::1"), (MX, "mx.big.example")]
KOMAINU = "providers = _spf.big.example small.example nothing.example gone.example silent.example"
THEIRS = ("198.51.100.7", "198.51.100.250", "198.51.100.200", "203.0.113.200", "2001:db8:b:1::5")
OTHER, DENIED = "203.0.113.201", "192.0.2.9"

REFUSED = """
[postfix]
enabled = yes
observe = no
logpath = {log}
maxretry = 4
findtime = 1h
bantime = 1h
"""
# What is on by itself where there is a Postfix.
QUIET = "".join(f"\n[{name}]\nenabled = no\n" for name in
                ("postfix", "postfix-flood", "postscreen", "dovecot"))
GANG = "[gang]\nenabled = yes\nobserve = no\nmindistinct = 2\nmaxretry = 6\n"


def refusal(address):
    """Mail to somebody who does not exist."""
    return (
        f"{logs.stamp()} postfix/smtpd[2101]: NOQUEUE: reject: RCPT from unknown[{address}]: 550 5.1.1 "
        "<nobody@example.org>: Recipient address rejected: User unknown in local recipient table; "
        "from=<a@example.net> to=<nobody@example.org> proto=ESMTP helo=<mail.example.net>\n"
    )


def rows(guard):
    """What `providers` has, by name."""
    return {row["name"]: row for row in (guard.ask("providers") or {}).get("providers", [])}


def is_banned(nft, address):
    """Whether the kernel comes to hold it, or its /64."""
    part = address if ":" not in address else address.rsplit("::", 1)[0]
    return tap.eventually(lambda: any(part in one for one in nft.banned()), 10)


def known(t, guard, dns):
    """What is told of each name."""
    t.ok(RESOLVER in guard.roles(), "the resolver runs")
    t.ok(tap.eventually(lambda: (rows(guard).get("_spf.big.example") or {}).get("prefixes") == 5, 10),
         "include, a and mx are followed")
    t.ok(tap.eventually(lambda: rows(guard)["small.example"]["prefixes"] == 1, 10), "redirect, too")
    t.ok(tap.eventually(lambda: rows(guard)["silent.example"]["amiss"] == "no name server answers", 20),
         "one that no server answers for")
    found = rows(guard)
    t.equal(found["nothing.example"]["amiss"], "there is no SPF record", "one without a record")
    t.equal(found["gone.example"]["amiss"], "there is no SPF record", "one that does not exist")
    t.ok(found["_spf.big.example"]["looked_up"] and not found["_spf.big.example"]["amiss"], "one that is well")
    t.ok(all(guard.says(f"provider-unknown name={name}") for name in
             ("nothing.example", "gone.example", "silent.example")), "the log has those that are not")
    shown = guard.command("providers").stdout
    t.ok("small.example" in shown and "there is no SPF record" in shown, "words say the same")
    t.ok("_a.big.example" in dns.asked, "the server was asked")


def spared(t, guard, log, nft):
    """Noise from there counts for nothing."""
    log.write(*(refusal(a) for a in THEIRS for _ in range(6)))
    for address in (OTHER, DENIED):
        log.write(*(refusal(address) for _ in range(4)))
        t.ok(is_banned(nft, address), f"{address} is nobody's, and banned")
    t.ok(not any(a in nft.banned() for a in THEIRS), "addresses of providers are not")
    t.ok(guard.ask("providers")["passed"] >= 30, "what was passed is counted")
    t.ok("provider of mail" in guard.why(THEIRS[0]), "why says so")
    log.write(*(logs.sasl_failure(THEIRS[0], f"u{i}") for i in range(5)))
    t.ok(is_banned(nft, THEIRS[0]), "a login that fails there counts")


def gang(t, guard, log, nft):
    """No rule bans a network with a provider's addresses in it."""
    log.write(*(logs.sasl_failure(f"198.51.100.{131 + i % 2}", f"g{i}") for i in range(8)))
    t.ok(is_banned(nft, "198.51.100.131"), "each of a gang beside a provider is banned")
    t.ok(not any(a.startswith("198.51.100.0/") for a in nft.banned()), "  not the network")
    t.ok("198.51.100.0" not in nft.elements("ban4_24"), "  in the kernel neither")
    t.equal([b["prefix"] for b in guard.bans() if "prefix" in b], [], "  nor in the list")


def unanswered(t, guard, log, dns, nft):
    """Another resolver and a silent server: what was known holds; another judge asks anew."""
    dns.silent.update(RECORDS)
    guard.kill_role(RESOLVER)
    t.ok(tap.eventually(lambda: RESOLVER in guard.roles(), 10), "another resolver")
    log.write(*(refusal("203.0.113.200") for _ in range(6)), *(refusal("192.0.2.10") for _ in range(4)))
    t.ok(is_banned(nft, "192.0.2.10"), "somebody else is banned")
    t.ok("203.0.113.200" not in nft.banned(), "the provider is not")
    dns.silent.clear()
    guard.kill_role("komainu-judge")
    t.ok(tap.eventually(lambda: guard.is_ready() and rows(guard).get("small.example", {}).get("prefixes") == 1,
                        20), "a judge that starts asks")


def off(t, guard, log, nft):
    """Without providers nobody is spared; where nothing counts noise nothing is asked."""
    write_config(guard.config, log.path, komainu="providers =", more=REFUSED.format(log=log.path))
    guard.command("reload")
    t.ok(tap.eventually(lambda: RESOLVER not in guard.roles() and guard.is_ready(), 10), "none, no resolver")
    t.ok("None is looked up" in guard.command("providers").stdout, "providers says so")
    log.write(*(refusal("198.51.100.250") for _ in range(4)))
    t.ok(is_banned(nft, "198.51.100.250"), "an address that was a provider's is banned")
    write_config(guard.config, log.path, komainu=KOMAINU, more=QUIET)
    guard.command("reload")
    t.ok(tap.eventually(guard.is_ready, 10) and not guard.ask("providers")["needed"],
         "where nothing counts noise they are not looked up")
    t.ok(RESOLVER not in guard.roles(), "  and no resolver runs")
    write_config(guard.config, log.path, komainu="providers = not/a/name")
    done = guard.command("reload", check=False)
    t.ok(done.returncode == 2 and "`not/a/name` is no name" in done.stderr, "what is no name is refused")


def main(t):
    """One guard for all."""
    with Network() as net:
        dns = Resolver(net.server, RECORDS)
        net.at_close(dns.close)
        dns.silent.add("silent.example")
        log = logs.Log(f"{net.folder}/mail.log")
        nft = Nft(net.server)
        guard = Guard(net, log.path, komainu=KOMAINU, more=REFUSED.format(log=log.path) + GANG, rules=True)
        guard.around = with_mounts(*no_dns(net.folder))
        with guard:
            known(t, guard, dns)
            spared(t, guard, log, nft)
            gang(t, guard, log, nft)
            unanswered(t, guard, log, dns, nft)
            off(t, guard, log, nft)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
