#!/usr/bin/python3
"""The gate alone, unprivileged, in a namespace: every way in which a client can ask, cut a
request in two, be slow, lie, or hang up; and a real Postfix that asks it.
"""
import contextlib
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.guard import BUILD, KOMAINU  # noqa: E402
from komainu_test.mail import MailServer, Smtp, SmtpError  # noqa: E402
from komainu_test.net import Network  # noqa: E402
from komainu_test.speaker import Speaker  # noqa: E402
from komainu_test.tap import eventually  # noqa: E402

NOBODY = 65534
# At DATA nothing is greylisted.
HEAD = b"request=smtpd_access_policy\nprotocol_state=DATA\n"
ASK = HEAD + b"client_address=192.0.2.7\nsender=a@example.org\nrecipient=b@example.net\n\n"
DUNNO = b"action=DUNNO\n\n"
TEXT = "4.3.0 Not now"
FAILED = f"action=DEFER_IF_PERMIT {TEXT}\n\n".encode()
IDLE = 2000


class Gate(Speaker):
    """`komainu gate run` as nobody, listening at a path and at ports of both families."""

    def __init__(self, network, *options):
        self.space = network.server
        self.folder = f"{network.folder}/gate"
        os.makedirs(self.folder, exist_ok=True)
        os.chmod(self.folder, 0o777)
        os.chmod(network.folder, 0o755)
        self.path, self.state = f"{self.folder}/sock", f"{self.folder}/state"
        self.output = f"{self.folder}/log"
        with open(self.output, "wb") as output:
            self.process = self.space.start(
                "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                KOMAINU, "gate", "run", "--state", self.state,
                "--listen", f"unix:{self.path}", "--listen", "inet:127.0.0.1:10023",
                "--listen", "inet:[::1]:10024", *options,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )
        network.at_close(self.stop)
        if not eventually(lambda: "gate-ready" in self.said() or self.process.poll() is not None, 10):
            raise RuntimeError(self.said())
        if self.process.poll() is not None:
            raise RuntimeError(self.said())

    def said(self):
        """What it has printed so far."""
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        """SIGTERM; the exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(20)

    def connect(self):
        """A connection over the path."""
        asks = socket.socket(socket.AF_UNIX)
        asks.settimeout(20)
        asks.connect(self.path)
        return asks

    def numbers(self):
        """(name, label) -> number."""
        done = self.space.run(KOMAINU, "gate", "status", "--json", "--state", self.state)
        rows = json.loads(done.stdout)["numbers"]
        return {(row["name"], row["label"]): row["value"] for row in rows}

    def memory_kib(self):
        """What it holds in memory, without what it shares."""
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file.readlines()[1:])
        return int(fields["Private_Dirty"].split()[0])


def hear(asks, size=len(DUNNO)):
    """At least so many bytes, or what came before the end."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while len(got) < size:
            piece = asks.recv(4096)
            if not piece:
                break
            got += piece
    return got


def is_closed(asks):
    """Whether the other end has hung up, with nothing more to say."""
    with contextlib.suppress(ConnectionResetError):
        return asks.recv(1) == b""
    return True


def whole(t, gate):
    """One request after another, over each kind of socket."""
    with gate.connect() as asks:
        for _ in range(3):
            asks.sendall(ASK)
            got = hear(asks)
        t.equal(got, DUNNO, "a connection asks three times")
    script = (
        "import socket,sys\n"
        "s=socket.create_connection((sys.argv[1],int(sys.argv[2])))\n"
        f"s.sendall({ASK!r})\n"
        "s.shutdown(socket.SHUT_WR)\n"
        "print(s.recv(99), s.recv(1))\n"
    )
    for host, port in (("127.0.0.1", "10023"), ("::1", "10024")):
        said = gate.space.run(sys.executable, "-c", script, host, port).stdout
        t.equal(said.strip(), f"{DUNNO!r} b''", f"{host}: an answer behind a half-close, then the end")
    with gate.connect() as asks:
        asks.sendall(ASK)
        asks.shutdown(socket.SHUT_WR)
        t.equal((hear(asks), is_closed(asks)), (DUNNO, True), "the same over the path")


