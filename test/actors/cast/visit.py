"""One actor at the servers: connections from its address, by a clock of its own.

Every line that the visit causes gets the time of its clock when the line came. So the clock stands
still while something is said, and goes on in wait(), which first takes what the servers wrote.
"""
import base64
import contextlib
import socket
import threading
import time

HOST4, HOST6 = ("192.0.2.1", "192.0.2.2"), ("2001:db8:1::1", "2001:db8:1::2")
QUIET, TALKATIVE = 0, 1  # the second Dovecot has auth_verbose = yes
MX, SUBMISSION, SMTPS, SCREENED, IMPATIENT = 25, 587, 465, 2525, 2526
TOLD = 588  # submission whose passwords the second Dovecot checks
IMAP, POP3 = 143, 110
PATIENCE_S = 20


def coded(text):
    """Base64, as SASL has it."""
    return base64.b64encode(text.encode()).decode()


class Visit:
    """`now` is the simulated time. Connections that the act leaves open are closed at its end."""

    def __init__(self, stage, deeds, planned):
        self.stage, self.deeds = stage, deeds
        self.actor, self.address = planned.actor, planned.address
        self.greylisted = planned.greylisted
        self.now = float(int(stage.begin + planned.at))
        self.began = self.ticked = time.monotonic()
        self.opened = self.ended = 0  # connections
        self.checks = self.checked = 0  # wrong passwords of which the checker tells
        self.came = threading.Condition()
        self.open = []

    def wait(self, seconds):
        """Lets simulated time pass."""
        self.stage.scribe.catch_up()
        self._until(lambda: self.checked >= self.checks)
        self.now = float(int(self.now + seconds))
        self.ticked = time.monotonic()

    def close(self):
        """Ends what is open and waits until the servers have said so."""
        for line in self.open:
            line.close()
        if not self._until(lambda: self.ended >= self.opened and self.checked >= self.checks):
            self.deeds.surprises.append(
                f"{self.actor.name} {self.address}: {self.ended} of {self.opened} ends, "
                f"{self.checked} of {self.checks} checks"
            )

    def attempt(self, what, account="", is_good=False):
        """Tells the truth of something tried."""
        self.deeds.attempt(self, what, account, is_good)

    def surprise(self, text):
        """Something went otherwise than the actor's script says."""
        self.deeds.surprises.append(f"{self.actor.name} {self.address}: {text}")

    def smtp(self, port=MX, helo="client.example.net"):
        """A connection that has said EHLO (nothing, if `helo` is empty)."""
        session = Smtp(self, port)
        if helo:
            session.say(f"EHLO {helo}")
        return session

    def imap(self, server=QUIET):
        """A connection to IMAP."""
        return Imap(self, IMAP, server)

    def pop3(self, server=QUIET):
        """A connection to POP3."""
        return Pop3(self, POP3, server)

    def _until(self, is_so):
        with self.came:
            return self.came.wait_for(is_so, PATIENCE_S)


class Line:
    """A connection. What the other side says is read line by line; b"" is its end."""

    def __init__(self, visit, port, server=QUIET):
        self.visit, self.server = visit, server
        is_v6 = ":" in visit.address
        host = (HOST6 if is_v6 else HOST4)[server]
        self.socket = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET)
        self.socket.settimeout(PATIENCE_S)
        self.socket.bind((visit.address, 0))
        self.socket.connect((host, port))
        self.file = self.socket.makefile("rb")
        visit.opened += 1
        visit.open.append(self)

    def send(self, data):
        """Sends bytes as they are."""
        with contextlib.suppress(OSError):
            self.socket.sendall(data)

    def read(self):
        """The next line, or what there is of it."""
        try:
            return self.file.readline(1 << 14)
        except OSError:
            return b""

    def drain(self):
        """Reads to the end."""
        while self.read():
            pass

    def close(self):
        """Closes without a word."""
        with contextlib.suppress(OSError):
            self.file.close()
            self.socket.close()


class Smtp(Line):
    """SMTP. What is said returns the code of the answer, "" at the end of the connection."""

    def __init__(self, visit, port):
        super().__init__(visit, port)
        self.is_told = port == TOLD
        self.greeting = "" if port == SMTPS else self.hear()

    def hear(self):
        """The code of an answer."""
        while True:
            line = self.read()
            if line[3:4] != b"-":
                return line[:3].decode("ascii", "replace")

    def say(self, line):
        """Sends a line and hears the answer."""
        self.send(line.encode() + b"\r\n")
        return self.hear()

    def login(self, account, password, is_good=False, mechanism="LOGIN"):
        """One password."""
        if mechanism == "PLAIN":
            code = self.say("AUTH PLAIN " + coded(f"\0{account}\0{password}"))
        else:
            self.say("AUTH LOGIN")
            self.say(coded(account))
            code = self.say(coded(password))
        self.visit.attempt("password", account, code == "235")
        self.visit.checks += self.is_told and code != "235"
        if (code == "235") != is_good:
            self.visit.surprise(f"login of {account} got {code}")
        return code == "235"

    def mail(self, sender, *recipients, what="mail"):
        """Hands in a mail, or asks for recipients only where `what` is another. Each recipient
        is an attempt; returns the codes."""
        self.say(f"MAIL FROM:<{sender}>")
        codes = []
        for recipient in recipients:
            codes.append(self.say(f"RCPT TO:<{recipient}>"))
            self.visit.attempt(what, "", codes[-1] == "250")
        if what == "mail" and "250" in codes and self.say("DATA") == "354":
            self.say(f"From: {sender}\r\nSubject: news\r\n\r\nhello\r\n.")
        return codes

    def quit(self):
        """Goes politely."""
        self.say("QUIT")
        self.close()


class Imap(Line):
    """IMAP."""

    def __init__(self, visit, port, server):
        super().__init__(visit, port, server)
        self.read()

    def say(self, line):
        """Sends a command; returns the answer with its tag, b"" at the end."""
        self.send(b"a " + line.encode() + b"\r\n")
        while True:
            answer = self.read()
            if not answer or answer.startswith((b"a ", b"+OK", b"-ERR")):
                return answer

    def login(self, account, password, is_good=False):
        """One password."""
        return self._tried(account, self._login(account, password), is_good)

    def _login(self, account, password):
        return self.say(f'LOGIN "{account}" "{password}"').startswith(b"a OK")

    def _tried(self, account, got_in, is_good):
        self.visit.attempt("password", account, got_in)
        if got_in != is_good:
            self.visit.surprise(f"login of {account}: {got_in}")
        self.visit.checks += self.server == TALKATIVE and not got_in
        return got_in

    def quit(self):
        """Goes politely."""
        self.say("LOGOUT")
        self.close()


class Pop3(Imap):
    """POP3."""

    def say(self, line):
        """Sends a command; returns the answer."""
        self.send(line.encode() + b"\r\n")
        return self.read()

    def _login(self, account, password):
        self.say(f"USER {account}")
        return self.say(f"PASS {password}").startswith(b"+OK")

    def quit(self):
        """Goes politely."""
        self.say("QUIT")
        self.close()
