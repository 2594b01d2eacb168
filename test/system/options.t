#!/usr/bin/python3
"""The command line of komainud: --test finds what is wrong, in the configuration and in the
expressions, without a guard, without root, and without making anything."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import tap  # noqa: E402
from komainu_test.guard import BUILD, KOMAINU, KOMAINUD, write_config  # noqa: E402

NOBODY = 65534


def run(*argv, **options):
    """Runs komainud; the CompletedProcess with texts."""
    return subprocess.run(
        [KOMAINUD, *argv], check=False, capture_output=True, text=True, timeout=120, **options
    )


def good(t, folder):
    """A configuration without errors."""
    write_config(folder, "/nonexistent/mail.log")
    for option in ("-t", "--test"):
        done = run(option, "--config", folder)
        t.equal(done.returncode, 0, f"{option} of a good configuration exits with 0")
        t.ok(done.stdout.startswith("OK: ") and not done.stderr, "and says so")
    done = run("-t", "--config", folder, "--state", f"{folder}/state")
    t.ok(done.returncode == 0 and not os.path.exists(f"{folder}/state"), "it makes no state")
    done = run("--check", "-c", folder)
    t.ok("[postfix-sasl]" in done.stdout, "--check prints what is in force")
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    if not os.access(KOMAINUD, os.X_OK):
        t.skip("-t without root", "komainud cannot be reached")
        return
    try:
        done = run("-t", "-c", folder, **as_nobody)
    except PermissionError:
        t.skip("-t without root", "komainud lies in a folder that others cannot read")
        return
    t.equal((done.returncode, done.stderr), (0, ""), "-t works without root")
    done = run("-c", folder, **as_nobody)
    t.equal(done.returncode, 4, "to guard does not")


def bad(t, folder):
    """Errors, and where they are."""
    write_config(folder, "/nonexistent/mail.log", maxretry=0, komainu="nonsense = 1")
    done = run("-t", "-c", folder)
    t.equal(done.returncode, 2, "-t of a bad configuration exits with 2")
    t.ok(f"{folder}/komainu.conf:2:" in done.stderr, "and names file and line")
    t.ok(f"{folder}/jail.conf:4:" in done.stderr, "of every error")
    t.equal(done.stdout, "", "and does not say OK")
    write_config(folder, "/nonexistent/mail.log", more="failregex = ^oops( <ADDR>$")
    done = run("-t", "-c", folder)
    t.equal(done.returncode, 2, "an expression that cannot be compiled is an error")
    t.ok(f"{folder}/jail.conf:7:" in done.stderr, "with file and line")
    told = subprocess.run(
        [KOMAINU, "check-config", "--config", folder], check=False, capture_output=True, text=True
    )
    words = told.stderr.replace("komainu: check-config: ", "").strip().splitlines()
    t.ok(words and words[0] in done.stderr, "and the words of check-config")
    t.note(done.stderr)


def usage(t):
    """Wrong options."""
    for argv in (["--nonsense"], ["-z"], ["--state"], ["word"]):
        done = run(*argv)
        t.equal(done.returncode, 2, f"{argv[0]}: exit 2")
        t.ok(argv[0] in done.stderr and not done.stdout, "which is named")
    done = run("--help")
    t.ok(done.returncode == 0 and "--config DIR" in done.stdout, "--help")
    t.ok(run("--version").stdout.startswith("komainud "), "--version")
    options = [w.strip(",") for w in done.stdout.split() if w.startswith("--")]
    t.ok(len(options) >= 8, "the help lists options")
    pages = [page("komainud.8"), page("doc/man/ja/komainud.8")]
    for option in options:
        t.ok(all(f"Fl Fl {option[2:]}" in p for p in pages), f"the manuals have {option}")
    heads = [[line[:3] for line in p.splitlines() if line.startswith(".Sh")] for p in pages]
    t.equal(len(heads[0]), len(heads[1]), "the Japanese one has as many sections")
    for macro in ("Ic", "Pa", "Xr", "Dv"):
        used = [words(p, macro) for p in pages]
        t.equal(used[0] ^ used[1], set(), f"and names the same things with {macro}")
    t.ok(not any(has_kana(line) for line in pages[0].splitlines()), "the English one is English")
    between = pages[1].split(".It Fl s")[1].split(".El")[0].splitlines()
    texts = [line for line in between if not line.startswith(".It") and line.endswith("。")]
    t.ok(len(texts) >= 8 and all(has_kana(line) for line in texts), "and its options Japanese")


def page(name):
    """A manual as it was built."""
    with open(f"{BUILD}/{name}", encoding="utf-8") as file:
        return file.read()


def words(text, macro):
    """What stands behind a macro at the beginning of a line."""
    return {line for line in text.splitlines() if line.startswith(f".{macro} ")}


def has_kana(text):
    """Whether there is a Japanese syllable in it."""
    return any("\u3040" <= c <= "\u30ff" for c in text)


def main(t):
    """All."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        good(t, folder)
        bad(t, folder)
    usage(t)


tap.main(main, needs=[KOMAINUD])
