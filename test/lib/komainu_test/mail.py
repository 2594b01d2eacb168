"""A real Postfix with Dovecot as its password checker, a mail client and a mail sink.

Both servers have their own configuration, queue and state in the folder of the network,
and run in the server's namespace; those of the machine are not touched.
"""
import base64
import collections
import contextlib
import os
import socket
import subprocess
import threading

from .tap import eventually

USER, PASSWORD = "anna@example.com", "correct horse"
SUBMISSION = 587

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
maillog_file = {log}
maillog_file_prefixes = {prefix}
myhostname = mx1.example.com
mydomain = example.com
mydestination = example.com
mynetworks = 127.0.0.0/8 [::1]/128
inet_interfaces = all
inet_protocols = all
local_transport = discard
local_recipient_maps =
alias_maps =
alias_database =
transport_maps = {transports}
relay_domains = {domains}
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_connect_timeout = 5s
smtpd_peername_lookup = no
smtpd_tls_security_level = none
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 1000
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
"""

MASTER_CF = """\
smtp       inet  n - n - - smtpd
submission inet  n - n - - smtpd
  -o syslog_name=postfix/submission
pickup     unix  n - n 60 1 pickup
cleanup    unix  n - n - 0 cleanup
qmgr       unix  n - n 300 1 qmgr
rewrite    unix  - - n - - trivial-rewrite
bounce     unix  - - n - 0 bounce
defer      unix  - - n - 0 bounce
trace      unix  - - n - 0 bounce
verify     unix  - - n - 1 verify
flush      unix  n - n 1000? 0 flush
proxymap   unix  - - n - - proxymap
proxywrite unix  - - n - 1 proxymap
smtp       unix  - - n - - smtp
relay      unix  - - n - - smtp
error      unix  - - n - - error
retry      unix  - - n - - error
discard    unix  - - n - - discard
anvil      unix  - - n - 1 anvil
scache     unix  - - n - 1 scache
postlog    unix-dgram n - n - 1 postlogd
"""

DOVECOT_CONF = """\
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot-state
log_path = {folder}/dovecot.log
protocols =
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/passwd
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {folder}/queue/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""


