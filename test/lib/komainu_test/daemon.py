"""What the tests of mail daemons share: a syslog socket, mounts of a daemon's own, a client
that talks line by line, and what Komainu's filters say of a log.
"""
import os
import socket
import ssl
import subprocess
import threading

from .talk import coded
from .tap import eventually
from .verdicts import rows


def plain(account, password):
    """The answer of SASL PLAIN."""
    return coded(f"\0{account}\0{password}")


class Syslog:
    """A /dev/log of our own. What daemons send is written to `path`, one datagram a line,
    with the priority in front, as they sent it."""

    def __init__(self, folder, path):
        self.socket_path = f"{folder}/devlog"
        self.path = path
        self._lines = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.socket_path)
        os.chmod(self.socket_path, 0o666)
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self):
        with open(self.path, "wb", buffering=0) as file:
            while True:
                data = self._socket.recv(1 << 16)
                file.write(data.rstrip(b"\n\0") + b"\n")
                self._lines += 1

    def lines(self):
        """How many lines came."""
        return self._lines


def with_mounts(*commands):
    """The beginning of a command line that runs the rest with mounts that nobody else
    sees, after the shell commands `commands`."""
    script = " && ".join((*commands, 'exec "$@"'))
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"]


def own_dev(syslog):
    """Mount commands for a /dev that has the syslog socket and no more than daemons need."""
    nodes = (("null", 3), ("zero", 5), ("random", 8), ("urandom", 9))
    return (
        "mount -t tmpfs -o mode=755 none /dev",
        *(f"mknod -m 666 /dev/{name} c 1 {minor}" for name, minor in nodes),
        "touch /dev/log",
        f"mount --bind {syslog.socket_path} /dev/log",
    )


def no_dns(folder):
    """Mount commands with which the daemon asks no name server of the machine, which cannot be
    reached from a namespace: it would wait for it."""
    files = {
        "hosts": f"127.0.0.1 localhost\n203.0.113.1 mx1.example.com {socket.gethostname()}\n",
        "resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
    }
    for name, text in files.items():
        with open(f"{folder}/{name}", "w", encoding="ascii") as file:
            file.write(text)
    return tuple(f"mount --bind {folder}/{name} /etc/{name}" for name in files)


def make_certificate(folder):
    """cert.pem and key.pem in the folder; both.pem holds the two."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        + ["-subj", "/CN=mx1.example.com"]
        + ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    with open(f"{folder}/both.pem", "wb") as both:
        for name in ("key", "cert"):
            with open(f"{folder}/{name}.pem", "rb") as part:
                both.write(part.read())


class Talk:
    """A client of a protocol of lines, which has read the greeting when it is made (unless
    `greeting` is None). Use it in a `with` statement: leaving closes without a word."""

    def __init__(self, namespace, source, server, port, greeting="", tls=False):
        self.connection = namespace.connect(source, server, port)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.connection = context.wrap_socket(self.connection)
        self.file = self.connection.makefile("rb")
        if greeting is not None:
            self.until(greeting)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        """Closes without a word."""
        self.file.close()
        self.connection.close()

    def send(self, line):
        """Sends a line."""
        self.connection.sendall(line.encode() + b"\r\n")

    def until(self, start):
        """Reads lines until one begins with `start`; returns it. Raises ConnectionError at
        the end of the connection."""
        while True:
            line = self.file.readline(1 << 16).decode("utf-8", "replace")
            if not line:
                raise ConnectionResetError(f"no line that begins with {start!r}")
            if line.startswith(start):
                return line.rstrip()

    def say(self, line, start):
        """Sends a line, then as until()."""
        self.send(line)
        return self.until(start)

    def ends(self):
        """Reads to the end of the connection."""
        try:
            while self.file.readline(1 << 16):
                pass
        except OSError:
            pass


def events(spec, path):
    """What the filter `spec` (NAME[ARGUMENTS]) finds in the log, one dictionary for each line
    that matched, in their order; `counted` says whether a jail would count it."""
    return [row | {"counted": row["result"] == "matched"} for row in rows(path, spec)]


def by_address(found):
    """address -> list of (kind, account, counted), in the order of the log."""
    told = {}
    for event in found:
        told.setdefault(event["address"], []).append(
            (event["kind"], event.get("account") or "", event["counted"])
        )
    return told


def log_has(path, *texts):
    """Whether the log holds all of the texts, or does so soon."""

    def has():
        with open(path, "rb") as file:
            data = file.read()
        return all(text.encode() in data for text in texts)

    return eventually(has, 10, every=0.02)
