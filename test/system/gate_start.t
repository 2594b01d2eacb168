#!/usr/bin/python3
"""Tables of the gate that cannot be read: nothing that asks beforehand takes them, and what becomes
bad later takes no other role with it. A gate that cannot start is tried on beside the guard.
"""
import fcntl
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.daemon import no_dns, with_mounts  # noqa: E402
from komainu_test.dns import Resolver  # noqa: E402
from komainu_test.gates import Asker, GateAlone  # noqa: E402
from komainu_test.guard import BUILD, GATE, KOMAINUD, ROLES, Guard, write_config  # noqa: E402
from komainu_test.net import Network  # noqa: E402
from komainu_test.tap import eventually  # noqa: E402

SENDER = "a@listed.example"
PUT_OFF = "DEFER_IF_PERMIT 4.3.0 Service unavailable, try again later"


class World:
    """A guard with a gate that asks the table at `table`."""

    def __init__(self, net, more=""):
        net.at_close(Resolver(net.server, {}).close)
        os.chmod(net.folder, 0o755)
        os.makedirs(f"{net.folder}/tables")
        self.log, self.path, self.table = (f"{net.folder}/{n}" for n in ("mail.log", "sock", "tables/t"))
        self.more = more
        with open(self.log, "w", encoding="ascii"):
            pass
        self.guard = Guard(net, self.log, komainu=self.text())
        self.guard.around = with_mounts(*no_dns(net.folder))

    def text(self, restriction=None):
        """What komainu.conf says; its fourth line has the list."""
        restriction = restriction or f"check_sender_access texthash:{self.table}"
        return (f"providers =\n[gate]\nlisten = unix:{self.path}\n{self.more}"
                f"recipient_restrictions = {restriction}\n")

    def configure(self, restriction):
        """Writes another list."""
        write_config(self.guard.config, self.log, komainu=self.text(restriction))

    def write(self, text):
        """Puts another table in the place of the present one."""
        with open(f"{self.table}.new", "w", encoding="ascii") as file:
            file.write(text)
        os.rename(f"{self.table}.new", self.table)

    def answer(self, **attributes):
        """What is said to the sender."""
        return Asker(self).ask(sender=SENDER, **attributes)

    def others(self):
        """name -> pid of the roles beside the gate."""
        return {name: pid for name, pid in self.guard.roles().items() if name != GATE}

    def reads(self, text):
        """Whether the gate goes by what the table says now, or does soon."""
        def says():
            try:
                return self.answer().startswith(text)
            except ConnectionError:  # a gate that begins anew hangs up, and Postfix asks again
                return False

        return eventually(says, 10)


def at_the_start(t):
    """A table that is not there when the guard starts."""
    for more, failed in (("", "DUNNO"), ("fail = closed\n", PUT_OFF)):
        with Network() as net:
            world = World(net, more)
            with world.guard as guard:
                t.equal(sorted(world.others()), sorted(ROLES), "the guard is up without the table")
                t.equal(world.answer(), failed, f"{more or 'fail = open'}: nothing is refused by it")
                said = guard.said()
                t.ok("gate-table-wrong" in said and f"{world.table}: cannot be read: No such file" in said,
                     "the log tells of it")
                t.ok("giving-up" not in said and "role-ended" not in said, "and nothing failed")
                world.write(f"{SENDER} REJECT now\n")
                t.ok(world.reads("554 5.7.1 now"), "it is asked as soon as it is there")


