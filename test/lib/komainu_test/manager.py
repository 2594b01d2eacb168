"""A service manager that hears what komainud tells it (sd_notify)."""
import os
import socket
import threading
import time


class Manager:
    """Listens on a datagram socket at `path` (with a @ in front: an abstract one) and puts
    NOTIFY_SOCKET into the environment of what is started. Use it in a `with` statement."""

    def __init__(self, path, watchdog_us=None):
        self.path = path
        self.watchdog_us = watchdog_us
        self.messages = []  # (monotonic time, text)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + path[1:] if path.startswith("@") else path)
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        os.environ["NOTIFY_SOCKET"] = self.path
        if self.watchdog_us:
            os.environ["WATCHDOG_USEC"] = str(self.watchdog_us)
        self.thread.start()
        return self

    def __exit__(self, *_exception):
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
            os.environ.pop(name, None)
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        self.socket.close()

    def _run(self):
        while True:
            data = self.socket.recv(4096)
            if not data:
                return
            self.messages.append((time.monotonic(), data.decode()))

    def lines(self, begin=""):
        """The assignments heard that begin so, in their order."""
        return [
            line
            for _, text in list(self.messages)
            for line in text.splitlines()
            if line.startswith(begin)
        ]

    def times(self, line):
        """When a line was heard."""
        return [when for when, text in list(self.messages) if line in text.splitlines()]
