"""What a filter says of a log, by `komainu test-filter`, to compare with what was done."""
import collections
import json
import subprocess

from .guard import KOMAINU

TIMEOUT_S = 120


def rows(log, name):
    """What `komainu test-filter` says of each line of the log, as objects, where filter `name`
    (with its arguments) finds an event."""
    done = subprocess.run(
        [KOMAINU, "test-filter", name, log, "--jsonl"],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"test-filter {name}: exit {done.returncode}: {done.stderr}")
    lines = map(json.loads, done.stdout.splitlines())
    return [line for line in lines if line.get("result") in ("matched", "told")]


def verdicts(log, name):
    """The events that the filter finds in the log: for each address a sorted list of what
    happened. A failure is "kind account", what is only told is "=kind account"; the account
    is "-" for none."""
    found = collections.defaultdict(list)
    for line in rows(log, name):
        sign = "=" if line["result"] == "told" else ""
        who = line.get("account") or "-"
        found[line["address"]].append(f"{sign}{line['kind']} {who}")
    return {address: sorted(events) for address, events in found.items()}


def details(log, name, field):
    """address -> the values of `field` ("recipient", "detail") that the filter found."""
    found = collections.defaultdict(set)
    for line in rows(log, name):
        if line.get(field):
            found[line["address"]].add(line[field])
    return dict(found)