def _without(text, lines):
    """The lines of text without those whose parameter `lines` set anew."""
    names = {line.partition("=")[0] for line in lines.splitlines()}
    return "".join(x for x in text.splitlines(True) if x.partition("=")[0] not in names)


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class MailServer:
    """Postfix on ports 25 and 587 with SASL. `log` is its log file; `routes` says which
    address takes the mail of which domain; `main` and `master` are lines added to the two
    files; `resolver` is the name server to ask instead of the machine's, which cannot be
    reached from here: at the default nobody listens, so that nobody waits."""

    def __init__(self, network, routes=None, *, main="", master="", resolver="127.0.0.1"):
        self.network = network
        self.folder = f"{network.folder}/mail"
        self.log = f"{network.folder}/mail.log"
        self.dovecot = None
        os.makedirs(f"{self.folder}/etc")
        for name in ("queue", "data", "dovecot", "dovecot-state"):
            os.mkdir(f"{self.folder}/{name}")
        _write(self.log, "")
        subprocess.run(["chown", "postfix:", f"{self.folder}/data"], check=True)
        routes = routes or {}
        transports = [f"{{{domain} = relay:[{mx}]:25}}" for domain, mx in routes.items()]
        _write(
            f"{self.folder}/etc/main.cf",
            _without(MAIN_CF, main).format(
                folder=self.folder,
                log=self.log,
                prefix=network.folder,
                domains=" ".join(routes),
                transports=f"inline:{{ {' '.join(transports)} }}" if routes else "",
            )
            + main,
        )
        _write(f"{self.folder}/etc/master.cf", MASTER_CF + master)
        _write(f"{self.folder}/resolv.conf", f"nameserver {resolver}\n")
        _write(f"{self.folder}/dovecot.conf", DOVECOT_CONF.format(folder=self.folder))
        _write(f"{self.folder}/passwd", f"{USER}:{PASSWORD}\n")

    def start(self):
        """Starts both and waits until Dovecot authenticates and Postfix greets."""
        self._postfix("check")
        self.dovecot = self.network.server.start(
            *self._resolving("dovecot", "-F", "-c", f"{self.folder}/dovecot.conf"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.network.at_close(self.stop)
        # smtpd ends when it cannot ask, and is then not started again for a minute.
        if not eventually(self._authenticates, 15):
            raise RuntimeError(
                "Dovecot does not authenticate: " + self._text(f"{self.folder}/dovecot.log")
            )
        self._postfix("start")
        if not eventually(self._greets, 15):
            raise RuntimeError("Postfix does not greet: " + self._text(self.log))
        return self

    def stop(self):
        """Stops both; harmless when they do not run."""
        with contextlib.suppress(RuntimeError):
            self._postfix("stop")
        if self.dovecot:
            self.dovecot.terminate()
            self.dovecot.wait(10)

    def reload(self):
        """Has Postfix read its configuration anew."""
        self._postfix("reload")

    def config_folder(self):
        """Postfix's configuration folder."""
        return f"{self.folder}/etc"

    def _postfix(self, verb):
        self.network.server.run(*self._resolving("postfix", "-c", f"{self.folder}/etc", verb))

    def _resolving(self, *argv):
        """The command line that runs argv with a resolv.conf of our own."""
        mount = f"mount --bind {self.folder}/resolv.conf /etc/resolv.conf"
        return ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh", *argv]

    def _authenticates(self):
        """Whether Dovecot says which mechanisms it has."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as auth:
            auth.settimeout(2)
            auth.connect(f"{self.folder}/queue/private/auth")
            said = b""
            while part := auth.recv(4096):
                said += part
                if b"\nDONE\n" in said:
                    return True
        return False

    def _greets(self):
        try:
            with Smtp(self.network.server, "127.0.0.1", "127.0.0.1", 25, timeout=2):
                return True
        except (OSError, SmtpError):
            return False

    @staticmethod
    def _text(path):
        with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
            return file.read()
        return "(no log)"


class SmtpError(Exception):
    """The server answered with a code that was not expected."""

    def __init__(self, code, text):
        super().__init__(f"{code} {text}")
        self.code = code


class Smtp:
    """One SMTP session from `source` in a namespace. Every step raises OSError when the
    connection is gone, SmtpError on an answer that is not the one hoped for."""

    def __init__(self, namespace, source, server, port=SUBMISSION, timeout=10):
        self.connection = namespace.connect(source, server, port, timeout)
        self.file = self.connection.makefile("rb")
        try:
            self._expect(220)
            self.say("EHLO client.example.com", 250)
        except (OSError, SmtpError):
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        """Closes without a word."""
        self.file.close()
        self.connection.close()

    def port(self):
        """Our port of the connection."""
        return self.connection.getsockname()[1]

    def say(self, line, *codes):
        """Sends a line; returns the code of the answer, which must be one of `codes`."""
        self.connection.sendall(line.encode() + b"\r\n")
        return self._expect(*codes)

    def fails_login(self, account, mechanism="LOGIN"):
        """Tries a wrong password."""
        self._login(account, "wrong", mechanism, 535)

    def login(self, account=USER, password=PASSWORD, mechanism="PLAIN"):
        """Logs in."""
        self._login(account, password, mechanism, 235)

    def send(self, sender, recipient, subject):
        """Hands a mail over."""
        self.say(f"MAIL FROM:<{sender}>", 250)
        self.say(f"RCPT TO:<{recipient}>", 250)
        self.say("DATA", 354)
        self.say(
            f"From: {sender}\r\nTo: {recipient}\r\nSubject: {subject}\r\n\r\n" f"{subject}\r\n.",
            250,
        )

    def _login(self, account, password, mechanism, code):
        def coded(text):
            return base64.b64encode(text.encode()).decode()

        if mechanism == "PLAIN":
            self.say("AUTH PLAIN " + coded(f"\0{account}\0{password}"), code)
            return
        self.say("AUTH LOGIN", 334)
        self.say(coded(account), 334)
        self.say(coded(password), code)

    def _expect(self, *codes):
        while True:
            line = self.file.readline(4096)
            if not line:
                raise ConnectionResetError("the server closed the connection")
            if line[3:4] != b"-":
                break
        code = int(line[:3])
        if code not in codes:
            raise SmtpError(code, line[4:].decode("utf-8", "replace").strip())
        return code


class Sink:
    """A mail server that takes everything but for what `refused` says: beginning of a
    recipient -> answer. `mails` holds what came, as bytes, `said` how often each of these
    answers was given."""

    def __init__(self, namespace, address, port=25, refused=None):
        self.mails = []
        self.refused = refused or {}
        self.said = collections.Counter()
        self.listener = namespace.listen(address, port)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Stops listening."""
        self.listener.close()

    def has(self, text):
        """Whether a mail with `text` in it has come."""
        return any(text.encode() in mail for mail in self.mails)

    def _reply(self, line):
        command, _, address = line.decode("utf-8", "replace").partition(":<")
        for name, answer in self.refused.items():
            if command.upper() == "RCPT TO" and address.startswith(name):
                self.said[name] += 1
                return answer.encode()
        return b"250 sink.example"

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection, connection.makefile("rwb") as file:

            def answer(text):
                file.write(text + b"\r\n")
                file.flush()

            answer(b"220 sink.example ESMTP")
            for line in file:
                verb = line[:4].upper()
                if verb == b"DATA":
                    answer(b"354 go on")
                    body = []
                    for part in file:
                        if part == b".\r\n":
                            break
                        body.append(part)
                    self.mails.append(b"".join(body))
                answer(b"221 bye" if verb == b"QUIT" else self._reply(line))
                if verb == b"QUIT":
                    return
