#!/usr/bin/python3
"""fail2ban-socket: fail2ban's protocol and client, against a guard that has its place.

The real fail2ban-client (package fail2ban, installed or as komainu.sh unpacks it) and ours
ask the same guard, and a real server, and print the same; a program that speaks pickle
itself is answered; hostile ones are not. Without the package the comparison is skipped.
"""
import io
import os
import pickle
import re
import shlex
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import (  # noqa: E402
    COMPAT, KOMAINU, KOMAINUD, ROOT, Guard, built_in_rules,
)
from komainu_test.net import Network, Nft  # noqa: E402

UNPACKED = os.environ.get("KOMAINU_FAIL2BAN", "/var/cache/komainu-test/fail2ban")
END, CLOSE = b"<F2B_END_COMMAND>", b"<F2B_CLOSE_COMMAND>"



def real(program):
    """The command line of a program of the real fail2ban, or None."""
    if os.path.exists(f"/usr/bin/{program}"):
        return [f"/usr/bin/{program}"]
    if os.path.exists(f"{UNPACKED}/usr/bin/{program}"):
        return ["env", f"PYTHONPATH={UNPACKED}/usr/lib/python3/dist-packages",
                "/usr/bin/python3", f"{UNPACKED}/usr/bin/{program}"]
    return None


REAL = real("fail2ban-client")

# What is asked of a guard that nobody changes meanwhile.
QUESTIONS = """\
ping
ping 5
version
echo one "two three"
status
status postfix-sasl
status postfix-sasl short
status postfix-sasl cymru
status postfix-sasl none-such
status none-such
status postfix-sasl short more
banned
banned 203.0.113.5 198.51.100.99
banned 203.0.113.5
banned x
get postfix-sasl banip
get postfix-sasl banip ,
get postfix-sasl banip --with-time
get postfix-sasl banned
get postfix-sasl banned 203.0.113.5
get postfix-sasl banned 203.0.113.5 198.51.100.99
get postfix-sasl logpath
get postfix-sasl journalmatch
get postfix-sasl ignoreip
get postfix-sasl failregex
get postfix-sasl ignoreregex
get postfix-sasl prefregex
get postfix-sasl maxretry
get postfix-sasl findtime
get postfix-sasl bantime
get postfix-sasl maxmatches
get postfix-sasl maxlines
get postfix-sasl usedns
get postfix-sasl ignoreself
get postfix-sasl ignorecommand
get postfix-sasl datepattern
get postfix-sasl logtimezone
get postfix-sasl actions
get postfix-sasl bantime.increment
get postfix-sasl nothing
get postfix-sasl
get none-such maxretry
get loglevel
get logtarget
get dbfile
get dbpurgeage
get dbmaxmatches
get
set postfix-sasl maxretry
set postfix-sasl nothing 1
set none-such maxretry 5
set postfix-sasl addlogpath /etc/shadow
set postfix-sasl addaction x
set postfix-sasl delaction x
set postfix-sasl addaction
set postfix-sasl delaction
set none-such addaction x
set postfix-sasl addaction x x.py
set postfix-sasl action none-such actionban true
set postfix-sasl action none-such
set postfix-sasl idle x
set postfix-sasl idle
set postfix-sasl logencoding utf-8
set postfix-sasl logencoding
set postfix-sasl addjournalmatch A=1
set none-such idle on
set none-such addjournalmatch A=1
set logtarget relative/path
set syslogsocket auto
set thread x
set dbmaxmatches x
set dbfile None
set allowipv6 auto
set
multi-set
multi-set postfix-sasl
multi-set postfix-sasl nothing 1
server-stream
server-stream x
config-error
config-error "some text"
get syslogsocket
get thread
get allowipv6
get logencoding
get postfix-sasl logencoding
get postfix-sasl ignorecache
get postfix-sasl idle
get postfix-sasl actionproperties none-such
get postfix-sasl actionmethods none-such
get postfix-sasl actionproperties
get postfix-sasl action none-such
get postfix-sasl action none-such actionban
get none-such actionproperties x
get none-such action x actionban
unban
add
add --all
start none-such
stop none-such
nonsense
"""

