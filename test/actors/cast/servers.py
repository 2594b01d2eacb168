"""Honest servers: they deliver, some with old lists of recipients; one asks again from another
address of its pool, one watches us, one is ours and set up wrongly.
"""
from .visit import IMAP, Line, Smtp
from .world import HONEST, HOUR, Actor


def deliver(visit, helo, sender, recipients, gone=()):
    """One session with one mail, after the recipients that we do not have."""
    with_helo = visit.smtp(helo=helo)
    if gone:
        with_helo.mail(sender, *gone, what="recipient")
        with_helo.say("RSET")
    if recipients:
        with_helo.mail(sender, *recipients)
    with_helo.quit()


def _named(world, count, label):
    for number in range(count):
        address = world.addresses.one4()
        name = f"{label}{number}.sender.example"
        world.known(address, name)
        yield address, name


def mta(world):
    """Mail for people who are there."""
    boxes = [world.stranger() for _ in range(12)]
    for address, name in _named(world, 8, "mx"):
        for at in world.paced(HOUR):
            wanted = world.rng.sample(boxes, world.rng.randrange(1, 3))
            world.visit(at, address, deliver, name, "anna@sender.example", wanted)


def mta_stale(world):
    """Newsletters with old lists: one to three unknown recipients in every third session."""
    boxes = [world.stranger() for _ in range(4)]
    for address, name in _named(world, 3, "list"):
        gone = [f"left{n}@example.com" for n in range(6)]
        for at in world.paced(0.6 * HOUR):
            now_gone = ()
            if world.rng.random() < 0.33:
                now_gone = world.rng.sample(gone, world.rng.randrange(1, 4))
            wanted = [world.rng.choice(boxes)]
            world.visit(at, address, deliver, name, "bounce@news.example", wanted, now_gone)


def _greylisted(visit, helo, recipient):
    with_helo = visit.smtp(helo=helo)
    with_helo.mail("anna@sender.example", recipient)
    with_helo.quit()


def greylist_pool(world):
    """A provider of six addresses: told to come back, it does so from another of them."""
    box = world.stranger()
    net = world.addresses.net4()
    pool = world.addresses.inside4(net, 6)
    world.prefix(f"{net}.0/24")
    for number, address in enumerate(pool):
        world.known(address, f"out{number}.shop.example")
    for at in world.paced(0.7 * HOUR):
        first, second = world.rng.sample(pool, 2)
        helo = "out.shop.example"
        world.visit(at, first, _greylisted, helo, box, greylisted=True)
        world.visit(at + world.rng.uniform(330, 900), second, _greylisted, helo, box)


def _look(visit):
    session = Smtp(visit, 25)
    session.quit()
    visit.wait(1)
    imap = Line(visit, IMAP)
    imap.read()
    imap.close()
    visit.attempt("look", "", True)


def monitor(world):
    """A monitoring system: connects to SMTP and IMAP every five minutes and goes."""
    address = world.addresses.one4()
    world.known(address, "monitor.example.net")
    for at in world.paced(300, jitter=0.01):
        world.visit(at, address, _look)


def _relay(visit):
    session = visit.smtp(helo="printer.example.net")
    session.mail("printer@example.net", "owner@example.org", what="relay")
    session.quit()


def own_relay(world):
    """A machine of ours that hands in mail for others and has no login."""
    address = world.addresses.one4()
    for at in world.paced(0.5 * HOUR, jitter=0.05):
        world.visit(at, address, _relay)


ACTORS = (
    Actor("mta", HONEST, mta, "other mail servers, mail for people who are there"),
    Actor("mta_stale", HONEST, mta_stale, "newsletter servers with recipients that left"),
    Actor("greylist_pool", HONEST, greylist_pool, "a pool that is greylisted and comes back"),
    Actor("monitor", HONEST, monitor, "a probe that connects and quits each five minutes"),
    Actor("own_relay", HONEST, own_relay, "a machine of ours that relays without a login"),
)
