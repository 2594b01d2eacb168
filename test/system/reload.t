#!/usr/bin/python3
"""`komainu reload` and SIGHUP: under load nothing is lost or counted twice; a role that it
does not concern goes on; bans stay, those of jails that are gone are lifted; a broken file
changes nothing; sockets are bound and closed."""
import os
import random
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, ROLES, Guard, write_config  # noqa: E402
from komainu_test.manager import Manager  # noqa: E402
from komainu_test.net import Network, Nft  # noqa: E402

SEED = int(os.environ.get("SEED", str(time.time_ns() % 1_000_000)))
RELOADS = int(os.environ.get("RELOADS", "25"))
SENSOR, JUDGE, ENFORCER = ROLES


def address(number):
    """The number-th address of the range for such tests."""
    return f"198.18.{number // 250 % 250}.{number % 250 + 1}"


class Writer:
    """A thread that writes numbered failures and rotates the log."""

    def __init__(self, log):
        self.log = log
        self.random = random.Random(SEED)
        self.is_ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exception):
        self.is_ending.set()
        self.thread.join()

    def _run(self):
        while not self.is_ending.wait(self.random.choice((0.001, 0.004, 0.02))):
            for _ in range(self.random.choice((1, 2, 7))):
                n = self.log.written
                self.log.write(logs.sasl_failure(address(n % 60000), f"n{n}"))
            if self.random.random() < 0.01:
                self.log.rotate_by_rename()


def restarted(guard, before):
    """Which roles are others now."""
    now = guard.roles()
    return {name for name in ROLES if now.get(name) != before.get(name)}


def reload(guard, log, **config):
    """Writes a configuration and has it read; the CompletedProcess and who was started."""
    write_config(guard.config, log.path, **config)
    before = guard.roles()
    done = guard.command("reload", check=False)
    return done, restarted(guard, before)


def load(t, net):
    """Many reloads of all kinds while failures are written."""
    log = logs.Log(f"{net.folder}/load.log")
    chooser = random.Random(SEED + 1)
    base = {"maxretry": 1000, "findtime": "1d"}
    kinds = (
        base,
        base | {"bantime": "2h"},
        base | {"komainu": "max-bans-per-second = 5000"},
        base | {"more": "ignoreip = 192.0.2.1"},
        base | {"sshd": True},
        base | {"more": "port = 25"},
    )
    with Guard(net, log.path, **base) as guard, Writer(log):
        failed = []
        for _ in range(RELOADS):
            time.sleep(chooser.random() ** 2 * 0.3)
            done, _roles = reload(guard, log, **chooser.choice(kinds))
            if done.returncode != 0:
                failed.append(done.stderr)
        t.equal(failed, [], f"{RELOADS} reloads under load succeed")
        tap.eventually(lambda: log.written > 500, 20)
    with Guard(net, log.path, **base) as guard:
        tap.eventually(lambda: guard.failures() >= log.written, 60, every=0.1)
        t.equal(guard.failures(), log.written, f"all {log.written} failures are counted once")


def changes(t, net):
    """What one reload changes, and what it leaves alone."""
    log = logs.Log(f"{net.folder}/changes.log")
    base = {"maxretry": 3, "bantime": "1h", "sshd": True}
    nft = Nft(net.server)
    with Manager(f"{net.folder}/notify") as manager, Guard(net, log.path, **base) as guard:
        log.write(*(logs.sasl_failure("192.0.2.10", f"u{i}") for i in range(3)))
        log.write(*(logs.ssh_failure("192.0.2.20", f"u{i}") for i in range(3)))
        log.write(*(logs.sasl_failure("192.0.2.30", f"u{i}") for i in range(2)))
        tap.eventually(lambda: nft.banned() == {"192.0.2.10", "192.0.2.20"}, 10)
        tap.eventually(lambda: guard.failures() == 5, 10)

        done, roles = reload(guard, log, **base)
        t.equal((done.returncode, roles), (0, set()), "a reload that changes nothing starts nobody")
        t.ok("nothing has changed" in done.stdout, "and says so")

        broken(t, guard, log, base, nft)

        done, roles = reload(guard, log, **base | {"komainu": "allow = 192.0.2.99"})
        t.equal((done.returncode, roles), (0, {ENFORCER}), "`allow` concerns the enforcer alone")
        t.ok(
            tap.eventually(lambda: nft.banned() == {"192.0.2.10", "192.0.2.20"}, 10),
            "the bans stay",
        )
        refused = guard.command("ban", "192.0.2.99", check=False)
        t.equal(refused.returncode, 4, "and it is in force")

        done, roles = reload(
            guard, log, **base | {"komainu": "allow = 192.0.2.99", "more": "ignoreip = 192.0.2.40"}
        )
        t.equal(roles, {JUDGE}, "`ignoreip` concerns judge alone")
        t.ok("changed: postfix-sasl\n" in done.stdout, "the jail is named")
        base |= {"maxretry": 3, "bantime": "2h", "findtime": "11m"}
        done, roles = reload(
            guard, log, **base | {"komainu": "allow = 192.0.2.99", "more": "ignoreip = 192.0.2.40"}
        )
        t.equal(roles, {JUDGE}, "so do `findtime` and `bantime`")
        log.write(logs.sasl_failure("192.0.2.30", "u2"))
        t.ok(
            tap.eventually(lambda: "192.0.2.30" in nft.banned(), 10),
            "two failures before it and one after make three",
        )

        done, roles = reload(guard, log, **base | {"sshd": False})
        t.ok(JUDGE in roles and SENSOR in roles, "a jail less concerns sensor and judge")
        t.ok("removed: sshd\n" in done.stdout, "it is named")
        t.ok(
            tap.eventually(lambda: nft.banned() == {"192.0.2.10", "192.0.2.30"}, 10),
            "its ban is lifted, the others stay",
        )
        t.equal(guard.jail("sshd"), {}, "status has it no more")

        by_signal(t, guard, log, base, manager)


