#!/usr/bin/python3
"""Completion in real shells: commands, options, paths, names of jails and banned addresses, as somebody
gets them who presses the tabulator key."""
import os
import pty
import select
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import BUILD, KOMAINU, KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network, Nft, attacker4, attacker6  # noqa: E402

FOLDER = f"{BUILD}/etc/completion"
COMPGEN = """
source "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=$3
_komainu "$4"
printf '%s\\n' "${COMPREPLY[@]}"
"""
COLON = " \t\"'><=;|&(:"


def bash(line, program=KOMAINU, breaks=COLON):
    """What bash offers at the end of `line`, sorted."""
    done = subprocess.run(
        ["bash", "--norc", "-c", COMPGEN, "bash", f"{FOLDER}/komainu", line, breaks, program],
        capture_output=True, text=True, timeout=30, check=True,
    )
    if done.stderr:
        raise RuntimeError(done.stderr)
    return sorted(word for word in done.stdout.splitlines() if word)


def typed(shell, setup, keys):
    """What a shell on a terminal runs after `keys`, with a tabulator in them: the arguments of the
    function komainu that `setup` makes, which prints them behind GOT."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", PS1="$ ", HISTFILE="")
        os.execvp(shell[0], shell)
    said = b""

    def is_said(text):
        nonlocal said
        while select.select([terminal], [], [], 0)[0]:
            said += os.read(terminal, 65536)
        return text in said

    try:
        os.write(terminal, setup.encode() + b"\n")
        tap.eventually(lambda: is_said(b"IS-READY"), 5, every=0.02)
        os.write(terminal, keys.encode() + b"\n")
        tap.eventually(lambda: is_said(b"]GOT"), 5, every=0.02)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)
    text = said.decode(errors="replace")
    return text.partition("GOT[")[2].partition("]GOT")[0] if "]GOT" in text else text


def words(t, state):
    """The table of what bash offers."""
    at = f"--state {state}"
    banned = sorted([attacker4(0), attacker4(10), attacker6(0)])
    for line, expected in (
        ("komainu sta", ["status"]),
        ("komainu --json sta", ["status"]),
        ("komainu help un", ["unban"]),
        ("komainu bans --js", ["--json", "--jsonl"]),
        ("komainu status --off", []),
        ("komainu ban 192.0.2.1 --for 1", ["10m", "1d", "1h", "1w"]),
        ("komainu ban --for=perm", ["permanent"]),
        (f"komainu {at} unban 203", [attacker4(0), attacker4(10)]),
        (f"komainu unban {at} {attacker4(10)}", [attacker4(10)]),
        (f"komainu unban {at} 192", []),
        (f"komainu unban {at} ", banned),
        (f"komainu unban --state={state} 203", [attacker4(0), attacker4(10)]),
        (f"komainu complete {at} ", []),
    ):
        t.equal(bash(line), sorted(expected), f"bash: {line}")
    six = attacker6(0)
    head = six[: six.rindex(":") + 1]
    t.equal(bash(f"komainu why {at} {head}"), [six[len(head) :]], "bash: behind a colon")
    t.equal(bash(f"komainu why {at} {head}", breaks=" "), [six], "bash: without wordbreaks")
    t.equal(bash("komainu unban --state /nonexistent "), [], "no guard, no words, no errors")
    os.makedirs(f"{state}/a folder")
    t.equal(bash(f"komainu status --state {state}/a\\ fo"), [], "bash: quoted blanks")
    t.equal(bash(f"komainu replay {state}/a"), [f"{state}/a folder"], "bash: paths")
    done = subprocess.run(
        [KOMAINU, "complete", "jails", "--state", state], capture_output=True, text=True,
        timeout=30, check=True,
    )
    t.ok("postfix-sasl" in done.stdout.split(), "complete jails")


def terminals(t, state):
    """The key itself, in a bash and a zsh on a terminal."""
    function = f'komainu() {{ if [ "$1" = complete ]; then {KOMAINU} "$@"; ' \
        'else printf "%s[%s]%s\\n" GOT "$*" GOT; fi; }'
    bash_setup = f"source {FOLDER}/komainu; bind 'set bell-style none'; {function}; echo IS-\"\"READY"
    zsh_setup = (
        f"fpath=({FOLDER} $fpath); autoload -Uz compinit; compinit -u -D; unsetopt beep; {function}; "
        'echo IS-""READY'
    )
    shells = [("bash", ["bash", "--norc", "-i"], bash_setup)]
    if shutil.which("zsh"):
        shells.append(("zsh", ["zsh", "-f", "-i"], zsh_setup))
    else:
        t.skip("completion in zsh", "zsh is not installed")
    for name, shell, setup in shells:
        for keys, expected in (
            ("komainu stat\t", "status"),
            ("komainu test-fi\t", "test-filter"),
            ("komainu panic --of\t", "panic --off"),
            (f"komainu unban --state {state} 203.0.113.2\t",
             f"unban --state {state} {attacker4(10)}"),
            (f"komainu why --state {state} 2001:d\t", f"why --state {state} {attacker6(0)}"),
        ):
            t.equal(typed(shell, setup, keys).strip(), expected, f"{name}: {keys.strip()}")


def main(t):
    """One guard, with three bans."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        with Guard(net, log.path, maxretry=3) as guard:
            nft = Nft(net.server)
            attackers = {attacker4(0), attacker4(10), attacker6(0)}
            for address in sorted(attackers):
                log.write(*(logs.sasl_failure(address, f"u{i}") for i in range(3)))
            t.ok(tap.eventually(lambda: nft.banned() == attackers, 5), "three are banned")
            words(t, guard.state)
            terminals(t, guard.state)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "bash"])
