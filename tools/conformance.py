#!/usr/bin/python3
"""Runs fail2ban's filters, read by our configuration and matched by our matcher, over log lines
whose verdict is known, and says which come out otherwise.

A row of FILE.jsonl is one object: `filter` and its `options`; `instance` and `seq`: the lines of one
instance are one log, in that order; `line`; `input` (file, or journal: the message alone); `base`
(config: the filters of the package); `expect`: match, and what is known of the failure: host, time or
epoch, attempts (lines that belong to it), users, and any other name of a group.

The last line is "N of M rows as expected"; exit status 0 only when all are.
"""
import argparse
import collections
import datetime
import ipaddress
import json
import os
import subprocess
import sys
import tempfile
import time

NOW = 1124013600  # the clock of the rows; dates without year are read near it
ZONE = "CET-01CEST-02,M3.5.0,M10.5.0"
WIDTH = 160
FAILED, USAGE = 1, 2


def read_rows(path):
    """The rows of a file; ValueError says what is wrong with it."""
    rows = []
    with open(path, encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                row = json.loads(text)
                row = {"base": "config", "input": "file", "options": {}, "seq": number} | row
                row.setdefault("instance", row["filter"])
                row["line"], row["expect"]["match"]  # pylint: disable=pointless-statement
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}:{number}: no row of a conformance file: {error!r}") from error
            rows.append(row)
    return rows


def logs_of(rows):
    """The rows that are one log, each list in its order."""
    logs = collections.defaultdict(list)
    for row in rows:
        options = json.dumps(row["options"], sort_keys=True)
        key = (row["base"], row["filter"], row["instance"], options, row["input"] == "journal")
        logs[key].append(row)
    for log in logs.values():
        log.sort(key=lambda row: row["seq"])
    return logs


def argument(value):
    """A value as it stands in the brackets behind a filter."""
    text = str(value)
    return f"'{text}'" if '"' in text else f'"{text}"'


def ask(komainu, filters, rows, extra=()):
    """What test-filter says of each row, or the text of why it says nothing."""
    first = rows[0]
    options = ",".join(f"{key}={argument(value)}" for key, value in first["options"].items())
    word = f"{filters}/{first['filter']}.conf" + (f"[{options}]" if options else "")
    if first["base"] != "config":
        return f"its filter is of `{first['base']}`, which is no folder we have"
    if not os.path.isfile(f"{filters}/{first['filter']}.conf"):
        return f"{filters}/{first['filter']}.conf is not there"
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", errors="surrogateescape", newline="") as log:
        log.writelines(row["line"].replace("\n", " ") + "\n" for row in rows)
        log.flush()
        os.utime(log.name, (NOW, NOW))
        done = subprocess.run(
            [komainu, "test-filter", "--jsonl", "--usedns", "yes"]
            + (["--journal"] if first["input"] == "journal" else [])
            + [*extra, word, log.name],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
            env=os.environ | {"TZ": ZONE},
        )
    if done.returncode not in (0, 1):
        return (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[0]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    answers = [answer for answer in answers if "line" in answer]
    return answers if len(answers) == len(rows) else "not one answer for each line"


def plain(value):
    """A text, as an address where it is one."""
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return value


def value_of(answer, name, row):
    """What the answer says under a name of `expect`."""
    fields = answer.get("fields", {})
    stamp = answer.get("time")
    if name in ("time", "epoch") and row["input"] == "journal":
        when = row.get("entry_time", NOW)
    elif name in ("time", "epoch"):
        when = datetime.datetime.fromisoformat(stamp).timestamp() if stamp else None
    if name == "epoch":
        return when
    if name == "time":
        return None if when is None else datetime.datetime.fromtimestamp(int(when)).isoformat()
    if name in ("host", "fid"):
        who = answer.get("id", answer.get("address", answer.get("prefix", answer.get("host"))))
        return who if name == "host" or fields.get("fid") is None else fields["fid"]
    if name == "attempts":
        return answer.get("attempts")
    if name == "users":
        return sorted(answer.get("users", []))
    if name == "ip" and "id" in answer:
        return answer.get("address")
    return fields.get(name)


def is_same(name, expected, got):
    """Whether a value is the expected one."""
    if expected is None or got is None:
        return expected == got
    if name == "epoch":
        return int(expected) == int(got)
    if name == "time":
        return expected[:19] == got[:19]
    if name == "users":
        return sorted(expected) == got
    if isinstance(expected, str):
        return plain(expected) == plain(got)
    return expected == got


def differences(row, answer):
    """What is other than it should be: a list of (name, expected, got)."""
    expect = row["expect"]
    # What names nobody that can be banned, as 192.030.0.6 does, was found all the same.
    is_match = answer["result"] == "matched" or (answer["result"] == "ignored" and "id" in answer)
    if is_match != expect["match"]:
        why = answer["result"] + (f" ({answer['why']})" if "why" in answer else "")
        return [("match", expect["match"], why)]
    if not is_match:
        return []
    wrong = []
    for name, expected in expect.items():
        if name == "match":
            continue
        got = value_of(answer, name, row)
        if not is_same(name, expected, got):
            wrong.append((name, expected, got))
    return wrong


def bounded(text):
    """At most WIDTH characters, none of them a control one."""
    text = "".join(c if c.isprintable() else "\ufffd" for c in str(text))
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."


def run(komainu, filters, rows, tell):
    """How many rows are as expected; tell(text) hears of the others."""
    right = 0
    for (_, name, instance, _, _), log in sorted(logs_of(rows).items()):
        answers = ask(komainu, filters, log)
        if isinstance(answers, str):
            tell(f"{bounded(instance)}: {len(log)} rows: {bounded(answers)}")
            continue
        for row, answer in zip(log, answers):
            wrong = differences(row, answer)
            right += not wrong
            if wrong:
                tell(f"{bounded(row.get('file', name))}, {bounded(instance)}, row {row['seq']}: {bounded(row['line'])}")
            for key, expected, got in wrong:
                tell(f"    {key}: expected {bounded(expected)}, got {bounded(got)}")
    return right


def folder_of(folder):
    """The folder filter.d in a configuration of fail2ban; ValueError says what to do."""
    if os.path.isdir(f"{folder}/filter.d"):
        return f"{folder}/filter.d"
    raise ValueError(
        f"{folder}/filter.d is not there: install fail2ban (apt-get install fail2ban), or unpack it"
        " (apt-get download fail2ban && dpkg -x fail2ban_*.deb DIR) and give --filters DIR/etc/fail2ban"
    )


def main():
    """Reads the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="komainu.sh conformance", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("file", metavar="FILE.jsonl")
    parser.add_argument("--filters", metavar="DIR", default="/etc/fail2ban", help="holds filter.d")
    parser.add_argument("--komainu", default="komainu", help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.environ["TZ"] = ZONE
    time.tzset()
    try:
        filters, rows = folder_of(given.filters), read_rows(given.file)
    except (OSError, ValueError) as error:
        print(f"komainu.sh conformance: {error}", file=sys.stderr)
        return USAGE
    right = run(given.komainu, filters, rows, print)
    print(f"{right} of {len(rows)} rows as expected")
    return 0 if right == len(rows) and rows else FAILED


if __name__ == "__main__":
    sys.exit(main())
