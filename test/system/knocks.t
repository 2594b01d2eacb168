#!/usr/bin/python3
"""Knocks in the packet filter's log: who is banned stays banned for longer, in the kernel, in the list, and
after everything was killed; who was never banned may knock as often as he likes.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network, Nft, attacker4  # noqa: E402

BANNED, STRANGER, LAST = attacker4(0), attacker4(1), attacker4(2)
KNOCKS = 5


def knock(address):
    """A packet that ufw has dropped."""
    return (
        f"{logs.stamp()} kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02:00 SRC={address} DST=192.0.2.25 LEN=60 "
        "TOS=0x00 PREC=0x00 TTL=50 ID=1 DF PROTO=TCP SPT=50122 DPT=23 WINDOW=64240 RES=0x00 SYN URGP=0\n"
    )


def add_jails(guard, net):
    """What is added to the guard's configuration."""
    os.makedirs(f"{guard.config}/jail.d", exist_ok=True)
    with open(f"{guard.config}/jail.d/knocks.conf", "w", encoding="utf-8") as file:
        file.write(
            f"[ufw]\nenabled = yes\nlogpath = {net.folder}/ufw.log\nobserve = yes\nmaxretry = 1000\n"
            f"[knocks]\nenabled = yes\nmaxretry = {KNOCKS}\nbantime = 1h\n"
        )


def left(guard, address):
    """The seconds that the kernel holds the address."""
    return Nft(guard.namespace).elements("ban4").get(address) or 0


def prolongs(t, guard, mail, ufw):
    """Knocks of one who is banned."""
    mail.write(*(logs.sasl_failure(BANNED, "anna") for _ in range(3)))
    t.ok(tap.eventually(lambda: 0 < left(guard, BANNED) <= 3600, 5), "banned for an hour")
    until = guard.ask("bans", BANNED)["bans"][0]["until"]
    ufw.write(*(knock(BANNED) for _ in range(KNOCKS - 1)))
    ufw.write(*(knock(STRANGER) for _ in range(400)))
    t.ok(tap.eventually(lambda: guard.failures("ufw") >= 400 + KNOCKS - 1, 5), "all are read")
    t.ok(left(guard, BANNED) <= 3600, "fewer knocks than maxretry change nothing")
    ufw.write(knock(BANNED))
    t.ok(tap.eventually(lambda: 7000 < left(guard, BANNED) <= 7200, 5), "one more: an hour more")
    ban = guard.ask("bans", BANNED)["bans"][0]
    t.equal(ban["jail"], "postfix-sasl", "it is the same ban")
    t.ok(ban["until"] > until, "which ends later in the list, too")
    guard.kill()
    guard.start()
    t.ok(tap.eventually(lambda: 7000 < left(guard, BANNED) <= 7200, 5), "still after kill -9")


def begins_nothing(t, guard, mail):
    """Knocks of one who is not."""
    mail.write(*(logs.sasl_failure(LAST, "anna") for _ in range(3)))
    t.ok(tap.eventually(lambda: left(guard, LAST) > 0, 5), "what comes later is read")
    t.equal(left(guard, STRANGER), 0, "400 knocks of a stranger: not in the kernel")
    t.equal(guard.command("bans", STRANGER, check=False).returncode, 1, "and in no list")
    t.ok(guard.says("ban-extended"), "the log tells of the ban that was prolonged")
    t.ok(STRANGER not in guard.said(), "and nothing of the stranger")


def main(t):
    """One guard."""
    with Network() as net:
        mail, ufw = logs.Log(f"{net.folder}/mail.log"), logs.Log(f"{net.folder}/ufw.log")
        guard = Guard(net, mail.path, maxretry=3, bantime="1h")
        add_jails(guard, net)
        with guard:
            prolongs(t, guard, mail, ufw)
            begins_nothing(t, guard, mail)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
