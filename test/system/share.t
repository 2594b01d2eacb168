#!/usr/bin/python3
"""Gates of two hosts share the greylist and their limits through a real Redis: within moments, without
waiting for it, and without losing anything when it, a role or a host goes away.
"""
import os
import secrets
import shutil
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.daemon import no_dns, with_mounts  # noqa: E402
from komainu_test.guard import GATE, KOMAINU, KOMAINUD, SHARE, Guard  # noqa: E402
from komainu_test.net import Network  # noqa: E402
from komainu_test.redis import Redis  # noqa: E402
from komainu_test.tap import eventually  # noqa: E402

PUT_OFF = "DEFER_IF_PERMIT 4.7.1 Greylisted"
OVER = "450 4.7.1 Error: too many recipients in this time"
CONFIG = """\
providers =
loglevel = DEBUG
[gate]
listen = unix:{path}
recipient_restrictions = rate client 10 recipients/1h, greylist
[greylist]
delay = 1s
auto-whitelist-clients = 1
greylist-text = 4.7.1 Greylisted
[share]
redis = unix:{redis}
secret-file = {secret}
password-file = {password}
"""


class Side:
    """A namespace of a network, with a folder of its own, as a guard wants it."""

    def __init__(self, net, space):
        self.server = space
        self.folder = f"{net.folder}/{space.name}"
        self.at_close = net.at_close
        os.mkdir(self.folder)


class Host:
    """A guard with a gate that shares."""

    def __init__(self, side, redis, files, name):
        self.net = side
        self.log = logs.Log(f"{self.net.folder}/mail.log")
        self.path = f"{self.net.folder}/gate.sock"
        text = CONFIG.format(path=self.path, redis=redis.path, **files)
        self.guard = Guard(self.net, self.log.path, komainu=text)
        self.guard.around = with_mounts(*no_dns(self.net.folder))
        self.name = name
        self.mails = 0

    def start(self):
        """Starts it, and waits for the gate and the role."""
        self.guard.start()
        if not eventually(lambda: GATE in self.guard.roles() and os.path.exists(self.path), 20):
            raise RuntimeError("no gate")
        return self

    def ask(self, client, sender="a@example.org", recipient="b@example.net"):
        """What is answered about a recipient, of another mail each time."""
        self.mails += 1
        values = {"request": "smtpd_access_policy", "protocol_state": "RCPT", "client_address": client,
                  "client_name": "unknown", "helo_name": "mx.example.org", "sender": sender,
                  "recipient": recipient, "instance": f"{self.name}.{self.mails}"}
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(10)
            link.connect(self.path)
            link.sendall("".join(f"{k}={v}\n" for k, v in values.items()).encode() + b"\n")
            got = b""
            while not got.endswith(b"\n\n"):
                piece = link.recv(4096)
                if not piece:
                    raise EOFError(got)
                got += piece
        return got.decode().removeprefix("action=").strip()

    def numbers(self):
        """(name, label) -> number."""
        rows = (self.guard.ask("gate", "status") or {"numbers": []})["numbers"]
        return {(row["name"], row["label"]): row["value"] for row in rows}

    def number(self, name, label=None):
        """One of them."""
        return self.numbers().get((name, label), 0)

    def is_up(self):
        """Whether it shares now."""
        return self.number("share_up") == 1

    def knows(self):
        """How many triplets it knows."""
        return self.number("greylist_triplets")


def greylist(t, one, other):
    """What is put off at one passes at the other; who is known at one is at the other."""
    t.equal(one.ask("192.0.2.7"), PUT_OFF, "a stranger is put off at one")
    t.ok(eventually(lambda: other.knows() == 1, 5), "the other has heard of it")
    said = []
    t.ok(eventually(lambda: said.append(other.ask("192.0.2.7")) or "PREPEND X-Greylist" in said[-1], 10, every=0.2),
         f"and lets it pass after the delay: {said}")
    t.ok(eventually(lambda: one.ask("192.0.2.7") == "DUNNO", 5), "and so does the first, by what the other says")


def same(hosts):
    """Whether all know as much, and all share."""
    return len({host.knows() for host in hosts}) == 1 and all(host.is_up() for host in hosts)


def known_client(t, one, other):
    """A client that has passed at one is known at the other, whatever it sends."""
    client, sender = "198.51.100.8", "c@example.org"
    t.equal(one.ask(client, sender), PUT_OFF, "a stranger")
    t.ok(eventually(lambda: "PREPEND" in one.ask(client, sender), 10, every=0.4), "passes")
    t.ok(eventually(lambda: other.number("greylist_clients") == one.number("greylist_clients"), 5), "which is heard of")
    t.equal(other.ask(client, "new@example.org"), "DUNNO", "and is known at the other for passing")


def limits(t, one, other):
    """Ten an hour: six here and five there are one too many."""
    client = "203.0.113.9"
    merged = other.number("share_limits_total", "merged")
    for _ in range(6):
        t.ok(one.ask(client) != OVER, "within the limit")
    begun = time.monotonic()
    t.ok(eventually(lambda: other.number("share_limits_total", "merged") > merged, 5), "counted there, too")
    t.below(time.monotonic() - begun, 1, "within a second")
    said = [other.ask(client) == OVER for _ in range(5)]
    t.equal(said, [False] * 4 + [True], "the eleventh is over the limit")
    t.ok(eventually(lambda: one.ask(client) == OVER, 5), "at the first, too")


