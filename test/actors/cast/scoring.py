"""What bans would have stopped, and whom they would have hit, against a truth.

A ban covers what begins after the second in which it was made, until its end. Of an attacker's
attempts (of a whole class, where its truth says so) the first `free` cannot be stopped.
"""
import collections
import dataclasses
import json
import math

from komainu_test.attempts import find
from komainu_test.bans import enforced

FREE = 1  # where a truth does not say


def read(lines, is_observed_too=False, jails=()):
    """Bans from lines of JSON; those without an address or network are passed over."""
    rows = ({"enforced": True, "jail": ""} | json.loads(line) for line in lines)
    rows = [row for row in rows if row.get("address") or row.get("prefix")]
    return enforced(rows, is_observed_too, jails)


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


def _hold(spans, when):
    return any(since < when < until for since, until in spans)


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
        unit += [(when, _hold(spans, when)) for when in told["attempts"]]
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
        row.refused += sum(_hold(spans, when) for when in done)
    return _in_order(found, truth)


def from_generator(told, log):
    """The truth of a generator, which has numbers of attempts, as ours, which has times: those
    of the sessions that the log has of each address."""
    found, _ = find(log, {*told["attackers"], *told["honest_mistakes"]})
    times = {a: [one.when for one in done if one.kind] for a, done in found.items()}
    attackers = {
        address: {"class": row["type"], "attempts": times.get(address, [])}
        for address, row in told["attackers"].items()
    }
    honest = {
        address: {"class": "honest", "failures": times.get(address, []), "successes": []}
        for address in told["honest_mistakes"]
    }
    return {"classes": {}, "attackers": attackers, "honest": honest}
