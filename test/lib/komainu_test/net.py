"""Network namespaces: a server, an attacker and a client, joined by veth pairs.

    server    203.0.113.1    2001:db8:a::1     towards the attacker
              198.51.100.1   2001:db8:c::1     towards the client, and its default route
    attacker  203.0.113.10 ... and 2001:db8:a:1::10, 2001:db8:a:2::10 ... (a /64 each)
    client    198.51.100.10 ... and 2001:db8:c:1::10 ...; the gateway is .254 and ::fe

Names carry the process id of the test, so that tests run side by side and what a killed
test left behind is found and removed by the next one.
"""
import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile

from .tap import eventually

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
FOLDER = "/run/netns"
LIBC = ctypes.CDLL(None, use_errno=True)

SERVER4, SERVER6 = "203.0.113.1", "2001:db8:a::1"
INSIDE4, INSIDE6 = "198.51.100.1", "2001:db8:c::1"
GATEWAY4, GATEWAY6 = "198.51.100.254", "2001:db8:c::fe"
ADDRESSES = 40


def attacker4(n):
    """The n-th IPv4 address of the attacker, from 0."""
    return f"203.0.113.{10 + n}"


def attacker6(n):
    """The n-th IPv6 address of the attacker, from 0; each is in a /64 of its own."""
    return f"2001:db8:a:{n + 1:x}::10"


def client4(n):
    """The n-th IPv4 address of the client, from 0."""
    return f"198.51.100.{10 + n}"


def client6(n):
    """The n-th IPv6 address of the client, from 0."""
    return f"2001:db8:c:{n + 1:x}::10"


def die_with_parent():
    """For preexec_fn: the child is killed when the test dies, however it dies."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _set_namespace(fd):
    if LIBC.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Namespace:
    """One network namespace, by its name under /run/netns."""

    def __init__(self, name):
        self.name = name
        self.path = f"{FOLDER}/{name}"

    def command(self, *argv):
        """The command line that runs argv in here."""
        return ["nsenter", f"--net={self.path}", "--", *map(str, argv)]

    def run(self, *argv, check=True, **options):
        """Runs argv in here to its end; returns the CompletedProcess with texts."""
        options = {"capture_output": True, "text": True, "timeout": 60} | options
        done = subprocess.run(self.command(*argv), check=False, **options)
        if check and done.returncode != 0:
            raise RuntimeError(f"{argv}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def start(self, *argv, **options):
        """Starts argv in here; it dies with the test."""
        return subprocess.Popen(self.command(*argv), preexec_fn=die_with_parent, **options)

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is in here: sockets it makes stay in here for ever."""
        with open("/proc/thread-self/ns/net", "rb") as own, open(self.path, "rb") as there:
            _set_namespace(there.fileno())
            try:
                yield
            finally:
                _set_namespace(own.fileno())

    def listen(self, address, port):
        """A listening TCP socket in here."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.entered():
            listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(64)
        return listener

    def connect(self, source, address, port, timeout=10):
        """A TCP connection from `source` in here; raises OSError (TimeoutError when
        nothing answers)."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.entered():
            connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout)
            connection.bind((source, 0))
            connection.connect((address, port))
        except OSError:
            connection.close()
            raise
        return connection

    def can_connect(self, source, address, port, timeout=0.5):
        """Whether a TCP connection is accepted within `timeout` seconds."""
        try:
            self.connect(source, address, port, timeout).close()
        except OSError:
            return False
        return True

    def pids(self):
        """The processes in here."""
        done = subprocess.run(
            ["ip", "netns", "pids", self.name], check=False, capture_output=True, text=True
        )
        return [int(pid) for pid in done.stdout.split()]

    def remove(self):
        """Kills what runs in here and removes the namespace."""

        def kill_all():
            left = self.pids()
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not left

        eventually(kill_all, 5, every=0.02)
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)


def remove_leftovers():
    """Removes namespaces and folders of tests that do not run any more."""
    for folder in (FOLDER, tempfile.gettempdir()):
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            owner = re.fullmatch(r"komainu-test-(\d+)-\w+", name)
            if not owner or os.path.exists(f"/proc/{owner[1]}"):
                continue
            if folder == FOLDER:
                Namespace(name).remove()
            else:
                shutil.rmtree(f"{folder}/{name}", ignore_errors=True)