def killed(t, one, other):
    """kill -9 of the roles: what happened meanwhile is known in the end."""
    for name in (SHARE, GATE):
        for victim, asked in ((one, one), (one, other)):
            if name == GATE and asked is one:
                continue
            last = victim.guard.roles()[name]
            sender = f"{name}-{asked.name}@example.org"
            victim.guard.kill_role(name)
            t.equal(asked.ask("192.0.2.10", sender), PUT_OFF, f"{name} of {victim.name} is killed: {asked.name} is asked")
            t.ok(eventually(lambda v=victim, n=name, p=last: v.guard.fresh_role(n, p), 20), "it is started again")
            t.ok(eventually(lambda: same((one, other)), 20, every=0.1), "both know it")


def cut(t, redis, one, other):
    """Redis is killed: all go on alone, say so, and know all once it is back, though it is empty."""
    before = one.knows()
    redis.kill()
    t.ok(eventually(lambda: not one.is_up() and not other.is_up(), 15), "Redis is killed: both are cut off")
    begun = time.monotonic()
    said = [(one, other)[n % 2].ask(f"10.1.{n}.1") for n in range(100)]
    t.equal(set(said), {PUT_OFF}, "both answer all the same")
    t.below(time.monotonic() - begun, 5, "without waiting")
    t.ok(eventually(lambda: "trouble name=share " in one.guard.said(), 25, every=0.2), "it is a trouble")
    t.ok("Connection refused" in one.guard.command("gate", "status").stdout, "gate status says why")
    redis.start()
    t.ok(eventually(lambda: same((one, other)), 60, every=0.2), "it is back, empty: both know as much")
    t.equal(one.knows(), before + 100, "and that is all")
    t.ok(eventually(lambda: "trouble-over name=share " in one.guard.said(), 10, every=0.2), "the trouble is over")


def silent(t, redis, one, other):
    """Redis hangs: the same as a network that swallows everything."""
    before = one.knows()
    redis.process.send_signal(signal.SIGSTOP)
    for n in range(100):
        (one, other)[n % 2].ask(f"10.2.{n}.1")
    t.ok(eventually(lambda: not one.is_up() and not other.is_up(), 30, every=0.2), "Redis hangs: both are cut off")
    redis.process.send_signal(signal.SIGCONT)
    t.ok(eventually(lambda: same((one, other)), 60, every=0.2), "it goes on: both know as much")
    t.equal(one.knows(), before + 100, "and that is all")


def emptied(t, redis, one, other):
    """FLUSHALL in the midst of it."""
    before = one.knows()
    for n in range(100):
        (one, other)[n % 2].ask(f"10.3.{n}.1")
        if n == 50:
            redis.ask("FLUSHALL")
    t.ok(eventually(lambda: one.knows() == before + 100 and same((one, other)), 60, every=0.2), "FLUSHALL: nothing is lost")
    t.ok(eventually(lambda: "Redis was emptied" in one.guard.said(), 10), "the log says what it was")


def joining(t, redis, one, other):
    """A host without any memory gets that of the others, though the stream does not go back so far."""
    before = one.knows()
    other.guard.stop()
    shutil.rmtree(f"{other.guard.state}/gate")
    one.ask("10.4.0.1")
    t.ok(eventually(lambda: redis.ask("XTRIM", "komainu:log", "MAXLEN", "0") > 0, 5), "what it has missed is trimmed")
    other.start()
    t.ok(eventually(lambda: other.knows() == before + 1, 60, every=0.2), "a host that knew nothing knows all")
    t.ok(eventually(lambda: one.number("share_walks_total", "served") == 1, 10), "the other one told it")
    t.ok(eventually(lambda: other.number("share_waits") == 0, 10), "it waits for nothing any more")


def strange(t, redis, one, other):
    """Entries and keys of other programs."""
    before = one.number("share_entries_total", "forged")
    for words in (("x", "y"), ("p", "none of ours"), ("p", b"KSH1" + bytes(60)), ("p", b"x" * 1000000), ("a", "b", "p", "")):
        redis.ask("XADD", "komainu:log", "*", *words)
    for _ in range(8):
        redis.ask("XADD", "komainu:bulk", "*", "p", b"x" * 1000000)
    one.ask("10.5.0.1")
    t.ok(eventually(lambda: same((one, other)) and other.number("share_entries_total", "forged") >= before + 3, 60, every=0.2),
         "entries of others, some of them huge, are passed over and counted")
    redis.ask("DEL", "komainu:limits")
    redis.ask("SET", "komainu:limits", "another program's")
    one.ask("10.6.0.1")
    t.ok(eventually(lambda: not one.is_up(), 20, every=0.2), "a key of another program is an error")
    t.ok("WRONGTYPE" in one.guard.command("gate", "status").stdout, "which is told")
    redis.ask("DEL", "komainu:limits")
    t.ok(eventually(lambda: same((one, other)), 60, every=0.2), "until it is gone")


