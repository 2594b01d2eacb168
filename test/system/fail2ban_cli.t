#!/usr/bin/python3
"""What people do with fail2ban's programs, done to a guard in its place: our fail2ban-server starts it from a
directory of fail2ban's alone; scripts as they are found on servers, an exporter that speaks pickle and one that
parses texts say the same as of the real fail2ban, which runs beside it on the same log; so does the log.

Without the package fail2ban the comparison is skipped.
"""
import io
import os
import pickle
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINU, KOMAINUD, Guard, write_config  # noqa: E402
from komainu_test.net import Network  # noqa: E402

END = b"<F2B_END_COMMAND>"
REAL = "/usr/bin/fail2ban-client"
JAILS = 100

FILES = {
    "fail2ban.conf": "[Definition]\nloglevel = INFO\nlogtarget = DIR/fail2ban.log\nsyslogsocket = auto\n"
    "socket = DIR/f2b.sock\npidfile = DIR/f2b.pid\ndbfile = DIR/f2b.db\ndbmaxmatches = 10\ndbpurgeage = 1d\n"
    "allowipv6 = auto\n",
    "jail.conf": "[DEFAULT]\nfindtime = 10m\nmaxretry = 3\nbantime = 1h\nusedns = no\nenabled = false\n"
    "backend = polling\nlogpath = LOG\nignoreself = false\naction = iptables-multiport[port=25]\n"
    "filter = %(__name__)s\n[flood]\n[quiet]\n[again]\nbantime = 3\nbantime.increment = true\n[fragile]\naction = fragile\n",
    "jail.local": "[flood]\nenabled = true\nignoreip = 192.0.2.9\n[quiet]\nenabled = true\nmaxretry = 50\n"
    "[again]\nenabled = true\n[fragile]\nenabled = true\n",
    "filter.d/again.conf": "[Definition]\nfailregex = ^.* again-client\\[<ADDR>\\]$\n",
    "filter.d/fragile.conf": "[Definition]\nfailregex = ^.* fragile-client\\[<ADDR>\\]$\n",
    "action.d/fragile.conf": "[Definition]\nactionstart = touch DIR/whole\nactionstop = rm -f DIR/whole\n"
    "actioncheck = test -e DIR/whole\nactionban = true\nactionunban = true\n",
    "filter.d/flood.conf": "[Definition]\nfailregex = ^.* flood-client\\[<ADDR>\\]$\n",
    "filter.d/quiet.conf": "[Definition]\nfailregex = ^.* quiet-client\\[<ADDR>\\]$\n",
    "action.d/iptables-multiport.conf": "[Definition]\nactionban = true\nactionunban = true\n[Init]\nport = 1\n"
    "blocktype = REJECT\nname = default\n",
}

