#!/usr/bin/python3
"""The gate when name servers are silent, gone or lie, when a list of DNS lists everybody, and when
its files change under load: each request has its answer, in time, and none is lost.
"""
import contextlib
import os
import signal
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.daemon import no_dns, with_mounts  # noqa: E402
from komainu_test.dns import MX, A, Resolver, reverse  # noqa: E402
from komainu_test.gates import PERSON, Asker, GateAlone  # noqa: E402
from komainu_test.guard import BUILD, Guard, write_config  # noqa: E402
from komainu_test.net import Network  # noqa: E402
from komainu_test.tap import eventually  # noqa: E402

CLIENT = PERSON["ADDR"]
DEADLINE_S = 3
DUNNO, TEMPFAIL, REJECT = "DUNNO", "DEFER_IF_PERMIT 4.", "554"
# One profile for each restriction that asks DNS, and what it comes to without an answer.
WITHOUT = {
    "sender-domain": ("reject_unknown_sender_domain", TEMPFAIL),
    "helo": ("reject_unknown_helo_hostname", TEMPFAIL),
    "foreign-helo": ("reject_foreign_helo_hostname", DUNNO),
    "rbl": ("reject_rbl_client bl.example", DUNNO),
    "rhsbl": ("reject_rhsbl_sender bl.example", DUNNO),
    "dnswl": ("permit_dnswl_client bl.example, reject", REJECT),
    "spf": ("spf", "PREPEND Received-SPF: Temperror"),
    "all": ("reject_rbl_client bl.example, reject_unknown_helo_hostname, spf, "
            "reject_unknown_sender_domain", TEMPFAIL),
}
LIES = ("wrong-id", "other-name", "garbage", "cut-off", "loop", "many", "huge", "empty", "no-question")


def profiles(names, mode="open"):
    """The gate's file: short deadlines."""
    text = (f"[gate]\ndeadline = {DEADLINE_S}\ncheck-deadline = 1\nfail = {mode}\n"
            "recipient_restrictions = permit\n")
    for name in names:
        text += f"[gate {name}]\nrecipient_restrictions = {names[name][0]}\n"
    return text


class Liar:
    """A name server that answers as the first label of the name's domain says."""

    def __init__(self, namespace):
        with namespace.entered():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.asked = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        """Stops."""
        self.socket.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                query, peer = self.socket.recvfrom(4096)
                labels, at = [], 12
                while query[at]:
                    labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
                    at += 1 + query[at]
                self.asked.append(".".join(labels))
                answer = self.lie(labels, query, at + 5)
                if answer is not None:
                    self.socket.sendto(answer, peer)

    @staticmethod
    def head(query, answers, number=None):
        """The head of an answer to the query."""
        own = struct.unpack_from("!H", query)[0]
        return struct.pack("!HHHHHH", own if number is None else number, 0x8580, 1, answers, 0, 0)

    @staticmethod
    def record(address, name=b"\xc0\x0c"):
        """An A record."""
        return name + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(address)

    def lie(self, labels, query, end):
        """What is said; None: nothing."""
        question, kind = query[12:end], struct.unpack_from("!H", query, end - 4)[0]
        good, own = self.record("198.51.100.80"), struct.unpack_from("!H", query)[0]
        elsewhere = b"\x05other\x07example\0"
        how = next((label for label in labels if label in LIES), "")
        count = 1 if kind == 1 else 0
        lies = {
            "wrong-id": self.head(query, count, own ^ 0x5555) + question + good * count,
            "other-name": self.head(query, 1) + elsewhere + struct.pack("!HH", kind, 1) + good,
            "garbage": bytes((i * 37 + 11) & 255 for i in range(400)),
            "cut-off": (self.head(query, 9) + question + good)[:end + 8],
            "loop": self.head(query, 1) + question + self.record("198.51.100.80", b"\xc0" + bytes([end])),
            "many": self.head(query, 25 * count) + question + good * 25 * count,
            # More than may come over UDP, and nothing listens on TCP.
            "huge": self.head(query, 999 * count) + question + good * 999 * count,
            "empty": b"",
            "no-question": struct.pack("!HHHHHH", own, 0x8580, 0, count, 0, 0) + good * count,
        }
        return lies.get(how, self.head(query, count) + question + good * count)


