"""What is going to happen: addresses, accounts and visits by simulated time, and the truth of it.

Times are seconds from the begin of the log. Networks are handed out once each, from 100.64.0.0/10
and 198.18.0.0/15 (every IPv4 /24 from another /16 than the last one) and from 2001:db8::/32.
"""
import bisect
import collections
import dataclasses
import ipaddress
import itertools
import random
import typing

HOUR, DAY = 3600, 86400
DOMAIN = "example.com"
SIXTEENS = [f"100.{n}" for n in range(64, 128)] + ["198.18", "198.19"]
ATTACKER, HONEST = "attackers", "honest"


@dataclasses.dataclass(frozen=True)
class Actor:
    """A kind of actor. `free` attempts are those that nobody can stop, because nothing was
    seen before them: of each address, or of all together where `unit` is "class"."""

    name: str
    side: str
    plan: typing.Callable
    about: str
    free: int = 1
    unit: str = "address"


@dataclasses.dataclass(order=True)
class Planned:
    """One visit to come: `act(visit, *args)` by `address`; a turn, for which everything before
    it is waited, has no address."""

    at: float
    number: int
    address: str = dataclasses.field(compare=False)
    act: typing.Callable = dataclasses.field(compare=False)
    args: tuple = dataclasses.field(compare=False)
    actor: typing.Optional[Actor] = dataclasses.field(compare=False)
    greylisted: bool = dataclasses.field(default=False, compare=False)


class Addresses:
    """Networks, each handed out once, and names for addresses."""

    def __init__(self, rng):
        self.rng = rng
        self.records = {}  # what the name server says: name -> [(type, text)]
        thirds = rng.sample(range(256), 256)
        sixteens = rng.sample(SIXTEENS, len(SIXTEENS))
        self._nets4 = (f"{s}.{t}" for t, s in itertools.product(thirds, sixteens))
        self._nets6 = iter(rng.sample(range(0x100, 0x10000), 4000))
        self._twenties = iter(rng.sample([(n, m) for n in range(64, 128) for m in range(16)], 99))
        self._used = set()

    def net4(self):
        """A /24, as its first three numbers."""
        for net in self._nets4:
            if net not in self._used:
                self._used.add(net)
                return net
        raise RuntimeError("no IPv4 network is left")

    def net20(self):
        """A /20, as its sixteen /24."""
        for second, block in self._twenties:
            nets = [f"100.{second}.{third}" for third in range(16 * block, 16 * block + 16)]
            if not self._used.intersection(nets):
                self._used.update(nets)
                return nets
        raise RuntimeError("no IPv4 network is left")

    def one4(self):
        """An address in a /24 of its own."""
        return f"{self.net4()}.{self.rng.randrange(2, 254)}"

    def many4(self, count):
        """Addresses in /24s of their own."""
        return [self.one4() for _ in range(count)]

    def inside4(self, net, count):
        """Addresses of one /24."""
        return [f"{net}.{n}" for n in self.rng.sample(range(2, 254), count)]

    def net48(self):
        """An IPv6 /48, as its first three groups."""
        return f"2001:db8:{next(self._nets6):x}"

    def inside6(self, net64):
        """An address of a /64 (given as four groups) as privacy extensions make them."""
        groups = ":".join(f"{self.rng.randrange(1, 1 << 16):x}" for _ in range(4))
        return str(ipaddress.IPv6Address(f"{net64}:{groups}"))


class World:
    """The plan. Actors add visits; the driver adds what became of them."""

    def __init__(self, seed, hours):
        self.rng = random.Random(seed)
        self.span = hours * HOUR
        self.day = min(DAY, self.span / 2)
        self.scale = min(1.0, hours / 48)
        self.addresses = Addresses(self.rng)
        self.accounts = {}  # login name -> password
        self.owners = {}  # login name -> class of its owner
        self.planned = []
        self.listed = set()
        self.actor = None
        self.truth = {"prefixes": {}, "takeovers": []}
        self._numbers = itertools.count()
        self._places = {}

    def place(self, name, make):
        """What actors share: made by the first who asks."""
        if name not in self._places:
            self._places[name] = make()
        return self._places[name]

    def count(self, full, least=1):
        """How many of `full` in a log of this length."""
        return max(least, round(full * self.scale))

    def account(self, name):
        """A mailbox; returns its login name."""
        login = f"{name}@{DOMAIN}"
        self.accounts[login] = f"pw-{self.rng.randrange(1 << 40):x}"
        self.owners[login] = self.actor.name
        return login

    def plan(self, actors):
        """Each actor plans its visits."""
        for actor in actors:
            self.actor = actor
            actor.plan(self)

    def stranger(self):
        """A mailbox whose owner does nothing else here."""
        return self.account(f"box{len(self.accounts)}")

    def visit(self, at, address, act, *args, greylisted=False):
        """Plans a visit; one after the end of the log does not take place."""
        if 0 <= at < self.span - 60:
            self.planned.append(
                Planned(at, next(self._numbers), address, act, args, self.actor, greylisted)
            )

    def turn(self, at, act, *args):
        """Plans something that the servers do when all visits before it are over."""
        self.planned.append(Planned(at, next(self._numbers), "", act, args, None))

    def prefix(self, net):
        """Tells the truth that the actor uses a network."""
        self.truth["prefixes"][net] = {"class": self.actor.name, "side": self.actor.side}

    def paced(self, pace, start=0.0, end=None, jitter=0.2):
        """Times from `start` to `end`, `pace` seconds apart give or take `jitter` of it."""
        at = start + self.rng.random() * pace
        while at < (self.span if end is None else end):
            yield at
            at += pace * (1 + jitter * (2 * self.rng.random() - 1))

    def daytime(self, pace):
        """As paced(), in working hours only."""
        pace = min(pace, self.day / 5)
        return [at for at in self.paced(pace) if 0.3 < at % self.day / self.day < 0.78]

    def anytime(self, part=0.9):
        """A time in the first `part` of the log."""
        return self.rng.random() * self.span * part

    def morning(self, day=0):
        """Eight o'clock."""
        return day * self.day + self.day / 3

    def known(self, address, name):
        """A name server knows the address by name, and the name by address."""
        self.addresses.records[address] = name


class Deeds:
    """What was done, as the driver saw it."""

    def __init__(self):
        self.attackers, self.honest = {}, {}
        self.surprises = []
        self.counts = collections.Counter()

    def attempt(self, visit, what, account, is_good):
        """One attempt; `is_good` says whether it got what it wanted."""
        at, is_attacker = int(visit.now), visit.actor.side == ATTACKER
        self.counts[visit.actor.name] += 1
        rows = self.attackers if is_attacker else self.honest
        row = rows.setdefault(
            visit.address, {"class": visit.actor.name, "what": [], "accounts": []}
        )
        for key, value in (("what", what), ("accounts", account)):
            if value and value not in row[key]:
                row[key].append(value)
        for key in ("attempts", "successes") if is_attacker else ("failures", "successes"):
            if key == "attempts" or is_good == (key == "successes"):
                bisect.insort(row.setdefault(key, []), at)
            else:
                row.setdefault(key, [])