# Scripts, each with the fail2ban-client of one side before all others in PATH.
SCRIPTS = {
    "monitoring: ping": "fail2ban-client ping >/dev/null 2>&1; echo $?; fail2ban-client ping",
    "no such directory": "fail2ban-client -c /none-such status 2>/dev/null | sed 's/ *$//'; fail2ban-client -c /none-such -h >/dev/null; echo $?",
    "monitoring: ping of another socket": "fail2ban-client -s /none ping >/dev/null 2>&1; echo $?",
    "logrotate": "fail2ban-client flushlogs 1>/dev/null; echo $?",
    "all jails": "fail2ban-client status | grep 'Jail list' | sed -E 's/^[^:]+:[ \\t]+//' | sed 's/,//g' | "
    "tr ' ' '\\n' | while read j; do fail2ban-client status $j; done",
    "all jails by awk": "for j in $(fail2ban-client status | awk -F: '/Jail list/ {gsub(/,/, \"\", $2); print $2}'); "
    "do printf '%s ' $j; fail2ban-client status $j | awk '/Currently banned/ {print $4}'; done",
    "watch": "for i in 1 2 3; do fail2ban-client status flood | grep -c 'Banned IP list'; done",
    "exporter of texts": "for j in flood quiet; do fail2ban-client status $j | sed -nE "
    "'s/.*(Currently failed|Total failed|Currently banned|Total banned):\\s+([0-9]+)$/f2b{jail=\"'$j'\",what=\"\\1\"} \\2/p'; "
    "done",
    "panel: settings": "for o in bantime findtime maxretry logpath ignoreip usedns maxlines ignoreself actions; do "
    "fail2ban-client get flood $o; done",
    "panel: ban and lift": "fail2ban-client set flood banip 192.0.2.77; fail2ban-client get flood banip; "
    "fail2ban-client status flood | grep -A9 Banned; fail2ban-client banned; fail2ban-client set flood unbanip 192.0.2.77; "
    "fail2ban-client get flood banip",
    "panel: change": "fail2ban-client set quiet maxretry 7; fail2ban-client set quiet bantime 120; "
    "fail2ban-client set quiet findtime 1d; fail2ban-client get quiet maxretry; fail2ban-client get quiet bantime",
    "panel: trusted": "fail2ban-client set quiet addignoreip 198.51.100.0/24; fail2ban-client set quiet addignoreip 192.0.2.4; "
    "fail2ban-client set quiet delignoreip 198.51.100.0/24; fail2ban-client get quiet ignoreip",
    "times of bans": "fail2ban-client get flood banip --with-time | sed -E 's/[0-9]{4}-[^ ]+ [0-9:]+/T/g'",
    "errors": "fail2ban-client status none; echo $?; fail2ban-client set flood bogus 1; echo $?; fail2ban-client bogus; "
    "echo $?; fail2ban-client get flood; echo $?",
    "interactive": "printf 'get flood maxretry\\nstatus none\\nexit\\n' | fail2ban-client -i 2>/dev/null | grep -c 'does not exist'",
    "panel: an action": "for p in actionstart actionban actionunban actioncheck actionflush timeout port name blocktype actname "
    "banEpoch bogus; do fail2ban-client get flood action iptables-multiport $p; echo $?; done; "
    "fail2ban-client get flood action none actionban; fail2ban-client get flood action iptables-multiport",
    "panel: its parts": "for w in actionproperties actionmethods; do fail2ban-client get flood $w iptables-multiport; "
    "fail2ban-client get flood $w none; fail2ban-client get none $w x; fail2ban-client get flood $w; done; echo $?",
    "panel: more settings": "for o in ignorecommand ignorecache logencoding journalmatch idle; do fail2ban-client get flood $o; "
    "echo $?; done; for o in loglevel syslogsocket thread; do fail2ban-client get $o; done",
    "idle": "fail2ban-client set flood idle on; fail2ban-client set flood idle off; fail2ban-client set flood idle never; echo $?; "
    "fail2ban-client set none idle on; echo $?; fail2ban-client set flood idle; echo $?; fail2ban-client get flood banip",
    "no journal": "fail2ban-client set flood addjournalmatch _COMM=x; fail2ban-client set flood deljournalmatch _COMM=x; echo $?",
    "encoding": "fail2ban-client set flood logencoding utf-8; fail2ban-client set flood logencoding auto; echo $?",
    "what is no value": "for w in 'maxretry many' 'findtime abc' 'maxlines 0' 'bantime x'; do fail2ban-client set flood $w >/dev/null 2>&1; "
    "echo $?; done; fail2ban-client get flood maxretry; fail2ban-client status; fail2ban-client get flood findtime",
    "switches": "for w in maybe FALSE On no; do fail2ban-client set flood ignoreself $w; done; fail2ban-client get flood ignoreself; "
    "fail2ban-client set flood bantime.increment off; for w in bogus raw NO; do fail2ban-client set flood usedns $w; done; "
    "fail2ban-client get flood usedns; fail2ban-client get flood maxmatches",
    "dates": "for w in '' Epoch TAI64N '{^LN-BEG}' '{DEFAULT}' '{DATE}'; do fail2ban-client set flood datepattern \"$w\"; fail2ban-client get flood datepattern; done",
    "several at once": "fail2ban-client multi-set flood addignoreip 10.3.0.0/16 10.4.0.0/16 | tr -d '`|' | sort; "
    "fail2ban-client set flood delignoreip 10.3.0.0/16 >/dev/null; fail2ban-client set flood delignoreip 10.4.0.0/16 >/dev/null",
    "bantime.*, said or not": "for j in flood again; do for o in increment factor formula multipliers maxtime rndtime overalljails bogus; do "
    "fail2ban-client get $j bantime.$o; done; done; fail2ban-client set again bantime.maxtime 1w; fail2ban-client get again bantime.maxtime; "
    "fail2ban-client set again bantime.multipliers '1 2 4'; fail2ban-client get again bantime.multipliers",
    "names of dates": "for w in '%Y-%m-%d %H:%M:%S' '{^LN-BEG}%ExY-%m' '^Epoch' '{NONE}' '{UNB}%d/%b/%Y'; do "
    "fail2ban-client set quiet datepattern \"$w\"; done; fail2ban-client set quiet datepattern ''",
    "what is not there": "fail2ban-client set quiet delignoreregex 7; echo $?; fail2ban-client set quiet dellogpath /var/log/none; echo $?; "
    "fail2ban-client set quiet delignoreip 192.0.2.200; echo $?; fail2ban-client set quiet unbanip 192.0.2.200; echo $?; "
    "fail2ban-client set quiet unbanip --report-absent 192.0.2.200 192.0.2.201; echo $?; fail2ban-client unban 192.0.2.200",
    "what is no number": "for w in maxretry maxmatches maxlines delfailregex delignoreregex; do fail2ban-client set quiet $w x; echo $?; done; "
    "fail2ban-client set dbmaxmatches x; echo $?",
    "no level": "for w in -1 bogus ''; do fail2ban-client set loglevel \"$w\"; echo $?; done; fail2ban-client get loglevel",
    "no zone": "fail2ban-client set quiet logtimezone nowhere >/dev/null; echo $?; fail2ban-client set quiet logtimezone UTC+0200; "
    "fail2ban-client set quiet logtimezone ''  >/dev/null",
    "a log's end": "fail2ban-client set quiet addlogpath LOG tail; fail2ban-client set quiet addlogpath LOG.2 middle; echo $?; "
    "fail2ban-client set quiet addlogpath LOG.2 tail more; echo $?; fail2ban-client set quiet addlogpath LOG.2 tail; "
    "fail2ban-client set quiet dellogpath LOG.2",
    "several bans": "fail2ban-client set flood banip 192.0.2.82 192.0.2.81 192.0.2.82 2001:db8::9 '[2001:db8::5]'; fail2ban-client get flood banip; "
    "fail2ban-client get flood banip ,; fail2ban-client get flood banned 192.0.2.81 '[2001:db8::9]' 192.0.2.99; "
    "fail2ban-client banned 192.0.2.81 192.0.2.99; fail2ban-client set flood unbanip 192.0.2.82 192.0.2.81 2001:db8::9 2001:db8::5; "
    "fail2ban-client get flood banip",
    "several trusted": "fail2ban-client set flood addignoreip 10.0.0.0/8 name.example 10.0.0.0/8 192.0.2.9; "
    "fail2ban-client set flood delignoreip name.example; fail2ban-client set flood delignoreip 10.0.0.0/8",
    "who is asked": "fail2ban-client set quiet ignorecommand '/bin/false <ip> | cat'; fail2ban-client get quiet ignorecommand; echo $?; "
    "fail2ban-client set quiet ignorecache 'key=\"<ip>\",max-count=7,max-time=2m'; fail2ban-client get quiet ignorecache",
    "many at once": "fail2ban-client multi-set quiet maxretry 9; fail2ban-client get quiet maxretry; fail2ban-client multi-set quiet; "
    "echo $?; fail2ban-client server-stream; echo $?; fail2ban-client config-error 'as said'; echo $?",
    "reload of what is not there": "for o in '' --if-exists --unban '--if-exists --unban' --restart; do "
    "fail2ban-client reload $o none; echo $?; done; fail2ban-client restart none; echo $?; fail2ban-client reload --bogus flood; echo $?",
    "a test, then a command": "fail2ban-client -t; echo $?; fail2ban-client -t reload quiet; echo $?; fail2ban-client -t status none; echo $?; "
    "sed -i 's/enabled = true/enabled = %(none)s/' DIR/jail.local; for w in '' 'reload quiet'; do fail2ban-client -t $w; echo $?; done; "
    "sed -i 's/enabled = %(none)s/enabled = true/' DIR/jail.local; fail2ban-client -t; fail2ban-client -t echo x",
    "what is wrong with options": "for w in -1 5 '1m 30s'; do fail2ban-client --timeout \"$w\" ping; echo $?; done; "
    "for w in x '' '1m x'; do for o in timeout str2sec; do fail2ban-client --$o \"$w\" ping 2>/dev/null | sed 's/^ERROR: .*/ERROR/'; done; done; "
    "fail2ban-client --timeout x ping 2>&1 >/dev/null; echo $?",
    "interactive: the end of the input": "fail2ban-client -i </dev/null >/dev/null; echo $?; fail2ban-client -i </dev/null 2>&1 | tail -1 | sed 's/.*ERROR/ERROR/'; "
    "printf 'ping\nexit' | fail2ban-client -i | tail -n +4; echo exit | fail2ban-client -i ping >/dev/null; echo $?; "
    "fail2ban-client -i status none; echo $?",
    "interactive: quotes": "printf '%s\n' 'echo \"a' 'echo it\\' 'echo \"^\\d \\\"x\\\"\" a\\ b \"\"' \"echo '\\d'\" 'get quiet maxretry # 5' exit | "
    "fail2ban-client -i 2>/dev/null | tail -n +4",
    "stop of what is not there": "fail2ban-client stop none; echo $?; fail2ban-client start none; echo $?",
    "nobody is called so": "fail2ban-client set flood banip 192.0.2.83; long=$(head -c 3000 /dev/zero | tr '\\0' a); for w in '' \"$long\" 'a b' '$(x)'; do "
    "fail2ban-client set flood unbanip \"$w\"; fail2ban-client unban \"$w\"; echo $?; fail2ban-client get flood banned \"$w\"; "
    "fail2ban-client banned \"$w\"; fail2ban-client set flood unbanip --report-absent \"$w\" >/dev/null; echo $?; done; "
    "fail2ban-client get flood banip; fail2ban-client set flood unbanip '' 192.0.2.83",
    "odd values": "for w in '' \"$(head -c 3000 /dev/zero | tr '\\0' a)\" ünï☃ '  a  b ' '$(x);`y`|&<>*?' '1.5'; do for o in maxretry maxmatches maxlines usedns ignoreself idle "
    "logencoding logtimezone delignoreip dellogpath ignorecache; do fail2ban-client set quiet $o \"$w\" >/dev/null 2>&1; echo $o $?; done; "
    "fail2ban-client get quiet \"$w\"; fail2ban-client get \"$w\" maxretry; fail2ban-client status \"$w\"; fail2ban-client status quiet \"$w\"; "
    "fail2ban-client \"$w\"; fail2ban-client echo \"$w\"; fail2ban-client get quiet banip \"$w\"; fail2ban-client set dbmaxmatches \"$w\" | cut -c1-200; done; "
    "fail2ban-client reload quiet; fail2ban-client ping",
    "sleep": "fail2ban-client sleep 0.1; echo $?",
    "durations": "fail2ban-client --str2sec 1d12h; fail2ban-client --str2sec 30m",
    "reload of one": "fail2ban-client reload quiet; fail2ban-client get quiet maxretry; fail2ban-client get quiet ignoreip",
    "reload of all": "fail2ban-client reload --all; fail2ban-client status",
    "unban": "fail2ban-client unban 192.0.2.1; fail2ban-client unban 192.0.2.1; fail2ban-client set flood unbanip 192.0.2.1",
}


