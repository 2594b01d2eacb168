#!/usr/bin/python3
"""What the kernel says of every role: its user, its capabilities, its seccomp filter, and
what it holds open. Nobody switches the sandbox off for this.
"""
import collections
import os
import re
import socket
import stat
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import (  # noqa: E402
    COMPAT, GATE, JOURNAL, KOMAINU, KOMAINUD, REPORTER, RESOLVER, ROLES, ROOT, RUNNER, SHARE, Guard,
)
from komainu_test.journal import GROUP, REMOTE, Journal, sasl_failure  # noqa: E402
from komainu_test.net import Network  # noqa: E402

CAPABILITIES = {"none": 0, "CAP_NET_ADMIN": 1 << 12, "all": -1}


def design():
    """The table of doc/DESIGN.md: name of a process -> row -> what it says."""
    with open(f"{ROOT}/doc/DESIGN.md", encoding="utf-8") as file:
        lines = iter(file)
        names = next(cells(line) for line in lines if line.startswith("| | komainud |"))[1:]
        table = {(name if name == "komainud" else f"komainu-{name}"): {} for name in names}
        next(lines)
        for line in lines:
            if not line.startswith("| "):
                return table
            head, *row = cells(line)
            for name, said in zip(table, row):
                table[name][head] = said


def cells(line):
    """What stands between the bars of a line of a table."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def documented(t, table):
    """The sets of system calls in the table are those that the code names."""
    roles = {"komainud", *ROLES, JOURNAL, RUNNER, RESOLVER, COMPAT, GATE, REPORTER, SHARE}
    t.equal(set(table), roles, "the table has all roles")
    for name, rows in table.items():
        short = name.removeprefix("komainu-")
        text = ""
        for file in os.listdir(f"{ROOT}/src/proc"):
            if not file.startswith(short) or not file.endswith(".c"):
                continue
            with open(f"{ROOT}/src/proc/{file}", encoding="utf-8") as source:
                text += source.read()
        used = set(re.findall(r"SANDBOX_([A-Z]+)\b", text)) - {"FOLDERS"}
        said = set(re.findall(r"[A-Z]+", rows["seccomp sets"]))
        t.equal(used, said, f"{name}: the sets of system calls are those of DESIGN.md")


def as_documented(t, table, name, pid):
    """User and capabilities of a process, by the table."""
    said, rows = facts(pid), table[name]
    wanted = rows["uid and gid, without users of their names"]
    users = user_of(name)
    wanted = str(users[0]) if users and wanted != "0" else wanted
    t.equal(said["Uid"].split(), [wanted] * 4, f"{name}: its user is {wanted}")
    mask = CAPABILITIES[rows["capabilities"]]
    with open("/proc/self/status", encoding="ascii") as file:
        ours = int(next(line for line in file if line.startswith("CapPrm")).split()[1], 16)
    t.equal(int(said["CapPrm"], 16), mask & ours, f"{name}: capabilities as in DESIGN.md")
    sets = rows["seccomp sets"]
    t.equal(said["Seccomp"], "0" if sets == "none" else "2", f"{name}: a filter, or none")
    t.equal(said["NoNewPrivs"], "0" if sets == "none" else "1", f"{name}: and no new privileges")


def user_of(name):
    """(uid, gid) of the user of this name in /etc/passwd, or None."""
    with open("/etc/passwd", encoding="utf-8") as file:
        for line in file:
            fields = line.split(":")
            if fields[0] == name:
                return int(fields[2]), int(fields[3])
    return None


def kinds(pid):
    """What a process holds beside stdin, stdout, stderr: kind -> how many."""
    local, netlink = inodes(pid, "unix", 6), inodes(pid, "netlink", 9)
    found = collections.Counter()
    for fd, target in open_files(pid).items():
        kind = target
        if fd <= 2:
            continue
        if target.startswith("socket:["):
            inode = target[8:-1]
            kind = "local" if inode in local else "netlink" if inode in netlink else "network"
        found[kind.replace("anon_inode:", "")] += 1
    return found


def inodes(pid, what, column):
    """The inodes of sockets in /proc/PID/net/WHAT."""
    with open(f"/proc/{pid}/net/{what}", encoding="ascii") as file:
        return {line.split()[column] for line in file.readlines()[1:]}


def descriptors(t, guard, log, roles):
    """All that the three hold: sockets to komainud and to each other, and what is theirs."""
    database = f"{guard.state}/judge/judge.db"
    sensor, judge, enforcer = (kinds(roles[name]) for name in ROLES)
    t.equal(
        sensor, {"local": 2, "[eventpoll]": 1, "inotify": 1, log.path: 1}, "what the sensor holds"
    )
    files = {name: judge.pop(name) for name in list(judge) if name.startswith(database)}
    t.equal(set(files), {database, f"{database}-wal", f"{database}-shm"}, "judge's database")
    # komainud, sensor, enforcer, and the control socket.
    t.equal(judge, {"local": 4, "[eventpoll]": 1, "[timerfd]": 1}, "what else judge holds")
    local, links = enforcer.pop("local"), enforcer.pop("netlink")
    t.equal((local, enforcer), (2, {"[eventpoll]": 1}), "what the enforcer holds")
    t.equal(links, 5, "and netlink: two for nftables, two for rtnetlink, one for sock_diag")


def facts(pid):
    """/proc/PID/status as a dictionary."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def open_files(pid):
    """descriptor -> what it refers to."""
    return {int(fd): os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}


