#!/usr/bin/python3
"""`komainud --load-bans`, the start of the machine: every ban is in the kernel before an interface
is up, with the time that it had left, and the guard that is started later takes them over. What
cannot be loaded is said, and the exit status is not 0.
"""
import os
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import BUILD, KOMAINU, KOMAINUD, Guard  # noqa: E402
from komainu_test.net import SERVER4, Network, Nft, attacker4  # noqa: E402

MAXRETRY = 3
BANS = 200
PORT = 2525
MORE = "port = 2525\n"  # of the jail: bans of one scope, beside those by hand from all ports
SETS = ("ban4", "ban4.2525")
LIMIT_S = 30  # GUARD_LOAD_WAIT_S


def address(number):
    """The number-th attacker of those that do not exist."""
    return f"198.18.{number // 250}.{number % 250 + 1}"


def start_load(guard, *more):
    """Starts --load-bans with the state of a guard that does not run."""
    return guard.namespace.start(
        KOMAINUD, "--load-bans", "--state", guard.state, "--config", guard.config, *more,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )


def load(guard):
    """--load-bans: exit status and what it said."""
    process = start_load(guard)
    said = process.communicate(timeout=60)[0]
    return process.returncode, said


def held(net):
    """All that the kernel has of bans: set and address -> seconds left."""
    nft = Nft(net.server)
    return {(name, a): left for name in SETS for a, left in nft.elements(name).items()}


def set_links(net, state):
    """All interfaces of the server up or down."""
    for link in ("lo", "attack0", "inside0"):
        net.server.run("ip", "link", "set", link, state)


def make_bans(t, net, guard, log):
    """Bans of all kinds; then the guard ends, as the machine would."""
    with guard:
        numbers = [attacker4(0), *(address(n) for n in range(BANS))]
        log.write(*(logs.sasl_failure(a, f"u{i}") for a in numbers for i in range(MAXRETRY)))
        guard.command("ban", "192.0.2.7", "--for", "2h")
        guard.command("ban", "192.0.3.7", "--for", "-1")
        t.ok(
            tap.eventually(lambda: len(held(net)) == BANS + 3, 20, every=0.05),
            "bans from a port, from all ports, and for ever",
        )
    return held(net)


def no_gap(t, net, guard):
    """Somebody banned knocks all the time while the guard takes over."""
    listener = net.server.listen(SERVER4, PORT)
    connected, tries, is_over = [], [], threading.Event()

    def knock():
        while not is_over.is_set():
            tries.append(1)
            if net.attacker.can_connect(attacker4(0), SERVER4, PORT, 0.05):
                connected.append(1)

    t.ok(not net.attacker.can_connect(attacker4(0), SERVER4, PORT), "no banned address gets in")
    t.ok(net.attacker.can_connect(attacker4(1), SERVER4, PORT, 3), "others do")
    before = guard.said().count("kernel-in-step")
    thread = threading.Thread(target=knock)
    thread.start()
    with guard:
        t.ok(
            tap.eventually(lambda: guard.said().count("kernel-in-step") > before, 20),
            "a guard starts",
        )
        is_over.set()
        thread.join()
        t.ok(tries and not connected, f"nobody banned got in meanwhile, in {len(tries)} tries")
        t.equal(len(guard.bans()), BANS + 3, "it has every ban")
        before = held(net)
        guard.command("unban", address(5))
        t.ok(
            tap.eventually(lambda: len(held(net)) == len(before) - 1, 5), "and can lift them"
        )
    listener.close()


def as_at_boot(t, net, guard, log):
    """From the last end to the next start."""
    before = make_bans(t, net, guard, log)
    net.server.run("nft", "delete", "table", "inet", "komainu")
    set_links(net, "down")
    os.rename(log.path, log.path + ".away")
    status, said = load(guard)
    t.equal(status, 0, "--load-bans succeeds without any interface, and without the log")
    t.ok(f"bans-loaded bans={BANS + 3} not-in-kernel=0" in said, "and says how many")
    after = held(net)
    t.equal(set(after), set(before), "the kernel has every ban, in its set")
    worst = max(abs((after[k] or 0) - (before[k] or 0)) for k in after)
    t.ok(
        worst < 60 and [k for k in after if after[k] is None] == [("ban4", "192.0.3.7")],
        f"with the time that it had left ({worst} s between both looks)",
    )
    t.equal(guard.namespace.pids(), [], "no process is left")
    t.ok(not os.path.exists(f"{guard.state}/control.sock"), "and no socket for commands")
    os.rename(log.path + ".away", log.path)
    status, _ = load(guard)
    t.equal((status, set(held(net))), (0, set(before)), "a second time changes nothing")
    set_links(net, "up")
    no_gap(t, net, guard)


def refusals(t, net, guard):
    """What is not to pass as success."""
    with guard:
        status, said = load(guard)
        t.equal(status, 4, "refused while a guard runs")
        t.ok("another guard is running" in said, "and told why")
        t.ok(guard.is_ready(), "which goes on")
    net.server.run(KOMAINU, "panic")
    status, said = load(guard)
    t.equal(status, 4, "refused while panic is on")
    t.ok("panic is on" in said, "and told why")
    net.server.run(KOMAINU, "panic", "--off")
    with open(f"{guard.state}/judge/judge.db", "r+b") as file:
        file.write(b"\xa5" * 8192)
    status, said = load(guard)
    t.equal(status, 1, "a damaged database is a failure")
    t.ok("load-bans-failed" in said and "database-damaged" in said, "and said")
    roles = f"{net.folder}/broken"
    os.mkdir(roles)
    os.symlink(f"{BUILD}/komainu-judge", f"{roles}/komainu-judge")
    os.symlink("/bin/false", f"{roles}/komainu-enforcer")
    process = start_load(guard, "--role-dir", roles)
    said = process.communicate(timeout=60)[0]
    t.equal(process.returncode, 1, "an enforcer that cannot start is a failure")
    t.ok("giving-up" in said, "and said")


def hang(net):
    """Starts --load-bans with an enforcer that never answers."""
    guard = Guard(net, f"{net.folder}/mail.log", maxretry=MAXRETRY)
    guard.state = f"{net.folder}/hanging"
    roles = f"{net.folder}/roles"
    os.mkdir(roles)
    os.symlink(f"{BUILD}/komainu-judge", f"{roles}/komainu-judge")
    with open(f"{roles}/komainu-enforcer", "w", encoding="ascii") as file:
        file.write(f"#!/bin/sh\nexec {shutil.which('sleep')} 600\n")
    os.chmod(f"{roles}/komainu-enforcer", 0o755)
    return start_load(guard, "--role-dir", roles)


def main(t):
    """The start of a machine, and what can be wrong with it."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        guard = Guard(net, log.path, maxretry=MAXRETRY, bantime="1h", more=MORE)
        as_at_boot(t, net, guard, log)
        refusals(t, net, guard)
        hanging = hang(net)
        said = hanging.communicate(timeout=LIMIT_S * 2)[0]
        t.equal(hanging.returncode, 1, "who waits in vain for the kernel gives up")
        t.ok(f"not all in the kernel after {LIMIT_S} s" in said, "and says so")


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
