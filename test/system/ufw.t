#!/usr/bin/python3
"""Beside a real ufw (iptables-nft): a ban closes and cuts what ufw accepts, an unban opens, ufw reload, disable
and enable leave our table and its bans alone, and nothing of ours touches what ufw has made.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.beside import BANNED, DENIED, OPEN, OUT, Beside  # noqa: E402
from komainu_test.firewalls import Ufw  # noqa: E402
from komainu_test.guard import KOMAINUD  # noqa: E402
from komainu_test.net import Network  # noqa: E402


def off_and_on(t, ufw, beside):
    """`ufw disable` takes their rules away; ours stay."""
    ufw.ufw("disable")
    t.ok("inactive" in ufw.ufw("status"), "ufw is off")
    t.equal(beside.callers.reach(BANNED, OPEN), OUT, "who is banned stays out without ufw")
    ufw.ufw("--force", "enable")


def main(t):
    """One guard through all that ufw does."""
    with Network() as net:
        ufw = Ufw(net)
        for address in DENIED:
            ufw.ufw("deny", "from", address)
        ufw.ufw("allow", f"{OPEN}/tcp")
        ufw.ufw("--force", "enable")

        def is_well():
            said = ufw.ufw("status")
            return "Status: active" in said and f"{OPEN}/tcp" in said

        beside = Beside(t, net, "ufw", is_well)
        beside.begin()
        t.ok("ufw6-user-input" in beside.theirs, "these are ufw's rules, for both families")
        beside.bans()
        beside.untouched("a ban")
        beside.through("ufw reload", lambda: ufw.ufw("reload"))
        beside.through("ufw disable and enable", lambda: off_and_on(t, ufw, beside))
        beside.unbans()
        beside.end()
        beside.close()


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "ss", "unshare"])
