#!/usr/bin/python3
"""Holes in bans of networks: one address or household is let out, with real connections from it and from
beside it; through flushes, kills and restarts; until the network's ban ends, or it earns one itself.
"""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import SERVER4, SERVER6, Network, Nft, attacker4, attacker6  # noqa: E402

DONE, NO_MATCH, REFUSED = 0, 1, 4
PORT = 25
NET4, NET6, WIDE4 = "203.0.113.0/24", "2001:db8:a::/56", "203.0.112.0/20"
GOOD4, BESIDE4, OTHER4 = attacker4(0), attacker4(1), attacker4(2)
GOOD6, BESIDE6 = attacker6(0), attacker6(1)
HOUSE6, IN_HOUSE6 = "2001:db8:a:3::/64", attacker6(2)


class Scene:
    """A guarded server and who connects to it."""

    def __init__(self, t, net, log, guard):
        self.t, self.net, self.log, self.guard = t, net, log, guard
        self.nft = Nft(net.server)

    def run(self, *words):
        """The CompletedProcess of `komainu words`."""
        return self.guard.command(*words, check=False)

    def gets_in(self, source):
        """Whether a connection from there is taken."""
        server = SERVER6 if ":" in source else SERVER4
        return self.net.attacker.can_connect(source, server, PORT, 0.5)

    def is_so(self, expected, what):
        """Who gets in, and who does not: {address: whether}."""
        self.t.ok(
            tap.eventually(lambda: all(self.gets_in(a) == b for a, b in expected.items()), 5),
            f"{what}: " + ", ".join(f"{a} {'in' if b else 'out'}" for a, b in expected.items()),
        )

    def known(self):
        """What the kernel lets through bans of networks."""
        return set().union(*(self.nft.elements(x) for x in ("known4", "known6", "known6_64")))

    def fail(self, address, account, times=3):
        """Wrong passwords from there."""
        self.log.write(*(logs.sasl_failure(address, account) for _ in range(times)))


def opens(s):
    """Orders, and what they say."""
    t = s.t
    for network in (NET4, NET6):
        s.guard.command("ban", network, "--for", "1h", "--comment", "a gang, by eye")
    s.is_so(dict.fromkeys((GOOD4, BESIDE4, GOOD6, BESIDE6, IN_HOUSE6), False), "networks banned")
    done = s.run("unban", GOOD4, "--dry-run")
    t.equal((done.returncode, s.known()), (DONE, set()), "a dry run opens nothing")
    t.ok(
        "nft add element inet " in done.stdout and f"known4 {{ {GOOD4}" in done.stdout,
        "and shows what it would change",
    )
    t.ok(f"{GOOD4} would be let out of the ban of {NET4}" in done.stdout, "and says what would be")
    done = s.run("unban", GOOD4)
    t.equal(
        (done.returncode, done.stdout),
        (DONE, f"{GOOD4} let out of the ban of {NET4}, which stays for the other 255.\n"),
        "unban of an address in a banned network lets it out",
    )
    done = s.run("unban", GOOD6)
    t.equal(
        (done.returncode, done.stdout),
        (DONE, f"{GOOD6} let out of the ban of {NET6}, which stays for all others.\n"),
        "IPv6, too",
    )
    answer = s.guard.ask("unban", HOUSE6)
    t.equal(
        (answer["outcome"], answer["matched"], answer["bans"]), ("done", 1, []), "and a household"
    )
    t.equal(
        [(hole["prefix"], hole["out_of"]) for hole in answer["holes"]],
        [(HOUSE6, NET6)],
        "which JSON names",
    )
    s.is_so({GOOD4: True, BESIDE4: False, GOOD6: True, BESIDE6: False, IN_HOUSE6: True}, "holes")
    done = s.run("unban", GOOD4)
    t.equal(
        (done.returncode, done.stderr),
        (NO_MATCH, f"komainu: unban: {GOOD4} is let out of the ban of {NET4} already\n"),
        "a second time there is nothing to do",
    )
    done = s.run("unban", "203.0.113.16/28")
    t.ok(done.returncode == REFUSED and "only an address" in done.stderr, "/28 is refused by name")


