"""Whom Debian's fail2ban would have banned of a past log, by its own modules.

Its filters are read and its expressions matched by its own code, which is given each line's time,
and its FailManager counts. What is not its own is the clock, which is the log's, and this: what an
address does while it is banned is not counted, for it would not have come to pass.
"""
import hashlib
import importlib
import json
import logging
import os
import subprocess

from .bans import Bans

PACKAGE = "/usr/lib/python3/dist-packages/fail2ban"
FOLDER = "/etc/fail2ban"
SERVICE_S = 5  # how often a filter forgets what is out of its findtime
BANTIME_S = 600
# The jails of a mail server: filter with its options, and what its lines hold.
NORMAL = (
    ("postfix", {"mode": "more"}, "postfix"),
    ("postfix", {"mode": "auth"}, "postfix"),
    ("dovecot", {}, "dovecot"),
    ("sshd", {}, "sshd"),
)
AGGRESSIVE = (
    ("postfix", {"mode": "aggressive"}, "postfix"),
    ("dovecot", {"mode": "aggressive"}, "dovecot"),
    ("sshd", {"mode": "aggressive"}, "sshd"),
)
# name -> jails, maxretry, findtime
SETTINGS = {
    "5 in 600 s": (NORMAL, 5, 600),
    "3 in 600 s": (NORMAL, 3, 600),
    "2 in 660 s": (NORMAL, 2, 660),
    "aggressive": (AGGRESSIVE, 5, 600),
}


def is_there():
    """Whether the package is installed."""
    return os.path.isdir(PACKAGE) and os.path.isdir(FOLDER)


def _module(name):
    """A module of fail2ban; without the package this file can still be read."""
    return importlib.import_module(f"fail2ban.{name}")


def _filter(name, options):
    """A Filter of fail2ban with what its own reader makes of a file in filter.d."""
    reader = _module("client.filterreader").FilterReader(name, name, options, basedir=FOLDER)
    if not reader.read():
        raise RuntimeError(f"fail2ban cannot read its filter {name}")
    reader.applyAutoOptions("auto")
    reader.getOptions(None)
    made = _module("server.filter").Filter(None, useDns="no")
    made.checkFindTime = False  # each line is read when it is written
    for command in reader.convert():
        for value in command[3] if command[0] == "multi-set" else command[3:]:
            if command[2] == "prefregex":
                made.prefRegex = value
            elif command[2] == "addfailregex":
                made.addFailRegex(value)
            elif command[2] == "addignoreregex":
                made.addIgnoreRegex(value)
            elif command[2] == "maxlines":
                made.setMaxLines(int(value))
    return made


def failures(jails, lines):
    """For each jail what its filter finds, [(epoch seconds, address)]; lines as attempts.find()
    gives them. A line without the word of a jail cannot match there and is not shown to it."""
    logging.getLogger("fail2ban").setLevel(logging.CRITICAL)
    clock = _module("server.mytime").MyTime
    found = []
    for name, options, word in jails:
        reader, hits = _filter(name, options), []
        for when, date, line in lines:
            if word not in line:
                continue
            clock.setTime(when)
            parts = ("", date, line[len(date) :])
            hits += [(hit[2], str(hit[1])) for hit in reader.processLine(parts, when)]
        found.append(hits)
    clock.setTime(None)
    return found


def ban(found, maxretry, findtime, bantime=BANTIME_S):
    """The Bans that fail2ban's counting makes of the failures of all jails."""
    bans, until = Bans(), {}
    managers = []
    for _ in found:
        managers.append(_module("server.failmanager").FailManager())
        managers[-1].setMaxRetry(maxretry)
        managers[-1].setMaxTime(findtime)
    ticket = _module("server.ticket").FailTicket
    service = [0] * len(managers)
    every = ((when, jail, who) for jail, hits in enumerate(found) for when, who in hits)
    for when, jail, who in sorted(every):
        if when < until.get(who, 0):
            continue
        if when >= service[jail]:
            managers[jail].cleanup(when)
            service[jail] = when + SERVICE_S
        if managers[jail].addFailure(ticket(who, when)) >= maxretry:
            managers[jail].toBan(who)
            until[who] = when + bantime
            bans.add(who, when, until[who])
    return bans


def _filters():
    """The bytes of its filters, as they lie there, and its version."""
    done = subprocess.run(["dpkg-query", "-W", "fail2ban"], check=False, capture_output=True)
    texts = [done.stdout]
    for name in sorted(os.listdir(f"{FOLDER}/filter.d")):
        if os.path.isfile(f"{FOLDER}/filter.d/{name}"):
            with open(f"{FOLDER}/filter.d/{name}", "rb") as file:
                texts.append(file.read())
    return b"".join(texts)


def kept_failures(folder, jails, lines):
    """failures(), kept in a folder for the next time with the same lines, jails and package."""
    digest = hashlib.sha256(repr(jails).encode() + _filters())
    for line in lines:
        digest.update(repr(line).encode())
    path = f"{folder}/fail2ban-{digest.hexdigest()[:24]}.json"
    if not os.path.exists(path):
        with open(f"{path}.new", "w", encoding="ascii") as file:
            json.dump(failures(jails, lines), file)
        os.rename(f"{path}.new", path)
    with open(path, encoding="ascii") as file:
        return json.load(file)
