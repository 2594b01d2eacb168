#!/usr/bin/python3
"""Beside the firewalls of others: rules as ufw and Docker make them (iptables-nft) and as firewalld does
(nft). Theirs stay as they are, ours survive their reload, and who is banned reaches neither the
machine nor the port that a container publishes, although their rules accept everything.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.firewalls import (  # noqa: E402
    INNER, OWN, PUBLISHED, Callers, Shaped, both, rules_of_others,
)
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.logs import Log, sasl_failure  # noqa: E402
from komainu_test.net import Network, Nft  # noqa: E402

BANNED, OTHER, BY_PORT = both(0), both(1), both(2)
IN, OUT = [True, True], [False, False]


def closed(t, callers, when):
    """Who is banned gets in nowhere, others everywhere."""
    calls = [(pair, port) for pair in (BANNED, OTHER, BY_PORT) for port in (OWN, PUBLISHED)]
    reached = callers.all_reach(*calls)
    t.equal(reached[:2], [OUT, OUT], f"{when}: who is banned reaches no port")
    t.equal(reached[2:4], [IN, IN], f"{when}: others reach both")
    t.equal(reached[4:], [IN, OUT], f"{when}: who is banned from the published port reaches the other one")


def main(t):
    """Rules of others, a guard beside them, reloads of both."""
    with Network() as net:
        firewalls = Shaped(net)
        callers = Callers(net)
        firewalls.forward()
        listeners = [net.server.listen("::", OWN), net.client.listen("::", INNER)]
        firewalls.load()
        theirs = rules_of_others(net)
        t.ok(all(x in theirs for x in ("DOCKER", "ufw-user-input", "firewalld")), "rules of others")


        def is_open():
            return callers.all_reach((BANNED, OWN), (BANNED, PUBLISHED)) == [IN, IN]

        t.ok(tap.eventually(is_open, 5), "without a guard everybody gets in")
        log = Log(f"{net.folder}/mail.log")
        guard = Guard(net, log.path, maxretry=3, more=f"port = {PUBLISHED}\n")
        with guard:
            nft = Nft(net.server)
            t.equal(rules_of_others(net), theirs, "the start changes nothing of theirs")
            for address in BANNED:
                guard.command("ban", address, "--for", "1h")
            log.write(*(sasl_failure(a, f"u{i}") for a in BY_PORT for i in range(3)))

            def are_banned():
                return all(
                    a in nft.elements(f"ban{family}.{PUBLISHED}") for a, family in zip(BY_PORT, (4, 6))
                )

            t.ok(tap.eventually(are_banned, 10), "a ban from all ports, one from the published port")
            closed(t, callers, "beside their rules")
            firewalls.load()
            t.equal(rules_of_others(net), theirs, "their reload makes theirs")
            t.ok(
                set(BANNED) <= nft.banned() and guard.status()["rebuilds"] == 0,
                "and does not touch ours",
            )
            closed(t, callers, "after their reload")
        t.equal(rules_of_others(net), theirs, "the end of the guard changes nothing of theirs")
        closed(t, callers, "after the guard")
        for listener in listeners:
            listener.close()


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "sysctl"])
