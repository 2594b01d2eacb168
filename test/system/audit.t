#!/usr/bin/python3
"""`komainu audit` of a guard that runs: what its logs say and whom it banned, in the order of
time; followed, with a rotation, each as it happens."""
import json
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import BUILD, KOMAINUD, Guard  # noqa: E402
from komainu_test.net import Network, attacker4  # noqa: E402

WHO, OTHER = attacker4(1), attacker4(2)


class Follower:
    """`komainu audit --follow --json`, and what it has said."""

    def __init__(self, guard, *argv):
        command = [f"{BUILD}/komainu", "audit", "--follow", "--json", "--state", guard.state, *argv]
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.rows = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.rows.append(json.loads(line))

    def has(self, **fields):
        """Whether a row is like this."""
        return any(all(row[key] == value for key, value in fields.items()) for row in self.rows)

    def stop(self):
        """Interrupts it."""
        self.process.terminate()
        self.process.wait(10)
        self.thread.join(10)


def search(guard, *argv):
    """The rows of a search."""
    answer = guard.command("audit", "--json", "--config", guard.config, *argv, check=False)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def main(t):
    """One guard."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        guard = Guard(net, log.path, maxretry=3)
        with guard:
            follower = Follower(guard, "--config", guard.config, "--since", "-1h")
            log.write(*(logs.sasl_failure(WHO, f"u{i}") for i in range(3)))
            t.ok(
                tap.eventually(lambda: follower.has(category="login", address=WHO), 10),
                "a failed login is told as it happens",
            )
            t.ok(tap.eventually(lambda: follower.has(category="ban", address=WHO), 10), "a ban, too")
            log.rotate_by_rename()
            log.write(logs.sasl_failure(OTHER, "joe"))
            t.ok(
                tap.eventually(lambda: follower.has(category="login", address=OTHER), 10),
                "and what the next file says",
            )
            guard.command("unban", WHO)
            t.ok(tap.eventually(lambda: follower.has(category="unban", address=WHO), 10), "and an end")
            follower.stop()
            rows = search(guard, "--rotated")
            mine = [row["category"] for row in rows if row["address"] == WHO]
            t.equal(mine, ["login", "login", "login", "ban", "unban"], "a search has all of it in order")
            t.equal(
                {row["address"] for row in search(guard, "--rotated", "--address", OTHER)},
                {OTHER},
                "or one address",
            )
            t.equal(search(guard, "--category", "trouble"), [], "or nothing")
        guard_is_gone = search(guard, "--rotated", "--category", "login")
        t.equal(len(guard_is_gone), 4, "without a guard the logs are there all the same")


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
