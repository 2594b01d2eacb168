"""How much of each kind of attack a set of bans stops: classes, what could be stopped, goals.

A unit is what a guard can get to know: an address, a network, an account. An attempt of a unit
COULD be stopped when its unit has by then done as much as the goal of its class lets through; so
100 % means that the goal is reached everywhere. WORST is the most that a unit got through before
the first ban that covers it whole.
"""
import collections
import dataclasses
import ipaddress
import math

# Longest pause of a slow attack, seconds, and its class; the generator adds a second or two.
PACES = ((962, "slow 15 min"), (3662, "slow 1 h"), (10862, "slow 3 h"), (math.inf, "slow 7 h"))
SIEGE_FAILURES, SIEGE_NETWORKS = 20, 10  # of an account: from here on it is besieged


@dataclasses.dataclass(frozen=True)
class Class:
    """A kind of attack: what a unit of it is, and what may get through before a ban."""

    unit: str  # address, network, account
    goal: int
    what: str = "attempts"
    is_goal: bool = True  # else nobody has promised it


CLASSES = {
    "fast sasl": Class("address", 5),
    "fast imap": Class("address", 5),
    **{name: Class("address", 3) for _, name in PACES},
    "subnet": Class("network", 12),
    "ipv6": Class("network", 6),
    "botnet": Class("account", 1),
    "harvest": Class("address", 10, "recipients"),
    "sshd": Class("address", 5),
    "spam": Class("address", 3, is_goal=False),
    "probe": Class("address", 3, is_goal=False),
}


def network_of(address):
    """The /24 or /64 that an address lies in."""
    length = 64 if ":" in address else 24
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


def class_of(kind, times):
    """The class of an address, by the truth's name for it and the times of its attempts."""
    if kind != "slow":
        return kind.replace("_", " ")
    if len(times) < 2:
        return PACES[-1][1]
    pause = max(later - earlier for earlier, later in zip(times, times[1:]))
    return next(name for longest, name in PACES if pause <= longest)


def units(truth, attempts):
    """class -> unit -> its attempts, in the order of time."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for address, told in truth["attackers"].items():
        done = attempts.get(address, [])
        name = class_of(told["type"], [one.when for one in done])
        unit = {
            "address": address,
            "network": network_of(address),
            "account": f"campaign {told['campaign']}",
        }[CLASSES[name].unit]
        found[name][unit] += done
    for of_class in found.values():
        for done in of_class.values():
            done.sort(key=lambda one: one.when)
    return found


def siege_begin(attempts):
    """When enough failures that name an account had come, from enough networks; else infinity."""
    networks, failures = set(), 0
    for one in attempts:
        failures += bool(one.account)
        if one.account:
            networks.add(network_of(one.address))
        if failures >= SIEGE_FAILURES and len(networks) >= SIEGE_NETWORKS:
            return one.failed
    return math.inf


def besieging(attempts):
    """address -> its attempts since the siege and from the first on that names the account."""
    begin, found = siege_begin(attempts), collections.defaultdict(list)
    for one in attempts:
        if one.when > begin and (one.account or one.address in found):
            found[one.address].append(one)
    return found


def could_stop(kind, attempts):
    """Those attempts of a unit that come after what the goal lets through."""
    if kind.unit == "account":
        every = besieging(attempts).values()
        return [one for of in every for one in behind(of, [each.failed for each in of], kind.goal)]
    if kind.what == "attempts":
        return behind(attempts, [one.failed for one in attempts], kind.goal)
    return behind(attempts, [when for one in attempts for when in one.recipients], kind.goal)


def behind(attempts, times, count):
    """Those that begin after the count-th of some times."""
    times = sorted(times)[:count]
    return [one for one in attempts if one.when > times[-1]] if len(times) == count else []


def let_through(kind, unit, attempts, bans):
    """How much of a unit came through before the first ban that covers it whole; of an account:
    the most of one address."""
    if kind.unit == "account":
        every = [
            let_through_of(of, bans.first(who), bans) for who, of in besieging(attempts).items()
        ]
        return max(every, default=0)
    until = bans.first(unit)
    if kind.what == "attempts":
        return let_through_of(attempts, until, bans)
    return up_to((when for one in attempts for when in one.recipients), until)


def let_through_of(attempts, until, bans):
    """How many of them are not stopped, and fail up to a time: a ban cuts what is going on."""
    through = (one for one in attempts if not bans.holds(one.address, one.when))
    return up_to((one.failed for one in through), until)


def up_to(times, until):
    """How many lie before a time; of those in its second one, which made the ban."""
    times = list(times)
    return sum(when < until for when in times) + (until in times)


def rate(of_class, kind, bans):
    """What bans stop of the units of a class."""
    result = collections.Counter(units=len(of_class))
    worst = 0
    for unit, attempts in of_class.items():
        could = could_stop(kind, attempts)
        result["attempts"] += len(attempts)
        result["could"] += len(could)
        result["stopped"] += sum(bans.holds(one.address, one.when) for one in could)
        result["stopped_of_all"] += sum(bans.holds(one.address, one.when) for one in attempts)
        worst = max(worst, let_through(kind, unit, attempts, bans))
    return dict(result) | {"worst": worst}


def add(results):
    """The results of several logs for one class as one."""
    total = collections.Counter()
    for result in results:
        total.update({key: value for key, value in result.items() if key != "worst"})
    return dict(total) | {"worst": max(result["worst"] for result in results)}


def share(result):
    """What part was stopped of what could be, 0 to 1; None where nothing could be."""
    return result["stopped"] / result["could"] if result["could"] else None


def hit(addresses, bans):
    """Those of some addresses that were ever banned."""
    return sorted(one for one in addresses if bans.first(one) < math.inf)
