#!/usr/bin/python3
"""From where people log in: `trust` lists it and forgets it, and `why ACCOUNT` shows the last places and the
alerts."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network  # noqa: E402

HOUR, DAY = 3600, 86400
DONE, NO_MATCH, USAGE = 0, 1, 2
PLACE, ANNA, BERTA = "192.0.2.0/24", "192.0.2.7", "192.0.2.8"
PLACE6, CARL = "2001:db8:1:2::/64", "2001:db8:1:2::5"
RULES = "[many-places]\nobserve = no\n"


def login(address, account, when=None):
    """One mail that somebody hands in after a login."""
    return (
        f"{logs.stamp(when)} postfix/smtpd[2101]: 4F5C01A2B3: client=unknown[{address}], "
        f"sasl_method=PLAIN, sasl_username={account}\n"
    )


def rows(guard, *words):
    """What `trust` lists, by place."""
    found = (guard.ask("trust", *words) or {}).get("trust", [])
    return {row.get("address") or row.get("prefix"): row for row in found}


def answer(guard, *words):
    """(exit code, what it says)."""
    done = guard.command("trust", *words, check=False)
    return done.returncode, done.stdout + done.stderr


def listed(t, guard):
    """Places and addresses, all and some."""
    t.ok(tap.eventually(lambda: CARL in rows(guard), 10), "the log is read")
    found = rows(guard)
    t.equal(set(found) & {PLACE, ANNA, BERTA, PLACE6, CARL}, {PLACE, ANNA, BERTA, PLACE6, CARL},
            "each place and each address")
    t.equal({name: (found[name]["accounts"], found[name]["trust"]) for name in (PLACE, ANNA, PLACE6, CARL)},
            {PLACE: (2, "good"), ANNA: (None, "good"), PLACE6: (1, "new"), CARL: (None, "good")},
            "accounts, and what is thought of it")
    t.equal(found[ANNA]["logins"], 3, "how many logins")
    last = [row["last"] for row in (guard.ask("trust"))["trust"]]
    t.equal(last, sorted(last, reverse=True), "the last login is first")
    t.equal(set(rows(guard, ANNA)), {PLACE, ANNA}, "of an address: itself and its place")
    t.equal(set(rows(guard, PLACE)), {PLACE, ANNA, BERTA}, "of a network: what is in it")
    t.equal(set(rows(guard, "2001:db8::/32")), {PLACE6, CARL}, "a wide one, of IPv6")
    t.equal(answer(guard, "203.0.113.1"), (NO_MATCH, "nobody is known to have logged in\n"), "nobody")
    t.equal(answer(guard, "somebody")[0], USAGE, "no address")
    shown = answer(guard, PLACE)[1]
    t.ok(ANNA in shown and "good" in shown and "3 places" in shown, "the table has them")


def doubted(t, guard, log):
    """Others fail at an address."""
    log.write(*(logs.sasl_failure(BERTA, f"stranger{i}") for i in range(8)))
    t.ok(tap.eventually(lambda: rows(guard)[BERTA]["trust"] == "doubtful", 10), "others fail: doubtful")
    t.ok(rows(guard)[BERTA]["doubtful_until"] and rows(guard)[BERTA]["strangers_failures"] >= 7,
         "until when, and for what")
    t.ok("others failed there" in answer(guard, BERTA)[1], "in words, too")
    t.equal(rows(guard)[ANNA]["trust"], "good", "who is beside it is not")


def forgotten(t, guard, log):
    """An address with its place; over a restart; what is not there."""
    t.equal(answer(guard, "--forget")[0], USAGE, "--forget wants to know what")
    t.equal(answer(guard, "--forget", ANNA), (DONE, f"2 places in or around {ANNA} forgotten.\n"), "an address")
    t.equal(set(rows(guard, PLACE)), {BERTA}, "it and its place are gone")
    t.equal(answer(guard, "--forget", ANNA)[0], NO_MATCH, "  once")
    t.ok(guard.says("trust-forgotten within=" + ANNA), "the log says so")
    pid = guard.roles()["komainu-judge"]
    guard.kill_role("komainu-judge")
    t.ok(tap.eventually(lambda: guard.fresh_role("komainu-judge", pid) and guard.is_ready(), 10), "another judge")
    t.equal(set(rows(guard, PLACE)), {BERTA}, "  has forgotten it, too")
    done = guard.ask("trust", "--forget", "2001:db8::/32")
    t.equal((done["prefix"], done["forgotten"]), ("2001:db8::/32", 2), "a network, in JSON")
    log.write(login(CARL, "carl@example.org"))
    t.ok(tap.eventually(lambda: CARL in rows(guard), 10), "a new login is new trust")
    t.equal(rows(guard)[CARL]["logins"], 1, "  that begins anew")


def why(t, guard, log):
    """The last places of an account, and its alerts."""
    log.write(*(login(f"198.18.{i}.1", "dave@example.org") for i in range(25)))
    t.ok(tap.eventually(lambda: (guard.ask("alerts", "dave@example.org") or {}).get("alerts"), 10), "an alert")
    known = guard.ask("why", "dave@example.org")
    places = [row["prefix"] for row in known["places"]]
    t.equal(places, [f"198.18.{i}.0/24" for i in range(24, 4, -1)], "why: the last 20 places, the last one first")
    t.equal({row["jail"] for row in known["alerts"]}, {"many-places"}, "  and the alerts")
    t.ok("Alerts:\n" in guard.why("DAVE@example.org"), "  in words")
    t.equal(guard.ask("why", "carl@example.org")["alerts"], [], "somebody without any")


def main(t):
    """One guard."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        now = int(time.time())
        lines = [(now - 2 * DAY + i * HOUR, address, account) for i, (address, account) in enumerate((
            (ANNA, "anna@example.org"), (BERTA, "berta@example.org"), ("192.0.3.9", "dave@example.org"),
            (ANNA, "anna@example.org")))]
        lines += [(now - 60, ANNA, "anna@example.org"), (now - 30, CARL, "carl@example.org")]
        log.write(*(login(address, account, when) for when, address, account in lines))
        with Guard(net, log.path, maxretry=1000, findtime="3d", more=RULES, rules=True) as guard:
            listed(t, guard)
            doubted(t, guard, log)
            forgotten(t, guard, log)
            why(t, guard, log)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
