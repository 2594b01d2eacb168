#!/usr/bin/python3
"""A machine without a mail log: the guard says so, keeps watching, and follows the log when
it appears; also when its folder appears later.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network, Nft  # noqa: E402


def attack(log, address):
    """Three failures."""
    log.write(*(logs.sasl_failure(address, f"u{i}") for i in range(3)))


def appears(t):
    """A configured log that is not there yet."""
    with Network() as net:
        path = f"{net.folder}/logs/mail.log"
        os.mkdir(f"{net.folder}/logs")
        with Guard(net, path, maxretry=3) as guard:
            nft = Nft(net.server)
            t.ok(tap.eventually(lambda: path in guard.said(), 5), "the screen names the log that is missing")
            t.ok(path in guard.command("status").stdout, "status names it too")
            log = logs.Log(path)
            attack(log, "203.0.113.50")
            t.ok(
                tap.eventually(lambda: "203.0.113.50" in nft.banned(), 5),
                "the log appears and is followed",
            )
            log.file.close()
            os.unlink(path)
            log.open()
            attack(log, "203.0.113.51")
            t.ok(
                tap.eventually(lambda: "203.0.113.51" in nft.banned(), 5),
                "it is removed and made anew, and followed",
            )


def without_configuration(t):
    """Built-in defaults on a machine whose /var/log is empty."""
    with Network() as net:
        state, empty = f"{net.folder}/state", f"{net.folder}/empty"
        for folder in (state, empty):
            os.mkdir(folder)
        output = f"{net.folder}/screen"
        script = 'mount -t tmpfs none /var/log && exec "$0" --state "$1" --config "$2"'
        with open(output, "wb") as file:
            process = net.server.start(
                "unshare",
                "-m",
                "sh",
                "-c",
                script,
                KOMAINUD,
                state,
                empty,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )

        def said():
            with open(output, encoding="utf-8", errors="replace") as file:
                return file.read()

        t.ok(
            tap.eventually(lambda: "make demo" in said(), 10, every=0.05),
            "without any log the screen points to make demo",
        )
        t.note(said())
        t.ok(process.poll() is None, "and the guard goes on watching")
        printed = {
            label: line.split(label, 1)[1].split()
            for label in ("look", "open all")
            for line in said().splitlines()
            if line.strip().startswith(label)
        }
        komainu = os.path.join(os.path.dirname(KOMAINUD), "komainu")
        where = printed["look"][1 : printed["look"].index("status")]
        panic = printed["open all"][1:]
        for words in ([*where, "status"], panic, [*panic, "--off"]):
            done = net.server.run(komainu, *words, check=False)
            t.equal(done.returncode, 0, f"what the screen says works: {words[-1]}")
        process.terminate()
        t.ok(process.wait(10) == 0, "until it is ended, in good order")


def main(t):
    """Both."""
    appears(t)
    without_configuration(t)


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter", "unshare"])