def answers_in_time(t, gate, name):
    """Each of WITHOUT, on a connection each at the same time."""
    said = {}

    def ask(context):
        begin = time.monotonic()
        said[context] = (Asker(gate).ask(context), time.monotonic() - begin)

    threads = [threading.Thread(target=ask, args=(context,)) for context in WITHOUT]
    for thread in threads:
        thread.start()
    begin = time.monotonic()
    t.equal(Asker(gate).ask(), DUNNO, f"{name}: who asks no DNS is answered")
    t.below(time.monotonic() - begin, 1, f"{name}:   and does not wait: s")
    for thread in threads:
        thread.join(40)
    for context, (_, wanted) in WITHOUT.items():
        answer, took = said.get(context, ("", 99))
        t.ok(answer.startswith(wanted) and took < DEADLINE_S, f"{name}: {context}: {answer[:60]} in {took:.2f} s")


def dead(t):
    """Servers that say nothing, and no server at all."""
    for mode in ("open", "closed"):
        with Network() as net:
            silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            with net.server.entered():
                silent.close()
                silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            silent.bind(("127.0.0.1", 53))
            gate = GateAlone(net, profiles(WITHOUT, mode))
            answers_in_time(t, gate, f"silent, fail={mode}")
            silent.close()
            answers_in_time(t, gate, f"no server, fail={mode}")
            with Asker(gate).socket as asks:
                asks.sendall(b"request=smtpd_access_policy\nprotocol_state=RCPT\nno equals\n\n")
                wanted = b"action=DUNNO" if mode == "open" else b"action=DEFER_IF_PERMIT 4.3.0"
                t.ok(asks.recv(4096).startswith(wanted), f"fail={mode}: what cannot be decided")
            t.equal(gate.stop(), 0, f"fail={mode}: it ends well")


def liars(t):
    """Wrong ids, other names, garbage: no answer, or the right one."""
    with Network() as net:
        liar = Liar(net.server)
        net.at_close(liar.close)
        gate = GateAlone(net, profiles(WITHOUT))
        for lie in LIES:
            begin = time.monotonic()
            answer = Asker(gate).ask("sender-domain", sender=f"a@{lie}.example")
            took = time.monotonic() - begin
            wanted = DUNNO if lie == "many" else TEMPFAIL
            t.ok(answer.startswith(wanted) and took < DEADLINE_S, f"{lie}: {answer[:70]} in {took:.2f} s")
        t.equal(Asker(gate).ask("sender-domain", sender="a@honest.example"), DUNNO, "and then the truth")
        t.ok({f"{lie}.example" for lie in LIES} <= set(liar.asked), "it was asked each time")


def listing(name, value="127.0.0.2"):
    """A list that is one."""
    return {reverse("127.0.0.2", name): [(A, value)], f"test.{name}": [(A, value)]}


class Everything(dict):
    """Records that have some zones whole."""

    zones = {"greedy.example": "127.0.0.2", "error.example": "127.255.255.254",
             "hijack.example": "203.0.113.5"}

    def get(self, name, default=None):
        for zone, address in self.zones.items():
            if name.endswith("." + zone):
                return [(A, address)]
        return super().get(name, default)


def lists(t):
    """Lists that are none."""
    records = Everything({**listing("good.example"), **listing("turns.example"),
                          reverse(CLIENT, "good.example"): [(A, "127.0.0.2")],
                          reverse(CLIENT, "turns.example"): [(A, "127.255.255.254")]})
    zones = ("good", "turns", "greedy", "error", "hijack", "ended")
    names = {zone: (f"reject_rbl_client {zone}.example", "") for zone in zones}
    names["names"] = ("reject_rhsbl_sender greedy.example", "")
    with Network() as net:
        dns = Resolver(net.server, {})
        dns.records = records
        net.at_close(dns.close)
        gate = GateAlone(net, profiles(names))
        t.ok(gate.says("gate-list-used", 2) and gate.says("gate-list-left-out", 5),
             "lists are tried: two are good, five are left out")
        for what in ("lists what it must not", "answers with an error", "does not list what it must"):
            t.ok(gate.says(what), f"told: {what}")
        for zone in (*zones, "names"):
            answer = Asker(gate).ask(zone)
            wanted = "554 5.7.1 Service unavailable" if zone == "good" else DUNNO
            t.ok(answer.startswith(wanted), f"{zone}: {answer[:60]}")
        t.ok(gate.says("gate-list-error"), "an error in place of a listing is told of")