def tells(s):
    """why, bans, status."""
    t = s.t
    done = s.run("why", GOOD4)
    t.ok(f"{GOOD4} is not banned" in done.stdout, "why: who is let out is not banned")
    t.ok(
        f"{GOOD4} is let out of it since" in done.stdout and "by hand" in done.stdout,
        "since when and by whom",
    )
    answer = s.guard.ask("why", GOOD4)
    t.equal((answer["banned"], answer["bans"][0]["in_force"]), (False, False), "JSON agrees")
    t.equal([h["by"] for h in answer["bans"][0]["holes"]], ["by hand"], "and names the hole")
    done = s.run("why", BESIDE4)
    t.ok(
        f"{BESIDE4} is banned" in done.stdout
        and f"all of {NET4}" in done.stdout
        and "banned by hand" in done.stdout,
        "why: who is beside it is, by the network's ban",
    )
    t.equal(s.guard.ask("why", BESIDE4)["bans"][0]["holes"], [], "and has no hole")
    t.ok("is let out of it" in s.run("why", IN_HOUSE6).stdout, "the household's address is out")
    rows = {ban["prefix"]: ban for ban in s.guard.bans()}
    t.equal([h["address"] for h in rows[NET4]["holes"]], [GOOD4], "bans --json has them")
    t.equal(
        {h.get("address", h.get("prefix")) for h in rows[NET6]["holes"]},
        {GOOD6, HOUSE6},
        "of each ban its own",
    )
    out = s.run("bans").stdout
    t.ok("in the kernel, 1 hole\n" in out and "2 holes" in out, "bans tells how many")
    t.equal(s.guard.status()["holes"], 3, "status counts them")
    t.ok("let out of banned networks: 3" in s.run("status").stdout, "in words, too")


def survives(s):
    """What may happen to us."""
    t, everybody = s.t, {GOOD4, GOOD6, HOUSE6.split("/", maxsplit=1)[0]}
    session = s.net.attacker.connect(GOOD4, SERVER4, PORT)
    expected = {GOOD4: True, BESIDE4: False, GOOD6: True, BESIDE6: False, IN_HOUSE6: True}
    for what, harm in (
        ("nft flush ruleset", s.nft.flush_ruleset),
        ("a killed judge", lambda: s.guard.kill_role("komainu-judge")),
        ("a killed enforcer", lambda: s.guard.kill_role("komainu-enforcer")),
    ):
        harm()
        t.ok(
            tap.eventually(
                lambda: s.guard.status()
                and s.known() == everybody
                and "203.0.113.0" in s.nft.elements("ban4_24"),
                10,
            ),
            f"after {what}",
        )
        s.is_so(expected, what)
    s.guard.kill()
    s.nft.flush_ruleset()
    s.guard.start()
    s.is_so(expected, "kill -9, flush and start")
    t.ok(0 < s.nft.elements("known4")[GOOD4] <= 3602, "until the network's ban ends")
    session.settimeout(0.2)
    try:
        is_cut = session.recv(1) == b""
    except TimeoutError:
        is_cut = False
    except OSError:
        is_cut = True
    t.ok(not is_cut, "a session from the hole was never cut")
    session.close()
    s.guard.command("extend", NET4, "--for", "1h")
    t.ok(
        tap.eventually(lambda: s.nft.elements("known4").get(GOOD4, 0) > 7000, 5),
        "extended with the network's ban",
    )


