#!/usr/bin/python3
"""What jails can be told: longer bans for who comes back, who is not counted, observing."""
import contextlib
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
    gone = guard.said().count("judge-gone")
    guard.kill_role("komainu-judge")
    t.ok(tap.eventually(lambda: guard.said().count("judge-gone") > gone, 10), "that judge is gone is told")
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


ASK = """\
#!/bin/sh
printf '%s %s %s\\n' "$1" "$KOMAINU_JAIL" "$KOMAINU_ACCOUNT" >>{folder}/asked
case "$1" in {known}) exit 0;; {slow}) sleep 1000;; esac
exit 1
"""


def ask(t, net, log):
    """ignorecommand: who it knows is not banned, whom it does not know is; the answer is
    kept; a command that hangs holds a ban up for its time and no longer."""
    known, other, slow, hostile = (attacker4(i) for i in (21, 22, 23, 24))
    script = f"{net.folder}/ask"
    with open(script, "w", encoding="ascii") as file:
        file.write(ASK.format(folder=net.folder, known=known, slow=slow))
    os.chmod(script, 0o755)

    def asked():
        with contextlib.suppress(OSError), open(f"{net.folder}/asked", encoding="utf-8") as f:
            return f.read().splitlines()
        return []

    nft = Nft(net.server)
    more = f'ignorecommand = {script} <ip>\nignorecache = key="<ip>", max-count=10, max-time=1h'
    config = {"maxretry": 2, "more": more, "komainu": "ignorecommand-timeout = 2s"}
    with Guard(net, log.path, **config) as guard:
        tries(log, other, 2)
        t.ok(is_banned(nft, other), "banned: the command says no")
        t.equal(asked(), [f"{other} postfix-sasl u1"], "it was asked once, with address and account")
        tries(log, known, 2)
        t.ok(tap.eventually(lambda: guard.status()["ignored"] == 1, 5), "it says yes: ignored")
        tries(log, known, 2)
        t.ok(tap.eventually(lambda: guard.status()["ignored"] == 2, 5), "and again")
        t.equal(len(asked()), 2, "  without being asked: the answer is kept")
        tries(log, slow, 2)
        t.ok(tap.eventually(lambda: len(asked()) == 3, 5), "a command that hangs is asked")
        t.ok(slow not in {b["address"] for b in guard.bans()}, "the ban waits for it")
        t.ok(is_banned(nft, slow), "for its time")
        t.ok(guard.says("ignorecommand-unanswered"), "  and the log says why")
        troubles(t, guard, log, nft)
        t.ok(known not in nft.banned(), "nobody banned who is known")
        evil = f"$(touch {net.folder}/owned)`touch {net.folder}/owned`;touch {net.folder}/owned"
        log.write(*(logs.sasl_failure(hostile, evil) for _ in range(2)))
        t.ok(is_banned(nft, hostile), "an account that is shell text")
        t.ok(not os.path.exists(f"{net.folder}/owned"), "  is not run")
        guard.kill_role("komainu-runner")
        tries(log, attacker4(25), 2)
        t.ok(is_banned(nft, attacker4(25)), "a ban while the runner is killed")


def troubles(t, guard, log, nft):
    """Whoever looks sees that the command fails, until it answers again."""
    text = "an ignorecommand does not answer"
    told = f'trouble name=ignorecommand what="{text}'
    t.ok(tap.eventually(lambda: told in guard.said(), 5), "it is a trouble")
    t.ok(f"{text}: who reaches maxretry is banned: jail postfix-sasl" in
         guard.command("status").stdout, "  which status shows")
    tries(log, attacker4(28), 2)
    t.ok(is_banned(nft, attacker4(28)), "the command answers again")
    t.ok(tap.eventually(lambda: "trouble-over name=ignorecommand" in guard.said(), 20),
         "  and soon it is over")
    t.equal(guard.said().count(told), 1, "and was told once")


def ask_twice(t, net, log):
    """A judge that dies while somebody waits for the answer."""
    slow = attacker4(26)
    more = f"ignorecommand = echo $$ >>{net.folder}/pids; test <ip> != {slow} || sleep 1000"
    config = {"maxretry": 2, "more": more, "komainu": "ignorecommand-timeout = 4s"}
    with Guard(net, log.path, **config) as guard:
        tries(log, slow, 2)
        t.ok(
            tap.eventually(lambda: os.path.exists(f"{net.folder}/pids"), 5), "asked of an address"
        )
        guard.kill_role("komainu-judge")
        t.ok(
            tap.eventually(lambda: slow in Nft(net.server).banned(), 10),
            "a new judge asks again, and bans",
        )


def is_only_in(guard, nft, address, port):
    """Whether a ban comes to be in the set of this port (22, 25), and in no other; from when all
    bans were sent."""
    in_step = tap.eventually(lambda: guard.said().count("kernel-in-step") >= guard.steps, 10)
    held = {other: address in nft.elements(f"ban4.{other}") for other in (22, 25)}
    return in_step and held == {22: port == 22, 25: port == 25}


def change_port(guard, log, port, is_waiting=True):
    """The guard begins anew with other ports in its jail; those of sshd (22) are there always."""
    write_config(guard.config, log.path, sshd=True, maxretry=4, more=f"port = {port}")
    guard.steps = guard.said().count("kernel-in-step") + 1
    guard.start(is_waiting)


def other_ports(t, net, log):
    """A ban goes with its jail to other ports, also when all are killed on the way."""
    address = attacker4(30)
    nft = Nft(net.server)
    with Guard(net, log.path, sshd=True, maxretry=4, more="port = 22") as guard:
        tries(log, address, 4)
        banned = tap.eventually(lambda: address in nft.elements("ban4.22"), 5)
        t.ok(banned, "banned from a port that another jail has, too")
        for port in (25, 22, 22, 25, 25):
            guard.stop()
            change_port(guard, log, port)
            t.ok(is_only_in(guard, nft, address, port), f"  then from port {port} alone")
        for word in ("restored", "kernel-in-step"):
            for port, back in ((22, 25), (25, 22)):
                guard.stop()
                change_port(guard, log, back)
                is_only_in(guard, nft, address, back)
                guard.stop()
                seen = guard.said().count(word)
                change_port(guard, log, port, is_waiting=False)
                said = lambda: guard.said().count(word) > seen  # noqa: E731
                t.ok(tap.eventually(said, 20, every=0.001) and guard.kill(), f"killed at {word}")
                change_port(guard, log, back)
                t.ok(is_only_in(guard, nft, address, back), f"  port {back} alone has the ban")


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
        ask(t, net, log)
        ask_twice(t, net, log)
        other_ports(t, net, log)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
