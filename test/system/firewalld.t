#!/usr/bin/python3
"""Beside a real firewalld on a bus of its own: a ban closes and cuts what its zone accepts, an unban opens,
--reload, --complete-reload and a restart leave our table and its bans alone, and nothing of ours
touches what firewalld has made.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.beside import BANNED, DENIED, OPEN, OUT, Beside  # noqa: E402
from komainu_test.firewalls import Firewalld  # noqa: E402
from komainu_test.guard import KOMAINUD  # noqa: E402
from komainu_test.net import Network  # noqa: E402

PYTHON = "/usr/bin/python3"


def set_up(firewalld):
    """The port, and who is dropped by a rich rule."""
    firewalld.run("firewall-offline-cmd", f"--add-port={OPEN}/tcp")
    for family, address in zip(("ipv4", "ipv6"), DENIED):
        rule = f'rule family="{family}" source address="{address}" drop'
        firewalld.run("firewall-offline-cmd", f"--add-rich-rule={rule}")
    firewalld.up()


def restart(t, firewalld, beside):
    """firewalld takes its rules away when it ends; ours stay."""
    firewalld.down()
    t.ok(firewalld.state() != "running", "firewalld is down")
    t.equal(beside.callers.reach(BANNED, OPEN), OUT, "who is banned stays out without firewalld")
    firewalld.up()


def main(t):
    """One guard through all that firewalld does."""
    if subprocess.run([PYTHON, "-c", "import dbus, gi"], check=False, capture_output=True).returncode:
        tap.skip_all("python3-dbus or python3-gi is not there")
    with Network() as net:
        firewalld = Firewalld(net)
        set_up(firewalld)
        beside = Beside(t, net, "firewalld", lambda: firewalld.state() == "running")
        beside.begin()
        t.ok("table inet firewalld" in beside.theirs, "these are firewalld's rules")
        beside.bans()
        beside.untouched("a ban")
        for option in ("--reload", "--complete-reload"):
            beside.through(option, lambda o=option: firewalld.run("firewall-cmd", o))
        beside.through("a restart", lambda: restart(t, firewalld, beside))
        beside.unbans()
        beside.end()
        beside.close()
        firewalld.down()


tap.main(main, needs=[KOMAINUD, "dbus-daemon", "ip", "nft", "nsenter", "ss", "unshare", PYTHON])
