"""A copy of Debian's /etc/fail2ban with what somebody wrote into it, and a guard that reads it.

World.write() puts files there; in their texts LOG, FOLDER and OUT stand for the mail log, the test's folder
and the file in which the made-up commands write what they were called with.
"""
import os
import re
import shutil

from . import logs, tap
from .guard import Guard
from .net import SERVER4

STOCK = "/etc/fail2ban"
# What every article is given beside its own: nothing that asks a name server or the machine's own logs.
QUIET = """\
[DEFAULT]
ignoreself = false
[sshd]
enabled = false
"""
FAKE = '#!/bin/sh\n{ echo "CALLED ${0##*/} $*"; cat; } >>OUT\n'
PORTS = (22, 25, 80, 143, 443, 465, 587, 993, 2222)


class World:
    """A guard with `fail2ban = DIR` in a network; the files of one article after the other."""

    def __init__(self, net):
        self.net = net
        self.folder = net.folder
        self.directory = f"{net.folder}/fail2ban"
        self.out = f"{net.folder}/out"
        self.programs = f"{net.folder}/programs"
        self.said_to = f"{net.folder}/fail2ban.log"
        self.log = None
        self.guard = None
        self.listeners = {port: net.server.listen("0.0.0.0", port) for port in PORTS}
        os.mkdir(self.programs)
        for name in ("curl", "mail", "sendmail", "whois"):
            path = f"{self.programs}/{name}"
            with open(path, "w", encoding="ascii") as file:
                file.write(FAKE.replace("OUT", self.out))
            os.chmod(path, 0o755)

    def close(self):
        """Ends the listeners."""
        for listener in self.listeners.values():
            listener.close()

    def places(self, text):
        """The text with the names of the places in it."""
        for word, path in (("LOG", self.log.path), ("FOLDER", self.folder), ("OUT", self.out)):
            text = re.sub(rf"\b{word}\b", path, text)
        return text

    def write(self, files, has_log=True):
        """Begins anew: the stock directory, QUIET and `files`; a guard that has not been started. `has_log`: it
        writes a log in fail2ban's shape, for told() and what follows."""
        self.net.server.run("nft", "flush", "ruleset")  # the bans of the last one
        for path in (self.directory, f"{self.folder}/komainu", f"{self.folder}/state"):
            shutil.rmtree(path, ignore_errors=True)
        for path in (self.out, self.said_to):
            open(path, "wb").close()
        self.log = logs.Log(f"{self.folder}/mail.log")
        os.truncate(self.log.path, 0)
        shutil.copytree(STOCK, self.directory)
        for name in os.listdir(f"{self.directory}/jail.d"):
            os.remove(f"{self.directory}/jail.d/{name}")
        for name, text in {"jail.d/00-quiet.conf": QUIET, **files}.items():
            with open(f"{self.directory}/{name}", "w", encoding="utf-8") as file:
                file.write(self.places(text))
        self.guard = Guard(self.net, self.log.path, sasl=False,
                           komainu=f"fail2ban = {self.directory}\n" + f"logtarget = {self.said_to}\n" * has_log)
        self.guard.around = ["unshare", "-m", "--", "sh", "-c",
                             f'mount --bind "{self.programs}" /usr/local/bin && '
                             f'mount --bind "{self.programs}/sendmail" /usr/sbin/sendmail && exec "$@"', "sh"]
        return self.guard

    def called(self):
        """What the made-up programs were called with so far, and were given."""
        with open(self.out, encoding="utf-8", errors="replace") as file:
            return file.read()

    def told(self):
        """The log in fail2ban's shape."""
        with open(self.said_to, encoding="utf-8") as file:
            return file.read()

    def decided(self):
        """[(Found or Ban, jail, address)] of that log, sorted."""
        rows = re.findall(r"\[([\w.-]+)\] (Found|Ban) (\S+)", self.told())
        return sorted((verb, jail, who) for jail, verb, who in rows)

    def decides(self, rows):
        """Whether it is that, before long."""
        tap.eventually(lambda: len(self.decided()) >= len(rows), 5)
        return self.decided()

    def reaches(self, who, port):
        """How a call of an attacker's address ends: in, reset or dropped."""
        try:
            self.net.attacker.connect(who, SERVER4, port, timeout=0.4).close()
            self.listeners[port].settimeout(0.4)  # a ban may come before the last packet of the handshake
            self.listeners[port].accept()[0].close()
        except ConnectionRefusedError:
            return "reset"
        except OSError:
            return "dropped"
        return "in"

    def shut(self, who):
        """The ports of PORTS at which an address does not get in, and how: {port: reset or dropped}."""
        ways = {port: self.reaches(who, port) for port in PORTS}
        return {port: way for port, way in ways.items() if way != "in"}

    def becomes(self, who, expected):
        """The same, as soon as it is `expected`, or as it is in the end."""
        seen = []

        def looks_so():
            seen[:] = [self.shut(who)]
            return seen[0] == expected

        tap.eventually(looks_so, 5)
        return seen[0]
