"""A real Exim with a configuration, spool and users of its own."""
import contextlib
import os
import subprocess

from .cell import Cell
from .packages import environment, program, unpacked
from .tap import eventually

USER, PASSWORD = "anna@example.com", "correct horse"
LISTED = "203.0.113.30"  # what the "DNS list" of the server has in it

CONFIG = """\
primary_hostname = mx1.example.com
daemon_smtp_ports = 25 : 587
local_interfaces = <; 0.0.0.0 ; ::0
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path =
log_selector = {selector}
keep_environment =
host_lookup = {lookup}
rfc1413_query_timeout = 0s
helo_lookup_domains =
smtp_accept_max_nonmail = 6
smtp_max_unknown_commands = 3
smtp_max_synprot_errors = 3
smtp_accept_max = 30
smtp_accept_max_per_host = 4
smtp_enforce_sync = true
queue_only = true
never_users =
auth_advertise_hosts = *
tls_advertise_hosts =
acl_smtp_rcpt = check_rcpt
acl_smtp_data = check_data
acl_smtp_connect = check_connect
{more}

begin acl

check_connect:
  defer    message = slow down
           log_message = ratelimit exceeded
           hosts = {limited}
  accept

check_rcpt:
  deny     message = listed
           log_message = found in zen.example.net
           hosts = {listed}
  accept   authenticated = *
  require  message = relay not permitted
           domains = example.com
  require  verify = recipient
  accept

check_data:
  deny     message = spam
           condition = ${{if match{{$h_subject:}}{{SPAM}}}}
           log_message = spam score 15.2
  accept

begin routers

known:
  driver = redirect
  domains = example.com
  data = ${{if inlist{{$local_part}}{{anna:bob}}{{:blackhole:}}{{:fail: Unknown user}}}}
  allow_fail

begin transports

begin authenticators

plain_login:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
  server_advertise_condition = true

login_login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if eq{{$auth1}}{{broken}}\\
    {{${{readsocket{{/nonexistent/socket}}{{x}}}}}}\\
    {{${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}}}}}
  server_set_id = $auth1
  server_advertise_condition = true
"""
PASSWD = """\
root:x:0:0:root:/root:/bin/sh
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
Debian-exim:x:70311:70311::/nonexistent:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
"""
GROUP = "root:x:0:\nmail:x:8:\nDebian-exim:x:70311:\nnogroup:x:65534:\n"


class EximServer:
    """Exim on ports 25 and 587; `main` and `reject` are its logs. settings: selector, lookup,
    listed, limited, more."""

    def __init__(self, network, name="exim", **settings):
        files = unpacked("exim4-daemon-light", "libidn12")
        self.environment = environment(files)
        self.program = program(files, "usr/sbin/exim4")
        self.process = None
        self.cell = Cell(network, name, {"passwd": PASSWD, "group": GROUP})
        self.network = network
        self.folder = self.cell.folder
        for made in ("spool", "log"):
            os.mkdir(f"{self.folder}/{made}")
            subprocess.run(["chown", "70311:70311", f"{self.folder}/{made}"], check=True)
        self.main = f"{self.folder}/log/mainlog"
        self.reject = f"{self.folder}/log/rejectlog"
        values = {"selector": "", "lookup": "", "listed": LISTED, "limited": "", "more": ""}
        text = CONFIG.format(
            folder=self.folder, user=USER, password=PASSWORD, **(values | settings)
        )
        with open(f"{self.folder}/exim.conf", "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        """Starts it and waits until it listens."""
        self.process = self.cell.start(
            self.program, "-C", f"{self.folder}/exim.conf", "-bdf", env=self.environment
        )
        if not eventually(lambda: "daemon started" in self.text(), 10):
            raise RuntimeError("Exim does not start: " + self.text())
        return self

    def stop(self):
        """Ends it, with its ports."""
        self.process.terminate()
        self.process.wait(10)

    def text(self, which="mainlog"):
        """What is in the log until now."""
        with contextlib.suppress(OSError), open(
            f"{self.folder}/log/{which}", encoding="utf-8", errors="replace"
        ) as file:
            return file.read()
        return ""
