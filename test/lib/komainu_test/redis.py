"""A Redis of one's own, at a local socket."""
import socket
import subprocess

from .net import die_with_parent
from .tap import eventually


class Redis:
    """redis-server, as the user nobody, without a file on disk; `settings` are lines of its
    configuration."""

    def __init__(self, folder, *settings):
        self.path = f"{folder}/redis.sock"
        self.config = f"{folder}/redis.conf"
        self.output = f"{folder}/redis.log"
        self.settings = settings
        self.process = None
        self.password = None

    def start(self):
        """Starts it, and waits until it answers."""
        with open(self.config, "w", encoding="ascii") as file:
            file.write(f"port 0\nunixsocket {self.path}\nunixsocketperm 777\nsave \"\"\nappendonly no\n"
                       + "".join(f"{line}\n" for line in self.settings))
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(["redis-server", self.config], preexec_fn=die_with_parent,
                                            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        if not eventually(self.answers, 20, every=0.05):
            raise RuntimeError("redis-server does not answer")
        return self

    def kill(self):
        """kill -9."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def answers(self):
        """Whether it answers."""
        try:
            return self.ask("PING") == "PONG"
        except OSError:
            return False

    def ask(self, *words):
        """What it answers to a command."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(10)
            link.connect(self.path)
            file = link.makefile("rwb")
            if self.password:
                _send(file, ("AUTH", self.password))
                _take(file)
            _send(file, words)
            return _take(file)


def _send(file, words):
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    file.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
    file.flush()


def _take(file):
    line = file.readline().rstrip(b"\r\n")
    kind, rest = line[:1], line[1:]
    if kind == b"*":
        return [_take(file) for _ in range(int(rest))] if int(rest) >= 0 else None
    if kind == b"$":
        return file.read(int(rest) + 2)[:-2] if int(rest) >= 0 else None
    return int(rest) if kind == b":" else rest.decode()