def password(t, redis, one, other):
    """Another password."""
    redis.ask("CONFIG", "SET", "requirepass", "another")
    redis.password = "another"
    redis.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    t.ok(eventually(lambda: not one.is_up() and not other.is_up(), 20, every=0.2), "a wrong password: cut off")
    t.ok(eventually(lambda: "WRONGPASS" in one.guard.command("gate", "status").stdout, 20, every=0.2), "which is told")
    redis.ask("CONFIG", "SET", "requirepass", PASSWORD)
    redis.password = PASSWORD
    t.ok(eventually(lambda: same((one, other)), 60, every=0.2), "the right one: both share")
    t.ok(PASSWORD not in one.guard.said(), "no log says it")


class Hostile:
    """In place of Redis: answers whatever it is asked with these bytes, without end."""

    def __init__(self, path, answer):
        self.answer = answer
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o777)
        self.listener.listen(16)
        self.served = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        """Until it is closed."""
        while True:
            try:
                link = self.listener.accept()[0]
            except OSError:
                return
            self.served += 1
            threading.Thread(target=self.talk, args=(link,), daemon=True).start()

    def talk(self, link):
        """One connection."""
        try:
            with link:
                while self.listener.fileno() >= 0:
                    link.sendall(self.answer)
        except OSError:
            pass

    def close(self, path):
        """Ends it."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        os.unlink(path)


HOSTILE = (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"+OK\r\n", b"$4000000000\r\n" + b"x" * 65536, b"x" * 65536,
           b"*1000000000\r\n", b"*8\r\n" * 10000, b"$3000000\r\n" + b"x" * 3000000, b"-ERR \x1b[31m\r\n", b"*-7\r\n", b":\r\n")


def memory_kib(pid):
    """What a process has in memory."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(next(line for line in file if line.startswith("VmRSS")).split()[1])


def hostile(t, redis, one, other):
    """What is there is no Redis: the role lives, within bounds, and the gate answers."""
    redis.kill()
    if os.path.exists(redis.path):
        os.unlink(redis.path)
    for n, answer in enumerate(HOSTILE):
        last = one.guard.roles().get(SHARE)
        server = Hostile(redis.path, answer)
        one.guard.kill_role(SHARE)  # the next one has not learnt yet to wait long before it tries again
        t.ok(eventually(lambda p=last: one.guard.fresh_role(SHARE, p), 20), "another role")
        pid = one.guard.roles()[SHARE]
        t.ok(eventually(lambda s=server: s.served >= 6, 90, every=0.1), f"a server that says {answer[:20]}...")
        t.equal(one.ask(f"10.7.{n}.1"), PUT_OFF, "the gate answers")
        server.close(redis.path)
        t.equal(one.guard.roles().get(SHARE), pid, "the role has lived through it")
        t.below(memory_kib(pid), 40000, "KiB that it has")
    t.ok("\x1b" not in one.guard.said(), "nothing got into the log unescaped")
    redis.start()
    t.ok(eventually(lambda: same((one, other)), 90, every=0.2), "with a real one both share again")


PASSWORD = "open sesame".replace(" ", "-")
PARTS = (greylist, known_client, limits, killed, cut, silent, emptied, joining, strange, password, hostile)


def alone(t, host):
    """`gate run` shares nothing, and says so."""
    done = host.net.server.run(KOMAINU, "gate", "run", "--state", host.net.folder, "--listen", "inet:127.0.0.1:10040",
                               "-o", "redis=inet:127.0.0.1:6379", "-o", "secret-file=/etc/hosts", check=False)
    t.equal(done.returncode, 2, "a gate that runs alone refuses to share")
    t.ok("`redis`: a gate that runs alone shares nothing" in done.stderr, f"by name: {done.stderr}")


def main(t):
    """Two hosts through all of it."""
    with Network() as net:
        redis = Redis(net.folder, f"requirepass {PASSWORD}")
        redis.password = PASSWORD
        redis.start()
        net.at_close(redis.kill)
        files = {"secret": f"{net.folder}/secret", "password": f"{net.folder}/password"}
        for path, text in ((files["secret"], secrets.token_hex(32)), (files["password"], PASSWORD)):
            with open(path, "w", encoding="ascii") as file:
                file.write(text + "\n")
            os.chmod(path, 0o600)
        hosts = [Host(Side(net, space), redis, files, name)
                 for name, space in (("one", net.server), ("other", net.client))]
        for host in hosts:
            host.start()
        for host in hosts:
            t.ok(eventually(host.is_up, 10), f"{host.name} shares")
        for part in [one for one in PARTS if not sys.argv[1:] or one.__name__ in sys.argv[1:]]:
            t.note(f"== {part.__name__}")
            names = part.__code__.co_varnames[:part.__code__.co_argcount]
            part(t, *([redis] if "redis" in names else []), *hosts)
        alone(t, hosts[0])
        for host in hosts:
            t.ok("misbehaves" not in host.guard.said(), f"nobody took offence at {host.name}")


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "redis-server"])
