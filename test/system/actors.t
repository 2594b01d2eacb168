#!/usr/bin/python3
"""Some hours at a real Postfix and Dovecot with every kind of actor: the log and its truth say the
same, replay reads it all, and the score of bans is what one counts by hand.
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
ACTORS = HERE + "/../actors"
sys.path[:0] = [HERE + "/../lib", ACTORS]
# pylint: disable=wrong-import-position
from cast import ACTORS as CAST  # noqa: E402
from cast.processes import renumber  # noqa: E402
from cast.world import World  # noqa: E402
from komainu_test import tap  # noqa: E402
from komainu_test.bans import epoch  # noqa: E402
from komainu_test.guard import KOMAINU  # noqa: E402
from komainu_test.net import remove_leftovers  # noqa: E402

HOURS, SEED = 3, 7
TIMEOUT_S = 280
SERVERS = ("192.0.2.", "2001:db8:1::", "127.0.0.")
LONGEST_S = 600  # an attempt's line comes at the end of its session
ADDRESS = re.compile(r"(?:\[|rip=|,|addr |address )((?:\d+\.){3}\d+|2001:[0-9a-f:]+)(?=[\],>) ]|$)")
COUNTED = re.compile(r"SASL \w+ authentication failed|\(auth failed, (\d+) attempts")
BEGIN = 1_700_000_000


def made(folder):
    """Makes the log; returns how that went, its lines as (epoch, text), and the truth."""
    done = subprocess.run(
        [f"{ACTORS}/make", f"--hours={HOURS}", f"--seed={SEED}", "--out", folder, "--stamps=3339"],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    if done.returncode:
        raise RuntimeError(f"exit {done.returncode}: {done.stdout}{done.stderr}")
    with open(f"{folder}/truth.json", encoding="utf-8") as file:
        truth = json.load(file)
    with open(f"{folder}/mail.log", encoding="utf-8", errors="replace") as file:
        lines = [(int(epoch(line.split(" ", 1)[0])), line) for line in file]
    return done, lines, truth


def by_address(lines):
    """address -> (times of its lines, wrong passwords that they tell of)."""
    times, wrong = collections.defaultdict(list), collections.Counter()
    for when, line in lines:
        addresses = {a for a in ADDRESS.findall(line) if not a.startswith(SERVERS)}
        for address in addresses:
            times[address].append(when)
        found = COUNTED.search(line)
        if found:
            wrong[addresses.pop()] += int(found[1] or 1)
    return times, wrong


def compare(t, lines, truth):
    """The log and the truth."""
    whens = [when for when, _ in lines]
    t.equal(whens, sorted(whens), "the lines are in the order of time")
    t.equal(overlapping(lines), [], "an smtpd has one client at a time")
    t.ok(truth["begin"] <= whens[0] and whens[-1] <= truth["end"], "they lie in the log's hours")
    times, wrong = by_address(lines)
    told = truth["attackers"] | truth["honest"]
    t.equal(sorted(set(times) - set(told)), [], "every address of the log is in the truth")
    without = [
        (address, when)
        for address, row in told.items()
        for when in row.get("attempts", []) + row.get("failures", []) + row["successes"]
        if not any(when <= at <= when + LONGEST_S for at in times[address])
    ]
    t.equal(without, [], "every attempt of the truth has a line of its address and time")
    guessed = {
        address: len(row["attempts"]) - len(row["successes"])
        for address, row in truth["attackers"].items()
        if row["what"] == ["password"]
    }
    t.ok(len(guessed) > 100, f"{len(guessed)} addresses guess passwords")
    t.equal({a: wrong[a] for a in guessed}, guessed, "the log counts as many wrong passwords")
    classes = {actor.name for actor in CAST}
    seen = {row["class"] for row in told.values()}
    t.equal(sorted(classes - seen), [], f"each of {len(classes)} kinds of actor was there")


def overlapping(lines):
    """Lines in which an smtpd begins with a client and has not done with the last one."""
    busy, found = set(), []
    for _, line in lines:
        served = re.search(r"/smtpd\[(\d+)\]: (connect|disconnect) from ", line)
        if served and served[2] == "connect":
            found += [line] if served[1] in busy else []
            busy.add(served[1])
        elif served:
            busy.discard(served[1])
    return found


def one_by_one(t):
    """Sessions of one process that overlap get two numbers."""
    said = ((b"5", 1), (b"5", 2), (b"7", 1), (b"5", 1), (b"5", 2), (b"5", 3), None)
    lines = [(n, n, b"s[%s]: [5]" % (key[0] if key else b"5"), key) for n, key in enumerate(said)]
    numbers = [text.split(b":")[0] for _, text in renumber(lines)]
    want = [b"s[5]", b"s[8]", b"s[7]", b"s[5]", b"s[8]", b"s[5]", b"s[5]"]
    t.equal(numbers, want, "a process has one client at a time")


def replayed(t, folder, lines):
    """The bans of the built-in jails, scored."""
    done = subprocess.run(
        [KOMAINU, "replay", "--json", f"{folder}/mail.log"],
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    with open(f"{folder}/bans", "w", encoding="utf-8") as file:
        file.write(done.stdout)
    t.equal(json.loads(done.stdout.splitlines()[-1])["lines"], len(lines), "replay reads all")
    score = {row["class"]: row for row in scored(folder, "bans")}
    t.equal(len(score), len(CAST), "the score has every class")
    fast = score["fast_sasl"]
    t.equal(fast["banned"], fast["attackers"], "whoever guesses fast is banned")
    t.ok(0 < fast["stopped"] <= fast["could"], f"that stops {fast['stopped']} of {fast['could']}")


def scored(folder, bans, *options):
    """What score says, as objects."""
    done = subprocess.run(
        [f"{ACTORS}/score", folder, "--json", f"{folder}/{bans}", "--rows", *options],
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def write(folder, name, text):
    """A file in the folder."""
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
        file.write(text)


def clock(seconds):
    """A time as replay tells it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(BEGIN + seconds))


