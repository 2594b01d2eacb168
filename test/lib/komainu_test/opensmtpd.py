"""A real OpenSMTPD with users of its own, without TLS: what it says of a login cannot be had, as
it takes none in the clear."""
from .cell import Cell
from .packages import environment, program, unpacked
from .tap import eventually

CONFIG = """\
listen on 0.0.0.0 port 25 hostname mx1.example.com
action "in" maildir
match from any for domain "example.com" action "in"
"""
PASSWD = """\
root:x:0:0:root:/root:/bin/sh
opensmtpd:x:70321:70321::/run/empty:/usr/sbin/nologin
opensmtpq:x:70322:70322::/run/empty:/usr/sbin/nologin
bob:x:70323:65534::/:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
"""
GROUP = "root:x:0:\nopensmtpd:x:70321:\nopensmtpq:x:70322:\nnogroup:x:65534:\n"


class OpenSmtpd:
    """smtpd on port 25; `log` is its log."""

    def __init__(self, network, name="smtpd"):
        files = unpacked("opensmtpd")
        self.environment = environment(files)
        self.program = program(files, "usr/sbin/smtpd")
        self.cell = Cell(
            network,
            name,
            {"passwd": PASSWD, "group": GROUP},
            covered=["/run", "/var/spool", "/var/lib"],
            made=["/run/empty", "/var/lib/opensmtpd", "/var/lib/opensmtpd/empty"],
        )
        self.log = self.cell.log
        with open(f"{self.cell.folder}/smtpd.conf", "w", encoding="utf-8") as file:
            file.write(CONFIG)

    def start(self, is_ready):
        """Starts it and waits until is_ready() says so."""
        started = self.cell.start(
            self.program, "-F", "-f", f"{self.cell.folder}/smtpd.conf", env=self.environment
        )
        if not eventually(is_ready, 10, every=0.05):
            said = "\n".join(self.cell.lines())
            raise RuntimeError(f"smtpd does not listen (exit {started.poll()}):\n{said}")
        return self
