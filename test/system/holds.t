#!/usr/bin/python3
"""A taken-over account: a real Postfix asks the gate about its mail, which lands in the hold queue
(`verdict = hold`), or of which so much an hour is taken (`verdict = limit`); the admin is told; it
outlives every kill -9; it ends by order, by time, and with its rule."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import GATE, KOMAINUD, Guard  # noqa: E402
from komainu_test.mail import USER, MailServer, Sink, Smtp, SmtpError  # noqa: E402
from komainu_test.net import INSIDE4, SERVER4, Network, attacker4, client4  # noqa: E402
from komainu_test.tap import eventually  # noqa: E402

JUDGE = "komainu-judge"
HOME, THIEF = client4(1), attacker4(9)
HOUR, DAY = 3600, 86400
HOOK = """\
#!/bin/sh
cat >"{0}/told.$$.new" && mv "{0}/told.$$.new" "{0}/told.$$"
"""
KOMAINU = """\
providers =
notify = command
notify-command = {0}/hook
[gate]
listen = unix:{0}/gate.sock,0666
recipient_restrictions = permit_sasl_authenticated, greylist
"""
RULE = """
[takeover]
enabled = yes
events = login_guessed
per = account
maxretry = 1
findtime = 1h
bantime = {bantime}
verdict = {verdict}
observe = {observe}
"""
LIMITS = "limit-messages = 2\nlimit-recipients = 4\n"
POSTFIX = """\
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_data_restrictions = check_policy_service unix:{0}/gate.sock
smtpd_end_of_data_restrictions = check_policy_service unix:{0}/gate.sock
"""


class Scene:
    """A mail server whose only user has been at home for two days, a guard with its gate."""

    def __init__(self, net, verdict, bantime="1d", observe="no", limits=""):
        # pylint: disable=too-many-arguments
        self.net = net
        self.server = MailServer(net, {"example.net": client4(0)}, main=POSTFIX.format(net.folder))
        self.sink = Sink(net.client, client4(0))
        net.at_close(self.sink.close)
        os.chmod(net.folder, 0o755)
        with open(f"{net.folder}/hook", "w", encoding="ascii") as file:
            file.write(HOOK.format(net.folder))
        os.chmod(f"{net.folder}/hook", 0o755)
        now = int(time.time())
        with open(self.server.log, "a", encoding="ascii") as file:
            for hours in range(48, 2, -4):
                file.write(f"{logs.stamp(now - hours * HOUR)} postfix/submission/smtpd[71]: 4F1A2B: client=unknown"
                           f"[{HOME}], sasl_method=PLAIN, sasl_username={USER}\n")
        self.server.start()
        self.guard = Guard(net, self.server.log, maxretry=1000, findtime="3d", komainu=KOMAINU.format(net.folder))
        self.rule(RULE.format(verdict=verdict, bantime=bantime, observe=observe) + limits)

    def rule(self, text):
        """Puts our rule in place of the one there is."""
        path = f"{self.guard.config}/jail.conf"
        with open(path, encoding="utf-8") as file:
            before = file.read().partition("\n# ours\n")[0].replace("[takeover]\nenabled = no\n", "")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"{before}\n# ours\n{text}")

    def is_up(self):
        """Whether the gate serves."""
        return eventually(lambda: GATE in self.guard.roles() and os.path.exists(f"{self.net.folder}/gate.sock"), 10)

    def guess(self):
        """Wrong passwords from five places, and then the thief has it: his first mail says so."""
        for n in range(1, 6):
            with Smtp(self.net.attacker, attacker4(n), SERVER4) as talk:
                talk.fails_login(USER)
        eventually(lambda: self.guard.failures() >= 5, 10)
        return self.send("the first one")

    def send(self, subject, recipients=1, source=THIEF):
        """Hands a mail in; 250, or the code that says no."""
        space, server = (self.net.client, INSIDE4) if source == HOME else (self.net.attacker, SERVER4)
        try:
            with Smtp(space, source, server) as talk:
                talk.login()
                if recipients == 1:
                    talk.send(USER, "b@example.net", subject)
                    return 250
                talk.say(f"MAIL FROM:<{USER}>", 250)
                for n in range(recipients):
                    talk.say(f"RCPT TO:<b{n}@example.net>", 250)
                talk.say("DATA", 354)
                return talk.say(f"Subject: {subject}\r\n\r\n{subject}\r\n.", 250)
        except SmtpError as error:
            return error.code

    def run(self, *argv):
        """A command of Postfix's."""
        return self.net.server.run(argv[0], "-c", self.server.config_folder(), *argv[1:]).stdout

    def held(self):
        """How many mails are in the hold queue."""
        rows = [json.loads(line) for line in self.run("postqueue", "-j").splitlines()]
        return sum(row["queue_name"] == "hold" for row in rows)

    def holds(self):
        """What `holds` lists: (account, verdict)."""
        return [(row["account"], row["verdict"]) for row in self.guard.ask("holds")["holds"]]

    def is_kept(self):
        """Whether the gate has written what was taken of the account."""
        try:
            with open(f"{self.guard.state}/gate/limits", encoding="utf-8") as file:
                return USER in file.read()
        except FileNotFoundError:
            return False

    def number(self, name, label):
        """A number of the gate."""
        rows = self.guard.ask("gate", "status")["numbers"]
        return next(r["value"] for r in rows if (r["name"], r["label"]) == (name, label))

    def told(self):
        """What the command was told of takeovers."""
        found = []
        for name in os.listdir(self.net.folder):
            if name.startswith("told.") and name.count(".") == 1:
                with open(f"{self.net.folder}/{name}", encoding="utf-8") as file:
                    found.append(json.load(file))
        return [o["reason"] for o in found if o["kind"] == "alert"]