def write_files(folder, log):
    """A directory of fail2ban's."""
    for name, text in FILES.items():
        os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text.replace("LOG", log).replace("DIR", folder))


class Reader(pickle.Unpickler):
    """As of a program beside which fail2ban is installed."""

    def find_class(self, module_name, global_name):
        if module_name == "fail2ban.exceptions":
            return type(global_name, (KeyError,), {})
        return super().find_class(module_name, global_name)


def ask(path, command):
    """What a program that speaks the protocol gets for one command."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(60)
        link.connect(path)
        link.sendall(pickle.dumps(command) + END)
        got = b""
        while not got.endswith(END):
            part = link.recv(65536)
            if not part:
                raise EOFError(got)
            got += part
    return Reader(io.BytesIO(got[: -len(END)])).load()


def answers(path):
    """Whether somebody is answered now."""
    try:
        return ask(path, ["ping"]) == (0, "pong")
    except (OSError, EOFError):
        return False


def exporter(path):
    """Gauges as an exporter makes them of pickles."""
    gauges = {"up": int(ask(path, ["ping"])[1] == "pong")}
    jails = dict(ask(path, ["status"])[1])
    gauges["jails"] = jails["Number of jail"]
    for jail in jails["Jail list"].split(", "):
        for part, rows in ask(path, ["status", jail])[1]:
            for name, value in rows:
                gauges[jail, part, name] = value
        for option in ("bantime", "findtime", "maxretry"):
            gauges[jail, option] = ask(path, ["get", jail, option])[1]
    gauges["banned"] = ask(path, ["banned"])[1]
    return gauges


class Side:
    """One of the two: its directory, and where its programs are."""

    def __init__(self, net, name, log, program):
        self.net, self.folder, self.read = net, f"{net.folder}/{name}", log
        self.socket, self.log, self.bin = f"{self.folder}/f2b.sock", f"{self.folder}/fail2ban.log", f"{self.folder}/bin"
        write_files(self.folder, log)
        os.makedirs(self.bin)
        for word in ("client", "server"):
            with open(f"{self.bin}/fail2ban-{word}", "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\nexec {program(word)} -c {self.folder} \"$@\"\n")
            os.chmod(f"{self.bin}/fail2ban-{word}", 0o755)
        self.environment = {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}

    def run(self, script):
        """(standard output, exit status) of a shell script."""
        script = script.replace("LOG", self.read).replace("DIR", self.folder)
        done = self.net.server.run("/bin/sh", "-c", script, check=False, env=self.environment, timeout=120)
        return done.stdout.replace(self.folder, "DIR"), done.returncode

    def said(self):
        """The lines of the log about jails, without times, process and those of the start."""
        with open(self.log, encoding="utf-8") as file:
            lines = [re.sub(r"^\S+ \S+ (fail2ban\.\w+ *)\[\d+\]", r"TIME \1[PID]", line) for line in file]
        lines = [line.replace(self.folder, "DIR") for line in lines if not re.search(r"Found \S+, bad - ", line)]
        lines = [re.sub(r"( -> )\d{4}-\S+ \S+\)", r"\1T)", line) for line in lines]
        return sorted(line for line in lines if re.search(r"\] (Found|Ban|Unban|Ignore|Increase|Reban|\S+ already) ?", line))

    def tells(self, text, count=1):
        """Whether the log says so, so often."""
        return sum(text in line for line in self.said()) >= count

    def start(self, *words):
        """fail2ban-server in the foreground."""
        process = self.net.server.start(f"{self.bin}/fail2ban-server", "-xf", *words, "start", env=self.environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=open(f"{self.folder}/stderr", "ab"))
        self.net.at_close(lambda: (process.terminate(), process.wait(30)))
        return process


def starts(t, ours):
    """As the unit file of fail2ban's package does; then in the background, restart and stop."""
    process = ours.start()
    t.ok(tap.eventually(lambda: answers(ours.socket), 20), "fail2ban-server -xf start: it answers")
    with open(f"{ours.folder}/f2b.pid", encoding="ascii") as file:
        t.equal(int(file.read()), process.pid, "the pid file of fail2ban.conf names the process that was started")
    t.equal(ours.run("fail2ban-server start; fail2ban-client start"), ("", 255), "twice is refused")
    t.equal(ours.run("fail2ban-client --logtarget STDERR start 2>&1 | grep -c 'logtarget is not taken'")[0], "1\n",
            "an option that a start cannot heed is refused by name")
    t.equal(ours.run("fail2ban-client stop"), ("Shutdown successful\n", 0), "stop")
    t.equal(process.wait(30), 0, "it ends in good order")
    t.ok(not os.path.exists(f"{ours.folder}/f2b.pid"), "without its pid file")
    t.equal(ours.run("fail2ban-client ping"), ("", 255), "nobody answers")
    t.equal(ours.run("fail2ban-client -b start 2>/dev/null"), ("Server ready\n", 0), "start in the background")
    t.equal(ours.run("fail2ban-client restart 2>/dev/null"), ("Shutdown successful\nServer ready\n", 0), "restart")
    t.equal(ours.run("fail2ban-client status | head -2"), ("Status\n|- Number of jail:\t4\n", 0), "it is at work")
    t.equal(ours.run("fail2ban-client stop"), ("Shutdown successful\n", 0), "stop")
    t.ok(tap.eventually(lambda: not os.path.exists(ours.socket), 20), "it is gone")


