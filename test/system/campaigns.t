#!/usr/bin/python3
"""Attacks of several addresses: what `campaigns` tells of them while they go on, when they are over and
after restarts; bans folded into that of their network, and in force again when it ends.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINU, KOMAINUD, Guard, built_in_rules  # noqa: E402
from komainu_test.net import SERVER4, Network, attacker4  # noqa: E402

DONE, NO_MATCH = 0, 1
PORT = 25
NET4 = "203.0.113.0/24"
SINGLES = [attacker4(n) for n in range(3)]
FOURTH = attacker4(3)

RULES = """
[gang]
enabled = true
observe = no
maxretry = 10
mindistinct = 4
bantime = 1h

[siege]
enabled = true
observe = yes
maxretry = 6
mindistinct = 3
findtime = 3s

"""


def rules():
    """The two rules, and no other."""
    others = (name for name in built_in_rules() if name not in ("gang", "siege"))
    return RULES + "".join(f"\n[{name}]\nenabled = false\n" for name in others)


class Scene:
    """A guarded server and who connects to it."""

    def __init__(self, t, net, log, guard):
        self.t, self.net, self.log, self.guard = t, net, log, guard
        self.watched = f"{net.folder}/watched"

    def run(self, *words):
        """The CompletedProcess of `komainu words`."""
        return self.guard.command(*words, check=False)

    def fail(self, address, account, times=3):
        """Wrong passwords from there."""
        self.log.write(*(logs.sasl_failure(address, account) for _ in range(times)))

    def campaigns(self, *words):
        """The campaigns, by their kinds; the newest of each."""
        answer = self.guard.ask("campaigns", *words) or {"campaigns": []}
        return {c["kind"]: c for c in reversed(answer["campaigns"])}

    def gets_in(self, source):
        """Whether a connection from there is taken."""
        return self.net.attacker.can_connect(source, SERVER4, PORT, 0.5)

    def is_so(self, expected, what):
        """Who gets in, and who does not: {address: whether}."""
        self.t.ok(
            tap.eventually(lambda: all(self.gets_in(a) == b for a, b in expected.items()), 5),
            f"{what}: " + ", ".join(f"{a} {'in' if b else 'out'}" for a, b in expected.items()),
        )

    def has_watched(self, what, kind):
        """Whether `watch` has told it."""
        with open(self.watched, encoding="utf-8") as file:
            return any(f'"what":"{what}"' in line and f'"jail":"{kind}"' in line for line in file)


def begins(s):
    """Three addresses of a network: a campaign, before the rule has a verdict."""
    t = s.t
    done = s.run("campaigns")
    t.equal((done.returncode, done.stdout), (NO_MATCH, "no campaigns\n"), "none yet")
    for n, address in enumerate(SINGLES):
        s.fail(address, f"user{n}@example.com")
    t.ok(tap.eventually(lambda: s.campaigns().get("gang", {}).get("attempts") == 9, 5), "nine attempts")
    gang = s.campaigns()["gang"]
    t.equal(
        (gang["prefix"], gang["running"], gang["per"], gang["verdict"], gang["bans"]),
        (NET4, True, "prefix", "ban", 0), "of the network"
    )
    t.equal(
        (gang["addresses"], gang["networks"]["count"], gang["accounts"]["count"], sum(gang["hours"])),
        ({"count": 3, "is": "exact"}, 1, 3, 9), "of three addresses, at three accounts"
    )
    t.equal(
        sorted(a["address"] for a in gang["top_addresses"]), SINGLES[1:], "and who goes on with it"
    )
    t.equal(s.guard.status()["campaigns"], 1, "status counts it")
    t.ok("\nkomainu_campaigns 1\n" in s.run("metrics").stdout, "so do the metrics")
    t.ok(s.guard.says("campaign-begins rule=gang"), "the log tells it")
    t.ok(tap.eventually(lambda: s.has_watched("campaign-begins", "gang"), 5), "watch, too")
    out = s.run("campaigns", "gang").stdout
    t.ok(f"gang, {NET4}: goes on, since " in out and "9 attempts from 3 addresses" in out, "in words")
    t.equal(s.run("campaigns", "siege").returncode, NO_MATCH, "of another rule there is none")
    t.equal(s.run("campaigns", "--until", "2026-01-01").returncode, NO_MATCH, "nor of long ago")


def explains(s):
    """`why` of an address, a network and an account, before the network is banned."""
    t = s.t
    why = s.guard.ask("why", NET4)
    gang = next(c for c in why["counts"] if c["jail"] == "gang")
    t.equal(
        (gang["per"], gang["count"], gang["more"], gang["values"], gang["more_values"]),
        (NET4, 9, 1, 3, 1), "why of a network: how full its rule is, and what is missing"
    )
    t.equal([c["kind"] for c in why["campaigns"]], ["gang"], "and what it is part of")
    t.equal(
        sorted({e["address"] for e in why["evidence"]}), SINGLES, "the lines of all addresses in it"
    )
    out = s.run("why", NET4).stdout
    t.ok(f"    1 more, of 1 more address ban {NET4}; the oldest of these" in out, "in words")
    why = s.guard.ask("why", SINGLES[0])
    t.equal(
        (why["banned"], "gang" in {c["jail"] for c in why["counts"]}), (True, True),
        "why of an address tells of the network around it"
    )
    out = s.run("why", SINGLES[0]).stdout
    t.ok(f"To let it in: komainu unban {SINGLES[0]}; " in out, "and what to do")
    why = s.guard.ask("why", "USER1@example.com")
    t.equal(
        ({e["address"] for e in why["evidence"]}, len(why["evidence"])), ({SINGLES[1]}, 3),
        "why of an account: the lines that tried it"
    )
    siege = [c for c in why["counts"] if c["jail"] == "siege"]
    t.ok(not siege or siege[0]["per"] == "USER1@example.com", "and its rules, while they count")
    done = s.run("why", "nobody@example.com")
    t.equal(
        (done.returncode, done.stdout),
        (NO_MATCH, "Account nobody@example.com: nothing is known of it.\n"), "of one not seen"
    )
    t.equal(s.run("why", "").returncode, 2, "an empty word is none")


def folds(s):
    """The network's ban hides the others in the list, and takes nothing from them."""
    t = s.t
    s.is_so(dict.fromkeys(SINGLES, False) | {FOURTH: True}, "each is banned")
    s.fail(FOURTH, "user9@example.com", times=1)
    s.is_so(dict.fromkeys(SINGLES + [FOURTH, attacker4(9)], False), "then the network")
    t.equal(s.campaigns()["gang"]["bans"], 1, "that is a ban of the campaign")
    out = s.run("bans").stdout
    t.ok(
        ", +3 inside\n" in out and not any(a in out for a in SINGLES) and
        out.endswith("4 bans, 3 of them inside of banned networks (--all lists them)\n"),
        "three are folded into it"
    )
    t.ok(all(a in s.run("bans", "--all").stdout for a in SINGLES), "--all lists them")
    t.equal(len(s.guard.bans()), 4, "so does JSON")
    t.equal(s.run("unban", "--jail", "gang", NET4).returncode, DONE, "the network's ban is lifted")
    s.is_so(dict.fromkeys(SINGLES, False) | {FOURTH: True, attacker4(9): True}, "they are banned still")
    t.equal(
        sorted(b.get("address", b.get("prefix")) for b in s.guard.bans()), SINGLES, "and listed"
    )
    t.ok(all(a in s.run("bans").stdout for a in SINGLES), "each by itself")
    s.guard.command("ban", NET4, "--for", "2s")
    s.is_so({FOURTH: False}, "a ban of the network that ends by itself")
    s.is_so({FOURTH: True} | dict.fromkeys(SINGLES, False), "loses none either")
    t.equal(len(s.guard.bans()), 3, "nor does the list")