def writable(pid, guard):
    """The regular files a process may write to, but for what it prints to."""
    found = []
    for fd, target in open_files(pid).items():
        with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as file:
            flags = int(next(line for line in file if line.startswith("flags:")).split()[1], 8)
        mode = os.stat(f"/proc/{pid}/fd/{fd}").st_mode
        if target != guard.output and stat.S_ISREG(mode) and flags & os.O_ACCMODE != os.O_RDONLY:
            found.append(target)
    return found


TABLE = design()
REDIS_GROUP = 4711  # of its socket, and nobody else's


def role(t, name, pid):
    """The common part."""
    as_documented(t, TABLE, name, pid)
    said = facts(pid)
    uids = [int(uid) for uid in said["Uid"].split()]
    t.ok(len(set(uids)) == 1 and uids[0] != 0, f"{name}: one user of its own, not root ({uids})")
    t.ok(0 not in map(int, said["Gid"].split()), f"{name}: not root's group")
    groups = [str(GROUP)] if name == JOURNAL else [str(REDIS_GROUP)] if name == SHARE else []
    t.equal(said["Groups"].split(), groups, f"{name}: in no group besides that it needs")
    allowed = CAPABILITIES[TABLE[name]["capabilities"]]
    for which in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        t.ok(int(said[which], 16) & ~allowed == 0, f"{name}: {which} is {said[which]}")
    t.equal(said["NoNewPrivs"], "1", f"{name}: can gain no privileges")
    t.equal(said["Seccomp"], "2", f"{name}: runs behind a seccomp filter")
    t.equal(said["Threads"], "1", f"{name}: one thread")
    return uids[0]


def journal(t):
    """The reader of the journal, which runs only where there is one to read."""
    with Network() as net:
        log = Journal(f"{net.folder}/journal")
        net.at_close(log.close)
        more = f"backend = systemd[journalpath={log.folder}]\njournalmatch = _COMM=smtpd"
        with Guard(net, "/none", maxretry=3, more=more) as guard:
            log.write(*(sasl_failure("203.0.113.6", f"u{i}") for i in range(3)))
            t.ok(tap.eventually(guard.bans, 5), "the reader is at work")
            roles = guard.roles()
            users = {name: role(t, name, pid) for name, pid in roles.items()}
            t.equal(set(users), {*ROLES, JOURNAL}, "it runs beside the others")
            t.equal(len(set(users.values())), len(users), "as a user of its own")
            files = open_files(roles[JOURNAL])
            t.ok(log.path in files.values(), "it holds the journal")
            t.equal(writable(roles[JOURNAL], guard), [], "and no file that it could write to")
            outside = {
                path
                for path in files.values()
                if path.startswith("/") and not path.startswith(("/dev/", log.folder, guard.output))
            }
            t.equal(outside, set(), "and no other file")
            with open(f"/proc/{roles[JOURNAL]}/net/unix", encoding="ascii") as file:
                inodes = {line.split()[6] for line in file.readlines()[1:]}
            sockets = {p[8:-1] for p in files.values() if p.startswith("socket:[")}
            t.equal(sockets - inodes, set(), "all its sockets are local")
            t.equal(len(sockets), 2, "one to komainud, one to the sensor")
            held = open_files(roles["komainu-sensor"]).values()
            t.ok(log.path not in held, "the sensor does not hold the journal")