def attacks(t, sides, log):
    """The same failures for all."""
    log.write(*(f"{logs.stamp()} x: flood-client[{who}]\n" for who in ("192.0.2.1", "192.0.2.2", "192.0.2.9") for _ in range(3)),
              *(f"{logs.stamp()} x: quiet-client[192.0.2.3]\n" for _ in range(4)))
    for side in sides:
        t.ok(tap.eventually(lambda s=side: len(s.said()) >= 15, 20), f"all is seen: {side.folder}: {len(side.said())}")


def together(t, ours, theirs, log):
    """Both on one log."""
    sides = (ours, theirs)
    for side in sides:
        side.start()
    for side in sides:
        t.ok(tap.eventually(lambda s=side: answers(s.socket) and ask(s.socket, ["status", "flood"])[0] == 0, 30), "it answers")
    attacks(t, sides, log)
    t.equal(exporter(ours.socket), exporter(theirs.socket), "an exporter's gauges")
    for name, script in SCRIPTS.items():
        t.equal(ours.run(script), theirs.run(script), f"script: {name}")
    t.equal(exporter(ours.socket), exporter(theirs.socket), "an exporter's gauges in the end")
    longer(t, sides, log)
    mended(t, sides, log)
    t.equal(ours.said(), theirs.said(), "the same lines of the log, byte for byte")
    stopped(t, sides)
    filters(t, ours, log)
    for side in sides:
        t.equal(side.run("fail2ban-client stop"), ("Shutdown successful\n", 0), "stop")
        t.ok(tap.eventually(lambda s=side: not os.path.exists(s.socket), 30), "it is gone")


