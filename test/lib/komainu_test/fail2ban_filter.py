"""fail2ban's own filters, in this process, and texts made from expressions: for tests that put its
reading of lines beside ours."""
import logging
import os
import sys
import time
import warnings

from komainu_test import tap

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../../../tools")
# pylint: disable=wrong-import-position
import conformance  # noqa: E402

warnings.simplefilter("ignore", DeprecationWarning)
warnings.simplefilter("ignore", FutureWarning)
import sre_constants as op  # noqa: E402
import sre_parse  # noqa: E402

FOLDER = "/etc/fail2ban"


class LogClock:
    """The clock by which fail2ban's sessions end: it goes with the log, as in operation, where it
    would be as fast here as the test is."""

    now = 0.0

    def time(self):
        """Seconds, as time.time() has them."""
        return self.now

    def __getattr__(self, name):
        return getattr(time, name)


CLOCK = LogClock()


def load():
    """The modules of the package; skips when it is not there."""
    try:
        from fail2ban.client.filterreader import FilterReader
        from fail2ban.server import utils
        from fail2ban.server.filter import Filter
        from fail2ban.server.mytime import MyTime
    except ImportError:
        tap.skip_all("the package fail2ban is not installed")
    logging.getLogger("fail2ban").setLevel(logging.CRITICAL + 1)
    MyTime.setTime(conformance.NOW)
    utils.time = CLOCK
    return FilterReader, Filter


class Theirs:
    """A filter as fail2ban has it."""

    def __init__(self, modules, name, options, folder=FOLDER):
        reader, filter_ = modules
        one = reader(name, "jail", dict(options), share_config={}, basedir=folder)
        one.read()
        one.applyAutoOptions("systemd" if options.get("logtype") == "journal" else "auto")
        one.getOptions(None)
        self.filter = filter_(None)
        self.filter.returnRawHost = True
        self.filter.checkFindTime = False
        for command in one.convert():
            values = command[3] if command[0] == "multi-set" else command[3:]
            for value in values:
                self.take(command[2], value)

    def take(self, option, value):
        """One command of the configuration."""
        if option == "prefregex":
            self.filter.prefRegex = value
        elif option == "addfailregex":
            self.filter.addFailRegex(value)
        elif option == "addignoreregex":
            self.filter.addIgnoreRegex(value)
        elif option == "maxlines":
            self.filter.setMaxLines(value)
        elif option == "datepattern":
            self.filter.setDatePattern(value)

    def expressions(self):
        """The failregexes, and the prefregex or None."""
        prefix = self.filter.prefRegex
        return self.filter.getFailRegex(), prefix.getRegex() if prefix else None

    def judge(self, line):
        """What a row expects of the line."""
        found = [one for one in self.filter.processLine(line) if one[1] is not None]
        if not found or found[0][3].get("nofail"):
            return {"match": False}
        _, who, when, data = found[0]
        expect = {"match": True, "host": str(who), "attempts": len(data.get("matches", []))}
        if when is not None:
            expect["epoch"] = when
        if "users" in data:
            expect["users"] = sorted(data["users"])
        for name, value in data.items():
            if name not in ("matches", "users", "nofail-matches", "ip") and (value is None or isinstance(value, str)):
                expect[name] = value
        return expect


class Walk:
    """Makes texts that an expression matches."""

    def __init__(self, dice, given):
        self.dice, self.given, self.caught, self.names = dice, given, {}, {}

    def text(self, expression):
        """One text, mostly matched by it."""
        tree = sre_parse.parse(expression)
        self.names = {number: name for name, number in tree.state.groupdict.items()}
        return self.sequence(tree)

    def sequence(self, nodes):
        """The text of nodes one after another."""
        return "".join(self.node(kind, value) for kind, value in nodes)

    def member(self, items):
        """One character of a class."""
        if items[0][0] is op.NEGATE:
            allowed = [c for c in "ax7.-: @_/" if not self.is_in(c, items[1:])] or ["~"]
            return self.dice.choice(allowed)
        kind, value = self.dice.choice(items)
        if kind is op.LITERAL:
            return chr(value)
        if kind is op.RANGE:
            return chr(self.dice.randint(*value))
        return {op.CATEGORY_DIGIT: "7", op.CATEGORY_SPACE: " ", op.CATEGORY_WORD: "w"}.get(value, "-")

    @staticmethod
    def is_in(char, items):
        """Whether a class without its ^ holds the character."""
        tests = {
            op.CATEGORY_DIGIT: char.isdigit(),
            op.CATEGORY_SPACE: char.isspace(),
            op.CATEGORY_WORD: char.isalnum() or char == "_",
            op.CATEGORY_NOT_DIGIT: not char.isdigit(),
            op.CATEGORY_NOT_SPACE: not char.isspace(),
            op.CATEGORY_NOT_WORD: not (char.isalnum() or char == "_"),
        }
        return any(
            (kind is op.LITERAL and chr(value) == char)
            or (kind is op.RANGE and value[0] <= ord(char) <= value[1])
            or (kind is op.CATEGORY and tests[value])
            for kind, value in items
        )

    def group(self, number, nodes):
        """A group: of some names what is wanted."""
        name = self.names.get(number)
        text = self.given[name]() if name in self.given else self.sequence(nodes)
        self.caught[number] = text
        return text

    def repeat(self, low, high, nodes):
        """The text of nodes several times."""
        most = min(int(high), low + 2)
        return "".join(self.sequence(nodes) for _ in range(self.dice.randint(low, max(low, most))))

    def node(self, kind, value):
        """The text of one node."""
        if kind is op.LITERAL:
            return chr(value)
        if kind is op.NOT_LITERAL:
            return "x" if value != ord("x") else "y"
        if kind is op.ANY:
            return self.dice.choice("ab 7.:")
        if kind is op.IN:
            return self.member(value)
        if kind is op.BRANCH:
            return self.sequence(self.dice.choice(value[1]))
        if kind is op.SUBPATTERN:
            return self.group(value[0], value[3])
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            return self.repeat(*value)
        if kind is op.GROUPREF:
            return self.caught.get(value, "")
        if kind is op.GROUPREF_EXISTS:
            return self.sequence(value[1] if value[0] in self.caught else value[2] or [])
        return ""  # assertions take up no room
