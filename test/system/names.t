#!/usr/bin/python3
"""Names of hosts: in ignoreip, beside a name server in the namespace of the test."""
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
RECORDS = {
    "customer.example.net": [(A, CUSTOMER), (AAAA, "2001:db8:a:1::10")],
}
IGNORED = "ignoreip = customer.example.net none.example.net silent.example.net hosts.example.net"


def tries(log, address, count=4):
    """Wrong passwords of one address."""
    log.write(*(logs.sasl_failure(address, f"u{i}") for i in range(count)))


def is_banned(nft, address):
    """Whether the kernel comes to hold it."""
    return tap.eventually(lambda: address in nft.banned(), 10)


def said(guard, text):
    """How often the log has it."""
    return guard.said().count(text)


def ignored(t, guard, log, nft):
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
    shown = guard.command("check-config", "--config", guard.config).stdout
    t.ok("ignoreip = customer.example.net" in shown, "check-config shows the name")


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
        log = logs.Log(f"{net.folder}/mail.log")
        mounts = no_dns(net.folder)
        with open(f"{net.folder}/hosts", "a", encoding="ascii") as file:
            file.write(f"{IN_HOSTS} Hosts.example.net\n")
        guard = Guard(net, log.path, maxretry=4, more=IGNORED)
        guard.around = with_mounts(*mounts)
        with guard:
            ignored(t, guard, log, Nft(net.server))
            killed(t, guard, dns)
            changed(t, guard, net)
            reloaded(t, guard, log)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
