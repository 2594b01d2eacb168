"""The gate alone with a configuration file, as nobody, asking a name server of the test."""
import json
import os
import socket
import ssl
import subprocess

from .daemon import no_dns, with_mounts
from .guard import KOMAINU
from .mail import MailServer, Sink
from .net import SERVER4, client4
from .speaker import Speaker
from .tap import eventually

NOBODY = 65534
# Whom a session says it is for, by XCLIENT.
PERSON = {"ADDR": "192.0.2.7", "NAME": "host.good.example.org",
          "REVERSE_NAME": "host.good.example.org"}


class GateAlone(Speaker):
    """`komainu gate run -c FILE` in the server's namespace; its name server is 127.0.0.1.
    `text` is the file. It listens at `path`: without one, in its folder; with one it is
    started by root, who can make a socket anywhere. `around` is a command that runs it."""

    def __init__(self, network, text, path=None, around=()):
        self.space = network.server
        self.folder = f"{network.folder}/gate"
        os.makedirs(self.folder, exist_ok=True)
        os.chmod(self.folder, 0o777)
        os.chmod(network.folder, 0o755)
        self.path, self.state = path or f"{self.folder}/sock", f"{self.folder}/state"
        self.become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        self.options = ["--user", "nobody"] if path else []
        self.file, self.output = f"{self.folder}/gate.conf", f"{self.folder}/log"
        self.around = [*with_mounts(*no_dns(network.folder)), *around]
        self.process = None
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(text)
        network.at_close(self.stop)
        self.start()

    def start(self):
        """Starts it and waits until it serves."""
        with open(self.output, "wb") as output:
            self.process = self.space.start(
                *self.around, *([] if self.options else self.become), KOMAINU, "gate", "run",
                "-c", self.file, "--state", self.state, "--listen", f"unix:{self.path}",
                *self.options,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )
        eventually(lambda: "gate-ready" in self.said() or self.process.poll() is not None, 10)
        if self.process.poll() is not None or "gate-ready" not in self.said():
            raise RuntimeError(self.said())

    def stop(self):
        """SIGTERM; the exit status."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(20)

    def said(self):
        """What it has printed so far."""
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def test(self, **attributes):
        """`komainu gate test`: the answer, and what each step came to."""
        words = [f"{name}={value}" for name, value in attributes.items()]
        done = self.space.run(KOMAINU, "gate", "test", "--json", "--state", self.state, *words)
        told = json.loads(done.stdout)
        return told["answer"].strip(), [(s["step"], s["outcome"]) for s in told["steps"]]

    def numbers(self):
        """(name, label) -> number."""
        done = self.space.run(KOMAINU, "gate", "status", "--json", "--state", self.state)
        return {(row["name"], row["label"]): row["value"] for row in json.loads(done.stdout)["numbers"]}


class Asker:
    """One connection to the gate."""

    count = 0

    def __init__(self, gate):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(gate.path)

    def ask(self, context="", **attributes):
        """The action."""
        Asker.count += 1
        said = {"request": "smtpd_access_policy", "protocol_state": "RCPT", "protocol_name": "ESMTP",
                "client_address": PERSON["ADDR"], "client_name": "unknown", "reverse_client_name": "unknown",
                "helo_name": "helo.example", "sender": "a@sender.example", "instance": f"i{Asker.count}",
                "recipient": "bob@example.net", "policy_context": context} | attributes
        self.socket.sendall(("".join(f"{k}={v}\n" for k, v in said.items()) + "\n").encode())
        got = b""
        while not got.endswith(b"\n\n"):
            part = self.socket.recv(4096)
            if not part:
                raise ConnectionResetError("hung up")
            got += part
        return got.decode().strip().partition("=")[2]


class Session:
    """One SMTP session; each step returns (code, text) and expects nothing."""

    def __init__(self, namespace, source, server, port, *, helo="client.example.org", claims=None):
        self.connection = namespace.connect(source, server, port, 30)
        self.file = self.connection.makefile("rb")
        self._hear()
        self.say("EHLO " + helo)
        if claims:
            self.xclient = self.say("XCLIENT " + " ".join(f"{k}={v}" for k, v in claims.items()))
            self.say("EHLO " + helo)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.file.close()
        self.connection.close()

    def say(self, line):
        """Sends a line; the answer."""
        self.connection.sendall(line.encode() + b"\r\n")
        return self._hear()

    def starttls(self, certificate=None, key=None):
        """STARTTLS and EHLO, with a certificate of the client's own or without."""
        said = self.say("STARTTLS")
        if said[0] != 220:
            return said
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if certificate:
            context.load_cert_chain(certificate, key)
        self.file.close()
        self.connection = context.wrap_socket(self.connection)
        self.file = self.connection.makefile("rb")
        return self.say("EHLO client.example.org")

    def mail(self, sender, *recipients):
        """As far as the last RCPT; what was said to it, or to MAIL if that is refused."""
        said = self.say(f"MAIL FROM:<{sender}>")
        for recipient in recipients if said[0] == 250 else ():
            said = self.say(f"RCPT TO:<{recipient}>")
        return said

    def data(self, subject):
        """DATA and a mail; what was said at its end, or to DATA if that is refused."""
        said = self.say("DATA")
        if said[0] != 354:
            return said
        return self.say(f"From: a@example.org\r\nSubject: {subject}\r\n\r\n{subject}\r\n.")

    def _hear(self):
        text = ""
        while True:
            line = self.file.readline(8192).decode("utf-8", "replace")
            if not line:
                return (0, text)
            text += line[4:].strip() + " "
            if line[3:4] != "-":
                return (int(line[:3]), text.strip())