def takes_hold(t, scene):
    """What follows the guess that fits."""
    t.equal(scene.send("mine", source=HOME), 250, "the owner sends")
    t.ok(eventually(lambda: scene.sink.has("mine"), 20), "and it goes out")
    t.equal(scene.held(), 0, "nothing is held")
    scene.guess()
    t.ok(eventually(lambda: scene.holds() == [(USER, "hold")], 10), "the account is held")
    before = scene.held()
    t.equal(scene.send("spam"), 250, "the thief sends: it is taken")
    t.equal(scene.held(), before + 1, "and is in the hold queue")
    t.equal(scene.send("two", 2), 250, "two recipients")
    t.equal(scene.held(), before + 2, "are in there, too")
    t.equal(scene.send("from home", source=HOME), 250, "the account is meant, wherever it comes from")
    t.equal(scene.held(), before + 3, "so that waits as well")
    t.ok(eventually(scene.told, 10), "somebody is told")
    t.ok(scene.told()[0].startswith(f"logged in from {THIEF}, where it was never seen, after 5 failures") and
         scene.told()[0].endswith("; its mail is held for 1d"), f"with what is done: {scene.told()}")


def shown(t, scene):
    """Every place that tells of it."""
    guard = scene.guard
    status = guard.status()
    t.equal((status["accounts_held"], status["accounts_limited"]), (1, 0), "status counts it")
    t.ok("Accounts whose mail is held: 1; limited: 0" in guard.command("status").stdout, "in words, too")
    t.ok("Its mail now:\n  held since " in guard.why(USER), "why ACCOUNT says it")
    t.equal(guard.ask("why", USER)["holds"][0]["verdict"], "hold", "and its JSON")
    row = guard.ask("holds", USER.upper())["holds"][0]
    t.equal((row["jail"], row["address"]), ("takeover", THIEF), "holds ACCOUNT has the rule and the address")
    t.equal(guard.command("holds", "nobody", check=False).returncode, 1, "of another account there is none")
    t.ok(guard.says(f'curb kind=hold account="{USER}" jail=takeover until='), "the log has its begin")
    t.ok(guard.says("gate-held at=DATA action=HOLD by=\"hold\""), "and each mail")
    t.equal(scene.number("accounts", "hold"), 1, "gate status counts accounts")
    t.ok(scene.number("account_answers_total", "hold") >= 3, "and answers")
    t.ok("komainu_accounts_held 1\n" in guard.command("metrics").stdout, "metrics count it")
    said = guard.command("gate", "test", "protocol_state=DATA", f"sasl_username={USER}", "client_address=" + HOME)
    t.ok("HOLD" in said.stdout, "gate test says it")


