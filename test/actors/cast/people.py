"""Honest people: they read and send mail, mistype, forget, change passwords and travel."""
from .guessers import hotel
from .swarms import fifty_six, twenty
from .visit import QUIET, SUBMISSION, TALKATIVE
from .world import HONEST, HOUR, Actor


def read_mail(visit, account, password, server=QUIET, stay=60, wrong=()):
    """An IMAP session; each wrong password has a connection of its own."""
    for mistyped in wrong:
        session = visit.imap(server)
        session.login(account, mistyped)
        session.quit()
        visit.wait(20)
    session = visit.imap(server)
    if session.login(account, password, True):
        session.say("SELECT INBOX")
        visit.wait(stay)
    session.quit()


def poll(visit, account, password, server=QUIET):
    """A POP3 session."""
    session = visit.pop3(server)
    if session.login(account, password, True):
        session.say("STAT")
    session.quit()


def send_mail(visit, account, password, recipients, wrong=()):
    """A mail by submission; wrong passwords before are in the same session."""
    session = visit.smtp(SUBMISSION, "laptop.example.net")
    for mistyped in wrong:
        session.login(account, mistyped)
        visit.wait(12)
    if session.login(account, password, True, "PLAIN"):
        session.mail(account, *recipients)
    session.quit()


def mistype(visit, account, protocol="imap", server=QUIET, password="mistyped"):
    """One wrong password and a goodbye."""
    if protocol == "smtp":
        session = visit.smtp(SUBMISSION, "laptop.example.net")
        session.login(account, password)
    else:
        session = visit.imap(server)
        session.login(account, password)
    session.quit()


def submitter(world):
    """People who send mail in working hours, and mistype once in thirty times."""
    for number in range(world.count(8, 3)):
        account = world.account(f"writer{number}")
        address = world.addresses.one4()
        for at in world.daytime(1.2 * HOUR):
            to = [f"friend{n}@example.org" for n in range(world.rng.randrange(1, 4))]
            wrong = ("mistyped",) if world.rng.random() < 0.03 else ()
            world.visit(at, address, send_mail, account, world.accounts[account], to, wrong)


def mailbox_imap(world):
    """People who read mail by IMAP."""
    for number in range(world.count(8, 3)):
        account = world.account(f"reader{number}")
        address = world.addresses.one4()
        for at in world.daytime(0.5 * HOUR):
            wrong = ("mistyped",) if world.rng.random() < 0.03 else ()
            stay = world.rng.randrange(20, 600)
            args = (account, world.accounts[account], number % 2, stay, wrong)
            world.visit(at, address, read_mail, *args)


def mailbox_pop3(world):
    """Programs that ask for mail by POP3, day and night."""
    for number in range(world.count(3, 2)):
        account = world.account(f"poller{number}")
        address = world.addresses.one4()
        for at in world.paced(0.5 * HOUR, jitter=0.02):
            world.visit(at, address, poll, account, world.accounts[account], number % 2)