def before(t):
    """Nothing that asks beforehand takes a table that is wrong."""
    with Network() as net:
        world = World(net)
        conf = f"{world.guard.config}/komainu.conf"
        line = 5  # of the list: [komainu] is the first
        world.write(f"{SENDER} REJECT first\n")
        with world.guard as guard:
            t.ok(world.answer().endswith(" first"), "the table is in force")
            roles = guard.roles()
            for restriction, why in (
                ("check_sender_access texthash:/nowhere/x", "/nowhere/x: cannot be read: No such file"),
                (f"check_sender_access inline:{{{SENDER}=551 0}}", "braces do not fit"),
                ("check_sender_access pcre:{{/(/ REJECT}}", "pcre:{{/(/ REJECT}}: "),
            ):
                world.configure(restriction)
                wanted = f"{conf}:{line}: `recipient_restrictions`: "
                done = guard.command("reload", check=False)
                t.ok(done.returncode and wanted in done.stderr and why in done.stderr,
                     f"reload refuses {restriction}: {done.stderr}")
                done = guard.command("check-config", "--config", guard.config, check=False)
                t.ok(done.returncode == 2 and wanted in done.stderr and why in done.stderr,
                     f"so does check-config: {done.stderr}")
                done = guard.namespace.run(KOMAINUD, "--test", "--config", guard.config, check=False)
                t.ok(done.returncode and wanted in done.stderr and why in done.stderr,
                     f"so does komainud --test: {done.stderr}")
                t.ok(world.answer().endswith(" first"), "and what there was is in force")
            t.equal(guard.roles(), roles, "no role was started anew")
            world.configure(None)
            world.write(f"{SENDER} NONSENSE\n")
            done = guard.command("reload", check=False)
            t.ok(done.returncode and f"{world.table}:1: " in done.stderr,
                 f"reload tells of a table that has become wrong: {done.stderr}")
            t.ok(world.answer().endswith(" first"), "the gate has what it said before")
            world.write(f"{SENDER} REJECT second\n")
            t.equal(guard.command("reload", check=False).returncode, 0, "put right, it is taken")
            t.ok(world.reads("554 5.7.1 second"), "and read")
            os.chmod(world.table, 0o600)
            done = guard.command("reload", check=False)
            t.ok(done.returncode and "Permission denied" in done.stderr,
                 f"what only root may read is refused, too: {done.stderr}")


HAND = """\
import os, socket, sys
for number, place in enumerate(sys.argv[1].split(), 3):
    made = socket.socket(socket.AF_UNIX if place[0] == "/" else socket.AF_INET)
    made.bind(place if place[0] == "/" else ("127.0.0.1", int(place)))
    made.listen(64)
    if place[0] == "/":
        os.chmod(place, 0o666)
    os.dup2(made.fileno(), 40 + number)
for number in range(len(sys.argv[1].split())):
    os.dup2(43 + number, 3 + number)
    os.close(43 + number)
os.environ.update(LISTEN_FDS=str(len(sys.argv[1].split())), LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


def handed_to_guard(t):
    """A service manager listens already, at two places of the gate and one that is none."""
    with Network() as net:
        world = World(net)
        world.write(f"{SENDER} REJECT first\n")
        other = f"{net.folder}/other"
        write_config(world.guard.config, world.log, komainu=(
            f"providers =\n[gate]\nlisten = unix:{world.path} inet:10031\n"
            f"recipient_restrictions = check_sender_access texthash:{world.table}\n"))
        guard = world.guard
        guard.around = [*guard.around, sys.executable, "-c", HAND, f"{world.path} 10031 {other}"]
        with guard:
            inode = os.stat(world.path).st_ino
            t.ok(world.answer().endswith(" first"), "the gate answers at a socket that it did not make")
            said = guard.namespace.run(sys.executable, "-c", TCP).stdout
            t.ok("first" in said, f"and at a port: {said}")
            t.ok(guard.says("handed-sockets-idle sockets=1 "), "of the third, which is no place, the log tells")
            guard.command("reload")
            t.ok(world.answer().endswith(" first"), "after a reload, too")
        t.equal(os.stat(world.path).st_ino, inode, "the socket's file stays when the guard ends")


TCP = f"""\
import socket
with socket.create_connection(("127.0.0.1", 10031), 10) as asks:
    asks.sendall(b"request=smtpd_access_policy\\nprotocol_state=RCPT\\nsender={SENDER}\\nrecipient=b@example.net\\n\\n")
    print(asks.recv(4096).decode())
"""


def later(t):
    """The table is gone when the gate starts anew."""
    with Network() as net:
        world = World(net)
        world.write(f"{SENDER} REJECT first\n")
        with world.guard as guard:
            t.ok(world.answer().endswith(" first"), "the table is in force")
            others, last = world.others(), guard.roles()[GATE]
            os.unlink(world.table)
            t.ok(eventually(lambda: "gate-table-wrong" in guard.said(), 10), "gone: told of")
            t.ok(world.answer().endswith(" first"), "and still in force")
            guard.kill_role(GATE)
            t.ok(eventually(lambda: guard.fresh_role(GATE, last), 10), "the gate is started anew")
            t.equal(world.answer(), "DUNNO", "without the table it answers on")
            t.equal(world.others(), others, "no other role has noticed")
            t.ok("giving-up" not in guard.said(), "and nobody gave up")


def folders(t):
    """A folder that is made after the gate was started, and one that takes another's place."""
    with Network() as net:
        world = World(net)
        os.rmdir(f"{net.folder}/tables")
        with world.guard as guard:
            t.equal(world.answer(), "DUNNO", "without the folder of the table nothing is refused")
            others, last = world.others(), guard.roles()[GATE]
            os.makedirs(f"{net.folder}/tables")
            world.write(f"{SENDER} REJECT first\n")
            t.ok(eventually(lambda: guard.fresh_role(GATE, last), 15), "the folder is there: the gate begins anew")
            t.ok(world.reads("554 5.7.1 first"), "and reads what is in it")
            last = guard.roles()[GATE]
            os.makedirs(f"{net.folder}/other")
            with open(f"{net.folder}/other/t", "w", encoding="ascii") as file:
                file.write(f"{SENDER} REJECT other\n")
            os.rename(f"{net.folder}/tables", f"{net.folder}/before")
            os.rename(f"{net.folder}/other", f"{net.folder}/tables")
            t.ok(world.reads("554 5.7.1 other"), "another folder takes its place: that is read")
            t.ok(guard.roles()[GATE] != last and guard.says("gate-begins-anew folder="), "by another gate")
            t.equal(world.others(), others, "no other role has noticed")


