#!/usr/bin/python3
"""Names of hosts: in ignoreip, in log lines and given to `allow`, beside a name server in a
namespace."""
import json
import os
import signal
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

OFFICE, OFFICE6, MOVED = attacker4(7), "2001:db8:a:8::10", attacker4(9)
NAME = "office.example.net"
DONE, NO_MATCH, REFUSED = 0, 1, 4

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


def rows(guard, name=NAME):
    """What `allow list` has of a name."""
    found = (guard.ask("allow", "list", name) or {}).get("allowed", [])
    return {row["address"]: row for row in found if row["by"] == "by name"}


def answer(guard, *words):
    """(exit code, what it says) of `komainu allow words`."""
    done = guard.command("allow", *words, check=False)
    return done.returncode, done.stdout + done.stderr


def spared(net, family):
    """What prefix bans leave alone, as nft shows it."""
    return net.server.run("nft", "list", "set", "inet", "komainu", f"spared{family}").stdout


def others_begin(t, guard, what):
    """Another judge and another resolver, which ask again."""
    last = guard.roles()
    guard.kill_role(RESOLVER)
    guard.kill_role("komainu-judge")
    t.ok(
        tap.eventually(
            lambda: all(guard.fresh_role(r, last[r]) for r in (RESOLVER, "komainu-judge"))
            and guard.is_ready(),
            20,
        ),
        f"{what}: another judge and resolver",
    )


def ordered(t, guard, log, net, nft):
    """A name is given to a guard that had none."""
    t.ok(RESOLVER not in guard.roles(), "no name in the configuration, no resolver")
    for address in (OFFICE, OFFICE6):
        tries(log, address)
        t.ok(is_banned(nft, address), f"{address} is banned")
    t.equal(
        answer(guard, NAME, "--comment", "at home"),
        (DONE, f"{NAME} is not banned any more. It stands for {OFFICE}, {OFFICE6}."
               " 2 bans were lifted.\n"),
        "allow NAME lifts the bans of its addresses",
    )
    t.ok(RESOLVER in guard.roles(), "  and a resolver runs")
    t.ok(tap.eventually(lambda: not nft.banned(), 5), "  in the kernel")
    t.ok(tap.eventually(lambda: OFFICE in spared(net, 4) and OFFICE6 in spared(net, 6), 5),
         "  which spares them")
    t.equal(answer(guard, NAME.upper(), "--comment", "at home")[0], NO_MATCH, "twice: no change")
    t.equal(answer(guard, f"{NAME}.", "--comment", "home")[0], DONE, "another comment")
    t.equal(answer(guard, "none.example.net"),
            (REFUSED, "komainu: allow: not put on the list: "
                      "there is no such name or it has no address\n"), "one that is not there")
    t.equal(answer(guard, "silent.example.net"),
            (REFUSED, "komainu: allow: not put on the list: no name server answers\n"),
            "one that no server answers for")
    os.kill(guard.roles()[RESOLVER], signal.SIGSTOP)
    t.equal(answer(guard, "mail.example.net"),
            (REFUSED, "komainu: allow: not put on the list: the resolver does not answer\n"),
            "one while the resolver hangs")
    os.kill(guard.roles()[RESOLVER], signal.SIGCONT)
    t.equal(set(rows(guard)), {OFFICE, OFFICE6}, "allow list has the addresses")
    t.equal(guard.command("ban", OFFICE, check=False).returncode, REFUSED, "no ban by hand")
    t.ok(f"by name {NAME}: home" in guard.why(OFFICE), "why says so")
    names = guard.command("complete", "allowed", "off").stdout.split()
    t.equal(names, [NAME], "completion knows it")
    shown = guard.command("allow", "list", NAME).stdout
    t.ok("by name" in shown and "home" in shown, "so does the table")


def in_force(t, guard, log, nft, address, marker):
    """Failures of an address are not counted; those of somebody else are."""
    failures = guard.failures()
    tries(log, address, 8)
    tries(log, marker)
    t.ok(is_banned(nft, marker), f"somebody else is banned, {marker}")
    t.ok(address not in nft.banned(), f"  {address} is not")
    t.equal(guard.failures(), failures + 4, "  nor counted")