# A jail that no file has, from its beginning to its end: with @LOG@ said by our client the same
# by a guard and by a real server.
ADDED = """\
add lab3 none-such
add lab3 polling
status lab3
get lab3 logpath
get lab3 failregex
get lab3 ignoreregex
get lab3 ignoreip
get lab3 maxretry
get lab3 findtime
get lab3 bantime
get lab3 usedns
get lab3 ignoreself
get lab3 maxmatches
get lab3 maxlines
get lab3 banip
set lab3 addlogpath @LOG@
set lab3 addfailregex "^.*none here: <HOST>$"
set lab3 addfailregex "^.*\\[<HOST>\\]: SASL LOGIN authentication failed"
set lab3 delfailregex 0
set lab3 addignoreregex never
set lab3 findtime 20m
set lab3 bantime 5m
set lab3 maxretry 2
set lab3 usedns no
set lab3 logencoding latin-1
get lab3 logencoding
set lab3 logencoding shift_jis
set lab3 logencoding UTF-8
get lab3 logencoding
set lab3 addignoreip 192.0.2.0/24
set lab3 delignoreip 192.0.2.0/24
start lab3
start lab3
status lab3
get lab3 idle
get lab3 failregex
get lab3 findtime
get lab3 usedns
status lab3 short
"""
# What a real server makes of <HOST>, and we of it where no name is looked up.
HOST = re.compile(r"<ADDR>|\(\?:\\\[\?\(\?:\(\?:::f.*?\(\?P<dns>\[.*?\]\*\\w\)\)")
ENDED = """\
set lab3 idle on
start lab3
get lab3 idle
stop lab3
stop lab3
status lab3
start lab3
set lab3 maxretry 5
add lab3 pyinotify
get lab3 maxretry
get lab3 failregex
stop lab3
"""
# Actions that clients add, and what they do: @OUT@ is a file that they write.
ACTIONS = """\
add lab5 polling
start lab5
get lab5 actions
set lab5 addaction b
set lab5 addaction b
set lab5 addaction b2
get lab5 actions
set lab5 action b actionban "echo ban <ip> <k> >> @OUT@"
set lab5 action b actionunban "echo unban <ip> >> @OUT@"
set lab5 action b k "a 50%"
set lab5 action b timeout 2m
get lab5 action b timeout
set lab5 action b banEpoch 5
get lab5 action b actionban
get lab5 action b k
get lab5 actionproperties b
get lab5 action b2 timeout
set lab5 action none-such actionban x
set lab5 action none-such timeout 5
set none-such action b actionban x
set lab5 action b
set lab5 action b actionban
set lab5 delaction none-such
set lab5 delaction b2
set lab5 banip 198.51.100.61
get lab5 actions
"""
ACTIONS_ENDED = """\
set lab5 unbanip 198.51.100.61
set lab5 delaction b
stop lab5
"""


class Reader(pickle.Unpickler):
    """As of a program beside which fail2ban is installed."""

    def find_class(self, module_name, global_name):
        if module_name == "fail2ban.exceptions":
            return type(global_name, (KeyError,), {})
        return super().find_class(module_name, global_name)


def loads(data):
    """The value of a pickle."""
    return Reader(io.BytesIO(data)).load()


