"""What bans would have stopped, and whom they would have hit, against a truth.

A ban covers what begins after the second in which it was made, until its end. Of an attacker's
attempts (of a whole class, where its truth says so) the first `free` cannot be stopped.
"""
import collections
import dataclasses
import datetime
import ipaddress
import json
import math
import re

MONTHS = {m: i for i, m in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|\b2001:db8:[0-9a-f:]*[0-9a-f]")
FAILED = re.compile(
    r"authentication failed|auth failed|no auth attempts|reject: |non-SMTP command|PREGREET|"
    r"Failed password|Invalid user|SSL_accept error|auth=0/|lost connection after"
)
FREE = 1  # where a truth does not say


def epoch(text):
    """Seconds since 1970 of a time as `komainu replay --json` tells it; None is for ever."""
    if text is None:
        return math.inf
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Bans:
    """Spans of time in which addresses and networks are banned."""

    def __init__(self):
        self.count = 0
        self._spans = collections.defaultdict(list)  # (version, length, number) -> spans
        self._kinds = set()

    @classmethod
    def read(cls, lines, is_observed_too=False, jails=()):
        """From lines of JSON; those without an address or network are passed over."""
        bans = cls()
        for row in map(json.loads, lines):
            who = row.get("address") or row.get("prefix")
            is_meant = is_observed_too or row.get("enforced", True)
            if who and is_meant and (not jails or row.get("jail") in jails):
                bans.add(who, epoch(row["time"]), epoch(row["until"]))
        return bans

    def add(self, who, since, until):
        """One ban of an address or network."""
        net = ipaddress.ip_network(who)
        self._kinds.add((net.version, net.prefixlen))
        self._spans[net.version, net.prefixlen, int(net.network_address)].append((since, until))
        self.count += 1

    def covering(self, address):
        """(since, until) of each ban that covers an address."""
        one = ipaddress.ip_address(address)
        for version, length in self._kinds:
            if version == one.version:
                below = one.max_prefixlen - length
                yield from self._spans.get((version, length, int(one) >> below << below), ())

    @staticmethod
    def hold(spans, when):
        """Whether one of the spans holds at that time."""
        return any(since < when <= until for since, until in spans)


@dataclasses.dataclass
class Attackers:
    """A class of attackers against the bans."""

    attackers: int = 0
    banned: int = 0
    attempts: int = 0
    through: int = 0  # made while no ban held
    could: int = 0
    stopped: int = 0  # of those that could be


@dataclasses.dataclass
class Honest:
    """A class of honest people against the bans; `refused` counts what they did while banned."""

    users: int = 0
    failures: int = 0
    hit: int = 0
    did: int = 0
    refused: int = 0


def score_attackers(truth, bans):
    """class -> Attackers."""
    found = collections.defaultdict(Attackers)
    units = collections.defaultdict(list)  # (class, unit) -> (time, whether stopped)
    for address, told in truth["attackers"].items():
        name, spans = told["class"], list(bans.covering(address))
        row = found[name]
        row.attackers += 1
        row.banned += bool(spans)
        is_one = truth["classes"].get(name, {}).get("unit") == "class"
        unit = units[name, "" if is_one else address]
        unit += [(when, bans.hold(spans, when)) for when in told["attempts"]]
    for (name, _), done in units.items():
        row, free = found[name], truth["classes"].get(name, {}).get("free", FREE)
        done.sort()
        row.attempts += len(done)
        row.through += sum(not is_stopped for _, is_stopped in done)
        row.could += len(done[free:])
        row.stopped += sum(is_stopped for _, is_stopped in done[free:])
    return _in_order(found, truth)


def _in_order(found, truth):
    """As the truth lists its classes."""
    order = list(truth["classes"])
    return dict(
        sorted(found.items(), key=lambda one: order.index(one[0]) if one[0] in order else 0)
    )


def score_honest(truth, bans):
    """class -> Honest."""
    found = collections.defaultdict(Honest)
    begin, end = truth.get("begin", 0), truth.get("end", math.inf)
    for address, told in truth["honest"].items():
        row, spans = found[told["class"]], list(bans.covering(address))
        done = told["failures"] + told["successes"]
        row.users += 1
        row.failures += len(told["failures"])
        row.hit += any(since < end and until > begin for since, until in spans)
        row.did += len(done)
        row.refused += sum(bans.hold(spans, when) for when in done)
    return _in_order(found, truth)


def moment(line, year):
    """Seconds since 1970 of a line's stamp in UTC; `year` is that of stamps without one."""
    if line[:1].isdigit():
        return epoch(line.split(" ", 1)[0])
    hour, minute, second = (int(part) for part in line[7:15].split(":"))
    when = datetime.datetime(year, MONTHS[line[:3]], int(line[4:6]), hour, minute, second)
    return when.replace(tzinfo=datetime.timezone.utc).timestamp()


def from_generator(told, log, year):
    """The truth of a generator, which has numbers of attempts, as ours, which has their times: each
    line of the log that names the address and tells of a failure is one."""
    attackers = {
        address: {"class": row["type"], "attempts": []}
        for address, row in told["attackers"].items()
    }
    honest = {
        address: {"class": "honest", "failures": [], "successes": []}
        for address in told["honest_mistakes"]
    }
    with open(log, encoding="utf-8", errors="replace") as file:
        for line in file:
            found = ADDRESS.search(line, 16) if FAILED.search(line) else None
            if found and found[0] in attackers:
                attackers[found[0]]["attempts"].append(moment(line, year))
            elif found and found[0] in honest:
                honest[found[0]]["failures"].append(moment(line, year))
    return {"classes": {}, "attackers": attackers, "honest": honest}
