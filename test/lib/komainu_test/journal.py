"""A systemd journal in a folder of its own, written by systemd-journal-remote from the
export format, and rotated as journald does: the file is renamed and a new one begun.
"""
import os
import signal
import socket
import subprocess
import threading
import time

from .net import Namespace, die_with_parent
from .tap import eventually

JOURNALD = "/lib/systemd/systemd-journald"
REMOTE = "/lib/systemd/systemd-journal-remote"
GROUP = 70999  # owns the folder, as systemd-journal does
BOOT = "00112233445566778899aabbccddeeff"


def sasl_failure(address, account):
    """The fields of one wrong password at Postfix."""
    return {
        "SYSLOG_IDENTIFIER": "postfix/smtpd",
        "SYSLOG_PID": "2101",
        "_COMM": "smtpd",
        "MESSAGE": f"warning: unknown[{address}]: SASL LOGIN authentication failed: "
        f"UGFzc3dvcmQ6, sasl_username={account}",
    }


class Journal:
    """The journal and the process that writes it. `written` counts the entries."""

    def __init__(self, folder, create=True):
        self.folder = folder
        self.path = f"{folder}/system.journal"
        self.written = 0
        self.generation = 0
        self.process = None
        self.lock = threading.Lock()
        if create:
            self.create()

    def create(self):
        """Makes the folder; its files get its group."""
        os.makedirs(self.folder, exist_ok=True)
        os.chown(self.folder, 0, GROUP)
        os.chmod(self.folder, 0o2750)

    def write(self, *entries, age=0):
        """Appends entries, dictionaries of fields, that were logged `age` seconds ago."""
        with self.lock:
            if not self.process:
                self.process = subprocess.Popen(  # pylint: disable=consider-using-with
                    [REMOTE, "-o", self.path, "-"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    preexec_fn=die_with_parent,
                )
            self.process.stdin.write(b"".join(self._export(e, age) for e in entries))
            self.process.stdin.flush()
            self.written += len(entries)

    @staticmethod
    def _export(entry, age):
        now = time.time() - age
        fields = {
            "__REALTIME_TIMESTAMP": int(now * 1e6),
            "__MONOTONIC_TIMESTAMP": int((time.monotonic() + 1e6 - age) * 1e6),
            "_BOOT_ID": BOOT,
            "_HOSTNAME": "mx1",
        } | entry
        data = b""
        for name, value in fields.items():
            value = str(value).encode("utf-8", "surrogateescape")
            if b"\n" in value:
                data += name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"
            else:
                data += name.encode() + b"=" + value + b"\n"
        return data + b"\n"

    def sync(self):
        """Returns when everything is in the file."""
        with self.lock:
            self._close()

    def _close(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()
        self.process = None

    def rotate(self):
        """Renames the file; the next entry begins a new one. Returns the file's new name."""
        with self.lock:
            self._close()
            self.generation += 1
            path = f"{self.folder}/system@{self.generation}.journal"
            os.rename(self.path, path)
            return path

    def close(self):
        """Ends the writer."""
        self.sync()


class Mounted(Namespace):
    """A network namespace together with the mount namespace of a process."""

    def __init__(self, namespace, pid):
        super().__init__(namespace.name)
        self.pid = pid

    def command(self, *argv):
        """The command line that runs argv in here."""
        mounts = f"--mount=/proc/{self.pid}/ns/mnt"
        return ["nsenter", f"--net={self.path}", mounts, "--", *map(str, argv)]


class Journald:
    """The real journald with a /run, a /var/log and a machine of its own."""

    SCRIPT = """set -e
        mount -t tmpfs none /run
        mount -t tmpfs none /var/log
        mkdir -p /run/systemd/journal /run/log/journal /var/log/journal
        chgrp systemd-journal /run/log/journal /var/log/journal
        chmod 2750 /run/log/journal /var/log/journal
        mount --bind "$1" /etc/machine-id
        exec "$0"
        """

    def __init__(self, folder):
        machine = f"{folder}/machine-id"
        with open(machine, "w", encoding="ascii") as file:
            file.write("0123456789abcdef0123456789abcdef\n")
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["unshare", "-m", "sh", "-c", self.SCRIPT, JOURNALD, machine],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )
        self.root = f"/proc/{self.process.pid}/root"

    def is_ready(self):
        """Whether it listens."""
        return os.path.exists(f"{self.root}/run/systemd/journal/dev-log")

    def log(self, text, tag=None):
        """One line as syslog(3) sends it: of mail, or, without a tag, said to be of sshd."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.connect(f"{self.root}/run/systemd/journal/dev-log")
            to.send(f"<22>{tag}[7]: {text}".encode() if tag else f"<38>sshd[4420]: {text}".encode())

    def rotate(self):
        """Has it begin new files, and waits until it has."""
        before = len(self.files())
        self.process.send_signal(signal.SIGUSR2)
        return eventually(lambda: len(self.files()) > before, 5)

    def flush(self):
        """Has it move the journal from /run to /var, and waits until it has."""
        self.process.send_signal(signal.SIGUSR1)
        return eventually(lambda: os.path.exists(f"{self.root}/run/systemd/journal/flushed"), 5)

    def files(self):
        """The files of its journal, in both of its folders."""
        folders = (f"{self.root}/run/log/journal", f"{self.root}/var/log/journal")
        return [name for top in folders for _, _, names in os.walk(top) for name in names]

    def close(self):
        """Ends it."""
        self.process.kill()
        self.process.wait()