def survives(s):
    """Restarts."""
    t = s.t
    before = s.campaigns()["gang"]
    s.guard.stop()
    s.guard.start()
    t.equal(s.campaigns().get("gang"), before, "a restart changes nothing of it")
    s.guard.kill()
    s.guard.start()
    t.equal(s.campaigns().get("gang"), before, "nor does kill -9")
    s.fail(attacker4(5), "user5@example.com", times=1)
    t.ok(
        tap.eventually(lambda: s.campaigns()["gang"]["attempts"] == before["attempts"] + 1, 5),
        "and it goes on where it was"
    )
    t.equal(s.campaigns()["gang"]["addresses"]["count"], 5, "with the address counted")


def ends(s):
    """One at an account, with a hostile name, until it is over."""
    t = s.t
    account = "bo\x1b[31mss\xff"
    for n in range(4):
        s.fail(f"198.51.{n}.7", account, times=1)
    t.ok(tap.eventually(lambda: "siege" in s.campaigns("--all"), 5), "one account, many networks")
    siege = s.campaigns("--all")["siege"]
    t.equal((siege["per"], siege["networks"]["count"] >= 2), ("account", True), "is told")
    t.ok("\x1b" not in s.run("campaigns", "--all").stdout, "a hostile name is harmless")
    t.ok(tap.eventually(lambda: "siege" not in s.campaigns(), 15), "it ends when nothing comes")
    siege = s.campaigns("--all")["siege"]
    t.equal((siege["running"], siege["attempts"]), (False, 4), "and is known then")
    t.ok(s.guard.says("campaign-ends rule=siege") and "\x1b" not in s.guard.said(), "the log tells it")
    t.equal(s.guard.status()["campaigns"], 1, "the other one goes on")
    t.equal(s.run("campaigns", "--all", "--jsonl").stdout.count('"kind":"siege"'), 1, "as JSON lines")
    s.guard.stop()
    s.guard.start()
    t.equal(s.campaigns("--all")["siege"], siege, "a restart changes nothing of that one")


def replays(s):
    """The same log, afterwards."""
    t = s.t
    done = s.run("replay", "--config", s.guard.config, s.log.path)
    rows = [line.split() for line in done.stdout.partition("CAMPAIGN ")[2].splitlines()]
    t.ok(any(row[2:4] == ["gang", NET4] for row in rows), "replay prints campaigns")
    done = s.run("replay", "--json", "--config", s.guard.config, s.log.path)
    t.equal(done.stdout.count('{"campaign":{"kind":"gang"'), 1, "as JSON lines, too")
    bans = [line for line in done.stdout.splitlines() if '"jail":"gang"' in line]
    t.ok(
        len(bans) == 1 and f'"per":"prefix","key":"{NET4}","distinct":4' in bans[0],
        "and what a rule has counted"
    )


def main(t):
    """One guard."""
    with Network() as net:
        listener = net.server.listen(SERVER4, PORT)
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=3, more=rules(), rules=True) as guard:
            s = Scene(t, net, log, guard)
            with open(s.watched, "wb") as watched:
                watch = net.server.start(
                    KOMAINU, "watch", "--state", guard.state, "--json", stdout=watched
                )
                for part in (begins, explains, folds, survives, ends, replays):
                    t.note(f"== {part.__name__}")
                    part(s)
                watch.kill()
                watch.wait()
        listener.close()


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
