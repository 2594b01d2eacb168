"""Attackers who guess passwords, each from an address of its own."""
from .visit import QUIET, SUBMISSION, TOLD
from .world import ATTACKER, HOUR, Actor

NAMES = (
    "info admin sales office contact test support webmaster postmaster backup scanner billing "
    "shop mail service noreply root hr jobs press"
).split()


def guess_sasl(visit, accounts, port=SUBMISSION, pause=2, mechanism="LOGIN"):
    """One SMTP session, one password for each account of `accounts`."""
    session = visit.smtp(port, "user")
    for account in accounts:
        session.login(account, "secret1", mechanism=mechanism)
        visit.wait(pause)
    session.close()


def guess_imap(visit, accounts, server=QUIET, pause=2):
    """One IMAP session, one password for each account of `accounts`."""
    session = visit.imap(server)
    for account in accounts:
        session.login(account, "secret1")
        visit.wait(pause)
    session.close()


def guess_pop3(visit, account, server=QUIET):
    """One POP3 session with one password."""
    session = visit.pop3(server)
    session.login(account, "secret1")
    session.close()


def guess(visit, account, number):
    """One password, at Postfix or Dovecot, where the checker tells of it or not, by `number`."""
    if number % 4 < 2:
        guess_sasl(visit, [account], (SUBMISSION, TOLD)[number % 4])
    else:
        guess_imap(visit, [account], number % 2)


def name(world):
    """A login name that a dictionary has; nobody has it here."""
    return f"{world.rng.choice(NAMES)}@example.com"


def fast_sasl(world):
    """Sessions of six passwords, seconds apart."""
    for number in range(world.count(5, 2)):
        address = world.addresses.one4()
        at = world.anytime(0.7)
        mechanism = ("LOGIN", "PLAIN")[number % 2]
        for _ in range(world.count(14, 4)):
            names = [name(world) for _ in range(6)]
            pause = world.rng.choice((1, 2, 4))
            port = (SUBMISSION, TOLD)[number // 2 % 2]
            world.visit(at, address, guess_sasl, names, port, pause, mechanism)
            at += 6 * pause + 3


def fast_imap(world):
    """Sessions of three passwords, seconds apart; each address has one server."""
    account = world.stranger()
    for number in range(world.count(6, 2)):
        address = world.addresses.one4()
        at = world.anytime(0.7)
        for _ in range(world.count(20, 5)):
            world.visit(at, address, guess_imap, [account] * 3, number % 2)
            at += world.rng.randrange(8, 15)


def pop3(world):
    """A password a minute."""
    account = world.stranger()
    for number in range(world.count(3, 2)):
        address = world.addresses.one4()
        at = world.anytime(0.7)
        for _ in range(world.count(60, 12)):
            world.visit(at, address, guess_pop3, account, number % 2)
            at += world.rng.uniform(40, 80)


def slow_7h(world):
    """One password in seven hours, give or take two."""
    account = world.stranger()
    for number in range(12):
        address = world.addresses.one4()
        pace = min(7 * HOUR, world.span / 6)
        for at in world.paced(pace, jitter=0.3):
            world.visit(at, address, guess, account, number)


def slow_1h(world):
    """One password an hour, over the whole time."""
    for number in range(world.count(8, 3)):
        address = world.addresses.one4()
        for at in world.paced(HOUR):
            world.visit(at, address, guess, name(world), number)


def under_600(world):
    """One password each 590 to 599 seconds: five of them never lie in 40 minutes."""
    for number in range(world.count(5, 3)):
        address = world.addresses.one4()
        for at in world.paced(594.5, world.rng.random() * HOUR, jitter=0.007):
            world.visit(at, address, guess, name(world), number)


def name_spray(world):
    """Three addresses, each time another name, every quarter of an hour."""
    for number in range(3):
        address = world.addresses.one4()
        for turn, at in enumerate(world.paced(900, jitter=0.3)):
            account = f"{NAMES[turn % len(NAMES)]}{number}@example.com"
            world.visit(at, address, guess, account, number)


def repeat_offender(world):
    """Comes for ten passwords in five minutes, twice a day."""
    for number in range(2):
        address = world.addresses.one4()
        for coming in range(4):
            at = world.day * (0.1 + 0.5 * coming) + world.rng.uniform(0, 0.05 * world.day)
            for _ in range(10):
                world.visit(at, address, guess, name(world), number)
                at += 30


def hotel(world):
    """The network of a hotel, and the addresses of a bad and a good guest."""

    def make():
        net = world.addresses.net4()
        return (net, *world.addresses.inside4(net, 2))

    return world.place("hotel", make)


def hotel_neighbour(world):
    """Guesses from the network of a hotel, in which a customer of ours stays."""
    net, bad, _ = hotel(world)
    world.prefix(f"{net}.0/24")
    at = world.morning() + 0.05 * world.day
    for _ in range(world.count(80, 20)):
        world.visit(at, bad, guess, name(world), 3)
        at += world.rng.uniform(5, 30)


ACTORS = (
    Actor("fast_sasl", ATTACKER, fast_sasl, "SMTP AUTH, seconds apart"),
    Actor("fast_imap", ATTACKER, fast_imap, "IMAP, seconds apart"),
    Actor("pop3", ATTACKER, pop3, "POP3, a minute apart"),
    Actor("slow_7h", ATTACKER, slow_7h, "seven hours apart"),
    Actor("slow_1h", ATTACKER, slow_1h, "an hour apart"),
    Actor("under_600", ATTACKER, under_600, "just under 600 s apart"),
    Actor("name_spray", ATTACKER, name_spray, "another name each quarter of an hour"),
    Actor("repeat_offender", ATTACKER, repeat_offender, "ten tries, twice a day"),
    Actor("hotel_neighbour", ATTACKER, hotel_neighbour, "in the /24 of the roaming user"),
)