def own_bans(s):
    """Who is let out is counted, and its own ban wins."""
    t = s.t
    s.fail(GOOD4, "anna")
    t.ok(tap.eventually(lambda: GOOD4 in s.nft.elements("ban4"), 5), "failures count as ever")
    s.is_so({GOOD4: False, GOOD6: True}, "its own ban wins")
    t.ok(tap.eventually(lambda: GOOD4 not in s.known(), 5), "and closes the hole")
    t.equal(s.guard.status()["holes"], 2, "which is gone")
    done = s.run("unban", GOOD4)
    t.ok(
        done.returncode == REFUSED
        and "its own ban is lifted" in done.stderr
        and f"to let it out of that, too: unban {GOOD4}" in done.stderr,
        "unban lifts its own, says that the network's holds it and what to do",
    )
    s.is_so({GOOD4: False}, "it does")
    t.equal(s.run("unban", GOOD4).returncode, DONE, "done again")
    s.is_so({GOOD4: True}, "it is out")
    s.guard.command("ban", GOOD4, "--for", "1h")
    s.is_so({GOOD4: False}, "banned by hand")
    t.ok(tap.eventually(lambda: GOOD4 not in s.known(), 5), "closes the hole, too")
    s.run("unban", GOOD4)
    s.is_so({GOOD4: False}, "and without that the network's ban holds")
    s.guard.command("ban", HOUSE6, "--for", "1h")
    s.is_so({IN_HOUSE6: False, GOOD6: True}, "the ban of a household that was let out wins, too")
    s.run("unban", HOUSE6)
    s.guard.command("ban", OTHER4, "--for", "1h")
    t.ok(tap.eventually(lambda: OTHER4 in s.nft.elements("ban4"), 5), "one in the network, too")
    s.guard.command("unban", NET4)
    s.is_so({OTHER4: True}, "unban of a network is of all in it, by order")
    s.guard.command("ban", OTHER4, "--for", "1h")
    s.guard.command("ban", NET4, "--for", "2s")
    s.is_so({GOOD4: True, BESIDE4: True, OTHER4: False}, "its end in time leaves the others banned")
    t.ok(f"{OTHER4} is banned" in s.run("why", OTHER4).stdout, "why agrees")
    s.guard.command("unban", OTHER4)


def nested(s):
    """Networks in each other: every ban around has to let him out."""
    t = s.t
    s.guard.command("ban", NET4, "--for", "1h")
    s.run("unban", GOOD4)
    s.is_so({GOOD4: True, BESIDE4: False}, "a hole in one network")
    s.guard.command("ban", WIDE4, "--for", "2h")
    s.is_so({GOOD4: False}, "a wider ban that came later holds")
    t.ok(f"all of {WIDE4}" in s.run("why", GOOD4).stdout, "why says so")
    done = s.run("unban", GOOD4)
    t.ok(
        f"{GOOD4} let out of the ban of {WIDE4}, which stays for the other 4095" in done.stdout,
        "unban lets him out of that, too",
    )
    s.is_so({GOOD4: True, BESIDE4: False}, "holes in both")
    done = s.run("unban", NET4)
    t.ok(
        done.returncode == REFUSED and f"lies in {WIDE4}" in done.stderr, "the inner one is lifted"
    )
    s.is_so({GOOD4: True, BESIDE4: False}, "the wider one stays, and its hole")
    s.guard.command("ban", NET4, "--for", "1h")
    s.is_so({GOOD4: False}, "a ban made anew has no hole")
    t.equal(s.guard.ask("bans", NET4)["bans"][0]["holes"], [], "as bans says")
    done = s.run("unban", GOOD4)
    t.ok(f"of {NET4}," in done.stdout and WIDE4 not in done.stdout, "unban opens the one he lacks")
    s.is_so({GOOD4: True, BESIDE4: False}, "he is out again")
    s.guard.command("unban", WIDE4)
    s.is_so({GOOD4: True, BESIDE4: True}, "unban of the wider one lifts both")
    t.equal((s.known() & {GOOD4}, s.guard.status()["holes"]), (set(), 1), "and no hole is left")
    s.guard.command("ban", NET4, "--for", "1h")


