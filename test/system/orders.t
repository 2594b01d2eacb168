#!/usr/bin/python3
"""What commands change: bans prolonged and lifted by address, account and jail, and what is left of it
when everything is killed."""
import json
import os
import re
import shlex
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network, Nft, attacker4, attacker6  # noqa: E402

DONE, NO_MATCH, USAGE, REFUSED = 0, 1, 2, 4
CUSTOMERS = (attacker4(1), attacker6(1))


def run(guard, *words):
    """The CompletedProcess of `komainu words`."""
    return guard.command(*words, check=False)


def fail(log, address, account, ssh=False):
    """Three failures of an address."""
    line = logs.ssh_failure if ssh else logs.sasl_failure
    log.write(*(line(address, account) for _ in range(3)))


def left(guard, address):
    """Seconds that the kernel gives an element with this address, or None."""
    said = guard.namespace.run("nft", "-j", "list", "table", "inet", "komainu").stdout
    for item in json.loads(said)["nftables"]:
        for element in item.get("set", {}).get("elem", ()):
            inner = element.get("elem", {}) if isinstance(element, dict) else {}
            if inner.get("val") == address:
                return inner.get("expires")
    return None


def jails(t, guard):
    """The list, and one of them."""
    listed = guard.ask("jails")["jails"]
    names = [jail["name"] for jail in listed]
    t.ok({"postfix-sasl", "sshd"} <= set(names), "jails lists both")
    row = next(jail for jail in listed if jail["name"] == "postfix-sasl")
    t.equal((row["maxretry"], row["mode"]), (3, "enforce"), "with limits and mode")
    lines = run(guard, "jails", "--jsonl").stdout.splitlines()
    t.equal([json.loads(line)["name"] for line in lines], names, "--jsonl has one a line")
    one = guard.ask("jails", "sshd")
    t.equal(one["jail"]["filter"], "sshd", "jails NAME tells the filter")
    t.ok(one["sources"][0]["path"].endswith("mail.log"), "and the log")
    options = {row["name"]: row["value"] for row in one["options"]}
    t.equal(options.get("bantime"), "1h", "and the options in force")
    done = run(guard, "jails", "nonsense")
    t.equal(done.returncode, USAGE, "a jail that is not there")
    t.equal(done.stderr, "komainu: jails: nonsense: no such jail is on\n", "is named")


def since(t, guard):
    """bans --since and --until, by when they were made."""
    count = len(guard.bans())
    for words, expected in (
        ("--since -1h", count),
        ("--since today --until now", None),
        ("--until -1h", 0),
        ("--since 1970-01-02 --until '1h ago'", 0),
        ("--since -1h --jail sshd", 1),
        (f"--since -1h {attacker4(0)}", 1),
    ):
        done = run(guard, "bans", "--jsonl", *shlex.split(words))
        found = len(done.stdout.splitlines())
        if expected is not None:
            t.equal(found, expected, f"bans {words}")
        t.equal(done.returncode, DONE if found else NO_MATCH, "  and the exit code")


def extend(t, guard):
    """A ban ends later: in the kernel, in the list, and after everything was killed."""
    who = attacker4(0)
    t.ok(0 < left(guard, who) <= 3600, "an hour in the kernel")
    t.equal(run(guard, "extend", who, "--for", "1h", "--dry-run").returncode, DONE, "dry run")
    t.ok(left(guard, who) <= 3600, "changes nothing")
    t.equal(run(guard, "extend", who, "--for", "1h").returncode, DONE, "extend by an hour")
    t.ok(tap.eventually(lambda: 6000 < (left(guard, who) or 0) <= 7200, 5), "two in the kernel")
    guard.kill()
    guard.start()
    t.ok(tap.eventually(lambda: 6000 < (left(guard, who) or 0) <= 7200, 5), "still after kill -9")
    ban = guard.ask("bans", who)["bans"][0]
    t.equal((ban["jail"], ban["failures"]), ("postfix-sasl", 3), "and it is the same ban")
    t.equal(run(guard, "extend", who, "--for", "permanent").returncode, DONE, "for ever")
    t.equal(guard.ask("bans", who)["bans"][0]["until"], None, "is listed so")
    t.equal(run(guard, "extend", who, "--for", "1d").returncode, NO_MATCH, "longer is nothing")
    done = run(guard, "extend", "192.0.2.200", "--for", "1h")
    t.equal((done.returncode, done.stderr), (NO_MATCH, "komainu: extend: not banned\n"),
            "what is not banned is not prolonged")


