"""A real Dovecot with a configuration of its own: IMAP, and what else of its protocols is installed."""
import os

from .daemon import Syslog, Talk, make_certificate, no_dns, own_dev, with_mounts
from .net import SERVER6
from .tap import eventually

IMAP, IMAPS, POP3, SUBMISSION, SIEVE = 143, 993, 110, 587, 4190
PROTOCOLS = {
    POP3: ("pop3", "dovecot-pop3d"),
    SUBMISSION: ("submission", "dovecot-submissiond"),
    SIEVE: ("sieve", "dovecot-managesieved"),
}
USER, PASSWORD = "anna@example.com", "correct horse"

CONF = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {log}
protocols = {protocols}
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_verbose = {verbose}
mail_max_userip_connections = 2
mail_location = maildir:{folder}/mails
hostname = mx1.example.com
submission_host = mx1.example.com
submission_relay_host = 127.0.0.1
passdb {{
  driver = {passdb}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/home
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
local {server6} {{
  disable_plaintext_auth = yes
}}
"""


def protocols():
    """Ports whose protocol is installed, IMAP's apart; the others are noted."""
    return [port for port, (name, _) in PROTOCOLS.items() if os.path.exists(daemon(name))]


def daemon(name):
    """The login process of a protocol."""
    name = {"sieve": "managesieve"}.get(name, name)
    return f"/usr/lib/dovecot/{name}-login"


class Dovecot:
    """Dovecot in the server's namespace. `log` is what it wrote: its own log file, or what
    it sent to syslog. Without `others` it serves IMAP alone."""

    def __init__(self, net, name, passdb, *, verbose=True, syslog=False, others=True):
        self.net = net
        self.folder = f"{net.folder}/{name}"
        self.log = f"{self.folder}/log"
        self.passwords = f"{self.folder}/passwd"
        for part in ("", "run", "state", "home", "mails"):
            os.mkdir(f"{self.folder}/{part}")
        for part in ("home", "mails"):
            os.chmod(f"{self.folder}/{part}", 0o777)
        make_certificate(self.folder)
        with open(self.passwords, "w", encoding="utf-8") as file:
            file.write(f"{USER}:{PASSWORD}\nanna:other\n")
        names = ["imap"] + [PROTOCOLS[port][0] for port in protocols() if others]
        with open(f"{self.folder}/dovecot.conf", "w", encoding="utf-8") as file:
            file.write(
                CONF.format(
                    folder=self.folder,
                    log="syslog" if syslog else self.log,
                    protocols=" ".join(names),
                    verbose="yes" if verbose else "no",
                    passdb=passdb.format(passwords=self.passwords),
                    server6=SERVER6,
                )
            )
        mounts = no_dns(self.folder)
        if syslog:
            mounts += own_dev(Syslog(self.folder, self.log))
        self.process = net.server.start(
            *with_mounts(*mounts), "dovecot", "-F", "-c", f"{self.folder}/dovecot.conf"
        )
        net.at_close(self.stop)
        self._wait()

    def _wait(self):
        def is_ready():
            try:
                with Talk(self.net.server, "127.0.0.1", "127.0.0.1", IMAP, "* OK") as talk:
                    return talk.say("a login x x", "a NO")
            except OSError:
                return False

        if not eventually(is_ready, 10, every=0.1):
            with open(self.log, encoding="utf-8", errors="replace") as file:
                raise RuntimeError("Dovecot does not answer: " + file.read())

    def stop(self):
        """Stops Dovecot and all of its processes."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
