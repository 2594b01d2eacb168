#!/usr/bin/python3
"""The command line: exit codes, what may not be banned, and panic with and without a guard."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINU, KOMAINUD, Guard  # noqa: E402
from komainu_test.net import (
    GATEWAY4,
    GATEWAY6,
    INSIDE4,
    INSIDE6,
    SERVER4,
    SERVER6,  # noqa: E402
    Network,
    Nft,
    attacker4,
)

DONE, NO_MATCH, USAGE, NOT_RUNNING, REFUSED = 0, 1, 2, 3, 4
PORT = 25
ALLOWED = "192.0.2.128"

# command line -> exit code, with a guard that has banned 203.0.113.10 and nobody else
EXITS = (
    ("status", DONE),
    ("bans", DONE),
    ("bans 203.0.113.10", DONE),
    ("bans 203.0.113.0/24", DONE),
    ("bans 203.0.113.11", NO_MATCH),
    ("metrics", DONE),
    ("history 203.0.113.10", DONE),
    ("history 203.0.113.11", NO_MATCH),
    ("support", DONE),
    ("why 203.0.113.10", DONE),
    ("why 203.0.113.99", NO_MATCH),
    ("unban 203.0.113.99", NO_MATCH),
    ("ban nonsense", USAGE),
    ("ban", USAGE),
    ("why 203.0.113.0/24", DONE),
    ("ban 203.0.113.0/25", REFUSED),
    ("ban 198.18.7.0/24 --for 5m", DONE),
    ("unban 198.18.7.0/24", DONE),
    ("ban 203.0.113.12 --for never", USAGE),
    ("nonsense", USAGE),
    ("status --nonsense", USAGE),
    ("help", DONE),
    ("help ban", DONE),
    ("detect", DONE),
    ("test-filter sshd nothing", NO_MATCH),
    ("test-filter nonsense nothing", USAGE),
    ("test-filter sshd", USAGE),
    ("replay --rotated /nonexistent/mail.log", USAGE),
    ("ban 203.0.113.12 --for 5m --comment test", DONE),
    ("unban 203.0.113.12", DONE),
)
PROTECTED = (
    "127.0.0.1",
    "::1",
    SERVER4,
    SERVER6,
    INSIDE4,
    INSIDE6,
    GATEWAY4,
    GATEWAY6,
    ALLOWED,
    "0.0.0.0",
    "::ffff:127.0.0.1",
)


def run(guard, line):
    """The CompletedProcess of a command line as in EXITS."""
    return guard.command(*line.split(), check=False)


def exits(t, guard):
    """Every line of the table; what fails says so on stderr in one line."""
    for line, code in EXITS:
        done = run(guard, line)
        t.equal(done.returncode, code, f"komainu {line}: exit {code}")
        if code >= USAGE:
            t.ok(
                done.stderr.startswith("komainu: ") and not done.stdout,
                "  and the error is on stderr",
            )


def protected(t, guard, nft):
    """What the enforcer never bans."""
    for address in PROTECTED:
        done = run(guard, f"ban {address}")
        t.ok(
            done.returncode in (REFUSED, USAGE),
            f"{address} cannot be banned (exit {done.returncode})",
        )
    t.equal(nft.banned(), {"203.0.113.10"}, "and none of them is in the kernel")


def protected_in_logs(t, guard, log, nft):
    """The same addresses as attackers in the log."""
    for address in PROTECTED:
        log.write(*(logs.sasl_failure(address, f"u{i}") for i in range(9)))
    log.write(*(logs.sasl_failure("203.0.113.13", f"u{i}") for i in range(3)))
    t.ok(
        tap.eventually(lambda: "203.0.113.13" in nft.banned(), 5),
        "an attacker after them is banned",
    )
    t.equal(
        nft.banned(),
        {"203.0.113.10", "203.0.113.13"},
        "lines in the log ban none of the protected",
    )
    run(guard, "unban 203.0.113.13")


def as_json(t, guard):
    """Everything that prints JSON prints JSON."""
    for line in ("status", "bans", "why 203.0.113.10", "detect"):
        done = run(guard, f"{line} --json")
        try:
            json.loads(done.stdout)
            t.ok(True, f"komainu {line} --json is JSON")
        except ValueError as error:
            t.ok(False, f"komainu {line} --json is JSON: {error}")
    t.equal(run(guard, "bans").stdout.count("203.0.113.10"), 1, "bans lists the ban once")


def metrics(t, guard):
    """The counts of status, as Prometheus reads them."""
    said = run(guard, "metrics").stdout
    values = dict(line.rsplit(" ", 1) for line in said.splitlines() if line[0] != "#")
    status = guard.status()
    t.equal(float(values["komainu_banned"]), status["bans_now"], "metrics: bans now")
    t.equal(float(values["komainu_sensor_up"]), 1, "metrics: the sensor is up")
    jail = next(jail for jail in status["jails"] if jail["name"] == "postfix-sasl")
    labels = f'{{jail="postfix-sasl",filter="{jail["filter"]}"}}'
    t.equal(float(values["komainu_jail_failures_total" + labels]), jail["failures"],
            "metrics: failures of a jail")
    names = {line.split()[2] for line in said.splitlines() if line.startswith("# TYPE ")}
    t.ok(all(line.split("{")[0].split()[0] in names for line in values), "all have a type")


def watch(t, guard, log):
    """watch prints what happens while it happens."""
    command = guard.namespace.command(KOMAINU, "watch", "--json", "--state", guard.state)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        # Its first line may be long in coming, so failures are written until one is shown.
        os.set_blocking(process.stdout.fileno(), False)
        shown = []

        def is_shown():
            log.write(logs.sasl_failure("203.0.113.200", "watched"))
            shown.extend(process.stdout.readlines())
            return any("203.0.113.200" in line for line in shown)

        t.ok(tap.eventually(is_shown, 5, every=0.05), "watch shows a failure as it happens")
        t.ok(
            shown and all(isinstance(json.loads(line), dict) for line in shown),
            "one JSON object a line",
        )
        process.terminate()


def panic(t, guard, net):
    """panic opens everything, with the guard and without it."""
    source = attacker4(0)

    def is_open():
        return net.attacker.can_connect(source, SERVER4, PORT, 0.3)

    t.ok(not is_open(), "a banned address does not connect")
    for ending, words in ((False, "panic --dry-run"), (True, "panic --off --dry-run")):
        said = run(guard, f"{words} --json").stdout
        (line,) = json.loads(said)["lines"]
        t.ok(f"  {line}\n" in run(guard, words).stdout, words)
        t.ok(is_open() == ending, "  does nothing")
        guard.namespace.run("sh", "-c", line)
        t.ok(tap.eventually(lambda e=ending: is_open() != e, 3), "  the line that it shows does")
    t.equal(run(guard, "panic --off --dry-run").returncode, NO_MATCH, "no panic to end")
    t.equal(run(guard, "panic").returncode, DONE, "panic")
    t.ok(is_open(), "it connects in a panic")
    t.equal(run(guard, "panic --dry-run").returncode, NO_MATCH, "which could not be more open")
    t.equal(run(guard, "panic --off").returncode, DONE, "panic --off")
    t.ok(tap.eventually(lambda: not is_open(), 3), "the ban is enforced again")
    guard.stop()
    t.ok(not is_open(), "stopping the guard leaves the ban in the kernel")
    t.equal(run(guard, "status").returncode, NOT_RUNNING, "status: the guard is not running")
    t.equal(run(guard, "panic").returncode, DONE, "panic without a guard")
    t.ok(is_open(), "it connects")
    guard.start()
    t.ok(is_open(), "a guard that is started in a panic leaves everything open")
    guard.stop()
    t.equal(run(guard, "panic --off").returncode, DONE, "panic --off without a guard")
    guard.start()
    t.ok(tap.eventually(lambda: not is_open(), 3), "the next guard enforces the ban again")


def refuses_to_start(t, net):
    """A configuration with an error: file and line are named, nothing runs."""
    folder = f"{net.folder}/wrong"
    os.mkdir(folder)
    with open(f"{folder}/jail.conf", "w", encoding="ascii") as file:
        file.write("[postfix-sasl]\nenabled = true\nmaxretry = many\n")
    for argv in (
        (KOMAINU, "check-config", "--config", folder),
        (KOMAINUD, "--state", f"{net.folder}/nowhere", "--config", folder),
    ):
        done = net.server.run(*argv, check=False)
        t.equal(
            done.returncode, USAGE, f"{os.path.basename(argv[0])} refuses a bad configuration"
        )
        t.ok("jail.conf:3" in done.stderr + done.stdout, "  and names file and line")


def main(t):
    """One guard, with one ban."""
    with Network() as net:
        listener = net.server.listen(SERVER4, PORT)
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=3, komainu=f"allow = {ALLOWED}") as guard:
            nft = Nft(net.server)
            log.write(*(logs.sasl_failure(attacker4(0), f"u{i}") for i in range(3)))
            t.ok(
                tap.eventually(lambda: nft.banned() == {attacker4(0)}, 5),
                "one attacker is banned",
            )
            exits(t, guard)
            protected(t, guard, nft)
            protected_in_logs(t, guard, log, nft)
            as_json(t, guard)
            metrics(t, guard)
            watch(t, guard, log)
            panic(t, guard, net)
        refuses_to_start(t, net)
        listener.close()


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
