"""The firewalls of others out of their Debian packages, which are unpacked and not installed: one
that is installed would come up with the machine. They run in the server's network with mounts
of their own; the machine's /etc and /usr are covered, not changed."""
import os
import re
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

from . import packages, tap
from .net import INSIDE4, INSIDE6, SERVER4, SERVER6, attacker4, attacker6, client4, client6

IPTABLES = ("iptables", "libip4tc2", "libip6tc2", "libxtables12", "libnetfilter-conntrack3", "libnfnetlink0")
UFW = ("ufw", "netbase")
FIREWALLD = (
    "firewalld", "python3-firewall", "python3-nftables", "python3-jsonschema", "python3-attr",
    "python3-pyrsistent",
)

PUBLISHED, INNER, OWN, NAMES = 8080, 80, 25, 8053
CONTAINER = client4(0), client6(0)
MULTI = "usr/sbin/xtables-nft-multi"

# $1 is an empty folder, the rest are folders with unpacked packages. Ends with its input.
ENTER = """\
set -e
own=$1
shift
mount -t tmpfs -o mode=755 tmpfs "$own"
for name in usr etc; do
    lower=
    for folder; do [ ! -d "$folder/$name" ] || lower="$lower$folder/$name:"; done
    mkdir "$own/$name" "$own/$name.work"
    mount -t overlay -o "lowerdir=$lower/$name,upperdir=$own/$name,workdir=$own/$name.work" overlay "/$name"
done
for folder; do [ ! -d "$folder/lib" ] || cp -r "$folder/lib/." /usr/lib/; done
for name in run var/log; do mount -t tmpfs -o mode=755 tmpfs "/$name"; done
for name in iptables ip6tables; do
    for what in "" -save -restore; do ln -sf xtables-nft-multi "/usr/sbin/$name$what"; done
done
echo ready
exec cat
"""

# A bus for one user, root; firewalld's own policy on top of it.
BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
  <include>/usr/share/dbus-1/system.d/FirewallD.conf</include>
</busconfig>
"""

# ufw: chains of its own, jumped to from the built-in ones; established, the loopback, open ports.
# Docker: a published port is rewritten to the container's, and forwarded; with an IPv6 network, too.
RULES = """\
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
-A DOCKER -d {container} -p tcp -m tcp --dport {INNER} -j ACCEPT
-A DOCKER -d {container} -p udp -m udp --dport {INNER} -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s {container} ! -o inside0 -j MASQUERADE
-A DOCKER ! -i inside0 -p tcp -m tcp --dport {PUBLISHED} -j DNAT --to-destination {target}
-A DOCKER ! -i inside0 -p udp -m udp --dport {NAMES} -j DNAT --to-destination {target}
COMMIT
"""


def rules(container):
    """RULES of the family of the container's address."""
    target = f"[{container}]:{INNER}" if ":" in container else f"{container}:{INNER}"
    ports = {"PUBLISHED": PUBLISHED, "INNER": INNER, "OWN": OWN, "NAMES": NAMES}
    return RULES.format(container=container, target=target, **ports)


FIREWALLD_RULES = """\
table inet firewalld
delete table inet firewalld
table inet firewalld {
    chain mangle_PREROUTING { type filter hook prerouting priority -140; policy accept; accept; }
    chain filter_PREROUTING { type filter hook prerouting priority 10; policy accept; accept; }
    chain filter_INPUT { type filter hook input priority 10; policy accept; accept; }
    chain filter_FORWARD { type filter hook forward priority 10; policy accept; accept; }
}
"""


class Shaped:
    """Rules as others make them in the server's network: a container with a published TCP port
    (PUBLISHED) and UDP port (NAMES), which is the first address of the client, and the accept
    of the machine's own port."""

    def __init__(self, net):
        self.net = net
        self.folder = packages.unpacked(*IPTABLES)
        self.program = packages.program(self.folder, MULTI)
        self.environment = packages.environment(self.folder)
        for path in self.environment["LD_LIBRARY_PATH"].split(":"):
            if os.path.isdir(f"{path}/xtables"):
                self.environment["XTABLES_LIBDIR"] = f"{path}/xtables"

    def iptables(self, *argv, **options):
        """One of the programs in the one of iptables-nft; what it printed."""
        return self.net.server.run(self.program, *argv, env=self.environment, **options).stdout

    def forward(self):
        """Makes the server a router between the attacker and the container."""
        self.net.server.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        self.net.client.run("ip", "route", "add", "203.0.113.0/24", "via", INSIDE4)
        self.net.client.run("ip", "-6", "route", "add", "2001:db8:a::/48", "via", INSIDE6)

    def load(self):
        """What `ufw reload`, the restart of Docker and `firewall-cmd --reload` do: all anew."""
        self.iptables("iptables-restore", input=rules(CONTAINER[0]))
        self.iptables("ip6tables-restore", input=rules(CONTAINER[1]))
        self.net.server.run("nft", "-f", "-", input=FIREWALLD_RULES)