def longer(t, sides, log):
    """Who comes back is banned for longer, and the log says so."""
    for _ in range(2):
        bans = sum("Ban 192.0.2.30" in line for line in sides[0].said())
        log.write(*(f"{logs.stamp()} x: again-client[192.0.2.30]\n" for _ in range(3)))
        for side in sides:
            t.ok(tap.eventually(lambda s=side, b=bans: s.tells("] Ban 192.0.2.30", b and 2 or 1), 10), "banned")
            t.ok(tap.eventually(lambda s=side, b=bans: s.tells("Unban 192.0.2.30", b and 2 or 1), 30), "until it is over")
    for side in sides:
        t.ok(side.tells("Increase Ban 192.0.2.30 (2 # 6s -> T)"), "the second time for longer")


def mended(t, sides, log):
    """An action that somebody broke is made whole, and who goes on is banned again."""
    log.write(*(f"{logs.stamp()} x: fragile-client[192.0.2.40]\n" for _ in range(3)))
    for side in sides:
        t.ok(tap.eventually(lambda s=side: s.tells("] Ban 192.0.2.40"), 10), "banned")
        os.unlink(f"{side.folder}/whole")
    begun = time.monotonic()
    t.ok(tap.eventually(lambda: time.monotonic() > begun + 5, 10), "time goes by: a failure at once is no sign")
    log.write(*(f"{logs.stamp()} x: fragile-client[192.0.2.40]\n" for _ in range(3)))
    for side in sides:
        t.ok(tap.eventually(lambda s=side: s.tells("Reban 192.0.2.40, action 'fragile'"), 15), "and again")
        t.ok(tap.eventually(lambda s=side: os.path.exists(f"{s.folder}/whole"), 10), "by an action that is whole")


