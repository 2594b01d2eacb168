#!/usr/bin/python3
"""Do no harm: whoever has logged in from a network that a rule bans stays in, with real connections and
over restarts; what is protected in there, too; and when bans would shut out too many, none is made.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import SERVER4, Network, Nft, attacker4  # noqa: E402

DONE, NO_MATCH = 0, 1
PORT = 25
NET = "203.0.113.0/24"
HOME, EVIL, WORSE, PROTECTED = (attacker4(i) for i in range(4))
PEOPLE = [f"198.51.{i}.7" for i in range(6)]
ATTACKER = "192.0.2.77"
RULE = "[gang]\nobserve = no\nmindistinct = 2\nmaxretry = 6"


def login(address, account):
    """One mail that somebody hands in after a login."""
    return (
        f"{logs.stamp()} postfix/smtpd[2101]: 4F5C01A2B3: client=unknown[{address}], "
        f"sasl_method=PLAIN, sasl_username={account}\n"
    )


class Scene:
    """A guarded server and who connects to it."""

    def __init__(self, t, net, log, guard):
        self.t, self.net, self.log, self.guard = t, net, log, guard
        self.nft = Nft(net.server)

    def gets_in(self, source):
        """Whether a connection from there is taken."""
        return self.net.attacker.can_connect(source, SERVER4, PORT, 0.5)

    def is_so(self, expected, what):
        """Who gets in, and who does not: {address: whether}."""
        self.t.ok(
            tap.eventually(lambda: all(self.gets_in(a) == b for a, b in expected.items()), 5),
            f"{what}: " + ", ".join(f"{a} {'in' if b else 'out'}" for a, b in expected.items()),
        )


def homes(s):
    """A gang in a network where somebody lives."""
    t = s.t
    s.log.write(login(HOME, "anna@example.org"))
    session = s.net.attacker.connect(HOME, SERVER4, PORT)
    s.log.write(*(logs.sasl_failure((EVIL, WORSE)[i % 2], f"user{i}") for i in range(6)))
    t.ok(tap.eventually(lambda: "203.0.113.0" in s.nft.elements("ban4_24"), 5), "a rule bans it")
    expected = {HOME: True, EVIL: False, WORSE: False, PROTECTED: True, attacker4(5): False}
    s.is_so(expected, "who has logged in stays, and who is protected")
    session.settimeout(0.2)
    try:
        is_cut = session.recv(1) == b""
    except TimeoutError:
        is_cut = False
    except OSError:
        is_cut = True
    session.close()
    t.ok(not is_cut, "his open connection was never cut")
    t.ok("for a login from there" in s.guard.command("why", HOME).stdout, "why tells for what")
    rows = {ban.get("prefix"): ban for ban in s.guard.bans()}
    t.equal([h["address"] for h in rows[NET]["holes"]], [HOME], "bans --json has him")
    s.guard.kill()
    s.nft.flush_ruleset()
    s.guard.start()
    s.is_so(expected, "kill -9, flush and start")
    s.log.write(*(logs.sasl_failure(HOME, f"user{i}") for i in range(6)))
    s.is_so({HOME: False}, "what he does himself counts")
    s.guard.command("unban", NET)


def brake(s):
    """The password server breaks, and everybody fails with his own account."""
    t = s.t
    s.log.write(*(login(who, f"user{i}") for i, who in enumerate(PEOPLE)))
    before = s.guard.ask("brake")
    t.equal((before["enabled"], before["pulled"]), (True, False), "the brake is not pulled")
    t.equal(s.guard.command("brake", "--release", check=False).returncode, NO_MATCH,
            "and cannot be released")
    s.log.write(*(
        logs.sasl_failure(who, f"user{i}") for _ in range(40) for i, who in enumerate(PEOPLE)
    ))
    t.ok(tap.eventually(lambda: s.guard.ask("brake")["pulled"], 5), "it is when all fail")
    held = s.nft.elements("ban4")
    t.equal(len([who for who in PEOPLE if who in held]), 3, "three were banned, no fourth")
    t.ok("too many who belong here" in s.guard.command("status").stdout, "status tells of trouble")
    t.ok(any(h["address"] in PEOPLE for h in s.guard.ask("brake")["hits"]), "brake names who")
    s.log.write(*(logs.sasl_failure(ATTACKER, "root") for _ in range(5)))
    t.ok(tap.eventually(lambda: "address=" + ATTACKER in s.guard.said() and
                        "braked" in s.guard.said(), 5), "an attacker is told of")
    t.ok(ATTACKER not in s.nft.elements("ban4"), "and not banned")
    s.guard.kill_role("komainu-judge")
    t.ok(tap.eventually(lambda: s.guard.ask("brake")["pulled"], 10), "a judge that starts knows it")
    s.guard.command("ban", "192.0.2.78", "--for", "1h")
    t.ok(tap.eventually(lambda: "192.0.2.78" in s.nft.elements("ban4"), 5), "bans by hand are made")
    t.equal(s.guard.command("brake", "--release").returncode, DONE, "released")
    t.ok(not s.guard.ask("brake")["pulled"], "it is gone")
    s.log.write(logs.sasl_failure(ATTACKER, "root"))
    t.ok(tap.eventually(lambda: ATTACKER in s.nft.elements("ban4"), 5), "and bans are made again")
    t.ok(tap.eventually(lambda: not "too many who belong here" in s.guard.command("status").stdout,
                        5), "the trouble is over")


def main(t):
    """One guard."""
    with Network() as net:
        listener = net.server.listen(SERVER4, PORT)
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=5, more=RULE, rules=True, komainu=f"allow = {PROTECTED}\n"
                   "brake-clients = 40") as guard:
            scene = Scene(t, net, log, guard)
            for part in (homes, brake):
                t.note(f"== {part.__name__}")
                part(scene)
        listener.close()


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
