"""Memory of counting: how much `komainu replay` takes for very many addresses that each failed
once, and how many of them it still knows.

Which are known is seen from outside: maxretry is 2, so a second failure of each, newest first, is a
ban of those and of no others. With all rules on each address tries an account of its own, and what is
held and what had to leave is what replay says.
"""
import fcntl
import json
import os
import struct
import subprocess
import sys
import tempfile
import termios
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, HERE + "/../test/lib"]
# pylint: disable=wrong-import-position
import rules  # noqa: E402
from komainu_test import logs  # noqa: E402
from komainu_test.guard import KOMAINU  # noqa: E402

BLOCK = 20_000  # addresses
FEW = BLOCK // 100  # bans of a block that are only late ones of the block before
JAIL = "[{name}]\nenabled = {is_ours}\n"
SPECIAL = {0, 10, 127, 169, 172, 192, *range(224, 256)}
USUAL = [octet for octet in range(256) if octet not in SPECIAL]
SCATTER = 2_654_435_761  # a prime
OURS = "findtime = 1d\nmaxretry = 2\nbantime = 1h\nobserve = no\n"


def ipv4(number):
    """One address each, of 10.0.0.0/8."""
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def ipv6(number):
    """One address each, of /64 of their own."""
    return f"2001:db8:{number >> 16:x}:{number & 65535:x}::1"


def far_ipv4(number):
    """One address each, no two near each other: no rung of the ladder sees a gang. They are
    reckoned from the number, and mean nobody; octets that begin what is special are left out."""
    number = number * SCATTER % (len(USUAL) << 24)
    return f"{USUAL[number >> 24]}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def far_ipv6(number):
    """The same, of /64 of their own."""
    number = number * SCATTER & 0xFFFFFFFF
    return f"2001:db8:{number >> 16:x}:{number & 65535:x}::1"


def same(_number):
    """Always the same: what is left is what the program takes by itself."""
    return "192.0.2.1"


def configure(folder, names):
    """Only SMTP AUTH, with two failures for a ban; `names`: of all jails."""
    with open(f"{folder}/jail.conf", "w", encoding="ascii") as file:
        for name in names:
            is_ours = name == "postfix-sasl"
            file.write(JAIL.format(name=name, is_ours=is_ours) + (OURS if is_ours else ""))


class Replay:
    """`komainu replay -` that is fed with failures."""

    def __init__(self, config, account="anna"):
        self.out = tempfile.TemporaryFile()  # pylint: disable=consider-using-with
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            [KOMAINU, "replay", "--json", "--config", config, "-"],
            stdin=subprocess.PIPE,
            stdout=self.out,
        )
        self.line = logs.sasl_failure("{a}", account, time.time() - 60).format

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.out.close()

    def feed(self, numbers, address):
        """One failure of each; returns when all is read."""
        text = "".join(self.line(a=address(number), n=number) for number in numbers)
        self.process.stdin.write(text.encode("ascii"))
        self.process.stdin.flush()
        while self.waiting():
            time.sleep(0.001)  # of the other core

    def waiting(self):
        """Bytes that it has not read."""
        answer = fcntl.ioctl(self.process.stdin, termios.FIONREAD, b"\0" * 4)
        if self.process.poll() is not None:
            raise RuntimeError("komainu replay ended early")
        return struct.unpack("i", answer)[0]

    def said(self):
        """The bytes of bans that it has printed."""
        return os.fstat(self.out.fileno()).st_size

    def end(self):
        """Its totals."""
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise RuntimeError("komainu replay failed")
        self.out.seek(max(0, self.said() - 65536))
        return json.loads(self.out.read().splitlines()[-1])


def blocks(count):
    """Numbers below count, in blocks."""
    return [range(i, min(i + BLOCK, count)) for i in range(0, count, BLOCK)]


def measure(config, address, count, peak):
    """(bytes at most, addresses known at the end) of `count` addresses; `peak` tells the most
    memory of a process."""
    with Replay(config) as replay:
        for block in blocks(count):
            replay.feed(block, address)
        most = peak(replay.process.pid)
        ban_bytes = 0
        for block in reversed(blocks(count)):
            before = replay.said()
            replay.feed(reversed(block), address)
            ban_bytes = ban_bytes or (replay.said() - before) / BLOCK
            if replay.said() - before < ban_bytes * FEW:
                break
        totals = replay.end()
    return most, totals["bans"] + totals["not_held"]


def compare(table, names, peak, is_quick):
    """Prints the rows; `names` of all jails, `peak` as measure() wants it."""
    part = 10 if is_quick else 1
    with tempfile.TemporaryDirectory() as config:
        configure(config, names)
        base, _ = measure(config, same, BLOCK, peak)
        for kind, address, count in (
            ("IPv4", ipv4, 10_000_000 // part),
            ("IPv6 /64", ipv6, 1_000_000 // part),
        ):
            most, known = measure(config, address, count, peak)
            name = f"{count:,} {kind} failed once"
            table.row(f"{name}, memory", most / 1e6, None, "MB")
            table.row("  of them still known", known, None, "keys")
            table.row("  evicted", count - known, None, "keys")
            table.row("  memory for each that is known", (most - base) / known, None, "bytes")


def measure_rules(config, address, count, peak):
    """(bytes after a tenth, bytes at most, totals) of `count` addresses."""
    with Replay(config, "user{n}") as replay:
        for block in blocks(count // 10):
            replay.feed(block, address)
        tenth = peak(replay.process.pid)
        for block in blocks(count)[len(blocks(count // 10)) :]:
            replay.feed(block, address)
        return tenth, peak(replay.process.pid), replay.end()


def compare_rules(table, peak, is_quick):
    """Prints the rows with all rules of jail.conf on."""
    part = 10 if is_quick else 1
    with tempfile.TemporaryDirectory() as folder:
        config = rules.configure(f"{folder}/on", ("postfix-sasl",), True, "maxretry = 2\n")
        _, base, _ = measure_rules(config, same, 10, peak)
        for kind, address, count in (
            ("IPv4", far_ipv4, 10_000_000 // part),
            ("IPv6 /64", far_ipv6, 1_000_000 // part),
        ):
            tenth, most, totals = measure_rules(config, address, count, peak)
            print(f"  (all rules: {totals['bans']:,} bans, {totals['observed']:,} observed)")
            name = f"{count:,} {kind}, all rules"
            table.row(f"{name}, memory", most / 1e6, None, "MB")
            table.row("  after a tenth of them", tenth / 1e6, None, "MB")
            table.row("  keys held, of all rules", totals["keys"], None, "keys")
            table.row("  evicted", totals["dropped_keys"], None, "keys")
            table.row(
                "  memory for each, all tables", (most - base) / totals["keys"], None, "bytes"
            )
