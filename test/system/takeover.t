#!/usr/bin/python3
"""Accounts in wrong hands: a login that looks guessed, new networks, mail that jumps, an old
password in a phone. The guard hears of simulated days from its log, and tells at once; replay
shows the same; `verdict = ban` bans the new place."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINU, KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network  # noqa: E402

HOME, HOTEL, THIEF = "192.0.2.7", "198.51.100.20", "203.0.113.9"
ALICE, BOB, CAROL = "alice@example.org", "bob@example.org", 'ca"rol'
HOUR, DAY = 3600, 86400

HOOK = """\
#!/bin/sh
cat >"{folder}/hook.$$.new" && printf '%s' "$KOMAINU_ACCOUNT" >"{folder}/account.$$" &&
mv "{folder}/hook.$$.new" "{folder}/hook.$$"
"""

RULES = """
[takeover]
enabled = yes
events = login_guessed
per = account
maxretry = 1
findtime = 1h
verdict = {verdict}
observe = {observe}

[many-places]
enabled = yes
events = login_new
per = account
distinct = network
mindistinct = 5
maxretry = 5
findtime = 1h
verdict = alert

[sending]
enabled = yes
events = sending_jump
per = account
maxretry = 1
findtime = 1d
verdict = alert

[stale]
enabled = yes
events = stale_password
per = account
maxretry = 1
findtime = 1d
verdict = alert
"""


def submission(address, account, when):
    """Mail handed in, as Postfix tells it."""
    return (
        f"{logs.stamp(when)} postfix/submission/smtpd[2101]: 4jXSTD4ZrNz1bdc5: "
        f"client=unknown[{address}], sasl_method=PLAIN, sasl_username={account}\n"
    )


def failure(address, account, when):
    """A wrong password there."""
    return logs.sasl_failure(address, account, when)


def takeover_lines(now):
    """Two days at home, then wrong passwords from everywhere, and a login from elsewhere."""
    lines = [(now - 2 * DAY + i * 4 * HOUR, HOME, ALICE, submission) for i in range(12)]
    lines += [(now - 1800 + i * 60, f"198.18.{i}.1", ALICE, failure) for i in range(5)]
    lines += [(now - 600, THIEF, ALICE, submission)]
    return [form(who, account, when) for when, who, account, form in lines]


def all_lines(now):
    """Everything that is odd, and people who are not."""
    lines = [(now - 2 * DAY + i * 4 * HOUR, HOME, who, submission) for who in (BOB, CAROL)
             for i in range(12)]
    # Bob is at five new networks within minutes; Carol's mail jumps; a phone at home.
    lines += [(now - 500 + i * 9, f"198.18.{100 + i}.1", BOB, submission) for i in range(5)]
    lines += [(now - 900 + i, HOME, CAROL, submission) for i in range(60)]
    lines += [(now - 30000 + i * 900, HOME, BOB, failure) for i in range(25)]
    # Somebody who travels and mistypes; an account that nobody knew.
    lines += [(now - 2 * DAY + i * HOUR, HOME, "dave", submission) for i in range(9)]
    lines += [(now - 400 + i, HOTEL, "dave", failure) for i in range(2)]
    lines += [(now - 300, HOTEL, "dave", submission)]
    lines += [(now - 200 + i, f"198.18.{i}.1", "erin", failure) for i in range(5)]
    lines += [(now - 100, THIEF, "erin", submission)]
    lines.sort()
    return [form(who, account, when) for when, who, account, form in lines]


class Told:
    """What the command got."""

    def __init__(self, network):
        self.folder = f"{network.folder}/told"
        os.mkdir(self.folder)
        with open(f"{self.folder}/hook", "w", encoding="ascii") as file:
            file.write(HOOK.format(folder=self.folder))
        os.chmod(f"{self.folder}/hook", 0o755)
        self.options = f"notify = command\nnotify-command = {self.folder}/hook"

    def objects(self):
        """The JSON objects of alerts, by jail and account."""
        found = []
        for name in os.listdir(self.folder):
            if name.startswith("hook.") and name.count(".") == 1:
                with open(f"{self.folder}/{name}", encoding="utf-8") as file:
                    found.append(json.load(file))
        return sorted(
            (o for o in found if o["kind"] == "alert"), key=lambda o: (o["jail"], o["account"])
        )

    def accounts(self):
        """What was in the variable of each call."""
        found = []
        for name in os.listdir(self.folder):
            if name.startswith("account."):
                with open(f"{self.folder}/{name}", encoding="utf-8") as file:
                    found.append(file.read())
        return sorted(found)


def make_guard(net, log, options, verdict="alert", observe="no"):
    """A guard with our rules, and a filter that bans nobody for so few failures."""
    guard = Guard(
        net, log.path, maxretry=1000, findtime="3d", komainu=options, rules=True
    )
    with open(f"{guard.config}/jail.conf", "a", encoding="utf-8") as file:
        file.write(RULES.format(verdict=verdict, observe=observe))
    return guard


def told(t):
    """A takeover is told at once, listed, shown, kept over a restart, and cleared."""
    with Network() as net:
        box = Told(net)
        log = logs.Log(f"{net.folder}/mail.log")
        lines = takeover_lines(int(time.time()))
        log.write(*lines[:-1])
        with make_guard(net, log, box.options) as guard:
            watch = guard.namespace.start(
                KOMAINU, "watch", "--state", guard.state, "--json",
                stdout=open(f"{net.folder}/watch", "wb"),  # pylint: disable=consider-using-with
            )
            t.ok(tap.eventually(lambda: is_watching(log, net.folder), 10), "watch is there")
            log.write(lines[-1])
            t.ok(tap.eventually(box.objects, 10), "the command is called")
            first = box.objects()[0]
            t.equal(
                (first["jail"], first["account"], first["address"]),
                ("takeover", ALICE, THIEF),
                "with the account and the address",
            )
            t.equal(
                first["reason"],
                f"logged in from {THIEF}, where it was never seen, after 5 failures",
                "and the reason in words",
            )
            t.equal(first["subject"], f"account {ALICE}: {first['reason']}", "as its subject")
            t.equal(box.accounts(), [ALICE], "the account is in a variable, too")
            t.ok(
                guard.says(f'alert jail=takeover account="{ALICE}" address={THIEF} reason="logged in'),
                "the log says it",
            )
            t.ok(
                tap.eventually(lambda: b'"what":"alert"' in _read(f"{net.folder}/watch"), 10),
                "watch, too",
            )
            watch.terminate()
            watch.wait(10)
            shows(t, guard)
            guard.stop()
            guard.start()
            t.equal(len(guard.ask("alerts")["alerts"]), 1, "it is there after a restart")
            t.equal(len(box.objects()), 1, "and was told once")
            clears(t, guard)


def is_watching(log, folder):
    """Whether a failure that is written comes out of watch."""
    log.write(failure("198.51.100.77", "nobody", None))
    return b'"what":"found"' in _read(f"{folder}/watch")


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def shows(t, guard):
    """status, alerts and metrics."""
    t.ok(
        f"{ALICE}: logged in from {THIEF}" in guard.command("status").stdout, "status shows it"
    )
    t.equal(guard.status()["alerts"][0]["account"], ALICE, "as JSON, too")
    for word, count in ((ALICE.upper(), 1), (THIEF, 1), ("203.0.113.0/24", 1), (BOB, 0)):
        found = guard.ask("alerts", word)
        t.equal(len(found["alerts"]) if found else 0, count, f"alerts {word}")
    t.equal(guard.command("alerts", "--until", "-1h", check=False).returncode, 1, "none before")
    t.equal(
        guard.command("alerts", "--clear", check=False).returncode, 2, "--clear needs to know whose"
    )
    t.ok(
        'komainu_jail_alerts_total{jail="takeover",filter=""} 1'
        in guard.command("metrics").stdout,
        "metrics count it",
    )


def clears(t, guard):
    """A person has seen to it."""
    done = guard.command("alerts", "--clear", ALICE)
    t.ok("cleared 1 alert" in done.stdout, f"it is cleared: {done.stdout.strip()}")
    t.ok(guard.ask("alerts", ALICE)["alerts"][0]["cleared"], "the list says so")
    t.ok("ALERT" not in guard.command("status").stdout, "status does not show it any more")
    t.equal(
        guard.command("alerts", "--clear", ALICE, check=False).returncode, 1,
        "a second time there is nothing to clear",
    )


def others(t):
    """The other rules; those who are honest give nothing; replay agrees."""
    now = int(time.time())
    want = [("many-places", BOB), ("sending", CAROL), ("stale", BOB)]
    with Network() as net:
        box = Told(net)
        log = logs.Log(f"{net.folder}/mail.log")
        log.write(*all_lines(now))
        with make_guard(net, log, box.options) as guard:
            t.ok(tap.eventually(lambda: len(box.objects()) >= len(want), 10), "all is told")
            t.equal([(o["jail"], o["account"]) for o in box.objects()], want, "and no more")
            t.ok(guard.says('account="ca\\x22rol"'), "a quote in a name stays a name")
            done = guard.command("replay", "--config", guard.config, "--json", log.path)
            alerts = [json.loads(line) for line in done.stdout.splitlines()]
            t.equal(
                sorted((a["alert"]["jail"], a["alert"]["account"]) for a in alerts if "alert" in a),
                want,
                "replay shows the same",
            )
            t.equal(alerts[-1]["alerts"], len(want), "and counts them")
            text = guard.command("replay", "--config", guard.config, log.path).stdout
            t.ok("3 alerts;" in text and BOB in text, "in words, too")


def bans(t):
    """With `verdict = ban` the new place is banned, and no other."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        log.write(*takeover_lines(int(time.time())))
        with make_guard(net, log, "", verdict="ban") as guard:
            log.write(submission(HOME, ALICE, int(time.time())))
            t.ok(tap.eventually(lambda: guard.ask("bans", THIEF), 10), "the new place is banned")
            t.equal(guard.ask("bans", THIEF)["bans"][0]["jail"], "takeover", "by the rule")
            t.equal([b["address"] for b in guard.ask("bans")["bans"]], [THIEF], "home is open")


def observes(t):
    """A rule that observes says it in the log and tells nobody."""
    with Network() as net:
        box = Told(net)
        log = logs.Log(f"{net.folder}/mail.log")
        log.write(*takeover_lines(int(time.time())))
        with make_guard(net, log, box.options, observe="yes") as guard:
            t.ok(tap.eventually(lambda: "would-alert" in guard.said(), 10), "the log says it")
            t.equal(guard.ask("alerts")["alerts"][0]["is_told"], False, "it is listed")
            t.equal(box.objects(), [], "nobody is told")


def refuses(t):
    """What only a gate can do is refused by name where there is none: holds.t has one."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        for word in ("hold", "limit", "shout"):
            guard = make_guard(net, log, "", verdict=word)
            done = guard.command("check-config", "--config", guard.config, check=False)
            t.equal(done.returncode, 2, f"verdict = {word} is refused")
            what = "write `ban`, `alert`, `prolong`, `hold`" if word == "shout" else "needs the gate"
            t.ok(what in done.stderr + done.stdout, f"it says that: {what}")


def main(t):
    """All."""
    told(t)
    others(t)
    bans(t)
    observes(t)
    refuses(t)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