def account(s):
    """The customer who phones."""
    t = s.t
    s.fail(GOOD4, "bob@example.org", 1)
    s.fail(OTHER4, "bob@example.org")
    t.ok(tap.eventually(lambda: OTHER4 in s.nft.elements("ban4"), 5), "one has a ban of its own")
    done = s.run("unban", "--account", "Bob@Example.org")
    t.equal(done.returncode, DONE, "unban --account")
    t.ok(
        all(f"{who} let out of the ban of {NET4}" in done.stdout for who in (GOOD4, OTHER4)),
        "names who is let out",
    )
    s.is_so({GOOD4: True, OTHER4: True, BESIDE4: False}, "who tried the account is out, no other")
    t.ok("for an account" in s.run("why", GOOD4).stdout, "why tells for what")


def ends(s):
    """With the network's ban."""
    t = s.t
    s.guard.command("unban", NET6)
    t.ok(tap.eventually(lambda: s.known() == {GOOD4, OTHER4}, 5), "unban of a network: its holes")
    os.kill(s.guard.roles()["komainu-enforcer"], signal.SIGSTOP)
    s.guard.command("unban", NET4)
    s.guard.kill()
    t.equal(s.known(), {GOOD4, OTHER4}, "lifted while nobody could tell the kernel")
    s.guard.start()
    t.ok(tap.eventually(lambda: s.known() == set(), 5), "it is told by the next judge")
    s.guard.command("ban", NET4, "--for", "1h")
    s.is_so({GOOD4: False, BESIDE4: False}, "a later ban has no holes")
    s.guard.command("unban", NET4)
    s.guard.command("ban", NET4, "--for", "3s")
    s.run("unban", GOOD4)
    t.ok(tap.eventually(lambda: s.known() == {GOOD4}, 2), "a short ban")
    t.ok(
        tap.eventually(lambda: s.guard.status()["holes"] == 0 and s.known() == set(), 8),
        "takes its holes with it when it is over",
    )
    s.is_so({GOOD4: True, BESIDE4: True}, "and all are free")


def crowded(s):
    """More than can be let out of one ban."""
    t, most, more = s.t, 256, 44
    s.guard.command("ban", WIDE4, "--for", "1h")
    before = s.guard.failures()
    s.log.write(
        *(
            logs.sasl_failure(f"203.0.{112 + i // 200}.{50 + i % 200}", "carol")
            for i in range(most + more)
        )
    )
    t.ok(tap.eventually(lambda: s.guard.failures() == before + most + more, 5), "300 tried")
    done = s.run("unban", "--account", "carol")
    t.ok(
        done.returncode == REFUSED and f"{more} not let out: {most} can be" in done.stderr,
        "an account that too many tried",
    )
    status = s.guard.status()
    t.equal((status["holes"], status["holes_full"]), (most, more), "status counts both")
    t.ok(f"Note: {more} holes not opened" in s.run("status").stdout, "and says it")
    t.ok(tap.eventually(lambda: len(s.known()) == most, 5), "those who were let out are")
    s.nft.flush_ruleset()
    t.ok(tap.eventually(lambda: len(s.known()) == most, 5), "also after a flush")
    t.equal(len(s.guard.bans()[0]["holes"]), most, "bans --json tells all")
    s.guard.command("unban", WIDE4)
    t.ok(tap.eventually(lambda: s.known() == set(), 5), "and they end with the ban")


def main(t):
    """One guard."""
    with Network() as net:
        listeners = [net.server.listen(address, PORT) for address in (SERVER4, SERVER6)]
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=3, komainu="min-prefix-ipv4 = 20") as guard:
            scene = Scene(t, net, log, guard)
            for part in (opens, tells, survives, own_bans, nested, account, ends, crowded):
                t.note(f"== {part.__name__}")
                part(scene)
        for listener in listeners:
            listener.close()


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
