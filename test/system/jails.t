#!/usr/bin/python3
"""What jails can be told: longer bans for who comes back, who is not counted, observing."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard, write_config  # noqa: E402
from komainu_test.net import SERVER4, SERVER6, Network, Nft, attacker4  # noqa: E402

INCREMENT = """\
bantime.increment = yes
bantime.formula = ban.Time * (1 + ban.Count)
"""


def tries(log, address, count):
    """Wrong passwords of one address."""
    log.write(*(logs.sasl_failure(address, f"u{i}") for i in range(count)))


def is_banned(nft, address):
    """Whether the kernel comes to hold it."""
    return tap.eventually(lambda: address in nft.banned(), 5)


def is_free(nft, address):
    """Whether the kernel comes not to hold it."""
    return tap.eventually(lambda: address not in nft.banned(), 5)


def comes_back(t, guard, log, nft):
    """The second ban is longer, after an unban, and after the death of all."""
    address = attacker4(1)
    tries(log, address, 4)
    t.ok(is_banned(nft, address), "banned for four failures")
    t.equal(guard.bans()[0]["earlier_bans"], 0, "  for the first time")
    guard.command("unban", address)
    t.ok(is_free(nft, address), "let out")
    guard.kill()
    guard.start()
    t.ok("; lifted by hand" in guard.why(address), "  which is known after a kill of all")
    tries(log, address, 2)
    t.ok(is_banned(nft, address), "banned for two: each counts as two after a ban")
    said = guard.why(address)
    t.ok("2 failures in 0s (limit 4 in 10m, each counts as 2), 2nd ban" in said, "why says so")
    t.ok("(1h 59m left)" in said or "(2h left)" in said, "  and that it is for two hours")
    seconds = nft.elements("ban4").get(address, 0)
    t.ok(7100 < seconds <= 7200, f"the kernel too ({seconds} s)")
    guard.kill_role("komainu-judge")
    t.ok(tap.eventually(guard.is_ready, 10), "another judge")
    t.equal(guard.bans()[0]["earlier_bans"], 1, "  knows it for its second ban")
    t.ok("2nd ban" in guard.why(address), "  and why")


def own_addresses(t, guard, log, net):
    """Failures of our own addresses: not counted, also of one that comes later."""
    late = "192.0.2.77"
    before = guard.failures()
    for address in (SERVER4, SERVER6):
        tries(log, address, 2)
    tries(log, attacker4(9), 1)
    t.ok(
        tap.eventually(lambda: guard.failures() == before + 1, 5),
        "failures of our own addresses are not counted, of another one they are",
    )
    t.equal(guard.status()["ignored"], 4, "  but told of")
    tries(log, late, 1)
    t.ok(tap.eventually(lambda: guard.failures() == before + 2, 5), "an address of somebody")
    net.server.run("ip", "address", "add", f"{late}/32", "dev", "lo")

    def is_ignored():
        seen = guard.status()["ignored"]
        tries(log, late, 1)
        return tap.eventually(lambda: guard.status()["ignored"] > seen, 0.5)

    t.ok(tap.eventually(is_ignored, 10), "  that becomes ours is ignored")


def own_addresses_counted(t, guard, log, nft):
    """ignoreself = no."""
    tries(log, SERVER4, 4)
    t.ok(tap.eventually(lambda: guard.bans(), 5), "with ignoreself = no they are counted")
    t.ok(
        tap.eventually(lambda: guard.bans()[0]["refusal"] == "own-address", 5),
        "  and never banned",
    )
    t.equal(nft.banned(), set(), "  also not in the kernel")


def observe(t, guard, log, nft):
    """observe of the guard and of a jail, changed over restarts: the kernel follows."""
    address = attacker4(3)
    tries(log, address, 4)
    t.ok(is_banned(nft, address), "banned")

    def restart(**config):
        guard.stop()
        write_config(guard.config, log.path, maxretry=4, **config)
        guard.start()

    for what, config in (
        ("of the guard", {"komainu": "observe = yes"}),
        ("of the jail", {"more": "observe = yes"}),
    ):
        restart(**config)
        t.ok(is_free(nft, address), f"observe = yes {what}: free after the restart")
        t.equal([b["state"] for b in guard.bans()], ["observed only"], "  and the ban observed")
        restart()
        t.ok(is_banned(nft, address), f"observe = no {what}: banned after the restart")
        t.equal([b["state"] for b in guard.bans()], ["in the kernel"], "  as it was")
    guard.command("unban", address)


def matches(t, guard, log, nft):
    """maxmatches: the last lines that led to a ban are kept."""
    address = attacker4(5)
    tries(log, address, 4)
    t.ok(is_banned(nft, address), "banned for four failures")
    lines = [e["account"] for e in guard.ask("why", address)["evidence"]]
    t.equal(lines, ["u2", "u3"], "maxmatches = 2: why shows the last two")
    guard.command("unban", address)


def main(t):
    """One guard after the other over one log."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=4, more=INCREMENT) as guard:
            comes_back(t, guard, log, Nft(net.server))
            own_addresses(t, guard, log, net)
            guard.command("unban", attacker4(1))
        with Guard(net, log.path, maxretry=4) as guard:
            observe(t, guard, log, Nft(net.server))
        with Guard(net, log.path, maxretry=4, more="ignoreself = no") as guard:
            own_addresses_counted(t, guard, log, Nft(net.server))
        with Guard(net, log.path, maxretry=4, more="maxmatches = 2") as guard:
            matches(t, guard, log, Nft(net.server))


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
