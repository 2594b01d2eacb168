#!/usr/bin/python3
"""komainu replay --compare as its users run it: the built-in configuration beside another one, over a
log in a file and the same on the standard input, held against what each says alone."""
import json
import os
import pty
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINU  # noqa: E402

SEED = 20261122
JAILS = "[postfix-sasl]\nmaxretry = 3\n[sshd]\nobserve = yes\n"
COLUMNS = 80


def write_log(path):
    """Half a day of failures of 60 addresses, and somebody in a network of theirs who mistypes
    three times and gets in."""
    dice = random.Random(SEED)
    begin = time.time() - 43_200
    lines = []
    for _ in range(600):
        when = begin + dice.random() * 40_000
        address = f"198.51.100.{dice.randint(1, 30)}"
        if dice.random() < 0.5:
            address = f"2001:db8:{dice.randint(1, 30):x}::{dice.randint(1, 3)}"
        fail = logs.sasl_failure if dice.random() < 0.7 else logs.ssh_failure
        lines.append((when, fail(address, dice.choice(("anna", "info", "root")), when)))
    for i in range(3):
        lines.append((begin + 100 + i, logs.sasl_failure("203.0.113.9", "", begin + 100 + i)))
    late = begin + 700
    lines.append((late, f"{logs.stamp(late)} dovecot: imap-login: Login: user=<otto>, method=PLAIN, "
                  "rip=203.0.113.9, lip=192.0.2.1, mpid=7, TLS, session=<x>\n"))
    with open(path, "w", encoding="ascii") as file:
        file.writelines(text for _, text in sorted(lines))


def replay(*words, **more):
    """The lines of JSON that it prints."""
    done = subprocess.run(
        [KOMAINU, "replay", "--jsonl", *words],
        capture_output=True, text=True, timeout=60, check=True, **more,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def who(row):
    """The text of whom it is about."""
    return row.get("address") or row["prefix"]


def one_side(t, name, rows, totals, alone):
    """What compare says of a side against what its configuration says alone."""
    bans = [row for row in alone if "jail" in row and "enforced" in row]
    banned = {who(row) for row in bans if row["enforced"]}
    ours = [row["banned"] for row in rows if "banned" in row and row["banned"][name]]
    t.equal(banned - {who(row) for row in ours}, set(), f"{name}: all that it bans alone")
    t.equal({who(row[name]) for row in ours} - banned, set(), f"{name}: and nobody else")
    t.equal(
        (totals[name]["bans"], totals[name]["observed"]),
        (alone[-1]["bans"], alone[-1]["observed"]),
        f"{name}: as many bans as alone",
    )
    four = sum(totals[name][key] for key in ("before", "stopped", "after", "never"))
    t.equal(four, totals["attempts"], f"{name}: every attempt is one of the four")
    jails = [row["jail"][name] for row in rows if "jail" in row and "name" in row["jail"]]
    for key in ("bans", "observed", "before", "stopped", "only"):
        total = sum(jail[key] for jail in jails if jail)
        t.equal(total, totals[name][key], f"{name}: {key} of the jails add up")


def compared(t, config, log):
    """Both ways, with and without --observed, and from the standard input."""
    for options in ((), ("--observed",)):
        rows = replay("--compare", *options, "default", config, log)
        totals = rows[-1]["compared"]
        one_side(t, "a", rows, totals, replay(*options, log))
        one_side(t, "b", rows, totals, replay(*options, "--config", config, log))
        good = {(row["known_good"]["side"], row["known_good"]["address"], row["known_good"]["refused"])
                for row in rows if "known_good" in row}
        t.ok(("b", "203.0.113.9", 1) in good, "three mistypes are a ban too many in one")
        t.equal([row for row in good if not options and row[0] == "a"], [], "and none in the other")
        turned = replay("--compare", *options, config, "default", log)[-1]["compared"]
        del turned["a"]["config"], turned["b"]["config"], totals["a"]["config"], totals["b"]["config"]
        t.equal((turned["a"], turned["b"]), (totals["b"], totals["a"]), "turned around the same")
    with open(log, "rb") as file:
        piped = subprocess.run(["cat"], stdin=file, capture_output=True, check=True).stdout
    again = replay("--compare", "--observed", "default", config, "-", input=piped.decode("ascii"))
    t.equal(again[:-1], rows[:-1], "the same of the standard input")


def on_terminal(t, config, log):
    """What a terminal of 80 columns shows of both has no line that is wider."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # pylint: disable=consider-using-with
        [KOMAINU, "replay", "--compare", "--observed", "default", config, log],
        stdout=theirs, env=os.environ | {"COLUMNS": str(COLUMNS)},
    )
    os.close(theirs)
    text = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        text += part
    t.equal(process.wait(timeout=60), 0, "on a terminal")
    os.close(ours)
    lines = text.decode().replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines()
    wide = [line for line in lines if len(line) > COLUMNS and not line.startswith(("A: ", "B: "))]
    t.ok(len(lines) > 20, f"shows {len(lines)} lines")
    t.equal([line for line in wide if " read, " not in line], [], "none of them is too wide")


def main(t):
    """Writes a log and a configuration."""
    with tempfile.TemporaryDirectory() as folder:
        config, log = f"{folder}/b", f"{folder}/log"
        os.mkdir(config)
        with open(f"{config}/jail.local", "w", encoding="ascii") as file:
            file.write(JAILS)
        write_log(log)
        compared(t, config, log)
        on_terminal(t, config, log)


if __name__ == "__main__":
    tap.main(main, [KOMAINU])
