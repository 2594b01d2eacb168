#!/usr/bin/python3
"""Who is never banned by order of a person: lifted at once, not counted, refused by judge and enforcer,
and kept through kill -9, a lost database and broken lines."""
import glob
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard, write_config  # noqa: E402
from komainu_test.net import Network, Nft, attacker4, attacker6  # noqa: E402

DONE, NO_MATCH, USAGE, REFUSED = 0, 1, 2, 4
FRIEND, OTHER = attacker4(1), attacker4(2)


def run(guard, *words):
    """The CompletedProcess of `komainu words`."""
    return guard.command(*words, check=False)


def fail(log, *addresses):
    """Three failures of each."""
    for address in addresses:
        log.write(*(logs.sasl_failure(address, f"u{i}") for i in range(3)))


def only_marker_banned(t, guard, log, nft, marker, name):
    """FRIEND fails, and then somebody else, who alone is banned."""
    before = nft.banned()
    fail(log, FRIEND, FRIEND, FRIEND, marker)
    t.ok(tap.eventually(lambda: marker in nft.banned(), 5), f"{name}: somebody else is banned")
    t.equal(nft.banned(), before | {marker}, "  and nobody on the list")
    t.equal(guard.ask("bans", FRIEND), None, "  not even in judge")


def listed(guard):
    """address or prefix -> row of those on the list by hand."""
    rows = guard.ask("allow", "list")["allowed"]
    return {row.get("address") or row["prefix"]: row for row in rows if row["by"] == "by hand"}


def orders(t, guard, log, nft):
    """allow, list, refusals."""
    done = run(guard, "allow", FRIEND, "--comment", "a friend, ä")
    t.equal((done.returncode, done.stdout),
            (DONE, f"{FRIEND} is not banned any more. 1 ban was lifted.\n"), "allow lifts the ban")
    t.ok(tap.eventually(lambda: nft.banned() == {attacker4(0), attacker6(0)}, 5), "in the kernel")
    t.equal(run(guard, "allow", FRIEND, "--comment", "a friend, ä").returncode, NO_MATCH,
            "twice changes nothing")
    t.equal(run(guard, "ban", FRIEND).returncode, REFUSED, "it cannot be banned by hand")
    failures = guard.failures()
    only_marker_banned(t, guard, log, nft, OTHER, "failures")
    t.equal(guard.failures(), failures + 3, "its failures are not counted")
    network = attacker6(0).replace("::10", "::/64")
    t.equal(run(guard, "allow", network, "--for", "1d").returncode, DONE, "allow a network")
    t.ok(tap.eventually(lambda: nft.banned() == {attacker4(0), OTHER}, 5), "lifts what is in it")
    t.ok(f"Never banned:\n  {FRIEND}, by hand: a friend, ä\n" in guard.why(FRIEND), "why says so")
    rows = listed(guard)
    t.equal(set(rows), {FRIEND, network}, "allow list has both")
    t.equal((rows[FRIEND]["comment"], rows[FRIEND]["until"]), ("a friend, ä", None), "as told")
    t.ok(rows[network]["until"] is not None, "with an end, where there is one")
    t.equal(run(guard, "allow", "list", "192.0.2.99").returncode, NO_MATCH, "of somebody else")
    t.equal(run(guard, "allow", "friend..example.org").returncode, USAGE, "no broken names")
    return network


def survives(t, guard, log, nft, network):
    """kill -9, no database, no enforcer's memory, lines that people wrote."""
    guard.kill_role("komainu-enforcer")
    guard.kill_role("komainu-judge")
    t.ok(tap.eventually(lambda: len(guard.roles()) == 3 and guard.is_ready(), 20), "roles are back")
    only_marker_banned(t, guard, log, nft, attacker4(3), "after kill -9 of judge and enforcer")
    guard.kill()
    for path in glob.glob(f"{guard.state}/judge/judge.db*"):
        os.unlink(path)
    with open(f"{guard.state}/judge/allow", "a", encoding="utf-8") as file:
        file.write("# by the night shift\n192.0.2.999 never broken\n")
    guard.start()
    t.equal(set(listed(guard)), {FRIEND, network}, "after the loss of the database")
    done = run(guard, "allow", "list")
    t.equal((done.returncode, done.stderr),
            (DONE, "komainu: allow: 1 line of the file cannot be read, the first is line 5\n"),
            "a broken line is told")
    t.ok(guard.says("allow-broken-lines"), "in the log, too")
    only_marker_banned(t, guard, log, nft, attacker4(4), "after that")
    run(guard, "allow", "remove", network)
    with open(f"{guard.state}/judge/allow", encoding="utf-8") as file:
        lines = file.read().splitlines()
    t.equal(lines[1:], ["# by the night shift", "192.0.2.999 never broken",
                        f"{FRIEND} never a friend, ä"], "and kept when the list changes")


def in_prefix(t, guard, net):
    """Inside a banned prefix, and through a reload."""
    def spared():
        return FRIEND in net.server.run("nft", "list", "set", "inet", "komainu", "spared4").stdout

    prefix = FRIEND.rsplit(".", 1)[0] + ".0/24"
    t.equal(run(guard, "ban", prefix).returncode, DONE, "a prefix around it can be banned")
    t.ok(spared(), "and leaves it alone")
    t.equal(run(guard, "reload").returncode, DONE, "reload")
    t.equal(listed(guard).keys(), {FRIEND}, "keeps the list")
    write_config(guard.config, f"{net.folder}/mail.log", maxretry=4)
    t.equal(run(guard, "reload").returncode, DONE, "also with another configuration")
    t.equal(listed(guard).keys(), {FRIEND}, "that judge reads")
    t.equal(run(guard, "ban", FRIEND).returncode, REFUSED, "and is obeyed")
    t.ok(tap.eventually(spared, 5), "also by the enforcer")
    write_config(guard.config, f"{net.folder}/mail.log", maxretry=3)
    t.equal(run(guard, "reload").returncode, DONE, "back again")
    run(guard, "unban", prefix)


def ends(t, guard, log, nft):
    """Removed, and over by itself."""
    t.equal(run(guard, "allow", "remove", FRIEND).returncode, DONE, "allow remove")
    t.equal(run(guard, "allow", "remove", FRIEND).returncode, NO_MATCH, "only once")
    fail(log, FRIEND)
    t.ok(tap.eventually(lambda: FRIEND in nft.banned(), 5), "then it is banned as anybody")
    t.equal(run(guard, "allow", FRIEND, "--for", "2s").returncode, DONE, "allow for two seconds")
    t.ok(tap.eventually(lambda: FRIEND not in nft.banned(), 5), "lets it in")

    def is_banned():
        fail(log, FRIEND)
        return FRIEND in nft.banned()

    t.ok(tap.eventually(is_banned, 10, every=0.3), "and ends by itself")
    t.equal(listed(guard), {}, "the list is empty")


def main(t):
    """One guard."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=3) as guard:
            nft = Nft(net.server)
            wanted = {attacker4(0), FRIEND, attacker6(0)}
            fail(log, *wanted)
            t.ok(tap.eventually(lambda: nft.banned() == wanted, 5), "three are banned")
            network = orders(t, guard, log, nft)
            survives(t, guard, log, nft, network)
            in_prefix(t, guard, net)
            ends(t, guard, log, nft)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
