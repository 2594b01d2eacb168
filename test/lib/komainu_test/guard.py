"""The guard under test: komainud with its own state and configuration in a namespace."""
import contextlib
import json
import os
import signal
import subprocess

from .speaker import Speaker
from .tap import eventually

ROOT = os.path.realpath(f"{os.path.dirname(__file__)}/../../..")
BUILD = os.environ.get("KOMAINU_BUILD", f"{ROOT}/build")
KOMAINUD, KOMAINU = f"{BUILD}/komainud", f"{BUILD}/komainu"
ROLES = ("komainu-sensor", "komainu-judge", "komainu-enforcer")
JOURNAL = "komainu-journal"  # runs only where there is a journal to read
RUNNER = "komainu-runner"  # runs only where somebody is to be told
RESOLVER = "komainu-resolver"  # runs only where names are to be looked up
COMPAT = "komainu-compat"  # runs only where fail2ban's clients are served
GATE = "komainu-gate"  # runs only where an MTA may ask it
REPORTER = "komainu-reporter"  # runs only where days are counted for reports
SHARE = "komainu-share"  # runs only where hosts share what the gate knows
SOMETIMES = (JOURNAL, RUNNER, RESOLVER, COMPAT, GATE, REPORTER, SHARE)
STATELESS = ("panic", "detect", "check-config", "replay", "help", "test-filter")

# Of the system calls, by their numbers on this machine.
EPOLL_WAIT, EPOLL_PWAIT = {"x86_64": ("232", "281"), "aarch64": ("none", "22")}[os.uname().machine]

JAIL = """\
[postfix-sasl]
enabled = {sasl}
logpath = {log}
maxretry = {maxretry}
findtime = {findtime}
bantime = {bantime}
{more}

[sshd]
enabled = {sshd}
logpath = {log}
maxretry = {maxretry}
findtime = {findtime}
bantime = {bantime}
"""


def built_in_rules():
    """The names of the jails that come with komainu and count events of all filters."""
    with open(f"{ROOT}/etc/jail.conf", encoding="utf-8") as file:
        sections = file.read().split("\n[")
    return [text.partition("]")[0] for text in sections if "\nevents = " in text]


def write_config(
    folder, log, *, sasl=True, sshd=False, maxretry=5, findtime="10m", bantime="1h", komainu="",
    more="", rules=False
):
    """Writes komainu.conf (with the lines `komainu` in its section) and jail.conf (with
    the lines `more` in the section postfix-sasl). The rules that come with komainu are off
    but for `rules`, and there are no providers but those in `komainu`."""
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/komainu.conf", "w", encoding="utf-8") as file:
        file.write("[komainu]\n" + komainu + "\n")
        if "providers =" not in komainu:
            file.write("providers =\n")
    with open(f"{folder}/jail.conf", "w", encoding="utf-8") as file:
        file.write(
            JAIL.format(
                log=log,
                maxretry=maxretry,
                more=more,
                findtime=findtime,
                bantime=bantime,
                sasl=str(sasl).lower(),
                sshd=str(sshd).lower(),
            )
        )
        for name in [] if rules else built_in_rules():
            file.write(f"\n[{name}]\nenabled = no\n")


def _children_now(pid):
    with contextlib.suppress(OSError), open(
        f"/proc/{pid}/task/{pid}/children", encoding="ascii"
    ) as file:
        return [int(child) for child in file.read().split()]
    return []


def children(pid):
    """The processes whose parent is `pid`. When a child is reaped while the kernel prints
    the list, the one behind it is left out; but then the next list lacks the reaped one. So
    what two lists agree on is whole."""
    before, now = None, _children_now(pid)
    while now != before:
        before, now = now, _children_now(pid)
    return now


def is_running(pid):
    """Whether a process is there and has not ended: a zombie has."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"
    return False


def process_name(pid):
    """The name of the program of a process as it was called; of a script, the script's."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
        words = [os.path.basename(word.decode()) for word in file.read().split(b"\0")]
        return words[1] if words[0].startswith("python") else words[0]
    return ""


