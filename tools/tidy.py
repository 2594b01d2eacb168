#!/usr/bin/env python3
"""Runs clang-tidy over files, and keeps in mind which were clean.

tools/tidy.py BUILD [--checks=CHECKS] [--jobs=N] FILE...

BUILD is a folder of meson's that clang has built. The analyzer takes seconds for a file, the
preprocessor some hundredths. So what was clean is not looked at again as long as everything that
clang-tidy sees is the same, byte for byte: the text of the file and of all that it includes, with
comments (NOLINT is one) and macros, its flags, the checks, .clang-tidy, and the version of
clang-tidy. A hash of all that is the name of an empty file in BUILD/tidy; without that folder all
is looked at. What has findings is looked at each time.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys

# What says where the result goes, and what it depends on: not what is compiled. The value is
# how many words follow.
OUTPUT_FLAGS = {"-c": 0, "-o": 1, "-MD": 0, "-MQ": 1, "-MF": 1}


def flags_of(entry):
    """The words of a compile command without the compiler, the outputs and the file."""
    words = shlex.split(entry["command"])[1:]
    flags = []
    while words:
        word = words.pop(0)
        if word in OUTPUT_FLAGS:
            del words[: OUTPUT_FLAGS[word]]
        elif word != entry["file"]:
            flags.append(word)
    return flags


def commands_of(build):
    """By the real path of each file: in which folder and with which flags it is compiled."""
    commands = {}
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as lines:
        for entry in json.load(lines):
            path = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
            commands.setdefault(path, []).append((entry["directory"], flags_of(entry)))
    return commands


def hash_of(rules, text):
    """What names the state of one file under these rules."""
    state = hashlib.sha256(rules)
    state.update(text)
    return state.hexdigest()


def run(folder, words):
    """Runs a program in a folder; what it printed is kept as bytes."""
    return subprocess.run(words, cwd=folder, check=False, capture_output=True)


class Tidy:
    """The rules that hold for all files of this run."""

    def __init__(self, build, checks):
        self.checks = checks
        self.commands = commands_of(build)
        self.clean = os.path.join(build, "tidy")
        os.makedirs(self.clean, exist_ok=True)
        version = subprocess.run(["clang-tidy", "--version"], check=True, capture_output=True)
        with open(".clang-tidy", "rb") as config:
            self.rules = b"\0".join([version.stdout, config.read(), checks.encode()])

    def run(self, folder, flags, path):
        """None for a file that is clean with these flags, as it was before; else what
        clang-tidy came to."""
        text = run(folder, ["clang", *flags, "-E", "-CC", "-dD", path])
        if text.returncode:
            text.stdout = b""
            return text
        meant = [flag for flag in flags if not flag.startswith("-I")]  # the text has the paths
        mark = os.path.join(self.clean, hash_of(self.rules + repr(meant).encode(), text.stdout))
        if os.path.exists(mark):
            return None
        done = run(folder, ["clang-tidy", "--quiet", "--warnings-as-errors=*",
                            "--checks=" + self.checks, path, "--", *flags])
        if done.returncode == 0:
            with open(mark, "wb"):
                pass
        return done

    def look_at(self, path):
        """Looks at a file as each program compiles it that has it: what came of that."""
        path = os.path.realpath(path)
        done = [self.run(folder, flags, path) for folder, flags in self.commands[path]]
        return [one for one in done if one]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--checks", default="", help="added to those of .clang-tidy")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    tidy = Tidy(os.path.realpath(arguments.build), arguments.checks)
    missing = [f for f in arguments.files if os.path.realpath(f) not in tidy.commands]
    if missing:
        sys.exit("nothing compiles " + ", ".join(missing))
    bad = looked_at = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for runs in pool.map(tidy.look_at, arguments.files):
            failed = [one for one in runs if one.returncode]
            for one in failed:
                sys.stdout.buffer.write(one.stdout + one.stderr)
            sys.stdout.flush()
            looked_at += bool(runs)
            bad += bool(failed)
    print(f"clang-tidy: {len(arguments.files)} files, {bad} with findings; looked at {looked_at}, "
          "the others are what they were when they were clean")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