def unanswered(t, guard, log, dns, nft):
    """No server answers, through restarts; then another address; then no such name."""
    in_force(t, guard, log, nft, OFFICE, attacker4(20))
    dns.silent.add(NAME)
    others_begin(t, guard, "no server")
    in_force(t, guard, log, nft, OFFICE, attacker4(21))
    t.ok(tap.eventually(lambda: said(guard, f"allow-name-unknown name={NAME}"), 15), "it is told")
    t.ok(all(row["unresolved_since"] for row in rows(guard).values()), "allow list says so")
    t.ok("not resolved since" in guard.command("allow", "list").stdout, "  in words")
    t.equal(set(rows(guard)), {OFFICE, OFFICE6}, "  and has the last addresses")
    guard.kill()
    guard.start()
    t.ok(tap.eventually(lambda: RESOLVER in guard.roles(), 10), "another guard runs a resolver")
    in_force(t, guard, log, nft, OFFICE, attacker4(22))
    dns.silent.discard(NAME)
    dns.records[NAME] = [(A, MOVED)]
    tries(log, MOVED)
    t.ok(is_banned(nft, MOVED), "somebody is banned")
    others_begin(t, guard, "it moves there")
    t.ok(tap.eventually(lambda: set(rows(guard)) == {MOVED}, 10), "the name stands for him")
    t.ok(tap.eventually(lambda: MOVED not in nft.banned(), 5), "  his ban is lifted")
    in_force(t, guard, log, nft, MOVED, attacker4(23))
    tries(log, OFFICE)
    t.ok(is_banned(nft, OFFICE), "where it was is banned as anybody")
    with open(f"{guard.state}/judge/allow", encoding="utf-8") as file:
        t.ok(f"\n{NAME}={MOVED} never home\n" in file.read(), "the file says where it is")
    del dns.records[NAME]
    others_begin(t, guard, "the name is gone")
    t.ok(tap.eventually(lambda: set(rows(guard)) == {None}, 10), "it stands for nobody")
    tries(log, MOVED)
    t.ok(is_banned(nft, MOVED), "who is banned as anybody")
    t.equal(said(guard, f"allow-name-unknown name={NAME} reason=\"there is no"), 1, "told once")


def removed(t, guard, dns, net):
    """reload, export, import, remove."""
    dns.records[NAME] = [(A, OFFICE)]
    guard.command("reload")
    t.ok(RESOLVER in guard.roles(), "the resolver stays with a reload")
    others_begin(t, guard, "it is back")
    t.ok(tap.eventually(lambda: set(rows(guard)) == {OFFICE}, 10), "with an address")
    exported = [json.loads(line) for line in guard.command("export").stdout.splitlines()]
    allowed = [line for line in exported if line["kind"] == "allow"]
    t.equal([(line["name"], line["comment"]) for line in allowed], [(NAME, "home")], "export")
    t.equal(answer(guard, "remove", OFFICE)[0], NO_MATCH, "its address alone cannot be removed")
    t.equal(answer(guard, "remove", NAME), (DONE, f"{NAME} may be banned again.\n"), "remove")
    t.equal(answer(guard, "remove", NAME)[0], NO_MATCH, "  once")
    t.ok(tap.eventually(lambda: OFFICE not in spared(net, 4), 5), "the kernel spares it no more")
    with open(f"{net.folder}/export", "w", encoding="utf-8") as file:
        file.write(json.dumps(allowed[0]) + "\n")
    t.equal(guard.command("import", f"{net.folder}/export").returncode, DONE, "import")
    t.ok(tap.eventually(lambda: set(rows(guard)) == {OFFICE}, 10), "  looks it up")
    t.equal(answer(guard, NAME, "--for", "1s")[0], DONE, "for a second")
    t.ok(tap.eventually(lambda: not rows(guard), 10), "  and it ends by itself")


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
    with Network() as net:
        dns = Resolver(net.server, {NAME: [(A, OFFICE), (AAAA, OFFICE6)]})
        net.at_close(dns.close)
        dns.silent.add("silent.example.net")
        log = logs.Log(f"{net.folder}/mail.log")
        nft = Nft(net.server)
        guard = Guard(net, log.path, maxretry=4)
        guard.around = with_mounts(*no_dns(net.folder))
        with guard:
            ordered(t, guard, log, net, nft)
            unanswered(t, guard, log, dns, nft)
            removed(t, guard, dns, net)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