def ask(path, command, protocol=pickle.HIGHEST_PROTOCOL):
    """What a program that speaks the protocol gets for one command."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(60)
        link.connect(path)
        link.sendall(pickle.dumps(command, protocol) + END)
        return loads(heard(link))


def heard(link):
    """One message, without its end mark."""
    got = b""
    while not got.endswith(END):
        part = link.recv(65536)
        if not part:
            raise EOFError(got)
        got += part
    return got[: -len(END)]


class Clients:
    """Both clients, of one guard."""

    def __init__(self, guard, path):
        self.guard, self.path = guard, path

    def ours(self, *words):
        return self.run([KOMAINU, "fail2ban-client"], words)

    def real(self, *words):
        return self.run(REAL, words)

    def run(self, program, words):
        """(standard output, standard error without times and numbers, exit status)."""
        done = self.guard.namespace.run(*program, "-c", "/none-such", "-s", self.path,
                                        "-p", "/none", "--loglevel", "INFO", "--logtarget",
                                        "STDERR", "--syslogsocket", "auto", *words, check=False)
        error = re.sub(r"^\S+ \S+ fail2ban +\[\d+\]", "TIME fail2ban", done.stderr, flags=re.M)
        return done.stdout, error, done.returncode


def same(t, both, questions=QUESTIONS):
    """Every question: both clients print the same bytes."""
    for line in questions.splitlines():
        words = shlex.split(line)
        ours, real = both.ours(*words), both.real(*words)
        t.equal(ours, real, f"same bytes: {line}")


def shapes(t, both, log):
    """What is printed, letter by letter."""
    def said(*words):
        return both.ours(*words)[0]

    t.equal(said("ping"), "Server replied: pong\n", "ping")
    rules = said("status")
    t.ok(re.fullmatch(r"Status\n\|- Number of jail:\t1\n`- Jail list:\tpostfix-sasl\n", rules),
         f"status: {rules!r}")
    t.equal(
        said("status", "postfix-sasl"),
        "Status for the jail: postfix-sasl\n|- Filter\n|  |- Currently failed:\t1\n"
        f"|  |- Total failed:\t4\n|  `- File list:\t{log.path}\n`- Actions\n"
        "   |- Currently banned:\t1\n   |- Total banned:\t1\n"
        "   `- Banned IP list:\t203.0.113.5\n",
        "status of a jail",
    )
    t.equal(said("status", "postfix-sasl", "short").count("\n"), 8, "short: without the list")
    t.equal(said("banned"), "[{'postfix-sasl': ['203.0.113.5']}]\n", "banned")
    t.equal(said("banned", "203.0.113.5", "x"), "[['postfix-sasl'], []]\n", "banned of some")
    t.ok(re.fullmatch(r"203\.0\.113\.5 \t(\S+ \S+) \+ 3600 = (\S+ \S+)\n",
                      said("get", "postfix-sasl", "banip", "--with-time")), "with times")
    t.equal(both.ours("status", "x")[0::2],
            ("Sorry but the jail 'x' does not exist\n", 255), "an unknown jail")
    t.equal(both.ours("set")[0::2], ("Sorry but the command is invalid\n", 255), "too short")
    t.ok("NOK: ('x',)" in both.ours("status", "x")[1], "and on standard error")
    for_all = said("status", "--all")
    t.ok("\n`- Status for the jails:\n   `- Jail: postfix-sasl\n      |- Filter\n" in for_all,
         "status --all")
    table = said("status", "--all", "stats")
    t.ok(re.search(r"postfix-sasl . pyinotify .\s+1 .\s+4 .\s+1 .\s+1$", table, re.M), table)
    t.equal(said("status", "postfix-sasl", "stats"), table, "of one jail it is a table, too")


def orders(t, both, guard, nft):
    """What changes something."""
    ours = both.ours
    t.equal(ours("set", "postfix-sasl", "banip", "198.51.100.7", "2001:db8::7", "203.0.113.5")[0],
            "2\n", "banip: two are new")
    t.ok(tap.eventually(lambda: {"198.51.100.7"} <= nft.banned(), 5), "in the kernel")
    t.equal(ours("set", "postfix-sasl", "banip", "198.51.100.7")[0], "0\n", "banip: not new")
    t.equal(ours("get", "postfix-sasl", "banip")[0], "2001:db8::7 203.0.113.5 198.51.100.7\n",
            "listed by their end")
    t.equal(ours("set", "postfix-sasl", "banip", "203.0.113.0/23")[2], 255,
            "what cannot be banned is not said to be")
    t.equal(ours("set", "postfix-sasl", "banip", "nobody")[0::2],
            ("not banned: it is no address, and the jail has no action that is a command\n", 255), "not an address, where only the firewall bans")
    t.equal(ours("set", "postfix-sasl", "unbanip", "198.51.100.7")[0], "1\n", "unbanip")
    t.equal(ours("set", "postfix-sasl", "unbanip", "198.51.100.7")[0], "0\n", "once")
    t.equal(ours("set", "postfix-sasl", "unbanip", "--report-absent", "198.51.100.7")[0::2],
            ("not banned: ['198.51.100.7']\n", 255), "--report-absent")
    t.equal(ours("unban", "2001:db8::7", "198.51.100.99")[0], "1\n", "unban")
    t.equal(ours("set", "postfix-sasl", "attempt", "198.51.100.9", "a line", "and one")[0], "1\n",
            "attempt: two failures")
    t.ok("198.51.100.9" not in ours("get", "postfix-sasl", "banip")[0], "below maxretry")
    t.equal(ours("set", "postfix-sasl", "attempt", "198.51.100.9")[0], "1\n", "a third")
    t.ok("198.51.100.9" in ours("get", "postfix-sasl", "banip")[0], "bans")
    t.equal(ours("unban", "198.51.100.9")[0], "1\n", "until it is lifted")
    t.equal(ours("set", "postfix-sasl", "bantime", "2h")[0], "7200\n", "bantime")
    t.equal(guard.jail()["bantime_s"], 7200, "is in force")
    t.equal(ours("set", "postfix-sasl", "maxretry", "7")[0], "7\n", "maxretry")
    t.equal(ours("get", "postfix-sasl", "bantime")[0], "7200\n", "beside what was set before")
    said = ours("set", "postfix-sasl", "maxretry", "many")
    t.ok("invalid literal for int() with base 10: 'many'" in said[0] and said[2] == 255, f"a bad value: {said[0]!r}")
    t.equal(ours("get", "postfix-sasl", "maxretry")[0], "7\n", "changes nothing")
    t.equal(ours("set", "postfix-sasl", "addignoreip", "192.0.2.0/24", "192.0.2.9")[0],
            "These IP addresses/networks are ignored:\n|- 192.0.2.0/24\n`- 192.0.2.9\n",
            "addignoreip")
    t.equal(ours("set", "postfix-sasl", "delignoreip", "192.0.2.0/24")[0],
            "These IP addresses/networks are ignored:\n`- 192.0.2.9\n", "delignoreip")
    t.equal(ours("set", "loglevel", "debug")[0], "Current logging level is 'DEBUG'\n", "loglevel")
    t.equal(ours("set", "dbpurgeage", "2d")[0],
            "Current database purge age is:\n`- 172800seconds\n", "dbpurgeage")
    t.equal(ours("flushlogs")[0], "logs: rolled over\n", "flushlogs")
    t.equal(ours("stop", "postfix-sasl")[0], "Jail stopped\n", "stop a jail")
    t.equal(ours("status")[0], "Status\n|- Number of jail:\t0\n`- Jail list:\t\n", "it is gone")
    t.equal(ours("start", "postfix-sasl")[0], "Jail started\n", "start it")
    t.equal(ours("get", "postfix-sasl", "maxretry")[0], "7\n", "as it was set")
    t.equal(ours("reload", "postfix-sasl")[0], "OK\n", "reload of a jail")
    t.equal(ours("get", "postfix-sasl", "maxretry")[0], "3\n", "drops what was set")
    t.equal(ours("get", "loglevel")[0], "Current logging level is 'DEBUG'\n", "of that jail only")
    t.equal(ours("reload")[0], "OK\n", "reload of all")
    t.equal(ours("get", "loglevel")[0], "Current logging level is 'INFO'\n", "drops the rest")
    t.equal(ours("restart", "--unban", "postfix-sasl")[0], "OK\n", "restart --unban")
    t.equal(ours("banned")[0], "[{'postfix-sasl': []}]\n", "lifts its bans")
    for words in (("reload", "none-such"), ("reload", "--if-exists", "none-such"), ("restart", "none-such"),
                  ("reload", "--unban", "none-such")):
        t.equal(ours(*words), ("", "TIME fail2ban: ERROR   Failed during configuration: No section: 'none-such'\n", 255),
                " ".join(words))
    t.equal(ours("reload", "--bogus", "x")[1:],
            ("TIME fail2ban: ERROR   Unexpected argument(s) for reload: ['--bogus', 'x']\n", 255), "what is no option")
    t.equal((ours("stop", "postfix-sasl")[0], ours("reload", "--if-exists", "postfix-sasl")[0]),
            ("Jail stopped\n", "OK\n"), "--if-exists starts one that was stopped")
    t.equal(ours("status")[0].count("postfix-sasl"), 1, "it is there")
    t.equal(ours("stop", "--all")[0], "Jail stopped\n", "stop --all")
    t.equal(ours("status")[0], "Status\n|- Number of jail:\t0\n`- Jail list:\t\n", "stops all")
    t.equal(ours("start", "postfix-sasl")[0], "Jail started\n", "one by one they are started")
    t.equal(ours("unban", "--all")[0], "0\n", "nobody is banned any more")
    t.equal(ours("start")[2], 255, "a server that runs is not started")


def by_the_real_one(t, both):
    """Orders by the real client, which reads its own configuration for a reload."""
    t.equal(both.real("set", "postfix-sasl", "banip", "198.51.100.8")[0], "1\n", "real: banip")
    t.equal(both.real("set", "postfix-sasl", "findtime", "20m")[0], "1200\n", "real: findtime")
    t.equal(both.real("set", "postfix-sasl", "unbanip", "198.51.100.8")[0], "1\n", "real: unbanip")
    folder = os.path.dirname(both.path) + "/fail2ban"
    os.makedirs(folder)
    for name, text in (("fail2ban", "[Definition]\nloglevel = INFO\n"), ("jail", "[DEFAULT]\n")):
        with open(f"{folder}/{name}.conf", "w", encoding="utf-8") as file:
            file.write(text)
    done = both.guard.namespace.run(*REAL, "-c", folder, "-s", both.path, "reload", check=False)
    t.equal((done.stdout, done.returncode), ("OK\n", 0), f"real: reload {done.stderr[-200:]}")
    t.equal(both.ours("get", "postfix-sasl", "findtime")[0], "600\n", "is one")


def failed(both):
    """Failures so far."""
    return int(re.search(r"Total failed:\t(\d+)", both.ours("status", "postfix-sasl", "short")[0])[1])


def idle(t, both, log):
    """A jail that is idle counts nothing, and bans nobody."""
    before = failed(both)
    t.equal(both.ours("set", "postfix-sasl", "idle", "on")[0::2], ("True\n", 0), "idle on")
    lines = both.guard.status()["lines"]
    log.write(*(logs.sasl_failure("198.51.100.50", f"u{i}") for i in range(5)))
    t.ok(tap.eventually(lambda: both.guard.status()["lines"] >= lines + 5, 10), "its log is read")
    t.equal(failed(both), before, "nothing is counted")
    t.equal(both.ours("get", "postfix-sasl", "banned", "198.51.100.50")[0], "0\n", "nobody is banned")
    t.equal(both.ours("set", "postfix-sasl", "idle", "off")[0::2], ("False\n", 0), "idle off")
    log.write(logs.sasl_failure("198.51.100.50", "u"))
    t.ok(tap.eventually(lambda: failed(both) == before + 1, 10), "it counts again")


def streams(t, both, path):
    """Several commands in one message."""
    t.equal(ask(path, ["server-stream", [["set", "postfix-sasl", "maxretry", "8"], ["set", "postfix-sasl", "findtime", "11m"]]]),
            (0, None), "server-stream")
    t.equal(both.ours("get", "postfix-sasl", "maxretry")[0] + both.ours("get", "postfix-sasl", "findtime")[0], "8\n660\n",
            "both are in force")
    code, error = ask(path, ["server-stream", [["set", "postfix-sasl", "maxretry", "9"], ["bogus"], ["set", "postfix-sasl", "maxretry", "4"]]])
    t.ok(code == 1 and error.args == ("Invalid command",), f"it ends at what fails: {error!r}")
    t.equal(both.ours("get", "postfix-sasl", "maxretry")[0], "9\n", "what was before it holds")
    t.equal(ask(path, ["multi-set", "postfix-sasl", "addfailregex", ["^one <HOST>$", "^two <HOST>$"]]), (0, True), "multi-set")
    t.equal(ask(path, ["get", "postfix-sasl", "failregex"])[1][-2:], ["^one <HOST>$", "^two <HOST>$"], "adds both")
    t.equal(ask(path, ["multi-set", "postfix-sasl", "addfailregex", ["^(<HOST>"]])[0], 1, "one that is wrong is refused")
    t.equal(ask(path, ["set", "thread", {"stacksize": 0}]), (0, {"stacksize": 0}), "set thread")
    t.equal(both.ours("reload", "postfix-sasl")[0], "OK\n", "a reload drops it")


def of_root(t, both, folder):
    """What runs a command or opens a file: of root itself, and not by the socket."""
    command, target, other = f"/bin/true {folder} | cat", f"{folder}/f2b.log", f"{folder}/other/file"
    os.makedirs(os.path.dirname(other))
    with open(other, "w", encoding="utf-8") as file:
        file.write("something\n")
    for words in (["set", "postfix-sasl", "ignorecommand", command], ["set", "logtarget", target]):
        code, error = ask(both.path, words)
        t.ok(code == 1 and "takes no commands" in str(error) or "opens no file" in str(error), f"by the socket: {error}")
    t.ok(not os.path.exists(target), "no file is made")
    t.equal(both.ours("set", "postfix-sasl", "ignorecommand", command), (command + "\n", "", 0), "ignorecommand of root")
    t.equal(both.ours("get", "postfix-sasl", "ignorecommand")[0], command + "\n", "is there")
    t.ok("komainu-runner" in both.guard.roles(), "there is who runs it")
    t.equal(both.ours("set", "postfix-sasl", "ignorecommand", "x <matches>")[2], 255, "text of a log is no part of it")
    t.equal(both.ours("set", "none-such", "ignorecommand", "true")[2], 255, "of no jail")
    t.equal(both.ours("set", "postfix-sasl", "ignorecommand", "")[0], "False\n", "none any more")
    t.equal(both.ours("set", "logtarget", target)[0], f"Current logging target is:\n`- {target}\n", "logtarget of root")
    t.equal(both.ours("set", "postfix-sasl", "banip", "198.51.100.60")[0], "1\n", "somebody is banned")
    t.ok(tap.eventually(lambda: " Ban 198.51.100.60\n" in open(target, encoding="utf-8").read(), 5), "and told there")
    t.equal(both.ours("set", "postfix-sasl", "unbanip", "198.51.100.60")[0], "1\n", "and let out")
    for path in (other, f"{folder}/none/file", folder, "/dev/null"):
        said = both.ours("set", "logtarget", path)
        t.ok("Failed to change log target" in said[0] and said[2] == 255, f"no log: {said[0]!r}")
    with open(other, encoding="utf-8") as file:
        t.equal(file.read(), "something\n", "a file with something in it is left alone")
    t.equal(both.ours("get", "logtarget")[0], f"Current logging target is:\n`- {target}\n", "it is as it was")
    t.equal(both.ours("set", "logtarget", "SYSLOG")[0], "Current logging target is:\n`- STDERR\n", "our own log only")
    t.equal(both.ours("reload")[0], "OK\n", "a reload drops it")


def transcript(both, questions, log):
    """What our client prints of each, and its status."""
    words = [shlex.split(line.replace("@LOG@", log).replace("@OUT@", log + ".out")) for line in questions.splitlines()]
    said = [(" ".join(one), *both.ours(*one)[0::2]) for one in words]
    return [(line, HOST.sub("<HOST>", text), status) for line, text, status in said]


def written(path):
    """The lines that actions have written."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def actions(t, both, log, real_ones):
    """Actions that stand in no file: as by a real server, and they are run; commands by root's own client alone."""
    out = log.path + ".out"
    if os.path.exists(out):
        os.unlink(out)  # the real server's
    for wanted, got in zip(real_ones[2], transcript(both, ACTIONS, log.path)):
        t.equal(got, wanted, f"as by a real server: {got[0]}")
    t.ok(tap.eventually(lambda: written(out) == ["ban 198.51.100.61 a 50%"], 10), "it is run")
    for words in (["set", "lab5", "action", "b", "actionban", "x"], ["set", "lab5", "action", "b", "k", "$(x)"],
                  ["multi-set", "lab5", "action", "b", [["actionban", "x"]]]):
        code, error = ask(both.path, words)
        t.ok(code == 1 and "takes no commands" in str(error), f"by the socket: {error}")
    for words, why in ((["flush", "{}"], "but by bans"), (["timeout", "soon"], "an hour at most"), (["a b", "x"], "cannot be")):
        said = both.ours("set", "lab5", "action", "b", *words)
        t.ok(why in said[0] and said[2] == 255, f"{words[0]}: {said[0]!r}")
    t.equal(both.ours("get", "lab5", "action", "b", "actionban")[0], f"echo ban <ip> <k> >> {out}\n", "it is as it was")
    for wanted, got in zip(real_ones[3], transcript(both, ACTIONS_ENDED, log.path)):
        t.equal(got, wanted, f"as by a real server: {got[0]}")
    t.equal(written(out), ["ban 198.51.100.61 a 50%", "unban 198.51.100.61"], "and undone")
    said = both.ours("set", "postfix-sasl", "addaction", "x")
    t.ok("of komainu's own jails" in said[0] and said[2] == 255, f"not of our own jails: {said[0]!r}")


