#!/usr/bin/python3
"""One memory: what the watch knows of a client the gate answers by, within milliseconds of a change;
what the gate finds the watch counts, and bans in the kernel.
"""
import os
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.daemon import no_dns, with_mounts  # noqa: E402
from komainu_test.dns import A, TXT, Resolver, reverse  # noqa: E402
from komainu_test.guard import GATE, KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network, Nft, attacker4, attacker6  # noqa: E402
from komainu_test.tap import eventually, seconds_until  # noqa: E402

JUDGE = "komainu-judge"
ZONE = "zen.example.net"
BY_HAND, BY_NET, LISTED, SLOW, OURS, NONSENSE = (attacker4(n) for n in range(1, 7))
HOME = "198.51.100.77"  # where somebody logs in nobody is a nuisance: no neighbour of the others
BY_HAND6 = attacker6(1)
NET = "203.0.113.0/24"
NEUTRAL = "DEFER_IF_PERMIT 4.7.1 Greylisted"
LOGIN = "{} postfix/submission/smtpd[71]: 4F1A2B: client=home.example[{}], sasl_method=PLAIN, sasl_username=bob\n"
KOMAINU = """\
providers =
metrics-socket = unix:{0}.metrics
[gate]
listen = unix:{0}
banned = {1}
client_restrictions = warn reject_rbl_client {2}, warn reject_invalid_helo_hostname
recipient_restrictions = permit_sasl_authenticated, greylist
"""
RULES = "[gang-banned]\nenabled = no\n[abuse]\napart = 0s\n[identity]\napart = 0s\nobserve = no\n"


