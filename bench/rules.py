"""What the rules of jail.conf cost: `komainu replay` of the same log with all of them and with none,
the same jails with filters being on: seconds of CPU and, where valgrind is, instructions.
"""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, HERE + "/../test/lib"]
# pylint: disable=wrong-import-position
import loggen  # noqa: E402
from komainu_test.guard import KOMAINU  # noqa: E402

GOAL = 0.8  # of the lines a second without them
COLLECTED = re.compile(r"Collected : (\d+)")


def built_in():
    """name -> whether it is a rule, of all jails."""
    with open(f"{HERE}/../etc/jail.conf", encoding="utf-8") as file:
        parts = re.split(r"^\[(.+)\]\n", file.read(), flags=re.M)[1:]
    pairs = zip(parts[::2], parts[1::2])
    return {
        name: bool(re.search("^events", text, re.M)) for name, text in pairs if name != "DEFAULT"
    }


def configure(folder, filters, is_on, more=""):
    """Writes a configuration: jails of these filters, and all rules or none; returns its folder.
    `more` stands in the sections of the jails."""
    os.mkdir(folder)
    with open(f"{folder}/jail.local", "w", encoding="ascii") as file:
        for name, is_rule in built_in().items():
            is_enabled = is_on if is_rule else name in filters
            file.write(f"[{name}]\nenabled = {'yes' if is_enabled else 'no'}\n")
            file.write(more if name in filters else "")
    return folder


def instructions(config, log):
    """Of one replay under callgrind."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        + [KOMAINU, "replay", "--json", "--config", config, log],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return int(COLLECTED.search(done.stderr)[1])


def a_line(cost, folder, kind, count):
    """What a line costs: between two sizes of a log, so that starting does not count."""
    costs = []
    for size in (count // 10, count):
        log = f"{folder}/rules.log"
        loggen.write_kind(log, kind, size)
        costs.append(cost(log))
        os.remove(log)
    return (costs[1] - costs[0]) / (count - count // 10)


def compare(table, seconds, folder, filters, is_quick):
    """Prints the rows: with all rules, with none; `seconds(config, log)` of CPU."""
    count, counted = (500_000, 20_000) if is_quick else (2_000_000, 100_000)
    configs = [configure(f"{folder}/{is_on}", filters, is_on) for is_on in (True, False)]

    def best(config, log):
        return min(seconds(config, log) for _ in range(3))

    for kind in ("quiet", "mixed", "attack"):
        on, off = (
            1 / a_line(lambda log, c=config: best(c, log), folder, kind, count)
            for config in configs
        )
        table.row(f"{kind} log", on, off, "lines/s", f"> {GOAL}x", is_more_better=True)
        if not shutil.which("valgrind"):
            continue
        on, off = (
            a_line(lambda log, c=config: instructions(c, log), folder, kind, counted)
            for config in configs
        )
        table.row(f"{kind} log, instructions", on, off, "a line", f"> {GOAL}x")
    if not shutil.which("valgrind"):
        print("  (without valgrind no instructions are counted)")