def unban(t, guard, nft):
    """By account, by jail, and all."""
    before = nft.banned()
    done = run(guard, "unban", "--account", "Alice@Example.org", "--dry-run")
    t.equal(done.returncode, DONE, "unban --account --dry-run")
    t.ok(all(address in done.stdout for address in CUSTOMERS), "names the addresses")
    t.equal(nft.banned(), before, "and lifts nothing")
    answer = guard.ask("unban", "--account", "alice@example.org")
    t.equal({ban["address"] for ban in answer["bans"]}, set(CUSTOMERS), "unban --account")
    t.ok(tap.eventually(lambda: nft.banned() == before - set(CUSTOMERS), 5),
         "lifts just those")
    t.equal(run(guard, "unban", "--account", "alice@example.org").returncode, NO_MATCH,
            "a second time there is nothing")
    t.equal([ban["jail"] for ban in guard.ask("bans", "--jail", "sshd")["bans"]], ["sshd"],
            "bans --jail")
    t.equal(run(guard, "bans", "--jail", "nonsense").returncode, USAGE, "of no jail")
    t.equal(guard.ask("unban", "--jail", "sshd")["matched"], 1, "unban --jail")
    t.equal(run(guard, "bans", "--jail", "sshd").returncode, NO_MATCH, "it has none left")
    t.ok(guard.ask("unban", "--all")["matched"] >= 2, "unban --all")
    t.ok(tap.eventually(lambda: nft.banned() == set(), 5), "empties the kernel")
    guard.kill()
    guard.start()
    t.equal((guard.bans(), nft.banned()), ([], set()), "and stays so after kill -9")


LINE = re.compile(
    r"nft (add|delete) element inet komainu (\S+) \{ (\S+)(?: timeout (\d+)s)? \}"
)


def element(guard, name, who):
    """What `nft -j list set` says of an element: its timeout, 0 for ever; None: no such."""
    said = guard.namespace.run("nft", "-j", "list", "set", "inet", "komainu", name).stdout
    for item in json.loads(said)["nftables"]:
        for held in item.get("set", {}).get("elem", ()):
            inner = held.get("elem", {}) if isinstance(held, dict) else {"val": held}
            if inner.get("val") == who:
                return inner.get("timeout", 0)
    return None


def shown(t, guard, *words):
    """The changes that a dry run shows, after which the kernel is as before: (verb, set,
    element, timeout). nft itself finds nothing wrong with them."""
    before = guard.namespace.run("nft", "-s", "list", "ruleset").stdout
    lines = []

    def is_told_alike():
        lines[:] = guard.ask(*words, "--dry-run")["lines"]
        said = run(guard, *words, "--dry-run").stdout
        return lines and all(f"  {line}\n" in said for line in lines)

    # A timeout that is left differs where a second ends between the two.
    t.ok(tap.eventually(is_told_alike, 5), f"{' '.join(words)} --dry-run")
    t.equal(guard.namespace.run("nft", "-s", "list", "ruleset").stdout, before, "  does nothing")
    script = "\n".join(line.removeprefix("nft ") for line in lines)
    done = guard.namespace.run("nft", "-c", "-f", "-", input=script, check=False)
    t.equal((done.returncode, done.stderr), (0, ""), "  nft would take it")
    return [LINE.fullmatch(line).groups() for line in lines]


