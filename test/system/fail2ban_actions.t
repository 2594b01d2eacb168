#!/usr/bin/python3
"""Actions of a fail2ban directory that are commands: started, run for each ban and its end, stopped; who
is banned stays so when a process of the guard is killed; what a log says never is shell text; a command
that hangs holds up no other jail.
"""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, RUNNER, Guard  # noqa: E402
from komainu_test.net import Network, attacker4  # noqa: E402

FILES = {
    "jail.conf": "[DEFAULT]\nfindtime = 10m\nmaxretry = 2\nusedns = no\nbantime = 1h\nenabled = true\n"
    "filter = login\naction = record\n         lazy\n"
    "[mail]\nlogpath = LOG\n"
    "[stuck]\nlogpath = STUCK\naction = stuck\n"
    "[parts]\nfilter = parts\nlogpath = LOG\naction = parts\n",
    "filter.d/parts.conf": "[Definition]\nprefregex = ^.* parts: <F-USER>\\S+</F-USER> <F-CONTENT>.*</F-CONTENT>$\n"
    "failregex = ^<F-TUPLE_MAIL_1>\\S+</F-TUPLE_MAIL_1> (?:<F-TUPLE_MAIL_2>\\d+</F-TUPLE_MAIL_2> )?(?:no <F-USER></F-USER>)?"
    "<F-WHO></F-WHO><F-ALT_WHO_1>\\w*</F-ALT_WHO_1> <F-ALT_WHO_2>\\w*</F-ALT_WHO_2> from <ADDR>$\n",
    "action.d/parts.conf": "[Definition]\nactionban = printf '%%s\\n' \"<ip> <F-MAIL> <F-TUPLE_MAIL_2> [<F-USER>] <F-WHO>\" >>PARTS\n",
    "filter.d/login.conf": "[Definition]\nfailregex = ^.* login: (?:of <F-USER>.*</F-USER>) from <ADDR>$\n",
    "action.d/record.conf": "[Definition]\nactionstart = echo start >>OUT\nactionstop = echo stop >>OUT\n"
    "actionban = printf '%%s\\n' \"ban <ip> <failures> <restored> <jail.banned> <F-USER>\" >>OUT\n"
    "            printf '%%s' \"<matches>\" >OUT.<ip>\n"
    "actionunban = echo unban <ip> <name> >>OUT\n",
    "action.d/lazy.conf": "[Definition]\nactionstart = echo start <family> >>LAZY\n"
    "actionban = echo ban <ip> >>LAZY\nactionflush = echo flush <family> >>LAZY\n"
    "actionunban = echo never at the end >>LAZY\nactionstop = echo stop <family> >>LAZY\n"
    "norestored = 1\n[Init]\nset = 4\n[Init?family=inet6]\nset = 6\n",
    "action.d/stuck.conf": "[Definition]\nactionban = echo $$ >>PIDS; sleep 300\n[Init]\ntimeout = 2\n",
}

# What names people log in with.
HOSTILE = (
    "x; touch PWNED",
    "$(touch PWNED)",
    "`touch PWNED`",
    '"; touch PWNED; "',
    "'; touch PWNED; '",
    "\" && touch PWNED || \"",
    "| touch PWNED",
    "<ip> <matches> <F-USER>",
    "\\$(touch PWNED)\\",
    "${IFS}*?[a-z]{1,2}~ # & ! %s \\n",
    "\u756a\u4eba",
)


def write_files(folder, places):
    """The directory."""
    for name, text in FILES.items():
        os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
        for word, path in places.items():
            text = text.replace(word, path)
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)


