"""A guard beside the firewall of somebody else: what holds whichever it is."""
from .firewalls import Callers, Storm, both, rules_of_others
from .guard import Guard
from .logs import Log, sasl_failure
from .net import Nft
from .tap import eventually

OPEN, SHUT = 25, 80  # what the other firewall accepts, and what not
BANNED, OTHER, DENIED, BY_LOG = (both(n) for n in range(4))
IN, OUT = [True, True], [False, False]


class Beside:
    """The other firewall `name` accepts port OPEN from everybody but DENIED already.
    `is_well()` says whether it answers its own command."""

    def __init__(self, t, net, name, is_well):
        self.t, self.net, self.name, self.is_well = t, net, name, is_well
        self.callers = Callers(net)
        self.nft = Nft(net.server)
        # IPv4 comes to these as addresses mapped into IPv6.
        self.listeners = {port: net.server.listen("::", port) for port in (OPEN, SHUT)}
        self.log = Log(f"{net.folder}/mail.log")
        self.guard = Guard(net, self.log.path, maxretry=3)
        self.theirs = None

    def close(self):
        """Ends the listeners."""
        for listener in self.listeners.values():
            listener.close()

    def as_it_was(self, when):
        """Without a guard: only what the other firewall says."""
        reached = self.callers.all_reach((BANNED, OPEN), (BANNED, SHUT), (DENIED, OPEN))
        self.t.equal(
            reached, [IN, OUT, OUT], f"{when}: open port, shut port, whom {self.name} denies"
        )

    def begin(self):
        """Starts the guard."""
        self.as_it_was("without a guard")
        self.theirs = rules_of_others(self.net)
        self.guard.start()
        self.untouched("the start")

    def untouched(self, what):
        """Their rules are as they were and their command works."""
        self.t.equal(rules_of_others(self.net), self.theirs, f"{what} changes nothing of {self.name}'s")
        self.t.ok(self.is_well(), f"{self.name} is well after {what}")

    def bans(self):
        """Bans by command and by a log; open connections end."""
        ends = self.callers.connected(BANNED, self.listeners[OPEN])
        self.t.equal(len(self.callers.established(BANNED)), 2, "ss shows the connections")
        for address in BANNED:
            self.guard.command("ban", address, "--for", "1h")
        self.t.ok(
            eventually(lambda: not self.callers.established(BANNED), 10),
            "a ban cuts them, ss shows none",
        )
        self.t.equal([is_reset(caller) for caller, _ in ends], IN, "the callers are told")
        for pair in ends:
            for end in pair:
                end.close()
        self.log.write(*(sasl_failure(a, f"u{i}") for a in BY_LOG for i in range(3)))
        self.t.ok(eventually(self.has_bans, 10), "a log bans too")
        self.closed("after the bans")

    def has_bans(self):
        """Whether our table has everybody in it, seen from outside."""
        return set(BANNED) <= self.nft.banned() and len(self.nft.banned()) == 4

    def closed(self, when):
        """Who is banned is out though the port is accepted, others are in."""
        calls = [(pair, OPEN) for pair in (BANNED, BY_LOG, OTHER, DENIED)] + [(OTHER, SHUT)]
        self.t.equal(
            self.callers.all_reach(*calls), [OUT, OUT, IN, OUT, OUT],
            f"{when}: banned, banned by a log, other, denied; other to a shut port",
        )

    def through(self, what, change):
        """The other firewall makes its rules anew; ours hold all the while."""
        with Storm(self.callers, BANNED, OPEN) as storm:
            change()
        self.t.ok(
            storm.calls > 0 and storm.entered == 0,
            f"{what}: {storm.calls} calls of a banned address, {storm.entered} got in",
        )
        self.t.ok(
            self.has_bans() and self.guard.status()["rebuilds"] == 0,
            f"{what}: our table was not touched",
        )
        self.closed(f"after {what}")
        self.untouched(what)

    def unbans(self):
        """Who is unbanned gets in where the other firewall lets him."""
        for address in BANNED:
            self.guard.command("unban", address)
        self.t.ok(eventually(lambda: not set(BANNED) & self.nft.banned(), 10), "unbanned")
        self.as_it_was("after an unban")
        self.guard.command("ban", DENIED[0], "--for", "1h")
        self.guard.command("unban", DENIED[0])
        self.as_it_was("after an unban of whom they deny")
        for address in BANNED:
            self.guard.command("ban", address, "--for", "1h")

    def end(self):
        """The guard ends, and then its table is taken away."""
        self.guard.stop()
        self.untouched("the end of the guard")
        self.closed("after the guard")
        self.guard.command("panic")
        self.untouched("the removal of our table")
        self.as_it_was("after the removal")


def is_reset(connection):
    """Whether the other side has ended a connection."""
    connection.settimeout(10)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
