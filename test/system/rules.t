#!/usr/bin/python3
"""Rules over a restart: what they have counted, who has logged in where, and which lines
are of one attempt outlive the process, by the tags that they are known by."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network  # noqa: E402

JAILS = """
[dovecot]
enabled = yes
logpath = {log}
maxretry = 3
findtime = 1h
bantime = 1h

[trio]
enabled = yes
events = auth_fail account_unknown
per = account
distinct = network
mindistinct = 3
maxretry = 3
findtime = 1h
bantime = 1h
"""


def dovecot(text, account, address):
    """A line of Dovecot's login process."""
    return (
        f"{logs.stamp()} dovecot: imap-login: {text}: user=<{account}>, method=PLAIN, "
        f"rip={address}, lip=192.0.2.1, session=<x>\n"
    )


def wrong(account, address):
    """A wrong password at Dovecot."""
    return dovecot("Disconnected (auth failed, 1 attempts in 2 secs)", account, address)


def again(guard, how):
    """Ends the guard, as `how` says, and starts it."""
    if how == "stop":
        guard.stop()
        guard.start()
    else:
        guard.kill_role("komainu-judge")
        tap.eventually(guard.is_ready, 20)


def banned(guard):
    """Who is banned by which jail."""
    return sorted((ban["jail"], ban["address"]) for ban in guard.bans())


def outlive(t, how):
    """Two networks, a login and a failure; a restart; and what follows from them."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=100, more=JAILS.format(log=log.path)) as guard:
            log.write(
                logs.sasl_failure("192.0.2.7", "root"),
                logs.sasl_failure("198.51.100.7", "root"),
                dovecot("Login", "anna", "203.0.113.7"),
                wrong("bert", "203.0.113.9"),
            )
            tap.eventually(lambda: guard.failures("dovecot") == 1, 10)
            t.equal(banned(guard), [], f"{how}: nobody is banned yet")
            again(guard, how)
            log.write(
                *(wrong("anna", "203.0.113.8") for _ in range(6)),
                wrong("bert", "203.0.113.9"),
                wrong("bert", "203.0.113.9"),
                logs.sasl_failure("203.0.113.66", "root"),
            )
            expected = [("dovecot", "203.0.113.9"), ("trio", "203.0.113.66")]
            tap.eventually(lambda: len(guard.bans()) >= len(expected), 10)
            t.equal(
                banned(guard),
                expected,
                "the third network is banned, who guesses is, and who mistypes is not",
            )


def main(t):
    """The guard is restarted, then the judge dies."""
    for how in ("stop", "kill"):
        outlive(t, how)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
