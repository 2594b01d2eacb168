#!/usr/bin/python3
"""`nft flush ruleset` and the reload of a saved ruleset: the bans are back at once, with the
time they had left, and what others keep in nftables is theirs. With the abilities of this
kernel and with those of Linux 6.1.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import SERVER4, SERVER6, Network, Nft, attacker4, attacker6  # noqa: E402

FLUSHES = 10
PORT = 25


def ban_some(log, numbers):
    """Writes failures enough for a ban of the n-th addresses of both families."""
    addresses = [make(n) for n in numbers for make in (attacker4, attacker6)]
    for address in addresses:
        log.write(*(logs.sasl_failure(address, f"u{i}") for i in range(3)))
    return set(addresses)


def rules(net):
    """Our chain's rules as text, without what counts."""
    return net.server.run("nft", "-s", "-t", "list", "table", "inet", "komainu").stdout


def is_closed(net):
    """Whether the attackers' first addresses are kept out."""
    return not (
        net.attacker.can_connect(attacker4(0), SERVER4, PORT, 0.3)
        or net.attacker.can_connect(attacker6(0), SERVER6, PORT, 0.3)
    )


def flushes(t, net, nft, expected):
    """Many flushes one after the other."""
    worst = 0
    table = rules(net)
    for _ in range(FLUSHES):
        nft.flush_ruleset()
        took = tap.seconds_until(lambda: nft.banned() == expected, 3)
        worst = max(worst, took if took is not None else 99)
    t.below(worst, 99, f"after each of {FLUSHES} flushes every ban is back, the slowest in s")
    t.equal(rules(net), table, "the table is as it was")
    left = list((nft.elements("ban4") | nft.elements("ban6")).values())
    t.ok(
        left and all(left) and max(left) <= 3600 and min(left) > 3500,
        f"with the time they had left ({min(left, default=0)} to {max(left, default=0)} s)",
    )
    t.ok(is_closed(net), "and enforced")


def reload(t, net, nft, expected):
    """A saved ruleset with our table in it is loaded again, after more bans were made."""
    net.server.run("nft", "add", "table", "inet", "admin")
    nft.save(f"{net.folder}/ruleset.nft")
    table = rules(net)
    nft.load(f"{net.folder}/ruleset.nft")
    took = tap.seconds_until(lambda: nft.banned() == expected, 3)
    t.ok(took is not None, f"after a reload of the saved ruleset every ban is there ({took} s)")
    t.ok(tap.eventually(lambda: rules(net) == table, 3), "every rule is there once")
    t.ok(is_closed(net), "and enforced")
    t.ok(
        "table inet admin" in net.server.run("nft", "list", "tables").stdout,
        "the administrator's table is left alone",
    )


def variant(t, name, komainu):
    """All of it with one configuration."""
    t.note(f"== {name}")
    with Network() as net:
        listeners = [net.server.listen(address, PORT) for address in (SERVER4, SERVER6)]
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=3, komainu=komainu) as guard:
            nft = Nft(net.server)
            t.ok(not is_closed(net), "the port is open at first")
            expected = ban_some(log, range(5))
            t.ok(tap.eventually(lambda: nft.banned() == expected, 5), "ten addresses are banned")
            t.equal(guard.said().count("kernel-in-step"), 0, "the first start had nothing to bring")
            flushes(t, net, nft, expected)
            t.ok(
                tap.eventually(lambda: "kernel-in-step bans=10" in guard.said(), 5),
                "that the kernel is in step again is said",
            )
            reload(t, net, nft, expected)
            expected |= ban_some(log, range(5, 8))
            t.ok(
                tap.eventually(lambda: nft.banned() == expected, 5), "new bans are made as before"
            )
            nft.save(f"{net.folder}/old.nft")
            guard.command("unban", attacker4(0))
            nft.load(f"{net.folder}/old.nft")
            t.ok(
                tap.eventually(lambda: nft.banned() == expected - {attacker4(0)}, 3),
                "an address that was unbanned since the ruleset was saved stays free",
            )
            longer(t, guard, nft)
        for listener in listeners:
            listener.close()


def longer(t, guard, nft):
    """A second ban of the same address by hand replaces the time in the kernel."""
    guard.command("ban", "192.0.2.7", "--for", "10m")
    t.ok(
        tap.eventually(lambda: 500 < nft.elements("ban4").get("192.0.2.7", 0) <= 600, 2),
        "a ban of ten minutes by hand",
    )
    guard.command("ban", "192.0.2.7", "--for", "2h")
    t.ok(
        tap.eventually(lambda: 7100 < nft.elements("ban4").get("192.0.2.7", 0) <= 7200, 2),
        "becomes one of two hours when it is asked for again",
    )


def main(t):
    """Both variants."""
    variant(t, "this kernel", "")
    variant(t, "as on Linux 6.1", "assume-kernel = 6.1")


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
