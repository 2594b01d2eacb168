"""The greylist beside Debian's postgrey: the same requests to both, each in a namespace.

Three parts: requests a second, and what an echo server makes of them; a kill -9 in the
middle of them; and a greylist with very many triplets, which starts, answers, and cleans
up when all of them are over. postgrey gets its many triplets by Perl, since it would need
ten minutes to be told them; it cleans up at night only, an hour after its start."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

from komainu_test.guard import KOMAINU
from komainu_test.net import Network
from komainu_test.tap import eventually

HERE = os.path.dirname(os.path.realpath(__file__))
GOALS = {1: "> 10x", 10: "> 50x", 100: "> 50x"}
PORT = 10023
RETRY_WINDOW_MIN = 60  # seconds that can be set
SEED = """
use BerkeleyDB;
my ($folder, $count) = @ARGV;
my $env = BerkeleyDB::Env->new(-Home => $folder, -Flags => DB_CREATE | DB_INIT_MPOOL) or die;
my $db = BerkeleyDB::Btree->new(-Filename => 'postgrey.db', -Flags => DB_CREATE, -Env => $env) or die;
my $now = time;
for my $n (0 .. $count - 1) {
    my $net = sprintf '198.%d.%d.0', 18 + ($n >> 16 & 1), $n >> 8 & 255;
    $db->db_put(sprintf('%s/s%d@example.org/r%d@example.net', $net, $n, $n % 97), "$now,$now");
}
"""
REQUEST = b"""\
request=smtpd_access_policy
protocol_state=RCPT
client_address=192.0.2.1
client_name=unknown
sender=anna@example.org
recipient=bob@example.net

"""


class Greylist:
    """One of both, in a namespace with its folder and the programs that ask it."""

    def __init__(self, network, is_ours):
        self.network = network
        self.space = network.server
        self.is_ours = is_ours
        self.state = f"{network.folder}/state"
        self.unix = f"{network.folder}/sockets/policy"
        self.process = None
        os.chmod(network.folder, 0o755)
        for folder in (self.state, os.path.dirname(self.unix)):
            os.mkdir(folder)
            shutil.chown(folder, "postgrey", "postgrey")
        for name in ("load", "echo"):
            source = f"{HERE}/policy_{name}.c"
            words = ["cc", "-O2", "-D_GNU_SOURCE", "-o", f"{network.folder}/{name}", source]
            subprocess.run(words, check=True)

    def place(self, is_unix):
        """Where it is asked."""
        return f"unix:{self.unix}" if is_unix else f"inet:127.0.0.1:{PORT}"

    def _words(self, is_unix, options):
        if self.is_ours:
            words = [KOMAINU, "gate", "run", f"--state={self.state}", "--user=postgrey"]
            words += ["--listen", self.place(is_unix)]
            return words + [word for option in options for word in ("-o", option)]
        place = f"--unix={self.unix}" if is_unix else f"--inet=127.0.0.1:{PORT}"
        words = ["postgrey", place, "--user=postgrey", "--group=postgrey"]
        return [*words, f"--dbdir={self.state}", *(f"--{option}" for option in options)]

    def answers(self, is_unix=True):
        """Whether a request is answered."""
        family = socket.AF_UNIX if is_unix else socket.AF_INET
        with contextlib.suppress(OSError), self.space.entered(), socket.socket(family) as asked:
            asked.connect(self.unix if is_unix else ("127.0.0.1", PORT))
            asked.sendall(REQUEST)
            return asked.recv(4096).endswith(b"\n\n")
        return False

    @contextlib.contextmanager
    def running(self, is_unix=True, options=()):
        """Runs it; the seconds until it answered."""
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.unix)
        begin = time.monotonic()
        with open(f"{self.network.folder}/said", "wb") as said:
            words = self._words(is_unix, options)
            self.process = self.space.start(*words, stdout=said, stderr=said)
        try:
            eventually(
                lambda: self.process.poll() is not None or self.answers(is_unix), 120, every=0.01
            )
            took = time.monotonic() - begin
            if not self.answers(is_unix):
                raise RuntimeError(f"{words} does not answer")
            yield took
        finally:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def load(self, is_unix, count, *words):
        """(requests/s, median, p99 and longest in us, us of its CPU for each, answered, put off)."""
        program = f"{self.network.folder}/load"
        before = self.cpu_ns()
        asked = self.space.run(
            program, self.place(is_unix), str(count), *map(str, words), timeout=900
        )
        found = [int(word) for word in asked.stdout.split()]
        return [*found[:4], (self.cpu_ns() - before) / 1000 / max(found[4], 1), *found[4:]]

    def cpu_ns(self):
        """Time that it has had of a CPU: what others take from the machine changes it little."""
        with open(f"/proc/{self.process.pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0])

    def memory(self):
        """Bytes of it that are in memory."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            line = next(line for line in file if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024


@contextlib.contextmanager
def new_greylist(is_ours):
    """One in a namespace of its own."""
    with Network() as network:
        yield Greylist(network, is_ours)


def speeds(is_ours, seconds):
    """{(is_unix, connections): load()}."""
    found = {}
    with new_greylist(is_ours) as grey:
        for is_unix in (True, False):
            with grey.running(is_unix):
                for count in GOALS:
                    found[is_unix, count] = grey.load(is_unix, count, "mix", seconds)
    return found


