#!/usr/bin/python3
"""Beside the firewalls of others: rules as ufw and Docker make them (iptables-nft) and as firewalld does
(nft). Theirs stay as they are, ours survive their reload, and who is banned reaches neither the
machine nor the port that a container publishes, although their rules accept everything.
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import packages, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.logs import Log, sasl_failure  # noqa: E402
from komainu_test.net import SERVER4, Network, Nft, attacker4, client4  # noqa: E402

PUBLISHED, INNER, OWN = 8080, 80, 25
CONTAINER = client4(0)
MULTI = "usr/sbin/xtables-nft-multi"
BANNED, OTHER, BY_PORT = attacker4(0), attacker4(1), attacker4(2)

# ufw: chains of its own, jumped to from the built-in ones; established, the loopback, open ports.
# Docker: a published port is rewritten to the container's, and forwarded.
RULES = f"""\
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-before-input - [0:0]
:ufw-user-input - [0:0]
:DOCKER - [0:0]
:DOCKER-USER - [0:0]
-A INPUT -j ufw-before-input
-A INPUT -j ufw-user-input
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-user-input -p tcp -m tcp --dport {OWN} -j ACCEPT
-A ufw-user-input -j ACCEPT
-A FORWARD -j DOCKER-USER
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o inside0 -j DOCKER
-A FORWARD -i inside0 -j ACCEPT
-A DOCKER -d {CONTAINER}/32 -p tcp -m tcp --dport {INNER} -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s {CONTAINER}/32 ! -o inside0 -j MASQUERADE
-A DOCKER ! -i inside0 -p tcp -m tcp --dport {PUBLISHED} -j DNAT --to-destination {CONTAINER}:{INNER}
COMMIT
"""

FIREWALLD = """\
table inet firewalld
delete table inet firewalld
table inet firewalld {
    chain mangle_PREROUTING { type filter hook prerouting priority -140; policy accept; accept; }
    chain filter_PREROUTING { type filter hook prerouting priority 10; policy accept; accept; }
    chain filter_INPUT { type filter hook input priority 10; policy accept; accept; }
    chain filter_FORWARD { type filter hook forward priority 10; policy accept; accept; }
}
"""


class Firewalls:
    """The rules of the others in the server's namespace."""

    def __init__(self, net):
        self.net = net
        self.folder = packages.unpacked(
            "iptables", "libip4tc2", "libip6tc2", "libxtables12", "libnetfilter-conntrack3",
            "libnfnetlink0",
        )
        self.program = packages.program(self.folder, MULTI)
        self.environment = packages.environment(self.folder)
        for path in self.environment["LD_LIBRARY_PATH"].split(":"):
            if os.path.isdir(f"{path}/xtables"):
                self.environment["XTABLES_LIBDIR"] = f"{path}/xtables"

    def iptables(self, *argv, **options):
        """One of the programs in the one of iptables-nft; what it printed."""
        return self.net.server.run(self.program, *argv, env=self.environment, **options).stdout

    def load(self):
        """What `ufw reload`, the restart of Docker and `firewall-cmd --reload` do: all anew."""
        self.iptables("iptables-restore", input=RULES)
        self.net.server.run("nft", "-f", "-", input=FIREWALLD)

    def dump(self):
        """All of their rules, without counters."""
        tables = self.net.server.run("nft", "list", "tables").stdout.split("\n")
        ours = "table inet komainu"
        texts = [
            self.net.server.run("nft", "-s", "list", *table.split()).stdout
            for table in sorted(tables) if table and table != ours
        ]
        return re.sub(r"counter packets \d+ bytes \d+", "counter", "".join(texts))


def reaches(net, source):
    """Which of the machine's own port and the published one answer."""
    return [net.attacker.can_connect(source, SERVER4, port, 1) for port in (OWN, PUBLISHED)]


def closed(t, net, when):
    """Who is banned gets in nowhere, others everywhere."""
    t.equal(reaches(net, BANNED), [False, False], f"{when}: who is banned reaches no port")
    t.equal(reaches(net, OTHER), [True, True], f"{when}: others reach both")
    t.equal(
        reaches(net, BY_PORT), [True, False],
        f"{when}: who is banned from the published port reaches the other one",
    )


def main(t):
    """Rules of others, a guard beside them, reloads of both."""
    with Network() as net:
        firewalls = Firewalls(net)
        net.server.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        listeners = [net.server.listen(SERVER4, OWN), net.client.listen(CONTAINER, INNER)]
        net.client.run("ip", "route", "add", "203.0.113.0/24", "via", "198.51.100.1")
        firewalls.load()
        theirs = firewalls.dump()
        t.ok(all(x in theirs for x in ("DOCKER", "ufw-user-input", "firewalld")), "rules of others")
        t.equal(reaches(net, BANNED), [True, True], "without a guard everybody gets in")
        log = Log(f"{net.folder}/mail.log")
        guard = Guard(net, log.path, maxretry=3, more=f"port = {PUBLISHED}\n")
        with guard:
            nft = Nft(net.server)
            t.equal(firewalls.dump(), theirs, "the start changes nothing of theirs")
            guard.command("ban", BANNED, "--for", "1h")
            log.write(*(sasl_failure(BY_PORT, f"u{i}") for i in range(3)))
            t.ok(
                tap.eventually(lambda: BY_PORT in nft.elements(f"ban4.{PUBLISHED}"), 10),
                "a ban from all ports, one from the published port",
            )
            closed(t, net, "beside their rules")
            firewalls.load()
            t.equal(firewalls.dump(), theirs, "their reload makes theirs")
            t.ok(
                BANNED in nft.elements("ban4") and guard.status()["rebuilds"] == 0,
                "and does not touch ours",
            )
            closed(t, net, "after their reload")
        t.equal(firewalls.dump(), theirs, "the end of the guard changes nothing of theirs")
        closed(t, net, "after the guard")
        for listener in listeners:
            listener.close()


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "sysctl"])