class Asks:
    """One connection to the gate."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        self.mails = 0

    def ask(self, client, **more):
        """What is said to a client about a recipient, of another mail each time."""
        self.mails += 1
        values = {"request": "smtpd_access_policy", "protocol_state": "RCPT", "client_address": client,
                  "client_name": "unknown", "helo_name": "mx.example.org", "sender": "a@example.org",
                  "recipient": "b@example.net", "instance": f"1.{self.mails}.2", **more}
        self.socket.sendall("".join(f"{k}={v}\n" for k, v in values.items()).encode() + b"\n")
        got = b""
        while not got.endswith(b"\n\n"):
            piece = self.socket.recv(4096)
            if not piece:
                raise EOFError(got)
            got += piece
        return got.decode().removeprefix("action=").strip()

    def is_neutral(self, client):
        """Whether nothing is known of it."""
        return self.ask(client).startswith(NEUTRAL)

    def is_banned(self, client):
        """Whether it is refused as such."""
        return self.ask(client) == f"554 5.7.1 Service unavailable; Client host [{client}] is banned here"


def numbers(guard):
    """(name, label) -> number of the gate."""
    rows = guard.ask("gate", "status")["numbers"]
    return {(row["name"], row["label"]): row["value"] for row in rows}


def by_hand(t, guard, asks):
    """A ban by hand is heard of at once, and its end."""
    for client in (BY_HAND, BY_HAND6):
        t.ok(asks.is_neutral(client), f"{client} is a stranger")
        guard.command("ban", client)
        t.below(seconds_until(lambda one=client: asks.is_banned(one), 5), 0.1,
                "banned by hand: refused in less than 100 ms")
        said = asks.ask(client, sasl_method="PLAIN", sasl_username="bob")
        t.equal(said, "DUNNO", "but not with a login")
        guard.command("unban", client)
        t.below(seconds_until(lambda one=client: asks.is_neutral(one), 5), 0.1,
                "lifted: a stranger again in less than 100 ms")
    t.ok(asks.is_neutral(BY_NET), "another one")
    guard.command("ban", NET)
    t.below(seconds_until(lambda: asks.is_banned(BY_NET), 5), 0.1, "is refused with its network")
    guard.command("unban", NET)
    t.below(seconds_until(lambda: asks.is_neutral(BY_NET), 5), 0.1, "and no longer than that")
    guard.command("ban", BY_NET, "--for", "1s")
    t.ok(eventually(lambda: asks.is_banned(BY_NET), 5), "a ban of a second")
    t.ok(eventually(lambda: not asks.is_banned(BY_NET), 5), "ends by itself")


def known(t, asks, log, guard):
    """Who has logged in is not greylisted; nor who is allowed."""
    t.ok(asks.is_neutral(HOME), "a stranger is put off")
    log.write(LOGIN.format(logs.stamp(), HOME))
    t.ok(eventually(lambda: asks.ask(HOME) == "DUNNO", 5), "after a login from there nobody is")
    guard.command("allow", OURS)
    t.ok(eventually(lambda: asks.ask(OURS) == "DUNNO", 5), "nor who is allowed")
    guard.command("allow", "remove", OURS)
    t.ok(eventually(lambda: asks.is_neutral(OURS), 5), "as long as he is")


def found(t, net, guard, asks):
    """What is found and only warned of leaves no line in any log, and is counted all the same."""
    nft = Nft(net.server)
    for _ in range(2):
        t.ok(asks.ask(LISTED).startswith(NEUTRAL), "listed: warned of")
    t.ok(eventually(lambda: guard.status()["kinds"].get("list_hit", {}).get("failures") == 2, 5),
         "judge has heard of both")
    t.equal(nft.banned(), set(), "which is not enough")
    for _ in range(3):
        asks.ask(LISTED, instance="9.9.9")
    t.ok(eventually(lambda: LISTED in nft.elements("ban4"), 5), "the third mail is: banned in the kernel")
    t.equal(guard.status()["kinds"]["list_hit"]["failures"], 3, "where three recipients count once")
    t.ok(eventually(lambda: asks.is_banned(LISTED), 5), "and at the gate")
    why = guard.why(LISTED)
    t.ok(f"gate: reject_rbl_client {ZONE} at RCPT: " in why, f"why says what it was: {why}")
    t.equal(asks.ask(NONSENSE, helo_name="-x-")[:15], NEUTRAL[:15], "a HELO that is none")
    for _ in range(4):
        asks.ask(NONSENSE, helo_name="-x-")
    t.ok(eventually(lambda: NONSENSE in nft.elements("ban4"), 5), "five times: banned by [identity]")
    t.ok(numbers(guard)[("events_total", None)] >= 8, "gate status counts them")


def scrape(path):
    """komainu_gate_NAME{labels} -> number, of what metrics-socket says; how long it took."""
    begun = time.monotonic()
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(path + ".metrics")
        link.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with link.makefile(encoding="utf-8") as file:
            lines = [line for line in file if line.startswith("komainu_gate_")]
    told = dict(line.removeprefix("komainu_gate_").rsplit(" ", 1) for line in lines)
    return {name: float(value) for name, value in told.items()}, time.monotonic() - begun


def metrics(t, guard, asks):
    """The gate's numbers at metrics-socket, as they are when somebody asks."""
    path = asks.socket.getpeername()
    before, _ = scrape(path)
    asks.ask(BY_HAND)
    told, _ = scrape(path)
    t.equal(told["requests_total"], before["requests_total"] + 1, "metrics-socket: one request more")
    t.equal(told["requests_total"], numbers(guard)[("requests_total", None)], "as gate status says")
    refused = told.get('refused_total{what="greylist"}', 0)
    t.ok(refused > 0 and told['clients_total{what="neutral"}'] > 0, f"{refused} put off by greylist")
    gate = guard.roles()[GATE]
    os.kill(gate, signal.SIGSTOP)
    late, took = scrape(path)
    t.equal(late["requests_total"], told["requests_total"], "a gate that is stuck: its last numbers")
    t.ok(0.15 < took < 2, f"after a short wait ({took:.3f} s)")
    os.kill(gate, signal.SIGCONT)
    asks.ask(BY_HAND)
    t.ok(eventually(lambda: scrape(path)[0]["requests_total"] == told["requests_total"] + 1, 5), "then new ones")