def cut(t, gate):
    """A request in two pieces, cut at every byte; and in pieces of one byte."""
    wrong = []
    with gate.connect() as asks:
        for at in range(1, len(ASK)):
            asks.sendall(ASK[:at])
            # Nothing tells when it was read; but the order in which pieces come is this one.
            asks.sendall(ASK[at:])
            if hear(asks) != DUNNO:
                wrong.append(at)
        t.equal(wrong, [], f"a request cut at each of its {len(ASK)} bytes")
        for byte in ASK:
            asks.sendall(bytes([byte]))
        t.equal(hear(asks), DUNNO, "and in single bytes")
    with gate.connect() as asks:
        asks.sendall(ASK * 3)
        t.equal(hear(asks, 3 * len(DUNNO)), DUNNO * 3, "three at once are answered in turn")
    with gate.connect() as asks:
        asks.sendall(ASK[:-1])
        asks.shutdown(socket.SHUT_WR)
        t.equal(hear(asks), b"", "half a request is not answered")


def wrong(t, gate):
    """What is malformed, too long, or no request at all."""
    with gate.connect() as asks:
        asks.sendall(HEAD + b"sender=" + b"v" * 65000 + b"\n\n" + ASK)
        t.equal(hear(asks, len(FAILED + DUNNO)), FAILED + DUNNO, "a value of 64 KiB: the fail answer")
        asks.sendall(HEAD + b"no equals sign\n\n")
        t.equal(hear(asks, len(FAILED)), FAILED, "a line that is none: likewise")
        asks.sendall(HEAD + b"sender=a\0b\n\n")
        t.equal(hear(asks, len(FAILED)), FAILED, "a NUL: likewise")
    with gate.connect() as asks:
        asks.sendall(HEAD + b"sender=" + b"v" * (200 << 10))
        t.equal((hear(asks, len(FAILED)), is_closed(asks)), (FAILED, True),
                "a request without end: the fail answer, and closed")
    for text in (b"GET / HTTP/1.0\n\n", b"\n", b"request=other\n\n", b"x" * (100 << 10)):
        with gate.connect() as asks, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            asks.sendall(text)
            t.ok(is_closed(asks), f"{text[:16]!r} ...: closed without an answer")
    t.ok(gate.says("what=not-policy"), "and told")


def idle(t, gate):
    """Two thousand connections that say nothing, and one that does."""
    before = gate.memory_kib()
    crowd = [gate.connect() for _ in range(IDLE)]
    t.ok(eventually(lambda: gate.numbers()[("connections", None)] == IDLE, 10), f"{IDLE} connections")
    for asks in crowd:
        asks.sendall(ASK)
    t.equal({hear(asks) for asks in crowd}, {DUNNO}, "each is answered")
    used = gate.memory_kib() - before
    t.below(used / IDLE, 2, "KiB that an idle one costs")
    start = time.monotonic()
    crowd[7].sendall(ASK)
    t.equal(hear(crowd[7]), DUNNO, "one of them asks again")
    t.below(time.monotonic() - start, 1, "and does not wait")
    for asks in crowd:
        asks.close()
    t.ok(eventually(lambda: gate.numbers()[("connections", None)] == 0, 10), "all have gone")


def slow(t, gate):
    """Who does not read, and who does not write; the deadline is 2 s here."""
    with gate.connect() as reader, gate.connect() as writer, gate.connect() as other:
        writer.sendall(HEAD)
        reader.setblocking(False)
        # Until it takes no more: its answers have filled the socket, and it reads nothing.
        while select.select([], [reader], [], 0.5)[1]:
            with contextlib.suppress(BlockingIOError):
                reader.send(ASK)
        other.sendall(ASK)
        t.equal(hear(other), DUNNO, "others are answered beside them")
        t.ok(eventually(lambda: gate.numbers()[("troubles_total", "slow-writer")] == 1, 5),
             "half a request is given up")
        t.ok(is_closed(writer), "and closed")
        t.ok(eventually(lambda: gate.numbers()[("troubles_total", "slow-reader")] == 1, 5),
             "so is an answer that is not read")
        other.sendall(ASK)
        t.equal(hear(other), DUNNO, "the others stay")


def hang_up(t, gate):
    """Clients that ask and are gone."""
    for _ in range(200):
        with gate.connect() as asks:
            asks.sendall(ASK)
    with gate.connect() as asks:
        asks.sendall(ASK)
        t.equal(hear(asks), DUNNO, "it goes on after 200 who did not wait")
    numbers = gate.numbers()
    t.equal(numbers[("deciding", None)], 0, "and decides for nobody")


