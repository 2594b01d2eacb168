#!/usr/bin/python3
"""A sensor that is in an attacker's hands says what it likes. It may ban somebody, but no
protected address; broken messages end its connection and nothing else.
"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import BUILD, KOMAINUD, ROOT, Guard  # noqa: E402
from komainu_test.net import (
    GATEWAY4,
    GATEWAY6,
    INSIDE4,
    INSIDE6,
    SERVER4,
    SERVER6,  # noqa: E402
    Network,
    Nft,
)

ALLOWED = "192.0.2.128"
PEERS = [
    "127.0.0.1",
    "::1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "fe80::1",
    SERVER4,
    SERVER6,
    INSIDE4,
    INSIDE6,
    GATEWAY4,
    GATEWAY6,
    ALLOWED,
]
OWN = 6  # those of them that jails ignore (ignoreself), and never ban
LAST = "203.0.113.222"
MAXRETRY = 3


def stage(network):
    """A folder of roles with the rogue in place of the sensor."""
    folder = f"{network.folder}/stage"
    os.mkdir(folder)
    for name in ("komainu-judge", "komainu-enforcer"):
        os.symlink(f"{BUILD}/{name}", f"{folder}/{name}")
    os.symlink(f"{ROOT}/test/lib/rogue_sensor", f"{folder}/komainu-sensor")
    with open(f"{folder}/plan", "w", encoding="ascii") as file:
        json.dump({"peers": PEERS, "last": LAST, "failures": MAXRETRY}, file)
    return folder


def lives(folder):
    """The scenes that were played."""
    try:
        with open(f"{folder}/lives", encoding="ascii") as file:
            return file.read().split()
    except FileNotFoundError:
        return []


def main(t):
    """One guard, one life of the rogue after the other."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        folder = stage(net)
        nft = Nft(net.server)
        guard = Guard(net, log.path, maxretry=MAXRETRY, komainu=f"allow = {ALLOWED}")
        guard.arguments = ["--role-dir", folder]
        with guard:
            judge = guard.roles()["komainu-judge"]
            enforcer = guard.roles()["komainu-enforcer"]
            t.ok(
                tap.eventually(lambda: "bans" in lives(folder), 120, every=0.05),
                "every scene is played",
            )
            t.note(lives(folder))
            t.ok(tap.eventually(lambda: LAST in nft.banned(), 5), "the rogue can ban somebody")
            t.equal(nft.banned(), {LAST}, "but none of the protected addresses, and no network")
            t.equal(
                guard.roles().get("komainu-judge"), judge, "the judge has lived through all of it"
            )
            t.equal(guard.roles().get("komainu-enforcer"), enforcer, "and so has the enforcer")
            t.ok(
                (guard.status() or {}).get("refused", 0) >= len(PEERS) - OWN,
                "refused bans are counted",
            )


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