def lines(path):
    """What was appended so far."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def attack(log, who, user="u"):
    """As many failures as it takes."""
    log.write(*(f"{logs.stamp()} x login: of {user} from {who}\n" for _ in range(2)))


class World:
    """A guard and where its actions write."""

    def __init__(self, net):
        self.log, self.stuck = logs.Log(f"{net.folder}/mail.log"), logs.Log(f"{net.folder}/stuck.log")
        self.out, self.lazy, self.pids, self.parts = (f"{net.folder}/{name}" for name in ("out", "lazy", "pids", "parts"))
        self.pwned = f"{net.folder}/pwned"
        self.guard = Guard(net, self.log.path, sasl=False)
        places = {"LOG": self.log.path, "STUCK": self.stuck.path, "OUT": self.out, "LAZY": self.lazy,
                  "PIDS": self.pids, "PARTS": self.parts}
        write_files(f"{net.folder}/fail2ban", places)
        os.makedirs(f"{self.guard.config}/komainu.d", exist_ok=True)
        with open(f"{self.guard.config}/komainu.d/fail2ban.conf", "w", encoding="utf-8") as file:
            file.write(f"[komainu]\nfail2ban = {net.folder}/fail2ban\n")

    def said(self, line, seconds=10):
        """Whether the line is written, soon."""
        return tap.eventually(lambda: line in lines(self.out), seconds)


def lives(t, w):
    """Start, ban, unban."""
    first, other = attacker4(0), attacker4(1)
    t.ok(w.said("start"), "an action is started with its jail")
    t.equal(lines(w.lazy), [], "one with families is not")
    attack(w.log, first)
    t.ok(w.said(f"ban {first} 2 0 1 u"), "a ban is told, with what is known of it")
    t.ok(tap.eventually(lambda: lines(w.lazy) == ["start inet4", f"ban {first}"], 5), "which starts the other")
    t.ok(tap.eventually(lambda: len(lines(f"{w.out}.{first}")) == 2, 5), "it has its lines")
    attack(w.log, other)
    t.ok(w.said(f"ban {other} 2 0 2 u"), "so is the next")
    w.guard.command("unban", other)
    t.ok(w.said(f"unban {other} mail"), "and the end of a ban")


def parts(t, w):
    """Values that are put together from several groups, as fail2ban shows them."""
    w.log.write(*(f"{logs.stamp()} x parts: {line}\n" for line in (
        f"bob o'k 25 x y from {attacker4(50)}", f"bob o'k 25 x y from {attacker4(50)}",
        f"eve a;b no  z from {attacker4(51)}", f"eve a;b no  z from {attacker4(51)}")))
    t.ok(tap.eventually(lambda: len(lines(w.parts)) == 2, 10), "both are banned")
    t.equal(sorted(lines(w.parts)), [f"{attacker4(50)} (None, \"o'k\", '25') 25 [] x",
                                     f"{attacker4(51)} (None, 'a;b', None)  [] z"], "<F-TUPLE_MAIL> and <F-ALT_WHO>")


def hostile(t, w):
    """Names that would be commands if a shell read them."""
    for i, user in enumerate(HOSTILE):
        user = user.replace("PWNED", w.pwned)
        attack(w.log, attacker4(10 + i), user)
        t.ok(w.said(f"ban {attacker4(10 + i)} 2 0 {2 + i} {user}"), f"{user!r} is a name")
        lines_of = f"{w.out}.{attacker4(10 + i)}"
        t.ok(tap.eventually(lambda path=lines_of, name=user: any(name in line for line in lines(path)), 5),
             "and so it is in a line")
    t.ok(not os.path.exists(w.pwned), "nobody ran it")


def killed(t, w, name):
    """kill -9 of a process."""
    pid = w.guard.roles()[name]
    os.kill(pid, signal.SIGKILL)
    t.ok(tap.eventually(lambda: w.guard.roles().get(name) not in (None, pid), 10), f"a new {name}")
    tap.eventually(w.guard.is_ready, 10)


def survives(t, w):
    """A new runner is told all bans; a new judge brings none twice."""
    count = len(HOSTILE) + 1
    open(w.out, "w", encoding="utf-8").close()
    killed(t, w, RUNNER)
    t.ok(w.said("start"), "it starts the action")
    t.ok(tap.eventually(lambda: len(lines(w.out)) == 1 + count, 10), "and bans all again")
    t.equal([line.split()[3] for line in lines(w.out)[1:]], ["1"] * count, "as restored")
    before = lines(w.out)
    killed(t, w, "komainu-judge")
    attack(w.log, attacker4(2))
    t.ok(w.said(f"ban {attacker4(2)} 2 0 {count + 1} u"), "which bans the next")
    t.equal(lines(w.out)[: len(before)] + lines(w.out)[-1:], lines(w.out), "and none of those again")
    w.guard.command("unban", attacker4(0))
    t.ok(w.said(f"unban {attacker4(0)} mail"), "and knows whom to unban")


def hangs(t, w):
    """A command that does not end."""
    attack(w.stuck, attacker4(3))
    t.ok(tap.eventually(lambda: lines(w.pids), 10), "a command hangs")
    attack(w.log, attacker4(4))
    t.ok(tap.eventually(lambda: any(f"ban {attacker4(4)} " in line for line in lines(w.out)), 2),
         "another jail does not wait for it")
    t.ok(tap.eventually(lambda: "action-failed jail=stuck action=stuck command=actionban outcome=timed-out"
                        in w.guard.said(), 10), "it is ended, and told")
    t.ok(tap.eventually(lambda: not os.path.exists(f"/proc/{lines(w.pids)[0]}"), 5), "and gone")
    t.ok(tap.eventually(lambda: "name=action" in w.guard.said(), 20), "it is a trouble")


def ends(t, w, count):
    """The end of a guard, and another beginning."""
    out = lines(w.out)
    t.equal(out[-1], "stop", "the action is stopped at the end")
    t.equal(sum(line.startswith("unban ") for line in out[-1 - count : -1]), count, "behind an unban of each")
    t.equal(lines(w.lazy)[-3:], [f"ban {attacker4(4)}", "flush inet4", "stop inet4"],
            "what can be flushed is, in place of that")


def rewrite(w, net, old, new):
    """Other commands in an action, taken by a reload; how that went."""
    path = f"{net.folder}/fail2ban/action.d/record.conf"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))
    return w.guard.command("reload").returncode


def changes(t, w, net):
    """A reload that changes an action: what undoes the old one holds up nobody."""
    go, who = f"{net.folder}/go", attacker4(40)
    t.equal(rewrite(w, net, "actionstop = ", f"actionstop = until test -e {go}; do sleep 0.1; done\n  "), 0, "a slow actionstop")
    t.ok(tap.eventually(lambda: lines(w.out).count("start") == 2, 10), "the jail is started anew")
    runner, stops = w.guard.roles()[RUNNER], lines(w.out).count("stop")
    t.equal(rewrite(w, net, '"ban <ip>', '"new <ip>'), 0, "another actionban: the reload is answered")
    t.equal(w.guard.roles()[RUNNER], runner, "while the old one is being undone")
    before = w.guard.failures("mail")
    attack(w.log, who)
    t.ok(tap.eventually(lambda: w.guard.failures("mail") == before + 2, 5), "failures are counted meanwhile")
    t.equal(w.guard.command("reload").returncode, 0, "and one more reload is answered")
    t.equal(lines(w.out).count("stop"), stops, "nothing is stopped yet")
    open(go, "w", encoding="utf-8").close()
    t.ok(tap.eventually(lambda: lines(w.out).count("stop") == stops + 1, 10), "then it is")
    t.ok(w.said(f"new {who} 2 1 {len(HOSTILE) + 3} u", 15), "and the new one bans all, who came meanwhile too")
    t.ok(w.guard.fresh_role(RUNNER, {RUNNER: runner}), "by a runner of its own")


def main(t):
    """One guard, twice."""
    with Network() as net:
        w = World(net)
        with w.guard:
            lives(t, w)
            parts(t, w)
            hostile(t, w)
            survives(t, w)
            hangs(t, w)
        count = len(HOSTILE) + 2
        ends(t, w, count)
        for path in (w.out, w.lazy):
            open(path, "w", encoding="utf-8").close()
        with w.guard:
            t.ok(tap.eventually(lambda: len(lines(w.out)) == 1 + count, 10), "the next guard bans all again")
            t.ok(all(line.split()[3] == "1" for line in lines(w.out)[1:]), "as restored")
            t.equal(lines(w.lazy), [], "but where the action is for new bans alone")
            changes(t, w, net)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