def stopped(t, sides):
    """All jails stopped, and one or all of them there again."""
    for script in ("fail2ban-client stop --all; fail2ban-client status; fail2ban-client stop flood; echo $?",
                   "fail2ban-client reload; fail2ban-client status",
                   "fail2ban-client stop quiet; fail2ban-client status; fail2ban-client reload --if-exists quiet; fail2ban-client status",
                   "fail2ban-client set quiet maxretry 9; fail2ban-client stop quiet; for o in '' --restart --unban; do "
                   "fail2ban-client reload $o quiet; echo $?; done; fail2ban-client restart quiet; echo $?; fail2ban-client status quiet; "
                   "fail2ban-client reload --if-exists quiet; fail2ban-client get quiet maxretry; fail2ban-client reload DEFAULT; echo $?"):
        t.equal(*(side.run(script) for side in sides), f"script: {script}")


def filters(t, ours, log):
    """Expressions and logs that are changed while it runs: in force at once, and looked at first."""
    def said(*words):
        return ours.run("fail2ban-client set quiet " + " ".join(words) + " 2>/dev/null")

    def total():
        return dict(dict(ask(ours.socket, ["status", "quiet"])[1])["Filter"])["Total failed"]

    other = os.path.dirname(log.path) + "/other.log"
    with open(other, "w", encoding="utf-8") as file:
        file.write(f"{logs.stamp()} x: other-client[192.0.2.3]\n")
    os.symlink("/etc/shadow", os.path.dirname(log.path) + "/linked.log")
    head = "The following regular expression are defined:\n|- [0]: ^.* quiet-client\\[<ADDR>\\]$\n"
    t.equal(said("addfailregex", "'^.* other-client\\[<HOST>\\]$'"),
            (head + "`- [1]: ^.* other-client\\[<ADDR>\\]$\n", 0), "addfailregex")
    before = total()
    log.write(f"{logs.stamp()} x: other-client[192.0.2.3]\n")
    t.ok(tap.eventually(lambda: total() == before + 1, 10), "is in force")
    t.equal(said("addfailregex", "'^(<HOST>'")[1], 255, "one that is wrong is refused")
    t.equal(said("delfailregex", "7"), (head + "`- [1]: ^.* other-client\\[<ADDR>\\]$\n", 0), "a number that there is not changes nothing")
    t.equal(said("addlogpath", other), (f"Current monitored log file(s):\n|- {log.path}\n`- {other}\n", 0), "addlogpath")
    t.ok(tap.eventually(lambda: total() == before + 2, 10), "is read")
    for path in ("/etc/shadow", os.path.dirname(log.path) + "/linked.log", "/var/log/../../etc/shadow", "other.log"):
        t.equal(said("addlogpath", path)[1], 255, f"no log: {path}")
    t.equal(said("dellogpath", other), (f"Current monitored log file(s):\n`- {log.path}\n", 0), "dellogpath")
    t.equal(said("dellogpath", log.path)[1], 255, "the last one stays")
    t.equal(said("delfailregex", "1")[0].count("["), 2, "delfailregex")
    t.equal(said("addignoreregex", "never"),
            ("The following regular expression are defined:\n`- [0]: never\n", 0), "addignoreregex")
    t.equal(said("delignoreregex", "0"), ("No regular expression is defined\n", 0), "delignoreregex")
    t.equal(said("maxlines", "3"), ("3\n", 0), "maxlines")
    t.equal(said("datepattern", "'%b %d %H:%M:%S'")[1], 0, "datepattern")
    t.equal(ours.run("fail2ban-client reload quiet; fail2ban-client get quiet maxlines"), ("OK\n1\n", 0),
            "a reload drops it all")