def load(t):
    """Tables that change and SIGHUP, while four connections ask."""
    with Network() as net:
        net.at_close(Resolver(net.server, {"sender.example": [(MX, "mx.sender.example")],
                                           "mx.sender.example": [(A, "198.51.100.80")]}).close)
        table, white = f"{net.folder}/table", f"{net.folder}/white"
        for path in (table, white):
            with open(path, "w", encoding="ascii") as file:
                file.write("a@listed.example REJECT 0\n" if path == table else "listed.example\n")
        gate = GateAlone(net, "[gate]\nrecipient_restrictions = check_sender_access texthash:"
                              f"{table}, reject_unknown_sender_domain, greylist\n"
                              f"[greylist]\nwhitelist-clients = {white}\n")
        wrong, asked, over = [], [0] * 4, threading.Event()

        def ask(me):
            asker = Asker(gate)
            while not over.is_set():
                for sender, wanted in (("a@listed.example", "554 5.7.1 "), ("b@sender.example", "DEFER_IF")):
                    answer = asker.ask(sender=sender, client_address=f"192.0.2.{me}")
                    asked[me] += 1
                    if not answer.startswith(wanted):
                        wrong.append(answer)

        threads = [threading.Thread(target=ask, args=(me,)) for me in range(4)]
        for thread in threads:
            thread.start()
        for number in range(1, 4):
            with open(f"{table}.new", "w", encoding="ascii") as file:
                file.write(f"a@listed.example REJECT {number}\n")
            os.rename(f"{table}.new", table)
            gate.process.send_signal(signal.SIGHUP)
            before = sum(asked)
            t.ok(gate.says("gate-table-read", number) and
                 eventually(lambda before=before: sum(asked) > before + 100, 10),
                 f"change {number} is read under load")
        over.set()
        for thread in threads:
            thread.join(40)
        t.equal(wrong, [], f"none of {sum(asked)} requests is answered wrongly")
        t.ok(Asker(gate).ask(sender="a@listed.example").endswith(" 3"), "the last table is in force")
        numbers = gate.numbers()
        t.equal(numbers[("requests_total", None)], numbers[("answers_total", None)], "none is lost")
        with open(f"{table}.new", "w", encoding="ascii") as file:
            file.write("a@listed.example NONSENSE\n")
        os.rename(f"{table}.new", table)
        t.ok(gate.says("gate-table-wrong"), "a table that is wrong is told of")
        t.ok(Asker(gate).ask(sender="a@listed.example").endswith(" 3"), "and what was there stays")


def reloads(t):
    """`komainu reload` of a guard with a gate, while four clients ask as Postfix does: what has hung
    up on them is asked once more, a second later."""
    with Network() as net:
        net.at_close(Resolver(net.server, {}).close)
        log, path = f"{net.folder}/mail.log", f"{net.folder}/gate.sock"
        with open(log, "w", encoding="ascii"):
            pass

        def config(text):
            return {"komainu": f"providers =\n[gate]\nlisten = unix:{path}\nrecipient_restrictions = "
                               f"check_sender_access inline:{{{{a@listed.example={text}}}}}\n"}

        guard = Guard(net, log, **config("551 0"))
        guard.around = with_mounts(*no_dns(net.folder))
        guard.start()
        t.ok(eventually(lambda: os.path.exists(path), 10), "the guard's gate listens")
        guard.path = path
        wrong, asked, over = [], [0] * 4, threading.Event()

        def patient(asker, **attributes):
            try:
                return asker, asker.ask(**attributes)
            except OSError:
                over.wait(1)
                asker = Asker(guard)
                return asker, asker.ask(**attributes)

        def ask(me):
            asker = Asker(guard)
            while not over.is_set():
                try:
                    asker, answer = patient(asker, sender="a@listed.example")
                except OSError as error:
                    answer = repr(error)
                asked[me] += 1
                if not answer.startswith("551 5.7.1 "):
                    wrong.append(answer)
                    return

        threads = [threading.Thread(target=ask, args=(me,)) for me in range(4)]
        for thread in threads:
            thread.start()
        for number in range(1, 6):
            write_config(guard.config, log, **config(f"551 {number}"))
            done = guard.command("reload", check=False)
            before = sum(asked)
            t.ok(done.returncode == 0 and
                 eventually(lambda before=before: sum(asked) > before + 100, 10),
                 f"reload {number} under load {done.stderr}")
        over.set()
        for thread in threads:
            thread.join(40)
        t.equal(wrong, [], f"each of {sum(asked)} requests has its answer")
        t.ok(Asker(guard).ask(sender="a@listed.example").endswith(" 5"), "the last one is in force")
        guard.stop()


def main(t):
    """All of it."""
    reloads(t)
    dead(t)
    liars(t)
    lists(t)
    load(t)


tap.main(main, needs=[f"{BUILD}/komainu-gate", "ip", "nsenter", "setpriv"])
