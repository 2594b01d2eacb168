"""Whom bans cover and when, and `komainu replay` as a source of them."""
import datetime
import functools
import ipaddress
import json
import math
import subprocess
import os

from .guard import KOMAINU

REPLAY_TIMEOUT_S = 600


@functools.lru_cache(maxsize=1 << 17)
def number(address):
    """An address as (version, integer)."""
    parsed = ipaddress.ip_address(address)
    return parsed.version, int(parsed)


def network_at(rung, bits):
    """The network of (version, length) with these first bits."""
    version, length = rung
    kind = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network
    return kind((bits << (32 if version == 4 else 128) - length, length))


def epoch(text):
    """The seconds of a time of --json; infinity for none."""
    if text is None:
        return math.inf
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def is_in(who, holes):
    """Whether an address or network lies in one of these networks."""
    network = ipaddress.ip_network(who)
    return any(network.version == hole.version and network.subnet_of(hole) for hole in holes)


class Bans:
    """Bans of addresses and networks, each from a time until another (epoch seconds)."""

    def __init__(self):
        self.count = 0
        self._spans = {}  # (version, length) -> first bits -> [(since, until, holes)]

    def add(self, who, since, until=math.inf, holes=()):
        """Adds one; `who` is the text of an address or of a network with its length, `holes`
        those of addresses and networks that it leaves alone."""
        network = ipaddress.ip_network(who)
        bits = int(network.network_address) >> network.max_prefixlen - network.prefixlen
        rung = self._spans.setdefault((network.version, network.prefixlen), {})
        holes = tuple(ipaddress.ip_network(hole) for hole in holes)
        rung.setdefault(bits, []).append((since, until, holes))
        self.count += 1

    def covering(self, who):
        """(since, until) of every ban that covers all of an address or network."""
        if "/" in who:
            network = ipaddress.ip_network(who)
            version, value, size = network.version, int(network.network_address), network.prefixlen
        else:
            version, value = number(who)
            size = 32 if version == 4 else 128
        width = 32 if version == 4 else 128
        for (kind, length), rung in self._spans.items():
            if kind != version or length > size:
                continue
            for since, until, holes in rung.get(value >> width - length, ()):
                if not holes or not is_in(who, holes):
                    yield since, until

    def strangers(self, known):
        """The banned addresses and networks, as texts, that are or hold none of the known ones."""
        masked = {
            rung: {
                value >> (32 if rung[0] == 4 else 128) - rung[1]
                for version, value in map(number, known)
                if version == rung[0]
            }
            for rung in self._spans
        }
        return sorted(
            str(network_at(rung, bits))
            for rung, spans in self._spans.items()
            for bits in spans
            if bits not in masked[rung]
        )

    def holds(self, address, when):
        """Whether the address is banned at that time by a ban that began before it."""
        return any(since < when < until for since, until in self.covering(address))

    def first(self, who):
        """When the first ban began that covers all of it; infinity for never."""
        return min((since for since, _ in self.covering(who)), default=math.inf)


def replay(log, config=None, zone="UTC"):
    """What `komainu replay` says of a log, with a folder of configuration: (rows, totals)."""
    words = [KOMAINU, "replay", "--json", *(["--config", config] if config else []), log]
    done = subprocess.run(
        words,
        check=True,
        capture_output=True,
        text=True,
        timeout=REPLAY_TIMEOUT_S,
        env=os.environ | {"TZ": zone},
    )
    *rows, totals = map(json.loads, done.stdout.splitlines())
    return rows, totals


def enforced(rows, is_observed_too=False, jails=()):
    """The Bans of replay's rows: of those that would be in the kernel, or of all; `jails`: of
    these alone. Alerts and campaigns are passed over."""
    bans = Bans()
    for row in rows:
        if "enforced" not in row:
            continue
        if (row["enforced"] or is_observed_too) and (not jails or row["jail"] in jails):
            who = row.get("address") or row["prefix"]
            bans.add(who, epoch(row["time"]), epoch(row["until"]), row.get("holes", ()))
    return bans