def runner(t):
    """The role that runs commands: it keeps root, and holds nothing else."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        command = "notify = command\nnotify-command = true"
        with Guard(net, log.path, komainu=command) as guard:
            t.ok(tap.eventually(lambda: RUNNER in guard.roles(), 5), "the runner is at work")
            roles = guard.roles()
            pid = roles[RUNNER]
            as_documented(t, TABLE, RUNNER, pid)
            as_documented(t, TABLE, "komainud", guard.process.pid)
            t.equal(facts(pid)["Threads"], "1", "it has one thread")
            files = open_files(pid)
            outside = {fd: path for fd, path in files.items() if fd > 2}
            sockets = [path for path in outside.values() if path.startswith("socket:")]
            t.equal(len(sockets), 2, "it holds a socket to komainud and one to judge")
            t.equal(
                sorted(path for path in outside.values() if path not in sockets),
                ["anon_inode:[eventpoll]"],
                "and nothing else",
            )
            t.equal(writable(pid, guard), [], "no file that it could write to")
            with open(f"/proc/{pid}/net/unix", encoding="ascii") as file:
                inodes = {line.split()[6] for line in file.readlines()[1:]}
            t.equal({s[8:-1] for s in sockets} - inodes, set(), "its sockets are local")


def resolver(t):
    """The role that asks name servers: it has the network, and nothing else."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, more="ignoreip = customer.example.net") as guard:
            t.ok(tap.eventually(lambda: "ignoreip-name-unknown" in guard.said(), 15), "it works")
            roles = guard.roles()
            users = {name: role(t, name, pid) for name, pid in roles.items()}
            t.equal(set(users), {*ROLES, RESOLVER}, "it runs beside the others")
            t.equal(len(set(users.values())), len(users), "as a user of its own")
            pid = roles[RESOLVER]
            outside = {fd: path for fd, path in open_files(pid).items() if fd > 2}
            sockets = [path for path in outside.values() if path.startswith("socket:")]
            t.equal(
                sorted(path for path in outside.values() if path not in sockets),
                ["anon_inode:[eventpoll]"],
                "it holds no file",
            )
            with open(f"/proc/{pid}/net/unix", encoding="ascii") as file:
                inodes = {line.split()[6] for line in file.readlines()[1:]}
            local = {s[8:-1] for s in sockets} & inodes
            t.equal(len(local), 2, "and two local sockets: to komainud and to judge")


def compat(t):
    """The role that serves fail2ban's clients: a socket to listen at, and nothing else."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        path = f"{net.folder}/fail2ban.sock"
        with Guard(net, log.path, komainu=f"fail2ban-socket = {path}") as guard:
            t.ok(tap.eventually(lambda: COMPAT in guard.roles(), 5), "the compat role is at work")
            said = guard.namespace.run(KOMAINU, "fail2ban-client", "-s", path, "status")
            t.ok("postfix-sasl" in said.stdout, "and answers behind its filter")
            log.write(*(logs.sasl_failure("203.0.113.5", f"u{i}") for i in range(5)))
            t.ok(tap.eventually(guard.bans, 5), "the others are at work")
            roles = guard.roles()
            users = {name: role(t, name, pid) for name, pid in roles.items()}
            t.equal(set(users), {*ROLES, COMPAT}, "it runs beside the others")
            t.equal(len(set(users.values())), len(users), "as a user of its own")
            pid = roles[COMPAT]
            t.ok(tap.eventually(lambda: kinds(pid) == {"local": 3, "[eventpoll]": 1}, 5),
                 f"it holds sockets to komainud, to judge, and its own: {kinds(pid)}")


def gate(t):
    """The role that answers an MTA: it listens, and writes to its folder alone."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        path = f"{net.folder}/queue/gate.sock"
        listen = f"providers =\n[gate]\nlisten = unix:{path}\n  inet:127.0.0.1:10040\nrecipient_restrictions = greylist"
        with Guard(net, log.path, komainu=listen) as guard:
            t.ok(tap.eventually(lambda: GATE in guard.roles(), 5), "the gate is at work")
            folder = os.stat(os.path.dirname(path))
            t.equal((folder.st_uid, folder.st_mode & 0o777), (0, 0o755), "komainud made the folder of its socket")
            t.equal(os.stat(path).st_mode & 0o777, 0o666, "and all may ask")
            with socket.socket(socket.AF_UNIX) as asks:
                asks.connect(path)
                asks.sendall(b"request=smtpd_access_policy\nprotocol_state=DATA\n\n")
                t.equal(asks.recv(100), b"action=DUNNO\n\n", "and answers behind its filter")
            log.write(*(logs.sasl_failure("203.0.113.5", f"u{i}") for i in range(5)))
            t.ok(tap.eventually(guard.bans, 5), "the others are at work")
            t.ok("Connections  " in guard.command("gate", "status").stdout, "and a command")
            t.ok("komainu_gate_answers_total 1\n" in guard.command("metrics").stdout, "which metrics has as well")
            t.ok("Gate: 1 request, " in guard.command("status").stdout, "and status")
            roles = guard.roles()
            users = {name: role(t, name, pid) for name, pid in roles.items()}
            t.equal(set(users), {*ROLES, GATE}, "it runs beside the others")
            t.equal(len(set(users.values())), len(users), "as a user of its own")
            pid = roles[GATE]
            # komainud, judge, the place, and the socket for commands.
            t.ok(tap.eventually(lambda: kinds(pid)["local"] == 4, 5), f"what it holds: {kinds(pid)}")
            own = f"{guard.state}/gate"
            t.equal([path for path in writable(pid, guard) if not path.startswith(own)], [],
                    "it writes to its state folder alone")