def encoded(t, both, log):
    """A log that is not in UTF-8, of a jail that was added."""
    for words in ("add lab6 polling", "set lab6 logencoding latin-1", f"set lab6 addlogpath {log.path}",
                  "set lab6 addfailregex '^.*portal: ung\u00fcltig von <HOST>$'", "set lab6 usedns no", "start lab6"):
        t.equal(both.ours(*shlex.split(words))[2], 0, words)
    t.equal(both.ours("get", "lab6", "logencoding")[0], "Current log encoding is set to:\nlatin-1\n", "it is said")
    for encoding in ("latin-1", "utf-8"):
        log.raw(f"{logs.stamp()} portal: ung\u00fcltig von 198.51.100.91\n".encode(encoding))
    log.write(logs.sasl_failure("198.51.100.92", "u"))
    t.ok(tap.eventually(lambda: "Total failed:\t1\n" in both.ours("status", "lab6")[0], 10), "its line is found, and no other")
    for name in ("klingon", "utf-16", "cp037", "x y"):
        said = both.ours("set", "lab6", "logencoding", name)
        t.ok("unknown encoding" in said[0] and said[2] == 255, f"{name}: {said[0]!r}")
    said = both.ours("set", "lab6", "logencoding", "koi8-r")
    t.ok("before expressions" in said[0] and said[2] == 255, f"expressions are there: {said[0]!r}")
    said = both.ours("set", "postfix-sasl", "logencoding", "latin-1")
    t.ok("own jails read UTF-8" in said[0] and said[2] == 255, f"a jail of ours: {said[0]!r}")
    t.equal(both.ours("stop", "lab6")[2], 0, "it is stopped")


