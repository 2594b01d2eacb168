"""The servers: one Postfix, two Dovecots (the second with auth_verbose), a name server and a
greylist, in a network namespace where every address of the actors is local.
"""
import contextlib
import os
import socketserver
import subprocess
import threading
import time

from komainu_test.daemon import Talk, make_certificate, own_dev, with_mounts
from komainu_test.dns import PTR, TXT, A, Resolver, reverse
from komainu_test.mail import MailServer
from komainu_test.net import Network
from komainu_test.tap import eventually

from .scribe import Scribe
from .visit import HOST4, HOST6, IMAP, IMPATIENT, SCREENED, SMTPS, TOLD
from .world import DOMAIN

NETS4 = ("100.64.0.0/10", "198.18.0.0/15", "192.0.2.0/24")
LIST = "list.example"
GREYLIST = 10023
SENDERS = ("example.net", "example.org", "sender.example", "news.example", "shop.example")

MAIN = f"""\
maillog_file =
mydestination = localhost
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_base = {{folder}}/boxes
virtual_mailbox_maps = texthash:{{folder}}/boxes.map
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
default_transport = discard
enable_long_queue_ids = yes
smtpd_peername_lookup = yes
smtp_dns_support_level = enabled
smtpd_sasl_auth_enable = no
smtpd_hard_error_limit = 20
smtpd_client_connection_count_limit = 20
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated,
  reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname, reject_unknown_sender_domain,
  reject_rbl_client {LIST}, check_policy_service inet:127.0.0.1:{GREYLIST}
smtpd_tls_cert_file = {{folder}}/cert.pem
smtpd_tls_key_file = {{folder}}/key.pem
anvil_status_update_time = 10d
postscreen_cache_cleanup_interval = 0
postscreen_greet_wait = 1s
postscreen_greet_action = enforce
postscreen_dnsbl_sites = {LIST}*3
postscreen_dnsbl_threshold = 2
postscreen_dnsbl_action = enforce
"""

MASTER = f"""\
virtual unix - n n - - virtual
tlsmgr unix - - n 1000? 1 tlsmgr
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
{SCREENED} inet n - n - 1 postscreen
smtpd pass - - n - - smtpd
{TOLD} inet n - n - - smtpd
  -o syslog_name=postfix/submission -o smtpd_sasl_auth_enable=yes
  -o smtpd_sasl_path={{folder}}/talk/auth
{IMPATIENT} inet n - n - - smtpd
  -o smtpd_timeout=2s
{SMTPS} inet n - n - - smtpd
  -o syslog_name=postfix/smtps -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
"""