def quick(t, net, log):
    """A hundred jails: what changes counting is at once in force, what is asked takes no time."""
    path = f"{net.folder}/many.sock"
    more = "".join(f"\n[j{i}]\nenabled = yes\nfilter = postfix-sasl\nlogpath = {log.path}\n" for i in range(JAILS))
    with Guard(net, log.path, more=more, komainu=f"fail2ban-socket = {path}") as guard:
        t.ok(tap.eventually(lambda: answers(path), 10), "it answers")
        for words in (("maxretry", "7"), ("bantime", "600"), ("findtime", "700"), ("addignoreip", "192.0.2.5")):
            before, begun = guard.roles(), time.monotonic()
            t.equal(ask(path, ["set", "postfix-sasl", *words])[0], 0, f"set {words[0]}")
            t.note(f"{time.monotonic() - begun:.3f} s")
            now = guard.roles()
            t.equal({name for name in now if now[name] != before.get(name)}, {"komainu-judge"}, "concerns judge alone")
        begun = time.monotonic()
        gauges = exporter(path)
        t.ok(gauges["jails"] >= JAILS and time.monotonic() - begun < 5, f"{time.monotonic() - begun:.3f} s for an exporter")


def main(t):
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        log.write(f"{logs.stamp()} x: begun\n")
        with open(f"{log.path}.2", "w", encoding="utf-8") as file:
            file.write(f"{logs.stamp()} x: begun\n")
        ours = Side(net, "ours", log.path, lambda word: f"{KOMAINU} fail2ban-{word}")
        write_config(f"{net.folder}/komainu", log.path, sasl=False)
        os.makedirs(f"{net.folder}/state")
        ours.environment["KOMAINU_OPTIONS"] = f"--state '{net.folder}/state' --config '{net.folder}/komainu'"
        starts(t, ours)
        if os.path.exists(REAL):
            together(t, ours, Side(net, "theirs", log.path, lambda word: f"/usr/bin/fail2ban-{word}"), log)
        else:
            t.skip("the same as of the real one", "there is no fail2ban: apt-get install fail2ban")
        quick(t, net, log)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"], package="fail2ban")
