"""Accounts that are taken over: the password is right, the rest is not."""
from .guessers import guess
from .people import send_mail, taken
from .visit import SUBMISSION
from .world import ATTACKER, HOUR, Actor


def _spam(visit, account, password, count):
    session = visit.smtp(SUBMISSION, "user")
    if session.login(account, password, True):
        for number in range(count):
            session.mail(account, *(f"victim{number}-{n}@example.org" for n in range(10)))
            visit.wait(3)
    session.quit()


def _tell(world, account, **row):
    """The truth of a takeover, with times from the begin of the log."""
    world.truth["takeovers"].append({"account": account, "class": world.actor.name, **row})


def takeover(world):
    """A wrong password from each of four places, the right one from a fifth, and a quarter of
    an hour later a hundred recipients a time from there."""
    for number, account in enumerate(taken(world)):
        start = world.span * (0.3 + 0.3 * number)
        for address in world.addresses.many4(4):
            world.visit(start + world.rng.uniform(0, HOUR / 2), address, guess, account, 0)
        place, at = world.addresses.one4(), start + 0.6 * HOUR
        world.visit(at, place, _spam, account, world.accounts[account], 0)
        for burst in range(world.count(5, 2)):
            first_sent = at + 900 * (burst + 1)
            world.visit(first_sent, place, _spam, account, world.accounts[account], 10)
        _tell(world, account, addresses=[place], at=int(at), sends_at=int(at + 900))


def many_networks(world):
    """One account, whose password is known, from 25 networks within an hour, one mail each."""
    account = world.stranger()
    start = world.span * 0.55
    addresses = world.addresses.many4(25)
    for address in addresses:
        at = start + world.rng.uniform(0, HOUR)
        to = [f"victim{n}@example.org" for n in range(5)]
        world.visit(at, address, send_mail, account, world.accounts[account], to)
    _tell(world, account, addresses=addresses, at=int(start), sends_at=int(start))


ACTORS = (
    Actor("takeover", ATTACKER, takeover, "guesses, gets in from a new place, sends", 2),
    Actor("many_networks", ATTACKER, many_networks, "one account from 25 networks", 5, "class"),
)
