"""A daemon with a view of the file system of its own: users, /dev/log, empty state folders.

The machine's own files are covered, not changed; what the daemon says to syslog ends up in a
log file as a syslog daemon would write it.
"""
import os
import re
import socket
import subprocess
import threading

HOST = "mx1"
DEVICES = ("null", "zero", "random", "urandom", "tty")

# Refused at once; a real one would not be reached, which takes seconds each time.
NO_RESOLVER = "nameserver 127.0.0.1\n"

# $1 is the folder of the cell, $2 the folders to cover with empty ones, $3 those to make.
ENTER = """\
set -e
for name in null zero random urandom tty; do mount --bind "/dev/$name" "$1/dev/$name"; done
mount --rbind "$1/dev" /dev
for name in "$1"/etc/*; do mount --bind "$name" "/etc/${name##*/}"; done
for name in $2; do mount -t tmpfs -o mode=755 tmpfs "$name"; done
for name in $3; do mkdir -p -m 755 "$name"; done
shift 3
exec "$@"
"""


class Syslog:
    """The reader of /dev/log of a cell; writes RFC 3164 lines with a host."""

    def __init__(self, path, log):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o666)
        self.file = open(log, "ab", buffering=0)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            packet = self.socket.recv(65536).rstrip(b"\n\0")
            parts = re.fullmatch(rb"<\d+>(\w{3} [ \d]\d [\d:]{8}) (.*)", packet, re.S)
            if parts:
                text = parts[2].replace(b"\n", b"#012")
                self.file.write(parts[1] + b" " + HOST.encode() + b" " + text + b"\n")


class Cell:
    """`etc`: name under /etc -> text, or name/name for a folder. What is in there covers the
    machine's. passwd, group and shadow begin with root and nobody."""

    def __init__(self, network, name, etc, covered=(), made=()):
        self.network = network
        self.folder = f"{network.folder}/{name}"
        self.log = f"{network.folder}/{name}.log"
        self.covered = " ".join(covered)
        self.made = " ".join(made)
        os.makedirs(f"{self.folder}/dev/pts")
        os.makedirs(f"{self.folder}/dev/shm")
        os.mkdir(f"{self.folder}/etc")
        for device in DEVICES:
            self._write(f"dev/{device}", "")
        for path, text in ({"resolv.conf": NO_RESOLVER} | etc).items():
            self._write(f"etc/{path}", text)
        self.syslog = Syslog(f"{self.folder}/dev/log", self.log)

    def _write(self, path, text):
        os.makedirs(os.path.dirname(f"{self.folder}/{path}"), exist_ok=True)
        with open(f"{self.folder}/{path}", "w", encoding="utf-8") as file:
            file.write(text)

    def command(self, *argv):
        """The command line that runs argv in here, for a Namespace's run() or start()."""
        inside = ["sh", "-c", ENTER, "sh", self.folder, self.covered, self.made]
        return ["unshare", "--mount", "--propagation", "private", *inside, *argv]

    def start(self, *argv, env=None):
        """Starts argv in here and in the server's network; it is stopped with the network."""
        started = self.network.server.start(
            *self.command(*argv), env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.network.at_close(started.terminate)
        return started

    def lines(self):
        """What syslog got until now, as lines."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