def reporter(t):
    """The role that counts days: it holds logs to read, and writes to its folder alone."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        store = f"report-store = yes\nreport-logs = {log.path}"
        with Guard(net, log.path, komainu=store) as guard:
            t.ok(tap.eventually(lambda: REPORTER in guard.roles(), 5), "the reporter is at work")
            log.write(*(logs.sasl_failure("203.0.113.5", f"u{i}") for i in range(5)))
            t.ok(tap.eventually(guard.bans, 5), "the others are at work")
            roles = guard.roles()
            users = {name: role(t, name, pid) for name, pid in roles.items()}
            t.equal(set(users), {*ROLES, REPORTER}, "it runs beside the others")
            t.equal(len(set(users.values())), len(users), "as a user of its own")
            own = f"{guard.state}/reporter"
            t.ok(tap.eventually(lambda: os.path.exists(f"{own}/totals"), 15), "it saves behind its filter")
            pid = roles[REPORTER]
            wanted = {"local": 1, "[eventpoll]": 1, own: 1, log.path: 1}
            t.ok(tap.eventually(lambda: kinds(pid) == wanted, 5), f"what it holds: {kinds(pid)}")
            t.equal([path for path in writable(pid, guard) if not path.startswith(own)], [],
                    "it writes to its folder alone")
            t.equal(os.stat(own).st_mode & 0o777, 0o700, "which nobody else may read")


def share(t):
    """The role that talks to Redis: it has the network, and nothing else."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        secret, redis = f"{net.folder}/secret", f"{net.folder}/redis.sock"
        with open(secret, "w", encoding="ascii") as file:
            file.write("07" * 32)
        os.chmod(secret, 0o600)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(redis)
            listener.listen(8)
            os.chown(redis, 0, REDIS_GROUP)
            os.chmod(redis, 0o660)
            lines = (f"providers =\n[gate]\nlisten = unix:{net.folder}/gate.sock\nrecipient_restrictions = greylist\n"
                     f"[share]\nredis = unix:{redis}\nsecret-file = {secret}\n")
            with Guard(net, log.path, komainu=lines) as guard:
                listener.settimeout(10)
                link = listener.accept()[0]
                t.ok(link.recv(4) == b"*4\r\n", "the share role speaks to Redis, by the group of its socket")
                log.write(*(logs.sasl_failure("203.0.113.5", f"u{i}") for i in range(5)))
                t.ok(tap.eventually(guard.bans, 5), "the others are at work")
                roles = guard.roles()
                users = {name: role(t, name, pid) for name, pid in roles.items()}
                t.equal(set(users), {*ROLES, GATE, SHARE}, "it runs beside the others")
                t.equal(len(set(users.values())), len(users), "as a user of its own")
                pid = roles[SHARE]
                # komainud, judge, gate, and Redis.
                t.ok(tap.eventually(lambda: kinds(pid) == {"local": 4, "[eventpoll]": 1}, 5),
                     f"it holds no file: {kinds(pid)}")
                t.equal(writable(pid, guard), [], "and writes nowhere")
                link.close()


def main(t):
    """All roles at work."""
    documented(t, TABLE)
    runner(t)
    resolver(t)
    compat(t)
    gate(t)
    reporter(t)
    share(t)
    if os.path.exists(REMOTE):
        journal(t)
    else:
        t.skip("the reader of the journal", f"{REMOTE} is not there")
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=3) as guard:
            log.write(*(logs.sasl_failure("203.0.113.5", f"u{i}") for i in range(3)))
            t.ok(tap.eventually(guard.bans, 5), "they are at work")
            roles = guard.roles()
            t.equal(set(roles), set(ROLES), "all roles run")
            users = {name: role(t, name, pid) for name, pid in roles.items()}
            t.equal(len(set(users.values())), len(ROLES), "no two share a user")
            t.ok(tap.eventually(lambda: kinds(roles["komainu-judge"])["local"] == 4, 5),
                 "no command is connected")
            descriptors(t, guard, log, roles)
            files = open_files(roles["komainu-sensor"])
            t.ok(log.path in files.values(), "the sensor holds the log")
            t.equal(
                writable(roles["komainu-sensor"], guard),
                [],
                "the sensor holds no file it could write to",
            )
            state = [
                path
                for path in writable(roles["komainu-judge"], guard)
                if not path.startswith(guard.state)
            ]
            t.equal(state, [], "the judge writes to its state folder alone")
            t.equal(
                writable(roles["komainu-enforcer"], guard),
                [],
                "the enforcer holds no file it could write to",
            )
            for name, pid in roles.items():
                t.note(f"{name}: {open_files(pid)}")


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