DOVECOT = """\
base_dir = {base}/dovecot
state_dir = {base}/dovecot-state
log_path = syslog
protocols = imap pop3
listen = {listen}
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_verbose = {verbose}
mail_location = maildir:{base}/mails/%u
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/passwd
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={base}/mails/%u
}}
service imap-login {{
  service_count = 0
}}
service pop3-login {{
  service_count = 0
}}
service imap {{
  service_count = 64
}}
service auth {{
  client_limit = 2000
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

SASL = """\
service auth {{
  unix_listener {socket} {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Town(Network):
    """One namespace. The networks of the actors need no address each: they are all local."""

    def _build(self):
        subprocess.run(["ip", "netns", "add", self.server.name], check=True)
        with self.server.entered():
            for name in ("ip_nonlocal_bind", "conf/all/accept_dad"):
                value = "1" if name == "ip_nonlocal_bind" else "0"
                _write(f"/proc/sys/net/ipv6/{name}", value)
        lines = ["link set lo up"]
        lines += [f"route add local {net} dev lo" for net in NETS4]
        lines += [f"address add {a}/128 dev lo nodad" for a in HOST6]
        lines += ["route add local 2001:db8::/32 dev lo"]
        self._batch(self.server, lines)


class _Server(MailServer):
    """MailServer, with its log in the scribe's hands, and IMAP and POP3 beside it."""

    def __init__(self, town, scribe):
        self._mounts = ()
        folder = f"{town.folder}/mail"
        super().__init__(town, main=MAIN.format(folder=folder), master=MASTER.format(folder=folder))
        resolv = f"mount --bind {folder}/resolv.conf /etc/resolv.conf"
        self._mounts = (resolv, *own_dev(scribe))
        make_certificate(folder)
        self.talkative = None

    def prepare(self, accounts):
        """Writes what depends on the accounts."""
        self.write_passwords(accounts)
        _write(f"{self.folder}/boxes.map", "".join(f"{a} {a}/\n" for a in accounts))
        folders = ("boxes", "talk", "talk/mails", "talk/dovecot", "talk/dovecot-state", "mails")
        for name in folders:
            os.mkdir(f"{self.folder}/{name}")
        for name in ("boxes", "mails", "talk/mails"):
            os.chmod(f"{self.folder}/{name}", 0o777)
        for number, (base, verbose, socket) in enumerate(
            (
                (self.folder, "no", f"{self.folder}/queue/private/auth"),
                (f"{self.folder}/talk", "yes", f"{self.folder}/talk/auth"),
            )
        ):
            values = {"base": base, "verbose": verbose, "socket": socket, "folder": self.folder}
            listen = f"{HOST4[number]} {HOST6[number]}"
            _write(f"{base}/dovecot.conf", (DOVECOT + SASL).format(listen=listen, **values))
        self._sasl_on_submission()

    def write_passwords(self, accounts):
        """Dovecot reads the file anew when its size or its second differs: two changes in one
        second, to a password as long as the old one, get two seconds."""
        path = f"{self.folder}/passwd"
        before = int(os.stat(path).st_mtime) if os.path.exists(path) else 0
        _write(f"{path}.new", "".join(f"{a}:{p}\n" for a, p in accounts.items()))
        second = max(int(time.time()), before + 1)
        os.utime(f"{path}.new", (second, second))
        os.rename(f"{path}.new", path)

    def start(self):
        """As in MailServer, and the talkative Dovecot."""
        super().start()
        self.talkative = self.network.server.start(
            *self._resolving("dovecot", "-F", "-c", f"{self.folder}/talk/dovecot.conf"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for host in HOST4:
            if not eventually(
                lambda host=host: self.network.server.can_connect("127.0.0.1", host, IMAP), 10, 0.1
            ):
                raise RuntimeError(f"no IMAP at {host}")
        return self

    def stop(self):
        super().stop()
        if self.talkative:
            self.talkative.terminate()
            self.talkative.wait(10)

    def _sasl_on_submission(self):
        subprocess.run(
            ["postconf", "-c", self.config_folder()]
            + ["-P", "submission/inet/smtpd_sasl_auth_enable=yes"],
            check=True,
            timeout=60,
        )

    def _resolving(self, *argv):
        return with_mounts(*self._mounts) + list(argv)


class _Policy(socketserver.StreamRequestHandler):
    """Postfix asks for each recipient; `server.is_greylisted(address)` knows."""

    def handle(self):
        asked = {}
        for line in self.rfile:
            name, _, value = line.decode("utf-8", "replace").rstrip("\n").partition("=")
            if name:
                asked[name] = value
                continue
            action = "DUNNO"
            if self.server.is_greylisted(asked.get("client_address", "")):
                action = "DEFER_IF_PERMIT Greylisted, please come back later"
            self.wfile.write(f"action={action}\n\n".encode())


class _PolicyServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128


class Stage:
    """Everything, from a world that is planned. Use it in a `with` statement."""

    def __init__(self, world, begin):
        self.world, self.begin = world, begin
        self.town = Town()
        self.scribe = self.server = None
        self.present = {}  # address -> visit

    def __enter__(self):
        # pylint: disable=unnecessary-dunder-call
        self.town.__enter__()
        try:
            self._set_up()
        except BaseException:
            self.town.close()
            raise
        return self

    def __exit__(self, *_exception):
        self.town.close()

    def enter(self, visit):
        """The visit's address is there."""
        self.present[visit.address] = visit
        self.scribe.begin(visit)

    def change_password(self, account, password):
        """The account has another password from now on, and both Dovecots know."""
        self.world.accounts[account] = password
        self.server.write_passwords(self.world.accounts)
        for host in HOST4:
            if not eventually(lambda host=host: self._gets_in(host, account, password), 10, 0.1):
                raise RuntimeError(f"{host} does not take the new password of {account}")

    def _gets_in(self, host, account, password):
        with Talk(self.town.server, "127.0.0.1", host, IMAP, "* OK") as talk:
            got_in = talk.say(f'a LOGIN "{account}" "{password}"', "a ").startswith("a OK")
            talk.say("b LOGOUT", "b ")
        return got_in

    def _set_up(self):
        self.scribe = Scribe(self.town.folder)
        resolver = Resolver(self.town.server, self._records())
        self.town.at_close(resolver.close)
        with self.town.server.entered():
            policy = _PolicyServer(("127.0.0.1", GREYLIST), _Policy)
        policy.is_greylisted = self._is_greylisted  # pylint: disable=W0201
        threading.Thread(target=policy.serve_forever, daemon=True).start()
        self.town.at_close(policy.shutdown)
        self.server = _Server(self.town, self.scribe)
        self.server.prepare(self.world.accounts)
        self.server.start()
        self.scribe.start()

    def _is_greylisted(self, address):
        visit = self.present.get(address)
        return visit is not None and visit.greylisted

    def _records(self):
        records = {name: [(A, "203.0.113.99")] for name in (DOMAIN, *SENDERS)}
        for address, name in self.world.addresses.records.items():
            records[reverse(address)] = [(PTR, name)]
            lie = name.startswith("lie")
            records[name] = [(A, "203.0.113.77" if lie else address)]
        for address in self.world.listed:
            records[reverse(address, LIST)] = [(A, "127.0.0.2"), (TXT, "listed by " + LIST)]
        return records


@contextlib.contextmanager
def opened(world, begin):
    """The stage, with the calling thread in its namespace: so are the threads that it starts."""
    with Stage(world, begin) as stage, stage.town.server.entered():
        yield stage