def added(t, both, log, real_ones):
    """Jails that stand in no file: as by a real server, counted, and listed."""
    for wanted, got in zip(real_ones[0], transcript(both, ADDED, log.path)):
        t.equal(got, wanted, f"as by a real server: {got[0]}")
    t.ok("lab3" in both.ours("status")[0], "it is listed")
    t.equal(both.ours("add", "lab3")[0::2], ("The jail 'lab3' already exists\n", 255), "it is not added twice")
    said = both.ours("add", "a b")
    t.ok("letters, digits" in said[0] and said[2] == 255, f"a name that is none: {said[0]!r}")
    t.ok("`findtime` is `soon`" in both.ours("set", "lab3", "findtime", "soon")[0], "a bad value is refused")
    t.ok("a group that does not end" in both.ours("set", "lab3", "addfailregex", "^(<HOST>")[0], "and an expression that is wrong")
    t.equal(both.ours("set", "lab3", "addlogpath", "/etc/shadow")[2], 255, "and a file that is no log")
    log.write(*(logs.sasl_failure("198.51.100.90", f"v{i}") for i in range(2)))
    t.ok(tap.eventually(lambda: "Total failed:\t2\n" in both.ours("status", "lab3")[0], 10), "failures are counted")
    t.ok(tap.eventually(lambda: any(b["jail"] == "lab3" and b["state"] == "observed only" for b in both.guard.bans()), 10),
         "somebody would be banned")
    t.equal(Nft(both.guard.namespace).banned() & {"198.51.100.90"}, set(), "without actions nobody is")
    for wanted, got in zip(real_ones[1], transcript(both, ENDED, log.path)):
        t.equal(got, wanted, f"as by a real server: {got[0]}")
    actions(t, both, log, real_ones)
    encoded(t, both, log)
    t.equal((both.ours("add", "lab4", "polling")[0], both.ours("reload")[0], both.ours("status", "lab4")[2]),
            ("Added jail lab4\n", "OK\n", 255), "a reload drops one that was added")
    t.equal(both.ours("stop", "postfix-sasl")[0], "Jail stopped\n", "one of the files is stopped")
    said = both.ours("add", "postfix-sasl")
    t.ok("start it" in said[0] and said[2] == 255, f"it is not to be added: {said[0]!r}")
    t.equal(both.ours("start", "postfix-sasl")[0], "Jail started\n", "but started")