def dry(t, guard, log, nft):
    """What --dry-run shows is what the kernel holds afterwards."""
    t.ok(
        tap.eventually(
            lambda: not guard.status()["bans_waiting"] and not nft.elements("ban4_24"), 20, every=0.05
        ),
        "(the kernel has all orders before)",
    )
    for who, span, seconds in (
        ("192.0.2.77", "1h", 3600), ("2001:db8:77::1", "90m", 5400), ("192.0.2.78", "permanent", 0),
        ("198.51.100.0/24", "1d", 86400), ("2001:db8:78::/56", "2h", 7200),
    ):
        ((verb, name, key, timeout),) = shown(t, guard, "ban", who, "--for", span)
        t.equal((verb, int(timeout or 0)), ("add", seconds), "  for as long as was said")
        t.equal(element(guard, name, key), None, f"  {name} has no {key}")
        guard.command("ban", who, "--for", span)
        t.equal(element(guard, name, key), seconds, "  and the ban itself puts it there")
    gone, (verb, name, key, timeout) = shown(t, guard, "extend", "192.0.2.77", "--for", "1h")
    t.equal(gone, ("delete", name, key, None), "an element that is there is taken out first")
    guard.command("extend", "192.0.2.77", "--for", "1h")
    t.ok(
        tap.eventually(lambda: abs((element(guard, name, key) or 0) - int(timeout)) <= 60, 5)
        and 7000 < int(timeout) <= 7200,
        "extend: the time is the kernel's afterwards",
    )
    for who in ("192.0.2.77", "2001:db8:77::1", "192.0.2.78", "198.51.100.0/24",
                "2001:db8:78::/56"):
        ((verb, name, key, _),) = shown(t, guard, "unban", who)
        t.ok(verb == "delete" and element(guard, name, key) is not None, "  is there")
        guard.command("unban", who)
        t.ok(tap.eventually(lambda n=name, k=key: element(guard, n, k) is None, 5), "  and gone")
    dry_of_two(t, guard, log, nft)
    for words, code in ((("ban", "127.0.0.1"), REFUSED), (("ban", "203.0.113.1"), REFUSED),
                        (("ban", "192.0.2.0/25"), REFUSED), (("unban", "192.0.2.99"), NO_MATCH),
                        (("extend", "192.0.2.99", "--for", "1h"), NO_MATCH)):
        done, real = run(guard, *words, "--dry-run"), run(guard, *words)
        t.equal(done.returncode, code, f"{' '.join(words)} --dry-run")
        t.equal((real.returncode, real.stderr), (code, done.stderr), "  as without it")


def dry_of_two(t, guard, log, nft):
    """Two jails ban one address from the same ports: one element."""
    who = attacker4(40)
    fail(log, who, "info@example.org")
    fail(log, who, "info", ssh=True)
    t.ok(tap.eventually(lambda: len(guard.ask("bans", who)["bans"]) == 2, 5), "two bans of one")
    t.ok(tap.eventually(lambda: who in nft.banned(), 5), "and one element")
    t.equal(len(shown(t, guard, "unban", who)), 1, "that goes once")
    kinds = [verb for verb, *_ in shown(t, guard, "unban", who, "--jail", "sshd")]
    t.equal(kinds, ["delete", "add"], "with one of them the other one's time is put in its place")
    guard.command("unban", who)
    t.ok(tap.eventually(lambda: who not in nft.banned(), 5), "(both lifted)")