class Network:
    """The three namespaces and a temporary folder. Use it in a `with` statement."""

    def __init__(self):
        remove_leftovers()
        prefix = f"komainu-test-{os.getpid()}-"
        self.server = Namespace(prefix + "server")
        self.attacker = Namespace(prefix + "attacker")
        self.client = Namespace(prefix + "client")
        self.folder = f"{tempfile.gettempdir()}/{prefix}files"
        self._closers = []

    def __enter__(self):
        os.mkdir(self.folder)
        os.chmod(self.folder, 0o755)  # programs that drop root must pass through
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_exception):
        self.close()

    def at_close(self, closer):
        """closer() is called before the namespaces go, last registered first."""
        self._closers.append(closer)

    def close(self):
        """Stops and removes everything."""
        for closer in reversed(self._closers):
            with contextlib.suppress(Exception):
                closer()
        for namespace in (self.server, self.attacker, self.client):
            namespace.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _build(self):
        for namespace in (self.server, self.attacker, self.client):
            subprocess.run(["ip", "netns", "add", namespace.name], check=True)
        lines = []
        for name, peer in (("attack0", self.attacker), ("inside0", self.client)):
            lines.append(
                f"link add {name} netns {self.server.name} type veth "
                f"peer name eth0 netns {peer.name}"
            )
        self._batch(None, lines)
        self._batch(
            self.server,
            self._up("attack0", [SERVER4], [SERVER6]) + self._up("inside0", [INSIDE4], [INSIDE6]),
        )
        self._batch(
            self.attacker,
            self._up("eth0", map(attacker4, range(ADDRESSES)), map(attacker6, range(ADDRESSES))),
        )
        self._batch(
            self.client,
            self._up(
                "eth0",
                [*map(client4, range(ADDRESSES)), GATEWAY4],
                [*map(client6, range(ADDRESSES)), GATEWAY6],
            ),
        )
        self.server.run("ip", "route", "add", "default", "via", GATEWAY4)
        self.server.run("ip", "-6", "route", "add", "default", "via", GATEWAY6)

    @staticmethod
    def _up(device, addresses4, addresses6):
        return (
            ["link set lo up", f"link set {device} up"]
            + [f"address add {a}/24 dev {device}" for a in addresses4]
            + [f"address add {a}/48 dev {device} nodad" for a in addresses6]
        )

    @staticmethod
    def _batch(namespace, lines):
        argv = ["ip", "-batch", "-"]
        if namespace:
            argv = namespace.command(*argv)
        subprocess.run(
            argv, check=True, input="\n".join(lines) + "\n", text=True, capture_output=True
        )


class Nft:
    """Reads and changes nftables of a namespace."""

    def __init__(self, namespace, table="komainu"):
        self.namespace = namespace
        self.table = table

    def elements(self, name):
        """The set's elements: address -> seconds left (None: for ever). A set that is not
        there has none."""
        done = self.namespace.run(
            "nft", "-j", "list", "set", "inet", self.table, name, check=False
        )
        if done.returncode != 0:
            return {}
        found = {}
        for part in json.loads(done.stdout)["nftables"]:
            for element in part.get("set", {}).get("elem", []):
                inner = element.get("elem") if isinstance(element, dict) else None
                if inner:
                    found[inner["val"]] = inner.get("expires")
                else:
                    found[element] = None
        return found

    def banned(self):
        """Every address banned on all ports, of both families."""
        return set(self.elements("ban4")) | set(self.elements("ban6"))

    def flush_ruleset(self):
        """What Debian's /etc/nftables.conf begins with."""
        self.namespace.run("nft", "flush", "ruleset")

    def save(self, path):
        """Writes the ruleset as an administrator would save it: flush first."""
        saved = self.namespace.run("nft", "list", "ruleset").stdout
        with open(path, "w", encoding="ascii") as file:
            file.write("flush ruleset\n" + saved)

    def load(self, path):
        """Loads a saved ruleset."""
        self.namespace.run("nft", "-f", path)


class SetWatch:
    """Hears from the kernel of every address that is put into an nftables set."""

    NEWSETELEM = (10 << 8) | 12

    def __init__(self, namespace):
        with namespace.entered():
            self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        self.socket.bind((0, 0))
        self.socket.setsockopt(270, 1, 7)  # SOL_NETLINK, ADD_MEMBERSHIP, NFNLGRP_NFTABLES

    def close(self):
        """Stops hearing."""
        self.socket.close()

    def next(self, seconds):
        """The addresses of the next notification (perhaps none); TimeoutError after
        `seconds`."""
        self.socket.settimeout(max(seconds, 0.001))
        data = self.socket.recv(1 << 20)
        addresses = []
        offset = 0
        while offset + 20 <= len(data):
            length, kind = struct.unpack_from("=IH", data, offset)
            if kind == self.NEWSETELEM:
                addresses += self._addresses(data[offset + 20 : offset + length])
            offset += (length + 3) & ~3
        return addresses

    @classmethod
    def _addresses(cls, data):
        for kind, elements in cls._attributes(data):
            if kind != 3:  # NFTA_SET_ELEM_LIST_ELEMENTS
                continue
            for _, element in cls._attributes(elements):
                for name, key in cls._attributes(element):
                    if name != 1:  # NFTA_SET_ELEM_KEY
                        continue
                    for _, value in cls._attributes(key):
                        if len(value) in (4, 16):
                            family = socket.AF_INET if len(value) == 4 else socket.AF_INET6
                            yield socket.inet_ntop(family, value)

    @staticmethod
    def _attributes(data):
        offset = 0
        while offset + 4 <= len(data):
            length, kind = struct.unpack_from("=HH", data, offset)
            if length < 4:
                return
            yield kind & 0x3FFF, data[offset + 4 : offset + length]
            offset += (length + 3) & ~3