def others_off():
    """The lines that switch off what comes with komainu for services that are here."""
    with open(f"{ROOT}/etc/jail.conf", encoding="utf-8") as file:
        names = re.findall(r"^\[(.+)\]$", file.read(), re.M)
    names = set(names) - {"DEFAULT", "postfix-sasl", "sshd", *built_in_rules()}
    return "".join(f"\n[{name}]\nenabled = no\n" for name in sorted(names))


def real_server(t, net):
    """Our client and the real one, before a real fail2ban-server."""
    folder = f"{net.folder}/real"
    os.makedirs(folder)
    path, log = f"{folder}/f2b.sock", f"{folder}/log"
    files = {
        "fail2ban.conf": f"[Definition]\nloglevel = INFO\nlogtarget = {folder}/out\n"
        f"syslogsocket = auto\nsocket = {path}\npidfile = {folder}/pid\ndbfile = None\n"
        "dbmaxmatches = 10\ndbpurgeage = 1d\nallowipv6 = auto\n",
        "jail.conf": f"[lab]\nenabled = true\nbackend = polling\nlogpath = {log}\n  {log}2\n"
        "failregex = ^.* from <HOST>$\n  ^.* by <HOST>$\nignoreip = 127.0.0.0/8 ::1\n"
        f"[lab2]\nenabled = true\nbackend = polling\nlogpath = {log}\nfailregex = ^of <HOST>$\n",
        "log": "", "log2": "",
    }
    for name, text in files.items():
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
    server = net.server.start(*real("fail2ban-server"), "-c", folder, "-f", "start",
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    net.at_close(lambda: (server.terminate(), server.wait(20)))
    t.ok(tap.eventually(lambda: answers(path) and ask(path, ["status", "lab2"])[0] == 0, 20),
         "a real server answers what Python sends")
    ask(path, ["set", "lab", "banip", "192.0.2.1", "2001:db8::1"])
    both = Clients(type("Server", (), {"namespace": net.server}), path)
    questions = QUESTIONS.replace("postfix-sasl", "lab").replace("ping 5\n", "")
    questions = "\n".join(q for q in questions.splitlines() if not q.startswith(
        ("set lab addlogpath", "set lab ad", "set lab del", "set logtarget")))
    same(t, both, questions)
    t.ok("fail2ban's own" in both.ours("reload")[1], "ours does not reload it with nothing")
    return [transcript(both, questions, f"{net.folder}/mail.log") for questions in (ADDED, ENDED, ACTIONS, ACTIONS_ENDED)]


def exporter(t, path):
    """A program that speaks pickle itself, in any protocol, many commands a connection."""
    for protocol in range(6):
        code, value = ask(path, ["status", "postfix-sasl"], protocol)
        t.ok(code == 0 and dict(dict(value)["Filter"])["Total failed"] == 4,
             f"protocol {protocol}: {value}")
    code, error = ask(path, ["none"])
    t.ok(code == 1 and isinstance(error, Exception) and error.args == ("Invalid command",),
         f"an exception: {error!r}")
    code, error = ask(path, [])
    t.ok(code == 1 and isinstance(error, IndexError), "an empty command")
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(path)
        message = pickle.dumps(["ping"]) + END
        link.sendall(message * 3 + CLOSE + END)
        got = b""
        while part := link.recv(65536):
            got += part
        t.equal([loads(one) for one in got.split(END)[:-1]], [(0, "pong")] * 3,
                "three commands at once, and the end")


class Evil:
    """Runs a command where it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch /tmp/komainu-evil",)


def hostile(t, guard, path):
    """Garbage, halves, lengths, classes, and many of them."""
    role = guard.roles()[COMPAT]
    texts = [
        b"", b"\x00" * 100, b"GET / HTTP/1.1\r\n\r\n", pickle.dumps(Evil()), b"\x80\x05X\xff\xff\xff\xff",
        pickle.dumps({1: 2}), pickle.dumps("status"), pickle.dumps([["a"]]), pickle.dumps([None, 1]),
        b"(" * 100000, b"]" * 100000 + b"a" * 99999, b"\x80\x05\x8d" + b"\xff" * 8,
        pickle.dumps(["status", "x" * 100000]), pickle.dumps(["set", "DEFAULT", "maxretry", "5"]),
        pickle.dumps(["set", "postfix-sasl", "maxretry", "5\nignorecommand = touch /tmp/komainu-evil"]),
        pickle.dumps(["set", "a]\n[b", "maxretry", "5"]), pickle.dumps(["unban", "--all"] * 5000),
    ]
    for text in texts:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(60)
            link.connect(path)
            link.sendall(text + END)
            answer = loads(heard(link))
            t.ok(isinstance(answer, str) and answer.startswith("ERROR: ") or answer[0] == 1,
                 f"{text[:40]!r}: {str(answer)[:90]}")
    t.ok(not os.path.exists("/tmp/komainu-evil"), "nothing was run")
    too_long(t, path)
    many = [socket.socket(socket.AF_UNIX) for _ in range(100)]
    for link in many:
        link.connect(path)
        try:
            link.sendall(b"half a message")
        except OSError:
            pass  # refused already
    t.ok(tap.eventually(lambda: answers(path), 30), "100 connections with half a message: it answers")
    for link in many:
        link.close()
    stubborn(t, path)
    t.equal(guard.roles()[COMPAT], role, "the same process all the time")


def answers(path):
    """Whether somebody is answered now."""
    try:
        return ask(path, ["ping"]) == (0, "pong")
    except (OSError, EOFError):
        return False


def too_long(t, path):
    """A message without an end."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(60)
        link.connect(path)
        try:
            for _ in range(200):
                link.sendall(b"x" * 65536)
            t.ok(False, "a message without end is taken")
        except OSError:
            t.ok(True, "a message without end is given up")


def stubborn(t, path):
    """One that asks and does not read does not keep others waiting."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(path)
        link.setblocking(False)
        message = pickle.dumps(["echo", "x" * 1000]) + END
        try:
            while True:
                link.send(message * 10)
        except BlockingIOError:
            pass
        t.ok(answers(path), "one that never reads: others are answered")


def busy(t, guard, path):
    """Many at once, some of them changing settings; and kill -9 in between."""
    wrong = []

    def one(number):
        try:
            for i in range(3):
                value = str(5 + (number + i) % 3)
                got = ask(path, ["set", "postfix-sasl", "maxretry", value])
                if got != (0, int(value)):
                    wrong.append(got)
        except (OSError, EOFError) as error:
            wrong.append(error)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Between the change and the look at it another may have changed it again.
    wrong = [got for got in wrong if not (isinstance(got, tuple) and got[0] == 0)]
    t.equal(wrong, [], "settings from four at once, one after the other")
    old = guard.roles()[COMPAT]
    t.ok(guard.kill_role(COMPAT), "kill -9")
    t.ok(tap.eventually(lambda: guard.fresh_role(COMPAT, old) and answers(path), 10),
         "it is back, at the same socket")
    judge = guard.roles()["komainu-judge"]
    t.ok(guard.kill_role("komainu-judge"), "kill -9 of judge")
    t.ok(tap.eventually(lambda: guard.fresh_role("komainu-judge", judge) and
                        ask(path, ["status", "postfix-sasl"])[0] == 0, 10), "is asked anew")


def beside_fail2ban(t, net, log):
    """A socket that somebody listens at is not taken; a stale one is."""
    path = f"{net.folder}/taken.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        other.listen(1)
        guard = Guard(net, log.path, komainu=f"fail2ban-socket = {path}")
        guard.start(is_waiting=False)
        t.equal(guard.process.wait(60), 1, "a live socket: it does not start")
        t.ok(guard.says("somebody answers there"), "and says why")
        t.ok(os.path.exists(path), "the socket is left alone")
    with Guard(net, log.path, komainu=f"fail2ban-socket = {path}") as guard:
        t.ok(tap.eventually(lambda: answers(path), 5), "a stale one is replaced")
        t.equal(os.stat(path).st_mode & 0o777, 0o600, "root's alone")
        t.equal(os.stat(path).st_uid, 0, "and of root")
        both = Clients(guard, path)
        t.equal(both.ours("stop")[0], "Shutdown successful\n", "stop ends the guard")
        t.equal(guard.process.wait(30), 0, "in good order")
        t.ok(not os.path.exists(path), "and the socket is gone")
        said = both.ours("ping")
        t.ok("Failed to access socket path" in said[1] and said[2] == 255, "nobody answers")


def main(t):
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        path = f"{net.folder}/fail2ban.sock"
        beside_fail2ban(t, net, log)
        real_ones = real_server(t, net) if REAL else ((), (), (), ())
        with Guard(net, log.path, maxretry=3, more=others_off(),
                   komainu=f"fail2ban-socket = {path}") as guard:
            log.write(*(logs.sasl_failure("203.0.113.5", f"u{i}") for i in range(3)),
                      logs.sasl_failure("198.51.100.77", "u"))
            t.ok(tap.eventually(guard.bans, 5), "somebody is banned")
            t.ok(tap.eventually(lambda: answers(path), 5), "the socket answers")
            both = Clients(guard, path)
            shapes(t, both, log)
            exporter(t, path)
            if REAL:
                same(t, both)
                by_the_real_one(t, both)
            else:
                t.skip("the same as by the real client", "there is no fail2ban: test/lib/fetch_packages fail2ban puts it there")
            hostile(t, guard, path)
            orders(t, both, guard, Nft(net.server))
            idle(t, both, log)
            streams(t, both, path)
            of_root(t, both, net.folder)
            added(t, both, log, real_ones)
            busy(t, guard, path)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
