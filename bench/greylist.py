"""The greylist beside Debian's postgrey: the same requests to both, each in a namespace."""
import os
import shutil
import subprocess

from komainu_test.guard import KOMAINU
from komainu_test.net import Network
from komainu_test.tap import eventually

HERE = os.path.dirname(os.path.realpath(__file__))
GOALS = {1: "> 10x", 10: "> 50x", 100: "> 50x"}


def resident(pid):
    """Bytes in memory."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def measure(words, folder_option, seconds):
    """{connections: (requests/s, p99 us, longest us)} and the memory at the end."""
    with Network() as network:
        state = f"{network.folder}/state"
        load = f"{network.folder}/load"
        os.chmod(network.folder, 0o755)
        os.mkdir(state)
        shutil.chown(state, "postgrey", "postgrey")
        subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-o", load, f"{HERE}/policy_load.c"], check=True)
        with open(f"{network.folder}/said", "wb") as said:
            process = network.server.start(*words, folder_option + state, stdout=said, stderr=said)
        probe = "import socket; socket.create_connection(('127.0.0.1', 10023))"
        space = network.server
        if not eventually(lambda: space.run("python3", "-c", probe, check=False).returncode == 0, 20, every=0.1):
            raise RuntimeError(f"{words[0]} does not listen")
        found = {}
        for count in GOALS:
            text = space.run(load, "127.0.0.1", "10023", str(count), str(seconds)).stdout
            found[count] = [int(word) for word in text.split()]
        memory = resident(process.pid)
        process.terminate()
        process.wait(20)
    return found, memory


def compare(table, quick, is_alone):
    """Rows of the table."""
    seconds = 2 if quick else 10
    gate = [KOMAINU, "gate", "run", "--listen", "inet:127.0.0.1:10023", "--user", "postgrey"]
    ours, our_memory = measure(gate, "--state=", seconds)
    theirs, their_memory = {}, None
    if not is_alone and shutil.which("postgrey"):
        postgrey = ["postgrey", "--inet=127.0.0.1:10023", "--user=postgrey", "--group=postgrey"]
        theirs, their_memory = measure(postgrey, "--dbdir=", seconds)
    for count, goal in GOALS.items():
        other = theirs.get(count, [None] * 3)
        name = f"greylist, {count} connections"
        table.row(name, ours[count][0], other[0], "requests/s", goal, is_more_better=True)
        table.row(f"{name}, p99", ours[count][1] / 1000, other[1] and other[1] / 1000, "ms",
                  "< 3" if count == 100 else "")
    table.row("greylist, memory after it", our_memory / 1e6, their_memory and their_memory / 1e6, "MB")
