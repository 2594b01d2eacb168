"""TAP output and waiting.

A test program calls tap.main(function, needs=[...]). The function gets a Tap and calls
ok() and equal(); the plan is printed at the end. An exception is a failed test.
"""
import os
import shutil
import signal
import sys
import time
import traceback

from . import installed


PATIENCE = 8


class Tap:
    """Counts and prints results. Use one a program."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, is_good, name, todo=""):
        """Prints one result; returns whether it was good. `todo` says what is missing for it: then it
        may fail."""
        self.count += 1
        if not is_good and not todo:
            self.failed += 1
        end = f" # TODO {todo}" if todo else ""
        print(f"{'ok' if is_good else 'not ok'} {self.count} - {name}{end}", flush=True)
        return bool(is_good)

    def equal(self, actual, expected, name):
        """ok() that shows both values when they differ; returns whether they are equal."""
        if not self.ok(actual == expected, name):
            self.note(f"     got: {actual!r}\nexpected: {expected!r}")
        return actual == expected

    def below(self, actual, limit, name):
        """ok() that `actual` is a number smaller than `limit`; the number is shown."""
        self.ok(actual is not None and actual < limit, f"{name} ({actual} < {limit})")

    def skip(self, name, reason):
        """Prints one skipped result."""
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def note(self, text):
        """Prints lines for people, which are not results."""
        for line in str(text).splitlines():
            print(f"# {line}", flush=True)

    def finish(self):
        """Prints the plan; returns the exit status."""
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed or not self.count else 0


def eventually(condition, seconds, every=0.005):
    """Asks condition() until it says something true, at most `seconds`. Returns what it
    said last. For what another process does: there is nothing to wait on but its effect.
    Machines are shared and noisy: PATIENCE times as long is waited before a test fails; how
    quick things are is measured by bench/run."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        answer = condition()
        if answer or time.monotonic() >= deadline:
            return answer
        time.sleep(every)


def seconds_until(condition, seconds):
    """As eventually(), but returns the seconds it took, or None when it never came."""
    start = time.monotonic()
    return round(time.monotonic() - start, 3) if eventually(condition, seconds) else None


def skip_all(reason):
    """Ends the program as a skipped test."""
    print(f"1..0 # SKIP {reason}", flush=True)
    sys.exit(0)


def require(needs):
    """Skips the program unless it runs as root with every program of `needs` there.
    A need with a slash in it is a file."""
    if os.geteuid() != 0:
        skip_all("needs root: it makes network namespaces")
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for need in needs:
        found = os.path.exists(need) if "/" in need else shutil.which(need)
        if not found:
            skip_all(f"{need} is not there")


def end_on_signals():
    """Makes SIGTERM and SIGHUP unwind the program, so that it cleans up."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda n, _frame: sys.exit(128 + n))


def main(function, needs=(), package=""):
    """Runs function(tap) and exits with its status; where `package` is installed, or is as if it were."""
    if package:
        installed.with_package(package)
    require(needs)
    end_on_signals()
    tap = Tap()
    try:
        function(tap)
    except Exception:  # pylint: disable=broad-except
        tap.ok(False, f"{function.__name__} ended by an exception")
        tap.note(traceback.format_exc())
    sys.exit(tap.finish())
