#!/usr/bin/python3
"""metrics-socket: what is counted, over HTTP, to a scraper and to those who are none."""
import http.client
import os
import re
import socket
import stat
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard, write_config  # noqa: E402
from komainu_test.net import Network, attacker4  # noqa: E402

PORT = 9170
GET = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
SLOW, MANY = 40, 200  # connections; a guard has 16 at a time


def connect(net, where):
    """A connection to a port of an address, or a path."""
    if isinstance(where, str):
        link = socket.socket(socket.AF_UNIX)
        link.connect(where)
        link.settimeout(10)
        return link
    with net.server.entered():
        link = socket.socket(socket.AF_INET6 if ":" in where[0] else socket.AF_INET)
    link.settimeout(10)
    link.connect(where)
    return link


def ask(net, where, request=GET):
    """What is answered, to the end: the status and all of it. None when nothing is."""
    with connect(net, where) as link:
        link.sendall(request)
        got = b""
        try:
            while piece := link.recv(65536):
                got += piece
        except ConnectionResetError:
            pass
    return (int(got.split(b" ")[1]), got.decode()) if got else (None, "")


def values(text):
    """name{labels} -> number."""
    lines = [ln for ln in text.split("\r\n\r\n")[-1].splitlines() if ln[0] != "#"]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def numbers(t, net, guard, log, where):
    """The right ones, in the right form."""
    link = connect(net, where)
    client = http.client.HTTPConnection("localhost")
    client.sock = link
    client.request("GET", "/metrics")
    answer = client.getresponse()
    body = answer.read().decode()
    t.equal((answer.status, answer.getheader("Content-Type"), answer.getheader("Connection")),
            (200, "text/plain; version=0.0.4; charset=utf-8", "close"), f"{where}: GET")
    t.equal(answer.getheader("Content-Length"), str(len(body.encode())), "  its length")
    link.close()
    said = guard.command("metrics").stdout
    moving = re.compile(r"^komainu_(lines|bytes)_total .*|^komainu_source_offset.*", re.M)
    t.equal(moving.sub("", body), moving.sub("", said), "  is what the command says")
    before = values(body)
    log.write(*(logs.sasl_failure(attacker4(len(before) % 7 + 1), f"u{i}") for i in range(2)))
    name = 'komainu_jail_failures_total{jail="postfix-sasl",filter="postfix-sasl"}'
    t.ok(tap.eventually(lambda: values(ask(net, where)[1])[name] == before[name] + 2, 5),
         "  two failures are two more")
    status, text = ask(net, where, GET.replace(b"GET", b"HEAD"))
    t.ok(status == 200 and text.endswith("\r\n\r\n"), "  HEAD has no body")


def refused(t, net, where):
    """What is no question of a scraper."""
    for request, status in (
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
        (b"GET /metrics\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 400),
        (b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 5000, 400),
        (b"x" * 300000, 400),
    ):
        try:
            got = ask(net, where, request)[0]
        except (BrokenPipeError, ConnectionResetError):
            got = 400 if len(request) > 100000 else None  # closed before all of it was sent
        t.equal(got, status, f"{where}: {request[:32]}")


def crowded(t, net, guard, where):
    """Those who say nothing, or too little, hold nobody up."""
    judge = guard.roles()["komainu-judge"]
    slow = [connect(net, where) for _ in range(SLOW)]
    for link in slow[::2]:
        try:
            link.send(GET[:20])
        except OSError:
            pass  # it has made room already
    t.equal([ask(net, where)[0] for _ in range(MANY)], [200] * MANY, f"{where}: {MANY} in a row")
    t.ok(guard.status(), "  judge answers commands")

    def are_closed():
        return all(is_closed(link) for link in slow)

    t.ok(tap.eventually(are_closed, 10), "  who is slow is closed")
    t.equal(guard.roles()["komainu-judge"], judge, "  it is the same judge")


def is_closed(link):
    """Whether the other end has ended a connection."""
    try:
        link.setblocking(False)
        return link.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def partly(t, net, where):
    """A request in pieces, and one that ends its side early."""
    with connect(net, where) as link:
        for byte in GET:
            link.sendall(bytes([byte]))
        t.ok(link.recv(12) == b"HTTP/1.1 200", f"{where}: byte by byte")
    with connect(net, where) as link:
        link.sendall(GET)
        link.shutdown(socket.SHUT_WR)
        t.ok(link.recv(12) == b"HTTP/1.1 200", "  and with its side closed")


def is_taken(net, where):
    """Whether somebody listens there."""
    try:
        connect(net, where).close()
        return True
    except OSError:
        return False


def reloaded(t, net, guard, log, path):
    """The socket moves, comes and goes with the configuration."""
    judge = guard.roles()["komainu-judge"]
    write_config(guard.config, log.path, komainu=f"metrics-socket = [::1]:{PORT}")
    said = guard.command("reload").stdout
    t.ok("changed: general settings" in said and "no process" in said, "reload: to another place")
    t.ok(tap.eventually(lambda: not is_taken(net, path), 5), "  away from the old one")
    t.ok(not os.path.exists(path), "  whose file is gone")
    t.equal(ask(net, ("::1", PORT))[0], 200, "  there it answers")
    for bad in ("192.0.2.1:9170", "0.0.0.0:9170", "localhost:9170", "[::]:9170"):
        write_config(guard.config, log.path, komainu=f"metrics-socket = {bad}")
        done = guard.command("reload", check=False)
        t.ok(done.returncode == 2 and "metrics-socket" in done.stdout + done.stderr,
             f"  {bad} is refused")
    t.equal(ask(net, ("::1", PORT))[0], 200, "  and all is as it was")
    guard.kill_role("komainu-judge")
    t.ok(tap.eventually(lambda: guard.fresh_role("komainu-judge", judge) and guard.is_ready(), 10),
         "another judge")
    t.equal(ask(net, ("::1", PORT))[0], 200, "  answers there, too")
    write_config(guard.config, log.path)
    guard.command("reload")
    t.ok(tap.eventually(lambda: not is_taken(net, ("::1", PORT)), 5), "none any more")


def main(t):
    """A guard at a path, then at a port."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        path = f"{net.folder}/metrics.sock"
        with Guard(net, log.path, komainu=f"metrics-socket = unix:{path}") as guard:
            t.equal(stat.S_IMODE(os.stat(path).st_mode), 0o666, "anybody may ask")
            numbers(t, net, guard, log, path)
            refused(t, net, path)
            partly(t, net, path)
            crowded(t, net, guard, path)
            guard.kill()
            guard.start()
            t.equal(ask(net, path)[0], 200, "what a killed guard left behind is no hindrance")
            reloaded(t, net, guard, log, path)
        port = ("127.0.0.1", PORT)
        write_config(guard.config, log.path, komainu=f"metrics-socket = 127.0.0.1:{PORT}")
        guard.start()
        numbers(t, net, guard, log, port)
        refused(t, net, port)
        partly(t, net, port)
        crowded(t, net, guard, port)
        before = len(guard.said())
        guard.stop()
        end = guard.said()[before:]
        t.ok("stopped" in end and "role-ended" not in end and "judge-gone" not in end, "an orderly end")


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
