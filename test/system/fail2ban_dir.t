#!/usr/bin/python3
"""A directory of fail2ban's in place of jails of our own: its jail bans what it says on the ports that its
action names, what cannot be taken is told, and what is auto here is off.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network, attacker4  # noqa: E402

FILES = {
    "fail2ban.conf": "[Definition]\nloglevel = INFO\n",
    "jail.conf": "[DEFAULT]\nfindtime = 10m\nmaxretry = 5\nusedns = no\nenabled = false\n"
    'action = iptables-multiport[port="%(port)s"]\n'
    "[flood]\nport = 25,587\n[broken]\nport = 1\nenabled = true\nlogpath = LOG\nfilter = broken\n[odd]\nport = 1\nenabled = true\nlogpath = /x\nfilter = missing\n",
    "jail.local": "[flood]\nenabled = true\nfilter = flood[tag=odd]\nlogpath = LOG\nmaxretry = 2\n"
    "bantime = 1h+30min\naction = %(known/action)s\n         tell[dest=a]\n",
    "filter.d/flood.conf": "[Definition]\nfailregex = ^.* <tag>-client\\[<ADDR>\\]$ ; not this\n[Init]\ntag = none\n",
    "filter.d/broken.conf": "[Definition]\nfailregex = ^(<ADDR>\n",
    "action.d/iptables-multiport.conf": "[Definition]\nactionban = never run\n[Init]\nport = 1\n"
    "blocktype = REJECT\n",
    "action.d/tell.conf": "[Definition]\nactionban = echo tell <ip> <dest> >>LOG.told\n",
}


def write_files(folder, log):
    """The directory."""
    for name, text in FILES.items():
        os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text.replace("LOG", log))


def bans(guard, address):
    """The bans of an address."""
    return guard.ask("bans", address)["bans"]


def main(t):
    """One guard."""
    with Network() as net:
        mail, odd = logs.Log(f"{net.folder}/mail.log"), logs.Log(f"{net.folder}/odd.log")
        guard = Guard(net, mail.path, maxretry=3, bantime="1h")
        write_files(f"{net.folder}/fail2ban", odd.path)
        os.makedirs(f"{guard.config}/komainu.d", exist_ok=True)
        with open(f"{guard.config}/komainu.d/fail2ban.conf", "w", encoding="utf-8") as file:
            file.write(f"[komainu]\nfail2ban = {net.folder}/fail2ban\n")
        checked = subprocess.run(
            [KOMAINUD, "--test", "--config", guard.config], check=False, capture_output=True, text=True, timeout=60
        )
        t.equal(checked.returncode, 0, "what is left out makes no configuration bad")
        t.ok("filter.d/broken.conf:2" in checked.stdout + checked.stderr, "but the test tells of it")
        with guard:
            who, other = attacker4(0), attacker4(1)
            odd.write(*(f"{logs.stamp()} x: odd-client[{who}]\n" for _ in range(2)))
            odd.write(f"{logs.stamp()} x: odd-client[{other}]\n")
            t.ok(tap.eventually(lambda: guard.command("bans", who, check=False).returncode == 0, 5), "banned")
            ban = bans(guard, who)[0]
            t.equal(ban["jail"], "flood", "by the jail of the directory")
            t.equal(guard.command("bans", other, check=False).returncode, 1, "once is not enough")
            said = guard.said()
            t.ok("[odd] `filter`: Unable to read the filter" in said, "a jail that is wrong is told")
            t.ok("jail `odd` is left out" in said, "and left out")
            t.ok(
                "filter.d/broken.conf:2: failregex" in said and "filter-left-out" in said,
                "so is an expression that cannot be compiled, by file and line",
            )
            told = f"{odd.path}.told"
            t.ok(tap.eventually(lambda: os.path.exists(told), 5), "an action that is commands is run")
            with open(told, encoding="utf-8") as file:
                t.equal(file.read(), f"tell {who} a\n", "with its arguments")
            names = sorted(jail["name"] for jail in guard.ask("jails")["jails"])
            t.ok("flood" in names and "odd" not in names, f"jails are {names}")


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
