#!/usr/bin/python3
"""The demo: a Postfix in network namespaces of its own, attacked from a few addresses, with
the guard in front of it. Nothing outside the namespaces is touched, and all of it is gone at
the end. Needs root.
"""
import os
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../test/lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.guard import KOMAINU, KOMAINUD, Guard  # noqa: E402
from komainu_test.mail import USER, MailServer, Smtp, SmtpError  # noqa: E402
from komainu_test.net import (
    INSIDE4,
    SERVER4,
    SERVER6,
    Network,
    attacker4,
    attacker6,  # noqa: E402
    client4,
)

ACCOUNTS = "info admin sales scan office test webmaster".split()
ATTACKERS = [(attacker4(n), SERVER4) for n in range(3)] + [
    (attacker6(n), SERVER6) for n in range(2)
]


def tell(text):
    """One line, written at once: two threads tell."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say(text):
    """A heading of the story."""
    tell(f"\n== {text}")


def need():
    """Ends with a plain sentence when something is missing."""
    if os.geteuid() != 0:
        sys.exit("The demo needs root: it makes network namespaces.")
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for program in ("ip", "nsenter", "postfix", "dovecot"):
        if not shutil.which(program):
            sys.exit(
                f"The demo needs {program}: run ./komainu.sh demo, which installs what is missing."
            )
    if not os.path.exists(KOMAINUD):
        sys.exit("Build first: make, or ./komainu.sh build")


def show_watch(guard):
    """Prints what `komainu watch` says, as it says it."""
    process = guard.namespace.start(
        KOMAINU, "watch", "--state", guard.state, stdout=subprocess.PIPE, text=True
    )

    def copy():
        for line in process.stdout:
            tell(f"   watch | {line.rstrip()}")

    threading.Thread(target=copy, daemon=True).start()
    return process


def attack(net, source, server):
    """Guesses until the connection dies or none is let in."""
    try:
        with Smtp(net.attacker, source, server, timeout=3) as session:
            for account in ACCOUNTS:
                session.fails_login(account)
    except TimeoutError:
        return "does not get through any more"
    except (OSError, SmtpError):
        return "was cut off in the middle of its session"
    return "was not stopped"


def customer(net):
    """Mistypes once, then logs in and sends."""
    with Smtp(net.client, client4(0), INSIDE4) as session:
        session.fails_login(USER)
        session.login()
        session.send(USER, "bob@example.com", "all is well")


def show(guard, *argv):
    """A command and its output."""
    tell(f"\n$ komainu {' '.join(argv)}\n" + guard.command(*argv, check=False).stdout.rstrip())


def story(net):
    """From the start of the servers to the last look."""
    say("Starting a Postfix with Dovecot's password check")
    mail = MailServer(net).start()
    say("Starting the guard: five wrong passwords in ten minutes are a ban of an hour")
    with Guard(net, mail.log, komainu="guarded-ports = 25,587") as guard:
        watch = show_watch(guard)
        say(f"{len(ATTACKERS)} addresses guess passwords, over IPv4 and IPv6")
        for source, server in ATTACKERS:
            tell(f"{source} {attack(net, source, server)}")
        source, server = ATTACKERS[0]
        tell(f"{source} tries again: it {attack(net, source, server)}")
        say("A customer mistypes his password once, logs in and sends a mail")
        customer(net)
        tell(f"{client4(0)} has sent it")
        tap.eventually(lambda: len(guard.bans()) == len(ATTACKERS), 3)
        watch.terminate()
        say("What the guard says now")
        show(guard, "status")
        show(guard, "bans")
        show(guard, "why", source)


def main():
    """The whole demo, with its time."""
    need()
    tap.end_on_signals()
    start = time.monotonic()
    with Network() as net:
        story(net)
    say(f"All of it is removed again. {time.monotonic() - start:.0f} s")


main()