def ban(since, until, enforced=True, **who):
    """A line of bans."""
    row = {"time": clock(since), "until": clock(until), "jail": "x", "enforced": enforced}
    return json.dumps(row | who) + "\n"


def by_hand(t, folder):
    """Two attackers, a swarm, and two honest people, of whom a ban of a network hits one."""
    truth = {
        "begin": BEGIN,
        "end": BEGIN + 1000,
        "classes": {
            "one": {"free": 1, "unit": "address"},
            "many": {"free": 2, "unit": "class"},
        },
        "attackers": {
            "192.0.2.1": {"class": "one", "attempts": [BEGIN + n for n in (10, 20, 30, 99)]},
            "192.0.2.2": {"class": "one", "attempts": [BEGIN + 10]},
            "198.51.100.1": {"class": "many", "attempts": [BEGIN + 10]},
            "198.51.100.2": {"class": "many", "attempts": [BEGIN + 20]},
            "198.51.100.3": {"class": "many", "attempts": [BEGIN + 30]},
        },
        "honest": {
            "198.51.100.9": {"class": "p", "failures": [BEGIN + 5], "successes": [BEGIN + 40]},
            "203.0.113.9": {"class": "p", "failures": [], "successes": [BEGIN + 40]},
        },
    }
    write(folder, "truth.json", json.dumps(truth))
    bans = ban(20, 50, address="192.0.2.1") + ban(20, 50, prefix="198.51.100.0/24")
    bans += ban(0, 999, enforced=False, address="203.0.113.9") + '{"lines":1}\n'
    write(folder, "bans", bans)
    score = {row.pop("class"): row for row in scored(folder, "bans")}
    one = {"side": "attackers", "attackers": 2, "banned": 1, "attempts": 5, "through": 4}
    many = {"side": "attackers", "attackers": 3, "banned": 3, "attempts": 3, "through": 2}
    t.equal(score["one"], one | {"could": 3, "stopped": 1}, "a ban stops what comes behind it")
    t.equal(score["many"], many | {"could": 1, "stopped": 1}, "a swarm has its free tries once")
    people = {"side": "honest", "users": 2, "failures": 1, "did": 3}
    t.equal(score["p"], people | {"hit": 1, "refused": 1}, "a ban of a network hits a neighbour")
    score = {row.pop("class"): row for row in scored(folder, "bans", "--observed")}
    t.equal(score["p"], people | {"hit": 2, "refused": 2}, "bans that only tell, on request")


def generated(t, folder):
    """The truth of a generator, which has numbers only."""
    attackers = {"192.0.2.1": {"type": "fast", "campaign": 1, "attempts": 2, "first": 0, "last": 9}}
    truth = {"attackers": attackers, "prefixes": {}, "honest_mistakes": {"192.0.2.10": 1}}
    write(folder, "truth.json", json.dumps(truth))
    warning = "warning: unknown[{}]: SASL LOGIN authentication failed: x"
    lines = [
        (10, 1, "connect from unknown[192.0.2.1]"),
        (10, 1, warning.format("192.0.2.1")),
        (15, 2, warning.format("192.0.2.10")),
        (30, 3, warning.format("192.0.2.1")),
    ]
    log = "".join(f"{clock(at)} mx1 postfix/smtpd[{pid}]: {text}\n" for at, pid, text in lines)
    write(folder, "mail.log", log)
    write(folder, "bans", ban(10, 90, address="192.0.2.1"))
    score = {row.pop("class"): row for row in scored(folder, "bans", "--truth=gen")}
    fast = {"side": "attackers", "attackers": 1, "banned": 1, "attempts": 2, "through": 1}
    t.equal(score["fast"], fast | {"could": 1, "stopped": 1}, "gen: attempts are found in the log")
    honest = {"side": "honest", "users": 1, "failures": 1, "hit": 0, "did": 1, "refused": 0}
    t.equal(score["honest"], honest, "gen: and what the honest did")


def main(t):
    """The score by hand, the plan, the log."""
    remove_leftovers()
    folder = f"{tempfile.gettempdir()}/komainu-test-{os.getpid()}-actors"
    os.mkdir(folder)
    try:
        by_hand(t, f"{folder}/hand")
        generated(t, f"{folder}/gen")
        one_by_one(t)
        plans = []
        for _ in range(2):
            plans.append(World(SEED, HOURS))
            plans[-1].plan(CAST)
        first, second = ([(p.at, p.address) for p in world.planned] for world in plans)
        t.equal(first, second, f"a seed has one plan, of {len(first)} visits")
        done, lines, truth = made(f"{folder}/log")
        t.note(done.stdout)
        t.equal(done.stderr, "", "everybody does what the script says")
        compare(t, lines, truth)
        replayed(t, f"{folder}/log", lines)
    finally:
        subprocess.run(["rm", "-r", folder], check=True)


if __name__ == "__main__":
    tap.main(
        main,
        ["postfix", "dovecot", "ip", "nsenter", "unshare", "openssl", KOMAINU]
        + ["/usr/lib/dovecot/imap-login", "/usr/lib/dovecot/pop3-login"],
    )