def echo_speeds(seconds):
    """The same of a program that does nothing: what kernel and load leave."""
    found = {}
    with new_greylist(True) as grey:
        for is_unix in (True, False):
            place = f"unix:{grey.unix}" if is_unix else f"inet:{PORT}"
            grey.process = grey.space.start(f"{grey.network.folder}/echo", place)
            eventually(lambda way=is_unix: grey.answers(way), 20, every=0.1)
            for count in GOALS:
                found[is_unix, count] = grey.load(is_unix, count, "mix", seconds)
            grey.process.kill()
            grey.process.wait()
    return found


def killed(is_ours, count):
    """(answered before a kill -9, how many of those are not known behind it)."""
    with new_greylist(is_ours) as grey:
        answered = f"{grey.network.folder}/answered"
        with grey.running(options=["delay=1"]):
            words = (
                f"{grey.network.folder}/load",
                grey.place(True),
                "50",
                "each",
                str(count * 100),
                answered,
            )
            load = grey.space.start(*words, stdout=subprocess.DEVNULL)
            eventually(
                lambda: os.path.exists(answered) and os.stat(answered).st_size >= 8 * count,
                60,
                every=0.05,
            )
            grey.process.send_signal(signal.SIGKILL)
            load.wait(30)
            grey.process.wait()
        time.sleep(2.1)  # the delay is over for all of them
        with grey.running(options=["delay=1"]):
            *_, asked, lost = grey.load(True, 50, "again", answered)
    return asked, lost


def seed(grey, count):
    """Makes it know so many triplets."""
    if grey.is_ours:
        with grey.running():
            grey.load(True, 50, "each", count, f"{grey.network.folder}/seeded")
        return
    words = ["perl", "-e", SEED, grey.state, str(count)]
    subprocess.run(words, check=True)
    for name in os.listdir(grey.state):
        if name.startswith("__db."):
            os.remove(f"{grey.state}/{name}")
        else:
            shutil.chown(f"{grey.state}/{name}", "postgrey", "postgrey")


def clean_up(grey, seconds):
    """(p99, longest answer in ms) while all triplets go, and the log with them."""
    time.sleep(RETRY_WINDOW_MIN + 1)
    with grey.running(options=["delay=1", f"retry-window={RETRY_WINDOW_MIN}s"]):
        return [us / 1000 for us in grey.load(True, 10, "mix", seconds)[2:4]]


def many(is_ours, count, seconds):
    """(seconds to start, bytes then, clean_up()) with so many triplets."""
    with new_greylist(is_ours) as grey:
        seed(grey, count)
        with grey.running() as start:
            grey.load(True, 10, "mix", 1)
            memory = grey.memory()
        return start, memory, clean_up(grey, seconds) if is_ours else None


def compare_speeds(table, seconds, has_other):
    """Rows of them."""
    ours = speeds(True, seconds)
    theirs = speeds(False, seconds) if has_other else {}
    echo = echo_speeds(seconds)
    for (is_unix, count), mine in ours.items():
        other = theirs.get((is_unix, count), [None] * 5)
        name = f"greylist, {'unix' if is_unix else 'inet'}, {count}"
        table.row(name, mine[0], other[0], "requests/s", GOALS[count], is_more_better=True)
        for column, word in ((1, "p50"), (2, "p99"), (3, "longest")):
            goal = "< 3" if count == 100 and word == "p99" else ""
            table.row(
                f"{name}, {word}",
                mine[column] / 1000,
                other[column] and other[column] / 1000,
                "ms",
                goal,
            )
        table.row(f"{name}, CPU of one", mine[4], other[4], "us")
    for (is_unix, count), echoed in echo.items():
        name = f"an echo server there, {'unix' if is_unix else 'inet'}, {count}"
        table.row(name, echoed[0], None, "requests/s")
        table.row(f"{name}, CPU of one", echoed[4], None, "us")


def compare(table, quick, is_alone):
    """Rows of the table."""
    has_other = not is_alone and shutil.which("postgrey") is not None
    nothing = [None] * 3
    compare_speeds(table, 1 if quick else 5, has_other)
    ours = killed(True, 50000 if quick else 500000)
    theirs = killed(False, 1000 if quick else 10000) if has_other else nothing
    beside = f" and {theirs[0]:,}" if has_other else ""
    table.row(
        f"greylist, of {ours[0]:,}{beside} lost by kill -9", ours[1], theirs[1], "triplets", "0"
    )
    count = 100000 if quick else 1000000
    ours = many(True, count, 3 if quick else 10)
    theirs = many(False, count, 0) if has_other else nothing
    name = f"greylist of {count:,}"
    table.row(f"{name}, start", ours[0], theirs[0], "s", "< 1")
    table.row(f"{name}, memory", ours[1] / 1e6, theirs[1] and theirs[1] / 1e6, "MB", "< 80")
    table.row(f"{name}, clean-up, p99", ours[2][0], None, "ms")
    table.row(f"{name}, clean-up, longest", ours[2][1], None, "ms", "< 50")