def waits_ms(pid):
    """How long a process that waits would do so if nothing happened: the timeout of its
    epoll_wait(), in milliseconds; None when it does not wait there."""
    with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
        words = file.read().split()
    if words[0] not in (EPOLL_WAIT, EPOLL_PWAIT):
        return None
    timeout = int(words[4], 16) & 0xFFFFFFFF
    return float("inf") if timeout == 0xFFFFFFFF else timeout


class Guard(Speaker):
    """komainud. Use it in a `with` statement, or start() and stop() it."""

    def __init__(self, network, log, **config):
        self.namespace = network.server
        self.state = f"{network.folder}/state"
        self.config = f"{network.folder}/komainu"
        self.output = f"{network.folder}/komainud.log"
        self.process = None
        self.arguments = []
        self.around = []  # a command line that runs what follows it, with mounts of its own
        write_config(self.config, log, **config)
        network.at_close(self.stop)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exception):
        self.stop()

    def start(self, is_waiting=True):
        """Starts komainud and, unless told not to, waits until it is ready."""
        os.makedirs(self.state, exist_ok=True)
        with open(self.output, "ab") as output:
            self.process = self.namespace.start(
                *self.around,
                KOMAINUD,
                "--state",
                self.state,
                "--config",
                self.config,
                *self.arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        if is_waiting and not eventually(self.is_ready, 20, every=0.02):
            raise RuntimeError("komainud did not become ready:\n" + self.said())
        return self

    def stop(self):
        """Ends komainud in good order; harmless when it does not run."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        self.kill()

    def kill(self):
        """kill -9 of komainud, and waits until its roles are gone with it."""
        if not self.process:
            return True
        roles = self.roles()
        self.process.kill()
        self.process.wait()
        return eventually(lambda: not any(is_running(pid) for pid in roles.values()), 10)

    def is_ready(self):
        """Whether status is answered and all three roles are up. Raises when komainud
        has ended."""
        if self.process.poll() is not None:
            raise RuntimeError(f"komainud ended with {self.process.returncode}:\n{self.said()}")
        if len(self.roles()) < len(ROLES):
            return False
        status = self.status()
        return bool(status) and self.is_up(status)

    @staticmethod
    def is_up(status):
        """Whether the status says that sensor and enforcer are at work."""
        return status["is_sensor_up"] and status["is_enforcer_up"]

    def said(self):
        """What komainud has printed so far."""
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def roles(self):
        """name -> pid of the roles that run."""
        named = {process_name(pid): pid for pid in children(self.process.pid)}
        return {name: pid for name, pid in named.items() if name in (*ROLES, *SOMETIMES)}

    def fresh_role(self, name, last):
        """The pid of a role that runs and is not `last` any more, or None."""
        pid = self.roles().get(name)
        return pid if pid != last else None

    def kill_role(self, name, pid=None):
        """kill -9 of one role, or of the process that it was a while ago; False when it was
        not there at that moment."""
        pid = pid or self.roles().get(name)
        if not pid or not is_running(pid) or process_name(pid) != name:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    def command(self, *argv, check=True):
        """Runs `komainu argv`; returns the CompletedProcess."""
        where = [] if argv[0] in STATELESS else ["--state", self.state]
        return self.namespace.run(KOMAINU, argv[0], *where, *argv[1:], check=check)

    def ask(self, *argv):
        """Runs `komainu argv --json`; returns what it answered, or None when it failed."""
        done = self.command(*argv, "--json", check=False)
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout else None

    def status(self):
        """`komainu status --json`, or None."""
        return self.ask("status")

    def jail(self, name="postfix-sasl"):
        """The part of the status that is about one jail, or {}."""
        status = self.status() or {}
        return next((j for j in status.get("jails", []) if j.get("name") == name), {})

    def failures(self, name="postfix-sasl"):
        """How many failures a jail has counted in all."""
        return self.jail(name).get("failures", 0)

    def bans(self):
        """The rows of `komainu bans --json`."""
        answer = self.ask("bans") or []
        return answer.get("bans", []) if isinstance(answer, dict) else answer

    def why(self, address):
        """What `komainu why ADDRESS` says, as text."""
        return self.command("why", address, check=False).stdout
