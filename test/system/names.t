#!/usr/bin/python3
"""Names of hosts: in ignoreip and in log lines, beside a name server in a namespace."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.daemon import no_dns, with_mounts  # noqa: E402
from komainu_test.dns import AAAA, A, Resolver  # noqa: E402
from komainu_test.guard import KOMAINUD, RESOLVER, Guard, write_config  # noqa: E402
from komainu_test.net import Network, Nft, attacker4  # noqa: E402

CUSTOMER = attacker4(1)
OTHER = attacker4(2)
IN_HOSTS = attacker4(3)
FIRST, SECOND = attacker4(4), "2001:db8:a:5::10"
SLOW = attacker4(6)
RECORDS = {
    "dialup.example.org": [(A, FIRST), (AAAA, SECOND)],
    "slow.example.org": [(A, SLOW)],
    "mail.example.org": [(A, "203.0.113.1")],
    "customer.example.net": [(A, CUSTOMER), (AAAA, "2001:db8:a:1::10")],
}
MANY = [f"198.51.100.{n}" for n in range(1, 61)]
RECORDS["farm.example.net"] = [(A, address) for address in MANY]
IGNORED = """ignoreip = customer.example.net farm.example.net none.example.net silent.example.net
  hosts.example.net"""

USED = """usedns = warn
failregex = ^<PREFIX>sasl failure of <F-USER>\\S+</F-USER> from <HOST>$
  %(known/failregex)s"""


def tries(log, address, count=4):
    """Wrong passwords of one address."""
    log.write(*(logs.sasl_failure(address, f"u{i}") for i in range(count)))


def is_banned(nft, address):
    """Whether the kernel comes to hold it."""
    return tap.eventually(lambda: address in nft.banned(), 10)


def said(guard, text):
    """How often the log has it."""
    return guard.said().count(text)


def ignored(t, guard, log, nft, dns):
    """A name in ignoreip, out of DNS and out of /etc/hosts."""
    t.ok(RESOLVER in guard.roles(), "there are names, so the resolver runs")
    for name in ("none", "silent"):
        text = f"ignoreip-name-unknown jail=postfix-sasl name={name}.example.net"
        t.ok(tap.eventually(lambda text=text: said(guard, text), 15), f"{name}: told")
        t.equal(said(guard, text), 1, "  once")
    t.equal(said(guard, "name=customer.example.net"), 0, "of a name that is known nothing")
    for address in (CUSTOMER, IN_HOSTS):
        tries(log, address)
    tries(log, OTHER)
    t.ok(is_banned(nft, OTHER), "somebody else is banned")
    t.ok(CUSTOMER not in nft.banned(), "what the name stands for is not")
    t.ok(IN_HOSTS not in nft.banned(), "nor what /etc/hosts says")
    t.equal(
        set(dns.asked_tcp), {"farm.example.net"},
        "an answer that is cut, and no other, is asked for again over TCP, behind the sandbox",
    )
    rows = guard.ask("jails", "postfix-sasl")["ignored_names"]
    names = {row["name"]: row["addresses"] for row in rows}
    farm = set(names["farm.example.net"])
    t.ok(len(farm) == 16 and farm <= set(MANY), "it has as many addresses as are kept")
    tries(log, min(farm))
    tries(log, attacker4(7))
    t.ok(is_banned(nft, attacker4(7)), "somebody else is banned")
    t.ok(min(farm) not in nft.banned(), "one of the farm is not")
    t.equal(
        {name: set(found) for name, found in names.items()},
        {
            "customer.example.net": {CUSTOMER, "2001:db8:a:1::10"},
            "farm.example.net": farm,
            "hosts.example.net": {IN_HOSTS},
            "none.example.net": set(),
            "silent.example.net": set(),
        },
        "jails NAME tells what each name stands for",
    )
    said_of = guard.command("jails", "postfix-sasl").stdout
    t.ok(f"  hosts.example.net {IN_HOSTS}\n" in said_of, "  to people too")
    t.ok("  none.example.net (not known now)\n" in said_of, "  and of which it knows nothing")
    shown = guard.command("check-config", "--config", guard.config).stdout
    t.ok("ignoreip = customer.example.net" in shown, "check-config shows the name")


def named(name, account):
    """One wrong password at a server that logs names of hosts."""
    return f"{logs.stamp()} postfix/smtpd[2101]: sasl failure of {account} from {name}\n"


def used(t, guard, log, dns, nft):
    """usedns: failures of a host with a name are those of its addresses."""
    dns.silent.add("slow.example.org")
    before = (guard.status() or {}).get("unresolved", 0)
    log.write(*(named("slow.example.org", f"u{i}") for i in range(2)))
    t.ok(tap.eventually(lambda: "slow.example.org" in dns.asked, 10), "a server is asked")
    guard.kill_role(RESOLVER)
    dns.silent.clear()
    asked = len(dns.asked)
    log.write(*(named("slow.example.org", f"v{i}") for i in range(2)))
    t.ok(is_banned(nft, SLOW), "what was out when the resolver was killed is asked again")
    t.ok("slow.example.org" in dns.asked[asked:], "  of the next one")
    t.equal(len(guard.bans()), 1, "  and counted once")
    log.write(*(named("none.example.org", f"u{i}") for i in range(3)))
    t.ok(
        tap.eventually(lambda: (guard.status() or {}).get("unresolved", 0) == before + 3, 10),
        "what no server knows is unresolved",
    )
    log.write(*(named("dialup.example.org", f"u{i}") for i in range(3)))
    log.write(logs.sasl_failure("198.51.100.200", "u"))  # read after them
    t.ok(
        tap.eventually(lambda: said(guard, "name-looked-up") == 4 + 6, 10),
        "three failures of a name with two addresses: six, and the log says so",
    )
    t.ok(FIRST not in nft.banned(), "which is below the limit")
    log.write(named("DIALUP.example.org", "u"))
    t.ok(is_banned(nft, FIRST), "the fourth bans one address")
    t.ok(
        tap.eventually(lambda: any("2001:db8:a:5::" in a for a in nft.banned()), 5), "and the other"
    )
    t.ok("sasl failure of u1 from dialup" in guard.why(FIRST), "why shows the lines")
    log.write(*(named("mail.example.org", f"u{i}") for i in range(9)))
    log.write(*(named("none.example.org", f"u{i}") for i in range(9)))
    t.ok(
        tap.eventually(lambda: (guard.status() or {}).get("unresolved", 0) == before + 12, 10),
        "a name of our own",
    )
    t.ok("203.0.113.1" not in nft.banned(), "  bans nobody")


def killed(t, guard, dns):
    """Another resolver, another judge: names are asked for again."""
    asked = len(dns.asked)
    pid = guard.roles()[RESOLVER]
    guard.kill_role(RESOLVER)
    t.ok(tap.eventually(lambda: guard.fresh_role(RESOLVER, pid), 10), "another resolver")
    guard.kill_role("komainu-judge")
    t.ok(tap.eventually(guard.is_ready, 10), "another judge")
    t.ok(tap.eventually(lambda: "customer.example.net" in dns.asked[asked:], 10), "it asks again")


def changed(t, guard, net):
    """/etc/hosts changes: read by a resolver that begins anew."""
    pid = guard.roles()[RESOLVER]
    with open(f"{net.folder}/hosts", "a", encoding="ascii") as file:
        file.write("192.0.2.99 more.example.net\n")
    guard.kill_role("komainu-judge")  # whose successor asks
    t.ok(tap.eventually(lambda: guard.fresh_role(RESOLVER, pid), 10), "/etc/hosts has changed")
    t.equal(said(guard, 'resolver-begins-anew what="/etc/hosts has changed"'), 1, "  as is told")


def reloaded(t, guard, log):
    """Without names there is no resolver; with names there is."""
    write_config(guard.config, log.path, maxretry=4)
    guard.command("reload")
    t.ok(tap.eventually(lambda: RESOLVER not in guard.roles(), 10), "no names, no resolver")
    write_config(guard.config, log.path, maxretry=4, more=IGNORED)
    guard.command("reload")
    t.ok(tap.eventually(lambda: RESOLVER in guard.roles(), 10), "a name, and it runs")


def main(t):
    """One guard for all."""
    with Network() as net:
        dns = Resolver(net.server, RECORDS)
        net.at_close(dns.close)
        dns.silent.add("silent.example.net")
        dns.large.add("farm.example.net")
        log = logs.Log(f"{net.folder}/mail.log")
        mounts = no_dns(net.folder)
        with open(f"{net.folder}/hosts", "a", encoding="ascii") as file:
            file.write(f"{IN_HOSTS} Hosts.example.net\n")
        guard = Guard(net, log.path, maxretry=4, more=IGNORED)
        guard.around = with_mounts(*mounts)
        with guard:
            ignored(t, guard, log, Nft(net.server), dns)
            killed(t, guard, dns)
            changed(t, guard, net)
            reloaded(t, guard, log)
    with Network() as net:
        dns = Resolver(net.server, RECORDS)
        net.at_close(dns.close)
        log = logs.Log(f"{net.folder}/mail.log")
        guard = Guard(net, log.path, maxretry=4, more=USED)
        guard.around = with_mounts(*no_dns(net.folder))
        with guard:
            used(t, guard, log, dns, Nft(net.server))


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