def around(t, guard, nft):
    """An address of a network that is banned; test/system/holes.t lets it out."""
    who, network = "198.51.100.7", "198.51.100.0/24"
    guard.command("ban", network, "--for", "1h", "--comment", "a gang, by eye")
    guard.command("ban", who, "--for", "1h")
    done = run(guard, "unban", who)
    t.ok(
        done.returncode == REFUSED and f"lies in {network}" in done.stderr
        and "its own ban is lifted" in done.stderr,
        "the own ban of an address in a banned network is lifted, and the network is named",
    )
    t.ok(
        tap.eventually(lambda: who not in nft.elements("ban4"), 5)
        and "198.51.100.0" in nft.elements("ban4_24"),
        "in the kernel, and the network's does not",
    )
    done = run(guard, "why", who)
    t.ok(
        f"{who} is banned" in done.stdout and f"all of {network}" in done.stdout,
        "why tells the ban of the network",
    )
    t.ok("a gang, by eye" in done.stdout, "and the comment it was given")
    t.equal(run(guard, "unban", network).returncode, DONE, "the network is let out by its name")
    t.equal(run(guard, "unban", who).returncode, NO_MATCH, "then there is nothing to lift")
    t.ok("is not banned" in run(guard, "why", who).stdout, "and why agrees")


def history(t, guard):
    """What was, in rows of its own, whatever ended it."""
    rows = guard.ask("history")["history"]
    t.equal([row["since"] for row in rows], sorted((row["since"] for row in rows), reverse=True),
            "history is newest first")
    t.equal(len(rows), 5, "a row for each ban, none more for one that was prolonged")
    t.equal({row["end"] for row in rows}, {"lifted by hand"}, "and how it ended")
    t.ok(all(row["ended"] >= row["since"] for row in rows), "and when")
    for words, expected in ((attacker4(0), 1), ("--jail sshd", 1), ("--since -1h", 5),
                            ("--until -1h", 0), (f"{attacker4(0)} --jail sshd", 0),
                            ("0.0.0.0/0", 4), ("--jail nonsense", 0)):
        done = run(guard, "history", "--jsonl", *shlex.split(words))
        t.equal((len(done.stdout.splitlines()), done.returncode),
                (expected, DONE if expected else NO_MATCH), f"history {words}")
    who = "198.18.9.9"
    run(guard, "ban", who, "--for", "1h")
    row = guard.ask("history", who)["history"][0]
    t.equal((row["jail"], row["end"], row["ended"]), ("manual", "in force", None), "one in force")
    run(guard, "extend", who, "--for", "1h")
    t.equal(guard.ask("history", who)["history"][0]["until"],
            guard.ask("bans", who)["bans"][0]["until"], "that was prolonged")
    run(guard, "unban", who)
    t.equal(guard.ask("history", who)["history"][0]["end"], "lifted by hand", "and lifted")


def many(t, guard, folder):
    """More than a page of the store, and more than waits for a command at once."""
    with open(f"{folder}/list", "w", encoding="ascii") as file:
        file.writelines(f"198.19.{i // 256}.{i % 256}\n" for i in range(6000))
    done = run(guard, "import", f"{folder}/list", "--for", "1d")
    t.equal((done.returncode, done.stderr), (DONE, ""), "6000 bans")
    found = run(guard, "history", "--jsonl", "198.19.0.0/16").stdout.splitlines()
    t.equal(len({json.loads(line)["address"] for line in found}), 6000, "are all told")
    t.equal(len(found), 6000, "once each")


def main(t):
    """One guard with two jails."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=3, sshd=True) as guard:
            nft = Nft(net.server)
            fail(log, attacker4(0), "info@example.org")
            fail(log, attacker4(2), "alice@example.orgx")
            fail(log, attacker4(3), "root", ssh=True)
            for address in CUSTOMERS:
                fail(log, address, "alice@example.org")
            wanted = {attacker4(0), attacker4(2), attacker4(3), *CUSTOMERS}
            t.ok(tap.eventually(lambda: nft.banned() == wanted, 5), "five are banned")
            jails(t, guard)
            since(t, guard)
            extend(t, guard)
            unban(t, guard, nft)
            history(t, guard)
            many(t, guard, net.folder)
            around(t, guard, nft)
            dry(t, guard, log, nft)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