def broken(t, guard, log, base, nft):
    """Errors: in an option, in an expression, and a table that cannot change."""
    for config, word in (
        (base | {"maxretry": 0}, "jail.conf:4:"),
        (base | {"more": "failregex = ^oops( <ADDR>$"}, "jail.conf:7:"),
        (base | {"komainu": "table = other"}, "table"),
        (base | {"more": "enabled = yes\nlogpath = syslog-udp://192.0.2.250:1"}, "jail.conf"),
    ):
        done, roles = reload(guard, log, **config)
        t.equal((done.returncode, roles), (2, set()), f"an error is refused: {word}")
        t.ok(word in done.stderr and not done.stdout, "and told")
    t.equal(nft.banned(), {"192.0.2.10", "192.0.2.20"}, "all is as it was")
    t.ok(guard.says("reload-refused"), "the log says it")
    done = guard.ask("reload")
    t.equal(done, None, "with --json it fails as well")


def by_signal(t, guard, log, base, manager):
    """SIGHUP, and what the service manager hears."""
    write_config(guard.config, log.path, **base | {"maxretry": 7})
    guard.process.send_signal(signal.SIGHUP)
    t.ok(tap.eventually(lambda: guard.jail().get("maxretry") == 7, 10), "SIGHUP does the same")

    def told():
        """What was heard of reloads, in its order."""
        names = [line.split("=")[0] for line in manager.lines()]
        return [name for name in names if name in ("RELOADING", "READY", "MONOTONIC_USEC")]

    turn = ["RELOADING", "MONOTONIC_USEC", "READY"]
    reloads = 11
    t.ok(
        tap.eventually(lambda: told() == ["READY"] + turn * reloads, 10),
        "the service manager hears RELOADING and READY in turn",
    )
    t.note(told())


def sockets(t, net):
    """Sources that are sockets come, stay and go."""
    log = logs.Log(f"{net.folder}/sockets.log")
    nft = Nft(net.server)
    path = f"{net.folder}/syslog"
    base = {"maxretry": 1}
    with Guard(net, log.path, **base) as guard:
        with_udp = base | {
            "more": "\n[udp]\nenabled = yes\nfilter = postfix-sasl\nmaxretry = 1\n"
            "senders = 127.0.0.1\nlogpath = syslog-udp://127.0.0.1:10514\n"
        }

        def send(address_):
            with net.server.entered():
                sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            text = "<22>" + logs.sasl_failure(address_, "x").strip()
            with sender:
                try:
                    sender.connect(("127.0.0.1", 10514))
                    sender.send(text.encode())
                    sender.send(text.encode())
                    return True
                except ConnectionRefusedError:
                    return False

        done, roles = reload(guard, log, **with_udp)
        t.equal(done.returncode, 0, "a jail that listens is added " + done.stderr)
        t.ok("added: udp\n" in done.stdout, "and named")
        send("192.0.2.50")
        t.ok(tap.eventually(lambda: "192.0.2.50" in nft.banned(), 10), "it listens")
        pid = guard.roles()[SENSOR]
        os.kill(pid, signal.SIGSTOP)
        send("192.0.2.51")
        os.kill(pid, signal.SIGCONT)
        done, roles = reload(guard, log, **with_udp | {"komainu": f"syslog-socket = {path}"})
        t.ok(SENSOR in roles or done.returncode == 0, "another socket")
        t.ok(
            tap.eventually(lambda: "192.0.2.51" in nft.banned(), 10),
            "what was sent before is taken after",
        )
        done, _roles = reload(guard, log, **base)
        t.ok("removed: udp\n" in done.stdout, "the jail goes")
        t.ok(tap.eventually(lambda: not send("192.0.2.52"), 10), "and nobody listens any more")
        t.ok(tap.eventually(lambda: not nft.banned(), 10), "its bans are lifted")


def main(t):
    """All."""
    t.note(f"SEED={SEED} RELOADS={RELOADS}")
    with Network() as net:
        changes(t, net)
    with Network() as net:
        sockets(t, net)
    with Network() as net:
        load(t, net)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