def slow(t, guard, asks):
    """A judge that does not answer holds nobody up for long; one that is killed comes back."""
    guard.command("ban", BY_HAND)
    t.ok(eventually(lambda: asks.is_banned(BY_HAND), 5), "somebody is banned")
    judge = guard.roles()[JUDGE]
    os.kill(judge, signal.SIGSTOP)
    begun = time.monotonic()
    said = asks.ask(SLOW)
    took = time.monotonic() - begun
    t.ok(said.startswith(NEUTRAL), "a judge that is stuck: a new client is a stranger")
    t.ok(0.15 < took < 1, f"after a short wait ({took:.3f} s)")
    begun = time.monotonic()
    t.ok(asks.is_neutral(SLOW) and time.monotonic() - begun < 0.15, "the next time at once")
    t.ok(asks.is_banned(BY_HAND), "what is known stays known")
    os.kill(judge, signal.SIGCONT)
    t.ok(eventually(lambda: numbers(guard)[("standings_late_total", None)] == 1, 5), "it is counted")
    gate = guard.roles()[GATE]
    t.ok(guard.kill_role(JUDGE), "judge is killed")
    t.ok(eventually(lambda: guard.fresh_role(JUDGE, judge), 10), "another one comes")
    t.ok(asks.ask(SLOW).startswith(NEUTRAL), "the gate goes on meanwhile")
    t.ok(eventually(lambda: asks.is_banned(BY_HAND), 10), "and has the standings again")
    t.equal(guard.roles()[GATE], gate, "the same gate as before")
    guard.kill_role(GATE)
    t.ok(eventually(lambda: guard.fresh_role(GATE, gate), 10), "the gate is killed")
    asks = Asks(asks.socket.getpeername())
    t.ok(eventually(lambda: asks.is_banned(BY_HAND), 10), "the next one asks anew")
    guard.command("unban", BY_HAND)
    t.ok(eventually(lambda: asks.is_neutral(BY_HAND), 5), "and is told of changes")


def ways(t):
    """`banned = defer` and `ignore`."""
    for word, start in (("defer", "450 4.7.1 Service unavailable"), ("ignore", NEUTRAL)):
        with Network() as net:
            log = logs.Log(f"{net.folder}/mail.log")
            path = f"{net.folder}/gate.sock"
            with Guard(net, log.path, komainu=KOMAINU.format(path, word, ZONE)) as guard:
                t.ok(eventually(lambda: GATE in guard.roles() and os.path.exists(path), 10), f"banned = {word}")
                asks = Asks(path)
                t.ok(asks.is_neutral(BY_HAND), "a stranger")
                guard.command("ban", BY_HAND)
                t.ok(eventually(lambda g=guard: numbers(g)[("standings_told_total", None)] >= 2, 5), "who is banned")
                t.ok(asks.ask(BY_HAND).startswith(start), f"hears {start}")


def main(t):
    """One guard for all, and one for each way."""
    with Network() as net:
        records = {reverse("127.0.0.2", ZONE): [(A, "127.0.0.2"), (TXT, "a test")],
                   reverse(LISTED, ZONE): [(A, "127.0.0.2")]}
        dns = Resolver(net.server, records)
        net.at_close(dns.close)
        log = logs.Log(f"{net.folder}/mail.log")
        path = f"{net.folder}/gate.sock"
        guard = Guard(net, log.path, komainu=KOMAINU.format(path, "reject", ZONE), more=RULES, rules=True)
        guard.around = with_mounts(*no_dns(net.folder))
        with guard:
            t.ok(eventually(lambda: GATE in guard.roles() and os.path.exists(path), 10), "the gate is at work")
            asks = Asks(path)
            for part, given in ((by_hand, (guard, asks)), (known, (asks, log, guard)),
                                (found, (net, guard, asks)), (metrics, (guard, asks)), (slow, (guard, asks))):
                t.note(f"== {part.__name__}")
                part(t, *given)
    ways(t)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