def mailbox_v6(world):
    """The same over IPv6, with a new address of the /64 every four hours."""
    for number in range(world.count(3, 2)):
        account = world.account(f"privacy{number}")
        net = world.addresses.net48() + ":1"
        used = {}
        for at in world.daytime(0.6 * HOUR):
            address = used.setdefault(at // (4 * HOUR), world.addresses.inside6(net))
            wrong = ("mistyped",) if world.rng.random() < 0.05 else ()
            args = (account, world.accounts[account], number % 2, 120, wrong)
            world.visit(at, address, read_mail, *args)
        world.prefix(f"{net}::/64")


def office_nat(world):
    """Twelve people behind one address. The password rules changed: on the first morning five
    of them mistype within half an hour; three get in, two give up until the afternoon."""
    address = world.addresses.one4()
    for number in range(12):
        account = world.account(f"office{number}")
        password = world.accounts[account]
        for at in world.daytime(1.5 * HOUR):
            world.visit(at, address, read_mail, account, password, number % 2)
        if number >= 5:
            continue
        at = world.morning() + world.rng.uniform(0, 0.5 * HOUR)
        for _ in range(world.rng.randrange(2, 4)):
            protocol = "smtp" if number == 0 else "imap"
            world.visit(at, address, mistype, account, protocol, number % 2)
            at += world.rng.uniform(15, 90)
        back = at if number < 3 else world.morning() + 0.25 * world.day
        world.visit(back + 30, address, read_mail, account, password, number % 2)


def _change(stage, account, password):
    stage.change_password(account, password)


def stale_phone(world):
    """Telephones that ask every fifteen minutes. The password changes in the afternoon of the
    first day, and they go on with the old one for up to eight hours."""
    changed = 0.6 * world.day
    fixed = changed + min(8 * HOUR, 0.3 * world.day)
    for number in range(2):
        account = world.account(f"phone{number}")
        old, new = world.accounts[account], f"new-secret-{number}"
        address = world.addresses.one4()
        world.turn(changed, _change, account, new)
        for at in world.paced(900, jitter=0.02):
            if at < changed:
                world.visit(at, address, read_mail, account, old, number, 5)
            elif at < fixed:
                world.visit(at, address, mistype, account, "imap", number, old)
            else:
                world.visit(at, address, read_mail, account, new, number, 5)


def forgetful(world):
    """Forgot the password: six tries over an hour, then it is found."""
    for number, protocol in enumerate(("imap", "smtp", "imap")):
        account = world.account(f"forgot{number}")
        address = world.addresses.one4()
        at = world.morning(number % 2) + world.rng.uniform(0, 0.1 * world.day)
        for _ in range(6):
            args = (account, protocol, number % 2, f"was it this {world.rng.random()}")
            world.visit(at, address, mistype, *args)
            at += world.rng.uniform(400, 700)
        world.visit(at, address, read_mail, account, world.accounts[account], number % 2)


def capslock(world):
    """CAPS LOCK is on: four tries in two minutes, then it is seen."""
    for number in range(3):
        account = world.account(f"caps{number}")
        password = world.accounts[account]
        address = world.addresses.one4()
        wrong = (password.upper(),) * 4
        at = world.morning() + world.rng.uniform(0, 0.2 * world.day)
        if number == 1:
            world.visit(at, address, send_mail, account, password, ["bob@example.org"], wrong)
        else:
            world.visit(at, address, read_mail, account, password, number % 2, 60, wrong)


def roaming(world):
    """Somebody who travels: at home at first, for a day in a hotel with a bad neighbour."""
    account = world.account("traveller")
    home, away = world.addresses.one4(), hotel(world)[2]
    for at in world.daytime(0.4 * HOUR):
        address = away if at < world.day else home
        wrong = ("mistyped",) if world.rng.random() < 0.1 else ()
        world.visit(at, address, read_mail, account, world.accounts[account], 0, 60, wrong)


def neighbour(world):
    """Customers in networks that a swarm uses: two in the /20, one beside the /56."""
    nets, net56 = twenty(world), fifty_six(world)
    homes = [world.addresses.inside4(net, 1)[0] for net in (nets[3], nets[12])]
    homes.append(world.addresses.inside6(f"{net56[:-2]}{(int(net56[-2:], 16) ^ 1):02x}00"))
    for number, address in enumerate(homes):
        account = world.account(f"neighbour{number}")
        for at in world.daytime(0.8 * HOUR):
            wrong = ("mistyped",) if world.rng.random() < 0.05 else ()
            args = (account, world.accounts[account], number % 2, 60, wrong)
            world.visit(at, address, read_mail, *args)


def taken(world):
    """The accounts that will be taken over."""
    return world.place("taken", lambda: [world.account(f"taken{n}") for n in range(2)])


def owner(world):
    """The owners of the accounts that are taken over go on as before."""
    for account in taken(world):
        address = world.addresses.one4()
        for at in world.daytime(2 * HOUR):
            to = ["friend@example.org"]
            world.visit(at, address, send_mail, account, world.accounts[account], to)


def webmail(world):
    """A webmail server: many people log in from its one address, now and then wrongly."""
    address = world.addresses.one4()
    world.known(address, "webmail.example.org")
    accounts = [world.account(f"web{n}") for n in range(world.count(25, 8))]
    for at in world.daytime(400):
        account = world.rng.choice(accounts)
        wrong = ("mistyped",) if world.rng.random() < 0.06 else ()
        args = (account, world.accounts[account], TALKATIVE, 2, wrong)
        world.visit(at, address, read_mail, *args)


ACTORS = (
    Actor("submitter", HONEST, submitter, "send mail by submission"),
    Actor("mailbox_imap", HONEST, mailbox_imap, "read mail by IMAP"),
    Actor("mailbox_pop3", HONEST, mailbox_pop3, "ask by POP3 each half hour"),
    Actor("mailbox_v6", HONEST, mailbox_v6, "IMAP from changing addresses of a /64"),
    Actor("office_nat", HONEST, office_nat, "twelve behind one address, five mistype"),
    Actor("stale_phone", HONEST, stale_phone, "an old password each 15 minutes for hours"),
    Actor("forgetful", HONEST, forgetful, "six tries over an hour, then in"),
    Actor("capslock", HONEST, capslock, "four tries in two minutes, then in"),
    Actor("roaming", HONEST, roaming, "travels; the hotel's neighbour attacks"),
    Actor("neighbour", HONEST, neighbour, "customers in the networks of swarms"),
    Actor("owner", HONEST, owner, "send from accounts that are taken over"),
    Actor("webmail", HONEST, webmail, "many people behind the address of a webmail server"),
)
