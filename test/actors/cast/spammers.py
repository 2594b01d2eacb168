"""Attackers who look for recipients and relays, are in DNS lists, or lie about who they are."""
from .visit import MX, SCREENED, Line
from .world import ATTACKER, HOUR, Actor

GUESSES = ("a.smith", "b.jones", "carla", "daniel", "e.meyer", "frank", "g.rossi", "helen")


def ask(visit, recipients, helo="mail.sender.example", pause=1, sender="x@sender.example"):
    """One session that asks for recipients, which we do not have, and goes."""
    session = visit.smtp(helo=helo)
    session.say(f"MAIL FROM:<{sender}>")
    for recipient in recipients:
        session.say(f"RCPT TO:<{recipient}>")
        visit.attempt("recipient")
        visit.wait(pause)
    session.quit()


def unknown(world):
    """A recipient that we do not have."""
    return f"{world.rng.choice(GUESSES)}{world.rng.randrange(1000)}@example.com"


def harvest_fast(world):
    """Ten names a session, a second apart."""
    for _ in range(3):
        address = world.addresses.one4()
        at = world.anytime(0.8)
        for _ in range(world.count(6, 3)):
            world.visit(at, address, ask, [unknown(world) for _ in range(10)])
            at += world.rng.uniform(15, 60)


def harvest_slow(world):
    """One name in twenty minutes, over the whole time."""
    for _ in range(3):
        address = world.addresses.one4()
        for at in world.paced(1200):
            world.visit(at, address, ask, [unknown(world)])


def _each_some(world, addresses, sessions, names):
    for address in addresses:
        for _ in range(sessions):
            world.visit(world.anytime(), address, ask, [unknown(world) for _ in range(names)])


def harvest_prefix(world):
    """Forty addresses of a /24, two names a session."""
    net = world.addresses.net4()
    world.prefix(f"{net}.0/24")
    _each_some(world, world.addresses.inside4(net, world.count(40, 15)), 3, 2)


def harvest_distributed(world):
    """Sixty addresses of as many networks, two names a session."""
    _each_some(world, world.addresses.many4(world.count(60, 20)), 2, 2)


def _relay(visit):
    session = visit.smtp(helo="mail.sender.example")
    session.mail("x@sender.example", "y@example.org", what="relay")
    session.quit()


def relay_probe(world):
    """Five tries to have mail relayed, some minutes apart."""
    for _ in range(6):
        address = world.addresses.one4()
        at = world.anytime(0.8)
        for _ in range(5):
            world.visit(at, address, _relay)
            at += world.rng.uniform(20, 400)


def _listed(visit, recipient, port):
    session = visit.smtp(port, "mail.sender.example")
    session.mail("x@sender.example", recipient, what="list")
    session.quit()


def list_hit(world):
    """In a DNS list, and comes back ten times; every other one at postscreen."""
    box = world.stranger()
    for number in range(world.count(10, 4)):
        address = world.addresses.one4()
        world.listed.add(address)
        port = (MX, SCREENED)[number % 2]
        for at in world.paced(world.span / 10):
            world.visit(at, address, _listed, box, port)


def helo_nonsense(world):
    """Greets with names that cannot be, each half hour for a while."""
    box = world.stranger()
    for helo in ("localhost", "user", "192.0.2.1", "-bad-.example", "WIN-8A7"):
        address = world.addresses.one4()
        at = world.anytime(0.6)
        for _ in range(10):
            world.visit(at, address, _nonsense, box, helo, "x@sender.example")
            at += world.rng.uniform(60, HOUR)


def _nonsense(visit, recipient, helo, sender):
    session = visit.smtp(helo=helo)
    session.mail(sender, recipient, what="identity")
    session.quit()


def rdns_nonsense(world):
    """Names that do not lead back to the address, and senders that are nowhere."""
    box = world.stranger()
    for number in range(4):
        address = world.addresses.one4()
        world.known(address, f"lie{number}.example.net")
        at = world.anytime(0.6)
        for _ in range(10):
            world.visit(at, address, _nonsense, box, "mail.example.net", "x@nowhere.example")
            at += world.rng.uniform(60, HOUR)


def _early(visit):
    line = Line(visit, SCREENED)
    line.send(b"EHLO bot.example.net\r\n")
    visit.attempt("protocol")
    answer = b"220"
    while answer and not answer.startswith((b"250 ", b"4", b"5")):
        answer = line.read()
    line.send(b"QUIT\r\n")
    line.drain()
    line.close()


def pregreet(world):
    """Talks to postscreen before it is greeted, eight times."""
    for _ in range(world.count(6, 3)):
        address = world.addresses.one4()
        at = world.anytime(0.6)
        for _ in range(8):
            world.visit(at, address, _early)
            at += world.rng.uniform(60, HOUR)


ACTORS = (
    Actor("harvest_fast", ATTACKER, harvest_fast, "unknown recipients, a second apart"),
    Actor("harvest_slow", ATTACKER, harvest_slow, "unknown recipients, 20 minutes apart"),
    Actor("harvest_prefix", ATTACKER, harvest_prefix, "40 addresses of a /24", 5, "class"),
    Actor("harvest_distributed", ATTACKER, harvest_distributed, "60 networks"),
    Actor("relay_probe", ATTACKER, relay_probe, "mail for others, five times"),
    Actor("list_hit", ATTACKER, list_hit, "in a DNS list, comes back"),
    Actor("helo_nonsense", ATTACKER, helo_nonsense, "HELO that cannot be"),
    Actor("rdns_nonsense", ATTACKER, rdns_nonsense, "names that lie, senders from nowhere"),
    Actor("pregreet", ATTACKER, pregreet, "talks before postscreen greets"),
)
