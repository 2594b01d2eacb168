"""Attackers with many addresses: of one network, of many networks, or new ones each time."""
from .guessers import NAMES, guess, guess_imap, name
from .world import ATTACKER, HOUR, Actor


def _spread(world, addresses, tries, start, length, account_of):
    """Each address comes `tries` times at any time of `length` seconds from `start`; by one of
    the servers."""
    for number, address in enumerate(addresses):
        for _ in range(tries):
            at = start + world.rng.random() * length
            world.visit(at, address, guess, account_of(number), number)


def swarm_24(world):
    """Fifty addresses of a /24, four tries each within six hours."""
    net = world.addresses.net4()
    addresses = world.addresses.inside4(net, world.count(50, 15))
    world.prefix(f"{net}.0/24")
    length = min(6 * HOUR, world.span / 3)
    start = world.span * 0.2
    _spread(world, addresses, 4, start, length, lambda _number: name(world))


def twenty(world):
    """The /20 of a swarm."""
    return world.place("twenty", world.addresses.net20)


def swarm_20(world):
    """A hundred addresses of a /20, six or seven in each /24, three tries each in a day."""
    nets = twenty(world)
    addresses = []
    for net in nets:
        addresses += world.addresses.inside4(net, world.count(6.5, 3))
    world.prefix(f"{nets[0]}.0/20")
    start = world.span * 0.3
    _spread(world, addresses, 3, start, world.day / 2, lambda _number: name(world))


def botnet_150(world):
    """150 addresses of as many networks, three tries each in a day, at one account."""
    account = world.stranger()
    addresses = world.addresses.many4(world.count(150, 40))
    _spread(world, addresses, 3, world.span * 0.15, world.day, lambda _number: account)


def rotate_64(world):
    """A new address of one /64 for each password, one a minute."""
    net = world.addresses.net48() + ":a"
    world.prefix(f"{net}::/64")
    at = world.span * 0.4
    for number in range(world.count(150, 40)):
        world.visit(at, world.addresses.inside6(net), guess, name(world), number)
        at += world.rng.uniform(40, 80)


def fifty_six(world):
    """The /56 of a swarm, as four groups without the last two digits."""
    return world.place("fifty_six", lambda: f"{world.addresses.net48()}:5a")


def rotate_56(world):
    """A new /64 of one /56 for each password, one a minute."""
    net = fifty_six(world)
    world.prefix(f"{net}00::/56")
    at = world.span * 0.45
    for number in range(world.count(150, 40)):
        net64 = f"{net}{world.rng.randrange(256):02x}"
        world.visit(at, world.addresses.inside6(net64), guess, name(world), number)
        at += world.rng.uniform(40, 80)


def dictionary(world):
    """Eighty addresses, two tries each in half a day; the names of a dictionary in turn."""
    addresses = world.addresses.many4(world.count(80, 25))
    _spread(
        world,
        addresses,
        2,
        world.span * 0.5,
        world.day / 2,
        lambda number: f"{NAMES[number % len(NAMES)]}{number // len(NAMES) or ''}@example.com",
    )


def botnet_imap(world):
    """Sixty addresses, each with two passwords in one session, again after hours; each time
    for another account that is there."""
    accounts = [world.stranger() for _ in range(10)]
    for number, address in enumerate(world.addresses.many4(world.count(60, 20))):
        for _ in range(2):
            account = world.rng.choice(accounts)
            world.visit(world.anytime(), address, guess_imap, [account] * 2, number % 2)


ACTORS = (
    Actor("swarm_24", ATTACKER, swarm_24, "50 addresses of a /24, 4 tries each", 5, "class"),
    Actor("swarm_20", ATTACKER, swarm_20, "100 addresses of a /20, 3 tries each", 10, "class"),
    Actor("botnet_150", ATTACKER, botnet_150, "150 addresses at one account", 5, "class"),
    Actor("botnet_imap", ATTACKER, botnet_imap, "60 addresses, 2 tries a session"),
    Actor("rotate_64", ATTACKER, rotate_64, "a new address of a /64 each time", 5, "class"),
    Actor("rotate_56", ATTACKER, rotate_56, "a new /64 of a /56 each time", 10, "class"),
    Actor("dictionary", ATTACKER, dictionary, "80 addresses, a dictionary of names", 5, "class"),
)
