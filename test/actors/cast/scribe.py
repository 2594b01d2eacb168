"""Takes what the servers log, finds the visit that caused each line, and writes it with that
visit's time. Lines stay byte for byte but for the stamp (and see processes.py).
"""
import collections
import contextlib
import datetime
import itertools
import os
import re
import socket
import threading
import time

from .processes import renumber

HOST = b"mx1"
LINE = re.compile(rb"(?:<\d+>)?\w{3} [ \d]\d \d\d:\d\d:\d\d (([^\[:]+)(?:\[(\d+)\])?: (.*))", re.S)
MARK = "marker"
RIP = re.compile(rb"rip=([0-9a-f.:]+)")
CHECKER = re.compile(rb"auth(?:-worker)?: .*\([^()]*,([0-9a-f.:]+)(?:,<[^>]*>)?\): ")
SESSION = re.compile(rb"session=<([^>]+)>")
LATER = re.compile(rb"(?:imap|pop3)\([^)]*\)<\d+><([^>]+)>: (.*)", re.S)
LEFT = (b"Disconnected", b"Logged out", b"Connection closed")
PEER = re.compile(rb"\[([0-9a-f]*[.:][0-9a-f.:]*)\]")
NAMED = re.compile(rb"warning: hostname \S+ does not resolve to address ([0-9a-f.:]+)")
BLOCKED = re.compile(rb"addr ([0-9a-f.:]+) ")
QUEUE_ID = re.compile(rb"([0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,20}): ")
IDLE_S, FULL_S = 1.0, 60
OURS = object()  # instead of a visit: the stage looks whether a server answers


class Scribe:
    """A /dev/log at `socket_path`. A visit is known from begin() to end(), and by its mails and
    sessions for ever."""

    def __init__(self, folder):
        self.socket_path = f"{folder}/devlog"
        self.lines = []  # (time, number, text without stamp, session of smtpd)
        self.strays = []  # lines of no visit
        self._visits = {b"127.0.0.1": OURS}
        self._pids, self._mails, self._sessions = {}, {}, {}
        self._served, self._begun = collections.Counter(), {}
        self._early = {}  # lines of sessions whose login was not told yet
        self._last = None
        self._is_on = False
        self._heard_at = time.monotonic()
        self._marks, self._numbers = {}, itertools.count()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.socket_path)
        os.chmod(self.socket_path, 0o666)
        threading.Thread(target=self._take, daemon=True).start()

    def start(self):
        """From here on lines are kept."""
        self.catch_up()
        self._is_on = True

    def begin(self, visit):
        """The visit's address is there."""
        self._visits[visit.address.encode()] = visit
        self._last = visit

    def catch_up(self):
        """Returns when everything that was sent before is taken."""
        number, taken = next(self._numbers), threading.Event()
        self._marks[b"%d" % number] = taken
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sender:
            sender.settimeout(FULL_S)
            sender.sendto(f"Jan  1 00:00:00 {MARK}: {number}".encode(), self.socket_path)
        if not taken.wait(FULL_S):
            raise RuntimeError("the log is not taken")

    def is_idle(self):
        """Whether nothing came for a second."""
        return time.monotonic() - self._heard_at > IDLE_S

    def write(self, path, begin, style):
        """Writes the log in order of time; returns the number of lines."""
        self._is_on = False
        lines = sorted(self.lines, key=lambda line: line[:2])
        with open(path, "wb") as file:
            for at, text in renumber(lines):
                file.write(stamp(max(at, begin), style) + b" " + HOST + b" " + text + b"\n")
        return len(self.lines)

    def _take(self):
        while True:
            found = LINE.fullmatch(self._socket.recv(1 << 16).rstrip(b"\n\0"))
            if found is None:
                continue
            text, tag, pid, message = found.groups()
            if tag == MARK.encode():
                self._marks.pop(message).set()
            elif self._is_on:
                self._heard_at = time.monotonic()
                self._keep(text, tag, pid, message)

    def _keep(self, text, tag, pid, message):
        is_dovecot = tag == b"dovecot"
        visit = (self._of_dovecot if is_dovecot else self._of_postfix)(tag, pid, message)
        if visit is OURS:
            return
        if isinstance(visit, bytes):  # two processes, two pipes: the later line may come first
            self._early.setdefault(visit, []).append((text, tag, pid, message))
            return
        if visit is None:
            self.strays.append(text)
            visit = self._last
            if visit is None:
                return
        spent = min(time.monotonic() - visit.ticked, 0.9)
        session = (pid, self._served[pid]) if tag.endswith(b"/smtpd") else None
        self.lines.append((visit.now + spent, next(self._numbers), text, session))
        self._tell(visit, tag, message)
        for found in SESSION.findall(message) if self._early else ():
            for early in self._early.pop(found, ()):
                self._keep(*early)

    @staticmethod
    def _tell(visit, tag, message):
        """Counts the ends of connections and what the checker says."""
        later = LATER.match(message)
        is_end = (
            message.startswith((b"disconnect from ", b"DISCONNECT "))
            or (later is not None and later[2].startswith(LEFT))
            or (b"-login: " in message and b" Login: " not in message and b"rip=" in message)
        )
        with visit.came:
            visit.ended += is_end
            visit.checked += tag == b"dovecot" and CHECKER.match(message) is not None
            visit.came.notify_all()

    def _of_dovecot(self, _tag, _pid, message):
        if later := LATER.match(message):
            return self._sessions.get(later[1], later[1])
        if checker := CHECKER.match(message):
            return self._visits.get(checker[1])
        rips = RIP.findall(message)
        visit = self._visits.get(rips[-1]) if rips else None
        if visit and (session := SESSION.search(message)):
            self._sessions[session[1]] = visit
        return visit

    def _of_postfix(self, tag, pid, message):
        if tag.endswith(b"/smtpd"):
            visit = self._of_smtpd(pid, message)
        else:
            found = PEER.search(message) or BLOCKED.match(message)
            visit = self._visits.get(found[1]) if found else None
        if queue_id := QUEUE_ID.match(message):
            if visit:  # smtpd speaks first of a mail
                self._mails[queue_id[1]] = visit
            visit = self._mails.get(queue_id[1])
        return visit

    def _of_smtpd(self, pid, message):
        """A process has one client at a time; a name that lies is told of before it."""
        found = NAMED.match(message)
        if not found and message.startswith((b"connect from ", b"disconnect from ")):
            found = PEER.search(message)
        if found:
            self._pids[pid] = self._visits.get(found[1])
            has_begun = self._begun.get(pid)  # by a line about the name
            self._served[pid] += not has_begun and not message.startswith(b"disconnect ")
            self._begun[pid] = not message.startswith((b"connect ", b"disconnect "))
        return self._pids.get(pid)


def stamp(at, style):
    """The time as syslog has it: "3164" or "3339"."""
    when = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    if style == "3339":
        return when.isoformat(timespec="microseconds").encode()
    return when.strftime("%b ").encode() + b"%2d" % when.day + when.strftime(" %H:%M:%S").encode()