def rules_of_others(net):
    """All tables in the server's network but ours, without counters."""
    tables = net.server.run("nft", "list", "tables").stdout.split("\n")
    texts = [
        net.server.run("nft", "-s", "list", *table.split()).stdout
        for table in sorted(tables) if table and not table.startswith("table inet komainu")
    ]
    return re.sub(r"counter packets \d+ bytes \d+", "counter", "".join(texts))


class Place:
    """Mounts in which the packages `names`, and iptables-nft, are as if installed."""

    def __init__(self, net, *names):
        self.net = net
        self.folder = f"{net.folder}/{names[0]}"
        folders = [packages.unpacked(*names), packages.unpacked(*IPTABLES)]
        os.mkdir(self.folder)
        self.holder = net.server.start(
            "unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "sh", self.folder,
            *folders, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        if self.holder.stdout.readline() != "ready\n":
            tap.skip_all(f"{names[0]} has no place here: {self.holder.stderr.read().strip()}")
        net.at_close(self.holder.kill)

    def command(self, *argv):
        """The command line that runs argv in here, for a Namespace's run() or start()."""
        return ["nsenter", f"--mount=/proc/{self.holder.pid}/ns/mnt", "--", *argv]

    def run(self, *argv, **options):
        """Runs argv in here to its end; returns what it printed."""
        return self.net.server.run(*self.command(*argv), **options).stdout

    def start(self, *argv):
        """Starts argv in here; what it says is in the folder of the test."""
        with open(f"{self.folder}.log", "ab") as log:
            return self.net.server.start(
                *self.command(*argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )


class Ufw(Place):
    """ufw with the files that its installation puts under /etc."""

    def __init__(self, net):
        super().__init__(net, *UFW)
        self.run("sh", "-c", "cp /usr/share/ufw/iptables/*.rules /usr/share/ufw/ufw.conf /etc/ufw/")

    def ufw(self, *argv):
        """`ufw argv`; what it printed."""
        return self.run("ufw", *argv)


class Firewalld(Place):
    """firewalld and its bus."""

    def __init__(self, net):
        super().__init__(net, *FIREWALLD)
        self.daemon = None
        self.run("sh", "-c", "mkdir /run/dbus; cat >/run/bus.conf", input=BUS)
        self.bus = self.start("dbus-daemon", "--config-file=/run/bus.conf", "--nofork", "--nopidfile")
        if not tap.eventually(self._has_bus, 5, every=0.02):
            raise RuntimeError("no bus")

    def _has_bus(self):
        return "socket" in self.run("ls", "/run/dbus")

    def up(self):
        """Starts firewalld and waits until it answers."""
        self.daemon = self.start("firewalld", "--nofork", "--nopid")
        if not tap.eventually(lambda: self.state() == "running", 10, every=0.1):
            raise RuntimeError("firewalld does not answer")

    def down(self):
        """Ends firewalld, as the stop of its service does."""
        self.daemon.terminate()
        self.daemon.wait(60)

    def state(self):
        """`firewall-cmd --state`."""
        return self.run("firewall-cmd", "--state", check=False).strip()


def both(n):
    """The n-th attacker by both families."""
    return [attacker4(n), attacker6(n)]


class Callers:
    """Who calls at the server, by IPv4 and by IPv6."""

    def __init__(self, net):
        self.net = net

    def reach(self, pair, port):
        """By which of the families one gets in."""
        return self.all_reach((pair, port))[0]

    def all_reach(self, *calls):
        """reach() of each (pair, port), at the same time: what is dropped takes a second."""
        with ThreadPoolExecutor(2 * len(calls)) as pool:
            answers = list(pool.map(
                lambda call: self.net.attacker.can_connect(*call, 1),
                [(a, s, port) for pair, port in calls for a, s in zip(pair, (SERVER4, SERVER6))],
            ))
        return [answers[i : i + 2] for i in range(0, len(answers), 2)]

    def connected(self, pair, listener):
        """An accepted connection by each family: (the caller's end, the server's)."""
        port = listener.getsockname()[1]
        ends = []
        for source, server in zip(pair, (SERVER4, SERVER6)):
            caller = self.net.attacker.connect(source, server, port)
            ends.append((caller, listener.accept()[0]))
        return ends

    def established(self, pair):
        """What `ss` shows of one's connections, as it is seen from outside."""
        lines = self.net.server.run("ss", "-Htn", "state", "established").stdout.splitlines()
        return [line for line in lines if any(f"[{a}]" in line or f":{a}]" in line for a in pair)]


class Storm:
    """Calls by both families all the while; who is banned must not get in for a moment."""

    def __init__(self, callers, pair, port):
        self.calls = self.entered = 0
        self.is_over = threading.Event()
        self.lock = threading.Lock()
        self.threads = [
            threading.Thread(target=self._call, args=(callers.net.attacker, source, server, port))
            for source, server in zip(pair, (SERVER4, SERVER6)) for _ in range(4)
        ]

    def _call(self, namespace, source, server, port):
        while not self.is_over.is_set():
            has_entered = namespace.can_connect(source, server, port, 0.1)
            with self.lock:
                self.calls += 1
                self.entered += has_entered

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_exception):
        self.is_over.set()
        for thread in self.threads:
            thread.join()