def outlives(t, scene):
    """No process that is killed lets mail go."""
    guard = scene.guard
    for role in (JUDGE, GATE):
        last = guard.roles()[role]
        before = scene.held()
        t.ok(guard.kill_role(role), f"{role} is killed")
        codes = [scene.send(f"at once after {role} {n}") for n in range(3)]
        t.equal(scene.held() - before, codes.count(250), f"what is taken then is held: {codes}")
        t.ok(eventually(lambda r=role, p=last: guard.fresh_role(r, p), 10), "another one comes")
        t.ok(eventually(lambda: scene.send("later") == 250, 10), "which serves")
    before, passed = scene.held(), len(scene.sink.mails)
    guard.kill()
    guard.start()
    t.ok(scene.is_up(), "the guard is killed and started")
    codes = [scene.send(f"after all {n}") for n in range(3)]
    t.equal(scene.held() - before, codes.count(250), f"held from the first one on: {codes}")
    t.equal(scene.holds(), [(USER, "hold")], "and listed")
    t.equal(len(scene.sink.mails), passed, "nothing has gone out")


def released(t, scene):
    """A person has seen to it."""
    guard, before = scene.guard, scene.held()
    done = guard.command("holds", USER, "--release")
    t.ok("is not held or limited any more" in done.stdout and "postsuper -H" in done.stdout, "released, with what to do")
    t.below(tap.seconds_until(lambda: scene.number("accounts", "hold") == 0, 5), 0.5, "the gate hears of it")
    t.equal((scene.send("free"), scene.held()), (250, before), "the next mail is not held")
    t.equal(scene.holds(), [], "nothing is listed")
    t.equal(guard.command("holds", USER, "--release", check=False).returncode, 1, "there is nothing more to release")
    t.ok(guard.says("curb-released kind=hold"), "the log has its end")
    t.ok(eventually(lambda: scene.sink.has("free"), 20), "it goes out")
    scene.run("postsuper", "-H", "ALL")
    t.ok(eventually(lambda: scene.sink.has("spam"), 20), "what was held does when it is let go")


def holds(t):
    """`verdict = hold`."""
    with Network() as net:
        scene = Scene(net, "hold")
        with scene.guard:
            t.ok(scene.is_up(), "the gate is at work")
            for part in (takes_hold, shown, outlives, released):
                t.note(f"== {part.__name__}")
                part(t, scene)


def by_hand(t):
    """`holds ACCOUNT --hold`: no rule is needed, but a gate."""
    with Network() as net:
        scene = Scene(net, "hold")
        with scene.guard as guard:
            t.ok(scene.is_up(), "a gate, and nobody who does wrong")
            for wrong in (("--hold",), (USER, "--hold", "--release"), (USER, "--for", "1h")):
                t.equal(guard.command("holds", *wrong, check=False).returncode, 2, f"holds {' '.join(wrong)}: usage")
            said = guard.command("holds", USER.upper(), "--hold", "--for", "25s").stdout
            end = time.monotonic() + 25
            t.ok("is held for 25s" in said, f"held by hand: {said}")
            t.ok(eventually(lambda: scene.number("accounts", "hold") == 1, 5), "the gate hears of it")
            t.equal((scene.send("one", source=HOME), scene.held()), (250, 1), "its mail is taken and held")
            row = guard.ask("holds", USER)["holds"][0]
            t.equal((row["jail"], row["verdict"], row["address"]), ("manual", "hold", None),
                    "holds lists it as made by hand")
            t.ok("held since " in guard.why(USER) and "by manual" in guard.why(USER), "why says it")
            t.ok("komainu_accounts_held 1\n" in guard.command("metrics").stdout, "metrics count it")
            t.ok(guard.says(f'curb kind=hold account="{USER}" jail=manual until='), "the log has its begin")
            t.ok(eventually(lambda: scene.holds() == [], end - time.monotonic() + 10), "its time is over")
            t.equal((scene.send("two", source=HOME), scene.held()), (250, 1), "the next mail is not held")
            guard.command("holds", USER, "--hold", "--for", "1h")
            guard.command("holds", USER, "--hold")
            t.equal([r["until"] for r in guard.ask("holds")["holds"]], [None],
                    "a second one takes the place of the first")
            guard.kill()
            guard.start()
            t.ok(scene.is_up(), "the guard is killed and started")
            t.equal(scene.holds(), [(USER, "hold")], "it is held still")
            t.equal((scene.send("three", source=HOME), scene.held()), (250, 2), "and so is its mail")
            guard.command("holds", USER, "--release")
            t.equal(scene.holds(), [], "released")
            guard.command("holds", USER, "--hold")
            with open(f"{guard.config}/komainu.conf", "w", encoding="utf-8") as file:
                file.write("[komainu]\nproviders =\n")
            scene.rule("")
            guard.command("reload")
            t.ok(eventually(lambda: scene.holds() == [], 10), "without a gate nothing is held")
            done = guard.command("holds", USER, "--hold", check=False)
            t.ok(done.returncode == 4 and "[gate] of komainu.conf has no `listen`" in done.stderr,
                 f"and nothing can be: {done.stderr}")


