"""The attempts of attackers in a log whose truth is known.

An attempt is a session: several lines of one connection. Its time is that of its first line.
"""
import dataclasses
import datetime
import os
import re
import subprocess
import tempfile

MONTHS = {m: i for i, m in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|\b2001:db8:[0-9a-f:]*[0-9a-f]")
PROGRAM = re.compile(r"([\w./-]+)(?:\[(\d+)\])?: ")
# What a line of an attempt shows it to be; the first that is found counts.
KINDS = (
    (": SASL ", "sasl"),
    ("(auth failed", "login"),
    ("User unknown", "recipient"),
    ("no auth attempts", "probe"),
    ("Failed password", "ssh"),
    ("reject: ", "spam"),
    ("non-SMTP command", "spam"),
    ("lost connection after", "probe"),
)
ACCOUNTS = re.compile(
    r"sasl_username=(\S+)|\buser=<([^>]+)>"
    r"|: (?:conn .*>: )?(?:auth\()?(?:sql|pam|ldap|passwd-file|auth)\(([^,()]+),"
    r"|Failed password for (?:invalid user )?(\S+) from"
)
LAST = re.compile(
    r"postfix/\S+: (?:disconnect from|DISCONNECT) |sshd\S+: (?:Disconnected|Connection closed) "
)
# No session here is silent for as long. A pid comes back to an address, at sshd soon.
SILENCE_S, SSH_SILENCE_S = 30, 3


@dataclasses.dataclass(slots=True)
class Attempt:
    """One session of an attacker; times in epoch seconds."""

    when: float
    address: str
    kind: str = ""
    account: str = ""
    failed: float = 0.0  # when the line was written that says what became of it
    last: float = 0.0
    recipients: list = dataclasses.field(default_factory=list)  # when each unknown one was refused

    def take(self, when, text):
        """Learns what another line of it says."""
        self.last = when
        if not self.kind:
            self.kind = next((kind for needle, kind in KINDS if needle in text), "")
            self.failed = when
        if not self.account:
            found = ACCOUNTS.search(text)
            self.account = found[found.lastindex] if found else ""
        if "User unknown" in text and "reject: RCPT" in text:
            self.recipients.append(when)


class Finder:  # pylint: disable=too-few-public-methods
    """Puts the lines of known addresses together to attempts, in the order of the log."""

    def __init__(self):
        self.attempts = {}  # address -> its attempts, oldest first
        self._open = {}  # address -> what tells a session -> attempt

    def line(self, when, address, text):
        """One line, without its date and host."""
        program = PROGRAM.match(text)
        if not program:
            raise ValueError(f"a line of no program: {text!r}")
        sessions = self._open.setdefault(address, {})
        silence = SSH_SILENCE_S if program[1] == "sshd" else SILENCE_S
        for key in [key for key, one in sessions.items() if when - one.last > silence]:
            del sessions[key]
        if program[1] == "dovecot":
            self._dovecot(sessions, when, address, text)
            return
        port = re.search(r"\]:(\d+)", text) if "postscreen" in program[1] else None
        key = port[1] if port else (program[1], program[2])
        self._of(sessions, key, when, address).take(when, text)
        if LAST.match(text):
            del sessions[key]

    def _of(self, sessions, key, when, address):
        """The open session of that key; else a new one."""
        if key not in sessions:
            sessions[key] = Attempt(when, address)
            self.attempts.setdefault(address, []).append(sessions[key])
        return sessions[key]

    def _dovecot(self, sessions, when, address, text):
        """Lines of its authentication belong to an open SMTP session, else to a login that ends
        with a line of its own."""
        account = ACCOUNTS.search(text)
        account = account[account.lastindex] if account else ""
        if "-login: " in text:
            self._of(sessions, account, when, address).take(when, text)
            del sessions[account]
            return
        smtp = [one for key, one in sessions.items() if isinstance(key, tuple) and not one.kind]
        (smtp[0] if smtp else self._of(sessions, account, when, address)).take(when, text)


def stamp(line, now):
    """(epoch seconds, text of the date, the rest behind "host ") of a line with a date of either
    shape, in UTC; one without year lies in that before `now`. Whole seconds, as replay tells no
    others."""
    if line[0].isdigit():
        date, _, rest = line.partition(" ")
        seconds = datetime.datetime.fromisoformat(date[:19] + "+00:00").timestamp()
    else:
        date, rest = line[:15], line[16:]
        month, day = MONTHS[date[:3]], int(date[4:6])
        clock = [int(part) for part in date[7:].split(":")]
        year = now.year - ((month, day) > (now.month, now.day))
        when = datetime.datetime(year, month, day, *clock, tzinfo=datetime.timezone.utc)
        seconds = when.timestamp()
    return seconds, date, rest.partition(" ")[2]


def address_of(line):
    """The peer that a line of the generator names, or nothing."""
    found = ADDRESS.search(line, 16)
    return found[0] if found else ""


def find(log, known, also=()):
    """Reads a log once: (attempts of the addresses in `known`, lines of these and of `also` as
    (epoch seconds, date, line)) in the order of the log."""
    finder, lines, now = Finder(), [], datetime.datetime.now(datetime.timezone.utc)
    for line in mentioning(log, [*known, *also]):
        address = address_of(line)
        if address not in known and address not in also:
            continue
        when, date, text = stamp(line, now)
        lines.append((when, date, line))
        if address in known:
            finder.line(when, address, text)
    return finder.attempts, lines


def mentioning(log, words):
    """The lines with one of many words, and maybe some with a longer one; grep is quick at it."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write("\n".join(words))
        file.flush()
        with subprocess.Popen(
            ["grep", "-a", "-F", "-f", file.name, log],
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | {"LC_ALL": "C"},
        ) as grep:
            for line in grep.stdout:
                yield line.rstrip("\n")
        if grep.returncode > 1:
            raise RuntimeError(f"grep: exit {grep.returncode}")