def crowded(t):
    """With 16 connections the seventeenth takes the place of the one idle longest."""
    with Network() as net:
        gate = Gate(net, "-o", "connections=16")
        crowd = [gate.connect() for _ in range(16)]
        for asks in crowd[1:]:
            asks.sendall(ASK)
            hear(asks)
        with gate.connect() as late:
            late.sendall(ASK)
            t.equal(hear(late), DUNNO, "one more than there may be is served")
        t.ok(is_closed(crowd[0]), "the one idle longest is not")
        t.equal(gate.numbers()[("troubles_total", "evicted")], 1, "which is counted")
        for asks in crowd:
            asks.close()


def end(t):
    """SIGTERM, a second start in the same place, and what is refused."""
    with Network() as net:
        gate = Gate(net)
        second = net.server.run(
            "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", KOMAINU, "gate",
            "run", "--state", f"{gate.folder}/other", "--listen", f"unix:{gate.path}", check=False)
        t.ok(second.returncode == 1 and "in use" in second.stderr, "a path that is taken is refused")
        t.equal(gate.stop(), 0, "SIGTERM ends it")
        gate = Gate(net)
        with gate.connect() as asks:
            asks.sendall(ASK)
            t.equal(hear(asks), DUNNO, "the next one takes its place")
        with open(f"/proc/{gate.process.pid}/status", encoding="ascii") as file:
            said = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        t.equal((said["Seccomp"], said["NoNewPrivs"]), ("2", "1"), "it is shut in, alone too")
        gate.process.send_signal(signal.SIGKILL)
        gate.process.wait()
        gate = Gate(net)
        t.ok(True, "and one after a kill -9")
    for argv in ([], ["--state", "/x"], ["--state", "/x", "--listen", "nowhere"],
                 ["--state", "/x", "--listen", "inet:1", "-o", "fial=open"]):
        done = subprocess.run([KOMAINU, "gate", "run", *argv], capture_output=True, text=True,
                              check=False)
        t.ok(done.returncode == 2 and done.stderr, f"refused: {argv} ({done.stderr.splitlines()[-1:]})")
    done = subprocess.run([KOMAINU, "gate", "run", "--state", "/x", "--listen", "inet:10023"],
                          capture_output=True, text=True, check=False)
    t.ok(done.returncode == 1 and "--user" in done.stderr, "root has to name a user")


def logged(server):
    """What Postfix has logged so far."""
    with open(server.log, encoding="utf-8") as file:
        return file.read()


def handed(net):
    """What comes of a mail that is handed in."""
    with Smtp(net.server, "127.0.0.1", "127.0.0.1", 25) as smtp:
        try:
            smtp.send("a@example.net", "bob@example.com", "hello")
        except SmtpError as error:
            return error.code
    return 250


def postfix(t):
    """A real Postfix asks over a path and over a port."""
    with Network() as net:
        gate = Gate(net, "-o", "delay=1")
        main = (
            "smtpd_recipient_restrictions = check_policy_service unix:{0}, permit\n"
            "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n"
            "smtpd_data_restrictions = check_policy_service inet:127.0.0.1:10023\n"
        ).format(gate.path)
        server = MailServer(net, main=main).start()
        t.equal(handed(net), 450, "a mail of a stranger is put off")
        words = "450 4.2.0 <bob@example.com>: Recipient address rejected: Greylisted"
        t.ok(eventually(lambda: words in logged(server), 5), "with postgrey's words")
        t.ok(eventually(lambda: handed(net) == 250, 5), "and taken when it comes again")
        numbers = gate.numbers()
        t.equal(numbers[("greylist_total", "first-pass")], 1, "which is counted")
        t.ok(numbers[("requests_total", None)] >= 3, "it was asked at RCPT and at DATA")
        t.equal(numbers[("answers_total", None)], numbers[("requests_total", None)],
                "and has answered each time")
        said = gate.space.run(KOMAINU, "gate", "test", "--state", gate.state, "client=192.0.2.99",
                              "sender=a@example.net", "recipient=bob@example.com").stdout
        t.ok("recipient_restrictions: greylist: fired (4.2.0 " in said and "action=DEFER_IF_PERMIT 4.2.0 " in said,
             "gate test says what a stranger would hear")
        after = gate.numbers()
        new = ("greylist_total", "new")
        t.equal(after[new], numbers[new], "and nobody remembers that")
        gate.stop()
        with Smtp(net.server, "127.0.0.1", "127.0.0.1", 25) as smtp:
            smtp.say("MAIL FROM:<a@example.net>", 250)
            t.equal(smtp.say("RCPT TO:<bob@example.com>", 451), 451, "without it Postfix defers")