def limits(t):
    """`verdict = limit`, which ends by time."""
    with Network() as net:
        scene = Scene(net, "limit", "25s", limits=LIMITS)
        with scene.guard as guard:
            t.ok(scene.is_up(), "the gate is at work")
            scene.guess()
            t.ok(eventually(lambda: scene.holds() == [(USER, "limit")], 10), "the account is limited")
            end = time.monotonic() + 25
            codes = [scene.send(f"one {n}") for n in range(4)]
            # That mail of his by which it was found out counts, if the gate had heard of it by then.
            t.ok(codes in ([250, 250, 450, 450], [250, 450, 450, 450]), f"two messages an hour are taken: {codes}")
            t.equal(scene.held(), 0, "none is held")
            row = guard.ask("holds")["holds"][0]
            t.equal((row["messages"], row["recipients"]), (2, 4), "holds lists how many")
            t.ok("limited to 2 messages, 4 recipients an hour since" in guard.why(USER), "and why")
            t.ok(guard.says('gate-refused at=DATA action=450 by="limit"'), "the log has it")
            t.ok("and 4 recipients an hour for 25s" in (scene.told() or [""])[0], f"told: {scene.told()}")
            t.ok(eventually(lambda: scene.holds() == [], end - time.monotonic() + 10), "its time is over")
            t.equal([scene.send(f"then {n}") for n in range(3)], [250] * 3, "and so is the limit")
            t.ok(guard.says("curb-over kind=limit"), "the log has its end")
    with Network() as net:
        scene = Scene(net, "limit", limits=LIMITS)
        with scene.guard as guard:
            t.ok(scene.is_up(), "another guard")
            scene.guess()
            t.ok(eventually(lambda: scene.holds() == [(USER, "limit")], 10), "limited")
            t.equal([scene.send("many", 5), scene.send("some", 3), scene.send("more", 2)], [450, 250, 450],
                    "four recipients an hour are taken")
            t.ok(eventually(scene.is_kept, 5), "what was taken is kept")
            last = guard.roles()[GATE]
            guard.kill_role(GATE)
            t.ok(eventually(lambda: guard.fresh_role(GATE, last), 10), "the gate is killed, another one comes")
            t.equal(scene.send("again", 2), 450, "and knows that so many were taken")
            scene.rule("")
            guard.command("reload")
            t.ok(eventually(lambda: scene.holds() == [] and scene.send("all", 5) == 250, 10),
                 "without its rule there is no limit")


def others(t):
    """A rule that observes tells the log alone; without a gate both are refused by name."""
    with Network() as net:
        scene = Scene(net, "hold", observe="yes")
        with scene.guard as guard:
            t.ok(scene.is_up(), "a rule that observes")
            scene.guess()
            t.ok(eventually(lambda: "would-alert" in guard.said(), 10), "the log says it")
            t.ok(guard.says("its mail would be held for 1d"), "with what would be done")
            t.equal((scene.holds(), scene.send("free"), scene.held()), ([], 250, 0), "which is not")
        with open(f"{guard.config}/komainu.conf", "w", encoding="utf-8") as file:
            file.write("[komainu]\nproviders =\n")
        for verdict in ("hold", "limit"):
            scene.rule(RULE.format(verdict=verdict, bantime="1d", observe="no"))
            done = guard.command("check-config", "--config", guard.config, check=False)
            t.ok(done.returncode == 2 and f"`verdict = {verdict}` needs the gate" in done.stderr + done.stdout,
                 f"{verdict} without a gate is refused: {done.stderr + done.stdout}")


def main(t):
    """All."""
    holds(t)
    by_hand(t)
    limits(t)
    others(t)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "postfix", "dovecot", "postqueue"])
