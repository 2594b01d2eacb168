#!/usr/bin/python3
"""export and import: what one guard has banned and allowed, another one has afterwards."""
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import logs, tap  # noqa: E402
from komainu_test.guard import KOMAINUD, Guard  # noqa: E402
from komainu_test.net import SERVER4, Network, Nft, attacker4, attacker6  # noqa: E402

DONE, NO_MATCH, USAGE = 0, 1, 2
MANY = 3000


def main(t):
    """A guard, and one that begins with nothing."""
    with Network() as net:
        log = logs.Log(f"{net.folder}/mail.log")
        file = f"{net.folder}/exported"
        with Guard(net, log.path, maxretry=3) as guard:
            nft = Nft(net.server)
            for address in (attacker4(0), attacker6(0)):
                log.write(*(logs.sasl_failure(address, f"u{i}") for i in range(3)))
            wanted = {attacker4(0), attacker6(0), "192.0.2.7"}
            guard.command("ban", "192.0.2.7", "--for", "2h")
            guard.command("allow", "198.51.100.0/28", "--comment", 'the "office"')
            t.ok(tap.eventually(lambda: nft.banned() == wanted, 5), "three are banned")
            before = {(b["address"], b["jail"], b["until"]) for b in guard.bans()}
            said = guard.command("export").stdout
            rows = [json.loads(line) for line in said.splitlines()]
            t.equal(sorted(row["kind"] for row in rows), ["allow", "ban", "ban", "ban"],
                    "export has all of it")
            t.ok(all(row["schema"] == 1 for row in rows), "with a schema in each line")
            with open(file, "w", encoding="utf-8") as out:
                out.write(said)
            done = guard.command("import", file, check=False)
            t.equal((done.returncode, done.stdout),
                    (NO_MATCH, "0 taken in, 4 unchanged, 0 over, 0 refused\n"),
                    "importing what is there changes nothing")
            guard.stop()
            shutil.rmtree(guard.state)
            net.server.run("nft", "delete", "table", "inet", "komainu")
            log.file.truncate(0)
            guard.start()
            t.equal((guard.bans(), nft.banned()), ([], set()), "another guard has nothing")
            done = guard.command("import", file, "--dry-run", check=False)
            t.equal((done.returncode, done.stdout), (DONE, "4 lines would be imported.\n"), "--dry-run")
            t.equal(guard.bans(), [], "does nothing")
            done = guard.command("import", file, check=False)
            t.equal((done.returncode, done.stdout),
                    (DONE, "4 taken in, 0 unchanged, 0 over, 0 refused\n"), "import")
            t.ok(tap.eventually(lambda: nft.banned() == wanted, 5), "they are in the kernel")
            t.equal({(b["address"], b["jail"], b["until"]) for b in guard.bans()}, before,
                    "of the same jails, with the same ends")
            allowed = guard.ask("allow", "list", "198.51.100.0/28")["allowed"][0]
            t.equal(allowed["comment"], 'the "office"', "and who is never banned")
            t.equal(guard.command("import", file, check=False).returncode, NO_MATCH, "twice: nothing")
            plain(t, guard, nft, net.folder)


def plain(t, guard, nft, folder):
    """A list of addresses, a long one, and wrong ones."""
    path = f"{folder}/list"
    with open(path, "w", encoding="ascii") as out:
        out.write("# bad ones\n198.51.100.3\n")
        for i in range(MANY):
            out.write(f"2001:db8:f::{i:x}\n")
    done = guard.command("import", path, "--for", "1h", check=False)
    t.equal((done.returncode, done.stdout),
            (DONE, f"{MANY} taken in, 0 unchanged, 0 over, 1 refused\n"), "a plain list")
    t.ok(tap.eventually(lambda: len(nft.banned()) == MANY + 3, 60, every=0.2), "all are in the kernel")
    t.ok("198.51.100.3" not in nft.banned(), "but not who is never banned")
    done = guard.command("import", path, check=False)
    t.equal((done.returncode, done.stderr),
            (USAGE, "komainu: import: line 2: a plain list of addresses needs --for\n"), "without --for")
    with open(path, "w", encoding="ascii") as out:
        out.write(f"192.0.2.99\n{SERVER4}\nnonsense\n")
    done = guard.command("import", path, "--for", "1h", check=False)
    t.equal((done.returncode, done.stderr), (USAGE, "komainu: import: line 3: not an address\n"),
            "a wrong line")
    t.ok("192.0.2.99" not in nft.banned(), "nothing was done before it")
    t.equal(guard.command("import", "/nonexistent", check=False).returncode, USAGE, "no such file")


tap.main(main, needs=[KOMAINUD, "ip", "nft", "nsenter"])