def ask(gate, **values):
    """The answer at RCPT."""
    values = {"client_address": "192.0.2.7", "sender": "a@example.org", "recipient": "b@example.net"} | values
    lines = "".join(f"{name}={value}\n" for name, value in values.items())
    with gate.connect() as asks:
        asks.sendall(f"request=smtpd_access_policy\nprotocol_state=RCPT\n{lines}\n".encode())
        return hear(asks).decode().strip()


def told(t):
    """What the log has of requests."""
    lists = "recipient_restrictions=warn reject_non_fqdn_sender, reject_non_fqdn_recipient, greylist"
    with Network() as net:
        gate = Gate(net, "-o", lists)
        answer = ask(gate, sender="bob")
        t.ok(answer.startswith("action=DEFER_IF_PERMIT"), f"behind warn nothing is refused: {answer}")
        words = ('gate-would-refuse at=RCPT action=504 by="reject_non_fqdn_sender" answer="', 'sender="bob"')
        t.ok(eventually(lambda: all(word in gate.said() for word in words), 5), "but told")
        t.ok("gate-passed" not in gate.said() and "gate-refused" not in gate.said(), "and the greylist is not")
        answer = ask(gate, recipient='x\x1b[31m"')
        t.ok(answer.startswith("action=504 "), f"a refusal: {answer}")
        words = ('gate-refused at=RCPT action=504 by="reject_non_fqdn_recipient"', 'recipient="x\\x1B[31m')
        t.ok(eventually(lambda: all(word in gate.said() for word in words), 5),
             "is told, with nothing of its bytes unescaped")
        for _ in range(400):
            ask(gate, sender="bob")
        t.equal(gate.said().count("gate-would-refuse"), 300, "300 lines a minute and no more")
        gate.stop()
    with Network() as net:
        gate = Gate(net, "-o", lists, "-o", "log=decisions")
        ask(gate, instance="12.34", queue_id="4XyZ")
        t.ok(eventually(lambda: 'gate-refused at=RCPT action=DEFER_IF_PERMIT by="greylist"' in gate.said(), 5),
             "log = decisions tells what the greylist says")
        t.ok(gate.says('queue_id="4XyZ" instance="12.34"'), "and of which mail")
        with gate.connect() as asks:
            asks.sendall(ASK)
            hear(asks)
        t.ok(eventually(lambda: "gate-passed at=DATA action=DUNNO" in gate.said(), 5), "and what passes")
        gate.stop()


def lists(t):
    """White lists are read again when they change, though the gate is shut in."""
    with Network() as net:
        os.chmod(net.folder, 0o755)
        path = f"{net.folder}/clients"
        with open(path, "w", encoding="ascii") as file:
            file.write("192.0.2.99\n")
        gate = Gate(net, "-o", f"whitelist-clients={path}")
        t.ok("Greylisted" in ask(gate), "a stranger is put off")
        with open(path, "a", encoding="ascii") as file:
            file.write("192.0.2.7\n")
        t.ok(eventually(lambda: ask(gate, recipient="other@example.net") == "action=DUNNO", 10), "until he is listed")
        t.ok(gate.says("gate-lists-read"), "which is told")
        os.unlink(path)
        t.ok(eventually(lambda: gate.said().count("gate-lists-read") == 2, 10), "a file that goes is noticed")
        t.ok(eventually(lambda: "event=greylist" in gate.said() or "greylist what=" in gate.said(), 10), "with what is wrong")
        gate.stop()


def main(t):
    """All of it."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(files[1], 8192), files[1]))
    with Network() as net:
        gate = Gate(net, "-o", "fail=closed", "-o", f"fail-text={TEXT}")
        whole(t, gate)
        cut(t, gate)
        wrong(t, gate)
        idle(t, gate)
        hang_up(t, gate)
        t.equal(gate.stop(), 0, "it ends well")
        t.ok(not os.path.exists(gate.path), "and takes its socket away")
    with Network() as net:
        slow(t, Gate(net, "-o", "deadline=2", "-o", "check-deadline=1"))
    crowded(t)
    told(t)
    lists(t)
    end(t)
    postfix(t)


tap.main(main, needs=[f"{BUILD}/komainu-gate", "ip", "nsenter", "setpriv", "postfix"])