class GateMail:
    """A Postfix with a port for each case, which asks the gate with the case's name; for those
    of `early` before it has asked itself whether it may relay. `more` are lines of main.cf."""

    def __init__(self, net, gate, names, early=(), more=""):
        self.net, self.ports = net, {}
        main = (
            "smtpd_authorized_xclient_hosts = 127.0.0.1\nsmtpd_peername_lookup = yes\n"
            "mynetworks = 127.0.0.9\nappend_dot_mydomain = no\nmax_idle = 3s\n"
            "smtpd_relay_restrictions = reject_unauth_destination\n"
            "smtpd_client_connection_count_limit = 0\n" + more
        )
        master = "tlsmgr unix - - n 1000? 1 tlsmgr\n"
        for port, name in enumerate(names, 3000):
            self.ports[name] = port
            main += (f"asks_{port} = check_policy_service {{ unix:{gate.path}, "
                     f"policy_context={name} }}\n"
                     f"early_{port} = $asks_{port}, reject_unauth_destination\n")
            master += (f"{port} inet n - n - - smtpd\n"
                       f"  -o smtpd_recipient_restrictions=$asks_{port}\n"
                       f"  -o smtpd_data_restrictions=$asks_{port}\n"
                       f"  -o smtpd_end_of_data_restrictions=$asks_{port}\n")
            if name in early:
                master += (f"  -o smtpd_relay_restrictions=$early_{port}\n")
        routes = {d: client4(0) for d in ("example.net", "gone.example", "inside")}
        self.server = MailServer(net, routes, main=main, master=master).start()
        self.sink = Sink(net.client, client4(0))
        net.at_close(self.sink.close)

    def talk(self, name, claims=PERSON, helo="host.good.example.org", source=None):
        """A session at the port of a case."""
        if source:
            return Session(self.net.attacker, source, SERVER4, self.ports[name], helo=helo)
        return Session(self.net.server, "127.0.0.1", "127.0.0.1", self.ports[name], helo=helo,
                       claims=claims)

    def log(self):
        """What Postfix has logged so far."""
        with open(self.server.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def logs(self, *texts):
        """Whether one line of the log has all of the texts, or has soon."""
        return eventually(lambda: any(all(x in line for x in texts)
                                      for line in self.log().splitlines()), 5)