def beside(t):
    """A gate that cannot start, because another has its folder."""
    with Network() as net:
        world = World(net)
        world.write(f"{SENDER} REJECT first\n")
        folder = f"{world.guard.state}/gate"
        os.makedirs(folder)
        os.chmod(folder, 0o700)
        os.chown(folder, 70207, 70207)
        os.makedirs(world.guard.state, mode=0o711, exist_ok=True)
        os.chmod(world.guard.state, 0o711)
        os.makedirs(f"{world.guard.state}/judge")
        os.chmod(f"{world.guard.state}/judge", 0o700)
        os.chown(f"{world.guard.state}/judge", 70202, 70202)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(held, fcntl.LOCK_EX)
        with world.guard as guard:
            t.ok(eventually(lambda: "going-on-without role=gate" in guard.said(), 10),
                 "the guard goes on without the gate")
            others = world.others()
            t.equal(sorted(others), sorted(ROLES), "all others are at work")
            ends = guard.said().count("role-ended role=gate")
            t.ok(eventually(lambda: guard.said().count("role-ended role=gate") >= ends + 2, 10),
                 "the gate is tried again")
            done = guard.command("reload", check=False)
            t.equal(done.returncode, 0, "a reload does not wait for it")
            t.ok("giving-up" not in guard.said(), "nobody gives up")
            os.close(held)
            t.ok(eventually(lambda: GATE in guard.roles() and world.answer().endswith(" first"), 30),
                 "it is there as soon as it can be")
            t.equal(world.others(), others, "and no other role was started anew")


def alone(t):
    """`gate run` says where the table is named, and does not start."""
    with Network() as net:
        net.at_close(Resolver(net.server, {}).close)
        said = ""
        try:
            GateAlone(net, "[gate]\nclient_restrictions = check_client_access hash:/nowhere/x\n")
        except RuntimeError as error:
            said = str(error)
        t.ok("gate.conf:2: `client_restrictions`: /nowhere/x: cannot be read" in said, f"alone: {said}")


HANDED = """
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
if os.path.exists(sys.argv[1]):
    os.unlink(sys.argv[1])
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
if sys.argv[2] == "listens":
    s.listen()
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[3], sys.argv[3:])
"""


def handed(t):
    """A socket that systemd listens at: who connects before the gate is there is answered."""
    with Network() as net:
        net.at_close(Resolver(net.server, {}).close)
        path = f"{net.folder}/handed"
        text = "[gate]\nclient_restrictions = check_client_access inline:{192.0.2.7=REJECT}\n"
        gate = GateAlone(net, text, around=(sys.executable, "-c", HANDED, path, "listens"))
        t.ok(Asker(gate).ask().startswith("554 "), "at its own socket it answers")
        gate.path, own = path, gate.path
        t.ok(Asker(gate).ask().startswith("554 "), "and at the one that it was handed")
        t.equal(gate.stop(), 0, "it ends")
        t.ok(os.path.exists(path) and not os.path.exists(own), "and removes its own socket alone")
        said = ""
        gate.path, gate.around = own, [*gate.around[:-1], "does not"]
        try:
            gate.start()
        except RuntimeError as error:
            said = str(error)
        t.ok('what="LISTEN_FDS"' in said, f"a socket that does not listen is refused: {said}")


def main(t):
    """All of it."""
    handed(t)
    handed_to_guard(t)
    at_the_start(t)
    before(t)
    later(t)
    folders(t)
    beside(t)
    alone(t)


tap.main(main, needs=[f"{BUILD}/komainu-gate", "ip", "nsenter", "setpriv"])
